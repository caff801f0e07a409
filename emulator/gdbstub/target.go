// Package gdbstub is the emulated device's debug server: the GDB remote serial protocol over a Target.
//
// It must not know Linux, the image format or how the machine is scheduled: it turns packets into calls of Target
// and stops into packets. gdb-multiarch and debugadapter are its clients, and both see the same packets.
package gdbstub

// Target is a program under debug control. All methods may be called from any goroutine; they take effect between
// two instructions. Memory, registers and breakpoints may be used only while the target is stopped, except where the
// implementation says otherwise.
type Target interface {
	// Threads lists live threads in order of creation. It is never empty before the program ends.
	Threads() []Thread
	// Registers reads one thread's registers.
	Registers(tid int) (Registers, error)
	// SetRegisters writes them.
	SetRegisters(tid int, r Registers) error
	// ReadMemory fills buf from addr and returns how many bytes were readable.
	ReadMemory(addr uint32, buf []byte) (int, error)
	// WriteMemory writes all of data or fails.
	WriteMemory(addr uint32, data []byte) error
	// SetBreakpoint stops any thread before it executes the instruction at addr. Setting it twice is one breakpoint.
	SetBreakpoint(addr uint32) error
	// ClearBreakpoint undoes SetBreakpoint.
	ClearBreakpoint(addr uint32) error
	// SetWatchpoint stops after an access of the kind to any byte of the range.
	SetWatchpoint(kind WatchKind, addr, size uint32) error
	// ClearWatchpoint undoes SetWatchpoint.
	ClearWatchpoint(kind WatchKind, addr, size uint32) error
	// Resume lets threads go, the first action that names a thread (or 0, every thread) applying. It returns at once;
	// the next stop arrives on Stops. A thread without an action stays stopped. The instruction at the pc of the thread
	// that reported the last stop is executed even if a breakpoint is set there, so that going on from a breakpoint
	// makes progress.
	Resume(actions []Action) error
	// Interrupt asks for a stop; a StopSignal of SIGINT follows unless another stop comes first.
	Interrupt()
	// Kill ends the program; a StopExited or StopSignalled follows.
	Kill()
	// Detach clears all breakpoints and lets the program run on without a debugger.
	Detach()
	// Stops delivers one Stop for each Resume, and a last one when the program ends.
	Stops() <-chan Stop
	// Libraries lists the loaded shared objects with their load bias, the program itself not included.
	Libraries() []Library
	// Program is the path of the program inside the device and its load bias.
	Program() Library
	// Auxv is the auxiliary vector as in /proc/PID/auxv.
	Auxv() []byte
	// ReadFile returns a file as the program would see it: its image, the synthesised libraries (with symbols and
	// unwind information). A debugger asks for these through vFile.
	ReadFile(path string) ([]byte, error)
}

// Thread is a thread of the target.
type Thread struct {
	ID   int // > 0
	Name string
}

// Registers of an A7 thread. R[15] is the address of the next instruction; CPSR bit 5 tells T32.
type Registers struct {
	R     [16]uint32
	CPSR  uint32
	D     [32]uint64
	FPSCR uint32
}

// WatchKind is what a watchpoint watches for.
type WatchKind uint8

// Watch kinds in the order of Z2, Z3, Z4.
const (
	WatchWrite WatchKind = iota + 2
	WatchRead
	WatchAccess
)

// ActionKind is what a thread is to do.
type ActionKind uint8

// Action kinds.
const (
	Continue  ActionKind = iota
	Step                 // one instruction
	StepRange            // instructions while pc is in [Start, End)
)

// Action resumes one thread, or all.
type Action struct {
	TID        int // 0: every thread not named before
	Kind       ActionKind
	Signal     int // to deliver, numbered as Linux does; 0 none
	Start, End uint32
}

// StopKind says why the target stopped.
type StopKind uint8

// Stop kinds.
const (
	StopSignal     StopKind = iota // Signal arrived: SIGTRAP after a step, SIGINT after Interrupt, SIGSEGV and so on
	StopBreakpoint                 // at a breakpoint, before its instruction
	StopWatchpoint                 // after an access; Watch and Addr are set
	StopExited                     // the program ended with Code
	StopSignalled                  // the program was ended by Signal
)

// Stop is why and where the target stopped.
type Stop struct {
	Kind   StopKind
	TID    int
	Signal int // numbered as Linux does
	Code   int
	Watch  WatchKind
	Addr   uint32
}

// Library is a loaded object.
type Library struct {
	Path string // inside the device, "/usr/lib/libapplibs.so.0"
	Bias uint32 // added to the file's virtual addresses
	Dyn  uint32 // address of its dynamic section in memory
	Map  uint32 // address of its link_map, 0 if there is none
}
