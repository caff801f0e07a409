package server

import (
	"errors"
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

// An overlay is the file system that the rules see: open documents hide the files on the disk. Its root is the root
// of the whole machine ("home/me/…", on Windows "c:/…"), because definitions lie where a CMake file points to,
// outside the app as often as not. It is immutable; the disk below it is not.
type overlay struct {
	docs map[string]*document // by name
	disk *disk
}

var (
	_ fs.ReadFileFS = overlay{}
	_ fs.StatFS     = overlay{}
	_ fs.ReadDirFS  = overlay{}
)

// Open opens a document or a file.
func (o overlay) Open(name string) (fs.File, error) {
	if d := o.docs[name]; d != nil {
		return &docFile{info: docInfo{d}, Reader: strings.NewReader(d.text)}, nil
	}
	p, err := osPath("open", name)
	if err != nil {
		return nil, err
	}
	if err := regularOrDir(p, name); err != nil {
		return nil, err
	}
	return os.Open(p)
}

// ReadFile returns the content of a document or a file.
func (o overlay) ReadFile(name string) ([]byte, error) {
	if d := o.docs[name]; d != nil {
		return []byte(d.text), nil
	}
	return o.disk.read(name)
}

// Stat describes a document or a file.
func (o overlay) Stat(name string) (fs.FileInfo, error) {
	if d := o.docs[name]; d != nil {
		return docInfo{d}, nil
	}
	p, err := osPath("stat", name)
	if err != nil {
		return nil, err
	}
	return os.Stat(p)
}

// ReadDir lists a folder of the disk.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	p, err := osPath("readdir", name)
	if err != nil {
		return nil, err
	}
	return os.ReadDir(p)
}

// cleanName makes a name of the overlay from an absolute path with slashes of either kind.
func cleanName(p string) string {
	if runtime.GOOS == "windows" {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	share := strings.HasPrefix(p, "//")
	p = strings.TrimPrefix(path.Clean("/"+p), "/")
	if len(p) >= 2 && p[1] == ':' {
		p = strings.ToLower(p[:1]) + p[1:] // drive letters come in either case
	}
	if share {
		return "//" + p
	}
	return p
}

// osPath is the path of a name for package os.
func osPath(op, name string) (string, error) {
	bare := strings.TrimPrefix(name, "//")
	if !fs.ValidPath(bare) || strings.ContainsRune(bare, 0) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if runtime.GOOS == "windows" {
		if name == bare && len(bare) == 2 {
			bare += "/"
		} else if name != bare {
			bare = "//" + bare
		}
		return filepath.FromSlash(bare), nil
	}
	return "/" + bare, nil
}

// regularOrDir refuses what could block for ever, such as a pipe.
func regularOrDir(p, name string) error {
	info, err := os.Stat(p)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	return err
}

// disk remembers the content of files that were read before. An entry is used as long as the file's size and time of
// modification are what they were: not every editor reports changes made outside it.
type disk struct {
	mu    sync.Mutex
	files map[string]diskFile // guarded by mu
}

type diskFile struct {
	size    int64
	changed time.Time
	data    []byte // not to be written to
}

const (
	maxFileSize  = 8 << 20 // larger files are none of ours
	maxDiskFiles = 512
)

// read returns the content of a file. The caller must not write to it.
func (d *disk) read(name string) ([]byte, error) {
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
	if info.Size() > maxFileSize {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("too large")}
	}
	d.mu.Lock()
	f, ok := d.files[name]
	d.mu.Unlock()
	// A file that was written within the clock's grain may change again without a new time.
	if ok && f.size == info.Size() && f.changed.Equal(info.ModTime()) && time.Since(f.changed) > 2*time.Second {
		return f.data, nil
	}
	data, err := os.ReadFile(p)
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

// forget drops what is known of a file.
func (d *disk) forget(name string) {
	d.mu.Lock()
	delete(d.files, name)
	d.mu.Unlock()
}

// docFile is an open document read as a file.
type docFile struct {
	info docInfo
	*strings.Reader
}

func (f *docFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *docFile) Close() error               { return nil }

var _ io.ReaderAt = (*docFile)(nil)

// docInfo describes an open document as a file.
type docInfo struct{ d *document }

func (i docInfo) Name() string       { return path.Base(i.d.name) }
func (i docInfo) Size() int64        { return int64(len(i.d.text)) }
func (i docInfo) Mode() fs.FileMode  { return 0o644 }
func (i docInfo) ModTime() time.Time { return time.Time{} }
func (i docInfo) IsDir() bool        { return false }
func (i docInfo) Sys() any           { return nil }
