package hwdef

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/sdk"
	"armillary.dev/internal/testenv"
)

func num(n int) Value     { return number(n) }
func name(s string) Value { return Value{Text: s} }

func TestPinsAgainstFacts(t *testing.T) {
	f, err := os.Open(filepath.Join(testenv.Shared(t), "facts", "mt3620_pins.tsv"))
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
	if len(rows)-1 != len(GPIOs()) {
		t.Errorf("%d GPIOs, the facts have %d", len(GPIOs()), len(rows)-1)
	}
	chip, _ := Load(ChipFile, func(string) (*Definition, error) { return nil, fs.ErrNotExist }, nil)
	for _, row := range rows[1:] {
		n, _ := strconv.Atoi(row[0])
		p, ok := PinOf(n)
		if !ok {
			t.Errorf("GPIO %d is missing", n)
			continue
		}
		dash := func(s string) string {
			if s == "" {
				return "-"
			}
			return s
		}
		block := p.Block.Name
		if n == 80 {
			block = "-" // alone; it has a block of its own here
		}
		pin := strconv.Itoa(p.Package)
		if p.Package == 0 {
			pin = "-"
		}
		have := []string{row[0], block, dash(p.Block.Controller), pin, strings.Join(p.Functions, "|"), row[0], "MT3620_GPIO" + row[0], row[0], dash(p.Interrupt)}
		if !slices.Equal(have, row) {
			t.Errorf("have %v, the facts say %v", have, row)
		}
		if res := chip.Resolve(row[6]); res.Status != Resolved || res.Value != num(n) || res.Chain[0].HeaderValue != "("+row[7]+")" {
			t.Errorf("%s: %+v", row[6], res)
		}
	}
}

func TestPins(t *testing.T) {
	for _, n := range []int{-1, 24, 25, 49, 55, 76, 79, 81, 85} {
		if p, ok := PinOf(n); ok {
			t.Errorf("GPIO %d exists in block %s", n, p.Block.Name)
		}
	}
	for _, tt := range []struct {
		field, controller string
		first, last       int
	}{
		{Uart, "ISU0", 26, 30}, {I2cMaster, "ISU2", 36, 40}, {SpiMaster, "ISU3", 66, 70}, {Uart, "ISU4", 71, 75},
		{Pwm, "PWM-CONTROLLER-2", 8, 11}, {Adc, "ADC-CONTROLLER-0", 41, 48}, {I2sSubordinate, "I2S1", 61, 65}, {ExternalInterrupt, "EINT23", 23, 23},
	} {
		if f, l, ok := Span(tt.field, tt.controller); !ok || f != tt.first || l != tt.last {
			t.Errorf("%s %s: %d to %d, %v", tt.field, tt.controller, f, l, ok)
		}
	}
	for _, tt := range [][2]string{{Uart, "ISU5"}, {Pwm, "ISU0"}, {Gpio, "8"}, {ExternalInterrupt, "EINT24"}, {"Nonsense", "ISU0"}} {
		if _, _, ok := Span(tt[0], tt[1]); ok {
			t.Errorf("%v exists", tt)
		}
	}
}

// The chip's definition and the SDK's mt3620.json, which goes to users, are the same.
func TestChipIsTheSDKs(t *testing.T) {
	files, err := sdk.Files()
	if err != nil {
		t.Fatal(err)
	}
	text := files[sdk.DefinitionsDir+"/"+ChipFile]
	if text == nil {
		t.Fatal("the SDK has no " + ChipFile)
	}
	d := Read(ChipFile, jsonc.Parse(text))
	type row struct {
		typ, header string
		value       Value
	}
	table := func(d *Definition) map[string]row {
		m := map[string]row{}
		for _, p := range d.Peripherals {
			m[p.Name] = row{p.Type, p.HeaderValue, p.Value}
		}
		return m
	}
	have, want := table(Chip()), table(d)
	if len(have) != 101 || len(want) != 101 { // facts/manifest.md 2.3
		t.Errorf("%d names, the SDK's file has %d; both should have 101", len(have), len(want))
	}
	for n, w := range want {
		if have[n] != w {
			t.Errorf("%s: %+v, the SDK's file has %+v", n, have[n], w)
		}
	}
}

// loader reads definitions from a map and counts.
func loader(files map[string]string, opened *[]string) func(string) (*Definition, error) {
	return func(p string) (*Definition, error) {
		*opened = append(*opened, p)
		text, ok := files[p]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return Read(p, jsonc.ParseString(text)), nil
	}
}

func TestResolve(t *testing.T) {
	var opened []string
	s, err := Load("app/hw/appliance.json", loader(map[string]string{
		"app/hw/appliance.json": `{"Imports":[{"Path":"board.json"},{"Path":"..\\shared\\extra.json"}],"Peripherals":[
			{"Name":"LED","Type":"Gpio","Mapping":"BOARD_LED"},{"Name":"SERIAL","Type":"Uart","Mapping":"BOARD_SERIAL"},
			{"Name":"CS","Type":"int","Mapping":"MT3620_SPI_CS_A"},{"Name":"BAD","Type":"Gpio","Mapping":"NONE"},
			{"Name":"SELF","Type":"Gpio","Mapping":"SELF"},{"Name":"EMPTY","Type":"Gpio","MainCoreHeaderValue":"(3)"},
			{"Name":"UNTYPED","Mapping":"BOARD_SERIAL"},{"Type":"Gpio"},{"Name":7},8]}`,
		"sdk/board.json":        `{"Imports":[{"Path":"mt3620.json"}],"Peripherals":[{"Name":"BOARD_LED","Type":"Gpio","Mapping":"MT3620_GPIO8"},{"Name":"LED","Type":"Gpio","Mapping":"MT3620_GPIO9"}]}`,
		"app/shared/extra.json": `{"Imports":[{"Path":"extra.json"},{"Path":"../hw/appliance.json"},{"Path":"../mt3620/mt3620.json"}],"Peripherals":[{"Name":"BOARD_SERIAL","Type":"Uart","Mapping":"MT3620_ISU1_UART"}]}`,
	}, &opened), []string{"sdk"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"app/hw/appliance.json", "app/hw/board.json", "sdk/board.json", "app/shared/extra.json"}; len(opened) < 4 || !slices.Equal(opened[:4], want) {
		t.Errorf("opened %v", opened)
	}
	if len(s.Files) != 4 || !s.Complete() {
		t.Errorf("%d files, missing %v", len(s.Files), s.Missing)
	}
	for _, tt := range []struct {
		name   string
		status Status
		typ    string
		value  Value
		chain  int
	}{
		{"LED", Resolved, Gpio, num(8), 3}, // the target's own, not the board's of the same name
		{"BOARD_LED", Resolved, Gpio, num(8), 2},
		{"MT3620_GPIO80", Resolved, Gpio, num(80), 1},
		{"SERIAL", Resolved, Uart, name("ISU1"), 3},
		{"UNTYPED", Resolved, Uart, name("ISU1"), 3},
		{"CS", Constant, Int, Value{}, 2},
		{"BAD", Dangling, Gpio, Value{}, 1},
		{"EMPTY", Dangling, Gpio, Value{}, 1},
		{"SELF", Cycle, Gpio, Value{}, 1},
		{"NOBODY", Unknown, "", Value{}, 0},
	} {
		r := s.Resolve(tt.name)
		if r.Status != tt.status || r.Type != tt.typ || r.Value != tt.value || len(r.Chain) != tt.chain {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
	if n := s.Name(Gpio, num(8)); n == nil || n.Name != "LED" {
		t.Errorf("name of GPIO 8: %+v", n)
	}
	if n := s.Name(Uart, name("ISU0")); n == nil || n.Name != "MT3620_ISU0_UART" {
		t.Errorf("name of ISU0: %+v", n)
	}
}

func TestMissing(t *testing.T) {
	var opened []string
	load := func(files map[string]string) (*Set, error) { return Load("a.json", loader(files, &opened), nil) }
	s, err := load(map[string]string{"a.json": `{"Imports":[{"Path":"acme_board.json"}],"Peripherals":[{"Name":"LED","Type":"Gpio","Mapping":"ACME_LED"}]}`})
	if err != nil || s.Complete() || s.Missing[0].Import.Path != "acme_board.json" || !errors.Is(s.Missing[0].Err, fs.ErrNotExist) {
		t.Fatalf("%v %+v", err, s)
	}
	for _, n := range []string{"LED", "ANYTHING"} {
		if r := s.Resolve(n); r.Status != NotChecked {
			t.Errorf("%s: %+v", n, r)
		}
	}
	if _, err := load(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a target that is not there: %v", err)
	}
	// Files that import one another without end.
	endless := func(p string) (*Definition, error) {
		return Read(p, jsonc.ParseString(fmt.Sprintf(`{"Imports":[{"Path":"x%s"}]}`, p))), nil
	}
	if s, err := Load("a.json", endless, nil); err != nil || len(s.Files) != maxFiles || s.Complete() {
		t.Errorf("endless imports: %v, %d files", err, len(s.Files))
	}
	// A long chain ends.
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `{"Name":"N%d","Type":"Gpio","Mapping":"N%d"},`, i, i+1)
	}
	s, _ = load(map[string]string{"a.json": `{"Peripherals":[` + b.String() + `]}`})
	if r := s.Resolve("N0"); r.Status != Cycle || len(r.Chain) != maxChain {
		t.Errorf("long chain: %d, %d", r.Status, len(r.Chain))
	}
}

func TestIs(t *testing.T) {
	for src, want := range map[string]bool{
		`{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1}}`: true,
		`{"Metadata":{"Type":"Something else"},"Peripherals":[]}`:              false,
		`{"Imports":[],"Peripherals":[]}`:                                      true,
		`{"Peripherals":[{"Name":"x","Mapping":"y"}]}`:                         true,
		`{"Peripherals":[1]}`:                                                  false,
		`{}`:                                                                   false,
		`[]`:                                                                   false,
		`{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Peripherals":[{"Name"`: true,
	} {
		if got := Is(jsonc.ParseString(src)); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}

func TestConflicts(t *testing.T) {
	gpio := func(n int) Claim { return Claim{Gpio, num(n)} }
	unit := func(field, s string) Claim { return Claim{field, name(s)} }
	for _, tt := range []struct {
		name   string
		claims []Claim
		want   string
	}{
		{"GPIOs of one block share it", []Claim{gpio(0), gpio(1), gpio(26), gpio(27)}, ""},
		{"the same twice", []Claim{gpio(8), gpio(8), unit(Uart, "ISU0"), unit(Uart, "ISU0")}, ""},
		{"an ISU is one thing", []Claim{unit(Uart, "ISU0"), unit(I2cMaster, "ISU0"), unit(SpiMaster, "ISU0")}, "0:0-1@26-30 0:0-2@26-30 0:1-2@26-30"},
		{"an unused pin of an ISU", []Claim{gpio(27), unit(Uart, "ISU0")}, "1:1-0@27-27"},
		{"order does not matter", []Claim{unit(Uart, "ISU0"), gpio(27)}, "1:0-1@27-27"},
		{"PWM takes four", []Claim{unit(Pwm, "PWM-CONTROLLER-1"), gpio(3), gpio(4), gpio(7), gpio(8)}, "1:0-2@4-4 1:0-3@7-7"},
		{"the ADC takes eight", []Claim{unit(Adc, "ADC-CONTROLLER-0"), gpio(48)}, "1:0-1@48-48"},
		{"I2S", []Claim{unit(I2sSubordinate, "I2S0"), gpio(60)}, "1:0-1@60-60"},
		{"interrupt and GPIO", []Claim{unit(ExternalInterrupt, "EINT5"), gpio(5), gpio(6)}, "2:1-0@5-5"},
		{"interrupt and PWM", []Claim{unit(Pwm, "PWM-CONTROLLER-2"), unit(ExternalInterrupt, "EINT9")}, "2:0-1@9-9"},
		{"what does not exist clashes with nothing", []Claim{gpio(25), unit(Uart, "ISU7"), unit(SpiMaster, "ISU7")}, ""},
	} {
		var got []string
		for _, c := range Conflicts(tt.claims) {
			got = append(got, fmt.Sprintf("%d:%d-%d@%d-%d", c.Kind, c.A, c.B, c.First, c.Last))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
	}
	if got := FreeGPIOs(8, []Claim{gpio(8), unit(Pwm, "PWM-CONTROLLER-1")}); got[0] != 9 || slices.Contains(got, 8) || slices.Contains(got, 5) || len(got) != 68-5 {
		t.Errorf("free GPIOs: %v", got)
	}
	if got := FreeControllers(SpiMaster, []Claim{unit(Uart, "ISU0"), gpio(33)}); !slices.Equal(got, []string{"ISU2", "ISU3", "ISU4"}) {
		t.Errorf("free ISUs: %v", got)
	}
	// Long lists are no work, not even if everything in them is written in its own way.
	many, strange := make([]Claim, 200_000), make([]Claim, 20_000)
	for i := range many {
		many[i] = gpio(i % 100)
	}
	for i := range strange {
		strange[i] = Claim{Gpio, name(strings.Repeat("0", i%1000) + strconv.Itoa(i/1000+10))}
	}
	if c := Conflicts(append(many, unit(Uart, "ISU0"))); len(c) != 5 {
		t.Errorf("%d conflicts", len(c))
	}
	if c := Conflicts(append(strange, unit(Uart, "ISU0"))); len(c) != 4 {
		t.Errorf("%d conflicts", len(c))
	}
}

// A definition that imports thousands of files that nobody has is looked at no further than one with sixty-four.
func TestManyMissing(t *testing.T) {
	opened := 0
	src := `{"Imports":[` + strings.Repeat(`{"Path":"no.json"},`, 10_000) + `{"Path":"no.json"}]}`
	s, err := Load("a.json", func(p string) (*Definition, error) {
		if opened++; p != "a.json" {
			return nil, fs.ErrNotExist
		}
		return Read(p, jsonc.ParseString(src)), nil
	}, []string{"x"})
	if err != nil || len(s.Missing) != maxFiles || s.Complete() || opened > 1+2*maxFiles {
		t.Errorf("%v, %d missing, %d opened", err, len(s.Missing), opened)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"Imports":[{"Path":"b.json"}],"Peripherals":[{"Name":"A","Type":"Gpio","Mapping":"B"},{"Name":"B","Mapping":"A"}]}`)
	f.Fuzz(func(t *testing.T, src string) {
		s, err := Load("a.json", func(p string) (*Definition, error) { return Read(p, jsonc.ParseString(src)), nil }, []string{"x"})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.Peripherals() {
			s.Resolve(p.Name)
			s.Name(p.Type, p.Value)
		}
	})
}
