package manifest

import (
	"fmt"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// Describe explains what stands at an offset, in Markdown: a property, a capability, a pin, where a $ name leads. show
// writes the paths of definitions, see Options. defs and show may be nil.
func (m *Manifest) Describe(offset int, defs *hwdef.Set, show func(path string) string) (span rule.Span, markdown string, ok bool) {
	c := m.File.PathAt(offset)
	if c.Node == nil || c.Place != jsonc.AtKey && c.Place != jsonc.AtValue {
		return span, "", false
	}
	if c.Place == jsonc.AtValue {
		for i := range m.requests {
			if m.requests[i].Node == c.Node {
				text := m.requests[i].markdown(defs, show)
				return rule.Span{Start: c.Node.Start, End: c.Node.End}, text, text != ""
			}
		}
	}
	if c.Node.Key == nil || c.Node.Key.Kind == jsonc.Missing {
		return span, "", false
	}
	span = rule.Span{Start: c.Node.Key.Start, End: c.Node.Key.End}
	if c.Place == jsonc.AtValue {
		if c.Node.Kind == jsonc.Object || c.Node.Kind == jsonc.Array {
			return span, "", false
		}
		span = rule.Span{Start: c.Node.Start, End: c.Node.End}
	}
	switch c.Container {
	case m.root:
		if f := lookupField(c.Node.Name()); f != nil {
			markdown = f.markdown()
		}
	case m.caps:
		if e := m.entryAt(c.Node); e != nil && e.Cap != nil {
			markdown = e.Cap.markdown()
		}
	default:
		if c.Node.Name() == sizeKey {
			markdown = "**SizeKB** – integer\n\n" + sizeDoc
		}
	}
	return span, markdown, markdown != ""
}

func (f *field) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** – %s", f.name, f.kind)
	if f.required {
		b.WriteString(", required")
	}
	b.WriteString("\n\n" + f.doc)
	if f.missing != 0 && f.required {
		fmt.Fprintf(&b, "\n\nWithout it the device answers %s (%d).", deverr.Short(f.missing), f.missing)
	}
	return b.String()
}

func (c *Capability) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** – %s", c.Name, c.Shape.detail())
	if c.Reserved != "" {
		fmt.Fprintf(&b, "\n\nNot for customer apps: %s.", c.Reserved)
		return b.String()
	}
	switch {
	case c.HL && c.RT:
		b.WriteString(", for high-level and real-time apps")
	case c.HL:
		b.WriteString(", for high-level apps")
	case c.RT:
		b.WriteString(", for real-time apps")
	}
	b.WriteString("\n\n" + c.Allows)
	if c.Note != "" {
		b.WriteString(" " + c.Note)
	}
	if len(c.Needs()) > 0 {
		names := c.Needs()
		more := ""
		if len(names) > 6 {
			names, more = names[:6], ", …"
		}
		fmt.Fprintf(&b, "\n\nNeeded by `%s`%s", strings.Join(names, "`, `"), more)
	}
	if c.Since != "" {
		fmt.Fprintf(&b, "\n\nSince about %s.", strings.TrimPrefix(c.Since, "OS "))
	}
	return b.String()
}

// markdown explains a pin or controller, or where a $ name leads.
func (r *Request) markdown(defs *hwdef.Set, show func(string) string) string {
	v := r.Value
	var b strings.Builder
	if r.Symbol != "" {
		fmt.Fprintf(&b, "**$%s**", r.Symbol)
		if defs == nil {
			return b.String() + "\n\nNot resolved: there is no hardware definition."
		}
		res := defs.Resolve(r.Symbol)
		for _, p := range res.Chain {
			fmt.Fprintf(&b, "\n\n`%s` in %s", p.Name, p.File.Display(show))
			if p.Comment != "" {
				b.WriteString(" – " + escape(strings.TrimSuffix(p.Comment, ".")))
			}
		}
		switch res.Status {
		case hwdef.Resolved:
			v = res.Value
			fmt.Fprintf(&b, "\n\n= %s", v.JSON())
		case hwdef.Constant:
			return b.String() + "\n\nA constant for the C code, no peripheral."
		case hwdef.NotChecked:
			return b.String() + fmt.Sprintf("\n\nNot resolved: %s was not found.", defs.Missing[0].Import.Path)
		case hwdef.Unknown:
			return b.String() + "\n\nUnknown to the hardware definition."
		default:
			return b.String() + "\n\nIt leads to no value."
		}
	}
	c := hwdef.Claim{Field: r.Cap.Name, Value: v}
	first, last, ok := c.Pins()
	if !ok {
		return b.String()
	}
	if b.Len() > 0 {
		b.WriteString("\n\n")
	}
	fmt.Fprintf(&b, "**%s**", c)
	if first != last {
		fmt.Fprintf(&b, " takes GPIO %d to %d", first, last)
	}
	block, _ := hwdef.BlockOf(first)
	if pin, ok := hwdef.PinOf(first); ok && first == last {
		if pin.Package != 0 {
			fmt.Fprintf(&b, ", package pin %d", pin.Package)
		}
		if len(pin.Functions) > 1 {
			fmt.Fprintf(&b, "; also %s", strings.Join(pin.Functions[1:], ", "))
		}
		fmt.Fprintf(&b, "\n\nBlock %s: GPIO %d to %d", block.Name, block.First, block.Last)
	}
	return b.String()
}

// escape keeps foreign text from being read as Markdown.
func escape(s string) string { return markdownEscapes.Replace(s) }

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "<", `\<`, "\n", " ")
