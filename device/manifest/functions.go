package manifest

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"armillary.dev/device/hwdef"
)

// Function is a function of the C interface that needs a capability: without it the call fails while the app runs.
type Function struct {
	Name  string
	Needs []Need // all of them
	Errno string // what the call fails with; "" if it fails in another way
	Note  string // a trap worth knowing
	// Peripheral is the field that must list what Arg names, counted from 0; "" for functions that open none.
	Peripheral string
	Arg        int
	// Only restricts Needs to calls that pass one of these constants in Arg; Value is the number of the first.
	Only  []string
	Value int64
	// Also is needed beside Needs by calls that pass one of Only, which then restricts Also instead.
	Also Need
	// Mild says what a call does without the capability if that may be as it should; "" if the app has plainly forgotten it.
	Mild string
	// Depends says that calls of the function need the capability for some ends only: a socket may be a local one.
	Depends bool
}

// Need is what one of its alternatives grants.
type Need []Grant

// Grant is a capability, or an entry in its list.
type Grant struct{ Capability, Entry string }

func (g Grant) String() string {
	if g.Entry == "" {
		return g.Capability
	}
	return g.Capability + " " + strconv.Quote(g.Entry)
}

func (n Need) String() string {
	names := make([]string, len(n))
	for i, g := range n {
		names[i] = g.String()
	}
	return strings.Join(names, " or ")
}

// functionRow is one row of the table: functions that need the same. needs is written as in the facts: A|B is either, A+B
// both, A:x the entry x in the list A.
type functionRow struct {
	needs, errno string
	names        string
	more         Function // what else is to be said of them
	shown        string   // what lists have for them; "" for the names themselves
}

// functionRows is the table, after facts/applibs_capabilities.tsv. To add a function, add its name to the row of its like.
var functionRows = []functionRow{
	{"Gpio", "EACCES", "GPIO_OpenAsInput GPIO_OpenAsOutput", Function{Peripheral: hwdef.Gpio}, ""},
	{"Uart", "EACCES", "UART_Open", Function{Peripheral: hwdef.Uart}, ""},
	{"I2cMaster", "EACCES", "I2CMaster_Open", Function{Peripheral: hwdef.I2cMaster}, ""},
	{"SpiMaster", "EACCES", "SPIMaster_Open", Function{Peripheral: hwdef.SpiMaster}, ""},
	{"Pwm", "EACCES", "PWM_Open", Function{Peripheral: hwdef.Pwm, Note: "ENODEV is possible too"}, ""},
	{"Pwm", "EACCES", "PWM_Apply", Function{Note: "the controller has to be opened first"}, ""},
	{"Adc", "EACCES", "ADC_Open", Function{Peripheral: hwdef.Adc, Note: "ENODEV is possible too"}, ""},

	{"AllowedApplicationConnections", "EACCES", "Application_Connect Application_Socket", Function{}, ""},
	{"AllowedConnections", "EPERM", "connect sendto getaddrinfo curl_easy_perform curl_multi_perform wolfSSL_connect",
		Function{Depends: true, Note: "names of hosts that are not listed are not resolved"}, ""},
	{"AllowedTcpServerPorts|AllowedUdpServerPorts", "", "bind", Function{Depends: true}, ""},
	{"DeviceAuthentication", "", "DeviceAuth_GetCertificatePath DeviceAuth_CurlSslFunc DeviceAuth_SslCtxFunc " +
		"IoTHubDeviceClient_LL_CreateWithAzureSphereDeviceAuthProvisioning IoTHubDeviceClient_LL_CreateWithAzureSphereFromDeviceAuth",
		Function{Note: "there is no certificate without it"}, ""},
	{"DeviceAuthentication", "", "Application_IsDeviceAuthReady", Function{Mild: "says that there is no certificate"}, ""},
	{"DeviceAuthentication", "", "iothub_security_init", Function{Only: []string{"IOTHUB_SECURITY_TYPE_X509"}, Value: -1,
		Note: "there is no certificate without it"}, ""},

	{"WifiConfig", "EACCES", "WifiConfig_ForgetNetwork WifiConfig_ForgetNetworkById WifiConfig_ForgetAllNetworks WifiConfig_GetStoredNetworkCount " +
		"WifiConfig_GetStoredNetworks WifiConfig_GetCurrentNetwork WifiConfig_GetConnectedNetworkId WifiConfig_TriggerScanAndGetScannedNetworkCount " +
		"WifiConfig_GetScannedNetworks WifiConfig_AddNetwork WifiConfig_AddDuplicateNetwork WifiConfig_SetSSID WifiConfig_SetNetworkEnabled " +
		"WifiConfig_PersistConfig WifiConfig_ReloadConfig WifiConfig_SetPSK WifiConfig_SetTargetedScanEnabled WifiConfig_SetConfigName " +
		"WifiConfig_GetNetworkIdByConfigName WifiConfig_GetNetworkDiagnostics WifiConfig_SetPowerSavingsEnabled", Function{}, "WifiConfig_*"},
	{"WifiConfig", "EACCES", "WifiConfig_SetSecurityType", Function{Arg: 1, Only: []string{"WifiConfig_Security_Wpa2_EAP_TLS"}, Value: 3,
		Also: Need{{"EnterpriseWifiConfig", ""}}}, ""},
	{"EnterpriseWifiConfig", "EACCES", "WifiConfig_GetClientCertStoreIdentifier WifiConfig_SetClientCertStoreIdentifier " +
		"WifiConfig_GetRootCACertStoreIdentifier WifiConfig_SetRootCACertStoreIdentifier WifiConfig_GetClientIdentity WifiConfig_SetClientIdentity",
		Function{Mild: "fails with EACCES (13), which matters on EAP-TLS networks alone"}, ""},
	{"CertStore", "EACCES", "CertStore_InstallClientCertificate CertStore_InstallRootCACertificate CertStore_DeleteCertificate " +
		"CertStore_GetCertificateCount CertStore_GetCertificateIdentifierAt CertStore_GetAvailableSpace CertStore_GetCertificateSubjectName " +
		"CertStore_GetCertificateIssuerName CertStore_GetCertificateNotBefore CertStore_GetCertificateNotAfter CertStore_MoveCertificate", Function{}, "CertStore_*"},
	{"NetworkConfig", "EACCES", "Networking_SetInterfaceState Networking_IpConfig_Apply Networking_IpConfig_ReleaseIp Networking_IpConfig_RenewIp " +
		"Networking_Proxy_Apply", Function{}, ""},
	{"NetworkConfig|ReadNetworkProxyConfig", "EACCES", "Networking_Proxy_Get Networking_Curl_SetDefaultProxy", Function{}, ""},
	{"TimeSyncConfig", "EACCES", "Networking_TimeSync_SetEnabled Networking_TimeSync_EnableDefaultNtp Networking_TimeSync_EnableAutomaticNtp " +
		"Networking_TimeSync_EnableCustomNtp", Function{}, ""},
	{"TimeSyncConfig", "EACCES", "Networking_TimeSync_GetEnabled", Function{Mild: "may fail: the header names the capability, but no error for its want"}, ""},
	{"SntpService", "EACCES", "Networking_SntpServer_Start", Function{}, ""},
	{"DhcpService", "EACCES", "Networking_DhcpServer_Start", Function{Note: "EPERM means that the interface has no static address"}, ""},
	{"HardwareAddressConfig", "EACCES", "Networking_SetHardwareAddress", Function{}, ""},

	{"PowerControls:ForceReboot", "EACCES", "PowerManagement_ForceSystemReboot", Function{}, ""},
	{"PowerControls:ForcePowerDown", "EACCES", "PowerManagement_ForceSystemPowerDown", Function{}, ""},
	{"PowerControls:SetPowerProfile", "EACCES", "PowerManagement_SetSystemPowerProfile", Function{}, ""},
	{"SystemTime", "EPERM", "clock_settime settimeofday", Function{}, ""},
	{"SystemTime", "EACCES", "clock_systohc", Function{}, ""},
	{"MutableStorage", "EACCES", "Storage_OpenMutableFile Storage_DeleteMutableFile", Function{}, ""},
	{"SystemEventNotifications", "EACCES", "SysEvent_RegisterForEventNotifications SysEvent_Info_GetUpdateData", Function{}, ""},
	{"SystemEventNotifications+SoftwareUpdateDeferral", "EACCES", "SysEvent_DeferEvent SysEvent_ResumeEvent", Function{}, ""},
}

// functions are the table with a row for each function, in its order, and the same by name.
var functions = sync.OnceValues(func() ([]*Function, map[string]*Function) {
	var all []*Function
	index := map[string]*Function{}
	for i := range functionRows {
		r := &functionRows[i]
		var needs []Need
		for both := range strings.SplitSeq(r.needs, "+") {
			var n Need
			for either := range strings.SplitSeq(both, "|") {
				name, entry, _ := strings.Cut(either, ":")
				n = append(n, Grant{name, entry})
			}
			needs = append(needs, n)
		}
		for name := range strings.FieldsSeq(r.names) {
			f := r.more
			f.Name, f.Needs, f.Errno = name, needs, r.errno
			all = append(all, &f)
			index[name] = &f
		}
	}
	return all, index
})

// LookupFunction returns the row of a function, or nil if it needs no capability.
func LookupFunction(name string) *Function {
	_, byName := functions()
	return byName[name]
}

// Functions returns every function that needs a capability. It must not be changed.
func Functions() []*Function {
	all, _ := functions()
	return all
}

// Mentions reports whether the function has to do with a capability, or with an entry of its list.
func (f *Function) Mentions(capability, entry string) bool {
	in := func(n Need) bool {
		return slices.ContainsFunc(n, func(g Grant) bool {
			return g.Capability == capability && (entry == "" || g.Entry == "" || g.Entry == entry)
		})
	}
	return slices.ContainsFunc(f.Needs, in) || in(f.Also)
}

// functionNames are the functions that need a capability, by capability. Of two that are both needed, or of which either is
// enough, the last is meant: it is there for nothing else.
var functionNames = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for i := range functionRows {
		r := &functionRows[i]
		if strings.HasPrefix(r.needs, "Allowed") && strings.Contains(r.needs, "|") {
			continue // which of both depends on the socket
		}
		c := r.needs[strings.LastIndexAny(r.needs, "|+")+1:]
		c, _, _ = strings.Cut(c, ":")
		if r.shown != "" {
			m[c] = append(m[c], r.shown)
		} else if c != "WifiConfig" {
			m[c] = append(m[c], strings.Fields(r.names)...)
		}
	}
	return m
})

// Needs returns the functions that fail without the capability; a trailing * stands for more of one name. It must not be changed.
func (c *Capability) Needs() []string { return functionNames()[c.Name] }
