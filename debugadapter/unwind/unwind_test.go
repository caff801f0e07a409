package unwind

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"armillary.dev/debugadapter/symbols"
)

// ram is memory from an address on.
type ram struct {
	base uint32
	data []byte
}

func (m *ram) ReadMemory(a uint32, p []byte) error {
	if a < m.base || uint64(a-m.base)+uint64(len(p)) > uint64(len(m.data)) {
		return fmt.Errorf("no memory at %#x", a)
	}
	copy(p, m.data[a-m.base:])
	return nil
}

func (m *ram) put(a, v uint32) { binary.LittleEndian.PutUint32(m.data[a-m.base:], v) }

func tiny(t testing.TB) *symbols.Space {
	b, err := os.ReadFile("../symbols/testdata/tiny.elf")
	if err != nil {
		t.Fatal(err)
	}
	f, err := symbols.Open("tiny.elf", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return symbols.NewSpace(f.At(0))
}

// inAdd is a thread stopped in add, at the line "ticks += sum_twice".
func inAdd() (Registers, *ram) {
	const top = 0x20001000
	mem := &ram{0x20000000, make([]byte, 0x1000)}
	mem.put(top-4, 0)                       // _start's LR
	mem.put(top-8, 0)                       // and r7
	mem.put(top-8-4, 0x10182|1)             // outer's LR
	mem.put(top-8-8, top-8)                 // r7
	mem.put(top-8-8-16-4, top-8-8-16)       // add's saved r7
	sp := uint32(top - 8 - 8 - 16 - 4 - 20) // add's frame
	var r [16]uint32
	r[4], r[7], r[SP], r[LR], r[PC] = 44, sp, sp, 0x10152|1, 0x10118
	return NewRegisters(r, 0x30), mem
}

func TestFrames(t *testing.T) {
	space := tiny(t)
	regs, mem := inAdd()
	fs, err := New(space, mem).Frames(regs, 0)
	var got []string
	for _, f := range fs {
		sp, _ := f.Regs.Get(SP)
		r4, ok := f.Regs.Get(4)
		got = append(got, fmt.Sprintf("%s:%d sp=%#x r4=%d,%v %v", f.Name(), f.Line.Line, sp, r4, ok, f.How()))
	}
	want := "add:50 sp=0x20000fc8 r4=44,true CFI|outer:57 sp=0x20000fe0 r4=44,true CFI|_start:64 sp=0x20000ff8 r4=44,true CFI"
	if g := strings.Join(got, "|"); g != want || err != nil {
		t.Errorf("%v\n got %s\nwant %s", err, g, want)
	}
	if _, ok := fs[1].Regs.Get(0); ok {
		t.Error("r0 of a caller is not known")
	}
	if w := fs[1].Regs.Where(7); !w.InMemory || w.Addr != 0x20000fdc {
		t.Errorf("r7 of the caller is at %+v", w)
	}
	if cfa, err := fs[0].CFA(); cfa != 0x20000fe0 || err != nil {
		t.Errorf("CFA %#x %v", cfa, err)
	}
}

// TestPrologue unwinds every instruction of add with no tables but the instructions, and compares with CFI.
func TestPrologue(t *testing.T) {
	space := tiny(t)
	regs, mem := inAdd()
	u := New(space, mem)
	for _, at := range []struct{ pc, sp uint32 }{
		{0x10100, 0x20000fe0}, {0x10102, 0x20000fdc}, {0x10104, 0x20000fc8}, {0x10118, 0x20000fc8}, {0x1012c, 0x20000fc8},
		{0x1012e, 0x20000fc8}, {0x10130, 0x20000fdc}, {0x10134, 0x20000fe0},
	} {
		r := regs
		r.Set(PC, at.pc)
		r.Set(SP, at.sp)
		switch at.pc {
		case 0x10100, 0x10102, 0x10104, 0x10134:
			r.Set(7, 0x20000fe0)
		case 0x1012e, 0x10130:
			r.Set(7, 0x20000fdc)
		}
		s := u.newStep(r, false, 0)
		row, err := s.cfi()
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.byCFI(&row)
		if err != nil {
			t.Fatal(err)
		}
		check := func(how string, got Registers, ok bool) {
			for _, n := range []int{4, 7, SP, PC} {
				g, _ := got.Get(n)
				if w, _ := want.Get(n); g != w || !ok {
					t.Errorf("%#x by %s: r%d = %#x, want %#x (%v)", at.pc, how, n, g, w, ok)
				}
			}
		}
		got, ok := s.byPrologue(false)
		check("prologue", got, ok)
		if at.pc >= 0x1012c {
			got, ok = s.byEpilogue()
			check("epilogue", got, ok)
		}
	}
}

func TestWalkEnds(t *testing.T) {
	space := tiny(t)
	regs, mem := inAdd()
	mem.put(0x20000ff4, 0x10153) // outer's return address is in itself, SP goes on: until the memory ends
	if fs, err := New(space, mem).Frames(regs, 0); err == nil && len(fs) > 10 {
		t.Errorf("%d frames", len(fs))
	}
	u := New(space, mem)
	u.Options.MaxDepth = 2
	if fs, err := u.Frames(regs, 0); !errors.Is(err, ErrDepth) || len(fs) != 2 {
		t.Errorf("%d frames, %v", len(fs), err)
	}
	// A jump to nowhere: the caller is in LR.
	r := regs
	r.Set(PC, 0)
	fs, err := New(space, mem).Frames(r, 2)
	if err != nil || len(fs) != 2 || fs[1].Name() != "outer" || fs[0].How() != ByLR {
		t.Errorf("jump to 0: %v %v", fs, err)
	}
	// Nothing known at all.
	if _, err := New(nil, nil).Frames(Registers{}, 0); err == nil {
		t.Error("no error without registers")
	}
}

// asm joins the bytes of a call frame program.
func asm(b ...byte) []byte { return b }

func TestCFA(t *testing.T) {
	c := &cie{codeAlign: 2, dataAlign: -4, ra: 14, init: asm(0x0c, 13, 0)} // def_cfa sp+0
	at := func(pc uint32, code ...byte) cfiRow {
		t.Helper()
		row, err := (&fde{low: 0x100, high: 0x200, cie: c, code: code}).row(pc)
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	prog := asm(0x42, 0x0e, 8, 0x87, 2, 0x8e, 1, // +4: cfa+8, r7 at -8, lr at -4
		0x0a, 0x44, 0xc7, 0x0e, 0, // remember; +8: restore r7, cfa+0
		0x42, 0x0b, // +4: restore state
		0x02, 4, 0x14, 4, 3, 0x16, 5, 1, 0x30, 0x2f, 6, 2, 0x09, 8, 9, 0x07, 10) // +8: more
	if r := at(0x100, prog...); r.cfa.off != 0 || len(r.regs) != 0 {
		t.Errorf("entry: %+v", r)
	}
	if r := at(0x104, prog...); r.cfa.off != 8 || r.regs[7].off != -8 || r.regs[14].off != -4 {
		t.Errorf("body: %+v", r)
	}
	if r := at(0x10c, prog...); r.cfa.off != 0 || len(r.regs) != 1 {
		t.Errorf("a restored register keeps the rule of the CIE, none: %+v", r)
	}
	if r := at(0x110, prog...); r.cfa.off != 8 || r.regs[7].off != -8 {
		t.Errorf("restore_state: %+v", r)
	}
	r := at(0x1ff, prog...)
	if r.regs[4].kind != ruleValOffset || r.regs[4].off != -12 || r.regs[5].kind != ruleValExpr || r.regs[6].off != 8 ||
		r.regs[8].kind != ruleRegister || r.regs[8].reg != 9 || r.regs[10].kind != ruleUndefined {
		t.Errorf("last row: %+v", r.regs)
	}
	for _, bad := range [][]byte{asm(0x0b), asm(0x3f), asm(0x0e), asm(0x0f, 9), bytes.Repeat(asm(0x0a), 100)} {
		if _, err := (&fde{low: 0, high: 10, cie: c, code: bad}).row(5); err == nil {
			t.Errorf("% x: no error", bad)
		}
	}
}

// TestCIE reads headers of the versions that compilers write.
func TestCIE(t *testing.T) {
	entry := func(version byte, rest ...byte) []byte {
		b := append([]byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, version}, rest...)
		binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
		return b
	}
	for _, tt := range []struct {
		name string
		b    []byte
		ok   bool
	}{
		{"v1 GCC", entry(1, 0, 2, 0x7c, 14, 0x0c, 13, 0), true},
		{"v3", entry(3, 0, 2, 0x7c, 14, 0x0c, 13, 0), true},
		{"v4 clang", entry(4, 0, 4, 0, 2, 0x7c, 14, 0x0c, 13, 0), true},
		{"v4 of 64 bits", entry(4, 0, 8, 0, 2, 0x7c, 14), false},
		{"v2", entry(2, 0, 2, 0x7c, 14), false},
		{"unknown augmentation", entry(1, 'q', 0, 2, 0x7c, 14), false},
		{"cut off", entry(1, 0, 2), false},
	} {
		c := parseCIE(tt.b, 0, false)
		if (c != nil) != tt.ok || tt.ok && (c.codeAlign != 2 || c.dataAlign != -4 || c.ra != 14 || len(c.init) != 3) {
			t.Errorf("%s: %+v", tt.name, c)
		}
	}
}

func TestEHABI(t *testing.T) {
	mem := &ram{0x1000, make([]byte, 0x400)}
	for i := uint32(0); i < 0x100; i++ {
		mem.put(0x1000+4*i, 0xa000+i)
	}
	tests := []struct {
		name   string
		code   []byte
		sp, pc uint32
		reg    int
		val    uint32
	}{
		{"leaf", asm(0xb0), 0x1000, 0x77, 4, 4},
		{"add 8, pop r4 lr", asm(0x01, 0xa8, 0xb0), 0x1010, 0xa003, 4, 0xa002},
		{"pop r4-r11 lr", asm(0xaf, 0xb0), 0x1024, 0xa008, 11, 0xa007},
		{"pop r4 r15 by mask", asm(0x88, 0x01), 0x1008, 0xa001, 4, 0xa000},
		{"sp = r7, sub 4", asm(0x97, 0x40, 0xb0), 0x1100 - 4, 0x77, 7, 0x1100},
		{"pop r0-r3", asm(0xb1, 0x0f, 0xb0), 0x1010, 0x77, 3, 0xa003},
		{"large add", asm(0xb2, 0x01, 0xb0), 0x1000 + 0x208, 0x77, 4, 4},
		{"vpop d8-d9, pop lr", asm(0xd1, 0x84, 0x00, 0xb0), 0x1014, 0xa004, 14, 0xa004},
		{"fstmfdx d8", asm(0xb8, 0xb0), 0x100c, 0x77, 4, 4},
		{"vpop d16", asm(0xc8, 0x00, 0xb0), 0x1008, 0x77, 4, 4},
	}
	for _, tt := range tests {
		var core [16]uint32
		core[4], core[7], core[SP], core[LR] = 4, 0x1100, 0x1000, 0x77
		r := NewRegisters(core, 0)
		err := runEHABI(tt.code, &r, mem)
		sp, _ := r.Get(SP)
		pc, _ := r.Get(PC)
		v, _ := r.Get(tt.reg)
		if err != nil || sp != tt.sp || pc != tt.pc || v != tt.val {
			t.Errorf("%s: sp %#x pc %#x r%d %#x %v", tt.name, sp, pc, tt.reg, v, err)
		}
	}
	for _, bad := range [][]byte{asm(0x80, 0x00), asm(0x9d), asm(0xb1, 0), asm(0xb1, 0x10), asm(0xca), asm(0xb3), asm(0x90 | 15)} {
		r := NewRegisters([16]uint32{13: 0x1000}, 0)
		if runEHABI(bad, &r, mem) == nil {
			t.Errorf("% x: no error", bad)
		}
	}
}

// TestException unwinds Cortex-M exception frames.
func TestException(t *testing.T) {
	mem := &ram{0x20000000, make([]byte, 0x200)}
	for i := uint32(0); i < 8; i++ {
		mem.put(0x20000100+4*i, []uint32{1, 2, 3, 4, 12, 0x55, 0x10118, 0x01000000 | 1<<9}[i])
	}
	u := New(tiny(t), mem)
	u.Options.MProfile = true
	for _, tt := range []struct {
		ret, sp uint32
		psp     bool
	}{{0xfffffff9, 0x20000124, false}, {0xfffffffd, 0x20000124, true}, {0xffffffe9, 0x20000100 + 0x68 + 4, false}} {
		r := NewRegisters([16]uint32{SP: 0x20000100, LR: tt.ret, PC: 0x10134}, 1<<5)
		if tt.psp {
			r.Set(SP, 0x20000000)
			r.SetPSP(0x20000100)
		}
		c, err := u.Top(r).Caller()
		if err != nil {
			t.Errorf("%#x: %v", tt.ret, err)
			continue
		}
		sp, _ := c.Regs.Get(SP)
		r0, ok := c.Regs.Get(0)
		if c.PC != 0x10118 || sp != tt.sp || r0 != 1 || !ok || c.IsReturnAddress() {
			t.Errorf("%#x: pc %#x sp %#x r0 %d", tt.ret, c.PC, sp, r0)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		text string
		b    []byte
		want micro
	}{
		{"push {r7, lr}", asm(0x80, 0xb5), micro{kind: mPush, mask: 1<<7 | 1<<LR}},
		{"sub sp, #20", asm(0x85, 0xb0), micro{kind: mAdd, rd: SP, rn: SP, imm: -20}},
		{"add r7, sp, #8", asm(0x02, 0xaf), micro{kind: mAdd, rd: 7, rn: SP, imm: 8}},
		{"mov sp, r7", asm(0xbd, 0x46), micro{kind: mAdd, rd: SP, rn: 7}},
		{"pop {r7, pc}", asm(0x80, 0xbd), micro{kind: mPop, mask: 1<<7 | 1<<PC}},
		{"bx lr", asm(0x70, 0x47), micro{kind: mReturn}},
		{"subw sp, sp, #1244", asm(0xad, 0xf2, 0xdc, 0x4d), micro{kind: mAdd, rd: SP, rn: SP, imm: -1244}},
		{"sub.w sp, sp, #1024", asm(0xad, 0xf5, 0x80, 0x6d), micro{kind: mAdd, rd: SP, rn: SP, imm: -1024}},
		{"sub.w sp, sp, r4", asm(0xad, 0xeb, 0x04, 0x0d), micro{kind: mLoseSP}},
		{"push.w {r4-r11, lr}", asm(0x2d, 0xe9, 0xf0, 0x4f), micro{kind: mPush, mask: 0x4ff0}},
		{"ldr.w r7, [sp], #4", asm(0x5d, 0xf8, 0x04, 0x7b), micro{kind: mPop, mask: 1 << 7}},
		{"vpush {d8-d9}", asm(0x2d, 0xed, 0x04, 0x8b), micro{kind: mVPush, first: 8, n: 2}},
		{"beq.n .+20", asm(0x08, 0xd0), micro{kind: mBranchCond, imm: 20}},
		{"b.n .-2", asm(0xfd, 0xe7), micro{kind: mBranch, imm: -2}},
		{"bl", asm(0xff, 0xf7, 0xd7, 0xff), micro{kind: mCall}},
		{"itee ls", asm(0x92, 0xbf), micro{kind: mIT, n: 3}},
		{"movs r3, r0", asm(0x03, 0x00), micro{}},
	} {
		got, size := decodeThumb(tt.b)
		if got != tt.want || size != len(tt.b) {
			t.Errorf("%s: %+v, want %+v (%d)", tt.text, got, tt.want, size)
		}
	}
	for _, tt := range []struct {
		text string
		w    uint32
		want micro
	}{
		{"push {fp, lr}", 0xe92d4800, micro{kind: mPush, mask: 0x4800}},
		{"add fp, sp, #4", 0xe28db004, micro{kind: mAdd, rd: FP, rn: SP, imm: 4}},
		{"sub sp, sp, #16", 0xe24dd010, micro{kind: mAdd, rd: SP, rn: SP, imm: -16}},
		{"sub sp, fp, #4", 0xe24bd004, micro{kind: mAdd, rd: SP, rn: FP, imm: -4}},
		{"str lr, [sp, #-4]!", 0xe52de004, micro{kind: mPush, mask: 1 << LR}},
		{"mov ip, sp", 0xe1a0c00d, micro{kind: mAdd, rd: 12, rn: SP}},
		{"bx lr", 0xe12fff1e, micro{kind: mReturn}},
		{"bxeq lr", 0x012fff1e, micro{kind: mReturn, cond: true}},
		{"ldmdb fp, {r4, fp, sp, pc}", 0xe91ba810, micro{kind: mLoadMulti, rn: FP, mask: 0xa810, imm: -1}},
		{"sub sp, sp, r3", 0xe04dd003, micro{kind: mLoseSP}},
		{"bl", 0xeb000010, micro{kind: mCall}},
		{"b .-8", 0xeafffffc, micro{kind: mBranch, imm: -8}},
	} {
		b := binary.LittleEndian.AppendUint32(nil, tt.w)
		if got, _ := decodeARM(b); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

// FuzzWalk unwinds from any state over any stack.
func FuzzWalk(f *testing.F) {
	space := tiny(f)
	f.Add(uint32(0x10118), uint32(0x20000fc8), uint32(0x10153), true, false, []byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, pc, sp, lr uint32, thumb, mprofile bool, stack []byte) {
		mem := &ram{sp &^ 3, append(stack, make([]byte, 64)...)}
		cpsr := uint32(0x10)
		if thumb {
			cpsr |= 1 << 5
		}
		u := New(space, mem)
		u.Options.MProfile = mprofile
		fs, _ := u.Frames(NewRegisters([16]uint32{7: sp, 11: sp, SP: sp, LR: lr, PC: pc}, cpsr), 0)
		for _, f := range fs {
			_ = f.Name()
			_, _ = f.CFA()
		}
	})
}

// FuzzCFI parses any frame section and runs it.
func FuzzCFI(f *testing.F) {
	b, _, _ := tiny(f).Images[0].Section(".debug_frame")
	f.Add(b, uint32(0x10110), false)
	f.Add(b, uint32(0x10110), true)
	f.Fuzz(func(t *testing.T, sec []byte, pc uint32, eh bool) {
		tab := &frameTable{}
		tab.parse(sec, 0x8000, eh, 0)
		for i := range tab.fdes {
			_, _ = tab.fdes[i].row(pc)
		}
	})
}

// FuzzEHABI runs any unwinding bytecode.
func FuzzEHABI(f *testing.F) {
	f.Add(asm(0x97, 0xa8, 0xb0))
	f.Fuzz(func(t *testing.T, code []byte) {
		mem := &ram{0x1000, make([]byte, 0x1000)}
		r := NewRegisters([16]uint32{7: 0x1100, SP: 0x1000}, 0)
		_ = runEHABI(code, &r, mem)
	})
}

func BenchmarkBacktrace(b *testing.B) {
	space := tiny(b)
	regs, mem := inAdd()
	u := New(space, mem)
	for b.Loop() {
		if fs, err := u.Frames(regs, 0); err != nil || len(fs) != 3 {
			b.Fatal(len(fs), err)
		}
	}
}
