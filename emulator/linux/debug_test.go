package linux_test

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"armillary.dev/emulator/applibs"
	"armillary.dev/emulator/gdbstub"
	"armillary.dev/internal/testenv"
)

// debugged is a program stopped at its entry with the machine's loop running.
type debugged struct {
	*guest
	target gdbstub.Target
	syms   map[string]uint32
}

func debug(t *testing.T, s setup, prog string) *debugged {
	t.Helper()
	s.debug = true
	g := start(t, s)
	d := &debugged{guest: g, target: g.p.Target(), syms: map[string]uint32{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); g.m.Run(ctx, nil) }()
	t.Cleanup(func() { cancel(); g.m.Post(func() {}); <-done })
	f, err := elf.Open(prog)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, _ := f.Symbols()
	for _, s := range symbols {
		d.syms[s.Name] = uint32(s.Value) + d.target.Program().Bias
	}
	return d
}

func (d *debugged) resume(kind gdbstub.ActionKind, tid int) gdbstub.Stop {
	d.t.Helper()
	if err := d.target.Resume([]gdbstub.Action{{TID: tid, Kind: kind}}); err != nil {
		d.t.Fatal(err)
	}
	return <-d.target.Stops()
}

func (d *debugged) breakAt(name string) uint32 {
	d.t.Helper()
	at, ok := d.syms[name]
	if !ok {
		d.t.Fatalf("no symbol %s", name)
	}
	if err := d.target.SetBreakpoint(at); err != nil {
		d.t.Fatal(err)
	}
	return at &^ 1
}

func (d *debugged) regs(tid int) gdbstub.Registers {
	d.t.Helper()
	r, err := d.target.Registers(tid)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func TestBreakpointInACallbackAndSteps(t *testing.T) {
	prog := build(t, "events.c")
	libcs(t, func(t *testing.T, sysroot bool) {
		d := debug(t, setup{image: app(t, prog), sysroot: sysroot, allow: []string{"Gpio:8", "Gpio:10", "MutableStorage:"}}, prog)
		if th := d.target.Threads(); len(th) != 1 || th[0].ID != d.p.PID() || th[0].Name != "app" {
			t.Fatalf("threads %v", th)
		}
		at := d.breakAt("tick")
		for n := 1; n <= 3; n++ {
			s := d.resume(gdbstub.Continue, 0)
			r := d.regs(s.TID)
			if s.Kind != gdbstub.StopBreakpoint || r.R[15] != at {
				t.Fatalf("stop %d: %+v at %#x, want %#x\n%s", n, s, r.R[15], at, d.out.String())
			}
		}
		// A step is one instruction, and passes the breakpoint.
		before := d.regs(d.p.PID())
		s := d.resume(gdbstub.Step, d.p.PID())
		after := d.regs(d.p.PID())
		if s.Kind != gdbstub.StopSignal || s.Signal != 5 || after.R[15] <= before.R[15] || after.R[15] > before.R[15]+4 {
			t.Fatalf("%+v: from %#x to %#x", s, before.R[15], after.R[15])
		}
		// The callback was called by guest code of libapplibs: lr is inside EventLoop_Run.
		var lib gdbstub.Library
		for _, l := range d.target.Libraries() {
			if l.Path == applibs.Path {
				lib = l
			}
		}
		if lib.Path == "" {
			t.Fatalf("libapplibs is not listed: %v", d.target.Libraries())
		}
		img, _ := applibs.Library().Build()
		run := img.Symbols["EventLoop_Run"]
		if lr := before.R[14] &^ 1; lr < lib.Bias+run.Addr || lr >= lib.Bias+run.Addr+run.Size {
			t.Errorf("lr %#x is not in EventLoop_Run", lr)
		}
		// What a debugger reads of the library is what was synthesised.
		b, err := d.target.ReadFile(lib.Path)
		if err != nil || string(b) != string(img.Bytes) {
			t.Errorf("ReadFile: %d bytes, %v", len(b), err)
		}
		if err := d.target.ClearBreakpoint(at); err != nil {
			t.Fatal(err)
		}
		if s := d.resume(gdbstub.Continue, 0); s.Kind != gdbstub.StopExited || s.Code != 0 {
			t.Fatalf("%+v", s)
		}
		if got := d.out.String(); got != strings.Replace(eventsLog, "-1 Function not implemented", "-1 Permission denied", 1) {
			t.Error(firstDifference(got, eventsLog))
		}
		if _, err := d.target.Registers(d.p.PID()); err == nil {
			t.Error("registers of a program that has ended")
		}
	})
}

func TestStepRangeStaysInTheRange(t *testing.T) {
	prog := build(t, "events.c")
	d := debug(t, setup{image: app(t, prog)}, prog)
	at := d.breakAt("main")
	d.resume(gdbstub.Continue, 0)
	tid := d.p.PID()
	if err := d.target.Resume([]gdbstub.Action{{TID: tid, Kind: gdbstub.StepRange, Start: at, End: at + 0x400}}); err != nil {
		t.Fatal(err)
	}
	s := <-d.target.Stops()
	// The first thing main does after its prologue is to call EventLoop_Create by its PLT entry.
	pc := d.regs(tid).R[15]
	if s.Kind != gdbstub.StopSignal || s.Signal != 5 || pc >= at && pc < at+0x400 {
		t.Fatalf("%+v at %#x, main at %#x", s, pc, at)
	}
	d.target.Kill()
	if s := <-d.target.Stops(); s.Kind != gdbstub.StopSignalled || s.Signal != 9 {
		t.Fatalf("%+v", s)
	}
}

func TestInterruptFreezesTheClockAndSignalsAreSeenFirst(t *testing.T) {
	prog := build(t, "faults.c")
	d := debug(t, setup{image: app(t, prog), args: []string{"l"}}, prog)
	if err := d.target.Resume([]gdbstub.Action{{}}); err != nil {
		t.Fatal(err)
	}
	d.target.Interrupt()
	if s := <-d.target.Stops(); s.Kind != gdbstub.StopSignal || s.Signal != 2 {
		t.Fatalf("%+v", s)
	}
	var a, b int64
	d.m.Do(func() { a = int64(d.m.Now()) })
	d.m.Do(func() { b = int64(d.m.Now()); d.p.Signal(15) })
	if a != b {
		t.Errorf("the clock went from %d to %d while stopped", a, b)
	}
	if s := d.resume(gdbstub.Continue, 0); s.Kind != gdbstub.StopSignal || s.Signal != 15 {
		t.Fatalf("SIGTERM was not shown: %+v", s)
	}
	// Not passed on, it is gone; passed on, it ends the program.
	d.m.Do(func() { d.p.Signal(15) })
	if s := d.resume(gdbstub.Continue, 0); s.Kind != gdbstub.StopSignal || s.Signal != 15 {
		t.Fatalf("%+v", s)
	}
	d.target.Resume([]gdbstub.Action{{Signal: 15}})
	if s := <-d.target.Stops(); s.Kind != gdbstub.StopSignalled || s.Signal != 15 {
		t.Fatalf("%+v", s)
	}
}

func TestFaultStopsAtTheInstruction(t *testing.T) {
	prog := build(t, "faults.c")
	d := debug(t, setup{image: app(t, prog), args: []string{"n"}}, prog)
	s := d.resume(gdbstub.Continue, 0)
	if s.Kind != gdbstub.StopSignal || s.Signal != 11 || s.Addr != 0 {
		t.Fatalf("%+v", s)
	}
	pc := d.regs(s.TID).R[15]
	if at := d.syms["main"] &^ 1; pc < at || pc > at+0x200 {
		t.Errorf("pc %#x is not in main (%#x)", pc, at)
	}
	d.target.Resume([]gdbstub.Action{{Signal: 11}})
	if s := <-d.target.Stops(); s.Kind != gdbstub.StopSignalled || s.Signal != 11 {
		t.Fatalf("%+v", s)
	}
}

func TestWatchpoints(t *testing.T) {
	prog := build(t, "events.c")
	d := debug(t, setup{image: app(t, prog)}, prog)
	ticks := d.syms["ticks"]
	if err := d.target.SetWatchpoint(gdbstub.WatchWrite, ticks, 4); err != nil {
		t.Fatal(err)
	}
	s := d.resume(gdbstub.Continue, 0)
	var b [4]byte
	if n, err := d.target.ReadMemory(ticks, b[:]); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	if s.Kind != gdbstub.StopWatchpoint || s.Addr != ticks || s.Watch != gdbstub.WatchWrite || binary.LittleEndian.Uint32(b[:]) != 1 {
		t.Fatalf("%+v ticks %v", s, b)
	}
	d.target.ClearWatchpoint(gdbstub.WatchWrite, ticks, 4)
	d.target.Detach()
	if s := <-d.target.Stops(); s.Kind != gdbstub.StopExited {
		t.Fatalf("%+v", s)
	}
}

func TestThreadsUnderDebug(t *testing.T) {
	prog := testenv.BuildARM(t, testenv.Program{Files: []string{"testdata/threads.c"}, Link: testenv.MuslDynamic})
	libcs(t, func(t *testing.T, sysroot bool) {
		d := debug(t, setup{image: app(t, prog), sysroot: sysroot}, prog)
		d.breakAt("adder")
		seen := map[int]bool{}
		for range 3 {
			s := d.resume(gdbstub.Continue, 0)
			if s.Kind != gdbstub.StopBreakpoint {
				t.Fatalf("%+v", s)
			}
			seen[s.TID] = true
			// Only this thread moves.
			if s := d.resume(gdbstub.Step, s.TID); s.Kind != gdbstub.StopSignal || s.Signal != 5 {
				t.Fatalf("%+v", s)
			}
		}
		if len(seen) != 3 || seen[d.p.PID()] {
			t.Errorf("stops in threads %v", seen)
		}
		if s := d.resume(gdbstub.Continue, 0); s.Kind != gdbstub.StopExited || s.Code != 0 {
			t.Fatalf("%+v\n%s", s, d.out.String())
		}
	})
}

func TestProgramWithoutItsFunctionsIsRefusedByName(t *testing.T) {
	prog := testenv.BuildARM(t, testenv.Program{Sources: map[string]string{"m.c": `
		int wcwidth(int); void *dlopen(const char *, int);
		int main(void) { return wcwidth(3) + (dlopen(0, 0) != 0); }`}, Link: testenv.MuslDynamic})
	b, err := os.ReadFile(prog)
	if err != nil {
		t.Fatal(err)
	}
	err = startError(t, b)
	if err == nil || !strings.Contains(err.Error(), "dlopen, wcwidth") || !strings.Contains(err.Error(), "sysroot") {
		t.Fatal(err)
	}
}

// What a library function written in Go does to memory is seen like the guest's own doing.
func TestWatchpointSeesLibraryFunctions(t *testing.T) {
	prog := testenv.BuildARM(t, testenv.Program{Files: []string{"testdata/watch.c"}, Link: testenv.MuslDynamic, Flags: []string{"-fno-builtin"}})
	libcs(t, func(t *testing.T, sysroot bool) {
		d := debug(t, setup{image: app(t, prog), sysroot: sysroot}, prog)
		d.breakAt("main")
		d.resume(gdbstub.Continue, 0)
		area := d.syms["area"]
		d.target.SetWatchpoint(gdbstub.WatchWrite, area+32, 4)
		s := d.resume(gdbstub.Continue, 0)
		var b [1]byte
		d.target.ReadMemory(area+32, b[:])
		if s.Kind != gdbstub.StopWatchpoint || s.Addr != area+32 || b[0] != 7 {
			t.Fatalf("%+v, %d", s, b[0])
		}
		d.target.Kill()
	})
}

// A program that sleeps in real time is interrupted at once, and finds its sleep unfinished.
func TestInterruptOfASleepingProgram(t *testing.T) {
	prog := testenv.BuildARM(t, testenv.Program{Files: []string{"testdata/watch.c"}, Link: testenv.MuslDynamic})
	libcs(t, func(t *testing.T, sysroot bool) {
		d := debug(t, setup{image: app(t, prog), sysroot: sysroot, paced: true}, prog)
		at := d.breakAt("main")
		d.resume(gdbstub.Continue, 0)
		d.target.ClearBreakpoint(at)
		for range 3 {
			if err := d.target.Resume([]gdbstub.Action{{}}); err != nil {
				t.Fatal(err)
			}
			d.target.Interrupt()
			if s := <-d.target.Stops(); s.Kind != gdbstub.StopSignal || s.Signal != 2 {
				t.Fatalf("%+v", s)
			}
		}
		d.target.Resume([]gdbstub.Action{{}})
		d.m.Do(func() { d.p.Signal(15) })
		if s := <-d.target.Stops(); s.Kind != gdbstub.StopSignal || s.Signal != 15 {
			t.Fatalf("%+v", s)
		}
		d.target.Resume([]gdbstub.Action{{Signal: 15}})
		if s := <-d.target.Stops(); s.Kind != gdbstub.StopSignalled || s.Signal != 15 {
			t.Fatalf("%+v", s)
		}
	})
}
