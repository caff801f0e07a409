package image

import (
	"bytes"
	"io"
	"io/fs"
	"time"
)

var (
	_ fs.ReadFileFS = (*FS)(nil)
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
)

// Open opens a file or directory, following links. A file also has ReadAt and Seek.
func (f *FS) Open(name string) (fs.File, error) {
	n, err := f.walk("open", name, true)
	if err != nil {
		return nil, err
	}
	i := n.info(name)
	if n.isDir() {
		return &openDir{info: i}, nil
	}
	return &openFile{Reader: bytes.NewReader(n.data), info: i}, nil
}

// ReadFile returns the content of a file. It is a copy.
func (f *FS) ReadFile(name string) ([]byte, error) {
	n, err := f.walk("read", name, true)
	if err != nil {
		return nil, err
	}
	if n.isDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	}
	return append(make([]byte, 0, len(n.data)), n.data...), nil
}

// ReadDir lists a directory by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := f.walk("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !n.isDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	return n.entries(), nil
}

// Stat describes a file, following links.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	n, err := f.walk("stat", name, true)
	if err != nil {
		return nil, err
	}
	return n.info(name), nil
}

// Lstat describes a file or link.
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	n, err := f.walk("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return n.info(name), nil
}

// ReadLink returns where a link leads.
func (f *FS) ReadLink(name string) (string, error) {
	n, err := f.walk("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.Mode&modeType != modeLink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return string(bytes.TrimRight(n.data, "\x00")), nil
}

type fsError string

func (e fsError) Error() string { return string(e) }

const (
	errIsDir  = fsError("is a directory")
	errNotDir = fsError("is not a directory")
)

// info describes a node under the name it was asked for: through a link that is the link's.
func (n *node) info(name string) nodeInfo {
	i := nodeInfo{n, n.name}
	if n.name == "" {
		i.name = "."
	} else if b := baseName(name); b != "." {
		i.name = b
	}
	return i
}

func baseName(p string) string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] == '/' {
			return p[i+1:]
		}
	}
	return p
}

func (n *node) entries() []fs.DirEntry {
	out := make([]fs.DirEntry, len(n.children))
	for i, c := range n.children {
		out[i] = fs.FileInfoToDirEntry(nodeInfo{c, c.name})
	}
	return out
}

// nodeInfo implements fs.FileInfo.
type nodeInfo struct {
	n    *node
	name string
}

func (i nodeInfo) Name() string { return i.name }

func (i nodeInfo) Size() int64 {
	if i.n.Mode&modeType == modeLink {
		return int64(len(bytes.TrimRight(i.n.data, "\x00")))
	}
	return int64(len(i.n.data))
}

func (i nodeInfo) Mode() fs.FileMode {
	m := fs.FileMode(i.n.Mode & 0o777)
	switch i.n.Mode & modeType {
	case modeDir:
		m |= fs.ModeDir
	case modeLink:
		m |= fs.ModeSymlink
	}
	if i.n.Mode&modeXIP != 0 {
		m |= fs.ModeSticky
	}
	return m
}

// ModTime is zero: the file system stores no times.
func (i nodeInfo) ModTime() time.Time { return time.Time{} }
func (i nodeInfo) IsDir() bool        { return i.n.isDir() }
func (i nodeInfo) Sys() any           { return i.n.Inode }

type openFile struct {
	*bytes.Reader
	info nodeInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	info nodeInfo
	next int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }
func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.name, Err: errIsDir}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.info.n.entries()[d.next:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.next += len(rest)
	return rest, nil
}
