package guestlib

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"
)

// Thread is what a call needs of the guest thread that made it. A Linux thread has far more to offer; a table that
// needs it asserts the interface's dynamic type.
type Thread interface {
	Reg(n int) uint32 // r0-r15
	SetReg(n int, v uint32)
	Double(n int) float64 // d0-d15
	SetDouble(n int, v float64)
	// ReadMemory and WriteMemory move all bytes or none.
	ReadMemory(addr uint32, p []byte) bool
	WriteMemory(addr uint32, p []byte) bool
}

// Call is one call of a Go function by the guest. It is valid until the function returns.
type Call struct {
	Thread Thread
	Func   *Function
	// State is the function's own while a call waits: nil at the first time, what was left there afterwards.
	State any

	Outcome
}

// Outcome is what a function decided; whoever dispatches calls reads it.
type Outcome struct {
	Errno    int32 // to be stored by the stub, 0 none
	Wait     *Wait // the call is to be made again later
	Fault    uint32
	HasFault bool // the guest accessed Fault, which it may not
}

// Wait says when a waiting call is to be tried again.
type Wait struct {
	Until    time.Duration // virtual time; negative: no limit
	Queues   []any         // what the dispatcher understands as sources of readiness
	NoSignal bool          // not interrupted by signals
}

// Arg is the n-th word of the arguments: r0-r3, then the stack (AAPCS32 6.4). An unreadable stack is a fault.
func (c *Call) Arg(n int) uint32 {
	if n < 4 {
		return c.Thread.Reg(n)
	}
	v, _ := c.Word(c.Thread.Reg(13) + 4*uint32(n-4))
	return v
}

// Int is Arg as a signed number.
func (c *Call) Int(n int) int32 { return int32(c.Arg(n)) }

// Arg64 is a 64-bit argument whose first word is the n-th; n is even.
func (c *Call) Arg64(n int) uint64 { return uint64(c.Arg(n)) | uint64(c.Arg(n+1))<<32 }

// Double is the n-th double argument, in d0-d7.
func (c *Call) Double(n int) float64 { return c.Thread.Double(n) }

// Return sets the result.
func (c *Call) Return(v uint32) { c.Thread.SetReg(0, v) }

// ReturnInt sets the result.
func (c *Call) ReturnInt(v int) { c.Thread.SetReg(0, uint32(int32(v))) }

// Return64 sets a 64-bit result.
func (c *Call) Return64(v uint64) {
	c.Thread.SetReg(0, uint32(v))
	c.Thread.SetReg(1, uint32(v>>32))
}

// ReturnDouble sets a floating-point result.
func (c *Call) ReturnDouble(v float64) { c.Thread.SetDouble(0, v) }

// Fail returns -1 with errno.
func (c *Call) Fail(errno int32) { c.FailWith(errno, ^uint32(0)) }

// FailWith returns v with errno.
func (c *Call) FailWith(errno int32, v uint32) {
	c.Return(v)
	c.Errno = errno
}

// Segv makes the thread fault as if the function had been guest code that touched addr.
func (c *Call) Segv(addr uint32) {
	if !c.HasFault {
		c.Fault, c.HasFault = addr, true
	}
}

// Word reads a word; a failure makes the thread fault.
func (c *Call) Word(addr uint32) (uint32, bool) {
	var b [4]byte
	if !c.Thread.ReadMemory(addr, b[:]) {
		c.Segv(addr)
		return 0, false
	}
	return binary.LittleEndian.Uint32(b[:]), true
}

// SetWord writes a word; a failure makes the thread fault.
func (c *Call) SetWord(addr, v uint32) bool {
	return c.Write(addr, binary.LittleEndian.AppendUint32(nil, v))
}

// maxBlock bounds what one call moves: more than the guest's memory is a wild size.
const maxBlock = 1 << 26

// Read reads n bytes; a failure makes the thread fault.
func (c *Call) Read(addr, n uint32) ([]byte, bool) {
	if n == 0 {
		return nil, true
	}
	if n > maxBlock {
		c.Segv(addr)
		return nil, false
	}
	b := make([]byte, n)
	if !c.Thread.ReadMemory(addr, b) {
		c.Segv(addr)
		return nil, false
	}
	return b, true
}

// Write writes p; a failure makes the thread fault.
func (c *Call) Write(addr uint32, p []byte) bool {
	if len(p) == 0 {
		return true
	}
	if !c.Thread.WriteMemory(addr, p) {
		c.Segv(addr)
		return false
	}
	return true
}

// CString reads a string up to its NUL; a failure makes the thread fault.
func (c *Call) CString(addr uint32) (string, bool) {
	b, ok := c.cstring(addr, maxBlock)
	return string(b), ok
}

// CStringN reads a string up to its NUL or to n bytes, whichever comes first.
func (c *Call) CStringN(addr, n uint32) ([]byte, bool) { return c.cstring(addr, n) }

func (c *Call) cstring(addr, limit uint32) ([]byte, bool) {
	b, ok := CString(c.Thread, addr, limit)
	if !ok {
		c.Segv(addr + uint32(len(b)))
	}
	return b, ok
}

// CString reads a string from the memory of t: up to its NUL, or limit bytes.
func CString(t Thread, addr, limit uint32) ([]byte, bool) {
	var out []byte
	var buf [64]byte
	for uint32(len(out)) < limit {
		// Never across a page that the string may not reach.
		n := min(uint32(len(buf)), 0x1000-addr&0xFFF, limit-uint32(len(out)))
		if !t.ReadMemory(addr, buf[:n]) {
			return out, false
		}
		if i := bytes.IndexByte(buf[:n], 0); i >= 0 {
			return append(out, buf[:i]...), true
		}
		out = append(out, buf[:n]...)
		addr += n
	}
	return out, true
}

// Args reads a variable argument list. A variadic function takes its arguments by the base standard: doubles too come
// in core registers and on the stack, aligned to an even word (AAPCS32 6.4.1).
type Args struct {
	c    *Call
	word int    // next argument word, when the list is the call's own
	ptr  uint32 // next address, when it is a va_list
	list bool
}

// VarArgs are the arguments after the first fixed words of the call.
func (c *Call) VarArgs(fixed int) *Args { return &Args{c: c, word: fixed} }

// VaList are the arguments behind a va_list, which is a pointer to the next one (AAPCS32 8.1.4).
func (c *Call) VaList(ptr uint32) *Args { return &Args{c: c, ptr: ptr, list: true} }

// Uint32 is the next int, long or pointer.
func (a *Args) Uint32() uint32 {
	if a.list {
		v, _ := a.c.Word(a.ptr)
		a.ptr += 4
		return v
	}
	a.word++
	return a.c.Arg(a.word - 1)
}

// Uint64 is the next long long.
func (a *Args) Uint64() uint64 {
	a.ptr = (a.ptr + 7) &^ 7
	a.word = (a.word + 1) &^ 1
	lo := a.Uint32()
	return uint64(lo) | uint64(a.Uint32())<<32
}

// Float64 is the next double.
func (a *Args) Float64() float64 { return math.Float64frombits(a.Uint64()) }

// CString reads a string argument's bytes.
func (a *Args) CString(addr, limit uint32) ([]byte, bool) { return a.c.CStringN(addr, limit) }

// SetWord stores through a pointer argument.
func (a *Args) SetWord(addr, v uint32) bool { return a.c.SetWord(addr, v) }
