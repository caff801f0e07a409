package analysis

import (
	"context"
	"fmt"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// A Lens is a line of text above a place, with what it leads to.
type Lens struct {
	Span    rule.Span
	Title   string
	Command LensCommand
	Symbol  Symbol // of ShowUses
}

// LensCommand says what a click on a lens does.
type LensCommand uint8

// What lenses do.
const (
	ShowUses       LensCommand = iota // show the places that use Symbol
	GenerateHeader                    // write the definition's C header
)

// Lenses returns the lenses of a hardware definition: how many manifests use each name, and whether the C header is what
// the definition says.
func (f *File) Lenses(ctx context.Context) []Lens {
	if f.Kind != project.Definition || f.Path == "" {
		return nil
	}
	lenses := []Lens{}
	self := hwdef.Read(f.Path, f.FileReport.File)
	root := f.FileReport.File.Root
	if title := headerTitle(f.ws.headerState(self)); title != "" {
		lenses = append(lenses, Lens{Span: rule.Span{Start: root.Start, End: root.Start + 1}, Title: title, Command: GenerateHeader})
	}
	uses := f.ws.manifestUses(ctx, f.Path)
	for _, p := range self.Peripherals {
		n := len(uses[p.Name])
		if n == 0 {
			continue
		}
		at := p.Node.Member("Name")
		title := "used by 1 manifest"
		if n > 1 {
			title = fmt.Sprintf("used by %d manifests", n)
		}
		lenses = append(lenses, Lens{Span: rule.Span{Start: at.Start, End: at.End}, Title: title, Command: ShowUses,
			Symbol: Symbol{Name: p.Name, File: f.Path}})
	}
	return lenses
}

// manifestUses returns, by name, the manifests that use the names that a definition declares, directly or by a name that
// maps to it.
func (w *Workspace) manifestUses(ctx context.Context, definition string) map[string]map[string]bool {
	uses := map[string]map[string]bool{}
	for _, dir := range w.Inventory(ctx).Apps {
		if ctx.Err() != nil {
			return uses
		}
		a := w.app(dir)
		if a == nil || a.Definitions == nil {
			continue
		}
		requests := a.Manifest.Requests()
		for i := range requests {
			if requests[i].Symbol == "" {
				continue
			}
			r := a.Definitions.Resolve(requests[i].Symbol)
			for _, p := range r.Chain {
				if p.File.Path != definition || p.File.Embedded {
					continue
				}
				if uses[p.Name] == nil {
					uses[p.Name] = map[string]bool{}
				}
				uses[p.Name][a.ManifestPath] = true
			}
		}
	}
	return uses
}

// headerState compares a definition with the C header that lies where its generator puts it.
func (w *Workspace) headerState(d *hwdef.Definition) hwdef.HeaderState {
	text, ok := w.read(hwdef.HeaderPath(d.Path))
	return hwdef.CompareHeader(d, text, ok)
}

// headerTitle says in a lens what is to be done about a header; nothing if it is up to date.
func headerTitle(s hwdef.HeaderState) string {
	switch s {
	case hwdef.HeaderMissing:
		return "no header yet: generate"
	case hwdef.HeaderStale:
		return "stale header: regenerate"
	case hwdef.HeaderEdited:
		return "header edited by hand: regenerate"
	}
	return ""
}
