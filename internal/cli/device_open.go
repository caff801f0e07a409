package cli

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"armillary.dev/device"
	"armillary.dev/emulator"
	"armillary.dev/emulator/pluton"
)

// deviceOptions tune how a device is opened. All but the first two concern an emulated device of this process only.
type deviceOptions struct {
	sysroot string // where the emulated device takes libc from; "": what `armillary sysroot` says; "builtin": none
	core    string // "auto", "hl", "rt0", "rt1"

	owner   *pluton.Owner // whose key is trusted; nil: the user's
	seed    *uint64
	locked  bool   // trust neither the owner's key nor the vendor's public test key
	state   string // folder of what outlives power; "": nothing does
	hold    string // component id of an app in the state that is not started, as it is about to be replaced
	output  func(component string, p []byte)
	notices func(text string)
}

// openDevice opens the device that a target names: "emulator" is a new one in this process, "emulator:NAME" one that
// `armillary emulate --name NAME` runs.
func openDevice(ctx context.Context, spec string, opts deviceOptions) (device.Device, error) {
	kind, rest, _ := strings.Cut(spec, ":")
	switch {
	case spec == "" || spec == "emulator":
		return newEmulator(opts)
	case kind == "emulator":
		return attachEmulator(rest)
	case kind == "serial" || kind == "tcp":
		return nil, fail(ExitFailed, "target %q: boards cannot be reached yet; target emulator runs the same packages", spec)
	}
	return nil, fail(ExitUsage, "target %q is none of emulator, emulator:NAME, serial:PORT and tcp:HOST", spec)
}

// newEmulator switches on an emulated device that belongs to this process.
func newEmulator(opts deviceOptions) (*emulator.Emulator, error) {
	owner, err := opts.owner, error(nil)
	if owner == nil {
		if owner, err = openOwner(); err != nil {
			return nil, fail(ExitFailed, "your development key: %w", err)
		}
	}
	o := emulator.Options{Trust: pluton.Trust(owner, opts.locked), Output: opts.output, Notices: opts.notices, Hold: opts.hold}
	if o.Sysroot, err = openSysroot(opts.sysroot); err != nil {
		return nil, err
	}
	if opts.seed != nil {
		o.Seeded, o.Seed = true, *opts.seed
	}
	if opts.state != "" {
		if o.Flash, err = openFlash(opts.state); err != nil {
			return nil, err
		}
	}
	e, err := emulator.New(o)
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	return e, nil
}

// builtinLibc as a sysroot means none.
const builtinLibc = "builtin"

// openSysroot returns the sysroot in a folder, or the one that is configured; nil is the built-in C library.
func openSysroot(dir string) (fs.FS, error) {
	switch dir {
	case builtinLibc:
		return nil, nil
	case "":
		found, ok := findSysroot()
		if !ok {
			return nil, nil
		}
		dir = found.Dir
	}
	if _, err := os.Stat(filepath.Join(dir, "lib", "ld-musl-armhf.so.1")); err != nil {
		return nil, fail(ExitFailed, "sysroot %s: %w; armillary sysroot install makes one, --sysroot %s runs without", dir, err, builtinLibc)
	}
	return os.DirFS(dir), nil
}

// libcName says where an emulated device takes libc from.
func libcName(dir string) string {
	if dir == "" {
		if found, ok := findSysroot(); ok {
			dir = found.Dir
		}
	}
	if dir == "" || dir == builtinLibc {
		return "the built-in libc"
	}
	return "musl of " + relative(dir)
}

// openFlash opens the flash of a state folder. The file is sparse; only what was programmed takes room.
func openFlash(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "flash.bin"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	return f, nil
}

// lineWriter hands what apps print on as it is.
type lineWriter struct{ w io.Writer }

func (l lineWriter) output(_ string, p []byte) { l.w.Write(p) }
