package step

import (
	"slices"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/unwind"
)

// Kind is what a step is to do.
type Kind uint8

// Kinds of steps.
const (
	Over        Kind = iota // to the next line, calls included
	Into                    // to the next line or into a called function that has lines
	Out                     // until the function has returned
	Instruction             // one instruction
	OverCall                // one instruction, or a call with all it does
)

// Move is what the thread is to do next. Exactly one of its forms is set.
type Move struct {
	Done  bool          // the step has arrived
	Step  bool          // execute one instruction
	Range symbols.Range // single-step while the pc is in it (not empty)
	// Breaks are where to stop; run until then. Empty in a Move with Run: nothing can be foreseen, run freely.
	Run    bool
	Breaks []uint32
}

// Options say what can be done.
type Options struct {
	// Ranges: the server can step over a range of addresses by itself.
	Ranges bool
	// MaxBreaks bounds the temporary breakpoints of a move; 0 = 64. A real-time core has six comparators in all.
	MaxBreaks int
}

// Stepper is one step in progress.
type Stepper struct {
	kind  Kind
	space *symbols.Space
	opts  Options

	state   state
	fn      *symbols.Function
	ranges  []symbols.Range // of the line that is being stepped over, in fn
	line    symbols.Line
	inlines int      // inlined calls around the pc at the start
	cfa     uint32   // of the frame that is being stepped
	sp      uint32   // at the start of the line
	back    uint32   // returning: where to
	backSP  uint32   // returning: sp is at least this once the frame is gone
	goal    uint32   // entering: the end of the prologue
	goals   []uint32 // Into: ends of the prologues of what the line calls
	tries   int      // trampoline: instructions executed
}

type state uint8

const (
	stepping   state = iota
	returning        // out of a call, or out of the function
	entering         // to the end of a called function's prologue
	trampoline       // through a PLT entry or veneer
)

// maxTrampoline bounds the instructions between a call and the function it is for.
const maxTrampoline = 12

// Begin starts a step of the thread whose innermost frame is top. For Out, frame is the one to leave; else it is ignored.
func Begin(kind Kind, space *symbols.Space, top, frame *unwind.Frame, opts Options) (*Stepper, Move) {
	if opts.MaxBreaks <= 0 {
		opts.MaxBreaks = 64
	}
	s := &Stepper{kind: kind, space: space, opts: opts}
	s.refresh(top)
	if top.Image != nil {
		s.inlines = len(top.Image.Inlined(top.LookupPC))
	}
	switch kind {
	case Instruction:
		return s, Move{Step: true}
	case OverCall:
		s.ranges = nil
		return s, Move{Step: true}
	case Out:
		if frame == nil {
			frame = top
		}
		return s, s.leave(frame)
	}
	if len(s.ranges) == 0 {
		// Code without lines: leave it, as gdb does.
		return s, s.leave(top)
	}
	return s, s.plan(top)
}

// refresh makes the line at the frame the one that is stepped over.
func (s *Stepper) refresh(top *unwind.Frame) {
	s.state = stepping
	s.fn, s.ranges = top.Function, nil
	s.cfa = cfaOf(top)
	s.sp, _ = top.Regs.Get(unwind.SP)
	if top.Image == nil {
		return
	}
	r, line, ok := top.Image.StepRange(top.PC)
	if !ok {
		return
	}
	s.line = line
	if s.ranges = clip(top.Image.LineRanges(top.PC, line), s.fn); !contains(s.ranges, top.PC) {
		s.ranges = []symbols.Range{r}
	}
}

// clip leaves of ranges what is in the function: the last line of a section covers all that follows it there.
func clip(rs []symbols.Range, fn *symbols.Function) []symbols.Range {
	if fn == nil || len(fn.Ranges) == 0 {
		return rs
	}
	var out []symbols.Range
	for _, r := range rs {
		for _, f := range fn.Ranges {
			if lo, hi := max(r.Low, f.Low), min(r.High, f.High); lo < hi {
				out = append(out, symbols.Range{Low: lo, High: hi})
			}
		}
	}
	return out
}

func contains(rs []symbols.Range, pc uint32) bool {
	for _, r := range rs {
		if r.Contains(pc) {
			return true
		}
	}
	return false
}

// cfaOf is the frame's CFA, or its sp where that cannot be known: then a frame compares by how deep the stack is.
func cfaOf(f *unwind.Frame) uint32 {
	if a, err := f.CFA(); err == nil {
		return a
	}
	sp, _ := f.Regs.Get(unwind.SP)
	return sp
}

// Stopped says what comes after a stop of the thread at top, one that the step itself asked for.
func (s *Stepper) Stopped(top *unwind.Frame) Move {
	sp, _ := top.Regs.Get(unwind.SP)
	switch s.kind {
	case Instruction:
		return Move{Done: true}
	case OverCall:
		if s.state == returning {
			if top.PC == s.back && sp >= s.backSP {
				return Move{Done: true}
			}
			return s.run(s.back)
		}
		if ret, ok := s.called(top); ok {
			return s.returnTo(ret, sp)
		}
		return Move{Done: true}
	}
	switch s.state {
	case entering:
		if top.PC == s.goal {
			return Move{Done: true}
		}
		return s.run(s.goal)
	case returning:
		if top.PC != s.back || sp < s.backSP {
			return s.run(s.back)
		}
		if s.kind == Out {
			return Move{Done: true}
		}
		s.state = stepping
	case trampoline:
		return s.enter(top)
	}
	return s.stepped(top, sp)
}

// stepped decides after the thread has moved in the stepping state.
func (s *Stepper) stepped(top *unwind.Frame, sp uint32) Move {
	cfa := cfaOf(top)
	sameFn := s.fn != nil && top.Function != nil && top.Function.Entry == s.fn.Entry
	if sameFn && cfa == s.cfa || s.fn == nil && cfa == s.cfa {
		return s.sameFrame(top)
	}
	if _, ok := s.called(top); ok {
		s.tries = 0
		return s.enter(top)
	}
	if s.kind == Into && slices.Contains(s.goals, top.PC) {
		if up := callerOf(top, cfa); up != nil && cfaOf(up) == s.cfa {
			return Move{Done: true}
		}
	}
	if cfa < s.cfa && sp < s.sp {
		// Deeper: a temporary breakpoint that a recursive call passed. Same plan, from where the thread is.
		return s.plan(top)
	}
	if top.Function != nil && top.PC == top.Function.Entry && cfa == s.cfa {
		// A tail call: the function that is entered returns for the one that is left.
		s.tries = 0
		return s.enter(top)
	}
	return s.returned(top)
}

// sameFrame decides where the frame that is stepped has come to.
func (s *Stepper) sameFrame(top *unwind.Frame) Move {
	if contains(s.ranges, top.PC) {
		return s.plan(top)
	}
	if top.Image == nil {
		return Move{Step: true}
	}
	if s.kind == Over && len(top.Image.Inlined(top.LookupPC)) > s.inlines {
		s.refresh(top) // inside a call that was inlined: not for Over
		return s.plan(top)
	}
	if atStatement(top) {
		if line, ok := top.Image.Line(top.PC); ok && (line.Line != s.line.Line || line.File != s.line.File) {
			return Move{Done: true}
		}
	}
	// In the middle of a line: go on to its end.
	s.refresh(top)
	return s.plan(top)
}

// atStatement reports whether the pc is at a row of the line table that begins a statement.
func atStatement(f *unwind.Frame) bool {
	if f.Image == nil {
		return false
	}
	for _, r := range f.Image.Rows(symbols.Range{Low: f.PC, High: f.PC + 1}) {
		if r.IsStmt && !r.End && r.Line.Line != 0 {
			return true
		}
	}
	return false
}

// returned goes on in the function that called the stepped one: to the end of the line with the call.
func (s *Stepper) returned(top *unwind.Frame) Move {
	if top.Image != nil && top.Function != nil {
		if _, _, ok := top.Image.StepRange(top.PC); ok {
			s.refresh(top)
			if atStatement(top) && s.kind != Out {
				return Move{Done: true}
			}
			return s.plan(top)
		}
	}
	return s.leave(top)
}

// called reports whether the thread is at the first instruction of something that the stepped line has just called, and
// where that returns to.
func (s *Stepper) called(top *unwind.Frame) (ret uint32, ok bool) {
	if top.Function != nil && top.PC != top.Function.Entry {
		return 0, false
	}
	lr, known := top.Regs.Get(unwind.LR)
	if !known {
		return 0, false
	}
	ret = lr &^ 1
	at, ok := callBefore(s.space, ret)
	if !ok || s.kind != OverCall && !contains(s.ranges, at) {
		return 0, false
	}
	if s.kind == OverCall && (s.fn == nil || !s.fn.Contains(at)) {
		return 0, false
	}
	return ret, true
}

// enter is at the entry of a called function: into it, or back out of it.
func (s *Stepper) enter(top *unwind.Frame) Move {
	lr, _ := top.Regs.Get(unwind.LR)
	sp, _ := top.Regs.Get(unwind.SP)
	if s.kind == Into {
		if top.Function != nil && hasLines(top.Function) {
			if s.goal = top.Function.Image.PrologueEnd(top.Function); s.goal == top.PC {
				return Move{Done: true}
			}
			s.state = entering
			return s.run(s.goal)
		}
		if top.Function == nil && s.tries < maxTrampoline {
			s.state = trampoline
			s.tries++
			return Move{Step: true}
		}
	}
	return s.returnTo(lr&^1, sp)
}

func hasLines(f *symbols.Function) bool {
	if f.DIE == nil {
		return false
	}
	_, ok := f.Image.Line(f.Entry)
	return ok
}

// returnTo runs until addr is reached with the stack at least that far unwound.
func (s *Stepper) returnTo(addr, sp uint32) Move {
	s.state, s.back, s.backSP = returning, addr, sp
	return s.run(addr)
}

// leave runs until the frame has returned to the nearest caller that has lines; a caller without any is of no use to
// somebody who steps through sources. Where there is none the program runs freely.
func (s *Stepper) leave(frame *unwind.Frame) Move {
	cfa := cfaOf(frame)
	f := frame
	for range 64 {
		up, err := f.Caller()
		if err != nil {
			break
		}
		if f = up; f.Kind == unwind.Inlined || f.Physical == frame.Physical {
			continue
		}
		if !f.Line.IsZero() || s.kind == Out && f.Image == nil {
			return s.returnTo(f.PC, cfa)
		}
		cfa = cfaOf(f)
	}
	s.state, s.back, s.backSP = returning, 0, 0
	return Move{Run: true}
}

func (s *Stepper) run(breaks ...uint32) Move {
	if len(breaks) == 1 && breaks[0] == 0 {
		breaks = nil
	}
	return Move{Run: true, Breaks: breaks}
}

// plan gets the thread out of the line's ranges.
func (s *Stepper) plan(top *unwind.Frame) Move {
	if len(s.ranges) == 0 {
		return s.leave(top)
	}
	x, err := scan(s.space, s.ranges)
	if err != nil {
		return Move{Step: true}
	}
	for _, a := range x.indirect {
		if a == top.PC {
			return Move{Step: true}
		}
	}
	here := false
	for _, r := range s.ranges {
		if here = r.Contains(top.PC); here {
			if s.opts.Ranges && (len(x.calls) == 0 || len(x.indirect) > 0) {
				return Move{Range: r}
			}
			break
		}
	}
	breaks := append([]uint32{}, x.direct...)
	breaks = append(breaks, x.indirect...)
	if x.returns {
		up := callerOf(top, s.cfa)
		if up == nil {
			return Move{Step: true}
		}
		breaks = append(breaks, up.PC)
	}
	if s.kind == Into {
		s.goals = s.goals[:0]
		for _, c := range x.calls {
			a, step := s.intoCall(c, top.PC)
			if step {
				return Move{Step: true}
			}
			if a != 0 {
				s.goals = append(s.goals, a)
				breaks = append(breaks, a)
			}
		}
	}
	if len(breaks) == 0 || len(breaks) > s.opts.MaxBreaks {
		if here && s.opts.Ranges {
			return Move{Step: true}
		}
		if len(breaks) > s.opts.MaxBreaks {
			return Move{Step: true}
		}
		return Move{Run: true} // a line that never ends: for (;;) ;
	}
	return Move{Run: true, Breaks: breaks}
}

// intoCall says where to stop for a call that may lead into a function with lines: at the end of its prologue, or at the
// call itself when the target is not known yet; step says that the thread is at that call now. 0: pass over it.
func (s *Stepper) intoCall(c call, pc uint32) (addr uint32, step bool) {
	if c.direct {
		if f, ok := s.space.Function(c.target); ok {
			if !hasLines(f) {
				if f.DIE == nil && f.Image != nil && s.fn != nil && f.Image.File == s.fn.Image.File {
					return c.addr, pc == c.addr // maybe a veneer or PLT entry with a symbol
				}
				return 0, false
			}
			return f.Image.PrologueEnd(f), false
		}
	}
	return c.addr, pc == c.addr
}

// callerOf finds the caller of the frame with that CFA, among the inlined and the physical frames from top on.
func callerOf(top *unwind.Frame, cfa uint32) *unwind.Frame {
	f := top
	for range 256 {
		up, err := f.Caller()
		if err != nil {
			return nil
		}
		if up.Physical != f.Physical && cfaOf(f) == cfa {
			return up
		}
		f = up
	}
	return nil
}
