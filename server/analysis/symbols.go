package analysis

import (
	"path"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// HeadingKind says what a heading stands for.
type HeadingKind uint8

// What headings stand for.
const (
	FileHeading       HeadingKind = iota // the app or the hardware itself
	PropertyHeading                      // a key that the format knows
	CapabilityHeading                    // a member of Capabilities
	ListHeading                          // what holds entries of one kind: imports, peripherals
	NameHeading                          // a peripheral by its name
	NumberHeading                        // a GPIO, a port
	TextHeading                          // a host, a controller, an argument
	ImportHeading                        // a file
)

// A Heading is one line of a file's outline.
type Heading struct {
	Name     string // not empty, on one line
	Detail   string // "= GPIO 8"; may be empty
	Kind     HeadingKind
	Span     rule.Span // all of it
	Select   rule.Span // its name, inside Span
	Children []Heading // in order
}

// maxItems is how many headings, hints or tokens of a file are told; no real file has as many.
const maxItems = 20_000

// Outline returns the file's outline.
func (f *File) Outline() []Heading {
	o := outline{f: f, left: maxItems}
	switch f.Kind {
	case project.Manifest:
		return o.file(o.manifestMember)
	case project.Definition:
		return o.file(o.definitionMember)
	}
	return []Heading{}
}

// outline makes an outline.
type outline struct {
	f    *File
	left int // how many headings may still be added
}

// file makes the heading of a JSON file and, with member, those of the root's members.
func (o *outline) file(member func(n *jsonc.Node) Heading) []Heading {
	root := o.f.FileReport.File.Root
	if root.Kind != jsonc.Object {
		return []Heading{}
	}
	named := root.Member("Name")
	name := "app manifest"
	if o.f.Kind == project.Definition {
		named = root.Get("Description", "Name")
		name = "hardware definition"
		if o.f.Path != "" {
			name = path.Base(o.f.Path)
		}
	}
	s := Heading{Name: name, Kind: FileHeading, Span: span(root), Select: rule.Span{Start: root.Start, End: root.Start}}
	if text, ok := visible(named); ok {
		s.Name, s.Select = text, span(named)
	}
	s.Children = o.all(root, member)
	return []Heading{s}
}

// all makes the headings of a container's children.
func (o *outline) all(n *jsonc.Node, child func(n *jsonc.Node) Heading) []Heading {
	list := make([]Heading, 0, min(len(n.Children), o.left))
	for _, c := range n.Children {
		if o.left == 0 {
			break
		}
		o.left--
		list = append(list, child(c))
	}
	return list
}

// member makes the heading of a member: its key, and a scalar as detail.
func (o *outline) member(n *jsonc.Node, kind HeadingKind) Heading {
	s := Heading{Name: "?", Kind: kind, Span: whole(n), Select: rule.Span{Start: n.Key.Start, End: n.Key.End}}
	if text, ok := visible(n.Key); ok {
		s.Name = text
	}
	if scalar(n) {
		s.Detail = oneLine(n.Text())
	}
	return s
}

// entry makes the heading of a value that has no name but itself.
func (o *outline) entry(n *jsonc.Node) Heading {
	s := Heading{Name: n.Kind.String(), Kind: TextHeading, Span: whole(n), Select: span(n)}
	if text, ok := visible(n); ok {
		s.Name = text
	}
	if n.Kind == jsonc.Number {
		s.Kind = NumberHeading
	}
	return s
}

func (o *outline) manifestMember(n *jsonc.Node) Heading {
	s := o.member(n, PropertyHeading)
	switch {
	case n.Kind == jsonc.Object && n.Name() == "Capabilities":
		s.Children = o.all(n, o.capability)
	case n.Kind == jsonc.Array:
		s.Children = o.all(n, o.entry)
	}
	return s
}

func (o *outline) capability(n *jsonc.Node) Heading {
	s := o.member(n, CapabilityHeading)
	switch c := manifest.LookupCapability(n.Name()); {
	case n.Kind == jsonc.Array && c != nil && c.IsPeripheral():
		s.Children = o.all(n, func(e *jsonc.Node) Heading { return o.request(c, e) })
	case n.Kind == jsonc.Array:
		s.Children = o.all(n, o.entry)
	case n.Kind == jsonc.Object && len(n.Children) == 1 && scalar(n.Children[0]):
		s.Detail = oneLine(n.Children[0].Name() + " " + n.Children[0].Text())
	}
	return s
}

// request makes the heading of a pin or controller that an app asks for, with what it is.
func (o *outline) request(c *manifest.Capability, n *jsonc.Node) Heading {
	s := o.entry(n)
	switch text, _ := n.Str(); {
	case strings.HasPrefix(text, "$"):
		s.Kind = NameHeading
		if r, ok := o.f.resolve(text[1:]); ok {
			s.Detail = "= " + short(r.Type, r.Value)
		}
	case n.Kind == jsonc.Number && c.Name == hwdef.Gpio:
		if p := o.f.named(c.Name, n); p != nil {
			s.Detail = "$" + p.Name
		}
	}
	return s
}

func (o *outline) definitionMember(n *jsonc.Node) Heading {
	switch {
	case n.Kind == jsonc.Array && n.Name() == "Imports":
		s := o.member(n, ListHeading)
		s.Children = o.all(n, func(e *jsonc.Node) Heading { return o.named(e, e.Member("Path"), ImportHeading) })
		return s
	case n.Kind == jsonc.Array && n.Name() == "Peripherals":
		s := o.member(n, ListHeading)
		s.Children = o.all(n, o.peripheral)
		return s
	case n.Kind == jsonc.Object:
		s := o.member(n, PropertyHeading)
		s.Children = o.all(n, func(m *jsonc.Node) Heading { return o.member(m, PropertyHeading) })
		return s
	}
	return o.member(n, PropertyHeading)
}

// named makes the heading of an object that is known by one of its members.
func (o *outline) named(n, by *jsonc.Node, kind HeadingKind) Heading {
	s := o.entry(n)
	if text, ok := visible(by); ok && by.Kind == jsonc.String {
		s.Name, s.Kind, s.Select = text, kind, span(by)
	}
	return s
}

func (o *outline) peripheral(n *jsonc.Node) Heading {
	s := o.named(n, n.Member("Name"), NameHeading)
	typ, _ := n.Member("Type").Str()
	s.Detail = oneLine(typ)
	if s.Kind != NameHeading {
		return s
	}
	name, _ := n.Member("Name").Str()
	if r, ok := o.f.resolve(name); ok && r.Value.Text != "" {
		s.Detail = strings.TrimSpace(s.Detail + " = " + r.Value.Text)
	}
	return s
}

// resolve follows a name to its value; false if it leads to none that a manifest could hold.
func (f *File) resolve(name string) (hwdef.Resolution, bool) {
	set := f.names()
	if set == nil {
		return hwdef.Resolution{}, false
	}
	r := set.Resolve(name)
	return r, r.Status == hwdef.Resolved
}

// named returns the name that the app's definition has for a GPIO, or nil. The chip's own names say nothing more than the
// number.
func (f *File) named(field string, n *jsonc.Node) *hwdef.Peripheral {
	set := f.names()
	if set == nil {
		return nil
	}
	if _, ok := n.Int(); !ok {
		return nil
	}
	p := set.Name(field, hwdef.Value{Text: n.Text(), Number: true})
	if p == nil || p.File.IsChip() {
		return nil
	}
	return p
}

// short names a value in the least space: "GPIO 8", "ISU0".
func short(typ string, v hwdef.Value) string {
	if typ == hwdef.Gpio {
		return "GPIO " + v.Text
	}
	return v.Text
}

// maxName is how many bytes of a text are shown where a line has to hold it.
const maxName = 120

// oneLine makes a text fit a line.
func oneLine(s string) string {
	if len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, s)
}

// visible is a scalar's text on one line; false if there is nothing to see.
func visible(n *jsonc.Node) (text string, ok bool) {
	text = oneLine(n.Text())
	return text, strings.TrimSpace(text) != ""
}

func span(n *jsonc.Node) rule.Span { return rule.Span{Start: n.Start, End: n.End} }

func whole(n *jsonc.Node) rule.Span { return rule.Span(n.Whole()) }
