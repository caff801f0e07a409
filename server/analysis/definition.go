package analysis

import (
	"context"

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

// fileAt returns the file that is named at an offset: the hardware definition that CMake chooses there, or where a link
// leads.
func (f *File) fileAt(offset int) (Target, bool) {
	if f.Kind == project.CMake {
		if at, ok := f.namesTarget(offset); ok && f.app.DefinitionPath != "" && f.app.Definitions != nil {
			return Target{From: at, File: f.app.DefinitionPath}, true
		}
	}
	for _, l := range f.Links() {
		if l.File != "" && l.Span.Start <= offset && offset <= l.Span.End {
			return Target{From: l.Span, File: l.File}, true
		}
	}
	return Target{}, false
}
