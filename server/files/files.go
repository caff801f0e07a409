// Package files is the machine's disk as an fs.FS, with open documents laid over it.
//
// Names are those of package io/fs with the root of the whole machine as their root: the absolute path with slashes and
// without the leading one ("home/me/app_manifest.json"; on Windows "c:/src/app_manifest.json", and on a share
// "unc/host/share/app_manifest.json"). The root lies that high because hardware definitions lie where a CMake file
// points to, outside the app as often as not.
//
// The package must not know what is in the files.
package files

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// An Overlay is a disk on which open documents hide the files of the same name. It is immutable; the disk is not.
type Overlay struct {
	Docs map[string]string // content by name
	Disk *Disk
}

var (
	_ fs.ReadFileFS = Overlay{}
	_ fs.StatFS     = Overlay{}
	_ fs.ReadDirFS  = Overlay{}
)

// Open opens a document or a file.
func (o Overlay) Open(name string) (fs.File, error) {
	if d, ok := o.Docs[name]; ok {
		return &docFile{info: docInfo{name, len(d)}, reader: strings.NewReader(d)}, nil
	}
	p, err := osPath("open", name)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(p); err != nil {
		return nil, err
	} else if info.IsDir() {
		return os.Open(p)
	}
	data, err := o.Disk.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &docFile{info: docInfo{name, len(data)}, reader: bytes.NewReader(data)}, nil
}

// ReadFile returns the content of a document or a file.
func (o Overlay) ReadFile(name string) ([]byte, error) {
	if d, ok := o.Docs[name]; ok {
		return []byte(d), nil
	}
	return o.Disk.ReadFile(name)
}

// Stat describes a document or a file.
func (o Overlay) Stat(name string) (fs.FileInfo, error) {
	if d, ok := o.Docs[name]; ok {
		return docInfo{name, len(d)}, nil
	}
	p, err := osPath("stat", name)
	if err != nil {
		return nil, err
	}
	return os.Stat(p)
}

// ReadDir lists a folder of the disk.
func (o Overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	p, err := osPath("readdir", name)
	if err != nil {
		return nil, err
	}
	return os.ReadDir(p)
}

// unc begins the names of files on Windows shares: "unc/host/share/app_manifest.json".
const unc = "unc/"

// Name makes a name from an absolute path, with slashes of the system's kind or forward ones.
func Name(p string) string {
	if runtime.GOOS != "windows" {
		return cmp.Or(strings.TrimPrefix(path.Clean("/"+p), "/"), ".")
	}
	p = strings.ReplaceAll(p, `\`, "/")
	share := strings.HasPrefix(p, "//")
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	if share {
		return unc + p
	}
	if len(p) >= 2 && p[1] == ':' {
		p = strings.ToLower(p[:1]) + p[1:] // drive letters come in either case
	}
	return p
}

// Path is the reverse of Name: the path of a file for package os. A name that is none gives an empty path.
func Path(name string) string {
	p, _ := osPath("path", name)
	return p
}

// osPath is the path of a name for package os.
func osPath(op, name string) (string, error) {
	if !fs.ValidPath(name) || strings.ContainsRune(name, 0) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if runtime.GOOS != "windows" {
		return "/" + name, nil
	}
	if rest, ok := strings.CutPrefix(name, unc); ok {
		return `\\` + filepath.FromSlash(rest), nil
	}
	if len(name) == 2 && name[1] == ':' {
		name += "/"
	}
	return filepath.FromSlash(name), nil
}

// A Disk reads files and remembers what it has read. An entry is used as long as the file's size and time of
// modification are what they were: not every editor reports changes made outside it.
// It may be used by several goroutines at once.
type Disk struct {
	mu    sync.Mutex
	files map[string]diskFile // guarded by mu
}

// NewDisk returns a Disk that knows nothing yet.
func NewDisk() *Disk { return &Disk{files: map[string]diskFile{}} }

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

// ReadFile returns the content of a file. The caller must not write to it.
func (d *Disk) ReadFile(name string) ([]byte, error) {
	p, err := osPath("read", name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(p)
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
	if ok && f.size == info.Size() && f.changed.Equal(info.ModTime()) && time.Since(f.changed) > 2*time.Second {
		return f.data, nil
	}
	data, err := readAll(p, name, info.Size())
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

// Forget drops what is known of a file.
func (d *Disk) Forget(name string) {
	d.mu.Lock()
	delete(d.files, name)
	d.mu.Unlock()
}

// reader is what strings.Reader and bytes.Reader have in common.
type reader interface {
	io.Reader
	io.ReaderAt
	io.Seeker
}

// docFile is content in memory, read as a file.
type docFile struct {
	info docInfo
	reader
}

func (f *docFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *docFile) Close() error               { return nil }

var _ io.ReaderAt = (*docFile)(nil)

// docInfo describes an open document as a file.
type docInfo struct {
	name string
	size int
}

func (i docInfo) Name() string       { return path.Base(i.name) }
func (i docInfo) Size() int64        { return int64(i.size) }
func (i docInfo) Mode() fs.FileMode  { return 0o644 }
func (i docInfo) ModTime() time.Time { return time.Time{} }
func (i docInfo) IsDir() bool        { return false }
func (i docInfo) Sys() any           { return nil }
