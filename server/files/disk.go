package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// A Disk reads files and remembers what it has read: the content of a file as long as its size and time of modification
// are what they were, since not every editor reports changes made outside it; and where something is, or is not, for as
// long as a glance.
// It may be used by several goroutines at once.
type Disk struct {
	now func() time.Time

	mu    sync.Mutex
	files map[string]diskFile // guarded by mu
	seen  *glance             // guarded by mu
	count int                 // of glances; guarded by mu
}

// NewDisk returns a Disk that knows nothing yet.
func NewDisk() *Disk { return &Disk{now: time.Now, files: map[string]diskFile{}} }

type diskFile struct {
	size    int64
	changed time.Time
	data    []byte // not to be written to
}

const (
	// MaxSize is the largest file that is read, in bytes; larger ones are none of ours.
	MaxSize      = 8 << 20
	maxDiskFiles = 512
)

// glanceLasts is how long the disk is taken to be as it was. A check looks for files in thirty places, most of them empty, and
// somebody who types causes one every tenth of a second; who changes files otherwise takes longer to come back.
const glanceLasts = time.Second

// maxSeen is how many places are remembered at most.
const maxSeen = 4096

// glance is what was found in places of the disk since a moment.
type glance struct {
	since time.Time
	stats map[string]found[fs.FileInfo]
	dirs  map[string]found[[]fs.DirEntry]
}

type found[T any] struct {
	what T
	err  error
}

// Refresh forgets where things are, so that they are looked for anew.
func (d *Disk) Refresh() {
	d.mu.Lock()
	d.seen = nil
	d.mu.Unlock()
}

// Glance counts how often the disk was looked at anew. While it says the same, what was found out about the disk holds.
func (d *Disk) Glance() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look()
	return d.count
}

// look begins a new glance where it is time for one. d.mu is held.
func (d *Disk) look() *glance {
	if s := d.seen; s == nil || len(s.stats)+len(s.dirs) >= maxSeen || d.now().Sub(s.since) > glanceLasts {
		d.seen = &glance{d.now(), map[string]found[fs.FileInfo]{}, map[string]found[[]fs.DirEntry]{}}
		d.count++
	}
	return d.seen
}

// lookUp answers from what was seen, else looks.
func lookUp[T any](d *Disk, of func(*glance) map[string]found[T], op, name string, look func(path string) (T, error)) (T, error) {
	d.mu.Lock()
	seen := d.look()
	f, ok := of(seen)[name]
	d.mu.Unlock()
	if ok {
		return f.what, f.err
	}
	p, err := osPath(op, name)
	if err != nil {
		return f.what, err
	}
	f.what, f.err = look(p)
	d.mu.Lock()
	of(seen)[name] = f // if it was refreshed meanwhile, nobody looks here again
	d.mu.Unlock()
	return f.what, f.err
}

// Stat describes a file or folder.
func (d *Disk) Stat(name string) (fs.FileInfo, error) {
	return lookUp(d, func(g *glance) map[string]found[fs.FileInfo] { return g.stats }, "stat", name, os.Stat)
}

// ReadDir lists a folder. The list must not be changed.
func (d *Disk) ReadDir(name string) ([]fs.DirEntry, error) {
	return lookUp(d, func(g *glance) map[string]found[[]fs.DirEntry] { return g.dirs }, "readdir", name, os.ReadDir)
}

// ReadFile returns the content of a file. The caller must not write to it.
func (d *Disk) ReadFile(name string) ([]byte, error) {
	info, err := d.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	if info.Size() > MaxSize {
		return nil, tooLarge(name)
	}
	d.mu.Lock()
	f, ok := d.files[name]
	d.mu.Unlock()
	// A file that was written within the clock's grain may change again without a new time.
	if ok && f.size == info.Size() && f.changed.Equal(info.ModTime()) && d.now().Sub(f.changed) > 2*time.Second {
		return f.data, nil
	}
	data, err := readAll(Path(name), name, info.Size())
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	if len(d.files) >= maxDiskFiles {
		clear(d.files)
	}
	d.files[name] = diskFile{info.Size(), info.ModTime(), data}
	d.mu.Unlock()
	return data, nil
}

// readAll reads a file whose size was said to be size. Files of /proc say 0 and may never end; others grow.
func readAll(p, name string, size int64) ([]byte, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	b.Grow(int(size) + bytes.MinRead)
	if _, err := b.ReadFrom(io.LimitReader(f, MaxSize+1)); err != nil {
		return nil, err
	}
	if b.Len() > MaxSize {
		return nil, tooLarge(name)
	}
	return b.Bytes(), nil
}

func tooLarge(name string) error {
	return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("more than the %d bytes that are read", MaxSize)}
}

// Forget drops what is known of a file, and where things are.
func (d *Disk) Forget(name string) {
	d.mu.Lock()
	delete(d.files, name)
	d.seen = nil
	d.mu.Unlock()
}
