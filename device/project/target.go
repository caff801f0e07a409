package project

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// Cache remembers parsed definitions by their text, what they resolve, and what CMake files say. It may be used by several
// goroutines at once.
type Cache struct {
	mu       sync.Mutex
	files    map[string]*hwdef.Definition // by path; guarded by mu
	sets     map[string]*hwdef.Set        // by the target's path; guarded by mu
	projects map[string]*cmake.Project    // by folder; guarded by mu
}

// maxProjects is how many folders' CMake files are remembered. A check of thousands of apps asks for each once.
const maxProjects = 64

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{files: map[string]*hwdef.Definition{}, sets: map[string]*hwdef.Set{}, projects: map[string]*cmake.Project{}}
}

// cmake returns what a folder's CMake files say; read anew only if one of them, or what they look for, has changed.
func (c *Cache) cmake(fsys fs.FS, dir string) *cmake.Project {
	if c == nil {
		return cmake.Read(fsys, dir)
	}
	c.mu.Lock()
	p := c.projects[dir]
	c.mu.Unlock()
	if p != nil && p.Fresh(fsys) {
		return p
	}
	p = cmake.Read(fsys, dir)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.projects) >= maxProjects {
		clear(c.projects)
	}
	c.projects[dir] = p
	return p
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

// read returns the definition at a path; read anew only if its text has changed. parsed is what the caller knows of the
// file, or nil; it is not parsed a second time if the text is that.
func (c *Cache) read(fsys fs.FS, name string, parsed *jsonc.File) (*hwdef.Definition, error) {
	src, err := ReadText(fsys, name)
	if err != nil {
		return nil, err
	}
	parse := func() *hwdef.Definition {
		if parsed == nil || parsed.Src != src {
			parsed = jsonc.ParseString(src)
		}
		return hwdef.Read(name, parsed)
	}
	if c == nil {
		return parse(), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.files[name]; d != nil && d.File.Src == src {
		return d, nil
	}
	d := parse()
	c.files[name] = d
	return d, nil
}

// tree is what a file with this text was parsed into, nil if that is not known.
func (c *Cache) tree(name, src string) *jsonc.File {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.files[name]; d != nil && d.File.Src == src {
		return d.File
	}
	return nil
}

// target is what resolves an app's $ names.
type target struct {
	path  string // of the definition; "" if none is named or it comes with the program
	set   *hwdef.Set
	why   manifest.NoDefinitions
	reads []string
	cmake *cmake.Project            // nil if the manifest is nowhere yet
	call  *cmake.HardwareDefinition // that names the definition; nil if there is none, or it is open which
}

const listsName = "CMakeLists.txt"

// findTarget finds the hardware definition for the manifest at name: the one the user has named, or else that of the
// CMakeLists.txt beside it.
func findTarget(fsys fs.FS, name string, opt Options) target {
	var t target
	if name != "" {
		t.cmake = opt.Cache.cmake(fsys, path.Dir(name))
		t.reads = slices.Clone(t.cmake.Reads)
	}
	said := ""
	if opt.HwDefFor != nil {
		opt.HwDef, said = opt.HwDefFor(name), "armillary.json" // AZS602 is said there
	}
	if opt.HwDef != "" {
		switch {
		case t.load(fsys, opt.HwDef, opt):
			if t.set == nil {
				t.why.Said = said
			}
		case hwdef.Board(opt.HwDef) != nil: // the program has it
			t.board(opt.HwDef, opt)
		default:
			name := opt.HwDef
			if opt.Show != nil {
				name = opt.Show(name)
			}
			t.why = manifest.NoDefinitions{Why: fmt.Sprintf("the hardware definition %s cannot be read", name), Certain: true, Said: said}
		}
		return t
	}
	switch {
	case name == "":
		t.why.Why = "the manifest is not in a folder yet"
	case !t.cmake.Found && errors.Is(t.cmake.Err, fs.ErrNotExist):
		t.why.Why = "there is no CMakeLists.txt beside the manifest" + otherCase(fsys, path.Dir(name))
	case !t.cmake.Found:
		t.why.Why = "CMakeLists.txt cannot be read"
	default:
		t.named(fsys, opt)
	}
	return t
}

// otherCase says that there is a CMakeLists.txt in other letters, which CMake finds on Windows and macOS only.
func otherCase(fsys fs.FS, dir string) string {
	entries, _ := fs.ReadDir(fsys, dir)
	for _, e := range entries[:min(len(entries), maxEntries)] {
		if strings.EqualFold(e.Name(), listsName) {
			return "; on Linux, " + e.Name() + " is another name"
		}
	}
	return ""
}

// named finds the definition that CMakeLists.txt names.
func (t *target) named(fsys fs.FS, opt Options) {
	call, doubt := chooseCall(t.cmake)
	t.call = call
	const command = definitionCommand
	where := func() string {
		file := listsName
		if call.Place.File != t.cmake.Files[0].Path {
			if file = call.Place.File; opt.Show != nil {
				file = opt.Show(file)
			}
		}
		return fmt.Sprintf("%s, line %d", file, call.Line())
	}
	switch {
	case call == nil && doubt != "":
		t.why.Why = fmt.Sprintf("which %s counts depends on %s; name the definition with --hwdef", command, doubt)
		return
	case call == nil && (t.cmake.Unfollowed != "" || t.cmake.Incomplete != ""):
		t.why.Why = "CMakeLists.txt has no " + command + " line, and not all that it includes was read"
		return
	case call == nil:
		t.why = manifest.NoDefinitions{Why: "CMakeLists.txt has no " + command + " line", Certain: true, Fixes: addTarget(t.cmake)}
		if f, c := nearMiss(t.cmake, command); c != nil {
			t.why.Why = fmt.Sprintf("CMakeLists.txt has no %s line; did you mean it with %s in line %d?", command, c.Name, f.Line(c.Span.Start))
			t.why.Fixes = []rule.Fix{{Title: "Write " + command, Edits: []rule.Edit{{File: f.Path, Span: c.NameSpan, New: command}}}}
		}
		return
	case call.Definition == nil:
		t.why = manifest.NoDefinitions{Why: command + " in CMakeLists.txt has no TARGET_DEFINITION", Certain: doubt == ""}
		return
	case !call.Definition.Known():
		doubt = call.Definition.Because
	}
	file := call.Definition.Text
	for _, d := range definitionDirs(call, opt) {
		if d.doubt != "" {
			doubt = d.doubt
		} else if call.Definition.Known() && t.load(fsys, path.Join(d.name, file), opt) {
			if t.set == nil {
				t.why.Said = where()
			}
			return
		}
	}
	switch {
	case call.Definition.Known() && hwdef.Board(file) != nil: // the program has it
		t.board(file, opt)
	case doubt != "":
		t.why.Why = fmt.Sprintf("%s in %s, depends on %s, which no file sets; name the definition with --hwdef", command, where(), doubt)
	case namesSDK(call):
		t.why.Why = fmt.Sprintf("%s belongs to an SDK, which is not here; name it with --hwdef", file)
	default:
		dirs := make([]string, len(call.Directories))
		for i, d := range call.Directories {
			dirs[i] = d.Text
		}
		t.why = manifest.NoDefinitions{Certain: true, Said: where(),
			Why: fmt.Sprintf("%s is not in %s, as %s, says%s", file, strings.Join(dirs, ", "), where(), checkedOut(fsys, cmake.Path(call.Dir, dirs[0])))}
		if len(dirs) == 1 && strings.HasSuffix(dirs[0], "-NOTFOUND") {
			t.why.Why = fmt.Sprintf("%s is in none of the folders in which it is looked for (%s)", file, where())
		}
	}
}

// chooseCall returns the call that names the definition of the folder's app. If several do under conditions that are not
// known, and not the same, it is nil, and doubt is the variable.
func chooseCall(p *cmake.Project) (call *cmake.HardwareDefinition, doubt string) {
	for rank := range 3 { // made in any case; under a condition that is not known; under one that does not seem to hold
		var found []*cmake.HardwareDefinition
		for i := range p.HardwareDefinitions {
			c := &p.HardwareDefinitions[i]
			if c.Dir == p.Dir && rank == callRank(&c.Call) {
				found = append(found, c)
			}
		}
		if len(found) == 0 {
			continue
		}
		last := found[len(found)-1]
		for _, c := range found {
			if rank > 0 && !sameDefinition(c, last) {
				return nil, last.When
			}
		}
		return last, last.When
	}
	return nil, ""
}

func callRank(c *cmake.Call) int {
	switch {
	case c.When == "":
		return 0
	case c.Unlikely:
		return 2
	}
	return 1
}

// sameDefinition reports whether two calls name the same.
func sameDefinition(a, b *cmake.HardwareDefinition) bool {
	equal := func(a, b cmake.Arg) bool { return a.Text == b.Text && a.Known() && b.Known() }
	return slices.EqualFunc(a.Directories, b.Directories, equal) && a.Definition != nil && b.Definition != nil && equal(*a.Definition, *b.Definition)
}

// definitionDir is a folder in which a definition is looked for.
type definitionDir struct {
	name  string
	doubt string // the variable that it depends on; then there is no name
}

// definitionDirs returns the folders in which a call's definition is looked for, in order; those of an SDK come last, as the
// packer has them (facts/manifest.md 2.2).
func definitionDirs(c *cmake.HardwareDefinition, opt Options) []definitionDir {
	var dirs []definitionDir
	for _, d := range c.Directories {
		switch {
		case d.Known():
			dirs = append(dirs, definitionDir{name: cmake.Path(c.Dir, d.Text)})
		case !isSDK(d.Value):
			dirs = append(dirs, definitionDir{doubt: d.Because})
		}
	}
	for _, d := range opt.SearchDirs {
		dirs = append(dirs, definitionDir{name: d})
	}
	return dirs
}

// namesSDK reports whether a call leaves it to the SDK to have the definition.
func namesSDK(c *cmake.HardwareDefinition) bool {
	return len(c.Directories) == 0 || slices.ContainsFunc(c.Directories, func(d cmake.Arg) bool { return isSDK(d.Value) })
}

// isSDK reports whether a folder is unknown only because it lies in the SDK: ${AZURE_SPHERE_SDK_PATH}/HardwareDefinitions.
func isSDK(v cmake.Value) bool {
	switch v.Because {
	case "AZURE_SPHERE_SDK_PATH", "AzureSphereDefaultSDKDir", "ARMILLARY_SDK_DIR":
		return true
	}
	return false
}

// board takes a definition that the program has.
func (t *target) board(file string, opt Options) {
	t.set = opt.Cache.load(file, func(string) (*hwdef.Definition, error) { return nil, fs.ErrNotExist }, nil)
}

// errNoTarget keeps a definition of the program from standing in for a file that is looked for.
var errNoTarget = errors.New("not there")

// load reads a definition and its imports; false if there is no such file. A file that is something else names nothing, and why
// says so.
func (t *target) load(fsys fs.FS, name string, opt Options) bool {
	open := func(p string) (*hwdef.Definition, error) {
		t.reads = append(t.reads, p)
		d, err := opt.Cache.read(fsys, p, nil)
		if err != nil && p == name {
			err = errNoTarget
		}
		return d, err
	}
	if t.set = opt.Cache.load(name, open, opt.SearchDirs); t.set == nil {
		return false
	}
	t.path = name
	if f := t.set.Target.File; f != nil && !hwdef.Is(f) && f.Root.Member("Peripherals") == nil {
		if opt.Show != nil {
			name = opt.Show(name)
		}
		why := "it has neither Metadata nor Peripherals"
		if strings.TrimSpace(f.Src) == "" {
			why = "it is empty"
		}
		t.set, t.why = nil, manifest.NoDefinitions{Why: name + " is no hardware definition: " + why, Certain: true, Foreign: true}
	}
	return true
}

// nearMiss returns a command of a folder's CMakeLists.txt whose name is nearly that of another; nil if there is none.
func nearMiss(p *cmake.Project, command string) (*cmake.File, *cmake.Command) {
	f := p.Files[0]
	for i := range f.Commands {
		if c := &f.Commands[i]; len(rule.Nearest(c.Name, []string{command})) > 0 {
			return f, c
		}
	}
	return nil, nil
}

// addTarget offers to name a definition before the line that makes the image package, where it has to be.
func addTarget(p *cmake.Project) []rule.Fix {
	f := p.Files[0]
	at, newline, name := len(f.Src), "\n", "${PROJECT_NAME}"
	if strings.Contains(f.Src, "\r\n") {
		newline = "\r\n"
	}
	before := ""
	if at > 0 && f.Src[at-1] != '\n' {
		before = newline
	}
	for i := range p.ImagePackages {
		if c := &p.ImagePackages[i]; c.Place.File == f.Path {
			at, before = c.Span.Start, ""
			break
		}
	}
	text := before + `azsphere_target_hardware_definition(` + name + ` TARGET_DIRECTORY "HardwareDefinitions" TARGET_DEFINITION ` +
		strconv.Quote("sample_appliance.json") + ")" + newline
	return []rule.Fix{{Title: "Name a hardware definition in CMakeLists.txt",
		Edits: []rule.Edit{{File: f.Path, Span: rule.Span{Start: at, End: at}, New: text}}}}
}
