// Package applibs is libapplibs.so.0 of the emulated device: a table of the functions through which an application
// reaches its device (facts/applibs.md 2), each with what the emulator makes of it.
//
// A function that needs a capability asks the process's policy and answers as documented, EACCES, when the packaged
// manifest does not list it. What is not emulated yet answers ENOSYS and is reported once. The APIs that headers
// compile into the app (ADC, PWM, power profiles) are no functions here: they reach the system calls.
package applibs

import (
	"slices"
	"sync"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

// SONAME is the name under which applications ask for the library, Path where the device has it.
const (
	SONAME = "libapplibs.so.0"
	Path   = "/usr/lib/libapplibs.so.0"
)

// trap is the number of the library's supervisor calls.
const trap = 0xA1

// Library is the table. It is the same for every process.
var Library = sync.OnceValue(func() *guestlib.Library {
	return &guestlib.Library{
		SONAME: SONAME, Path: Path, SVC: trap, Aliases: []string{"libapplibs.so"},
		Functions: slices.Concat(logFunctions(), gpioFunctions(), eventLoopFunctions(), storageFunctions(), statusFunctions(), unsupported()),
	}
})

// call is a call with its process at hand.
type call struct {
	*guestlib.Call
	t *linux.Thread
	p *linux.Process
}

// wrap gives a function of this package the shape of a table's entry.
func wrap(f func(c call)) func(*guestlib.Call) {
	return func(c *guestlib.Call) {
		t := linux.ThreadOf(c)
		f(call{c, t, t.Process()})
	}
}

func (c call) fail(e errno.Errno)               { c.Fail(int32(e)) }
func (c call) failWith(e errno.Errno, v uint32) { c.FailWith(int32(e), v) }
func (c call) allow(capability, value string) bool {
	if c.p.Allow(c.Func.Name, capability, value, errno.EACCES) {
		return true
	}
	c.fail(errno.EACCES)
	return false
}

// store writes to the guest; an unwritable pointer is EFAULT, as for every function of the library.
func (c call) store(addr uint32, b ...byte) bool {
	if addr == 0 || !c.t.WriteMemory(addr, b) {
		c.fail(errno.EFAULT)
		return false
	}
	return true
}

// text reads a string argument; NULL and unreadable ones are EFAULT.
func (c call) text(addr uint32) (string, bool) {
	if addr != 0 {
		if b, ok := guestlib.CString(c.t, addr, 4096); ok {
			return string(b), true
		}
	}
	c.fail(errno.EFAULT)
	return "", false
}
