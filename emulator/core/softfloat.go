package core

import "math/bits"

// Floating point as the ARM ARM defines it (A2.7): every rounding mode, flush to zero, default NaN and the cumulative
// flags. A value is carried as sign, exponent and a 64-bit significand whose top bit is set; bits that do not fit are
// or-ed into its lowest bit.

type fpFormat struct {
	mant, width uint // bits of the fraction and of the whole
	bias        int
}

var (
	fp16 = &fpFormat{10, 16, 15}
	fp32 = &fpFormat{23, 32, 127}
	fp64 = &fpFormat{52, 64, 1023}
)

func (f *fpFormat) inf() uint64        { return (1<<(f.width-1-f.mant) - 1) << f.mant }
func (f *fpFormat) sign(v uint64) uint { return uint(v >> (f.width - 1) & 1) }
func (f *fpFormat) quiet() uint64      { return 1 << (f.mant - 1) }
func (f *fpFormat) defaultNaN() uint64 { return f.inf() | f.quiet() }
func (f *fpFormat) isNaN(v uint64) bool {
	return v&(1<<(f.width-1)-1) > f.inf()
}
func (f *fpFormat) isSNaN(v uint64) bool { return f.isNaN(v) && v&f.quiet() == 0 }

type fpKind uint8

const (
	fpZero fpKind = iota
	fpFinite
	fpInf
	fpNaN
)

type fpNum struct {
	kind fpKind
	sign uint
	exp  int // value = sig / 2^63 * 2^exp
	sig  uint64
}

// Cumulative flags and modes in the FPSCR.
const (
	fpIOC = 1 << 0
	fpDZC = 1 << 1
	fpOFC = 1 << 2
	fpUFC = 1 << 3
	fpIXC = 1 << 4
	fpIDC = 1 << 7
	fpFZ  = 1 << 24
	fpDN  = 1 << 25
	fpAHP = 1 << 26
)

func (s *State) raise(flags uint32) {
	if s.FPSCR&flags != flags {
		s.FPSCR |= flags
		s.updateFP()
	}
}

// updateFP says when the host's arithmetic may be used as it is: rounding to nearest, no flushing, and Inexact already
// set, so that only it could be missed; results that are not ordinary numbers go the long way all the same.
func (s *State) updateFP() {
	s.fpHost = b2u(s.FPSCR&(3<<22|fpFZ|fpIXC) == fpIXC)
}

func (s *State) rmode() uint32 { return s.FPSCR >> 22 & 3 }

func (s *State) unpack(v uint64, f *fpFormat) fpNum {
	n := fpNum{sign: f.sign(v)}
	frac := v & (1<<f.mant - 1)
	e := int(v >> f.mant & (1<<(f.width-1-f.mant) - 1))
	switch {
	case v&f.inf() == f.inf() && !(f == fp16 && s.FPSCR&fpAHP != 0):
		n.kind = fpInf
		if frac != 0 {
			n.kind = fpNaN
		}
	case e == 0 && frac == 0:
	case e == 0:
		if s.FPSCR&fpFZ != 0 && f != fp16 {
			s.raise(fpIDC)
			return n
		}
		z := bits.LeadingZeros64(frac)
		n.kind, n.sig = fpFinite, frac<<z
		n.exp = 1 - f.bias + 63 - z - int(f.mant)
	default:
		n.kind, n.exp = fpFinite, e-f.bias
		n.sig = (frac | 1<<f.mant) << (63 - f.mant)
	}
	return n
}

// roundUp decides by mode, with the remainder compared with one half (-1, 0, 1; inexact).
func roundUp(mode uint32, sign uint, odd bool, half int) bool {
	switch mode {
	case 0:
		return half > 0 || half == 0 && odd
	case 1:
		return sign == 0
	case 2:
		return sign == 1
	}
	return false
}

// cut shifts right and says what was lost.
func cut(sig uint64, shift uint) (q uint64, inexact bool, half int) {
	var rem, mid uint64
	switch {
	case shift == 0:
		return sig, false, -1
	case shift < 64:
		q, rem, mid = sig>>shift, sig&(1<<shift-1), 1<<(shift-1)
	case shift == 64:
		rem, mid = sig, 1<<63
	default:
		return 0, sig != 0, -1
	}
	half = 1
	if rem < mid {
		half = -1
	} else if rem == mid {
		half = 0
	}
	return q, rem != 0, half
}

func (s *State) round(n fpNum, f *fpFormat, mode uint32) uint64 {
	sign := uint64(n.sign) << (f.width - 1)
	switch n.kind {
	case fpZero:
		return sign
	case fpInf:
		return sign | f.inf()
	}
	e := n.exp + f.bias
	tiny := e < 1
	if tiny && s.FPSCR&fpFZ != 0 && f != fp16 {
		s.raise(fpUFC)
		return sign
	}
	shift := 63 - f.mant
	if tiny {
		shift += uint(min(1-e, 200))
	}
	q, inexact, half := cut(n.sig, shift)
	if inexact && roundUp(mode, n.sign, q&1 == 1, half) {
		q++
	}
	if !tiny {
		q += uint64(e-1) << f.mant
	}
	alt := f == fp16 && s.FPSCR&fpAHP != 0
	if alt && (e > 31 || q > 0x7fff) {
		s.raise(fpIOC)
		return sign | 0x7fff
	}
	if !alt && (e > 2*f.bias || q >= f.inf()) {
		s.raise(fpOFC | fpIXC)
		if mode == 0 || mode == 1 && n.sign == 0 || mode == 2 && n.sign == 1 {
			return sign | f.inf()
		}
		return sign | (f.inf() - 1)
	}
	if inexact {
		s.raise(fpIXC)
		if tiny {
			s.raise(fpUFC)
		}
	}
	return sign | q
}

// nan picks the NaN of a result: the first signalling operand, else the first quiet one, in the order given.
func (s *State) nan(f *fpFormat, ops ...uint64) uint64 {
	pick, found := uint64(0), false
	for _, v := range ops {
		if f.isSNaN(v) {
			s.raise(fpIOC)
			pick, found = v|f.quiet(), true
			break
		}
	}
	for i := 0; !found && i < len(ops); i++ {
		if f.isNaN(ops[i]) {
			pick, found = ops[i], true
		}
	}
	if s.FPSCR&fpDN != 0 {
		return f.defaultNaN()
	}
	return pick
}

func (s *State) invalid(f *fpFormat) uint64 {
	s.raise(fpIOC)
	return f.defaultNaN()
}

func (s *State) zero(f *fpFormat, a, b uint) uint64 {
	if a == b {
		return uint64(a) << (f.width - 1)
	}
	return uint64(b2u(s.rmode() == 2)) << (f.width - 1)
}

func (s *State) add(x, y uint64, f *fpFormat) uint64 {
	a, b := s.unpack(x, f), s.unpack(y, f)
	if a.kind == fpNaN || b.kind == fpNaN {
		return s.nan(f, x, y)
	}
	return s.addNums(a, b, 0, 0, f)
}

// addNums adds numbers whose significands may go on for 64 bits.
func (s *State) addNums(a, b fpNum, alo, blo uint64, f *fpFormat) uint64 {
	switch {
	case a.kind == fpInf && b.kind == fpInf && a.sign != b.sign:
		return s.invalid(f)
	case a.kind == fpInf:
		return s.round(a, f, 0)
	case b.kind == fpInf:
		return s.round(b, f, 0)
	case a.kind == fpZero && b.kind == fpZero:
		return s.zero(f, a.sign, b.sign)
	case a.kind == fpZero:
		b.sig |= uint64(b2u(blo != 0))
		return s.round(b, f, s.rmode())
	case b.kind == fpZero:
		a.sig |= uint64(b2u(alo != 0))
		return s.round(a, f, s.rmode())
	}
	if a.exp < b.exp || a.exp == b.exp && (a.sig < b.sig || a.sig == b.sig && alo < blo) {
		a, b, alo, blo = b, a, blo, alo
	}
	ahi, al := a.sig>>1, a.sig<<63|alo>>1|alo&1
	bhi, bl := shiftJam(b.sig, blo, uint(a.exp-b.exp)+1)
	r := fpNum{kind: fpFinite, sign: a.sign, exp: a.exp + 1}
	var hi, lo, c uint64
	if a.sign == b.sign {
		lo, c = bits.Add64(al, bl, 0)
		hi, _ = bits.Add64(ahi, bhi, c)
	} else {
		lo, c = bits.Sub64(al, bl, 0)
		hi, _ = bits.Sub64(ahi, bhi, c)
		if hi|lo == 0 {
			return s.zero(f, 0, 1)
		}
	}
	if hi == 0 {
		hi, lo = lo, 0
		r.exp -= 64
	}
	z := uint(bits.LeadingZeros64(hi))
	if z > 0 {
		hi, lo = hi<<z|lo>>(64-z), lo<<z
	}
	r.exp -= int(z)
	r.sig = hi | uint64(b2u(lo != 0))
	return s.round(r, f, s.rmode())
}

// shiftJam shifts 128 bits right and keeps in the lowest bit whether anything was lost.
func shiftJam(hi, lo uint64, n uint) (uint64, uint64) {
	switch {
	case n == 0:
		return hi, lo
	case n < 64:
		lost := lo << (64 - n)
		return hi >> n, hi<<(64-n) | lo>>n | uint64(b2u(lost != 0))
	case n < 128:
		lost := lo
		if n > 64 {
			lost |= hi << (128 - n)
		}
		return 0, hi>>(n-64) | uint64(b2u(lost != 0))
	}
	return 0, uint64(b2u(hi|lo != 0))
}

// product multiplies two numbers that are not NaN, exactly: the low half comes apart. ok is false for 0 × ∞.
func product(a, b fpNum) (p fpNum, lo uint64, ok bool) {
	p.sign = a.sign ^ b.sign
	switch {
	case a.kind == fpInf || b.kind == fpInf:
		p.kind = fpInf
		return p, 0, a.kind != fpZero && b.kind != fpZero
	case a.kind == fpZero || b.kind == fpZero:
		return p, 0, true
	}
	p.kind, p.exp = fpFinite, a.exp+b.exp+1
	p.sig, lo = bits.Mul64(a.sig, b.sig)
	if p.sig>>63 == 0 {
		p.sig, lo = p.sig<<1|lo>>63, lo<<1
		p.exp--
	}
	return p, lo, true
}

func (s *State) mul(x, y uint64, f *fpFormat) uint64 {
	a, b := s.unpack(x, f), s.unpack(y, f)
	if a.kind == fpNaN || b.kind == fpNaN {
		return s.nan(f, x, y)
	}
	p, lo, ok := product(a, b)
	if !ok {
		return s.invalid(f)
	}
	p.sig |= uint64(b2u(lo != 0))
	return s.round(p, f, s.rmode())
}

func (s *State) div(x, y uint64, f *fpFormat) uint64 {
	a, b := s.unpack(x, f), s.unpack(y, f)
	if a.kind == fpNaN || b.kind == fpNaN {
		return s.nan(f, x, y)
	}
	r := fpNum{sign: a.sign ^ b.sign}
	switch {
	case a.kind == b.kind && a.kind != fpFinite:
		return s.invalid(f)
	case a.kind == fpInf:
		r.kind = fpInf
	case a.kind == fpZero || b.kind == fpInf:
	case b.kind == fpZero:
		s.raise(fpDZC)
		r.kind = fpInf
	default:
		q, rem := bits.Div64(a.sig>>1, a.sig<<63, b.sig)
		r.kind, r.exp = fpFinite, a.exp-b.exp
		if q>>63 == 0 {
			q <<= 1
			r.exp--
			if hi, c := bits.Add64(rem, rem, 0); c != 0 || hi >= b.sig {
				q |= 1
				rem = hi - b.sig
			} else {
				rem = hi
			}
		}
		r.sig = q | uint64(b2u(rem != 0))
	}
	return s.round(r, f, s.rmode())
}

func (s *State) sqrt(x uint64, f *fpFormat) uint64 {
	a := s.unpack(x, f)
	switch {
	case a.kind == fpNaN:
		return s.nan(f, x)
	case a.kind == fpZero:
		return s.round(a, f, 0)
	case a.sign == 1:
		return s.invalid(f)
	case a.kind == fpInf:
		return x
	}
	hi, lo := a.sig>>1, a.sig<<63 // sig << 63
	if a.exp&1 != 0 {
		hi, lo = a.sig, 0
	}
	var root uint64
	for b := uint64(1) << 63; b != 0; b >>= 1 {
		t := root | b
		h, l := bits.Mul64(t, t)
		if h < hi || h == hi && l <= lo {
			root = t
		}
	}
	h, l := bits.Mul64(root, root)
	r := fpNum{kind: fpFinite, exp: a.exp >> 1, sig: root | uint64(b2u(h != hi || l != lo))}
	return s.round(r, f, s.rmode())
}

// fma is c + x*y with one rounding.
func (s *State) fma(c, x, y uint64, f *fpFormat) uint64 {
	n, a, b := s.unpack(c, f), s.unpack(x, f), s.unpack(y, f)
	p, lo, ok := product(a, b)
	if n.kind == fpNaN || a.kind == fpNaN || b.kind == fpNaN {
		if a.kind != fpNaN && b.kind != fpNaN && !ok && !f.isSNaN(c) {
			return s.invalid(f)
		}
		return s.nan(f, c, x, y)
	}
	if !ok {
		return s.invalid(f)
	}
	return s.addNums(n, p, 0, lo, f)
}

// compare gives the flags N Z C V in bits 31..28; all says that quiet NaNs are invalid too.
func (s *State) compare(x, y uint64, f *fpFormat, all bool) uint32 {
	a, b := s.unpack(x, f), s.unpack(y, f)
	if a.kind == fpNaN || b.kind == fpNaN {
		if all || f.isSNaN(x) || f.isSNaN(y) {
			s.raise(fpIOC)
		}
		return 3 << 28
	}
	key := func(v uint64, n fpNum) int64 {
		m := int64(v & (1<<(f.width-1) - 1))
		if n.kind == fpZero {
			m = 0
		}
		if n.sign == 1 {
			return -m
		}
		return m
	}
	switch p, q := key(x, a), key(y, b); {
	case p == q:
		return 6 << 28
	case p < q:
		return 8 << 28
	}
	return 2 << 28
}

// toInt converts with frac fraction bits; kind bit 0 is signed, bit 1 is 32 bits rather than 16.
func (s *State) toInt(x uint64, f *fpFormat, kind uint32, frac int, mode uint32) uint32 {
	size := uint(16)
	if kind&2 != 0 {
		size = 32
	}
	low, high := int64(0), int64(1)<<size-1
	if kind&1 != 0 {
		low, high = -1<<(size-1), 1<<(size-1)-1
	}
	a := s.unpack(x, f)
	var v int64
	inexact := false
	switch a.kind {
	case fpNaN:
		s.raise(fpIOC)
		return 0
	case fpZero:
		return 0
	case fpInf:
		v = 1 << 40
	default:
		e := a.exp + frac
		if e > 38 {
			v = 1 << 40
			break
		}
		q, inx, half := cut(a.sig, uint(min(63-e, 200)))
		inexact = inx
		if inx && roundUp(mode, a.sign, q&1 == 1, half) {
			q++
		}
		v = int64(q)
	}
	if a.sign == 1 {
		v = -v
	}
	if v < low || v > high {
		s.raise(fpIOC)
		return uint32(max(low, min(v, high)))
	}
	if inexact {
		s.raise(fpIXC)
	}
	return uint32(v)
}

// fromInt converts with frac fraction bits; kind as in toInt.
func (s *State) fromInt(v uint32, f *fpFormat, kind uint32, frac int, mode uint32) uint64 {
	var w int64
	switch kind & 3 {
	case 0:
		w = int64(uint16(v))
	case 1:
		w = int64(int16(v))
	case 2:
		w = int64(v)
	case 3:
		w = int64(int32(v))
	}
	if w == 0 {
		return 0
	}
	n := fpNum{kind: fpFinite, sig: uint64(max(w, -w))}
	n.sign = uint(b2u(w < 0))
	z := bits.LeadingZeros64(n.sig)
	n.sig <<= z
	n.exp = 63 - z - frac
	return s.round(n, f, mode)
}

// convert changes the format.
func (s *State) convert(x uint64, from, to *fpFormat) uint64 {
	a := s.unpack(x, from)
	alt := s.FPSCR&fpAHP != 0
	if to == fp16 && alt && a.kind >= fpInf {
		s.raise(fpIOC)
		if a.kind == fpNaN {
			return uint64(a.sign) << 15
		}
		return uint64(a.sign)<<15 | 0x7fff
	}
	if a.kind == fpNaN {
		if from.isSNaN(x) {
			s.raise(fpIOC)
		}
		if s.FPSCR&fpDN != 0 {
			return to.defaultNaN()
		}
		frac := x & (1<<from.mant - 1)
		if to.mant > from.mant {
			frac <<= to.mant - from.mant
		} else {
			frac >>= from.mant - to.mant
		}
		return uint64(a.sign)<<(to.width-1) | to.inf() | to.quiet() | frac
	}
	return s.round(a, to, s.rmode())
}
