package unwind

import (
	"fmt"

	"armillary.dev/debugadapter/symbols"
)

// walk makes the frames of one thread.
type walk struct{}

func (u *Unwinder) top(regs Registers) *Frame {
	w := &walk{}
	return w.expand(u.newStep(regs, false, 0), 0)
}

// expand makes the logical frames of a physical one, innermost first, linked; it returns the innermost.
func (w *walk) expand(s *step, depth int) *Frame {
	base := Frame{PC: s.pc, LookupPC: s.lookup, Regs: s.regs, Image: s.image, Function: s.fn, Physical: s.depth, walk: w, phys: s}
	if s.isSignal || s.detectSignal() {
		base.Kind, base.Depth = Signal, depth
		return &base
	}
	var chain []symbols.Inline
	var line symbols.Line
	if s.image != nil {
		chain = s.image.Inlined(s.lookup)
		line, _ = s.image.Line(s.lookup)
	}
	var first, last *Frame
	for i := len(chain); i >= 0; i-- {
		f := base
		f.Line, f.Depth = line, depth
		if i > 0 {
			f.Kind, f.Inline, f.Scope = Inlined, &chain[i-1], chain[i-1].DIE
			line = chain[i-1].CallSite
		} else if s.fn != nil {
			f.Scope = s.fn.DIE
		}
		depth++
		if last == nil {
			first = &f
		} else {
			last.next = &f
		}
		last = &f
	}
	return first
}

func (f *Frame) name() string {
	switch {
	case f.Kind == Signal:
		return "<signal handler called>"
	case f.Kind == Inlined:
		return f.Inline.Name
	case f.Function != nil:
		return f.Function.Name
	}
	return fmt.Sprintf("%#x", f.PC)
}

func (f *Frame) cfa() (uint32, error) { return f.phys.cfa() }
func (f *Frame) how() How             { _, _ = f.phys.unwind(); return f.phys.how }

func (f *Frame) caller() (*Frame, error) {
	if f.next != nil {
		return f.next, nil
	}
	s, err := f.phys.unwind()
	if err != nil {
		return nil, err
	}
	f.next = f.walk.expand(s, f.Depth+1)
	return f.next, nil
}

// PhysicalCaller returns the frame that called f's physical function, past all frames inlined into it: that whose
// call instruction f's return address follows.
func (f *Frame) PhysicalCaller() (*Frame, error) {
	g := f
	for {
		c, err := g.Caller()
		if err != nil || c.Physical != f.Physical {
			return c, err
		}
		g = c
	}
}

// IsReturnAddress reports whether PC is where a call returns to, not where code was interrupted.
func (f *Frame) IsReturnAddress() bool { return f.phys.isReturn }
