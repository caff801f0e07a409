package analysis

import (
	"fmt"
	"path"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
)

// codeHeader is the rule about C headers that do not say what their definition says.
const codeHeader = "AZS220"

// staleHeaders reports, where an app's sources include it, the header of a hardware definition that was generated from
// another state of it. Definitions that are checked themselves have the finding there: this is for those that lie outside,
// as the ones that several apps share.
func (w *Workspace) staleHeaders(a *project.App, files []*csource.File) []project.FileFinding {
	if a.Definitions == nil {
		return nil
	}
	var found []project.FileFinding
	for _, d := range a.Definitions.Files {
		if d.Embedded || w.covers(d.Path) {
			continue
		}
		state := w.headerState(d)
		if state != hwdef.HeaderStale && state != hwdef.HeaderEdited {
			continue
		}
		header := hwdef.HeaderPath(d.Path)
		if f, inc, ok := w.includes(a, files, header); ok {
			old, _ := w.read(header)
			r := LookupRule(codeHeader)
			found = append(found, project.FileFinding{File: f.Path, Finding: rule.Finding{
				Rule: r, Severity: r.Severity, Span: rule.Span(inc.Span),
				Message: fmt.Sprintf("This header says something else than %s: C code may open other peripherals than the manifest asks for", path.Base(d.Path)),
				Related: []rule.Related{{File: d.Path, Message: "the hardware definition"}},
				Fixes: []rule.Fix{{Title: "Generate " + path.Base(header) + " anew",
					Edits: []rule.Edit{{File: header, Span: rule.Span{End: len(old)}, New: hwdef.UpdateHeader(d, old)}}}},
			}})
		}
	}
	return found
}

// covers reports whether a file lies in the folders that are looked at.
func (w *Workspace) covers(name string) bool {
	for _, r := range w.roots {
		if r == "." || name == r || strings.HasPrefix(name, r+"/") {
			return true
		}
	}
	return false
}

// includes finds the first #include of a header in an app's sources, its own before those of other headers.
func (w *Workspace) includes(a *project.App, files []*csource.File, header string) (f *csource.File, inc csource.Include, ok bool) {
	for _, f := range files {
		for _, inc := range f.Includes {
			if path.Base(inc.Path) != path.Base(header) {
				continue
			}
			if name, ok := w.header(a, f.Path, inc); ok && name == header {
				return f, inc, true
			}
		}
	}
	return nil, csource.Include{}, false
}
