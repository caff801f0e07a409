package cli

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/server/files"
)

// loaded is an app that is ready for a device.
type loaded struct {
	pkg       []byte
	component string
	name      string
	program   string // ELF with debug information; "" if only the package is known
	manifest  string // path of the source manifest; "" if only the package is known
	source    *jsonc.File
}

// place is "path:line:col" of what a JSON pointer of the packaged manifest names, in the source; "" without a source.
func (l *loaded) place(pointer string) string {
	if l.source == nil {
		return ""
	}
	n := l.source.Lookup(pointer)
	for n == nil && pointer != "" {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
		n = l.source.Lookup(pointer)
	}
	line, col := 0, 0
	if n != nil {
		line, col = jsonc.NewLines(l.source.Src).Runes(n.Start)
	}
	return relative(l.manifest) + position(line, col)
}

// loadOptions say how an app is packed.
type loadOptions struct {
	program string
	hwdef   string
	args    []string // replaces CmdArgs; nil: leave them
	key     trailer.Signer
}

// load reads what the user named: an image package, an app's folder, or an ELF program in one.
func load(what string, o loadOptions) (*loaded, error) {
	info, err := os.Stat(what)
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	if info.IsDir() {
		return loadApp(what, o)
	}
	data, err := os.ReadFile(what)
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	if !bytes.HasPrefix(data, []byte("\x7fELF")) {
		return loadPackage(what, data, o)
	}
	dir, err := appFolderOf(what)
	if err != nil {
		return nil, err
	}
	o.program = what
	return loadApp(dir, o)
}

func loadPackage(path string, data []byte, o loadOptions) (*loaded, error) {
	im, err := image.Read(data)
	if err != nil {
		return nil, fail(ExitFailed, "%s is neither an app's folder nor an ELF program nor an image package: %w", relative(path), err)
	}
	if o.args != nil {
		return nil, fail(ExitUsage, "arguments cannot be given to a package; they are in its manifest")
	}
	return &loaded{pkg: data, component: im.Identity.Component.String(), name: im.Name()}, nil
}

// appFolderOf is the folder nearest above a program that holds an app_manifest.json.
func appFolderOf(program string) (string, error) {
	abs, err := filepath.Abs(program)
	if err != nil {
		return "", fail(ExitFailed, "%w", err)
	}
	for dir := filepath.Dir(abs); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "app_manifest.json")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fail(ExitFailed, "no folder above %s holds an app_manifest.json, without which a program is no app; name the folder and give --program", relative(program))
		}
	}
}

func loadApp(dir string, o loadOptions) (*loaded, error) {
	fsys := diskFS()
	app, err := openApp(fsys, dir, o.hwdef)
	if err != nil {
		return nil, err
	}
	program, path, err := appProgram(fsys, app, o.program)
	if err != nil {
		return nil, err
	}
	l, err := pack(fsys, app, program, o)
	if err != nil {
		return nil, err
	}
	l.program, l.manifest = path, files.Path(app.ManifestPath)
	return l, nil
}

// pack makes the package of an app.
func pack(fsys fs.FS, app *project.App, program []byte, o loadOptions) (*loaded, error) {
	in, err := app.Package(fsys, project.PackageOptions{Program: program, Args: o.args})
	if err != nil {
		return nil, refusedError(err)
	}
	in.Key, in.Built = o.key, time.Now()
	if in.Image, err = newImageID(""); err != nil {
		return nil, err
	}
	l := &loaded{component: in.Component.String(), name: in.Name, source: app.Manifest.File}
	if l.pkg, err = image.Pack(in); err != nil {
		return nil, fail(ExitFindings, "%w", err)
	}
	return l, nil
}
