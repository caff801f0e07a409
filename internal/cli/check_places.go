package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/server/files"
)

// places converts between paths as the user writes and reads them and names of package files.
type places struct {
	cwd  string // absolute
	root string // of the git checkout that cwd is in, absolute; "" if it is in none
	args []arg
}

// arg is a path of the command line outside the working directory: what lies below it is shown as it was written.
type arg struct{ name, written string }

func (p *places) start() (err error) {
	if p.cwd, err = os.Getwd(); err == nil {
		p.root = gitRoot(p.cwd)
	}
	return err
}

// gitRoot returns the root of the git checkout that a folder is in; "" if it is in none.
func gitRoot(dir string) string {
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// below returns the path of a file as seen from a folder; false if it does not lie below it.
func below(dir, abs string) (string, bool) {
	rel, err := filepath.Rel(dir, abs)
	return rel, dir != "" && err == nil && filepath.IsLocal(rel)
}

// patchPaths returns the paths of files for a patch: as seen from the working directory if all lie below it, else from the
// root of the checkout, else from the innermost folder that holds them all. A patch cannot lead out of where it is applied.
func (p *places) patchPaths(names []string) []string {
	bases := []string{p.cwd, p.root}
	if len(names) > 0 {
		for dir := filepath.Dir(files.Path(names[0])); ; dir = filepath.Dir(dir) {
			bases = append(bases, dir)
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	for _, base := range bases {
		var out []string
		for _, n := range names {
			if rel, ok := below(base, files.Path(n)); ok {
				out = append(out, filepath.ToSlash(rel))
			}
		}
		if len(out) == len(names) {
			return out
		}
	}
	return names // on several drives
}

// add takes a path of the command line and returns its name.
func (p *places) add(path string) (string, error) {
	if path == "" {
		return "", errors.New("an empty path names nothing")
	}
	abs := path
	if !filepath.IsAbs(path) {
		abs = filepath.Join(p.cwd, path)
	}
	name := files.Name(filepath.Clean(abs))
	if a := (arg{name, filepath.Clean(path)}); !slices.Contains(p.args, a) {
		p.args = append(p.args, a)
	}
	return name, nil
}

// definition takes a hardware definition of the command line, a file or a board that the program knows, and returns its
// name. The error begins with what was given.
func (p *places) definition(fsys fs.FS, given string) (string, error) {
	name, err := p.add(given)
	if err != nil {
		return "", fmt.Errorf("%q: %w", given, err)
	}
	if name = hwdef.Choose(fsys, name, given); hwdef.Board(name) != nil {
		return name, nil
	}
	if _, err = fs.ReadFile(fsys, name); err != nil {
		return "", fmt.Errorf("%s: %w", given, bare(err))
	}
	return name, nil
}

// show returns the path of a name: relative to the working directory when it is below it, else below the argument that
// led to it, else relative, with "..", when both are in one git checkout, else absolute.
func (p *places) show(name string) string {
	abs := filepath.Clean(files.Path(name))
	if rel, err := filepath.Rel(p.cwd, abs); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	for _, a := range p.args {
		if rest, ok := strings.CutPrefix(name, a.name); ok && (p.root == "" || !filepath.IsAbs(a.written)) && (rest == "" || rest[0] == '/') {
			return filepath.Join(a.written, filepath.FromSlash(rest))
		}
	}
	if _, ok := below(p.root, abs); ok {
		if rel, err := filepath.Rel(p.cwd, abs); err == nil {
			return rel
		}
	}
	return abs
}
