package analysis

import (
	"context"
	"path"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// A Target is a place that another one leads to.
type Target struct {
	From rule.Span // the text that leads there
	File string
	Span rule.Span // of the name, or empty for a whole file
}

// Definition returns where what is at an offset is declared: a name in its definition, a component in its app's manifest,
// an import or an #include in its file.
func (f *File) Definition(ctx context.Context, offset int) []Target {
	if s, at, ok := f.SymbolAt(offset); ok {
		if s.File == "" {
			return nil
		}
		for _, o := range f.ws.declarations(s) {
			return []Target{{From: at, File: o.File, Span: o.Span}}
		}
		return nil
	}
	if t, ok := f.fileAt(offset); ok {
		return []Target{t}
	}
	return nil
}

// declarations returns the places that declare a symbol.
func (w *Workspace) declarations(s Symbol) []Occurrence {
	c := &collector{w: w, s: s, seen: map[string]bool{}}
	kind := project.Definition
	if s.Kind == Component {
		kind = project.Manifest
	}
	c.json(kind, s.File)
	var out []Occurrence
	for _, o := range c.out {
		if o.Role == Declares {
			out = append(out, o)
		}
	}
	return out
}

// fileAt returns the file that a path at an offset names: an import of a definition, an #include, what CMake chooses as hardware
// definition.
func (f *File) fileAt(offset int) (Target, bool) {
	switch f.Kind {
	case project.CMake:
		if at, ok := f.namesTarget(offset); ok && f.app.DefinitionPath != "" && f.app.Definitions != nil {
			return Target{From: at, File: f.app.DefinitionPath}, true
		}
	case project.Definition:
		c := f.FileReport.File.PathAt(offset)
		depth, field := 0, ""
		if c.Node != nil {
			depth, field = place(c.Node)
		}
		text, ok := c.Node.Str()
		if !ok || c.Place != jsonc.AtValue || depth != 3 || field != "Imports" || c.Node.Name() != "Path" {
			break
		}
		set := f.names()
		if set == nil {
			break
		}
		for _, d := range set.Files {
			if !d.Embedded && d != set.Target && path.Base(d.Path) == path.Base(strings.ReplaceAll(text, `\`, "/")) {
				return Target{From: rule.Span{Start: c.Node.Start, End: c.Node.End}, File: d.Path}, true
			}
		}
	case project.Source:
		for _, inc := range f.C.Includes {
			if offset < inc.Span.Start || offset > inc.Span.End {
				continue
			}
			if name, ok := f.ws.header(f.app, f.Path, inc); ok {
				return Target{From: rule.Span(inc.Span), File: name}, true
			}
		}
	}
	return Target{}, false
}
