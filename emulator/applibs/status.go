package applibs

import (
	"encoding/binary"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

// What the device says of itself: it has no network and no certificate, and it says so.
func statusFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "Application_IsDeviceAuthReady", Group: "application.h", Status: guestlib.Partial,
			Note: "always false: there is no certificate", Go: wrap(writesFalse)},
		{Name: "Networking_IsNetworkingReady", Group: "networking.h", Status: guestlib.Partial,
			Note: "always false: there is no network", Go: wrap(writesFalse)},
		{Name: "Networking_GetInterfaceConnectionStatus", Group: "networking.h", Status: guestlib.Partial,
			Note: "wlan0 is down; ENOENT for other names", Go: wrap(interfaceStatus)},
		{Name: "Networking_GetInterfaceCount", Group: "networking.h", Status: guestlib.Partial,
			Note: "1, wlan0", Go: wrap(func(c call) { c.ReturnInt(1) })},
		{Name: "z__Applications_GetMemoryInfo", Group: "applications.h", Status: guestlib.Partial,
			Note: "what the app has mapped; the libraries count as its own", Go: wrap(memoryInfo)},
	}
}

func writesFalse(c call) {
	if c.store(c.Arg(0), 0) {
		c.ReturnInt(0)
	}
}

func interfaceStatus(c call) {
	name, ok := c.text(c.Arg(0))
	if !ok {
		return
	}
	if name != "wlan0" {
		c.fail(errno.ENOENT)
		return
	}
	if c.store(c.Arg(1), 0, 0, 0, 0) {
		c.ReturnInt(0)
	}
}

func memoryInfo(c call) {
	if c.Arg(0) > 2 || c.Arg(2) < 4 {
		c.fail(errno.EINVAL)
		return
	}
	now, peak := c.p.MemoryUse()
	kb := now / 1024
	if c.Arg(0) == 2 {
		kb = peak / 1024
	}
	if c.store(c.Arg(1), binary.LittleEndian.AppendUint32(nil, kb)...) {
		c.ReturnInt(0)
	}
}
