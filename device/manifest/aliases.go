package manifest

import (
	"slices"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// capabilityAliases are other words for capabilities, which are not near them by their letters.
var capabilityAliases = map[string]string{
	"analog": "Adc", "gpios": "Gpio", "pins": "Gpio",
	"serial": "Uart", "usart": "Uart", "uarts": "Uart",
	"i2c": "I2cMaster", "iic": "I2cMaster", "twi": "I2cMaster", "i2ccontroller": "I2cMaster",
	"spi": "SpiMaster", "spicontroller": "SpiMaster",
	"i2s": "I2sSubordinate", "eint": "ExternalInterrupt", "interrupt": "ExternalInterrupt", "interrupts": "ExternalInterrupt",
	"wifi": "WifiConfig", "network": "NetworkConfig", "networking": "NetworkConfig",
	"hosts": "AllowedConnections", "connections": "AllowedConnections",
	"timesync": "TimeSyncConfig", "time": "SystemTime", "rtc": "SystemTime", "sntp": "SntpService", "dhcp": "DhcpService",
	"storage": "MutableStorage", "power": "PowerControls", "reboot": "PowerControls", "powerdown": "PowerControls",
}

// powerAliases are other words for power controls.
var powerAliases = map[string]string{
	"reboot": "ForceReboot", "restart": "ForceReboot", "reset": "ForceReboot", "forcerestart": "ForceReboot",
	"powerdown": "ForcePowerDown", "poweroff": "ForcePowerDown", "shutdown": "ForcePowerDown", "forcepoweroff": "ForcePowerDown",
	"powerprofile": "SetPowerProfile", "profile": "SetPowerProfile",
}

// meant returns what a word stands for in a table of other words, nil if it is not in it.
func meant(word string, aliases map[string]string) []string {
	if len(word) > 40 {
		return nil
	}
	if n := aliases[strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(word))]; n != "" {
		return []string{n}
	}
	return nil
}

// Misplaced reports whether a source manifest has a capability, but not so that it counts: under a misspelt key, outside of
// Capabilities, or with a value of the wrong type. It is true of all while Capabilities cannot be read. Rules of their own say so.
func (m *Manifest) Misplaced(capability string) bool {
	if m.caps == nil || m.caps.Kind != jsonc.Object {
		return true
	}
	for i := range m.Caps {
		e := &m.Caps[i]
		switch {
		case e.Cap == nil:
			if near := append(meant(e.Name, capabilityAliases), rule.Nearest(e.Name, []string{capability})...); slices.Contains(near, capability) {
				return true
			}
		case e.Cap.Name != capability:
		case !e.Exact, e.Cap.IsList() && e.Node.Kind != jsonc.Array, e.Cap.Shape == Flag && e.Node.Kind != jsonc.Bool:
			return true
		}
	}
	return slices.ContainsFunc(m.root.Children, func(n *jsonc.Node) bool {
		c := topCapability(n.Name())
		return c != nil && c.Name == capability
	})
}
