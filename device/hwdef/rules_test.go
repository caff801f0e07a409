package hwdef

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
)

const meta = `"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},`

// entries makes a definition that imports the RDB.
func entries(list string) string {
	return `{` + meta + `"Imports":[{"Path":"mt3620_rdb.json"}],"Peripherals":[` + list + `]}`
}

// imports makes a definition with imports of its own, which it uses with entries.
func imports(paths string, list ...string) string {
	return `{` + meta + `"Imports":[` + paths + `],"Peripherals":[` + strings.Join(list, ",") + `]}`
}

// checkFiles holds the file hw/a.json of a file system against the rules.
func checkFiles(t *testing.T, files map[string]string, opt CheckOptions) (*Set, []rule.Finding) {
	t.Helper()
	open := func(p string) (*Definition, error) {
		src, ok := files[p]
		if !ok {
			return nil, fs.ErrNotExist
		}
		if src == "unreadable" {
			return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrPermission}
		}
		return Read(p, jsonc.ParseString(src)), nil
	}
	s, err := Load("hw/a.json", open, nil)
	if err != nil {
		t.Fatal(err)
	}
	opt.Set = s
	if opt.List == nil {
		opt.List = func(dir string) []string {
			var names []string
			for p := range files {
				if path.Dir(p) == dir {
					names = append(names, path.Base(p))
				}
			}
			slices.Sort(names)
			return names
		}
	}
	return s, Check(s.Target, opt)
}

// short writes findings as "AZS203 error LED".
func short(src string, findings []rule.Finding) string {
	var b strings.Builder
	for i, f := range findings {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s %s %s", f.Rule.Code, f.Severity, src[f.Span.Start:f.Span.End])
	}
	return b.String()
}

// mend applies one fix.
func mend(src string, fix rule.Fix) string {
	edits := slices.Clone(fix.Edits)
	slices.SortFunc(edits, func(a, b rule.Edit) int { return b.Span.Start - a.Span.Start })
	for _, e := range edits {
		src = src[:e.Span.Start] + e.New + src[e.Span.End:]
	}
	return src
}

func TestRules(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		more      map[string]string
		opt       CheckOptions
		want      string // what is found, and where
		message   string // is in the first message
		fixed     string // is in the text after the first fix of the first finding; "-": there is no fix
	}{
		{name: "all is well", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"},{"Name":"B","Type":"Gpio","MainCoreHeaderValue":"(8)","AppManifestValue":8},
			{"Name":"U","Type":"Uart","MainCoreHeaderValue":"(7)","AppManifestValue":"ISU3"},{"Name":"C","Type":"int","Mapping":"MT3620_SPI_CS_A"},{"Name":"D","Type":"int","MainCoreHeaderValue":"(-2)"},
			{"Name":"E","Type":"ExternalInterrupt","MainCoreHeaderValue":"(2)","AppManifestValue":"EINT2"}`)},
		{name: "no object", src: `[]`, want: "AZS001 error []"},

		{name: "no metadata", src: `{"$schema":"x","Imports":[],"Peripherals":[]}`, want: "AZS200 error {", fixed: `{"$schema":"x", "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 },"Imports"`},
		{name: "metadata of another kind", src: `{"Metadata":7,"Imports":[],"Peripherals":[]}`, want: "AZS200 error 7", fixed: `{"Metadata":{ "Type": "Azure`},
		{name: "no type", src: `{"Metadata":{"Version":1},"Imports":[],"Peripherals":[]}`, want: `AZS200 error "Metadata"`, fixed: `{"Version":1, "Type": "Azure Sphere Hardware Definition"}`},
		{name: "another type", src: `{"Metadata":{"Type":"azure sphere hardware definition","Version":1},"Peripherals":[]}`, want: `AZS200 error "azure sphere hardware definition"`, fixed: `"Type":"Azure Sphere Hardware Definition"`},
		{name: "no version", src: `{"Metadata":{"Type":"Azure Sphere Hardware Definition"},"Peripherals":[]}`, want: `AZS200 error "Metadata"`, fixed: `, "Version": 1}`},
		{name: "another version", src: `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":2},"Peripherals":[]}`, want: `AZS200 error 2`, fixed: `"Version":1}`},
		{name: "version 1.0 is 1", src: `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1.0},"Peripherals":[]}`},

		{name: "no peripherals", src: `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1}}`, want: "AZS201 error {", fixed: `, "Peripherals": []}`},
		{name: "peripherals of another kind", src: `{` + meta + `"Peripherals":{}}`, want: "AZS201 error {}", fixed: "-"},

		{name: "an entry that is none", src: entries(`7`), want: "AZS202 error 7"},
		{name: "no name", src: entries(`{"Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS202 error {"Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`, message: "no Name"},
		{name: "no type of an entry", src: entries(`{"Name":"A","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS202 error "A"`, message: "no Type"},
		{name: "a name that is a number", src: entries(`{"Name":7,"Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS202 error 7`, message: "Name is a string, this is a number"},
		{name: "mapping and value", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED","MainCoreHeaderValue":"(8)","AppManifestValue":8}`), want: `AZS202 error "MainCoreHeaderValue"`, message: "no values of its own"},
		{name: "neither mapping nor value", src: entries(`{"Name":"A","Type":"Gpio"}`), want: `AZS202 error "A"`, message: "stands for nothing"},
		{name: "an empty mapping", src: entries(`{"Name":"A","Type":"Gpio","Mapping":""}`), want: `AZS202 error ""`},
		{name: "half typed", src: entries(`{"Name":"A","Type":,"Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS001 error "Type":`},

		{name: "twice in a file", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"},{"Name":"A_2","Type":"Gpio","Mapping":"MT3620_RDB_LED2_RED"},{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS203 error "A"`, message: "A already, here", fixed: `"Name":"A_3"`},
		{name: "twice across imports", src: entries(`{"Name":"MT3620_GPIO3","Type":"Gpio","MainCoreHeaderValue":"(3)","AppManifestValue":3}`), want: `AZS203 error "MT3620_GPIO3"`, message: "already, in mt3620.json", fixed: `"MT3620_GPIO3_2"`},

		{name: "no identifier", src: entries(`{"Name":"LED 1-a","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS204 error "LED 1-a"`, fixed: `"LED_1_a"`},
		{name: "a digit first", src: entries(`{"Name":"1LED","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS204 error "1LED"`, fixed: `"_1LED"`},
		{name: "a keyword", src: entries(`{"Name":"switch","Type":"Gpio","Mapping":"MT3620_RDB_BUTTON_A"}`), want: `AZS204 error "switch"`, message: "keyword", fixed: `"SWITCH_"`},
		{name: "nothing left of it", src: entries(`{"Name":"灯","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS204 error "灯"`, fixed: "-"},
		{name: "an empty name", src: entries(`{"Name":"","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS204 error ""`, fixed: "-"},

		{name: "type in another case", src: entries(`{"Name":"A","Type":"GPIO","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS205 error "GPIO"`, fixed: `"Type":"Gpio"`},
		{name: "a type that is near", src: entries(`{"Name":"A","Type":"I2cMaser","Mapping":"MT3620_RDB_HEADER4_ISU2_I2C"}`), want: `AZS205 error "I2cMaser"`, message: `did you mean "I2cMaster"`, fixed: `"Type":"I2cMaster"`},

		{name: "another type than the target's", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_HEADER2_ISU0_UART"}`), want: `AZS206 error "Gpio"`, message: "is of type Uart, not Gpio", fixed: `"Type":"Uart"`},
		{name: "a pin as a constant", src: entries(`{"Name":"A","Type":"int","Mapping":"MT3620_RDB_LED1_RED"}`), want: `AZS206 warning "int"`, message: "is of type Gpio, not int: a manifest cannot ask for it by this name", fixed: `"Type":"Gpio"`},
		{name: "a constant as a GPIO", src: entries(`{"Name":"A","Type":"Adc","Mapping":"MT3620_ADC_CHANNEL0"}`), want: `AZS206 warning "Adc"`, fixed: `"Type":"int"`},

		{name: "no such target", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RAD"}`), want: `AZS207 error "MT3620_RDB_LED1_RAD"`, fixed: `"Mapping":"MT3620_RDB_LED1_RED"`},
		{name: "a circle of mappings", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"B"},{"Name":"B","Type":"Gpio","Mapping":"A"}`), want: `AZS207 error "B"; AZS207 error "A"`, message: "leads back", fixed: "-"},
		{name: "not known for certain", src: imports(`{"Path":"acme.json"}`, `{"Name":"A","Type":"Gpio","Mapping":"ACME_LED"}`), want: `AZS209 error "acme.json"`, fixed: "-"},

		{name: "past the board", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_GPIO8"}`), want: `AZS208 warning "MT3620_GPIO8"`, message: "is called MT3620_RDB_LED1_RED", fixed: `"Mapping":"MT3620_RDB_LED1_RED"`},
		{name: "the board has no name for it", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_GPIO75"}`), want: `AZS208 hint "MT3620_GPIO75"`, fixed: "-"},
		{name: "a constant of the chip", src: entries(`{"Name":"A","Type":"int","Mapping":"MT3620_PWM_CHANNEL1"}`)},
		{name: "the chip imported directly", src: imports(`{"Path":"mt3620.json"}`, `{"Name":"A","Type":"Gpio","Mapping":"MT3620_GPIO8"}`)},

		{name: "an import that is a near miss", src: imports(`{"Path":"baord.json"}`), more: map[string]string{"hw/board.json": entries("")}, want: `AZS209 error "baord.json"`, message: `did you mean "board.json"`, fixed: `{"Path":"board.json"}`},
		{name: "a near miss of a board", src: imports(`{"Path":"../x/mt3620_rbd.json"}`), want: `AZS209 error "../x/mt3620_rbd.json"`, fixed: `{"Path":"mt3620_rdb.json"}`},
		{name: "SDK names are never missing", src: imports(`{"Path":"usi_mt3620_bt_evb.json"},{"Path":"../mt3620/mt3620.json"}`)},

		{name: "itself", src: imports(`{"Path":"a.json"}`), want: `AZS210 error "a.json"`, message: "imports itself", fixed: "-"},
		{name: "itself, for a board of the name", src: `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Description":{"Name":"A"},"Imports":[{"Path":"a.json"}],"Peripherals":[{"Name":"A","Type":"Gpio","Mapping":"BOARD_LED"}]}`, want: `AZS210 error "a.json"`},
		{name: "itself through another", src: imports(`{"Path":"b.json"}`), more: map[string]string{"hw/b.json": imports(`{"Path":"c.json"}`), "hw/c.json": imports(`{"Path":"../hw/a.json"}`)}, want: `AZS210 error "b.json"`, message: "hw/c.json imports this file again"},

		{name: "an import that is broken", src: imports(`{"Path":"b.json"}`), more: map[string]string{"hw/b.json": `{` + meta + `"Peripherals":[}`}, want: `AZS211 error "b.json"`, message: "hw/b.json is no sound JSON"},
		{name: "an import that is something else", src: imports(`{"Path":"b.json"}`), more: map[string]string{"hw/b.json": `{"SchemaVersion":1}`}, want: `AZS211 error "b.json"`, message: "no hardware definition"},
		{name: "an import that is unreadable", src: imports(`{"Path":"b.json"}`), more: map[string]string{"hw/b.json": "unreadable"}, want: `AZS211 error "b.json"`, message: "permission denied"},
		{name: "an import of an import that is missing", src: imports(`{"Path":"b.json"}`), more: map[string]string{"hw/b.json": imports(`{"Path":"c.json"}`)}, want: `AZS211 error "b.json"`, message: "imports c.json, which is not there"},
		{name: "an import with an error of its own", src: imports(`{"Path":"b.json"}`), more: map[string]string{"hw/b.json": entries(`{"Name":"A","Type":"Gpio"}`)}, want: `AZS211 error "b.json"`, message: "has an error: The entry has neither"},
		{name: "comments in an import are no defect", src: imports(`{"Path":"b.json"}`), more: map[string]string{"hw/b.json": "// hello\n" + entries("")}},

		{name: "imported twice", src: imports(`{"Path":"b.json"},{"Path":"../hw/b.json"}`), more: map[string]string{"hw/b.json": entries("")}, want: `AZS212 warning "../hw/b.json"`, message: "already", fixed: `[{"Path":"b.json"}]`},
		{name: "nothing uses it", src: imports(`{"Path":"mt3620_rdb.json"},{"Path":"b.json"}`, `{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), more: map[string]string{"hw/b.json": imports(`{"Path":"mt3620.json"}`, `{"Name":"X","Type":"Gpio","Mapping":"MT3620_GPIO1"}`)}, want: `AZS212 warning "b.json"`, message: "No entry maps", fixed: `[{"Path":"mt3620_rdb.json"}]`},
		{name: "a file without mappings only passes its imports on", src: entries("")},

		{name: "a back-slash", src: imports(`{"Path":"..\\hw\\b.json"}`), more: map[string]string{"hw/b.json": entries("")}, want: `AZS213 warning "..\\hw\\b.json"`, fixed: `"../hw/b.json"`},
		{name: "another case", src: imports(`{"Path":"./B.json"}`), more: map[string]string{"hw/b.json": entries("")}, want: `AZS213 error "./B.json"`, message: "called b.json", fixed: `"b.json"`},
		{name: "another case that is found all the same", src: imports(`{"Path":"B.json"}`), more: map[string]string{"hw/b.json": entries(""), "hw/B.json": entries("")}, opt: CheckOptions{List: func(string) []string { return []string{"a.json", "b.json"} }}, want: `AZS213 warning "B.json"`, fixed: `"b.json"`},
		{name: "another case of a board", src: imports(`{"Path":"MT3620_RDB.json"}`), want: `AZS213 error "MT3620_RDB.json"`, fixed: `"mt3620_rdb.json"`},

		{name: "a bare number", src: entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":8,"AppManifestValue":8}`), want: `AZS214 error 8`, fixed: `"MainCoreHeaderValue":"(8)"`},
		{name: "no parentheses", src: entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":"8","AppManifestValue":8}`), want: `AZS214 error "8"`, fixed: `"MainCoreHeaderValue":"(8)"`},
		{name: "a name for a value", src: entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":"MT3620_RDB_LED1_RED","AppManifestValue":8}`), want: `AZS214 error "MT3620_RDB_LED1_RED"`, fixed: `{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`},
		{name: "a name behind its value", src: entries(`{"Name":"A","Type":"Gpio","AppManifestValue":8,"MainCoreHeaderValue":"MT3620_RDB_LED1_RED"}`), want: `AZS214 error "MT3620_RDB_LED1_RED"`, fixed: `{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`},
		{name: "a name for a constant", src: entries(`{"Name":"A","Type":"int","MainCoreHeaderValue":"MT3620_ADC_CHANNEL0"}`), want: `AZS214 warning "MT3620_ADC_CHANNEL0"`, fixed: `{"Name":"A","Type":"int","Mapping":"MT3620_ADC_CHANNEL0"}`},
		{name: "a name of nobody", src: entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":"SOMETHING","AppManifestValue":8}`), want: `AZS214 error "SOMETHING"`, fixed: "-"},

		{name: "no manifest value", src: entries(`{"Name":"A","Type":"Uart","MainCoreHeaderValue":"(4)"}`), want: `AZS215 error "A"`, fixed: `"MainCoreHeaderValue":"(4)", "AppManifestValue": "ISU0"`},
		{name: "a GPIO in quotes", src: entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":"(8)","AppManifestValue":"8"}`), want: `AZS215 error "8"`, fixed: `"AppManifestValue":8`},
		{name: "a controller's number", src: entries(`{"Name":"A","Type":"Pwm","MainCoreHeaderValue":"(1)","AppManifestValue":1}`), want: `AZS215 error 1`, fixed: `"PWM-CONTROLLER-1"`},
		{name: "a constant for the manifest", src: entries(`{"Name":"A","Type":"int","MainCoreHeaderValue":"(1)","AppManifestValue":1}`), want: `AZS215 error "AppManifestValue"`, fixed: `"MainCoreHeaderValue":"(1)"}`},

		{name: "two values", src: entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":"(2)","AppManifestValue":3}`), want: `AZS216 warning "(2)"`, fixed: `"(3)"`},
		{name: "a UART without its offset", src: entries(`{"Name":"A","Type":"Uart","MainCoreHeaderValue":"(0)","AppManifestValue":"ISU0"}`), want: `AZS216 warning "(0)"`, message: "ISU0 as UART is (4), not (0)", fixed: `"(4)"`},
		{name: "I2C with a UART's offset", src: entries(`{"Name":"A","Type":"I2cMaster","MainCoreHeaderValue":"(4)","AppManifestValue":"ISU0"}`), want: `AZS216 warning "(4)"`, fixed: `"(0)"`},
		{name: "a GPIO that does not exist", src: entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":"(25)","AppManifestValue":25}`), want: `AZS216 warning 25`, fixed: "-"},
		{name: "a controller that does not exist", src: entries(`{"Name":"A","Type":"SpiMaster","MainCoreHeaderValue":"(1)","AppManifestValue":"ISU10"}`), want: `AZS216 warning "ISU10"`, message: "did you mean", fixed: `"ISU`},

		{name: "clashes are nobody's business", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"},{"Name":"B","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"},{"Name":"C","Type":"Pwm","Mapping":"MT3620_RDB_LED_PWM_CONTROLLER2"}`)},
		{name: "unless they are asked for", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"},{"Name":"B","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"},{"Name":"C","Type":"Pwm","Mapping":"MT3620_RDB_LED_PWM_CONTROLLER2"}`), opt: CheckOptions{Clashes: true}, want: `AZS217 hint "A"; AZS217 hint "B"`, message: "need the same pins"},
		{name: "GPIOs of one block never clash", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"},{"Name":"B","Type":"Gpio","Mapping":"MT3620_RDB_LED1_GREEN"}`), opt: CheckOptions{Clashes: true}},

		{name: "no header, and none is meant to be", src: entries(""), opt: CheckOptions{Header: func() (string, error) { return "", fs.ErrNotExist }}},
		{name: "no header", src: `{"Description":{"MainCoreHeaderFileTopContent":["// A"]},` + entries("")[1:], opt: CheckOptions{Header: func() (string, error) { return "", fs.ErrNotExist }}, want: "AZS220 warning {", message: "hw/inc/hw/a.h is missing", fixed: "-"},
		{name: "a stale header", src: entries(`{"Name":"A","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`), opt: CheckOptions{Header: func() (string, error) {
			return "// generated from ../../a.json\n#pragma once\n#include \"mt3620_rdb.h\"\n#define A (1)\n", nil
		}}, want: "AZS220 warning {", message: "stale"},
		{name: "a stale header that loses a macro", src: entries(""), opt: CheckOptions{Header: func() (string, error) { return "// generated from ../../a.json\n#pragma once\n#define OLD (1)\n", nil }}, want: "AZS220 warning {", message: "stale"},
		{name: "an edited header", src: entries(""), opt: CheckOptions{Header: func() (string, error) { return "// generated from ../../a.json\n#pragma once\nint x;\n", nil }}, want: "AZS221 warning {", message: "by hand"},
		{name: "a current header", src: entries(""), opt: CheckOptions{Header: func() (string, error) {
			return "\n// generated from ../../a.json\n#pragma once\n#include \"mt3620_rdb.h\"\n", nil
		}}},
		{name: "a header that may not be read", src: `{"Description":{"MainCoreHeaderFileTopContent":["// A"]},` + entries("")[1:], opt: CheckOptions{Header: func() (string, error) { return "", fs.ErrPermission }}},
		{name: "a header of a broken file", src: entries(`{"Name":}`), opt: CheckOptions{Header: func() (string, error) { return "", fs.ErrNotExist }}, want: `AZS202 error {"Name":}; AZS202 error {"Name":}; AZS001 error "Name":`},
	} {
		files := map[string]string{"hw/a.json": tt.src}
		for p, src := range tt.more {
			files[p] = src
		}
		s, findings := checkFiles(t, files, tt.opt)
		if got := short(tt.src, findings); got != tt.want {
			t.Errorf("%s: found %s, want %s", tt.name, got, tt.want)
			continue
		}
		if len(findings) == 0 {
			continue
		}
		f := findings[0]
		if !strings.Contains(f.Message, tt.message) {
			t.Errorf("%s: %q, want %q in it", tt.name, f.Message, tt.message)
		}
		switch {
		case tt.fixed == "-" && len(f.Fixes) > 0:
			t.Errorf("%s: fix %+v", tt.name, f.Fixes)
		case tt.fixed != "" && tt.fixed != "-":
			if len(f.Fixes) == 0 || !strings.Contains(mend(tt.src, f.Fixes[0]), tt.fixed) {
				t.Errorf("%s: fixes %+v, want %s", tt.name, f.Fixes, tt.fixed)
			}
		}
		if strings.Contains(tt.name, "stale header") || strings.Contains(tt.name, "edited header") {
			text, _ := tt.opt.Header()
			x := f.Fixes[0]
			if x.Edits[0].File != "hw/inc/hw/a.h" || x.Preferred != (tt.name == "a stale header") || CompareHeader(s.Target, mend(text, x), true) != HeaderCurrent {
				t.Errorf("%s: %+v", tt.name, x)
			}
		}
		for _, x := range f.Fixes {
			if x.Edits[0].File != "" {
				continue
			}
			again := mend(tt.src, x)
			if tree := jsonc.ParseString(again); len(tree.Errors) > len(s.Target.File.Errors) {
				t.Errorf("%s: %q breaks the file: %s", tt.name, x.Title, again)
			}
		}
	}
}

// Every rule has a row above that finds it, a place in order, and words.
func TestRuleTable(t *testing.T) {
	src, err := os.ReadFile("rules_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for n := 200; n <= 217; n++ {
		want = append(want, fmt.Sprintf("AZS%d", n))
	}
	want = append(want, "AZS220", "AZS221") // facts/diagnostics.md, group 6
	var got []string
	for _, r := range Rules() {
		got = append(got, r.Code)
		if r.Title == "" || r.Doc == "" || r.Source == "" || r.Severity == 0 || r.Refuses != (rule.Refuses{}) {
			t.Errorf("%+v", r)
		}
		if !strings.Contains(string(src), r.Code+" "+r.Severity.String()+" ") {
			t.Errorf("no row finds %s", r.Code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The official samples have no errors; the one warning is that a board has a name for what a mapping takes from its module.
func TestRulesOnSamples(t *testing.T) {
	root := testenv.NeedEnv(t, "ARMILLARY_SAMPLES", "set it to a checkout of Azure/azure-sphere-samples")
	open := func(p string) (*Definition, error) {
		src, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		return Read(p, jsonc.Parse(src)), nil
	}
	n := 0
	headerPairs(t, root, func(p string, _ *Definition, header string) {
		s, err := Load(filepath.ToSlash(p), open, nil)
		if err != nil {
			t.Fatal(err)
		}
		n++
		opt := CheckOptions{Set: s, Header: func() (string, error) { return header, nil }, List: func(dir string) []string {
			var names []string
			list, _ := os.ReadDir(dir)
			for _, e := range list {
				names = append(names, e.Name())
			}
			return names
		}}
		for _, f := range Check(s.Target, opt) {
			if !(f.Rule.Code == "AZS208" && (f.Severity == rule.Hint || strings.Contains(f.Message, "AVNET_MT3620_SK_ISU2_I2C"))) {
				t.Errorf("%s: %s %s: %s", p, f.Rule.Code, f.Severity, f.Message)
			}
		}
	})
	if n < 8 {
		t.Errorf("only %d definitions", n)
	}
}

// Hostile files cost no more than they are long, and what is said about them is bounded.
func TestHostile(t *testing.T) {
	many := func(n int, entry string) string { return strings.TrimSuffix(strings.Repeat(entry+",", n), ",") }
	for name, files := range map[string]map[string]string{
		"one name":     {"hw/a.json": entries(many(50_000, `{"Name":"A","Type":"Gpio","Mapping":"A"}`))},
		"no names":     {"hw/a.json": entries(many(50_000, `{"Name":"-","Type":"?","Mapping":"MT3620_RDB_LED1_RAD"}`))},
		"no entries":   {"hw/a.json": entries(many(100_000, `7`))},
		"many imports": {"hw/a.json": imports(many(10_000, `{"Path":"b.json"}`)), "hw/b.json": imports(many(10_000, `{"Path":"a.json"}`))},
		"no imports":   {"hw/a.json": imports(many(10_000, `{"Path":"nobody.json"}`))},
		"long texts":   {"hw/a.json": imports(`{"Path":"`+strings.Repeat("x", 1<<20)+`"}`, `{"Name":"`+strings.Repeat("-", 1<<20)+`","Type":"`+strings.Repeat("y", 1<<20)+`","Mapping":"`+strings.Repeat("z", 1<<20)+`"}`)},
		"a long chain": {"hw/a.json": entries(func() string {
			var b strings.Builder
			for i := range 20_000 {
				fmt.Fprintf(&b, `{"Name":"N%d","Type":"Gpio","Mapping":"N%d"},`, i, i+1)
			}
			return b.String()
		}())},
	} {
		_, findings := checkFiles(t, files, CheckOptions{Clashes: true, Header: func() (string, error) { return files["hw/a.json"], nil }})
		count := map[string]int{}
		for _, f := range findings {
			count[f.Rule.Code]++
			if len(f.Message) > jsonrule.MaxMessage+3 || len(f.Pointer) > jsonrule.MaxPointer {
				t.Errorf("%s: %s says %d bytes", name, f.Rule.Code, len(f.Message))
			}
		}
		for code, n := range count {
			if n > jsonrule.MaxFindings+1 {
				t.Errorf("%s: %d of %s", name, n, code)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(applianceText, applianceHeader)
	f.Add(entries(`{"Name":"A","Type":"Gpio","MainCoreHeaderValue":"MT3620_RDB_LED1_RED","AppManifestValue":8},{"Name":"A","Type":"int","Mapping":"A"},7,{"Name":"B","Type":"gpio","MainCoreHeaderValue":3}`), "")
	f.Add(imports(`{"Path":"b.json"},{"Path":"a.json"},{"Path":"X\\B.json"}`), "int x;")
	f.Fuzz(func(t *testing.T, src, header string) {
		s, err := Load("hw/a.json", func(p string) (*Definition, error) {
			if path.Base(p) == "nobody.json" {
				return nil, fs.ErrNotExist
			}
			return Read(p, jsonc.ParseString(src)), nil
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		opt := CheckOptions{Set: s, Clashes: true, Header: func() (string, error) { return headerText(header) }, List: func(string) []string { return []string{"b.json"} }}
		for _, x := range Check(s.Target, opt) {
			if x.Span.Start < 0 || x.Span.End < x.Span.Start || x.Span.End > len(src) {
				t.Errorf("%s at %v of %d bytes", x.Rule.Code, x.Span, len(src))
			}
			for _, fix := range x.Fixes {
				if fix.Edits[0].File == "" {
					mend(src, fix)
				}
			}
		}
		Port(s, s, "b.json")
		for _, typ := range s.AvailableTypes() {
			s.GenerateMappings(typ, 5)
		}
		PinTable(s)
	})
}

// BenchmarkCheck is what a keystroke in a definition of 1,500 lines costs, its header included.
func BenchmarkCheck(b *testing.B) {
	var list strings.Builder
	for i := range 250 {
		fmt.Fprintf(&list, "    {\n      \"Name\": \"N%d\",\n      \"Type\": \"Gpio\",\n      \"Mapping\": \"MT3620_RDB_LED1_RED\",\n      \"Comment\": \"Red\"\n    },\n", i)
	}
	src := entries(strings.TrimSuffix(list.String(), ",\n"))
	s, err := Load("hw/a.json", func(p string) (*Definition, error) {
		if p != "hw/a.json" {
			return nil, fs.ErrNotExist
		}
		return Read(p, jsonc.ParseString(src)), nil
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
	header := Header(s.Target)
	for b.Loop() {
		if f := Check(s.Target, CheckOptions{Set: s, Header: func() (string, error) { return header, nil }}); len(f) > 0 {
			b.Fatal(f)
		}
	}
}

// headerText is a header that is there unless it is empty.
func headerText(text string) (string, error) {
	if text == "" {
		return "", fs.ErrNotExist
	}
	return text, nil
}
