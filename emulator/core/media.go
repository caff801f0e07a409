package core

import "armillary.dev/device/arm"

func lo(v uint32) int64 { return int64(int16(v)) }
func hi(v uint32) int64 { return int64(int16(v >> 16)) }

func half(v, top uint32) int64 {
	if top != 0 {
		return hi(v)
	}
	return lo(v)
}

// satS and satU saturate to n bits and set Q.
func (s *State) satS(v int64, n uint32) uint32 {
	limit := int64(1)<<(n-1) - 1
	if v > limit {
		s.Q = 1
		return uint32(limit)
	}
	if v < -limit-1 {
		s.Q = 1
		return uint32(-limit - 1)
	}
	return uint32(v)
}

func (s *State) satU(v int64, n uint32) uint32 {
	limit := int64(1)<<n - 1
	if v < 0 || v > limit {
		s.Q = 1
		return uint32(max(0, min(v, limit)))
	}
	return uint32(v)
}

// overflow sets Q when a sum does not fit a register.
func (s *State) overflow(v int64) uint32 {
	if v != int64(int32(v)) {
		s.Q = 1
	}
	return uint32(v)
}

// media are the operations with one result that are too rare for a place in the table: imm3 is the arm.Op.
func media(s *State, op *irOp, n, m, a uint32) uint32 {
	acc := int64(int32(a))
	switch arm.Op(op.imm3) {
	case arm.SMLAxy:
		return s.overflow(half(n, op.imm&1)*half(m, op.imm&2) + acc)
	case arm.SMULxy:
		return uint32(half(n, op.imm&1) * half(m, op.imm&2))
	case arm.SMLAWy:
		return s.overflow(int64(int32(n))*half(m, op.imm&2)>>16 + acc)
	case arm.SMULWy:
		return uint32(int64(int32(n)) * half(m, op.imm&2) >> 16)
	case arm.SMLAD, arm.SMUAD, arm.SMLSD, arm.SMUSD:
		if op.imm&1 != 0 {
			m = m<<16 | m>>16
		}
		p1, p2 := lo(n)*lo(m), hi(n)*hi(m)
		switch arm.Op(op.imm3) {
		case arm.SMUAD:
			return s.overflow(p1 + p2)
		case arm.SMUSD:
			return uint32(p1 - p2)
		case arm.SMLSD:
			return s.overflow(p1 - p2 + acc)
		}
		return s.overflow(p1 + p2 + acc)
	case arm.SMMUL, arm.SMMLA, arm.SMMLS:
		p := int64(int32(n)) * int64(int32(m))
		round := int64(op.imm&1) << 31
		switch arm.Op(op.imm3) {
		case arm.SMMUL:
			return uint32((p + round) >> 32)
		case arm.SMMLS:
			return uint32((acc<<32 - p + round) >> 32)
		}
		return uint32((acc<<32 + p + round) >> 32)
	case arm.USAD8, arm.USADA8:
		sum := a
		for i := 0; i < 32; i += 8 {
			d := int32(n>>i&0xff) - int32(m>>i&0xff)
			sum += uint32(max(d, -d))
		}
		return sum
	case arm.QADD:
		return s.satS(int64(int32(m))+int64(int32(n)), 32)
	case arm.QSUB:
		return s.satS(int64(int32(m))-int64(int32(n)), 32)
	case arm.QDADD:
		return s.satS(int64(int32(m))+int64(int32(s.satS(2*int64(int32(n)), 32))), 32)
	case arm.QDSUB:
		return s.satS(int64(int32(m))-int64(int32(s.satS(2*int64(int32(n)), 32))), 32)
	case arm.SSAT: // n is shifted already
		return s.satS(int64(int32(n)), op.imm)
	case arm.USAT:
		return s.satU(int64(int32(n)), op.imm)
	case arm.SSAT16:
		return s.satS(lo(n), op.imm)&0xffff | s.satS(hi(n), op.imm)<<16
	case arm.USAT16:
		return s.satU(lo(n), op.imm)&0xffff | s.satU(hi(n), op.imm)<<16
	case arm.SEL:
		var mask uint32
		for i := range uint32(4) {
			mask |= s.GE >> i & 1 * 0xff << (8 * i)
		}
		return n&mask | m&^mask
	case arm.PKHBT: // m is shifted already
		return n&0xffff | m&0xffff0000
	case arm.PKHTB:
		return n&0xffff0000 | m&0xffff
	case arm.SXTB16, arm.UXTB16:
		if sh := op.sh & 31; sh != 0 {
			m = m>>sh | m<<(32-sh)
		}
		x, y := m&0xff, m>>16&0xff
		if arm.Op(op.imm3) == arm.SXTB16 {
			x, y = uint32(int32(int8(x))), uint32(int32(int8(y)))
		}
		return (n+x)&0xffff | (n>>16+y)<<16
	case arm.PADD:
		return s.parallel(op.imm, n, m)
	}
	return 0
}

// mediaLong are the multiplications with a 64-bit result in two registers.
func mediaLong(op *irOp, n, m, l, h uint32) (uint32, uint32) {
	acc := int64(uint64(l) | uint64(h)<<32)
	x := m
	if op.imm&1 != 0 {
		x = m<<16 | m>>16
	}
	switch arm.Op(op.imm3) {
	case arm.SMLALxy:
		acc += half(n, op.imm&1) * half(m, op.imm&2)
	case arm.SMLALD:
		acc += lo(n)*lo(x) + hi(n)*hi(x)
	case arm.SMLSLD:
		acc += lo(n)*lo(x) - hi(n)*hi(x)
	}
	return uint32(acc), uint32(uint64(acc) >> 32)
}

// parallel is the addition and subtraction of halves or bytes; which is 8*prefix + operation as in arm.PADD.
// Prefixes: 1 signed, 2 saturating, 3 halving, 5 to 7 the same unsigned. Only 1 and 5 set GE.
func (s *State) parallel(which, n, m uint32) uint32 {
	prefix, o := which>>3, which&7
	width := uint32(16)
	if o&4 != 0 {
		width = 8
	}
	lanes := 32 / width
	get := func(v, i uint32) int64 {
		v = v >> (i * width) & (1<<width - 1)
		if prefix < 4 {
			return int64(int32(v<<(32-width)) >> (32 - width))
		}
		return int64(v)
	}
	var r, ge uint32
	for i := range lanes {
		j, minus := i, o == 3 || o == 7
		if o == 1 || o == 2 {
			j = 1 - i
			minus = (i == 0) == (o == 1) // ASX subtracts below, SAX above
		}
		x, y := get(n, i), get(m, j)
		v := x + y
		if minus {
			v = x - y
		}
		var g bool
		switch prefix {
		case 1:
			g = v >= 0
		case 5:
			g = v >= 0 && minus || !minus && v >= 1<<width
		case 2:
			limit := int64(1)<<(width-1) - 1
			v = max(-limit-1, min(v, limit))
		case 6:
			v = max(0, min(v, 1<<width-1))
		case 3, 7:
			v >>= 1
		}
		r |= uint32(v) & (1<<width - 1) << (i * width)
		if g {
			ge |= (1<<(width/8) - 1) << (i * width / 8)
		}
	}
	if prefix == 1 || prefix == 5 {
		s.GE = ge
	}
	return r
}
