package target

import "armillary.dev/device/rsp"

// Server is a kind of debug server.
type Server uint8

// Servers that are told apart.
const (
	Unknown Server = iota
	Gdbserver
	QEMU
	OpenOCD
	Emulator // armillary's own, emulator/gdbstub
)

func (s Server) String() string {
	return [...]string{"a debug server", "gdbserver", "QEMU", "OpenOCD", "the emulated device"}[s]
}

// Quirks say how a server wants to be spoken to.
type Quirks struct {
	// Pipeline: several packets in one write, replies in order.
	Pipeline bool
	// Burst, when not 0: the server has no mode without acknowledgements and reads at most that many bytes at a time; after
	// a reply it takes the next byte from the connection, not from what it has read, for the acknowledgement and anything
	// but a '+' for a demand to repeat (QEMU user mode: gdb_handlesig, put_packet). So packets may go out together as long
	// as they fit one read, and all their acknowledgements must follow only when the first reply shows that they were read:
	// two round trips for any number of packets. Only on a local connection does a write arrive in one piece.
	Burst int
	// StepsOver: going on from a breakpoint needs no care; the server executes the instruction under it.
	StepsOver bool
	// StepsThere: a single step at an inserted breakpoint executes its instruction; else it has to be taken out first.
	StepsThere bool
	// ThreadIsCurrent: after a stop, g and G are about the thread that stopped.
	ThreadIsCurrent bool
	// HasDoubles: g holds the floating-point registers.
	HasDoubles bool
}

// quirks by server. A server that nobody recognised is treated with all care.
var quirks = [...]Quirks{
	Unknown:   {},
	Gdbserver: {Pipeline: true, StepsOver: true, StepsThere: true, HasDoubles: true},
	QEMU:      {Burst: 256, StepsThere: true, ThreadIsCurrent: true},
	OpenOCD:   {},
	Emulator:  {Pipeline: true, StepsOver: true, StepsThere: true, ThreadIsCurrent: true, HasDoubles: true},
}

// identify tells servers apart by what they offer. vendor is the reply to a packet that only QEMU knows.
func identify(f rsp.Features, vendor []byte) Server {
	switch {
	case len(vendor) > 0 && rsp.IsError(vendor) == nil:
		return QEMU
	case f.Has("QStartNoAckMode") && f.Has("ConditionalBreakpoints"):
		return Gdbserver
	case f.Has("QStartNoAckMode") && f.Has("binary-upload") && f["QNonStop"] == "-":
		return Emulator
	case f.Has("QStartNoAckMode") && f.Has("qXfer:memory-map:read"):
		return OpenOCD
	}
	return Unknown
}
