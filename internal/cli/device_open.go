package cli

import (
	"context"

	"armillary.dev/device"
)

// deviceOptions tune how a device is opened.
type deviceOptions struct {
	sysroot string // where the emulated device takes libc from
	core    string // "auto", "hl", "rt0", "rt1"
}

// openDevice opens the device that a target names: "emulator", "serial:PORT", "tcp:HOST".
func openDevice(ctx context.Context, spec string, opts deviceOptions) (device.Device, error) {
	return nil, fail(ExitFailed, "target %q: no way to devices is built into this program", spec)
}
