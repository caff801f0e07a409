// Package guestlib makes shared objects for the guest out of tables of Go functions.
//
// A Library is a table: each entry becomes a symbol of an ELF file that the guest's own dynamic loader accepts, with a
// T32 stub that traps into Go, or with a small piece of guest code where the function has to call back into the
// program. Go never re-enters the engine: an event loop, a thread's start or a signal's return is guest code with
// symbols and unwind information, so that a backtrace through it is whole.
//
// The package knows ELF, the procedure call standard and nothing of Linux, applibs or libc; those are tables and
// implementers of Thread elsewhere.
package guestlib

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
)

// Status says how much of a function there is.
type Status uint8

// Statuses of the support table.
const (
	Supported Status = iota
	Partial
	Unsupported
)

func (s Status) String() string { return [...]string{"supported", "partial", "unsupported"}[s] }

// Function is one entry of a table.
type Function struct {
	Name    string
	Group   string // where a reader would look for it: "gpio.h", "stdio.h"
	Status  Status
	Note    string // what Partial leaves out, or what Unsupported answers
	Aliases []string

	// Go is called when the guest calls the function. With neither Go nor Asm the function is answered with Result
	// and ENOSYS, and reported once as unsupported.
	Go     func(*Call)
	Result int32 // what an unsupported function returns: -1, or 0 where NULL or void is meant

	// Asm is guest code in place of the trap. See the assembler's comment.
	Asm string
	// Service keeps the name out of the dynamic symbols; guest code reaches it with "call NAME".
	Service bool
	// Weak lets another library's definition win.
	Weak bool
	// SignalFrame, when positive, says that Asm runs on a signal frame whose saved r0 lies that many bytes above sp.
	SignalFrame int
}

// Object is a datum that a library exports.
type Object struct {
	Name     string
	Size     int
	Init     []byte         // leading bytes, zeros follow
	Pointers map[int]string // offset: symbol of this library whose address belongs there
	Local    bool           // not exported
}

// Library is a shared object to be synthesised.
type Library struct {
	SONAME    string
	Path      string // absolute path inside the device
	SVC       uint8  // number of the trap, unique among the libraries of a process and not 0
	Functions []Function
	Objects   []Object
	// Aliases are further names under which a program may ask for the library.
	Aliases []string

	once  sync.Once
	image *Image
	err   error
}

// Symbol is a name of a built library.
type Symbol struct {
	Addr uint32 // relative to the load bias, without the Thumb bit
	Size uint32
	Func bool
}

// Image is a built library.
type Image struct {
	Bytes   []byte // the ELF file
	Symbols map[string]Symbol
}

// Build makes the ELF file; it does so once. An error is a mistake in the table.
func (l *Library) Build() (*Image, error) {
	l.once.Do(func() {
		l.image, l.err = link(l)
		if l.err != nil {
			l.err = fmt.Errorf("%s: %w", l.SONAME, l.err)
		}
	})
	return l.image, l.err
}

// Function returns the entry with a trap's index, or nil.
func (l *Library) Function(index uint32) *Function {
	if index >= uint32(len(l.Functions)) {
		return nil
	}
	return &l.Functions[index]
}

// WriteSupport prints the support table of the library, one line for each function.
func (l *Library) WriteSupport(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := range l.Functions {
		f := &l.Functions[i]
		if f.Service || strings.HasPrefix(f.Name, localPrefix) {
			continue
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", f.Name, f.Group, f.Status, f.Note)
	}
	return tw.Flush()
}

// localPrefix marks functions of a library's own machinery; they are symbols of the file for backtraces, but no part
// of what the library offers.
const localPrefix = "__armillary_"
