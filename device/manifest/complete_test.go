package manifest

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/internal/testenv"
)

// The offset is where the source has a bar.
func cursor(src string) (*Manifest, int) {
	at := strings.Index(src, "|")
	return Read(jsonc.ParseString(src[:at] + src[at+1:])), at
}

func TestComplete(t *testing.T) {
	set := boardSet(t)
	for _, tt := range []struct {
		name, src string
		defs      *hwdef.Set
		want      string // labels that must be there, in this order
		not       string // and those that must not
		label     string // taking this one
		result    string // must give this text
	}{
		{"capability", hl(`|`), nil, "Gpio Uart AllowedConnections WifiConfig", "HeapMemStats ExternalInterrupt", "Gpio", `"Capabilities": {"Gpio": []}`},
		{"capability of a real-time app", rt(`|`), nil, "Gpio Uart I2sSubordinate ExternalInterrupt", "WifiConfig AllowedConnections", "", ""},
		{"capability not twice", hl(`"Gpio": [], |`), nil, "Uart", "Gpio", "WifiConfig", `"Gpio": [], "WifiConfig": true}`},
		{"capability before another", hl(`| "Gpio": []`), nil, "Uart", "Gpio", "WifiConfig", `{"WifiConfig": true, "Gpio": []}`},
		{"key being typed", hl(`"Wi|"`), nil, "WifiConfig", "", "WifiConfig", `{"WifiConfig": true}`},
		{"key that has a value", hl(`"Wi|": false`), nil, "WifiConfig", "", "WifiConfig", `{"WifiConfig": false}`},
		{"top level", with(`"CmdArgs": [],`, `|`), nil, "CmdArgs", "Name SchemaVersion TargetApplicationRuntimeVersion", "CmdArgs", `"CmdArgs": [],`},
		{"flag", hl(`"WifiConfig": |`), nil, "true false", "", "true", `{"WifiConfig": true}`},
		{"type of app", with(`"Default"`, `"|"`), nil, "Default RealTimeCapable", "", "RealTimeCapable", `"ApplicationType": "RealTimeCapable"`},
		{"GPIO", hl(`"Gpio": [ 8, | ]`), nil, "0 1 9", "8 25", "9", `[ 8, 9 ]`},
		{"GPIO by name", hl(`"Gpio": [ "$L|" ]`), set, "$LED $LED2 $BUTTON 0", "$SERIAL $CHANNEL $LOST $RING $MT3620_GPIO0", "$LED", `[ "$LED" ]`},
		{"taken ones last", hl(`"Gpio": [ | ], "Pwm": [ "PWM-CONTROLLER-2" ]`), set, "$BUTTON 0 80 $LED 8", "", "", ""},
		{"ISU", hl(`"Uart": [ "ISU0" ], "I2cMaster": [ | ]`), nil, "ISU1 ISU4 ISU0", "", "ISU1", `"I2cMaster": [ "ISU1" ]`},
		{"power control", hl(`"PowerControls": [ "ForceReboot", "|" ]`), nil, "ForcePowerDown SetPowerProfile", "ForceReboot", "", ""},
		{"size", hl(`"MutableStorage": { | }`), nil, "SizeKB", "", "SizeKB", `{ "SizeKB": 8 }`},
		{"size value", hl(`"MutableStorage": { "SizeKB": | }`), nil, "4 64", "", "16", `{ "SizeKB": 16 }`},
		{"unclosed", `{"Capabilities": {"Gpio": ["|`, set, "$LED 0", "", "$LED", `{"Capabilities": {"Gpio": ["$LED"`},
		{"nowhere", hl(`"Gpio": [ { | } ]`), set, "", "0 $LED Gpio", "", ""},
		{"outside", hl(``) + "|", nil, "", "Gpio Name", "", ""},
	} {
		m, at := cursor(tt.src)
		items := m.Complete(at, tt.defs)
		var labels []string
		for _, i := range items {
			labels = append(labels, i.Label)
		}
		last := -1
		for _, w := range strings.Fields(tt.want) {
			i := slices.Index(labels, w)
			if i <= last {
				t.Errorf("%s: %s is at %d of %v", tt.name, w, i, labels)
			}
			last = i
		}
		for _, n := range strings.Fields(tt.not) {
			if slices.Contains(labels, n) {
				t.Errorf("%s: %s is offered", tt.name, n)
			}
		}
		if i := slices.Index(labels, tt.label); i >= 0 {
			src := m.File.Src
			got := src[:items[i].Replace.Start] + items[i].New + src[items[i].Replace.End:]
			if !strings.Contains(got, tt.result) {
				t.Errorf("%s: %s gives\n%s\nwant %s", tt.name, tt.label, got, tt.result)
			}
		} else if tt.label != "" {
			t.Errorf("%s: no %s in %v", tt.name, tt.label, labels)
		}
	}
}

func TestDescribe(t *testing.T) {
	set := boardSet(t)
	for _, tt := range []struct {
		src  string
		defs *hwdef.Set
		span string
		want []string
	}{
		{with(`"Name"`, `"Na|me"`), nil, `"Name"`, []string{"31 bytes", "required"}},
		{with(`"test"`, `"te|st"`), nil, `"test"`, []string{"31 bytes"}},
		{hl(`"Wifi|Config": true`), nil, `"WifiConfig"`, []string{"boolean", "for high-level apps", "WifiConfig_*"}},
		{hl(`"Gpio": [ "$LE|D2" ]`), set, `"$LED2"`, []string{"`LED2` in board.json", "`LED` in board.json – The red one", "`MT3620_GPIO8` in mt3620.json", "= 8", "package pin 21", "PWM-CONTROLLER-2.ch0", "GPIO_GROUP2"}},
		{hl(`"Gpio": [ 2|6 ]`), nil, `26`, []string{"**GPIO 26**", "SPI0.SCLK", "UART0.TXD"}},
		{hl(`"Uart": [ "$SER|IAL" ]`), set, `"$SERIAL"`, []string{`= "ISU0"`, "ISU0 as UART", "GPIO 26 to 30"}},
		{hl(`"Uart": [ "$SER|IAL" ]`), nil, `"$SERIAL"`, []string{"no hardware definition"}},
		{hl(`"Adc": [ "$CHAN|NEL" ]`), set, `"$CHANNEL"`, []string{"constant"}},
		{hl(`"MutableStorage": {"Size|KB": 8}`), nil, `"SizeKB"`, []string{"1 to 64"}},
		{hl(`"HeapMem|Stats": true`), nil, `"HeapMemStats"`, []string{"Not for customer apps"}},
		{hl(`"Gpio": [ | ]`), nil, ``, nil},
		{hl(`"Nonsen|se": 1`), nil, ``, nil},
	} {
		m, at := cursor(tt.src)
		span, text, ok := m.Describe(at, tt.defs, nil)
		if ok != (tt.want != nil) {
			t.Errorf("%s: %v, %q", tt.src, ok, text)
			continue
		}
		if got := m.File.Src[span.Start:span.End]; ok && got != tt.span {
			t.Errorf("%s: span %s, want %s", tt.src, got, tt.span)
		}
		for _, w := range tt.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s:\n%s\nlacks %q", tt.src, text, w)
			}
		}
	}
}

// The capability table agrees with the device's catalogue, and with the facts on which functions need what.
func TestCapabilityTable(t *testing.T) {
	for i := range capabilities {
		c := &capabilities[i]
		for _, code := range []int{c.Parse, c.Bad} {
			if _, ok := deverr.Lookup(code); code != 0 && !ok {
				t.Errorf("%s: the catalogue has no %s", c.Name, deverr.Short(code))
			}
		}
		if c.Reserved == "" && (c.Allows == "" || c.Since == "" || !c.HL && !c.RT) {
			t.Errorf("%s is incomplete", c.Name)
		}
	}
	f, err := os.Open(filepath.Join(testenv.Shared(t), "facts", "applibs_capabilities.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string]string{}
	for _, row := range rows[1:] {
		functions[row[0]] = row[1]
		for _, name := range strings.FieldsFunc(row[1], func(r rune) bool { return r == '|' || r == '+' }) {
			name, entry, _ := strings.Cut(name, ":")
			c := LookupCapability(name)
			if c == nil {
				t.Errorf("%s needs %s, which is not in the table", row[0], name)
			} else if entry != "" && !slices.Contains(powerControls, entry) {
				t.Errorf("%s: %s", row[0], entry)
			}
		}
	}
	for i := range capabilities {
		for _, n := range capabilities[i].Needs() {
			if n == "PWM_Apply" { // facts/manifest.md 3.2 says it in words
				continue
			}
			prefix, wild := strings.CutSuffix(n, "*")
			found := false
			for f, c := range functions {
				if (f == n || wild && strings.HasPrefix(f, prefix)) && strings.Contains(c, capabilities[i].Name) {
					found = true
				}
			}
			if !found {
				t.Errorf("%s: the facts do not say that %s needs it", capabilities[i].Name, n)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	set := boardSet(b)
	var caps strings.Builder
	caps.WriteString("\n    \"AllowedConnections\": [\n")
	for n := range 20 {
		fmt.Fprintf(&caps, "      \"host%d.example.net\",\n", n)
	}
	caps.WriteString("      \"last.example.net\"\n    ],\n    \"Gpio\": [\n")
	for n := range 20 {
		caps.WriteString("      " + []string{`"$LED"`, `"$BUTTON"`, "9"}[n%3] + ",\n")
	}
	caps.WriteString("      80\n    ],\n    \"Uart\": [ \"$SERIAL\" ],\n    \"WifiConfig\": true\n  ")
	src := []byte(hl(caps.String()))
	b.ReportAllocs()
	for b.Loop() {
		Check(Read(jsonc.Parse(src)), Options{Path: FileName, Definitions: set})
	}
}

// What is written for a new app is a manifest of which nothing is to be said, whatever the folder is called.
func TestSkeleton(t *testing.T) {
	for _, name := range []string{"blink", `a "b" \ c`} {
		m := Read(jsonc.ParseString("{\n" + Skeleton(name) + "\n}\n"))
		if found := Check(m, Options{Path: FileName}); len(found) > 0 {
			t.Errorf("%q: %s %s", name, found[0].Rule.Code, found[0].Message)
		}
		if got, _ := m.File.Root.Get("Name").Str(); got != name {
			t.Errorf("%q is called %q", name, got)
		}
	}
}
