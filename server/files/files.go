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
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
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
	if info, err := o.Disk.Stat(name); err != nil {
		return nil, err
	} else if info.IsDir() {
		return os.Open(Path(name))
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

// Text returns the text of a document; ok is false if there is none of that name.
func (o Overlay) Text(name string) (text string, ok bool) {
	text, ok = o.Docs[name]
	return text, ok
}

// Stat describes a document or a file.
func (o Overlay) Stat(name string) (fs.FileInfo, error) {
	if d, ok := o.Docs[name]; ok {
		return docInfo{name, len(d)}, nil
	}
	return o.Disk.Stat(name)
}

// ReadDir lists a folder of the disk. The list must not be changed.
func (o Overlay) ReadDir(name string) ([]fs.DirEntry, error) { return o.Disk.ReadDir(name) }

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
