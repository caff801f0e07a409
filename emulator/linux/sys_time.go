package linux

import (
	"math"
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
	"armillary.dev/emulator/machine"
)

var _ = family{
	{78, "gettimeofday", sysGettimeofday, guestlib.Supported, ""},
	{104, "setitimer", sysSetitimer, guestlib.Partial, "ITIMER_REAL"},
	{162, "nanosleep", sysNanosleep, guestlib.Supported, ""},
	{257, "timer_create", sysTimerCreate, guestlib.Partial, "SIGEV_SIGNAL, SIGEV_THREAD_ID and SIGEV_NONE"},
	{258, "timer_settime", sysTimerSettime32, guestlib.Supported, ""},
	{259, "timer_gettime", sysTimerGettime32, guestlib.Supported, ""},
	{260, "timer_getoverrun", sysNothing, guestlib.Partial, "always 0"},
	{261, "timer_delete", sysTimerDelete, guestlib.Supported, ""},
	{262, "clock_settime", sysClockSettime, guestlib.Partial, "always EPERM"},
	{263, "clock_gettime", sysClockGettime32, guestlib.Supported, "the guest's time, see package machine"},
	{264, "clock_getres", sysClockGetres32, guestlib.Supported, ""},
	{265, "clock_nanosleep", sysClockNanosleep32, guestlib.Supported, ""},
	{350, "timerfd_create", sysTimerfdCreate, guestlib.Supported, ""},
	{353, "timerfd_settime", sysTimerfdSettime32, guestlib.Supported, ""},
	{354, "timerfd_gettime", sysTimerfdGettime32, guestlib.Supported, ""},
	{403, "clock_gettime64", sysClockGettime64, guestlib.Supported, "the guest's time, see package machine"},
	{404, "clock_settime64", sysClockSettime, guestlib.Partial, "always EPERM"},
	{406, "clock_getres_time64", sysClockGetres64, guestlib.Supported, ""},
	{407, "clock_nanosleep_time64", sysClockNanosleep64, guestlib.Supported, ""},
	{408, "timer_gettime64", sysTimerGettime64, guestlib.Supported, ""},
	{409, "timer_settime64", sysTimerSettime64, guestlib.Supported, ""},
	{410, "timerfd_gettime64", sysTimerfdGettime64, guestlib.Supported, ""},
	{411, "timerfd_settime64", sysTimerfdSettime64, guestlib.Supported, ""},
}.register()

// wide says which form of a structure a call uses: 32-bit or 64-bit seconds.
type wide bool

// timespec reads seconds and nanoseconds. Times beyond what Go's durations hold are cut to 200 years.
func (c *sysCall) timespec(addr uint32, w wide) (time.Duration, errno.Errno) {
	var sec int64
	var ns uint32
	if w {
		b, e := c.words(addr, 3)
		if e != 0 {
			return 0, e
		}
		sec, ns = int64(uint64(b[0])|uint64(b[1])<<32), b[2]
	} else {
		b, e := c.words(addr, 2)
		if e != 0 {
			return 0, e
		}
		sec, ns = int64(int32(b[0])), b[1]
	}
	if sec < 0 || ns >= 1e9 {
		return 0, errno.EINVAL
	}
	const longest = 200 * 365 * 24 * 3600
	return time.Duration(min(sec, longest))*time.Second + time.Duration(ns), 0
}

func (c *sysCall) putTimespec(addr uint32, d time.Duration, w wide) errno.Errno {
	sec, ns := int64(d/time.Second), uint32(d%time.Second)
	if w {
		return c.putWords(addr, uint32(sec), uint32(sec>>32), ns, 0)
	}
	return c.putWords(addr, uint32(sec), ns)
}

func (w wide) size() uint32 {
	if w {
		return 16
	}
	return 8
}

const (
	clockRealtime  = 0
	clockMonotonic = 1
)

// clock is the reading of a clock; CPU clocks show the processor's time since power-on.
func (p *Process) clock(id uint32) (time.Duration, bool) {
	switch id {
	case clockRealtime, 5, 8, 11: // and its coarse, alarm and TAI forms
		return time.Duration(p.m.Date().UnixNano()), true
	case clockMonotonic, 4, 6, 7, 9: // and raw, coarse, boot time
		return p.m.Now(), true
	case 2, 3: // of the process, of the thread
		return time.Duration(p.cpu.Retired()) * time.Second / A7Hz, true
	}
	return 0, false
}

// Clock is what clock_gettime says.
func (p *Process) Clock(id uint32) (time.Duration, bool) { return p.clock(id) }

// due turns a time on a clock, absolute or not, into virtual time.
func (p *Process) due(clock uint32, d time.Duration, absolute bool) (time.Duration, bool) {
	now, ok := p.clock(clock)
	if !ok {
		return 0, false
	}
	if !absolute {
		now = 0
	}
	left := d - now
	if left > math.MaxInt64-p.m.Now() {
		left = math.MaxInt64 - p.m.Now()
	}
	return p.m.Now() + max(left, 0), true
}

func sysGettimeofday(c *sysCall) (uint32, errno.Errno) {
	d, _ := c.t.p.clock(clockRealtime)
	if c.a[0] == 0 {
		return 0, 0
	}
	return 0, c.putWords(c.a[0], uint32(d/time.Second), uint32(d%time.Second/time.Microsecond))
}

func (c *sysCall) clockGettime(w wide) (uint32, errno.Errno) {
	d, ok := c.t.p.clock(c.a[0])
	if !ok {
		return 0, errno.EINVAL
	}
	return 0, c.putTimespec(c.a[1], d, w)
}

func sysClockGettime32(c *sysCall) (uint32, errno.Errno) { return c.clockGettime(false) }
func sysClockGettime64(c *sysCall) (uint32, errno.Errno) { return c.clockGettime(true) }

func (c *sysCall) clockGetres(w wide) (uint32, errno.Errno) {
	if _, ok := c.t.p.clock(c.a[0]); !ok {
		return 0, errno.EINVAL
	}
	if c.a[1] == 0 {
		return 0, 0
	}
	return 0, c.putTimespec(c.a[1], 1, w)
}

func sysClockGetres32(c *sysCall) (uint32, errno.Errno) { return c.clockGetres(false) }
func sysClockGetres64(c *sysCall) (uint32, errno.Errno) { return c.clockGetres(true) }

func sysClockSettime(*sysCall) (uint32, errno.Errno) { return 0, errno.EPERM }

func sysNanosleep(c *sysCall) (uint32, errno.Errno) {
	return c.sleep(clockMonotonic, false, c.a[0], c.a[1], false)
}

func sysClockNanosleep32(c *sysCall) (uint32, errno.Errno) {
	return c.sleep(c.a[0], c.a[1]&1 != 0, c.a[2], c.a[3], false)
}

func sysClockNanosleep64(c *sysCall) (uint32, errno.Errno) {
	return c.sleep(c.a[0], c.a[1]&1 != 0, c.a[2], c.a[3], true)
}

// sleep waits until a time has come. When a signal ends it early, the rest is written where the caller asks.
func (c *sysCall) sleep(clock uint32, absolute bool, req, rem uint32, w wide) (uint32, errno.Errno) {
	until, again := c.state.(time.Duration)
	if !again {
		d, e := c.timespec(req, w)
		if e != 0 {
			return 0, e
		}
		var ok bool
		if until, ok = c.t.p.due(clock, d, absolute); !ok {
			return 0, errno.EINVAL
		}
		c.state = until
		if rem != 0 && !absolute {
			defer func() {
				if t := c.t; t.wait != nil {
					plain := t.wait.interrupted
					t.wait.interrupted = func() {
						c.putTimespec(rem, max(until-t.p.m.Now(), 0), w)
						plain()
					}
				}
			}()
		}
	}
	if c.t.p.m.Now() >= until {
		return 0, 0
	}
	return c.wait(until)
}

// itimerspec reads interval and value.
func (c *sysCall) itimerspec(addr uint32, w wide) (interval, value time.Duration, e errno.Errno) {
	if interval, e = c.timespec(addr, w); e != 0 {
		return
	}
	value, e = c.timespec(addr+w.size(), w)
	return
}

func (c *sysCall) putItimerspec(addr uint32, interval, value time.Duration, w wide) errno.Errno {
	if e := c.putTimespec(addr, interval, w); e != 0 {
		return e
	}
	return c.putTimespec(addr+w.size(), value, w)
}

func sysTimerfdCreate(c *sysCall) (uint32, errno.Errno) {
	if c.a[0] != clockRealtime && c.a[0] != clockMonotonic && c.a[0] != 7 && c.a[0] != 8 && c.a[0] != 9 ||
		c.a[1]&^(openNonblock|openCloexec) != 0 {
		return 0, errno.EINVAL
	}
	p := c.t.p
	fd, e := p.Install(&timerFD{m: p.m, realtime: c.a[0] == clockRealtime || c.a[0] == 8}, c.a[1]|openReadWrite)
	return uint32(fd), e
}

func (c *sysCall) timerfd() (*timerFD, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return nil, e
	}
	f, ok := d.file.(*timerFD)
	if !ok {
		return nil, errno.EINVAL
	}
	return f, 0
}

func (c *sysCall) timerfdSettime(w wide) (uint32, errno.Errno) {
	f, e := c.timerfd()
	if e != 0 {
		return 0, e
	}
	interval, value, e := c.itimerspec(c.a[2], w)
	if e != 0 {
		return 0, e
	}
	if c.a[1]&^3 != 0 {
		return 0, errno.EINVAL
	}
	if c.a[3] != 0 {
		if e := c.putItimerspec(c.a[3], f.interval, f.left(), w); e != 0 {
			return 0, e
		}
	}
	next := time.Duration(0)
	if value != 0 {
		clock := uint32(clockMonotonic)
		if f.realtime {
			clock = clockRealtime
		}
		next, _ = c.t.p.due(clock, value, c.a[1]&1 != 0)
	}
	f.arm(next, interval)
	return 0, 0
}

func sysTimerfdSettime32(c *sysCall) (uint32, errno.Errno) { return c.timerfdSettime(false) }
func sysTimerfdSettime64(c *sysCall) (uint32, errno.Errno) { return c.timerfdSettime(true) }

func (c *sysCall) timerfdGettime(w wide) (uint32, errno.Errno) {
	f, e := c.timerfd()
	if e != 0 {
		return 0, e
	}
	return 0, c.putItimerspec(c.a[1], f.interval, f.left(), w)
}

func sysTimerfdGettime32(c *sysCall) (uint32, errno.Errno) { return c.timerfdGettime(false) }
func sysTimerfdGettime64(c *sysCall) (uint32, errno.Errno) { return c.timerfdGettime(true) }

// posixTimer is timer_create's; number 0 is setitimer's.
type posixTimer struct {
	clock    uint32
	info     sigInfo // signal 0: none
	thread   int     // 0: the process
	next     time.Duration
	interval time.Duration
	event    *machine.Event
}

func (p *Process) armTimer(t *posixTimer, next, interval time.Duration) {
	t.event.Cancel()
	t.next, t.interval = next, interval
	if next == 0 {
		return
	}
	t.event = p.m.At(next, func() {
		if t.interval > 0 {
			// Missed periods are one signal, as the kernel's overrun would have it.
			n := t.next + t.interval
			if now := p.m.Now(); n <= now {
				n += ((now-n)/t.interval + 1) * t.interval
			}
			p.armTimer(t, n, t.interval)
		} else {
			t.next = 0
		}
		if t.info.signal != 0 {
			p.send(t.info, p.thread(t.thread))
		}
	})
}

func (t *posixTimer) left(now time.Duration) time.Duration {
	if t.next == 0 {
		return 0
	}
	return max(t.next-now, 1)
}

func sysTimerCreate(c *sysCall) (uint32, errno.Errno) {
	const sigevSignal, sigevNone, sigevThreadID = 0, 1, 4
	p := c.t.p
	if _, ok := p.clock(c.a[0]); !ok {
		return 0, errno.EINVAL
	}
	id := uint32(1)
	for p.timers[id] != nil {
		id++
	}
	t := &posixTimer{clock: c.a[0], info: sigInfo{signal: SIGALRM, code: siTimer, timer: id, value: id}}
	if c.a[1] != 0 {
		w, e := c.words(c.a[1], 4) // value, signal, kind, thread
		if e != 0 {
			return 0, e
		}
		t.info.value, t.info.signal = w[0], int(w[1])
		switch w[2] {
		case sigevNone:
			t.info.signal = 0
		case sigevThreadID:
			t.thread = int(w[3])
		case sigevSignal:
		default:
			return 0, errno.EINVAL
		}
		if t.info.signal < 0 || t.info.signal > numSignals {
			return 0, errno.EINVAL
		}
	}
	if len(p.timers) >= 64 {
		return 0, errno.EAGAIN
	}
	p.timers[id] = t
	return 0, c.putWords(c.a[2], id)
}

func (c *sysCall) timerSettime(w wide) (uint32, errno.Errno) {
	p := c.t.p
	t := p.timers[c.a[0]]
	if t == nil || c.a[0] == 0 {
		return 0, errno.EINVAL
	}
	interval, value, e := c.itimerspec(c.a[2], w)
	if e != 0 {
		return 0, e
	}
	if c.a[3] != 0 {
		if e := c.putItimerspec(c.a[3], t.interval, t.left(p.m.Now()), w); e != 0 {
			return 0, e
		}
	}
	next := time.Duration(0)
	if value != 0 {
		next, _ = p.due(t.clock, value, c.a[1]&1 != 0)
	}
	p.armTimer(t, next, interval)
	return 0, 0
}

func sysTimerSettime32(c *sysCall) (uint32, errno.Errno) { return c.timerSettime(false) }
func sysTimerSettime64(c *sysCall) (uint32, errno.Errno) { return c.timerSettime(true) }

func (c *sysCall) timerGettime(w wide) (uint32, errno.Errno) {
	t := c.t.p.timers[c.a[0]]
	if t == nil || c.a[0] == 0 {
		return 0, errno.EINVAL
	}
	return 0, c.putItimerspec(c.a[1], t.interval, t.left(c.t.p.m.Now()), w)
}

func sysTimerGettime32(c *sysCall) (uint32, errno.Errno) { return c.timerGettime(false) }
func sysTimerGettime64(c *sysCall) (uint32, errno.Errno) { return c.timerGettime(true) }

func sysTimerDelete(c *sysCall) (uint32, errno.Errno) {
	t := c.t.p.timers[c.a[0]]
	if t == nil || c.a[0] == 0 {
		return 0, errno.EINVAL
	}
	t.event.Cancel()
	delete(c.t.p.timers, c.a[0])
	return 0, 0
}

func sysSetitimer(c *sysCall) (uint32, errno.Errno) {
	p := c.t.p
	if c.a[0] != 0 {
		return 0, errno.EINVAL
	}
	t := p.timers[0]
	if t == nil {
		t = &posixTimer{clock: clockMonotonic, info: sigInfo{signal: SIGALRM, code: siKernel}}
		p.timers[0] = t
	}
	us := func(d time.Duration) []uint32 {
		return []uint32{uint32(d / time.Second), uint32(d % time.Second / time.Microsecond)}
	}
	if c.a[2] != 0 {
		if e := c.putWords(c.a[2], append(us(t.interval), us(t.left(p.m.Now()))...)...); e != 0 {
			return 0, e
		}
	}
	if c.a[1] == 0 {
		return 0, 0
	}
	w, e := c.words(c.a[1], 4)
	if e != 0 {
		return 0, e
	}
	dur := func(s, u uint32) time.Duration {
		return time.Duration(s)*time.Second + time.Duration(u)*time.Microsecond
	}
	next := time.Duration(0)
	if v := dur(w[2], w[3]); v != 0 {
		next = p.m.Now() + v
	}
	p.armTimer(t, next, dur(w[0], w[1]))
	return 0, 0
}
