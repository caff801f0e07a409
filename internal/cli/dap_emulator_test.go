package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter"
	"armillary.dev/device"
	"armillary.dev/internal/dapclient"
	"armillary.dev/internal/testenv"
)

// editor is an editor's view of the adapter, with the emulated device behind it.
type editor struct {
	t   *testing.T
	c   *dapclient.Client
	ctx context.Context
	dev device.Device // of the launched session
}

// startEditor starts a session whose emulated devices have virtual time and the given C library.
func startEditor(t *testing.T, sysroot string) *editor {
	t.Helper()
	for _, v := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} { // the development key is made there
		t.Setenv(v, t.TempDir())
	}
	e := &editor{t: t}
	open := func(ctx context.Context, spec string, c debugadapter.Config) (device.Device, error) {
		seed := uint64(1)
		d, err := openDevice(ctx, spec, deviceOptions{sysroot: sysroot, seed: &seed})
		e.dev = d
		return d, err
	}
	a, b := net.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- debugadapter.Serve(context.Background(), b, debugadapter.Options{Open: open, Key: signerForTarget})
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	e.c, e.ctx = dapclient.New(a), ctx
	t.Cleanup(func() {
		e.c.Close()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Error("the session does not end")
		}
		cancel()
	})
	return e
}

func (e *editor) call(command string, args, body any) {
	e.t.Helper()
	if err := e.c.Call(e.ctx, command, args, body); err != nil {
		e.t.Fatalf("%s: %v", command, err)
	}
}

func (e *editor) stopped(reason string) int {
	e.t.Helper()
	ev, err := e.c.Next(e.ctx, "stopped", "terminated")
	if err != nil {
		e.t.Fatal(err)
	}
	var b dap.StoppedEventBody
	if err := json.Unmarshal(ev.Body, &b); err != nil && ev.Name == "stopped" {
		e.t.Fatal(err)
	}
	if ev.Name != "stopped" || b.Reason != reason {
		e.t.Fatalf("%s %s, want stopped for %s", ev.Name, ev.Body, reason)
	}
	return b.ThreadId
}

func (e *editor) stack(tid int) ([]dap.StackFrame, string) {
	e.t.Helper()
	var b dap.StackTraceResponseBody
	e.call("stackTrace", map[string]any{"threadId": tid}, &b)
	var names []string
	for _, f := range b.StackFrames {
		names = append(names, fmt.Sprintf("%s:%d", f.Name, f.Line))
	}
	return b.StackFrames, strings.Join(names, " < ")
}

// output collects what the app and the adapter print until an output that contains text.
func (e *editor) output(text string) dap.OutputEventBody {
	e.t.Helper()
	for seen := ""; ; {
		ev, err := e.c.Next(e.ctx, "output", "terminated")
		if err != nil || ev.Name == "terminated" {
			e.t.Fatalf("no output with %q (%v), but:\n%s", text, err, seen)
		}
		var b dap.OutputEventBody
		if err := json.Unmarshal(ev.Body, &b); err != nil {
			e.t.Fatal(err)
		}
		seen += b.Output
		if strings.Contains(b.Output, text) {
			return b
		}
	}
}

// bothLibcs runs a test with the built-in C library and with musl.
func bothLibcs(t *testing.T, f func(t *testing.T, sysroot string)) {
	t.Run("built-in libc", func(t *testing.T) { f(t, builtinLibc) })
	t.Run("musl", func(t *testing.T) { f(t, testenv.Sysroot(t)) })
}

// TestDebugBlink is F5 on the sample app: from its folder to the exit, on the emulated device.
func TestDebugBlink(t *testing.T) { bothLibcs(t, debugBlink) }

func debugBlink(t *testing.T, sysroot string) {
	app, err := filepath.Abs("../../testdata/apps/blink")
	if err != nil {
		t.Fatal(err)
	}
	e := startEditor(t, sysroot)
	e.call("initialize", map[string]any{"linesStartAt1": true}, nil)
	launched, err := e.c.Send("launch", map[string]any{"app": app, "args": []string{"2"}})
	if err != nil {
		t.Fatal(err)
	}
	functions := func(names ...string) {
		t.Helper()
		list := []any{}
		for _, n := range names {
			list = append(list, map[string]any{"name": n})
		}
		e.call("setFunctionBreakpoints", map[string]any{"breakpoints": list}, nil)
	}
	functions("OnBlink")
	e.call("configurationDone", nil, nil)
	if err := launched(e.ctx, nil); err != nil {
		t.Fatal(err)
	}
	tid := e.stopped("function breakpoint")
	frames, text := e.stack(tid)
	// The library's own frames are whole: the way from the callback to main goes through synthesised code.
	if !regexp.MustCompile(`^OnBlink:\d+ < OnExpired:\d+ < EventLoop_Run:0 < main:\d+`).MatchString(text) {
		t.Errorf("stack %s", text)
	}
	if s := frames[0].Source; s == nil || s.Path != filepath.Join(app, "main.c") {
		t.Errorf("source %+v", s)
	}
	step := func(command, at string) dap.StackFrame {
		t.Helper()
		e.call(command, map[string]any{"threadId": tid}, nil)
		e.stopped("step")
		frames, text := e.stack(tid)
		if !strings.HasPrefix(text, at+":") {
			t.Errorf("%s leads to %s, want %s", command, text, at)
		}
		return frames[0]
	}
	step("next", "OnBlink")
	f := step("next", "OnBlink")
	var v dap.EvaluateResponseBody
	e.call("evaluate", map[string]any{"expression": "*b", "frameId": f.Id, "context": "watch"}, &v)
	if !strings.Contains(v.Result, `name = "blink"`) || !strings.Contains(v.Result, "gpio = 8") || v.VariablesReference == 0 {
		t.Errorf("*b = %+v", v)
	}
	e.call("evaluate", map[string]any{"expression": "b->periodMs[1] / 2", "frameId": f.Id, "context": "hover"}, &v)
	if v.Result != "125" {
		t.Errorf("b->periodMs[1] / 2 = %s", v.Result)
	}
	functions()
	step("stepOut", "OnExpired")
	step("stepOut", "main") // past the event loop, which has no source

	// Button B has the app ask for a pin that the manifest does not list. The refusal points at the list.
	functions("TryUnlistedPin")
	if err := e.dev.Control().SetInput(13, 0); err != nil {
		t.Fatal(err)
	}
	e.call("continue", map[string]any{"threadId": tid}, nil)
	e.stopped("function breakpoint")
	functions()
	e.call("continue", map[string]any{"threadId": tid}, nil)
	out := e.output("GPIO_OpenAsOutput was refused")
	text8, err := os.ReadFile(filepath.Join(app, "app_manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(string(text8), "\n"); out.Line < 1 || out.Line > len(lines) || !strings.Contains(lines[out.Line-1], `"Gpio"`) {
		t.Errorf("the refusal points at line %d: %+v", out.Line, out)
	}
	ev, err := e.c.Next(e.ctx, "exited", "terminated")
	if err != nil || !strings.Contains(string(ev.Body), `"exitCode":0`) {
		t.Errorf("%s %s %v", ev.Name, ev.Body, err)
	}
	if _, err := e.c.Next(e.ctx, "terminated"); err != nil {
		t.Error(err)
	}
	e.call("disconnect", nil, nil)
}

// TestPauseBlink stops an app that waits for its timers, wherever it is, and sets a breakpoint while it runs.
func TestPauseBlink(t *testing.T) { bothLibcs(t, pauseBlink) }

func pauseBlink(t *testing.T, sysroot string) {
	app, err := filepath.Abs("../../testdata/apps/blink")
	if err != nil {
		t.Fatal(err)
	}
	e := startEditor(t, sysroot)
	e.call("initialize", nil, nil)
	launched, err := e.c.Send("launch", map[string]any{"app": app, "stopOnEntry": true})
	if err != nil {
		t.Fatal(err)
	}
	e.call("configurationDone", nil, nil)
	if err := launched(e.ctx, nil); err != nil {
		t.Fatal(err)
	}
	tid := e.stopped("entry")
	if _, text := e.stack(tid); !strings.HasPrefix(text, "main:") {
		t.Errorf("entry at %s", text)
	}
	for range 3 {
		e.call("continue", map[string]any{"threadId": tid}, nil)
		e.output("blink ")
		e.call("pause", map[string]any{"threadId": tid}, nil)
		e.stopped("pause")
		if _, text := e.stack(tid); !strings.Contains(text, "main:") {
			t.Errorf("paused at %s, which does not lead to main", text)
		}
	}
	e.call("continue", map[string]any{"threadId": tid}, nil)
	e.call("setFunctionBreakpoints", map[string]any{"breakpoints": []any{map[string]any{"name": "Blinker_Toggle"}}}, nil)
	e.stopped("function breakpoint")
	e.call("terminate", nil, nil)
	if _, err := e.c.Next(e.ctx, "terminated"); err != nil {
		t.Error(err)
	}
	e.call("disconnect", nil, nil)
}

const threadsSource = `#include <pthread.h>
#include <sched.h>
#include <stdint.h>
volatile int rounds[3];

static int turn(int who)
{
    sched_yield(), rounds[who]++;
    return rounds[who];
}

static void *work(void *arg)
{
    int who = (int)(intptr_t)arg;
    int last = 0;
    for (int i = 0; i < 40000; i++) {
        last = turn(who);
        last += who;
    }
    return (void *)(intptr_t)last;
}

int main(void)
{
    pthread_t a, b;
    pthread_create(&a, 0, work, (void *)1);
    pthread_create(&b, 0, work, (void *)2);
    pthread_join(a, 0);
    pthread_join(b, 0);
    return rounds[1] + rounds[2] == 80000 ? 0 : 1;
}
`

// TestDebugThreads steps one thread while another runs through the same code.
func TestDebugThreads(t *testing.T) {
	program := testenv.BuildARM(t, testenv.Program{Sources: map[string]string{"threads.c": threadsSource}, Link: testenv.MuslDynamic})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app_manifest.json"), []byte(`{"SchemaVersion":1,"Name":"threads","ComponentId":"7a6b5c4d-94d0-4c1b-9a57-3e80d1c64f22",
"EntryPoint":"/bin/app","CmdArgs":[],"Capabilities":{},"TargetApplicationRuntimeVersion":13,"ApplicationType":"Default"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(filepath.Dir(program), "threads.c")
	e := startEditor(t, testenv.Sysroot(t))
	e.call("initialize", nil, nil)
	launched, err := e.c.Send("launch", map[string]any{"app": dir, "program": program})
	if err != nil {
		t.Fatal(err)
	}
	breakpoint := func(line int) {
		t.Helper()
		list := []any{}
		if line > 0 {
			list = append(list, map[string]any{"line": line})
		}
		e.call("setBreakpoints", map[string]any{"source": map[string]any{"path": source}, "breakpoints": list}, nil)
	}
	const loop, call, after, inTurn = 16, 17, 18, 9
	breakpoint(call)
	e.call("configurationDone", nil, nil)
	if err := launched(e.ctx, nil); err != nil {
		t.Fatal(err)
	}
	tid := e.stopped("breakpoint")
	breakpoint(0)
	who := func(frame int) string {
		t.Helper()
		var v dap.EvaluateResponseBody
		e.call("evaluate", map[string]any{"expression": "who", "frameId": frame}, &v)
		return v.Result
	}
	frames, _ := e.stack(tid)
	mine := who(frames[0].Id)
	lines := []int{after, loop, call}
	for i := range 60 {
		e.call("next", map[string]any{"threadId": tid}, nil)
		if got := e.stopped("step"); got != tid {
			t.Fatalf("a step of thread %d ended in %d", tid, got)
		}
		frames, text := e.stack(tid)
		if frames[0].Name != "work" || frames[0].Line != lines[i%3] || who(frames[0].Id) != mine {
			t.Fatalf("step %d: %s of %s, want work:%d of %s", i, text, who(frames[0].Id), lines[i%3], mine)
		}
	}
	breakpoint(inTurn)
	seen := map[int]int{}
	for range 60 {
		e.call("continue", map[string]any{"threadId": tid}, nil)
		seen[e.stopped("breakpoint")]++
	}
	if len(seen) < 2 {
		t.Errorf("stops by thread: %v, want two threads", seen)
	}
	var threads dap.ThreadsResponseBody
	e.call("threads", nil, &threads)
	if len(threads.Threads) < 2 {
		t.Errorf("threads %+v", threads)
	}
	for _, th := range threads.Threads {
		if _, text := e.stack(th.Id); text == "" {
			t.Errorf("thread %d has no stack", th.Id)
		}
	}
	breakpoint(0)
	e.call("continue", map[string]any{"threadId": tid}, nil)
	ev, err := e.c.Next(e.ctx, "exited", "terminated")
	if err != nil || !strings.Contains(string(ev.Body), `"exitCode":0`) {
		t.Errorf("%s %s %v", ev.Name, ev.Body, err)
	}
}
