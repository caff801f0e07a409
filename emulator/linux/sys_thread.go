package linux

import (
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

var _ = family{
	{1, "exit", sysExit, guestlib.Supported, ""},
	{2, "fork", nil, guestlib.Unsupported, "ENOSYS: an app cannot start processes"},
	{11, "execve", nil, guestlib.Unsupported, "ENOSYS: an app cannot start programs"},
	{120, "clone", sysClone, guestlib.Partial, "threads; ENOSYS for processes"},
	{158, "sched_yield", sysYield, guestlib.Supported, ""},
	{190, "vfork", nil, guestlib.Unsupported, "ENOSYS: an app cannot start processes"},
	{224, "gettid", sysGettid, guestlib.Supported, ""},
	{240, "futex", sysFutex32, guestlib.Partial, "WAIT, WAKE, REQUEUE, CMP_REQUEUE and the BITSET forms; no priority inheritance (ENOSYS)"},
	{241, "sched_setaffinity", sysNothing, guestlib.Supported, "there is one core"},
	{242, "sched_getaffinity", sysGetaffinity, guestlib.Supported, "one core"},
	{248, "exit_group", sysExitGroup, guestlib.Supported, ""},
	{256, "set_tid_address", sysSetTidAddress, guestlib.Supported, ""},
	{338, "set_robust_list", sysSetRobustList, guestlib.Partial, "accepted; a dead owner's locks are not released"},
	{422, "futex_time64", sysFutex64, guestlib.Partial, "as futex"},
}.register()

func (p *Process) thread(id int) *Thread {
	for _, t := range p.threads {
		if t.id == id {
			return t
		}
	}
	return nil
}

func sysExit(c *sysCall) (uint32, errno.Errno) {
	c.t.exit(int(c.a[0]))
	return 0, 0
}

func sysExitGroup(c *sysCall) (uint32, errno.Errno) {
	c.t.p.end(Status{Code: int(c.a[0] & 0xFF)})
	return 0, 0
}

// Exit ends the process as exit_group does.
func (p *Process) Exit(code int) { p.end(Status{Code: code & 0xFF}) }

func sysGettid(c *sysCall) (uint32, errno.Errno) { return uint32(c.t.id), 0 }

// sysYield lets the others have their turn: the rest of the time slice is given away.
func sysYield(c *sysCall) (uint32, errno.Errno) {
	if c.state == nil {
		c.state = true
		return c.wait(c.t.p.m.Now())
	}
	return 0, 0
}

func sysGetaffinity(c *sysCall) (uint32, errno.Errno) {
	if c.a[1] < 4 {
		return 0, errno.EINVAL
	}
	return 4, c.putWords(c.a[2], 1)
}

func sysSetTidAddress(c *sysCall) (uint32, errno.Errno) {
	c.t.clearTID = c.a[0]
	return uint32(c.t.id), 0
}

func sysSetRobustList(c *sysCall) (uint32, errno.Errno) {
	c.t.robust = c.a[0]
	return 0, 0
}

const (
	cloneVM            = 0x100
	cloneSighand       = 0x800
	cloneThread        = 0x10000
	cloneSetTLS        = 0x80000
	cloneParentSetTID  = 0x100000
	cloneChildClearTID = 0x200000
	cloneChildSetTID   = 0x1000000
)

// maxThreads is far beyond what fits the device's memory.
const maxThreads = 256

func sysClone(c *sysCall) (uint32, errno.Errno) {
	flags := c.a[0]
	const thread = cloneVM | cloneSighand | cloneThread
	if flags&thread != thread {
		c.t.p.unsupported("syscall 120 (clone of a process)")
		return 0, errno.ENOSYS
	}
	if len(c.t.p.threads) >= maxThreads {
		return 0, errno.EAGAIN
	}
	n := c.t.clone()
	n.st.R[0] = 0
	if c.a[1] != 0 {
		n.st.R[13] = c.a[1]
	}
	if flags&cloneSetTLS != 0 {
		n.st.TPIDRURO = c.a[3]
	}
	if flags&cloneParentSetTID != 0 {
		c.putWords(c.a[2], uint32(n.id))
	}
	if flags&cloneChildSetTID != 0 {
		c.putWords(c.a[4], uint32(n.id))
	}
	if flags&cloneChildClearTID != 0 {
		n.clearTID = c.a[4]
	}
	n.schedule()
	return uint32(n.id), 0
}

// clone makes a thread with a copy of this one's registers; it is not scheduled yet.
func (t *Thread) clone() *Thread {
	n := t.p.newThread()
	st := *t.st
	st.Retired, st.ExSize = 0, 0
	n.st = &st
	n.name, n.mask = t.name, t.mask
	return n
}

// NewThread makes a thread for a C library: it starts at pc (with the Thumb bit) with the given stack, thread pointer
// and first argument; clearTID is zeroed and woken when it ends. Errors: EAGAIN.
func (t *Thread) NewThread(pc, sp, tls, arg, clearTID uint32) (*Thread, errno.Errno) {
	if len(t.p.threads) >= maxThreads {
		return nil, errno.EAGAIN
	}
	n := t.clone()
	n.st.R[0], n.st.R[13], n.st.R[14] = arg, sp, 0
	n.st.R[15], n.st.T, n.st.IT = pc&^1, pc&1, 0
	n.st.TPIDRURO = tls
	n.clearTID = clearTID
	n.schedule()
	return n, 0
}

// Futexes. Waiters queue in order; a woken one is taken out by whoever wakes it.

const (
	futexWait       = 0
	futexWake       = 1
	futexRequeue    = 3
	futexCmpRequeue = 4
	futexWaitBitset = 9
	futexWakeBitset = 10
	futexPrivate    = 128
	futexRealtime   = 256
)

func sysFutex32(c *sysCall) (uint32, errno.Errno) { return c.futex(false) }
func sysFutex64(c *sysCall) (uint32, errno.Errno) { return c.futex(true) }

// futexWaiter is kept over the waits of one call.
type futexWaiter struct {
	until time.Duration
	addr  uint32
	bits  uint32
	woken bool
}

func (c *sysCall) futex(w wide) (uint32, errno.Errno) {
	p, addr := c.t.p, c.a[0]
	if addr%4 != 0 {
		return 0, errno.EINVAL
	}
	op := c.a[1] &^ (futexPrivate | futexRealtime)
	switch op {
	case futexWait, futexWaitBitset:
		return c.futexWait(op, addr, w)
	case futexWake:
		return uint32(p.futexWakeBits(addr, int(int32(c.a[2])), ^uint32(0))), 0
	case futexWakeBitset:
		if c.a[5] == 0 {
			return 0, errno.EINVAL
		}
		return uint32(p.futexWakeBits(addr, int(int32(c.a[2])), c.a[5])), 0
	case futexRequeue, futexCmpRequeue:
		if op == futexCmpRequeue {
			v, e := c.words(addr, 1)
			if e != 0 {
				return 0, e
			}
			if v[0] != c.a[5] {
				return 0, errno.EAGAIN
			}
		}
		n := p.futexWakeBits(addr, int(int32(c.a[2])), ^uint32(0))
		return uint32(n + p.futexMove(addr, c.a[4], int(int32(c.a[3])))), 0
	}
	return 0, errno.ENOSYS
}

func (c *sysCall) futexWait(op, addr uint32, w wide) (uint32, errno.Errno) {
	p := c.t.p
	f, again := c.state.(*futexWaiter)
	if !again {
		v, e := c.words(addr, 1)
		if e != 0 {
			return 0, e
		}
		if v[0] != c.a[2] {
			return 0, errno.EAGAIN
		}
		f = &futexWaiter{until: forever, addr: addr, bits: ^uint32(0)}
		absolute, clock := false, uint32(clockMonotonic)
		if op == futexWaitBitset {
			if f.bits, absolute = c.a[5], true; f.bits == 0 {
				return 0, errno.EINVAL
			}
			if c.a[1]&futexRealtime != 0 {
				clock = clockRealtime
			}
		}
		if c.a[3] != 0 {
			d, e := c.timespec(c.a[3], w)
			if e != 0 {
				return 0, e
			}
			f.until, _ = p.due(clock, d, absolute)
		}
		c.state, c.t.futex = f, f
	}
	switch {
	case f.woken:
		c.t.futex = nil
		return 0, 0
	case f.until >= 0 && p.m.Now() >= f.until:
		c.t.futex = nil
		return 0, errno.ETIMEDOUT
	}
	q := p.futexes[f.addr]
	if q == nil {
		q = &Queue{}
		p.futexes[f.addr] = q
	}
	return c.wait(f.until, q)
}

// futexWake wakes up to n waiters of addr.
func (p *Process) futexWake(addr uint32, n int) int { return p.futexWakeBits(addr, n, ^uint32(0)) }

func (p *Process) futexWakeBits(addr uint32, n int, set uint32) (woken int) {
	q := p.futexes[addr]
	if q == nil {
		return 0
	}
	for _, t := range append([]*Thread(nil), q.waiters...) {
		if woken >= n {
			break
		}
		if t.futex == nil || t.futex.bits&set == 0 {
			continue
		}
		t.futex.woken = true
		woken++
		t.wakeUp()
	}
	if len(q.waiters) == 0 {
		delete(p.futexes, addr)
	}
	return woken
}

// futexMove lets up to n waiters of one address wait at another.
func (p *Process) futexMove(from, to uint32, n int) (moved int) {
	q := p.futexes[from]
	if q == nil {
		return 0
	}
	for _, t := range append([]*Thread(nil), q.waiters...) {
		if moved >= n {
			break
		}
		if t.futex == nil {
			continue
		}
		t.futex.addr = to
		moved++
		t.wakeUp() // it looks again, and waits at the new address
	}
	if len(q.waiters) == 0 {
		delete(p.futexes, from)
	}
	return moved
}
