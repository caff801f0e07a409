package analysis

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// inCMake proposes for the two calls of CMake files that are Azure Sphere's own: keywords, and where the hardware
// definitions of the workspace are; and for a variable that stands in the path to one.
func (w *writer) inCMake(offset int) {
	file := cmake.Parse(w.f.Path, w.src)
	call := cmakeCallAt(file, offset)
	if call == nil {
		return
	}
	var keywords []string
	switch {
	case call.Is("azsphere_target_hardware_definition"):
		keywords = []string{"TARGET_DIRECTORY", "TARGET_DEFINITION"}
	case call.Is("azsphere_target_add_image_package"):
		keywords = []string{"RESOURCE_FILES", "DEBUG_LIB"}
	case call.Is("set"):
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
	if call.Is("set") {
		if at == 1 || at < 0 && len(call.Args) == 1 {
			for _, dir := range w.boardFolders(file, call.Args[0].Text) {
				propose(dir, "has hardware definitions")
			}
		}
		return
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

// maxBoardFolders is how many folders are looked into for one variable.
const maxBoardFolders = 200

// boardFolders are the names that a variable can have where it stands for one folder of a path to hardware definitions, as in
// "../HardwareDefinitions/${TARGET_HARDWARE}".
func (w *writer) boardFolders(file *cmake.File, variable string) []string {
	var names []string
	for _, c := range file.Commands {
		for _, a := range c.Args {
			before, after, ok := strings.Cut(a.Text, "${"+variable+"}")
			if !ok || !strings.HasSuffix(before, "/") || strings.Contains(before+after, "$") {
				continue
			}
			parent := cmake.Path(path.Dir(w.f.Path), before)
			entries, _ := fs.ReadDir(w.f.ws.view, parent) // without the folder there is nothing to propose
			for _, e := range entries[:min(len(entries), maxBoardFolders)] {
				if e.IsDir() && !slices.Contains(names, e.Name()) && w.f.ws.defines(path.Join(parent, e.Name(), after)) {
					names = append(names, e.Name())
				}
			}
		}
	}
	return names
}

// defines reports whether there is a hardware definition in a folder, or it is one itself.
func (w *Workspace) defines(name string) bool {
	if path.Ext(name) == ".json" {
		src, ok := w.read(name)
		return ok && strings.Contains(src, `"Peripherals"`)
	}
	entries, _ := fs.ReadDir(w.view, name) // a folder that is not there holds none
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() && path.Ext(e.Name()) == ".json" && w.defines(path.Join(name, e.Name()))
	})
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
