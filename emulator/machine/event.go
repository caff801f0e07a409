package machine

import (
	"container/heap"
	"time"
)

// Event is something that will happen at a virtual time.
type Event struct {
	at     time.Duration
	serial uint64
	f      func()
	index  int // in the queue, -1 when it is not there
	m      *Machine
}

// At calls f on the loop when virtual time reaches at (at once, after what is due already, when that has passed).
// Events of the same instant happen in the order of their calls. Loop only.
func (m *Machine) At(at time.Duration, f func()) *Event {
	m.serial++
	e := &Event{at: at, serial: m.serial, f: f, m: m}
	heap.Push(&m.queue, e)
	if m.cur != nil && at < m.cur.limit {
		m.cur.limit = max(at, m.cur.local)
		m.cur.yield = true
	}
	return e
}

// After is At with a delay from now. Loop only.
func (m *Machine) After(d time.Duration, f func()) *Event { return m.At(m.Now()+d, f) }

// Cancel takes the event back; one that happened or was cancelled is left alone. A nil event is fine. Loop only.
func (e *Event) Cancel() {
	if e != nil && e.index >= 0 {
		heap.Remove(&e.m.queue, e.index)
	}
}

// Time is when the event is or was due.
func (e *Event) Time() time.Duration { return e.at }

// fireDue runs the events that are due and reports whether there were any.
func (m *Machine) fireDue() bool {
	fired := false
	for m.frozen == 0 && len(m.queue) > 0 && m.queue[0].at <= m.now {
		e := heap.Pop(&m.queue).(*Event)
		e.f()
		fired = true
	}
	return fired
}

type eventQueue []*Event

func (q eventQueue) next() (time.Duration, bool) {
	if len(q) == 0 {
		return 0, false
	}
	return q[0].at, true
}

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].serial < q[j].serial
}
func (q eventQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}
func (q *eventQueue) Push(x any) {
	e := x.(*Event)
	e.index = len(*q)
	*q = append(*q, e)
}
func (q *eventQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.index = -1
	return e
}
