package linux

import (
	"encoding/binary"

	"armillary.dev/emulator/linux/errno"
)

// Signals by their ARM numbers.
const (
	SIGHUP  = 1
	SIGINT  = 2
	SIGILL  = 4
	SIGTRAP = 5
	SIGABRT = 6
	SIGBUS  = 7
	SIGFPE  = 8
	SIGKILL = 9
	SIGSEGV = 11
	SIGPIPE = 13
	SIGALRM = 14
	SIGTERM = 15
	SIGCHLD = 17
	SIGCONT = 18
	SIGSTOP = 19
	SIGTSTP = 20
	SIGTTIN = 21
	SIGTTOU = 22
	SIGURG  = 23
	SIGWINC = 28

	numSignals = 64
)

// Flags of sigaction.
const (
	saSiginfo  = 4
	saRestorer = 0x04000000
	saOnstack  = 0x08000000
	saRestart  = 0x10000000
	saNodefer  = 0x40000000
	saReset    = 0x80000000
)

const (
	sigDefault = 0
	sigIgnore  = 1

	segvMapErr = 1
	segvAccErr = 2
	siUser     = 0
	siTimer    = -2
	siTkill    = -6
	siKernel   = 0x80
)

type action struct {
	handler, flags, restorer uint32
	mask                     uint64
}

type sigInfo struct {
	signal int
	code   int32
	addr   uint32 // SIGSEGV and the like
	value  uint32 // timers
	timer  uint32
}

type signalState struct {
	actions [numSignals + 1]action
	pending uint64 // of the process: for any thread
	infos   map[int]sigInfo
	q       Queue // sigtimedwait
}

type altStack struct{ sp, flags, size uint32 }

func sigBit(n int) uint64 { return 1 << (n - 1) }

// ignored reports whether a signal with this action does nothing.
func (p *Process) ignored(n int) bool {
	switch p.signals.actions[n].handler {
	case sigIgnore:
		return true
	case sigDefault:
		switch n {
		case SIGCHLD, SIGCONT, SIGURG, SIGWINC, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU:
			return true // stopping is the debugger's business; an app is never stopped by another one
		}
	}
	return false
}

// Signal sends a signal to the process, as kill(2) does.
func (p *Process) Signal(n int) { p.send(sigInfo{signal: n, code: siUser}, nil) }

// send makes a signal pending for a thread, or for the process when t is nil.
func (p *Process) send(info sigInfo, t *Thread) {
	n := info.signal
	if n < 1 || n > numSignals || p.ended {
		return
	}
	if n == SIGKILL {
		p.Kill()
		return
	}
	if p.signals.infos == nil {
		p.signals.infos = map[int]sigInfo{}
	}
	if t != nil {
		t.pending |= sigBit(n)
		p.signals.infos[n] = info
		t.schedule()
		p.signals.q.Wake()
		return
	}
	if p.ignored(n) && !p.blockedByAll(n) {
		return
	}
	p.signals.pending |= sigBit(n)
	p.signals.infos[n] = info
	for _, t := range p.threads {
		if t.mask&sigBit(n) == 0 {
			t.schedule()
			break
		}
	}
	p.signals.q.Wake()
}

func (p *Process) blockedByAll(n int) bool {
	for _, t := range p.threads {
		if t.mask&sigBit(n) == 0 {
			return false
		}
	}
	return true
}

// hasSignal reports whether a signal waits that the thread would take, and drops those that are ignored.
func (t *Thread) hasSignal() bool {
	for {
		n := t.nextSignal()
		if n == 0 {
			return false
		}
		if !t.p.ignored(n) {
			return true
		}
		t.takeSignal(n)
	}
}

func (t *Thread) nextSignal() int {
	set := (t.pending | t.p.signals.pending) &^ t.mask
	if set == 0 {
		return 0
	}
	n := 1
	for set&1 == 0 {
		set >>= 1
		n++
	}
	return n
}

func (t *Thread) takeSignal(n int) sigInfo {
	if t.pending&sigBit(n) != 0 {
		t.pending &^= sigBit(n)
	} else {
		t.p.signals.pending &^= sigBit(n)
	}
	info := t.p.signals.infos[n]
	delete(t.p.signals.infos, n)
	info.signal = n
	return info
}

// restarts reports whether the signal about to be delivered asks for interrupted calls to be made again.
func (p *Process) restarts(t *Thread) bool {
	n := t.nextSignal()
	if t.passed != nil {
		n = t.passed.signal
	}
	return n != 0 && p.signals.actions[n].flags&saRestart != 0
}

// deliver takes the next signal: the default action, or the handler's frame.
func (t *Thread) deliver() { t.act(t.takeSignal(t.nextSignal())) }

func (t *Thread) act(info sigInfo) {
	p, n := t.p, info.signal
	a := &p.signals.actions[n]
	switch {
	case p.ignored(n):
		return
	case a.handler == sigDefault:
		p.end(Status{Code: 128 + n, Signal: n})
		return
	}
	if !t.enterHandler(a, info) {
		// No stack for the frame: the kernel gives up the same way.
		p.signals.actions[SIGSEGV].handler = sigDefault
		p.end(Status{Code: 128 + SIGSEGV, Signal: SIGSEGV})
	}
}

// fault delivers a signal that the thread's own instruction caused. It cannot be blocked or ignored.
func (t *Thread) fault(info sigInfo) {
	if t.debugFault(info) {
		return
	}
	t.faultNow(info)
}

func (t *Thread) faultNow(info sigInfo) {
	a := &t.p.signals.actions[info.signal]
	if t.mask&sigBit(info.signal) != 0 || a.handler == sigIgnore {
		a.handler = sigDefault
		t.mask &^= sigBit(info.signal)
	}
	t.act(info)
}

// Offsets in the frames of arch/arm/kernel/signal.h. A frame is [siginfo] ucontext, and ucontext is flags, link,
// stack (3 words), sigcontext (trap, error, old mask, r0-r15, cpsr, fault address), mask (128 bytes), registers of
// coprocessors.
const (
	siginfoSize = 128
	ucContext   = 20
	ucRegs      = ucContext + 12
	ucCPSR      = ucRegs + 64
	ucFault     = ucCPSR + 4
	ucMask      = ucFault + 4
	ucVFP       = ucMask + 128
	ucSize      = ucVFP + 512

	vfpMagic = 0x56465001
	vfpSize  = 8 + 32*8 + 8 + 16
)

// SignalFrameRegs are the distances from sp, at a handler's return, to the saved r0: of a plain frame, and of one with
// siginfo. Unwind information of a C library's restorers needs them.
const (
	SignalFrameRegs   = ucRegs
	SignalFrameRegsRT = siginfoSize + ucRegs
)

func (t *Thread) enterHandler(a *action, info sigInfo) bool {
	st := t.st
	rt := a.flags&saSiginfo != 0
	sp := st.R[13]
	onAlt := t.altStack.size != 0 && sp-t.altStack.sp < t.altStack.size
	if a.flags&saOnstack != 0 && t.altStack.size != 0 && !onAlt {
		sp = t.altStack.sp + t.altStack.size
	}
	size := uint32(ucSize)
	uc := uint32(0)
	if rt {
		size += siginfoSize
		uc = siginfoSize
	}
	sp = (sp - size) &^ 7
	b := make([]byte, size)
	le := binary.LittleEndian
	put := func(off, v uint32) { le.PutUint32(b[off:], v) }
	if rt {
		put(0, uint32(info.signal))
		put(8, uint32(info.code))
		switch {
		case info.code > 0:
			put(12, info.addr)
		case info.code == siTimer:
			put(12, info.timer)
			put(20, info.value)
		default:
			put(12, uint32(t.p.pid))
			put(16, appID)
		}
	} else {
		put(uc, 0x5AC3C35A)
	}
	put(uc+8, t.altStack.sp)
	put(uc+12, t.altStack.flags)
	put(uc+16, t.altStack.size)
	for i, r := range st.R {
		put(uc+ucRegs+uint32(i)*4, r)
	}
	put(uc+ucCPSR, st.CPSR())
	put(uc+ucFault, info.addr)
	mask := t.mask
	if t.saveMask != nil {
		mask, t.saveMask = *t.saveMask, nil
	}
	le.PutUint64(b[uc+ucMask:], mask)
	put(uc+ucContext+8, uint32(mask))
	put(uc+ucVFP, vfpMagic)
	put(uc+ucVFP+4, vfpSize)
	for i := 0; i < 32; i++ {
		le.PutUint64(b[uc+ucVFP+8+uint32(i)*8:], st.D(i))
	}
	put(uc+ucVFP+8+256, st.FPSCRValue())
	if !t.WriteMemory(sp, b) {
		return false
	}
	st.R[0] = uint32(info.signal)
	if rt {
		st.R[1], st.R[2] = sp, sp+siginfoSize
	}
	st.R[13] = sp
	switch {
	case a.flags&saRestorer != 0:
		st.R[14] = a.restorer
	case rt:
		st.R[14] = kernelPage + 0xF10
	default:
		st.R[14] = kernelPage + 0xF00
	}
	st.R[15] = a.handler &^ 1
	st.T, st.IT, st.ExSize = a.handler&1, 0, 0
	t.mask |= a.mask
	if a.flags&saNodefer == 0 {
		t.mask |= sigBit(info.signal)
	}
	t.mask &^= unblockable
	if a.flags&saReset != 0 {
		a.handler = sigDefault
	}
	return true
}

const unblockable = 1<<(SIGKILL-1) | 1<<(SIGSTOP-1)

// sigreturn undoes enterHandler.
func (t *Thread) sigreturn(rt bool) {
	sp := t.st.R[13]
	if rt {
		sp += siginfoSize
	}
	b := make([]byte, ucSize)
	if sp%4 != 0 || !t.ReadMemory(sp, b) {
		t.fault(sigInfo{signal: SIGSEGV, code: siKernel})
		return
	}
	le := binary.LittleEndian
	st := t.st
	for i := range st.R {
		st.R[i] = le.Uint32(b[ucRegs+i*4:])
	}
	st.SetCPSR(le.Uint32(b[ucCPSR:]))
	st.R[15] &^= 1
	t.mask = le.Uint64(b[ucMask:]) &^ unblockable
	if le.Uint32(b[ucVFP:]) == vfpMagic {
		for i := 0; i < 32; i++ {
			st.SetD(i, le.Uint64(b[ucVFP+8+i*8:]))
		}
		st.SetFPSCR(le.Uint32(b[ucVFP+8+256:]))
	}
}

// Abort sends SIGABRT to the thread with its default action restored: nothing survives it.
func (t *Thread) Abort() {
	t.p.signals.actions[SIGABRT] = action{}
	t.mask &^= sigBit(SIGABRT)
	t.p.send(sigInfo{signal: SIGABRT, code: siTkill}, t)
}

// SetAction is sigaction(2) for a C library. Errors: EINVAL.
func (p *Process) SetAction(n int, handler, flags, restorer uint32, mask uint64) (old Action, e errno.Errno) {
	if n < 1 || n > numSignals || n == SIGKILL || n == SIGSTOP {
		return old, errno.EINVAL
	}
	a := &p.signals.actions[n]
	old = Action{a.handler, a.flags, a.mask}
	*a = action{handler: handler, flags: flags | saRestorer, restorer: restorer, mask: mask}
	return old, 0
}

// Action is what a signal does.
type Action struct {
	Handler, Flags uint32
	Mask           uint64
}

// ActionOf is the present action of a signal. Errors: EINVAL.
func (p *Process) ActionOf(n int) (a Action, e errno.Errno) {
	if n < 1 || n > numSignals {
		return a, errno.EINVAL
	}
	x := p.signals.actions[n]
	return Action{x.handler, x.flags, x.mask}, 0
}
