package analysis

import (
	"cmp"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
)

// inC proposes for a C file: the names of peripherals, inside calls that open one.
func (w *writer) inC(offset int) {
	set := w.f.names()
	call, arg := callAround(w.src, offset)
	fn := manifest.LookupFunction(call)
	if set == nil || fn == nil || fn.Peripheral == "" || fn.Arg != arg {
		return
	}
	w.at = rule.Span{Start: offset, End: offset}
	if at, word := wordAt(w.src, offset); word != "" {
		w.at = at
	}
	wanted := map[hwdef.Value]bool{} // what the manifest asks for
	if a := w.f.app; a != nil {
		for _, r := range a.Manifest.Requests() {
			if r.Cap.Name != fn.Peripheral {
				continue
			}
			v := r.Value
			if r.Symbol != "" {
				v = set.Resolve(r.Symbol).Value
			}
			wanted[v] = true
		}
	}
	type proposal struct {
		Item
		rank int
	}
	var all []proposal
	for _, p := range set.Peripherals() {
		if p.Type != fn.Peripheral || p.File.IsChip() && set.Target != p.File {
			continue
		}
		r := set.Resolve(p.Name)
		if r.Status != hwdef.Resolved {
			continue
		}
		it := proposal{Item: Item{Label: p.Name, Kind: NameItem, Markdown: escape(p.Comment), Replace: w.at, New: p.Name, Filter: p.Name}}
		it.Detail = "= " + hwdef.Claim{Field: r.Type, Value: r.Value}.String()
		if !wanted[r.Value] {
			it.Detail += ", not in the manifest"
			it.rank = 2
		}
		if p.File != set.Target {
			it.rank++
		}
		all = append(all, it)
	}
	slices.SortStableFunc(all, func(a, b proposal) int { return cmp.Compare(a.rank, b.rank) })
	for _, p := range all {
		w.items = append(w.items, p.Item)
	}
}

// callReach is how far back a call's name is looked for.
const callReach = 2000

// callAround returns the name of the call in whose brackets an offset is, and which argument it is in, from 0. It reads
// the text itself: the code is being written, and the call has no end yet.
func callAround(src string, offset int) (name string, arg int) {
	depth := 0
	for i := min(offset, len(src)) - 1; i >= 0 && i > offset-callReach; i-- {
		switch c := src[i]; c {
		case ')', ']', '}':
			depth++
		case '[', '{':
			if depth--; depth < 0 {
				return "", 0
			}
		case ';':
			return "", 0
		case ',':
			if depth == 0 {
				arg++
			}
		case '"', '\'':
			for i--; i >= 0 && (src[i] != c || i > 0 && src[i-1] == '\\') && src[i] != '\n'; i-- {
			}
		case '(':
			if depth--; depth >= 0 {
				continue
			}
			_, name = wordAt(src, len(strings.TrimRight(src[:i], " \t\r\n")))
			return name, arg
		}
	}
	return "", 0
}
