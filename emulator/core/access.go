package core

import (
	"encoding/binary"

	"armillary.dev/device/arm"
)

// The accesses of the slow path: every page is looked at, devices answer, watchpoints are noted, decoded code is
// forgotten when it is written.

// probe says whether size bytes at a may be accessed, before anything is.
func (e *Engine) probe(a, size uint32, access Access) (Exit, bool) {
	need := ProtR
	if access == Write {
		need = ProtW
	}
	m := e.mem
	for p := a >> pageShift; ; p = (p + 1) & (numPages - 1) {
		f := m.page[p]
		if f&(pgMapped|need) != pgMapped|need && f&pgIO == 0 {
			at := a
			if p != a>>pageShift {
				at = p << pageShift
			}
			return Exit{Reason: Fault, Access: access, Addr: at, Mapped: f&pgMapped != 0}, true
		}
		if p == (a+size-1)>>pageShift {
			break
		}
	}
	for _, w := range m.watch {
		if a <= w.last && a+size-1 >= w.start && (access == Read && w.read || access == Write && w.write) {
			e.hits = append(e.hits, watchHit{max(a, w.start), access})
		}
	}
	return Exit{}, false
}

func (m *Memory) device(a uint32) IOHandler {
	if m.page[a>>pageShift]&pgIO != 0 {
		for i := range m.io {
			if a >= m.io[i].start && a <= m.io[i].last {
				return m.io[i].h
			}
		}
	}
	return nil
}

// read is a load of 1, 2 or 4 bytes after probe.
func (e *Engine) read(a, size uint32) uint32 {
	if h := e.mem.device(a); h != nil {
		return h.ReadIO(a, size)
	}
	var b [4]byte
	for i := range size { // byte by byte: it may cross a page, or wrap around
		if p := a + i; e.mem.page[p>>pageShift]&pgMapped != 0 {
			b[i] = *(*byte)(e.mem.ptr(p))
		}
	}
	return binary.LittleEndian.Uint32(b[:])
}

// write is a store of 1, 2 or 4 bytes after probe.
func (e *Engine) write(a, size, v uint32) {
	if h := e.mem.device(a); h != nil {
		h.WriteIO(a, size, v)
		return
	}
	e.mem.touchCode(a >> pageShift)
	e.mem.touchCode((a + size - 1) >> pageShift)
	for i := range size {
		if p := a + i; e.mem.page[p>>pageShift]&pgMapped != 0 {
			*(*byte)(e.mem.ptr(p)) = byte(v >> (8 * i))
		}
	}
}

// exclusive is the LDREX and STREX family; imm3 is the arm.Op. The monitor holds address, size and the value seen, so
// that a store succeeds only when nothing changed it; the owner of the threads clears ExSize when it switches.
func (e *Engine) exclusive(s *State, op *irOp, r *regFile) (Exit, bool) {
	a := r[op.rn] + op.imm
	size, load := uint32(4), true
	switch o := arm.Op(op.imm3); o {
	case arm.LDREXB, arm.STREXB, arm.SWPB:
		size = 1
	case arm.LDREXH, arm.STREXH:
		size = 2
	case arm.LDREXD, arm.STREXD:
		size = 8
	}
	o := arm.Op(op.imm3)
	load = o >= arm.LDREX && o <= arm.LDREXD
	access := Write
	if load {
		access = Read
	}
	// Whether a store that the monitor refuses can still fault is left to the implementation: it cannot.
	if !load && o != arm.SWP && o != arm.SWPB && (s.ExSize != size || s.ExAddr != a) {
		s.ExSize = 0
		r[op.rd] = 1
		return Exit{}, false
	}
	if a&(size-1) != 0 && o != arm.SWPB {
		return Exit{Reason: Fault, Access: access, Addr: a, Mapped: true, Align: true}, true
	}
	if x, stop := e.probe(a, size, Read); stop {
		if !load {
			x.Access = Write
		}
		return x, true
	}
	get := func() uint64 {
		if size == 8 {
			return uint64(e.read(a, 4)) | uint64(e.read(a+4, 4))<<32
		}
		return uint64(e.read(a, size))
	}
	if o == arm.SWP || o == arm.SWPB {
		if x, stop := e.probe(a, size, Write); stop {
			return x, true
		}
		v := uint32(get())
		e.write(a, size, r[op.rm])
		r[op.rd] = v
		return Exit{}, false
	}
	if load {
		v := get()
		s.ExAddr, s.ExSize, s.ExVal = a, size, v
		r[op.rd] = uint32(v)
		if size == 8 {
			r[op.ra] = uint32(v >> 32)
		}
		return Exit{}, false
	}
	if get() != s.ExVal {
		s.ExSize = 0
		r[op.rd] = 1
		return Exit{}, false
	}
	if x, stop := e.probe(a, size, Write); stop {
		return x, true
	}
	s.ExSize = 0
	if size == 8 {
		e.write(a, 4, r[op.rm])
		e.write(a+4, 4, r[op.ra])
	} else {
		e.write(a, size, r[op.rm])
	}
	r[op.rd] = 0
	return Exit{}, false
}
