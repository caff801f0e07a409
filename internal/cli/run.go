package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"armillary.dev/device"
	"armillary.dev/device/deverr"
	"armillary.dev/device/rest"
	"armillary.dev/internal/cli/format"
)

func init() { commands["run"] = newRun }

// runOptions are the flags of `run`.
type runOptions struct {
	target  string
	sysroot string
	program string
	hwdef   string
	seed    uint64
	locked  bool
	pins    bool
	quiet   bool
	limit   time.Duration
}

func newRun(s streams) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run APP|PACKAGE|ELF [-- ARG…]",
		Short: "Check, pack, deploy and start an app, and follow its output",
		Long: "Brings an app to a device, starts it and prints what it prints until it ends; its exit code becomes the\n" +
			"command's. APP is a folder with an app_manifest.json and a built program. Arguments after -- replace CmdArgs.\n\n" +
			"The emulated device of this process is used unless --target says otherwise. Interrupting the command ends the\n" +
			"app as a device does: SIGTERM, and SIGKILL two seconds later.",
		Example: "  armillary run blink\n" +
			"  armillary run blink --pins --for 5s\n" +
			"  armillary run blink.imagepackage --sysroot builtin\n" +
			"  armillary run blink -- 3",
		Args: func(cmd *cobra.Command, args []string) error {
			n := cmd.ArgsLenAtDash()
			if n < 0 {
				n = len(args)
			}
			if n != 1 {
				return errors.New("name one app's folder, image package or ELF program")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("for") && o.limit <= 0 {
				return fail(ExitUsage, "--for %s: give a time longer than nothing, such as 5s", o.limit)
			}
			var appArgs []string
			if cmd.ArgsLenAtDash() >= 0 {
				appArgs = append([]string{}, args[1:]...)
			}
			if !cmd.Flags().Changed("seed") {
				return runApp(cmd.Context(), s, args[0], appArgs, o, nil)
			}
			return runApp(cmd.Context(), s, args[0], appArgs, o, &o.seed)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.target, "target", "emulator", "device; only the emulator of this process can run apps yet")
	f.StringVar(&o.sysroot, "sysroot", "", "folder with musl for the emulated device, or builtin (default: what 'armillary sysroot' says)")
	f.StringVar(&o.program, "program", "", "ELF program of APP (default: the newest that the app's build left)")
	f.StringVar(&o.hwdef, "hwdef", "", "hardware definition `FILE` or board that resolves $NAMEs")
	f.Uint64Var(&o.seed, "seed", 0, "repeatable run: virtual time, randomness from this number")
	f.BoolVar(&o.locked, "locked", false, "a device that trusts neither your key nor the vendor's test key")
	f.BoolVar(&o.pins, "pins", false, "report the pins that the app drives")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "nothing on standard error but errors")
	f.DurationVar(&o.limit, "for", 0, "end the app with SIGTERM after this time of the device; 143 is the exit code of one that does not handle it")
	return cmd
}

func runApp(ctx context.Context, s streams, what string, args []string, o runOptions, seed *uint64) error {
	say := func(layout string, args ...any) {
		if !o.quiet {
			fmt.Fprintln(s.err, plain(fmt.Sprintf(layout, args...)))
		}
	}
	owner, err := openOwnerFor(s.err)
	if err != nil {
		return fail(ExitFailed, "your development key: %w", err)
	}
	app, err := load(what, loadOptions{program: o.program, hwdef: o.hwdef, args: args, key: owner.Signer()})
	if err != nil {
		return err
	}
	if o.target != "emulator" {
		return fail(ExitUsage, "target %q: 'run' has only the emulated device of its own process yet; --target emulator", o.target)
	}
	out := &lockedWriter{w: s.out}
	e, err := newEmulator(deviceOptions{owner: owner, sysroot: o.sysroot, seed: seed, locked: o.locked, output: lineWriter{out}.output,
		notices: func(text string) { say("device: %s", text) }})
	if err != nil {
		return err
	}
	defer e.Close()
	say("%s on the emulated device with %s", app.name, libcName(o.sysroot))

	events := e.Control().Events(context.WithoutCancel(ctx))
	client := rest.NewClient(e.Dial, e.Roots())
	defer client.Close()
	if err := install(ctx, client, app.pkg, rest.Manual); err != nil {
		return deviceError(err, app)
	}
	if o.limit > 0 {
		e.Limit(app.component, o.limit)
	}
	if _, err := client.Start(ctx, app.component); err != nil {
		return deviceError(err, app)
	}
	defer context.AfterFunc(ctx, func() { client.Stop(context.WithoutCancel(ctx), app.component) })()
	for ev := range events {
		switch ev := ev.(type) {
		case device.Denied:
			say("%s", deniedText(ev, app))
		case device.Unsupported:
			say("not emulated: %s", ev.What)
		case device.PinChanged:
			if o.pins {
				say("%12.6f GPIO %d %s", ev.At().Seconds(), ev.GPIO, [2]string{"low", "high"}[ev.Level&1])
			}
		case device.AppExited:
			if ev.Signal != 0 {
				say("%s was ended by signal %d (%s)", app.name, ev.Signal, signalName(ev.Signal))
			}
			if ev.Code != 0 {
				return &exitError{code: ev.Code}
			}
			return nil
		}
	}
	return fail(ExitFailed, "the emulated device ended before the app did")
}

// install stages a package and installs it.
func install(ctx context.Context, client *rest.Client, pkg []byte, mode rest.InstallMode) error {
	if err := client.Stage(ctx, pkg, nil); err != nil {
		return err
	}
	restarting, err := client.Install(ctx, mode)
	if err == nil && restarting {
		err = client.WaitReady(ctx)
	}
	return err
}

// deviceError says what a device's refusal means.
func deviceError(err error, app *loaded) error {
	var e *rest.Error
	if !errors.As(err, &e) || e.Code == 0 {
		return fail(ExitFailed, "%s: %w", app.name, err)
	}
	hint := ""
	if known, ok := deverr.Lookup(e.Code); ok && known.Text != "" {
		hint = "\n" + known.Text
	}
	return fail(ExitFindings, "%s: the device refuses it with %d (%s)%s", app.name, e.Code, deverr.Short(e.Code), hint)
}

// deniedText says what was denied and where the manifest would have to allow it.
func deniedText(d device.Denied, app *loaded) string {
	what := d.Capability
	if d.Value != "" {
		what += " " + d.Value
	}
	text := fmt.Sprintf("%s was refused (%s): the manifest does not list %s", d.Function, errnoName(d.Errno), what)
	if at := app.place(d.Pointer); at != "" {
		text = at + ": " + text
	}
	return text
}

func errnoName(n int) string {
	if name := deverr.ErrnoName(n); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", n)
}

// signals that apps die of, by Linux number.
var signals = map[int]string{1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
	10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM"}

func signalName(n int) string {
	if s, ok := signals[n]; ok {
		return s
	}
	return fmt.Sprint(n)
}

// plain makes text of packages and clients safe to print: nothing in it moves the cursor or forges a line of ours.
func plain(s string) string { return format.Plain(s) }

// position is ":line:col" from 1 of a place from 0.
func position(line, col int) string { return fmt.Sprintf(":%d:%d", line+1, col+1) }

// lockedWriter lets several goroutines write.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
