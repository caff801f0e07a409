package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/spf13/cobra"

	"armillary.dev/device"
	"armillary.dev/device/rest"
	"armillary.dev/emulator"
)

func init() { commands["emulate"] = newEmulate }

// emulateOptions are the flags of `emulate`.
type emulateOptions struct {
	name    string
	rest    string
	output  string
	gdb     string
	gdbSet  bool
	seed    uint64
	seeded  bool
	state   string
	sysroot string
	locked  bool
	json    bool
}

func newEmulate(s streams) *cobra.Command {
	var o emulateOptions
	cmd := &cobra.Command{
		Use:   "emulate [APP|PACKAGE|ELF]",
		Short: "An emulated device in the foreground",
		Long: "Switches an emulated device on and keeps it on until it is interrupted. Its REST service, output and debug\n" +
			"ports listen on this computer; the addresses are printed, and a debug configuration finds the device by its name as\n" +
			"\"target\": \"emulator:NAME\". What is installed on it outlives the command in its state folder.\n\n" +
			"With an app, that app is installed and started. With --gdb as well it waits at its first instruction for a\n" +
			"debugger: gdb-multiarch -ex 'target remote ADDR'. An address without a host listens on this computer only.",
		Example: "  armillary emulate\n" +
			"  armillary emulate blink --gdb :2345\n" +
			"  armillary emulate --name bench --rest :8443 --seed 1",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded, o.gdbSet = cmd.Flags().Changed("seed"), cmd.Flags().Changed("gdb")
			return emulate(cmd.Context(), s, args, o)
		},
	}
	cmd.AddCommand(newEmulateSupport(s))
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "emulator", "name by which other commands find the device")
	f.StringVar(&o.rest, "rest", ":0", "address of the REST service, port 443 of the device")
	f.StringVar(&o.output, "output", ":0", "address of the debugged app's output, port 2342 of the device")
	f.StringVar(&o.gdb, "gdb", ":0", "address of the debug server, port 2345 of the device")
	f.Uint64Var(&o.seed, "seed", 0, "repeatable run: virtual time, randomness from this number")
	f.StringVar(&o.state, "state", "", "folder of what outlives power (default: one of the device's name)")
	f.StringVar(&o.sysroot, "sysroot", "", "folder with musl, or builtin (default: what 'armillary sysroot' says)")
	f.BoolVar(&o.locked, "locked", false, "trust neither your key nor the vendor's test key")
	f.BoolVar(&o.json, "json", false, "print addresses and events as JSON, one object a line")
	return cmd
}

func newEmulateSupport(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "support",
		Short: "What the emulated device answers: system calls, applibs and C library functions",
		Long: "Prints the tables that answer an app: each function with its header, how far it is supported, and what to know.\n" +
			"What is not in a table is refused by name: a system call with ENOSYS, a library function when the app is loaded.",
		Example: "  armillary emulate support | grep GPIO",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := emulator.WriteSupport(s.out); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			return nil
		},
	}
}

func emulate(ctx context.Context, s streams, args []string, o emulateOptions) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := deviceDir(o.name)
	if err != nil {
		return err
	}
	if o.state == "" {
		o.state = dir
	}
	if err := os.MkdirAll(o.state, 0o700); err != nil {
		return fail(ExitFailed, "%w", err)
	}
	unlock, err := tryLock(filepath.Join(o.state, "lock"))
	if err != nil {
		return fail(ExitFailed, "the state in %s is in use by another device: %w; give this one another --name or --state", o.state, err)
	}
	defer unlock()

	var app *loaded
	if len(args) > 0 {
		key, err := signingKey("")
		if err != nil {
			return fail(ExitFailed, "%w", err)
		}
		if app, err = load(args[0], loadOptions{key: key}); err != nil {
			return err
		}
	}
	out := &lockedWriter{w: s.out}
	opts := deviceOptions{sysroot: o.sysroot, locked: o.locked, state: o.state, output: lineWriter{out}.output,
		notices: func(text string) { fmt.Fprintln(s.err, "device:", plain(text)) }}
	if o.json {
		opts.output = func(component string, p []byte) {
			json.NewEncoder(out).Encode(map[string]any{"event": "output", "component": component, "text": string(p)})
		}
	}
	if o.seeded {
		opts.seed = &o.seed
	}
	if app != nil {
		opts.hold = app.component // the copy in the state is replaced, and not started before
	}
	e, err := newEmulator(opts)
	if err != nil {
		return err
	}
	defer e.Close()

	d := discovery{Name: o.name, PID: os.Getpid(), Ports: map[int]string{}, Roots: string(e.CA())}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for _, p := range []struct {
		port int
		addr string
	}{{device.PortREST, o.rest}, {device.PortOutput, o.output}, {device.PortGDB, o.gdb}} {
		l, err := listenLocal(ctx, p.addr)
		if err != nil {
			return err
		}
		d.Ports[p.port] = l.Addr().String()
		wg.Go(func() { forward(ctx, l, e, p.port) })
	}
	remove, err := announce(d)
	if err != nil {
		return err
	}
	defer remove()
	if o.json {
		json.NewEncoder(out).Encode(map[string]any{"event": "ready", "name": d.Name, "rest": d.Ports[device.PortREST],
			"output": d.Ports[device.PortOutput], "gdb": d.Ports[device.PortGDB]})
	} else {
		fmt.Fprintf(s.err, "device %s is on, with %s; interrupt to switch it off\n", d.Name, libcName(o.sysroot))
		fmt.Fprintf(s.err, "  REST    https://%s\n  output  %s\n  gdb     %s\n", d.Ports[device.PortREST], d.Ports[device.PortOutput], d.Ports[device.PortGDB])
	}

	events := e.Control().Events(ctx)
	if app != nil {
		if err := startOn(ctx, opts.output, e, app, o.gdbSet); err != nil {
			return err
		}
		switch gdb := d.Ports[device.PortGDB]; {
		case o.gdbSet && o.json:
			json.NewEncoder(out).Encode(map[string]any{"event": "waiting", "component": app.component, "gdb": gdb})
		case o.gdbSet:
			file := ""
			if app.program != "" {
				file = " " + relative(app.program)
			}
			fmt.Fprintf(s.err, "%s waits for a debugger: gdb-multiarch%s -ex 'set sysroot target:' -ex 'target remote %s'\n", app.name, file, gdb)
		}
	}
	for ev := range events {
		report(s, out, o.json, ev, app)
	}
	return nil
}

// startOn installs an app and starts it, or holds it at its first instruction for a debugger. The output port, without
// whose reader the debug server does not listen, is then read here.
func startOn(ctx context.Context, output func(component string, p []byte), d device.Device, app *loaded, debug bool) error {
	client := rest.NewClient(d.Dial, d.Roots())
	defer client.Close()
	if err := install(ctx, client, app.pkg, rest.Manual); err != nil {
		return deviceError(err, app)
	}
	if !debug {
		if _, err := client.Start(ctx, app.component); err != nil {
			return deviceError(err, app)
		}
		return nil
	}
	if _, err := client.StartDebug(ctx, app.component); err != nil {
		return deviceError(err, app)
	}
	conn, err := d.Dial(ctx, device.PortOutput)
	if err != nil {
		return fail(ExitFailed, "the app's output: %w", err)
	}
	go func() {
		defer conn.Close()
		io.Copy(writerFunc(func(p []byte) { output(app.component, p) }), conn)
	}()
	return nil
}

// writerFunc makes a writer of a function.
type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// report prints an event for people on standard error, or as JSON.
func report(s streams, out io.Writer, asJSON bool, ev device.Event, app *loaded) {
	if asJSON {
		json.NewEncoder(out).Encode(eventJSON(ev))
		return
	}
	switch ev := ev.(type) {
	case device.Denied:
		if app == nil {
			app = &loaded{}
		}
		fmt.Fprintln(s.err, deniedText(ev, app))
	case device.AppStarted:
		fmt.Fprintf(s.err, "%10.3f app %s started\n", ev.At().Seconds(), ev.Component)
	case device.AppExited:
		fmt.Fprintf(s.err, "%10.3f app %s ended with %d\n", ev.At().Seconds(), ev.Component, ev.Code)
	case device.Unsupported:
		fmt.Fprintf(s.err, "not emulated: %s\n", ev.What)
	}
}

// eventJSON is an event as one object: its kind, its time in seconds, its fields.
func eventJSON(ev device.Event) map[string]any {
	m := map[string]any{"time": ev.At().Seconds()}
	switch ev := ev.(type) {
	case device.Denied:
		m["event"], m["component"], m["function"] = "denied", ev.Component, ev.Function
		m["capability"], m["value"], m["errno"], m["pointer"] = ev.Capability, ev.Value, ev.Errno, ev.Pointer
	case device.PinChanged:
		m["event"], m["gpio"], m["level"] = "pin", ev.GPIO, ev.Level
	case device.AppStarted:
		m["event"], m["component"] = "started", ev.Component
	case device.AppExited:
		m["event"], m["component"], m["code"], m["signal"] = "exited", ev.Component, ev.Code, ev.Signal
	case device.Unsupported:
		m["event"], m["component"], m["what"] = "unsupported", ev.Component, ev.What
	case device.Dropped:
		m["event"], m["count"] = "dropped", ev.Count
	}
	return m
}

// forward joins connections to a port of the device until ctx ends. A port that the device refuses is closed at once,
// which is how a refused connection looks from the other side of a forwarder.
func forward(ctx context.Context, l net.Listener, d device.Device, port int) {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			defer c.Close()
			dialCtx, cancel := context.WithTimeout(ctx, 5*time.Second)
			inner, err := d.Dial(dialCtx, port)
			cancel()
			if err != nil {
				return
			}
			defer inner.Close()
			defer context.AfterFunc(ctx, func() { c.Close(); inner.Close() })()
			done := make(chan struct{})
			go func() {
				defer close(done)
				io.Copy(inner, c)
				closeWrite(inner)
			}()
			io.Copy(c, inner)
			c.Close()
			<-done
		})
	}
}

func closeWrite(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		h.CloseWrite()
	} else {
		c.Close()
	}
}

// tryLock takes a lock that another process may hold, without waiting for it for longer than a moment.
func tryLock(path string) (unlock func(), err error) {
	type result struct {
		f   *lockedfile.File
		err error
	}
	got := make(chan result, 1)
	go func() {
		f, err := lockedfile.Create(path)
		got <- result{f, err}
	}()
	select {
	case r := <-got:
		if r.err != nil {
			return nil, r.err
		}
		return func() { r.f.Close() }, nil
	case <-time.After(500 * time.Millisecond):
		go func() { // the lock that comes after all is not wanted
			if r := <-got; r.err == nil {
				r.f.Close()
			}
		}()
		return nil, fmt.Errorf("%s is locked", path)
	}
}
