// Package cli holds armillary's commands, one file each, and is the only place where the rooms of the house are
// joined: it hands a checker to the language server, an emulated device to the debugger, a key to the packer.
//
// It must not hold rules, formats or protocol logic of its own: a command parses its flags, calls a room, prints.
// Results go to stdout, progress and logs to stderr. Exit codes are those of docs/architecture.md.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes shared by all commands. A command that runs an app passes the app's own exit code on instead.
const (
	ExitOK       = 0
	ExitFindings = 1 // findings at or above --fail-on, or a refused operation
	ExitUsage    = 2
	ExitFailed   = 3 // could not check, nothing to check, I/O
)

// exitError carries an exit code through cobra. A nil err prints nothing.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// fail returns an error that ends the process with code.
func fail(code int, format string, args ...any) error {
	return &exitError{code, fmt.Errorf(format, args...)}
}

// streams are the process's standard streams, replaceable in tests.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// commands are the constructors of all subcommands by name; each file's init adds its own.
var commands = map[string]func(streams) *cobra.Command{}

// Main runs one command line and returns the process's exit code.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go untilInterrupted(cancel) // takes a while to set up, which an editor need not wait for
	return run(ctx, args, streams{in, out, errw})
}

// untilInterrupted waits for the first interrupt. A second one ends the process at once.
func untilInterrupted(then func()) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	<-interrupts
	signal.Stop(interrupts)
	then()
}

func run(ctx context.Context, args []string, s streams) int {
	out := &watched{w: s.out}
	s.out = out
	code := execute(ctx, args, s)
	if err := out.lost(); err != nil && code != ExitFailed {
		fmt.Fprintln(s.err, "armillary: the output could not be written:", bare(err))
		return ExitFailed
	}
	return code
}

func execute(ctx context.Context, args []string, s streams) int {
	root := newRoot(s, args)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{ExitUsage, fmt.Errorf("%w\nRun '%s --help' for usage.", err, cmd.CommandPath())}
	}
	if e.err != nil {
		fmt.Fprintln(s.err, "armillary:", inWords(e.err))
	}
	return e.code
}

// newRoot returns the tree of commands, or the part of it that args name: all flags of all commands take their time to make.
func newRoot(s streams, args []string) *cobra.Command {
	root := &cobra.Command{
		Use:           "armillary",
		Short:         "An open development kit for Azure Sphere (MT3620)",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	if len(args) > 0 && commands[args[0]] != nil {
		root.CompletionOptions.DisableDefaultCmd = true
		root.AddCommand(commands[args[0]](s))
		return root
	}
	for _, c := range commands {
		root.AddCommand(c(s))
	}
	return root
}
