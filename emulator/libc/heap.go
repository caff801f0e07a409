package libc

import (
	"sort"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

func memoryFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "malloc", Group: "stdlib.h", Go: wrap(func(c call) { c.allocated(c.s.heap.alloc(c.p, c.Arg(0))) })},
		{Name: "calloc", Group: "stdlib.h", Go: wrap(calloc)},
		{Name: "realloc", Group: "stdlib.h", Go: wrap(realloc)},
		{Name: "free", Group: "stdlib.h", Go: wrap(free)},
		{Name: "aligned_alloc", Group: "stdlib.h", Aliases: []string{"memalign"}, Go: wrap(func(c call) {
			if c.Arg(0) > 16 {
				c.FailWith(int32(errno.ENOMEM), 0)
				return
			}
			c.allocated(c.s.heap.alloc(c.p, c.Arg(1)))
		}), Status: guestlib.Partial, Note: "alignments beyond 16 are ENOMEM"},
	}
}

// heap is the allocator. Its books are kept in Go, so a program that writes beyond a block damages only its own data,
// and a free of what was never allocated is found.
type heap struct {
	blocks map[uint32]uint32 // allocated: size
	free   []span            // sorted, never adjacent
}

type span struct{ at, size uint32 }

const granule = 16

func newHeap() heap { return heap{blocks: map[uint32]uint32{}} }

// alloc takes the first gap that is large enough; 0 when memory is used up.
func (h *heap) alloc(p *linux.Process, n uint32) uint32 {
	if n > 1<<30 {
		return 0
	}
	size := (max(n, 1) + granule - 1) &^ (granule - 1)
	for i := range h.free {
		f := &h.free[i]
		if f.size < size {
			continue
		}
		at := f.at
		f.at += size
		if f.size -= size; f.size == 0 {
			h.free = append(h.free[:i], h.free[i+1:]...)
		}
		h.blocks[at] = size
		return at
	}
	const step = 16 << 10
	brk := p.MoveBreak(0)
	start := (brk + granule - 1) &^ (granule - 1)
	want := max(size, step)
	if p.MoveBreak(start+want) != start+want {
		want = size
		if p.MoveBreak(start+want) != start+want {
			return 0
		}
	}
	h.release(span{start, want})
	return h.alloc(p, n)
}

// release puts a span among the free ones and joins it with its neighbours.
func (h *heap) release(s span) {
	i := sort.Search(len(h.free), func(i int) bool { return h.free[i].at > s.at })
	if i < len(h.free) && s.at+s.size == h.free[i].at {
		h.free[i].at, h.free[i].size = s.at, h.free[i].size+s.size
	} else {
		h.free = append(h.free, span{})
		copy(h.free[i+1:], h.free[i:])
		h.free[i] = s
	}
	if i > 0 && h.free[i-1].at+h.free[i-1].size == h.free[i].at {
		h.free[i-1].size += h.free[i].size
		h.free = append(h.free[:i], h.free[i+1:]...)
	}
}

func (c call) allocated(at uint32) {
	if at == 0 {
		c.FailWith(int32(errno.ENOMEM), 0)
		return
	}
	c.Return(at)
}

func calloc(c call) {
	n := uint64(c.Arg(0)) * uint64(c.Arg(1))
	if n > 1<<30 {
		c.allocated(0)
		return
	}
	at := c.s.heap.alloc(c.p, uint32(n))
	if at != 0 {
		c.Write(at, make([]byte, n))
	}
	c.allocated(at)
}

func realloc(c call) {
	old, n := c.Arg(0), c.Arg(1)
	if old == 0 {
		c.allocated(c.s.heap.alloc(c.p, n))
		return
	}
	size, ok := c.s.heap.blocks[old]
	if !ok {
		c.corrupt(old)
		return
	}
	if n <= size && n > 0 {
		c.Return(old)
		return
	}
	at := c.s.heap.alloc(c.p, n)
	if at != 0 {
		if b, ok := c.Read(old, min(size, n)); ok {
			c.Write(at, b)
		}
		delete(c.s.heap.blocks, old)
		c.s.heap.release(span{old, size})
	}
	c.allocated(at)
}

func free(c call) {
	at := c.Arg(0)
	if at == 0 {
		return
	}
	size, ok := c.s.heap.blocks[at]
	if !ok {
		c.corrupt(at)
		return
	}
	delete(c.s.heap.blocks, at)
	c.s.heap.release(span{at, size})
}

// corrupt ends a program that frees what it has not: with a signal at the call, as musl does.
func (c call) corrupt(at uint32) {
	c.print(2, "free or realloc of "+hex(at)+", which is not allocated\n")
	c.t.Abort()
}
