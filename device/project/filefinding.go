package project

import (
	"slices"

	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// FileFinding is a finding of a rule that looks at several files, with the file that it is about. Edits and related
// places without a file of their own are in that file.
type FileFinding struct {
	File string // in the FS
	rule.Finding
}

// ByFile sorts findings into their files, each file's by place.
func ByFile(found []FileFinding) map[string][]rule.Finding {
	files := map[string][]rule.Finding{}
	for _, f := range found {
		files[f.File] = append(files[f.File], f.Finding)
	}
	for _, list := range files {
		jsonrule.Sort(list)
	}
	return files
}

// Merge adds findings to a file's, in order. What is there already is not said again: two ways to one file see the same.
func Merge(findings, more []rule.Finding) []rule.Finding {
	if len(more) == 0 {
		return findings
	}
	out := slices.Clone(findings)
	for _, f := range more {
		if !slices.ContainsFunc(findings, func(o rule.Finding) bool {
			return o.Rule == f.Rule && o.Span == f.Span && o.Message == f.Message
		}) {
			out = append(out, f)
		}
	}
	jsonrule.Sort(out)
	return out
}
