package linux_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"armillary.dev/emulator/applibs"
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/libc"
	"armillary.dev/emulator/linux"
)

// arguments makes plausible and implausible values: small numbers, descriptors, addresses of all kinds.
func argument(r *rand.Rand, sp uint32) uint32 {
	switch r.IntN(8) {
	case 0, 1:
		return uint32(r.IntN(8))
	case 2:
		return sp - 0x800 + uint32(r.IntN(0x900))
	case 3:
		return 0x400000 + uint32(r.IntN(0x3000)) // the program
	case 4:
		return ^uint32(0) - uint32(r.IntN(200))
	case 5:
		return uint32(r.IntN(1 << 16))
	case 6:
		return 0x7EFFF000 + uint32(r.IntN(0x1000)) // the end of the stack
	}
	return r.Uint32()
}

// wild runs f with random registers in processes that are started anew when f ends them.
func wild(t *testing.T, rounds int, f func(r *rand.Rand, th *linux.Thread)) {
	prog := demo(t)
	r := rand.New(rand.NewPCG(3, 4))
	var g *guest
	var th *linux.Thread
	for range rounds {
		if g == nil || g.p.FirstThread() != th {
			g = start(t, setup{image: fstest.MapFS{"bin/app": {Data: prog}}, debug: true, allow: []string{"Gpio:8", "MutableStorage:"}})
			th = g.p.FirstThread()
		}
		pc, sp := th.Reg(15), th.Reg(13)
		for n := range 7 {
			th.SetReg(n, argument(r, sp))
		}
		f(r, th)
		if g.p.FirstThread() == th {
			th.SetReg(13, sp)
			th.SetReg(15, pc)
		}
	}
}

func TestWildSystemCalls(t *testing.T) {
	numbers := linux.SyscallNumbers()
	wild(t, 20_000, func(r *rand.Rand, th *linux.Thread) {
		nr := uint32(numbers[r.IntN(len(numbers))])
		if r.IntN(50) == 0 {
			nr = r.Uint32()
		}
		th.SetReg(7, nr)
		th.MakeSyscall()
	})
}

func TestWildLibraryCalls(t *testing.T) {
	libs := append([]*guestlib.Library{applibs.Library()}, libc.Libraries()...)
	wild(t, 20_000, func(r *rand.Rand, th *linux.Thread) {
		lib := libs[r.IntN(len(libs))]
		th.SetReg(12, uint32(r.IntN(len(lib.Functions)+1)))
		th.MakeCall(lib)
	})
}

func TestUnknownSystemCallIsReportedOnceByName(t *testing.T) {
	g := start(t, setup{image: fstest.MapFS{"bin/app": {Data: demo(t)}}, debug: true})
	th := g.p.FirstThread()
	for _, nr := range []uint32{380, 380, 9999, 355} {
		th.SetReg(7, nr)
		th.MakeSyscall()
		if got := int32(th.Reg(0)); got != -38 {
			t.Errorf("%d answered %d", nr, got)
		}
	}
	if got := strings.Join(g.unsupp, "; "); got != "syscall 380 (sched_setattr); syscall 9999 (unknown); syscall 355 (signalfd4)" {
		t.Error(got)
	}
}

func TestSupportTablePrintsItself(t *testing.T) {
	var s strings.Builder
	if err := linux.WriteSupport(&s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"timerfd_settime64", "EAFNOSUPPORT", "partial"} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestNumbersAreThoseOfTheirNames(t *testing.T) {
	if bad := linux.NameMismatches(); len(bad) > 0 {
		t.Error(bad)
	}
}
