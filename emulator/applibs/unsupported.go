package applibs

import (
	"strconv"
	"strings"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

// missing is a function that is not emulated yet. It still asks for its capability, so that an app without it hears
// EACCES as on the device; with it, it hears ENOSYS.
type missing struct {
	group      string
	name       string
	result     int32                       // of failure: -1, or 0 for NULL and void
	capability string                      // "A|B" either, "A+B" both
	value      func(c call) (string, bool) // the entry of the capability, nil for a boolean one
}

func unsupported() (out []guestlib.Function) {
	for _, m := range missingFunctions() {
		out = append(out, guestlib.Function{Name: m.name, Group: m.group, Status: guestlib.Unsupported,
			Note: "ENOSYS", Result: m.result, Go: wrap(m.answer)})
	}
	return out
}

func (m missing) answer(c call) {
	value := ""
	if m.value != nil {
		v, ok := m.value(c)
		if !ok {
			return
		}
		value = v
	}
	if !m.allowed(c, value) {
		c.failWith(errno.EACCES, uint32(m.result))
		return
	}
	c.p.Unsupported("applibs " + m.name)
	c.failWith(errno.ENOSYS, uint32(m.result))
}

func (m missing) allowed(c call, value string) bool {
	if m.capability == "" {
		return true
	}
	policy := c.p.Spec().Policy
	if policy == nil {
		return true
	}
	if first, second, either := strings.Cut(m.capability, "|"); either && (policy.Allow(first, value) || policy.Allow(second, value)) {
		return true
	}
	for _, capability := range strings.FieldsFunc(m.capability, func(r rune) bool { return r == '+' || r == '|' }) {
		if !c.p.Allow(m.name, capability, value, errno.EACCES) {
			return false
		}
	}
	return true
}

// isu names the serial interface of an id that counts from first (facts/applibs.md 4), as a manifest does.
func isu(first int32) func(call) (string, bool) {
	return func(c call) (string, bool) {
		n := c.Int(0) - first
		if n < 0 || n > 4 {
			c.fail(errno.ENODEV)
			return "", false
		}
		return "ISU" + strconv.Itoa(int(n)), true
	}
}

func powerState(c call) (string, bool) {
	switch c.Arg(0) {
	case 0:
		return "ForceReboot", true
	case 1:
		return "ForcePowerDown", true
	}
	c.fail(errno.EINVAL)
	return "", false
}

func textArgument(c call) (string, bool) { return c.text(c.Arg(0)) }

func missingFunctions() []missing {
	return []missing{
		{"application.h", "Application_Connect", -1, "AllowedApplicationConnections", textArgument},
		{"certstore.h", "CertStore_InstallClientCertificate", -1, "CertStore", nil},
		{"certstore.h", "CertStore_InstallRootCACertificate", -1, "CertStore", nil},
		{"certstore.h", "CertStore_DeleteCertificate", -1, "CertStore", nil},
		{"certstore.h", "CertStore_GetCertificateCount", -1, "CertStore", nil},
		{"certstore.h", "CertStore_GetCertificateIdentifierAt", -1, "CertStore", nil},
		{"certstore.h", "CertStore_GetAvailableSpace", -1, "CertStore", nil},
		{"certstore.h", "CertStore_MoveCertificate", -1, "CertStore", nil},
		{"certstore.h", "z__CertStore_GetCertificateInfo", -1, "CertStore", nil},
		{"i2c.h", "I2CMaster_Open", -1, "I2cMaster", isu(0)},
		{"i2c.h", "I2CMaster_SetBusSpeed", -1, "", nil},
		{"i2c.h", "I2CMaster_SetTimeout", -1, "", nil},
		{"i2c.h", "I2CMaster_Read", -1, "", nil},
		{"i2c.h", "I2CMaster_Write", -1, "", nil},
		{"i2c.h", "I2CMaster_WriteThenRead", -1, "", nil},
		{"i2c.h", "I2CMaster_SetDefaultTargetAddress", -1, "", nil},
		{"networking.h", "Networking_SetInterfaceState", -1, "NetworkConfig", nil},
		{"networking.h", "Networking_IpConfig_Init", 0, "", nil},
		{"networking.h", "Networking_IpConfig_Destroy", 0, "", nil},
		{"networking.h", "Networking_IpConfig_EnableDynamicIp", 0, "", nil},
		{"networking.h", "Networking_IpConfig_EnableStaticIp", 0, "", nil},
		{"networking.h", "Networking_IpConfig_Apply", -1, "NetworkConfig", nil},
		{"networking.h", "Networking_TimeSync_SetEnabled", -1, "TimeSyncConfig", nil},
		{"networking.h", "Networking_TimeSync_GetEnabled", -1, "TimeSyncConfig", nil},
		{"networking.h", "Networking_SntpServerConfig_Init", 0, "", nil},
		{"networking.h", "Networking_SntpServerConfig_Destroy", 0, "", nil},
		{"networking.h", "Networking_SntpServer_Start", -1, "SntpService", nil},
		{"networking.h", "Networking_DhcpServerConfig_Init", 0, "", nil},
		{"networking.h", "Networking_DhcpServerConfig_Destroy", 0, "", nil},
		{"networking.h", "Networking_DhcpServerConfig_SetLease", -1, "", nil},
		{"networking.h", "Networking_DhcpServerConfig_SetNtpServerAddresses", -1, "", nil},
		{"networking.h", "Networking_DhcpServer_Start", -1, "DhcpService", nil},
		{"networking.h", "Networking_IpConfig_EnableAutomaticDns", 0, "", nil},
		{"networking.h", "Networking_IpConfig_EnableCustomDns", -1, "", nil},
		{"networking.h", "Networking_TimeSync_EnableDefaultNtp", -1, "TimeSyncConfig", nil},
		{"networking.h", "Networking_TimeSync_EnableAutomaticNtp", -1, "TimeSyncConfig", nil},
		{"networking.h", "Networking_TimeSync_EnableCustomNtp", -1, "TimeSyncConfig", nil},
		{"networking.h", "Networking_TimeSync_GetLastNtpSyncInfo", -1, "", nil},
		{"networking.h", "Networking_Proxy_Create", 0, "", nil},
		{"networking.h", "Networking_Proxy_Destroy", 0, "", nil},
		{"networking.h", "Networking_Proxy_Apply", -1, "NetworkConfig", nil},
		{"networking.h", "Networking_Proxy_Get", -1, "NetworkConfig|ReadNetworkProxyConfig", nil},
		{"networking.h", "Networking_Proxy_SetProxyOptions", -1, "", nil},
		{"networking.h", "Networking_Proxy_SetProxyAddress", -1, "", nil},
		{"networking.h", "Networking_Proxy_SetAnonymousAuthentication", -1, "", nil},
		{"networking.h", "Networking_Proxy_SetBasicAuthentication", -1, "", nil},
		{"networking.h", "Networking_Proxy_SetProxyNoProxyAddresses", -1, "", nil},
		{"networking.h", "Networking_Proxy_GetProxyOptions", -1, "", nil},
		{"networking.h", "Networking_Proxy_GetProxyAddress", 0, "", nil},
		{"networking.h", "Networking_Proxy_GetProxyPort", -1, "", nil},
		{"networking.h", "Networking_Proxy_GetProxyType", -1, "", nil},
		{"networking.h", "Networking_Proxy_GetProxyUsername", 0, "", nil},
		{"networking.h", "Networking_Proxy_GetProxyPassword", 0, "", nil},
		{"networking.h", "Networking_Proxy_GetAuthType", -1, "", nil},
		{"networking.h", "Networking_Proxy_GetNoProxyAddresses", 0, "", nil},
		{"networking.h", "Networking_Proxy_GetProxyStatus", -1, "", nil},
		{"networking.h", "z__Networking_GetInterfaces", -1, "", nil},
		{"networking.h", "z__Networking_SetInterfaceOpt", -1, "HardwareAddressConfig", nil},
		{"networking.h", "z__Networking_GetInterfaceOpt", -1, "", nil},
		{"powermanagement.h", "z__PowerManagement_TransitionToSystemPowerState", -1, "PowerControls", powerState},
		{"rtc.h", "clock_systohc", -1, "SystemTime", nil},
		{"spi.h", "SPIMaster_SetBusSpeed", -1, "", nil},
		{"spi.h", "SPIMaster_SetMode", -1, "", nil},
		{"spi.h", "SPIMaster_SetBitOrder", -1, "", nil},
		{"spi.h", "z__SPIMaster_InitConfig", -1, "", nil},
		{"spi.h", "z__SPIMaster_Open", -1, "SpiMaster", isu(0)},
		{"spi.h", "z__SPIMaster_InitTransfers", -1, "", nil},
		{"spi.h", "z__SPIMaster_TransferSequential", -1, "", nil},
		{"sysevent.h", "SysEvent_Info_GetUpdateData", -1, "SystemEventNotifications", nil},
		{"sysevent.h", "SysEvent_RegisterForEventNotifications", 0, "SystemEventNotifications", nil},
		{"sysevent.h", "SysEvent_UnregisterForEventNotifications", -1, "", nil},
		{"sysevent.h", "SysEvent_DeferEvent", -1, "SystemEventNotifications+SoftwareUpdateDeferral", nil},
		{"sysevent.h", "SysEvent_ResumeEvent", -1, "SystemEventNotifications+SoftwareUpdateDeferral", nil},
		{"uart.h", "z__UART_InitConfig", -1, "", nil},
		{"uart.h", "z__UART_Open", -1, "Uart", isu(4)},
		{"wificonfig.h", "WifiConfig_StoreOpenNetwork", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_StoreWpa2Network", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_ForgetNetworkById", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_ForgetAllNetworks", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_GetStoredNetworkCount", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_GetConnectedNetworkId", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_TriggerScanAndGetScannedNetworkCount", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_AddNetwork", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_AddDuplicateNetwork", -1, "WifiConfig", nil},
		{"wificonfig.h", "WifiConfig_GetNetworkIdByConfigName", -1, "WifiConfig", nil},
		{"wificonfig.h", "z__WifiConfig_ForgetNetwork", -1, "WifiConfig", nil},
		{"wificonfig.h", "z__WifiConfig_GetStoredNetworks", -1, "WifiConfig", nil},
		{"wificonfig.h", "z__WifiConfig_GetCurrentNetwork", -1, "WifiConfig", nil},
		{"wificonfig.h", "z__WifiConfig_GetScannedNetworks", -1, "WifiConfig", nil},
		{"wificonfig.h", "z__WifiConfig_SetNetworkOpt", -1, "WifiConfig", nil},
		{"wificonfig.h", "z__WifiConfig_GetNetworkOpt", -1, "WifiConfig", nil},
		{"applications.h", "z__Applications_GetOsVersion", -1, "", nil},
	}
}
