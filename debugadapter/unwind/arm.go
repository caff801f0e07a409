package unwind

import "encoding/binary"

// microKind is what an instruction does to the stack, as far as prologues and epilogues go.
type microKind uint8

const (
	mNeutral    microKind = iota // leaves SP alone
	mPush                        // store mask below SP, SP moves
	mPop                         // load mask from SP, SP moves
	mVPush                       // store n D registers from first
	mVPop                        //
	mAdd                         // rd = rn + imm
	mStore                       // store rd at SP+imm, SP stays
	mLoadMulti                   // load mask from rn without moving it
	mReturn                      // bx lr, mov pc, lr
	mBranch                      // unconditional, to imm relative to the instruction
	mBranchCond                  // conditional branch
	mCall                        //
	mIT                          // the next n instructions are conditional
	mLoseSP                      // SP becomes something that only the program knows (alloca)
	mUnknown                     // changes SP in a way that is not understood, or ends the function
)

// micro is a decoded instruction. ARM ARM section numbers are of DDI 0406C.
type micro struct {
	kind   microKind
	rd, rn int
	imm    int32
	mask   uint32
	first  int // D register
	n      int
	cond   bool // executed conditionally
}

// decodeThumb reads one T32 instruction (A6); size is 0 when b is too short.
func decodeThumb(b []byte) (m micro, size int) {
	if len(b) < 2 {
		return m, 0
	}
	h := uint32(binary.LittleEndian.Uint16(b))
	if h>>11 < 0b11101 {
		return decodeThumb16(h), 2
	}
	if len(b) < 4 {
		return m, 0
	}
	return decodeThumb32(h, uint32(binary.LittleEndian.Uint16(b[2:]))), 4
}

func decodeThumb16(h uint32) micro {
	switch {
	case h&0xfe00 == 0xb400: // PUSH
		return micro{kind: mPush, mask: h&0xff | h>>8&1<<LR}
	case h&0xfe00 == 0xbc00: // POP
		return micro{kind: mPop, mask: h&0xff | h>>8&1<<PC}
	case h&0xff80 == 0xb000: // ADD SP, #imm7
		return micro{kind: mAdd, rd: SP, rn: SP, imm: int32(h&0x7f) << 2}
	case h&0xff80 == 0xb080: // SUB SP, #imm7
		return micro{kind: mAdd, rd: SP, rn: SP, imm: -int32(h&0x7f) << 2}
	case h&0xf800 == 0xa800: // ADD Rd, SP, #imm8
		return micro{kind: mAdd, rd: int(h >> 8 & 7), rn: SP, imm: int32(h&0xff) << 2}
	case h&0xff00 == 0x4600: // MOV Rd, Rm
		rd, rm := int(h>>4&8|h&7), int(h>>3&15)
		if rd == PC {
			if rm == LR {
				return micro{kind: mReturn}
			}
			return micro{kind: mUnknown}
		}
		return micro{kind: mAdd, rd: rd, rn: rm}
	case h&0xff00 == 0x4400 && (h>>4&8|h&7) == SP: // ADD SP, Rm
		return micro{kind: mLoseSP}
	case h&0xf800 == 0x3000 && h>>8&7 == 7: // ADDS R7, #imm8
		return micro{kind: mAdd, rd: 7, rn: 7, imm: int32(h & 0xff)}
	case h&0xf800 == 0x3800 && h>>8&7 == 7: // SUBS R7, #imm8
		return micro{kind: mAdd, rd: 7, rn: 7, imm: -int32(h & 0xff)}
	case h&0xf800 == 0x9000: // STR Rt, [SP, #imm8]
		return micro{kind: mStore, rd: int(h >> 8 & 7), imm: int32(h&0xff) << 2}
	case h == 0x4770: // BX LR
		return micro{kind: mReturn}
	case h&0xff87 == 0x4700: // BX Rm
		return micro{kind: mUnknown}
	case h&0xff87 == 0x4780: // BLX Rm
		return micro{kind: mCall}
	case h&0xff00 == 0xbf00 && h&0xf != 0: // IT
		n := 4
		for x := h & 0xf; x&1 == 0; x >>= 1 {
			n--
		}
		return micro{kind: mIT, n: n}
	case h&0xf800 == 0xe000: // B
		return micro{kind: mBranch, imm: int32(h<<21)>>20 + 4}
	case h&0xf000 == 0xd000 && h>>8&15 < 14: // B<c>
		return micro{kind: mBranchCond, imm: int32(int8(h))*2 + 4}
	case h&0xf500 == 0xb100: // CBZ, CBNZ
		return micro{kind: mBranchCond, imm: int32(h>>3&0x40|h>>2&0x3e) + 4}
	}
	return micro{}
}

func decodeThumb32(h, l uint32) micro {
	w := h<<16 | l
	switch {
	case h == 0xe92d: // PUSH.W
		return micro{kind: mPush, mask: l}
	case h == 0xe8bd: // POP.W
		return micro{kind: mPop, mask: l}
	case w&0xffff0fff == 0xf84d0d04: // STR Rt, [SP, #-4]!
		return micro{kind: mPush, mask: 1 << (l >> 12)}
	case w&0xffff0fff == 0xf85d0b04: // LDR Rt, [SP], #4
		return micro{kind: mPop, mask: 1 << (l >> 12)}
	case h&0xffbf == 0xed2d && l&0x0f00 == 0x0b00: // VPUSH (D)
		return micro{kind: mVPush, first: int(h>>2&16 | l>>12), n: int(l & 0xff / 2)}
	case h&0xffbf == 0xecbd && l&0x0f00 == 0x0b00: // VPOP (D)
		return micro{kind: mVPop, first: int(h>>2&16 | l>>12), n: int(l & 0xff / 2)}
	case h&0xfbf0 == 0xf100 || h&0xfbf0 == 0xf1a0 || h&0xfbf0 == 0xf200 || h&0xfbf0 == 0xf2a0:
		// ADD.W, SUB.W (modified constant), ADDW, SUBW
		rd, rn := int(l>>8&15), int(h&15)
		imm12 := h>>10&1<<11 | l>>12&7<<8 | l&0xff
		v := imm12
		if h&0x0200 == 0 {
			v = thumbExpandImm(imm12)
		}
		if h&0x00a0 != 0 && h&0xf0 != 0 {
			v = -v
		}
		if rd == 15 { // CMN, CMP
			return micro{}
		}
		return micro{kind: mAdd, rd: rd, rn: rn, imm: int32(v)}
	case h&0xffff == 0xf8cd: // STR.W Rt, [SP, #imm12]
		return micro{kind: mStore, rd: int(l >> 12), imm: int32(l & 0xfff)}
	case h&0xffff == 0xe9cd: // STRD Rt, Rt2, [SP, #imm8]: the first register only matters to us as neutral
		return micro{}
	case h&0xfe00 == 0xea00 && l>>8&15 == SP: // data processing into SP: SUB.W SP, SP, Rm
		return micro{kind: mLoseSP}
	case h&0xf800 == 0xf000 && l&0xd000 == 0xd000, h&0xf800 == 0xf000 && l&0xd001 == 0xc000: // BL, BLX
		return micro{kind: mCall}
	case h&0xf800 == 0xf000 && l&0xd000 == 0x9000: // B.W
		s := h >> 10 & 1
		i1, i2 := ^(l>>13^s)&1, ^(l>>11^s)&1
		v := s<<24 | i1<<23 | i2<<22 | h&0x3ff<<12 | l&0x7ff<<1
		return micro{kind: mBranch, imm: int32(v<<7)>>7 + 4}
	case h&0xf800 == 0xf000 && l&0xd000 == 0x8000 && h>>6&15 < 14: // B<c>.W
		v := h>>10&1<<20 | l>>11&1<<19 | l>>13&1<<18 | h&0x3f<<12 | l&0x7ff<<1
		return micro{kind: mBranchCond, imm: int32(v<<11)>>11 + 4}
	case h&0xfff0 == 0xe8d0 && l&0xffe0 == 0xf000: // TBB, TBH
		return micro{kind: mUnknown}
	case h&0xff7f == 0xf85f && l>>12 == PC, h&0xfff0 == 0xf8d0 && l>>12 == PC: // LDR PC
		return micro{kind: mUnknown}
	case h&0xffd0 == 0xe890 && l&(1<<PC) != 0: // LDM with PC
		return micro{kind: mUnknown}
	}
	return micro{}
}

// thumbExpandImm is ThumbExpandImm (A6.3.2).
func thumbExpandImm(imm12 uint32) uint32 {
	b := imm12 & 0xff
	if imm12>>10 == 0 {
		switch imm12 >> 8 & 3 {
		case 0:
			return b
		case 1:
			return b<<16 | b
		case 2:
			return b<<24 | b<<8
		}
		return b<<24 | b<<16 | b<<8 | b
	}
	v, rot := b&0x7f|0x80, imm12>>7
	return v>>rot | v<<(32-rot)
}

// decodeARM reads one A32 instruction (A5); size is 0 when b is too short.
func decodeARM(b []byte) (m micro, size int) {
	if len(b) < 4 {
		return m, 0
	}
	w := binary.LittleEndian.Uint32(b)
	m = decodeA32(w)
	m.cond = w>>28 != 14
	if m.cond && m.kind == mBranch {
		m.kind = mBranchCond
	}
	return m, 4
}

func decodeA32(w uint32) micro {
	if w>>28 == 15 {
		if w>>25&7 == 5 { // BLX imm
			return micro{kind: mCall}
		}
		return micro{}
	}
	rn, rd := int(w>>16&15), int(w>>12&15)
	rot := w >> 7 & 30
	imm := w & 0xff
	imm = imm>>rot | imm<<(32-rot)
	switch x := w & 0x0fffffff; {
	case x&0x0fff0000 == 0x092d0000: // STMDB SP!
		return micro{kind: mPush, mask: w & 0xffff}
	case x&0x0fff0000 == 0x08bd0000: // LDMIA SP!
		return micro{kind: mPop, mask: w & 0xffff}
	case x&0x0fff0fff == 0x052d0004: // STR Rt, [SP, #-4]!
		return micro{kind: mPush, mask: 1 << rd}
	case x&0x0fff0fff == 0x049d0004: // LDR Rt, [SP], #4
		return micro{kind: mPop, mask: 1 << rd}
	case x&0x0fbf0f00 == 0x0d2d0b00: // VPUSH (D)
		return micro{kind: mVPush, first: int(w>>18&16 | w>>12&15), n: int(w & 0xff / 2)}
	case x&0x0fbf0f00 == 0x0cbd0b00: // VPOP (D)
		return micro{kind: mVPop, first: int(w>>18&16 | w>>12&15), n: int(w & 0xff / 2)}
	case x&0x0fe00000 == 0x02800000 && rd != PC: // ADD Rd, Rn, #imm
		return micro{kind: mAdd, rd: rd, rn: rn, imm: int32(imm)}
	case x&0x0fe00000 == 0x02400000 && rd != PC: // SUB Rd, Rn, #imm
		return micro{kind: mAdd, rd: rd, rn: rn, imm: -int32(imm)}
	case x == 0x01a0f00e, x == 0x012fff1e: // MOV PC, LR; BX LR
		return micro{kind: mReturn}
	case x&0x0fff0ff0 == 0x01a00000: // MOV Rd, Rm
		if rd == PC {
			return micro{kind: mUnknown}
		}
		return micro{kind: mAdd, rd: rd, rn: int(w & 15)}
	case x&0x0fff0000 == 0x058d0000: // STR Rt, [SP, #imm]
		return micro{kind: mStore, rd: rd, imm: int32(w & 0xfff)}
	case x&0x0f000000 == 0x0a000000: // B
		return micro{kind: mBranch, imm: int32(w<<8)>>6 + 8}
	case x&0x0f000000 == 0x0b000000, x&0x0ffffff0 == 0x012fff30: // BL, BLX
		return micro{kind: mCall}
	case x&0x0ffffff0 == 0x012fff10: // BX
		return micro{kind: mUnknown}
	case x&0x0fd00000 == 0x08900000 && rn != SP && w&(1<<SP) != 0: // LDMIA Rn, {.., SP, ..}
		return micro{kind: mLoadMulti, rn: rn, mask: w & 0xffff}
	case x&0x0fff0000 == 0x089d0000: // LDMIA SP, {...}
		return micro{kind: mLoadMulti, rn: SP, mask: w & 0xffff}
	case x&0x0fff0000 == 0x091b0000: // LDMDB FP, {...}
		return micro{kind: mLoadMulti, rn: FP, mask: w & 0xffff, imm: -1}
	case x&0x0c10f000 == 0x0410f000, x&0x0e108000 == 0x08108000: // LDR PC, LDM with PC
		return micro{kind: mUnknown}
	case x&0x0c000000 == 0 && rd == SP && x&0x01900000 != 0x01100000 && x&0x0e000090 != 0x90: // data processing into SP
		return micro{kind: mLoseSP}
	}
	return micro{}
}
