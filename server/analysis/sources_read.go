package analysis

import (
	"io/fs"
	"slices"
	"strings"

	"armillary.dev/device/project"
	"armillary.dev/server/csource"
)

// Limits on what is read of one app. Those for the device have a few hundred kilobytes of sources.
const (
	maxSourceFile  = 8 << 20  // bytes
	maxSourceBytes = 64 << 20 // of all files
	maxSourceFiles = 4_000
)

// systemLibraries are linked without sources of their own, but call nothing on the app's behalf that its own calls do not
// show.
var systemLibraries = []string{"applibs", "pthread", "gcc_s", "c", "m", "rt", "dl", "azureiot", "curl", "wolfssl", "tlsutils"}

// ReadSources reads an app's sources, and the headers of its own that they include. open reads a file as csource.Read does, or
// from a cache; nil: from the FS. What cannot be read is in Unseen.
func ReadSources(fsys fs.FS, app *project.App, open func(name string) (*csource.File, error)) Sources {
	s := Sources{Manifest: app.Manifest, ManifestPath: app.ManifestPath, Definitions: app.Definitions}
	r := sourceReader{fsys: fsys, open: open, out: &s, seen: map[string]bool{}}
	if open == nil {
		r.open = r.read
	}
	for _, name := range app.Sources(fsys) {
		r.seen[name] = true
		r.add(name, true)
	}
	include := includeDirs(app)
	for i := 0; i < len(s.Files); i++ { // it grows
		f := s.Files[i]
		for _, inc := range f.Includes {
			r.header(f.Path, inc, include)
		}
	}
	if app.CMake != nil {
		if app.CMake.Unfollowed == "" && app.CMake.Incomplete == "" {
			s.Macros = append([]string{}, app.Macros()...)
		}
		for _, t := range app.CMake.Targets {
			for _, l := range t.Libraries {
				name := strings.TrimPrefix(l.Text, "-l")
				if !slices.Contains(systemLibraries, name) && app.CMake.Target(name) == nil && !strings.HasPrefix(name, "-") {
					s.Unseen = append(s.Unseen, name)
				}
			}
		}
	}
	return s
}

type sourceReader struct {
	fsys  fs.FS
	open  func(string) (*csource.File, error)
	out   *Sources
	seen  map[string]bool
	bytes int
}

func (r *sourceReader) read(name string) (*csource.File, error) {
	info, err := fs.Stat(r.fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSourceFile || !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	src, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return nil, err
	}
	return csource.Read(name, string(src)), nil
}

// add reads a file; needed says that it is missed if it cannot be read.
func (r *sourceReader) add(name string, needed bool) bool {
	if len(r.out.Files) >= maxSourceFiles || r.bytes > maxSourceBytes {
		r.out.Unseen = append(r.out.Unseen, name)
		return false
	}
	f, err := r.open(name)
	if err != nil {
		if needed {
			r.out.Unseen = append(r.out.Unseen, name)
		}
		return false
	}
	r.bytes += len(f.Src)
	r.out.Files = append(r.out.Files, f)
	return true
}

// header reads what a file includes, where it is found beside it or in one of the folders. Others belong to the SDK.
func (r *sourceReader) header(from string, inc csource.Include, dirs []string) {
	for _, file := range headerPlaces(from, inc, dirs) {
		if seen, known := r.seen[file]; known {
			if seen {
				return
			}
			continue
		}
		r.seen[file] = r.add(file, false)
		if r.seen[file] {
			return
		}
	}
}
