package format

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"

	"armillary.dev/device/rule"
)

// gitlabIssue is one entry of GitLab's code quality report.
type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"` // unique in the report; the same as long as the finding is
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string `json:"path"`
	Lines struct {
		Begin int `json:"begin"`
		End   int `json:"end"`
	} `json:"lines"`
}

// GitLab prints a code quality report, which GitLab shows in merge requests.
func GitLab(w io.Writer, r *Report, o Options) error {
	issues, names := []gitlabIssue{}, fingerprints{}
	for i := range r.Files {
		f := &r.Files[i]
		for j := range f.Findings {
			x := &f.Findings[j]
			if x.Severity == rule.Hint && !o.Hints {
				continue
			}
			issue := gitlabIssue{Description: x.Message, CheckName: x.Rule.Code, Fingerprint: names.of(f, x), Severity: gitlabSeverity(x)}
			issue.Location.Path = filepath.ToSlash(f.Path)
			issue.Location.Lines.Begin, _ = f.Map.LineCol(x.Span.Start)
			issue.Location.Lines.End, _ = f.Map.LineCol(max(x.Span.Start, x.Span.End))
			issues = append(issues, issue)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(issues); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// gitlabSeverity: what a device or packer refuses blocks the app, whatever else an error may be.
func gitlabSeverity(x *rule.Finding) string {
	switch {
	case x.Severity == rule.Error && x.Refuses != rule.Refuses{}:
		return "blocker"
	case x.Severity == rule.Error:
		return "critical"
	case x.Severity == rule.Warning:
		return "major"
	case x.Severity == rule.Info:
		return "minor"
	}
	return "info"
}
