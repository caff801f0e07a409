package libc

import "armillary.dev/emulator/guestlib"

// Sorting and searching call the program's comparison from guest code; which elements come next is decided here.
func sortFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "qsort", Group: "stdlib.h", Asm: `
	push {r4, r5, r6, lr}
	mov r4, r3
	call qsort.begin
	mov r5, r0
again:
	cbz r5, done
	call qsort.next // r5 the sort, r0 what the comparison said
	cbz r6, done
	blx r4
	b again
done:
	pop {r4, r5, r6, pc}`},
		{Name: "bsearch", Group: "stdlib.h", Asm: `
	push {r4, r5, r6, lr}
	ldr r4, [sp, #16]
	call bsearch.begin
	mov r5, r0
again:
	call bsearch.next
	cbz r6, done
	blx r4
	b again
done:
	pop {r4, r5, r6, pc}`},
		{Name: "qsort.begin", Service: true, Go: wrap(qsortBegin)},
		{Name: "qsort.next", Service: true, Go: wrap(qsortNext)},
		{Name: "bsearch.begin", Service: true, Go: wrap(bsearchBegin)},
		{Name: "bsearch.next", Service: true, Go: wrap(bsearchNext)},
	}
}

// sorting is a binary insertion sort in progress: the fewest comparisons, and equal elements keep their order. The
// elements stay where they are until the order is known.
type sorting struct {
	base, size uint32
	n          int
	order      []int // of the elements placed so far
	lo, hi     int   // where the next one belongs
	asked      bool
}

func qsortBegin(c call) {
	base, n, size := c.Arg(0), c.Arg(1), c.Arg(2)
	if n < 2 || size == 0 {
		c.Return(0)
		return
	}
	if uint64(n)*uint64(size) > 1<<26 {
		c.Segv(base)
		return
	}
	if _, ok := c.Read(base, n*size); !ok {
		return
	}
	handle := 0
	for handle < len(c.s.sorts) && c.s.sorts[handle] != nil { // the number of one that is done is free again
		handle++
	}
	if handle == len(c.s.sorts) {
		c.s.sorts = append(c.s.sorts, nil)
	}
	c.s.sorts[handle] = &sorting{base: base, size: size, n: int(n), order: []int{0}, hi: 1}
	c.ReturnInt(handle + 1)
}

func qsortNext(c call) {
	c.t.SetReg(6, 0)
	h := c.t.Reg(5)
	if h == 0 || h > uint32(len(c.s.sorts)) || c.s.sorts[h-1] == nil {
		return
	}
	s := c.s.sorts[h-1]
	if s.asked {
		mid := (s.lo + s.hi) / 2
		if c.Int(0) < 0 {
			s.hi = mid
		} else {
			s.lo = mid + 1
		}
	}
	for s.lo >= s.hi {
		i := len(s.order)
		s.order = append(s.order, 0)
		copy(s.order[s.lo+1:], s.order[s.lo:])
		s.order[s.lo] = i
		if len(s.order) == s.n {
			c.s.sorts[h-1] = nil
			s.finish(c)
			return
		}
		s.lo, s.hi = 0, len(s.order)
	}
	s.asked = true
	c.Return64(uint64(s.at(len(s.order))) | uint64(s.at(s.order[(s.lo+s.hi)/2]))<<32)
	c.t.SetReg(6, 1)
}

func (s *sorting) at(i int) uint32 { return s.base + uint32(i)*s.size }

func (s *sorting) finish(c call) {
	in, ok := c.Read(s.base, uint32(s.n)*s.size)
	if !ok {
		return
	}
	out := make([]byte, 0, len(in))
	for _, i := range s.order {
		out = append(out, in[i*int(s.size):(i+1)*int(s.size)]...)
	}
	c.Write(s.base, out)
}

// bsearchBegin has key, base, n, size in r0-r3.
func bsearchBegin(c call) {
	c.s.lastSearch++
	c.s.searches[c.s.lastSearch] = &search{key: c.Arg(0), base: c.Arg(1), size: c.Arg(3), hi: c.Arg(2)}
	c.Return(c.s.lastSearch)
}

type search struct {
	key, base, size uint32
	lo, hi          uint32
	asked           bool
}

func bsearchNext(c call) {
	c.t.SetReg(6, 0)
	h := c.t.Reg(5)
	s := c.s.searches[h]
	if s == nil {
		c.Return(0)
		return
	}
	done := func(result uint32) {
		delete(c.s.searches, h)
		c.Return(result)
	}
	if s.asked {
		mid := s.lo + (s.hi-s.lo)/2
		switch r := c.Int(0); {
		case r == 0:
			done(s.base + mid*s.size)
			return
		case r < 0:
			s.hi = mid
		default:
			s.lo = mid + 1
		}
	}
	if s.lo >= s.hi {
		done(0)
		return
	}
	s.asked = true
	c.Return64(uint64(s.key) | uint64(s.base+(s.lo+(s.hi-s.lo)/2)*s.size)<<32)
	c.t.SetReg(6, 1)
}
