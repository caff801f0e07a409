package machine

import "time"

// Runner is what a processor runs: a guest thread, or the whole of a bare-metal core.
type Runner interface {
	// Run executes at most budget instructions (more than 0) and accounts for them with Task.Retire as it goes.
	// It returns early when the task parks, or when Task.Yielding says so.
	Run(t *Task, budget int64)
}

// CPU is a processor: it shares its time between tasks, round robin. Processors run side by side in virtual time.
type CPU struct {
	m     *Machine
	hz    int64
	local time.Duration // this processor's clock
	rest  int64         // instructions × 1e9 not yet worth a nanosecond, in units of 1/hz
	limit time.Duration // where the present run has to end
	yield bool          // the present run should end now
	queue []*Task       // ready tasks; the first is next
	used  int64         // instructions of the present task within its quantum
	total int64         // instructions retired since power-on
}

// Quantum is how many instructions a task may retire before the next one of its processor gets its turn: 1 ms of the
// A7. The value is part of what makes a seeded run repeatable.
const Quantum = 500_000

// NewCPU adds a processor that retires hz instructions in a second. Before Run, or on the loop.
func (m *Machine) NewCPU(hz int64) *CPU {
	c := &CPU{m: m, hz: hz, local: m.now}
	m.cpus = append(m.cpus, c)
	return c
}

// CPU is the processor of that name; the first call makes it, with hz. Programs that share a core find it so. Before
// Run, or on the loop.
func (m *Machine) CPU(name string, hz int64) *CPU {
	c := m.named[name]
	if c == nil {
		if m.named == nil {
			m.named = map[string]*CPU{}
		}
		c = m.NewCPU(hz)
		m.named[name] = c
	}
	return c
}

// Retired is the number of instructions since power-on. Loop only.
func (c *CPU) Retired() int64 { return c.total }

// Task is one runner's place on a processor.
type Task struct {
	cpu    *CPU
	r      Runner
	queued bool
	gone   bool
}

// Add gives r a place on the processor. It starts parked. Loop only.
func (c *CPU) Add(r Runner) *Task { return &Task{cpu: c, r: r} }

// Wake makes the task ready to run; a ready one is left alone. Loop only.
func (t *Task) Wake() {
	if !t.queued && !t.gone {
		t.queued = true
		t.cpu.queue = append(t.cpu.queue, t)
	}
}

// Park takes the task out of the running until Wake. Loop only; the task itself may do it while it runs.
func (t *Task) Park() {
	if !t.queued {
		return
	}
	t.queued = false
	q := t.cpu.queue
	for i, x := range q {
		if x == t {
			if i == 0 {
				t.cpu.used = 0
				t.cpu.yield = true
			}
			t.cpu.queue = append(q[:i:i], q[i+1:]...)
			return
		}
	}
}

// Remove ends the task. Loop only.
func (t *Task) Remove() {
	t.Park()
	t.gone = true
}

// Ready reports whether the task is not parked. Loop only.
func (t *Task) Ready() bool { return t.queued }

// Retire accounts for n instructions; virtual time follows at once.
func (t *Task) Retire(n int64) {
	c := t.cpu
	c.used += n
	c.total += n
	c.rest += n * 1e9
	c.local += time.Duration(c.rest / c.hz)
	c.rest %= c.hz
}

// Yielding reports that the present Run should return, because an earlier event was armed or the task was parked.
func (t *Task) Yielding() bool { return t.cpu.yield }

func (c *CPU) ready() bool { return len(c.queue) > 0 }

// catchUp moves an idle processor's clock.
func (c *CPU) catchUp(now time.Duration) {
	if c.local < now {
		c.local, c.rest = now, 0
	}
}

// run lets the tasks run until the processor's clock reaches limit or all are parked.
func (c *CPU) run(limit time.Duration) {
	c.limit = limit
	for len(c.queue) > 0 && c.local < c.limit && c.m.frozen == 0 {
		t := c.queue[0]
		budget := c.budget(c.limit)
		if left := Quantum - c.used; left < budget {
			budget = left
		}
		c.yield = false
		before := c.total
		t.r.Run(t, budget)
		if len(c.queue) > 0 && c.queue[0] == t && c.used >= Quantum {
			c.queue = append(c.queue[1:len(c.queue):len(c.queue)], t)
			c.used = 0
		}
		if c.total == before && !c.yield && t.queued {
			// A runner that retires nothing and neither parks nor yields would hang the loop.
			t.Retire(1)
		}
	}
	c.yield = false
}

// budget is how many instructions fit until the time at: at least one.
func (c *CPU) budget(at time.Duration) int64 {
	d := int64(at - c.local)
	if d > 1e9 {
		d = 1e9
	}
	n := (d*c.hz - c.rest + 1e9 - 1) / 1e9
	return max(n, 1)
}
