package linux

import (
	"encoding/binary"
	"io"

	"armillary.dev/emulator/core"
)

// Auxiliary vector entries (include/uapi/linux/auxvec.h).
const (
	atNull     = 0
	atPhdr     = 3
	atPhent    = 4
	atPhnum    = 5
	atPagesz   = 6
	atBase     = 7
	atFlags    = 8
	atEntry    = 9
	atUID      = 11
	atEUID     = 12
	atGID      = 13
	atEGID     = 14
	atPlatform = 15
	atHwcap    = 16
	atClktck   = 17
	atSecure   = 23
	atRandom   = 25
	atHwcap2   = 26
	atExecfn   = 31
)

// hwcap of the Cortex-A7 as Linux shows it: SWP, half, thumb, fast multiplication, VFP, EDSP, NEON, VFPv3, TLS, VFPv4,
// IDIVA, IDIVT, VFPD32, LPAE (arch/arm/include/uapi/asm/hwcap.h).
const hwcap = 1<<0 | 1<<1 | 1<<2 | 1<<4 | 1<<6 | 1<<7 | 1<<12 | 1<<13 | 1<<15 | 1<<16 | 1<<17 | 1<<18 | 1<<19 | 1<<20

// appID is the user and group the app runs as; applications get one each from 1001 on.
const appID = 1001

// buildStack lays out the stack a program starts with and returns its pointer.
func (p *Process) buildStack(prog, interp *image) (uint32, error) {
	if e := p.mm.mapPages(stackTop-stackSize, stackSize, core.ProtR|core.ProtW); e != 0 {
		return 0, e
	}
	sp := uint32(stackTop) - 16
	push := func(b []byte) uint32 {
		sp -= uint32(len(b))
		p.mem.Write(sp, b)
		return sp
	}
	str := func(s string) uint32 { return push(append([]byte(s), 0)) }

	execfn := str(p.program.Path)
	platform := str("v7l")
	var env, args []uint32
	for _, s := range p.spec.Env {
		env = append(env, str(s))
	}
	args = append(args, str(p.program.Path))
	for _, s := range p.spec.Args {
		args = append(args, str(s))
	}
	var random [16]byte
	if _, err := io.ReadFull(p.m.Random(), random[:]); err != nil {
		return 0, err
	}
	rnd := push(random[:])

	base := uint32(0)
	if interp != nil {
		base = interp.bias
	}
	aux := []uint32{
		atPhdr, prog.phdr.addr, atPhent, 32, atPhnum, prog.phdr.count, atPagesz, core.PageSize,
		atBase, base, atFlags, 0, atEntry, prog.entry,
		atUID, appID, atEUID, appID, atGID, appID, atEGID, appID,
		atPlatform, platform, atHwcap, hwcap, atHwcap2, 0, atClktck, 100, atSecure, 0,
		atRandom, rnd, atExecfn, execfn, atNull, 0,
	}
	words := []uint32{uint32(len(args))}
	words = append(append(words, args...), 0)
	words = append(append(words, env...), 0)
	words = append(words, aux...)
	for _, w := range aux {
		p.auxv = binary.LittleEndian.AppendUint32(p.auxv, w)
	}
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	sp = (sp - uint32(len(b))) &^ 15
	if sp < stackTop-stackSize/2 {
		return 0, errTooManyArgs
	}
	return sp, p.mem.Write(sp, b)
}

// mapKernelPage provides the helpers that ARM Linux keeps at the top of every address space
// (Documentation/arch/arm/kernel_user_helpers.rst), for code that was not built for ARMv7 alone.
func (p *Process) mapKernelPage() error {
	if e := p.mm.mapPages(kernelPage, core.PageSize, core.ProtR|core.ProtX); e != 0 {
		return e
	}
	put := func(off uint32, words ...uint32) {
		var b []byte
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		p.mem.Write(kernelPage+off, b)
	}
	put(0xF00, 0xE3A07077, 0xEF000000) // sigreturn: mov r7, #119; svc 0
	put(0xF10, 0xE3A070AD, 0xEF000000) // rt_sigreturn: mov r7, #173; svc 0
	put(0xFA0, 0xF57FF05B, 0xE12FFF1E) // barrier: dmb ish; bx lr
	put(0xFC0,                         // compare and exchange: r0 old, r1 new, r2 address; r0 = 0 and C set when it was stored
		0xF57FF05B, // dmb ish
		0xE1923F9F, // 1: ldrex r3, [r2]
		0xE0533000, // subs r3, r3, r0
		0x01823F91, // strexeq r3, r1, [r2]
		0x03330001, // teqeq r3, #1
		0x0AFFFFFA, // beq 1b
		0xE2730000, // rsbs r0, r3, #0
		0xF57FF05B, // dmb ish
		0xE12FFF1E) // bx lr
	put(0xFE0, 0xEE1D0F70, 0xE12FFF1E) // thread pointer: mrc p15, 0, r0, c13, c0, 3; bx lr
	put(0xFFC, 4)                      // helpers' version
	return nil
}
