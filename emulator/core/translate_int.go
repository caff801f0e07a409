package core

import (
	"math/bits"

	"armillary.dev/device/arm"
)

// variants of an operation of two operands.
type variants struct{ r, rs, i, is opcode }

var aluOps = map[arm.Op]variants{
	arm.AND: {opAndR, opAndRS, opAndI, opAndIS}, arm.EOR: {opEorR, opEorRS, opEorI, opEorIS},
	arm.SUB: {opSubR, opSubRS, opSubI, opSubIS}, arm.RSB: {opRsbR, opRsbRS, opRsbI, opRsbIS},
	arm.ADD: {opAddR, opAddRS, opAddI, opAddIS}, arm.ADC: {opAdcR, opAdcRS, opAdcI, opAdcIS},
	arm.SBC: {opSbcR, opSbcRS, opSbcI, opSbcIS}, arm.RSC: {opRscR, opRscRS, opRscI, opRscIS},
	arm.TST: {opTstR, opTstR, opTstI, opTstI}, arm.TEQ: {opTeqR, opTeqR, opTeqI, opTeqI},
	arm.CMP: {opCmpR, opCmpR, opCmpI, opCmpI}, arm.CMN: {opCmnR, opCmnR, opCmnI, opCmnI},
	arm.ORR: {opOrrR, opOrrRS, opOrrI, opOrrIS}, arm.BIC: {opBicR, opBicRS, opBicI, opBicIS},
	arm.ORN: {opOrnR, opOrnRS, opOrnI, opOrnIS}, arm.MOV: {opMovR, opMovRS, opMovI, opMovIS},
	arm.MVN: {opMvnR, opMvnRS, opMovI, opMovIS},
}

// shiftedOps are the ones with the shift built in, in the order LSL, LSR, ASR, ROR.
var shiftedOps = map[arm.Op]opcode{
	arm.ADD: opAddLsl, arm.SUB: opSubLsl, arm.RSB: opRsbLsl, arm.AND: opAndLsl, arm.EOR: opEorLsl, arm.ORR: opOrrLsl, arm.BIC: opBicLsl,
}

// shiftOps are the shifts themselves: by a constant, with carry, with all flags, by register, with carry.
var shiftOps = [4][5]opcode{
	{opLslI, opLslIC, opLslIS, opLslR, opLslRC}, {opLsrI, opLsrIC, opLsrIS, opLsrR, opLsrRC},
	{opAsrI, opAsrIC, opAsrIS, opAsrR, opAsrRC}, {opRorI, opRorIC, opRorIS, opRorR, opRorRC},
}

// logical says which operations take their carry from the shifter.
func logical(op arm.Op) bool {
	switch op {
	case arm.AND, arm.EOR, arm.TST, arm.TEQ, arm.ORR, arm.MOV, arm.BIC, arm.MVN, arm.ORN:
		return true
	}
	return false
}

func (t *translator) dataProcessing(in *arm.Inst) {
	rd := in.Rd
	if rd == 15 && (in.Op < arm.TST || in.Op > arm.CMN) {
		rd = regT3
		defer func() { t.jumpTo(regT3, t.mode == arm.A32) }()
	}
	switch in.Op {
	case arm.ADR:
		t.emit(irOp{code: opMovI, rd: rd, imm: t.pcValue()&^3 + in.Imm})
		return
	case arm.MOVT:
		t.emit(irOp{code: opMovt, rd: rd, imm: in.Imm})
		return
	}
	v := aluOps[in.Op]
	carry := in.SetFlags && logical(in.Op)
	if in.Operand == arm.OperandImm {
		imm := in.Imm
		if in.Op == arm.MVN {
			imm = ^imm
		}
		if carry && in.CarryImm {
			t.emit(irOp{code: opSetC, imm: in.Imm >> 31})
		}
		code := v.i
		if in.SetFlags {
			code = v.is
		}
		rn := uint8(0)
		if in.Op != arm.MOV && in.Op != arm.MVN {
			rn = t.srcN(in)
		}
		t.emit(irOp{code: code, rd: rd, rn: rn, imm: imm})
		return
	}
	// A shift alone goes straight to its destination.
	if in.Op == arm.MOV && in.Operand == arm.OperandReg && in.Amount > 0 && in.Amount < 32 && in.Shift <= arm.ROR {
		code := shiftOps[in.Shift][0]
		if in.SetFlags {
			code = shiftOps[in.Shift][2]
		}
		t.emit(irOp{code: code, rd: rd, rm: t.src(in.Rm), sh: in.Amount})
		return
	}
	if s := shiftedOps[in.Op]; s != 0 && in.Operand == arm.OperandReg && !in.SetFlags && in.Amount > 0 && in.Amount < 32 && in.Shift <= arm.ROR {
		rm := t.src(in.Rm)
		t.emit(irOp{code: s + opcode(in.Shift), rd: rd, rn: t.src(in.Rn), rm: rm, sh: in.Amount})
		return
	}
	rm := t.operand(in, carry)
	code := v.r
	if in.SetFlags {
		code = v.rs
	}
	rn := uint8(0)
	if in.Op != arm.MOV && in.Op != arm.MVN {
		rn = t.src(in.Rn)
	}
	t.emit(irOp{code: code, rd: rd, rn: rn, rm: rm})
}

// srcN is the first operand of an operation with a constant.
func (t *translator) srcN(in *arm.Inst) uint8 { return t.src(in.Rn) }

// operand puts the shifted second operand into a register, and the shifter's carry into C if asked.
func (t *translator) operand(in *arm.Inst, carry bool) uint8 {
	rm := t.src(in.Rm)
	c := 0
	if carry {
		c = 1
	}
	switch {
	case in.Operand == arm.OperandShiftReg:
		t.emit(irOp{code: shiftOps[in.Shift][3+c], rd: regT1, rm: rm, ra: in.Ra})
	case in.Amount == 0:
		return rm
	case in.Shift == arm.RRX:
		t.emit(irOp{code: opRrx + opcode(c), rd: regT1, rm: rm})
	case in.Amount == 32:
		t.emit(irOp{code: opMovI, rd: regT3, imm: 32})
		t.emit(irOp{code: shiftOps[in.Shift][3+c], rd: regT1, rm: rm, ra: regT3})
	default:
		t.emit(irOp{code: shiftOps[in.Shift][c], rd: regT1, rm: rm, sh: in.Amount})
	}
	return regT1
}

func (t *translator) multiply(in *arm.Inst) {
	code := map[arm.Op]opcode{arm.MUL: opMul, arm.MLA: opMla, arm.MLS: opMls, arm.UMULL: opUmull, arm.SMULL: opSmull,
		arm.UMLAL: opUmlal, arm.SMLAL: opSmlal, arm.UMAAL: opUmaal, arm.SDIV: opSdiv, arm.UDIV: opUdiv,
		arm.SMLALxy: opMedia4, arm.SMLALD: opMedia4, arm.SMLSLD: opMedia4}[in.Op]
	if code == 0 {
		code = opMedia3
	}
	t.emit(irOp{code: code, rd: in.Rd, rn: in.Rn, rm: in.Rm, ra: in.Ra, imm: in.Imm, imm3: uint32(in.Op)})
	if in.SetFlags {
		switch in.Op {
		case arm.MUL, arm.MLA:
			t.emit(irOp{code: opSetNZ, rd: in.Rd})
		default:
			t.emit(irOp{code: opSetNZ64, rd: in.Rd, ra: in.Ra})
		}
	}
}

func (t *translator) mediaOp(in *arm.Inst) {
	o := irOp{rd: in.Rd, rn: in.Rn, rm: in.Rm, ra: in.Ra, imm: in.Imm, imm3: uint32(in.Op)}
	switch in.Op {
	case arm.SXTB, arm.SXTH, arm.UXTB, arm.UXTH:
		o.code = map[arm.Op]opcode{arm.SXTB: opSxtb, arm.SXTH: opSxth, arm.UXTB: opUxtb, arm.UXTH: opUxth}[in.Op]
		o.sh = in.Amount
		if in.Amount == 24 && (in.Op == arm.SXTH || in.Op == arm.UXTH) {
			t.emit(irOp{code: opRorI, rd: regT1, rm: in.Rm, sh: 24})
			o.rm, o.sh = regT1, 0
		}
		if in.Rn != arm.NoReg {
			o.rd = regT1
			t.emit(o)
			o = irOp{code: opAddR, rd: in.Rd, rn: in.Rn, rm: regT1}
		}
	case arm.SXTB16, arm.UXTB16:
		o.code, o.sh = opMedia3, in.Amount
		if in.Rn == arm.NoReg {
			o.rn = regZero
		}
	case arm.PKHBT, arm.PKHTB:
		o.rm = t.operand(in, false)
		o.code, o.imm = opMedia3, 0
	case arm.SSAT, arm.USAT:
		in2 := *in
		in2.Rm, in2.Operand = in.Rn, arm.OperandReg
		o.rn = t.operand(&in2, false)
		o.code = opMedia3
	case arm.RBIT, arm.REV, arm.REV16, arm.REVSH, arm.CLZ:
		o.code = map[arm.Op]opcode{arm.RBIT: opRbit, arm.REV: opRev, arm.REV16: opRev16, arm.REVSH: opRevsh, arm.CLZ: opClz}[in.Op]
	case arm.BFI, arm.BFC:
		o.code, o.sh = opBfi, uint8(in.Imm)
		o.rm = in.Rn
		if in.Op == arm.BFC {
			o.rm = regZero
		}
		o.imm = uint32(1<<in.Imm2-1) << in.Imm
	case arm.UBFX:
		o.code, o.rm, o.sh, o.imm = opUbfx, in.Rn, uint8(in.Imm), uint32(1<<in.Imm2-1)
	case arm.SBFX:
		o.code, o.rm, o.sh, o.imm = opSbfx, in.Rn, uint8(32-in.Imm-in.Imm2), 32-in.Imm2
	case arm.QADD, arm.QSUB, arm.QDADD, arm.QDSUB, arm.SSAT16, arm.USAT16, arm.PADD, arm.SEL, arm.USAD8:
		o.code, o.ra = opMedia3, regZero
	case arm.USADA8:
		o.code = opMedia3
	}
	t.emit(o)
}

// single transfers: offset constant and register, and where there are some the forms that write the base.
type transfer struct{ i, r, post, pre opcode }

var transfers = map[arm.Op]transfer{
	arm.LDR: {opLdrI, opLdrR, opLdrPost, opLdrPre}, arm.LDRB: {opLdrbI, opLdrbR, opLdrbPost, opLdrbPre},
	arm.LDRH: {opLdrhI, opLdrhR, 0, 0}, arm.LDRSB: {opLdrsbI, opLdrsbR, 0, 0}, arm.LDRSH: {opLdrshI, opLdrshR, 0, 0},
	arm.STR: {opStrI, opStrR, opStrPost, opStrPre}, arm.STRB: {opStrbI, opStrbR, opStrbPost, 0}, arm.STRH: {opStrhI, opStrhR, 0, 0},
	arm.LDRD: {opLdrd, 0, 0, 0}, arm.STRD: {opStrd, 0, 0, 0},
}

func (t *translator) memory(in *arm.Inst) {
	switch in.Op {
	case arm.PLD:
		t.emit(irOp{code: opNop})
		return
	case arm.CLREX:
		t.emit(irOp{code: opClrex})
		return
	case arm.LDM, arm.STM:
		t.multiple(in)
		return
	}
	if in.Op >= arm.LDREX {
		t.emit(irOp{code: opExclusive, rd: in.Rd, rn: in.Rn, rm: in.Rm, ra: in.Ra, imm: in.Imm, imm3: uint32(in.Op)})
		return
	}
	f := transfers[in.Op]
	rd := in.Rd
	jump := rd == 15 && in.Op == arm.LDR
	if jump {
		rd = regT3
	} else if rd == 15 { // STR pc
		rd = t.src(15)
	}
	o := irOp{rd: rd, rn: in.Rn, ra: in.Ra}
	if in.Op == arm.LDRD || in.Op == arm.STRD {
		o.sh = 3
	}
	switch {
	case in.Rn == 15 && in.Operand == arm.OperandImm && !in.Wback:
		o.imm = t.pcValue()&^3 + in.Imm
		if in.Op == arm.LDR {
			o.code = opLdrA
		} else {
			o.code, o.rn = f.i, regZero
		}
		t.emit(o)
	case in.Operand == arm.OperandImm && !in.Wback:
		o.code, o.imm = f.i, in.Imm
		t.emit(o)
	case in.Operand == arm.OperandImm:
		o.imm = in.Imm
		o.code = f.post
		if in.Index {
			o.code = f.pre
		}
		if o.code == 0 {
			o.code = f.i
			if !in.Index {
				o.imm = 0
			}
			t.emit(o)
			o = irOp{code: opAddI, rd: in.Rn, rn: in.Rn, imm: in.Imm}
		}
		t.emit(o)
	default:
		in2 := *in
		if in.Shift == arm.LSL && in.Add && in.Index && !in.Wback && f.r != 0 && in.Rn != 15 && in.Amount < 32 {
			o.code, o.rm, o.sh = f.r, in.Rm, in.Amount
			t.emit(o)
			break
		}
		off := t.operand(&in2, false)
		rn := in.Rn
		if rn == 15 {
			rn = regT0
			t.emit(irOp{code: opMovI, rd: regT0, imm: t.pcValue() &^ 3})
		}
		code := opAddR
		if !in.Add {
			code = opSubR
		}
		t.emit(irOp{code: code, rd: regT0, rn: rn, rm: off})
		o.code = f.i
		if in.Index {
			o.rn = regT0
		}
		t.emit(o)
		if in.Wback {
			t.emit(irOp{code: opMovR, rd: in.Rn, rm: regT0})
		}
	}
	if jump {
		t.jumpTo(regT3, true)
	}
}

func (t *translator) multiple(in *arm.Inst) {
	n := uint32(bits.OnesCount32(in.Imm))
	start, delta := uint32(0), 4*n
	switch {
	case in.Add && in.Index:
		start = 4
	case !in.Add && in.Index:
		start = -(4 * n)
	case !in.Add:
		start = 4 - 4*n
	}
	if !in.Add {
		delta = -delta
	}
	code := opLdm
	if in.Op == arm.STM {
		code = opStm
		if in.Imm>>15 == 1 {
			t.emit(irOp{code: opMovI, rd: 15, imm: t.pcValue()})
		}
	}
	t.emit(irOp{code: code, rn: in.Rn, imm: start, imm2: in.Imm, sh: uint8(4 * n)})
	if in.Wback {
		t.emit(irOp{code: opAddI, rd: in.Rn, rn: in.Rn, imm: delta})
	}
	if in.Op == arm.LDM && in.Imm>>15 == 1 {
		t.jumpTo(15, true)
	}
}
