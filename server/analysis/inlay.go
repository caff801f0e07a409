package analysis

import (
	"sort"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
)

// An Inlay is a short note that an editor shows behind a value: what a name stands for.
type Inlay struct {
	Offset   int
	Label    string // "= GPIO 8"
	Markdown string // how it comes to that
}

// Inlays returns the notes in a part of the file, in order. Only what adds something is noted: a name gets its value, a
// GPIO's number the name that the app's definition has for it. Names that lead nowhere have their findings.
func (f *File) Inlays(within rule.Span) []Inlay {
	list := []Inlay{}
	add := func(n *jsonc.Node, name, label string) bool {
		if n.End >= within.Start && n.End <= within.End {
			list = append(list, Inlay{n.End, label, f.describeName(name)})
		}
		return n.Start <= within.End && len(list) < maxItems
	}
	switch f.Kind {
	case project.Manifest:
		all := f.Manifest.Requests()
		all = all[sort.Search(len(all), func(i int) bool { return all[i].Node.End >= within.Start }):]
		for i := range all {
			if name, label, ok := f.requestNote(all[i].Cap.Name, all[i].Node); ok && !add(all[i].Node, name, label) {
				break
			}
		}
	case project.Source:
		f.openedInlays(within, func(at int, name, label string) {
			list = append(list, Inlay{at, label, f.describeName(name)})
		})
	case project.Definition:
		for _, n := range entries(f.FileReport.File.Root.Member("Peripherals"), within) {
			m := n.Member("Mapping")
			if name, ok := m.Str(); ok {
				if label, ok := f.note(name); ok && !add(m, name, label) {
					break
				}
			}
		}
	}
	return list
}

// openedInlays notes what the names stand for that calls open.
func (f *File) openedInlays(within rule.Span, note func(at int, name, label string)) {
	if f.app == nil || f.app.Manifest.RealTime || f.names() == nil {
		return
	}
	n := 0
	for _, c := range f.C.Calls {
		fn := manifest.LookupFunction(c.Name)
		if fn == nil || fn.Peripheral == "" || fn.Arg >= len(c.Args) || len(c.Args[fn.Arg].Tokens) != 1 {
			continue
		}
		at := c.Args[fn.Arg].Span.End
		if at < within.Start || at > within.End || c.Args[fn.Arg].Tokens[0].Kind != csource.Ident {
			continue
		}
		name := f.opened(c, fn.Arg)
		if label, ok := f.note(name); ok {
			note(at, name, label)
			if n++; n == maxItems {
				return
			}
		}
	}
}

// requestNote is what is noted behind an entry of a manifest's peripheral field, and the name that explains it.
func (f *File) requestNote(field string, n *jsonc.Node) (name, label string, ok bool) {
	if text, _ := n.Str(); strings.HasPrefix(text, "$") {
		label, ok = f.note(text[1:])
		return text[1:], label, ok
	}
	if n.Kind == jsonc.Number && field == hwdef.Gpio {
		if p := f.named(field, n); p != nil {
			return p.Name, "= $" + p.Name, true
		}
	}
	return "", "", false
}

// note is what a name stands for.
func (f *File) note(name string) (label string, ok bool) {
	set := f.names()
	if set == nil {
		return "", false
	}
	switch r := set.Resolve(name); r.Status {
	case hwdef.Resolved:
		return "= " + short(r.Type, r.Value), true
	case hwdef.Constant:
		value := strings.Trim(r.Chain[len(r.Chain)-1].HeaderValue, "()")
		return "= " + oneLine(value), value != ""
	}
	return "", false
}

// entries returns the elements of an array that touch a part of the file.
func entries(n *jsonc.Node, within rule.Span) []*jsonc.Node {
	if n == nil || n.Kind != jsonc.Array {
		return nil
	}
	all := n.Children
	all = all[sort.Search(len(all), func(i int) bool { return all[i].End >= within.Start }):]
	return all[:sort.Search(len(all), func(i int) bool { return all[i].Start > within.End })]
}
