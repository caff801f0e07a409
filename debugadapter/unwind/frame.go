package unwind

import (
	"armillary.dev/debugadapter/symbols"
)

// Frame is one line of a backtrace. Its fields are settled when it is made; the way to its caller is found when Caller
// is first called. A Frame belongs to one stop of the thread.
type Frame struct {
	Kind Kind
	// PC is the run-time address of the frame: of the next instruction in the innermost frame, else the return address.
	PC uint32
	// LookupPC is PC, or for a return address the address before it, so that it is inside the call.
	LookupPC uint32
	// Regs are the registers of the physical frame; inlined frames share those of the frame they are inlined into.
	Regs     Registers
	Image    *symbols.Image    // nil outside all images
	Function *symbols.Function // the physical function; nil when unknown
	Inline   *symbols.Inline   // the inlined call when Kind is Inlined
	Line     symbols.Line      // zero when unknown; for frames with an inlined callee the line of that call
	Scope    *symbols.DIE      // subprogram or inlined_subroutine whose variables the frame has; nil without debug information
	Depth    int               // 0 = innermost, counting inlined frames
	Physical int               // 0 = innermost, not counting inlined frames

	walk *walk
	next *Frame // the logical caller when already made: the next one of an inline expansion
	phys *step
}

// Name is what a backtrace shows: function name, "<signal handler called>", or the address.
func (f *Frame) Name() string { return f.name() }

// CFA is the canonical frame address: the caller's SP at the call.
func (f *Frame) CFA() (uint32, error) { return f.cfa() }

// How says what found (or would find) this frame's caller.
func (f *Frame) How() How { return f.how() }

// Caller returns the frame that called this one: the enclosing function of an inlined call, else the frame found by
// unwinding. At the end of the stack the error is ErrStackEnd; other errors say why the walk cannot go on.
func (f *Frame) Caller() (*Frame, error) { return f.caller() }

// Thumb reports whether the frame's code is T32.
func (f *Frame) Thumb() bool { return f.Regs.thumb() }

// Top returns the innermost frame of a thread that stopped with regs. It has no caller-side cost: nothing but the
// line and the inlined calls at the PC are looked up.
func (u *Unwinder) Top(regs Registers) *Frame { return u.top(regs) }

// Frames walks from regs and returns at most max frames (0 = all) with the reason for which the walk ended early,
// nil when it reached the outermost frame or max.
func (u *Unwinder) Frames(regs Registers, max int) ([]*Frame, error) {
	var out []*Frame
	f := u.Top(regs)
	for {
		out = append(out, f)
		if max > 0 && len(out) >= max {
			return out, nil
		}
		c, err := f.Caller()
		if err == ErrStackEnd {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		f = c
	}
}

// UpdateRegister makes the frame's copy of a register (by DWARF number) follow a write of b at byte offset off.
func (f *Frame) UpdateRegister(reg, old uint64, b []byte, off int) {
	var w [8]byte
	for i := range w {
		w[i] = byte(old >> (8 * i))
	}
	copy(w[min(off, 8):], b)
	var v uint64
	for i := range w {
		v |= uint64(w[i]) << (8 * i)
	}
	r := &f.Regs
	switch {
	case reg < NumCore:
		r.core[reg] = uint32(v)
	case reg >= 64 && reg < 96:
		sh := 32 * (reg & 1)
		d := &r.vfp[(reg-64)/2]
		*d = *d&^(0xffffffff<<sh) | v&0xffffffff<<sh
	case reg == CPSR:
		r.cpsr = uint32(v)
	case reg >= 256 && reg < 256+numVFP:
		r.vfp[reg-256] = v
	}
}
