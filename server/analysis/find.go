package analysis

import (
	"context"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// A Named is a symbol that a search has found, with the place of its declaration.
type Named struct {
	Symbol    Symbol
	Label     string // the name as people know it: of a component its app's name
	Container string // the file or folder that it belongs to
	File      string
	Span      rule.Span
}

// maxFound is how many names one search returns; an editor asks again with every letter.
const maxFound = 500

// Find returns the names of the workspace that hold the letters of query in order, without regard to case: those that
// begin with it first.
func (w *Workspace) Find(ctx context.Context, query string) []Named {
	query = strings.ToLower(strings.TrimPrefix(query, "$"))
	inv := w.Inventory(ctx)
	var found []Named
	for _, dir := range inv.Apps {
		a := w.app(dir)
		if a == nil || !fuzzy(a.Manifest.Name(), query) {
			continue
		}
		n := a.Manifest.File.Root.Member("Name")
		found = append(found, Named{Symbol: Symbol{Component, strings.ToLower(a.Manifest.ComponentID()), a.ManifestPath},
			Label: a.Manifest.Name(), Container: path.Base(dir), File: a.ManifestPath, Span: rule.Span{Start: n.Start, End: n.End}})
	}
	for _, name := range inv.Definitions {
		if ctx.Err() != nil || len(found) > 10*maxFound {
			break
		}
		src, ok := w.read(name)
		if !ok {
			continue
		}
		for _, p := range hwdef.Read(name, jsonc.ParseString(src)).Peripherals {
			if fuzzy(p.Name, query) {
				n := p.Node.Member("Name")
				found = append(found, Named{Symbol: Symbol{Peripheral, p.Name, name}, Label: p.Name,
					Container: path.Join(path.Base(path.Dir(name)), path.Base(name)), File: name, Span: rule.Span{Start: n.Start, End: n.End}})
			}
		}
	}
	rank := func(n Named) int {
		switch l := strings.ToLower(n.Label); {
		case strings.HasPrefix(l, query):
			return 0
		case strings.Contains(l, query):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(found, func(a, b Named) int { return rank(a) - rank(b) })
	return found[:min(len(found), maxFound)]
}

// fuzzy reports whether a name holds the letters of a query in lower case, in order.
func fuzzy(name, query string) bool {
	if name == "" {
		return false
	}
	for _, r := range strings.ToLower(name) {
		if rest, ok := strings.CutPrefix(query, string(r)); ok {
			query = rest
		}
	}
	return query == ""
}
