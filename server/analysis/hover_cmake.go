package analysis

import (
	"fmt"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// describeCMake explains what stands in a CMake file: the hardware definition that a call leads to, and the names of
// peripherals.
func (f *File) describeCMake(offset int) (text string, at rule.Span, ok bool) {
	if at, ok := f.namesTarget(offset); ok {
		if text := f.describeTarget(); text != "" {
			return text, at, true
		}
	}
	at, word := wordAt(f.Src, offset)
	if word == "" || f.names() == nil {
		return "", at, false
	}
	text = f.describeName(word)
	return text, at, text != ""
}

// namesTarget reports whether what is at an offset chooses the app's hardware definition, and where that stands: the call
// that names it, or a set, find_path or find_file command for a variable of that call or of such a command.
func (f *File) namesTarget(offset int) (at rule.Span, ok bool) {
	if f.app == nil {
		return at, false
	}
	call := f.app.HardwareDefinition()
	if call == nil || call.Place.File != f.Path {
		return at, false
	}
	if call.Span.Start <= offset && offset <= call.Span.End {
		return call.Span, true
	}
	used := func(c *cmake.Command, name string) bool {
		return slices.ContainsFunc(c.Args, func(a cmake.Argument) bool { return strings.Contains(a.Text, "${"+name+"}") })
	}
	defines := func(c *cmake.Command) bool {
		return len(c.Args) > 1 && (c.Is("set") || c.Is("find_path") || c.Is("find_file"))
	}
	for i := range call.File.Commands {
		c := &call.File.Commands[i]
		if !defines(c) || offset < c.Args[0].Span.Start || offset > c.Args[len(c.Args)-1].Span.End {
			continue
		}
		name := c.Args[0].Text
		if used(call.Command, name) {
			return c.Span, true
		}
		for j := range call.File.Commands {
			if by := &call.File.Commands[j]; defines(by) && used(by, name) && used(call.Command, by.Args[0].Text) {
				return c.Span, true
			}
		}
	}
	return at, false
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
