package linux

import (
	"encoding/binary"

	"armillary.dev/emulator/linux/errno"
)

// stat64 lays out struct stat64 of ARM EABI: 104 bytes.
func (s Stat) stat64() []byte {
	b := make([]byte, 104)
	le := binary.LittleEndian
	le.PutUint64(b[0:], 1)                // st_dev
	le.PutUint32(b[12:], uint32(s.Inode)) // __st_ino
	le.PutUint32(b[16:], s.Mode)
	le.PutUint32(b[20:], 1) // st_nlink
	le.PutUint64(b[48:], uint64(s.Size))
	le.PutUint32(b[56:], 4096) // st_blksize
	le.PutUint64(b[64:], uint64(s.Size+511)/512)
	le.PutUint64(b[96:], s.Inode) // st_ino
	return b
}

// statx lays out struct statx: 256 bytes.
func (s Stat) statx() []byte {
	b := make([]byte, 256)
	le := binary.LittleEndian
	le.PutUint32(b[0:], 0x7FF) // all basic fields are filled
	le.PutUint32(b[4:], 4096)
	le.PutUint32(b[16:], 1)
	le.PutUint16(b[28:], uint16(s.Mode))
	le.PutUint64(b[32:], s.Inode)
	le.PutUint64(b[40:], uint64(s.Size))
	le.PutUint64(b[48:], uint64(s.Size+511)/512)
	le.PutUint32(b[140:], 1) // stx_dev_minor
	return b
}

func (d *description) stat() Stat {
	if s, ok := d.file.(Stater); ok {
		return s.Stat()
	}
	return Stat{Mode: 0o600} // an anonymous inode, as of a timer
}

func sysStat64(c *sysCall) (uint32, errno.Errno) {
	p, e := c.path(c.a[0])
	if e != 0 {
		return 0, e
	}
	return c.statPath(atFDCWD, p, func(s Stat) errno.Errno { return c.write(c.a[1], s.stat64()) })
}

func (c *sysCall) statPath(dirfd uint32, p string, put func(Stat) errno.Errno) (uint32, errno.Errno) {
	if p == "" {
		return 0, errno.ENOENT
	}
	p, e := c.resolve(dirfd, p)
	if e != 0 {
		return 0, e
	}
	n, e := c.t.p.fs.lookup(p)
	if e != 0 {
		return 0, e
	}
	return 0, put(n.stat())
}

func sysFstat64(c *sysCall) (uint32, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return 0, e
	}
	return 0, c.write(c.a[1], d.stat().stat64())
}

const atEmptyPath = 0x1000

func (c *sysCall) statAt(dirfd, pathAddr, flags uint32, put func(Stat) errno.Errno) (uint32, errno.Errno) {
	p, e := c.path(pathAddr)
	if e != 0 {
		return 0, e
	}
	if p == "" && flags&atEmptyPath != 0 {
		d, e := c.desc(dirfd)
		if e != 0 {
			return 0, e
		}
		return 0, put(d.stat())
	}
	return c.statPath(dirfd, p, put)
}

func sysFstatat(c *sysCall) (uint32, errno.Errno) {
	return c.statAt(c.a[0], c.a[1], c.a[3], func(s Stat) errno.Errno { return c.write(c.a[2], s.stat64()) })
}

func sysStatx(c *sysCall) (uint32, errno.Errno) {
	return c.statAt(c.a[0], c.a[1], c.a[2], func(s Stat) errno.Errno { return c.write(c.a[4], s.statx()) })
}
