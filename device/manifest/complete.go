package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// ItemKind says what a proposal stands for.
type ItemKind uint8

// Kinds of proposals.
const (
	KeyItem   ItemKind = iota // a member of an object
	ValueItem                 // a value out of a fixed set
	NameItem                  // a $ name of the hardware definition
	PinItem                   // a GPIO or controller
)

// Item is one proposal for what could stand at a place.
type Item struct {
	Label   string
	Kind    ItemKind
	Detail  string    // one line: a type, a pin
	Doc     string    // Markdown; may be empty
	Replace rule.Span // what it replaces
	New     string    // JSON text that it writes
	Filter  string    // what the typed text is compared with: as New, for what stands in quotes
	Taken   bool      // it collides with what the manifest asks for already, and comes last
}

// Complete proposes what could stand at an offset: keys or values. defs may be nil.
func (m *Manifest) Complete(offset int, defs *hwdef.Set) []Item {
	c := m.File.PathAt(offset)
	if c.Place == jsonc.AtKey || c.Place == jsonc.Between && c.Node.Kind == jsonc.Object {
		return m.Keys(c)
	}
	return m.Values(c, defs)
}

// Keys proposes the members that the object at the cursor does not have yet.
func (m *Manifest) Keys(c jsonc.Cursor) []Item {
	object := c.Container
	if object == nil {
		return nil
	}
	replace := rule.Span{Start: c.Offset, End: c.Offset}
	var current *jsonc.Node // the member whose key is being edited
	if c.Place == jsonc.AtKey {
		current = c.Node
		replace = rule.Span{Start: current.Key.Start, End: current.Key.End}
	}
	var items []Item
	add := func(name, value, detail, doc string) {
		if other := object.Member(name); other != nil && other != current {
			return
		}
		text := strconv.Quote(name)
		if current == nil || current.Kind == jsonc.Missing && m.File.Src[current.Whole().End-1] != ':' {
			text += ": " + value
			if m.commaAfter(object, replace.End) {
				text += ","
			}
		}
		items = append(items, Item{Label: name, Kind: KeyItem, Detail: detail, Doc: doc, Replace: replace, New: text, Filter: strconv.Quote(name)})
	}
	switch {
	case object == m.root:
		for i := range fields {
			switch f := &fields[i]; {
			case f.packer:
			case f.name == "ComponentId":
				add(f.name, strconv.Quote(newGUID()), f.kind, f.doc)
			default:
				add(f.name, f.value, f.kind, f.doc)
			}
		}
	case object == m.caps:
		for i := range capabilities {
			if k := &capabilities[i]; k.Reserved == "" && (m.RealTime && k.RT || !m.RealTime && k.HL) {
				add(k.Name, k.template(), k.Shape.detail(), k.markdown())
			}
		}
	default:
		if e := m.entryAt(object); e != nil && e.Cap != nil && e.Cap.Shape == Storage {
			add(sizeKey, "8", "integer, 1 to 64", sizeDoc)
		}
	}
	return items
}

// Skeleton returns the members of a manifest for a new app that asks for nothing, one a line and indented, with a new GUID.
func Skeleton(name string) string {
	var b strings.Builder
	for i, m := range [...][2]string{{"SchemaVersion", "1"}, {"Name", strconv.Quote(name)}, {"ComponentId", strconv.Quote(newGUID())},
		{"EntryPoint", `"/bin/app"`}, {"CmdArgs", "[]"}, {"Capabilities", "{}"}, {"ApplicationType", `"Default"`}} {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "  %q: %s", m[0], m[1])
	}
	return b.String()
}

const sizeDoc = "Kilobytes that the app may keep, 1 to 64."

// commaAfter reports whether a member inserted at an offset needs a comma behind it.
func (m *Manifest) commaAfter(object *jsonc.Node, offset int) bool {
	for _, n := range object.Children {
		if n.Whole().Start >= offset && offset < n.Whole().End {
			return true
		}
	}
	return false
}

// template is what completion writes as the value of a new capability.
func (c *Capability) template() string {
	switch c.Shape {
	case Flag:
		return "true"
	case Tenant:
		return `""`
	case Storage:
		return `{ "SizeKB": 8 }`
	}
	return "[]"
}

// detail is the shape in a word or two.
func (s Shape) detail() string {
	return [...]string{"boolean", "array of integers", "array of strings", "array of ports", "array of host names", "array of GUIDs", "GUID", "object",
		"array of strings", ""}[s]
}

// entryAt returns the capability whose value is n, or nil.
func (m *Manifest) entryAt(n *jsonc.Node) *Entry {
	for i := range m.Caps {
		if m.Caps[i].Node == n {
			return &m.Caps[i]
		}
	}
	return nil
}

// Values proposes what could stand at the cursor as a value or an element of a list. defs may be nil.
func (m *Manifest) Values(c jsonc.Cursor, defs *hwdef.Set) []Item {
	if c.Place != jsonc.AtValue && c.Place != jsonc.Between || c.Node == nil {
		return nil
	}
	list, replace := c.Node, rule.Span{Start: c.Offset, End: c.Offset}
	if c.Place == jsonc.AtValue {
		list = c.Container
		if c.Node.Kind != jsonc.Missing {
			replace = rule.Span{Start: c.Node.Start, End: c.Node.End}
		}
	}
	b := builder{m: m, replace: replace, edited: c.Node}
	switch {
	case c.Place == jsonc.AtValue && list == m.root:
		b.topValue(c.Node.Name())
	case c.Place == jsonc.AtValue && list == m.caps:
		b.capabilityValue(m.entryAt(c.Node))
	default:
		if e := m.entryAt(list); e != nil && e.Cap != nil && list.Kind == jsonc.Array {
			b.elements(e, defs)
		} else if e != nil && e.Cap != nil && e.Cap.Shape == Storage && c.Node.Name() == sizeKey {
			for _, kb := range []string{"4", "8", "16", "32", "64"} {
				b.add(Item{Label: kb, Kind: ValueItem, Detail: "kilobytes", New: kb})
			}
		}
	}
	slices.SortStableFunc(b.items, func(x, y Item) int { return order(x.Taken) - order(y.Taken) })
	return b.items
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

type builder struct {
	m       *Manifest
	replace rule.Span
	edited  *jsonc.Node // what the cursor is at; it does not count as taken
	items   []Item
}

func (b *builder) add(i Item) {
	i.Replace = b.replace
	if i.Filter == "" {
		i.Filter = i.New
	}
	b.items = append(b.items, i)
}

func (b *builder) topValue(key string) {
	switch key {
	case "ApplicationType":
		for _, t := range applicationTypes {
			b.add(Item{Label: t[0], Kind: ValueItem, Detail: t[1], New: strconv.Quote(t[0])})
		}
	case "ComponentId":
		b.add(Item{Label: "new GUID", Kind: ValueItem, Detail: "a ComponentId of its own", New: strconv.Quote(newGUID()), Filter: b.typed()})
	case "EntryPoint", "SchemaVersion", "MallocVersion", "CmdArgs", "Capabilities":
		f := lookupField(key)
		b.add(Item{Label: strings.Trim(f.value, `"`), Kind: ValueItem, Detail: f.kind, Doc: f.doc, New: f.value})
	}
}

// typed is what stands at the place already, so that a client's filter lets the proposal through.
func (b *builder) typed() string { return b.m.File.Src[b.replace.Start:b.replace.End] }

func (b *builder) capabilityValue(e *Entry) {
	if e == nil || e.Cap == nil {
		return
	}
	switch e.Cap.Shape {
	case Flag:
		b.add(Item{Label: "true", Kind: ValueItem, New: "true"})
		b.add(Item{Label: "false", Kind: ValueItem, Detail: "the same as leaving it out", New: "false"})
	case Unknown:
	default:
		if b.edited.Kind == jsonc.Missing {
			b.add(Item{Label: e.Cap.template(), Kind: ValueItem, Detail: e.Cap.Shape.detail(), New: e.Cap.template()})
		}
	}
}

// elements proposes entries of a list that it does not have yet; those that collide with something come last.
func (b *builder) elements(e *Entry, defs *hwdef.Set) {
	has := map[string]bool{}
	for _, c := range e.Node.Children {
		if c != b.edited {
			has[c.Text()] = true
		}
	}
	switch e.Cap.Shape {
	case Powers:
		for _, p := range powerControls {
			if !has[p] {
				b.add(Item{Label: p, Kind: ValueItem, New: strconv.Quote(p)})
			}
		}
	case Hosts:
		if h := "global.azure-devices-provisioning.net"; !has[h] {
			b.add(Item{Label: h, Kind: ValueItem, Detail: "device provisioning service", New: strconv.Quote(h)})
		}
	case GPIOs, Units:
		b.peripherals(e.Cap, defs, has)
	}
}

func (b *builder) peripherals(c *Capability, defs *hwdef.Set, has map[string]bool) {
	p := newPass(b.m, Options{Definitions: defs})
	p.resolve(b.edited)
	busy := hwdef.PinsOf(p.claims)
	taken := func(v hwdef.Value) bool {
		pins, _ := hwdef.Claim{Field: c.Name, Value: v}.PinSet()
		return pins.Overlaps(busy)
	}
	if defs != nil {
		for _, n := range defs.Peripherals() {
			if n.Type != c.Name || has["$"+n.Name] || n.File.IsChip() && defs.Target != n.File {
				continue
			}
			if r := defs.Resolve(n.Name); r.Status == hwdef.Resolved {
				b.add(Item{Label: "$" + n.Name, Kind: NameItem, Detail: where(c, r.Value), Doc: escape(n.Comment), New: strconv.Quote("$" + n.Name), Taken: taken(r.Value)})
			}
		}
	}
	if c.Shape == GPIOs {
		for _, n := range hwdef.GPIOs() {
			pin, _ := hwdef.PinOf(n)
			text := strconv.Itoa(n)
			if !has[text] {
				b.add(Item{Label: text, Kind: PinItem, Detail: strings.Join(pin.Functions, ", "), New: text, Taken: taken(hwdef.Value{Text: text, Number: true})})
			}
		}
		return
	}
	for _, n := range hwdef.Controllers(c.Name) {
		if !has[n] {
			b.add(Item{Label: n, Kind: PinItem, Detail: pinsOf(c.Name, n), New: strconv.Quote(n), Taken: taken(hwdef.Value{Text: n})})
		}
	}
}

// where is a value in words: "GPIO 8", "ISU0, GPIO 26 to 30".
func where(c *Capability, v hwdef.Value) string {
	if v.Number {
		return "GPIO " + v.Text
	}
	return v.Text + ", " + pinsOf(c.Name, v.Text)
}

func pinsOf(field, controller string) string {
	first, last, ok := hwdef.Span(field, controller)
	switch {
	case !ok:
		return "not on the MT3620"
	case first == last:
		return fmt.Sprintf("GPIO %d", first)
	}
	return fmt.Sprintf("GPIO %d to %d", first, last)
}
