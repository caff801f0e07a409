package analysis

import (
	"slices"
	"sort"

	"armillary.dev/device/rule"
)

// SafeFixes returns the preferred fix of every finding that has one, as far as they can be made together: one that
// would touch what a fix before it changes is left for the next round.
func SafeFixes(findings []rule.Finding) []rule.Fix {
	var all []rule.Fix
	changed := map[string]spans{} // by file
	for i := range findings {
		at := slices.IndexFunc(findings[i].Fixes, func(f rule.Fix) bool { return f.Preferred })
		if at < 0 {
			continue
		}
		fix := findings[i].Fixes[at]
		if slices.ContainsFunc(fix.Edits, func(e rule.Edit) bool { return changed[e.File].touch(e.Span) }) {
			continue
		}
		all = append(all, fix)
		for _, e := range fix.Edits {
			changed[e.File] = changed[e.File].with(e.Span)
		}
	}
	return all
}

// spans are sorted by their beginning. Those of different fixes do not overlap.
type spans []rule.Span

// touch reports whether one of the spans overlaps with at or begins there. Insertions at one place touch too: which of
// them comes first would be chance.
func (s spans) touch(at rule.Span) bool {
	i := s.behind(at.Start)
	return i < len(s) && (s[i].Start == at.Start || s[i].Start < at.End) || i > 0 && at.Start < s[i-1].End
}

// behind returns the index of the first span that begins at an offset or behind it.
func (s spans) behind(offset int) int {
	return sort.Search(len(s), func(i int) bool { return s[i].Start >= offset })
}

func (s spans) with(at rule.Span) spans { return slices.Insert(s, s.behind(at.Start), at) }
