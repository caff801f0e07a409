package cmake

import (
	"io/fs"
	"time"

	"armillary.dev/device/rule"
)

// Project is what a folder's CMake files say.
type Project struct {
	Dir        string  // in the FS
	Found      bool    // there is a CMakeLists.txt that could be read
	Err        error   // why there is none; wraps fs.ErrNotExist if it just is not there
	Files      []*File // what was read, the CMakeLists.txt first
	Name       Value   // given to project(); zero if there is none
	Targets    []*Target
	Presets    []Preset            // hidden ones too
	Unfollowed string              // the variable of an include or add_subdirectory whose file is not known; "" if there is none
	Incomplete string              // why something was left out: a limit that no real project reaches
	Searched   map[string][]string // by variable: the folders in which find_path and find_file did not find what it is for, in the FS

	HardwareDefinitions []HardwareDefinition // azsphere_target_hardware_definition
	ImagePackages       []ImagePackage       // azsphere_target_add_image_package
	ConfigureTools      []Configure          // azsphere_configure_tools(TOOLS_REVISION "22.02")
	ConfigureAPI        []Configure          // azsphere_configure_api(TARGET_API_SET "13")

	Reads []string // every file and folder that the result depends on, whether it exists or not

	inputs []input
	cached map[string]string // of the build's CMakeCache.txt
	e      *eval
}

// Place is a range of a file.
type Place struct {
	File string
	Span rule.Span
}

// Arg is an argument, or one element of a list that an argument stands for.
type Arg struct {
	Value
	Place
}

// Call is one call of a command that matters.
type Call struct {
	Place
	File     *File
	Command  *Command
	Dir      string // CMAKE_CURRENT_SOURCE_DIR, in the FS
	When     string // the variable of the condition that it stands under; "" if it is made in any case
	Unlikely bool   // the condition does not hold if nothing but the files counts
}

// Line returns the call's line, from 1.
func (c *Call) Line() int { return c.File.Line(c.Span.Start) }

// HardwareDefinition is azsphere_target_hardware_definition(<target> [TARGET_DIRECTORY <dir>...] TARGET_DEFINITION <file>).
type HardwareDefinition struct {
	Call
	Target      Arg
	Directories []Arg
	Definition  *Arg // nil if there is none
}

// ImagePackage is azsphere_target_add_image_package(<target> [RESOURCE_FILES <file>...] [DEBUG_LIB <lib>...]).
type ImagePackage struct {
	Call
	Target    Arg
	Resources []Arg
	DebugLibs []Arg
}

// Configure is azsphere_configure_tools or azsphere_configure_api.
type Configure struct {
	Call
	Value *Arg // nil if there is none
}

// Target is an executable or a library.
type Target struct {
	Call
	Name        Arg
	Executable  bool
	Sources     []Arg // as written, absolute paths where they are known
	Includes    []Arg // absolute paths where they are known; with those of the folder
	Definitions []Arg // NAME or NAME=VALUE, with those of the folder; without a place out of CMAKE_C_FLAGS
	Libraries   []Arg // as linked
}

// Target returns the target of a name, or nil.
func (p *Project) Target(name string) *Target {
	for _, t := range p.Targets {
		if t.Name.Text == name {
			return t
		}
	}
	return nil
}

// FileOf returns the parsed file at a path, or nil.
func (p *Project) FileOf(path string) *File {
	for _, f := range p.Files {
		if f.Path == path {
			return f
		}
	}
	return nil
}

// Variable returns the value that a variable has at the end of the folder's CMakeLists.txt, or in the presets or a build's
// cache; ok is false if nothing defines it.
func (p *Project) Variable(name string) (v Value, ok bool) {
	if p.e == nil {
		return v, false
	}
	return p.e.lookup(name)
}

// Limits of one project; real ones stay far below.
const (
	maxCommands = 100_000  // executed
	maxFiles    = 256      // read
	maxFile     = 1 << 20  // bytes of one file
	maxBytes    = 8 << 20  // of all files
	maxExpanded = 64 << 20 // bytes of values, in all
	maxElements = 250_000  // list elements that are looked at, in all
	maxNesting  = 64       // of blocks, calls, includes and folders each
	maxListed   = 10_000   // files found by patterns
	maxItems    = 20_000   // arguments kept in targets and calls
)

// Read follows the CMakeLists.txt of a folder. It never fails: see Found and Err.
func Read(fsys fs.FS, dir string) *Project {
	p := &Project{Dir: dir}
	in := &reader{fsys: fsys, p: p, texts: map[string]text{}, stats: map[string]kind{}, lists: map[string][]string{}}
	e := newEval(p, in)
	p.e = e
	e.presets()
	e.top()
	e.finish()
	in.fsys = nil // what is asked for later must not read any more
	return p
}

// Fresh reports whether reading the project again would find the same files with the same text.
func (p *Project) Fresh(fsys fs.FS) bool {
	for i := range p.inputs {
		if !p.inputs[i].same(fsys) {
			return false
		}
	}
	return true
}

// BuildFile is a file that a build has left.
type BuildFile struct {
	Path    string
	ModTime time.Time
}
