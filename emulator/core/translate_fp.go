package core

import "armillary.dev/device/arm"

func (t *translator) float(in *arm.Inst) {
	s := func(r uint8) uint8 { return regVFP + r }
	d := func(r uint8) uint8 { return regVFP + 2*r }
	reg := s
	dbl := opcode(0)
	if in.Double {
		reg, dbl = d, 1
	}
	o := irOp{rd: reg(in.Rd), rn: reg(in.Rn), rm: reg(in.Rm)}
	switch in.Op {
	case arm.VADD, arm.VSUB, arm.VMUL, arm.VDIV:
		o.code = map[arm.Op]opcode{arm.VADD: opVaddS, arm.VSUB: opVsubS, arm.VMUL: opVmulS, arm.VDIV: opVdivS}[in.Op] + dbl
	case arm.VNMUL:
		o.code = opVnmulS + dbl
	case arm.VMLA, arm.VMLS, arm.VNMLA, arm.VNMLS:
		o.code = opVmlaS + dbl
		// VMLA d+p, VMLS d-p, VNMLS -d+p, VNMLA -d-p
		if in.Op == arm.VNMLA || in.Op == arm.VNMLS {
			o.imm = 1
		}
		if in.Op == arm.VMLS || in.Op == arm.VNMLA {
			o.imm2 = 1 << 31
		}
	case arm.VFMA, arm.VFMS, arm.VFNMA, arm.VFNMS:
		o.code = opVfmaS + dbl
		if in.Op == arm.VFNMA || in.Op == arm.VFNMS {
			o.imm = 1
		}
		if in.Op == arm.VFMS || in.Op == arm.VFNMA {
			o.imm2 = 1 << 31
		}
	case arm.VMOVI:
		if in.Double {
			o.code, o.imm2 = opVmovID, in.Imm
		} else {
			o.code, o.imm = opMovI, in.Imm
		}
	case arm.VMOV:
		o.code = opMovR
		if in.Double {
			o.code = opVmovD
		}
	case arm.VABS:
		o.code = opVabsS
		if in.Double {
			o.code = opVabsD
		}
	case arm.VNEG:
		o.code = opVnegS
		if in.Double {
			o.code = opVnegD
		}
	case arm.VSQRT:
		o.code = opVsqrtS + dbl
	case arm.VCMP, arm.VCMPE:
		o.code = opVcmpS + dbl
		if in.Imm == 1 {
			o.code = opVcmpZS + dbl
		}
		o.imm = b2u(in.Op == arm.VCMPE)
	case arm.VCVTDS:
		o.code, o.rd, o.rm = opVcvtDS, d(in.Rd), s(in.Rm)
	case arm.VCVTSD:
		o.code, o.rd, o.rm = opVcvtSD, s(in.Rd), d(in.Rm)
	case arm.VCVTFI:
		o.code, o.rm, o.imm = opVcvtFIS+dbl, s(in.Rm), in.Imm|2
	case arm.VCVTIF, arm.VCVTR:
		o.code, o.rd, o.imm, o.imm2 = opVcvtIFS+dbl, s(in.Rd), in.Imm|2, 3
		if in.Op == arm.VCVTR {
			o.imm2 = 4 // as FPSCR says
		}
	case arm.VCVTFX:
		o.code, o.imm, o.sh = opVcvtFXS+dbl, in.Imm, in.Amount
	case arm.VCVTXF:
		o.code, o.imm, o.sh = opVcvtXFS+dbl, in.Imm, in.Amount
	case arm.VCVTBT:
		o.code, o.imm = opVcvtHS, in.Imm
	case arm.VCVTTB:
		o.code, o.imm = opVcvtSH, in.Imm
	case arm.VMOVRS:
		o = irOp{code: opMovR, rd: in.Rd, rm: s(in.Rm)}
	case arm.VMOVSR:
		o = irOp{code: opMovR, rd: s(in.Rm), rm: in.Rd}
	case arm.VMOVRRS, arm.VMOVRRD:
		r := s(in.Rm)
		if in.Op == arm.VMOVRRD {
			r = d(in.Rm)
		}
		t.emit(irOp{code: opMovR, rd: in.Rd, rm: r})
		o = irOp{code: opMovR, rd: in.Ra, rm: r + 1}
	case arm.VMOVSRR, arm.VMOVDRR:
		r := s(in.Rm)
		if in.Op == arm.VMOVDRR {
			r = d(in.Rm)
		}
		t.emit(irOp{code: opMovR, rd: r, rm: in.Rd})
		o = irOp{code: opMovR, rd: r + 1, rm: in.Ra}
	case arm.VMOVRX, arm.VMOVXR:
		size := in.Imm2 & 0xff
		bit := in.Imm * size
		word, mask := d(in.Rm)+uint8(bit/32), uint32(1<<size-1)
		switch {
		case in.Op == arm.VMOVXR:
			o = irOp{code: opSetLane, rd: word, rm: in.Rd, imm: bit % 32, imm2: mask}
		case in.Imm2>>8 == 0:
			o = irOp{code: opLaneS, rd: in.Rd, rm: word, imm: 32 - size - bit%32, imm2: 32 - size}
		default:
			o = irOp{code: opLane, rd: in.Rd, rm: word, imm: bit % 32, imm2: mask}
		}
	case arm.VDUPR:
		first := d(in.Rm)
		for i := range 32 / in.Imm2 {
			t.emit(irOp{code: opSetLane, rd: first, rm: in.Rd, imm: i * in.Imm2, imm2: uint32(1<<in.Imm2 - 1)})
		}
		for i := uint8(1); i < 2*in.Amount; i++ {
			t.emit(irOp{code: opMovR, rd: first + i, rm: first})
		}
		return
	case arm.VMRS:
		switch {
		case in.Imm != 1:
			t.undefined(in)
			return
		case in.Rd == 15:
			o = irOp{code: opVmrsF}
		default:
			o = irOp{code: opVmrs, rd: in.Rd}
		}
	case arm.VMSR:
		if in.Imm != 1 {
			t.undefined(in)
			return
		}
		o = irOp{code: opVmsr, rd: in.Rd}
	case arm.VLDR, arm.VSTR:
		o.rn, o.imm = in.Rn, in.Imm
		if in.Rn == 15 {
			o.rn, o.imm = regZero, t.pcValue()&^3+in.Imm
		}
		o.ra, o.sh = o.rd+1, 3
		switch {
		case in.Double && in.Op == arm.VLDR:
			o.code = opLdrd
		case in.Double:
			o.code = opStrd
		case in.Op == arm.VLDR:
			o.code, o.sh = opVldm, 1
		default:
			o.code, o.sh, o.imm2 = opVstm, 1, 3
		}
	case arm.VLDM, arm.VSTM:
		words := in.Imm
		if in.Double {
			words *= 2
		}
		o.rn, o.sh, o.imm2 = t.src(in.Rn), uint8(words), 3
		if !in.Add {
			o.imm = -(4 * words)
		}
		o.code = opVldm
		if in.Op == arm.VSTM {
			o.code = opVstm
		}
		t.emit(o)
		if in.Wback {
			delta := 4 * words
			if !in.Add {
				delta = -delta
			}
			t.emit(irOp{code: opAddI, rd: in.Rn, rn: in.Rn, imm: delta})
		}
		return
	case arm.VLD1, arm.VST1:
		o.code, o.rn, o.sh = opVld1, in.Rn, uint8(2*in.Imm)
		if in.Amount > 0 {
			o.imm2 = uint32(in.Amount) - 1
		}
		if in.Op == arm.VST1 {
			o.code, o.imm = opVstm, 0
		}
		t.emit(o)
		if in.Wback {
			if in.Operand == arm.OperandImm {
				t.emit(irOp{code: opAddI, rd: in.Rn, rn: in.Rn, imm: 8 * in.Imm})
			} else {
				t.emit(irOp{code: opAddR, rd: in.Rn, rn: in.Rn, rm: in.Rm})
			}
		}
		return
	case arm.VMOVQ:
		for i := range in.Amount {
			t.emit(irOp{code: opVmovID, rd: d(in.Rd + i), imm: in.Imm, imm2: in.Imm2})
		}
		return
	case arm.VANDQ, arm.VBICQ, arm.VORRQ, arm.VORNQ, arm.VEORQ:
		for i := range in.Amount {
			t.emit(irOp{code: opVandQ + opcode(in.Op-arm.VANDQ), rd: d(in.Rd + i), rn: d(in.Rn + i), rm: d(in.Rm + i)})
		}
		return
	default:
		t.undefined(in)
		return
	}
	t.emit(o)
}
