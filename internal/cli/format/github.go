package format

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"armillary.dev/device/rule"
)

// GitHub prints workflow commands, which GitHub Actions turns into annotations beside the lines of a pull request. The
// place is in the words too: the log shows only them, and the page shows only the first ten of a kind.
//
//	::error file=app_manifest.json,line=8,endLine=8,col=21,endColumn=23,title=AZS101 pins that …::app_manifest.json:8:21: GPIO 27 …
func GitHub(w io.Writer, r *Report, o Options) error {
	b := bufio.NewWriter(w)
	for i := range r.Files {
		f := &r.Files[i]
		for j := range f.Findings {
			x := &f.Findings[j]
			if x.Severity == rule.Hint && !o.Hints {
				continue
			}
			line, col := f.Map.LineCol(x.Span.Start)
			endLine, endCol := f.Map.LineCol(max(x.Span.Start, x.Span.End))
			place := fmt.Sprintf("line=%d,endLine=%d", line, endLine)
			if line == endLine { // columns are not taken over several lines
				place += fmt.Sprintf(",col=%d,endColumn=%d", col, max(endCol, col+1))
			}
			path := filepath.ToSlash(f.Path)
			said := fmt.Sprintf("%s:%d:%d: %s", path, line, col, x.Message)
			if refusal := Refusal(x.Refuses); refusal != "" {
				said += "\nDevice: " + refusal
			}
			fmt.Fprintf(b, "::%s file=%s,%s,title=%s::%s\n", githubLevel(x.Severity), githubProperty(path), place,
				githubProperty(strings.TrimSpace(x.Rule.Code+" "+x.Rule.Title)), githubMessage(said))
		}
	}
	for _, x := range r.Failed {
		fmt.Fprintf(b, "::error file=%s,title=not checked::%s\n", githubProperty(filepath.ToSlash(x.Path)), githubMessage(x.Path+": "+x.Message))
	}
	return b.Flush()
}

func githubLevel(s rule.Severity) string {
	switch s {
	case rule.Error:
		return "error"
	case rule.Warning:
		return "warning"
	}
	return "notice"
}

// githubMessage escapes what would end a command, so that text from a file cannot begin a second one.
func githubMessage(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.ReplaceAll(Plain(lines[i]), "%", "%25")
	}
	return strings.Join(lines, "%0A")
}

// githubProperty escapes the separators of properties too.
func githubProperty(s string) string {
	return strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C").Replace(Plain(s))
}
