package linux

import (
	"armillary.dev/emulator/core"
	"armillary.dev/emulator/gdbstub"
)

// debugState is the debugger's hold on a process. It belongs to the loop.
type debugState struct {
	attached bool // stops are reported
	stopped  bool // and the machine is frozen for it
	holdNew  bool // threads that are made now stay stopped
	stops    chan gdbstub.Stop
	points   map[uint32]bool
	watches  []watch
	stopTID  int // whose stop was reported, and where: going on from there passes a breakpoint
	stopPC   uint32
}

type watch struct {
	kind       gdbstub.WatchKind
	addr, size uint32
}

func (w watch) sees(write bool) bool {
	return w.kind == gdbstub.WatchAccess || write == (w.kind == gdbstub.WatchWrite)
}

// stepping is what a thread does instead of running freely.
type stepping struct {
	start, end uint32 // a single step when they are equal
}

func (d *debugState) init() {
	// One stop for each resumption and one for the end: nobody has to read for the loop to go on.
	d.stops = make(chan gdbstub.Stop, 64)
	d.points = map[uint32]bool{}
}

// stopAtEntry leaves a new process stopped before its first instruction.
func (p *Process) stopAtEntry(t *Thread) {
	d := &p.debug
	d.attached, d.stopped = true, true
	d.stopTID, d.stopPC = t.id, t.st.R[15]
	t.held = true
	p.m.Freeze()
}

// stop stops all threads and the clock, and reports why.
func (p *Process) stop(s gdbstub.Stop) {
	d := &p.debug
	if d.stopped || p.ended {
		return
	}
	d.stopped = true
	for _, t := range p.threads {
		t.held = true
		t.step = nil
		t.skip = false
		t.task.Park()
	}
	p.m.Freeze()
	d.stopTID = s.TID
	if t := p.thread(s.TID); t != nil {
		d.stopPC = t.st.R[15]
	}
	p.report(s)
}

func (p *Process) report(s gdbstub.Stop) {
	select {
	case p.debug.stops <- s:
	default:
	}
}

// resume lets threads go as told.
func (p *Process) resume(actions []gdbstub.Action) {
	d := &p.debug
	if !d.stopped || p.ended {
		return
	}
	d.stopped = false
	d.attached = true
	d.holdNew = true
	for _, a := range actions {
		d.holdNew = d.holdNew && a.TID != 0
	}
	p.m.Thaw()
	for _, t := range append([]*Thread(nil), p.threads...) {
		for _, a := range actions {
			if a.TID == 0 || a.TID == t.id {
				p.letGo(t, a)
				break
			}
		}
		if p.ended || d.stopped {
			return
		}
	}
}

func (p *Process) letGo(t *Thread, a gdbstub.Action) {
	t.held = false
	t.skip = t.id == p.debug.stopTID && t.st.R[15] == p.debug.stopPC
	switch a.Kind {
	case gdbstub.Step:
		t.step = &stepping{}
	case gdbstub.StepRange:
		t.step = &stepping{a.Start, a.End}
	}
	seen := t.seen
	t.seen = nil
	switch {
	case a.Signal == 0:
	case seen != nil && seen.signal == a.Signal:
		t.skip = false
		if seen.code > 0 {
			t.faultNow(*seen)
		} else {
			t.passed = seen
		}
	default:
		t.passed = &sigInfo{signal: a.Signal, code: siUser}
	}
	t.schedule()
}

// debugSignal lets the debugger see a signal before the program does. It decides with the next resumption whether the
// program gets it.
func (t *Thread) debugSignal(n int) {
	info := t.takeSignal(n)
	t.seen = &info
	t.p.stop(gdbstub.Stop{Kind: gdbstub.StopSignal, TID: t.id, Signal: n})
}

func (t *Thread) debugFault(info sigInfo) bool {
	if !t.p.debug.attached {
		return false
	}
	t.seen = &info
	t.p.stop(gdbstub.Stop{Kind: gdbstub.StopSignal, TID: t.id, Signal: info.signal, Addr: info.addr})
	return true
}

// debugStop reports a breakpoint or watchpoint.
func (t *Thread) debugStop(x core.Exit) {
	if x.Reason == core.Breakpoint {
		t.p.stop(gdbstub.Stop{Kind: gdbstub.StopBreakpoint, TID: t.id, Signal: SIGTRAP, Addr: t.st.R[15]})
		return
	}
	t.watchStop(x.Addr, x.Access == core.Write)
}

func (t *Thread) watchStop(addr uint32, write bool) {
	s := gdbstub.Stop{Kind: gdbstub.StopWatchpoint, TID: t.id, Signal: SIGTRAP, Watch: gdbstub.WatchAccess, Addr: addr}
	for _, w := range t.p.debug.watches {
		// The access may begin before the watched bytes.
		if w.sees(write) && addr < w.addr+w.size && w.addr < addr+64 {
			s.Watch, s.Addr = w.kind, max(addr, w.addr)
			break
		}
	}
	t.p.stop(s)
}

// watchAccess notes accesses that Go code makes for the guest, which the engine does not see.
func (p *Process) watchAccess(t *Thread, addr uint32, n int, write bool) {
	for _, w := range p.debug.watches {
		if w.sees(write) && addr < w.addr+w.size && w.addr < addr+uint32(n) {
			t.watched = &core.Exit{Reason: core.Watchpoint, Addr: max(addr, w.addr), Access: core.Read}
			if write {
				t.watched.Access = core.Write
			}
			return
		}
	}
}

// stepped stops a stepping thread when it has got to where it was to go. complete says that an instruction has been
// executed to its end.
func (t *Thread) stepped(complete bool) {
	if t.watched != nil {
		x := *t.watched
		t.watched = nil
		t.watchStop(x.Addr, x.Access == core.Write)
		return
	}
	s := t.step
	if s == nil || !complete || t.held {
		return
	}
	pc := t.st.R[15]
	switch {
	case t.p.debug.points[pc]:
		t.p.stop(gdbstub.Stop{Kind: gdbstub.StopBreakpoint, TID: t.id, Signal: SIGTRAP, Addr: pc})
	case pc < s.start || pc >= s.end:
		t.p.stop(gdbstub.Stop{Kind: gdbstub.StopSignal, TID: t.id, Signal: SIGTRAP})
	}
}

// debugThreadEnd keeps a debugger that let only this thread go from waiting for ever.
func (p *Process) debugThreadEnd(t *Thread) {
	if !p.debug.attached {
		return
	}
	for _, x := range p.threads {
		if !x.held {
			return
		}
	}
	p.stop(gdbstub.Stop{Kind: gdbstub.StopSignal, TID: p.threads[0].id, Signal: SIGTRAP})
}

// debugEnd reports the process's end and gives the clock back.
func (p *Process) debugEnd() {
	d := &p.debug
	if d.stopped {
		d.stopped = false
		p.m.Thaw()
	}
	s := gdbstub.Stop{Kind: gdbstub.StopExited, TID: p.pid, Code: p.status.Code}
	if p.status.Signal != 0 {
		s = gdbstub.Stop{Kind: gdbstub.StopSignalled, TID: p.pid, Signal: p.status.Signal, Code: p.status.Code}
	}
	p.report(s)
}
