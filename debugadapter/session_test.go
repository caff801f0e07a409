package debugadapter_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter"
	"armillary.dev/internal/testenv"
)

func TestSession(t *testing.T) {
	t.Parallel()
	p := build(t)
	servers(t, p, func(t *testing.T, server string) { session(t, p, server) })
}

// servers runs a test over QEMU's debug server and over ours, which offer very different things.
func servers(t *testing.T, p program, f func(t *testing.T, server string)) {
	for _, kind := range []string{"QEMU", "ours"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			server, _ := qemu(t, p.elf)
			if kind == "ours" {
				server = front(t, server)
			}
			f(t, server)
		})
	}
}

func session(t *testing.T, p program, server string) {
	c := start(t, debugadapter.Options{})
	bps := c.begin("launch", m{"program": p.elf, "gdb": server}, p.source, p.line(t, "shape ready"), 9999)
	if len(bps) != 2 || !bps[0].Verified || bps[0].Line != p.line(t, "shape ready") || bps[1].Verified || bps[1].Message == "" {
		t.Errorf("breakpoints %+v", bps)
	}
	b := c.stopped("breakpoint")
	tid := b.ThreadId
	if len(b.HitBreakpointIds) != 1 || b.HitBreakpointIds[0] != bps[0].Id {
		t.Errorf("hit %v, want %d", b.HitBreakpointIds, bps[0].Id)
	}
	f := c.at(tid, "work", p.line(t, "shape ready"))
	if f.Source == nil || f.Source.Path != p.source {
		t.Errorf("source %+v", f.Source)
	}
	list, text := c.frames(tid)
	if want := fmt.Sprintf("work:%d < main:%d", p.line(t, "shape ready"), p.line(t, "call work")); !strings.HasPrefix(text, want) {
		t.Errorf("stack %s, want %s", text, want)
	}
	locals := c.scope(f.Id, "Locals")
	if locals["k"].Value != "0" || locals["k"].Type != "int" || locals["k"].EvaluateName != "k" {
		t.Errorf("k = %+v", locals["k"])
	}
	s := c.vars(locals["s"].VariablesReference)
	for name, want := range map[string]string{"color": "GREEN", "flag": "1", "level": "5"} {
		if s[name].Value != want {
			t.Errorf("s.%s = %q, want %s", name, s[name].Value, want)
		}
	}
	if !strings.Contains(s["name"].Value, `"outer"`) {
		t.Errorf("s.name = %+v", s["name"])
	}
	if s["corner"].IndexedVariables != 3 {
		t.Errorf("s.corner = %+v", s["corner"])
	}
	corner := c.vars(s["corner"].VariablesReference)
	if v := c.vars(corner["[2]"].VariablesReference); v["x"].Value != "5" || v["x"].EvaluateName == "" {
		t.Errorf("s.corner[2] = %+v", v)
	}
	next := c.vars(s["next"].VariablesReference)
	if len(next) == 0 {
		t.Errorf("s.next = %+v", s["next"])
	}
	if main := c.scope(list[1].Id, "Locals"); main["n"].Value != "0" {
		t.Errorf("main's locals %+v", main)
	}
	if g := c.scope(f.Id, "Globals"); g["total"].Value != "7" {
		t.Errorf("globals %+v", g)
	}
	regs := c.scope(f.Id, "Registers")
	if !strings.HasPrefix(regs["pc"].Value, "0x0001") || regs["d0"].Value == "" {
		t.Errorf("registers %+v", regs)
	}
	for expr, want := range map[string]string{"k + 2 * 3": "6", "s.corner[1].y": "4", "inner.as.f": "1.5", "&s == s.next": "0", "s.next->corner[2].y << 2": "24",
		"total": "7", "sizeof(struct shape)": "44", "s.color == GREEN": "1", "k,x": "0x0"} {
		if got := c.eval(f.Id, expr).Result; got != want {
			t.Errorf("%s = %s, want %s", expr, got, want)
		}
	}
	c.refusedWith("nonsense", "evaluate", m{"expression": "nonsense + 1", "frameId": f.Id})
	c.refusedWith("", "evaluate", m{"expression": "1 +", "frameId": f.Id})

	step := func(command, name, mark string) dap.StackFrame {
		t.Helper()
		c.call(command, m{"threadId": tid}, nil)
		c.stopped("step")
		return c.at(tid, name, p.line(t, mark))
	}
	step("next", "work", "two calls")
	c.refusedWith("earlier stop", "scopes", m{"frameId": f.Id})
	step("stepIn", "add", "in add")
	step("stepOut", "work", "two calls")
	step("next", "work", "recursive")
	step("next", "work", "through pointer")
	step("stepIn", "apply", "indirect")
	c.call("stepIn", m{"threadId": tid}, nil)
	c.stopped("step")
	if _, text := c.frames(tid); !strings.HasPrefix(text, "fact:") || !strings.Contains(text, " < apply:") {
		t.Errorf("stepping into a call through a pointer: %s", text)
	}
	step("stepOut", "apply", "indirect")
	step("stepOut", "work", "through pointer")
	f = step("next", "work", "loop")
	step("next", "work", "body")
	f = step("next", "work", "loop")

	locals = c.scope(f.Id, "Locals")
	var scopes dap.ScopesResponseBody
	c.call("scopes", m{"frameId": f.Id}, &scopes)
	var set dap.SetVariableResponseBody
	c.call("setVariable", m{"variablesReference": scopes.Scopes[0].VariablesReference, "name": "r", "value": "40 + 2"}, &set)
	if set.Value != "42" || c.eval(f.Id, "r").Result != "42" {
		t.Errorf("setVariable: %+v, r = %s", set, c.eval(f.Id, "r").Result)
	}
	c.refusedWith("no variable", "setVariable", m{"variablesReference": scopes.Scopes[0].VariablesReference, "name": "zz", "value": "1"})

	// No more breakpoints: on to the exit.
	c.call("setBreakpoints", m{"source": m{"path": p.source}, "breakpoints": []m{}}, nil)
	c.call("continue", m{"threadId": tid}, nil)
	ev := c.event("exited")
	if string(ev.Body) == "" || !strings.Contains(string(ev.Body), "exitCode") {
		t.Errorf("exited: %s", ev.Body)
	}
	c.event("terminated")
	c.refusedWith("ended", "continue", m{"threadId": tid})
	c.call("threads", nil, nil)
	c.call("disconnect", nil, nil)
}

func TestConditionsAndLogPoints(t *testing.T) {
	t.Parallel()
	p := build(t)
	server, _ := qemu(t, p.elf)
	c := start(t, debugadapter.Options{})
	c.call("initialize", nil, nil)
	launched, err := c.c.Send("launch", m{"program": p.elf, "gdb": server})
	if err != nil {
		t.Fatal(err)
	}
	c.call("setBreakpoints", m{"source": m{"path": p.source}, "breakpoints": []m{
		{"line": p.line(t, "body"), "condition": "i == 2 && k == 1"},
		{"line": p.line(t, "end of work"), "logMessage": "k={k} {{r}} {nope}"},
		{"line": p.line(t, "after recursion"), "hitCondition": "== 3"},
	}}, nil)
	c.call("setFunctionBreakpoints", m{"breakpoints": []m{{"name": "apply"}}}, nil)
	c.call("setExceptionBreakpoints", m{"filters": []string{}}, nil)
	c.call("configurationDone", nil, nil)
	if err := launched(c.ctx, nil); err != nil {
		t.Fatal(err)
	}
	tid := c.stopped("breakpoint").ThreadId // the third return from fact
	f := c.at(tid, "fact", p.line(t, "after recursion"))
	if n := c.eval(f.Id, "n").Result; n != "4" {
		t.Errorf("third pass with n = %s, want 4", n)
	}
	c.call("continue", m{"threadId": tid}, nil)
	c.stopped("function breakpoint")
	c.at(tid, "apply", p.line(t, "indirect"))
	c.call("continue", m{"threadId": tid}, nil)
	ev := c.event("output")
	var out dap.OutputEventBody
	if err := json.Unmarshal(ev.Body, &out); err != nil || !strings.HasPrefix(out.Output, "k=0 {r} <") || out.Line != p.line(t, "end of work") {
		t.Errorf("log point: %s", ev.Body)
	}
	c.stopped("function breakpoint")
	c.call("continue", m{"threadId": tid}, nil)
	c.stopped("breakpoint")
	f = c.at(tid, "work", p.line(t, "body"))
	if v := c.eval(f.Id, "i * 10 + k").Result; v != "21" {
		t.Errorf("condition holds at %s, want 21", v)
	}
	c.call("disconnect", m{"terminateDebuggee": true}, nil)
}

func TestStopOnEntryAndPause(t *testing.T) {
	t.Parallel()
	p := build(t)
	server, cmd := qemu(t, p.elf)
	// QEMU's user mode does not look at its debug connection while the program runs: the signal stands for the interrupt.
	interrupt := func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	c := start(t, debugadapter.Options{})
	c.begin("launch", m{"program": p.elf, "gdb": server, "stopOnEntry": true}, "")
	tid := c.stopped("entry").ThreadId
	list, text := c.frames(tid)
	if !strings.HasPrefix(text, "main:") {
		t.Errorf("entry at %s", text)
	}
	c.refusedWith("", "evaluate", m{"expression": "spin = 1", "frameId": list[0].Id, "context": "hover"})
	c.call("evaluate", m{"expression": "spin = 1", "frameId": list[0].Id, "context": "repl"}, nil)
	c.call("pause", m{"threadId": tid}, nil) // it is stopped: nothing to do
	c.call("continue", m{"threadId": tid}, nil)
	c.refusedWith("pause it first", "next", m{"threadId": tid})
	c.refusedWith("pause it first", "stackTrace", m{"threadId": tid})
	var threads dap.ThreadsResponseBody
	c.call("threads", nil, &threads)
	if len(threads.Threads) != 1 || threads.Threads[0].Id != tid {
		t.Errorf("threads while running %+v", threads)
	}
	c.call("pause", m{"threadId": tid}, nil)
	interrupt()
	c.stopped("pause")
	if _, text = c.frames(tid); !strings.Contains(text, "main:") { // wherever it has come to
		t.Errorf("paused at %s", text)
	}
	c.call("continue", m{"threadId": tid}, nil)

	// A breakpoint set while the program runs: it is stopped for that, unseen.
	var set dap.SetBreakpointsResponseBody
	c.call("setBreakpoints", m{"source": m{"path": p.source}, "breakpoints": []m{{"line": p.line(t, "idle")}}}, &set)
	if len(set.Breakpoints) != 1 || !set.Breakpoints[0].Verified {
		t.Errorf("%+v", set)
	}
	interrupt()
	c.stopped("breakpoint")
	c.at(tid, "main", p.line(t, "idle"))

	// A signal stops the program, and reaches it when it goes on.
	c.call("setBreakpoints", m{"source": m{"path": p.source}, "breakpoints": []m{}}, nil)
	c.call("continue", m{"threadId": tid}, nil)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if st := c.stopped("exception"); !strings.Contains(st.Text, "SIGTERM") {
		t.Errorf("%+v", st)
	}
	c.call("continue", m{"threadId": tid}, nil)
	if ev := c.event("exited"); !strings.Contains(string(ev.Body), `"exitCode":143`) {
		t.Errorf("exited %s", ev.Body)
	}
	c.call("disconnect", nil, nil)
}

// TestRecursion: a step over a recursive call ends in its own frame, unless a breakpoint in a deeper one comes first.
func TestRecursion(t *testing.T) {
	t.Parallel()
	p := build(t)
	servers(t, p, func(t *testing.T, server string) {
		c := start(t, debugadapter.Options{})
		c.begin("launch", m{"program": p.elf, "gdb": server}, p.source, p.line(t, "recursive"))
		tid := c.stopped("breakpoint").ThreadId
		step := func(command, reason, name, mark, n string) {
			t.Helper()
			c.call(command, m{"threadId": tid}, nil)
			c.stopped(reason)
			f := c.at(tid, name, p.line(t, mark))
			if n != "" {
				if got := c.eval(f.Id, "n").Result; got != n {
					t.Errorf("%s: n = %s, want %s", mark, got, n)
				}
			}
		}
		c.call("stepIn", m{"threadId": tid}, nil)
		c.stopped("step")
		step("next", "step", "fact", "calls itself", "4")
		step("next", "step", "fact", "after recursion", "4")
		step("stepOut", "step", "work", "recursive", "")
		c.call("setBreakpoints", m{"source": m{"path": p.source}, "breakpoints": []m{{"line": p.line(t, "bottom")}}}, nil)
		step("next", "step", "work", "through pointer", "")
		step("next", "breakpoint", "fact", "bottom", "1")
		if _, text := c.frames(tid); strings.Count(text, "fact:") != 3 {
			t.Errorf("stack %s", text)
		}
		step("stepOut", "step", "fact", "calls itself", "2")
		step("stepOut", "step", "fact", "calls itself", "3")
		step("stepOut", "step", "apply", "indirect", "3")
		c.call("disconnect", nil, nil)
	})
}

// TestLikeGDB steps through the whole program with gdb and with the adapter: the same stops.
func TestLikeGDB(t *testing.T) {
	gdb := testenv.NeedTool(t, "gdb-multiarch", "apt-get install gdb-multiarch")
	for _, tt := range []struct {
		name, gdb, dap string
		flags          []string
	}{
		{"next", "next", "next", nil},
		{"next in A32", "next", "next", []string{"-marm"}},
		{"step", "step", "stepIn", nil},
		{"step in A32", "step", "stepIn", []string{"-marm"}},
		{"next optimised for debugging", "next", "next", []string{"-Og"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := build(t, tt.flags...)
			const most = 150
			server, _ := qemu(t, p.elf)
			args := []string{"-nx", "-batch", "-ex", "set confirm off", "-ex", "file " + p.elf, "-ex", "target remote " + strings.TrimPrefix(server, "unix:"),
				"-ex", "break work", "-ex", "continue", "-ex", "delete"}
			for range most {
				args = append(args, "-ex", tt.gdb, "-ex", "frame")
			}
			out, err := exec.Command(gdb, args...).CombinedOutput()
			if len(out) == 0 {
				t.Fatal(err)
			}
			var want []string
			for _, m := range regexp.MustCompile(`(?m)^#0 +(?:0x[0-9a-f]+ in )?(\w+) \(.*\) at .*:(\d+)$`).FindAllStringSubmatch(string(out), -1) {
				want = append(want, m[1]+":"+m[2])
			}
			if len(want) < 10 {
				t.Fatalf("gdb made %d steps:\n%s", len(want), out)
			}

			check := func(kind, server string) {
				t.Helper()
				got := walk(t, server, p, tt.dap, most)
				for i := range min(len(want), len(got)) {
					if want[i] != got[i] {
						t.Fatalf("%s: step %d: at %s, gdb at %s\nours %v\ngdb  %v", kind, i+1, got[i], want[i], got, want)
					}
				}
				if len(got) < len(want)-2 {
					t.Errorf("%s: %d stops, gdb %d\nours %v\ngdb  %v", kind, len(got), len(want), got, want)
				}
			}
			server, _ = qemu(t, p.elf)
			check("QEMU", server)
			server, _ = qemu(t, p.elf)
			check("our server", front(t, server))
		})
	}
}

// walk steps from the first call of work on and returns where each step stopped.
func walk(t *testing.T, server string, p program, command string, most int) []string {
	t.Helper()
	c := start(t, debugadapter.Options{})
	c.call("initialize", nil, nil)
	launched, err := c.c.Send("launch", m{"program": p.elf, "gdb": server})
	if err != nil {
		t.Fatal(err)
	}
	c.call("setFunctionBreakpoints", m{"breakpoints": []m{{"name": "work"}}}, nil)
	c.call("configurationDone", nil, nil)
	if err := launched(c.ctx, nil); err != nil {
		t.Fatal(err)
	}
	tid := c.stopped("function breakpoint").ThreadId
	c.call("setFunctionBreakpoints", m{"breakpoints": []m{}}, nil)
	var got []string
	for range most {
		c.call(command, m{"threadId": tid}, nil)
		if ev := c.event("stopped", "terminated"); ev.Name == "terminated" {
			break
		}
		_, text := c.frames(tid)
		top, _, _ := strings.Cut(text, " ")
		if !strings.HasSuffix(top, ":0") { // only frames with a source are compared
			got = append(got, top)
		}
	}
	return got
}
