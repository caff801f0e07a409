package analysis

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"armillary.dev/device/rule"
)

// board is an app's surroundings.
var board = fstest.MapFS{
	"ws/app/CMakeLists.txt": {Data: []byte(`azsphere_target_hardware_definition(app TARGET_DIRECTORY "../hw" TARGET_DEFINITION "board.json")`)},
	"ws/hw/board.json": {Data: []byte(`{
  "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 },
  "Imports": [ { "Path": "mt3620.json" } ],
  "Peripherals": [
    { "Name": "LED", "Type": "Gpio", "Mapping": "MT3620_GPIO8", "Comment": "the *red* one" },
    { "Name": "SERIAL", "Type": "Uart", "Mapping": "MT3620_ISU1_UART" },
    { "Name": "CS", "Type": "int", "Mapping": "MT3620_SPI_CS_A" }
  ]
}`)},
}

// open checks a text with a cursor in it, written as "‸".
func open(t *testing.T, name, marked string) (*File, string, int) {
	t.Helper()
	at := strings.Index(marked, "‸")
	if at < 0 {
		t.Fatalf("no cursor in %s", marked)
	}
	src := strings.Replace(marked, "‸", "", 1)
	return NewChecker().Workspace(board, nil, Settings{}).Check(name, src), src, at
}

// app wraps capabilities into a manifest.
func app(caps string) string {
	return `{ "SchemaVersion": 1, "Name": "a", "ComponentId": "1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11", "EntryPoint": "/bin/app", "CmdArgs": [], "ApplicationType": "Default", "Capabilities": ` + caps + ` }`
}

func TestComplete(t *testing.T) {
	const manifest, definition = "ws/app/app_manifest.json", "ws/hw/board.json"
	realTime := func(caps string) string { return strings.Replace(app(caps), "Default", "RealTimeCapable", 1) }
	def := func(peripherals string) string {
		return `{ "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 }, "Imports": [ { "Path": "mt3620.json" } ], "Peripherals": ` + peripherals + ` }`
	}
	tests := []struct {
		name, file, text string
		has              string // comma-separated labels that are proposed, in this order
		not              string // and labels that are not
		take             string // the label that is taken; default the first of has
		after            string // what the text then holds
	}{
		{"a capability in an empty object", manifest, app(`{ ‸ }`), "Gpio,WifiConfig", "I2sSubordinate,HeapMemStats", "Gpio", `{ "Gpio": [] }`},
		{"a capability in quotes", manifest, app(`{ "‸" }`), "Gpio,Uart", "", "WifiConfig", `{ "WifiConfig": true }`},
		{"a capability half written", manifest, app(`{ "Mut‸" }`), "MutableStorage", "", "MutableStorage", `{ "MutableStorage": { "SizeKB": 8 } }`},
		{"a capability without quotes", manifest, app(`{ Mut‸ }`), "MutableStorage", "", "MutableStorage", `{ "MutableStorage": { "SizeKB": 8 } }`},
		{"a key that has its value", manifest, app(`{ "Gp‸": [ 8 ] }`), "Gpio", "", "Gpio", `{ "Gpio": [ 8 ] }`},
		{"what is there already", manifest, app(`{ "Gpio": [], ‸ }`), "Uart", "Gpio", "Uart", `"Uart": [] }`},
		{"before another member", manifest, app(`{ ‸"Gpio": [] }`), "Gpio", "", "", ""},
		{"with the comma behind", manifest, app("{\n ‸\n \"Gpio\": [] }"), "Uart", "Gpio", "WifiConfig", "{\n \"WifiConfig\": true,\n \"Gpio\": [] }"},
		{"with the comma before", manifest, app("{\n \"Gpio\": []\n ‸ }"), "Uart", "Gpio", "WifiConfig", "\"Gpio\": []\n , \"WifiConfig\": true }"},
		{"real-time apps have their own", manifest, realTime(`{ ‸ }`), "Gpio,I2sSubordinate,ExternalInterrupt", "WifiConfig", "", ""},
		{"top-level properties", manifest, `{ "SchemaVersion": 1, "CmdArgs": [], ‸ }`, "Name,ComponentId,EntryPoint,Capabilities", "SchemaVersion,TargetBetaApis", "Capabilities", `"Capabilities": {} }`},
		{"an enumeration", manifest, strings.Replace(app(`{}`), `"Default"`, `"‸"`, 1), "Default,RealTimeCapable", "", "RealTimeCapable", `"ApplicationType": "RealTimeCapable"`},
		{"an enumeration without a value", manifest, strings.Replace(app(`{}`), `"Default"`, `‸`, 1), "Default,RealTimeCapable", "", "Default", `"ApplicationType": "Default"`},
		{"pins: names, then what is free", manifest, app(`{ "Gpio": [ ‸ ], "Uart": [ "ISU0" ], "Pwm": [ "PWM-CONTROLLER-0" ] }`), "$LED,4,80,0,26", "$MT3620_GPIO0,$SERIAL,$CS,24", "4", `"Gpio": [ 4 ]`},
		{"a pin that is half written", manifest, app(`{ "Gpio": [ 1‸ ] }`), "$LED,1,10", "", "10", `"Gpio": [ 10 ]`},
		{"a name in quotes", manifest, app(`{ "Gpio": [ 9, "‸" ] }`), "$LED,0", "9", "$LED", `"Gpio": [ 9, "$LED" ]`},
		{"another pin", manifest, app(`{ "Gpio": [ 9 ‸ ] }`), "$LED", "9", "$LED", `"Gpio": [ 9 , "$LED" ]`},
		{"a name that is there", manifest, app(`{ "Gpio": [ "$LED", ‸ ] }`), "0,8", "$LED", "", ""},
		{"controllers", manifest, app(`{ "Uart": [ "‸" ], "Gpio": [ 31 ] }`), "ISU0,ISU2,$SERIAL,ISU1", "$LED", "ISU0", `"Uart": [ "ISU0" ]`},
		{"real-time apps too", manifest, realTime(`{ "Gpio": [ ‸ ] }`), "0,8", "", "", ""},
		{"power controls", manifest, app(`{ "PowerControls": [ "ForceReboot", "‸" ] }`), "ForcePowerDown,SetPowerProfile", "ForceReboot", "", `"ForceReboot", "ForcePowerDown" ]`},
		{"a host", manifest, app(`{ "AllowedConnections": [ ‸ ] }`), "global.azure-devices-provisioning.net", "", "", ""},
		{"a flag", manifest, app(`{ "WifiConfig": ‸ }`), "true", "", "", `"WifiConfig": true`},
		{"a list that is not there yet", manifest, app(`{ "Uart": ‸ }`), "[]", "", "", `"Uart": []`},
		{"storage", manifest, app(`{ "MutableStorage": { ‸ } }`), "SizeKB", "", "", `{ "SizeKB": 8 }`},
		{"nothing in a comment", manifest, app(`{ /* ‸ */ }`), "", "Gpio", "", ""},
		{"nothing in a name", manifest, strings.Replace(app(`{}`), `"a"`, `"‸"`, 1), "", "Default,Gpio", "", ""},
		{"an entry of a definition", definition, def(`[ { ‸ } ]`), "Name,Type,Mapping,MainCoreHeaderValue", "Imports", "", ""},
		{"an entry that maps", definition, def(`[ { "Mapping": "MT3620_GPIO8", ‸ } ]`), "Name,Type,Comment", "Mapping,AppManifestValue", "", ""},
		{"types", definition, def(`[ { "Type": "‸" } ]`), "Gpio,Uart,int", "", "Pwm", `"Type": "Pwm"`},
		{"what a name can map to", definition, def(`[ { "Name": "X", "Type": "Uart", "Mapping": "‸" } ]`), "MT3620_ISU0_UART,MT3620_ISU4_UART", "MT3620_GPIO8,X", "MT3620_ISU4_UART", `"Mapping": "MT3620_ISU4_UART"`},
		{"other JSON", "package.json", `{ ‸ }`, "", "Name,Gpio", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, src, at := open(t, tt.file, tt.text)
			items := f.Complete(at)
			labels := make([]string, len(items))
			for i, it := range items {
				labels[i] = it.Label
				if it.Replace.Start > at || it.Replace.End < at {
					t.Errorf("%s replaces %v, and the cursor is at %d", it.Label, it.Replace, at)
				}
				if strings.HasPrefix(it.Filter, `"`) != strings.HasPrefix(src[it.Replace.Start:it.Replace.End], `"`) {
					t.Errorf("%s: the filter %s does not fit what is replaced", it.Label, it.Filter)
				}
			}
			last := -1
			for _, want := range split(tt.has) {
				i := slices.Index(labels, want)
				if i <= last {
					t.Fatalf("%s is not proposed behind the one before it: %q", want, labels)
				}
				last = i
			}
			for _, no := range split(tt.not) {
				if slices.Contains(labels, no) {
					t.Errorf("%s is proposed", no)
				}
			}
			if tt.after == "" {
				return
			}
			take := tt.take
			if take == "" {
				take = split(tt.has)[0]
			}
			it := items[slices.Index(labels, take)]
			got := src[:it.Replace.Start] + it.New + src[it.Replace.End:]
			if !strings.Contains(got, tt.after) {
				t.Errorf("becomes %s, want %s in it", got, tt.after)
			}
		})
	}
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func TestHover(t *testing.T) {
	const manifest = "ws/app/app_manifest.json"
	for name, tt := range map[string]struct {
		file, text string
		over       string   // the text that it is about
		has        []string // pieces of the explanation
	}{
		"a capability":    {manifest, app(`{ "Gp‸io": [ 9 ] }`), `"Gpio"`, []string{"**Gpio**", "GPIO_OpenAsOutput"}},
		"a property":      {manifest, strings.Replace(app(`{}`), "Schema", "Sch‸ema", 1), `"SchemaVersion"`, []string{"Always 1"}},
		"a name's chain":  {manifest, app(`{ "Gpio": [ "$L‸ED" ] }`), `"$LED"`, []string{"**$LED**", "`LED` in ../hw/board.json", "`MT3620_GPIO8` in mt3620.json", "**GPIO 8**"}},
		"a number":        {manifest, app(`{ "Gpio": [ 8‸ ] }`), "8", []string{"**GPIO 8**"}},
		"a controller":    {manifest, app(`{ "Uart": [ "ISU‸0" ] }`), `"ISU0"`, []string{"ISU0 as UART", "GPIO 26 to 30"}},
		"a finding":       {manifest, app(`{ "Gpio": [ 2‸7 ], "Uart": [ "ISU0" ] }`), "27", []string{"**GPIO 27**", "**AZS101**", "2.35 (2097187)"}},
		"a finding alone": {manifest, app(`{ "No‸nsense": true }`), `"Nonsense"`, []string{"**AZS040**"}},
		"a mapping":       {"ws/hw/board.json", `{ "Metadata": { "Type": "Azure Sphere Hardware Definition" }, "Imports": [ { "Path": "mt3620.json" } ], "Peripherals": [ { "Name": "A", "Type": "Uart", "Mapping": "MT3620_ISU1_UA‸RT" } ] }`, `"MT3620_ISU1_UART"`, []string{"ISU1 as UART"}},
		"a key of one":    {"ws/hw/board.json", `{ "Metadata": { "Type": "Azure Sphere Hardware Definition" }, "Peripherals": [ { "Na‸me": "A" } ] }`, `"Name"`, []string{"`$NAME`"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, src, at := open(t, tt.file, tt.text)
			h, ok := f.Hover(at, f.Findings)
			if !ok {
				t.Fatal("nothing is said")
			}
			if got := src[h.Span.Start:h.Span.End]; got != tt.over {
				t.Errorf("it is about %s, want %s", got, tt.over)
			}
			for _, want := range tt.has {
				if !strings.Contains(h.Markdown, want) {
					t.Errorf("%q is not in\n%s", want, h.Markdown)
				}
			}
		})
	}
	for _, text := range []string{`‸` + app(`{}`), app(`{ "AllowedConnections": [ "a.‸b" ] }`)} {
		f, _, at := open(t, manifest, text)
		if h, ok := f.Hover(at, f.Findings); ok {
			t.Errorf("%s is explained: %s", text, h.Markdown)
		}
	}
}

func TestSafeFixes(t *testing.T) {
	fix := func(safe bool, edits ...rule.Edit) rule.Finding {
		return rule.Finding{Fixes: []rule.Fix{{Title: "unsafe"}, {Preferred: safe, Edits: edits}}}
	}
	at := func(start, end int) rule.Edit { return rule.Edit{Span: rule.Span{Start: start, End: end}} }
	elsewhere := at(0, 5)
	elsewhere.File = "other"
	got := SafeFixes([]rule.Finding{
		fix(true, at(0, 5)), fix(true, at(4, 6)), fix(false, at(10, 12)), fix(true, at(20, 20)), fix(true, at(20, 20)),
		fix(true, elsewhere), fix(true, at(30, 31), at(3, 4)), fix(true, at(5, 6)), {},
	})
	var edits []rule.Edit
	for _, f := range got {
		edits = append(edits, f.Edits...)
	}
	if want := []rule.Edit{at(0, 5), at(20, 20), elsewhere, at(5, 6)}; !slices.Equal(edits, want) {
		t.Errorf("%v, want %v", edits, want)
	}
}

// Fixes that touch one another in files of any size: every second one is left for the next round.
func TestSafeFixesMany(t *testing.T) {
	const n = 50_000
	var findings []rule.Finding
	for i := range n {
		findings = append(findings, rule.Finding{Fixes: []rule.Fix{{Preferred: true, Edits: []rule.Edit{{Span: rule.Span{Start: i * 10, End: i*10 + 15}}}}}})
	}
	if got := len(SafeFixes(findings)); got != n/2 {
		t.Errorf("%d fixes, want %d", got, n/2)
	}
}

// FuzzPlaces asks about every place of any text, which must not panic; every proposal must lie on the cursor's line.
func FuzzPlaces(f *testing.F) {
	f.Add(app(`{ "Gpio": [ 27, "$LED" ], "Uart": [ "ISU0", ], }`))
	f.Add(`{ "Peripherals": [ { "Name": "A", "Mapping": "A" }, { "Mapping": ], "Metadata": { "Type": "Azure Sphere Hardware Definition" `)
	f.Add("\ufeff{ \"Capabilities\": { \"Gpio\n\": }")
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 2000 {
			return
		}
		for _, name := range []string{"ws/app/app_manifest.json", "ws/hw/board.json"} {
			file := NewChecker().Workspace(board, nil, Settings{}).Check(name, src)
			for at := range len(src) + 1 {
				file.Hover(at, file.Findings)
				for _, it := range file.Complete(at) {
					if it.Replace.Start > at || it.Replace.End < at || strings.Contains(src[it.Replace.Start:it.Replace.End], "\n") {
						t.Fatalf("%q at %d: %s replaces %v", src, at, it.Label, it.Replace)
					}
				}
			}
		}
	})
}
