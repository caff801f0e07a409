package linux

import (
	"fmt"

	"armillary.dev/emulator/core"
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
	"armillary.dev/emulator/machine"
)

// Thread is a thread of a process. It implements guestlib.Thread.
type Thread struct {
	p    *Process
	id   int
	name string
	st   *core.State
	task *machine.Task
	wait *waiting
	dead bool

	mask     uint64 // blocked signals
	pending  uint64
	saveMask *uint64 // sigsuspend and its like: the mask to come back after the handler
	altStack altStack
	clearTID uint32
	robust   uint32

	ownResult bool // the call set the registers itself
	call      *guestlib.Call
	futex     *futexWaiter

	// The debugger's.
	step    *stepping
	held    bool       // stopped
	skip    bool       // passes a breakpoint at its pc
	seen    *sigInfo   // reported, the program has not had it
	passed  *sigInfo   // to be delivered without another report
	watched *core.Exit // Go code made a watched access
}

func (p *Process) newThread() *Thread {
	t := &Thread{p: p, id: p.nextTID, held: p.debug.holdNew && p.debug.attached}
	p.nextTID++
	t.task = p.cpu.Add(t)
	p.threads = append(p.threads, t)
	return t
}

// Process is the thread's process.
func (t *Thread) Process() *Process { return t.p }

// ThreadOf is the Linux thread that makes a call.
func ThreadOf(c *guestlib.Call) *Thread { return c.Thread.(*Thread) }

// ID is the thread's id; the first thread's is the process's.
func (t *Thread) ID() int { return t.id }

// Reg is r0-r15.
func (t *Thread) Reg(n int) uint32 { return t.st.R[n] }

// SetReg sets r0-r15.
func (t *Thread) SetReg(n int, v uint32) { t.st.R[n] = v }

// TLS is the thread pointer.
func (t *Thread) TLS() uint32 { return t.st.TPIDRURO }

// ReadMemory reads what the guest itself may read, all of p or nothing.
func (t *Thread) ReadMemory(addr uint32, b []byte) bool {
	if !t.p.allowed(addr, len(b), core.ProtR) {
		return false
	}
	n, _ := t.p.mem.Read(addr, b)
	t.p.watchAccess(t, addr, len(b), false)
	return n == len(b)
}

// WriteMemory writes where the guest itself may write, all of p or nothing.
func (t *Thread) WriteMemory(addr uint32, b []byte) bool {
	if !t.p.allowed(addr, len(b), core.ProtW) || t.p.mem.Write(addr, b) != nil {
		return false
	}
	t.p.watchAccess(t, addr, len(b), true)
	return true
}

func (p *Process) allowed(addr uint32, n int, need core.Prot) bool {
	if n == 0 {
		return true
	}
	if uint64(addr)+uint64(n) > 1<<32 {
		return false
	}
	for page := uint64(addr) &^ 0xFFF; page < uint64(addr)+uint64(n); page += 0x1000 {
		if prot, ok := p.mem.Prot(uint32(page)); !ok || prot&need == 0 {
			return false
		}
	}
	return true
}

// schedule makes the thread ready, unless the debugger holds it.
func (t *Thread) schedule() {
	if !t.dead && !t.held {
		t.task.Wake()
	}
}

// Run implements machine.Runner.
func (t *Thread) Run(task *machine.Task, budget int64) {
	for budget > 0 && !t.dead && !task.Yielding() && !t.p.m.Frozen() {
		if t.passed == nil && t.p.debug.attached && (t.wait == nil || t.wait.interrupted != nil) && t.hasSignal() {
			t.debugSignal(t.nextSignal())
			return
		}
		if t.wait != nil {
			if (t.passed != nil || t.hasSignal()) && t.wait.interrupted != nil {
				t.wait.interrupted()
				continue
			}
			t.leaveQueues()
			t.wait.retry()
			if t.wait != nil || t.dead {
				return
			}
			t.stepped(true)
			continue
		}
		if t.passed != nil {
			info := *t.passed
			t.passed = nil
			t.act(info)
			continue
		}
		if t.hasSignal() {
			t.deliver()
			continue
		}
		before := t.st.Retired
		var x core.Exit
		if t.step != nil || t.skip {
			t.skip = false
			x = t.p.engine.Step(t.st)
		} else {
			x = t.p.engine.Run(t.st, uint64(budget))
		}
		n := int64(t.st.Retired - before)
		task.Retire(n)
		budget -= n
		t.handle(x)
		if t.dead || t.p.ended {
			return
		}
		if t.wait == nil {
			t.stepped(x.Reason == core.Budget || x.Reason == core.SVC)
		}
	}
}

// handle deals with what ended a run of the engine.
func (t *Thread) handle(x core.Exit) {
	switch x.Reason {
	case core.Budget:
	case core.SVC:
		if lib := t.p.bySVC[x.Imm]; lib != nil && t.st.T == 1 {
			t.libraryCall(lib)
			return
		}
		if x.Imm != 0 {
			// The old system-call interface, which EABI kernels answer like this.
			t.p.unsupported(fmt.Sprintf("svc #%#x", x.Imm))
			t.setResult(0, errno.ENOSYS)
			return
		}
		t.syscall()
	case core.Fault:
		info := sigInfo{signal: SIGSEGV, code: segvMapErr, addr: x.Addr}
		switch {
		case x.Align:
			info.signal, info.code = SIGBUS, 1
		case x.Mapped:
			info.code = segvAccErr
		}
		t.fault(info)
	case core.Undefined:
		t.fault(sigInfo{signal: SIGILL, code: 1, addr: t.st.R[15]})
	case core.BKPT:
		t.fault(sigInfo{signal: SIGTRAP, code: 1, addr: t.st.R[15]})
	case core.Breakpoint, core.Watchpoint:
		t.debugStop(x)
	}
}

// libraryCall makes the call of a synthesised library that the registers ask for.
func (t *Thread) libraryCall(lib *guestlib.Library) {
	f := lib.Function(t.st.R[12])
	if f == nil {
		t.fault(sigInfo{signal: SIGILL, code: 1, addr: t.st.R[15] - 2})
		return
	}
	if f.Go == nil {
		t.p.unsupported(fmt.Sprintf("%s %s", strippedName(lib.SONAME), f.Name))
		t.st.R[0] = uint32(f.Result)
		t.finishCall(f, errno.ENOSYS)
		return
	}
	c := &guestlib.Call{Thread: t, Func: f}
	t.call = c
	try := func() bool {
		c.Outcome = guestlib.Outcome{}
		f.Go(c)
		if t.dead || t.p.ended {
			return true
		}
		if w := c.Wait; w != nil {
			queues := make([]*Queue, len(w.Queues))
			for i, q := range w.Queues {
				queues[i] = q.(*Queue)
			}
			t.wait.interrupted = func() {
				t.leaveQueues()
				t.wait = nil
				c.FailWith(int32(errno.EINTR), ^uint32(0))
				t.finishCall(f, errno.EINTR)
			}
			if w.NoSignal {
				t.wait.interrupted = nil
			}
			t.await(w.Until, queues...)
			return false
		}
		t.wait = nil
		if c.HasFault {
			// As if the trap were the instruction that made the access.
			t.st.R[15] -= 2
			info := sigInfo{signal: SIGSEGV, code: segvMapErr, addr: c.Fault}
			if _, mapped := t.p.mem.Prot(c.Fault); mapped {
				info.code = segvAccErr
			}
			t.fault(info)
			return true
		}
		if t.ownResult {
			t.ownResult = false
			return true
		}
		t.finishCall(f, errno.Errno(c.Errno))
		return true
	}
	t.wait = &waiting{retry: try}
	try()
}

// finishCall goes back to the guest: a service gives errno in ip; a stub goes on at its second exit to store it.
func (t *Thread) finishCall(f *guestlib.Function, e errno.Errno) {
	if f.Service {
		t.st.R[12] = uint32(e)
	} else if e != 0 {
		t.st.R[12] = uint32(e)
		t.st.R[15] += guestlib.StubSkip
	}
}

// exit ends the thread, and the process with the last one.
func (t *Thread) exit(code int) {
	if t.clearTID != 0 {
		t.WriteMemory(t.clearTID, []byte{0, 0, 0, 0})
		t.p.futexWake(t.clearTID, 1)
	}
	t.dead = true
	t.wait = nil
	t.task.Remove()
	live := t.p.threads[:0]
	for _, x := range t.p.threads {
		if x != t {
			live = append(live, x)
		}
	}
	t.p.threads = live
	if len(live) == 0 {
		t.p.end(Status{Code: code & 0xFF})
		return
	}
	t.p.debugThreadEnd(t)
}

// restartCall puts the trap before the thread again.
func (t *Thread) restartCall() {
	if t.st.T == 1 {
		t.st.R[15] -= 2
	} else {
		t.st.R[15] -= 4
	}
}

func strippedName(soname string) string {
	for i := 3; i < len(soname); i++ {
		if soname[i] == '.' {
			return soname[3:i]
		}
	}
	return soname
}

// Exit ends the thread as exit(2) does.
func (t *Thread) Exit() { t.exit(0) }
