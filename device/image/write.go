package image

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"io/fs"
)

// File is a file to be written into a file system.
type File struct {
	Data       []byte
	Executable bool
}

// BuildFS lays files out as a file system. Keys are slash-separated paths without a leading slash; the directories
// come of themselves. Files get the modes that the vendor's packer gives: 0644, or 0755 for programs, with the sticky
// bit; owner and times are not stored.
func BuildFS(files map[string]File) ([]byte, error) {
	root := &node{Inode: Inode{Mode: modeDir | 0o755}}
	for name, f := range files {
		if !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("%q is no path inside a package: write it like bin/app", name)
		}
		d := root
		parts := strings.Split(name, "/")
		for i, p := range parts {
			if err := checkName(p); err != nil {
				return nil, fmt.Errorf("%s: %v", name, err)
			}
			at, found := slices.BinarySearchFunc(d.children, p, func(c *node, s string) int { return strings.Compare(c.name, s) })
			last := i == len(parts)-1
			if found && (last || !d.children[at].isDir()) {
				return nil, fmt.Errorf("%q is both a file and a directory", strings.Join(parts[:i+1], "/"))
			}
			if !found {
				n := &node{name: p, Inode: Inode{Mode: modeDir | 0o755}}
				if last {
					n.Mode, n.data = modeReg|modeXIP|0o644, f.Data
					if f.Executable {
						n.Mode |= 0o111
					}
				}
				d.children = slices.Insert(d.children, at, n)
			}
			d = d.children[at]
		}
	}
	return encode(root)
}

// Encode lays the file system out anew by the vendor's rules (facts/image.md 1.2). For what the vendor's packer made
// the result is the same bytes.
func (f *FS) Encode() ([]byte, error) { return encode(f.root) }

// encode writes a tree: all directories first, a directory's entries together, then those of its subdirectories one
// after another; then the content in the order of sorted paths, each file at a page of its own.
func encode(root *node) ([]byte, error) {
	e := &encoder{table: map[*node]int{root: tableStart}, content: map[*node]int{}, count: 1, end: tableStart}
	if err := e.placeDir(root, 0); err != nil {
		return nil, err
	}
	e.end = roundUp(e.end)
	e.placeFiles(root)
	e.end = roundUp(e.end)
	if e.end/4 >= 1<<26 { // an offset has 26 bits, in words
		return nil, fmt.Errorf("the files need %d bytes, more than ASXipFS can address", e.end)
	}

	le := binary.LittleEndian
	out := make([]byte, e.end)
	le.PutUint32(out, fsMagic)
	le.PutUint32(out[4:], uint32(e.end))
	le.PutUint32(out[8:], flagVersion2|flagSorted)
	copy(out[16:], fsSignature)
	le.PutUint32(out[44:], uint32(e.count))
	copy(out[48:64], "Compressed")
	e.putInode(out[superSize:], root)
	e.putDir(out, root)
	le.PutUint32(out[crcOffset:], crcOf(out))
	return out, nil
}

type encoder struct {
	table   map[*node]int // where a directory's entries stand
	content map[*node]int // where a file's bytes stand
	count   int
	end     int
}

func roundUp(n int) int { return (n + pageSize - 1) &^ (pageSize - 1) }

func namePad(s string) int { return (len(s) + 3) &^ 3 }

func dirSize(d *node) int {
	n := 0
	for _, c := range d.children {
		n += inodeSize + namePad(c.name)
	}
	return n
}

func (e *encoder) placeDir(d *node, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("directories are nested more than %d deep", maxDepth)
	}
	size := dirSize(d)
	if size > maxFile {
		return fmt.Errorf("a directory has too many entries (%d)", len(d.children))
	}
	e.table[d] = e.end
	e.end += size
	for _, c := range d.children {
		e.count++
		if len(c.data) > maxFile {
			return fmt.Errorf("%s has %d bytes; a file has at most %d", c.name, len(c.data), maxFile)
		}
	}
	for _, c := range d.children {
		if c.isDir() {
			if err := e.placeDir(c, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *encoder) placeFiles(d *node) {
	for _, c := range d.children {
		if c.isDir() {
			e.placeFiles(c)
		} else if len(c.data) > 0 {
			e.content[c] = e.end
			e.end = roundUp(e.end + len(c.data))
		}
	}
}

func (e *encoder) putInode(out []byte, n *node) {
	size, offset := len(n.data), e.content[n]
	if n.isDir() {
		if size = dirSize(n); size > 0 {
			offset = e.table[n]
		}
	}
	le := binary.LittleEndian
	le.PutUint32(out, uint32(n.Mode)|uint32(n.UID)<<16)
	le.PutUint32(out[4:], uint32(size)|uint32(n.GID)<<24)
	le.PutUint32(out[8:], uint32(namePad(n.name)/4)|uint32(offset/4)<<6)
}

func (e *encoder) putDir(out []byte, d *node) {
	at := e.table[d]
	for _, c := range d.children {
		e.putInode(out[at:], c)
		copy(out[at+inodeSize:], c.name)
		at += inodeSize + namePad(c.name)
		if c.isDir() {
			e.putDir(out, c)
		} else {
			copy(out[e.content[c]:], c.data)
		}
	}
}
