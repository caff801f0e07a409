package linux

import (
	"errors"
	"hash/fnv"
	"io/fs"
	"path"
	"sort"
	"strings"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

// Device is a node below /dev (or anywhere else) that opens by code.
type Device interface {
	Open(p *Process, flags uint32) (File, errno.Errno)
}

// vfs is what the app sees as its file system: its own image at / and at its mount point, the synthesised libraries,
// the sysroot for /lib and /usr/lib, and devices. Nothing can be written; what an app may write it opens by
// Storage_OpenMutableFile.
type vfs struct {
	image   fs.FS
	mount   string // "/mnt/apps/<component id>", without a slash at the end
	sysroot fs.FS
	libs    map[string]*guestlib.Library // by absolute path
	// fallback libraries are there where the sysroot has no such file.
	fallback map[string]*guestlib.Library
	devices  map[string]Device
	cache    map[string][]byte
}

// kind of a node.
type node struct {
	path   string // cleaned, absolute
	dir    bool
	data   []byte
	mode   uint32
	device Device
	names  []string // of a directory
	link   string   // of a symbolic link
}

func inode(p string) uint64 {
	h := fnv.New32a()
	h.Write([]byte(p))
	return uint64(h.Sum32()) | 1<<16
}

func (v *vfs) lookup(name string) (node, errno.Errno) {
	if len(name) > 4095 {
		return node{}, errno.ENAMETOOLONG
	}
	p := path.Clean("/" + name)
	if strings.HasSuffix(name, "/") && p != "/" {
		n, e := v.lookup(p)
		if e == 0 && !n.dir {
			return node{}, errno.ENOTDIR
		}
		return n, e
	}
	if d, ok := v.devices[p]; ok {
		return node{path: p, device: d, mode: 0o666}, 0
	}
	if lib, ok := v.libs[p]; ok {
		return libraryNode(p, lib)
	}
	if v.sysroot != nil && (under(p, "/lib") || under(p, "/usr/lib") || p == muslPath) {
		n, e := v.fromFS(v.sysroot, p, p)
		if e == 0 && p == muslPath {
			n.data = append(n.data[:len(n.data):len(n.data)], "\n/lib\n/usr/lib\n"...)
		}
		if e != errno.ENOENT {
			return n, e
		}
		if lib, ok := v.fallback[p]; ok {
			return libraryNode(p, lib)
		}
	}
	if rest, ok := strings.CutPrefix(p, v.mount); ok && v.mount != "" && (rest == "" || rest[0] == '/') {
		return v.fromFS(v.image, p, "/"+strings.TrimPrefix(rest, "/"))
	}
	n, e := v.fromFS(v.image, p, p)
	if e == errno.ENOENT && (p == "/dev" || p == "/mnt" || p == "/mnt/apps" || p == "/proc") {
		return node{path: p, dir: true, mode: 0o555, names: v.virtualNames(p)}, 0
	}
	return n, e
}

// muslPath replaces musl's search path when a distribution's sysroot has it (facts/image.md 3.1). The synthesised
// libraries are where the device has them, so their folders have to stay in it.
const muslPath = "/etc/ld-musl-armhf.path"

func libraryNode(p string, lib *guestlib.Library) (node, errno.Errno) {
	img, err := lib.Build()
	if err != nil {
		return node{}, errno.EIO
	}
	return node{path: p, data: img.Bytes, mode: 0o755}, 0
}

func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

func (v *vfs) virtualNames(dir string) (names []string) {
	for p := range v.devices {
		if path.Dir(p) == dir {
			names = append(names, path.Base(p))
		}
	}
	if path.Dir(v.mount) == dir || path.Dir(path.Dir(v.mount)) == dir {
		names = append(names, strings.Split(strings.TrimPrefix(v.mount, dir+"/"), "/")[0])
	}
	sort.Strings(names)
	return names
}

// fromFS looks in one of the two file systems; shown is the path the guest used.
func (v *vfs) fromFS(fsys fs.FS, shown, p string) (node, errno.Errno) {
	if fsys == nil {
		return node{}, errno.ENOENT
	}
	in := strings.TrimPrefix(p, "/")
	if in == "" {
		in = "."
	}
	info, err := fs.Stat(fsys, in)
	if err != nil {
		return node{}, fsErrno(err)
	}
	mode := uint32(info.Mode().Perm())
	if info.IsDir() {
		entries, err := fs.ReadDir(fsys, in)
		if err != nil {
			return node{}, fsErrno(err)
		}
		n := node{path: shown, dir: true, mode: mode | 0o555}
		for _, e := range entries {
			n.names = append(n.names, e.Name())
		}
		return n, 0
	}
	if !info.Mode().IsRegular() {
		return node{}, errno.EACCES
	}
	data, ok := v.cache[shown]
	if !ok {
		if data, err = fs.ReadFile(fsys, in); err != nil {
			return node{}, fsErrno(err)
		}
		v.cache[shown] = data
	}
	return node{path: shown, data: data, mode: mode}, 0
}

func fsErrno(err error) errno.Errno {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid):
		return errno.ENOENT
	case errors.Is(err, fs.ErrPermission):
		return errno.EACCES
	}
	if strings.Contains(err.Error(), "not a directory") {
		return errno.ENOTDIR
	}
	return errno.EIO
}

// stat of a node.
func (n node) stat() Stat {
	s := Stat{Inode: inode(n.path)}
	switch {
	case n.link != "":
		s.Mode, s.Size = ModeLink|0o777, int64(len(n.link))
	case n.dir:
		s.Mode = ModeDir | n.mode
	case n.device != nil:
		s.Mode = ModeChar | n.mode
	default:
		s.Mode, s.Size = ModeRegular|n.mode, int64(len(n.data))
	}
	return s
}

// directory is an open directory.
type directory struct {
	NoFile
	n   node
	pos int
}

func (d *directory) Read([]byte) (int, errno.Errno) { return 0, errno.EISDIR }
func (d *directory) Stat() Stat                     { return d.n.stat() }

// open opens a path of the VFS. Opening for writing fails with EROFS where there is a file, and creating too.
func (p *Process) open(name string, flags uint32) (File, errno.Errno) {
	if name == "" {
		return nil, errno.ENOENT
	}
	n, e := p.fs.lookup(name)
	if e != 0 {
		if strings.HasPrefix(name, "/dev/") {
			// Headers turn this into EACCES, "not in the manifest", which would be a riddle without the report.
			p.unsupported("device " + name)
			return nil, e
		}
		if e == errno.ENOENT && flags&openCreate != 0 {
			return nil, errno.EROFS
		}
		return nil, e
	}
	if n.device != nil {
		return n.device.Open(p, flags)
	}
	if flags&(openCreate|openExcl) == openCreate|openExcl {
		return nil, errno.EEXIST
	}
	if n.dir {
		if flags&openAccess != 0 {
			return nil, errno.EISDIR
		}
		return &directory{n: n}, 0
	}
	if flags&openDirectory != 0 {
		return nil, errno.ENOTDIR
	}
	if flags&openAccess != 0 || flags&openTruncate != 0 {
		return nil, errno.EROFS
	}
	return &content{data: n.data, mode: n.mode, inode: inode(n.path)}, 0
}

// Open opens a path as open(2) does and gives it a descriptor.
func (p *Process) Open(name string, flags uint32) (int, errno.Errno) {
	f, e := p.open(name, flags)
	if e != 0 {
		return -1, e
	}
	return p.Install(f, flags)
}

type deviceFunc func(p *Process, flags uint32) (File, errno.Errno)

func (f deviceFunc) Open(p *Process, flags uint32) (File, errno.Errno) { return f(p, flags) }

// standardDevices are the nodes every app may open.
func standardDevices() map[string]Device {
	fixed := func(f File) Device {
		return deviceFunc(func(*Process, uint32) (File, errno.Errno) { return f, 0 })
	}
	random := deviceFunc(func(p *Process, _ uint32) (File, errno.Errno) { return stream{r: p.m.Random()}, 0 })
	return map[string]Device{
		"/dev/null": fixed(null{}), "/dev/zero": fixed(stream{r: zeros{}}),
		"/dev/random": random, "/dev/urandom": random,
	}
}
