package linux

import (
	"encoding/binary"
	"time"

	"armillary.dev/emulator/linux/errno"
	"armillary.dev/emulator/machine"
)

// pipe is one direction between two descriptions.
type pipe struct {
	buf     []byte
	readers int
	writers int
	q       Queue
}

const pipeSize = 65536

type pipeReader struct {
	NoFile
	*pipe
}

type pipeWriter struct {
	NoFile
	*pipe
}

func newPipe() (pipeReader, pipeWriter) {
	p := &pipe{readers: 1, writers: 1}
	return pipeReader{pipe: p}, pipeWriter{pipe: p}
}

func (p pipeReader) Read(b []byte) (int, errno.Errno) {
	if len(p.buf) == 0 {
		if p.writers == 0 || len(b) == 0 {
			return 0, 0
		}
		return 0, errno.EAGAIN
	}
	n := copy(b, p.buf)
	p.buf = p.buf[n:]
	p.q.Wake()
	return n, 0
}
func (p pipeReader) Poll() (e uint32) {
	if len(p.buf) > 0 {
		e |= EventIn
	}
	if p.writers == 0 {
		e |= EventHup
	}
	return e
}
func (p pipeReader) Queues() []*Queue { return []*Queue{&p.q} }
func (p pipeReader) Close()           { p.readers--; p.q.Wake() }
func (p pipeReader) Stat() Stat       { return Stat{Mode: ModeFIFO | 0o600} }

func (p pipeWriter) Write(b []byte) (int, errno.Errno) {
	if p.readers == 0 {
		return 0, errno.EPIPE
	}
	room := pipeSize - len(p.buf)
	if room == 0 || len(b) <= 4096 && room < len(b) {
		return 0, errno.EAGAIN
	}
	n := min(room, len(b))
	p.buf = append(p.buf, b[:n]...)
	p.q.Wake()
	return n, 0
}
func (p pipeWriter) Poll() (e uint32) {
	if pipeSize-len(p.buf) >= 4096 {
		e |= EventOut
	}
	if p.readers == 0 {
		e |= EventErr
	}
	return e
}
func (p pipeWriter) Queues() []*Queue { return []*Queue{&p.q} }
func (p pipeWriter) Close()           { p.writers--; p.q.Wake() }
func (p pipeWriter) Stat() Stat       { return Stat{Mode: ModeFIFO | 0o600} }

// eventFD is eventfd(2).
type eventFD struct {
	NoFile
	count     uint64
	semaphore bool
	q         Queue
}

func (f *eventFD) Read(b []byte) (int, errno.Errno) {
	if len(b) < 8 {
		return 0, errno.EINVAL
	}
	if f.count == 0 {
		return 0, errno.EAGAIN
	}
	n := f.count
	if f.semaphore {
		n = 1
	}
	f.count -= n
	binary.LittleEndian.PutUint64(b, n)
	f.q.Wake()
	return 8, 0
}
func (f *eventFD) Write(b []byte) (int, errno.Errno) {
	if len(b) < 8 {
		return 0, errno.EINVAL
	}
	n := binary.LittleEndian.Uint64(b)
	if n == ^uint64(0) {
		return 0, errno.EINVAL
	}
	if f.count+n < f.count || f.count+n == ^uint64(0) {
		return 0, errno.EAGAIN
	}
	f.count += n
	f.q.Wake()
	return 8, 0
}
func (f *eventFD) Poll() (e uint32) {
	if f.count > 0 {
		e |= EventIn
	}
	if f.count < ^uint64(0)-1 {
		e |= EventOut
	}
	return e
}
func (f *eventFD) Queues() []*Queue { return []*Queue{&f.q} }

// timerFD is timerfd_create(2). Expirations are worked out when somebody asks; only the next one is an event.
type timerFD struct {
	NoFile
	m        *machine.Machine
	realtime bool
	next     time.Duration // virtual time of the next expiration not yet read; 0: disarmed
	interval time.Duration
	event    *machine.Event
	q        Queue
}

func (f *timerFD) arm(next, interval time.Duration) {
	f.event.Cancel()
	f.event = nil
	f.next, f.interval = next, interval
	if next != 0 {
		f.event = f.m.At(next, f.q.Wake)
	}
}

// expired counts the expirations that have not been read.
func (f *timerFD) expired() uint64 {
	now := f.m.Now()
	switch {
	case f.next == 0 || now < f.next:
		return 0
	case f.interval == 0:
		return 1
	}
	return 1 + uint64((now-f.next)/f.interval)
}

func (f *timerFD) Read(b []byte) (int, errno.Errno) {
	if len(b) < 8 {
		return 0, errno.EINVAL
	}
	n := f.expired()
	if n == 0 {
		return 0, errno.EAGAIN
	}
	binary.LittleEndian.PutUint64(b, n)
	if f.interval == 0 {
		f.arm(0, 0)
	} else {
		f.arm(f.next+time.Duration(n)*f.interval, f.interval)
	}
	return 8, 0
}
func (f *timerFD) Poll() uint32 {
	if f.expired() > 0 {
		return EventIn
	}
	return 0
}
func (f *timerFD) Queues() []*Queue { return []*Queue{&f.q} }
func (f *timerFD) Close()           { f.event.Cancel() }

// left is the time to the next expiration, 0 when disarmed.
func (f *timerFD) left() time.Duration {
	if f.next == 0 {
		return 0
	}
	now := f.m.Now()
	next := f.next
	if next <= now && f.interval > 0 {
		next += ((now-next)/f.interval + 1) * f.interval
	}
	if next <= now {
		return 0
	}
	return next - now
}
