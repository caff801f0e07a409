package analysis

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"sync"
	"sync/atomic"

	"armillary.dev/device/config"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
)

// A Workspace is everything that an editor session sees at one moment: a view of the files, the folders that are open in
// the editor, and the user's choices. It is immutable and may be used by several goroutines; what it works out is worked
// out once.
type Workspace struct {
	view  fs.FS
	roots []string // names of the open folders
	set   Settings
	with  *Checker
	inv   *inventory

	mu   sync.Mutex
	apps map[string]*lazyApp // by folder; guarded by mu

	sessionMu sync.Mutex
	session   *config.Session // guarded by sessionMu; nil until it is asked for

	reportMu sync.Mutex // held while the report is made
	report   atomic.Pointer[project.Report]

	acrossMu sync.Mutex // held while all apps are looked at
	across   atomic.Pointer[across]
}

// inventory is taken when it is first asked for, and shared by the workspaces between two changes of the disk.
type inventory struct {
	mu  sync.Mutex
	inv *project.Inventory // guarded by mu; nil until it is taken
}

// Workspace returns a workspace.
func (c *Checker) Workspace(view fs.FS, roots []string, set Settings) *Workspace {
	return &Workspace{view: view, roots: roots, set: set, with: c, inv: &inventory{}, apps: map[string]*lazyApp{}}
}

// Edited returns the workspace after a change of text: what lies where is as before. edited are the files whose text has
// changed, if the disk is as it was as well; what cannot depend on them is kept.
func (w *Workspace) Edited(view fs.FS, edited []string) *Workspace {
	n := w.with.Workspace(view, w.roots, w.set)
	n.inv = w.inv
	if len(edited) == 0 {
		return n
	}
	w.mu.Lock()
	apps := maps.Clone(w.apps)
	w.mu.Unlock()
	together := w.across.Load()
	for _, name := range edited {
		switch {
		case project.KindOf(name) == project.Source: // apps are opened without their sources
		case path.Base(name) == manifest.FileName:
			delete(apps, path.Dir(name))
			together = nil
		default:
			return n
		}
	}
	n.apps = apps
	n.across.Store(together)
	return n
}

// options are those of package project for a file, or with an empty name for all.
func (w *Workspace) options(name string) project.Options {
	if name == "" && len(w.roots) > 0 {
		name = w.roots[0] + "/"
	}
	opt := project.Options{
		HwDef: w.set.Hwdef, SearchDirs: w.set.SearchDirs, Strict: w.set.Strict, Cache: w.with.cache,
		Show: func(other string) string { return near(name, other) },
	}
	Decide(&opt, w.configOf)
	return opt
}

// Inventory says what lies in the open folders; as far as it was looked at, if ctx has ended.
func (w *Workspace) Inventory(ctx context.Context) *project.Inventory {
	w.inv.mu.Lock()
	defer w.inv.mu.Unlock()
	if w.inv.inv != nil {
		return w.inv.inv
	}
	inv := project.TakeInventory(ctx, w.bounded(ctx), w.roots, w.with.cache)
	if ctx.Err() == nil {
		w.inv.inv = inv
	}
	return inv
}

// app returns the app in a folder, nil if there is none.
func (w *Workspace) app(dir string) *project.App {
	w.mu.Lock()
	a := w.apps[dir]
	if a == nil {
		a = &lazyApp{}
		w.apps[dir] = a
	}
	w.mu.Unlock()
	a.once.Do(func() { a.app, _ = project.OpenApp(w.view, dir, w.options(path.Join(dir, "app_manifest.json"))) })
	return a.app
}

// adopt spares opening an app whose manifest has been checked in this workspace.
func (w *Workspace) adopt(a *project.App) {
	if src, ok := w.read(a.ManifestPath); !ok || src != a.Manifest.File.Src {
		return // what was checked is not what the workspace shows
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.apps[a.Dir] == nil {
		known := &lazyApp{app: a}
		known.once.Do(func() {})
		w.apps[a.Dir] = known
	}
}

// lazyApp is an app that is opened when it is first asked for, by whoever asks first; the others wait.
type lazyApp struct {
	once sync.Once
	app  *project.App // nil: there is none that can be read
}

// owner returns the app that a file belongs to by its folder, nil if there is none.
func (w *Workspace) owner(name string) *project.App {
	if name == "" {
		return nil
	}
	dir, ok := project.OwnerDir(w.view, name)
	if !ok {
		return nil
	}
	return w.app(dir)
}

// Definition returns a hardware definition with what it imports, nil if it cannot be read.
func (w *Workspace) Definition(name string) *hwdef.Set {
	return project.LoadDefinition(w.view, name, w.options(name))
}

// Board returns the definition of a board that the program knows, by its name with or without ".json"; nil if it knows
// none.
func (w *Workspace) Board(name string) *hwdef.Set {
	d := hwdef.BoardNamed(name)
	if d == nil {
		return nil
	}
	set, err := hwdef.Load(d.Path, func(string) (*hwdef.Definition, error) { return nil, fs.ErrNotExist }, nil)
	if err != nil {
		return nil
	}
	return set
}

// read returns the text of a file.
func (w *Workspace) read(name string) (string, bool) {
	src, err := project.ReadText(w.view, name)
	return src, err == nil
}
