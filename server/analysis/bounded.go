package analysis

import (
	"context"
	"io/fs"
	"sync/atomic"

	"armillary.dev/device/project"
)

// How many entries of folders are looked at when everything is: far more than projects have, far less than a disk has whose
// root is opened as a workspace. Around a document that was opened without a folder it is less: that may lie among the
// downloads or in a home.
const (
	maxListed = 200_000
	maxAround = 5_000
)

// bounded is a view in which nothing can be read once ctx has ended, and no folder listed once enough entries were, so
// that whoever walks through it comes to an end.
type bounded struct {
	fs.FS
	ctx  context.Context
	left *atomic.Int64 // entries that may still be listed
}

var (
	_ fs.ReadFileFS  = bounded{}
	_ fs.StatFS      = bounded{}
	_ fs.ReadDirFS   = bounded{}
	_ project.TextFS = bounded{}
)

// bounded is the workspace's view for whoever walks through its folders.
func (w *Workspace) bounded(ctx context.Context) bounded {
	b := bounded{w.view, ctx, new(atomic.Int64)}
	if b.left.Store(maxListed); w.set.Loose {
		b.left.Store(maxAround)
	}
	return b
}

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
	if b.left.Load() < 0 {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	entries, err := fs.ReadDir(b.FS, name)
	b.left.Add(-int64(len(entries)) - 1)
	return entries, err
}
