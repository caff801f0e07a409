// Command dap measures the debug adapter beside another one on the same kind of debug server: how long from attach to the
// first stop in main, how long a step takes with all that an editor asks for after it, and how many packets both cost.
//
//	go run ./bench/dap [-runs 5] [-steps 30] [-delay 0ms]
//
// It needs qemu-arm and arm-linux-gnueabihf-gcc. The peer is gdb's own adapter: ARMILLARY_GDB_DAP is a command line that
// speaks the Debug Adapter Protocol on its standard streams, such as "gdb-multiarch -q -nx -i dap" with gdb 14 or newer;
// without it only our own figures are printed. Times on a busy machine differ by a factor of two from run to run: only the
// ratios of one run mean something. Packets are counted, and -delay is added each way, by a relay between the adapter and
// the debug server; the times without -delay are taken without the relay.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-dap"

	"armillary.dev/internal/dapclient"
)

//go:embed testdata/loop.c
var source []byte

func main() {
	runs := flag.Int("runs", 5, "sessions per adapter")
	steps := flag.Int("steps", 30, "steps per session")
	delay := flag.Duration("delay", 0, "delay of the connection to the debug server, each way")
	app := flag.String("app", "testdata/apps/blink", "folder of a built app for F5 on the emulated device; empty: leave that out")
	binary := flag.String("armillary", "", "program to measure (default: built from the working directory's module)")
	flag.Parse()
	if err := bench(*binary, *app, *runs, *steps, *delay); err != nil {
		fmt.Fprintln(os.Stderr, "bench/dap:", err)
		os.Exit(1)
	}
}

// adapter is a debug adapter to measure.
type adapter struct {
	name    string
	command []string
	attach  func(program, server string) map[string]any
}

// sample is what one session measured.
type sample struct {
	initialize, first time.Duration
	next, full        []time.Duration // step to stopped; step to stopped, threads, stack, scopes and locals
	launchPackets     int             // up to the first stop in main
	nextPackets       []int           // per step with everything
}

func bench(own, app string, runs, steps int, delay time.Duration) error {
	dir, err := os.MkdirTemp("", "dapbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	src, program := filepath.Join(dir, "loop.c"), filepath.Join(dir, "loop")
	if err := os.WriteFile(src, source, 0o644); err != nil {
		return err
	}
	gcc := exec.Command("arm-linux-gnueabihf-gcc", "-g", "-O0", "-mthumb", "-static", "-o", program, src)
	if out, err := gcc.CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	if own == "" {
		own = filepath.Join(dir, "armillary")
		if out, err := exec.Command("go", "build", "-o", own, "armillary.dev").CombinedOutput(); err != nil {
			return fmt.Errorf("building armillary: %w\n%s", err, out)
		}
	}
	adapters := []adapter{{"armillary", []string{own, "dap"}, func(p, s string) map[string]any { return map[string]any{"program": p, "gdb": s} }}}
	if peer := os.Getenv("ARMILLARY_GDB_DAP"); peer != "" {
		adapters = append(adapters, adapter{"gdb", strings.Fields(peer), func(p, s string) map[string]any { return map[string]any{"program": p, "target": s} }})
	} else {
		fmt.Println("ARMILLARY_GDB_DAP is not set: nothing to compare with")
	}
	b := &setup{program: program, source: src, line: lineOf("int sum = 0"), steps: steps}
	results := make([][]sample, len(adapters))
	for range runs {
		for i, a := range adapters { // in turn, so that a busy moment hits both
			s, err := b.session(a, delay, delay > 0)
			if err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
			results[i] = append(results[i], s)
		}
	}
	counts := make([]sample, len(adapters))
	for i, a := range adapters {
		if counts[i], err = b.session(a, 0, true); err != nil {
			return fmt.Errorf("%s, counting: %w", a.name, err)
		}
	}
	report(adapters, results, counts)
	if app == "" {
		return nil
	}
	var f5 []float64
	for range runs {
		d, err := pressF5(own, app)
		if err != nil {
			return fmt.Errorf("F5 on %s: %w", app, err)
		}
		f5 = append(f5, float64(d.Microseconds())/1000)
	}
	fmt.Printf("%-42s%14s\n", "F5: spawn, check, pack, boot, deploy, main", fmt.Sprintf("%.2f ms", quantile(f5, 0.5)))
	return nil
}

// pressF5 measures from the start of the adapter to the stop at the start of main on a new emulated device.
func pressF5(own, app string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	app, err := filepath.Abs(app)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	c, stop, err := spawn(ctx, []string{own, "dap"})
	if err != nil {
		return 0, err
	}
	defer stop()
	if err := c.Call(ctx, "initialize", map[string]any{"adapterID": "bench", "pathFormat": "path"}, nil); err != nil {
		return 0, err
	}
	launched, err := c.Send("launch", map[string]any{"app": app, "sysroot": "builtin", "stopOnEntry": true})
	if err != nil {
		return 0, err
	}
	if err := c.Call(ctx, "configurationDone", nil, nil); err != nil {
		return 0, err
	}
	if err := launched(ctx, nil); err != nil {
		return 0, err
	}
	if _, err := stopped(ctx, c); err != nil {
		return 0, err
	}
	return time.Since(begin), nil
}

// spawn starts an adapter on its standard streams.
func spawn(ctx context.Context, command []string) (c *dapclient.Client, stop func(), err error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	c = dapclient.New(&pipes{out, in})
	return c, func() {
		c.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}, nil
}

func lineOf(text string) int {
	for i, l := range strings.Split(string(source), "\n") {
		if strings.Contains(l, text) {
			return i + 1
		}
	}
	panic("no such line: " + text)
}

type setup struct {
	program, source string
	line, steps     int
}

// session runs one adapter against a fresh debug server.
func (b *setup) session(a adapter, delay time.Duration, relayed bool) (s sample, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	addr, stop, err := startQEMU(b.program)
	if err != nil {
		return s, err
	}
	defer stop()
	var r *relay
	if relayed {
		if r, err = newRelay(addr, delay); err != nil {
			return s, err
		}
		defer r.close()
		addr = r.addr()
	}
	begin := time.Now()
	c, stopAdapter, err := spawn(ctx, a.command)
	if err != nil {
		return s, err
	}
	defer stopAdapter()
	if err := c.Call(ctx, "initialize", map[string]any{"adapterID": "bench", "linesStartAt1": true, "columnsStartAt1": true, "pathFormat": "path"}, nil); err != nil {
		return s, err
	}
	s.initialize = time.Since(begin)

	begin = time.Now()
	attached, err := c.Send("attach", a.attach(b.program, addr))
	if err != nil {
		return s, err
	}
	if _, err := c.Next(ctx, "initialized"); err != nil {
		return s, err
	}
	if err := c.Call(ctx, "setBreakpoints", map[string]any{"source": map[string]any{"path": b.source}, "breakpoints": []any{map[string]any{"line": b.line}}}, nil); err != nil {
		return s, err
	}
	if err := c.Call(ctx, "configurationDone", nil, nil); err != nil {
		return s, err
	}
	if err := attached(ctx, nil); err != nil {
		return s, err
	}
	st, err := stopped(ctx, c)
	if err != nil {
		return s, err
	}
	if st.Reason != "breakpoint" { // gdb stops on attaching
		if err := c.Call(ctx, "continue", map[string]any{"threadId": st.ThreadId}, nil); err != nil {
			return s, err
		}
		if st, err = stopped(ctx, c); err != nil {
			return s, err
		}
	}
	s.first = time.Since(begin)
	s.launchPackets = r.count()
	if err := refresh(ctx, c, st.ThreadId); err != nil {
		return s, err
	}
	for range b.steps {
		before := r.count()
		begin = time.Now()
		if err := c.Call(ctx, "next", map[string]any{"threadId": st.ThreadId}, nil); err != nil {
			return s, err
		}
		if _, err := stopped(ctx, c); err != nil {
			return s, err
		}
		s.next = append(s.next, time.Since(begin))
		if err := refresh(ctx, c, st.ThreadId); err != nil {
			return s, err
		}
		s.full = append(s.full, time.Since(begin))
		s.nextPackets = append(s.nextPackets, r.count()-before)
	}
	_ = c.Call(ctx, "disconnect", map[string]any{"terminateDebuggee": true}, nil)
	return s, nil
}

func stopped(ctx context.Context, c *dapclient.Client) (b dap.StoppedEventBody, err error) {
	ev, err := c.Next(ctx, "stopped", "terminated")
	if err != nil {
		return b, err
	}
	if ev.Name == "terminated" {
		return b, errors.New("the program ended")
	}
	return b, json.Unmarshal(ev.Body, &b)
}

// refresh asks what VS Code asks after a stop: threads, the stack, its scopes and the locals.
func refresh(ctx context.Context, c *dapclient.Client, tid int) error {
	if err := c.Call(ctx, "threads", nil, nil); err != nil {
		return err
	}
	var st dap.StackTraceResponseBody
	if err := c.Call(ctx, "stackTrace", map[string]any{"threadId": tid, "startFrame": 0, "levels": 20}, &st); err != nil {
		return err
	}
	if len(st.StackFrames) == 0 {
		return errors.New("no stack")
	}
	var sc dap.ScopesResponseBody
	if err := c.Call(ctx, "scopes", map[string]any{"frameId": st.StackFrames[0].Id}, &sc); err != nil {
		return err
	}
	for _, scope := range sc.Scopes {
		if scope.Name != "Locals" {
			continue
		}
		var v dap.VariablesResponseBody
		if err := c.Call(ctx, "variables", map[string]any{"variablesReference": scope.VariablesReference}, &v); err != nil {
			return err
		}
		if len(v.Variables) == 0 {
			return errors.New("no locals")
		}
	}
	return nil
}

// pipes joins a process's streams.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// startQEMU starts the program under a debug server of its own and waits until it listens.
func startQEMU(program string) (addr string, stop func(), err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = ln.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	ln.Close()
	cmd := exec.Command("qemu-arm", "-g", port, program)
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if listening(port) {
			return addr, stop, nil
		}
	}
	stop()
	return "", nil, errors.New("qemu-arm does not listen")
}

// listening looks the port up in the kernel's list: connecting would use up the server's only client.
func listening(port string) bool {
	var n int
	fmt.Sscan(port, &n)
	text, err := os.ReadFile("/proc/net/tcp")
	return err == nil && strings.Contains(string(text), fmt.Sprintf(":%04X 00000000:0000 0A ", n))
}

func report(adapters []adapter, results [][]sample, counts []sample) {
	type row struct {
		name string
		of   func(s []sample, count sample) float64
		unit string
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	all := func(s []sample, f func(sample) []time.Duration) (out []float64) {
		for _, x := range s {
			for _, d := range f(x) {
				out = append(out, ms(d))
			}
		}
		return out
	}
	one := func(f func(sample) time.Duration) func([]sample, sample) float64 {
		return func(s []sample, _ sample) float64 {
			return quantile(all(s, func(x sample) []time.Duration { return []time.Duration{f(x)} }), 0.5)
		}
	}
	many := func(q float64, f func(sample) []time.Duration) func([]sample, sample) float64 {
		return func(s []sample, _ sample) float64 { return quantile(all(s, f), q) }
	}
	next, full := func(s sample) []time.Duration { return s.next }, func(s sample) []time.Duration { return s.full }
	packets := func(q float64) func([]sample, sample) float64 {
		return func(_ []sample, c sample) float64 {
			var v []float64
			for _, n := range c.nextPackets {
				v = append(v, float64(n))
			}
			return quantile(v, q)
		}
	}
	rows := []row{
		{"spawn → initialized", one(func(s sample) time.Duration { return s.initialize }), "ms"},
		{"attach → first stop in main", one(func(s sample) time.Duration { return s.first }), "ms"},
		{"next → stopped, median", many(0.5, next), "ms"},
		{"next → stopped, p95", many(0.95, next), "ms"},
		{"next + threads + stack + locals, median", many(0.5, full), "ms"},
		{"next + threads + stack + locals, p95", many(0.95, full), "ms"},
		{"packets to the first stop", func(_ []sample, c sample) float64 { return float64(c.launchPackets) }, ""},
		{"packets of such a step, median", packets(0.5), ""},
		{"packets of such a step, most", packets(1), ""},
	}
	fmt.Printf("%-42s", "")
	for _, a := range adapters {
		fmt.Printf("%14s", a.name)
	}
	if len(adapters) > 1 {
		fmt.Printf("%14s", "ratio")
	}
	fmt.Println()
	for _, r := range rows {
		fmt.Printf("%-42s", r.name)
		var v []float64
		for i := range adapters {
			x := r.of(results[i], counts[i])
			v = append(v, x)
			fmt.Printf("%14s", strings.TrimSpace(fmt.Sprintf("%.2f %s", x, r.unit)))
		}
		if len(v) > 1 && v[0] > 0 {
			fmt.Printf("%13.1f×", v[1]/v[0])
		}
		fmt.Println()
	}
}

func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[min(int(q*float64(len(v))), len(v)-1)]
}
