package unwind

import (
	"errors"

	"armillary.dev/debugadapter/symbols"
)

// Memory reads the target's memory. It either fills p or returns an error; a short read is an error.
type Memory interface {
	ReadMemory(addr uint32, p []byte) error
}

// Numbers of the core registers as DWARF and the remote protocol number them (AADWARF32 4.1).
const (
	FP   = 11 // frame pointer in ARM code; in Thumb code it is R7
	SP   = 13
	LR   = 14
	PC   = 15
	CPSR = 128 // DWARF's number for the CPSR
)

// Errors that end a walk.
var (
	ErrStackEnd = errors.New("outermost frame")
	ErrLoop     = errors.New("stack does not progress")
	ErrDepth    = errors.New("too many frames")
)

// How says what found a frame's caller.
type How uint8

// Sources of unwind information, in the order of belief.
const (
	ByNothing   How = iota // not tried yet, or the outermost frame
	ByCFI                  // .debug_frame or .eh_frame
	ByEXIDX                // .ARM.exidx
	BySigreturn            // Linux signal frame
	ByException            // M-profile exception frame (EXC_RETURN)
	ByPrologue             // instructions at the start of the function
	ByLR                   // link register only: the least sure
)

func (h How) String() string {
	return [...]string{"none", "CFI", "EXIDX", "sigreturn", "exception", "prologue", "LR"}[h]
}

// Kind is what a frame stands for.
type Kind uint8

// Kinds of frames.
const (
	Normal  Kind = iota
	Inlined      // a call that was inlined into the frame below it
	Signal       // the trampoline that called a signal handler
)

// Options bound and tune a walk. The zero value is right for an A7 application.
type Options struct {
	MaxDepth int // physical frames; 0 = 1024
	// MProfile: the target is a Cortex-M core: EXC_RETURN values in LR are exception frames and all code is Thumb.
	MProfile bool
	// PastMain walks beyond main into the start-up code. By default main is the outermost frame.
	PastMain bool
}

// Unwinder walks stacks of one address space.
type Unwinder struct {
	Space   *symbols.Space
	Memory  Memory
	Options Options
}

// New returns an Unwinder over the images of space.
func New(space *symbols.Space, mem Memory) *Unwinder { return &Unwinder{Space: space, Memory: mem} }
