package linux

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"sync"
	"text/tabwriter"
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

// sysCall is one system call in progress. It is made again after a wait, with the same arguments and state.
type sysCall struct {
	t     *Thread
	nr    uint32
	a     [7]uint32
	state any // the handler's own, kept over waits

	deadline time.Duration
	queues   []*Queue
	blocked  bool
	restart  bool // SA_RESTART applies
	noSignal bool
}

// handler makes a system call: a result, or an errno. One that has to wait calls wait and returns whatever.
type handler func(c *sysCall) (uint32, errno.Errno)

type sysEntry struct {
	nr     uint32
	name   string
	f      handler
	status guestlib.Status
	note   string
}

// family is the table of one subject.
type family []sysEntry

// families are all tables, by EABI numbers (arch/arm/tools/syscall.tbl).
var families []family

func (f family) register() bool {
	families = append(families, f)
	return true
}

// syscalls is the union of the families. It is made when it is first needed: most commands emulate nothing.
var syscalls = sync.OnceValue(func() map[uint32]sysEntry {
	all := map[uint32]sysEntry{}
	for _, f := range families {
		for _, e := range f {
			if _, dup := all[e.nr]; dup {
				panic(fmt.Sprintf("system call %d is there twice", e.nr))
			}
			all[e.nr] = e
		}
	}
	return all
})

// WriteSupport prints the table of system calls.
func WriteSupport(w io.Writer) error {
	var numbers []int
	for nr := range syscalls() {
		numbers = append(numbers, int(nr))
	}
	sort.Ints(numbers)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, nr := range numbers {
		e := syscalls()[uint32(nr)]
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\n", nr, e.name, e.status, e.note)
	}
	return tw.Flush()
}

// syscall makes the call that the thread's registers ask for; the registers get the result when it finishes.
func (t *Thread) syscall() {
	c := &sysCall{t: t, nr: t.Reg(7)}
	for i := range c.a {
		c.a[i] = t.Reg(i)
	}
	e, ok := syscalls()[c.nr]
	if !ok || e.f == nil {
		name := e.name
		if name == "" {
			name = syscallName(c.nr)
		}
		t.p.unsupported(fmt.Sprintf("syscall %d (%s)", c.nr, name))
		t.setResult(0, errno.ENOSYS)
		return
	}
	t.attempt(c, e.f)
}

func (t *Thread) setResult(v uint32, e errno.Errno) {
	if e != 0 {
		v = uint32(-int32(e))
	}
	t.SetReg(0, v)
}

// attempt runs the handler until it finishes, now or over several turns of the thread.
func (t *Thread) attempt(c *sysCall, f handler) {
	try := func() bool {
		c.blocked = false
		v, e := f(c)
		if t.dead || t.p.ended {
			return true
		}
		if c.blocked {
			t.await(c.deadline, c.queues...)
			return false
		}
		t.wait = nil
		if t.ownResult {
			t.ownResult = false
			return true
		}
		t.setResult(v, e)
		return true
	}
	t.wait = &waiting{retry: try}
	t.wait.interrupted = func() {
		t.leaveQueues()
		t.wait = nil
		if c.restart && t.p.restarts(t) {
			// Made again after the handler: the trap is behind the pc.
			t.restartCall()
			return
		}
		t.setResult(0, errno.EINTR)
	}
	if !try() && c.noSignal && t.wait != nil {
		t.wait.interrupted = nil
	}
}

// wait lets the call wait; the handler runs again when a queue is woken or virtual time reaches deadline.
func (c *sysCall) wait(deadline time.Duration, queues ...*Queue) (uint32, errno.Errno) {
	c.blocked, c.deadline, c.queues = true, deadline, queues
	return 0, 0
}

// Guest memory, with EFAULT for what the guest may not touch.

func (c *sysCall) read(addr, n uint32) ([]byte, errno.Errno) {
	if n == 0 {
		return nil, 0
	}
	if n > maxTransfer {
		n = maxTransfer
	}
	b := make([]byte, n)
	if !c.t.ReadMemory(addr, b) {
		return nil, errno.EFAULT
	}
	return b, 0
}

func (c *sysCall) write(addr uint32, b []byte) errno.Errno {
	if len(b) > 0 && !c.t.WriteMemory(addr, b) {
		return errno.EFAULT
	}
	return 0
}

func (c *sysCall) words(addr uint32, n int) ([]uint32, errno.Errno) {
	b, e := c.read(addr, uint32(n)*4)
	if e != 0 {
		return nil, e
	}
	out := make([]uint32, n)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out, 0
}

func (c *sysCall) putWords(addr uint32, words ...uint32) errno.Errno {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return c.write(addr, b)
}

func (c *sysCall) path(addr uint32) (string, errno.Errno) {
	b, ok := guestlib.CString(c.t, addr, 4096)
	switch {
	case !ok:
		return "", errno.EFAULT
	case len(b) == 4096:
		return "", errno.ENAMETOOLONG
	}
	return string(b), 0
}

// maxTransfer bounds one read or write; more is done in part, as the interface allows.
const maxTransfer = 1 << 20

func (c *sysCall) desc(fd uint32) (*description, errno.Errno) {
	d := c.t.p.fds.get(fd)
	if d == nil {
		return nil, errno.EBADF
	}
	return d, 0
}
