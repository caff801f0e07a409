package libc

import (
	"encoding/binary"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

// A handler returns to one of the two restorers, whose instructions debuggers know, and whose unwind information leads
// to the interrupted function.
func signalFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "__armillary_restore", SignalFrame: linux.SignalFrameRegs, Asm: "mov r7, #119\nsvc #0\nudf #255"},
		{Name: "__armillary_restore_rt", SignalFrame: linux.SignalFrameRegsRT, Asm: "mov r7, #173\nsvc #0\nudf #255"},
		{Name: "sigaction", Group: "signal.h", Asm: `
	push {r4, lr}
	addr r3, __armillary_restore
	addr r4, __armillary_restore_rt
	call libc.sigaction
	cmp ip, #0
	bne fail
	pop {r4, pc}
fail:
	pop {r4, lr}
	b ` + guestlib.SetErrno},
		{Name: "signal", Group: "signal.h", Asm: `
	push {r4, lr}
	addr r3, __armillary_restore
	call libc.signal
	cmp ip, #0
	bne fail
	pop {r4, pc}
fail:
	pop {r4, lr}
	b ` + guestlib.SetErrno},
		{Name: "libc.sigaction", Service: true, Go: wrap(sigaction)},
		{Name: "libc.signal", Service: true, Go: wrap(signal)},
		fn("sigemptyset", "signal.h", func(c call) {
			if c.Write(c.Arg(0), make([]byte, sigsetSize)) {
				c.ReturnInt(0)
			}
		}),
		fn("sigfillset", "signal.h", func(c call) {
			b := make([]byte, sigsetSize)
			for i := range 8 {
				b[i] = 0xFF
			}
			if c.Write(c.Arg(0), b) {
				c.ReturnInt(0)
			}
		}),
		fn("sigaddset", "signal.h", func(c call) { c.sigset(func(set, bit uint64) uint64 { return set | bit }) }),
		fn("sigdelset", "signal.h", func(c call) { c.sigset(func(set, bit uint64) uint64 { return set &^ bit }) }),
		{Name: "sigprocmask", Group: "signal.h", Aliases: []string{"pthread_sigmask"}, Asm: `
	push {r7, lr}
	mov r3, #8
	movw r7, #175
	svc #0
	cmn r0, #4096
	bhi fail
	pop {r7, pc}
fail:
	movw ip, #0
	sub ip, ip, r0
	mov r0, #-1
	pop {r7, lr}
	b ` + guestlib.SetErrno},
		{Name: "raise", Group: "signal.h", Asm: `
	push {r7, lr}
	mov r1, r0
	movw r7, #224
	svc #0
	movw r7, #238
	svc #0
	pop {r7, pc}`},
	}
}

// sigsetSize is musl's: room for 1024 signals, of which the kernel knows the first 64.
const sigsetSize = 128

// sigaction: struct sigaction is handler, mask (128 bytes), flags, restorer.
func sigaction(c call) {
	const maskAt, flagsAt, size = 4, 4 + sigsetSize, 140
	n := int(c.Int(0))
	le := binary.LittleEndian
	old, e := c.p.ActionOf(n)
	if e == 0 && c.Arg(1) != 0 {
		b, ok := c.Read(c.Arg(1), size)
		if !ok {
			return
		}
		const siginfo = 4
		flags := le.Uint32(b[flagsAt:])
		restorer := c.Arg(3)
		if flags&siginfo != 0 {
			restorer = c.t.Reg(4)
		}
		old, e = c.p.SetAction(n, le.Uint32(b), flags, restorer, le.Uint64(b[maskAt:]))
	}
	if e != 0 {
		c.fail(e)
		return
	}
	if c.Arg(2) != 0 {
		b := make([]byte, size)
		le.PutUint32(b, old.Handler)
		le.PutUint64(b[maskAt:], old.Mask)
		le.PutUint32(b[flagsAt:], old.Flags)
		if !c.Write(c.Arg(2), b) {
			return
		}
	}
	c.ReturnInt(0)
}

func signal(c call) {
	const restart = 0x10000000
	old, e := c.p.SetAction(int(c.Int(0)), c.Arg(1), restart, c.Arg(3), 0)
	if e != 0 {
		c.fail(e)
		return
	}
	c.Return(old.Handler)
}

func (c call) sigset(f func(set, bit uint64) uint64) {
	n := c.Arg(1)
	if n < 1 || n > 64 {
		c.fail(errno.EINVAL)
		return
	}
	b, ok := c.Read(c.Arg(0), 8)
	if !ok {
		return
	}
	set := f(binary.LittleEndian.Uint64(b), 1<<(n-1))
	if c.Write(c.Arg(0), binary.LittleEndian.AppendUint64(nil, set)) {
		c.ReturnInt(0)
	}
}
