package cli

import (
	"errors"
	"fmt"
	"io/fs"
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

// definition takes a hardware definition of the command line, a file or a board that the program knows, and returns its
// name. The error begins with what was given.
func (p *places) definition(fsys fs.FS, given string) (string, error) {
	name, err := p.add(given)
	if err != nil {
		return "", fmt.Errorf("%q: %w", given, err)
	}
	_, err = fs.ReadFile(fsys, name)
	if board := boardNamed(given); errors.Is(err, fs.ErrNotExist) && board != nil {
		return board.Path, nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", given, bare(err))
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
