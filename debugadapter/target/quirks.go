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
	// PreAck: the server has no mode without acknowledgements and waits for one after each reply, taking any other
	// byte for a demand to repeat (QEMU, gdbstub put_packet). The acknowledgement is therefore written with the request,
	// where the server finds it when it looks; only so can requests be pipelined.
	PreAck bool
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
	QEMU:      {Pipeline: true, PreAck: true, StepsThere: true, ThreadIsCurrent: true},
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
