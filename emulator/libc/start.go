package libc

import (
	"io"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
)

// Start and end of a program. The lists of functions are Go's, the calls are guest code's.
func startFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "__libc_start_main", Group: "start", Asm: `
	push {r4, r5, r6, lr}
	mov r4, r0
	mov r5, r1
	mov r6, r2
	call libc.start
again:
	call libc.next_init
	cbz r0, run
	blx r0
	b again
run:
	mov r0, r5
	mov r1, r6
	got r2, environ
	ldr r2, [r2]
	blx r4
	bl exit
	udf #255`},
		{Name: "exit", Group: "stdlib.h", Asm: `
	push {r4, lr}
	mov r4, r0
again:
	call libc.next_exit
	cbz r0, done
	mov r2, r0
	mov r0, r1
	blx r2
	b again
done:
	mov r0, r4
	call libc.exit
	udf #255`},
		{Name: "_exit", Group: "unistd.h", Aliases: []string{"_Exit"}, Go: wrap(func(c call) { c.p.Exit(int(c.Int(0))) })},
		{Name: "abort", Group: "stdlib.h", Asm: "push {r4, lr}\ncall libc.abort\nudf #255"},
		{Name: "atexit", Group: "stdlib.h", Go: wrap(func(c call) {
			c.s.exits = append(c.s.exits, exitFunction{c.Arg(0), 0})
			c.ReturnInt(0)
		})},
		{Name: "__cxa_atexit", Group: "start", Go: wrap(func(c call) {
			c.s.exits = append(c.s.exits, exitFunction{c.Arg(0), c.Arg(1)})
			c.ReturnInt(0)
		})},
		{Name: "__cxa_finalize", Group: "start", Go: wrap(func(c call) {}), Note: "nothing is ever unloaded"},
		{Name: "__stack_chk_fail", Group: "start", Asm: "push {r4, lr}\nudf #255"}, // SIGILL, as musl ends it
		{Name: "__assert_fail", Group: "assert.h", Go: wrap(assertFail)},
		{Name: "_dl_debug_state", Group: "start", Asm: "bx lr", Aliases: []string{"_dl_debug_addr_state"}},
		{Name: "getenv", Group: "stdlib.h", Go: wrap(getenv)},
		{Name: "getauxval", Group: "start", Status: guestlib.Unsupported, Note: "0 and ENOSYS"},

		{Name: "libc.start", Service: true, Go: wrap(start)},
		{Name: "libc.next_init", Service: true, Go: wrap(nextInit)},
		{Name: "libc.next_exit", Service: true, Go: wrap(nextExit)},
		{Name: "libc.exit", Service: true, Go: wrap(finish)},
		{Name: "libc.abort", Service: true, Go: wrap(abort)},
	}
}

// start readies the library's data; r5 and r6 are argc and argv.
func start(c call) {
	if c.s.started {
		return
	}
	c.s.started = true
	argc, argv := c.t.Reg(5), c.t.Reg(6)
	if at := c.symbol("environ"); at != 0 {
		c.SetWord(at, argv+4*(argc+1))
	}
	var guard [4]byte
	if _, err := io.ReadFull(c.p.Machine().Random(), guard[:]); err == nil {
		guard[0] = 0 // a string that runs over it has to carry a NUL
		c.Write(c.symbol("__stack_chk_guard"), guard[:])
	}
	c.s.inits = c.p.Initializers()
	c.s.finis = c.p.Finalizers()
}

func nextInit(c call) {
	if len(c.s.inits) == 0 {
		c.Return(0)
		return
	}
	c.Return(c.s.inits[0])
	c.s.inits = c.s.inits[1:]
}

// nextExit gives the functions of atexit, latest first, then the destructors.
func nextExit(c call) {
	if n := len(c.s.exits); n > 0 {
		f := c.s.exits[n-1]
		c.s.exits = c.s.exits[:n-1]
		c.Return64(uint64(f.f) | uint64(f.arg)<<32)
		return
	}
	if len(c.s.finis) > 0 {
		c.Return(c.s.finis[0])
		c.s.finis = c.s.finis[1:]
		return
	}
	c.Return(0)
}

func finish(c call) {
	c.flushAll()
	c.p.Exit(int(c.Int(0)))
}

func abort(c call) { c.t.Abort() }

func assertFail(c call) {
	expr, _ := c.CString(c.Arg(0))
	file, _ := c.CString(c.Arg(1))
	fn, _ := c.CString(c.Arg(3))
	c.print(2, "Assertion failed: "+expr+" ("+file+": "+fn+": "+itoa(int64(c.Int(2)))+")\n")
	c.t.Abort()
}

func getenv(c call) {
	name, ok := c.CString(c.Arg(0))
	if !ok {
		return
	}
	list, ok := c.Word(c.symbol("environ"))
	if !ok {
		return
	}
	for {
		s, ok := c.Word(list)
		if !ok {
			return
		}
		if s == 0 {
			c.Return(0)
			return
		}
		if v, ok := c.CStringN(s, uint32(len(name))+1); ok && string(v) == name+"=" {
			c.Return(s + uint32(len(name)) + 1)
			return
		}
		list += 4
	}
}

// errnoLocation is the address of a thread's errno.
func errnoLocation(t *linux.Thread) uint32 {
	off := int32(linux.ErrnoOffset)
	return t.TLS() + uint32(off)
}
