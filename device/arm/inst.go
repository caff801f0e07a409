package arm

import "encoding/binary"

// Mode is the instruction set state.
type Mode uint8

// Instruction set states, by the T bit of the CPSR.
const (
	A32 Mode = iota
	T32
)

func (m Mode) String() string {
	if m == T32 {
		return "T32"
	}
	return "A32"
}

// Cond is a condition code as encoded; AL (14) is "always".
type Cond uint8

// Condition codes.
const (
	EQ Cond = iota
	NE
	CS
	CC
	MI
	PL
	VS
	VC
	HI
	LS
	GE
	LT
	GT
	LE
	AL
)

var condNames = [16]string{"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "", ""}

func (c Cond) String() string { return condNames[c&15] }

// Holds says whether the condition is met by the N, Z, C and V flags in bits 31..28 of a CPSR value.
func (c Cond) Holds(cpsr uint32) bool {
	n, z, cf, v := cpsr>>31&1 == 1, cpsr>>30&1 == 1, cpsr>>29&1 == 1, cpsr>>28&1 == 1
	var r bool
	switch c >> 1 {
	case 0:
		r = z
	case 1:
		r = cf
	case 2:
		r = n
	case 3:
		r = v
	case 4:
		r = cf && !z
	case 5:
		r = n == v
	case 6:
		r = n == v && !z
	default:
		return true
	}
	return r != (c&1 == 1)
}

// Class says what a debugger or a block builder needs to know about an instruction without knowing its operation.
type Class uint16

// Classes; an instruction may have several.
const (
	ClassBranch    Class = 1 << iota // may write the pc: B, BL, BX, CBZ, TBB, LDR pc, POP {pc}, MOV pc, …
	ClassCond                        // conditional by itself: B<c>, CBZ, CBNZ, and in A32 any with a condition
	ClassCall                        // writes LR with the return address: BL, BLX
	ClassReturn                      // has the shape of a return: BX LR, POP {pc}, LDR pc, [sp], #4, LDM with pc, MOV pc, lr
	ClassIndirect                    // the target comes from a register or from memory; Target does not know it
	ClassIT                          // begins an IT block: Imm is the IT state for the next instruction
	ClassTrap                        // leaves the program: SVC, BKPT, UDF
	ClassLoad                        // reads data memory
	ClassStore                       // writes data memory
	ClassFP                          // VFP or NEON
	ClassExclusive                   // LDREX/STREX family: do not stop between the two
)

// Operand is the kind of an instruction's last ("flexible") operand or of a memory offset.
type Operand uint8

// Operand kinds.
const (
	OperandNone     Operand = iota
	OperandImm              // Imm
	OperandReg              // Rm, shifted by the constant Amount
	OperandShiftReg         // Rm, shifted by the low byte of register Ra
)

// Shift is a shift operation.
type Shift uint8

// Shifts as encoded; RRX is written ROR #0.
const (
	LSL Shift = iota
	LSR
	ASR
	ROR
	RRX
)

// NoReg in a register field means that the operand is absent.
const NoReg = 0xff

// Inst is one decoded instruction. Fields that its operation does not use are zero.
//
// Roles of the register fields: Rd destination (or the register that is stored or compared), Rn first operand or base,
// Rm second operand or offset, Ra third (accumulator, shift amount, second transfer register, RdHi). For VFP they are
// numbers of S or D registers as Double says. Register 15 read as an operand is the address of the instruction plus 4
// (T32) or 8 (A32).
type Inst struct {
	Op         Op
	Raw        uint32 // encoding: a 16-bit value, or first halfword<<16 | second, or the A32 word
	Imm        uint32 // constant, sign-extended offset, register list or IT state
	Imm2       uint32 // second constant (bit-field width, coprocessor number, …)
	Class      Class
	Mode       Mode
	Len        uint8 // 2 or 4 bytes
	Cond       Cond
	Rd         uint8
	Rn         uint8
	Rm         uint8
	Ra         uint8
	Operand    Operand
	Shift      Shift
	Amount     uint8 // of the shift, 0..32
	SetFlags   bool
	Add        bool // memory: offset is added (constants carry their sign in Imm already); LDM/STM: increasing
	Index      bool // memory: the offset is applied before the access; LDM/STM: "before" variants
	Wback      bool // memory: the base register is written
	Double     bool // VFP: D registers
	CarryImm   bool // the constant was rotated: its bit 31 is the shifter's carry
	flagsNotIT bool // 16-bit form that leaves the flags alone inside an IT block
	row        uint16
}

// Decode decodes the instruction at the start of b as outside an IT block. A second halfword or word that is needed but
// absent, an undefined encoding and an unpredictable one give ok == false; Len is then still the length that the first
// halfword asks for (4 in A32), so that a listing can go on, and Op is Invalid.
func Decode(mode Mode, b []byte) (inst Inst, ok bool) {
	if mode == T32 {
		if len(b) < 2 {
			return Inst{Mode: mode, Len: 2, Cond: AL}, false
		}
		h := uint32(binary.LittleEndian.Uint16(b))
		if Length(T32, b) == 2 {
			return decodeT16(h)
		}
		if len(b) < 4 {
			return Inst{Mode: mode, Len: 4, Cond: AL, Raw: h << 16}, false
		}
		return decodeT32(h<<16 | uint32(binary.LittleEndian.Uint16(b[2:])))
	}
	if len(b) < 4 {
		return Inst{Mode: mode, Len: 4, Cond: AL}, false
	}
	return decodeA32(binary.LittleEndian.Uint32(b))
}

// Length is the length in bytes of the instruction at the start of b: 4 in A32; 2 or 4 in T32, decided by its first
// halfword (ARM ARM A6.1). With fewer than two bytes it is 2.
func Length(mode Mode, b []byte) int {
	if mode == A32 {
		return 4
	}
	if len(b) >= 2 && b[1] >= 0xe8 {
		return 4
	}
	return 2
}

// Target is the address that a direct branch at addr goes to, with the instruction set state there. ok is false for
// what is not a branch and for indirect ones.
func (i *Inst) Target(addr uint32) (target uint32, mode Mode, ok bool) {
	if i.Class&ClassBranch == 0 || i.Class&ClassIndirect != 0 {
		return 0, i.Mode, false
	}
	switch i.Op {
	case BLXI:
		if i.Mode == T32 {
			return (addr+4)&^3 + i.Imm, A32, true
		}
		return addr + 8 + i.Imm, T32, true
	case B, BL, CBZ, CBNZ:
		return addr + i.PCOffset() + i.Imm, i.Mode, true
	}
	return 0, i.Mode, false
}

// PCOffset is what reading r15 adds to the instruction's address: 4 in T32, 8 in A32.
func (i *Inst) PCOffset() uint32 {
	if i.Mode == T32 {
		return 4
	}
	return 8
}

// Writes says whether the instruction may change control flow other than to the next instruction.
func (i *Inst) WritesPC() bool { return i.Class&ClassBranch != 0 }

// IT is the state of an IT block: the eight ITSTATE bits of the CPSR, 0 outside of a block (ARM ARM A2.5.2).
type IT uint8

// Active says whether the next instruction is inside an IT block.
func (s IT) Active() bool { return s&0xf != 0 }

// Last says whether the next instruction is the block's last.
func (s IT) Last() bool { return s&0xf == 8 }

// Cond is the condition of the next instruction.
func (s IT) Cond() Cond {
	if !s.Active() {
		return AL
	}
	return Cond(s >> 4)
}

// Next is the state after one instruction.
func (s IT) Next() IT {
	if s&7 == 0 {
		return 0
	}
	return s&0xe0 | s<<1&0x1f
}

// In returns the instruction as it is inside an IT block: with the block's condition, and without setting flags where
// the 16-bit form does so only outside. With an inactive state it returns the instruction unchanged.
func (i Inst) In(it IT) Inst {
	if !it.Active() || i.Mode == A32 {
		return i
	}
	if i.Op != BKPT { // BKPT is unconditional even in an IT block
		i.Cond = it.Cond()
	}
	if i.flagsNotIT {
		i.SetFlags = false
	}
	return i
}

// ITLen is the number of instructions that an IT instruction makes conditional, 1..4.
func (i *Inst) ITLen() int {
	n := 0
	for s := IT(i.Imm); s.Active(); s = s.Next() {
		n++
	}
	return n
}
