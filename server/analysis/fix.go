package analysis

import (
	"slices"

	"armillary.dev/device/rule"
)

// SafeEdits returns the edits of every finding's preferred fix, each fix whole or not at all: one that would touch
// what a fix before it changes is left for the next round.
func SafeEdits(findings []rule.Finding) []rule.Edit {
	var all []rule.Edit
	for i := range findings {
		for _, fix := range findings[i].Fixes {
			if !fix.Preferred {
				continue
			}
			if !slices.ContainsFunc(fix.Edits, func(e rule.Edit) bool {
				return slices.ContainsFunc(all, func(o rule.Edit) bool { return collide(e, o) })
			}) {
				all = append(all, fix.Edits...)
			}
			break
		}
	}
	return all
}

// collide reports whether two edits touch the same place. Insertions at one place collide too: which of them comes
// first would be chance.
func collide(a, b rule.Edit) bool {
	if a.File != b.File {
		return false
	}
	if a.Span.Start == b.Span.Start {
		return true
	}
	return a.Span.Start < b.Span.End && b.Span.Start < a.Span.End
}
