// Package analysis is what an editor asks about the files of a workspace: what is wrong with them, what a place means, what
// could be written there, where a name is used. Files and apps are checked by device/project, C sources against their
// manifest by the rules here; `armillary check` goes through CheckAll as well, and that is why the two give the same answers.
//
// It reads only through the fs.FS that it is given, and must not know the protocol, positions in anything but bytes,
// or output formats.
package analysis

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
	"armillary.dev/server/files"
)

// Settings are the user's choices for one check.
type Settings struct {
	Strict bool
	// Hwdef names a hardware definition in the view that is used for every app, instead of the one that the app's
	// CMake file names.
	Hwdef string
	// Loose says that no folder was opened: the roots are those of single documents, and not much is looked at around them.
	Loose bool
	// SearchDirs are folders of the view in which an SDK keeps definitions.
	SearchDirs []string
	// Program names a built program in the view that is read instead of the newest that a build of an app has left.
	Program string
}

// A File is what is known of one version of one file. It is immutable.
type File struct {
	project.FileReport
	C *csource.File // of a C source or header

	ws        *Workspace
	app       *project.App // that the file belongs to; nil if there is none
	namesOnce sync.Once
	namesSet  *hwdef.Set // by names

	programOnce sync.Once
	program     *csource.Program // of the app's sources, for names that stand for others; by opened
}

// Ours reports whether the file is one that the rules know.
func (f *File) Ours() bool { return f.Kind != project.Other }

// A Checker checks files and remembers between checks what is expensive to read. It may be used by several
// goroutines at once.
type Checker struct {
	cache *project.Cache

	mu       sync.Mutex
	sources  map[string]*csource.File // by path; guarded by mu
	binaries map[string]built         // by path; guarded by mu

	looked     atomic.Bool  // Across has run once
	acrossTook atomic.Int64 // how long it took last, in nanoseconds
}

// NewChecker returns a Checker.
func NewChecker() *Checker {
	return &Checker{cache: project.NewCache(), sources: map[string]*csource.File{}, binaries: map[string]built{}}
}

// maxSources is how many C files are remembered at most.
const maxSources = 4000

// source reads a C file; anew only if its text has changed.
func (c *Checker) source(name, src string) *csource.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.sources[name]; f != nil && f.Src == src {
		return f
	}
	f := csource.Read(name, src)
	if len(c.sources) >= maxSources {
		clear(c.sources)
	}
	c.sources[name] = f
	return f
}

// Check reads content, the file called name in the workspace. An empty name is a file that is nowhere yet; it is checked
// by itself.
func (w *Workspace) Check(name, content string) *File {
	f := &File{ws: w, FileReport: project.FileReport{Path: name, Kind: project.KindOf(name), Src: content}}
	switch f.Kind {
	case project.Source:
		f.C = w.with.source(name, content)
		f.app = w.owner(name)
	case project.CMake:
		f.app = w.owner(name)
	case project.Other, project.Capability:
		f.FileReport = project.CheckText(w.view, name, content, w.options(name))
		if f.app = f.App; f.app != nil {
			w.adopt(f.app)
		}
	default:
		f.File = jsonc.ParseString(content)
		f.app = w.owner(name)
	}
	if f.app != nil {
		f.ofApp()
	}
	return f
}

// ofApp adds what the rules say about the file that look at its app as a whole.
func (f *File) ofApp() {
	found, reads := f.ws.appFindings(f.app)
	if f.Kind == project.CMake || f.Kind == project.Source || f.Kind == project.Presets || f.Kind == project.Launch {
		reads = append(reads, f.app.ManifestPath)
	}
	f.Reads = append(f.Reads, reads...)
	f.Findings = project.Merge(f.Findings, project.ByFile(found)[f.Path])
}

// near writes the name of a file for people who look at another one: relative to its folder if it is below or beside,
// else absolute.
func near(from, name string) string {
	dir := path.Dir(from) + "/"
	if rest, ok := strings.CutPrefix(name, dir); ok {
		return rest
	}
	if up := path.Dir(path.Dir(from)) + "/"; len(up) > 2 && strings.HasPrefix(name, up) {
		return "../" + name[len(up):]
	}
	return filepath.ToSlash(files.Path(name))
}

// Unnecessary reports whether a finding says that its place has no effect, so that an editor may fade it: a hint that
// is mended by removing what is there.
func Unnecessary(f *rule.Finding) bool {
	return f.Severity == rule.Hint && slices.ContainsFunc(f.Fixes, func(fix rule.Fix) bool {
		return !slices.ContainsFunc(fix.Edits, func(e rule.Edit) bool { return e.New != "" })
	})
}

// names returns what resolves names in the file: for a definition, or the C header that is generated from one, the
// definition itself with its imports; for any other file what its app names. It may be nil.
func (f *File) names() *hwdef.Set {
	f.namesOnce.Do(func() { f.namesSet = f.loadNames() })
	return f.namesSet
}

func (f *File) loadNames() *hwdef.Set {
	switch f.Kind {
	case project.Manifest, project.Definition:
		return f.Definitions
	case project.Source:
		if def, ok := definitionOf(f.Path); ok {
			if set := f.ws.Definition(def); set != nil {
				return set
			}
		}
		fallthrough
	default:
		if f.app == nil {
			return nil
		}
		return f.app.Definitions
	}
}

// base is the name of a definition's file for people.
func base(d *hwdef.Definition) string { return path.Base(d.Path) }
