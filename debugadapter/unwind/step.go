package unwind

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/symbols/dwarfop"
)

// step is one physical frame and the way to its caller.
type step struct {
	u        *Unwinder
	regs     Registers
	pc       uint32
	lookup   uint32
	isReturn bool // pc is a return address: the instruction before it is a call
	isSignal bool // pc is in a signal trampoline
	depth    int  // physical
	image    *symbols.Image
	fn       *symbols.Function

	row    cfiRow
	rowErr error
	rowSet bool

	done   bool
	how    How
	cfaVal uint32
	cfaOK  bool
	caller *step
	err    error
}

func errUnknownReg(n int) error {
	return fmt.Errorf("cannot unwind: %s is not known", RegisterName(uint64(n)))
}

func readWord(mem Memory, addr uint32) (uint32, error) {
	var b [4]byte
	if err := mem.ReadMemory(addr, b[:]); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b[:]), nil
}

// newStep makes the physical frame of regs, whose PC is known.
func (u *Unwinder) newStep(regs Registers, isReturn bool, depth int) *step {
	pc, _ := regs.Get(PC)
	s := &step{u: u, regs: regs, pc: pc &^ 1, isReturn: isReturn, depth: depth}
	s.lookup = s.pc
	if isReturn && s.pc > 0 {
		s.lookup = s.pc - 1
	}
	s.image = u.Space.Image(s.lookup)
	if s.image != nil {
		s.fn, _ = s.image.Function(s.lookup)
	}
	return s
}

// code reads instructions: from the file, else from memory.
func (u *Unwinder) code(addr uint32, p []byte) error {
	if u.Space.ReadStatic(addr, p) == nil {
		return nil
	}
	if u.Memory == nil {
		return errors.New("no memory")
	}
	return u.Memory.ReadMemory(addr, p)
}

// cfi finds the unwind row of the frame once.
func (s *step) cfi() (cfiRow, error) {
	if !s.rowSet {
		s.rowSet, s.rowErr = true, errNoCFI
		if s.image != nil {
			if f := cfiTable(s.image.File).find(s.lookup - s.image.Bias); f != nil {
				s.row, s.rowErr = f.row(s.lookup - s.image.Bias)
			}
		}
	}
	return s.row, s.rowErr
}

var errNoCFI = errors.New("no call frame information")

// cfa is the canonical frame address, by CFI if there is some, else what unwinding gave.
func (s *step) cfa() (uint32, error) {
	if s.cfaOK {
		return s.cfaVal, nil
	}
	if row, err := s.cfi(); err == nil {
		v, err := s.rowCFA(&row)
		if err == nil {
			s.cfaVal, s.cfaOK = v, true
		}
		return v, err
	}
	if _, err := s.unwind(); !s.cfaOK {
		if err == nil {
			err = errNoCFI
		}
		return 0, err
	}
	return s.cfaVal, nil
}

func (s *step) rowCFA(row *cfiRow) (uint32, error) {
	if row.cfa.kind == ruleExpr {
		return dwarfop.Value(row.cfa.expr, cfiEnv{s: s})
	}
	if row.cfa.kind != ruleRegister {
		return 0, errCFI
	}
	v, _, ok := s.regs.DWARF(row.cfa.reg)
	if !ok {
		return 0, errUnknownReg(int(row.cfa.reg))
	}
	return uint32(v) + uint32(row.cfa.off), nil
}

// cfiEnv is the world of a CFI expression: the registers of the frame that is being left.
type cfiEnv struct {
	dwarfop.NoEnv
	s *step
}

func (e cfiEnv) Register(n uint64) (uint64, int, error) {
	v, size, ok := e.s.regs.DWARF(n)
	if !ok {
		return 0, 0, errUnknownReg(int(n))
	}
	return v, size, nil
}

func (e cfiEnv) ReadMemory(a uint32, p []byte) error { return e.s.u.Memory.ReadMemory(a, p) }
func (e cfiEnv) Address(link uint32) uint32 {
	if e.s.image == nil {
		return link
	}
	return link + e.s.image.Bias
}

// unwind finds the caller once.
func (s *step) unwind() (*step, error) {
	if s.done {
		return s.caller, s.err
	}
	s.done = true
	s.caller, s.err = s.find()
	return s.caller, s.err
}

func (s *step) find() (*step, error) {
	u := s.u
	maxDepth := u.Options.MaxDepth
	if maxDepth <= 0 {
		maxDepth = 1024
	}
	if s.depth+1 >= maxDepth {
		return nil, ErrDepth
	}
	if u.Memory == nil {
		return nil, errors.New("cannot unwind: no memory")
	}
	if s.pc == 0 && s.depth > 0 {
		return nil, ErrStackEnd
	}
	if !u.Options.PastMain && s.fn != nil && s.fn.Name == "main" {
		return nil, ErrStackEnd
	}
	regs, how, isReturn, err := s.callerRegs()
	if err != nil {
		return nil, err
	}
	s.how = how
	sp, okSP := regs.Get(SP)
	pc, okPC := regs.Get(PC)
	if !okSP || !okPC {
		return nil, errUnknownReg(PC)
	}
	if !s.cfaOK && isReturn {
		s.cfaVal, s.cfaOK = sp, true
	}
	if pc&^1 == 0 {
		return nil, ErrStackEnd
	}
	if isReturn {
		old, _ := s.regs.Get(SP)
		// Only the innermost function, or one that a signal interrupted, can have left the stack alone.
		if sp < old || sp == old && (s.isReturn || pc&^1 == s.pc && !s.isSignal) {
			return nil, ErrLoop
		}
		regs.setThumb(pc&1 == 1 || u.Options.MProfile)
		regs.Set(PC, pc&^1)
	}
	next := u.newStep(regs, isReturn, s.depth+1)
	if next.image == nil && how == ByLR {
		return nil, ErrStackEnd
	}
	return next, nil
}

// callerRegs tries the sources of unwind information in their order. isReturn is false when the registers are those
// of interrupted code.
func (s *step) callerRegs() (regs Registers, how How, isReturn bool, err error) {
	if s.u.Options.MProfile {
		if regs, ok, err := s.exceptionReturn(s.pc); ok {
			return regs, ByException, false, err
		}
	}
	if !s.isReturn || s.image == nil || s.isSignal {
		if regs, ok := s.sigreturn(); ok {
			s.isSignal = true
			return regs, BySigreturn, false, nil
		}
	}
	row, cfiErr := s.cfi()
	if cfiErr == nil {
		regs, err = s.byCFI(&row)
		how = ByCFI
		if row.isSig {
			s.isSignal = true
		}
		isReturn = !row.isSig
	} else {
		regs, how, err = s.byTables()
		isReturn = true
		if err != nil && errors.Is(cfiErr, errCFI) {
			err = cfiErr
		}
	}
	if err != nil {
		return regs, how, isReturn, err
	}
	// What unwound to may itself be an exception return.
	if s.u.Options.MProfile {
		if pc, ok := regs.Get(PC); ok {
			t := *s
			t.regs = regs
			if r, ok, err := t.exceptionReturn(pc); ok {
				return r, ByException, false, err
			}
		}
	}
	return regs, how, isReturn, nil
}

// lose forgets what a call does not preserve (AAPCS32 6.1.1): R0-R3, R12, LR, D0-D7 and D16-D31.
func (r *Registers) lose() {
	for _, n := range []int{0, 1, 2, 3, 12, LR, PC} {
		r.Forget(n)
	}
	r.knownV &= 0xff00
}

// byCFI applies a row of the unwind table.
func (s *step) byCFI(row *cfiRow) (Registers, error) {
	cfa, err := s.rowCFA(row)
	if err != nil {
		return Registers{}, err
	}
	s.cfaVal, s.cfaOK = cfa, true
	out := s.regs
	out.lose()
	out.Set(SP, cfa)
	mem := s.u.Memory
	raSet := false
	var vfpHalf uint64 // S registers whose slot was applied
	for _, reg := range sortedRegs(row.regs) {
		ru := row.regs[reg]
		if reg == row.ra {
			raSet = true
		}
		n := reg
		switch ru.kind {
		case ruleSame:
			s.copyReg(&out, reg)
			continue
		case ruleUndefined:
			if reg == row.ra {
				return Registers{}, ErrStackEnd
			}
			out.forgetDWARF(n)
			continue
		}
		switch ru.kind {
		case ruleOffset, ruleExpr:
			at := cfa + uint32(ru.off)
			if ru.kind == ruleExpr {
				if at, err = dwarfop.Value(ru.expr, cfiEnv{s: s}, cfa); err != nil {
					return Registers{}, err
				}
			}
			if err := out.load(n, at, mem, &vfpHalf); err != nil {
				if reg == row.ra || reg == SP {
					return Registers{}, err
				}
				out.forgetDWARF(n)
			}
		case ruleValOffset:
			out.setDWARF(n, uint64(cfa+uint32(ru.off)))
		case ruleValExpr:
			v, err := dwarfop.Value(ru.expr, cfiEnv{s: s}, cfa)
			if err != nil {
				return Registers{}, err
			}
			out.setDWARF(n, uint64(v))
		case ruleRegister:
			if v, _, ok := s.regs.DWARF(ru.reg); ok {
				out.setDWARF(n, v)
				if w, ok := s.regs.WhereDWARF(ru.reg); ok && w.InMemory && n < NumCore {
					out.saved[n] = w
				}
			} else {
				out.forgetDWARF(n)
			}
		}
	}
	if row.ra == PC && raSet { // a signal trampoline restores the PC itself
		return out, nil
	}
	if !raSet {
		v, ok := s.regs.Get(int(row.ra))
		if !ok {
			return Registers{}, errUnknownReg(int(row.ra))
		}
		out.Set(PC, v)
		return out, nil
	}
	v, ok := out.Get(int(row.ra))
	if !ok {
		return Registers{}, errUnknownReg(int(row.ra))
	}
	w := out.Where(int(row.ra))
	if pc, had := row.regs[PC]; !had || pc.kind == ruleSame {
		out.Set(PC, v)
		if w.InMemory {
			out.SetSaved(PC, v, w.Addr)
		}
	}
	if !row.isSig {
		out.Forget(LR)
	}
	return out, nil
}

// copyReg keeps a register of the callee.
func (s *step) copyReg(out *Registers, reg uint64) {
	if reg < NumCore {
		n := int(reg)
		if v, ok := s.regs.Get(n); ok {
			out.Set(n, v)
			out.saved[n] = s.regs.saved[n]
		}
	}
}

func sortedRegs(m map[uint64]rule) []uint64 {
	out := make([]uint64, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// byTables unwinds code without CFI. The exception table is right at calls; elsewhere the instructions decide.
func (s *step) byTables() (Registers, How, error) {
	var (
		code []byte
		has  bool
		xErr error
	)
	if s.image != nil {
		code, has, xErr = exidx(s.image.File).find(s.lookup - s.image.Bias)
	}
	useX := func() (Registers, How, error) {
		if xErr != nil {
			return Registers{}, ByEXIDX, xErr
		}
		out := s.regs
		lr, lrOK := s.regs.Get(LR)
		out.lose()
		if lrOK && !s.isReturn {
			out.Set(LR, lr)
		}
		err := runEHABI(code, &out, s.u.Memory)
		out.Forget(LR)
		return out, ByEXIDX, err
	}
	if s.isReturn {
		if has && xErr == nil {
			return useX()
		}
		regs, ok := s.byPrologue(true)
		if ok {
			return regs, ByPrologue, nil
		}
		if xErr != nil {
			return Registers{}, ByEXIDX, ErrStackEnd // CANTUNWIND in a caller: the outermost function by design
		}
		if s.image == nil {
			return Registers{}, ByLR, fmt.Errorf("cannot unwind: %#x is in no known image", s.pc)
		}
		return Registers{}, ByPrologue, fmt.Errorf("cannot unwind: no unwind information at %#x", s.pc)
	}
	if regs, ok := s.byEpilogue(); ok {
		return regs, ByPrologue, nil
	}
	if regs, ok := s.byPrologue(false); ok {
		return regs, ByPrologue, nil
	}
	if has && xErr == nil {
		if regs, how, err := useX(); err == nil {
			return regs, how, nil
		}
	}
	if regs, ok := s.byPrologue(true); ok {
		return regs, ByPrologue, nil
	}
	lr, ok := s.regs.Get(LR)
	if !ok || s.depth > 0 && !s.interrupted() {
		return Registers{}, ByLR, errUnknownReg(LR)
	}
	if m := s.u.Space.Image(lr &^ 1); m == nil || m.CodeKind(lr&^1) == symbols.KindData {
		return Registers{}, ByLR, ErrStackEnd
	}
	out := s.regs
	out.lose()
	out.Set(PC, lr)
	return out, ByLR, nil
}

// interrupted reports that the frame's registers are complete: it is the innermost one or one below a signal.
func (s *step) interrupted() bool { return !s.isReturn }

// DWARF returns a register by its DWARF number (AADWARF32 4.1): 0-15 core, 64-95 S0-S31, 128 CPSR, 256-287 D0-D31.
// size is in bytes.
func (r *Registers) DWARF(n uint64) (v uint64, size int, ok bool) {
	switch {
	case n < NumCore:
		w, ok := r.Get(int(n))
		return uint64(w), 4, ok
	case n >= 64 && n < 96:
		d, ok := r.Double(int(n-64) / 2)
		return d >> (32 * (n & 1)) & 0xffffffff, 4, ok
	case n == CPSR:
		return uint64(r.cpsr), 4, r.hasCPSR
	case n >= 256 && n < 256+numVFP:
		d, ok := r.Double(int(n - 256))
		return d, 8, ok
	}
	return 0, 0, false
}

// WhereDWARF says where a register lives, by its DWARF number; false for numbers that are no register.
func (r *Registers) WhereDWARF(n uint64) (Saved, bool) {
	switch {
	case n < NumCore:
		return r.saved[n], true
	case n >= 64 && n < 96:
		w := r.savedV[(n-64)/2]
		w.Addr += 4 * uint32(n&1)
		return w, true
	case n == CPSR:
		return Saved{}, true
	case n >= 256 && n < 256+numVFP:
		return r.savedV[n-256], true
	}
	return Saved{}, false
}

// RegisterName is the usual name of a DWARF register number.
func RegisterName(n uint64) string {
	switch {
	case n == SP:
		return "sp"
	case n == LR:
		return "lr"
	case n == PC:
		return "pc"
	case n < NumCore:
		return fmt.Sprintf("r%d", n)
	case n >= 64 && n < 96:
		return fmt.Sprintf("s%d", n-64)
	case n == CPSR:
		return "cpsr"
	case n >= 256 && n < 256+numVFP:
		return fmt.Sprintf("d%d", n-256)
	}
	return fmt.Sprintf("register %d", n)
}

func (r *Registers) setDWARF(n, v uint64) {
	switch {
	case n < NumCore:
		r.Set(int(n), uint32(v))
	case n >= 256 && n < 256+numVFP:
		r.SetDouble(int(n-256), v)
	}
}

func (r *Registers) forgetDWARF(n uint64) {
	switch {
	case n < NumCore:
		r.Forget(int(n))
	case n >= 64 && n < 96:
		r.ForgetDouble(int(n-64) / 2)
	case n >= 256 && n < 256+numVFP:
		r.ForgetDouble(int(n - 256))
	}
}

// load makes a register known from memory. halves collects the S registers seen: GCC saves D8 as S16 and S17.
func (r *Registers) load(n uint64, at uint32, mem Memory, halves *uint64) error {
	switch {
	case n < NumCore:
		v, err := readWord(mem, at)
		if err != nil {
			return err
		}
		r.SetSaved(int(n), v, at)
	case n >= 64 && n < 96:
		v, err := readWord(mem, at)
		if err != nil {
			return err
		}
		k, half := int(n-64)/2, n&1
		*halves |= 1 << (n - 64)
		sh := 32 * half
		r.vfp[k] = r.vfp[k]&^(0xffffffff<<sh) | uint64(v)<<sh
		if bits.OnesCount64(*halves>>(2*k)&3) == 2 {
			r.SetSavedDouble(k, r.vfp[k], at-4*uint32(half))
		} else if r.knownV>>k&1 == 1 {
			r.savedV[k] = Saved{InMemory: true, Addr: at - 4*uint32(half)}
		}
	case n >= 256 && n < 256+numVFP:
		var b [8]byte
		if err := mem.ReadMemory(at, b[:]); err != nil {
			return err
		}
		r.SetSavedDouble(int(n-256), binary.LittleEndian.Uint64(b[:]), at)
	}
	return nil
}
