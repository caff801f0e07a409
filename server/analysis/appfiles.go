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

// maxAppSources is how many C files of one app are read at most; real apps have up to a few hundred.
const maxAppSources = 2000

// sources returns an app's C files, and the headers of its own that they include.
func (w *Workspace) sources(a *project.App) []*csource.File {
	var out []*csource.File
	seen := map[string]bool{}
	queue := a.Sources(w.view)
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
		dirs = append(dirs, a.IncludeDirs()...)
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

// systemLibraries are what an SDK has, and what it calls that needs a capability is called by the app itself.
var systemLibraries = []string{"applibs", "pthread", "gcc_s", "c", "m", "rt", "dl", "azureiot", "curl", "wolfssl", "tlsutils"}

// Sources gathers an app's C files beside its manifest, and what was built from them.
func (w *Workspace) Sources(a *project.App) Sources {
	s := Sources{Manifest: a.Manifest, ManifestPath: a.ManifestPath, Definitions: a.Definitions, Strict: w.set.Strict,
		Files: w.sources(a), Binary: w.binary(a)}
	for _, l := range a.Libraries() {
		if !slices.Contains(systemLibraries, l) {
			s.Unseen = append(s.Unseen, l)
		}
	}
	if len(s.Files) == 0 {
		s.Unseen = append(s.Unseen, "the sources")
	}
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
	programs := a.Programs(w.view)
	if len(programs) == 0 {
		return nil
	}
	newest := programs[0]
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

// maxBinaries is how many programs are remembered at most.
const maxBinaries = 64
