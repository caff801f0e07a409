package core

import (
	"encoding/binary"
	"testing"
)

// machine is a small guest: code at codeAt, data at dataAt, stack below dataAt+0x2000.
const (
	codeAt = 0x10000
	dataAt = 0x20000
)

func newMachine(t testing.TB, code []byte) (*Engine, *State) {
	t.Helper()
	m, err := NewMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	for _, err := range []error{m.Map(codeAt, 0x2000, ProtR|ProtW|ProtX), m.Map(dataAt, 0x2000, ProtR|ProtW), m.Write(codeAt, code)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := NewState(codeAt | 1)
	s.R[13] = dataAt + 0x2000
	return NewEngine(m), s
}

func thumb(h ...uint16) (b []byte) {
	for _, v := range h {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// loop: r0 = sum of r1..1
var loop = thumb(
	0x2000, // movs r0, #0
	0x1840, // adds r0, r0, r1
	0x3901, // subs r1, #1
	0xd1fc, // bne -4
	0xdf07, // svc 7
)

func TestLoop(t *testing.T) {
	e, s := newMachine(t, loop)
	s.R[1] = 1000
	x := e.Run(s, 1e6)
	if x.Reason != SVC || x.Imm != 7 || s.R[0] != 500500 || s.R[15] != codeAt+10 || s.Retired != 3002 {
		t.Fatalf("%s, %+v", x, s)
	}
}

// Running in pieces of any size is running at once.
func TestBudgetExact(t *testing.T) {
	for _, piece := range []uint64{1, 2, 3, 5, 7, 64, 100} {
		e, s := newMachine(t, loop)
		s.R[1] = 50
		n := 0
		for {
			before := s.Retired
			x := e.Run(s, piece)
			if x.Reason == SVC {
				break
			}
			if x.Reason != Budget || s.Retired-before != piece {
				t.Fatalf("piece %d: %s after %d", piece, x, s.Retired-before)
			}
			if n++; n > 1000 {
				t.Fatal("does not end")
			}
		}
		if s.Retired != 152 || s.R[0] != 1275 {
			t.Fatalf("piece %d: retired %d, r0 %d", piece, s.Retired, s.R[0])
		}
	}
}

func TestBreakpoint(t *testing.T) {
	e, s := newMachine(t, loop)
	s.R[1] = 3
	e.SetBreakpoint(codeAt + 4)
	for i := range 3 {
		x := e.Run(s, 1000)
		if x.Reason != Breakpoint || s.R[15] != codeAt+4 || s.R[1] != uint32(3-i) {
			t.Fatalf("%d: %s pc %#x r1 %d", i, x, s.R[15], s.R[1])
		}
		if x := e.Run(s, 1000); x.Reason != Breakpoint {
			t.Fatalf("runs over its own breakpoint: %s", x)
		}
		if x := e.Step(s); x.Reason != Budget || s.R[15] != codeAt+6 {
			t.Fatalf("step: %s pc %#x", x, s.R[15])
		}
	}
	e.ClearBreakpoint(codeAt + 4)
	if x := e.Run(s, 1000); x.Reason != SVC {
		t.Fatal(x)
	}
}

func TestFaultLeavesState(t *testing.T) {
	for _, c := range []struct {
		name string
		code []byte
	}{
		{"ldmia r0!, {r1, r2, r3, r4}", thumb(0xc81e)},
		{"stmia r0!, {r1, r2, r3, r4}", thumb(0xc01e)},
		{"ldr r1, [r0, #4]!", thumb(0xf850, 0x1f0c)},
		{"str r1, [r0], #4", thumb(0xf840, 0x1b04, 0xf840, 0x1b04, 0xf840, 0x1b04)},
		{"strd r1, r2, [r0, #4]!", thumb(0xe9e0, 0x1201, 0xe9e0, 0x1201)},
		{"vpush", thumb(0xecac, 0x0b04)},
	} {
		e, s := newMachine(t, c.code)
		for i := range 13 {
			s.R[i] = dataAt + 0x2000 - 8
		}
		var x Exit
		var before State
		for range 4 {
			before = *s
			if x = e.Run(s, 1); x.Reason == Fault {
				break
			}
		}
		if x.Reason != Fault || x.Addr < dataAt+0x2000 {
			t.Errorf("%s: %s", c.name, x)
			continue
		}
		if before.tmp = s.tmp; before != *s {
			t.Errorf("%s: the fault changed the state\n%+v\n%+v", c.name, before, *s)
		}
	}
}

func TestSelfModifying(t *testing.T) {
	// str the instruction "movs r0, #2" over "movs r0, #1", which has been executed before
	e, s := newMachine(t, thumb(
		0x2001, // movs r0, #1
		0x800b, // strh r3, [r1]
		0x3a01, // subs r2, #1
		0xd1fb, // bne start
		0xdf00))
	s.R[1], s.R[2], s.R[3] = codeAt, 2, 0x2002
	if x := e.Run(s, 100); x.Reason != SVC || s.R[0] != 2 {
		t.Fatalf("%s r0 %d", x, s.R[0])
	}
	// and the instruction right after the store, in the same block
	e, s = newMachine(t, thumb(0x800b, 0x2001, 0xdf00))
	s.R[1], s.R[3] = codeAt+2, 0x2005
	if x := e.Run(s, 100); x.Reason != SVC || s.R[0] != 5 {
		t.Fatalf("%s r0 %d", x, s.R[0])
	}
}

func TestPageCrossing(t *testing.T) {
	e, s := newMachine(t, thumb(0x6008, 0x680a, 0xdf00)) // str r0,[r1]; ldr r2,[r1]
	s.R[0], s.R[1] = 0x12345678, dataAt+0xffe
	if x := e.Run(s, 100); x.Reason != SVC || s.R[2] != 0x12345678 {
		t.Fatalf("%s %#x", x, s.R[2])
	}
}

type device struct{ log []uint32 }

func (d *device) ReadIO(a, size uint32) uint32  { d.log = append(d.log, a); return 42 }
func (d *device) WriteIO(a, size, value uint32) { d.log = append(d.log, a, value) }

func TestDeviceAndWatchpoint(t *testing.T) {
	code := thumb(0x6008, 0x680a, 0x2300, 0xdf00)
	e, s := newMachine(t, code)
	d := &device{}
	if err := e.Memory().MapIO(0x40000000, 16, d); err != nil {
		t.Fatal(err)
	}
	s.R[0], s.R[1] = 7, 0x40000004
	if x := e.Run(s, 100); x.Reason != SVC || s.R[2] != 42 || len(d.log) != 3 || d.log[1] != 7 {
		t.Fatalf("%s %v", x, d.log)
	}

	e, s = newMachine(t, code)
	e.Memory().SetWatchpoint(dataAt+2, 1, true, false)
	s.R[1] = dataAt
	if x := e.Run(s, 100); x.Reason != Watchpoint || x.Access != Read || x.Addr != dataAt+2 || s.R[15] != codeAt+4 {
		t.Fatalf("%s pc %#x", x, s.R[15])
	}
	e.Memory().ClearWatchpoint(dataAt+2, 1, true, false)
	if x := e.Run(s, 100); x.Reason != SVC {
		t.Fatal(x)
	}
}

func TestUndefinedAndExecFault(t *testing.T) {
	e, s := newMachine(t, thumb(0x2001, 0xde00))
	if x := e.Run(s, 100); x.Reason != Undefined || s.R[15] != codeAt+2 || s.Retired != 1 {
		t.Fatalf("%s pc %#x", x, s.R[15])
	}
	s.R[15] = 0x50000
	if x := e.Run(s, 100); x.Reason != Fault || x.Access != Exec || x.Addr != 0x50000 {
		t.Fatal(x)
	}
}
