package analysis

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// Hover is an explanation of a place.
type Hover struct {
	Span     rule.Span
	Markdown string
}

// Hover explains the place at offset: what stands there, and what those of the findings mean that are there. They are the
// file's as the user is shown them.
func (f *File) Hover(offset int, findings []rule.Finding) (Hover, bool) {
	if !f.Ours() {
		return Hover{}, false
	}
	var parts []string
	var span rule.Span
	if text, at, ok := f.describe(offset); ok {
		parts, span = append(parts, text), at
	}
	for i := range findings {
		x := &findings[i]
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

// describe says what stands at a place.
func (f *File) describe(offset int) (text string, at rule.Span, ok bool) {
	if f.Manifest != nil {
		at, text, ok = f.Manifest.Describe(offset, f.Definitions, func(other string) string { return near(f.Path, other) })
		return text, at, ok
	}
	switch f.Kind {
	case project.Source, project.Launch:
		if text, at, ok = f.describeComponent(offset); ok || f.C == nil {
			return text, at, ok
		}
		return f.describeC(offset)
	case project.CMake:
		return f.describeCMake(offset)
	}
	if f.Kind != project.Definition {
		return "", at, false
	}
	c := f.FileReport.File.PathAt(offset)
	n := c.Node
	if n == nil || c.Place != jsonc.AtKey && c.Place != jsonc.AtValue {
		return "", at, false
	}
	at = rule.Span{Start: n.Start, End: n.End}
	if c.Place == jsonc.AtKey {
		at = rule.Span{Start: n.Key.Start, End: n.Key.End}
	}
	text = f.describeDefinition(c)
	return text, at, text != ""
}

// describeComponent says which app of the workspace has a ComponentId.
func (f *File) describeComponent(offset int) (text string, at rule.Span, ok bool) {
	s, at, ok := f.SymbolAt(offset)
	if !ok || s.Kind != Component || s.File == "" {
		return "", at, false
	}
	a := f.ws.app(path.Dir(s.File))
	if a == nil {
		return "", at, false
	}
	return fmt.Sprintf("The ComponentId of **%s**, in `%s`", escape(a.Manifest.Name()), near(f.Path, a.ManifestPath)), at, true
}

// describeName follows a name to the chip.
func (f *File) describeName(name string) string {
	set := f.names()
	if set == nil {
		return ""
	}
	r := set.Resolve(name)
	if len(r.Chain) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", name)
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
	return b.String()
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
		return f.describeName(s)
	}
	return ""
}

// escape keeps foreign text from being read as Markdown.
func escape(s string) string { return markdownEscapes.Replace(s) }

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "<", `\<`, "\n", " ")
