package core

// State is one thread's processor state. It holds no pointers; the engine addresses its words by number, so the layout
// of the first fields is fixed (see regFile).
//
// Flags are split as the operations produce them: N is bit 31 of NF, Z is set when ZF is 0, C is CF (0 or 1), V is
// bit 31 of VF. Use CPSR and SetCPSR to see them the usual way.
type State struct {
	R   [16]uint32 // R[15] is the address of the next instruction
	tmp [16]uint32 // scratch of the engine, dead between instructions
	S   [64]uint32 // S0..S31, and D0..D31 as pairs of words

	NF, ZF, CF, VF uint32
	Q              uint32 // sticky saturation flag, 0 or 1
	GE             uint32 // four bits
	IT             uint32 // ITSTATE, 0 outside an IT block
	T              uint32 // 1 in T32, 0 in A32

	FPSCR    uint32 // all but the flags N Z C V, which are in FPFlags
	FPFlags  uint32 // bits 31..28
	fpHost   uint32 // 1 when host arithmetic is exact as it is: see fpcr.go
	TPIDRURO uint32 // the thread pointer that user code reads
	TPIDRURW uint32

	ExAddr uint32 // exclusive monitor: address, size in bytes (0: open) and the value seen
	ExSize uint32
	ExVal  uint64

	Retired uint64 // instructions executed since the state was made, those whose condition failed included

	_ [144]uint32 // lets the engine index the state by any byte without a bounds check
}

// CPSR bits.
const (
	cpsrN = 1 << 31
	cpsrZ = 1 << 30
	cpsrC = 1 << 29
	cpsrV = 1 << 28
	cpsrQ = 1 << 27
	cpsrT = 1 << 5
)

// CPSR is the current program status register in user mode (mode bits 0x10): N Z C V Q, IT, GE and T.
func (s *State) CPSR() uint32 {
	c := uint32(0x10) | s.NF&cpsrN | s.CF&1<<29 | s.VF>>31<<28 | s.Q&1<<27 | s.GE&15<<16 | s.T&1<<5
	if s.ZF == 0 {
		c |= cpsrZ
	}
	return c | s.IT>>2&0x3f<<10 | s.IT&3<<25
}

// SetCPSR sets flags, IT and T from a CPSR value; mode and mask bits are ignored.
func (s *State) SetCPSR(c uint32) {
	s.NF, s.ZF, s.CF, s.VF = c, ^c&cpsrZ, c>>29&1, c<<3
	s.Q, s.GE, s.T = c>>27&1, c>>16&15, c>>5&1
	s.IT = c>>10&0x3f<<2 | c>>25&3
}

// FPSCRValue is the whole FPSCR, flags included.
func (s *State) FPSCRValue() uint32 { return s.FPSCR | s.FPFlags }

// SetFPSCR writes the whole FPSCR. Bits that the Cortex-A7 does not implement read as zero.
func (s *State) SetFPSCR(v uint32) {
	s.FPFlags = v & 0xf0000000
	s.FPSCR = v & 0x0ff7009f
	s.updateFP()
}

// D is the double-precision register n, 0..31.
func (s *State) D(n int) uint64 { return uint64(s.S[2*n]) | uint64(s.S[2*n+1])<<32 }

// SetD writes the double-precision register n, 0..31.
func (s *State) SetD(n int, v uint64) { s.S[2*n], s.S[2*n+1] = uint32(v), uint32(v>>32) }

// NewState returns a state as at a program's start: all zero, T set from bit 0 of entry.
func NewState(entry uint32) *State {
	s := &State{ZF: 1}
	s.R[15], s.T = entry&^1, entry&1
	s.updateFP()
	return s
}
