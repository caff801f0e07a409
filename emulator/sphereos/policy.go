package sphereos

import (
	"armillary.dev/device"
	"armillary.dev/device/manifest"
)

// Policy is what one app may do by its packaged manifest. It never changes while the app runs and may be used from any
// goroutine.
type Policy struct {
	component string
	m         *manifest.Manifest
	denied    func(device.Denied)
}

// Allow reports whether the manifest grants a capability: value is the entry that a list must hold ("8", "ISU0",
// "example.com"), empty for a capability that is on or off. See manifest.Allows.
func (p *Policy) Allow(capability, value string) bool {
	ok, _ := p.m.Allows(capability, value)
	return ok
}

// Manifest is what the policy was read from.
func (p *Policy) Manifest() *manifest.Manifest { return p.m }

// Denied is to be told of every call that the app was refused: the refusal is written to the device log and reported as
// a device.Denied with the place in the manifest where the permission would have to be. function is the call as a C
// programmer writes it, errno what the app is told (13 EACCES in applibs, 1 EPERM at sockets and in the kernel).
func (p *Policy) Denied(function, capability, value string, errno int) {
	_, pointer := p.m.Allows(capability, value)
	p.denied(device.Denied{
		Component: p.component, Function: function, Capability: capability, Value: value, Errno: errno, Pointer: pointer,
	})
}
