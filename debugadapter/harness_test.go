package debugadapter_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter"
	"armillary.dev/internal/dapclient"
	"armillary.dev/internal/stubqemu"
	"armillary.dev/internal/testenv"
)

// program is a built test program and where its marks are.
type program struct {
	elf, source string
	lines       map[string]int // by the comment at the end of the line
}

// build compiles testdata/steps.c, freestanding and static.
func build(t testing.TB, flags ...string) program {
	t.Helper()
	return buildFile(t, "steps.c", testenv.Freestanding, append([]string{"-DFREESTANDING", "-fno-pic", "-no-pie"}, flags...)...)
}

func buildFile(t testing.TB, name string, link testenv.Link, flags ...string) program {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	elf := testenv.BuildARM(t, testenv.Program{Sources: map[string]string{name: string(text)}, Link: link, Flags: flags})
	p := program{elf: elf, source: filepath.Join(filepath.Dir(elf), name), lines: map[string]int{}}
	for i, l := range strings.Split(string(text), "\n") {
		if _, mark, ok := strings.Cut(l, "// "); ok {
			p.lines[mark] = i + 1
		}
	}
	return p
}

func (p program) line(t testing.TB, mark string) int {
	t.Helper()
	n := p.lines[mark]
	if n == 0 {
		t.Fatalf("no mark %q in the program", mark)
	}
	return n
}

// qemu starts the program under qemu-arm -g and returns the address of its debug server and its process.
func qemu(t testing.TB, elf string) (string, *exec.Cmd) {
	t.Helper()
	tool := testenv.NeedTool(t, "qemu-arm", "apt-get install qemu-user")
	sock := filepath.Join(t.TempDir(), "gdb")
	cmd := exec.Command(tool, "-cpu", "cortex-a7", "-g", sock, elf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-exited
	})
	for deadline := time.Now().Add(20 * time.Second); ; {
		// The file appears before anybody listens; the kernel's list says when (flag __SO_ACCEPTCON).
		if text, err := os.ReadFile("/proc/net/unix"); err == nil && regexp.MustCompile(`: \S+ \S+ 00010000 \S+ \S+ \S+ `+regexp.QuoteMeta(sock)+`\n`).Match(text) {
			return "unix:" + sock, cmd
		}
		if time.Now().After(deadline) {
			t.Fatal("qemu-arm does not listen")
		}
		time.Sleep(time.Millisecond) // another process makes the file: there is nothing to wait on
	}
}

// front puts our own debug server, with all that it offers, in front of QEMU's.
func front(t testing.TB, server string) string {
	t.Helper()
	conn, err := net.Dial("unix", strings.TrimPrefix(server, "unix:"))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(done)
		_ = stubqemu.Serve(ctx, ln, conn)
	}()
	t.Cleanup(func() {
		cancel()
		ln.Close()
		conn.Close()
		<-done
	})
	return ln.Addr().String()
}

// client drives an adapter as an editor would; every method fails the test when the answer is not the expected one.
type client struct {
	t    testing.TB
	c    *dapclient.Client
	conn net.Conn
	ctx  context.Context
	done chan error // of Serve
}

var logMu sync.Mutex

func start(t testing.TB, opts debugadapter.Options) *client {
	t.Helper()
	a, b := net.Pipe()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	c := &client{t: t, conn: a, ctx: ctx, done: make(chan error, 1)}
	if opts.Logf == nil && testing.Verbose() {
		opts.Logf = func(f string, args ...any) {
			logMu.Lock()
			defer logMu.Unlock()
			fmt.Fprintf(os.Stderr, "adapter: "+f+"\n", args...)
		}
	}
	go func() { c.done <- debugadapter.Serve(context.Background(), b, opts) }()
	c.c = dapclient.New(a)
	t.Cleanup(func() {
		c.c.Close()
		select {
		case <-c.done:
		case <-time.After(20 * time.Second):
			t.Error("the session does not end after its client has gone")
		}
		cancel()
	})
	return c
}

func (c *client) call(command string, args, body any) {
	c.t.Helper()
	if err := c.c.Call(c.ctx, command, args, body); err != nil {
		c.t.Fatalf("%s: %v", command, err)
	}
}

// refusedWith expects an error response that contains text.
func (c *client) refusedWith(text, command string, args any) {
	c.t.Helper()
	err := c.c.Call(c.ctx, command, args, nil)
	if err == nil || !strings.Contains(err.Error(), text) {
		c.t.Errorf("%s: %v, want an error with %q", command, err, text)
	}
}

func (c *client) event(names ...string) dapclient.Event {
	c.t.Helper()
	ev, err := c.c.Next(c.ctx, names...)
	if err != nil {
		c.t.Fatalf("waiting for %v: %v", names, err)
	}
	return ev
}

func (c *client) stopped(reason string) dap.StoppedEventBody {
	c.t.Helper()
	ev := c.event("stopped", "terminated")
	var b dap.StoppedEventBody
	if ev.Name != "stopped" {
		c.t.Fatalf("terminated instead of stopped (%s)", reason)
	}
	if err := json.Unmarshal(ev.Body, &b); err != nil {
		c.t.Fatal(err)
	}
	if b.Reason != reason {
		c.t.Fatalf("stopped for %q (%s), want %q", b.Reason, b.Text, reason)
	}
	return b
}

type m = map[string]any

// begin goes the way of VS Code to the first stop or run: initialize, launch, breakpoints, configurationDone.
func (c *client) begin(request string, config m, source string, lines ...int) []dap.Breakpoint {
	c.t.Helper()
	c.call("initialize", m{"adapterID": "armillary", "linesStartAt1": true, "pathFormat": "path"}, nil)
	c.event("initialized")
	launched, err := c.c.Send(request, config)
	if err != nil {
		c.t.Fatal(err)
	}
	var bps dap.SetBreakpointsResponseBody
	if len(lines) > 0 {
		var list []m
		for _, l := range lines {
			list = append(list, m{"line": l})
		}
		c.call("setBreakpoints", m{"source": m{"path": source}, "breakpoints": list}, &bps)
	}
	c.call("configurationDone", nil, nil)
	if err := launched(c.ctx, nil); err != nil {
		c.t.Fatalf("%s: %v", request, err)
	}
	return bps.Breakpoints
}

// frames returns the call stack as name:line.
func (c *client) frames(tid int) (list []dap.StackFrame, text string) {
	c.t.Helper()
	var b dap.StackTraceResponseBody
	c.call("stackTrace", m{"threadId": tid}, &b)
	var out []string
	for _, f := range b.StackFrames {
		out = append(out, fmt.Sprintf("%s:%d", f.Name, f.Line))
	}
	return b.StackFrames, strings.Join(out, " < ")
}

// at expects the innermost frame.
func (c *client) at(tid int, name string, line int) dap.StackFrame {
	c.t.Helper()
	list, text := c.frames(tid)
	if len(list) == 0 || list[0].Name != name || list[0].Line != line {
		c.t.Fatalf("at %s, want %s:%d", text, name, line)
	}
	return list[0]
}

func (c *client) vars(ref int) map[string]dap.Variable {
	c.t.Helper()
	var b dap.VariablesResponseBody
	c.call("variables", m{"variablesReference": ref}, &b)
	out := map[string]dap.Variable{}
	for _, v := range b.Variables {
		out[v.Name] = v
	}
	return out
}

func (c *client) scope(frame int, name string) map[string]dap.Variable {
	c.t.Helper()
	var b dap.ScopesResponseBody
	c.call("scopes", m{"frameId": frame}, &b)
	for _, s := range b.Scopes {
		if s.Name == name {
			return c.vars(s.VariablesReference)
		}
	}
	c.t.Fatalf("no scope %s in %+v", name, b.Scopes)
	return nil
}

func (c *client) eval(frame int, expr string) dap.EvaluateResponseBody {
	c.t.Helper()
	var b dap.EvaluateResponseBody
	c.call("evaluate", m{"expression": expr, "frameId": frame, "context": "watch"}, &b)
	return b
}

// raw sends bytes and reads one message back.
type raw struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	done chan error
}

func startRaw(t *testing.T) *raw {
	a, b := net.Pipe()
	c := &raw{t, a, bufio.NewReader(a), make(chan error, 1)}
	go func() { c.done <- debugadapter.Serve(context.Background(), b, debugadapter.Options{}) }()
	t.Cleanup(func() {
		a.Close()
		select {
		case <-c.done:
		case <-time.After(20 * time.Second):
			t.Error("the session does not end after its client has gone")
		}
	})
	return c
}

func (c *raw) send(text string) {
	go c.conn.Write([]byte(text)) // a pipe has no buffer, and the adapter may answer before it has read all
}

func (c *raw) message(body string) {
	c.send(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (c *raw) read() map[string]any {
	c.t.Helper()
	data, err := dap.ReadBaseMessage(c.r)
	if err != nil {
		c.t.Fatalf("reading: %v", err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(data, &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

func newDAPClient(conn net.Conn) *dapclient.Client { return dapclient.New(conn) }

// exited reports whether a process has ended: nothing is left of it, or a zombie.
func exited(cmd *exec.Cmd) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
	return err != nil || strings.Contains(string(text), ") Z ")
}
