package manifest

import (
	"fmt"
	"strings"
	"testing"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// entries writes a list of n entries; "#" in one becomes its number, which counts from 0.
func entries(n int, entry string) string {
	before, after, _ := strings.Cut(entry, "#")
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(before)
		if before != entry {
			fmt.Fprintf(&b, "%d%s", i, after)
		}
	}
	return b.String()
}

// largeSet is a definition of n names that look like those that the hostile manifests have.
func largeSet(t testing.TB, n int) *hwdef.Set {
	return definitions(t, map[string]string{"board.json": `{"Imports":[{"Path":"mt3620.json"}],"Peripherals":[` +
		entries(n, `{"Name":"PIN_#","Type":"Gpio","Mapping":"MT3620_GPIO8"}`) + "," + entries(n, `{"Name":"LOST_#","Type":"Gpio","Mapping":"NOWHERE"}`) + "]}"})
}

// hostile are manifests of n entries that are wrong in one way, or right, and of which none may take long. A rule that
// speaks of each of them counts each of them.
func hostile(n int) []struct {
	name, src, code string
	count           int // of findings of the code, shown or not
} {
	type test = struct {
		name, src, code string
		count           int
	}
	list := []test{
		{"comments", strings.Repeat("// c\n", n) + hl(``), "AZS002", n},
		{"trailing commas", with(`"Default"`, `"Default", "X": [`+entries(n, `[1,]`)+`]`), "AZS003", n},
		{"duplicate keys", hl(entries(n, `"WifiConfig": true`)), "AZS005", n - 1},
		{"misspelt keys", hl(entries(n, `"wifiConfig": true`)), "AZS006", n},
		{"misspelt sizes", hl(`"MutableStorage": {` + entries(n, `"sizeKB": 1`) + `}`), "AZS006", n},
		{"syntax errors", with(`"CmdArgs": []`, `"CmdArgs": [`+strings.Repeat(`"x" `, n)+`]`), "AZS001", n - 1},
		{"other types of arguments", with(`"CmdArgs": []`, `"CmdArgs": [`+entries(n, `#`)+`]`), "AZS020", n},
		{"unknown properties", with(`"CmdArgs": []`, `"CmdArgs": [],`+entries(n, `"Nam#": 1`)), "AZS028", n},
		{"capabilities at the top", with(`"CmdArgs": []`, `"CmdArgs": [],`+entries(n, `"Uart": [ 1 ]`)), "AZS029", n},
		{"policies", hl(entries(n, `"Policy#": 1`)), "AZS030", n},
		{"unknown capabilities", hl(entries(n, `"WifiConfi#": true`)), "AZS040", n},
		{"storages", hl(entries(n, `"MutableStorage": {}`)), "AZS056", n},
		{"long names", hl(entries(n/1000+1, `"`+strings.Repeat(" ", 2000)+`Gpio": [ 1, 1 ]`)), "AZS040", n/1000 + 1},
		{"numbers of no GPIO", hl(`"Gpio": [` + entries(n, `9#`) + `]`), "AZS046", n},
		{"numbers in quotes", hl(`"Gpio": [` + entries(n, `"#"`) + `]`), "AZS050", n},
		{"one GPIO", hl(`"Gpio": [` + entries(n, `8`) + `], "Pwm": [ "PWM-CONTROLLER-2" ]`), "AZS049", n - 1},
		{"GPIOs in blocks", rt(`"Gpio": [` + entries(n, `0, 8, 27`) + `], "Uart": [ "ISU0" ], "Pwm": [ "PWM-CONTROLLER-2" ], "ExternalInterrupt": [ "EINT8" ]`), "AZS101", 2},
		{"unknown names", hl(`"Gpio": [` + entries(n, `"$PIM_#"`) + `]`), "AZS120", n},
		{"lost names", hl(`"Gpio": [` + entries(n, `"$LOST_1"`) + `]`), "AZS120", n},
		{"names of another type", hl(`"Uart": [` + entries(n, `"$PIN_1"`) + `]`), "AZS121", n},
		{"names of another type, with a place", hl(`"Gpio": [ 1 ], "Uart": [` + entries(n, `"$PIN_1"`) + `]`), "AZS121", n},
		{"names of constants", hl(`"Adc": [` + entries(n, `"$MT3620_ADC_CHANNEL1"`) + `]`), "AZS122", n},
		{"names in a real-time app", rt(`"Gpio": [` + entries(n, `"$PIN_1"`) + `]`), "AZS124", n},
		{"names without $", hl(`"Gpio": [` + entries(n, `"PIN_1"`) + `]`), "AZS125", n},
		{"numbers with a name", hl(`"Gpio": [` + entries(n, `8`) + `]`), "AZS126", n},
		{"hosts", hl(`"AllowedConnections": [` + entries(n, `"a#.example:80"`) + `]`), "AZS060", n},
		{"placeholders", hl(`"AllowedConnections": [` + entries(n, `"<host #>"`) + `]`), "AZS061", n},
		{"one host", hl(`"AllowedConnections": [` + entries(n, `"a.example"`) + `]`), "AZS049", n - 1},
		{"low ports", hl(`"AllowedTcpServerPorts": [` + entries(n, `80`) + `]`), "AZS059", 2*n - 1},
		{"ports", hl(`"AllowedUdpServerPorts": [` + entries(n, `-1#`) + `]`), "AZS058", n},
		{"partners", hl(`"AllowedApplicationConnections": [` + entries(n, `"#"`) + `]`), "AZS067", n},
		{"the app itself", hl(`"AllowedApplicationConnections": [` + entries(n, `"6B1F2C8E-94D0-4C1B-9A57-3E80D1C64F22"`) + `]`), "AZS068", n},
		{"power controls", hl(`"PowerControls": [` + entries(n, `"ForceRebot"`) + `]`), "AZS053", n},
	}
	for i := range capabilities {
		c := &capabilities[i]
		code, count := "AZS042", n
		switch {
		case !c.IsList():
			continue
		case c.Shape == Ports:
			code = "AZS058"
		case c.Shape == Apps:
			code = "AZS067"
		}
		make := hl
		if !c.HL {
			make = rt
		}
		list = append(list, test{c.Name + " of objects", make(`"` + c.Name + `": [` + entries(n, `{}`) + `]`), code, count})
		if c.Shape == Units {
			code = "AZS048"
			if c.Name == hwdef.Uart || c.Name == hwdef.I2cMaster || c.Name == hwdef.SpiMaster {
				code = "AZS047"
			}
			list = append(list, test{c.Name + " of unknown names", make(`"` + c.Name + `": [` + entries(n, `"ISU9#"`) + `]`), code, n})
		}
	}
	return list
}

// Text made to be slow: each would take minutes if checking it took time with the square of its length. However many
// entries are wrong, the findings are bounded and say how many there are.
func TestHostile(t *testing.T) {
	const n = 10_000
	set := largeSet(t, n)
	for _, tt := range hostile(n) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := Read(jsonc.ParseString(tt.src))
			for _, opt := range []Options{{Definitions: set, Strict: true}, {Packaged: true}} {
				found := Check(m, opt)
				byRule, more := map[string]int{}, 0
				for _, f := range found {
					byRule[f.Rule.Code]++
					related := 1
					if f.Rule.Code == "AZS103" { // one for each block of the chip
						related = 24
					}
					if len(f.Related) > related || len(f.Fixes) > 4 || len(f.Message) > jsonrule.MaxMessage+3 || len(f.Pointer) > jsonrule.MaxPointer {
						t.Errorf("%s is too large: %d related, %d fixes, message of %d bytes, pointer of %d", f.Rule.Code, len(f.Related), len(f.Fixes), len(f.Message), len(f.Pointer))
					}
					if n := 0; f.Rule.Code == tt.code && strings.HasSuffix(f.Message, "not shown") {
						fmt.Sscan(f.Message, &n)
						more += n - 1 // it is a finding itself
						if f.Severity != f.Rule.Severity && f.Severity != f.Rule.Strict || f.Fixes != nil {
							t.Errorf("%s: severity %s, fixes %v", f.Message, f.Severity, f.Fixes)
						}
					}
				}
				for code, got := range byRule {
					if got > jsonrule.MaxFindings+1 {
						t.Errorf("%d findings of %s", got, code)
					}
				}
				if got := byRule[tt.code] + more; got != tt.count && opt.Definitions != nil {
					t.Errorf("%d findings of %s, want %d; in all %v", got, tt.code, tt.count, byRule)
				}
			}
			Packaged(m, set, 13)
			m.Complete(len(tt.src)/2, set)
			m.Describe(len(tt.src)/2, set, nil)
		})
	}
}

// At the limit nothing is left out; one more is said to be left out, at its place.
func TestMaxFindings(t *testing.T) {
	for n, want := range map[int]string{jsonrule.MaxFindings: "", jsonrule.MaxFindings + 1: "1 more of this kind in this file is not shown", jsonrule.MaxFindings + 2: "2 more of this kind in this file are not shown"} {
		src := hl(`"Gpio": [` + entries(n, `25`) + `]`)
		found := findings(src, Options{}, "AZS046")
		last := found[len(found)-1]
		if want == "" {
			if len(found) != n || strings.Contains(last.Message, "shown") {
				t.Errorf("%d entries: %d findings, the last %q", n, len(found), last.Message)
			}
			continue
		}
		if len(found) != jsonrule.MaxFindings+1 || last.Message != want || last.Pointer != fmt.Sprintf("/Capabilities/Gpio/%d", jsonrule.MaxFindings) || src[last.Span.Start:last.Span.End] != "25" {
			t.Errorf("%d entries: %d findings, the last %q at %s", n, len(found), last.Message, last.Pointer)
		}
		if r := last.Refuses; r.Code == 0 || last.Severity != rule.Error {
			t.Errorf("the last is a %s, refused with %d", last.Severity, r.Code)
		}
	}
}

// BenchmarkHostile is what an absurd file costs.
func BenchmarkHostile(b *testing.B) {
	const n = 200_000
	set := largeSet(b, n)
	for _, tt := range hostile(n) {
		m := Read(jsonc.ParseString(tt.src))
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				Check(m, Options{Definitions: set, Strict: true})
			}
		})
	}
}
