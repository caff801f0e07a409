package project

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/manifest"
	"armillary.dev/device/project/cmake"
)

// Toolchain is what an app is built for.
type Toolchain uint8

// Toolchains. Where presets disagree, or none names one of the SDK's, it is unknown.
const (
	UnknownToolchain Toolchain = iota
	HighLevel                  // the Cortex-A7: AzureSphereToolchain.cmake
	RealTime                   // a Cortex-M4: AzureSphereRTCoreToolchain.cmake
)

func (t Toolchain) String() string {
	return [...]string{"unknown", "high-level", "real-time"}[t]
}

// toolchainOf reads the name of a toolchain file (facts/manifest.md 3.1).
func toolchainOf(file string) Toolchain {
	switch path.Base(strings.ReplaceAll(file, `\`, "/")) {
	case "AzureSphereToolchain.cmake":
		return HighLevel
	case "AzureSphereRTCoreToolchain.cmake":
		return RealTime
	}
	return UnknownToolchain
}

// Presets returns the app's configure presets that can be used, those of CMakePresets.json first.
func (a *App) Presets() []cmake.Preset {
	var out []cmake.Preset
	for _, p := range a.build.Presets {
		if !p.Hidden {
			out = append(out, p)
		}
	}
	return out
}

// Toolchain says what the presets, CMakeLists.txt or a build's cache name as toolchain file.
func (a *App) Toolchain() Toolchain {
	found := UnknownToolchain
	note := func(t Toolchain) bool {
		if t == UnknownToolchain || t == found {
			return true
		}
		ok := found == UnknownToolchain
		found = t
		return ok
	}
	for _, p := range a.Presets() {
		if p.Toolchain != nil && !note(toolchainOf(p.Toolchain.Text)) {
			return UnknownToolchain
		}
	}
	if v, ok := a.build.Variable("CMAKE_TOOLCHAIN_FILE"); ok && found == UnknownToolchain {
		found = toolchainOf(v.Text)
	}
	return found
}

// apiSets returns the places that name an API set: azsphere_configure_api calls, which win, and then the presets.
func (a *App) apiSets() []cmake.Arg {
	var calls []cmake.Arg
	for i := range a.build.ConfigureAPI {
		if c := &a.build.ConfigureAPI[i]; c.Value != nil && c.When == "" {
			calls = append(calls, *c.Value)
		}
	}
	if len(calls) > 0 {
		return calls[len(calls)-1:]
	}
	var out []cmake.Arg
	for _, p := range a.Presets() {
		if p.APISet != nil {
			out = append(out, *p.APISet)
		}
	}
	return out
}

// APISetText returns the API set that azsphere_configure_api, or else the first preset that has one, names: "13",
// "latest-lts", "5+Beta2004"; "" if there is none or it is not known.
func (a *App) APISetText() string {
	for _, s := range a.apiSets() {
		if s.Known() {
			return s.Text
		}
	}
	return ""
}

// APISet returns the number of the API set that azsphere_configure_api, or else the first preset with a number, names; 0
// if there is none: "latest-lts" says which only together with an SDK.
func (a *App) APISet() int {
	for _, s := range a.apiSets() {
		number, _, _ := strings.Cut(s.Text, "+")
		if n, err := strconv.Atoi(number); err == nil && n > 0 && s.Known() {
			return n
		}
	}
	return 0
}

// ImagePackage returns the azsphere_target_add_image_package call of the app, the likeliest if there are several; nil if
// there is none.
func (a *App) ImagePackage() *cmake.ImagePackage {
	var best *cmake.ImagePackage
	for i := range a.build.ImagePackages {
		c := &a.build.ImagePackages[i]
		if c.Dir == a.Dir && (best == nil || callRank(&c.Call) <= callRank(&best.Call)) {
			best = c
		}
	}
	return best
}

// HardwareDefinition returns the azsphere_target_hardware_definition call that counts for the app; nil if there is none, or
// it is open which.
func (a *App) HardwareDefinition() *cmake.HardwareDefinition { return a.call }

// targets returns the app's executable and the project's own libraries that are linked to it.
func (a *App) targets() []*cmake.Target {
	var out []*cmake.Target
	if p := a.ImagePackage(); p != nil {
		if t := a.build.Target(p.Target.Text); t != nil && t.Executable {
			out = append(out, t)
		}
	}
	for _, t := range a.build.Targets {
		if len(out) == 0 && t.Executable && t.Dir == a.Dir && t.When == "" {
			out = append(out, t)
		}
	}
	for i := 0; i < len(out); i++ {
		for _, l := range out[i].Libraries {
			if t := a.build.Target(l.Text); t != nil && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// Sources returns the app's C and C++ sources, in the FS: those of its executable and the libraries of its own, as far as
// they are known; else those that compile_commands.json names; else all below its folder but for what builds leave and
// for other apps. Files need not exist.
func (a *App) Sources(fsys fs.FS) []string {
	var out []string
	seen := map[string]bool{}
	add := func(name string) {
		if cmake.IsSource(name) && !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, t := range a.targets() {
		for _, s := range t.Sources {
			if s.Known() {
				add(cmake.Path(t.Dir, s.Text))
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	commands, _, _ := cmake.ReadCompileCommands(fsys, a.Dir)
	for _, c := range commands {
		add(c.File)
	}
	if len(out) > 0 {
		return out
	}
	walked := 0
	_ = fs.WalkDir(fsys, a.Dir, func(name string, d fs.DirEntry, err error) error {
		if walked++; walked > maxWalked {
			return fs.SkipAll
		}
		switch {
		case err != nil:
		case !d.IsDir():
			add(name)
		case name == a.Dir:
		case skipDir(fsys, name, d.Name()) || strings.HasPrefix(d.Name(), ".") || isApp(fsys, name):
			return fs.SkipDir
		}
		return nil
	})
	return out
}

// isApp reports whether a folder is an app of its own.
func isApp(fsys fs.FS, dir string) bool {
	_, err := fs.Stat(fsys, path.Join(dir, manifest.FileName))
	return err == nil
}

// IncludeDirs returns the folders in which CMake has the app's headers looked for, in the FS, as far as they are known.
// Those of hardware definitions are not among them.
func (a *App) IncludeDirs() []string {
	return a.collect(func(t *cmake.Target) []cmake.Arg { return t.Includes }, cmake.Path)
}

// Macros returns what CMake defines for the app's sources: NAME or NAME=VALUE.
func (a *App) Macros() []string {
	return a.collect(func(t *cmake.Target) []cmake.Arg { return t.Definitions }, func(_, text string) string { return text })
}

// collect returns the known arguments of the app's targets, each once.
func (a *App) collect(of func(*cmake.Target) []cmake.Arg, name func(dir, text string) string) []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range a.targets() {
		for _, d := range of(t) {
			if s := name(t.Dir, d.Text); d.Known() && !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}
