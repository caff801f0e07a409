package debugadapter

import (
	"context"
	"strings"
	"time"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter/target"
	"armillary.dev/device"
	"armillary.dev/device/rsp"
)

func (s *Session) initialize(r request) (any, error) {
	var a struct {
		LinesStartAt1   *bool  `json:"linesStartAt1"`
		ColumnsStartAt1 *bool  `json:"columnsStartAt1"`
		PathFormat      string `json:"pathFormat"`
	}
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	if a.PathFormat != "" && a.PathFormat != "path" {
		return nil, refuse(errIDArguments, "the path format %q is not supported, only \"path\"", a.PathFormat)
	}
	s.zeroLines = a.LinesStartAt1 != nil && !*a.LinesStartAt1
	s.zeroCols = a.ColumnsStartAt1 != nil && !*a.ColumnsStartAt1
	s.state = ready
	// At once, not after launch: some clients wait for it before they launch. Breakpoints that come early wait for the
	// program.
	s.after = append(s.after, func() { s.w.event("initialized", nil) })
	return capabilities(), nil
}

func (s *Session) launch(r request) (any, error) { return s.begin(r, false) }

func (s *Session) attach(r request) (any, error) { return s.begin(r, true) }

// begin starts goroutine (3), which brings the program to its first instruction.
func (s *Session) begin(r request, attach bool) (any, error) {
	c, err := parseConfig(r.Arguments)
	if err != nil {
		return nil, &requestError{id: errIDArguments, text: err.Error(), show: true}
	}
	s.config, s.attached, s.state = c, attach, launching
	ctx, cancel := context.WithCancel(s.ctx)
	s.stopLaunch = cancel
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		defer cancel()
		l := &launcher{s: s, config: c, attach: attach}
		err := l.run(ctx)
		if !s.do(func() { s.launched(r, l, err) }) {
			l.undo()
		}
	}()
	return nil, errLater
}

// launched takes the launcher's result.
func (s *Session) launched(r request, l *launcher, err error) {
	if s.state != launching { // the client has given up meanwhile
		l.undo()
		s.w.refused(r, &requestError{id: errIDLaunch, short: "cancelled", text: "the launch was cancelled"})
		return
	}
	if err != nil {
		l.undo()
		s.state = ended
		s.w.refused(r, &requestError{id: errIDLaunch, text: err.Error(), show: true, err: err})
		s.w.event("terminated", nil)
		s.resend()
		return
	}
	s.dev, s.client, s.closers = l.dev, l.client, l.closers
	s.space, s.main, s.matcher = l.space, l.main, l.matcher
	s.physical.Hardware = s.client.Server == target.OpenOCD
	s.state = stopped
	s.newStop(s.client.First)
	s.breaks.Matcher = s.matcher
	changed := s.breaks.Resolve(s.space)
	s.w.respond(r, nil)
	s.w.event("process", dap.ProcessEventBody{Name: l.name, IsLocalProcess: false, StartMethod: map[bool]string{false: "launch", true: "attach"}[s.attached], PointerSize: 32})
	for _, b := range changed {
		s.w.event("breakpoint", dap.BreakpointEventBody{Reason: "changed", Breakpoint: s.dapBreakpoint(b)})
	}
	for _, f := range l.onLoop {
		f()
	}
	s.resend()
	if s.configured {
		s.start()
	}
}

func (s *Session) configurationDone(r request) (any, error) {
	s.configured = true
	if s.state == stopped && !s.started {
		s.after = append(s.after, s.start)
	}
	return nil, nil
}

// start lets the program go for the first time.
func (s *Session) start() {
	if s.started || s.state != stopped {
		return
	}
	s.started = true
	if s.attached && s.config.StopOnEntry {
		s.reportStop("entry", "", nil, s.snap.Thread())
		return
	}
	in := intent{tid: s.snap.Thread()}
	if s.config.StopOnEntry {
		for _, l := range s.main.ResolveFunction("main") {
			in.temps = append(in.temps, l.Addr)
		}
		if in.entry = len(in.temps) > 0; !in.entry { // no function main: where the program begins
			s.reportStop("entry", "", nil, s.snap.Thread())
			return
		}
	}
	// A breakpoint at the very place where the program was found is hit right away.
	if pc, err := s.pc(in.tid); err == nil && s.atBreakpoint(in.tid, pc) {
		return
	}
	s.proceed(in)
}

func (s *Session) disconnect(r request) (any, error) {
	a := struct {
		TerminateDebuggee *bool `json:"terminateDebuggee"`
	}{}
	if err := decodeArguments(r.Arguments, &a); err != nil {
		s.log("disconnect: %v", err) // leaving must always be possible
	}
	end := !s.attached
	if a.TerminateDebuggee != nil {
		end = *a.TerminateDebuggee
	}
	s.shutdown(end)
	s.quit = true
	return nil, nil
}

func (s *Session) terminate(r request) (any, error) {
	s.after = append(s.after, func() {
		s.shutdown(true)
		s.endEvents()
	})
	return nil, nil
}

// stopWait is how long a program may take to stop when the session ends.
const stopWait = 2 * time.Second

// shutdown ends the program or lets it run on without a debugger, and closes everything. It may be called more than once.
func (s *Session) shutdown(end bool) {
	if s.stopLaunch != nil {
		s.stopLaunch()
	}
	if c := s.client; c != nil {
		s.client = nil
		if s.state == running {
			_ = c.Interrupt()
			s.awaitStop(c)
		}
		ctx, cancel := context.WithTimeout(context.Background(), stopWait)
		if end || c.Running() || s.state == ended {
			_ = c.Kill()
		} else {
			packets, _ := s.physical.Diff(nil)
			if len(packets) > 0 {
				_, _ = c.Batch(ctx, packets...)
			}
			_ = c.Detach(ctx)
		}
		cancel()
		s.log("debug server: %+v", c.Stats())
	}
	for _, c := range s.closers {
		c.Close()
	}
	s.closers = nil
	if s.dev != nil {
		s.dev.Close()
		s.dev = nil
	}
	if s.state != fresh && s.state != ready {
		s.state = ended
	}
}

// awaitStop waits for a stop that was asked for, without the loop.
func (s *Session) awaitStop(c *target.Client) {
	timer := time.NewTimer(stopWait)
	defer timer.Stop()
	for {
		select {
		case ev := <-c.Events():
			if ev.Stop != nil {
				if ev.Stop.Kind != rsp.Stopped {
					s.state = ended
				}
				return
			}
			if ev.Closed != nil {
				return
			}
		case <-timer.C:
			return
		}
	}
}

// programEnded reports the program's end to the client.
func (s *Session) programEnded(stop rsp.StopReply) {
	code := stop.Code
	if stop.Kind == rsp.Terminated {
		code = 128 + rsp.SignalToLinux(stop.Signal)
		name, text := rsp.SignalName(stop.Signal)
		s.console("The program was ended by %s (%s).", name, text)
	}
	if stop.Kind == rsp.NoThreads {
		s.console("The program has no threads any more.")
	}
	s.state = ended
	c := s.client
	s.client = nil
	if c != nil {
		c.Close()
	}
	s.drainOutput(func() {
		s.w.event("exited", dap.ExitedEventBody{ExitCode: code})
		s.endEvents()
	})
}

// appExited is the device's own word on the app's end. As a rule the debug server has the first word.
func (s *Session) appExited(e device.AppExited) {
	if s.state != running && s.state != stopped {
		return
	}
	st := rsp.StopReply{Kind: rsp.Exited, Code: e.Code}
	if e.Signal != 0 {
		st = rsp.StopReply{Kind: rsp.Terminated, Signal: rsp.SignalFromLinux(e.Signal)}
	}
	s.programEnded(st)
}

// drainOutput calls f in the loop once the app's output has ended, or after a moment.
func (s *Session) drainOutput(f func()) {
	done := make(chan struct{})
	s.wg.Add(2)
	go func() {
		defer s.wg.Done()
		s.outputs.Wait()
		close(done)
	}()
	go func() {
		defer s.wg.Done()
		timer := time.NewTimer(stopWait)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
		case <-s.ctx.Done():
		}
		s.do(f)
	}()
}

func (s *Session) endEvents() { s.w.event("terminated", dap.TerminatedEventBody{}) }

// lost is the end of the connection to the debug server.
func (s *Session) lost(err error) {
	s.client = nil
	if s.state == ended {
		return
	}
	s.state = ended
	s.console("%s", strings.TrimSuffix(err.Error(), "."))
	s.endEvents()
}
