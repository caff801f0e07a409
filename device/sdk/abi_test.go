package sdk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"armillary.dev/device/sdk"
	"armillary.dev/internal/testenv"
)

// structures are sizes, alignments and offsets on ARM as found in real headers and programs (facts/applibs.md 3).
var structures = []struct {
	name        string
	size, align int
	fields      []field
}{
	{"CertStore_Identifier", 17, 1, []field{{"identifier", 0, 17}}},
	{"CertStore_SubjectName", 301, 1, []field{{"name", 0, 301}}},
	{"CertStore_IssuerName", 301, 1, []field{{"name", 0, 301}}},
	{"struct z__Networking_NetworkInterface_Base", 4, 4, []field{{"z__magicAndVersion", 0, 4}}},
	{"struct z__Networking_NetworkInterface_v1", 32, 4, []field{{"z__magicAndVersion", 0, 4}, {"isEnabled", 4, 1}, {"interfaceName", 5, 16}, {"reserved", 24, 4}, {"ipConfigurationType", 28, 1}, {"interfaceMediumType", 29, 1}}},
	{"Networking_IpConfig", 40, 8, []field{{"reserved", 0, 40}}},
	{"Networking_SntpServerConfig", 24, 8, []field{{"reserved", 0, 24}}},
	{"Networking_DhcpServerConfig", 64, 8, []field{{"reserved", 0, 64}}},
	{"Networking_Interface_HardwareAddress", 6, 1, []field{{"address", 0, 6}}},
	{"struct z__PowerManagement_PowerDownStateTransitionParams", 4, 4, []field{{"maximum_residency_in_seconds", 0, 4}}},
	{"PwmState", 16, 4, []field{{"period_nsec", 0, 4}, {"dutyCycle_nsec", 4, 4}, {"polarity", 8, 4}, {"enabled", 12, 1}}},
	{"struct z__SPIMaster_Config_v1", 8, 4, []field{{"z__magicAndVersion", 0, 4}, {"csPolarity", 4, 4}}},
	{"struct z__SPIMaster_Transfer_v1", 20, 4, []field{{"z__magicAndVersion", 0, 4}, {"flags", 4, 4}, {"writeData", 8, 4}, {"readData", 12, 4}, {"length", 16, 4}}},
	{"SysEvent_Info_UpdateData", 8, 4, []field{{"max_deferral_time_in_minutes", 0, 4}, {"update_type", 4, 4}}},
	{"struct z__UART_Config_v1", 16, 4, []field{{"z__magicAndVersion", 0, 4}, {"baudRate", 4, 4}, {"blockingMode", 8, 1}, {"dataBits", 9, 1}, {"parity", 10, 1}, {"stopBits", 11, 1}, {"flowControl", 12, 1}}},
	{"struct z__UART_Config_Base", 4, 4, []field{{"z__magicAndVersion", 0, 4}}},
	{"WifiConfig_ClientIdentity", 255, 1, []field{{"identity", 0, 255}}},
	{"struct WifiConfig_NetworkDiagnostics32", 324, 4, []field{{"isEnabled", 0, 1}, {"isConnected", 1, 1}, {"error", 4, 4}, {"timestamp", 8, 4}, {"certError", 12, 4}, {"certDepth", 16, 4}, {"certSubject", 20, 301}}},
	{"struct WifiConfig_NetworkDiagnostics64", 328, 8, []field{{"isEnabled", 0, 1}, {"isConnected", 1, 1}, {"error", 4, 4}, {"timestamp", 8, 8}, {"certError", 16, 4}, {"certDepth", 20, 4}, {"certSubject", 24, 301}}},
	{"struct z__WifiConfig_StoredNetwork_Base", 4, 4, []field{{"z__magicAndVersion", 0, 4}}},
	{"struct z__WifiConfig_ConnectedNetwork_Base", 4, 4, []field{{"z__magicAndVersion", 0, 4}}},
	{"struct z__WifiConfig_ScannedNetwork_Base", 4, 4, []field{{"z__magicAndVersion", 0, 4}}},
	{"struct z__WifiConfig_ScannedNetwork_v1", 52, 4, []field{{"z__magicAndVersion", 0, 4}, {"ssid", 4, 32}, {"bssid", 36, 6}, {"ssidLength", 42, 1}, {"security", 43, 1}, {"frequencyMHz", 44, 4}, {"signalRssi", 48, 1}}},
	{"struct z__WifiConfig_StoredNetwork_v1", 40, 4, []field{{"z__magicAndVersion", 0, 4}, {"ssid", 4, 32}, {"ssidLength", 36, 1}, {"isEnabled", 37, 1}, {"isConnected", 38, 1}, {"security", 39, 1}}},
	{"struct z__WifiConfig_ConnectedNetwork_v1", 52, 4, []field{{"z__magicAndVersion", 0, 4}, {"ssid", 4, 32}, {"bssid", 36, 6}, {"ssidLength", 42, 1}, {"security", 43, 1}, {"frequencyMHz", 44, 4}, {"signalRssi", 48, 1}}},
}

type field struct {
	name         string
	offset, size int
}

// constants are values that apps have compiled in (facts/applibs.md 4, 5.1).
var constants = map[string]int64{
	"GPIO_Value_High": 1, "GPIO_OutputMode_PushPull": 0, "GPIO_OutputMode_OpenDrain": 1, "GPIO_OutputMode_OpenSource": 2,
	"EventLoop_Input": 1, "EventLoop_Output": 4, "EventLoop_Error": 8,
	"EventLoop_Run_Failed": -1, "EventLoop_Run_FinishedEmpty": 0, "EventLoop_Run_Finished": 1,
	"SPI_Mode_0": 1, "SPI_Mode_3": 4, "SPI_BitOrder_LsbFirst": 1, "SPI_BitOrder_MsbFirst": 2,
	"SPI_ChipSelectPolarity_ActiveLow": 1, "SPI_ChipSelectPolarity_ActiveHigh": 2, "SPI_TransferFlags_Read": 1, "SPI_TransferFlags_Write": 2,
	"UART_DataBits_Five": 5, "UART_DataBits_Eight": 8, "UART_Parity_Even": 1, "UART_Parity_Odd": 2, "UART_StopBits_Two": 2,
	"UART_FlowControl_RTSCTS": 1, "UART_FlowControl_XONXOFF": 2, "PWM_Polarity_Inversed": 1,
	"Networking_InterfaceConnectionStatus_InterfaceUp": 1, "Networking_InterfaceConnectionStatus_ConnectedToInternet": 8,
	"Networking_InterfaceMedium_Wifi": 1, "Networking_InterfaceMedium_Ethernet": 2, "Networking_IpType_DhcpClient": 1,
	"Networking_ProxyStatus_Ready": 4, "Networking_ProxyOptions_Enabled": 2, "Networking_ProxyType_Invalid": -1, "Networking_ProxyAuthType_Basic": 1,
	"WifiConfig_Security_Wpa2_Psk": 2, "WifiConfig_Security_Wpa2_EAP_TLS": 3, "z__WifiConfig_Attribute_NetworkDiagnostics64": 23,
	"SysEvent_Events_NoUpdateAvailable": 4, "SysEvent_Status_Complete": 4, "SysEvent_UpdateType_System": 2,
	"PowerManagement_System_HighPerformance": 2, "z__Application_MemoryAttribute_PeakUserMode": 2,
	"Z__PWM_APPLY_STATE": 0x401CF701, "Z__IIO_SPEC_SIZE": 0xC00C69D2, "Z__IIO_SPEC": 0xC01069D3, "Z__IIO_READ_RAW": 0xC01469D4,
	"Z__IIO_READ_EXT_INFO": 0xC01469D6, "Z__IIO_WRITE_EXT_INFO": 0xC01469D7, "Z__CPUFREQ_SET_GOVERNOR": 0x4014700A,
}

// The headers compile without a warning, alone and together, in C11 and GNU11, and have the ABI that real apps have.
func TestHeadersABI(t *testing.T) {
	t.Parallel()
	sysroot := testenv.Sysroot(t)
	var headers []string
	files, err := sdk.Files()
	if err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if dir, base := filepath.Split(name); dir == "include/applibs/" {
			headers = append(headers, base)
		}
	}
	sort.Strings(headers)
	dir := t.TempDir()
	if err := sdk.Export(dir, sdk.Options{}); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	sources := make(map[string]string)
	for _, h := range headers {
		fmt.Fprintf(&all, "#include <applibs/%s>\n", h)
		sources[h] = fmt.Sprintf("#include <applibs/%s>\n", h)
	}
	all.WriteString("#include <stddef.h>\n#define FIELD(t, f) (((t *)0)->f)\n")
	for _, s := range structures {
		fmt.Fprintf(&all, "_Static_assert(sizeof(%s) == %d && _Alignof(%s) == %d, \"%s\");\n", s.name, s.size, s.name, s.align, s.name)
		for _, f := range s.fields {
			fmt.Fprintf(&all, "_Static_assert(offsetof(%s, %s) == %d && sizeof(FIELD(%s, %s)) == %d, \"%s.%s\");\n",
				s.name, f.name, f.offset, s.name, f.name, f.size, s.name, f.name)
		}
	}
	for name, v := range constants {
		fmt.Fprintf(&all, "_Static_assert((long long)(%s) == %dLL, \"%s\");\n", name, v, name)
	}
	sources["all"] = all.String()
	if len(structures) != 25 {
		t.Errorf("%d structures, facts/applibs.md 3 has 25", len(structures))
	}
	if _, err := os.Stat(filepath.Join(sysroot, "usr", "include")); err != nil {
		t.Fatal(err)
	}
	for _, std := range []string{"-std=c11", "-std=gnu11"} {
		for name, src := range sources {
			t.Run(std+" "+name, func(t *testing.T) {
				t.Parallel()
				testenv.BuildARM(t, testenv.Program{
					Sources: map[string]string{"a.c": src}, Link: testenv.Object,
					Flags: []string{std, "-nostdinc", "-isystem", filepath.Join(sysroot, "usr", "include"), "-isystem", testenv.CompilerInclude(t),
						"-I", filepath.Join(dir, "include"), "-Wall", "-Wextra", "-Werror"},
				})
			})
		}
	}
}
