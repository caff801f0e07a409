package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// Hover is an explanation of a place.
type Hover struct {
	Span     rule.Span
	Markdown string
}

// Hover explains the place at offset: what stands there, and what the findings there mean.
func (f *File) Hover(offset int) (Hover, bool) {
	if !f.Ours() {
		return Hover{}, false
	}
	var parts []string
	var span rule.Span
	cursor := f.FileReport.File.PathAt(offset)
	if text, at, ok := f.describe(cursor); ok {
		parts, span = append(parts, text), at
	}
	for i := range f.Findings {
		x := &f.Findings[i]
		if x.Span.Start > offset || offset > x.Span.End || x.Span.End-x.Span.Start > 2000 {
			continue
		}
		if len(parts) == 0 {
			span = x.Span
		}
		text := "**" + x.Rule.Code + "** " + x.Rule.Title + "\n\n" + x.Rule.Doc
		if code := x.Refuses.Code; code != 0 {
			text += "\n\nDevice error " + deverr.Short(code) + " (" + strconv.Itoa(code) + ")"
			if e, ok := deverr.Lookup(code); ok {
				text += " `" + e.Name + "`: " + e.Text
			}
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return Hover{span, strings.Join(parts, "\n\n---\n\n")}, len(parts) > 0
}

// describe says what stands at a cursor.
func (f *File) describe(c jsonc.Cursor) (text string, at rule.Span, ok bool) {
	n := c.Node
	if n == nil || c.Place != jsonc.AtKey && c.Place != jsonc.AtValue {
		return "", at, false
	}
	at = rule.Span{Start: n.Start, End: n.End}
	if c.Place == jsonc.AtKey {
		at = rule.Span{Start: n.Key.Start, End: n.Key.End}
	}
	if f.Kind == project.Definition {
		text = f.describeDefinition(c)
	} else {
		text = f.describeManifest(c)
	}
	return text, at, text != ""
}

// describeManifest explains a key, or a value of a peripheral field.
func (f *File) describeManifest(c jsonc.Cursor) string {
	n := c.Node
	depth, field := place(n)
	switch {
	case depth == 1 && c.Place == jsonc.AtKey:
		return describeField(n.Name())
	case depth == 2 && field == "Capabilities" && c.Place == jsonc.AtKey:
		if k := manifest.LookupCapability(n.Name()); k != nil {
			return describeCapability(k)
		}
	case depth == 3 && n.Parent.Kind == jsonc.Array:
		k := manifest.LookupCapability(n.Parent.Name())
		if k == nil || !k.IsPeripheral() {
			return ""
		}
		if s, ok := n.Str(); ok {
			if name, ok := strings.CutPrefix(s, "$"); ok {
				return f.describeName(name, true)
			}
			return describeController(k.Name, s)
		}
		if v, ok := n.Int(); ok && k.Shape == manifest.GPIOs {
			return f.describeGPIO(int(v))
		}
	}
	return ""
}

// place tells how deep a node lies, and the name of the top-level property that it lies in.
func place(n *jsonc.Node) (depth int, field string) {
	for n.Parent != nil {
		field = n.Name()
		n = n.Parent
		depth++
	}
	return depth, field
}

func describeField(name string) string {
	for _, p := range manifestRoot {
		if p.Name == name {
			return "**" + p.Name + "** (" + p.Type + ")\n\n" + p.Doc
		}
	}
	return ""
}

func describeCapability(c *manifest.Capability) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** (%s)\n\n", c.Name, shape(c))
	if c.Reserved != "" {
		fmt.Fprintf(&b, "Not for customer apps: %s.", c.Reserved)
		return b.String()
	}
	b.WriteString(c.Allows)
	if c.Note != "" {
		b.WriteString("\n\n" + c.Note)
	}
	who := "high-level and real-time apps"
	if !c.RT {
		who = "high-level apps only"
	} else if !c.HL {
		who = "real-time apps only"
	}
	fmt.Fprintf(&b, "\n\nFor %s, since %s.", who, c.Since)
	if len(c.Needs) > 0 {
		fmt.Fprintf(&b, " Without it these fail: `%s`.", strings.Join(c.Needs, "`, `"))
	}
	return b.String()
}

// describeName follows a name to the chip.
func (f *File) describeName(name string, dollar bool) string {
	set := f.names()
	if set == nil {
		return ""
	}
	r := set.Resolve(name)
	if len(r.Chain) == 0 {
		return ""
	}
	title := name
	if dollar {
		title = "$" + name
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", title)
	switch r.Status {
	case hwdef.Resolved:
		fmt.Fprintf(&b, " = %s", hwdef.Claim{Field: r.Type, Value: r.Value})
	case hwdef.Constant:
		b.WriteString(", a constant for the C code; no manifest can name it")
	case hwdef.Cycle:
		b.WriteString(", which maps to itself")
	default:
		b.WriteString(", which leads to no value")
	}
	b.WriteString("\n")
	for _, p := range r.Chain {
		fmt.Fprintf(&b, "\n- `%s` in %s", p.Name, base(p.File))
		if p.Comment != "" {
			b.WriteString(": " + escape(p.Comment))
		}
	}
	if r.Status == hwdef.Resolved && r.Value.Number {
		if gpio, err := strconv.Atoi(r.Value.Text); err == nil {
			if said := describePin(gpio); said != "" {
				b.WriteString("\n\n" + said)
			}
		}
	}
	return b.String()
}

// describeGPIO explains a number in Gpio: the pin, and what the board calls it.
func (f *File) describeGPIO(gpio int) string {
	said := describePin(gpio)
	if said == "" {
		return ""
	}
	text := fmt.Sprintf("**GPIO %d**", gpio)
	if set := f.names(); set != nil {
		if p := set.Name(hwdef.Gpio, hwdef.Value{Text: strconv.Itoa(gpio), Number: true}); p != nil {
			text += " = `$" + p.Name + "`"
			if p.Comment != "" {
				text += ": " + escape(p.Comment)
			}
		}
	}
	return text + "\n\n" + said
}

// describePin says what a GPIO's pin can be, and what shares its block.
func describePin(gpio int) string {
	p, ok := hwdef.PinOf(gpio)
	if !ok {
		return ""
	}
	var b strings.Builder
	if p.Package != 0 {
		fmt.Fprintf(&b, "Pin %d of the MT3620: ", p.Package)
	} else {
		b.WriteString("Functions: ")
	}
	b.WriteString("`" + strings.Join(p.Functions, "`, `") + "`")
	if p.Interrupt != "" {
		b.WriteString(", interrupt `" + p.Interrupt + "`")
	}
	b.WriteString(".")
	if p.Block.Last > p.Block.First {
		fmt.Fprintf(&b, " Block GPIO %d to %d", p.Block.First, p.Block.Last)
		if p.Block.Controller != "" {
			fmt.Fprintf(&b, ", which `%s` takes whole", p.Block.Controller)
		}
		b.WriteString(".")
	}
	return b.String()
}

func describeController(field, name string) string {
	first, last, ok := hwdef.Span(field, name)
	if !ok {
		return ""
	}
	text := fmt.Sprintf("**%s**\n\n", hwdef.Claim{Field: field, Value: hwdef.Value{Text: name}})
	if first == last {
		return text + fmt.Sprintf("Uses the pin of GPIO %d.", first)
	}
	return text + fmt.Sprintf("Takes GPIO %d to %d.", first, last)
}

// describeDefinition explains a key of a hardware definition, or the name that stands there.
func (f *File) describeDefinition(c jsonc.Cursor) string {
	n := c.Node
	if c.Place == jsonc.AtKey {
		for _, k := range definitionKeys(n.Parent) {
			if k.Name == n.Name() {
				return "**" + k.Name + "** (" + k.Type + ")\n\n" + k.Doc
			}
		}
		return ""
	}
	if s, ok := n.Str(); ok && (n.Name() == "Name" || n.Name() == "Mapping") {
		return f.describeName(s, false)
	}
	return ""
}

// escape keeps foreign text from being read as Markdown.
func escape(s string) string { return markdownEscapes.Replace(s) }

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "<", `\<`, "\n", " ")
