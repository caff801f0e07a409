package core

import "fmt"

// Reason says why Run returned.
type Reason uint8

// Reasons. After Budget and SVC R[15] is the next instruction. After Fault, Undefined, Breakpoint and BKPT it is the
// instruction itself and nothing of that has happened. After Watchpoint the instruction has completed.
const (
	Budget     Reason = iota // the budget is used up
	SVC                      // supervisor call; Imm is its immediate
	Fault                    // memory access refused; Addr and Access
	Undefined                // undefined or unsupported instruction; Imm is its encoding
	Breakpoint               // SetBreakpoint's; at R[15]
	Watchpoint               // SetWatchpoint's; Addr and Access
	BKPT                     // a BKPT instruction; Imm is its immediate
)

func (r Reason) String() string {
	return [...]string{"budget", "svc", "fault", "undefined", "breakpoint", "watchpoint", "bkpt"}[r]
}

// Access is a kind of memory access.
type Access uint8

// Access kinds.
const (
	Read Access = iota
	Write
	Exec
)

func (a Access) String() string { return [...]string{"read", "write", "execute"}[a] }

// Exit is why and where Run returned.
type Exit struct {
	Reason Reason
	Access Access // Fault, Watchpoint
	Mapped bool   // Fault: the page exists but forbids the access (or, for an Align fault, the address is odd)
	Align  bool   // Fault: the address is not aligned as the instruction needs it
	Addr   uint32 // Fault, Watchpoint: first byte concerned
	Imm    uint32 // SVC, BKPT: immediate; Undefined: encoding
}

func (x Exit) String() string {
	switch x.Reason {
	case Fault, Watchpoint:
		return fmt.Sprintf("%s: %s at %#08x", x.Reason, x.Access, x.Addr)
	case SVC, BKPT, Undefined:
		return fmt.Sprintf("%s %#x", x.Reason, x.Imm)
	}
	return x.Reason.String()
}
