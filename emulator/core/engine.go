package core

// Engine executes instructions of one address space. Several States (threads) may share it, one at a time; it is not
// safe for concurrent use.
type Engine struct {
	mem *Memory
	bps map[uint32]bool
	cache
}

// NewEngine returns an engine for mem. A memory has one engine.
func NewEngine(mem *Memory) *Engine {
	e := &Engine{mem: mem, bps: map[uint32]bool{}}
	e.init()
	mem.codeWritten = e.invalidatePage
	return e
}

// Memory is the engine's address space.
func (e *Engine) Memory() *Memory { return e.mem }

// SetBreakpoint makes Run stop before the instruction at addr (bit 0 is ignored).
func (e *Engine) SetBreakpoint(addr uint32) {
	e.bps[addr&^1] = true
	e.forget(addr)
}

// ClearBreakpoint undoes SetBreakpoint.
func (e *Engine) ClearBreakpoint(addr uint32) {
	delete(e.bps, addr&^1)
	e.forget(addr)
}

// Run executes instructions of s until budget instructions have retired or something else ends it. The number retired
// is exact and added to s.Retired. An instruction whose condition fails counts; one that faults does not, one that
// makes a supervisor call does. A breakpoint at R[15] stops at once: Step over it first.
func (e *Engine) Run(s *State, budget uint64) Exit { return e.run(s, budget) }

// Step executes one instruction, ignoring a breakpoint at it.
func (e *Engine) Step(s *State) Exit { return e.step(s) }
