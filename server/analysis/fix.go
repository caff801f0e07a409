package analysis

import (
	"slices"

	"armillary.dev/device/rule"
)

// SafeFixes returns the preferred fix of every finding that has one, as far as they can be made together: one that
// would touch what a fix before it changes is left for the next round.
func SafeFixes(findings []rule.Finding) []rule.Fix {
	var all []rule.Fix
	for i := range findings {
		at := slices.IndexFunc(findings[i].Fixes, func(f rule.Fix) bool { return f.Preferred })
		if at >= 0 && !slices.ContainsFunc(all, func(f rule.Fix) bool { return collide(f, findings[i].Fixes[at]) }) {
			all = append(all, findings[i].Fixes[at])
		}
	}
	return all
}

// collide reports whether two fixes touch the same place. Insertions at one place collide too: which of them comes
// first would be chance.
func collide(x, y rule.Fix) bool {
	for _, a := range x.Edits {
		for _, b := range y.Edits {
			if a.File != b.File {
				continue
			}
			if a.Span.Start == b.Span.Start || a.Span.Start < b.Span.End && b.Span.Start < a.Span.End {
				return true
			}
		}
	}
	return false
}
