package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"testing"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// hl makes a sound manifest of a high-level app around capabilities, rt one of a real-time app.
func hl(caps string) string { return app(caps, "Default") }
func rt(caps string) string { return app(caps, "RealTimeCapable") }

func app(caps, typ string) string {
	return `{
  "SchemaVersion": 1,
  "Name": "test",
  "ComponentId": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22",
  "EntryPoint": "/bin/app",
  "CmdArgs": [],
  "Capabilities": {` + caps + `},
  "ApplicationType": "` + typ + `"
}
`
}

// with replaces a piece of the sound manifest, which must be there.
func with(old, text string) string {
	m := hl("")
	if !strings.Contains(m, old) {
		panic(old)
	}
	return strings.Replace(m, old, text, 1)
}

// board is the definition that $ names are resolved with in the tests.
const board = `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Imports":[{"Path":"mt3620.json"}],"Peripherals":[
{"Name":"LED","Type":"Gpio","Mapping":"MT3620_GPIO8","Comment":"The red one"},
{"Name":"LED2","Type":"Gpio","Mapping":"LED"},
{"Name":"BUTTON","Type":"Gpio","Mapping":"MT3620_GPIO12"},
{"Name":"SERIAL","Type":"Uart","Mapping":"MT3620_ISU0_UART"},
{"Name":"BUS","Type":"I2cMaster","Mapping":"MT3620_ISU0_I2C"},
{"Name":"CHANNEL","Type":"int","Mapping":"MT3620_ADC_CHANNEL2"},
{"Name":"LOST","Type":"Gpio","Mapping":"NOWHERE"},
{"Name":"RING","Type":"Gpio","Mapping":"RING2"},{"Name":"RING2","Type":"Gpio","Mapping":"RING"}]}`

func boardSet(t testing.TB) *hwdef.Set {
	t.Helper()
	return definitions(t, map[string]string{"board.json": board})
}

func definitions(t testing.TB, files map[string]string) *hwdef.Set {
	t.Helper()
	s, err := hwdef.Load("board.json", func(p string) (*hwdef.Definition, error) {
		text, ok := files[p]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return hwdef.Read(p, jsonc.ParseString(text)), nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMain(m *testing.M) {
	n := 0
	newGUID = func() string { n++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
	m.Run()
}

// ruleCases are manifests on which a rule speaks. The rule must speak as often as there are places, at each place in
// turn; other rules may speak too. A case with no places is one on which the rule must be silent.
var ruleCases = []struct {
	code   string
	src    string
	places []string // text of the finding's span
	defs   bool     // with the board
	fixed  string   // what must be in the text once the first fix is applied; "" is not looked at
}{
	{code: "AZS001", src: `{"Name": "x" "CmdArgs": []}`, places: []string{`"`}, fixed: `{"Name": "x", "CmdArgs": []}`},
	{code: "AZS001", src: `{"Capabilities": {"Gpio": [ 8`, places: []string{`8`}, fixed: `[ 8]}}`},
	{code: "AZS001", src: `[1]`, places: []string{`[1]`}},
	{code: "AZS001", src: ``, places: []string{``}},
	{code: "AZS001", src: hl(`"AllowedTcpServerPorts": [ <port> ]`), places: []string{`<port>`}},
	{code: "AZS001", src: hl(``)},
	{code: "AZS002", src: "// c\n" + hl(``), places: []string{"// c"}, fixed: "{\n  \"Schema"},
	{code: "AZS002", src: with(`"CmdArgs": [],`, `"CmdArgs": [], // none`), places: []string{"// none"}, fixed: "\"CmdArgs\": [],\n"},
	{code: "AZS003", src: hl(`"Gpio": [ 8, ]`), places: []string{","}, fixed: `"Gpio": [ 8 ]`},
	{code: "AZS004", src: "\uFEFF" + hl(``), places: []string{"\uFEFF"}, fixed: "{"},
	{code: "AZS005", src: hl(`"Gpio": [ 8 ], "Gpio": [ 9 ]`), places: []string{`"Gpio"`}, fixed: `{"Gpio": [ 9 ]}`},
	{code: "AZS006", src: hl(`"PWM": [ "PWM-CONTROLLER-0" ]`), places: []string{`"PWM"`}, fixed: `{"Pwm": [`},
	{code: "AZS006", src: hl(`"DeviceAuthentication ": "x"`), places: []string{`"DeviceAuthentication "`}},
	{code: "AZS006", src: with("CmdArgs", "cmdArgs"), places: []string{`"cmdArgs"`}, fixed: `"CmdArgs"`},
	{code: "AZS006", src: hl(`"MutableStorage": {"sizeKB": 8}`), places: []string{`"sizeKB"`}, fixed: `{"SizeKB": 8}`},
	{code: "AZS008", src: with(`"test"`, "\"\x83e\""), places: []string{"\x83"}},
	{code: "AZS008", src: with(`"test"`, "\"\uFFFDe\uFFFD\""), places: []string{"\uFFFD"}},
	{code: "AZS008", src: with(`"test"`, `"\uFFFD ä ぞ"`)},

	{code: "AZS010", src: with(`"SchemaVersion": 1,`, ``), places: []string{`{`}, fixed: "\"SchemaVersion\": 1,\n  \"Name\""},
	{code: "AZS011", src: with(`1,`, `2,`), places: []string{`2`}, fixed: `"SchemaVersion": 1,`},
	{code: "AZS011", src: with(`1,`, `"1",`), places: []string{`"1"`}, fixed: `"SchemaVersion": 1,`},
	{code: "AZS012", src: with(`"test"`, `""`), places: []string{`""`}},
	{code: "AZS012", src: with(`"Name": "test",`, ``), places: []string{`{`}},
	{code: "AZS012", src: with(`"test"`, `7`), places: []string{`7`}},
	{code: "AZS013", src: with(`"test"`, `"`+strings.Repeat("é", 16)+`"`), places: []string{`"` + strings.Repeat("é", 16) + `"`}},
	{code: "AZS013", src: with(`"test"`, `"`+strings.Repeat("x", 31)+`"`)},
	{code: "AZS014", src: with(`"ComponentId": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22",`, ``), places: []string{`{`}, fixed: `"ComponentId": "00000000-0000-4000-8000-`},
	{code: "AZS015", src: with(`6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22`, `{6B1F2C8E-94d0-4c1b-9a57-3e80d1c64f22}`), places: []string{`"{6B1F2C8E-94d0-4c1b-9a57-3e80d1c64f22}"`}, fixed: `"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22"`},
	{code: "AZS015", src: with(`6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22`, `delete this`), places: []string{`"delete this"`}, fixed: `"00000000-0000-4000-8000-`},
	{code: "AZS015", src: with(`6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22`, zeroGUID), places: []string{`"` + zeroGUID + `"`}, fixed: `"00000000-0000-4000-8000-`},
	{code: "AZS015", src: with(`6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22`, `10000000-0000-0000-0000-000000000000`)},
	{code: "AZS016", src: with(`"EntryPoint": "/bin/app",`, ``), places: []string{`{`}, fixed: `"EntryPoint": "/bin/app"`},
	{code: "AZS017", src: with(`"/bin/app"`, `""`), places: []string{`""`}, fixed: `"/bin/app"`},
	{code: "AZS017", src: with(`"/bin/app"`, `"bin/app.elf"`), places: []string{`"bin/app.elf"`}, fixed: `"/bin/app.elf"`},
	{code: "AZS017", src: with(`"/bin/app"`, `"bin/app"`), places: []string{`"bin/app"`}, fixed: `"/bin/app"`},
	{code: "AZS017", src: with(`"/bin/app"`, `"/bin/other"`)},
	{code: "AZS019", src: with(`"CmdArgs": [],`, ``), places: []string{`{`}, fixed: `"CmdArgs": []`},
	{code: "AZS020", src: with(`"CmdArgs": []`, `"CmdArgs": [ "-n", 8, {} ]`), places: []string{`8`, `{}`}, fixed: `[ "-n", "8", {} ]`},
	{code: "AZS020", src: with(`"CmdArgs": []`, `"CmdArgs": "-n"`), places: []string{`"-n"`}, fixed: `[ "-n" ]`},
	{code: "AZS021", src: with("\"Capabilities\": {},\n", ``), places: []string{`{`}, fixed: `"Capabilities": {}`},
	{code: "AZS021", src: with(`"Capabilities": {}`, `"Capabilities": []`), places: []string{`[]`}, fixed: `"Capabilities": {}`},
	{code: "AZS022", src: with(`"Default"`, `"RealtimeCapable"`), places: []string{`"RealtimeCapable"`}, fixed: `"RealTimeCapable"`},
	{code: "AZS022", src: with(`"Default"`, `true`), places: []string{`true`}, fixed: `"Default"`},
	{code: "AZS023", src: with(",\n  \"ApplicationType\": \"Default\"", ``), places: []string{`{`}, fixed: `"ApplicationType": "Default"`},
	{code: "AZS024", src: with(`"Default"`, `"Default", "MallocVersion": 3`), places: []string{`3`}, fixed: `"MallocVersion": 2`},
	{code: "AZS024", src: with(`"Default"`, `"Default", "MallocVersion": 2`)},
	{code: "AZS024", src: with(`"Default"`, `"Default", "MallocVersion": "2"`), places: []string{`"2"`}, fixed: `"MallocVersion": 2`},
	{code: "AZS025", src: strings.Replace(rt(``), `"RealTimeCapable"`, `"RealTimeCapable", "MallocVersion": 2`, 1), places: []string{`"MallocVersion"`}, fixed: "\"RealTimeCapable\"\n}"},
	{code: "AZS027", src: with(`"Default"`, `"Default", "TargetApplicationRuntimeVersion": 6`), places: []string{`"TargetApplicationRuntimeVersion"`}, fixed: "\"Default\"\n}"},
	{code: "AZS028", src: with(`"EntryPoint"`, `"EntyPoint"`), places: []string{`"EntyPoint"`}, fixed: `"EntryPoint"`},
	{code: "AZS028", src: with(`"Default"`, `"Default", "JameiDoc": 1`), places: []string{`"JameiDoc"`}, fixed: "\"Default\"\n}"},
	{code: "AZS028", src: with(`"SchemaVersion"`, `"$schema": "x", "SchemaVersion"`)},
	{code: "AZS029", src: with(`"Default"`, `"Default", "WifiConfig": true`), places: []string{`"WifiConfig"`}, fixed: `"WifiConfig": true`},
	{code: "AZS030", src: with(`"Default"`, `"Default", "Policy": {}`), places: []string{`"Policy"`}, fixed: "\"Default\"\n}"},

	{code: "AZS040", src: hl(`"I2C": [ "ISU0" ]`), places: []string{`"I2C"`}, fixed: `{"I2cMaster": [ "ISU0" ]}`},
	{code: "AZS040", src: hl(`"WifiConfg": true`), places: []string{`"WifiConfg"`}, fixed: `{"WifiConfig": true}`},
	{code: "AZS041", src: hl(`"HeapMemStats": true`), places: []string{`"HeapMemStats"`}, fixed: `"Capabilities": {}`},
	{code: "AZS042", src: hl(`"WifiConfig": "true", "Gpio": 8, "Uart": [ 0 ], "I2cMaster": null`), places: []string{`"true"`, `8`, `0`, `null`}, fixed: `"WifiConfig": true`},
	{code: "AZS042", src: hl(`"Gpio": [ "LED", true, 8.5 ]`), places: []string{`"LED"`, `true`, `8.5`}},
	{code: "AZS042", src: hl(`"Gpio": [ "led", "other" ]`), defs: true, places: []string{`"led"`, `"other"`}, fixed: `[ "$LED", "other" ]`},
	{code: "AZS043", src: hl(`"WifiConfig": false, "NetworkConfig": true`), places: []string{`false`}, fixed: `{"NetworkConfig": true}`},
	{code: "AZS044", src: rt(`"Gpio": [ 8 ], "AllowedConnections": []`), places: []string{`"AllowedConnections"`}, fixed: `{"Gpio": [ 8 ]}`},
	{code: "AZS044", src: rt(`"AllowedApplicationConnections": []`)},
	{code: "AZS045", src: hl(`"I2sSubordinate": [ "I2S0" ], "ExternalInterrupt": []`), places: []string{`"I2sSubordinate"`, `"ExternalInterrupt"`}, fixed: `{"ExternalInterrupt": []}`},
	{code: "AZS046", src: hl(`"Gpio": [ 23, 25, 80, 81, -1 ]`), places: []string{`25`, `81`, `-1`}, fixed: `[ 23, 26, 80, 81`},
	{code: "AZS047", src: hl(`"I2cMaster": [ "ISU0_I2C" ]`), places: []string{`"ISU0_I2C"`}, fixed: `[ "ISU0" ]`},
	{code: "AZS047", src: hl(`"Uart": [ "isu4", "ISU5", "$X" ]`), places: []string{`"isu4"`, `"ISU5"`}, fixed: `[ "ISU4", "ISU5"`},
	{code: "AZS047", src: hl(`"Uart": [ "isu1" ]`), places: []string{`"isu1"`}, fixed: `[ "ISU1" ]`},
	{code: "AZS047", src: hl(`"SpiMaster": [ "SPI3" ]`), places: []string{`"SPI3"`}, fixed: `[ "ISU3" ]`},
	{code: "AZS048", src: hl(`"Pwm": [ "PWM-CONTROLLER-3" ], "Adc": [ "ADC-CONTROLLER-0" ]`), places: []string{`"PWM-CONTROLLER-3"`}, fixed: `[ "PWM-CONTROLLER-`},
	{code: "AZS048", src: hl(`"Pwm": [ "PWM0" ], "Adc": [ "ADC" ]`), places: []string{`"PWM0"`, `"ADC"`}, fixed: `"Pwm": [ "PWM-CONTROLLER-0" ]`},
	{code: "AZS048", src: hl(`"Pwm": [ "2" ]`), places: []string{`"2"`}, fixed: `[ "PWM-CONTROLLER-2" ]`},
	{code: "AZS048", src: hl(`"Adc": [ "ADC0" ]`), places: []string{`"ADC0"`}, fixed: `[ "ADC-CONTROLLER-0" ]`},
	{code: "AZS048", src: rt(`"ExternalInterrupt": [ "EINT24", "EINT23" ]`), places: []string{`"EINT24"`}},
	{code: "AZS049", src: hl(`"Gpio": [ 8, 9, 8 ], "AllowedConnections": [ "a.example", "A.example" ]`), places: []string{`8`, `"A.example"`}, fixed: `[ 8, 9 ]`},
	{code: "AZS049", src: hl(`"Gpio": [ "$LED", 8 ]`), defs: true, places: []string{`8`}, fixed: `[ "$LED" ]`},
	{code: "AZS049", src: hl(`"Gpio": [ 8, "$LED", 8, "$LED2" ]`), defs: true, places: []string{`8`, `8`, `"$LED2"`}, fixed: `[ "$LED", 8, "$LED2" ]`},
	{code: "AZS049", src: rt(`"Gpio": [ "$LED", 8 ]`), defs: true, places: []string{`"$LED"`}, fixed: `[ 8 ]`},
	{code: "AZS050", src: hl(`"Gpio": [ "08" ]`), places: []string{`"08"`}, fixed: `[ 8 ]`},
	{code: "AZS051", src: hl(`"Gpio": [], "AllowedConnections": [ ]`), places: []string{`[]`, `[ ]`}, fixed: `{"AllowedConnections": [ ]}`},
	{code: "AZS052", src: hl(`"PowerControls": []`), places: []string{`[]`}, fixed: `"Capabilities": {}`},
	{code: "AZS053", src: hl(`"PowerControls": [ "Reboot" ]`), places: []string{`"Reboot"`}, fixed: `[ "ForceReboot" ]`},
	{code: "AZS053", src: hl(`"PowerControls": [ "ForceRebot" ]`), places: []string{`"ForceRebot"`}, fixed: `[ "ForceReboot" ]`},
	{code: "AZS054", src: hl(`"PowerControls": [ "ForceReboot", "ForceReboot" ]`), places: []string{`"ForceReboot"`}, fixed: `[ "ForceReboot" ]`},
	{code: "AZS055", src: hl(`"MutableStorage": 16`), places: []string{`16`}, fixed: `{ "SizeKB": 16 }`},
	{code: "AZS056", src: hl(`"MutableStorage": {}`), places: []string{`"MutableStorage"`}, fixed: `"SizeKB": 8`},
	{code: "AZS057", src: hl(`"MutableStorage": {"SizeKB": 65}`), places: []string{`65`}, fixed: `{"SizeKB": 64}`},
	{code: "AZS057", src: hl(`"MutableStorage": {"SizeKB": 0}`), places: []string{`0`}, fixed: `{"SizeKB": 8}`},
	{code: "AZS057", src: hl(`"MutableStorage": {"SizeKB": "16"}`), places: []string{`"16"`}, fixed: `{"SizeKB": 16}`},
	{code: "AZS057", src: hl(`"MutableStorage": {"SizeKB": 64}`)},

	{code: "AZS058", src: hl(`"AllowedTcpServerPorts": [ 0, 65536, 8080, "8081" ]`), places: []string{`0`, `65536`, `"8081"`}},
	{code: "AZS059", src: hl(`"AllowedUdpServerPorts": [ 53, 8080, 8080 ]`), places: []string{`53`, `8080`}},
	{code: "AZS060", src: hl(`"AllowedConnections": [ "https://a.example:443/x", "b.example:80", "c.example/x", "*.d.example", "", " e.example" ]`),
		places: []string{`"https://a.example:443/x"`, `"b.example:80"`, `"c.example/x"`, `"*.d.example"`, `""`, `" e.example"`}, fixed: `[ "a.example", "b.example:80"`},
	{code: "AZS061", src: hl(`"AllowedConnections": [ "REPLACE_WITH_YOUR_HUB", "<host>", "CHANGE THIS", "xxx.azure-devices.net" ]`),
		places: []string{`"REPLACE_WITH_YOUR_HUB"`, `"<host>"`, `"CHANGE THIS"`, `"xxx.azure-devices.net"`}},
	{code: "AZS061", src: hl(`"AllowedConnections": [ "mastodon.social", "todo.example" ]`)},
	{code: "AZS062", src: hl(`"AllowedConnections": [ "some words", "::1", "300.1.1.1", "a..b", "-a.example", "a_b.example", "` + strings.Repeat("y", 64) + `.example" ]`),
		places: []string{`"some words"`, `"::1"`, `"300.1.1.1"`, `"a..b"`, `"-a.example"`, `"a_b.example"`, `"` + strings.Repeat("y", 64) + `.example"`}},
	{code: "AZS062", src: hl(`"AllowedConnections": [ "_sample-service._tcp.local", "255.255.255.255", "Hub-1.azure-devices.net", "host" ]`)},
	{code: "AZS064", src: hl(`"DeviceAuthentication": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64fxx"`), places: []string{`"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64fxx"`}},
	{code: "AZS065", src: hl(`"DeviceAuthentication": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"`), places: []string{`"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"`}},
	{code: "AZS064", src: hl(`"DeviceAuthentication": 5`), places: []string{`5`}},
	{code: "AZS065", src: hl(`"DeviceAuthentication": "00000000-0000-0000-0000-000000000000"`), places: []string{`"00000000-0000-0000-0000-000000000000"`}},
	{code: "AZS065", src: hl(`"DeviceAuthentication": "REPLACE_WITH_YOUR_AZURE_SPHERE_TENANT_ID"`), places: []string{`"REPLACE_WITH_YOUR_AZURE_SPHERE_TENANT_ID"`}},
	{code: "AZS066", src: hl(`"DeviceAuthentication ": null`)},
	{code: "AZS066", src: hl(`"DeviceAuthentication": null`), places: []string{`null`}, fixed: `"Capabilities": {}`},
	{code: "AZS066", src: hl(`"DeviceAuthentication": "{6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22}"`), places: []string{`"{6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22}"`}, fixed: `: "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22"}`},
	{code: "AZS067", src: hl(`"AllowedApplicationConnections": [ "partner", 5 ]`), places: []string{`"partner"`, `5`}, fixed: `[ 5 ]`},
	{code: "AZS068", src: hl(`"AllowedApplicationConnections": [ "6B1F2C8E-94d0-4c1b-9a57-3e80d1c64f22" ]`), places: []string{`"6B1F2C8E-94d0-4c1b-9a57-3e80d1c64f22"`}, fixed: `"AllowedApplicationConnections": []`},
	{code: "AZS069", src: with(`6b1f2c8e`, `6B1F2C8E`), places: []string{`"6B1F2C8E-94d0-4c1b-9a57-3e80d1c64f22"`}, fixed: `"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22"`},
	{code: "AZS070", src: hl(`"SoftwareUpdateDeferral": true`), places: []string{`"SoftwareUpdateDeferral"`}, fixed: `"SystemEventNotifications": true`},
	{code: "AZS070", src: hl(`"SoftwareUpdateDeferral": true, "SystemEventNotifications": true`)},
	{code: "AZS071", src: hl(`"EnterpriseWifiConfig": true, "WifiConfig": false`), places: []string{`"EnterpriseWifiConfig"`}, fixed: `"WifiConfig": true`},
	{code: "AZS072", src: hl(`"NetworkConfig": true, "ReadNetworkProxyConfig": true`), places: []string{`"ReadNetworkProxyConfig"`}, fixed: `{"NetworkConfig": true}`},
	{code: "AZS073", src: hl(`"PowerControls": [ "SetPowerProfile", "ForceReboot", "ForcePowerDown" ]`), places: []string{`"ForceReboot"`}, fixed: `"SystemEventNotifications": true`},

	{code: "AZS100", src: hl(`"Uart": [ "ISU0" ], "I2cMaster": [ "ISU0" ], "SpiMaster": [ "ISU1" ]`), places: []string{`"ISU0"`}, fixed: `"I2cMaster": [ "ISU2" ]`},
	{code: "AZS100", src: hl(`"Uart": [ "$SERIAL" ], "I2cMaster": [ "$BUS" ]`), defs: true, places: []string{`"$BUS"`}},
	{code: "AZS100", src: hl(`"Uart": [ "ISU0" ], "I2cMaster": [ "$BUS" ]`), defs: true, places: []string{`"ISU0"`}, fixed: `"Uart": [ "ISU1" ], "I2cMaster": [ "$BUS" ]`},
	{code: "AZS101", src: hl(`"Gpio": [ 8, 12, 26, 41 ], "Pwm": [ "PWM-CONTROLLER-2" ], "Uart": [ "ISU0" ], "Adc": [ "ADC-CONTROLLER-0" ]`), places: []string{`8`, `26`, `41`}, fixed: `"Gpio": [ 7, 12, 26, 41 ]`},
	{code: "AZS101", src: hl(`"Gpio": [ 0, 1, 2, 3, 12, 13 ]`)},
	{code: "AZS102", src: rt(`"Gpio": [ 5 ], "ExternalInterrupt": [ "EINT5", "EINT8", "EINT12" ], "Pwm": [ "PWM-CONTROLLER-2" ]`), places: []string{`"EINT5"`, `"EINT8"`}, fixed: `[ "EINT0", "EINT8"`},
	{code: "AZS103", src: rt(`"Gpio": [ 12, 13, 16, 80, 20, 21, 22, 23 ], "Uart": [ "ISU0" ], "Adc": [ "ADC-CONTROLLER-0" ]`), places: []string{`12`}},
	{code: "AZS103", src: hl(`"Gpio": [ 12 ]`)},

	{code: "AZS120", src: hl(`"Gpio": [ "$LED", "$LEDD", "$LOST", "$RING" ]`), defs: true, places: []string{`"$LEDD"`, `"$LOST"`, `"$RING"`}, fixed: `[ "$LED", "$LED", "$LOST"`},
	{code: "AZS121", src: hl(`"Uart": [ "$LED" ]`), defs: true, places: []string{`"$LED"`}, fixed: `"Gpio": [ "$LED" ]`},
	{code: "AZS121", src: hl(`"Gpio": [ 12 ], "Uart": [ "$LED", "$SERIAL" ]`), defs: true, places: []string{`"$LED"`}, fixed: `"Gpio": [ 12, "$LED" ], "Uart": [ "$SERIAL" ]`},
	{code: "AZS122", src: hl(`"Adc": [ "$CHANNEL" ]`), defs: true, places: []string{`"$CHANNEL"`}, fixed: `"Adc": []`},
	{code: "AZS123", src: hl(`"Gpio": [ 8, "$LED", "$LED2" ]`), places: []string{`"$LED"`}},
	{code: "AZS123", src: hl(`"Gpio": [ "$LED" ]`), defs: true},
	{code: "AZS124", src: rt(`"Gpio": [ "$LED" ], "Uart": [ "$SERIAL" ]`), defs: true, places: []string{`"$LED"`, `"$SERIAL"`}, fixed: `"Gpio": [ 8 ]`},
	{code: "AZS125", src: hl(`"Gpio": [ "LED" ], "Uart": [ "SERIAL" ]`), defs: true, places: []string{`"LED"`, `"SERIAL"`}, fixed: `"Gpio": [ "$LED" ]`},
	{code: "AZS125", src: hl(`"Gpio": [ "SERIAL" ]`), defs: true, places: []string{`"SERIAL"`}, fixed: `"Uart": [ "$SERIAL" ]`},
	{code: "AZS125", src: hl(`"Gpio": [ "CHANNEL", "LOST", "RING" ]`), defs: true, places: []string{`"CHANNEL"`, `"LOST"`, `"RING"`}, fixed: `"Gpio": [ "LOST", "RING" ]`},
	{code: "AZS126", src: hl(`"Gpio": [ 8, 9 ], "Uart": [ "ISU0" ]`), defs: true, places: []string{`8`, `"ISU0"`}, fixed: `"Gpio": [ "$LED", 9 ]`},
	{code: "AZS127", src: hl(`"Gpio": [ "$LED", 9, 10 ]`), places: []string{`9`}},
	{code: "AZS127", src: hl(`"Gpio": [ "$LED", "9", 99, 8, 12, 13 ], "Uart": [ "X" ]`), defs: true, places: []string{`13`}},
	{code: "AZS127", src: hl(`"Gpio": [ "$LED" ], "Uart": [ "SERIAL" ]`), defs: true},
	{code: "AZS127", src: hl(`"Gpio": [ 12, 12, "$LED" ], "Uart": [ "ISU0" ]`), defs: true, places: []string{`12`}, fixed: `"Gpio": [ "$BUTTON", 12, "$LED" ], "Uart": [ "$SERIAL" ]`},
	{code: "AZS127", src: hl(`"Gpio": [ 8, "$LED" ]`), defs: true},
}

func TestRules(t *testing.T) {
	set := boardSet(t)
	tested := map[string]bool{"AZS007": true} // TestFileName
	for _, tt := range ruleCases {
		t.Run(tt.code, func(t *testing.T) {
			opt := Options{}
			if tt.defs {
				opt.Definitions = set
			}
			found := findings(tt.src, opt, tt.code)
			var places []string
			for _, f := range found {
				places = append(places, tt.src[f.Span.Start:f.Span.End])
			}
			if !slices.Equal(places, tt.places) {
				t.Fatalf("%s\nspeaks at %q, want %q", tt.src, places, tt.places)
			}
			if len(tt.places) > 0 {
				tested[tt.code] = true
			}
			for i, f := range found {
				if f.Message == "" || strings.HasSuffix(f.Message, ".") {
					t.Errorf("message %q", f.Message)
				}
				texts := map[string]string{}
				for j, fix := range f.Fixes {
					fixed := apply(t, tt.src, fix.Edits)
					if other := texts[fixed]; other != "" {
						t.Errorf("%q makes the same text as %q", fix.Title, other)
					}
					texts[fixed] = fix.Title
					if i == 0 && j == 0 && !strings.Contains(fixed, tt.fixed) {
						t.Errorf("%s gives\n%s\nwant %s in it", fix.Title, fixed, tt.fixed)
					}
					if after := findings(fixed, opt, tt.code); len(after) >= len(found) {
						t.Errorf("%s gives\n%s\nand the rule still speaks: %s", fix.Title, fixed, after[0].Message)
					}
					if before, after := errorsOf(tt.src), errorsOf(fixed); after > before {
						t.Errorf("%s gives\n%s\nwhich is worse JSON", fix.Title, fixed)
					}
				}
			}
			if len(found) > 0 && tt.fixed != "" && len(found[0].Fixes) == 0 {
				t.Error("no fix")
			}
		})
	}
	for _, r := range Rules() {
		if !tested[r.Code] {
			t.Errorf("%s has no case", r.Code)
		}
	}
}

func findings(src string, opt Options, code string) []rule.Finding {
	all := Check(Read(jsonc.ParseString(src)), opt)
	return slices.DeleteFunc(all, func(f rule.Finding) bool { return f.Rule.Code != code })
}

func errorsOf(src string) int { return len(jsonc.ParseString(src).Errors) }

func apply(t *testing.T, src string, edits []rule.Edit) string {
	t.Helper()
	edits = slices.Clone(edits)
	sort.SliceStable(edits, func(a, b int) bool { return edits[a].Span.Start < edits[b].Span.Start })
	for i := len(edits) - 1; i >= 0; i-- {
		e := edits[i]
		if i > 0 && edits[i-1].Span.End > e.Span.Start {
			t.Fatalf("edits overlap: %+v", edits)
		}
		src = src[:e.Span.Start] + e.New + src[e.Span.End:]
	}
	return src
}

// What is wrong with an id is said where it is like one.
func TestNotGUID(t *testing.T) {
	for s, want := range map[string]string{
		"6b1f2c8e-94dO-4c1b-9a57-3e80d1c64f22":   `; in "94dO", "O" is none`,
		"6b1f2c8e-94d-4c1b-9a57-3e80d1c64f22":    `; "94d" has 3 instead of 4`,
		"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f223":  `; "3e80d1c64f223" has 13 instead of 12`,
		"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64fé2":   `; in "3e80d1c64fé2", "é" is none`,
		"{6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22}": `; in "{6b1f2c8e", "{" is none`,
		"6b1f2c8e94d04c1b9a573e80d1c64f22":       `; this has 32 characters instead of 36`,
		"6b1f2c8e-94d0-4c1b-9a5703e80d1c64f22":   "",
		"delete this":                            "",
		"delete-this-file-for-new":               "",
		"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx":   "",
		"":                                       "",
	} {
		if got := notGUID(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// Which part of an entry is the host, and what is said of the rest; no host where it is not clear.
func TestHosts(t *testing.T) {
	for _, tt := range []struct{ entry, rule, msg, host string }{
		{"https://a.example", "AZS060", `no scheme ("https://")`, "a.example"},
		{"https//a.example", "AZS060", `no scheme ("https//")`, "a.example"},
		{"https:a.example", "AZS060", `no scheme ("https:")`, "a.example"},
		{"http:/a.example/x", "AZS060", `no scheme ("http:/"), no path ("/x")`, "a.example"},
		{`HTTPS:\\a.example`, "AZS060", `no scheme ("HTTPS:\\\\")`, "a.example"},
		{"//a.example", "AZS060", `no scheme ("//")`, "a.example"},
		{"foo://a.example", "AZS060", `no scheme ("foo://")`, "a.example"},
		{"https://https://a.example", "AZS060", `no scheme ("https://https://")`, "a.example"},
		{"http://me:secret@a.example", "AZS060", `no scheme ("http://"), no user`, "a.example"},
		{"me:secret@a.example:443", "AZS060", `no user, no port (":443")`, "a.example"},
		{"me@a.example", "AZS060", `no user`, "a.example"},
		{"localhost:8080", "AZS060", `no port (":8080")`, "localhost"},
		{"a.example:", "AZS060", `no port (":")`, "a.example"},
		{"a.example:443/x", "AZS060", `no path ("/x"), no port (":443")`, "a.example"},
		{"https.example:443", "AZS060", `no port (":443")`, "https.example"},
		{"a.example/https://b.example", "AZS060", `no path ("/https://b.example")`, "a.example"},
		{"htps:a.example", "AZS060", "no colon", ""},
		{"mqtt:1883", "AZS060", "no colon", ""},
		{"https:443", "AZS060", "no colon", ""},
		{"https://", "AZS060", "no scheme", ""},
		{"https:///", "AZS060", "no scheme", ""},
		{"https://*.a.example", "AZS060", "no wildcards", ""},
		{"*.a.example:443", "AZS060", "no wildcards", ""},
		{"http://[fe80::1]:80/", "AZS060", "no scheme", ""},
		{"[::1]:80", "AZS062", "IPv6", ""},
		{"::1", "AZS062", "IPv6", ""},
		{"fe80::1", "AZS062", "IPv6", ""},
		{"https.example", "", "", ""},
		{"mqtt", "", "", ""},
		{"10.0.0.1", "", "", ""},
	} {
		if v := judgeHost(tt.entry); v.rule != tt.rule || !strings.Contains(v.msg, tt.msg) || v.host != tt.host || strings.Contains(v.msg, "secret") {
			t.Errorf("%s: %+v, want %s, %s, %q", tt.entry, v, tt.rule, tt.msg, tt.host)
		}
	}
}

// A required key in the wrong case is missing, unless another packer writes it.
func TestRequiredSpelling(t *testing.T) {
	for _, tt := range []struct {
		key, filledBy string
		want          rule.Severity
		code          int
	}{
		{"Capabilities", "", rule.Error, deverr.Code(2, 6)},
		{"EntryPoint", "", rule.Error, deverr.Code(2, 3)},
		{"EntryPoint", "platformio.ini", rule.Info, 0},
		{"SchemaVersion", "platformio.ini", rule.Error, deverr.Code(2, 4)},
		{"CmdArgs", "", rule.Warning, 0},
	} {
		all := Check(Read(jsonc.ParseString(with(tt.key, strings.ToUpper(tt.key)))), Options{FilledBy: tt.filledBy})
		if len(all) != 1 || all[0].Rule.Code != "AZS006" || all[0].Severity != tt.want || all[0].Refuses.Code != tt.code {
			t.Errorf("%s, filled by %q: %+v", tt.key, tt.filledBy, all)
		}
	}
}

// Of a manifest that is cut off, as of a half-saved file, what is missing is in the rest.
func TestCutOff(t *testing.T) {
	src := hl(`"Gpio": [ 8, 9 ]`)
	for at := strings.Index(src, "Schema") - 1; at < len(src); at++ {
		for _, f := range Check(Read(jsonc.ParseString(src[:at])), Options{Path: "x/app_manifest.json"}) {
			if strings.Contains(f.Message, "is missing") {
				t.Errorf("%s: %s %s", src[:at], f.Rule.Code, f.Message)
			}
		}
	}
}

// A sound manifest gives no findings at all.
func TestSound(t *testing.T) {
	for _, src := range []string{
		hl(``), rt(``), hl(`"Gpio": [ 8, 9 ], "WifiConfig": true`),
		with(`"Default"`, `"Default", "MallocVersion": 2`),
	} {
		for _, f := range Check(Read(jsonc.ParseString(src)), Options{Path: "x/app_manifest.json", Strict: true}) {
			t.Errorf("%s: %s", f.Rule.Code, f.Message)
		}
	}
}

func TestFileName(t *testing.T) {
	for path, want := range map[string]int{"": 0, "app_manifest.json": 0, "a/b/app_manifest.json": 0, "app_manifest.rdb.json": 1, "App_Manifest.json": 1} {
		if got := len(findings(hl(``), Options{Path: path}, "AZS007")); got != want {
			t.Errorf("%q: %d findings, want %d", path, got, want)
		}
	}
}

func TestFragment(t *testing.T) {
	for _, f := range Check(Read(jsonc.ParseString(`{"Capabilities": {"Gpio": [ 8 ]}}`)), Options{}) {
		if f.Severity < rule.Info {
			t.Errorf("%s is a %s in a fragment: %s", f.Rule.Code, f.Severity, f.Message)
		}
	}
}

func TestStrict(t *testing.T) {
	for strict, want := range map[bool]rule.Severity{false: rule.Warning, true: rule.Error} {
		if f := findings(hl(`"Gpio": [ 8, ]`), Options{Strict: strict}, "AZS003"); f[0].Severity != want {
			t.Errorf("strict %v: %s", strict, f[0].Severity)
		}
	}
}

// What is known for certain about a definition that is not there, and what is not.
func TestNoDefinitions(t *testing.T) {
	src := hl(`"Gpio": [ "$LED" ]`)
	f := findings(src, Options{NoDefinitions: NoDefinitions{Why: "there is no CMakeLists.txt"}}, "AZS123")
	if len(f) != 1 || f[0].Severity != rule.Info || f[0].Refuses.Phase != "" || !strings.Contains(f[0].Message, "there is no CMakeLists.txt") {
		t.Errorf("%+v", f)
	}
	f = findings(src, Options{NoDefinitions: NoDefinitions{Why: "x", Certain: true, Fixes: []rule.Fix{{Title: "y"}}}}, "AZS123")
	if len(f) != 1 || f[0].Severity != rule.Error || f[0].Refuses.Phase != rule.Source || len(f[0].Fixes) != 1 {
		t.Errorf("%+v", f)
	}
	// Behind an import that nobody has, a name is not unknown.
	set := definitions(t, map[string]string{"board.json": `{"Imports":[{"Path":"vendor.json"}],"Peripherals":[]}`})
	if f := findings(src, Options{Definitions: set}, "AZS120"); len(f) != 0 {
		t.Errorf("%+v", f)
	}
}

// The table itself: sorted, complete, and every rule says enough about itself.
func TestTable(t *testing.T) {
	for i, r := range Rules() {
		if i > 0 && Rules()[i-1].Code >= r.Code {
			t.Errorf("%s is out of order", r.Code)
		}
		if r.Severity == 0 || r.Title == "" || r.Doc == "" || r.Source == "" || !strings.HasSuffix(r.Doc, ".") {
			t.Errorf("%s is incomplete", r.Code)
		}
		if (r.Refuses.Phase == "") != (r.Refuses.Confidence == "") || r.Refuses.Phase == "" && r.Refuses.Code != 0 {
			t.Errorf("%s: refusal %+v", r.Code, r.Refuses)
		}
		if LookupRule(r.Code) != r {
			t.Errorf("LookupRule(%s)", r.Code)
		}
	}
	if LookupRule("AZS999") != nil {
		t.Error("AZS999 exists")
	}
}

func FuzzCheck(f *testing.F) {
	for _, tt := range ruleCases {
		f.Add(tt.src)
	}
	set := boardSet(f)
	f.Fuzz(func(t *testing.T, src string) {
		m := Read(jsonc.ParseString(src))
		for _, opt := range []Options{{Path: "app_manifest.json"}, {Definitions: set, Strict: true}, {Packaged: true}} {
			for _, x := range Check(m, opt) {
				if x.Span.Start < 0 || x.Span.End < x.Span.Start || x.Span.End > len(src) {
					t.Fatalf("%s at %v", x.Rule.Code, x.Span)
				}
				for _, fix := range x.Fixes {
					apply(t, src, fix.Edits)
				}
			}
		}
		for i := 0; i <= len(src); i += 1 + len(src)/16 {
			m.Complete(i, set)
			m.Describe(i, set, nil)
		}
		if b, err := Packaged(m, set, 13); err == nil && !m.RealTime {
			if _, err := Load(b); err != nil {
				var r *Refusal
				if !errors.As(err, &r) {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestFragmentStaysFragment holds that nothing is added to a snippet of its own accord.
func TestFragmentStaysFragment(t *testing.T) {
	m := Read(jsonc.ParseString(`{"Capabilities":{"Gpio":[8]}}`))
	missing := 0
	for _, f := range Check(m, Options{Path: FileName}) {
		for _, x := range f.Fixes {
			missing++
			if x.Preferred {
				t.Errorf("%s: %q would be applied of itself", f.Rule.Code, x.Title)
			}
		}
	}
	if missing == 0 {
		t.Error("nothing is offered")
	}
}
