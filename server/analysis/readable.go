package analysis

import (
	"slices"
	"strings"

	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// Readable returns what was found in a file, with the names of other files in the messages as show writes them: the
// rules know files by their names in the view, people by their paths.
func Readable(f *project.FileReport, show func(name string) string) (findings []rule.Finding, notChecked []string) {
	r := shower(f, show)
	if r == nil {
		return f.Findings, f.NotChecked
	}
	findings = slices.Clone(f.Findings)
	for i := range findings {
		findings[i].Message = r.Replace(findings[i].Message)
		if len(findings[i].Related) > 0 {
			findings[i].Related = slices.Clone(findings[i].Related)
			for j := range findings[i].Related {
				findings[i].Related[j].Message = r.Replace(findings[i].Related[j].Message)
			}
		}
	}
	notChecked = slices.Clone(f.NotChecked)
	for i := range notChecked {
		notChecked[i] = r.Replace(notChecked[i])
	}
	return findings, notChecked
}

// shower replaces the names of the files that a result depends on; nil if there are none.
func shower(f *project.FileReport, show func(name string) string) *strings.Replacer {
	names := slices.Clone(f.Reads)
	if f.Definitions != nil {
		for _, d := range f.Definitions.Files {
			names = append(names, d.Path)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // the longest match counts
	var pairs []string
	for _, n := range names {
		if strings.Contains(n, "/") { // else it is what people say
			pairs = append(pairs, n, show(n))
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	return strings.NewReplacer(pairs...)
}
