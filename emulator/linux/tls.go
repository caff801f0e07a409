package linux

import (
	"armillary.dev/emulator/core"
	"armillary.dev/emulator/linux/errno"
)

// The thread pointer of a program with the built-in C library points at the two words that the ABI keeps for the
// library; thread-local variables of the program follow (AAELF32, "TLS variant 1"), and what the C library itself
// keeps for a thread lies below.

// tlsBelow is how much lies below the thread pointer. A C library may use all of it.
const tlsBelow = 256

// ErrnoOffset is where errno of a thread is, from its thread pointer, with the built-in C library.
const ErrnoOffset = -8

func (p *Process) tlsOffset(l *loaded) uint32 {
	align := max(l.tls.align, 1)
	return (8 + align - 1) &^ (align - 1)
}

// NewTLS makes the thread-local area of a new thread and returns its thread pointer.
func (p *Process) NewTLS() (uint32, errno.Errno) {
	size, align := uint32(tlsBelow+8), uint32(8)
	var seg tlsSegment
	if len(p.objects) > 0 {
		seg = p.objects[0].tls
		align = max(align, seg.align)
		size += p.tlsOffset(p.objects[0]) + seg.memSize
	}
	if align > core.PageSize || seg.memSize > maxImage {
		return 0, errno.ENOMEM
	}
	size = pageUp(size + align)
	base := p.mm.find(size)
	if base == 0 {
		return 0, errno.ENOMEM
	}
	if e := p.mm.mapPages(base, size, core.ProtR|core.ProtW); e != 0 {
		return 0, e
	}
	tp := (base + tlsBelow + align - 1) &^ (align - 1)
	if seg.fileSize > 0 {
		b := make([]byte, seg.fileSize)
		if _, err := p.mem.Read(seg.addr, b); err == nil {
			p.mem.Write(tp+p.tlsOffset(p.objects[0]), b)
		}
	}
	return tp, 0
}

// setUpTLS gives the first thread of a program with the built-in libc its thread pointer; musl makes its own.
func (p *Process) setUpTLS(t *Thread) errno.Errno {
	if len(p.objects) == 0 {
		return 0
	}
	tp, e := p.NewTLS()
	t.st.TPIDRURO = tp
	return e
}
