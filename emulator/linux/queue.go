package linux

import (
	"time"

	"armillary.dev/emulator/machine"
)

// Queue is where threads wait for something to become ready: a pipe, a timer, a futex.
type Queue struct {
	waiters []*Thread
	gen     uint64 // counts wake-ups, for edge-triggered epoll
}

// Wake lets every waiting thread look again.
func (q *Queue) Wake() {
	q.gen++
	waiters := q.waiters
	q.waiters = nil
	for _, t := range waiters {
		t.wakeUp()
	}
}

func (q *Queue) add(t *Thread) { q.waiters = append(q.waiters, t) }

func (q *Queue) remove(t *Thread) {
	for i, x := range q.waiters {
		if x == t {
			q.waiters = append(q.waiters[:i:i], q.waiters[i+1:]...)
			return
		}
	}
}

// forever is a wait without a deadline.
const forever time.Duration = -1

// waiting is a thread's unfinished system call or library call: it is made again whenever one of the queues wakes it
// or the deadline passes, until it finishes.
type waiting struct {
	retry       func() bool // makes the call again; false: it goes on waiting
	interrupted func()      // ends it with EINTR because a signal is to be delivered; nil: signals wait
	queues      []*Queue
	timer       *machine.Event
}

// await parks the thread until a queue wakes it or virtual time reaches deadline (forever: never).
func (t *Thread) await(deadline time.Duration, queues ...*Queue) {
	w := t.wait
	w.queues = queues
	for _, q := range queues {
		q.add(t)
	}
	if deadline >= 0 {
		w.timer = t.p.m.At(deadline, t.wakeUp)
	}
	t.task.Park()
}

// wakeUp ends the parking; the call is retried on the thread's next turn.
func (t *Thread) wakeUp() {
	t.leaveQueues()
	t.schedule()
}

func (t *Thread) leaveQueues() {
	if w := t.wait; w != nil {
		for _, q := range w.queues {
			q.remove(t)
		}
		w.queues = nil
		w.timer.Cancel()
		w.timer = nil
	}
}
