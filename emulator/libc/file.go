package libc

import (
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

// Functions whose off_t makes their arguments differ from the system call's.
func fileFunctions() []guestlib.Function {
	return []guestlib.Function{
		fn("lseek", "unistd.h", func(c call) {
			f := c.p.File(c.Arg(0))
			if f == nil {
				c.fail64(errno.EBADF)
				return
			}
			s, ok := f.(linux.Seeker)
			if !ok {
				c.fail64(errno.ESPIPE)
				return
			}
			n, e := s.Position(int64(c.Arg64(2)), int(c.Int(4)))
			if e != 0 {
				c.fail64(e)
				return
			}
			c.Return64(uint64(n))
		}, "lseek64"),
		fn("pread", "unistd.h", func(c call) { c.positioned(false) }, "pread64"),
		fn("pwrite", "unistd.h", func(c call) { c.positioned(true) }, "pwrite64"),
		fn("isatty", "unistd.h", func(c call) {
			if fd := c.Arg(0); fd == 1 || fd == 2 {
				c.ReturnInt(1)
				return
			}
			c.FailWith(int32(errno.ENOTTY), 0)
		}),
	}
}

func (c call) fail64(e errno.Errno) {
	c.fail(e)
	c.Return64(^uint64(0))
}

func (c call) positioned(write bool) {
	f := c.p.File(c.Arg(0))
	if f == nil {
		c.fail(errno.EBADF)
		return
	}
	p, ok := f.(linux.PositionFile)
	if !ok {
		c.fail(errno.ESPIPE)
		return
	}
	off, n := int64(c.Arg64(4)), min(c.Arg(2), 1<<20)
	if write {
		b, ok := c.Read(c.Arg(1), n)
		if !ok {
			return
		}
		done, e := p.WriteAt(b, off)
		if e != 0 {
			c.fail(e)
			return
		}
		c.ReturnInt(done)
		return
	}
	b := make([]byte, n)
	done, e := p.ReadAt(b, off)
	if e != 0 {
		c.fail(e)
		return
	}
	if c.Write(c.Arg(1), b[:done]) {
		c.ReturnInt(done)
	}
}
