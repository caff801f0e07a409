package analysis

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// inCMake proposes for the two calls of CMake files that are Azure Sphere's own: keywords, and where the hardware
// definitions of the workspace are.
func (w *writer) inCMake(offset int) {
	call := cmakeCallAt(cmake.Parse(w.f.Path, w.src), offset)
	if call == nil {
		return
	}
	var keywords []string
	switch {
	case call.Is("azsphere_target_hardware_definition"):
		keywords = []string{"TARGET_DIRECTORY", "TARGET_DEFINITION"}
	case call.Is("azsphere_target_add_image_package"):
		keywords = []string{"RESOURCE_FILES", "DEBUG_LIB"}
	default:
		return
	}
	w.at = rule.Span{Start: offset, End: offset}
	keyword, quoted, at := "", false, -1
	for i, a := range call.Args {
		if a.Span.Start < offset && offset <= a.Span.End && a.Span.End > a.Span.Start {
			at, quoted = i, a.Kind == cmake.Quoted
			w.at = a.Content
			break
		}
		if a.Span.End < offset && a.Kind == cmake.Unquoted && slices.Contains(keywords, a.Text) {
			keyword = a.Text
		}
	}
	if at == 0 { // the target
		return
	}
	propose := func(text, detail string) {
		shown := text
		if !quoted && w.at.Start == w.at.End {
			text = `"` + text + `"`
		}
		w.items = append(w.items, Item{Label: shown, Kind: ValueItem, Detail: detail, Replace: w.at, New: text, Filter: shown})
	}
	switch keyword {
	case "TARGET_DIRECTORY":
		for _, dir := range w.definitionFolders() {
			propose(dir, "has hardware definitions")
		}
	case "TARGET_DEFINITION":
		for _, name := range w.definitionFiles(call) {
			propose(name, "hardware definition")
		}
		for _, name := range hwdef.Boards() {
			propose(name, "board")
		}
	}
	if !quoted {
		for _, k := range keywords {
			if !slices.ContainsFunc(call.Args, func(a cmake.Argument) bool { return a.Text == k }) {
				w.items = append(w.items, Item{Label: k, Kind: KeyItem, Replace: w.at, New: k, Filter: k})
			}
		}
	}
}

// cmakeCallAt returns the command in whose parentheses an offset is, or nil.
func cmakeCallAt(f *cmake.File, offset int) *cmake.Command {
	for i := range f.Commands {
		if c := &f.Commands[i]; offset > c.NameSpan.End && (offset < c.Span.End || offset == c.Span.End && c.Unclosed) {
			return c
		}
	}
	return nil
}

// definitionFolders are the folders of the workspace that hold hardware definitions, as the CMake file would name them.
func (w *writer) definitionFolders() []string {
	var dirs []string
	for _, d := range w.f.ws.Inventory(context.Background()).Definitions {
		if dir := relative(path.Dir(w.f.Path), path.Dir(d)); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return strings.Count(a, "..") - strings.Count(b, "..") })
	return dirs
}

// definitionFiles are the hardware definitions in the folders that a call names; in all if it names none.
func (w *writer) definitionFiles(call *cmake.Command) []string {
	var in []string
	for i, a := range call.Args {
		if i > 0 && call.Args[i-1].Text == "TARGET_DIRECTORY" && !strings.Contains(a.Text, "${") {
			in = append(in, path.Join(path.Dir(w.f.Path), a.Text))
		}
	}
	if a := w.f.app; len(in) == 0 && a != nil {
		if c := a.HardwareDefinition(); c != nil {
			for _, d := range c.Directories {
				in = append(in, cmake.Path(c.Dir, d.Text))
			}
		}
	}
	var names []string
	for _, d := range w.f.ws.Inventory(context.Background()).Definitions {
		if name := path.Base(d); (len(in) == 0 || slices.Contains(in, path.Dir(d))) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// relative writes a folder as seen from another.
func relative(from, to string) string {
	rel, err := filepath.Rel(filepath.FromSlash(from), filepath.FromSlash(to))
	if err != nil {
		return to
	}
	return filepath.ToSlash(rel)
}
