package eval

import (
	"errors"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/unwind"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrOptimizedOut = errors.New("optimized out")
	ErrReadOnly     = errors.New("cannot be changed here")
	ErrNotLvalue    = errors.New("not something that can be assigned to")
	ErrNoSymbol     = errors.New("no such name here")
	ErrTLS          = errors.New("thread-local storage is not supported")
)

// Memory reads the target's memory; see unwind.Memory for the rules of reading.
type Memory interface {
	ReadMemory(addr uint32, p []byte) error
}

// MemoryWriter is what assignments need.
type MemoryWriter interface {
	WriteMemory(addr uint32, p []byte) error
}

// RegisterWriter is what assignments to variables in registers of the innermost frame need. reg is the DWARF number:
// 0..15 core, 128 CPSR, 256+n for Dn.
type RegisterWriter interface {
	WriteRegister(reg int, value uint64) error
}

// Context is where an expression is evaluated: an address space, one of its frames and the way to its memory.
// It belongs to one stop of the thread.
type Context struct {
	Space     *symbols.Space
	Frame     *unwind.Frame  // nil: globals only
	Memory    Memory         // nil: only what the files hold
	Writer    MemoryWriter   // nil: assignments are refused with ErrReadOnly
	Registers RegisterWriter // nil: assignments to registers are refused with ErrReadOnly
	// ThreadPointer gives the thread's TPIDRURO for thread-local variables; nil: ErrTLS.
	ThreadPointer func() (uint32, error)
	Limits        Limits

	nesting int // of array lengths that need variables that need array lengths
}

// Limits keep one look at a value affordable. The zero value means the defaults.
type Limits struct {
	String   int // longest string shown, in characters; default 200
	Elements int // array elements in a one-line summary; default 16
	Depth    int // nesting of structs in a one-line summary; default 2
}

// Eval evaluates a C expression, with an optional format after a comma: "expr,x", "ptr,10".
// Errors are *Error and say where in the text and what is wrong.
func (c *Context) Eval(text string) (*Value, error) { return c.eval(text) }

// Locals returns the local variables of the frame that are in scope at its PC, innermost block first, arguments not
// included. A variable of an outer block that is hidden by one of the same name is left out.
func (c *Context) Locals() ([]*Value, error) { return c.locals() }

// Arguments returns the parameters of the frame's function in their order.
func (c *Context) Arguments() ([]*Value, error) { return c.arguments() }

// Globals returns the file-scope variables (static and not) of the compilation unit of the frame.
func (c *Context) Globals() ([]*Value, error) { return c.globals() }

// Assign evaluates text and stores it in target as C's assignment does; it returns the target re-read.
func (c *Context) Assign(target *Value, text string) (*Value, error) { return c.assign(target, text) }

// Complete returns names that could stand at the end of text: variables, enumerators and, after . or ->, members.
func (c *Context) Complete(text string) []string { return c.complete(text) }

// Error is a fault in an expression.
type Error struct {
	Pos int // byte offset in the expression
	Msg string
	Err error // the reason, if it has a name
}

func (e *Error) Error() string { return e.Msg }

// Unwrap gives the reason.
func (e *Error) Unwrap() error { return e.Err }
