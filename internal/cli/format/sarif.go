package format

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// Names in SARIF output.
const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	homePage    = "https://armillary.dev"
	srcRoot     = "%SRCROOT%"           // where relative addresses begin; who reads the log knows where that is
	fingerprint = "armillaryElement/v1" // rule, file and element, without a line
)

// The parts of SARIF 2.1.0 that we write. Lines and columns count from 1, columns in UTF-16 units.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string          `json:"id"`
		Name          string          `json:"name,omitempty"`
		Short         *sarifMessage   `json:"shortDescription,omitempty"`
		Full          *sarifMessage   `json:"fullDescription,omitempty"`
		Help          *sarifMessage   `json:"help,omitempty"`
		HelpURI       string          `json:"helpUri"`
		Configuration sarifLevel      `json:"defaultConfiguration"`
		Properties    sarifProperties `json:"properties"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifResult struct {
		RuleID       string              `json:"ruleId"`
		RuleIndex    int                 `json:"ruleIndex"`
		Level        string              `json:"level"`
		Message      sarifMessage        `json:"message"`
		Locations    []sarifLocation     `json:"locations"`
		Related      []sarifLocation     `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string   `json:"partialFingerprints"`
		Suppressions *[]sarifSuppression `json:"suppressions,omitempty"` // of no result or of all, as the format asks
		Fixes        []sarifFix          `json:"fixes,omitempty"`
		Properties   sarifProperties     `json:"properties"`
	}
	sarifLocation struct {
		ID       *int          `json:"id,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
		Logical  []sarifPath   `json:"logicalLocations,omitempty"`
		Message  *sarifMessage `json:"message,omitempty"`
	}
	sarifPath struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI     string `json:"uri"`
		URIBase string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted *sarifInsert `json:"insertedContent,omitempty"`
	}
	sarifInsert struct {
		Text string `json:"text"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification,omitempty"`
	}
	sarifProperties struct {
		Tags       []string `json:"tags,omitempty"`
		Severity   string   `json:"problem.severity,omitempty"` // what GitHub sorts by
		Hint       bool     `json:"hint,omitempty"`             // the level "note" stands for info and hint
		DeviceCode int      `json:"deviceCode,omitempty"`
		Refused    string   `json:"refused,omitempty"`
		Preferred  bool     `json:"safeFix,omitempty"` // --fix would apply it
	}
)

// SARIF prints a log of the Static Analysis Results Interchange Format, version 2.1.0: one run with every rule, every
// finding and what was suppressed. A server makes an alert of each, so hints are in it only when asked for.
func SARIF(w io.Writer, r *Report, o Options) error {
	rules, index := sarifRules(r)
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "armillary", Version: r.Version, InformationURI: homePage, Rules: rules}},
		Invocations: []sarifInvocation{{Successful: len(r.Failed) == 0}},
		ColumnKind:  "utf16CodeUnits",
		Results:     []sarifResult{},
	}
	for _, x := range r.Failed {
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{Level: "error",
			Message: sarifText(x.Message), Locations: []sarifLocation{{Physical: sarifPhysical{Artifact: sarifFile(x.Path)}}}})
	}
	suppressed := slices.ContainsFunc(r.Files, func(f File) bool { return len(f.Suppressed) > 0 })
	names := fingerprints{}
	for i := range r.Files {
		f := &r.Files[i]
		for j := range f.Findings {
			if f.Findings[j].Severity == rule.Hint && !o.Hints {
				continue
			}
			res := sarifFinding(f, &f.Findings[j], index, names)
			if suppressed {
				res.Suppressions = &[]sarifSuppression{}
			}
			run.Results = append(run.Results, res)
		}
		for j := range f.Suppressed {
			x := &f.Suppressed[j]
			res := sarifFinding(f, &x.Finding, index, names)
			kind := "external"
			if x.InSource {
				kind = "inSource"
			}
			res.Suppressions = &[]sarifSuppression{{Kind: kind, Justification: x.Reason}}
			run.Results = append(run.Results, res)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(sarifLog{sarifSchema, "2.1.0", []sarifRun{run}}); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// sarifRules describes the rules of a report, and says where each is in the list.
func sarifRules(r *Report) ([]sarifRule, map[string]int) {
	byCode := map[string]*rule.Rule{}
	for _, f := range r.Files {
		for i := range f.Findings {
			byCode[f.Findings[i].Rule.Code] = f.Findings[i].Rule
		}
		for i := range f.Suppressed {
			byCode[f.Suppressed[i].Rule.Code] = f.Suppressed[i].Rule
		}
	}
	for _, x := range r.Rules {
		byCode[x.Code] = x
	}
	list, index := []sarifRule{}, map[string]int{}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		x := byCode[code]
		index[code] = len(list)
		s := sarifRule{ID: code, HelpURI: homePage + "/rules#" + strings.ToLower(code),
			Configuration: sarifLevel{sarifSeverity(x.Severity)}, Properties: sarifProperties{Tags: []string{"azure-sphere"}, Severity: sarifProblem(x.Severity)}}
		if x.Title != "" {
			s.Name = sarifName(x.Title)
			s.Short = &sarifMessage{Text: x.Title}
		}
		if doc := strings.TrimSpace(x.Doc); doc != "" {
			s.Full = &sarifMessage{Text: doc}
			help := doc
			if said := Refusal(x.Refuses); said != "" {
				help += "\n\nDevice: " + said + "."
			}
			if x.Fix != "" {
				help += "\n\nThe quick fix " + x.Fix + "."
			}
			s.Help = &sarifMessage{Text: help, Markdown: "**" + x.Title + "**\n\n" + help}
		}
		list = append(list, s)
	}
	return list, index
}

// sarifName makes an identifier of a title: "pins that exclude each other" is PinsThatExcludeEachOther.
func sarifName(title string) string {
	words := strings.FieldsFunc(title, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	})
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

func sarifFinding(f *File, x *rule.Finding, index map[string]int, names fingerprints) sarifResult {
	out := sarifResult{
		RuleID: x.Rule.Code, RuleIndex: index[x.Rule.Code], Level: sarifSeverity(x.Severity), Message: sarifText(x.Message),
		Locations:    []sarifLocation{{Physical: sarifPhysical{sarifFile(f.Path), sarifPlace(f.Map, x.Span)}}},
		Fingerprints: map[string]string{fingerprint: names.of(f, x)},
		Properties:   sarifProperties{Hint: x.Severity == rule.Hint, DeviceCode: x.Refuses.Code, Refused: Refusal(x.Refuses)},
	}
	if x.Pointer != "" {
		out.Locations[0].Logical = []sarifPath{{x.Pointer, "member"}}
	}
	for _, r := range x.Related {
		if path, m, ok := f.other(r.File); ok {
			id, said := len(out.Related)+1, sarifText(r.Message)
			out.Related = append(out.Related, sarifLocation{ID: &id, Physical: sarifPhysical{sarifFile(path), sarifPlace(m, r.Span)}, Message: &said})
		}
	}
	for _, fix := range x.Fixes {
		if s, ok := sarifFixOf(f, &fix); ok {
			out.Fixes = append(out.Fixes, s)
			out.Properties.Preferred = out.Properties.Preferred || fix.Preferred
		}
	}
	return out
}

// sarifFixOf gathers the edits of a fix by file, in the order in which the files are first named.
func sarifFixOf(f *File, fix *rule.Fix) (sarifFix, bool) {
	out := sarifFix{Description: sarifText(fix.Title)}
	at := map[string]int{}
	for _, e := range fix.Edits {
		path, m, ok := f.other(e.File)
		if !ok {
			return out, false // half a fix is none
		}
		i, ok := at[path]
		if !ok {
			i = len(out.Changes)
			at[path] = i
			out.Changes = append(out.Changes, sarifChange{Artifact: sarifFile(path)})
		}
		r := sarifReplacement{Deleted: *sarifPlace(m, e.Span)}
		if e.New != "" {
			r.Inserted = &sarifInsert{e.New}
		}
		out.Changes[i].Replacements = append(out.Changes[i].Replacements, r)
	}
	return out, len(out.Changes) > 0
}

func sarifSeverity(s rule.Severity) string {
	switch s {
	case rule.Error:
		return "error"
	case rule.Warning:
		return "warning"
	}
	return "note"
}

func sarifProblem(s rule.Severity) string {
	if s == rule.Error || s == rule.Warning {
		return s.String()
	}
	return "recommendation"
}

// sarifText keeps a message from being read as a link, for which SARIF takes "[text](target)".
func sarifText(s string) sarifMessage {
	if strings.Contains(s, "](") {
		s = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(s)
	}
	if s == "" {
		s = "–"
	}
	return sarifMessage{Text: s}
}

// sarifPlace converts a span. A byte order mark is no part of the text, so it takes no column.
func sarifPlace(m *text.Map, s rule.Span) *sarifRegion {
	at := func(offset int) (line, col int) {
		p := m.Position(offset, text.UTF16)
		if p.Line == 0 && p.Character > 0 && strings.HasPrefix(m.Text(), "\ufeff") {
			p.Character--
		}
		return p.Line + 1, p.Character + 1
	}
	var r sarifRegion
	r.StartLine, r.StartColumn = at(s.Start)
	r.EndLine, r.EndColumn = at(max(s.Start, s.End))
	return &r
}

// sarifFile is the address of a file: relative to the root of the sources, or absolute where it lies elsewhere.
func sarifFile(path string) sarifArtifact {
	slashed := filepath.ToSlash(path)
	if !filepath.IsAbs(path) {
		return sarifArtifact{URI: escapePath(slashed), URIBase: srcRoot}
	}
	host := ""
	if runtime.GOOS == "windows" {
		if rest, ok := strings.CutPrefix(slashed, "//"); ok { // a share
			host, slashed, _ = strings.Cut(rest, "/")
		}
		slashed = "/" + strings.TrimPrefix(slashed, "/")
	}
	return sarifArtifact{URI: "file://" + host + escapePath(slashed)}
}

// escapePath percent-encodes a path for an address. The first step of a relative one must not look like a scheme.
func escapePath(slashed string) string {
	steps := strings.Split(slashed, "/")
	for i, s := range steps {
		steps[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
	}
	return strings.Join(steps, "/")
}
