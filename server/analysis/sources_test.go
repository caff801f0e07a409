package analysis

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"armillary.dev/device/config"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
)

const boardSource = `{"Metadata": {"Type": "Azure Sphere Hardware Definition", "Version": 1}, "Imports": [{"Path": "mt3620.json"}], "Peripherals": [
	{"Name": "LED", "Type": "Gpio", "Mapping": "MT3620_GPIO8"},
	{"Name": "BUTTON", "Type": "Gpio", "Mapping": "MT3620_GPIO12"},
	{"Name": "SERIAL", "Type": "Uart", "Mapping": "MT3620_ISU0_UART"},
	{"Name": "BLINKER", "Type": "Pwm", "Mapping": "MT3620_PWM_CONTROLLER1"}]}`

// sources makes an app of a manifest's capabilities and a C file, in which a main is added.
func sources(t testing.TB, caps, c string) Sources {
	t.Helper()
	set, err := hwdef.Load("board.json", func(name string) (*hwdef.Definition, error) {
		if name == hwdef.ChipFile {
			return hwdef.Chip(), nil
		}
		return hwdef.Read(name, jsonc.ParseString(boardSource)), nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Sources{
		Manifest:     manifest.Read(jsonc.ParseString(`{"Name": "a", "Capabilities": {` + caps + `}}`)),
		ManifestPath: "app/app_manifest.json",
		Definitions:  set,
		Files:        []*csource.File{csource.Read("app/main.c", c+"\nint main(void) { return f(); }\n")},
	}
}

// lines writes findings: file, code, the text they are at, the message, and what the manifest is after the first fix.
func lines(t *testing.T, s Sources, found map[string][]rule.Finding) []string {
	t.Helper()
	texts := map[string]string{s.ManifestPath: s.Manifest.File.Src}
	for _, f := range s.Files {
		texts[f.Path] = f.Src
	}
	var out []string
	for _, file := range []string{"app/main.c", "app/app_manifest.json"} {
		for _, f := range found[file] {
			line := fmt.Sprintf("%s %s: %s", f.Rule.Code, texts[file][f.Span.Start:f.Span.End], f.Message)
			if len(f.Fixes) > 0 {
				e := f.Fixes[0].Edits[0]
				if e.File != "" && e.File != s.ManifestPath {
					t.Errorf("the fix edits %s", e.File)
				}
				src := s.Manifest.File.Src
				fixed := src[:e.Span.Start] + e.New + src[e.Span.End:]
				_, caps, _ := strings.Cut(fixed, `"Capabilities": `)
				line += " => " + strings.TrimSuffix(caps, "}")
			}
			out = append(out, line)
		}
	}
	return out
}

func TestCheckSources(t *testing.T) {
	const noGpio = "GPIO_OpenAsOutput needs Gpio, which app_manifest.json does not ask for; without it the call fails with EACCES (13)"
	for _, c := range []struct {
		name, caps, src string
		want            []string
	}{
		{"capability and element are there", `"Gpio": ["$LED"]`, `int f(void) { return GPIO_OpenAsOutput(LED, 0, 0); }`, nil},
		{"one pin by three names", `"Gpio": ["$LED"]`, `int f(void) { GPIO_OpenAsOutput(MT3620_GPIO8, 0, 0); return GPIO_OpenAsInput(8); }`, nil},
		{"no capability", ``, `int f(void) { return GPIO_OpenAsOutput(LED, 0, 0); }`, []string{
			`AZS300 GPIO_OpenAsOutput: ` + noGpio + ` => { "Gpio": [ "$LED" ] }`}},
		{"empty list", `"Gpio": []`, `int f(void) { return GPIO_OpenAsOutput(9, 0, 0); }`, []string{
			`AZS300 GPIO_OpenAsOutput: ` + noGpio + ` => {"Gpio": [ "$MT3620_GPIO9" ]}`}},
		{"raw values stay raw", `"Gpio": [8]`, `int f(void) { GPIO_OpenAsOutput(LED, 0, 0); return GPIO_OpenAsInput(BUTTON); }`, []string{
			`AZS302 BUTTON: BUTTON is GPIO 12, which Gpio in app_manifest.json does not list; GPIO_OpenAsInput fails with EACCES (13) => {"Gpio": [8, 12]}`}},
		{"names stay names", `"Gpio": ["$LED"]`, `int f(void) { GPIO_OpenAsOutput(LED, 0, 0); return GPIO_OpenAsInput(12); }`, []string{
			`AZS302 12: GPIO 12, which Gpio in app_manifest.json does not list; GPIO_OpenAsInput fails with EACCES (13) => {"Gpio": ["$LED", "$BUTTON"]}`}},
		{"UART numbers begin at 4", `"Uart": ["ISU0"]`, `int f(void) { UART_Open(4, 0); UART_Open(SERIAL, 0); UART_Open(MT3620_UART_ISU0, 0); return UART_Open(5, 0); }`, []string{
			`AZS302 5: ISU1 as UART, which Uart in app_manifest.json does not list; UART_Open fails with EACCES (13) => {"Uart": ["ISU0", "ISU1"]}`}},
		{"PWM controller", `"Pwm": ["PWM-CONTROLLER-0"]`, `int f(void) { PWM_Open(MT3620_PWM_CONTROLLER0); return PWM_Open(BLINKER); }`, []string{
			`AZS302 BLINKER: BLINKER is PWM-CONTROLLER-1, which Pwm in app_manifest.json does not list; PWM_Open fails with EACCES (13) => {"Pwm": ["PWM-CONTROLLER-0", "PWM-CONTROLLER-1"]}`}},
		{"through a wrapper", `"Gpio": ["$LED"]`, "static int open(GPIO_Id pin) { return GPIO_OpenAsOutput(pin, 0, 0); }\nvoid f(void) { open(LED); open(BUTTON); }", []string{
			`AZS302 BUTTON: BUTTON is GPIO 12, which Gpio in app_manifest.json does not list; GPIO_OpenAsOutput fails with EACCES (13) => {"Gpio": ["$LED", "$BUTTON"]}`}},
		{"a wrapper of both", `"Gpio": ["$LED"]`, "static int open(GPIO_Id pin, int in) { return in ? GPIO_OpenAsInput(pin) : GPIO_OpenAsOutput(pin, 0, 0); }\nvoid f(void) { open(LED, 1); open(BUTTON, 0); }", []string{
			`AZS302 BUTTON: BUTTON is GPIO 12, which Gpio in app_manifest.json does not list; opening it fails with EACCES (13) => {"Gpio": ["$LED", "$BUTTON"]}`}},
		{"a name that nobody knows", `"Gpio": ["$LED"]`, `int f(void) { return GPIO_OpenAsOutput(OTHER, 0, 0); }`, nil},
		{"one constant, two wrappers", `"Gpio": ["$LED"]`, "static int in(int i) { return GPIO_OpenAsInput(i); }\nstatic int out(int o) { return GPIO_OpenAsOutput(o, 0, 0); }\n" +
			"static const int pin = BUTTON;\nvoid f(void) { in(pin); out(pin); GPIO_OpenAsOutput(LED, 0, 0); }", []string{
			`AZS302 BUTTON: BUTTON is GPIO 12, which Gpio in app_manifest.json does not list; GPIO_OpenAsInput fails with EACCES (13) => {"Gpio": ["$LED", "$BUTTON"]}`}},
		{"a table", `"Gpio": ["$LED"]`, "struct p { const char *n; int pin; };\nstatic const struct p ps[] = {{\"a\", LED}, {\"b\", 12}};\nint f(int i) { const struct p *p = &ps[i]; return GPIO_OpenAsInput(p->pin); }", []string{
			`AZS302 12: GPIO 12, which Gpio in app_manifest.json does not list; GPIO_OpenAsInput fails with EACCES (13) => {"Gpio": ["$LED", "$BUTTON"]}`}},
		{"macros in a macro", `"Gpio": ["$LED"]`, "#define OPEN2(n) OPEN(n)\n#define OPEN(n) GPIO_OpenAsOutput(n, 0, 0)\nint f(void) { return OPEN2(LED) + OPEN2(3+4); }", []string{
			`AZS302 3+4: GPIO 7, which Gpio in app_manifest.json does not list; GPIO_OpenAsOutput fails with EACCES (13) => {"Gpio": ["$LED", "$MT3620_GPIO7"]}`}},
		{"a macro that calls what it is given", `"WifiConfig": false`, "#define TRY(f) if (f() < 0) return -1\nint f(void) { TRY(WifiConfig_ForgetAllNetworks); TRY(clock_systohc); return 0; }", []string{
			`AZS300 WifiConfig_ForgetAllNetworks: WifiConfig_ForgetAllNetworks needs WifiConfig, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => {"WifiConfig": true}`,
			`AZS300 clock_systohc: clock_systohc needs SystemTime, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => {"WifiConfig": false, "SystemTime": true}`}},

		{"a name of another type", `"Gpio": ["$LED"]`, `int f(void) { return GPIO_OpenAsOutput(SERIAL, 0, 0); }`, []string{
			`AZS302 SERIAL: SERIAL is of type Uart, not Gpio; its number 4 is GPIO 4, which Gpio in app_manifest.json does not list; GPIO_OpenAsOutput fails with EACCES (13)`,
			`AZS301 "$LED": Nothing in the app's sources opens GPIO 8 => {"Gpio": []}`}},
		{"a pin as UART", `"Uart": ["ISU0"]`, "#define PORT LED\nint f(void) { UART_Open(SERIAL, 0); return UART_Open(PORT, 0); }", []string{
			`AZS302 PORT: PORT is of type Gpio, not Uart; its number 8 is ISU4 as UART, which Uart in app_manifest.json does not list; UART_Open fails with EACCES (13)`}},
		{"a pin as UART that is listed", `"Uart": ["ISU4"]`, `int f(void) { return UART_Open(LED, 0); }`, nil},
		{"a pin as UART, none asked for", ``, `int f(void) { return UART_Open(LED, 0); }`, []string{
			`AZS300 UART_Open: UART_Open needs Uart, which app_manifest.json does not ask for; without it the call fails with EACCES (13)`}},
		{"a pin as UART that the chip does not have", `"Uart": ["ISU0"]`, `int f(void) { UART_Open(SERIAL, 0); return UART_Open(BUTTON, 0); }`, []string{
			`AZS302 BUTTON: BUTTON is of type Gpio, not Uart; 12 is no Uart of the MT3620, which has 4 (ISU0) to 8 (ISU4); UART_Open fails`}},
		{"another value than the definition's", `"Uart": ["ISU0"]`, "#define LED 4\nint f(void) { return UART_Open(LED, 0); }", nil},
		{"numbers that the chip does not have", `"Uart": ["ISU0"], "Adc": ["ADC-CONTROLLER-0"], "Gpio": ["$LED"]`, `void f(void) { UART_Open(4, 0); UART_Open(0, 0); ADC_Open(1); GPIO_OpenAsInput(24); GPIO_OpenAsInput(LED); }`, []string{
			`AZS302 0: 0 is no Uart of the MT3620, which has 4 (ISU0) to 8 (ISU4); UART_Open fails`,
			`AZS302 1: 1 is no Adc of the MT3620, which has 0 (ADC-CONTROLLER-0); ADC_Open fails`,
			`AZS302 24: 24 is no Gpio of the MT3620; GPIO_OpenAsInput fails`}},
		{"numbers that stand for none", `"Gpio": ["$LED"]`, "#define NONE 255\nstatic int open(int pin) { return pin == 99 ? 0 : GPIO_OpenAsInput(pin); }\nvoid f(void) { if (NONE != 255) GPIO_OpenAsInput(NONE); open(99); open(LED); GPIO_OpenAsInput(-1); }", nil},
		{"a wrapper for all kinds", `"Gpio": ["$LED"], "Uart": ["ISU0"]`, "static int open(int gpio, int id) { return gpio ? GPIO_OpenAsInput(id) : UART_Open(id, 0); }\nvoid f(void) { open(1, LED); open(0, SERIAL); }", nil},
		{"a wrapper for one kind", `"Uart": ["ISU0"]`, "static int open(int id) { Application_IsDeviceAuthReady(0); return UART_Open(id, 0); }\nvoid f(void) { open(LED); open(SERIAL); }", []string{
			`AZS300 Application_IsDeviceAuthReady: Application_IsDeviceAuthReady needs DeviceAuthentication, which app_manifest.json does not ask for; without it the call says that there is no certificate`,
			`AZS302 LED: LED is of type Gpio, not Uart; its number 8 is ISU4 as UART, which Uart in app_manifest.json does not list; UART_Open fails with EACCES (13)`}},

		{"partners", `"AllowedApplicationConnections": ["005180BC-402f-4cb3-a662-72937dbcde47"]`, "#define B \"9A1f2c8e-402f-4cb3-a662-72937dbcde47\"\nstatic const char a[] = \"005180bc-402f-4cb3-a662-72937dbcde47\"; static const char c[] = \"9a1f2c8e-0000-4cb3-a662-72937dbcde47\";\n" +
			`void f(void) { Application_Connect(a); Application_Connect(B); Application_Connect(c); Application_Connect("your id"); }`, []string{
			`AZS302 "9a1f2c8e-0000-4cb3-a662-72937dbcde47": The app 9a1f2c8e-0000-4cb3-a662-72937dbcde47, which AllowedApplicationConnections in app_manifest.json does not list; Application_Connect fails with EACCES (13) => {"AllowedApplicationConnections": ["005180BC-402f-4cb3-a662-72937dbcde47", "9a1f2c8e-0000-4cb3-a662-72937dbcde47"]}`,
			`AZS302 B: The app 9A1f2c8e-402f-4cb3-a662-72937dbcde47, which AllowedApplicationConnections in app_manifest.json does not list; Application_Connect fails with EACCES (13) => {"AllowedApplicationConnections": ["005180BC-402f-4cb3-a662-72937dbcde47", "9A1f2c8e-402f-4cb3-a662-72937dbcde47"]}`}},
		{"partners that are still to be named", `"AllowedApplicationConnections": ["<the other app>"]`, `void f(void) { Application_Connect("005180bc-402f-4cb3-a662-72937dbcde47"); }`, nil},
		{"no partner", ``, `void f(void) { Application_Connect("005180bc-402f-4cb3-a662-72937dbcde47"); }`, []string{
			`AZS300 Application_Connect: Application_Connect needs AllowedApplicationConnections, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => { "AllowedApplicationConnections": [ "005180bc-402f-4cb3-a662-72937dbcde47" ] }`}},
		{"an entry that leads nowhere", `"Gpio": ["$NOWHERE"]`, `int f(void) { return GPIO_OpenAsOutput(LED, 0, 0); }`, nil},
		{"flag", `"WifiConfig": false`, `void f(void) { WifiConfig_GetCurrentNetwork(0); }`, []string{
			`AZS300 WifiConfig_GetCurrentNetwork: WifiConfig_GetCurrentNetwork needs WifiConfig, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => {"WifiConfig": true}`}},
		{"either", `"NetworkConfig": true`, `void f(void) { Networking_Proxy_Get(0); }`, nil},
		{"either, none", ``, `void f(void) { Networking_Proxy_Get(0); }`, []string{
			`AZS300 Networking_Proxy_Get: Networking_Proxy_Get needs NetworkConfig or ReadNetworkProxyConfig, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => { "ReadNetworkProxyConfig": true }`}},
		{"both", `"SystemEventNotifications": true`, `void f(void) { SysEvent_DeferEvent(0, 0); }`, []string{
			`AZS300 SysEvent_DeferEvent: SysEvent_DeferEvent needs SoftwareUpdateDeferral, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => {"SystemEventNotifications": true, "SoftwareUpdateDeferral": true}`}},
		{"entry of a list", `"PowerControls": ["ForceReboot"]`, `void f(void) { PowerManagement_ForceSystemReboot(); PowerManagement_ForceSystemPowerDown(1); }`, []string{
			`AZS300 PowerManagement_ForceSystemPowerDown: PowerManagement_ForceSystemPowerDown needs PowerControls "ForcePowerDown", which app_manifest.json does not ask for; without it the call fails with EACCES (13) => {"PowerControls": ["ForceReboot", "ForcePowerDown"]}`}},
		{"kernel", ``, `void f(void) { clock_settime(0, 0); }`, []string{
			`AZS300 clock_settime: clock_settime needs SystemTime, which app_manifest.json does not ask for; without it the call fails with EPERM (1) => { "SystemTime": true }`}},
		{"EAP-TLS alone needs more", `"WifiConfig": true`, `void f(void) { WifiConfig_SetSecurityType(1, WifiConfig_Security_Wpa2_Psk); WifiConfig_SetSecurityType(1, WifiConfig_Security_Wpa2_EAP_TLS); }`, []string{
			`AZS300 WifiConfig_SetSecurityType: WifiConfig_SetSecurityType needs EnterpriseWifiConfig, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => {"WifiConfig": true, "EnterpriseWifiConfig": true}`}},
		{"tenant that only its owner knows", ``, `void f(void) { iothub_security_init(IOTHUB_SECURITY_TYPE_SYMMETRIC_KEY); iothub_security_init(IOTHUB_SECURITY_TYPE_X509); }`, []string{
			`AZS300 iothub_security_init: iothub_security_init needs DeviceAuthentication, which app_manifest.json does not ask for; without it the call fails`}},
		{"sockets may be local", ``, `void f(void) { connect(0, 0, 0); getaddrinfo(0, 0, 0, 0); bind(0, 0, 0); }`, nil},
		{"own function of the name", ``, "void WifiConfig_GetCurrentNetwork(int a) { }\nvoid f(void) { WifiConfig_GetCurrentNetwork(0); }", nil},
		{"switched off", ``, "void f(void) {\n#if 0\nWifiConfig_GetCurrentNetwork(0);\n#endif\n}", nil},
		{"in a macro that nothing expands", ``, "#define SCAN() WifiConfig_GetScannedNetworks(0, 0)\nvoid f(void) { }", nil},
		{"in a macro", ``, "#define SCAN() WifiConfig_GetScannedNetworks(0, 0)\nvoid f(void) { SCAN(); }", []string{
			`AZS300 WifiConfig_GetScannedNetworks: WifiConfig_GetScannedNetworks needs WifiConfig, which app_manifest.json does not ask for; without it the call fails with EACCES (13) => { "WifiConfig": true }`}},

		{"nothing needs a flag", `"WifiConfig": true, "SystemTime": true`, `void f(void) { clock_systohc(); }`, []string{
			`AZS301 "WifiConfig": Nothing in the app's sources needs WifiConfig => {"SystemTime": true}`}},
		{"a pointer to the function", `"SystemTime": true`, `int (*p)(void) = clock_systohc;`, nil},
		{"nothing opens a pin", `"Gpio": ["$LED", 12]`, `int f(void) { return GPIO_OpenAsOutput(LED, 0, 0); }`, []string{
			`AZS301 12: Nothing in the app's sources opens GPIO 12 => {"Gpio": ["$LED"]}`}},
		{"something opens what is not known", `"Gpio": ["$LED", 12]`, `int f(int i) { GPIO_OpenAsOutput(i, 0, 0); return GPIO_OpenAsOutput(LED, 0, 0); }`, nil},
		{"the name stands elsewhere", `"Gpio": ["$LED", "$BUTTON"]`, `int b = BUTTON; int f(void) { return GPIO_OpenAsOutput(LED, 0, 0); }`, nil},
		{"nothing needs a power control", `"PowerControls": ["ForceReboot", "ForcePowerDown"]`, `void f(void) { PowerManagement_ForceSystemReboot(); }`, []string{
			`AZS301 "ForcePowerDown": Nothing in the app's sources needs PowerControls "ForcePowerDown" => {"PowerControls": ["ForceReboot"]}`}},
		{"hosts are for libraries too", `"AllowedConnections": ["a.example"]`, ``, nil},
		{"Enterprise needs both", `"WifiConfig": true, "EnterpriseWifiConfig": true`, `void f(void) { WifiConfig_SetClientIdentity(0, 0); }`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sources(t, c.caps, c.src)
			if diff := cmp.Diff(c.want, lines(t, s, CheckSources(s))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Nothing is called unused where something is not seen; real-time apps are not looked at; --strict makes errors.
func TestSourcesOptions(t *testing.T) {
	s := sources(t, `"WifiConfig": true`, ``)
	s.Unseen = []string{"libdriver"}
	if got := CheckSources(s); len(got) != 0 {
		t.Errorf("with a library: %v", lines(t, s, got))
	}
	s = sources(t, `"WifiConfig": true`, ``)
	s.Files = nil
	if got := CheckSources(s); len(got) != 0 {
		t.Errorf("without files: %v", lines(t, s, got))
	}
	s = sources(t, ``, `void f(void) { UART_Open(1, 0); }`)
	s.Strict = true
	if got := CheckSources(s)["app/main.c"]; len(got) != 1 || got[0].Severity != rule.Error || got[0].Pointer != "/Capabilities/Uart" || len(got[0].Related) != 1 {
		t.Errorf("strict: %+v", got)
	}
	s.Manifest = manifest.Read(jsonc.ParseString(`{"ApplicationType": "RealTimeCapable", "Capabilities": {}}`))
	if got := CheckSources(s); len(got) != 0 {
		t.Errorf("real-time: %v", lines(t, s, got))
	}
}

// What an app may do without is no error, whatever is chosen; what is probably not compiled is a hint.
func TestSourcesSeverity(t *testing.T) {
	guarded := func(macro string) string {
		return "void f(void) {\n#ifdef " + macro + "\nUART_Open(1, 0);\n#else\nI2CMaster_Open(1);\n#endif\n#if defined(" + macro + ")\nSPIMaster_Open(1, 0, 0);\n#endif\n" +
			"#ifndef " + macro + "\nADC_Open(0);\n#endif\n#if " + macro + "\nPWM_Open(0);\n#endif\n}\n"
	}
	for _, c := range []struct {
		name, src string
		macros    []string
		want      string // errors, warnings and hints by function
	}{
		{"may be as it should", `void f(void) { WifiConfig_SetClientIdentity(0, 0); Application_IsDeviceAuthReady(0); Networking_TimeSync_GetEnabled(0); UART_Open(1, 0); }`, nil,
			"warning WifiConfig_SetClientIdentity, warning Application_IsDeviceAuthReady, warning Networking_TimeSync_GetEnabled, error UART_Open"},
		{"nobody defines it", guarded("LOG"), []string{"LOGS=1"}, "hint UART_Open, error I2CMaster_Open, hint SPIMaster_Open, error ADC_Open, error PWM_Open"},
		{"CMake defines it", guarded("LOG"), []string{"LOG=1"}, "error UART_Open, error I2CMaster_Open, error SPIMaster_Open, error ADC_Open, error PWM_Open"},
		{"the app defines it", "#define LOG\n" + guarded("LOG"), []string{}, "error UART_Open, error I2CMaster_Open, error SPIMaster_Open, error ADC_Open, error PWM_Open"},
		{"what CMake defines is not known", guarded("LOG"), nil, "error UART_Open, error I2CMaster_Open, error SPIMaster_Open, error ADC_Open, error PWM_Open"},
		{"the hardware definition's header defines it", guarded("LED"), []string{}, "error UART_Open, error I2CMaster_Open, error SPIMaster_Open, error ADC_Open, error PWM_Open"},
		{"the compiler defines it", guarded("__arm__"), []string{}, "error UART_Open, error I2CMaster_Open, error SPIMaster_Open, error ADC_Open, error PWM_Open"},
		{"guards within guards", "void f(void) {\n#ifdef A\n#if 1\n#ifdef B\n#else\nUART_Open(1, 0);\n#endif\n#endif\n#endif\n#endif\nADC_Open(0);\n}", []string{"B"},
			"hint UART_Open, error ADC_Open"},
	} {
		s := sources(t, ``, c.src)
		s.Strict, s.Macros = true, c.macros
		var got []string
		for _, f := range CheckSources(s)["app/main.c"] {
			got = append(got, f.Severity.String()+" "+c.src[f.Span.Start:f.Span.End])
			strict := config.NewSession(fstest.MapFS{"app/armillary.json": {Data: []byte(`{ "check": { "strict": true } }`)}}, Rules())
			if kept, _ := strict.Apply("app/main.c", c.src, nil, []rule.Finding{f}); len(kept) != 1 || kept[0].Severity != f.Severity {
				t.Errorf("%s: armillary.json makes %s of %s", c.name, kept[0].Severity, f.Severity)
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// What comes to a call from elsewhere is reported where it is written, and leads to the call. Where that is in a function that
// nothing calls, it is a hint.
func TestSourcesRelated(t *testing.T) {
	s := sources(t, `"Gpio": ["$LED"]`, "static int open(GPIO_Id pin) { return GPIO_OpenAsOutput(pin, 0, 0); }\nvoid f(void) { open(BUTTON); }")
	f := CheckSources(s)["app/main.c"]
	if len(f) != 1 || len(f[0].Related) != 2 {
		t.Fatalf("%+v", f)
	}
	r := f[0].Related[1]
	if r.File != "app/main.c" || s.Files[0].Src[r.Span.Start:r.Span.End] != "GPIO_OpenAsOutput" || s.Files[0].Src[f[0].Span.Start:f[0].Span.End] != "BUTTON" {
		t.Errorf("%+v", f[0])
	}
	s = sources(t, `"Gpio": ["$LED"]`, "static int open(GPIO_Id pin) { return GPIO_OpenAsOutput(pin, 0, 0); }\nvoid g(void) { open(BUTTON); }\nvoid f(void) { open(LED); open(3); }")
	s.Strict = true
	var got []string
	for _, f := range CheckSources(s)["app/main.c"] {
		got = append(got, f.Severity.String()+" "+f.Message)
	}
	want := []string{"hint BUTTON is GPIO 12, which Gpio in app_manifest.json does not list; GPIO_OpenAsOutput fails with EACCES (13); nothing here calls g",
		"error GPIO 3, which Gpio in app_manifest.json does not list; GPIO_OpenAsOutput fails with EACCES (13)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Of two calls, the one that is made counts.
	s = sources(t, `"Gpio": ["$LED"]`, "#define PIN BUTTON\nstatic const int pin = PIN;\nvoid g(void) { GPIO_OpenAsInput(pin); }\nvoid f(void) { GPIO_OpenAsOutput(pin, 0, 0); }")
	if f := CheckSources(s)["app/main.c"]; len(f) != 1 || f[0].Severity != rule.Warning || !strings.Contains(f[0].Message, "GPIO_OpenAsOutput") {
		t.Errorf("%+v", f)
	}
}

func TestPrivileges(t *testing.T) {
	s := sources(t, `"Gpio": ["$LED", 12, "$NOWHERE"], "WifiConfig": true, "SystemTime": true, "CertStore": false, "PowerControls": ["ForceReboot"], "AllowedConnections": ["a.example"]`,
		"void f(void) { GPIO_OpenAsOutput(8, 0, 0); clock_systohc(); p = PowerManagement_ForceSystemReboot; }")
	var got []string
	r := Privileges(s)
	for i := range r.Asked {
		got = append(got, r.Asked[i].String())
		for _, why := range r.Asked[i].Why {
			got = append(got, "  "+why.Kind+": "+why.Text)
		}
	}
	want := []string{
		"AllowedConnections a.example: unclear (0)", "  entry: libraries connect too; which hosts is decided at run time",
		"Gpio 12 (GPIO 12): not seen (0)", "Gpio $LED (GPIO 8): used (1)", "Gpio $NOWHERE: unclear (0)", "  name: it leads to no value",
		"PowerControls ForceReboot: unclear (0)", "  mention: PowerManagement_ForceSystemReboot is named, though not in a call that could be followed",
		"SystemTime: used (1)", "WifiConfig: not seen (0)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	b, err := json.Marshal(r.Asked[5])
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"capability":"SystemTime","state":"used","uses":[{"function":"clock_systohc","in":"f","file":"main.c","line":1}]}`; string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}

// What calls need and the manifest lacks, what could not be followed and what was not read are told apart.
func TestPrivilegesMissing(t *testing.T) {
	s := sources(t, `"Gpio": ["$LED", 12], "AllowedApplicationConnections": ["005180bc-402f-4cb3-a662-72937dbcde47"]`, "static int g(int i) { return GPIO_OpenAsInput(i, 0); }\nint f(int i) {\n  UART_Open(4, 0);\n  UART_Open(x, 0);\n"+
		"  GPIO_OpenAsOutput(BUTTON, 0, 0);\n  clock_systohc();\n  Application_Connect(\"9a1f2c8e-402f-4cb3-a662-72937dbcde47\");\n  return g(i); }\n#define OPEN(x) ADC_Open(x)\nint a = OPEN(0);")
	s.Unseen = []string{"driver", "app/lib/fast.cc", "other/slow.cpp", "/home/me/libx.a"}
	r := Privileges(s)
	var got []string
	for _, l := range r.Missing {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", l.Capability, l.Entry, l.Value)))
		for _, u := range l.Uses {
			got = append(got, fmt.Sprintf("  %s:%d %s %s", u.File, u.Line, u.In, u.Function))
		}
	}
	for _, u := range r.NotFollowed {
		got = append(got, fmt.Sprintf("not followed %s:%d %s %s", u.File, u.Line, u.In, u.Function))
	}
	got = append(got, r.NotRead...)
	for i := range r.Asked {
		got = append(got, r.Asked[i].String())
	}
	want := []string{
		"Adc $MT3620_ADC_CONTROLLER0 ADC-CONTROLLER-0", "  main.c:9 OPEN ADC_Open",
		"AllowedApplicationConnections 9a1f2c8e-402f-4cb3-a662-72937dbcde47", "  main.c:7 f Application_Connect",
		"SystemTime", "  main.c:6 f clock_systohc",
		"Uart", "  main.c:4 f UART_Open",
		"Uart $SERIAL ISU0 as UART", "  main.c:3 f UART_Open",
		"not followed main.c:1 g GPIO_OpenAsInput", "not followed main.c:4 f UART_Open",
		"../other/slow.cpp", "driver", "lib/fast.cc", "libx.a",
		"AllowedApplicationConnections 005180bc-402f-4cb3-a662-72937dbcde47: unclear (1)",
		"Gpio 12 (GPIO 12): used (1)", "Gpio $LED (GPIO 8): unclear (0)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What only functions use that nothing calls is unclear, and what only they lack does not count.
func TestPrivilegesUnreached(t *testing.T) {
	s := sources(t, `"CertStore": true`, "static void dead(void) { CertStore_GetCertificateCount(); clock_systohc(); }\nvoid f(void) {}")
	r := Privileges(s)
	if p := r.Asked[0]; p.State != Unclear || len(p.Why) != 1 || p.Why[0].Kind != WhyDead || !p.Uses[0].Dead {
		t.Errorf("%+v", p)
	}
	if len(r.Missing) != 1 || r.Missing[0].Live() {
		t.Errorf("%+v", r.Missing)
	}
}

// Of a real-time app the report says what it asks for, and no more.
func TestPrivilegesRealTime(t *testing.T) {
	s := sources(t, ``, `void f(void) { UART_Open(1, 0); }`)
	s.Manifest = manifest.Read(jsonc.ParseString(`{"ApplicationType": "RealTimeCapable", "Capabilities": {"Gpio": [8], "Uart": ["ISU0"]}}`))
	r := Privileges(s)
	if len(r.Asked) != 2 || r.Asked[0].State != NotLooked || r.Kind != "real-time" || r.Files != 0 || len(r.Missing) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSourceRules(t *testing.T) {
	for _, r := range SourceRules() {
		if r.Doc == "" || r.Fix == "" || r.Source == "" || r.Title == "" {
			t.Errorf("%s says too little", r.Code)
		}
	}
}

func BenchmarkCheckSources(b *testing.B) {
	var c strings.Builder
	for i := range 200 {
		fmt.Fprintf(&c, "static const int pins%d[] = {LED, BUTTON, %d};\nint f%d(int i) { Log_Debug(\"%%d\\n\", i); return GPIO_OpenAsOutput(pins%d[i], 0, 0); }\n", i, i%24, i, i)
	}
	s := sources(b, `"Gpio": ["$LED", "$BUTTON"]`, c.String())
	CheckSources(s)
	b.ReportAllocs()
	for b.Loop() {
		CheckSources(s)
	}
}

// A library that several apps share brings functions and tables that an app never uses.
func TestSharedLibrary(t *testing.T) {
	const library = `
#define CLOUD setup_cloud()
static struct timer dps = { .handler = connect_dps };
void connect_dps(void) { Application_IsDeviceAuthReady(0); }
void setup_cloud(void) { start(&dps); }
void start(struct timer *t) { t->handler(); }
`
	for _, tt := range []struct {
		name, main string
		want       rule.Severity
	}{
		{"nothing names the table", "int f(void) { return 0; }", rule.Hint},
		{"the table", "int f(void) { start(&dps); }", rule.Warning},
		{"a function that names the table", "int f(void) { setup_cloud(); }", rule.Warning},
		{"a macro", "int f(void) { CLOUD; }", rule.Warning},
	} {
		s := sources(t, ``, tt.main)
		s.Files = append(s.Files, csource.Read("library/cloud.c", library))
		found := CheckSources(s)["library/cloud.c"]
		if len(found) != 1 || found[0].Severity != tt.want || !strings.Contains(found[0].Message, "which app/app_manifest.json does not ask for") {
			t.Errorf("%s: %+v, want one %v", tt.name, found, tt.want)
		}
	}
}
