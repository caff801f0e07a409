package linux

import (
	"encoding/binary"
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

var _ = family{
	{142, "_newselect", sysSelect, guestlib.Supported, ""},
	{168, "poll", sysPoll, guestlib.Supported, ""},
	{250, "epoll_create", sysEpollCreate, guestlib.Supported, ""},
	{251, "epoll_ctl", sysEpollCtl, guestlib.Supported, ""},
	{252, "epoll_wait", sysEpollWait, guestlib.Supported, ""},
	{335, "pselect6", sysPselect32, guestlib.Supported, ""},
	{336, "ppoll", sysPpoll32, guestlib.Supported, ""},
	{346, "epoll_pwait", sysEpollPwait, guestlib.Supported, ""},
	{351, "eventfd", sysEventfd, guestlib.Supported, ""},
	{356, "eventfd2", sysEventfd2, guestlib.Supported, ""},
	{357, "epoll_create1", sysEpollCreate1, guestlib.Supported, ""},
	{413, "pselect6_time64", sysPselect64, guestlib.Supported, ""},
	{414, "ppoll_time64", sysPpoll64, guestlib.Supported, ""},
}.register()

func sysEventfd(c *sysCall) (uint32, errno.Errno) { return c.eventfd(0) }

func sysEventfd2(c *sysCall) (uint32, errno.Errno) { return c.eventfd(c.a[1]) }

func (c *sysCall) eventfd(flags uint32) (uint32, errno.Errno) {
	if flags&^(1|openNonblock|openCloexec) != 0 {
		return 0, errno.EINVAL
	}
	fd, e := c.t.p.Install(&eventFD{count: uint64(c.a[0]), semaphore: flags&1 != 0}, flags&^1|openReadWrite)
	return uint32(fd), e
}

func sysEpollCreate(c *sysCall) (uint32, errno.Errno) {
	if int32(c.a[0]) <= 0 {
		return 0, errno.EINVAL
	}
	fd, e := c.t.p.Install(NewEpoll(), openReadWrite)
	return uint32(fd), e
}

func sysEpollCreate1(c *sysCall) (uint32, errno.Errno) {
	if c.a[0]&^openCloexec != 0 {
		return 0, errno.EINVAL
	}
	fd, e := c.t.p.Install(NewEpoll(), openReadWrite|c.a[0])
	return uint32(fd), e
}

func (c *sysCall) epoll() (*Epoll, errno.Errno) {
	d, e := c.desc(c.a[0])
	if e != 0 {
		return nil, e
	}
	ep, ok := d.file.(*Epoll)
	if !ok {
		return nil, errno.EINVAL
	}
	return ep, 0
}

func sysEpollCtl(c *sysCall) (uint32, errno.Errno) {
	const add, del, mod = 1, 2, 3
	ep, e := c.epoll()
	if e != 0 {
		return 0, e
	}
	if c.a[1] == del {
		return 0, ep.Remove(c.t.p, c.a[2])
	}
	w, e := c.words(c.a[3], 4) // events, padding, data
	if e != 0 {
		return 0, e
	}
	data := uint64(w[2]) | uint64(w[3])<<32
	switch c.a[1] {
	case add:
		return 0, ep.Add(c.t.p, c.a[2], w[0], data)
	case mod:
		return 0, ep.Modify(c.t.p, c.a[2], w[0], data)
	}
	return 0, errno.EINVAL
}

// patience is the deadline of a wait with a time-out, kept while the call waits.
func (c *sysCall) patience(ms int32) time.Duration {
	if d, ok := c.state.(time.Duration); ok {
		return d
	}
	d := forever
	if ms >= 0 {
		d = c.t.p.m.Now() + time.Duration(ms)*time.Millisecond
	}
	c.state = d
	return d
}

func (c *sysCall) late(until time.Duration) bool { return until >= 0 && c.t.p.m.Now() >= until }

func sysEpollWait(c *sysCall) (uint32, errno.Errno) {
	ep, e := c.epoll()
	if e != 0 {
		return 0, e
	}
	limit := int32(c.a[2])
	if limit <= 0 {
		return 0, errno.EINVAL
	}
	until := c.patience(int32(c.a[3]))
	ready := ep.Collect(int(min(limit, 1024)))
	if len(ready) == 0 && !c.late(until) {
		return c.wait(until, ep.Queues()...)
	}
	var b []byte
	for _, r := range ready {
		b = binary.LittleEndian.AppendUint32(b, r.Events)
		b = binary.LittleEndian.AppendUint32(b, 0)
		b = binary.LittleEndian.AppendUint64(b, r.Data)
	}
	return uint32(len(ready)), c.write(c.a[1], b)
}

func sysEpollPwait(c *sysCall) (uint32, errno.Errno) {
	return c.masked(c.a[4], c.a[5], sysEpollWait)
}

// masked runs a waiting call with the signal mask at addr (0: none).
func (c *sysCall) masked(addr, size uint32, f handler) (uint32, errno.Errno) {
	if addr == 0 {
		return f(c)
	}
	if c.state == nil {
		set, e := c.sigset(addr, size)
		if e != 0 {
			return 0, e
		}
		c.swapMask(set)
	}
	v, e := f(c)
	if !c.blocked {
		c.restoreMask()
	}
	return v, e
}

func sysPoll(c *sysCall) (uint32, errno.Errno) {
	return c.poll(c.a[0], c.a[1], c.patience(int32(c.a[2])))
}

func (c *sysCall) poll(addr, count uint32, until time.Duration) (uint32, errno.Errno) {
	if count > maxDescriptors {
		return 0, errno.EINVAL
	}
	b, e := c.read(addr, count*8)
	if e != 0 {
		return 0, e
	}
	n := uint32(0)
	var queues []*Queue
	le := binary.LittleEndian
	for i := uint32(0); i < count; i++ {
		entry := b[i*8:]
		fd, want := int32(le.Uint32(entry)), uint32(le.Uint16(entry[4:]))
		got := uint32(0)
		if fd >= 0 {
			if d := c.t.p.fds.get(uint32(fd)); d == nil {
				got = 0x20 // POLLNVAL
			} else {
				got = d.file.Poll() & (want | EventErr | EventHup)
				queues = append(queues, d.file.Queues()...)
			}
		}
		le.PutUint16(entry[6:], uint16(got))
		if got != 0 {
			n++
		}
	}
	if n == 0 && !c.late(until) {
		return c.wait(until, queues...)
	}
	return n, c.write(addr, b)
}

func (c *sysCall) ppoll(w wide) (uint32, errno.Errno) {
	return c.masked(c.a[3], c.a[4], func(c *sysCall) (uint32, errno.Errno) {
		until, e := c.until(c.a[2], w)
		if e != 0 {
			return 0, e
		}
		return c.poll(c.a[0], c.a[1], until)
	})
}

// until is the deadline from a timespec that may be missing, kept while the call waits.
func (c *sysCall) until(addr uint32, w wide) (time.Duration, errno.Errno) {
	if d, ok := c.state.(time.Duration); ok {
		return d, 0
	}
	d := forever
	if addr != 0 {
		t, e := c.timespec(addr, w)
		if e != 0 {
			return 0, e
		}
		d, _ = c.t.p.due(clockMonotonic, t, false)
	}
	c.state = d
	return d, 0
}

func sysPpoll32(c *sysCall) (uint32, errno.Errno) { return c.ppoll(false) }
func sysPpoll64(c *sysCall) (uint32, errno.Errno) { return c.ppoll(true) }

func sysSelect(c *sysCall) (uint32, errno.Errno) {
	until, ok := c.state.(time.Duration)
	if !ok {
		until = forever
		if c.a[4] != 0 {
			w, e := c.words(c.a[4], 2) // struct timeval
			if e != 0 {
				return 0, e
			}
			until = c.t.p.m.Now() + time.Duration(w[0]&0x7FFFFFFF)*time.Second + time.Duration(w[1])*time.Microsecond
		}
		c.state = until
	}
	return c.selectFDs(until)
}

func (c *sysCall) pselect(w wide) (uint32, errno.Errno) {
	mask, size := uint32(0), uint32(8)
	if c.a[5] != 0 {
		x, e := c.words(c.a[5], 2) // a pointer to the mask, and its size
		if e != 0 {
			return 0, e
		}
		mask, size = x[0], x[1]
	}
	return c.masked(mask, size, func(c *sysCall) (uint32, errno.Errno) {
		until, e := c.until(c.a[4], w)
		if e != 0 {
			return 0, e
		}
		return c.selectFDs(until)
	})
}

func sysPselect32(c *sysCall) (uint32, errno.Errno) { return c.pselect(false) }
func sysPselect64(c *sysCall) (uint32, errno.Errno) { return c.pselect(true) }

func (c *sysCall) selectFDs(until time.Duration) (uint32, errno.Errno) {
	n := c.a[0]
	if n > maxDescriptors {
		return 0, errno.EINVAL
	}
	size := (n + 31) / 32 * 4
	events := [3]uint32{EventIn | EventHup | EventErr, EventOut | EventErr, 2}
	var in, out [3][]byte
	for i := range in {
		if addr := c.a[1+i]; addr != 0 {
			b, e := c.read(addr, size)
			if e != 0 {
				return 0, e
			}
			in[i] = b
		}
		out[i] = make([]byte, len(in[i]))
	}
	count := uint32(0)
	var queues []*Queue
	for fd := uint32(0); fd < n; fd++ {
		for i := range in {
			if in[i] == nil || in[i][fd/8]>>(fd%8)&1 == 0 {
				continue
			}
			d := c.t.p.fds.get(fd)
			if d == nil {
				return 0, errno.EBADF
			}
			queues = append(queues, d.file.Queues()...)
			if d.file.Poll()&events[i] != 0 {
				out[i][fd/8] |= 1 << (fd % 8)
				count++
			}
		}
	}
	if count == 0 && !c.late(until) {
		return c.wait(until, queues...)
	}
	for i := range out {
		if in[i] != nil {
			if e := c.write(c.a[1+i], out[i]); e != 0 {
				return 0, e
			}
		}
	}
	return count, 0
}
