package linux

import (
	"armillary.dev/emulator/core"
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

var _ = family{
	{45, "brk", sysBrk, guestlib.Supported, ""},
	{91, "munmap", sysMunmap, guestlib.Supported, ""},
	{125, "mprotect", sysMprotect, guestlib.Partial, "the device's rule against making written memory executable is not enforced"},
	{150, "mlock", sysNothing, guestlib.Supported, "nothing is ever paged out"},
	{152, "mlockall", sysNothing, guestlib.Supported, "nothing is ever paged out"},
	{163, "mremap", sysMremap, guestlib.Partial, "MREMAP_FIXED is refused with EINVAL"},
	{192, "mmap2", sysMmap, guestlib.Partial, "anonymous, and private mappings of files; shared writable ones are EACCES"},
	{220, "madvise", sysMadvise, guestlib.Partial, "MADV_DONTNEED clears anonymous memory, other advice is taken as read"},
	{389, "membarrier", sysMembarrier, guestlib.Supported, "threads take turns, so every barrier holds"},

	{0xF0002, "ARM_cacheflush", sysNothing, guestlib.Supported, "written code is noticed anyway"},
	{0xF0005, "ARM_set_tls", sysSetTLS, guestlib.Supported, ""},
}.register()

func sysNothing(*sysCall) (uint32, errno.Errno) { return 0, 0 }

func sysBrk(c *sysCall) (uint32, errno.Errno) { return c.t.p.mm.moveBreak(c.a[0]), 0 }

func sysMunmap(c *sysCall) (uint32, errno.Errno) {
	addr, size := c.a[0], pageUp(c.a[1])
	if addr%core.PageSize != 0 || size == 0 || uint64(addr)+uint64(size) > kernelPage {
		return 0, errno.EINVAL
	}
	c.t.p.mm.unmap(addr, size)
	return 0, 0
}

const (
	protRead  = 1
	protWrite = 2
	protExec  = 4
)

func coreProt(prot uint32) (p core.Prot) {
	if prot&(protRead|protWrite|protExec) != 0 {
		p |= core.ProtR
	}
	if prot&protWrite != 0 {
		p |= core.ProtW
	}
	if prot&protExec != 0 {
		p |= core.ProtX
	}
	return p
}

func sysMprotect(c *sysCall) (uint32, errno.Errno) {
	addr, size := c.a[0], pageUp(c.a[1])
	if addr%core.PageSize != 0 {
		return 0, errno.EINVAL
	}
	if uint64(addr)+uint64(size) > kernelPage || c.t.p.mem.Protect(addr, size, coreProt(c.a[2])) != nil {
		return 0, errno.ENOMEM
	}
	return 0, 0
}

const (
	mapShared    = 1
	mapPrivate   = 2
	mapTypeMask  = 15
	mapFixed     = 0x10
	mapAnonymous = 0x20
)

func sysMmap(c *sysCall) (uint32, errno.Errno) {
	addr, prot, flags := c.a[0], c.a[2], c.a[3]
	p := c.t.p
	size := pageUp(c.a[1])
	if c.a[1] == 0 || flags&mapTypeMask == 0 || flags&mapTypeMask > 3 {
		return 0, errno.EINVAL
	}
	if size == 0 || size > maxMapped {
		return 0, errno.ENOMEM
	}
	var data []byte
	if flags&mapAnonymous == 0 {
		d, e := c.readable(c.a[4])
		if e != 0 {
			return 0, e
		}
		f, ok := d.file.(PositionFile)
		if !ok {
			return 0, errno.ENODEV
		}
		if flags&mapTypeMask != mapPrivate && prot&protWrite != 0 {
			return 0, errno.EACCES
		}
		data = make([]byte, size)
		n, e := f.ReadAt(data, int64(c.a[5])<<12)
		if e != 0 {
			return 0, e
		}
		data = data[:n]
	}
	switch {
	case flags&mapFixed != 0:
		if addr%core.PageSize != 0 || addr == 0 || uint64(addr)+uint64(size) > kernelPage {
			return 0, errno.EINVAL
		}
	case addr != 0 && addr%core.PageSize == 0 && uint64(addr)+uint64(size) <= mmapTop && p.mm.free(addr, size):
		// The hint is good.
	default:
		if addr = p.mm.find(size); addr == 0 {
			return 0, errno.ENOMEM
		}
	}
	if e := p.mm.mapPages(addr, size, coreProt(prot)); e != 0 {
		return 0, e
	}
	if p.mem.Write(addr, data) != nil {
		return 0, errno.EFAULT
	}
	return addr, 0
}

func (s *space) free(addr, size uint32) bool {
	for a := addr; a < addr+size; a += core.PageSize {
		if s.mem.Mapped(a, 1) {
			return false
		}
	}
	return true
}

func sysMremap(c *sysCall) (uint32, errno.Errno) {
	const mayMove, fixed = 1, 2
	addr, old, size, flags := c.a[0], pageUp(c.a[1]), pageUp(c.a[2]), c.a[3]
	s := &c.t.p.mm
	if addr%core.PageSize != 0 || size == 0 || size > maxMapped || old == 0 || old > maxMapped || flags&fixed != 0 || uint64(addr)+uint64(old) > kernelPage {
		return 0, errno.EINVAL
	}
	prot, ok := s.mem.Prot(addr)
	if !ok || !s.mem.Mapped(addr, old) {
		return 0, errno.EFAULT
	}
	switch {
	case size <= old:
		s.unmap(addr+size, old-size)
		return addr, 0
	case uint64(addr)+uint64(size) <= mmapTop && s.free(addr+old, size-old):
		return addr, s.mapPages(addr+old, size-old, prot)
	case flags&mayMove == 0:
		return 0, errno.ENOMEM
	}
	to := s.find(size)
	if to == 0 {
		return 0, errno.ENOMEM
	}
	if e := s.mapPages(to, size, prot); e != 0 {
		return 0, e
	}
	b := make([]byte, old)
	s.mem.Read(addr, b)
	s.mem.Write(to, b)
	s.unmap(addr, old)
	return to, 0
}

func sysMadvise(c *sysCall) (uint32, errno.Errno) {
	const dontNeed = 4
	addr, size := c.a[0], pageUp(c.a[1])
	if addr%core.PageSize != 0 {
		return 0, errno.EINVAL
	}
	if size > maxMapped || !c.t.p.mem.Mapped(addr, size) {
		return 0, errno.ENOMEM
	}
	if c.a[2] == dontNeed {
		c.t.p.mem.Write(addr, make([]byte, size))
	}
	return 0, 0
}

func sysMembarrier(c *sysCall) (uint32, errno.Errno) {
	const query, all = 0, 0x7F
	if c.a[0] == query {
		return all, 0
	}
	return 0, 0
}

func sysSetTLS(c *sysCall) (uint32, errno.Errno) {
	c.t.st.TPIDRURO = c.a[0]
	return 0, 0
}
