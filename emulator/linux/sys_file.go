package linux

import (
	"encoding/binary"
	"io"
	"path"
	"strings"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

var _ = family{
	{3, "read", sysRead, guestlib.Supported, ""},
	{4, "write", sysWrite, guestlib.Supported, ""},
	{5, "open", sysOpen, guestlib.Partial, "the file system is read-only: EROFS for writing and creating"},
	{6, "close", sysClose, guestlib.Supported, ""},
	{10, "unlink", sysReadOnly, guestlib.Partial, "always EROFS"},
	{19, "lseek", sysLseek, guestlib.Supported, ""},
	{33, "access", sysAccess, guestlib.Partial, "read-only file system: EROFS for W_OK"},
	{41, "dup", sysDup, guestlib.Supported, ""},
	{42, "pipe", sysPipe, guestlib.Supported, ""},
	{54, "ioctl", sysIoctl, guestlib.Partial, "terminals: ENOTTY; devices by their own tables"},
	{63, "dup2", sysDup2, guestlib.Supported, ""},
	{85, "readlink", sysReadlink, guestlib.Partial, "/proc/self/exe only, EINVAL for other files"},
	{93, "ftruncate", sysFtruncate, guestlib.Supported, ""},
	{118, "fsync", sysFsync, guestlib.Supported, "written data are in flash already"},
	{140, "_llseek", sysLlseek, guestlib.Supported, ""},
	{145, "readv", sysReadv, guestlib.Supported, ""},
	{146, "writev", sysWritev, guestlib.Supported, ""},
	{148, "fdatasync", sysFsync, guestlib.Supported, "written data are in flash already"},
	{180, "pread64", sysPread, guestlib.Supported, ""},
	{181, "pwrite64", sysPwrite, guestlib.Supported, ""},
	{183, "getcwd", sysGetcwd, guestlib.Supported, "the app's mount point"},
	{194, "ftruncate64", sysFtruncate64, guestlib.Supported, ""},
	{195, "stat64", sysStat64, guestlib.Supported, ""},
	{196, "lstat64", sysStat64, guestlib.Supported, ""},
	{197, "fstat64", sysFstat64, guestlib.Supported, ""},
	{217, "getdents64", sysGetdents, guestlib.Supported, ""},
	{221, "fcntl64", sysFcntl, guestlib.Partial, "descriptors and flags; no locks"},
	{322, "openat", sysOpenat, guestlib.Partial, "paths relative to AT_FDCWD or a directory; read-only"},
	{327, "fstatat64", sysFstatat, guestlib.Supported, ""},
	{332, "readlinkat", sysReadlinkat, guestlib.Partial, "/proc/self/exe only, EINVAL for other files"},
	{334, "faccessat", sysFaccessat, guestlib.Partial, "read-only file system: EROFS for W_OK"},
	{358, "dup3", sysDup3, guestlib.Supported, ""},
	{359, "pipe2", sysPipe2, guestlib.Supported, ""},
	{397, "statx", sysStatx, guestlib.Supported, ""},
}.register()

// transfer moves data, waiting when the file has to and the description allows it.
func (c *sysCall) transfer(d *description, f func() (int, errno.Errno)) (uint32, errno.Errno) {
	n, e := f()
	if e == errno.EAGAIN && d.flags&openNonblock == 0 {
		if q := d.file.Queues(); len(q) > 0 {
			c.restart = true
			return c.wait(forever, q...)
		}
	}
	if n > 0 {
		e = 0
	}
	return uint32(n), e
}

func (c *sysCall) readable(fd uint32) (*description, errno.Errno) {
	d, e := c.desc(fd)
	if e == 0 && d.flags&openAccess == openWriteOnly {
		e = errno.EBADF
	}
	return d, e
}

func (c *sysCall) writable(fd uint32) (*description, errno.Errno) {
	d, e := c.desc(fd)
	if e == 0 && d.flags&openAccess == 0 {
		e = errno.EBADF
	}
	return d, e
}

func sysRead(c *sysCall) (uint32, errno.Errno) {
	d, e := c.readable(c.a[0])
	if e != 0 {
		return 0, e
	}
	return c.transfer(d, func() (int, errno.Errno) {
		b := make([]byte, min(c.a[2], maxTransfer))
		n, e := d.file.Read(b)
		if n > 0 {
			if e := c.write(c.a[1], b[:n]); e != 0 {
				return 0, e
			}
		}
		return n, e
	})
}

func sysWrite(c *sysCall) (uint32, errno.Errno) {
	d, e := c.writable(c.a[0])
	if e != 0 {
		return 0, e
	}
	b, e := c.read(c.a[1], c.a[2])
	if e != 0 {
		return 0, e
	}
	return c.writeTo(d, b)
}

// writeTo writes all of b; a blocking description waits until everything is out.
func (c *sysCall) writeTo(d *description, b []byte) (uint32, errno.Errno) {
	done, _ := c.state.(int)
	v, e := c.transfer(d, func() (int, errno.Errno) {
		for done < len(b) {
			n, e := d.file.Write(b[done:])
			done += n
			c.state = done
			if e == errno.EPIPE {
				c.t.p.Signal(SIGPIPE)
			}
			if e != 0 {
				if e == errno.EAGAIN && d.flags&openNonblock == 0 {
					return 0, e
				}
				return done, e
			}
			if n == 0 {
				break
			}
		}
		if len(b) == 0 {
			_, e := d.file.Write(nil)
			if e == errno.EINVAL {
				e = 0
			}
			return 0, e
		}
		return done, 0
	})
	return v, e
}

func (c *sysCall) vectors(addr, count uint32) ([][2]uint32, errno.Errno) {
	if count > 1024 {
		return nil, errno.EINVAL
	}
	w, e := c.words(addr, int(count)*2)
	if e != 0 {
		return nil, e
	}
	var out [][2]uint32
	for i := 0; i+1 < len(w); i += 2 {
		out = append(out, [2]uint32{w[i], w[i+1]})
	}
	return out, 0
}

func sysReadv(c *sysCall) (uint32, errno.Errno) {
	d, e := c.readable(c.a[0])
	if e != 0 {
		return 0, e
	}
	vec, e := c.vectors(c.a[1], c.a[2])
	if e != 0 {
		return 0, e
	}
	return c.transfer(d, func() (int, errno.Errno) {
		total := 0
		for _, v := range vec {
			b := make([]byte, min(v[1], maxTransfer))
			n, e := d.file.Read(b)
			if n > 0 && c.write(v[0], b[:n]) != 0 {
				return total, errno.EFAULT
			}
			total += n
			if e != 0 || n < len(b) {
				return total, e
			}
		}
		return total, 0
	})
}

func sysWritev(c *sysCall) (uint32, errno.Errno) {
	d, e := c.writable(c.a[0])
	if e != 0 {
		return 0, e
	}
	vec, e := c.vectors(c.a[1], c.a[2])
	if e != 0 {
		return 0, e
	}
	var all []byte
	for _, v := range vec {
		b, e := c.read(v[0], v[1])
		if e != 0 {
			return 0, e
		}
		if all = append(all, b...); len(all) > maxTransfer {
			break
		}
	}
	return c.writeTo(d, all)
}

func (c *sysCall) at(d *description, addr, n uint32, off int64, write bool) (uint32, errno.Errno) {
	f, ok := d.file.(PositionFile)
	if !ok {
		return 0, errno.ESPIPE
	}
	if write {
		b, e := c.read(addr, n)
		if e != 0 {
			return 0, e
		}
		done, e := f.WriteAt(b, off)
		return uint32(done), e
	}
	b := make([]byte, min(n, maxTransfer))
	done, e := f.ReadAt(b, off)
	if e == 0 {
		e = c.write(addr, b[:done])
	}
	return uint32(done), e
}

func (c *sysCall) offset64(lo, hi int) int64 { return int64(uint64(c.a[lo]) | uint64(c.a[hi])<<32) }

func sysPread(c *sysCall) (uint32, errno.Errno) {
	d, e := c.readable(c.a[0])
	if e != 0 {
		return 0, e
	}
	return c.at(d, c.a[1], c.a[2], c.offset64(4, 5), false) // r3 only aligns the offset
}

func sysPwrite(c *sysCall) (uint32, errno.Errno) {
	d, e := c.writable(c.a[0])
	if e != 0 {
		return 0, e
	}
	return c.at(d, c.a[1], c.a[2], c.offset64(4, 5), true)
}

func sysOpen(c *sysCall) (uint32, errno.Errno) {
	p, e := c.path(c.a[0])
	if e != 0 {
		return 0, e
	}
	return c.openPath(p, c.a[1])
}

func (c *sysCall) openPath(p string, flags uint32) (uint32, errno.Errno) {
	if !strings.HasPrefix(p, "/") {
		p = c.t.p.cwd() + "/" + p
	}
	fd, e := c.t.p.Open(p, flags)
	return uint32(fd), e
}

const atFDCWD = 0xFFFFFF9C // -100

// resolve makes a path of an *at call absolute.
func (c *sysCall) resolve(dirfd uint32, p string) (string, errno.Errno) {
	switch {
	case strings.HasPrefix(p, "/"):
		return p, 0
	case dirfd == atFDCWD:
		return c.t.p.cwd() + "/" + p, 0
	}
	d, e := c.desc(dirfd)
	if e != 0 {
		return "", e
	}
	dir, ok := d.file.(*directory)
	if !ok {
		return "", errno.ENOTDIR
	}
	return path.Join(dir.n.path, p), 0
}

func sysOpenat(c *sysCall) (uint32, errno.Errno) {
	p, e := c.path(c.a[1])
	if e != 0 {
		return 0, e
	}
	if p == "" {
		return 0, errno.ENOENT
	}
	if p, e = c.resolve(c.a[0], p); e != 0 {
		return 0, e
	}
	return c.openPath(p, c.a[2])
}

func sysClose(c *sysCall) (uint32, errno.Errno) { return 0, c.t.p.fds.close(c.a[0]) }

func sysReadOnly(c *sysCall) (uint32, errno.Errno) { return 0, errno.EROFS }

func (c *sysCall) seek(fd uint32, off int64, whence uint32) (int64, errno.Errno) {
	d, e := c.desc(fd)
	if e != 0 {
		return 0, e
	}
	s, ok := d.file.(Seeker)
	if !ok {
		return 0, errno.ESPIPE
	}
	return s.Position(off, int(whence))
}

func sysLseek(c *sysCall) (uint32, errno.Errno) {
	n, e := c.seek(c.a[0], int64(int32(c.a[1])), c.a[2])
	if e == 0 && n > 0x7FFFFFFF {
		e = errno.EOVERFLOW
	}
	return uint32(n), e
}

func sysLlseek(c *sysCall) (uint32, errno.Errno) {
	n, e := c.seek(c.a[0], int64(uint64(c.a[1])<<32|uint64(c.a[2])), c.a[4])
	if e != 0 {
		return 0, e
	}
	return 0, c.putWords(c.a[3], uint32(n), uint32(n>>32))
}

func (c *sysCall) access(p string, mode uint32) errno.Errno {
	if !strings.HasPrefix(p, "/") {
		p = c.t.p.cwd() + "/" + p
	}
	n, e := c.t.p.fs.lookup(p)
	switch {
	case e != 0:
		return e
	case n.device != nil:
		return 0
	case mode&2 != 0:
		return errno.EROFS
	case mode&1 != 0 && n.mode&0o111 == 0:
		return errno.EACCES
	}
	return 0
}

func sysAccess(c *sysCall) (uint32, errno.Errno) {
	p, e := c.path(c.a[0])
	if e != 0 {
		return 0, e
	}
	return 0, c.access(p, c.a[1])
}

func sysFaccessat(c *sysCall) (uint32, errno.Errno) {
	p, e := c.path(c.a[1])
	if e != 0 {
		return 0, e
	}
	if p, e = c.resolve(c.a[0], p); e != 0 {
		return 0, e
	}
	return 0, c.access(p, c.a[2])
}

func sysDup(c *sysCall) (uint32, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return 0, e
	}
	fd, e := c.t.p.fds.install(d, 0, false)
	return uint32(fd), e
}

func sysDup2(c *sysCall) (uint32, errno.Errno) {
	if c.a[0] == c.a[1] {
		_, e := c.desc(c.a[0])
		return c.a[1], e
	}
	return c.dupTo(c.a[0], c.a[1], false)
}

func sysDup3(c *sysCall) (uint32, errno.Errno) {
	if c.a[0] == c.a[1] || c.a[2]&^openCloexec != 0 {
		return 0, errno.EINVAL
	}
	return c.dupTo(c.a[0], c.a[1], c.a[2]&openCloexec != 0)
}

func (c *sysCall) dupTo(from, to uint32, cloexec bool) (uint32, errno.Errno) {
	d, e := c.desc(from)
	if e != 0 {
		return 0, e
	}
	if to >= maxDescriptors {
		return 0, errno.EBADF
	}
	d.refs++ // closing the target must not close what is copied there
	c.t.p.fds.close(to)
	c.t.p.fds.set(int(to), d, cloexec)
	d.refs--
	return to, 0
}

func sysPipe(c *sysCall) (uint32, errno.Errno)  { return c.pipe(0) }
func sysPipe2(c *sysCall) (uint32, errno.Errno) { return c.pipe(c.a[1]) }

func (c *sysCall) pipe(flags uint32) (uint32, errno.Errno) {
	if flags&^(openCloexec|openNonblock) != 0 {
		return 0, errno.EINVAL
	}
	r, w := newPipe()
	a, e := c.t.p.Install(r, flags)
	if e != 0 {
		w.Close()
		return 0, e
	}
	b, e := c.t.p.Install(w, flags|openWriteOnly)
	if e == 0 {
		e = c.putWords(c.a[0], uint32(a), uint32(b))
	}
	if e != 0 {
		c.t.p.fds.close(uint32(a))
		c.t.p.fds.close(uint32(b))
	}
	return 0, e
}

func sysIoctl(c *sysCall) (uint32, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return 0, e
	}
	const fionbio = 0x5421
	if c.a[1] == fionbio {
		w, e := c.words(c.a[2], 1)
		if e != 0 {
			return 0, e
		}
		if d.flags &^= openNonblock; w[0] != 0 {
			d.flags |= openNonblock
		}
		return 0, 0
	}
	if f, ok := d.file.(Ioctler); ok {
		return f.Ioctl(c.t, c.a[1], c.a[2])
	}
	return 0, errno.ENOTTY
}

func sysFtruncate(c *sysCall) (uint32, errno.Errno) {
	return c.truncate(int64(int32(c.a[1])))
}

func sysFtruncate64(c *sysCall) (uint32, errno.Errno) { return c.truncate(c.offset64(2, 3)) }

func (c *sysCall) truncate(size int64) (uint32, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return 0, e
	}
	f, ok := d.file.(Truncater)
	if !ok || size < 0 || d.flags&openAccess == 0 {
		return 0, errno.EINVAL
	}
	return 0, f.Truncate(size)
}

func sysFsync(c *sysCall) (uint32, errno.Errno) {
	_, e := c.desc(c.a[0])
	return 0, e
}

func sysGetcwd(c *sysCall) (uint32, errno.Errno) {
	cwd := c.t.p.cwd() + "\x00"
	if uint32(len(cwd)) > c.a[1] {
		return 0, errno.ERANGE
	}
	return uint32(len(cwd)), c.write(c.a[0], []byte(cwd))
}

func (c *sysCall) readlink(p string, buf, size uint32) (uint32, errno.Errno) {
	if p == "/proc/self/exe" {
		exe := []byte(c.t.p.program.Path)
		exe = exe[:min(len(exe), int(size))]
		return uint32(len(exe)), c.write(buf, exe)
	}
	n, e := c.t.p.fs.lookup(p)
	if e == 0 {
		e = errno.EINVAL
	}
	_ = n
	return 0, e
}

func sysReadlink(c *sysCall) (uint32, errno.Errno) {
	p, e := c.path(c.a[0])
	if e != 0 {
		return 0, e
	}
	return c.readlink(p, c.a[1], c.a[2])
}

func sysReadlinkat(c *sysCall) (uint32, errno.Errno) {
	p, e := c.path(c.a[1])
	if e != 0 {
		return 0, e
	}
	if p, e = c.resolve(c.a[0], p); e != 0 {
		return 0, e
	}
	return c.readlink(p, c.a[2], c.a[3])
}

const (
	fDupFD        = 0
	fGetFD        = 1
	fSetFD        = 2
	fGetFL        = 3
	fSetFL        = 4
	fDupFDCloexec = 1030
)

func sysFcntl(c *sysCall) (uint32, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return 0, e
	}
	slot := &c.t.p.fds.slots[c.a[0]]
	switch c.a[1] {
	case fDupFD, fDupFDCloexec:
		if c.a[2] >= maxDescriptors {
			return 0, errno.EINVAL
		}
		fd, e := c.t.p.fds.install(d, int(c.a[2]), c.a[1] == fDupFDCloexec)
		return uint32(fd), e
	case fGetFD:
		if slot.cloexec {
			return 1, 0
		}
		return 0, 0
	case fSetFD:
		slot.cloexec = c.a[2]&1 != 0
		return 0, 0
	case fGetFL:
		const largefile = 0o400000
		return d.flags&^uint32(openCloexec|openCreate|openExcl|openTruncate) | largefile, 0
	case fSetFL:
		const settable = openAppend | openNonblock
		d.flags = d.flags&^uint32(settable) | c.a[2]&settable
		return 0, 0
	}
	return 0, errno.EINVAL
}

func sysGetdents(c *sysCall) (uint32, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return 0, e
	}
	dir, ok := d.file.(*directory)
	if !ok {
		return 0, errno.ENOTDIR
	}
	names := append([]string{".", ".."}, dir.n.names...)
	var out []byte
	for dir.pos < len(names) {
		name := names[dir.pos]
		size := (19 + len(name) + 1 + 7) &^ 7
		if len(out)+size > int(c.a[2]) {
			if len(out) == 0 {
				return 0, errno.EINVAL
			}
			break
		}
		full := path.Join(dir.n.path, name)
		typ := byte(0)
		if n, e := c.t.p.fs.lookup(full); e == 0 {
			typ = byte(n.stat().Mode >> 12)
		}
		rec := make([]byte, size)
		binary.LittleEndian.PutUint64(rec, inode(full))
		dir.pos++
		binary.LittleEndian.PutUint64(rec[8:], uint64(dir.pos))
		binary.LittleEndian.PutUint16(rec[16:], uint16(size))
		rec[18] = typ
		copy(rec[19:], name)
		out = append(out, rec...)
	}
	return uint32(len(out)), c.write(c.a[1], out)
}

// Position of a directory: rewinding is all that is asked of it.
func (d *directory) Position(off int64, whence int) (int64, errno.Errno) {
	if off == 0 && whence == io.SeekStart {
		d.pos = 0
		return 0, 0
	}
	return 0, errno.EINVAL
}
