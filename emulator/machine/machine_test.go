package machine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// counter retires instructions in odd portions and logs when it ran.
type counter struct {
	name string
	m    *Machine
	log  *strings.Builder
	left int64
	nap  time.Duration
}

func (c *counter) Run(t *Task, budget int64) {
	for budget > 0 && !t.Yielding() {
		n := min(budget, 777, c.left)
		t.Retire(n)
		c.left -= n
		budget -= n
		if c.left == 0 {
			fmt.Fprintf(c.log, "%s %v\n", c.name, c.m.Now())
			c.left = 10_000
			t.Park()
			c.m.After(c.nap, t.Wake)
			return
		}
	}
}

func seededLog(t *testing.T) string {
	m := New(Config{Seeded: true, Seed: 7})
	var log strings.Builder
	a7, m4 := m.NewCPU(500_000_000), m.NewCPU(197_600_000)
	a7.Add(&counter{"a", m, &log, 10_000, time.Millisecond}).Wake()
	a7.Add(&counter{"b", m, &log, 3_000, 333 * time.Microsecond}).Wake()
	m4.Add(&counter{"m", m, &log, 5_000, 50 * time.Microsecond}).Wake()
	if err := m.Run(context.Background(), func() bool { return m.Now() > 20*time.Millisecond }); err != nil {
		t.Fatal(err)
	}
	r := make([]byte, 8)
	m.Random().Read(r)
	fmt.Fprintf(&log, "%x %d %d %v", r, a7.Retired(), m4.Retired(), m.Date())
	return log.String()
}

func TestSeededRunsAreIdentical(t *testing.T) {
	first := seededLog(t)
	if n := strings.Count(first, "\n"); n < 100 {
		t.Fatalf("only %d lines", n)
	}
	for range 3 {
		if got := seededLog(t); got != first {
			t.Fatalf("runs differ:\n%s\n--- first:\n%s", got, first)
		}
	}
	if !strings.HasPrefix(first, "b 6µs\n") && !strings.HasPrefix(first, "m ") {
		t.Logf("starts with %.60q", first)
	}
}

func TestVirtualTimeIsRetiredInstructions(t *testing.T) {
	m := New(Config{Virtual: true})
	c := m.NewCPU(500_000_000)
	var at time.Duration
	r := runnerFunc(func(task *Task, budget int64) {
		task.Retire(1)
		if c.Retired() == 500_000 {
			at = m.Now()
			task.Park()
		}
	})
	c.Add(r).Wake()
	fired := time.Duration(0)
	m.At(300*time.Microsecond, func() { fired = m.Now() })
	m.Run(context.Background(), func() bool { return at != 0 })
	if at != time.Millisecond || fired != 300*time.Microsecond {
		t.Fatalf("500,000 instructions end at %v, event at %v", at, fired)
	}
}

type runnerFunc func(*Task, int64)

func (f runnerFunc) Run(t *Task, budget int64) { f(t, budget) }

func TestEventArmedWhileRunningStopsTheRun(t *testing.T) {
	m := New(Config{Virtual: true})
	c := m.NewCPU(1_000_000_000)
	armed := false
	var fired, seen time.Duration
	r := runnerFunc(func(task *Task, budget int64) {
		for i := int64(0); i < budget && !task.Yielding(); i++ {
			task.Retire(1)
			if !armed {
				armed = true
				m.After(10*time.Nanosecond, func() { fired = m.Now(); seen = c.local })
			}
		}
	})
	c.Add(r).Wake()
	m.Run(context.Background(), func() bool { return fired != 0 })
	if fired != 11 || seen != 11 {
		t.Fatalf("event at %v with the processor at %v, want 11ns", fired, seen)
	}
}

func TestRoundRobinSharesTime(t *testing.T) {
	m := New(Config{Virtual: true})
	c := m.NewCPU(1_000_000_000)
	var got [3]int64
	for i := range got {
		c.Add(runnerFunc(func(task *Task, budget int64) { task.Retire(budget); got[i] += budget })).Wake()
	}
	m.Run(context.Background(), func() bool { return m.Now() >= 30*time.Millisecond })
	for _, n := range got {
		if n < 9_500_000 || n > 10_500_000 {
			t.Fatalf("unfair: %v", got)
		}
	}
}

func TestFreezeHoldsTheClock(t *testing.T) {
	m := New(Config{Virtual: true})
	fired := false
	m.At(time.Second, func() { fired = true })
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error, 1)
	m.Freeze()
	go func() { end <- m.Run(ctx, nil) }()
	var before time.Duration
	if err := m.Do(func() { before = m.Now() }); err != nil || fired {
		t.Fatal(err, fired)
	}
	ran := make(chan struct{})
	m.Post(func() {
		m.Thaw()
		m.At(2*time.Second, func() { close(ran) })
	})
	<-ran
	if !fired || before != 0 {
		t.Fatal("event did not fire after the thaw")
	}
	cancel()
	if err := <-end; err != context.Canceled {
		t.Fatal(err)
	}
}

func TestClose(t *testing.T) {
	m := New(Config{})
	end := make(chan error, 1)
	go func() { end <- m.Run(context.Background(), nil) }()
	n := 0
	if err := m.Do(func() { n++ }); err != nil || n != 1 {
		t.Fatal(err, n)
	}
	m.Close()
	if err := <-end; err != ErrClosed {
		t.Fatal(err)
	}
	if err := m.Do(func() {}); err != ErrClosed {
		t.Fatal(err)
	}
	m.Post(func() { t.Error("ran after Close") })
}

func TestPacedSleepEnds(t *testing.T) {
	m := New(Config{})
	hit := time.Duration(0)
	m.At(5*time.Millisecond, func() { hit = m.Now() })
	start := time.Now()
	m.Run(context.Background(), func() bool { return hit != 0 })
	if hit != 5*time.Millisecond || time.Since(start) < 5*time.Millisecond {
		t.Fatalf("fired at virtual %v after %v", hit, time.Since(start))
	}
}

func TestCancelledEventsStaySilent(t *testing.T) {
	m := New(Config{Virtual: true})
	var order []int
	m.At(1, func() { order = append(order, 1) })
	e := m.At(1, func() { order = append(order, 2) })
	m.At(1, func() { order = append(order, 3) })
	e.Cancel()
	e.Cancel()
	(*Event)(nil).Cancel()
	m.Run(context.Background(), func() bool { return len(order) == 2 })
	if order[0] != 1 || order[1] != 3 {
		t.Fatal(order)
	}
}
