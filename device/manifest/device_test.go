package manifest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/image"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
)

// deviceCodes says what a device answers to a manifest. It is written from facts/device_errors.tsv and the columns on
// device reactions of facts/diagnostics.md and facts/manifest.md, by name and number as they stand there; not from
// the rule table, which is held against it.
var deviceCodes = []struct {
	id   string // category.id and name of the device's catalogue
	code int
	src  string
}{
	{"2.1 InvalidJson", 2097153, `{"SchemaVersion": 1,, "Name"`},
	{"2.1 InvalidJson", 2097153, hl(`"AllowedTcpServerPorts": [ <port> ]`)},
	{"2.4 MissingSchemaVersion", 2097156, with(`"SchemaVersion": 1,`, ``)},
	{"2.17 IncompatibleSchemaVersion", 2097169, with(`"SchemaVersion": 1,`, `"SchemaVersion": 2,`)},
	{"14.15 CannotParseComponentId", 14680079, with(`"ComponentId": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22",`, ``)},
	{"7.47 InvalidComponentId", 7340079, with(`6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22`, `6b1f2c8e`)},
	{"2.3 MissingEntryPoint", 2097155, with(`"EntryPoint": "/bin/app",`, ``)},
	{"2.16 BadEntryPoint", 2097168, with(`"/bin/app"`, `"bin/app"`)},
	{"2.16 BadEntryPoint", 2097168, with(`"/bin/app"`, `""`)},
	{"2.5 CmdArgParseError", 2097157, with(`"CmdArgs": []`, `"CmdArgs": [ 8 ]`)},
	{"2.6 MissingCapabilitiesList", 2097158, with("\"Capabilities\": {},\n", ``)},
	{"2.6 MissingCapabilitiesList", 2097158, with(`"Capabilities": {}`, `"Capabilities": 1`)},
	{"2.26 BadAppType", 2097178, with(`"Default"`, `"Realtime"`)},
	{"2.27 NonStringAppType", 2097179, with(`"Default"`, `1`)},
	{"2.59 MallocVersionParseError", 2097211, with(`"Default"`, `"Default", "MallocVersion": "two"`)},
	{"1.2 CustomerManifestHasPolicy", 1048578, with(`"Default"`, `"Default", "Policy": {}`)},
	{"1.3 CustomerRequestedIllegalCapability", 1048579, hl(`"Teleport": true`)},
	{"1.3 CustomerRequestedIllegalCapability", 1048579, hl(`"HeapMemStats": true`)},
	{"2.10 GpioParseError", 2097162, hl(`"Gpio": [ "8" ]`)},
	{"2.10 GpioParseError", 2097162, hl(`"Gpio": 8`)},
	{"2.10 GpioParseError", 2097162, hl(`"Gpio": [ "$LED" ]`)}, // no name survives packing
	{"5.3 UndefinedGpioInManifest", 5242883, hl(`"Gpio": [ 25 ]`)},
	{"5.3 UndefinedGpioInManifest", 5242883, hl(`"Gpio": [ 76 ]`)},
	{"2.13 PeripheralParseError", 2097165, hl(`"Uart": "ISU0"`)},
	{"2.13 PeripheralParseError", 2097165, hl(`"Adc": [ 0 ]`)},
	{"5.7 UndefinedPeripheralInManifest", 5242887, hl(`"SpiMaster": [ "ISU10" ]`)},
	{"5.7 UndefinedPeripheralInManifest", 5242887, hl(`"I2cMaster": [ "ISU0_I2C" ]`)},
	{"5.7 UndefinedPeripheralInManifest", 5242887, hl(`"Pwm": [ "PWM-CONTROLLER-3" ]`)},
	{"2.9 ConnectionsParseError", 2097161, hl(`"AllowedConnections": "example.com"`)},
	{"2.9 ConnectionsParseError", 2097161, hl(`"AllowedConnections": [ 1 ]`)},
	{"2.43 AllowedApplicationConnectionsParseError", 2097195, hl(`"AllowedApplicationConnections": [ "partner" ]`)},
	{"2.36 AllowedTcpPortsParseError", 2097188, hl(`"AllowedTcpServerPorts": 80`)},
	{"2.37 AllowedUdpPortsParseError", 2097189, hl(`"AllowedUdpServerPorts": true`)},
	{"2.38 IllegalTcpPortsValue", 2097190, hl(`"AllowedTcpServerPorts": [ 0 ]`)},
	{"2.39 IllegalUdpPortsValue", 2097191, hl(`"AllowedUdpServerPorts": [ 65536 ]`)},
	{"2.24 DeviceAuthTenantIdParseError", 2097176, hl(`"DeviceAuthentication": "tenant"`)},
	{"2.29 DeviceAuthTenantIdTooLong", 2097181, hl(`"DeviceAuthentication": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22-6b1f2c8e"`)},
	{"2.31 NonObjectMutableStorageType", 2097183, hl(`"MutableStorage": 8`)},
	{"2.32 MutableStorageMissingRequiredField", 2097184, hl(`"MutableStorage": {}`)},
	{"2.33 ErrorParsingMutableStorageField", 2097185, hl(`"MutableStorage": {"SizeKB": "8"}`)},
	{"2.34 MutableStorageRequestTooLarge", 2097186, hl(`"MutableStorage": {"SizeKB": 65}`)},
	{"2.35 RequestedPeripheralsRequireSamePin", 2097187, hl(`"Uart": [ "ISU0" ], "I2cMaster": [ "ISU0" ]`)},
	{"2.35 RequestedPeripheralsRequireSamePin", 2097187, hl(`"Gpio": [ 27 ], "Uart": [ "ISU0" ]`)},
	{"2.35 RequestedPeripheralsRequireSamePin", 2097187, hl(`"Gpio": [ 4 ], "Pwm": [ "PWM-CONTROLLER-1" ]`)},
	{"2.35 RequestedPeripheralsRequireSamePin", 2097187, rt(`"Gpio": [ 5 ], "ExternalInterrupt": [ "EINT5" ]`)},
	{"2.48 PowerControlsMalformedParseError", 2097200, hl(`"PowerControls": [ "ForceReboot", "ForceReboot" ]`)},
	{"2.48 PowerControlsMalformedParseError", 2097200, hl(`"PowerControls": true`)},
	{"2.49 PowerControlsEmptyParseError", 2097201, hl(`"PowerControls": []`)},
	{"2.50 PowerControlsInvalidEntryParseError", 2097202, hl(`"PowerControls": [ "Explode" ]`)},
	{"2.15 WifiParseError", 2097167, hl(`"WifiConfig": "true"`)},
	{"2.45 EnterpriseWifiConfigParseError", 2097197, hl(`"EnterpriseWifiConfig": 1`)},
	{"2.11 NetworkConfigParseError", 2097163, hl(`"NetworkConfig": 1`)},
	{"2.56 ReadNetworkProxyConfigParseError", 2097208, hl(`"ReadNetworkProxyConfig": 1`)},
	{"2.51 HardwareAddressConfigParseError", 2097203, hl(`"HardwareAddressConfig": 1`)},
	{"2.40 TimeSyncConfigParseError", 2097192, hl(`"TimeSyncConfig": 1`)},
	{"2.30 SystemTimeParseError", 2097182, hl(`"SystemTime": 1`)},
	{"2.42 SntpServiceParseError", 2097194, hl(`"SntpService": 1`)},
	{"2.41 DhcpServiceParseError", 2097193, hl(`"DhcpService": 1`)},
	{"2.44 CertStoreParseError", 2097196, hl(`"CertStore": 1`)},
	{"2.46 SystemEventNotificationsParseError", 2097198, hl(`"SystemEventNotifications": 1`)},
	{"2.47 SoftwareUpdateDeferralParseError", 2097199, hl(`"SoftwareUpdateDeferral": 1`)},

	// What devices take, though it may be no good idea.
	{"", 0, hl(``)},
	{"", 0, with(`"CmdArgs": [],`, ``)},
	{"", 0, with(`"test"`, `"a name of more than thirty-one bytes"`)},
	{"", 0, with(`"Default"`, `"Default", "JameiDoc": 1`)},
	{"", 0, with(`"Default"`, `"Default", "TargetApplicationRuntimeVersion": 12`)},
	{"", 0, with(",\n  \"ApplicationType\": \"Default\"", ``)},
	{"", 0, hl(`"Gpio": [], "AllowedConnections": []`)},
	{"", 0, hl(`"Gpio": [ 8, 9, 10, 80 ], "WifiConfig": false`)},
	{"", 0, hl(`"DeviceAuthentication": "00000000-0000-0000-0000-000000000000"`)}, // published samples have it
	{"", 0, hl(`"AllowedConnections": [ "REPLACE_WITH_YOUR_HUB" ]`)},
	{"", 0, rt(`"Gpio": [ 12 ], "Uart": [ "ISU0" ]`)},
	{"", 0, hl(`"DeviceAuthentication ": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22"`)}, // in published packages (facts/image.md 1.8)
}

func TestDeviceCodes(t *testing.T) {
	names := deviceNames(t)
	for _, tt := range deviceCodes {
		if want := names[tt.code]; tt.code != 0 && names != nil && tt.id != want {
			t.Errorf("%d is %s, not %s: the golden is wrong", tt.code, want, tt.id)
		}
		_, err := Load([]byte(tt.src))
		var r *Refusal
		switch {
		case tt.code == 0 && err != nil:
			t.Errorf("%s\nrefused: %v", tt.src, err)
		case tt.code != 0 && !errors.As(err, &r):
			t.Errorf("%s\nnot refused with %s, but %v", tt.src, tt.id, err)
		case tt.code != 0 && r.Code != tt.code:
			t.Errorf("%s\nrefused with %d (%v), want %s", tt.src, r.Code, err, tt.id)
		}
	}
}

// deviceNames reads the device's catalogue, so that the goldens' numbers and names are held against it; nil without it.
func deviceNames(t *testing.T) map[int]string {
	dir := os.Getenv(testenv.EnvShared)
	if dir == "" {
		dir = filepath.Join(filepath.Dir(testenv.Root(t)), "shared")
	}
	text, err := os.ReadFile(filepath.Join(dir, "facts", "device_errors.tsv"))
	if err != nil {
		return nil
	}
	names := map[int]string{}
	for line := range strings.Lines(string(text)) {
		if c := strings.Split(line, "\t"); len(c) == 6 {
			code := 0
			fmt.Sscan(c[3], &code)
			names[code] = c[1] + "." + c[2] + " " + c[4]
		}
	}
	return names
}

// What the facts only recall, or what a packer mends, refuses nothing.
func TestRefused(t *testing.T) {
	for src, want := range map[string]string{
		hl(`"DeviceAuthentication": "00000000-0000-0000-0000-000000000000"`): "",
		hl(`"AllowedConnections": [ "*.example.com" ]`):                      "",
		with(`"CmdArgs": [],`, ``):                                           "",
		"// c\n" + hl(``):                                                    "",
		hl(`"Gpio": [ "$LED" ]`):                                             "",
		hl(`"Uart": [ "ISU9" ]`):                                             "AZS047",
		`{"Capabilities": {}}`:                                               "AZS010",
	} {
		got := ""
		if f := Refused(Check(Read(jsonc.ParseString(src)), Options{})); f != nil {
			got = f.Rule.Code
		}
		if got != want {
			t.Errorf("%s\nrefused by %q, want %q", src, got, want)
		}
	}
}

func TestAllows(t *testing.T) {
	m, err := Load([]byte(hl(`"Gpio": [ 9, 8 ], "Uart": [ "ISU0" ], "AllowedConnections": [ "Example.com" ], "AllowedTcpServerPorts": [ 8080 ],
		"AllowedApplicationConnections": [ "005180BC-402F-4cb3-a662-72937dbcde47" ], "WifiConfig": true, "CertStore": false, "PowerControls": [ "ForceReboot" ],
		"MutableStorage": {"SizeKB": 8}, "DeviceAuthentication": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f23"`)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		capability, value string
		ok                bool
		pointer           string
	}{
		{"Gpio", "8", true, "/Capabilities/Gpio/1"},
		{"Gpio", "10", false, "/Capabilities/Gpio"},
		{"Uart", "ISU0", true, "/Capabilities/Uart/0"},
		{"I2cMaster", "ISU0", false, "/Capabilities/I2cMaster"},
		{"AllowedConnections", "example.COM", true, "/Capabilities/AllowedConnections/0"},
		{"AllowedConnections", "www.example.com", false, "/Capabilities/AllowedConnections"},
		{"AllowedTcpServerPorts", "8080", true, "/Capabilities/AllowedTcpServerPorts/0"},
		{"AllowedApplicationConnections", "005180bc-402f-4cb3-a662-72937dbcde47", true, "/Capabilities/AllowedApplicationConnections/0"},
		{"WifiConfig", "", true, "/Capabilities/WifiConfig"},
		{"CertStore", "", false, "/Capabilities/CertStore"},
		{"NetworkConfig", "", false, "/Capabilities/NetworkConfig"},
		{"PowerControls", "ForceReboot", true, "/Capabilities/PowerControls/0"},
		{"PowerControls", "ForcePowerDown", false, "/Capabilities/PowerControls"},
		{"MutableStorage", "", true, "/Capabilities/MutableStorage"},
		{"DeviceAuthentication", "", true, "/Capabilities/DeviceAuthentication"},
		{"Nonsense", "", false, "/Capabilities/Nonsense"},
	} {
		if ok, pointer := m.Allows(tt.capability, tt.value); ok != tt.ok || pointer != tt.pointer {
			t.Errorf("Allows(%q, %q) = %v, %q; want %v, %q", tt.capability, tt.value, ok, pointer, tt.ok, tt.pointer)
		}
	}
	if m.StorageKB() != 8 || m.TenantID() != "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f23" || !slices.Equal(m.List("Gpio"), []string{"9", "8"}) {
		t.Error(m.StorageKB(), m.TenantID(), m.List("Gpio"))
	}
}

func TestPackaged(t *testing.T) {
	set := boardSet(t)
	for _, tt := range []struct {
		name, src, want string
	}{
		{"names and order", hl(`"Gpio": [ "$LED2", 12 ], "Uart": [ "$SERIAL" ]`),
			`{"SchemaVersion":1,"Name":"test","ComponentId":"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22","EntryPoint":"/bin/app","CmdArgs":[],` +
				`"Capabilities":{"Gpio":[8,12],"Uart":["ISU0"]},"ApplicationType":"Default","TargetApplicationRuntimeVersion":13}`},
		{"what is no strict JSON", "\uFEFF// c\n" + `{"$schema": "x", "Name": "é<\u0041>", "Name": "b\"", "TargetApplicationRuntimeVersion": 6, "Capabilities": {}, }`,
			`{"$schema":"x","Name":"b\"","Capabilities":{},"TargetApplicationRuntimeVersion":13}`},
		{"nothing", `{}`, `{"TargetApplicationRuntimeVersion":13}`},
		{"real-time keeps its text", rt(`"Gpio": [ 8 ]`), rt(`"Gpio": [ 8 ]`)},
		{"real-time names", "\uFEFF" + rt(`/* x */"Gpio": [ "$LED", 12, "$BUTTON", ]`), rt(`"Gpio": [ 8, 12, 12 ]`)},
	} {
		got, err := Packaged(Read(jsonc.ParseString(tt.src)), set, 13)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", tt.name, err, got, tt.want)
		}
	}
	for src, want := range map[string]string{
		hl(`"Gpio": [ "$LEDD" ]`):    "/Capabilities/Gpio/0: board.json has no name LEDD",
		hl(`"Gpio": [ "$SERIAL" ]`):  "/Capabilities/Gpio/0: $SERIAL is of type Uart",
		hl(`"Adc": [ "$CHANNEL" ]`):  "/Capabilities/Adc/0: $CHANNEL is a constant for the C code",
		hl(`"Gpio": [ 8, "$LOST" ]`): "/Capabilities/Gpio/1: $LOST leads to no value: LOST maps to NOWHERE, which does not exist",
		hl(`"Gpio": [ "$RING" ]`):    "run in a circle",
		`{"Name": }`:                 `/Name: "Name" has no value`,
		`[]`:                         "it is not a JSON object",
	} {
		_, err := Packaged(Read(jsonc.ParseString(src)), set, 13)
		var e *PackError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %s", src, err, want)
		}
	}
	// What is cut is not what the errors tell, which are limited.
	if got, err := Packaged(Read(jsonc.ParseString(strings.Repeat("/**/", 5000)+rt(``))), nil, 0); err != nil || string(got) != rt(``) {
		t.Errorf("five thousand comments: %v, %d bytes", err, len(got))
	}
	if _, err := Packaged(Read(jsonc.ParseString(strings.Replace(rt(``), `"CmdArgs": []`, `"CmdArgs": [ `+entries(5000, "[1,]")+"]", 1))), nil, 0); err == nil {
		t.Error("five thousand trailing commas were packed")
	}
	if _, err := Packaged(Read(jsonc.ParseString(hl(`"Gpio": [ "$LED" ]`))), nil, 13); err == nil {
		t.Error("a $ name was packed without a definition")
	}
	if _, err := Packaged(Read(jsonc.ParseString(hl(``))), nil, 0); !errors.Is(err, ErrNoAPISet) {
		t.Errorf("without an API set: %v", err)
	}
}

// The packaged manifest of the vendor's blink test, from its fields (facts/image.md 1.9), to the byte.
func TestPackagedVector(t *testing.T) {
	src := `{
	  "SchemaVersion": 1,
	  "Name": "AzureSphereBlinkTest",
	  "ComponentId": "2f074b0f-d99d-4692-82d9-ef93a7d6463c",
	  "EntryPoint": "/bin/app",
	  "CmdArgs": [],
	  "Capabilities": {
	    "Gpio": [ "$LED" ],
	    "AllowedApplicationConnections": []
	  },
	  "ApplicationType": "Default"
	}`
	got, err := Packaged(Read(jsonc.ParseString(src)), boardSet(t), 12)
	if err != nil {
		t.Fatal(err)
	}
	const want = "32dace9f7aaf2d4b0249c902d8a683a8a9b182221e4d3f158bfede77190cb394"
	if sum := fmt.Sprintf("%x", sha256.Sum256(got)); len(got) != 267 || sum != want {
		t.Errorf("%d bytes, SHA-256 %s, want 267 and %s\n%s", len(got), sum, want, got)
	}
	m, err := Load(got)
	if err != nil || m.APISet() != 12 || m.Name() != "AzureSphereBlinkTest" || m.EntryPoint() != "/bin/app" || len(m.CmdArgs()) != 0 || m.RealTime {
		t.Errorf("loaded: %v", err)
	}
}

// The manifests in the vendor's published packages are taken, and packing them again changes nothing.
func TestRealPackages(t *testing.T) {
	dir := testenv.Real(t)
	for _, name := range []string{"AzureSphereBlinkTest.imagepackage", "MutableStorage.imagepackage"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		im, err := image.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		text, err := im.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		m, err := Load(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := Packaged(m, nil, m.APISet())
		if err != nil || string(again) != string(text) {
			t.Errorf("%s: packed again: %v\n%s\nwant\n%s", name, err, again, text)
		}
		for _, f := range Check(m, Options{Path: FileName, Packaged: true}) {
			if f.Severity <= rule.Warning {
				t.Errorf("%s: %s %s", name, f.Rule.Code, f.Message)
			}
		}
	}
}
