package manifest

import (
	"slices"
	"strings"
	"sync"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
)

// Shape is what the value of a capability looks like.
type Shape uint8

// Shapes.
const (
	Flag    Shape = iota // true or false
	GPIOs                // array of GPIO numbers, or $ names before packing
	Units                // array of controller names, or $ names before packing
	Ports                // array of port numbers
	Hosts                // array of host names
	Apps                 // array of component ids
	Tenant               // string with a GUID
	Storage              // {"SizeKB": n}
	Powers               // array of power controls
	Unknown              // not for customer apps; its value does not matter
)

// describe names the shape in a sentence: "must be …".
func (s Shape) describe() string {
	return [...]string{"true or false", "an array of GPIO numbers", "an array of peripheral names", "an array of port numbers",
		"an array of host names", "an array of component ids", "a string with a GUID", `an object like {"SizeKB": 8}`,
		"an array of power controls", ""}[s]
}

// Capability is one row of the capability table, which drives validation, completion, hover and the emulated device.
type Capability struct {
	Name     string
	Shape    Shape
	HL, RT   bool   // for which kind of app
	Parse    int    // device code for a value of the wrong type, 0 if unknown
	Bad      int    // device code for a wrong entry in a list of the right type
	Since    string // approximate, but for 22.07 and later (facts/manifest.md 1.2)
	Reserved string // why customer apps cannot have it; "" for those they can
	Allows   string // what it is for, one sentence
	Note     string // a trap worth knowing
}

// IsList reports whether the value is an array.
func (c *Capability) IsList() bool {
	return c.Shape == GPIOs || c.Shape == Units || c.Shape == Ports || c.Shape == Hosts || c.Shape == Apps || c.Shape == Powers
}

// IsPeripheral reports whether the value lists pins or controllers, so that $ names can stand in it.
func (c *Capability) IsPeripheral() bool { return c.Shape == GPIOs || c.Shape == Units }

// The values of PowerControls.
var powerControls = []string{"ForceReboot", "ForcePowerDown", "SetPowerProfile"}

// PowerControls returns the values that PowerControls can list.
func PowerControls() []string { return slices.Clone(powerControls) }

const maxStorageKB = 64

// capabilities is the table, after facts/manifest.md 1.2. To add one, copy the row that is most like it.
var capabilities = []Capability{
	// Peripherals.
	{Name: "Gpio", Shape: GPIOs, HL: true, RT: true, Parse: deverr.Code(2, 10), Bad: deverr.Code(5, 3), Since: "18.11",
		Allows: "GPIO pins that the app opens."},
	{Name: "Uart", Shape: Units, HL: true, RT: true, Parse: deverr.Code(2, 13), Bad: deverr.Code(5, 7), Since: "18.11",
		Allows: "Serial ports that the app opens. Each takes its whole ISU.",
		Note:   "The debug UART of a real-time core needs no capability."},
	{Name: "I2cMaster", Shape: Units, HL: true, RT: true, Parse: deverr.Code(2, 13), Bad: deverr.Code(5, 7), Since: "19.05",
		Allows: "I2C buses on which the app is master. Each takes its whole ISU."},
	{Name: "SpiMaster", Shape: Units, HL: true, RT: true, Parse: deverr.Code(2, 13), Bad: deverr.Code(5, 7), Since: "19.05",
		Allows: "SPI buses on which the app is master. Each takes its whole ISU."},
	{Name: "Pwm", Shape: Units, HL: true, RT: true, Parse: deverr.Code(2, 13), Bad: deverr.Code(5, 7), Since: "19.10",
		Allows: "PWM controllers that the app opens. Controller c takes the GPIOs 4c to 4c+3."},
	{Name: "Adc", Shape: Units, HL: true, RT: true, Parse: deverr.Code(2, 13), Bad: deverr.Code(5, 7), Since: "19.10",
		Allows: "The analogue-to-digital converter. It takes the GPIOs 41 to 48."},
	{Name: hwdef.I2sSubordinate, Shape: Units, RT: true, Parse: deverr.Code(2, 13), Bad: deverr.Code(5, 7), Since: "20.x",
		Allows: "I2S interfaces, for real-time apps.", Note: "The OS has no I2S for high-level apps."},
	{Name: hwdef.ExternalInterrupt, Shape: Units, RT: true, Parse: deverr.Code(2, 13), Bad: deverr.Code(5, 7), Since: "20.x",
		Allows: "External interrupts, for real-time apps. EINTn uses the pin of GPIO n.",
		Note:   "It falls under the same block rules as the GPIO of that number."},

	// Other apps and the network.
	{Name: "AllowedApplicationConnections", Shape: Apps, HL: true, RT: true, Parse: deverr.Code(2, 43), Bad: deverr.Code(2, 43), Since: "19.05",
		Allows: "Component ids of the apps on the same device that this app talks to.",
		Note:   "Both apps must list each other. Connecting also fails with EACCES while the partner is not installed."},
	{Name: "AllowedConnections", Shape: Hosts, HL: true, Parse: deverr.Code(2, 9), Bad: deverr.Code(2, 9), Since: "18.11",
		Allows: "Hosts that the app connects to: host names, IPv4 addresses or DNS service names. Everything else is blocked.",
		Note:   "Device provisioning needs global.azure-devices-provisioning.net beside the hub's own name."},
	{Name: "AllowedTcpServerPorts", Shape: Ports, HL: true, Parse: deverr.Code(2, 36), Bad: deverr.Code(2, 38), Since: "19.02",
		Allows: "TCP ports on which the app listens."},
	{Name: "AllowedUdpServerPorts", Shape: Ports, HL: true, Parse: deverr.Code(2, 37), Bad: deverr.Code(2, 39), Since: "19.02",
		Allows: "UDP ports on which the app receives."},
	{Name: "DeviceAuthentication", Shape: Tenant, HL: true, Parse: deverr.Code(2, 24), Since: "18.11",
		Allows: "The id of the tenant whose client certificate the app uses: for device provisioning, IoT Hub and mutual TLS."},
	{Name: "WifiConfig", Shape: Flag, HL: true, Parse: deverr.Code(2, 15), Since: "18.11",
		Allows: "Reading and changing the stored Wi-Fi networks."},
	{Name: "EnterpriseWifiConfig", Shape: Flag, HL: true, Parse: deverr.Code(2, 45), Since: "20.04",
		Allows: "Setting up Wi-Fi networks with EAP-TLS.", Note: "WifiConfig is needed as well; a change of certificates also needs CertStore."},
	{Name: "NetworkConfig", Shape: Flag, HL: true, Parse: deverr.Code(2, 11), Since: "18.11",
		Allows: "Switching network interfaces, and changing their addresses and the proxy."},
	{Name: "ReadNetworkProxyConfig", Shape: Flag, HL: true, Parse: deverr.Code(2, 56), Since: "22.07",
		Allows: "Reading the proxy settings.", Note: "NetworkConfig grants this too."},
	{Name: "HardwareAddressConfig", Shape: Flag, HL: true, Parse: deverr.Code(2, 51), Since: "21.x",
		Allows: "Setting the hardware address of an Ethernet interface."},
	{Name: "TimeSyncConfig", Shape: Flag, HL: true, Parse: deverr.Code(2, 40), Since: "19.02",
		Allows: "Switching time synchronisation and choosing its servers."},
	{Name: "SntpService", Shape: Flag, HL: true, Parse: deverr.Code(2, 42), Since: "19.05",
		Allows: "Running an SNTP server on a private network."},
	{Name: "DhcpService", Shape: Flag, HL: true, Parse: deverr.Code(2, 41), Since: "19.05",
		Allows: "Running a DHCP server on a private network.", Note: "The interface needs a static address first, or the call fails with EPERM."},
	{Name: "CertStore", Shape: Flag, HL: true, Parse: deverr.Code(2, 44), Since: "20.01",
		Allows: "Reading and changing the certificate store."},

	// The device itself.
	{Name: "SystemTime", Shape: Flag, HL: true, Parse: deverr.Code(2, 30), Since: "18.11",
		Allows: "Setting the clock and the real-time clock."},
	{Name: "MutableStorage", Shape: Storage, HL: true, Parse: deverr.Code(2, 31), Bad: deverr.Code(2, 33), Since: "19.02",
		Allows: "A file that the app can write, of at most SizeKB kilobytes (64 at most). It survives updates with the same component id.",
		Note:   "Writes beyond the size fail."},
	{Name: "SystemEventNotifications", Shape: Flag, HL: true, Parse: deverr.Code(2, 46), Since: "20.04",
		Allows: "Being told of updates and restarts before they happen."},
	{Name: "SoftwareUpdateDeferral", Shape: Flag, HL: true, Parse: deverr.Code(2, 47), Since: "20.04",
		Allows: "Putting off updates for a while.", Note: "Useless without SystemEventNotifications."},
	{Name: "PowerControls", Shape: Powers, HL: true, Parse: deverr.Code(2, 48), Bad: deverr.Code(2, 50), Since: "19.11",
		Allows: "Restarting the device, powering it down, choosing a power profile."},

	// Not for customer apps.
	{Name: "HeapMemStats", Shape: Unknown, Parse: deverr.Code(2, 58), Since: "OS 22.09", Reserved: "it belongs to the vendor's own apps (OS 22.09 and later)"},
	{Name: "ResetMemoryWatermarks", Shape: Unknown, Parse: deverr.Code(2, 57), Since: "OS 22.09", Reserved: "it belongs to the vendor's own apps (OS 22.09 and later)"},
	{Name: "Update", Shape: Unknown, Parse: deverr.Code(2, 14), Reserved: "it belongs to the vendor's own apps"},
	{Name: "ToggleState", Shape: Unknown, Parse: deverr.Code(2, 7), Reserved: "it belongs to the vendor's own apps and is obsolete"},
	{Name: "CanBus", Shape: Unknown, Parse: deverr.Code(2, 55), Since: "OS 22.07", Reserved: "it existed in OS 22.07 alone"},
}

var capabilityIndex = sync.OnceValue(func() map[string]*Capability {
	m := make(map[string]*Capability, len(capabilities))
	for i := range capabilities {
		m[capabilities[i].Name] = &capabilities[i]
	}
	return m
})

// LookupCapability returns the row of a capability by its exact name, or nil.
func LookupCapability(name string) *Capability { return capabilityIndex()[name] }

// Capabilities returns the table in its order. It must not be changed.
func Capabilities() []Capability { return capabilities }

// similarCapability returns the row whose name differs from name by case or surrounding space only, or nil.
func similarCapability(name string) *Capability {
	if len(name) > 100 { // three times the longest one: nobody means a capability
		return nil
	}
	name = strings.TrimSpace(name)
	for i := range capabilities {
		if strings.EqualFold(capabilities[i].Name, name) {
			return &capabilities[i]
		}
	}
	return nil
}
