package project

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
)

// Cache remembers parsed definitions by their text, and what they resolve. It may be used by several goroutines at once.
type Cache struct {
	mu    sync.Mutex
	files map[string]*hwdef.Definition // by path; guarded by mu
	sets  map[string]*hwdef.Set        // by the target's path; guarded by mu
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{files: map[string]*hwdef.Definition{}, sets: map[string]*hwdef.Set{}}
}

// load is hwdef.Load, which begins with what the target resolved last.
func (c *Cache) load(name string, open func(string) (*hwdef.Definition, error), search []string) *hwdef.Set {
	if c == nil {
		s, _ := hwdef.Load(name, open, search)
		return s
	}
	c.mu.Lock()
	last := c.sets[name]
	c.mu.Unlock()
	s, err := hwdef.Reload(last, name, open, search)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sets[name] = s
	return s
}

// read returns the definition at a path; parsed anew only if its text has changed.
func (c *Cache) read(fsys fs.FS, name string) (*hwdef.Definition, error) {
	src, err := readFile(fsys, name)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return hwdef.Read(name, jsonc.Parse(src)), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.files[name]; d != nil && d.File.Src == string(src) {
		return d, nil
	}
	d := hwdef.Read(name, jsonc.Parse(src))
	c.files[name] = d
	return d, nil
}

// target is what resolves an app's $ names.
type target struct {
	path  string // of the definition; "" if none is named
	set   *hwdef.Set
	why   manifest.NoDefinitions
	reads []string
	lists *CMakeLists // nil if there is none
}

// findTarget finds the hardware definition for the manifest at name: the one the user has named, or else that of the
// CMakeLists.txt beside it.
func findTarget(fsys fs.FS, name string, opt Options) target {
	var t target
	if opt.HwDef != "" {
		t.load(fsys, opt.HwDef, opt)
		if t.set == nil {
			name := opt.HwDef
			if opt.Show != nil {
				name = opt.Show(name)
			}
			t.why = manifest.NoDefinitions{Why: fmt.Sprintf("the hardware definition %s cannot be read", name), Certain: true}
		}
		return t
	}
	if name == "" {
		t.why.Why = "the manifest is not in a folder yet"
		return t
	}
	dir := path.Dir(name)
	listsPath := path.Join(dir, "CMakeLists.txt")
	t.reads = append(t.reads, listsPath)
	src, err := readFile(fsys, listsPath)
	if err != nil {
		t.why.Why = "there is no CMakeLists.txt beside the manifest"
		if !errors.Is(err, fs.ErrNotExist) {
			t.why.Why = "CMakeLists.txt cannot be read"
		}
		return t
	}
	t.lists = ReadCMakeLists(listsPath, string(src))
	hw := t.lists.HardwareDefinition
	switch {
	case hw == nil:
		t.why = manifest.NoDefinitions{Why: "CMakeLists.txt has no azsphere_target_hardware_definition line", Certain: true, Fixes: addTarget(t.lists)}
		return t
	case hw.Definition == "":
		t.why = manifest.NoDefinitions{Why: "azsphere_target_hardware_definition in CMakeLists.txt has no TARGET_DEFINITION", Certain: true}
		return t
	case !hw.Literal:
		t.why.Why = fmt.Sprintf("azsphere_target_hardware_definition in CMakeLists.txt, line %d, uses variables; name the definition with --hwdef", hw.Line)
		return t
	}
	for _, d := range hw.Directories {
		if t.load(fsys, join(dir, d, hw.Definition), opt); t.set != nil {
			return t
		}
	}
	for _, d := range opt.SearchDirs {
		if t.load(fsys, path.Join(d, hw.Definition), opt); t.set != nil {
			return t
		}
	}
	if len(hw.Directories) == 0 {
		if hwdef.Board(hw.Definition) != nil { // the program has it
			t.set = opt.Cache.load(hw.Definition, func(string) (*hwdef.Definition, error) { return nil, fs.ErrNotExist }, nil)
			return t
		}
		t.why.Why = fmt.Sprintf("%s belongs to an SDK, which is not here; name it with --hwdef", hw.Definition)
		return t
	}
	t.why = manifest.NoDefinitions{Certain: true,
		Why: fmt.Sprintf("%s is not in %s, as CMakeLists.txt, line %d, says", hw.Definition, strings.Join(hw.Directories, ", "), hw.Line)}
	return t
}

// load reads a definition and its imports.
func (t *target) load(fsys fs.FS, name string, opt Options) {
	open := func(p string) (*hwdef.Definition, error) {
		t.reads = append(t.reads, p)
		return opt.Cache.read(fsys, p)
	}
	t.path = name
	t.set = opt.Cache.load(name, open, opt.SearchDirs)
}

// join joins folders and a name; an absolute folder is taken from the FS's root.
func join(base, dir, name string) string {
	dir = strings.ReplaceAll(dir, `\`, "/")
	if path.IsAbs(dir) {
		return path.Join(strings.TrimLeft(dir, "/"), name)
	}
	if len(dir) > 1 && dir[1] == ':' { // C:/SDK
		return path.Join(strings.ToLower(dir[:1])+dir[1:], name)
	}
	return path.Join(base, dir, name)
}

// addTarget offers to name a definition before the line that makes the image package, where it has to be.
func addTarget(l *CMakeLists) []rule.Fix {
	at, newline := len(l.Src), "\n"
	if strings.Contains(l.Src, "\r\n") {
		newline = "\r\n"
	}
	text := `azsphere_target_hardware_definition(` + l.targetName() + ` TARGET_DIRECTORY "HardwareDefinitions" TARGET_DEFINITION ` +
		strconv.Quote("sample_appliance.json") + ")" + newline
	if l.ImagePackage != nil {
		at = l.ImagePackage.Span.Start
	} else if at > 0 && l.Src[at-1] != '\n' {
		text = newline + text
	}
	return []rule.Fix{{Title: "Name a hardware definition in CMakeLists.txt",
		Edits: []rule.Edit{{File: l.Path, Span: rule.Span{Start: at, End: at}, New: text}}}}
}
