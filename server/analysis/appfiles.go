package analysis

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/project"
	"armillary.dev/server/csource"
)

// sources returns an app's C files, and the headers of its own that they include.
func (w *Workspace) sources(a *project.App) []*csource.File {
	return ReadSources(w.view, a, w.open).Files
}

// open reads a C file; anew only if its text has changed.
func (w *Workspace) open(name string) (*csource.File, error) {
	src, err := fs.ReadFile(w.view, name)
	if err != nil {
		return nil, err
	}
	return w.with.source(name, string(src)), nil
}

// header finds the file of an #include: beside the including file, in the app's include folders, or among the headers
// that are generated from its hardware definitions.
func (w *Workspace) header(a *project.App, from string, inc csource.Include) (string, bool) {
	var dirs []string
	if a != nil {
		dirs = includeDirs(a)
	}
	for _, name := range headerPlaces(from, inc, dirs) {
		if info, err := fs.Stat(w.view, name); err == nil && !info.IsDir() {
			return name, true
		}
	}
	return "", false
}

// headerPlaces are the files that an #include may mean, in the order in which they are looked for: beside the including
// file, then in the folders.
func headerPlaces(from string, inc csource.Include, dirs []string) []string {
	if inc.Path == "" || path.IsAbs(inc.Path) {
		return nil
	}
	name := strings.ReplaceAll(inc.Path, `\`, "/")
	var places []string
	if !inc.System {
		places = append(places, path.Join(path.Dir(from), name))
	}
	for _, dir := range dirs {
		places = append(places, path.Join(dir, name))
	}
	return places
}

// definitionOf returns the hardware definition that a generated header belongs to, by its place: dir/x.json for
// dir/inc/hw/x.h.
func definitionOf(header string) (name string, ok bool) {
	dir, base := path.Split(header)
	rest, ok := strings.CutSuffix(strings.TrimSuffix(dir, "/"), "inc/hw")
	if !ok || path.Ext(base) != ".h" {
		return "", false
	}
	return path.Join(rest, strings.TrimSuffix(base, ".h")+".json"), true
}

// includeDirs are the folders in which an app's headers are looked for: those that CMake names, and where the headers of its
// hardware definitions are generated.
func includeDirs(a *project.App) []string {
	dirs := slices.Clip(a.IncludeDirs())
	if a.Definitions != nil {
		for _, d := range a.Definitions.Files {
			if !d.Embedded {
				dirs = append(dirs, path.Join(path.Dir(d.Path), "inc"))
			}
		}
	}
	return dirs
}

// Sources gathers an app's C files beside its manifest, and what was built from them. The files of real-time apps are not
// read: no rule looks at them.
func (w *Workspace) Sources(a *project.App) Sources {
	if a.Manifest.RealTime {
		return Sources{Manifest: a.Manifest, ManifestPath: a.ManifestPath, Definitions: a.Definitions, Strict: w.set.Strict}
	}
	s := ReadSources(w.view, a, w.open)
	s.Strict, s.Binary = w.set.Strict, w.binary(a)
	return s
}

// cmakeFiles are the CMake files that an app is built by.
func (w *Workspace) cmakeFiles(a *project.App) []string {
	if a.CMake == nil {
		return nil
	}
	var names []string
	for _, f := range a.CMake.Files {
		names = append(names, f.Path)
	}
	return names
}

// built is a program that was read, as it was then.
type built struct {
	project.Output
	*Binary
}

// binary reads the newest program that a build of the app has left; nil if there is none that can be read.
func (w *Workspace) binary(a *project.App) *Binary {
	newest, ok := w.program(a)
	if !ok {
		return nil
	}
	w.with.mu.Lock()
	known, ok := w.with.binaries[newest.Path]
	w.with.mu.Unlock()
	if ok && known.Size == newest.Size && known.ModTime.Equal(newest.ModTime) {
		return known.Binary
	}
	src, err := fs.ReadFile(w.view, newest.Path)
	if err != nil {
		return nil
	}
	b, err := ReadBinary(bytes.NewReader(src))
	if err != nil {
		b = nil
	}
	w.with.mu.Lock()
	defer w.with.mu.Unlock()
	if len(w.with.binaries) >= maxBinaries {
		clear(w.with.binaries)
	}
	w.with.binaries[newest.Path] = built{newest, b}
	return b
}

// program finds what an app was built into: what the settings name, else the newest that a build has left.
func (w *Workspace) program(a *project.App) (project.Output, bool) {
	if w.set.Program != "" {
		info, err := fs.Stat(w.view, w.set.Program)
		if err != nil {
			return project.Output{}, false
		}
		return project.Output{Path: w.set.Program, Size: info.Size(), ModTime: info.ModTime()}, true
	}
	programs := a.Programs(w.view)
	if len(programs) == 0 {
		return project.Output{}, false
	}
	return programs[0], true
}

// maxBinaries is how many programs are remembered at most.
const maxBinaries = 64
