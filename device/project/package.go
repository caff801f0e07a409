package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
)

// DefaultAPISet is packed for when nothing names one: the newest that was seen in real packages (facts/image.md 1.3).
const DefaultAPISet = 13

// PackageOptions are what is packed beside the app's own files.
type PackageOptions struct {
	Program   []byte   // the built ELF; it becomes the manifest's EntryPoint
	Args      []string // replaces CmdArgs; nil: leave them
	APISet    int      // 0: what CMakeLists.txt or CMakePresets.json names, else DefaultAPISet
	Resources []string // relative to the app; nil: what CMakeLists.txt names
}

// RefusedError says that a packer or device would turn the app down.
type RefusedError struct {
	App *App
}

func (e *RefusedError) Error() string {
	f := e.App.Refused()
	return fmt.Sprintf("%s: %s: %s", e.App.ManifestPath, f.Rule.Code, f.Message)
}

// Package gathers what goes into the app's image package. Image id, build time and key are the caller's to set. Errors:
// *RefusedError, *manifest.PackError, or what is wrong with the files.
func (a *App) Package(fsys fs.FS, opt PackageOptions) (image.Input, error) {
	var in image.Input
	if a.Refused() != nil {
		return in, &RefusedError{a}
	}
	m := a.Manifest
	if opt.Args != nil {
		m = withArgs(m, opt.Args)
	}
	set := opt.APISet
	for _, alternative := range []int{a.APISet(), DefaultAPISet} {
		if set == 0 {
			set = alternative
		}
	}
	var err error
	if in.Manifest, err = manifest.Packaged(m, a.Definitions, set); err != nil {
		return in, err
	}
	root := m.File.Root
	in.Name = root.Get("Name").Text()
	if in.Component, err = trailer.ParseGUID(root.Get("ComponentId").Text()); err != nil {
		return in, fmt.Errorf("%s: ComponentId: %w", a.ManifestPath, err)
	}
	if !m.RealTime {
		in.Depends = image.HighLevel(uint32(set))
	}
	entry := strings.TrimPrefix(root.Get("EntryPoint").Text(), "/")
	if entry == "" || len(opt.Program) == 0 {
		return in, errors.New("there is no program to pack")
	}
	in.Files = map[string]image.File{entry: {Data: opt.Program, Executable: true}}
	resources := opt.Resources
	if resources == nil {
		resources = a.Resources
	}
	for _, r := range resources {
		name := path.Clean(strings.ReplaceAll(r, `\`, "/"))
		if !fs.ValidPath(name) || name == "." {
			return in, fmt.Errorf("resource file %s: the path has to be relative to the app's folder and below it", r)
		}
		data, err := fs.ReadFile(fsys, path.Join(a.Dir, name))
		if err != nil {
			return in, fmt.Errorf("resource file: %w", err)
		}
		in.Files[name] = image.File{Data: data}
	}
	return in, nil
}

// withArgs is the manifest with other CmdArgs.
func withArgs(m *manifest.Manifest, args []string) *manifest.Manifest {
	text, _ := json.Marshal(args)
	src := m.File.Src
	if n := m.File.Root.Get("CmdArgs"); n != nil {
		src = src[:n.Start] + string(text) + src[n.End:]
	} else if i := strings.IndexByte(src, '{'); i >= 0 {
		src = src[:i+1] + `"CmdArgs":` + string(text) + "," + src[i+1:]
	}
	return manifest.Read(jsonc.Parse([]byte(src)))
}
