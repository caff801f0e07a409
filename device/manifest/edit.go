package manifest

import (
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// Editor makes edits of a manifest that mend findings in other files. It belongs to one goroutine.
type Editor struct{ p *pass }

// Editor returns an editor of the manifest's text.
func (m *Manifest) Editor() *Editor {
	return &Editor{&pass{m: m, Pass: jsonrule.New(m.File, jsonrule.Options{})}}
}

// maxCompared is the length of a list in which an entry is looked for before it is added. Real ones have a few dozen.
const maxCompared = 1000

// AddGrant returns the edit that grants something: it adds the capability, with the entry if it is a list, or the entry to the
// list that is there. value is the entry as JSON text, "" for capabilities that are no list. Nothing is granted twice. ok is
// false if the manifest has no place for it, or if nobody but its author can say the value.
func (ed *Editor) AddGrant(capability, value string) (e rule.Edit, ok bool) {
	c := LookupCapability(capability)
	if c == nil {
		return rule.Edit{}, false
	}
	p, m := ed.p, ed.p.m
	n := m.capability(capability)
	switch {
	case c.IsList() && value == "":
		return rule.Edit{}, false
	case c.IsList() && n != nil && n.Kind == jsonc.Array:
		for _, x := range n.Children[:min(len(n.Children), maxCompared)] {
			if m.File.Raw(x) == value {
				return rule.Edit{}, false
			}
		}
		return p.Add(n, value), true
	case c.IsList() && n == nil:
		return p.addCapability(capability, "[ "+value+" ]")
	case c.Shape == Flag && n != nil:
		return jsonrule.Replace(n, "true"), true
	case c.Shape == Flag:
		return p.addCapability(capability, "true")
	case c.Shape == Storage && n == nil:
		return p.addCapability(capability, `{ "SizeKB": 8 }`)
	}
	return rule.Edit{}, false
}

// Remove returns the edit that takes out a capability or an entry of its list.
func (ed *Editor) Remove(n *jsonc.Node) rule.Edit { return ed.p.Remove(n) }

// Place returns where the capabilities stand, for people who look for them: the key Capabilities, or the beginning of the
// file's object.
func (m *Manifest) Place() rule.Span {
	if m.caps != nil && m.caps.Key != nil {
		return rule.Span{Start: m.caps.Key.Start, End: m.caps.Key.End}
	}
	at := m.File.Root.Start
	return rule.Span{Start: at, End: min(at+1, len(m.File.Src))}
}

// Entry returns the value of a capability by its exact name, or nil.
func (m *Manifest) Entry(capability string) *jsonc.Node { return m.capability(capability) }

// Grants reports whether a source manifest grants something: a flag is true, a list holds the entry, or anything where none
// is asked for; what is no list is there at all. Placeholders count: that a value is wrong is for other rules to say.
func (m *Manifest) Grants(g Grant) bool {
	c, n := LookupCapability(g.Capability), m.capability(g.Capability)
	switch {
	case c == nil || n == nil:
		return false
	case c.Shape == Flag:
		v, _ := n.Bool()
		return v
	case !c.IsList():
		return true
	case g.Entry == "":
		return len(n.Children) > 0
	}
	for _, e := range n.Children {
		if s, ok := e.Str(); ok && s == g.Entry {
			return true
		}
	}
	return false
}

// Quote writes a peripheral's value as the manifest has it, "$NAME" for a name.
func Quote(symbol string) string { return strconv.Quote("$" + strings.TrimPrefix(symbol, "$")) }
