package applibs

import (
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

func eventLoopFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "EventLoop_Create", Group: "eventloop.h", Go: wrap(eventLoopCreate)},
		{Name: "EventLoop_Close", Group: "eventloop.h", Go: wrap(eventLoopClose)},
		{Name: "EventLoop_Run", Group: "eventloop.h", Asm: eventLoopRun},
		{Name: "EventLoop_GetWaitDescriptor", Group: "eventloop.h", Go: wrap(eventLoopGetWaitDescriptor)},
		{Name: "EventLoop_Stop", Group: "eventloop.h", Go: wrap(eventLoopStop)},
		{Name: "EventLoop_RegisterIo", Group: "eventloop.h", Go: wrap(eventLoopRegisterIo)},
		{Name: "EventLoop_UnregisterIo", Group: "eventloop.h", Go: wrap(eventLoopUnregisterIo)},
		{Name: "EventLoop_ModifyIoEvents", Group: "eventloop.h", Go: wrap(eventLoopModifyIoEvents)},

		{Name: "eventloop.begin", Service: true, Go: wrap(eventLoopBegin)},
		{Name: "eventloop.next", Service: true, Go: wrap(eventLoopNext)},
		{Name: "eventloop.end", Service: true, Go: wrap(eventLoopEnd)},
	}
}

// eventLoopRun calls the callbacks: eventloop.next waits, and leaves in r5 the function to call with r0-r3, or 0 and
// the result in r6.
const eventLoopRun = `
	push {r4, r5, r6, lr}
	mov r4, r0
	call eventloop.begin
	cmp ip, #0
	bne refused
again:
	mov r0, r4
	call eventloop.next
	cmp ip, #0
	bne failed
	cbz r5, done
	blx r5
	b again
done:
	mov r0, r4
	call eventloop.end
	mov r0, r6
	pop {r4, r5, r6, pc}
failed:
	mov r6, ip
	mov r0, r4
	call eventloop.end
	mov ip, r6
refused:
	mov r0, #-1
	pop {r4, r5, r6, lr}
	b ` + guestlib.SetErrno

// An EventLoop* is a number that is no address: the structure is opaque, and a use after EventLoop_Close is found.
const handles = 0xE100_0000

type loops struct {
	next  uint32
	loops map[uint32]*loop
	regs  map[uint32]*registration
}

type loop struct {
	handle  uint32
	epoll   *linux.Epoll
	fd      int // of GetWaitDescriptor, -1 until asked for
	byFD    map[uint32]*registration
	running bool
	stop    bool
	stopped linux.Queue

	until     time.Duration // of the present run; negative: until stopped
	one       bool
	processed bool
}

type registration struct {
	handle   uint32
	loop     *loop
	fd       uint32
	callback uint32
	context  uint32
}

func (c call) loops() *loops {
	return c.p.Value(loopsKey{}, func() any {
		return &loops{next: handles, loops: map[uint32]*loop{}, regs: map[uint32]*registration{}}
	}).(*loops)
}

type loopsKey struct{}

func (l *loops) handle() uint32 {
	l.next += 16
	return l.next
}

// loop finds the loop of the first argument; NULL and anything else that is no loop is EFAULT.
func (c call) loop() *loop {
	l := c.loops().loops[c.Arg(0)]
	if l == nil {
		c.fail(errno.EFAULT)
	}
	return l
}

func eventLoopCreate(c call) {
	all := c.loops()
	l := &loop{handle: all.handle(), epoll: linux.NewEpoll(), fd: -1, byFD: map[uint32]*registration{}}
	all.loops[l.handle] = l
	c.Return(l.handle)
}

func eventLoopClose(c call) {
	all := c.loops()
	l := all.loops[c.Arg(0)]
	if l == nil {
		return
	}
	delete(all.loops, l.handle)
	for _, r := range l.byFD {
		delete(all.regs, r.handle)
	}
	if l.fd >= 0 {
		c.p.CloseFD(uint32(l.fd))
	}
	l.stop = true
	l.stopped.Wake()
}

func eventLoopBegin(c call) {
	l := c.loop()
	if l == nil {
		return
	}
	if l.running {
		c.fail(errno.EBUSY)
		return
	}
	l.running, l.stop, l.processed = true, false, false
	l.one = c.Arg(2)&0xFF != 0
	switch ms := c.Int(1); {
	case ms < 0:
		l.until = -1
	case ms == 0:
		l.until, l.one = c.p.Machine().Now(), true
	default:
		l.until = c.p.Machine().Now() + time.Duration(ms)*time.Millisecond
	}
}

func eventLoopEnd(c call) {
	if l := c.loops().loops[c.Arg(0)]; l != nil {
		l.running = false
	}
}

func eventLoopNext(c call) {
	l := c.loops().loops[c.Arg(0)]
	finish := func(result uint32) {
		c.t.SetReg(5, 0)
		c.t.SetReg(6, result)
	}
	if l == nil { // closed by its own callback
		finish(1)
		return
	}
	result := uint32(0)
	if l.processed {
		result = 1
	}
	if l.stop || l.processed && l.one {
		finish(result)
		return
	}
	late := l.until >= 0 && c.p.Machine().Now() >= l.until
	if late && l.processed {
		finish(result)
		return
	}
	for _, ready := range l.epoll.Collect(1) {
		r := c.loops().regs[uint32(ready.Data)]
		if r == nil {
			continue
		}
		l.processed = true
		events := ready.Events & (linux.EventIn | linux.EventOut | linux.EventErr)
		if ready.Events&linux.EventHup != 0 {
			events |= linux.EventErr
		}
		for i, v := range []uint32{l.handle, r.fd, events, r.context} {
			c.t.SetReg(i, v)
		}
		c.t.SetReg(5, r.callback)
		return
	}
	if late {
		finish(result)
		return
	}
	queues := []any{&l.stopped}
	for _, q := range l.epoll.Queues() {
		queues = append(queues, q)
	}
	c.Wait = &guestlib.Wait{Until: l.until, Queues: queues}
}

func eventLoopStop(c call) {
	if l := c.loop(); l != nil {
		l.stop = true
		l.stopped.Wake()
		c.ReturnInt(0)
	}
}

func eventLoopGetWaitDescriptor(c call) {
	l := c.loop()
	if l == nil {
		return
	}
	if l.fd < 0 {
		fd, e := c.p.Install(l.epoll, linux.ReadWrite|linux.Cloexec)
		if e != 0 {
			c.fail(e)
			return
		}
		l.fd = fd
	}
	c.ReturnInt(l.fd)
}

// ioEvents checks a bit mask of EventLoop_IoEvents.
func ioEvents(v uint32) bool {
	return v&^(linux.EventIn|linux.EventOut|linux.EventErr) == 0
}

func eventLoopRegisterIo(c call) {
	all := c.loops()
	l := all.loops[c.Arg(0)]
	fd, events, callback, context := c.Arg(1), c.Arg(2), c.Arg(3), c.Arg(4)
	switch {
	case l == nil || callback == 0:
		c.failWith(errno.EFAULT, 0)
		return
	case !ioEvents(events):
		c.failWith(errno.EINVAL, 0)
		return
	case l.byFD[fd] != nil && c.p.File(fd) != nil && l.epoll.Watches(c.p, fd):
		c.failWith(errno.EEXIST, 0)
		return
	}
	r := &registration{handle: all.handle(), loop: l, fd: fd, callback: callback, context: context}
	if e := l.epoll.Add(c.p, fd, events, uint64(r.handle)); e != 0 {
		c.failWith(e, 0)
		return
	}
	l.byFD[fd] = r
	all.regs[r.handle] = r
	c.Return(r.handle)
}

// registration finds the registration of the second argument, which must belong to the loop of the first.
func (c call) registration() *registration {
	l := c.loop()
	if l == nil {
		return nil
	}
	r := c.loops().regs[c.Arg(1)]
	if r == nil || r.loop != l {
		c.fail(errno.EFAULT)
		return nil
	}
	return r
}

func eventLoopUnregisterIo(c call) {
	if c.Arg(1) == 0 {
		c.ReturnInt(0)
		return
	}
	r := c.registration()
	if r == nil {
		return
	}
	r.loop.epoll.Remove(c.p, r.fd) // the descriptor may be closed already, which is fine
	delete(c.loops().regs, r.handle)
	if r.loop.byFD[r.fd] == r {
		delete(r.loop.byFD, r.fd)
	}
	c.ReturnInt(0)
}

func eventLoopModifyIoEvents(c call) {
	r := c.registration()
	if r == nil {
		return
	}
	if !ioEvents(c.Arg(2)) {
		c.fail(errno.EINVAL)
		return
	}
	if e := r.loop.epoll.Modify(c.p, r.fd, c.Arg(2), uint64(r.handle)); e != 0 {
		c.fail(errno.EINVAL)
		return
	}
	c.ReturnInt(0)
}
