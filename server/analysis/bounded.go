package analysis

import (
	"context"
	"io/fs"
	"sync/atomic"

	"armillary.dev/device/project"
)

// maxListed is how many entries of folders are looked at when everything is: far more than projects have, far less than a
// disk has whose root is opened as a workspace.
const maxListed = 200_000

// bounded is a view in which nothing can be read once ctx has ended, and no folder listed once maxListed entries were, so
// that whoever walks through it comes to an end.
type bounded struct {
	fs.FS
	ctx    context.Context
	listed *atomic.Int64
}

var (
	_ fs.ReadFileFS  = bounded{}
	_ fs.StatFS      = bounded{}
	_ fs.ReadDirFS   = bounded{}
	_ project.TextFS = bounded{}
)

func bound(ctx context.Context, view fs.FS) bounded { return bounded{view, ctx, new(atomic.Int64)} }

func (b bounded) failed(op, name string) error {
	if err := b.ctx.Err(); err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

// Open opens a file.
func (b bounded) Open(name string) (fs.File, error) {
	if err := b.failed("open", name); err != nil {
		return nil, err
	}
	return b.FS.Open(name)
}

// ReadFile returns the content of a file.
func (b bounded) ReadFile(name string) ([]byte, error) {
	if err := b.failed("read", name); err != nil {
		return nil, err
	}
	return fs.ReadFile(b.FS, name)
}

// Text returns the text of a file that is at hand.
func (b bounded) Text(name string) (text string, ok bool) {
	if t, has := b.FS.(project.TextFS); has && b.failed("read", name) == nil {
		return t.Text(name)
	}
	return "", false
}

// Stat describes a file.
func (b bounded) Stat(name string) (fs.FileInfo, error) {
	if err := b.failed("stat", name); err != nil {
		return nil, err
	}
	return fs.Stat(b.FS, name)
}

// ReadDir lists a folder.
func (b bounded) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := b.failed("readdir", name); err != nil {
		return nil, err
	}
	if b.listed.Load() > maxListed {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	entries, err := fs.ReadDir(b.FS, name)
	b.listed.Add(int64(len(entries)) + 1)
	return entries, err
}
