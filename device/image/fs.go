package image

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Layout of ASXipFS (facts/image.md 1.2).
const (
	fsMagic      = 0x28CD3D45
	superSize    = 64
	inodeSize    = 12
	pageSize     = 4096
	tableStart   = superSize + inodeSize // where the root's entries begin
	flagVersion2 = 1 << 0
	flagSorted   = 1 << 1
	crcOffset    = 32
	maxName      = 252
	maxFile      = 1<<24 - 1
	maxDepth     = 64
	maxLinks     = 8 // symbolic links followed in one path
)

var fsSignature = []byte("Compressed ROMFS")

// Mode bits of an inode.
const (
	modeType = 0o170000
	modeDir  = 0o040000
	modeReg  = 0o100000
	modeLink = 0o120000
	modeSUID = 0o4000
	modeSGID = 0o2000
	modeXIP  = 0o1000 // the sticky bit; every file carries it: its bytes are mapped where they lie
)

// Inode is what ASXipFS stores about a file beside its name and content. fs.FileInfo.Sys returns one.
type Inode struct {
	Mode   uint16
	UID    uint16
	GID    uint8
	Offset int // of the content in the body
}

type node struct {
	name string
	Inode
	data     []byte  // of a file or link
	children []*node // of a directory, sorted by name
}

func (n *node) isDir() bool { return n.Mode&modeType == modeDir }

// FS is an ASXipFS. It implements fs.FS with fs.ReadFileFS, fs.ReadDirFS, fs.StatFS and fs.ReadLinkFS; files alias
// the body. All of the tree is checked when it is opened.
type FS struct {
	body []byte
	root *node
}

func isASXipFS(b []byte) bool {
	return len(b) >= 4 && binary.LittleEndian.Uint32(b) == fsMagic
}

// OpenFS reads the file system in a body. Whatever a kernel would refuse to mount is refused, and what it once did
// not refuse and should have: device nodes, FIFOs and sockets, set-user-id programs, links that lead out
// (facts/security.md H1).
func OpenFS(body []byte) (*FS, error) {
	le := binary.LittleEndian
	if !isASXipFS(body) {
		return nil, malformed("the body begins with no ASXipFS superblock")
	}
	if len(body) < tableStart {
		return nil, malformed("%d bytes are too few for an ASXipFS superblock", len(body))
	}
	if size := le.Uint32(body[4:]); uint64(size) != uint64(len(body)) || size%pageSize != 0 {
		return nil, malformed("ASXipFS size at offset 4 is %d; the body has %d bytes, and whole pages of %d are needed", size, len(body), pageSize)
	}
	if flags := le.Uint32(body[8:]); flags != flagVersion2|flagSorted {
		return nil, malformed("ASXipFS flags at offset 8 are %#x instead of %#x", flags, flagVersion2|flagSorted)
	}
	if !bytes.Equal(body[16:32], fsSignature) {
		return nil, malformed("ASXipFS signature at offset 16 is %q instead of %q", body[16:32], fsSignature)
	}
	count := le.Uint32(body[44:])
	if count == 0 || uint64(count) > uint64(len(body)-superSize)/inodeSize {
		return nil, malformed("ASXipFS at offset 44 counts %d inodes, which do not fit into %d bytes", count, len(body))
	}
	r := &fsReader{body: body, left: count - 1}
	root, size, namelen, err := r.inode(superSize)
	if err != nil {
		return nil, err
	}
	if !root.isDir() {
		return nil, malformed("the root inode at offset %d has mode %06o: it is no directory", superSize, root.Mode)
	}
	if namelen != 0 || (root.Offset != tableStart && (root.Offset != 0 || size != 0)) {
		return nil, malformed("the root inode at offset %d has a name of %d bytes and entries at %d instead of 0 and %d", superSize, namelen, root.Offset, tableStart)
	}
	if err := r.dir(root, size, superSize, 0); err != nil {
		return nil, err
	}
	if r.left != 0 {
		return nil, malformed("ASXipFS at offset 44 counts %d inodes, the tree has %d", count, count-r.left)
	}
	f := &FS{body, root}
	return f, f.checkLinks(root, ".")
}

type fsReader struct {
	body []byte
	left uint32 // inodes not yet seen; bounds the walk whatever the directories say
	sum  int    // bytes of content seen
}

// inode reads the inode at an offset, which must lie inside the body.
func (r *fsReader) inode(at int) (n *node, size, namelen int, err error) {
	if at+inodeSize > len(r.body) {
		return nil, 0, 0, malformed("the inode at offset %d is cut off", at)
	}
	le := binary.LittleEndian
	w0, w1, w2 := le.Uint32(r.body[at:]), le.Uint32(r.body[at+4:]), le.Uint32(r.body[at+8:])
	n = &node{Inode: Inode{
		Mode:   uint16(w0),
		UID:    uint16(w0 >> 16),
		GID:    uint8(w1 >> 24),
		Offset: int(w2>>6) * 4,
	}}
	size, namelen = int(w1&0xffffff), int(w2&0x3f)*4
	switch n.Mode & modeType {
	case modeDir, modeReg, modeLink:
	default:
		return nil, 0, 0, malformed("the inode at offset %d has mode %06o: only files, directories and links are allowed, no device nodes, FIFOs or sockets", at, n.Mode)
	}
	if n.Mode&(modeSUID|modeSGID) != 0 {
		return nil, 0, 0, malformed("the inode at offset %d has mode %06o: set-user-id and set-group-id are not allowed", at, n.Mode)
	}
	return n, size, namelen, nil
}

// dir reads the entries of a directory, and of those below it.
func (r *fsReader) dir(d *node, size, at, depth int) error {
	if depth > maxDepth {
		return malformed("directories are nested more than %d deep", maxDepth)
	}
	if size == 0 {
		return nil
	}
	start, end := d.Offset, d.Offset+size
	if start < tableStart || end > len(r.body) {
		return malformed("the directory at offset %d has its entries at %d..%d, outside %d..%d", at, start, end, tableStart, len(r.body))
	}
	type below struct {
		n        *node
		at, size int
	}
	var dirs []below
	for pos := start; pos < end; {
		if r.left == 0 {
			return malformed("ASXipFS has more inodes than its superblock counts (at offset %d)", pos)
		}
		r.left--
		n, size, namelen, err := r.inode(pos)
		if err != nil {
			return err
		}
		if namelen == 0 || pos+inodeSize+namelen > end {
			return malformed("the entry at offset %d has a name of %d bytes, which does not fit its directory", pos, namelen)
		}
		n.name = string(bytes.TrimRight(r.body[pos+inodeSize:pos+inodeSize+namelen], "\x00"))
		if err := checkName(n.name); err != nil {
			return malformed("the entry at offset %d: %v", pos, err)
		}
		if k := len(d.children); k > 0 && d.children[k-1].name >= n.name {
			return malformed("the entries at offset %d are not in order: %q stands before %q", pos, d.children[k-1].name, n.name)
		}
		d.children = append(d.children, n)
		if n.isDir() {
			dirs = append(dirs, below{n, pos, size})
		} else if err := r.content(n, pos, size); err != nil {
			return err
		}
		pos += inodeSize + namelen
	}
	for _, b := range dirs {
		if err := r.dir(b.n, b.size, b.at, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (r *fsReader) content(n *node, at, size int) error {
	if size == 0 {
		return nil
	}
	if n.Offset < tableStart || n.Offset+size > len(r.body) {
		return malformed("%q (inode at offset %d) has its content at %d..%d, outside the body of %d bytes", n.name, at, n.Offset, n.Offset+size, len(r.body))
	}
	if n.Mode&modeType == modeReg {
		if n.Mode&modeXIP == 0 {
			return malformed("%q (inode at offset %d) has mode %06o without the sticky bit that marks uncompressed files", n.name, at, n.Mode)
		}
		if n.Offset%pageSize != 0 {
			return malformed("%q (inode at offset %d) has its content at %d, not at a page of %d bytes", n.name, at, n.Offset, pageSize)
		}
	}
	if r.sum += size; r.sum > len(r.body) {
		// Shared pages would let a small package unpack to any size. No packer makes them.
		return malformed("the contents overlap: with %q (inode at offset %d) they have %d bytes, the body %d", n.name, at, r.sum, len(r.body))
	}
	n.data = r.body[n.Offset : n.Offset+size : n.Offset+size]
	return nil
}

func checkName(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("an empty name")
	case s == "." || s == ".." || strings.ContainsAny(s, "/\x00"):
		return fmt.Errorf("the name %q is not allowed", s)
	case !utf8.ValidString(s):
		return fmt.Errorf("the name %q is not UTF-8", s)
	case len(s) > maxName:
		return fmt.Errorf("a name of %d bytes, at most %d fit", len(s), maxName)
	}
	return nil
}

// checkLinks refuses links that are absolute or leave the tree.
func (f *FS) checkLinks(d *node, dir string) error {
	for _, n := range d.children {
		switch n.Mode & modeType {
		case modeDir:
			if err := f.checkLinks(n, path.Join(dir, n.name)); err != nil {
				return err
			}
		case modeLink:
			target, ok := bytes.CutSuffix(n.data, []byte{0})
			if !ok || bytes.IndexByte(target, 0) >= 0 {
				return malformed("the link %q has a target that does not end in one NUL", path.Join(dir, n.name))
			}
			if to := string(target); to == "" || !utf8.ValidString(to) || path.IsAbs(to) || !fs.ValidPath(path.Join(dir, to)) {
				return malformed("the link %q leads out of the package, to %q", path.Join(dir, n.name), to)
			}
		}
	}
	return nil
}

// CRC returns the checksum in the superblock and the one that its bytes have.
func (f *FS) CRC() (stored, computed uint32) {
	return binary.LittleEndian.Uint32(f.body[crcOffset:]), crcOf(f.body)
}

// CheckCRC returns ErrCRC unless the checksum fits.
func (f *FS) CheckCRC() error {
	if s, c := f.CRC(); s != c {
		return fmt.Errorf("%w: %08x is stored at offset %d, they have %08x", ErrCRC, s, crcOffset, c)
	}
	return nil
}

// crcOf is CRC-32 over the file system with the field itself taken as zero.
func crcOf(body []byte) uint32 {
	c := crc32.ChecksumIEEE(body[:crcOffset])
	c = crc32.Update(c, crc32.IEEETable, make([]byte, 4))
	return crc32.Update(c, crc32.IEEETable, body[crcOffset+4:])
}

// child finds an entry of a directory.
func (n *node) child(name string) *node {
	i, ok := slices.BinarySearchFunc(n.children, name, func(c *node, s string) int { return strings.Compare(c.name, s) })
	if !ok {
		return nil
	}
	return n.children[i]
}

// walk finds a node; follow says whether a link at the end is followed too.
func (f *FS) walk(op, name string, follow bool) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	full, links := name, 0
	n, dir := f.root, "."
	for rest := name; rest != "."; {
		first, tail, more := strings.Cut(rest, "/")
		var c *node
		if n.isDir() {
			c = n.child(first)
		}
		if c == nil {
			return nil, &fs.PathError{Op: op, Path: full, Err: fs.ErrNotExist}
		}
		if c.Mode&modeType == modeLink && (more || follow) {
			if links++; links > maxLinks {
				return nil, &fs.PathError{Op: op, Path: full, Err: fmt.Errorf("too many links")}
			}
			rest = path.Join(dir, string(bytes.TrimRight(c.data, "\x00")), tail)
			n, dir = f.root, "."
			continue
		}
		n, dir = c, path.Join(dir, first)
		if !more {
			break
		}
		rest = tail
	}
	return n, nil
}
