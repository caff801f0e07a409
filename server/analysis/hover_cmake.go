package analysis

import (
	"fmt"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/rule"
)

// describeCMake explains what stands in a CMake file: the hardware definition that a call leads to, and the names of
// peripherals.
func (f *File) describeCMake(offset int) (text string, at rule.Span, ok bool) {
	if f.app != nil {
		if c := f.app.HardwareDefinition(); c != nil && c.Place.File == f.Path && c.Span.Start <= offset && offset <= c.Span.End {
			if text := f.describeTarget(); text != "" {
				return text, c.Span, true
			}
		}
	}
	at, word := wordAt(f.Src, offset)
	if word == "" || f.names() == nil {
		return "", at, false
	}
	text = f.describeName(word)
	return text, at, text != ""
}

// describeTarget says which hardware definition the app is built with, and what it builds on.
func (f *File) describeTarget() string {
	set := f.app.Definitions
	if set == nil {
		if why := f.app.NoDefinitions.Why; why != "" {
			return "No hardware definition: " + escape(why) + "."
		}
		return ""
	}
	show := func(d *hwdef.Definition) string {
		if d.Embedded {
			return d.Path + " (comes with armillary)"
		}
		return near(f.Path, d.Path)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Hardware definition **%s**", escape(show(set.Target)))
	if set.Target.Name != "" {
		b.WriteString(" – " + escape(set.Target.Name))
	}
	for i, d := range set.Files[1:] {
		if i == 0 {
			b.WriteString("\n\nwhich builds on ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(escape(show(d)))
	}
	fmt.Fprintf(&b, "\n\n%d names", len(set.Peripherals()))
	return b.String()
}
