package cli

import (
	"context"
	"crypto/x509"

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

// deviceRoots are the certification authorities by which a device's REST service is known.
func deviceRoots(d device.Device) (*x509.CertPool, error) {
	return nil, fail(ExitFailed, "%s: its certification authority is not known", d.Name())
}
