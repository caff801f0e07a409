package linux

import "armillary.dev/emulator/linux/errno"

// Epoll is an epoll instance. It is used by the system calls and by applibs' event loops.
type Epoll struct {
	NoFile
	items []*epollItem // in order of registration; ready ones take turns
	q     Queue        // registrations changed
}

type epollItem struct {
	fd     uint32
	d      *description
	events uint32
	data   uint64
	gone   bool   // one-shot has fired
	seen   uint64 // edge-triggered: sum of the queues' generations at the last report
	fresh  bool   // edge-triggered: not reported since registration
}

// Flags beside the events.
const (
	epollET      = 1 << 31
	epollOneshot = 1 << 30
	epollMask    = EventIn | EventOut | EventErr | EventHup | 0x2 | 0x40 | 0x80 | 0x100 | 0x200 | 0x2000
)

// NewEpoll makes an empty instance.
func NewEpoll() *Epoll { return &Epoll{} }

// Ready is one report.
type Ready struct {
	Events uint32
	Data   uint64
}

func (e *Epoll) find(fd uint32, d *description) *epollItem {
	for _, i := range e.items {
		if i.fd == fd && i.d == d {
			return i
		}
	}
	return nil
}

// Watches reports whether a descriptor of p is watched.
func (e *Epoll) Watches(p *Process, fd uint32) bool {
	d := p.fds.get(fd)
	return d != nil && e.find(fd, d) != nil
}

// Add watches a descriptor of p. Errors: EBADF, EEXIST, ELOOP, EINVAL.
func (e *Epoll) Add(p *Process, fd, events uint32, data uint64) errno.Errno {
	d := p.fds.get(fd)
	if d == nil {
		return errno.EBADF
	}
	if d.file == File(e) {
		return errno.EINVAL
	}
	if inner, ok := d.file.(*Epoll); ok && inner.reaches(e, 0) {
		return errno.ELOOP
	}
	if e.find(fd, d) != nil {
		return errno.EEXIST
	}
	e.items = append(e.items, &epollItem{fd: fd, d: d, events: events, data: data, fresh: true})
	e.q.Wake()
	return 0
}

// Modify changes what is watched for. Errors: EBADF, ENOENT.
func (e *Epoll) Modify(p *Process, fd, events uint32, data uint64) errno.Errno {
	d := p.fds.get(fd)
	if d == nil {
		return errno.EBADF
	}
	i := e.find(fd, d)
	if i == nil {
		return errno.ENOENT
	}
	i.events, i.data, i.gone, i.fresh = events, data, false, true
	e.q.Wake()
	return 0
}

// Remove ends a watch. Errors: EBADF, ENOENT.
func (e *Epoll) Remove(p *Process, fd uint32) errno.Errno {
	d := p.fds.get(fd)
	if d == nil {
		return errno.EBADF
	}
	for n, i := range e.items {
		if i.fd == fd && i.d == d {
			e.items = append(e.items[:n:n], e.items[n+1:]...)
			return 0
		}
	}
	return errno.ENOENT
}

// reaches tells whether e watches target, directly or not.
func (e *Epoll) reaches(target *Epoll, depth int) bool {
	if e == target || depth > 4 {
		return true
	}
	for _, i := range e.items {
		if inner, ok := i.d.file.(*Epoll); ok && inner.reaches(target, depth+1) {
			return true
		}
	}
	return false
}

// live drops the items whose descriptions are closed.
func (e *Epoll) live() []*epollItem {
	kept := e.items[:0]
	for _, i := range e.items {
		if i.d.refs > 0 {
			kept = append(kept, i)
		}
	}
	e.items = kept
	return kept
}

func (i *epollItem) ready() uint32 {
	if i.gone {
		return 0
	}
	got := i.d.file.Poll() & (i.events&epollMask | EventErr | EventHup)
	if got != 0 && i.events&epollET != 0 && !i.fresh && i.generation() == i.seen {
		return 0
	}
	return got
}

func (i *epollItem) generation() (n uint64) {
	for _, q := range i.d.file.Queues() {
		n += q.gen
	}
	return n
}

// Collect takes up to limit reports. Those taken go to the end of the line, so that none starves.
func (e *Epoll) Collect(limit int) []Ready {
	var out []Ready
	var taken []*epollItem
	items := e.live()
	rest := make([]*epollItem, 0, len(items))
	for _, i := range items {
		got := uint32(0)
		if len(out) < limit {
			got = i.ready()
		}
		if got == 0 {
			rest = append(rest, i)
			continue
		}
		out = append(out, Ready{got, i.data})
		taken = append(taken, i)
		i.seen, i.fresh = i.generation(), false
		i.gone = i.events&epollOneshot != 0
	}
	e.items = append(rest, taken...)
	return out
}

// Poll is readable when a report waits.
func (e *Epoll) Poll() uint32 {
	for _, i := range e.live() {
		if i.ready() != 0 {
			return EventIn
		}
	}
	return 0
}

// Queues are those of everything watched, and the instance's own.
func (e *Epoll) Queues() []*Queue {
	out := []*Queue{&e.q}
	for _, i := range e.live() {
		out = append(out, i.d.file.Queues()...)
	}
	return out
}
