package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"armillary.dev/server/files"
)

// places converts between paths as the user writes and reads them and names of package files.
type places struct {
	cwd  string // absolute
	args []arg
}

// arg is a path of the command line outside the working directory: what lies below it is shown as it was written.
type arg struct{ name, written string }

func (p *places) start() (err error) {
	p.cwd, err = os.Getwd()
	return err
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

// show returns the path of a name: relative to the working directory when it is below it, else below the argument that
// led to it, else absolute.
func (p *places) show(name string) string {
	abs := filepath.Clean(files.Path(name))
	if rel, err := filepath.Rel(p.cwd, abs); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	for _, a := range p.args {
		if rest, ok := strings.CutPrefix(name, a.name); ok && (rest == "" || rest[0] == '/') {
			return filepath.Join(a.written, filepath.FromSlash(rest))
		}
	}
	return abs
}
