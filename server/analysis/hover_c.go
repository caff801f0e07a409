package analysis

import (
	"fmt"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
)

// describeC explains an identifier of a C file: where a peripheral's name leads, what a function needs.
func (f *File) describeC(offset int) (text string, at rule.Span, ok bool) {
	at, word := wordAt(f.Src, offset)
	if word == "" || !slices.Contains(f.C.Occurrences(word), csource.Span(at)) {
		return "", at, false
	}
	if fn := manifest.LookupFunction(word); fn != nil && !f.C.Defined(word) {
		if f.app != nil && f.app.Manifest.RealTime {
			return "", at, false // libraries for real-time apps have functions of the same names
		}
		text = f.describeFunction(fn)
		return text, at, text != ""
	}
	name := f.peripheralAt(csource.Span(at), word)
	if text = f.describeName(name); text == "" {
		return "", at, false
	}
	if set := f.names(); f.app != nil && set != nil {
		text += "\n" + f.asked(set.Resolve(name))
	}
	return text, at, true
}

// peripheralAt returns the peripheral that an identifier is, or stands for where it is what a call opens; else the identifier.
func (f *File) peripheralAt(at csource.Span, word string) string {
	for _, c := range f.C.Calls {
		fn := manifest.LookupFunction(c.Name)
		if fn != nil && fn.Peripheral != "" && fn.Arg < len(c.Args) && c.Args[fn.Arg].Span == at {
			return f.opened(c, fn.Arg)
		}
	}
	return word
}

// opened returns the peripheral that a call's argument is, an identifier: itself, or what it stands for as a macro or an
// enumerator of the app.
func (f *File) opened(c *csource.Call, arg int) string {
	word, set := c.Args[arg].Tokens[0].Text, f.names()
	if set == nil || set.Has(word) || f.app == nil || f.app.Manifest.RealTime {
		return word
	}
	f.programOnce.Do(func() { f.program = csource.NewProgram(f.ws.sources(f.app), set.Has) })
	v := f.program.Resolve(c, arg)
	if v.Unknown || len(v.Constants) != 1 || v.Constants[0].Span != c.Args[arg].Span {
		return word
	}
	if at := slices.IndexFunc(v.Constants[0].Names, set.Has); at >= 0 {
		return v.Constants[0].Names[at]
	}
	return word
}

// describeFunction says what a function needs, and whether the app's manifest has it.
func (f *File) describeFunction(fn *manifest.Function) string {
	if len(fn.Needs) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", fn.Name)
	for _, n := range fn.Needs {
		names := make([]string, len(n))
		has := false
		for i, g := range n {
			names[i] = "`" + g.String() + "`"
			has = has || f.app != nil && f.app.Manifest.Grants(g)
		}
		fmt.Fprintf(&b, "\n\nNeeds the capability %s", strings.Join(names, " or "))
		switch {
		case fn.Depends || len(fn.Only) > 0:
			b.WriteString(" in some cases")
		case f.app != nil && has:
			b.WriteString(", which the manifest asks for")
		case f.app != nil:
			b.WriteString(", **which the manifest does not ask for**")
		}
		b.WriteString(".")
	}
	if fn.Errno != "" {
		fmt.Fprintf(&b, " Without it the call fails with `%s`.", fn.Errno)
	}
	if fn.Note != "" {
		b.WriteString("\n\n" + escape(strings.ToUpper(fn.Note[:1])+fn.Note[1:]) + ".")
	}
	return b.String()
}

// asked says whether the manifest asks for what a name resolves to.
func (f *File) asked(r hwdef.Resolution) string {
	if r.Status != hwdef.Resolved {
		return ""
	}
	for _, q := range f.app.Manifest.Requests() {
		v := q.Value
		if q.Symbol != "" {
			v = f.app.Definitions.Resolve(q.Symbol).Value
		}
		if q.Cap.Name == r.Type && v == r.Value {
			return fmt.Sprintf("\nThe manifest asks for it under `%s`.", r.Type)
		}
	}
	return fmt.Sprintf("\nThe manifest does **not** ask for it under `%s`: opening it fails.", r.Type)
}
