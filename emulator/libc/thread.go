package libc

import (
	"encoding/binary"
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

// Threads, mutexes and condition variables. What waits is kept here by the address of the guest's object; the object
// itself carries only what static initialisers and attributes put there.
func threadFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "__armillary_thread_start", Asm: `
	push {r4, lr}
	blx r4
	call libc.thread_exit
	udf #255`},
		{Name: "pthread_create", Group: "pthread.h", Asm: `
	push {r4, lr}
	addr r4, __armillary_thread_start
	call libc.thread_create
	pop {r4, pc}`},
		{Name: "libc.thread_create", Service: true, Go: wrap(threadCreate)},
		{Name: "libc.thread_exit", Service: true, Go: wrap(threadExit)},
		fn("pthread_exit", "pthread.h", threadExit),
		fn("pthread_join", "pthread.h", threadJoin),
		fn("pthread_detach", "pthread.h", func(c call) {
			if th := c.s.threads.byHandle[c.Arg(0)]; th != nil {
				th.detached = true
				c.ReturnInt(0)
			} else {
				c.ReturnInt(int(errno.ESRCH))
			}
		}),
		fn("pthread_self", "pthread.h", func(c call) { c.Return(c.t.TLS()) }),
		fn("pthread_equal", "pthread.h", func(c call) {
			if c.Arg(0) == c.Arg(1) {
				c.Return(1)
			} else {
				c.Return(0)
			}
		}),
		fn("pthread_attr_init", "pthread.h", func(c call) { c.cleared(36) }),
		fn("pthread_attr_destroy", "pthread.h", zero),
		fn("pthread_attr_setdetachstate", "pthread.h", func(c call) { c.setField(c.Arg(0)+12, c.Arg(1)) }),
		fn("pthread_attr_setstacksize", "pthread.h", func(c call) { c.setField(c.Arg(0), c.Arg(1)) }),
		fn("pthread_mutexattr_init", "pthread.h", func(c call) { c.cleared(4) }),
		fn("pthread_mutexattr_destroy", "pthread.h", zero),
		fn("pthread_mutexattr_settype", "pthread.h", func(c call) { c.setField(c.Arg(0), c.Arg(1)&3) }),
		fn("pthread_mutex_init", "pthread.h", mutexInit),
		fn("pthread_mutex_destroy", "pthread.h", func(c call) { delete(c.s.threads.mutexes, c.Arg(0)); c.ReturnInt(0) }),
		fn("pthread_mutex_lock", "pthread.h", func(c call) {
			if e, wait := c.lock(c.Arg(0)); wait {
				c.Wait = c.s.threads.mutex(c.Arg(0)).wait()
			} else {
				c.ReturnInt(int(e))
			}
		}),
		fn("pthread_mutex_trylock", "pthread.h", func(c call) {
			e, wait := c.lock(c.Arg(0))
			if wait {
				e = errno.EBUSY
			}
			c.ReturnInt(int(e))
		}),
		fn("pthread_mutex_unlock", "pthread.h", func(c call) { c.ReturnInt(int(c.unlock(c.Arg(0)))) }),
		fn("pthread_cond_init", "pthread.h", func(c call) {
			delete(c.s.threads.conds, c.Arg(0))
			c.cleared(48)
		}),
		fn("pthread_cond_destroy", "pthread.h", func(c call) { delete(c.s.threads.conds, c.Arg(0)); c.ReturnInt(0) }),
		fn("pthread_cond_signal", "pthread.h", func(c call) { c.s.threads.wakeCond(c.Arg(0), 1); c.ReturnInt(0) }),
		fn("pthread_cond_broadcast", "pthread.h", func(c call) { c.s.threads.wakeCond(c.Arg(0), 1<<30); c.ReturnInt(0) }),
		fn("pthread_cond_wait", "pthread.h", func(c call) { c.condWait(0) }),
		fn("pthread_cond_timedwait", "pthread.h", func(c call) { c.condWait(8) }),
		fn("__pthread_cond_timedwait_time64", "pthread.h", func(c call) { c.condWait(12) }),
	}
}

func zero(c call) { c.ReturnInt(0) }

func (c call) cleared(n int) {
	if c.Write(c.Arg(0), make([]byte, n)) {
		c.ReturnInt(0)
	}
}

func (c call) setField(at, v uint32) {
	if c.SetWord(at, v) {
		c.ReturnInt(0)
	}
}

type threads struct {
	byHandle map[uint32]*thread
	mutexes  map[uint32]*mutex
	conds    map[uint32]*cond
}

func newThreads() threads {
	return threads{map[uint32]*thread{}, map[uint32]*mutex{}, map[uint32]*cond{}}
}

// thread's handle, a pthread_t, is its thread pointer.
type thread struct {
	ended    bool
	detached bool
	result   uint32
	joiners  linux.Queue
}

const threadStack = 128 << 10 // musl's default

// threadCreate has the start routine's wrapper in r4; r0-r3 are pthread_create's.
func threadCreate(c call) {
	stack := uint32(threadStack)
	detached := false
	if at := c.Arg(1); at != 0 {
		b, ok := c.Read(at, 16)
		if !ok {
			return
		}
		if n := binary.LittleEndian.Uint32(b); n >= 2048 && n < 16<<20 {
			stack = (n + 0xFFF) &^ 0xFFF
		}
		detached = binary.LittleEndian.Uint32(b[12:]) != 0
	}
	base, e := c.p.MapStack(stack)
	if e != 0 {
		c.ReturnInt(int(errno.EAGAIN))
		return
	}
	tp, e := c.p.NewTLS()
	if e != 0 {
		c.ReturnInt(int(errno.EAGAIN))
		return
	}
	if !c.SetWord(c.Arg(0), tp) {
		return
	}
	th, e := c.t.NewThread(c.t.Reg(4), base+stack, tp, c.Arg(3), 0)
	if e != 0 {
		c.ReturnInt(int(e))
		return
	}
	th.SetReg(4, c.Arg(2))
	c.s.threads.byHandle[tp] = &thread{detached: detached}
	c.ReturnInt(0)
}

func threadExit(c call) {
	handle := c.t.TLS()
	if th := c.s.threads.byHandle[handle]; th != nil {
		th.ended, th.result = true, c.Arg(0)
		th.joiners.Wake()
		if th.detached {
			delete(c.s.threads.byHandle, handle)
		}
	}
	c.t.Exit()
}

func threadJoin(c call) {
	th := c.s.threads.byHandle[c.Arg(0)]
	switch {
	case th == nil:
		c.ReturnInt(int(errno.ESRCH))
	case th.detached:
		c.ReturnInt(int(errno.EINVAL))
	case !th.ended:
		c.Wait = &guestlib.Wait{Until: -1, Queues: []any{&th.joiners}, NoSignal: true}
	default:
		if c.Arg(1) != 0 && !c.SetWord(c.Arg(1), th.result) {
			return
		}
		delete(c.s.threads.byHandle, c.Arg(0))
		c.ReturnInt(0)
	}
}

type mutex struct {
	owner int // thread id, 0: free
	count int
	q     linux.Queue
}

func (m *mutex) wait() *guestlib.Wait {
	return &guestlib.Wait{Until: -1, Queues: []any{&m.q}, NoSignal: true}
}

func (t *threads) mutex(at uint32) *mutex {
	m := t.mutexes[at]
	if m == nil {
		m = &mutex{}
		t.mutexes[at] = m
	}
	return m
}

// Mutex types as pthread_mutex_init leaves them in the first word.
const (
	mutexRecursive  = 1
	mutexErrorcheck = 2
)

func mutexInit(c call) {
	kind := uint32(0)
	if at := c.Arg(1); at != 0 {
		v, ok := c.Word(at)
		if !ok {
			return
		}
		kind = v & 3
	}
	b := make([]byte, 24)
	binary.LittleEndian.PutUint32(b, kind)
	delete(c.s.threads.mutexes, c.Arg(0))
	if c.Write(c.Arg(0), b) {
		c.ReturnInt(0)
	}
}

// lock takes the mutex or says that its owner has to be waited for.
func (c call) lock(at uint32) (e errno.Errno, wait bool) {
	kind, ok := c.Word(at)
	if !ok {
		return 0, false
	}
	m := c.s.threads.mutex(at)
	switch {
	case m.owner == 0:
		m.owner, m.count = c.t.ID(), 1
		return 0, false
	case m.owner == c.t.ID() && kind&3 == mutexRecursive:
		m.count++
		return 0, false
	case m.owner == c.t.ID() && kind&3 == mutexErrorcheck:
		return errno.EDEADLK, false
	}
	return 0, true
}

func (c call) unlock(at uint32) errno.Errno {
	kind, ok := c.Word(at)
	if !ok {
		return 0
	}
	m := c.s.threads.mutex(at)
	if m.owner != c.t.ID() && kind&3 != 0 {
		return errno.EPERM
	}
	if m.count--; m.count > 0 {
		return 0
	}
	m.owner, m.count = 0, 0
	m.q.Wake()
	return 0
}

type cond struct {
	waiting []*condWaiter
	q       linux.Queue
}

type condWaiter struct {
	signalled bool
	late      bool
	until     time.Duration
}

func (t *threads) cond(at uint32) *cond {
	x := t.conds[at]
	if x == nil {
		x = &cond{}
		t.conds[at] = x
	}
	return x
}

func (t *threads) wakeCond(at uint32, n int) {
	x := t.cond(at)
	for ; n > 0 && len(x.waiting) > 0; n-- {
		x.waiting[0].signalled = true
		x.waiting = x.waiting[1:]
	}
	x.q.Wake()
}

// condWait releases the mutex, waits to be signalled, and takes the mutex again. timespec is the size of the absolute
// time in the third argument, 0 without one.
func (c call) condWait(timespec uint32) {
	x := c.s.threads.cond(c.Arg(0))
	w, again := c.State.(*condWaiter)
	if !again {
		w = &condWaiter{until: -1}
		if timespec > 0 {
			b, ok := c.Read(c.Arg(2), timespec)
			if !ok {
				return
			}
			le := binary.LittleEndian
			sec, ns := int64(int32(le.Uint32(b))), le.Uint32(b[4:])
			if timespec == 12 {
				sec, ns = int64(le.Uint64(b)), le.Uint32(b[8:])
			}
			at := time.Unix(sec, int64(ns))
			w.until = c.p.Machine().Now() + max(at.Sub(c.p.Machine().Date()), 0)
		}
		c.State = w
		x.waiting = append(x.waiting, w)
		if e := c.unlock(c.Arg(1)); e != 0 {
			c.ReturnInt(int(e))
			return
		}
	}
	if !w.signalled && !w.late && w.until >= 0 && c.p.Machine().Now() >= w.until {
		w.late = true
		for i, o := range x.waiting {
			if o == w {
				x.waiting = append(x.waiting[:i:i], x.waiting[i+1:]...)
				break
			}
		}
	}
	if !w.signalled && !w.late {
		c.Wait = &guestlib.Wait{Until: w.until, Queues: []any{&x.q}, NoSignal: true}
		return
	}
	if _, wait := c.lock(c.Arg(1)); wait {
		c.Wait = c.s.threads.mutex(c.Arg(1)).wait()
		return
	}
	if w.late {
		c.ReturnInt(int(errno.ETIMEDOUT))
	} else {
		c.ReturnInt(0)
	}
}
