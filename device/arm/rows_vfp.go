package arm

// rowsVFP are the scalar floating-point encodings, as in A32; T32 has them with 1110 for the condition.
// Field F is the size bit; D, N and M are the extra bits of the register fields d, n and m.
func rowsVFP() []row {
	rows := []row{
		{pattern: "cccc 1110 0D00 nnnn dddd 101F N0M0 mmmm", op: VMLA, form: fV3},
		{pattern: "cccc 1110 0D00 nnnn dddd 101F N1M0 mmmm", op: VMLS, form: fV3},
		{pattern: "cccc 1110 0D01 nnnn dddd 101F N0M0 mmmm", op: VNMLS, form: fV3},
		{pattern: "cccc 1110 0D01 nnnn dddd 101F N1M0 mmmm", op: VNMLA, form: fV3},
		{pattern: "cccc 1110 0D10 nnnn dddd 101F N0M0 mmmm", op: VMUL, form: fV3},
		{pattern: "cccc 1110 0D10 nnnn dddd 101F N1M0 mmmm", op: VNMUL, form: fV3},
		{pattern: "cccc 1110 0D11 nnnn dddd 101F N0M0 mmmm", op: VADD, form: fV3},
		{pattern: "cccc 1110 0D11 nnnn dddd 101F N1M0 mmmm", op: VSUB, form: fV3},
		{pattern: "cccc 1110 1D00 nnnn dddd 101F N0M0 mmmm", op: VDIV, form: fV3},
		{pattern: "cccc 1110 1D01 nnnn dddd 101F N0M0 mmmm", op: VFNMS, form: fV3},
		{pattern: "cccc 1110 1D01 nnnn dddd 101F N1M0 mmmm", op: VFNMA, form: fV3},
		{pattern: "cccc 1110 1D10 nnnn dddd 101F N0M0 mmmm", op: VFMA, form: fV3},
		{pattern: "cccc 1110 1D10 nnnn dddd 101F N1M0 mmmm", op: VFMS, form: fV3},
		{pattern: "cccc 1110 1D11 iiii dddd 101F 0000 iiii", op: VMOVI, form: fVImm},
		{pattern: "cccc 1110 1D11 0000 dddd 101F 01M0 mmmm", op: VMOV, form: fV3},
		{pattern: "cccc 1110 1D11 0000 dddd 101F 11M0 mmmm", op: VABS, form: fV3},
		{pattern: "cccc 1110 1D11 0001 dddd 101F 01M0 mmmm", op: VNEG, form: fV3},
		{pattern: "cccc 1110 1D11 0001 dddd 101F 11M0 mmmm", op: VSQRT, form: fV3},
		{pattern: "cccc 1110 1D11 0010 dddd 101F i1M0 mmmm", op: VCVTBT, form: fVHalf},
		{pattern: "cccc 1110 1D11 0011 dddd 101F i1M0 mmmm", op: VCVTTB, form: fVHalf},
		{pattern: "cccc 1110 1D11 0100 dddd 101F 01M0 mmmm", op: VCMP, form: fV3},
		{pattern: "cccc 1110 1D11 0100 dddd 101F 11M0 mmmm", op: VCMPE, form: fV3},
		{pattern: "cccc 1110 1D11 0101 dddd 101F 0100 0000", op: VCMP, form: fV3, x: 1},
		{pattern: "cccc 1110 1D11 0101 dddd 101F 1100 0000", op: VCMPE, form: fV3, x: 1},
		{pattern: "cccc 1110 1D11 0111 dddd 1010 11M0 mmmm", op: VCVTDS, form: fVCvt, x: 'd' | 's'<<8},
		{pattern: "cccc 1110 1D11 0111 dddd 1011 11M0 mmmm", op: VCVTSD, form: fVCvt, x: 's' | 'd'<<8},
		{pattern: "cccc 1110 1D11 1000 dddd 1010 i1M0 mmmm", op: VCVTFI, form: fVCvt, x: 's' | 's'<<8},
		{pattern: "cccc 1110 1D11 1000 dddd 1011 i1M0 mmmm", op: VCVTFI, form: fVCvt, x: 'd' | 's'<<8 | 1<<16},
		{pattern: "cccc 1110 1D11 110i dddd 1010 11M0 mmmm", op: VCVTIF, form: fVCvt, x: 's' | 's'<<8},
		{pattern: "cccc 1110 1D11 110i dddd 1011 11M0 mmmm", op: VCVTIF, form: fVCvt, x: 's' | 'd'<<8 | 1<<16},
		{pattern: "cccc 1110 1D11 110i dddd 1010 01M0 mmmm", op: VCVTR, form: fVCvt, x: 's' | 's'<<8},
		{pattern: "cccc 1110 1D11 110i dddd 1011 01M0 mmmm", op: VCVTR, form: fVCvt, x: 's' | 'd'<<8 | 1<<16},
		{pattern: "cccc 1110 1D11 101u dddd 101F x1i0 iiii", op: VCVTFX, form: fVFix},
		{pattern: "cccc 1110 1D11 111u dddd 101F x1i0 iiii", op: VCVTXF, form: fVFix},
		// moves
		{pattern: "cccc 1110 0000 nnnn tttt 1010 N001 0000", op: VMOVSR, form: fVCore, no15: "t"},
		{pattern: "cccc 1110 0001 nnnn tttt 1010 N001 0000", op: VMOVRS, form: fVCore, no15: "t"},
		{pattern: "cccc 1100 0100 uuuu tttt 1010 00M1 mmmm", op: VMOVSRR, form: fVCore2, no15: "tu"},
		{pattern: "cccc 1100 0101 uuuu tttt 1010 00M1 mmmm", op: VMOVRRS, form: fVCore2, no15: "tu"},
		{pattern: "cccc 1100 0100 uuuu tttt 1011 00M1 mmmm", op: VMOVDRR, form: fVCore2, x: 1, no15: "tu"},
		{pattern: "cccc 1100 0101 uuuu tttt 1011 00M1 mmmm", op: VMOVRRD, form: fVCore2, x: 1, no15: "tu"},
		{pattern: "cccc 1110 1 i Q 0 nnnn tttt 1011 N 0 j 1 0000", op: VDUPR, form: fVDup, no15: "t"},
		{pattern: "cccc 1110 0 oo 0 nnnn tttt 1011 N pp 1 0000", op: VMOVXR, form: fVElem, no15: "t"},
		{pattern: "cccc 1110 U oo 1 nnnn tttt 1011 N pp 1 0000", op: VMOVRX, form: fVElem, no15: "t"},
		{pattern: "cccc 1110 1110 iiii tttt 1010 0001 0000", op: VMSR, no15: "t"},
		{pattern: "cccc 1110 1111 iiii tttt 1010 0001 0000", op: VMRS, form: fVMRS},
		// memory
		{pattern: "cccc 1101 UD00 nnnn dddd 101F iiiiiiii", op: VSTR, form: fVMem},
		{pattern: "cccc 1101 UD01 nnnn dddd 101F iiiiiiii", op: VLDR, form: fVMem},
		{pattern: "cccc 1100 1DW0 nnnn dddd 101F iiiiiiii", op: VSTM, form: fVLdm, x: 1},
		{pattern: "cccc 1100 1DW1 nnnn dddd 101F iiiiiiii", op: VLDM, form: fVLdm, x: 1},
		{pattern: "cccc 1101 0D10 nnnn dddd 101F iiiiiiii", op: VSTM, form: fVLdm},
		{pattern: "cccc 1101 0D11 nnnn dddd 101F iiiiiiii", op: VLDM, form: fVLdm},
	}
	return rows
}

// rowsNEON are the few vector encodings that compilers use to clear and copy memory.
func rowsNEON() []row {
	rows := []row{
		{pattern: "1111001 i 1D000 iii dddd 0kk0 0Q o1 iiii", op: VMOVQ, form: fNImm, x: 1},
		{pattern: "1111001 i 1D000 iii dddd 10k0 0Q o1 iiii", op: VMOVQ, form: fNImm, x: 8<<4 | 1},
		{pattern: "1111001 i 1D000 iii dddd 11kk 0Q o1 iiii", op: VMOVQ, form: fNImm, x: 12 << 4},
	}
	for _, o := range []struct {
		u, size string
		op      Op
	}{{"0", "00", VANDQ}, {"0", "01", VBICQ}, {"0", "10", VORRQ}, {"0", "11", VORNQ}, {"1", "00", VEORQ}} {
		rows = append(rows, row{pattern: "1111001" + o.u + "0D" + o.size + "nnnn dddd 0001 NQM1 mmmm", op: o.op, form: fN3})
	}
	for kind, n := range map[string]uint32{"0111": 1, "1010": 2, "0110": 3, "0010": 4} {
		rows = append(rows, row{pattern: "11110100 0D10 nnnn dddd" + kind + "jj oo mmmm", op: VLD1, form: fNMem, x: n},
			row{pattern: "11110100 0D00 nnnn dddd" + kind + "jj oo mmmm", op: VST1, form: fNMem, x: n})
	}
	return rows
}

// vreg joins a register field with its extra bit: the extra bit is the lowest of an S number, the highest of a D number.
func vreg(field uint8, extra uint32, double bool) uint8 {
	if double {
		return field | uint8(extra)<<4
	}
	return field<<1 | uint8(extra)
}

func fV3(in *Inst, f *fields, x uint32) bool {
	in.Class |= ClassFP
	in.Double = f.get('F') == 1
	in.Rd, in.Rn, in.Rm = vreg(in.Rd, f.get('D'), in.Double), vreg(in.Rn, f.get('N'), in.Double), vreg(in.Rm, f.get('M'), in.Double)
	in.Imm = x
	return true
}

// fVImm expands an 8-bit floating-point constant (ARM ARM A7.5.1).
func fVImm(in *Inst, f *fields, _ uint32) bool {
	v := in.Imm
	fV3(in, f, 0)
	s, b6, low := v>>7, v>>6&1, v&0x3f
	if in.Double {
		in.Imm = s<<31 | (1^b6)<<30 | b6*0xff<<22 | low<<16
	} else {
		in.Imm = s<<31 | (1^b6)<<30 | b6*0x1f<<25 | low<<19
	}
	return true
}

// fVHalf: i selects the half; conversions between half and double do not exist before ARMv8.
func fVHalf(in *Inst, f *fields, _ uint32) bool {
	i := in.Imm
	fV3(in, f, 0)
	in.Imm = i
	return !in.Double
}

// fVCvt: x gives the sizes of destination and source, bit 16 that the instruction works on doubles.
func fVCvt(in *Inst, f *fields, x uint32) bool {
	in.Class |= ClassFP
	in.Rd = vreg(in.Rd, f.get('D'), byte(x) == 'd')
	in.Rm = vreg(in.Rm, f.get('M'), byte(x>>8) == 'd')
	in.Double = x>>16 == 1
	return true
}

// fVFix: x is the size (0 = 16 bits), u the sign, i the size minus the fraction bits (its low bit comes first).
func fVFix(in *Inst, f *fields, _ uint32) bool {
	// the pattern gathers i as i:imm4 with bit 5 first; the architecture's value is imm4:i
	v := in.Imm&15<<1 | in.Imm>>4
	sx := f.get('x')
	u := f.get('u')
	in.Ra = 0
	fV3(in, f, 0)
	size := uint32(16)
	if sx == 1 {
		size = 32
	}
	if v > size {
		return false
	}
	in.Imm, in.Amount, in.Rm, in.Rn = (1^u)|sx<<1, uint8(size-v), in.Rd, 0
	return true
}

func fVCore(in *Inst, f *fields, _ uint32) bool {
	in.Class |= ClassFP
	in.Rm, in.Rn = vreg(in.Rn, f.get('N'), false), 0
	return true
}

func fVCore2(in *Inst, f *fields, x uint32) bool {
	in.Class |= ClassFP
	in.Rm = vreg(in.Rm, f.get('M'), x == 1)
	if in.Op == VMOVRRS || in.Op == VMOVRRD {
		if in.Rd == in.Ra {
			return false
		}
	}
	return x == 1 || in.Rm < 31
}

func fVElem(in *Inst, f *fields, _ uint32) bool {
	in.Class |= ClassFP
	rn := vreg(in.Rn, f.get('N'), true)
	o, p, u := f.get('o'), f.get('p'), f.get('U')
	switch {
	case o&2 != 0:
		in.Imm, in.Imm2 = o&1<<2|p, 8
	case p&1 != 0:
		in.Imm, in.Imm2 = o&1<<1|p>>1, 16
	case p == 0 && u == 0:
		in.Imm, in.Imm2 = o&1, 32
	default:
		return false
	}
	in.Imm2 |= u << 8
	in.Rm, in.Rn = rn, 0
	return true
}

func fVDup(in *Inst, f *fields, _ uint32) bool {
	in.Class |= ClassFP
	size, ok := map[uint32]uint32{0: 32, 1: 16, 2: 8}[in.Imm<<1|in.Imm2]
	in.Rm, in.Rn = vreg(in.Rn, f.get('N'), true), 0
	in.Amount, in.Imm, in.Imm2 = uint8(1+f.get('Q')), 0, size
	return ok && (f.get('Q') == 0 || in.Rm&1 == 0)
}

// fVMRS: user mode may read FPSCR only; Rd = 15 means the flags.
func fVMRS(in *Inst, _ *fields, _ uint32) bool {
	in.Class |= ClassFP
	return in.Rd != 15 || in.Imm == 1
}

func fVMem(in *Inst, f *fields, _ uint32) bool {
	i, n := in.Imm*4, in.Rn
	fV3(in, f, 0)
	in.Rn, in.Imm, in.Operand, in.Index, in.Add = n, i, OperandImm, true, f.get('U') == 1
	if !in.Add {
		in.Imm = -i
	}
	return !(n == 15 && in.Op == VSTR && in.Mode == T32)
}

// fVLdm: x = 1 for increment after; the other is decrement before with write-back. Imm becomes the number of registers.
func fVLdm(in *Inst, f *fields, x uint32) bool {
	i, n := in.Imm, in.Rn
	fV3(in, f, 0)
	in.Rn, in.Imm = n, i
	in.Add, in.Index, in.Wback = x == 1, x == 0, x == 0 || f.get('W') == 1
	limit := uint32(32)
	if in.Double {
		if i&1 != 0 { // FLDMX, deprecated
			return false
		}
		in.Imm = i / 2
		if in.Imm > 16 {
			return false
		}
	}
	if n == 15 && (in.Wback || in.Mode == T32) {
		return false
	}
	return in.Imm > 0 && uint32(in.Rd)+in.Imm <= limit
}

// NEON.

func fN3(in *Inst, f *fields, _ uint32) bool {
	in.Class |= ClassFP
	in.Rd, in.Rn, in.Rm = vreg(in.Rd, f.get('D'), true), vreg(in.Rn, f.get('N'), true), vreg(in.Rm, f.get('M'), true)
	in.Double, in.Amount = true, uint8(1+f.get('Q'))
	return f.get('Q') == 0 || (in.Rd|in.Rn|in.Rm)&1 == 0
}

// fNImm expands a modified constant (ARM ARM A7.4.6): VMOV and VMVN only.
// x has the fixed bits of the mode above bit 4 and how far the field k is shifted below.
func fNImm(in *Inst, f *fields, x uint32) bool {
	in.Class |= ClassFP
	v, mode, op := in.Imm, x>>4|f.get('k')<<(x&15), f.get('o')
	in.Rd = vreg(in.Rd, f.get('D'), true)
	in.Double, in.Amount = true, uint8(1+f.get('Q'))
	if f.get('Q') == 1 && in.Rd&1 != 0 {
		return false
	}
	var lo, hi uint32
	switch {
	case mode < 8:
		lo = v << (mode >> 1 * 8)
		hi = lo
	case mode < 12:
		lo = v << (mode >> 1 & 1 * 8)
		lo |= lo << 16
		hi = lo
	case mode == 12:
		lo = v<<8 | 0xff
		hi = lo
	case mode == 13:
		lo = v<<16 | 0xffff
		hi = lo
	case mode == 14 && op == 0:
		lo = v * 0x01010101
		hi = lo
	case mode == 14:
		for b := range 4 {
			lo |= v >> b & 1 * 0xff << (8 * b)
			hi |= v >> (4 + b) & 1 * 0xff << (8 * b)
		}
		in.Imm, in.Imm2 = lo, hi
		return true
	case op == 0:
		lo = v>>7<<31 | (1^v>>6&1)<<30 | v>>6&1*0x1f<<25 | v&0x3f<<19
		hi = lo
	default:
		return false
	}
	if op == 1 {
		lo, hi = ^lo, ^hi
	}
	in.Imm, in.Imm2 = lo, hi
	return true
}

// fNMem: x registers; m = 15 no write-back, 13 by the size, else by a register; o is the alignment.
func fNMem(in *Inst, f *fields, x uint32) bool {
	in.Class |= ClassFP
	in.Rd = vreg(in.Rd, f.get('D'), true)
	in.Imm, in.Imm2, in.Double, in.Add = x, 8<<in.Imm2, true, true
	in.Wback = in.Rm != 15
	in.Operand = OperandReg
	if in.Rm == 13 {
		in.Operand = OperandImm
	}
	o := f.get('o')
	if o > 0 {
		in.Amount = uint8(4 << o)
	}
	if (x == 1 || x == 3) && o&2 != 0 || x == 2 && o == 3 {
		return false
	}
	return in.Rn != 15 && uint32(in.Rd)+x <= 32
}
