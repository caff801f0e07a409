package unwind

// NumCore is the number of core registers, R0..R15.
const NumCore = 16

// numVFP is the number of double registers D0..D31.
const numVFP = 32

// Saved says where a register of a frame lives now, so that a debugger can write it.
type Saved struct {
	InMemory bool
	Addr     uint32 // when InMemory
}

// Registers are the registers of one frame as far as they are known. The zero value knows none.
//
// In the innermost frame these are the thread's own; in its callers those that the callee saved or left alone.
// A register that was lost is unknown, never a guess.
type Registers struct {
	core    [NumCore]uint32
	vfp     [numVFP]uint64
	saved   [NumCore]Saved
	savedV  [numVFP]Saved
	cpsr    uint32
	known   uint32
	knownV  uint32
	hasCPSR bool
	psp     uint32
	hasPSP  bool
}

// NewRegisters returns registers with R0..R15 and CPSR known.
func NewRegisters(core [NumCore]uint32, cpsr uint32) Registers {
	return Registers{core: core, known: 1<<NumCore - 1, cpsr: cpsr, hasCPSR: true}
}

// Get returns core register n (0..15).
func (r *Registers) Get(n int) (uint32, bool) {
	if n < 0 || n >= NumCore {
		return 0, false
	}
	return r.core[n], r.known>>n&1 == 1
}

// Set makes core register n known; it is then live in the thread, not saved in memory.
func (r *Registers) Set(n int, v uint32) {
	if n >= 0 && n < NumCore {
		r.core[n], r.saved[n] = v, Saved{}
		r.known |= 1 << n
	}
}

// SetSaved makes core register n known, with the memory word that holds it.
func (r *Registers) SetSaved(n int, v, addr uint32) {
	if n >= 0 && n < NumCore {
		r.Set(n, v)
		r.saved[n] = Saved{InMemory: true, Addr: addr}
	}
}

// Forget makes core register n unknown.
func (r *Registers) Forget(n int) {
	if n >= 0 && n < NumCore {
		r.known &^= 1 << n
	}
}

// Where says where core register n of this frame lives.
func (r *Registers) Where(n int) Saved {
	if n < 0 || n >= NumCore {
		return Saved{}
	}
	return r.saved[n]
}

// Double returns D register n (0..31) as its 64 bits.
func (r *Registers) Double(n int) (uint64, bool) {
	if n < 0 || n >= numVFP {
		return 0, false
	}
	return r.vfp[n], r.knownV>>n&1 == 1
}

// SetDouble makes D register n known.
func (r *Registers) SetDouble(n int, v uint64) {
	if n >= 0 && n < numVFP {
		r.vfp[n], r.savedV[n] = v, Saved{}
		r.knownV |= 1 << n
	}
}

// SetSavedDouble makes D register n known, with the address of the 8 bytes that hold it.
func (r *Registers) SetSavedDouble(n int, v uint64, addr uint32) {
	if n >= 0 && n < numVFP {
		r.SetDouble(n, v)
		r.savedV[n] = Saved{InMemory: true, Addr: addr}
	}
}

// ForgetDouble makes D register n unknown.
func (r *Registers) ForgetDouble(n int) {
	if n >= 0 && n < numVFP {
		r.knownV &^= 1 << n
	}
}

// WhereDouble says where D register n of this frame lives.
func (r *Registers) WhereDouble(n int) Saved {
	if n < 0 || n >= numVFP {
		return Saved{}
	}
	return r.savedV[n]
}

// SetPSP gives the process stack pointer of a Cortex-M core, which exception frames of threads are on.
func (r *Registers) SetPSP(v uint32) { r.psp, r.hasPSP = v, true }

// CPSR returns the status register; in callers only its T bit means something.
func (r *Registers) CPSR() (uint32, bool) { return r.cpsr, r.hasCPSR }

// SetCPSR makes the status register known. For a Cortex-M core pass 1<<5 (T), whose place in the xPSR is another one.
func (r *Registers) SetCPSR(v uint32) { r.cpsr, r.hasCPSR = v, true }

// thumb is the T bit, true when nothing is known: almost all code of an MT3620 is T32.
func (r *Registers) thumb() bool { return !r.hasCPSR || r.cpsr&(1<<5) != 0 }

func (r *Registers) setThumb(t bool) {
	r.cpsr &^= 1 << 5
	if t {
		r.cpsr |= 1 << 5
	}
	r.hasCPSR = true
}
