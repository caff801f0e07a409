package core

import "armillary.dev/device/arm"

// translator turns decoded instructions into operations.
//
// Two rules keep faults precise: an operation that may refuse comes before anything else the instruction does (scratch
// registers aside), and the flags are exact before it.
type translator struct {
	ops         []irOp
	cur         irOp // pc, IT state, index and conditionality of the instruction at hand
	mode        arm.Mode
	n           int  // instructions that retire
	ended       bool // the last instruction ends the block
	conditional bool // and may be skipped
}

func (t *translator) reset() { *t = translator{ops: t.ops[:0]} }

func (t *translator) begin(pc uint32, mode arm.Mode, it arm.IT, n int) {
	t.cur = irOp{pc: pc, it: uint8(it), idx: uint16(n)}
	t.mode = mode
	t.conditional = false
}

func (t *translator) emit(o irOp) {
	o.pc, o.it, o.idx, o.skipped = t.cur.pc, t.cur.it, t.cur.idx, t.cur.skipped
	t.ops = append(t.ops, o)
}

// finish closes the block with a jump to the address after it (T bit in bit 0), unless it cannot be reached.
func (t *translator) finish(next uint32, it arm.IT) {
	if t.ended && !t.conditional {
		return
	}
	t.cur.skipped = false
	if it.Active() {
		t.emit(irOp{code: opSetIT, imm: uint32(it)})
	}
	t.emit(irOp{code: opFall, imm2: next})
}

func (t *translator) undefined(in *arm.Inst) {
	t.emit(irOp{code: opInvalid, imm: in.Raw})
	t.ended = true
}

// inst translates one instruction. A condition becomes a skip over its operations, except on plain branches.
func (t *translator) inst(in *arm.Inst) {
	if in.Cond >= arm.AL || in.Op == arm.B || in.Op == arm.IT_ {
		t.body(in)
		return
	}
	skip := len(t.ops)
	t.emit(irOp{code: opSkipEQ + 2*opcode(in.Cond)})
	t.cur.skipped, t.conditional = true, true
	t.body(in)
	t.cur.skipped = false
	t.ops[skip].sh = uint8(len(t.ops) - skip - 1)
}

// pcValue is what the instruction reads from r15.
func (t *translator) pcValue() uint32 {
	if t.mode == arm.T32 {
		return t.cur.pc + 4
	}
	return t.cur.pc + 8
}

// next is the address of the following instruction, and tbit what to add to an address of the same mode.
func (t *translator) next(in *arm.Inst) uint32 { return t.cur.pc + uint32(in.Len) }
func (t *translator) tbit() uint32             { return uint32(t.mode) }

// src is the register file's number of an operand.
func (t *translator) src(r uint8) uint8 {
	if r == 15 {
		t.emit(irOp{code: opMovI, rd: regPC, imm: t.pcValue()})
		return regPC
	}
	return r
}

// jumpTo ends the block with a jump to a register's value; exchange says that bit 0 selects the instruction set.
func (t *translator) jumpTo(reg uint8, exchange bool) {
	if exchange {
		t.emit(irOp{code: opJump, rm: reg})
	} else if t.mode == arm.T32 {
		t.emit(irOp{code: opJumpKeep, rm: reg, imm: 1, imm2: 1})
	} else {
		t.emit(irOp{code: opJumpKeep, rm: reg, imm2: 3})
	}
	t.ended = true
}

func (t *translator) body(in *arm.Inst) {
	switch {
	case in.Op <= arm.ADR:
		t.dataProcessing(in)
	case in.Op <= arm.SMMUL, in.Op == arm.SDIV, in.Op == arm.UDIV:
		t.multiply(in)
	case in.Op <= arm.UBFX:
		t.mediaOp(in)
	case in.Op <= arm.SWPB:
		t.memory(in)
	case in.Op < arm.VMLA:
		t.control(in)
	default:
		t.float(in)
	}
}

func (t *translator) control(in *arm.Inst) {
	next := t.next(in) | t.tbit()
	target, mode, _ := in.Target(t.cur.pc)
	target |= uint32(mode)
	switch in.Op {
	case arm.B:
		if in.Cond < arm.AL {
			t.emit(irOp{code: opBEQ + 2*opcode(in.Cond), imm: target, imm2: next})
		} else {
			t.emit(irOp{code: opB, imm: target})
		}
		t.ended = true
	case arm.BL, arm.BLXI:
		t.emit(irOp{code: opBl, imm: target, imm2: next})
		t.ended = true
	case arm.BX, arm.BXJ:
		t.jumpTo(t.src(in.Rm), true)
	case arm.BLX:
		t.emit(irOp{code: opJumpLink, rm: t.src(in.Rm), imm: next})
		t.ended = true
	case arm.CBZ:
		t.emit(irOp{code: opCbz, rn: in.Rn, imm: target, imm2: next})
		t.ended = true
	case arm.CBNZ:
		t.emit(irOp{code: opCbnz, rn: in.Rn, imm: target, imm2: next})
		t.ended = true
	case arm.TBB:
		t.emit(irOp{code: opTbb, rn: t.src(in.Rn), rm: in.Rm, imm: t.pcValue() | 1})
		t.ended = true
	case arm.TBH:
		t.emit(irOp{code: opTbh, rn: t.src(in.Rn), rm: in.Rm, imm: t.pcValue() | 1})
		t.ended = true
	case arm.SVC:
		t.emit(irOp{code: opSvc, imm: in.Imm, imm2: next})
		t.ended = true
	case arm.BKPT:
		t.emit(irOp{code: opBkpt, imm: in.Imm})
		t.ended = true
	case arm.NOP, arm.DMB, arm.DSB, arm.IT_:
		t.emit(irOp{code: opNop})
	case arm.ISB: // code written before is forgotten already
		t.emit(irOp{code: opNop})
	case arm.MRS:
		t.emit(irOp{code: opMrs, rd: in.Rd})
	case arm.MSR:
		rm := in.Rm
		if in.Operand == arm.OperandImm {
			rm = regT1
			t.emit(irOp{code: opMovI, rd: regT1, imm: in.Imm})
		}
		t.emit(irOp{code: opMsr, rm: rm, imm2: in.Imm2})
	case arm.MRC:
		switch {
		case in.Imm2 == 15 && in.Imm == 0xd03 && in.Rd != 15:
			t.emit(irOp{code: opGetTP, rd: in.Rd})
		case in.Imm2 == 15 && in.Imm == 0xd02 && in.Rd != 15:
			t.emit(irOp{code: opGetTPW, rd: in.Rd})
		default:
			t.undefined(in)
		}
	case arm.MCR:
		switch {
		case in.Imm2 == 15 && in.Imm == 0xd02:
			t.emit(irOp{code: opSetTPW, rd: in.Rd})
		case in.Imm2 == 15 && (in.Imm == 0x7a5 || in.Imm == 0x7a4 || in.Imm == 0x754): // DMB, DSB, ISB of ARMv6
			t.emit(irOp{code: opNop})
		default:
			t.undefined(in)
		}
	default: // UDF; SETEND: big-endian data is not supported
		t.undefined(in)
	}
}

// optimise drops the computation of flags that nothing reads. An operation that may refuse reads them all, because
// whoever looks at the state then must see exact flags; so does the end of the block.
func optimise(ops []irOp) {
	live := uint8(15)
	for i := len(ops) - 1; i >= 0; i-- {
		o := &ops[i]
		f := &opInfos[o.code]
		if f.ends || f.faults {
			live = 15
		}
		if f.writes != 0 && f.writes&live == 0 && f.plain != 0 {
			o.code = f.plain
			f = &opInfos[o.code]
		}
		if !o.skipped {
			live &^= f.writes
		}
		live |= f.reads
	}
}

// fuse joins a compare or subtraction with the conditional branch that ends the block.
func fuse(ops []irOp) []irOp {
	n := len(ops)
	if n < 2 || ops[n-1].code < opBEQ || ops[n-1].code > opBLE || (ops[n-1].code-opBEQ)&1 != 0 || ops[n-2].skipped {
		return ops
	}
	c, b := &ops[n-2], &ops[n-1]
	cc := (b.code - opBEQ) / 2
	code := opcode(0)
	switch {
	case (c.code == opCmpR || c.code == opCmpI) && (cc < 6 || cc >= 8):
		k := cc
		if cc >= 8 {
			k -= 2
		}
		code = opCmpRBEQ + k
		if c.code == opCmpI {
			code = opCmpIBEQ + k
		}
	case (c.code == opSubIS || c.code == opAddIS) && (cc < 2 || cc == 4 || cc == 5):
		k := cc
		if cc >= 4 {
			k -= 2
		}
		code = opSubISBEQ + k
		if c.code == opAddIS {
			code = opAddISBEQ + k
		}
	default:
		return ops
	}
	c.imm3 = c.imm
	c.code, c.imm, c.imm2 = code, b.imm, b.imm2
	return ops[:n-1]
}
