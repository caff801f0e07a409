package unwind

import (
	"encoding/binary"
	"math/bits"
)

// abs is a register's value as far as a prologue tells: the CFA plus an offset.
type abs struct {
	ok  bool
	off int32
}

// prologue is the state of the stack after some instructions from a function's start.
type prologue struct {
	reg    [NumCore]abs
	saved  [NumCore]abs // where the register was stored
	savedD [numVFP]abs
}

// maxFunction bounds how many bytes of a function are looked at.
const maxFunction = 1 << 16

func (p *prologue) store(n int, at int32) {
	// Only the first store saves the caller's value, and only while the register still has it.
	if !p.saved[n].ok {
		p.saved[n] = abs{true, at}
	}
}

// apply runs one instruction. It reports false when SP is lost.
func (p *prologue) apply(m micro) bool {
	sp := &p.reg[SP]
	switch m.kind {
	case mPush, mPop, mVPush, mVPop:
		if !sp.ok {
			return false
		}
	}
	switch m.kind {
	case mLoseSP:
		*sp = abs{}
	case mPush:
		// ARM's old frames push {fp, ip, lr, pc}: PC and IP (the old SP) take their slots.
		sp.off -= 4 * int32(bits.OnesCount32(m.mask))
		at := sp.off
		for n := 0; n < NumCore; n++ {
			if m.mask>>n&1 == 1 {
				p.store(n, at)
				at += 4
			}
		}
	case mPop:
		sp.off += 4 * int32(bits.OnesCount32(m.mask))
		if m.mask>>PC&1 == 1 || m.mask>>SP&1 == 1 {
			return false
		}
	case mVPush:
		sp.off -= 8 * int32(m.n)
		for i := 0; i < m.n && m.first+i < numVFP; i++ {
			if d := &p.savedD[m.first+i]; !d.ok {
				*d = abs{true, sp.off + 8*int32(i)}
			}
		}
	case mVPop:
		sp.off += 8 * int32(m.n)
	case mStore:
		if sp.ok && (m.rd < 12 && m.rd >= 4 || m.rd == LR) {
			p.store(m.rd, sp.off+m.imm)
		}
	case mAdd:
		v := p.reg[m.rn]
		v.off += m.imm
		p.reg[m.rd] = v
	case mLoadMulti, mUnknown, mReturn, mBranch:
		return false
	}
	return true
}

// start is where the frame's function begins: from symbols, else from the exception table.
func (s *step) start() (uint32, bool) {
	if s.fn != nil {
		return s.fn.Entry, true
	}
	if s.image != nil {
		t := exidx(s.image.File)
		if i := t.index(s.lookup - s.image.Bias); i >= 0 {
			return t.entries[i].addr&^1 + s.image.Bias, true
		}
	}
	return 0, false
}

// scanPrologue follows the function's control flow from its start and gives the state of the stack at the PC. exact: a
// path of understood instructions leads there; compilers keep the stack alike on all paths to one place, so any path
// will do. Otherwise the state is that of the last understood instruction before the PC.
func (s *step) scanPrologue() (p prologue, exact, ok bool) {
	at, ok := s.start()
	if !ok || at > s.pc || s.pc-at > maxFunction {
		return p, false, false
	}
	p.reg[SP] = abs{true, 0}
	decode, align := decodeARM, uint32(4)
	if s.regs.thumb() {
		decode, align = decodeThumb, 2
	}
	if s.pc == at {
		return p, true, true
	}
	size := s.pc - at + 4
	if s.fn != nil && len(s.fn.Ranges) > 0 && s.fn.Ranges[0].Low&^1 == at && s.fn.Ranges[0].Size() <= maxFunction {
		size = max(size, s.fn.Ranges[0].Size())
	}
	code := make([]byte, size)
	for s.u.code(at, code) != nil {
		if size = s.pc - at; len(code) <= int(size) {
			return p, false, false
		}
		code = code[:size]
	}
	type place struct {
		off uint32
		p   prologue
	}
	seen := make([]bool, len(code)/int(align)+1)
	work := []place{{0, p}}
	nearest, nearestOff := p, uint32(0)
	for n := 0; len(work) > 0 && n < maxFunction; {
		w := work[len(work)-1]
		work = work[:len(work)-1]
		inIT := 0
		for ; n < maxFunction; n++ {
			if at+w.off == s.pc {
				return w.p, true, true
			}
			if int(w.off) >= len(code) || w.off%align != 0 || seen[w.off/align] {
				break
			}
			seen[w.off/align] = true
			if w.off < s.pc-at && w.off >= nearestOff {
				nearest, nearestOff = w.p, w.off
			}
			m, size := decode(code[w.off:])
			if size == 0 {
				break
			}
			cond := m.cond || inIT > 0
			inIT = max(inIT-1, 0)
			if m.kind == mIT {
				inIT = m.n
			}
			stop := false
			switch m.kind {
			case mBranch, mBranchCond:
				if to := w.off + uint32(m.imm); int(to) < len(code) && len(work) < maxFunction/4 {
					work = append(work, place{to, w.p})
				}
				stop = m.kind == mBranch && !cond
			case mNeutral, mCall, mIT:
			default:
				// What is done only on a condition and leaves the function does not matter on the way that stays.
				if q := w.p; q.apply(m) {
					if !cond || m.kind != mPop {
						w.p = q
					}
				} else {
					stop = !cond
				}
			}
			if stop {
				break
			}
			w.off += uint32(size)
		}
	}
	return nearest, false, true
}

// byPrologue unwinds with what the function's first instructions say. Unless guess is set only an exact state counts.
func (s *step) byPrologue(guess bool) (Registers, bool) {
	p, exact, ok := s.scanPrologue()
	if !ok || !exact && !guess {
		return Registers{}, false
	}
	var cfa uint32
	found := false
	if !exact || !p.reg[SP].ok { // alloca moves SP, the frame pointer stays
		for _, n := range []int{7, FP} {
			if v, known := s.regs.Get(n); known && p.reg[n].ok && p.saved[n].ok {
				cfa, found = v-uint32(p.reg[n].off), true
				break
			}
		}
	}
	if !found {
		sp, known := s.regs.Get(SP)
		if !known || !p.reg[SP].ok {
			return Registers{}, false
		}
		cfa = sp - uint32(p.reg[SP].off)
	}
	out := s.regs
	out.lose()
	out.Set(SP, cfa)
	for n := 4; n < NumCore; n++ {
		if n == SP || n == 12 || n == PC || !p.saved[n].ok {
			continue
		}
		at := cfa + uint32(p.saved[n].off)
		v, err := readWord(s.u.Memory, at)
		if err != nil {
			return Registers{}, false
		}
		out.SetSaved(n, v, at)
	}
	for n, d := range p.savedD {
		if d.ok {
			at := cfa + uint32(d.off)
			var b [8]byte
			if s.u.Memory.ReadMemory(at, b[:]) == nil {
				out.SetSavedDouble(n, binary.LittleEndian.Uint64(b[:]), at)
			}
		}
	}
	if p.saved[LR].ok {
		v, _ := out.Get(LR)
		out.SetSaved(PC, v, cfa+uint32(p.saved[LR].off))
	} else {
		v, known := s.regs.Get(LR)
		if !known || s.isReturn {
			return Registers{}, false
		}
		out.Set(PC, v)
	}
	out.Forget(LR)
	return out, true
}

// byEpilogue runs forward when the PC is in an epilogue: a few stack operations and a return.
func (s *step) byEpilogue() (Registers, bool) {
	if s.u.Memory == nil {
		return Registers{}, false
	}
	var b [40]byte
	n := len(b)
	for n > 0 && s.u.code(s.pc, b[:n]) != nil {
		n -= 4
	}
	code := b[:n]
	decode := decodeARM
	if s.regs.thumb() {
		decode = decodeThumb
	}
	r := s.regs
	at := s.pc
	for k := 0; k < 8; k++ {
		m, size := decode(code)
		if size == 0 || m.cond {
			return r, false
		}
		sp, _ := r.Get(SP)
		switch m.kind {
		case mPop, mLoadMulti:
			from, writeback := sp, m.kind == mPop
			if m.kind == mLoadMulti {
				v, ok := r.Get(m.rn)
				if !ok {
					return r, false
				}
				from = v
				if m.imm < 0 {
					from -= 4 * uint32(bits.OnesCount32(m.mask))
				}
			}
			for n := 0; n < NumCore; n++ {
				if m.mask>>n&1 == 0 {
					continue
				}
				v, err := readWord(s.u.Memory, from)
				if err != nil {
					return r, false
				}
				r.SetSaved(n, v, from)
				from += 4
			}
			if writeback && m.mask>>SP&1 == 0 {
				r.Set(SP, from)
			}
			if m.mask>>PC&1 == 1 {
				return s.leave(r, PC)
			}
		case mVPop:
			for i := 0; i < m.n && m.first+i < numVFP; i++ {
				var d [8]byte
				if s.u.Memory.ReadMemory(sp, d[:]) != nil {
					return r, false
				}
				r.SetSavedDouble(m.first+i, binary.LittleEndian.Uint64(d[:]), sp)
				sp += 8
			}
			r.Set(SP, sp)
		case mAdd:
			v, ok := r.Get(m.rn)
			if !ok || m.rd != SP && m.rd != 7 && m.rd != FP || m.rd == SP && m.rn == SP && m.imm < 0 {
				return r, false
			}
			r.Set(m.rd, v+uint32(m.imm))
		case mReturn:
			return s.leave(r, LR)
		case mBranch:
			// A tail call leaves the function with the caller's return address still in LR.
			to := at + uint32(m.imm)
			if s.fn == nil || s.fn.Contains(to) || k == 0 && s.depth > 0 {
				return r, false
			}
			return s.leave(r, LR)
		default:
			return r, false
		}
		code = code[size:]
		at += uint32(size)
	}
	return r, false
}

// leave makes the caller's registers of r, whose return address is in register from.
func (s *step) leave(r Registers, from int) (Registers, bool) {
	pc, ok := r.Get(from)
	if !ok {
		return r, false
	}
	w := r.Where(from)
	r.lose()
	r.Set(PC, pc)
	if w.InMemory {
		r.SetSaved(PC, pc, w.Addr)
	}
	return r, true
}
