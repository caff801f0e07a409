package linux_test

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"armillary.dev/emulator/gdbstub"
	"armillary.dev/internal/testenv"
)

// gdb runs commands in gdb-multiarch connected to the process and returns what it says.
func gdb(t *testing.T, d *debugged, prog string, commands ...string) string {
	t.Helper()
	bin := testenv.NeedGDB(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err == nil {
			gdbstub.Serve(ctx, conn, d.target)
		}
	}()
	args := []string{"-nx", "-batch", "-ex", "set pagination off", "-ex", "set confirm off", "-ex", "set sysroot target:",
		"-ex", "file " + prog, "-ex", "target remote " + l.Addr().String()}
	for _, c := range commands {
		args = append(args, "-ex", c)
	}
	out, err := exec.CommandContext(ctx, bin, args...).CombinedOutput()
	l.Close()
	<-served
	if err != nil {
		t.Logf("gdb: %v", err)
	}
	return string(out)
}

func TestGDBSeesThroughTheEventLoop(t *testing.T) {
	prog := build(t, "events.c")
	libcs(t, func(t *testing.T, sysroot bool) {
		d := debug(t, setup{image: app(t, prog), sysroot: sysroot, allow: []string{"Gpio:8"}}, prog)
		out := gdb(t, d, prog, "break tick", "continue", "backtrace", "print ticks", "print fd > 2", "next", "next", "print ticks",
			"info sharedlibrary", "up", "info symbol $pc", "kill")
		for _, want := range []string{"Breakpoint 1, tick", "#1 ", "in EventLoop_Run ()", "in main () at", "$1 = 0", "$2 = 1", "$3 = 1",
			"/usr/lib/libapplibs.so.0", "EventLoop_Run"} {
			if !strings.Contains(out, want) {
				t.Errorf("gdb does not say %q", want)
			}
		}
		if t.Failed() {
			t.Log(out)
		}
	})
}

func TestGDBSeesThroughASignal(t *testing.T) {
	prog := testenv.BuildARM(t, testenv.Program{Files: []string{"testdata/signals.c"}, Link: testenv.MuslDynamic})
	libcs(t, func(t *testing.T, sysroot bool) {
		d := debug(t, setup{image: app(t, prog), sysroot: sysroot}, prog)
		out := gdb(t, d, prog, "handle SIGTERM SIGUSR1 nostop noprint pass", "break plain",
			"continue", "backtrace", "continue", "backtrace", "finish", "kill")
		wants := []string{"Breakpoint 1, plain (sig=10)", "Breakpoint 1, plain (sig=15)", "<signal handler called>", "in raise (", "in main () at"}
		if !sysroot {
			// A distribution's musl has no unwind information; ours leads out of every call.
			wants = append(wants, "in restart () at")
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("gdb does not say %q", want)
			}
		}
		if t.Failed() {
			t.Log(out)
		}
	})
}
