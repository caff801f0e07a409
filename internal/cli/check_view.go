package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"armillary.dev/device/config"
	"armillary.dev/device/project"
	"armillary.dev/server/files"
)

// view is what a check reads: the disk, with mended texts over it, until the user interrupts. From then on nothing can be read,
// so that a check of many files comes to its end at once.
type view struct {
	files.Overlay
	ctx    context.Context
	opened func(name string) // is told of every file that is read; may be nil

	mu     sync.Mutex
	marked map[string]bool // sources that hold suppressing comments; guarded by mu
	parts  map[string]bool // files that are checked as parts of apps, and were read; guarded by mu
	closed map[string]bool // such files that are there, but may not be read; guarded by mu
}

var (
	_ fs.ReadFileFS = (*view)(nil)
	_ fs.StatFS     = (*view)(nil)
	_ fs.ReadDirFS  = (*view)(nil)
)

func (v *view) tell(name string) error {
	if v.ctx.Err() != nil {
		return &fs.PathError{Op: "read", Path: name, Err: errors.New("interrupted")}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.opened != nil {
		v.opened(name)
	}
	switch kind := project.KindOf(name); kind {
	case project.Source, project.CMake, project.Presets, project.Launch:
		// The disk remembers what it has read, so this costs no second reading.
		src, err := v.Overlay.ReadFile(name)
		if err != nil {
			if errors.Is(err, fs.ErrPermission) {
				note(&v.closed, name)
			}
			break
		}
		note(&v.parts, name)
		if (kind == project.Source || kind == project.CMake) && config.HasComments(string(src)) {
			note(&v.marked, name)
		}
	}
	return nil
}

func note(set *map[string]bool, name string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[name] = true
}

// takeParts returns the sources, CMake files, presets and launch configurations that were read since it was last asked, and
// those that may not be read.
func (v *view) takeParts() (read, closed []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	read, closed = slices.Sorted(maps.Keys(v.parts)), slices.Sorted(maps.Keys(v.closed))
	v.parts, v.closed = nil, nil
	return read, closed
}

// takeMarked returns the sources that were read and hold suppressing comments.
func (v *view) takeMarked() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Keys(v.marked))
}

// Open opens a file.
func (v *view) Open(name string) (fs.File, error) {
	if err := v.tell(name); err != nil {
		return nil, err
	}
	return v.Overlay.Open(name)
}

// ReadFile returns the content of a file.
func (v *view) ReadFile(name string) ([]byte, error) {
	if err := v.tell(name); err != nil {
		return nil, err
	}
	return v.Overlay.ReadFile(name)
}

// Stat describes a file.
func (v *view) Stat(name string) (fs.FileInfo, error) {
	if err := v.ctx.Err(); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return v.Overlay.Stat(name)
}

// ReadDir lists a folder.
func (v *view) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := v.ctx.Err(); err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return v.Overlay.ReadDir(name)
}

// readInput reads a file from standard input, with the limit that files on the disk have.
func readInput(in io.Reader) (string, error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(in, files.MaxSize+1)); err != nil {
		return "", err
	}
	if b.Len() > files.MaxSize {
		return "", fmt.Errorf("more than %d bytes, which no manifest or hardware definition has", files.MaxSize)
	}
	return b.String(), nil
}
