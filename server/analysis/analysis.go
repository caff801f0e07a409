// Package analysis is what an editor asks about one file beyond the rules: what a place means, what could be written
// there. The findings themselves come from device/project, through which `armillary check` goes as well; that is why
// the two give the same answers.
//
// It reads only through the fs.FS that it is given, and must not know the protocol, positions in anything but bytes,
// or output formats.
package analysis

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/files"
)

// Settings are the user's choices for one check.
type Settings struct {
	Strict bool
	// Hwdef names a hardware definition in the view that is used for every app, instead of the one that the app's
	// CMake file names.
	Hwdef string
	// SearchDirs are folders of the view in which an SDK keeps definitions.
	SearchDirs []string
}

// A File is what is known of one version of one file. It is immutable.
type File struct {
	project.FileReport
	view fs.FS
	set  Settings
	with *Checker

	namesOnce sync.Once
	namesSet  *hwdef.Set // by names
}

// Ours reports whether the file is one that the rules know.
func (f *File) Ours() bool { return f.Kind != project.Other }

// A Checker checks files and remembers between checks what is expensive to read. It may be used by several
// goroutines at once.
type Checker struct{ cache *project.Cache }

// NewChecker returns a Checker.
func NewChecker() *Checker { return &Checker{project.NewCache()} }

// Check reads content, the file called name in fsys. An empty name is a file that is nowhere yet; it is checked by
// itself.
func (c *Checker) Check(fsys fs.FS, name, content string, set Settings) *File {
	r := project.CheckText(fsys, name, content, project.Options{
		HwDef: set.Hwdef, SearchDirs: set.SearchDirs, Strict: set.Strict, Cache: c.cache,
		Show: func(other string) string { return near(name, other) },
	})
	return &File{FileReport: r, view: fsys, set: set, with: c}
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

// names returns what resolves names in the file: for a definition the definition itself with its imports, for a
// manifest what its app names. It may be nil.
func (f *File) names() *hwdef.Set {
	f.namesOnce.Do(func() { f.namesSet = f.loadNames() })
	return f.namesSet
}

func (f *File) loadNames() *hwdef.Set {
	if f.Kind != project.Definition {
		return f.Definitions
	}
	self := hwdef.Read(f.Path, f.FileReport.File)
	set, err := hwdef.Load(f.Path, func(p string) (*hwdef.Definition, error) {
		if p == f.Path {
			return self, nil
		}
		if f.Path == "" {
			return nil, fs.ErrNotExist
		}
		data, err := fs.ReadFile(f.view, p)
		if err != nil {
			return nil, err
		}
		return f.with.definition(p, data), nil
	}, f.set.SearchDirs)
	if err != nil {
		return nil
	}
	return set
}

// definition reads a definition that is imported.
func (c *Checker) definition(name string, data []byte) *hwdef.Definition {
	return hwdef.Read(name, jsonc.Parse(data))
}

// base is the name of a definition's file for people.
func base(d *hwdef.Definition) string { return path.Base(d.Path) }
