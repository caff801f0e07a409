package core

import "unsafe"

//go:generate go run ./gen

// opcode is an operation of the intermediate form; the list and what each does is generated from gen/table.go.
type opcode uint16

// irOp is one operation. An instruction becomes one or a few; the first that may refuse comes before any effect.
type irOp struct {
	code           opcode
	rd, rn, rm, ra uint8 // word numbers of the register file
	sh             uint8 // shift amount, count or selector
	it             uint8 // IT state before the instruction
	imm, imm2      uint32
	imm3           uint32
	pc             uint32 // of the instruction
	idx            uint16 // instructions of the block before this one
	skipped        bool   // may be skipped by a condition
	_              uint8
	_              uint32
}

const opSize = unsafe.Sizeof(irOp{})

// The layout is relied on: 32 bytes.
var _ = [1]struct{}{}[opSize-32]

type opInfo struct {
	name          string
	reads, writes uint8 // flags: 1 N, 2 Z, 4 C, 8 V
	faults, ends  bool
	plain         opcode // the same operation without flags
}

// regFile is a State seen as words: registers, scratch, S registers.
type regFile [256]uint32

const (
	regTmp  = 16 // State.tmp
	regVFP  = 32 // State.S
	regT0   = regTmp
	regT1   = regTmp + 1
	regPC   = regTmp + 2 // the pc as an operand
	regT3   = regTmp + 3
	regZero = regTmp + 4 // never written
)

// The register file lies inside a State.
var _ [unsafe.Sizeof(State{}) - unsafe.Sizeof(regFile{})]byte

func b2u(b bool) uint32 {
	var v uint32
	if b {
		v = 1
	}
	return v
}

// setPC sets pc and instruction set from an address with the T bit in bit 0.
func (s *State) setPC(t uint32) { s.R[15], s.T = t&^1, t&1 }

// SetCPSRFlags sets N, Z, C and V from bits 31..28.
func (s *State) SetCPSRFlags(c uint32) {
	s.NF, s.ZF, s.CF, s.VF = c, ^c&cpsrZ, c>>29&1, c<<3
}

// setAPSR is MSR APSR: bit 3 of mask writes NZCVQ, bit 2 GE.
func (s *State) setAPSR(mask, v uint32) {
	if mask&8 != 0 {
		s.SetCPSRFlags(v)
		s.Q = v >> 27 & 1
	}
	if mask&4 != 0 {
		s.GE = v >> 16 & 15
	}
}

// shiftReg shifts by the low byte of a register, with the carry out (ARM ARM A2.2.1).
func shiftReg(kind int, v, by, carry uint32) (uint32, uint32) {
	by &= 0xff
	if by == 0 {
		return v, carry
	}
	switch kind {
	case 0:
		w := uint64(v) << min(by, 33)
		return uint32(w), uint32(w>>32) & 1
	case 1:
		w := uint64(v) << 1 >> min(by, 34)
		return uint32(w >> 1), uint32(w) & 1
	case 2:
		w := int64(int32(v)) << 1 >> min(by, 33)
		return uint32(w >> 1), uint32(w) & 1
	}
	r := v>>(by&31) | v<<(32-by&31)
	return r, r >> 31
}

func sdiv(n, d uint32) uint32 {
	switch {
	case d == 0:
		return 0
	case n == 1<<31 && d == ^uint32(0):
		return n
	}
	return uint32(int32(n) / int32(d))
}
