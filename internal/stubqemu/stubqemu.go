// Package stubqemu puts the emulated device's debug server in front of a program that QEMU runs, for tests: both ends of
// the protocol are ours, with range steps and expedited registers, and what the program does is QEMU's word.
//
// It is no part of the product. It must not be imported outside of tests.
package stubqemu

import (
	"context"
	"errors"
	"net"

	"armillary.dev/debugadapter/target"
	"armillary.dev/device/rsp"
	"armillary.dev/emulator/gdbstub"
)

// Serve connects to QEMU on conn and serves one client on ln. It returns when that client has gone.
func Serve(ctx context.Context, ln net.Listener, conn net.Conn) error {
	c, err := target.Connect(ctx, conn, target.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	client, err := ln.Accept()
	if err != nil {
		return err
	}
	_, err = gdbstub.Serve(ctx, client, &program{ctx: ctx, c: c, snap: c.Snapshot(c.First), stops: make(chan gdbstub.Stop, 1), breaks: map[uint32]bool{}})
	return err
}

// program is a gdbstub.Target of one thread. Its fields are used by one goroutine at a time: the server's while it is
// stopped, that of Resume while it runs.
type program struct {
	ctx    context.Context
	c      *target.Client
	snap   *target.Snapshot
	stops  chan gdbstub.Stop
	breaks map[uint32]bool
}

var errNot = errors.New("not through QEMU")

func (p *program) Threads() []gdbstub.Thread {
	return []gdbstub.Thread{{ID: p.snap.Thread(), Name: "main"}}
}

func (p *program) Registers(tid int) (gdbstub.Registers, error) {
	r, err := p.snap.Registers(p.ctx, tid)
	return gdbstub.Registers{R: r.R, CPSR: r.CPSR, D: r.D, FPSCR: r.FPSCR}, err
}

func (p *program) SetRegisters(tid int, r gdbstub.Registers) error {
	for i, v := range r.R {
		if err := p.snap.WriteRegister(p.ctx, tid, i, v); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) ReadMemory(a uint32, buf []byte) (int, error) {
	for n := len(buf); n > 0; n /= 2 {
		if p.snap.ReadMemory(a, buf[:n]) == nil {
			return n, nil
		}
	}
	return 0, errNot
}

func (p *program) WriteMemory(a uint32, data []byte) error { return p.snap.WriteMemory(a, data) }

func (p *program) SetBreakpoint(a uint32) error   { return p.breakpoint(a, true) }
func (p *program) ClearBreakpoint(a uint32) error { return p.breakpoint(a, false) }

func (p *program) breakpoint(a uint32, insert bool) error {
	if delete(p.breaks, a); insert {
		p.breaks[a] = true
	}
	_, err := p.c.Do(p.ctx, rsp.Break{Insert: insert, Addr: uint64(a), Kind: 2}.Append(nil))
	return err
}

func (p *program) SetWatchpoint(gdbstub.WatchKind, uint32, uint32) error   { return errNot }
func (p *program) ClearWatchpoint(gdbstub.WatchKind, uint32, uint32) error { return errNot }

func (p *program) pc() uint32 {
	r, _ := p.snap.Registers(p.ctx, p.snap.Thread()) // of a stop just reported
	return r.R[15]
}

// move lets QEMU do one thing; alive is false at the program's end.
func (p *program) move(k rsp.ResumeKind) (st gdbstub.Stop, alive bool) {
	a := rsp.Resume{Kind: k}
	if k == rsp.Step {
		a.Thread, a.HasThread = rsp.ThreadID{TID: p.snap.Thread()}, true
	}
	if _, err := p.c.Resume(p.ctx, nil, a); err != nil {
		return gdbstub.Stop{Kind: gdbstub.StopSignalled, Signal: 9}, false
	}
	ev := <-p.c.Events()
	switch {
	case ev.Stop == nil:
		return gdbstub.Stop{Kind: gdbstub.StopSignalled, Signal: 9}, false
	case ev.Stop.Kind == rsp.Exited:
		return gdbstub.Stop{Kind: gdbstub.StopExited, Code: ev.Stop.Code}, false
	case ev.Stop.Kind != rsp.Stopped:
		return gdbstub.Stop{Kind: gdbstub.StopSignalled, Signal: rsp.SignalToLinux(ev.Stop.Signal)}, false
	}
	p.snap = p.c.Snapshot(*ev.Stop)
	st = gdbstub.Stop{Kind: gdbstub.StopSignal, TID: p.snap.Thread(), Signal: rsp.SignalToLinux(ev.Stop.Signal)}
	if p.breaks[p.pc()] {
		st = gdbstub.Stop{Kind: gdbstub.StopBreakpoint, TID: p.snap.Thread()}
	}
	return st, true
}

// Resume executes the instruction at the pc in any case, as the contract asks, and then what the action says.
func (p *program) Resume(actions []gdbstub.Action) error {
	a := actions[0]
	const sigTRAP = 5
	go func() {
		st, alive := p.move(rsp.Step)
		on := func() bool { return alive && st.Kind == gdbstub.StopSignal && st.Signal == sigTRAP }
		for on() && a.Kind == gdbstub.StepRange && p.pc() >= a.Start && p.pc() < a.End {
			st, alive = p.move(rsp.Step)
		}
		if on() && a.Kind == gdbstub.Continue {
			st, alive = p.move(rsp.Continue)
		}
		p.stops <- st
	}()
	return nil
}

func (p *program) Interrupt()                      { _ = p.c.Interrupt() }
func (p *program) Kill()                           { _ = p.c.Kill() }
func (p *program) Detach()                         { _ = p.c.Detach(p.ctx) }
func (p *program) Stops() <-chan gdbstub.Stop      { return p.stops }
func (p *program) Libraries() []gdbstub.Library    { return nil }
func (p *program) Program() gdbstub.Library        { return gdbstub.Library{Path: "/bin/app"} }
func (p *program) Auxv() []byte                    { return nil }
func (p *program) ReadFile(string) ([]byte, error) { return nil, errNot }
