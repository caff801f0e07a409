package debugadapter

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter/breakpoints"
	"armillary.dev/debugadapter/step"
	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/target"
	"armillary.dev/debugadapter/unwind"
	"armillary.dev/device/rsp"
)

func (s *Session) cont(r request) (any, error) {
	var a dap.ContinueArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	s.started = true
	if err := s.proceed(intent{tid: s.snap.Thread()}); err != nil {
		return nil, err
	}
	return dap.ContinueResponseBody{AllThreadsContinued: true}, nil
}

func (s *Session) next(r request) (any, error)    { return s.step(r, step.Over) }
func (s *Session) stepIn(r request) (any, error)  { return s.step(r, step.Into) }
func (s *Session) stepOut(r request) (any, error) { return s.step(r, step.Out) }

func (s *Session) step(r request, kind step.Kind) (any, error) {
	var a dap.NextArguments // the others have the same fields
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	if a.Granularity == "instruction" && kind != step.Out {
		kind = map[step.Kind]step.Kind{step.Over: step.OverCall, step.Into: step.Instruction}[kind]
	}
	tid := a.ThreadId
	if tid == 0 {
		tid = s.snap.Thread()
	}
	top, err := s.top(tid)
	if err != nil {
		return nil, err
	}
	s.started = true
	opts := step.Options{Ranges: s.client.Offers(rsp.StepIn)}
	if s.physical.Hardware {
		opts.MaxBreaks = 3 // six comparators, and the user's breakpoints want some
	}
	stepper, move := step.Begin(kind, s.space, top, nil, opts)
	return nil, s.proceed(intent{tid: tid, step: stepper, move: move})
}

func (s *Session) pause(r request) (any, error) {
	if s.state == stopped {
		// It has stopped while the request was on its way; the client has or gets the event of that stop.
		return nil, nil
	}
	s.pausing = true
	return nil, s.client.Interrupt()
}

// proceed lets the program go for an intent, after bringing its breakpoints in order.
func (s *Session) proceed(in intent) error {
	want := map[uint32]int{}
	s.breaks.Wanted(want)
	temps := in.temps
	if in.step != nil && in.move.Run {
		temps = in.move.Breaks
	}
	for _, a := range temps {
		if _, ok := want[a]; !ok && a != 0 {
			want[a] = s.kindAt(a)
		}
	}
	pc, err := s.pc(in.tid)
	if err != nil {
		return err
	}
	q := s.client.Quirks
	_, onBreak := want[pc]
	single := in.step != nil && in.move.Step
	// Off the breakpoint first, one instruction, unless the server does so by itself.
	in.off = onBreak && !single && !q.StepsOver
	if onBreak && (single || in.off) && !q.StepsThere {
		delete(want, pc)
	}
	id := rsp.ThreadID{TID: in.tid}
	sig := s.signal // the thread that stopped gets it, as it would have without a debugger
	var actions []rsp.Resume
	switch {
	case single || in.off:
		actions = []rsp.Resume{{Kind: rsp.Step, Signal: sig, Thread: id, HasThread: true}}
		if sig != 0 && in.tid != s.snap.Thread() {
			actions[0].Signal = 0
			actions = append(actions, rsp.Resume{Kind: rsp.Continue, Signal: sig, Thread: rsp.ThreadID{TID: s.snap.Thread()}, HasThread: true})
		}
	case sig != 0:
		stopped := rsp.ThreadID{TID: s.snap.Thread()}
		actions = []rsp.Resume{{Kind: rsp.Continue, Signal: sig, Thread: stopped, HasThread: true}, {Kind: rsp.Continue}}
		if in.step != nil && !in.move.Run { // a range step carries no signal
			actions[0].Kind = rsp.Step
		}
	case in.step != nil && !in.move.Run:
		actions = []rsp.Resume{{Kind: rsp.StepIn, Start: uint64(in.move.Range.Low), End: uint64(in.move.Range.High), Thread: id, HasThread: true},
			{Kind: rsp.Continue}}
	default:
		actions = []rsp.Resume{{Kind: rsp.Continue}}
	}
	packets, inserted := s.physical.Diff(want)
	replies, err := s.client.Resume(s.ctx, packets, actions...)
	if err != nil {
		return fmt.Errorf("cannot let the program go: %w", err)
	}
	for i, a := range inserted {
		if r := replies[len(replies)-len(inserted)+i]; string(r) != "OK" {
			s.physical.Refused(a)
			s.breakRefused(a, r)
		}
	}
	s.intent = in
	s.state = running
	s.signal = 0
	s.dropStop()
	return nil
}

// breakRefused tells the user about a breakpoint that the server did not take.
func (s *Session) breakRefused(addr uint32, reply []byte) {
	why := "the debug server refuses it"
	if e := rsp.IsError(reply); e != nil {
		why = e.Error()
	}
	if s.physical.Hardware {
		why += "; a real-time core has six hardware breakpoints in all"
	}
	for _, b := range s.breaks.At(addr) {
		b.Message = why
		d := s.dapBreakpoint(b)
		d.Verified = false
		s.w.event("breakpoint", dap.BreakpointEventBody{Reason: "changed", Breakpoint: d})
	}
}

// kindAt is the breakpoint kind of the instruction at addr.
func (s *Session) kindAt(addr uint32) int {
	if img := s.space.Image(addr); img != nil {
		l := img.Location(addr)
		return l.Kind()
	}
	if top, err := s.top(s.snap.Thread()); err == nil && !top.Thumb() {
		return 4
	}
	return 2
}

// targetEvent takes what the debug server says unasked.
func (s *Session) targetEvent(ev target.Event) {
	switch {
	case ev.Closed != nil:
		s.lost(ev.Closed)
	case ev.Console != nil:
		s.output("stdout", string(ev.Console))
	case ev.Stop != nil:
		if ev.Stop.Kind != rsp.Stopped {
			s.programEnded(*ev.Stop)
			return
		}
		if err := s.stopped(*ev.Stop); err != nil {
			s.console("%v", err)
			s.reportStop("exception", err.Error(), nil, s.snap.Thread())
		}
	}
}

// Signals in the protocol's numbering.
const (
	sigINT  = 2
	sigTRAP = 5
)

// quiet are signals of a program's everyday life: they are delivered without a stop, as gdb does. 77, 45 and 46 are the
// real-time signals 32 to 34, which the C library uses for its threads.
var quiet = map[int]bool{14: true, 16: true, 20: true, 23: true, 26: true, 27: true, 28: true, 77: true, 45: true, 46: true}

// stopped decides what a stop means and what comes after it.
func (s *Session) stopped(st rsp.StopReply) error {
	s.state = stopped
	s.newStop(st)
	if s.intent.step != nil && s.intent.move.Run || s.intent.step == nil {
		// Most likely this stop is the user's; what the client will ask for comes in the same batch.
		s.snap.Warm(s.ctx, s.lastSP)
	}
	tid := s.snap.Thread()
	pc, err := s.pc(tid)
	if err != nil {
		return err
	}
	in := s.intent
	edits := s.editing
	s.editing = nil
	for _, f := range edits {
		f()
	}
	asked := st.Signal == sigINT || st.Signal == 0
	switch {
	case asked && s.pausing:
		s.reportStop("pause", "", nil, tid)
		return nil
	case asked && len(edits) > 0:
		return s.proceed(in) // the stop was ours, to change breakpoints
	case quiet[st.Signal]:
		s.signal = st.Signal
		return s.proceed(in)
	case st.Signal != sigTRAP && st.Signal != 0:
		if st.Signal != sigINT { // which is for the debugger
			s.signal = st.Signal
		}
		name, text := rsp.SignalName(st.Signal)
		if name == "" {
			name, text = fmt.Sprintf("signal %d", st.Signal), "signal"
		}
		s.reportStop("exception", name+": "+text, nil, tid)
		return nil
	}
	moved := in.off || in.step != nil && (in.move.Step || !in.move.Run)
	if tid == in.tid && in.off {
		in.off = false
	}
	if s.atBreakpoint(tid, pc) {
		return nil
	}
	if s.pausing { // a step or breakpoint that was passed came first
		s.reportStop("pause", "", nil, tid)
		return nil
	}
	if tid != in.tid && in.step != nil {
		// Another thread came along a breakpoint of the step: it goes on. The stepped thread keeps its move.
		return s.proceedFor(tid, in)
	}
	if in.step != nil {
		top, err := s.top(tid)
		if err != nil {
			return err
		}
		if in.move = in.step.Stopped(top); in.move.Done {
			s.reportStop("step", "", nil, tid)
			return nil
		}
		return s.proceed(in)
	}
	for _, a := range in.temps {
		if a == pc && in.entry {
			s.reportStop("entry", "", nil, tid)
			return nil
		}
	}
	if moved || s.passed(pc) || len(edits) > 0 {
		in.tid = tid
		return s.proceed(in)
	}
	if st.Reason >= rsp.LibraryChange {
		return s.proceed(in)
	}
	s.reportStop("exception", "SIGTRAP: "+"the program stopped by itself (a breakpoint instruction)", nil, tid)
	return nil
}

// passed reports whether there is a breakpoint of ours at pc, so that a stop there that nobody wants is passed over.
func (s *Session) passed(pc uint32) bool { return s.physical.Has(pc) }

// proceedFor gets thread tid off the breakpoint it is at and then goes on with an intent for another thread.
func (s *Session) proceedFor(tid int, in intent) error {
	if pc, err := s.pc(tid); err != nil || !s.physical.Has(pc) || s.client.Quirks.StepsOver {
		return s.proceed(in)
	}
	// Its own instruction first. The stop after it is this thread's again, not at a breakpoint, and so goes on below.
	in2 := in
	in2.tid = tid
	in2.step, in2.temps = nil, in.move.Breaks
	if err := s.proceed(in2); err != nil {
		return err
	}
	s.intent = in
	return nil
}

// atBreakpoint handles a stop at a user's breakpoint: reported when its condition and count say so. False when there is
// none, or none that stops; then the program has to go on.
func (s *Session) atBreakpoint(tid int, pc uint32) bool {
	var ids []int
	reason := "breakpoint"
	for _, b := range s.breaks.At(pc) {
		stop, err := s.conditionHolds(tid, b)
		if err != nil {
			// A condition that cannot be evaluated stops: the user has to know.
			s.console("breakpoint at %s: condition %q: %v", where(b), b.Condition, err)
			stop = true
		}
		if !stop || !b.Hit() {
			continue
		}
		if b.LogMessage != "" {
			s.logPoint(tid, b)
			continue
		}
		ids = append(ids, b.ID)
		if b.Function != "" {
			reason = "function breakpoint"
		}
	}
	if len(ids) == 0 {
		return false
	}
	s.reportStop(reason, "", ids, tid)
	return true
}

func where(b *breakpoints.Breakpoint) string {
	if b.Function != "" {
		return b.Function
	}
	return fmt.Sprintf("%s:%d", b.Path, b.Line)
}

func (s *Session) conditionHolds(tid int, b *breakpoints.Breakpoint) (bool, error) {
	if b.Condition == "" {
		return true, nil
	}
	top, err := s.top(tid)
	if err != nil {
		return false, err
	}
	v, err := s.context(top, tid, false).Eval(b.Condition)
	if err != nil {
		return false, err
	}
	return v.Bool()
}

// reportStop tells the client that the program has stopped for the user.
func (s *Session) reportStop(reason, text string, ids []int, tid int) {
	s.pausing = false
	s.intent = intent{}
	body := dap.StoppedEventBody{Reason: reason, ThreadId: tid, AllThreadsStopped: true, HitBreakpointIds: ids}
	if reason == "exception" {
		body.Description, body.Text = "Paused on "+text, text
	}
	s.w.event("stopped", body)
	if s.state == stopped && s.client != nil {
		s.snap.Warm(s.ctx, s.lastSP)
	}
}

// newStop begins the record of a stop.
func (s *Session) newStop(st rsp.StopReply) {
	s.snap = s.client.Snapshot(st)
	s.snap.Static = s.space.ReadStatic
	s.unwinder = unwind.New(s.space, s.snap)
	s.unwinder.Options.MProfile = s.mProfile()
	s.stacks = map[int]*stack{}
}

// dropStop forgets what belongs to a stop. The snapshot stays: what it holds may still be asked for.
func (s *Session) dropStop() {
	if s.snap != nil {
		if r, err := s.snap.Registers(context.Background(), s.snap.Thread()); err == nil {
			s.lastSP = r.R[unwind.SP]
		}
	}
	s.stacks = map[int]*stack{}
}

// pc returns where a thread is. What came along with the stop is used first.
func (s *Session) pc(tid int) (uint32, error) {
	if tid == s.snap.Thread() {
		if v, ok := s.snap.Expedited(unwind.PC); ok {
			return v &^ 1, nil
		}
	}
	r, err := s.snap.Registers(s.ctx, tid)
	return r.R[unwind.PC] &^ 1, err
}

// top returns the innermost frame of a thread.
func (s *Session) top(tid int) (*unwind.Frame, error) {
	st, err := s.stack(tid)
	if err != nil {
		return nil, err
	}
	return st.frames[0], nil
}

// whileRunning changes something that needs the program stopped, without the user seeing a stop.
func (s *Session) whileRunning(f func()) {
	if s.state != running {
		f()
		return
	}
	s.editing = append(s.editing, f)
	if len(s.editing) == 1 {
		if err := s.client.Interrupt(); err != nil && !errors.Is(err, target.ErrClosed) {
			s.log("interrupt: %v", err)
		}
	}
}

// mProfile reports whether the program is for a Cortex-M core.
func (s *Session) mProfile() bool { return s.main != nil && isMProfile(s.main) }

func isMProfile(m *symbols.Image) bool {
	attr, _, err := m.Section(".ARM.attributes")
	return err == nil && armProfile(attr) == 'M'
}
