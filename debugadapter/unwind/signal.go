package unwind

import (
	"encoding/binary"
	"errors"
)

// The Linux ARM signal frame (arch/arm/kernel/signal.c, asm/ucontext.h, asm/sigcontext.h): SP points at a ucontext, or
// for SA_SIGINFO at a siginfo of 128 bytes with the ucontext behind it.
const (
	siginfoSize  = 128
	ucRegs       = 20 + 12 // uc_flags, uc_link, uc_stack; then trap_no, error_code, oldmask: R0 follows
	ucCPSR       = ucRegs + 16*4
	ucRegspace   = 20 + 21*4 + 128 // behind the sigcontext and the 1024-bit signal mask
	vfpMagic     = 0x56465001
	sysSigreturn = 119
	sysRtSig     = 173
)

// trampoline recognises the code that returns from a signal handler at pc: mov r7, #number; svc 0.
func (s *step) trampoline() (rt, ok bool) {
	var b [8]byte
	if s.u.code(s.pc, b[:]) != nil {
		return false, false
	}
	if s.regs.thumb() {
		mov, svc := binary.LittleEndian.Uint16(b[:]), binary.LittleEndian.Uint16(b[2:])
		if mov == 0xdf00 && !s.isReturn { // stopped between the two
			n, _ := s.regs.Get(7)
			return n == sysRtSig, n == sysRtSig || n == sysSigreturn
		}
		if svc == 0xdf00 && mov>>8 == 0x27 {
			return mov&0xff == sysRtSig, mov&0xff == sysRtSig || mov&0xff == sysSigreturn
		}
		// mov.w r7, #n; svc 0
		if binary.LittleEndian.Uint32(b[:])&0xff00ffff == 0x0700f04f && binary.LittleEndian.Uint16(b[4:]) == 0xdf00 {
			n := b[2]
			return n == sysRtSig, n == sysRtSig || n == sysSigreturn
		}
		return false, false
	}
	mov, svc := binary.LittleEndian.Uint32(b[:]), binary.LittleEndian.Uint32(b[4:])
	if mov>>24 == 0xef && !s.isReturn {
		n, _ := s.regs.Get(7)
		return n == sysRtSig, n == sysRtSig || n == sysSigreturn
	}
	n := mov & 0xff
	if mov&^0xff != 0xe3a07000 || svc>>24 != 0xef {
		return false, false
	}
	if im := svc & 0xffffff; im != 0 && im != 0x900000|n {
		return false, false
	}
	return n == sysRtSig, n == sysRtSig || n == sysSigreturn
}

// detectSignal marks the frame when it is in a trampoline.
func (s *step) detectSignal() bool {
	if s.depth == 0 && s.image == nil {
		return false
	}
	if s.isReturn || s.depth == 0 {
		_, s.isSignal = s.trampoline()
	}
	return s.isSignal
}

// sigreturn restores the registers of the interrupted code.
func (s *step) sigreturn() (Registers, bool) {
	rt, ok := s.trampoline()
	if !ok {
		return Registers{}, false
	}
	sp, ok := s.regs.Get(SP)
	if !ok {
		return Registers{}, false
	}
	uc := sp
	if rt {
		uc += siginfoSize
	}
	regs, err := ucontext(uc, s.u.Memory)
	return regs, err == nil
}

func ucontext(uc uint32, mem Memory) (Registers, error) {
	var b [17 * 4]byte
	var regs Registers
	if err := mem.ReadMemory(uc+ucRegs, b[:]); err != nil {
		return regs, err
	}
	for n := 0; n < NumCore; n++ {
		regs.SetSaved(n, binary.LittleEndian.Uint32(b[4*n:]), uc+ucRegs+4*uint32(n))
	}
	regs.SetCPSR(binary.LittleEndian.Uint32(b[ucCPSR-ucRegs:]))
	if cpsr, _ := regs.CPSR(); cpsr&0x1f != 0x10 {
		return regs, errors.New("no signal frame: the saved status is not of user mode")
	}
	// Coprocessor blocks: magic, size, contents; VFP may come after iWMMXt.
	at := uc + ucRegspace
	for range 4 {
		var h [8]byte
		if mem.ReadMemory(at, h[:]) != nil {
			break
		}
		magic, size := binary.LittleEndian.Uint32(h[:]), binary.LittleEndian.Uint32(h[4:])
		if magic == 0 || size < 8 || size > 4096 {
			break
		}
		if magic == vfpMagic {
			var d [numVFP * 8]byte
			if mem.ReadMemory(at+8, d[:]) == nil {
				for n := 0; n < numVFP; n++ {
					regs.SetSavedDouble(n, binary.LittleEndian.Uint64(d[8*n:]), at+8+8*uint32(n))
				}
			}
			break
		}
		at += size
	}
	return regs, nil
}

// exceptionReturn unwinds an M-profile exception frame when value is an EXC_RETURN (ARMv7-M ARM B1.5.8). ok is false
// when it is none.
func (s *step) exceptionReturn(value uint32) (regs Registers, ok bool, err error) {
	value |= 1 // the PC loses bit 0
	if value>>5 != 0xffffffe0>>5 && value>>5 != 0xffffffc0>>5 || value&3 != 1 {
		return regs, false, nil
	}
	sp, okSP := s.regs.Get(SP)
	if value&4 != 0 { // the process stack
		if !s.regs.hasPSP {
			return regs, true, errors.New("cannot unwind the exception: PSP is not known")
		}
		sp, okSP = s.regs.psp, true
	}
	if !okSP {
		return regs, true, errUnknownReg(SP)
	}
	var b [8 * 4]byte
	if err := s.u.Memory.ReadMemory(sp, b[:]); err != nil {
		return regs, true, err
	}
	regs = s.regs
	regs.lose()
	for i, n := range []int{0, 1, 2, 3, 12, LR, PC} {
		regs.SetSaved(n, binary.LittleEndian.Uint32(b[4*i:]), sp+4*uint32(i))
	}
	xpsr := binary.LittleEndian.Uint32(b[28:])
	size := uint32(0x20)
	if value&0x10 == 0 { // with the floating-point registers
		size = 0x68
		var d [8 * 8]byte
		if s.u.Memory.ReadMemory(sp+0x20, d[:]) == nil {
			for n := 0; n < 8; n++ {
				regs.SetSavedDouble(n, binary.LittleEndian.Uint64(d[8*n:]), sp+0x20+8*uint32(n))
			}
		}
	}
	if xpsr&(1<<9) != 0 { // the stack was aligned
		size += 4
	}
	regs.Set(SP, sp+size)
	regs.SetCPSR(1 << 5)
	return regs, true, nil
}
