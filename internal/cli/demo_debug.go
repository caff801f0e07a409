package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter"
	"armillary.dev/device"
	"armillary.dev/device/image/trailer"
	"armillary.dev/emulator/wire"
	"armillary.dev/internal/dapclient"
)

// tourDebugger is the tour's editor: a client of a debug adapter in this process.
type tourDebugger struct {
	*dapclient.Client
	served chan error
	thread int
	frame  int // top frame of the present stop
}

func (d *tourDebugger) close() {
	d.Client.Close()
	<-d.served
}

// stopped waits for a stop and takes note of its thread and top frame.
func (d *tourDebugger) stopped(ctx context.Context, reason string) (*dap.StackTraceResponseBody, error) {
	ev, err := d.Next(ctx, "stopped", "terminated")
	if err != nil {
		return nil, err
	}
	if ev.Name != "stopped" {
		return nil, errors.New("the app ended instead of stopping")
	}
	var stop dap.StoppedEventBody
	if err := json.Unmarshal(ev.Body, &stop); err != nil {
		return nil, err
	}
	if stop.Reason != reason {
		return nil, fmt.Errorf("it stopped for %q, not for %q: %s", stop.Reason, reason, stop.Description)
	}
	d.thread = stop.ThreadId
	var st dap.StackTraceResponseBody
	if err := d.Call(ctx, "stackTrace", dap.StackTraceArguments{ThreadId: d.thread}, &st); err != nil {
		return nil, err
	}
	if len(st.StackFrames) == 0 {
		return nil, errors.New("the stack is empty")
	}
	d.frame = st.StackFrames[0].Id
	return &st, nil
}

// lineOf is the line, from 1, of the first place in one of the app's files that has text in it.
func (t *tour) lineOf(file, text string) (int, error) {
	src, err := os.ReadFile(filepath.Join(t.app, file))
	if err != nil {
		return 0, err
	}
	n := 0
	for line := range strings.Lines(string(src)) {
		n++
		if strings.Contains(line, text) {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%s has no line with %q", file, text)
}

// sourceLine shows a line of an app's file the way listings do.
func (t *tour) sourceLine(file string, n int) {
	src, err := os.ReadFile(filepath.Join(t.app, file))
	if err != nil {
		return
	}
	lines := strings.Split(string(src), "\n")
	for i := max(1, n-1); i <= min(len(lines), n+1); i++ {
		mark := " "
		if i == n {
			mark = ">"
		}
		t.show("%s %4d  %s", mark, i, lines[i-1])
	}
}

func (t *tour) deploy(ctx context.Context) error {
	began := time.Now()
	client, server := wire.Pipe("tour", "debug adapter")
	d := &tourDebugger{Client: dapclient.New(client), served: make(chan error, 1)}
	opts := debugadapter.Options{
		Open: func(context.Context, string, debugadapter.Config) (device.Device, error) { return t.device, nil },
		Key:  func(string) (trailer.Signer, error) { return t.owner.Signer(), nil },
	}
	go func() { d.served <- debugadapter.Serve(context.WithoutCancel(ctx), server, opts) }()
	t.debugger = d

	if err := d.Call(ctx, "initialize", map[string]any{"adapterID": "armillary", "clientID": "demo", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"}, nil); err != nil {
		return err
	}
	launched, err := d.Send("launch", map[string]any{"app": t.app, "args": []string{"3"}, "sourceMap": map[string]string{"blink": t.app}})
	if err != nil {
		return err
	}
	if _, err := d.Next(ctx, "initialized"); err != nil {
		return errors.Join(launched(ctx, nil), err)
	}
	line, err := t.lineOf("main.c", "Blinker_Toggle(b)")
	if err != nil {
		return err
	}
	var set dap.SetBreakpointsResponseBody
	if err := d.Call(ctx, "setBreakpoints", map[string]any{
		"source": map[string]any{"path": filepath.Join(t.app, "main.c")}, "breakpoints": []any{map[string]any{"line": line}}}, &set); err != nil {
		return err
	}
	if err := d.Call(ctx, "configurationDone", nil, nil); err != nil {
		return err
	}
	if err := launched(ctx, nil); err != nil {
		return err
	}
	st, err := d.stopped(ctx, "breakpoint")
	if err != nil {
		return err
	}
	top := st.StackFrames[0]
	t.show("staged, verified, installed, started under the debug server; stopped after %s", seconds(time.Since(began)))
	t.show("breakpoint at main.c:%d, in %s", top.Line, top.Name)
	t.sourceLine("main.c", top.Line)
	t.value("breakpoint", line)
	t.value("line", top.Line)
	t.value("function", top.Name)
	if top.Line != line {
		return fmt.Errorf("stopped at line %d", top.Line)
	}
	return nil
}

func (t *tour) stack(ctx context.Context) error {
	var st dap.StackTraceResponseBody
	if err := t.debugger.Call(ctx, "stackTrace", dap.StackTraceArguments{ThreadId: t.debugger.thread}, &st); err != nil {
		return err
	}
	var names []string
	for i, f := range st.StackFrames {
		where := ""
		if f.Source != nil {
			where = fmt.Sprintf("  %s:%d", f.Source.Name, f.Line)
		}
		t.show("#%d %s%s", i, f.Name, where)
		names = append(names, f.Name)
	}
	t.value("frames", names)
	for _, n := range names {
		if n == "main" {
			return nil
		}
	}
	return errors.New("main is not on the stack")
}

func (t *tour) next(ctx context.Context) error {
	if err := t.debugger.Call(ctx, "next", dap.NextArguments{ThreadId: t.debugger.thread}, nil); err != nil {
		return err
	}
	st, err := t.debugger.stopped(ctx, "step")
	if err != nil {
		return err
	}
	top := st.StackFrames[0]
	t.sourceLine("main.c", top.Line)
	t.value("line", top.Line)
	return nil
}

// variables are the children of a reference.
func (d *tourDebugger) variables(ctx context.Context, ref int) ([]dap.Variable, error) {
	var v dap.VariablesResponseBody
	err := d.Call(ctx, "variables", dap.VariablesArguments{VariablesReference: ref}, &v)
	return v.Variables, err
}

// localVariables are those of the top frame.
func (d *tourDebugger) localVariables(ctx context.Context) ([]dap.Variable, error) {
	var sc dap.ScopesResponseBody
	if err := d.Call(ctx, "scopes", dap.ScopesArguments{FrameId: d.frame}, &sc); err != nil {
		return nil, err
	}
	if len(sc.Scopes) == 0 {
		return nil, errors.New("the frame has no scopes")
	}
	return d.variables(ctx, sc.Scopes[0].VariablesReference)
}

func (t *tour) locals(ctx context.Context) error {
	vars, err := t.debugger.localVariables(ctx)
	if err != nil {
		return err
	}
	t.variables("", vars)
	t.value("locals", values(vars))
	if len(vars) == 0 {
		return errors.New("no locals")
	}
	return nil
}

func (t *tour) look(ctx context.Context) error {
	vars, err := t.debugger.localVariables(ctx)
	if err != nil {
		return err
	}
	for _, v := range vars {
		if v.Name != "b" {
			continue
		}
		members, err := t.debugger.variables(ctx, v.VariablesReference)
		if err != nil {
			return err
		}
		if len(members) == 1 && members[0].VariablesReference != 0 { // a pointer's only child is what it points to
			if members, err = t.debugger.variables(ctx, members[0].VariablesReference); err != nil {
				return err
			}
		}
		t.variables("b->", members)
		t.value("members", values(members))
		return nil
	}
	return errors.New("b is not among the locals")
}

func (t *tour) variables(prefix string, vars []dap.Variable) {
	for _, v := range vars {
		t.show("%-22s %-24s %s", v.Type, prefix+v.Name, v.Value)
	}
}

func values(vars []dap.Variable) map[string]string {
	m := map[string]string{}
	for _, v := range vars {
		m[v.Name] = v.Value
	}
	return m
}

func (t *tour) evaluate(ctx context.Context) error {
	const expr = "b->periodMs[b->rate] * 2"
	var r dap.EvaluateResponseBody
	if err := t.debugger.Call(ctx, "evaluate", dap.EvaluateArguments{Expression: expr, FrameId: t.debugger.frame, Context: "watch"}, &r); err != nil {
		return err
	}
	t.show("%s = %s", expr, r.Result)
	t.value("expression", expr)
	t.value("result", r.Result)
	return nil
}

// buttonB is the GPIO of the sample board's second button, which pulls its line low while pressed.
const buttonB = 13

func (t *tour) denied(ctx context.Context) error {
	d := t.debugger
	if err := t.device.Control().SetInput(buttonB, 0); err != nil {
		return err
	}
	if err := d.Call(ctx, "setBreakpoints", map[string]any{
		"source": map[string]any{"path": filepath.Join(t.app, "main.c")}, "breakpoints": []any{}}, nil); err != nil {
		return err
	}
	if err := d.Call(ctx, "continue", dap.ContinueArguments{ThreadId: d.thread}, nil); err != nil {
		return err
	}
	for {
		ev, err := d.Next(ctx, "output", "terminated")
		if err != nil {
			return err
		}
		if ev.Name == "terminated" {
			return errors.New("the app ended without being denied anything")
		}
		var out dap.OutputEventBody
		if err := json.Unmarshal(ev.Body, &out); err != nil {
			return err
		}
		t.show("%s", out.Output)
		if out.Source != nil && strings.Contains(out.Output, "GPIO_OpenAsOutput") {
			t.sourceLine(filepath.Base(out.Source.Path), out.Line)
			t.value("manifest", filepath.Base(out.Source.Path))
			t.value("line", out.Line)
			return nil
		}
	}
}

func (t *tour) exit(ctx context.Context) error {
	var code *int
	for {
		ev, err := t.debugger.Next(ctx, "output", "exited", "terminated")
		if err != nil {
			return err
		}
		switch ev.Name {
		case "output":
			var out dap.OutputEventBody
			if err := json.Unmarshal(ev.Body, &out); err != nil {
				return err
			}
			t.show("%s", out.Output)
		case "exited":
			var b dap.ExitedEventBody
			if err := json.Unmarshal(ev.Body, &b); err != nil {
				return err
			}
			code = &b.ExitCode
			t.show("exit code %d", b.ExitCode)
			t.value("exitCode", b.ExitCode)
		case "terminated":
			if code == nil {
				return errors.New("the app ended without an exit code")
			}
			if *code != 0 {
				return fmt.Errorf("the app ended with %d", *code)
			}
			return nil
		}
	}
}
