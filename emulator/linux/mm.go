package linux

import (
	"armillary.dev/emulator/core"
	"armillary.dev/emulator/linux/errno"
)

// The address space. Nothing is random in it: a seeded run has to be repeatable, and a developer is better served by
// addresses that stay.
const (
	programBase = 0x0040_0000 // of position-independent programs
	interpBase  = 0x7700_0000 // of the dynamic loader
	mmapTop     = 0x7700_0000 // mappings are placed downwards from here
	stackTop    = 0x7F00_0000
	stackSize   = 1 << 20
	kernelPage  = 0xFFFF_0000
)

// maxMapped bounds what a program can make the host commit. The device's 256 KiB are not enforced.
const maxMapped = 64 << 20

// space is the process's view of its memory: where the heap ends and where new mappings go.
type space struct {
	mem    *core.Memory
	mapped uint32
	peak   uint32
	start  uint32 // of the heap
	brk    uint32
}

func (s *space) init(mem *core.Memory) { s.mem = mem }

func pageUp(n uint32) uint32 { return (n + core.PageSize - 1) &^ (core.PageSize - 1) }

// mapPages makes fresh zero pages, replacing what was there.
func (s *space) mapPages(addr, size uint32, prot core.Prot) errno.Errno {
	s.unmap(addr, size)
	if s.mapped+size > maxMapped {
		return errno.ENOMEM
	}
	if err := s.mem.Map(addr, size, prot); err != nil {
		return errno.ENOMEM
	}
	s.mapped += size
	s.peak = max(s.peak, s.mapped)
	return 0
}

func (s *space) unmap(addr, size uint32) {
	for a := uint64(addr); a < uint64(addr)+uint64(size); a += core.PageSize {
		if s.mem.Mapped(uint32(a), 1) {
			s.mapped -= core.PageSize
		}
	}
	s.mem.Unmap(addr, size)
}

// find looks for a gap of size bytes below the top; 0 when there is none.
func (s *space) find(size uint32) uint32 {
	if size == 0 || size > mmapTop-programBase {
		return 0
	}
	end := uint32(mmapTop)
	for start := end - core.PageSize; start >= programBase; start -= core.PageSize {
		if s.mem.Mapped(start, 1) {
			end = start
			continue
		}
		if end-start >= size {
			return start
		}
	}
	return 0
}

// above is the first free address from want on.
func (s *space) above(want uint32) uint32 {
	for s.mem.Mapped(want, 1) {
		want += core.PageSize
	}
	return want
}

func (s *space) setBreak(end uint32) {
	s.start = pageUp(end)
	s.brk = s.start
}

// maxHeap is where the heap must stop.
const maxHeap = 32 << 20

// moveBreak is brk(2): it returns the break, unchanged when it cannot be moved.
func (s *space) moveBreak(to uint32) uint32 {
	if to < s.start || to-s.start > maxHeap {
		return s.brk
	}
	have, want := pageUp(s.brk), pageUp(to)
	switch {
	case want > have:
		for a := have; a < want; a += core.PageSize {
			if s.mem.Mapped(a, 1) {
				return s.brk
			}
		}
		if s.mapPages(have, want-have, core.ProtR|core.ProtW) != 0 {
			return s.brk
		}
	case want < have:
		s.unmap(want, have-want)
	}
	s.brk = to
	return to
}

// MemoryUse is what the process has mapped and the most it ever had, in bytes.
func (p *Process) MemoryUse() (now, peak uint32) { return p.mm.mapped, p.mm.peak }

// MoveBreak is brk(2) for a C library's allocator: it returns the break, unchanged when it cannot be moved; 0 asks.
func (p *Process) MoveBreak(to uint32) uint32 { return p.mm.moveBreak(to) }

// MapStack makes memory for a thread's stack and returns its lowest address. An unmapped page lies below it.
func (p *Process) MapStack(size uint32) (uint32, errno.Errno) {
	at := p.mm.find(size + core.PageSize)
	if at == 0 {
		return 0, errno.ENOMEM
	}
	at += core.PageSize
	return at, p.mm.mapPages(at, size, core.ProtR|core.ProtW)
}
