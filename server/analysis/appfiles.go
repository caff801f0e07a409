package analysis

import (
	"io/fs"
	"path"
	"strings"

	"armillary.dev/device/project"
	"armillary.dev/server/csource"
)

// maxAppSources is how many C files of one app are read at most; real apps have up to a few hundred.
const maxAppSources = 2000

// sources returns an app's C files, and the headers of its own that they include.
func (w *Workspace) sources(a *project.App) []*csource.File {
	var out []*csource.File
	seen := map[string]bool{}
	queue := w.sourceNames(a)
	for i := 0; i < len(queue) && len(out) < maxAppSources; i++ {
		name := queue[i]
		if seen[name] {
			continue
		}
		seen[name] = true
		src, ok := w.read(name)
		if !ok {
			continue
		}
		f := w.with.source(name, src)
		out = append(out, f)
		for _, inc := range f.Includes {
			if h, ok := w.header(a, name, inc); ok && !seen[h] {
				queue = append(queue, h)
			}
		}
	}
	return out
}

// header finds the file of an #include: beside the including file, in the app's include folders, or among the headers
// that are generated from its hardware definitions.
func (w *Workspace) header(a *project.App, from string, inc csource.Include) (string, bool) {
	if inc.Path == "" || path.IsAbs(inc.Path) {
		return "", false
	}
	var dirs []string
	if !inc.System {
		dirs = append(dirs, path.Dir(from))
	}
	if a != nil {
		dirs = append(dirs, a.Dir)
		if a.Definitions != nil {
			for _, d := range a.Definitions.Files {
				if !d.Embedded {
					dirs = append(dirs, path.Join(path.Dir(d.Path), "inc"))
				}
			}
		}
	}
	for _, dir := range dirs {
		name := path.Join(dir, strings.ReplaceAll(inc.Path, `\`, "/"))
		if info, err := fs.Stat(w.view, name); err == nil && !info.IsDir() {
			return name, true
		}
	}
	return "", false
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

// sourceNames are the C files that belong to an app.
func (w *Workspace) sourceNames(a *project.App) []string {
	var names []string
	_ = fs.WalkDir(w.view, a.Dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".c" {
			names = append(names, name)
		}
		return nil
	})
	return names
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
