package debugadapter

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"armillary.dev/device/image"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/device/sdk"
)

// app is what is deployed: a package, and where it came from as far as that is known.
type app struct {
	pkg       []byte
	component string // id
	entry     string // path of the program in the package
	realTime  bool
	core      int // of a real-time app, when the configuration names one
	program   string
	manifest  *sourceManifest // nil when there is only a package
}

// sourceManifest is the user's app_manifest.json, to which refusals point.
type sourceManifest struct {
	path string
	file *jsonc.File
}

// place is the line and column, from 1, of the element that a JSON pointer names, or of what encloses it.
func (m *sourceManifest) place(pointer string) (line, col int) {
	for {
		if n := m.file.Lookup(pointer); n != nil {
			return m.at(n.Start)
		}
		i := strings.LastIndexByte(pointer, '/')
		if i < 0 {
			return 1, 1
		}
		pointer = pointer[:i]
	}
}

func (m *sourceManifest) at(offset int) (line, col int) {
	line, col = jsonc.NewLines(m.file.Src).UTF16(offset)
	return line + 1, col + 1
}

// refusal is a manifest that a packer or device turns down: launching stops at its line.
type refusal struct {
	m    *sourceManifest
	line int
	col  int
	text string
}

func (e *refusal) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.m.path, e.line, e.col, e.text)
}

// root returns the file system that holds a path as a whole and the path's name in it: definitions that an app refers to
// may lie anywhere.
func root(p string) (fs.FS, string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return nil, "", err
	}
	top := filepath.VolumeName(abs) + string(filepath.Separator)
	rel, err := filepath.Rel(top, abs)
	return os.DirFS(top), filepath.ToSlash(rel), err
}

// openApp reads an app's folder and checks its manifest.
func (l *launcher) openApp(dir string) (*project.App, fs.FS, *sourceManifest, error) {
	fsys, name, err := root(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	opt := project.Options{}
	for _, d := range l.s.opts.SearchDirs {
		if _, n, err := root(d); err == nil {
			opt.SearchDirs = append(opt.SearchDirs, n)
		}
	}
	a, err := project.OpenApp(fsys, name, opt)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, nil, fmt.Errorf(`there is no %s in %s; "app" in the debug configuration names the app's folder`, manifest.FileName, dir)
		}
		return nil, nil, nil, err
	}
	m := &sourceManifest{path: filepath.Join(dir, manifest.FileName), file: a.Manifest.File}
	if f := a.Refused(); f != nil {
		line, col := m.at(f.Span.Start)
		return nil, nil, nil, &refusal{m, line, col, refusedText(f)}
	}
	return a, fsys, m, nil
}

func refusedText(f *rule.Finding) string {
	text := f.Message
	if f.Rule != nil {
		text += " (" + f.Rule.Code + ")"
	}
	if c := f.Refuses.Code; c != 0 {
		text += fmt.Sprintf("; a device refuses it with %d", c)
	}
	return text
}

// prepare makes the package of the configuration's app.
func (l *launcher) prepare() (*app, error) {
	c := &l.config
	if c.App == "" && c.Image != "" {
		return l.ready(&app{}, c.Image)
	}
	dir := c.App
	if dir == "" {
		dir = "."
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p, fsys, m, err := l.openApp(dir)
	if err != nil {
		return nil, err
	}
	a := &app{component: strings.ToLower(p.Manifest.ComponentID()), entry: p.Manifest.EntryPoint(), realTime: p.Manifest.RealTime, manifest: m, program: c.Program}
	if c.Image != "" {
		return l.ready(a, c.Image)
	}
	if a.program == "" {
		if a.program, err = l.newestProgram(p, fsys, dir); err != nil {
			return nil, err
		}
	}
	return a, l.pack(a, p, fsys)
}

// ready takes a package that was made before.
func (l *launcher) ready(a *app, file string) (*app, error) {
	var err error
	if a.pkg, err = os.ReadFile(file); err != nil {
		return nil, fmt.Errorf("cannot read the image package: %w", err)
	}
	im, err := image.Read(a.pkg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	a.component = strings.ToLower(im.Identity.Component.String())
	text, err := im.Manifest()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	pm := manifest.Read(jsonc.Parse(text))
	a.realTime, a.entry = pm.RealTime, pm.EntryPoint()
	if a.program = l.config.Program; a.program == "" {
		return nil, errors.New(`debugging a ready image needs "program" as well: the ELF file with debug information that it was packed from`)
	}
	if l.config.Args != nil {
		return nil, errors.New(`"args" cannot change a ready image; leave out "image", so that it is packed anew`)
	}
	return a, nil
}

// newestProgram is the newest program that the app's build has left.
func (l *launcher) newestProgram(p *project.App, fsys fs.FS, dir string) (string, error) {
	found := p.Programs(fsys)
	if len(found) == 0 {
		return "", errors.New(buildHint(p, fsys, dir))
	}
	vol := filepath.VolumeName(dir) + string(filepath.Separator)
	return filepath.Join(vol, filepath.FromSlash(found[0].Path)), nil
}

// buildHint names the command that makes what is missing.
func buildHint(p *project.App, fsys fs.FS, dir string) string {
	text := "there is no built program in " + dir + "; "
	for _, b := range []string{"out", "build"} {
		if _, err := fs.Stat(fsys, path.Join(p.Dir, b, "CMakeCache.txt")); err == nil {
			return text + "build it with: cmake --build " + filepath.Join(dir, b)
		}
	}
	if p.CMake == nil {
		return text + `"program" in the debug configuration names the ELF file`
	}
	out := filepath.Join(dir, "out")
	return text + fmt.Sprintf("build it with: cmake -S %s -B %s -DCMAKE_BUILD_TYPE=Debug -DCMAKE_TOOLCHAIN_FILE=SDK/%s && cmake --build %s "+
		"(SDK: a folder made by 'armillary sdk export SDK', or the vendor's)", dir, out, sdk.ToolchainFile, out)
}

// pack makes the package as the vendor's build step does.
func (l *launcher) pack(a *app, p *project.App, fsys fs.FS) error {
	program, err := os.ReadFile(a.program)
	if err != nil {
		return fmt.Errorf("cannot read the program: %w", err)
	}
	in, err := p.Package(fsys, project.PackageOptions{Program: program, Args: l.config.Args})
	if err != nil {
		var pe *manifest.PackError
		if errors.As(err, &pe) {
			line, col := a.manifest.place(pe.Pointer)
			return &refusal{a.manifest, line, col, pe.Msg}
		}
		return err
	}
	in.Built = time.Now()
	in.Image = image.NewID(rand.Reader)
	if in.Key, err = l.s.opts.Key(l.config.Target); err != nil {
		return fmt.Errorf("cannot sign the package: %w", err)
	}
	a.pkg, err = image.Pack(in)
	return err
}
