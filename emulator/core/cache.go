package core

import (
	"slices"

	"armillary.dev/device/arm"
)

const (
	maxBlock    = 64
	jumpEntries = 4096
	oneEntries  = 1024
)

// block is a run of instructions entered only at its first.
type block struct {
	first *irOp
	next  [2]*block // successors of direct branches once known: taken, fall
	n     int64     // instructions that retire when all of it is executed
	key   uint32    // address | T
	pages [2]uint32
	ops   []irOp
	from  []link // which successor slots point here
}

type link struct {
	b    *block
	slot int
}

type jump struct {
	key uint32
	b   *block
}

// single is a translated instruction for execution by itself.
type single struct {
	key uint64 // address | T | IT state << 32 | 1<<63
	ops []irOp
}

type cache struct {
	blocks map[uint32]*block
	pages  map[uint32][]*block // by page number
	jumps  [jumpEntries]jump
	ones   [oneEntries]single
	tr     translator
	one    translator
	hits   []watchHit
}

type watchHit struct {
	addr   uint32
	access Access
}

func (e *Engine) init() {
	e.blocks, e.pages = map[uint32]*block{}, map[uint32][]*block{}
}

// lookup finds or builds the block at a key; x says why there is none.
func (e *Engine) lookup(key uint32) (b *block, x Exit) {
	j := &e.jumps[key>>1&(jumpEntries-1)]
	if j.key == key && j.b != nil {
		return j.b, x
	}
	b = e.blocks[key]
	if b == nil {
		if b, x = e.build(key); b == nil {
			return nil, x
		}
		e.blocks[key] = b
		for i, p := range b.pages {
			if i == 0 || p != b.pages[0] {
				e.pages[p] = append(e.pages[p], b)
				e.mem.markCode(p)
			}
		}
	}
	*j = jump{key, b}
	return b, x
}

func (e *Engine) build(key uint32) (*block, Exit) {
	t := &e.tr
	t.reset()
	pc, mode := key&^1, arm.Mode(key&1)
	it := arm.IT(0)
	page := pc >> pageShift
	for n := 0; ; n++ {
		if n > 0 && !it.Active() && (n >= maxBlock || pc>>pageShift != page) {
			break
		}
		if len(e.bps) > 0 && e.bps[pc] {
			t.begin(pc, mode, it, n)
			t.emit(irOp{code: opBreak})
			t.ended = true
			break
		}
		in, ok, x, fault := e.fetch(pc, mode)
		if fault {
			if n == 0 {
				return nil, x
			}
			break
		}
		t.begin(pc, mode, it, n)
		if !ok {
			t.undefined(&in)
			break
		}
		next := it.Next()
		if in.Op == arm.IT_ {
			next = arm.IT(in.Imm)
		}
		in = in.In(it)
		t.inst(&in)
		pc += uint32(in.Len)
		it = next
		t.n = n + 1
		if t.ended {
			break
		}
	}
	t.finish(pc|key&1, it)
	optimise(t.ops)
	ops := fuse(t.ops)
	b := &block{ops: append([]irOp(nil), ops...), n: int64(t.n), key: key}
	b.first = &b.ops[0]
	b.pages = [2]uint32{page, (pc - 1) >> pageShift}
	if pc == key&^1 {
		b.pages[1] = page
	}
	return b, Exit{}
}

// fetch reads and decodes the instruction at pc.
func (e *Engine) fetch(pc uint32, mode arm.Mode) (in arm.Inst, ok bool, x Exit, fault bool) {
	var buf [4]byte
	m := e.mem
	if m.page[pc>>pageShift]&(pgMapped|ProtX) != pgMapped|ProtX {
		return in, false, Exit{Reason: Fault, Access: Exec, Addr: pc, Mapped: m.page[pc>>pageShift]&pgMapped != 0}, true
	}
	n := min(4, PageSize-pc&(PageSize-1))
	copy(buf[:n], m.bytes(pc, int(n)))
	if n < 4 && (mode == arm.A32 || arm.Length(mode, buf[:n]) == 4) {
		q := pc + n
		if m.page[q>>pageShift]&(pgMapped|ProtX) != pgMapped|ProtX {
			return in, false, Exit{Reason: Fault, Access: Exec, Addr: q, Mapped: m.page[q>>pageShift]&pgMapped != 0}, true
		}
		copy(buf[n:], m.bytes(q, int(4-n)))
	}
	in, ok = arm.Decode(mode, buf[:])
	return in, ok, x, false
}

// invalidatePage forgets every block with code in the page.
func (e *Engine) invalidatePage(page uint32) {
	e.ones = [oneEntries]single{}
	for _, b := range e.pages[page] {
		if e.blocks[b.key] != b {
			continue
		}
		delete(e.blocks, b.key)
		if j := &e.jumps[b.key>>1&(jumpEntries-1)]; j.b == b {
			*j = jump{}
		}
		for _, l := range b.from {
			if l.b.next[l.slot] == b {
				l.b.next[l.slot] = nil
			}
		}
		b.from = nil
		for slot, to := range b.next {
			if to != nil {
				to.from = slices.DeleteFunc(to.from, func(l link) bool { return l.b == b && l.slot == slot })
				b.next[slot] = nil
			}
		}
	}
	delete(e.pages, page)
}

// forget drops the blocks that a breakpoint at addr concerns.
func (e *Engine) forget(addr uint32) { e.invalidatePage(addr >> pageShift) }

type runState struct {
	b    *block
	op   *irOp
	left int64
	pc   uint32
	slot int
}

// outcome says why runBlocks returned.
type outcome uint8

const (
	missing outcome = iota // the block at runState.pc is wanted, for slot of b (-1: an indirect jump)
	short                  // the budget ends inside b
	slowly                 // op's instruction needs every check
)

func (e *Engine) run(s *State, budget uint64) Exit {
	total := int64(min(budget, 1<<62))
	st := runState{left: total}
	var from link
	for {
		if st.left == 0 {
			s.Retired += uint64(total)
			return Exit{Reason: Budget}
		}
		if s.IT != 0 {
			// Only after a stop inside an IT block: blocks begin outside of one.
			from.b = nil
			if len(e.bps) > 0 && e.bps[s.R[15]] {
				s.Retired += uint64(total - st.left)
				return Exit{Reason: Breakpoint, Addr: s.R[15]}
			}
			if x, stop := e.single(s, &st.left); stop {
				s.Retired += uint64(total - st.left)
				return x
			}
			continue
		}
		b, x := e.lookup(s.R[15] | s.T)
		if b == nil {
			s.Retired += uint64(total - st.left)
			return x
		}
		if from.b != nil {
			if e.blocks[from.b.key] == from.b && from.b.next[from.slot] == nil {
				from.b.next[from.slot] = b
				b.from = append(b.from, from)
			}
			from.b = nil
		}
		why := short
		st.b = b
		if b.n <= st.left {
			st.left -= b.n
			why = e.runBlocks(s, &st)
		}
		switch why {
		case missing:
			s.setPC(st.pc)
			if st.slot >= 0 {
				from = link{st.b, st.slot}
			}
			continue
		case short:
			s.setPC(st.b.key)
			for st.left > 0 {
				if len(e.bps) > 0 && e.bps[s.R[15]] {
					s.Retired += uint64(total - st.left)
					return Exit{Reason: Breakpoint, Addr: s.R[15]}
				}
				if x, stop := e.single(s, &st.left); stop {
					s.Retired += uint64(total - st.left)
					return x
				}
			}
			continue
		}
		st.left += st.b.n - int64(st.op.idx)
		s.R[15], s.T, s.IT = st.op.pc, st.b.key&1, uint32(st.op.it)
		if st.op.code == opBreak {
			s.Retired += uint64(total - st.left)
			return Exit{Reason: Breakpoint, Addr: s.R[15]}
		}
		if x, stop := e.single(s, &st.left); stop {
			s.Retired += uint64(total - st.left)
			return x
		}
	}
}

func (e *Engine) step(s *State) Exit {
	left := int64(1)
	x, stop := e.single(s, &left)
	s.Retired += uint64(1 - left)
	if !stop {
		return Exit{Reason: Budget}
	}
	return x
}

// single executes the instruction at R[15] with every check and takes it off the budget if it retires.
func (e *Engine) single(s *State, left *int64) (Exit, bool) {
	pc := s.R[15]
	key := uint64(pc|s.T) | uint64(s.IT)<<32 | 1<<63
	c := &e.ones[(pc>>1^s.IT)&(oneEntries-1)]
	ops := c.ops
	if c.key != key {
		in, ok, x, fault := e.fetch(pc, arm.Mode(s.T))
		if fault {
			return x, true
		}
		t := &e.one
		t.reset()
		it := arm.IT(s.IT)
		t.begin(pc, arm.Mode(s.T), it, 0)
		next := it.Next()
		if !ok {
			t.undefined(&in)
		} else {
			if in.Op == arm.IT_ {
				next = arm.IT(in.Imm)
			}
			in = in.In(it)
			t.inst(&in)
		}
		t.finish(pc+uint32(in.Len)|s.T, 0)
		ops = append([]irOp(nil), t.ops...)
		for i := range ops {
			ops[i].idx = uint16(next) // alone, an instruction needs no index
		}
		e.mem.markCode(pc >> pageShift)
		e.mem.markCode((pc + uint32(in.Len) - 1) >> pageShift)
		*c = single{key, ops}
	}
	next := uint32(ops[0].idx)
	if len(e.hits) > 0 {
		e.hits = e.hits[:0]
	}
	oldIT := s.IT
	s.IT = next
	x, stop := e.execOne(s, &ops[0])
	if stop && x.Reason != SVC {
		s.IT = oldIT
		s.R[15] = pc
		return x, true
	}
	*left--
	if len(e.hits) > 0 && !stop {
		h := e.hits[0]
		return Exit{Reason: Watchpoint, Access: h.access, Addr: h.addr}, true
	}
	return x, stop
}
