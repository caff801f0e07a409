package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"armillary.dev/device/deverr"
	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// groups are the chapters of docs/rules.md, by the codes that they begin with.
var groups = []struct{ from, title string }{
	{"AZS001", "File and JSON"},
	{"AZS010", "Manifest, top level"},
	{"AZS040", "Capabilities: types and values"},
	{"AZS100", "Pins within one manifest"},
	{"AZS120", "`$` names"},
	{"AZS200", "Hardware definitions"},
	{"AZS300", "Apps as a whole, and beside others"},
	{"AZS400", "Device capability files"},
	{"AZS600", "What users decide"},
}

// rulesDoc writes docs/rules.md from the rule table.
func rulesDoc() []byte {
	var b bytes.Buffer
	b.WriteString(`# Rules

<!-- Generated from the rule table by: go test ./internal/cli -run TestGeneratedDocs -update -->

What ` + "`armillary check`" + ` and the editors report. ` + "`armillary explain CODE`" + ` prints the same for one rule.

- **Severity**: error, warning, info or hint; after the stroke, the one under ` + "`--strict`" + `. Fragments that hold nothing but capabilities, as documentation
  shows them, are told of missing properties as info.
- **Device**: what the packer or the device answers when the file is used all the same: the error as category.id, with "expected" where it follows from
  the device's catalogue and "not confirmed" where it is recalled.
- **Fix**: what the quick fix does. Those that need no look are also applied by ` + "`--fix`" + `.

`)
	rules := analysis.Rules()
	next := 0
	for _, r := range rules {
		if next < len(groups) && r.Code >= groups[next].from {
			fmt.Fprintf(&b, "## %s\n\n| code | severity | what | device | fix |\n|---|---|---|---|---|\n", groups[next].title)
			for _, o := range rules {
				if o.Code >= groups[next].from && (next+1 == len(groups) || o.Code < groups[next+1].from) {
					fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s |\n", o.Code, strings.ToLower(o.Code), severities(o), o.Title, answer(o.Refuses, false), o.Fix)
				}
			}
			b.WriteString("\n")
			next++
		}
		fmt.Fprintf(&b, "### %s\n\n**%s** (%s)\n\n%s\n\n", r.Code, r.Title, severities(r), strings.TrimSpace(r.Doc))
		if said := answer(r.Refuses, true); said != "" {
			fmt.Fprintf(&b, "Device: %s.\n\n", said)
		}
		if r.Fix != "" {
			fmt.Fprintf(&b, "The quick fix %s.\n\n", r.Fix)
		}
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

func severities(r *rule.Rule) string {
	if r.Strict != 0 && r.Strict != r.Severity {
		return r.Severity.String() + " / " + r.Strict.String()
	}
	return r.Severity.String()
}

// answer is what packer or device say.
func answer(r rule.Refuses, long bool) string {
	if r == (rule.Refuses{}) {
		return ""
	}
	said := "packing fails"
	if r.Code != 0 {
		said = deverr.Short(r.Code)
		if e, ok := deverr.Lookup(r.Code); ok && long {
			said += fmt.Sprintf(" (%d) `%s`", r.Code, e.Name)
		}
	}
	if long {
		switch r.Confidence {
		case rule.Inferred:
			said += ", expected"
		case rule.Recalled:
			said += ", not confirmed"
		}
	}
	return said
}

// TestRuleTexts holds what people read of every rule to the style of the others.
func TestRuleTexts(t *testing.T) {
	for _, r := range analysis.Rules() {
		switch {
		case r.Title == "" || r.Doc == "" || r.Source == "":
			t.Errorf("%s lacks title, text or source", r.Code)
		case strings.HasSuffix(r.Title, ".") || strings.HasSuffix(r.Fix, "."):
			t.Errorf("%s: title and fix are no sentences: %q, %q", r.Code, r.Title, r.Fix)
		case r.Severity == 0:
			t.Errorf("%s has no severity", r.Code)
		}
	}
}
