// Package libc is the built-in C library: a table of the functions that applications import, for running them where
// there is no sysroot. It behaves as musl does, whose texts and formats end up in an app's log.
//
// What waits or calls back is guest code: system-call wrappers, start-up, exit, threads. The rest is Go. A program
// that needs a function beyond this table is refused at load, by name, by package linux.
package libc

import (
	"fmt"
	"slices"
	"sync"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

// Trap numbers of the two libraries.
const (
	trap    = 0xA2
	gccTrap = 0xA3
)

var library = sync.OnceValue(func() *guestlib.Library {
	return &guestlib.Library{
		SONAME: "libc.so.1", Path: "/lib/libc.so.1", SVC: trap,
		Aliases: []string{"libc.so", "libc.so.6", "libpthread.so.0", "libm.so.6", "libdl.so.2", "librt.so.1", "libutil.so", "libxnet.so"},
		Functions: slices.Concat(startFunctions(), wrappers(), errnoFunctions(), memoryFunctions(), stringFunctions(), numberFunctions(),
			stdioFunctions(), timeFunctions(), signalFunctions(), fileFunctions(), threadFunctions(), mathFunctions(), optionFunctions(),
			networkFunctions(), sortFunctions()),
		Objects: objects,
	}
})

var gcc = sync.OnceValue(func() *guestlib.Library {
	return &guestlib.Library{SONAME: "libgcc_s.so.1", Path: "/lib/libgcc_s.so.1", SVC: gccTrap, Functions: gccFunctions()}
})

// Libraries are the C library and the compiler's helpers, for linux.Spec.Builtin.
func Libraries() []*guestlib.Library { return []*guestlib.Library{library(), gcc()} }

// objects are the library's data. A FILE is a number of ours behind a pointer: programs only pass it around.
var objects = []guestlib.Object{
	{Name: "__stack_chk_guard", Size: 4},
	{Name: "environ", Size: 4},
	{Name: "stdin", Size: 4, Pointers: map[int]string{0: "file_stdin"}},
	{Name: "stdout", Size: 4, Pointers: map[int]string{0: "file_stdout"}},
	{Name: "stderr", Size: 4, Pointers: map[int]string{0: "file_stderr"}},
	{Name: "file_stdin", Size: 8, Init: []byte{0}, Local: true},
	{Name: "file_stdout", Size: 8, Init: []byte{1}, Local: true},
	{Name: "file_stderr", Size: 8, Init: []byte{2}, Local: true},
	{Name: "optarg", Size: 4},
	{Name: "optind", Size: 4, Init: []byte{1}},
	{Name: "opterr", Size: 4, Init: []byte{1}},
	{Name: "optopt", Size: 4},
}

// call is a call with its process and this library's state of it at hand.
type call struct {
	*guestlib.Call
	t *linux.Thread
	p *linux.Process
	s *state
}

// state is what the library keeps of a process.
type state struct {
	heap       heap
	streams    map[uint32]*stream
	exits      []exitFunction
	inits      []uint32
	finis      []uint32
	started    bool
	errors     map[string]uint32 // interned texts for strerror
	random     uint64
	optionAt   int // how far getopt has read the present word
	strtok     uint32
	threads    threads
	sorts      []*sorting
	searches   map[uint32]*search
	lastSearch uint32
}

type exitFunction struct{ f, arg uint32 }

type stateKey struct{}

func wrap(f func(c call)) func(*guestlib.Call) {
	return func(c *guestlib.Call) {
		t := linux.ThreadOf(c)
		p := t.Process()
		s := p.Value(stateKey{}, func() any {
			return &state{heap: newHeap(), streams: map[uint32]*stream{}, errors: map[string]uint32{}, searches: map[uint32]*search{}, threads: newThreads()}
		}).(*state)
		f(call{c, t, p, s})
	}
}

func (c call) fail(e errno.Errno) { c.Fail(int32(e)) }

// symbol is the address of one of the library's own objects or functions, bound to the program's when that has one.
func (c call) symbol(name string) uint32 {
	v, _ := c.p.Symbol(name)
	return v
}

// system makes a wrapper of a system call with up to four arguments: the number goes to r7, an error to errno.
func system(name string, number int, aliases ...string) guestlib.Function {
	return guestlib.Function{Name: name, Group: "system call", Aliases: aliases, Asm: fmt.Sprintf(`
	push {r7, lr}
	movw r7, #%d
	svc #0
	cmn r0, #4096
	bhi fail
	pop {r7, pc}
fail:
	movw ip, #0
	sub ip, ip, r0
	mov r0, #-1
	pop {r7, lr}
	b %s`, number, guestlib.SetErrno)}
}

// system6 is the same for five or six arguments, of which the last come on the stack.
func system6(name string, number int) guestlib.Function {
	return guestlib.Function{Name: name, Group: "system call", Asm: fmt.Sprintf(`
	push {r4, r5, r7, lr}
	ldr r4, [sp, #16]
	ldr r5, [sp, #20]
	movw r7, #%d
	svc #0
	cmn r0, #4096
	bhi fail
	pop {r4, r5, r7, pc}
fail:
	movw ip, #0
	sub ip, ip, r0
	mov r0, #-1
	pop {r4, r5, r7, lr}
	b %s`, number, guestlib.SetErrno)}
}

// sleeper is nanosleep over clock_nanosleep with 64-bit times: clock and flags go in front.
func sleeper(name string, number int) guestlib.Function {
	return guestlib.Function{Name: name, Group: "time.h", Asm: fmt.Sprintf(`
	push {r7, lr}
	mov r3, r1
	mov r2, r0
	mov r0, #0
	mov r1, #0
	movw r7, #%d
	svc #0
	cmn r0, #4096
	bhi fail
	pop {r7, pc}
fail:
	movw ip, #0
	sub ip, ip, r0
	mov r0, #-1
	pop {r7, lr}
	b %s`, number, guestlib.SetErrno)}
}

// wrappers are the functions that are nothing but a system call.
func wrappers() []guestlib.Function {
	return []guestlib.Function{
		system("read", 3), system("write", 4), system("close", 6), system("open", 5, "open64"),
		system("ioctl", 54), system("fcntl", 221), system("dup", 41), system("dup2", 63), system("dup3", 358),
		system("pipe", 42), system("pipe2", 359), system("readv", 145), system("writev", 146),
		system("fsync", 118), system("fdatasync", 148), system("unlink", 10), system("access", 33),
		system("readlink", 85), system("openat", 322), system("ftruncate", 194), system("getrandom", 384),
		system("poll", 168), system6("select", 142),
		system("epoll_create", 250), system("epoll_create1", 357), system("epoll_ctl", 251), system("epoll_wait", 252),
		system("eventfd", 356),
		system("timerfd_create", 350), system("timerfd_settime", 353), system("timerfd_gettime", 354),
		system("__timerfd_settime64", 411), system("__timerfd_gettime64", 410),
		system("timer_create", 257), system("timer_settime", 258), system("__timer_settime64", 409), system("timer_delete", 261),
		system("clock_gettime", 263), system("__clock_gettime64", 403), system("clock_getres", 264), system("__clock_getres_time64", 406),
		system("gettimeofday", 78), system("nanosleep", 162), sleeper("__nanosleep_time64", 407),
		system("getpid", 20), system("getppid", 64), system("getuid", 199), system("getgid", 200), system("geteuid", 201), system("getegid", 202),
		system("kill", 37), system("pause", 29), system("sched_yield", 158), system("uname", 122), system("prctl", 172), system("capget", 184),
		system("getresuid", 209), system("getresgid", 211), system("getgroups", 205),
		system("munmap", 91), system("mprotect", 125), system("madvise", 220),
		system("fstatat", 327), system("lstat", 196, "lstat64"), system("stat", 195, "stat64"), system("fstat", 197, "fstat64"),
		system("socket", 281), system("bind", 282), system("connect", 283), system("listen", 284), system("accept", 285),
		system("getsockname", 286), system("getpeername", 287), system("send", 289), system6("sendto", 290),
		system("recv", 291), system6("recvfrom", 292), system("shutdown", 293), system6("setsockopt", 294), system6("getsockopt", 295),
	}
}
