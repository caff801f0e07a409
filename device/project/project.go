// Package project sees an app as its files: the manifest, the hardware definition that its CMakeLists.txt names, what the
// build left, what would be packed. It finds apps below a folder, and checks every manifest and definition there.
//
// Everything is read through an fs.FS, so that an editor can lay unsaved text over the disk. Paths are slash-separated
// and relative to the FS; an FS that is rooted at the top of the file system makes definitions outside the
// app's folder reachable.
//
// The package is pure: no os, no goroutines. It must not know output formats, editors, nor how CMake is run.
package project

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"armillary.dev/device/capability"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
)

// Kind says what a file is, by its content.
type Kind uint8

// Kinds. The first three are told apart by their content, the others by their names.
const (
	Other Kind = iota // nothing that the rules know
	Manifest
	Definition
	CMake      // CMakeLists.txt, *.cmake
	Source     // C sources and headers
	Presets    // CMakePresets.json, CMakeUserPresets.json
	Launch     // launch.json, of Visual Studio launch.vs.json
	Capability // device capability files, *.cap
	Settings   // armillary.json
)

func (k Kind) String() string {
	return [...]string{"other", "manifest", "definition", "cmake", "source", "presets", "launch", "capability", "settings"}[k]
}

// ofApp reports whether files of the kind are checked as part of an app, and say nothing alone.
func (k Kind) ofApp() bool { return k == CMake || k == Source || k == Presets || k == Launch }

// KindOf says what a file is by its name alone; Other if that does not say it.
func KindOf(name string) Kind {
	base := path.Base(name)
	switch strings.ToLower(base) {
	case "cmakelists.txt":
		return CMake
	case "cmakepresets.json", "cmakeuserpresets.json":
		return Presets
	case "launch.json", "launch.vs.json":
		return Launch
	case "armillary.json":
		return Settings
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".cmake":
		return CMake
	case ".c", ".h":
		return Source
	case ".cap":
		return Capability
	}
	return Other
}

// Options are the user's choices for a check.
type Options struct {
	HwDef      string                       // a definition in the FS that is used for every manifest; empty: what CMakeLists.txt names
	HwDefFor   func(manifest string) string // chooses HwDef for each manifest; nil: it is the same for all
	Program    string                       // a built program in the FS that is taken for the app's; empty: the newest that a build has left
	SearchDirs []string                     // folders in which imports are looked up, like HardwareDefinitions of an SDK
	// DeviceFor chooses the id of the device that a capability file should be for; nil or "": it is not compared.
	DeviceFor func(file string) string
	// Off says whether a rule that is off by default speaks in a file; nil: none does.
	Off    func(file, code string) bool
	Strict bool
	Show   func(path string) string     // writes the path of another file in a message; nil: as the FS has it
	ShowIn func(in, path string) string // is Show for messages in one file; nil: Show is the same for all
	Cache  *Cache                       // remembers parsed definitions between checks; may be nil

	alone bool // the file is checked without the others of its app, whose findings say nothing then
}

// Report is what a check of many files found.
type Report struct {
	Files       []FileReport // sorted by path; every manifest and definition, and what could not be checked
	Manifests   int          // checked
	Definitions int          // checked

	roots []string       // what was to be checked
	index map[string]int // of Files, by path
}

// Failed returns the files that could not be checked at all.
func (r *Report) Failed() []FileReport {
	var failed []FileReport
	for _, f := range r.Files {
		if f.Err != nil {
			failed = append(failed, f)
		}
	}
	return failed
}

// FileReport is what a check of one file found.
type FileReport struct {
	Path       string
	Kind       Kind
	Err        error          // why the file could not be read; then all else is empty
	Findings   []rule.Finding // sorted by place
	NotChecked []string       // what the rules could not look at, and why: "$ names: no CMakeLists.txt was read"

	Src         string             // the text as it was read
	File        *jsonc.File        // the tree; nil if Err is set, or the file is no JSON
	Manifest    *manifest.Manifest // of a manifest
	App         *App               // of a manifest that belongs to an app; else nil
	Definitions *hwdef.Set         // what resolves names: those of a manifest, or those that a definition has and imports; nil if there is nothing
	Reads       []string           // other files that the result depends on, whether they exist or not
}

// ErrNothing says that a path holds neither manifests nor hardware definitions.
var ErrNothing = errors.New("no app manifest and no hardware definition here")

// ErrNoApp says that a file which is checked as part of an app lies in no app's folder.
var ErrNoApp = errors.New("it belongs to no app: there is no app_manifest.json in its folder or above")

// ErrNeither says that a file which was named is neither manifest nor hardware definition.
var ErrNeither = errors.New("neither an app manifest nor a hardware definition")

// Check checks every manifest and definition below the paths; a path may also be a file, which is classified by its
// content like the others. A path that cannot be read is in the report with its error.
func Check(fsys fs.FS, paths []string, opt Options) *Report { return check(fsys, paths, opt) }

// CheckFile checks one file of the FS.
func CheckFile(fsys fs.FS, path string, opt Options) FileReport {
	src, err := ReadText(fsys, path)
	if err != nil {
		return FileReport{Path: path, Err: err}
	}
	if KindOf(path) == Capability {
		return checkCapability(path, src, opt)
	}
	return CheckText(fsys, path, src, opt)
}

// CheckText checks a text as if it were the file at path, without reading that. With an empty path it belongs to no app.
func CheckText(fsys fs.FS, path, text string, opt Options) FileReport {
	if KindOf(path) == Capability {
		return checkCapability(path, text, opt)
	}
	return checkText(fsys, path, jsonc.ParseString(text), opt)
}

// checkCapability checks a device capability file.
func checkCapability(path, src string, opt Options) FileReport {
	o := capability.Options{Strict: opt.Strict}
	if opt.DeviceFor != nil {
		o.DeviceID = opt.DeviceFor(path)
	}
	return FileReport{Path: path, Kind: Capability, Src: src, Findings: capability.Check([]byte(src), o)}
}

// Classify says what a file is, by its content.
func Classify(f *jsonc.File) Kind {
	switch {
	case hwdef.Is(f):
		return Definition
	case manifest.Is(f):
		return Manifest
	}
	return Other
}
