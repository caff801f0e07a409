// Package machine is the one loop that moves the emulated device: virtual time, the events due in it, and the
// processors whose guest threads run in it.
//
// Virtual time is made of retired instructions: a processor of 500 MHz advances the clock by 2 ns for each one. All
// guest code and every event runs on the goroutine that calls Run; other goroutines hand work in with Post and Do.
// That makes a stop exact and a seeded run repeatable to the instruction.
//
// The package knows neither Linux, nor ARM, nor peripherals, nor debuggers: it schedules Runners and funcs.
package machine

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is returned by Do when the machine has been closed.
var ErrClosed = errors.New("the machine is switched off")

// Config says how a machine keeps time and where its randomness comes from.
type Config struct {
	// Seeded makes the machine repeatable: the clock is virtual (sleeping costs no real time), it starts at Epoch or
	// a fixed date, and Rand yields numbers made from Seed. Nothing reads the host's clock.
	Seeded bool
	Seed   uint64
	// Virtual lets the clock jump without Seeded; Paced by real time otherwise.
	Virtual bool
	// Epoch is the date at power-on. Zero: the host's date, or 1 January 2026 for a seeded machine.
	Epoch time.Time
}

// Machine is the scheduler of one emulated device.
type Machine struct {
	virtual bool
	epoch   time.Time
	random  io.Reader

	// Owned by the loop.
	now    time.Duration // virtual time since power-on
	queue  eventQueue
	serial uint64
	cpus   []*CPU
	named  map[string]*CPU
	cur    *CPU // the processor that is running right now
	frozen int
	anchor time.Time     // host time that corresponds to anchorAt
	anchAt time.Duration // virtual time at anchor

	seen atomic.Int64 // see Seen

	mu     sync.Mutex
	posts  []func()
	closed bool
	kick   chan struct{} // capacity 1: something was posted, or the machine was closed
	done   chan struct{} // closed when the machine is closed
}

// New makes a machine. Nothing runs before Run.
func New(c Config) *Machine {
	m := &Machine{
		virtual: c.Virtual || c.Seeded,
		epoch:   c.Epoch,
		random:  crand.Reader,
		kick:    make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	if c.Seeded {
		var key [32]byte
		copy(key[:], "armillary machine randomness")
		binary.LittleEndian.PutUint64(key[24:], c.Seed)
		m.random = rand.NewChaCha8(key)
	}
	if m.epoch.IsZero() {
		if c.Seeded {
			m.epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		} else {
			m.epoch = time.Now()
		}
	}
	return m
}

// Now is the virtual time since power-on, exact to the instruction while guest code runs. Loop only.
func (m *Machine) Now() time.Duration {
	now := m.now
	if m.cur != nil {
		now = m.cur.local
	}
	m.seen.Store(int64(now))
	return now
}

// Seen is the latest virtual time that the loop has asked for or reached; it lags behind Now by at most a slice. Any
// goroutine may ask.
func (m *Machine) Seen() time.Duration { return time.Duration(m.seen.Load()) }

// Date is the time of day the guest sees. Loop only.
func (m *Machine) Date() time.Time { return m.epoch.Add(m.Now()) }

// Random is the machine's source of randomness: the host's, or a seeded one. Loop only.
func (m *Machine) Random() io.Reader { return m.random }

// Post hands f to the loop, which runs it between two instructions. It never blocks; after Close it does nothing.
func (m *Machine) Post(f func()) {
	m.mu.Lock()
	if !m.closed {
		m.posts = append(m.posts, f)
	}
	m.mu.Unlock()
	m.wake()
}

// Do runs f on the loop and waits for it: somebody has to be in Run. It must not be called from the loop itself.
func (m *Machine) Do(f func()) error {
	ran := make(chan struct{})
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	m.posts = append(m.posts, func() { defer close(ran); f() })
	m.mu.Unlock()
	m.wake()
	select {
	case <-ran:
		return nil
	case <-m.done:
		// The loop may have run it just before it ended.
		select {
		case <-ran:
			return nil
		default:
			return ErrClosed
		}
	}
}

// Close switches the machine off: Run returns, posts are dropped.
func (m *Machine) Close() {
	m.mu.Lock()
	if !m.closed {
		m.closed = true
		m.posts = nil
		close(m.done)
	}
	m.mu.Unlock()
	m.wake()
}

func (m *Machine) wake() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
}

// Freeze stops the clock, all processors and all events until Thaw; posts still run. Calls nest. Loop only.
func (m *Machine) Freeze() {
	m.frozen++
	for _, c := range m.cpus {
		c.yield = true
	}
}

// Thaw undoes one Freeze. The clock goes on where it stood. Loop only.
func (m *Machine) Thaw() {
	if m.frozen--; m.frozen < 0 {
		panic("machine: Thaw without Freeze")
	}
	m.anchor = time.Time{}
}

// Frozen reports whether the clock stands. Loop only.
func (m *Machine) Frozen() bool { return m.frozen > 0 }

// Run moves the machine until ctx ends, Close, or until until returns true (nil: never); until is asked between
// events and time slices. It returns ctx's error, ErrClosed or nil in these cases.
func (m *Machine) Run(ctx context.Context, until func() bool) error {
	for {
		m.runPosts()
		if err := ctx.Err(); err != nil {
			return err
		}
		select {
		case <-m.done:
			return ErrClosed
		default:
		}
		if until != nil && until() {
			return nil
		}
		if err := m.turn(ctx); err != nil {
			return err
		}
	}
}

func (m *Machine) runPosts() {
	for {
		m.mu.Lock()
		posts := m.posts
		m.posts = nil
		m.mu.Unlock()
		if len(posts) == 0 {
			return
		}
		for _, f := range posts {
			f()
		}
	}
}

// slice is the longest time for which processors run without looking at posts and events: 50,000 instructions of a
// 500 MHz core.
const slice = 100 * time.Microsecond

// turn fires what is due, then lets every processor run up to the next event, or waits.
func (m *Machine) turn(ctx context.Context) error {
	if m.frozen > 0 {
		return m.wait(ctx, -1)
	}
	if m.fireDue() {
		return nil
	}
	ready := false
	for _, c := range m.cpus {
		ready = ready || c.ready()
	}
	next, has := m.queue.next()
	if !ready {
		if !has {
			return m.wait(ctx, -1)
		}
		if m.virtual {
			m.advance(next)
			return nil
		}
		return m.wait(ctx, next)
	}
	horizon := m.now + slice
	if has && next < horizon {
		horizon = next
	}
	for _, c := range m.cpus {
		m.cur = c
		c.run(horizon)
		m.cur = nil
		if m.frozen > 0 {
			break
		}
		// A processor that armed an earlier event shortens the turn of those after it.
		if at, ok := m.queue.next(); ok && at < horizon {
			horizon = max(at, m.now)
		}
	}
	// The clock follows the processor that got furthest; one that fell idle is taken along.
	reached := m.now
	for _, c := range m.cpus {
		reached = max(reached, c.local)
	}
	if m.frozen == 0 && reached < horizon {
		// Everything fell idle, or nothing could retire within so short a time.
		idle := true
		for _, c := range m.cpus {
			idle = idle && !c.ready()
		}
		if !idle {
			reached = horizon
		}
	}
	m.advance(reached)
	return m.pace(ctx)
}

func (m *Machine) advance(to time.Duration) {
	if to > m.now {
		m.now = to
		m.seen.Store(int64(to))
	}
	for _, c := range m.cpus {
		c.catchUp(m.now)
	}
}

// pace keeps the virtual clock from running ahead of the host's. When the host cannot keep up, time is lost, not
// caught up with: a guest that was held up must not see its timers fire in a burst.
func (m *Machine) pace(ctx context.Context) error {
	if m.virtual || m.frozen > 0 {
		return nil
	}
	host := time.Now()
	if m.anchor.IsZero() {
		m.anchor, m.anchAt = host, m.now
		return nil
	}
	ahead := (m.now - m.anchAt) - host.Sub(m.anchor)
	switch {
	case ahead < -50*time.Millisecond:
		m.anchor, m.anchAt = host, m.now
	case ahead > 2*time.Millisecond:
		return m.wait(ctx, m.now)
	}
	return nil
}

// wait sleeps until the virtual time at (negative: for ever), a post, or the end. Virtual time goes on meanwhile.
func (m *Machine) wait(ctx context.Context, at time.Duration) error {
	if m.frozen == 0 && !m.virtual && m.anchor.IsZero() {
		m.anchor, m.anchAt = time.Now(), m.now
	}
	var timer <-chan time.Time
	if at >= 0 && m.frozen == 0 {
		d := (at - m.anchAt) - time.Since(m.anchor)
		if d > 0 {
			t := time.NewTimer(d)
			defer t.Stop()
			timer = t.C
		} else {
			m.advance(at)
			return nil
		}
	}
	select {
	case <-timer:
		m.advance(at)
	case <-m.kick:
		if m.frozen == 0 && !m.virtual {
			// Idle time passed on the host has passed for the guest, but never beyond what was waited for.
			passed := m.anchAt + time.Since(m.anchor)
			if at >= 0 {
				passed = min(passed, at)
			}
			m.advance(passed)
		}
	case <-ctx.Done():
		return ctx.Err()
	case <-m.done:
		return ErrClosed
	}
	return nil
}
