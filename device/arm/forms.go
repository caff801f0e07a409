package arm

import "math/bits"

func sext(v uint32, width uint) uint32 { return uint32(int32(v<<(32-width)) >> (32 - width)) }

// setsFlags wraps a form for 16-bit instructions that set the flags outside IT blocks.
func setsFlags(g form) form {
	return func(in *Inst, f *fields, x uint32) bool {
		in.SetFlags, in.flagsNotIT = true, true
		return g(in, f, x)
	}
}

// Data processing.

func fImm(in *Inst, _ *fields, x uint32) bool {
	in.Operand = OperandImm
	if x != 0 {
		in.Imm *= x
	}
	return true
}

func fReg(in *Inst, _ *fields, _ uint32) bool { in.Operand = OperandReg; return true }

// fShift: x is the shift kind, i the amount.
func fShift(in *Inst, _ *fields, x uint32) bool {
	in.setShift(x, in.Imm)
	in.Imm = 0
	return true
}

// fShiftY: y is the shift kind, i the amount.
func fShiftY(in *Inst, f *fields, _ uint32) bool { return fShift(in, f, f.get('y')) }

func (in *Inst) setShift(kind, amount uint32) {
	in.Operand, in.Shift, in.Amount = OperandReg, Shift(kind), uint8(amount)
	if amount == 0 {
		switch in.Shift {
		case LSR, ASR:
			in.Amount = 32
		case ROR:
			in.Shift, in.Amount = RRX, 1
		}
	}
}

// fShiftReg: register shifted by register a; the kind is x, or y where the pattern has it.
func fShiftReg(in *Inst, f *fields, x uint32) bool {
	in.Operand, in.Shift = OperandShiftReg, Shift(x|f.get('y'))
	return true
}

// fCmp is for compares, which have no S bit of their own.
func fCmp(g form) form {
	return func(in *Inst, f *fields, x uint32) bool { in.SetFlags = true; return g(in, f, x) }
}

// fRdn: the destination is also the first operand.
func fRdn(g form) form {
	return func(in *Inst, f *fields, x uint32) bool { in.Rn = in.Rd; return g(in, f, x) }
}

// fThumbImm expands a modified immediate constant of T32 (ARM ARM A6.3.2).
func fThumbImm(in *Inst, _ *fields, _ uint32) bool {
	in.Operand = OperandImm
	v, b := in.Imm, in.Imm&0xff
	if v>>10 == 0 {
		switch v >> 8 {
		case 1:
			b |= b << 16
		case 2:
			b = b<<8 | b<<24
		case 3:
			b |= b<<8 | b<<16 | b<<24
		}
		if v>>8 != 0 && v&0xff == 0 {
			return false
		}
		in.Imm = b
		return true
	}
	in.Imm, in.CarryImm = bits.RotateLeft32(b|0x80, -int(v>>7)), true
	return true
}

// fARMImm expands a modified immediate constant of A32.
func fARMImm(in *Inst, _ *fields, _ uint32) bool {
	in.Operand = OperandImm
	rot := in.Imm >> 8 * 2
	in.Imm, in.CarryImm = bits.RotateLeft32(in.Imm&0xff, -int(rot)), rot != 0
	return true
}

// fADR: x is 1 for subtraction.
func fADR(in *Inst, _ *fields, x uint32) bool {
	in.Operand = OperandImm
	if x == 1 {
		in.Imm = -in.Imm
	}
	return true
}

// A32 ADR: an expanded constant.
func fARMADR(in *Inst, f *fields, x uint32) bool {
	fARMImm(in, f, 0)
	in.CarryImm = false
	return fADR(in, f, x)
}

// fBits: x=0 field extraction with i lowest bit and j width-1; x=1 BFI/BFC with j highest bit.
func fBits(in *Inst, _ *fields, x uint32) bool {
	if x == 1 {
		if in.Imm2 < in.Imm {
			return false
		}
		in.Imm2 = in.Imm2 - in.Imm + 1
		return true
	}
	in.Imm2++
	return in.Imm+in.Imm2 <= 32
}

// fSat: j encodes the width, y the shift (bit 1 of its kind), i the amount; x is 1 for signed (width - 1).
func fSat(in *Inst, f *fields, x uint32) bool {
	in.Shift, in.Amount = Shift(f.get('y')<<1), uint8(in.Imm)
	if in.Shift == ASR && in.Amount == 0 {
		if in.Mode == T32 {
			return false // SSAT16 and USAT16 have rows of their own
		}
		in.Amount = 32
	}
	in.Imm, in.Imm2 = in.Imm2+x, 0
	return true
}

func fSat16(in *Inst, _ *fields, x uint32) bool { in.Imm += x; return true }

// fExt: r is the rotation in bytes.
func fExt(in *Inst, f *fields, x uint32) bool {
	in.Amount = uint8(f.get('r') * 8)
	if x == 1 { // no accumulator
		in.Rn = NoReg
	}
	return true
}

// fPKH: x is the shift kind.
func fPKH(in *Inst, f *fields, x uint32) bool { return fShift(in, f, x) }

// fXY: N and M are the half selectors of the SMLAxy family.
func fXY(in *Inst, f *fields, _ uint32) bool { in.Imm = f.get('N') | f.get('M')<<1; return true }

// fPADD: p is the prefix and o the operation, in the bit order of the mode.
func fPADD(in *Inst, f *fields, _ uint32) bool {
	p, o := f.get('p'), f.get('o')
	if in.Mode == T32 {
		// T32 orders the operations 1 ADD16, 2 ASX, 6 SAX, 5 SUB16, 0 ADD8, 4 SUB8, the prefixes S Q SH - U UQ UH
		op, ok := map[uint32]uint32{1: 0, 2: 1, 6: 2, 5: 3, 0: 4, 4: 7}[o]
		if !ok || p&3 == 3 {
			return false
		}
		p, o = p&4|p&3+1, op
	} else if p&3 == 0 || o == 5 || o == 6 {
		return false
	}
	in.Imm = p<<3 | o
	return true
}

// Long multiplications must have two results.
func fLong(in *Inst, f *fields, x uint32) bool {
	if f.get('N')|f.get('M') != 0 {
		in.Imm = f.get('N') | f.get('M')<<1
	} else if x != 0 {
		in.Imm = x - 1
	}
	return in.Rd != in.Ra
}

func fLongXY(in *Inst, f *fields, x uint32) bool { fXY(in, f, x); return in.Rd != in.Ra }

// Memory.

// fMemI: constant offset, always added, no write-back; x is the scale.
func fMemI(in *Inst, f *fields, x uint32) bool {
	in.Add, in.Index = true, true
	return fImm(in, f, x)
}

// fMemSP: like fMemI with the stack pointer as base.
func fMemSP(in *Inst, f *fields, x uint32) bool { in.Rn = 13; return fMemI(in, f, x) }

// fMemLit: relative to the word-aligned pc; U says up, and is 1 in the 16-bit form (x = 4).
func fMemLit(in *Inst, f *fields, x uint32) bool {
	in.Rn, in.Operand, in.Index, in.Add = 15, OperandImm, true, true
	if x != 0 {
		in.Imm *= x
	} else if f.get('U') == 0 {
		in.Imm, in.Add = -in.Imm, false
	}
	return in.loadOK()
}

// fMemR: register offset, shifted left by i.
func fMemR(in *Inst, f *fields, _ uint32) bool {
	in.Operand, in.Add, in.Index, in.Amount, in.Imm = OperandReg, true, true, uint8(in.Imm), 0
	return in.Rn != 15 && in.Rm != 15 && in.loadOK()
}

// loadOK refuses 15 as a transfer register where only words may go there.
func (in *Inst) loadOK() bool {
	return in.Rd != 15 || in.Op == LDR || in.Op == PLD
}

// fMemPUW: constant offset with P, U and W; x is the scale (0 = 1).
func fMemPUW(in *Inst, f *fields, x uint32) bool {
	p, u, w := f.get('P') == 1, f.get('U') == 1, f.get('W') == 1
	in.Operand, in.Add, in.Index, in.Wback = OperandImm, u, p, w || !p
	if x != 0 {
		in.Imm *= x
	}
	if !u {
		in.Imm = -in.Imm
	}
	if in.Mode == T32 && !p && !w {
		return false
	}
	return in.memOK(f)
}

// fMemPUWR: register offset with P, U and W and, where the pattern has them, shift kind y and amount i.
func fMemPUWR(in *Inst, f *fields, x uint32) bool {
	p, u, w := f.get('P') == 1, f.get('U') == 1, f.get('W') == 1
	in.setShift(f.get('y'), in.Imm)
	in.Imm = 0
	in.Add, in.Index, in.Wback = u, p, w || !p
	if in.Rm == 15 || in.Wback && in.Rm == in.Rn && false {
		return false
	}
	return in.memOK(f)
}

func (in *Inst) memOK(*fields) bool {
	if in.Wback && (in.Rn == 15 || in.Rn == in.Rd && in.Op != PLD) {
		return false
	}
	switch in.Op {
	case LDRD, STRD:
		if in.Mode == A32 {
			if in.Rd&1 != 0 || in.Rd == 14 {
				return false
			}
			in.Ra = in.Rd + 1
		}
		if in.Rd == 15 || in.Ra == 15 || in.Op == LDRD && in.Rd == in.Ra || in.Wback && in.Rn == in.Ra {
			return false
		}
		if in.Operand == OperandReg && in.Op == LDRD && (in.Rm == in.Rd || in.Rm == in.Ra) {
			return false
		}
		return in.Op == LDRD || in.Mode == A32 || in.Rn != 15
	case STR:
		if in.Mode == T32 {
			return in.Rd != 15 && in.Rn != 15
		}
		return true
	case STRB, STRH:
		return in.Rd != 15 && (in.Mode == A32 || in.Rn != 15)
	}
	return in.loadOK()
}

// fUnpriv: LDRT and friends, which in user mode are the plain accesses.
func fUnpriv(in *Inst, _ *fields, _ uint32) bool {
	in.Operand, in.Add, in.Index = OperandImm, true, true
	return in.Rd != 15 && in.Rn != 15
}

// fUnprivA: A32's LDRT and friends: post-indexed with write-back.
func fUnprivA(in *Inst, f *fields, x uint32) bool {
	f['P'-'A'], f['W'-'A'] = 0, 0
	if in.Rd == 15 && in.Op != STR {
		return false
	}
	if x == 1 {
		return fMemPUWR(in, f, 0)
	}
	return fMemPUW(in, f, 0)
}

// fLdm: register list i, base n, W; x holds Add (1) and Index (2), or P and U of the pattern when it is 4.
func fLdm(in *Inst, f *fields, x uint32) bool {
	if x == 4 {
		x = f.get('U') | f.get('P')<<1
	}
	in.Add, in.Index, in.Wback = x&1 == 1, x&2 == 2, f.get('W') == 1
	list := in.Imm
	if list == 0 || in.Rn == 15 {
		return false
	}
	if in.Mode == T32 && in.Len == 4 {
		if bits.OnesCount32(list) < 2 || list&0x2000 != 0 || in.Op == STM && list&0x8000 != 0 || list&0xc000 == 0xc000 {
			return false
		}
		if in.Wback && list>>in.Rn&1 == 1 {
			return false
		}
	}
	if in.Mode == A32 && in.Wback && list>>in.Rn&1 == 1 && (in.Op == LDM || list&(1<<in.Rn-1) != 0) {
		return false
	}
	return true
}

// fLdm16: the base is written back by loads only when it is not in the list; x = 1 for the load.
func fLdm16(in *Inst, _ *fields, x uint32) bool {
	in.Add, in.Wback = true, x == 0 || in.Imm>>in.Rn&1 == 0
	// A stored base that is not the lowest register of the list has an unknown value.
	return in.Imm != 0 && (x == 1 || in.Imm>>in.Rn&1 == 0 || in.Imm&(1<<in.Rn-1) == 0)
}

// fPush: e is the extra register (LR or PC); x = 1 for POP.
func fPush(in *Inst, f *fields, x uint32) bool {
	in.Rn, in.Wback = 13, true
	if x == 1 {
		in.Add = true
		in.Imm |= f.get('e') << 15
	} else {
		in.Index = true
		in.Imm |= f.get('e') << 14
	}
	return in.Imm != 0
}

// fEx: exclusive accesses. x = 1: doubleword pairs in A32.
func fEx(in *Inst, _ *fields, x uint32) bool {
	in.Imm *= 4
	store := in.Op >= STREX
	if x == 1 {
		r := &in.Rd
		if store {
			r = &in.Rm
		}
		if *r&1 != 0 || *r == 14 {
			return false
		}
		in.Ra = *r + 1
	}
	if in.Rd == 15 || in.Rn == 15 || store && in.Rm == 15 || in.Ra == 15 {
		return false
	}
	if in.Mode == T32 && (in.Rd == 13 || in.Rm == 13 || in.Ra == 13) {
		return false
	}
	if store && (in.Rd == in.Rn || in.Rd == in.Rm || in.Op == STREXD && in.Rd == in.Ra) {
		return false
	}
	return in.Op != LDREXD || in.Rd != in.Ra
}

// Branches.

// fBranch: i is the offset in units of 1<<x bytes, its sign at the pattern's width w = x>>8.
func fBranch(in *Inst, _ *fields, x uint32) bool {
	in.Imm = sext(in.Imm<<(x&0xff), uint(x>>8)+uint(x&0xff))
	return true
}

func fBcc(in *Inst, f *fields, x uint32) bool { return in.Cond < AL && fBranch(in, f, x) }

// fBranchJ: the long T32 branches, with J1 and J2 exchanged against the sign; x = 1 for BLX.
func fBranchJ(in *Inst, f *fields, _ uint32) bool {
	s := f.get('s')
	i1, i2 := 1^f.get('J')^s, 1^f.get('K')^s
	in.Imm = sext((s<<23|i1<<22|i2<<21|in.Imm)<<1, 25)
	return in.Op != BLXI || in.Imm&2 == 0
}

// fBccJ: conditional T32 branch of 32 bits.
func fBccJ(in *Inst, f *fields, _ uint32) bool {
	in.Imm = sext((f.get('s')<<19|f.get('K')<<18|f.get('J')<<17|in.Imm)<<1, 21)
	return in.Cond < AL
}

func fBLXA(in *Inst, f *fields, _ uint32) bool {
	in.Imm = sext(in.Imm<<2, 26) | f.get('H')<<1
	return true
}

func fCBZ(in *Inst, _ *fields, _ uint32) bool { in.Imm *= 2; return true }

func fIT(in *Inst, f *fields, _ uint32) bool {
	first, mask := f.get('o'), f.get('k')
	if first == 15 || first == 14 && bits.OnesCount32(mask) != 1 {
		return false
	}
	in.Imm = first<<4 | mask
	return true
}

// System.

// fMRC: coprocessor p, only what user mode has: thread pointers and the old barriers.
func fMRC(in *Inst, f *fields, _ uint32) bool {
	in.Imm2 = f.get('p')
	in.Imm = f.get('o')<<12 | f.get('n')<<8 | f.get('m')<<4 | f.get('q')
	in.Rn, in.Rm = 0, 0
	return in.Imm2 != 10 && in.Imm2 != 11
}

// fMSR: k is the field mask (bit 3 flags, bit 2 GE).
func fMSR(in *Inst, f *fields, x uint32) bool {
	in.Imm2 = f.get('k')
	if x == 1 {
		return fARMImm(in, f, 0) && in.Imm2 != 0
	}
	in.Operand = OperandReg
	return in.Rm != 15 && in.Imm2 != 0
}
