package project

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// App is one application: a folder with an app_manifest.json.
type App struct {
	Dir            string // in the FS
	ManifestPath   string
	Manifest       *manifest.Manifest
	Findings       []rule.Finding // of the manifest
	Definitions    *hwdef.Set     // resolves $ names; nil if there is none
	NoDefinitions  manifest.NoDefinitions
	DefinitionPath string         // "" if none is named, or it comes with the program
	CMake          *cmake.Project // nil if there is no CMakeLists.txt
	Resources      []string       // RESOURCE_FILES of the image package, relative to Dir; nil if they are not all known

	build  *cmake.Project            // as CMake, but also without a CMakeLists.txt, for the presets
	call   *cmake.HardwareDefinition // that names the definition, or nil
	strict bool
}

// FindApps returns the folders below the roots that hold an app_manifest.json, sorted. A root that cannot be read is an
// error; below it what cannot be read is passed over.
func FindApps(fsys fs.FS, roots ...string) ([]string, error) {
	var dirs []string
	for _, root := range roots {
		root = path.Clean(root)
		if _, err := fs.Stat(fsys, root); err != nil {
			return nil, err
		}
		walk(fsys, root, func(name string, err error) bool {
			if err == nil && path.Base(name) == manifest.FileName {
				dirs = append(dirs, path.Dir(name))
			}
			return true
		})
	}
	slices.Sort(dirs)
	return slices.Compact(dirs), nil
}

// OpenApp reads the app in a folder: its manifest with what the rules say, its definition, its CMakeLists.txt.
func OpenApp(fsys fs.FS, dir string, opt Options) (*App, error) {
	a := &App{Dir: path.Clean(dir)}
	a.ManifestPath = path.Join(a.Dir, manifest.FileName)
	src, err := ReadText(fsys, a.ManifestPath)
	if err != nil {
		return nil, fmt.Errorf("no app in %s: %w", a.Dir, err)
	}
	a.Manifest = manifest.Read(jsonc.ParseString(src))
	t := findTarget(fsys, a.ManifestPath, opt)
	t.why.Said = "" // the app is all that is looked at
	a = newApp(a.ManifestPath, a.Manifest, t, opt)
	a.Findings = manifest.Check(a.Manifest, manifest.Options{
		Path: a.ManifestPath, Definitions: t.set, NoDefinitions: t.why, Strict: opt.Strict, Show: opt.Show, FilledBy: filledBy(fsys, a.ManifestPath, opt),
	})
	return a, nil
}

// newApp puts an app together from its manifest and what its CMake files say.
func newApp(manifestPath string, m *manifest.Manifest, t target, opt Options) *App {
	a := &App{Dir: path.Dir(manifestPath), ManifestPath: manifestPath, Manifest: m, strict: opt.Strict,
		Definitions: t.set, NoDefinitions: t.why, DefinitionPath: t.path, build: t.cmake, call: t.call}
	if t.cmake.Found {
		a.CMake = t.cmake
	}
	if p := a.ImagePackage(); p != nil {
		a.Resources = []string{}
		for _, r := range p.Resources {
			if !r.Known() {
				a.Resources = nil
				break
			}
			a.Resources = append(a.Resources, r.Text)
		}
	}
	return a
}

// Refused returns the first finding for which a packer or device turns the app down, or nil. What facts do not
// confirm refuses nothing.
func (a *App) Refused() *rule.Finding { return manifest.Refused(a.Findings) }

// Output is a file that a build has left.
type Output struct {
	Path    string
	ModTime time.Time
	Size    int64
}

// Programs returns the ARM programs below the app's build folders, newest first: ELF files that can be run, with debug
// information or not.
func (a *App) Programs(fsys fs.FS) []Output {
	return a.outputs(fsys, func(name string) bool {
		switch ext := path.Ext(name); ext {
		case "", ".out", ".elf", ".app":
		default:
			if strings.HasPrefix(ext, ".so") || ext == ".o" || ext == ".a" || len(ext) < 6 && strings.ToLower(ext) == ext && ext[1] >= 'a' {
				return false // a type of its own, as .txt or .json; a dot may also be part of a project's name
			}
		}
		return isProgram(fsys, name)
	})
}

// Packages returns the image packages below the app's build folders, newest first.
func (a *App) Packages(fsys fs.FS) []Output {
	return a.outputs(fsys, func(name string) bool { return path.Ext(name) == ".imagepackage" })
}

// maxWalked is how many files and folders of one app are looked at. A manifest may lie at the root of a disk.
const maxWalked = 100_000

// outputs returns the files in folders in which CMake builds: out, build, and any with a CMakeCache.txt.
func (a *App) outputs(fsys fs.FS, want func(name string) bool) []Output {
	var found []Output
	entries, _ := fs.ReadDir(fsys, a.Dir)
	for _, e := range entries {
		dir := path.Join(a.Dir, e.Name())
		if !e.IsDir() {
			continue
		}
		if b := e.Name(); b != "out" && b != "build" && !strings.HasPrefix(b, "cmake-build") {
			if _, err := fs.Stat(fsys, path.Join(dir, "CMakeCache.txt")); err != nil {
				continue
			}
		}
		walked := 0
		_ = fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
			if walked++; walked > maxWalked {
				return fs.SkipAll
			}
			switch {
			case err != nil:
				return nil
			case d.IsDir():
				if d.Name() == "CMakeFiles" || strings.HasPrefix(d.Name(), ".") {
					return fs.SkipDir
				}
				return nil
			case d.Type().IsRegular() && want(name):
				if info, err := d.Info(); err == nil {
					found = append(found, Output{name, info.ModTime(), info.Size()})
				}
			}
			return nil
		})
	}
	slices.SortFunc(found, func(a, b Output) int {
		return cmp.Or(b.ModTime.Compare(a.ModTime), cmp.Compare(a.Path, b.Path))
	})
	return found
}

// isProgram reports whether a file is a 32-bit little-endian ARM ELF that can be run: an executable, or a
// position-independent one, which libraries look like too; those are told apart by name before.
func isProgram(fsys fs.FS, name string) bool {
	f, err := fsys.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	var h [20]byte
	if _, err := io.ReadFull(f, h[:]); err != nil {
		return false
	}
	const executable, shared, arm = 2, 3, 40
	return string(h[:6]) == "\x7fELF\x01\x01" && (h[16] == executable || h[16] == shared) && h[17] == 0 && h[18] == arm && h[19] == 0
}
