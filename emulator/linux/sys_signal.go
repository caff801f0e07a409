package linux

import (
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

var _ = family{
	{29, "pause", sysPause, guestlib.Supported, ""},
	{37, "kill", sysKill, guestlib.Partial, "to the app itself; EPERM to others"},
	{119, "sigreturn", sysSigreturn, guestlib.Supported, ""},
	{173, "rt_sigreturn", sysRtSigreturn, guestlib.Supported, ""},
	{174, "rt_sigaction", sysSigaction, guestlib.Supported, ""},
	{175, "rt_sigprocmask", sysSigprocmask, guestlib.Supported, ""},
	{176, "rt_sigpending", sysSigpending, guestlib.Supported, ""},
	{177, "rt_sigtimedwait", sysSigtimedwait32, guestlib.Supported, ""},
	{178, "rt_sigqueueinfo", nil, guestlib.Unsupported, "ENOSYS"},
	{179, "rt_sigsuspend", sysSigsuspend, guestlib.Supported, ""},
	{186, "sigaltstack", sysSigaltstack, guestlib.Supported, ""},
	{238, "tkill", sysTkill, guestlib.Supported, ""},
	{268, "tgkill", sysTgkill, guestlib.Supported, ""},
	{349, "signalfd", nil, guestlib.Unsupported, "ENOSYS"},
	{355, "signalfd4", nil, guestlib.Unsupported, "ENOSYS"},
	{421, "rt_sigtimedwait_time64", sysSigtimedwait64, guestlib.Supported, ""},
}.register()

func sysPause(c *sysCall) (uint32, errno.Errno) { return c.wait(forever) }

func sysKill(c *sysCall) (uint32, errno.Errno) {
	p := c.t.p
	if int(int32(c.a[0])) != p.pid && c.a[0] != 0 && c.a[0] != ^uint32(0) {
		return 0, errno.EPERM
	}
	return 0, c.sendTo(nil, c.a[1], siUser)
}

func (c *sysCall) sendTo(t *Thread, sig uint32, code int32) errno.Errno {
	if sig > numSignals {
		return errno.EINVAL
	}
	if sig != 0 {
		c.t.p.send(sigInfo{signal: int(sig), code: code}, t)
	}
	return 0
}

func sysTkill(c *sysCall) (uint32, errno.Errno) {
	t := c.t.p.thread(int(int32(c.a[0])))
	if t == nil {
		return 0, errno.ESRCH
	}
	return 0, c.sendTo(t, c.a[1], siTkill)
}

func sysTgkill(c *sysCall) (uint32, errno.Errno) {
	t := c.t.p.thread(int(int32(c.a[1])))
	if t == nil || int(int32(c.a[0])) != c.t.p.pid {
		return 0, errno.ESRCH
	}
	return 0, c.sendTo(t, c.a[2], siTkill)
}

func sysSigreturn(c *sysCall) (uint32, errno.Errno) {
	c.t.ownResult = true
	c.t.sigreturn(false)
	return 0, 0
}

func sysRtSigreturn(c *sysCall) (uint32, errno.Errno) {
	c.t.ownResult = true
	c.t.sigreturn(true)
	return 0, 0
}

func sysSigaction(c *sysCall) (uint32, errno.Errno) {
	n := int(c.a[0])
	if n < 1 || n > numSignals || c.a[3] != 8 {
		return 0, errno.EINVAL
	}
	a := &c.t.p.signals.actions[n]
	old := *a
	if c.a[1] != 0 {
		if n == SIGKILL || n == SIGSTOP {
			return 0, errno.EINVAL
		}
		w, e := c.words(c.a[1], 5)
		if e != 0 {
			return 0, e
		}
		*a = action{handler: w[0], flags: w[1], restorer: w[2], mask: uint64(w[3]) | uint64(w[4])<<32}
	}
	if c.a[2] != 0 {
		return 0, c.putWords(c.a[2], old.handler, old.flags, old.restorer, uint32(old.mask), uint32(old.mask>>32))
	}
	return 0, 0
}

func (c *sysCall) sigset(addr, size uint32) (uint64, errno.Errno) {
	if size != 8 {
		return 0, errno.EINVAL
	}
	w, e := c.words(addr, 2)
	if e != 0 {
		return 0, e
	}
	return uint64(w[0]) | uint64(w[1])<<32, 0
}

func sysSigprocmask(c *sysCall) (uint32, errno.Errno) {
	if c.a[3] != 8 {
		return 0, errno.EINVAL
	}
	old := c.t.mask
	if c.a[1] != 0 {
		set, e := c.sigset(c.a[1], 8)
		if e != 0 {
			return 0, e
		}
		switch c.a[0] {
		case 0:
			set |= old
		case 1:
			set = old &^ set
		case 2:
		default:
			return 0, errno.EINVAL
		}
		c.t.mask = set &^ unblockable
	}
	if c.a[2] != 0 {
		return 0, c.putWords(c.a[2], uint32(old), uint32(old>>32))
	}
	return 0, 0
}

func sysSigpending(c *sysCall) (uint32, errno.Errno) {
	set := (c.t.pending | c.t.p.signals.pending) & c.t.mask
	return 0, c.putWords(c.a[0], uint32(set), uint32(set>>32))
}

// swapMask installs a mask for the length of a wait; the mask before comes back with the handler's return, or at
// once when no handler runs.
func (c *sysCall) swapMask(set uint64) {
	old := c.t.mask
	c.t.saveMask = &old
	c.t.mask = set &^ unblockable
}

func (c *sysCall) restoreMask() {
	if c.t.saveMask != nil {
		c.t.mask, c.t.saveMask = *c.t.saveMask, nil
	}
}

func sysSigsuspend(c *sysCall) (uint32, errno.Errno) {
	if c.state == nil {
		set, e := c.sigset(c.a[0], c.a[1])
		if e != 0 {
			return 0, e
		}
		c.swapMask(set)
		c.state = true
	}
	return c.wait(forever)
}

func sysSigtimedwait32(c *sysCall) (uint32, errno.Errno) { return c.sigtimedwait(false) }
func sysSigtimedwait64(c *sysCall) (uint32, errno.Errno) { return c.sigtimedwait(true) }

func (c *sysCall) sigtimedwait(w wide) (uint32, errno.Errno) {
	set, e := c.sigset(c.a[0], c.a[3])
	if e != 0 {
		return 0, e
	}
	until, again := c.state.(time.Duration)
	if !again {
		until = forever
		if c.a[2] != 0 {
			d, e := c.timespec(c.a[2], w)
			if e != 0 {
				return 0, e
			}
			until, _ = c.t.p.due(clockMonotonic, d, false)
		}
		c.state = until
	}
	if got := (c.t.pending | c.t.p.signals.pending) & set; got != 0 {
		n := 1
		for ; got&1 == 0; got >>= 1 {
			n++
		}
		info := c.t.takeSignal(n)
		if c.a[1] != 0 {
			c.putWords(c.a[1], uint32(n), 0, uint32(info.code), info.addr)
		}
		return uint32(n), 0
	}
	if until >= 0 && c.t.p.m.Now() >= until {
		return 0, errno.EAGAIN
	}
	return c.wait(until, &c.t.p.signals.q)
}

func sysSigaltstack(c *sysCall) (uint32, errno.Errno) {
	old := c.t.altStack
	if c.a[0] != 0 {
		w, e := c.words(c.a[0], 3)
		if e != 0 {
			return 0, e
		}
		const disable = 2
		switch {
		case w[1]&disable != 0:
			c.t.altStack = altStack{flags: disable}
		case w[2] < 2048:
			return 0, errno.ENOMEM
		default:
			c.t.altStack = altStack{w[0], 0, w[2]}
		}
	}
	if c.a[1] != 0 {
		return 0, c.putWords(c.a[1], old.sp, old.flags, old.size)
	}
	return 0, 0
}
