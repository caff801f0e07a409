package hwdef

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// The cases of the one language server for hardware definitions that was there before (facts/lsp-peers.md 1.1,
// "the peer": its unit tests in server/src/test and its scenarios in features), in our words and with our answers. Where
// ours differs, differs says why. Those of its cases that are not about definitions (partner apps, CMake, the protocol)
// are cases of server, server/marker, device/project and device/project/cmake. Where each is: server/marker/testdata/peer_cases.tsv.
type peerCase struct {
	from, says string // where the peer has it, and what it wants
	files      map[string]string
	found      string // what Check finds in hw/a.json
	differs    string
	check      func(t *testing.T, s *Set)
}

const odm = `{` + meta + `"Imports":[{"Path":"chip.json"}],"Peripherals":[{"Name":"ODM_IO0","Type":"Gpio","Mapping":"IO0"},{"Name":"ODM_IO1","Type":"Gpio","Mapping":"IO1"},` +
	`{"Name":"ODM_IO8","Type":"Gpio","Mapping":"IO8"},{"Name":"ODM_PWM0","Type":"Pwm","Mapping":"PWM0"}]}`

const chip = `{` + meta + `"Peripherals":[{"Name":"IO0","Type":"Gpio","MainCoreHeaderValue":"(0)","AppManifestValue":0},{"Name":"IO1","Type":"Gpio","MainCoreHeaderValue":"(1)","AppManifestValue":1},` +
	`{"Name":"IO2","Type":"Gpio","MainCoreHeaderValue":"(2)","AppManifestValue":2},{"Name":"IO4","Type":"Gpio","MainCoreHeaderValue":"(4)","AppManifestValue":4},` +
	`{"Name":"IO8","Type":"Gpio","MainCoreHeaderValue":"(8)","AppManifestValue":8},{"Name":"PWM0","Type":"Pwm","MainCoreHeaderValue":"(0)","AppManifestValue":"PWM-CONTROLLER-0"},` +
	`{"Name":"PWM1","Type":"Pwm","MainCoreHeaderValue":"(1)","AppManifestValue":"PWM-CONTROLLER-1"},{"Name":"I2C0","Type":"I2cMaster","MainCoreHeaderValue":"(0)","AppManifestValue":"ISU0"},` +
	`{"Name":"SPI0","Type":"SpiMaster","MainCoreHeaderValue":"(0)","AppManifestValue":"ISU0"},{"Name":"ADC0","Type":"Adc","MainCoreHeaderValue":"(0)","AppManifestValue":"ADC-CONTROLLER-0"},` +
	`{"Name":"CS","Type":"int","MainCoreHeaderValue":"(-1)"}]}`

// onChip is a definition that imports the chip above, onODM one that imports a board on it.
func onChip(list string) map[string]string {
	return map[string]string{"hw/a.json": imports(`{"Path":"chip.json"}`, list), "hw/chip.json": chip}
}

func onODM(list string) map[string]string {
	return map[string]string{"hw/a.json": imports(`{"Path":"odm.json"}`, list), "hw/odm.json": odm, "hw/chip.json": chip}
}

// available holds what can still be mapped to.
func available(typ string, want ...string) func(*testing.T, *Set) {
	return func(t *testing.T, s *Set) {
		var got []string
		for _, p := range s.Available(typ) {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("available: %v, want %v", got, want)
		}
	}
}

// generated holds what is generated: targets of n new mappings.
func generated(typ string, n int, want ...string) func(*testing.T, *Set) {
	return func(t *testing.T, s *Set) {
		var got []string
		for _, m := range s.GenerateMappings(typ, n) {
			got = append(got, m.Target)
			if !isIdentifier(m.Name) || s.Has(m.Name) || !strings.HasPrefix(m.Text(), `{"Name": "`+m.Name+`", "Type": "`+typ+`", "Mapping": "`) {
				t.Errorf("%+v", m)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("generated: %v, want %v", got, want)
		}
	}
}

// clashes holds what the hint about shared pins says when it is asked for.
func clashes(want string) func(*testing.T, *Set) {
	return func(t *testing.T, s *Set) {
		if got := short(s.Target.File.Src, Check(s.Target, CheckOptions{Set: s, Clashes: true})); got != want {
			t.Errorf("asked for clashes: %s, want %s", got, want)
		}
	}
}

// noFix holds that the hint about shared pins, when it is asked for at an entry, takes nothing away.
func noFix(entry string) func(*testing.T, *Set) {
	return func(t *testing.T, s *Set) {
		found := Check(s.Target, CheckOptions{Set: s, Clashes: true})
		if got := short(s.Target.File.Src, found); got != `AZS217 hint "`+entry+`"` || len(found[0].Fixes) > 0 {
			t.Errorf("%s, %+v", got, found)
		}
	}
}

// ported holds where entries go on another board.
func ported(board string, want ...string) func(*testing.T, *Set) {
	return func(t *testing.T, s *Set) {
		to, err := Load("hw/odm2.json", func(p string) (*Definition, error) {
			switch p {
			case "hw/odm2.json":
				return Read(p, jsonc.ParseString(board)), nil
			case "hw/chip.json":
				return Read(p, jsonc.ParseString(chip)), nil
			}
			return nil, fs.ErrNotExist
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		out := Port(s, to, "odm2.json")
		for _, m := range out.Moves {
			got = append(got, m.Peripheral.Name+" "+m.Kind.String()+" "+m.To)
		}
		if !slices.Equal(got, want) {
			t.Errorf("ported: %q, want %q", got, want)
		}
		made := Read("hw/a.json", jsonc.ParseString(mend(s.Target.File.Src, rule.Fix{Edits: out.Edits})))
		if len(made.Imports) != 1 || made.Imports[0].Path != "odm2.json" || len(made.File.Errors) > 0 || len(made.Peripherals) != len(out.Moves) {
			t.Errorf("made %s", made.File.Src)
		}
		for i, m := range out.Moves {
			if made.Peripherals[i].Mapping != m.To {
				t.Errorf("%s maps to %s", m.Peripheral.Name, made.Peripherals[i].Mapping)
			}
		}
	}
}

const odm2 = `{` + meta + `"Imports":[{"Path":"chip.json"}],"Peripherals":[{"Name":"B_IO1","Type":"Gpio","Mapping":"IO1"},{"Name":"B_IO2","Type":"Gpio","Mapping":"IO2"},{"Name":"B_PWM0","Type":"Pwm","Mapping":"PWM1"}]}`

const menuOnly = "a definition is a menu; clashes are the manifest's (AZS100, AZS101), here a hint that is off"

var peerCases = []peerCase{
	{from: "validator: indirect mapping", says: "a mapping past the direct import is a warning at the mapping, and points to where the name is",
		files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"IO0"}`), found: `AZS208 warning "IO0"`},
	{from: "validator: duplicate names", says: "the second of two names in a file, and one that an import has, are errors",
		files: onChip(`{"Name":"P","Type":"Pwm","Mapping":"PWM0"},{"Name":"A","Type":"Gpio","Mapping":"IO0"},{"Name":"A","Type":"Gpio","Mapping":"IO1"},{"Name":"IO4","Type":"Gpio","MainCoreHeaderValue":"(4)","AppManifestValue":4}`),
		found: `AZS203 error "A"; AZS203 error "IO4"`, differs: "the peer marks both of two names; ours the later, related to the first: there is one thing to mend"},
	{from: "validator: nonexistent mapping", says: "an error at the mapping", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO0"},{"Name":"B","Type":"Gpio","Mapping":"IO28"}`), found: `AZS207 error "IO28"`},
	{from: "validator: duplicate mappings in one file", says: "two names for one pin are warnings; one that an import maps to as well is none",
		files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO0"},{"Name":"B","Type":"Gpio","Mapping":"ODM_IO1"},{"Name":"C","Type":"Gpio","Mapping":"ODM_IO1"}`), differs: menuOnly, check: clashes(`AZS217 hint "C"`)},
	{from: "validator: related places as part of the message", says: "clients without related places get them in the message",
		files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO0"},{"Name":"A","Type":"Gpio","Mapping":"IO1"}`), found: `AZS203 error "A"`, differs: "the message names the file by itself; the server leaves related places out for such clients"},
	{from: "validator: GPIO, then its PWM controller", says: "a warning at the controller", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO4"},{"Name":"P","Type":"Pwm","Mapping":"PWM1"}`), differs: menuOnly, check: clashes(`AZS217 hint "A"`)},
	{from: "validator: PWM controller, then its GPIO", says: "a warning at the GPIO", files: onChip(`{"Name":"P","Type":"Pwm","Mapping":"PWM1"},{"Name":"A","Type":"Gpio","Mapping":"IO4"}`), differs: menuOnly, check: clashes(`AZS217 hint "A"`)},
	{from: "validator: one ISU as I2C and SPI", says: "a warning at the second", files: onChip(`{"Name":"A","Type":"I2cMaster","Mapping":"I2C0"},{"Name":"B","Type":"SpiMaster","Mapping":"SPI0"}`), differs: menuOnly, check: clashes(`AZS217 hint "B"`)},
	{from: "validator: two GPIOs of a block", says: "nothing", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO1"},{"Name":"B","Type":"Gpio","Mapping":"IO2"}`), check: clashes("")},
	{from: "validator: manifest values are found", says: "names lead to what the manifest gets", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO4"},{"Name":"P","Type":"Pwm","Mapping":"PWM1"}`), check: func(t *testing.T, s *Set) {
		if a, p := s.Resolve("A"), s.Resolve("P"); a.Value != num(4) || p.Value != name("PWM-CONTROLLER-1") {
			t.Errorf("%+v %+v", a, p)
		}
	}},
	{from: "validator: errors in an import", says: "an error at the import, which points to the error",
		files: map[string]string{"hw/a.json": imports(`{"Path":"b.json"}`), "hw/b.json": imports("", `{"Name":"L","Type":"Gpio","MainCoreHeaderValue":"(1)","AppManifestValue":1},{"Name":"L","Type":"Gpio","MainCoreHeaderValue":"(2)","AppManifestValue":2}`)}, found: `AZS211 error "b.json"`},
	{from: "validator: errors in an import of an import", says: "the same at the file's own import",
		files: map[string]string{"hw/a.json": imports(`{"Path":"m.json"}`), "hw/m.json": imports(`{"Path":"b.json"}`), "hw/b.json": imports("", `{"Name":"L","Type":"Gpio"}`)}, found: `AZS211 error "m.json"`},

	{from: "parser: leaves", says: "names, types and values are read", files: onChip(""), check: func(t *testing.T, s *Set) {
		c := s.Files[1].Peripherals
		if c[0].Name != "IO0" || c[0].Type != Gpio || c[0].Value != num(0) || c[7].Value != name("ISU0") {
			t.Errorf("%+v %+v", c[0], c[7])
		}
	}},
	{from: "parser: imports", says: "mappings are read, and imports with what they hold", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO0"}`), check: func(t *testing.T, s *Set) {
		if d := s.Imported(s.Target); len(d) != 1 || d[0].Path != "hw/odm.json" || s.Target.Peripherals[0].Mapping != d[0].Peripherals[0].Name {
			t.Errorf("%+v", d)
		}
	}},
	{from: "parser: an import that is nowhere", says: "no path", files: map[string]string{"hw/a.json": imports(`{"Path":"nowhere.json"}`)}, found: `AZS209 error "nowhere.json"`},
	{from: "parser: an import of the SDK", says: "looked up in HardwareDefinitions", files: map[string]string{"hw/a.json": imports(`{"Path":"kept.json"}`)}, found: `AZS209 error "kept.json"`, check: func(t *testing.T, s *Set) {
		with, err := Load("hw/a.json", func(p string) (*Definition, error) {
			if p == "sdk/HardwareDefinitions/kept.json" || p == "hw/a.json" {
				return Read(p, jsonc.ParseString(imports(`{"Path":"kept.json"}`))), nil
			}
			return nil, fs.ErrNotExist
		}, []string{"sdk/HardwareDefinitions"})
		if err != nil || with.Files[1].Path != "sdk/HardwareDefinitions/kept.json" {
			t.Errorf("%v %+v", err, with)
		}
	}},
	{from: "parser: beside the file comes first", says: "before the SDK", files: onChip(""), check: func(t *testing.T, s *Set) {
		if s.Files[1].Path != "hw/chip.json" {
			t.Error(s.Files[1].Path)
		}
	}},

	{from: "suggestions: of the type, not in use", says: "what nothing maps to yet", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO1"}`), check: available(Gpio, "ODM_IO0", "ODM_IO8")},
	{from: "suggestions: of direct imports only", says: "the chip's names are not suggested behind a board", files: onODM(""), check: available(Pwm, "ODM_PWM0")},
	{from: "suggestions: nothing that clashes", says: "no GPIO of a controller that is in use", files: onChip(`{"Name":"P","Type":"Pwm","Mapping":"PWM1"}`), check: available(Gpio, "IO0", "IO1", "IO2", "IO8")},
	{from: "feature: suggests what does not clash", says: "only the GPIO of another block", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_I"},{"Name":"P","Type":"Pwm","Mapping":"ODM_PWM0"}`), found: `AZS207 error "ODM_I"`, check: available(Gpio, "ODM_IO8")},
	{from: "feature: suggests by type", says: "while a mapping is half typed", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO0"},{"Name":"B","Type":"Gpio","Mapping":"ODM_I"}`), found: `AZS207 error "ODM_I"`, check: available(Gpio, "ODM_IO1", "ODM_IO8")},
	{from: "feature: suggests by another type", says: "controllers for a controller", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO8"},{"Name":"P","Type":"Pwm","Mapping":"ODM_P"}`), found: `AZS207 error "ODM_P"`, check: available(Pwm, "ODM_PWM0")},

	{from: "generation: types that are available", says: "types of which something is free", files: onODM(`{"Name":"P","Type":"Pwm","Mapping":"ODM_PWM0"}`), check: func(t *testing.T, s *Set) {
		if got := s.AvailableTypes(); !slices.Equal(got, []string{Gpio}) {
			t.Errorf("%v", got)
		}
	}},
	{from: "generation: all is in use", says: "no types", files: map[string]string{"hw/a.json": imports(`{"Path":"b.json"}`, `{"Name":"A","Type":"Gpio","Mapping":"B"}`),
		"hw/b.json": imports("", `{"Name":"B","Type":"Gpio","MainCoreHeaderValue":"(1)","AppManifestValue":1}`)}, check: func(t *testing.T, s *Set) {
		if got := s.AvailableTypes(); len(got) != 0 {
			t.Errorf("%v", got)
		}
	}},
	{from: "generation: mappings are added", says: "as many as asked for, in the imports' order", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO0"}`), check: generated(Gpio, 2, "IO1", "IO2"),
		differs: "the peer leaves the names empty, which is an error; ours are made up and free"},
	{from: "feature: generates what does not clash", says: "no GPIO of the PWM controller in use", files: onODM(`{"Name":"P","Type":"Pwm","Mapping":"ODM_PWM0"}`), check: generated(Gpio, 1, "ODM_IO8")},
	{from: "feature: generates of the type", says: "what the file does not use yet, in order", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO0"}`), check: generated(Gpio, 2, "ODM_IO1", "ODM_IO8"),
		differs: "the peer leaves the names empty"},
	{from: "server: fewer are available than asked for", says: "those that are", files: onODM(""), check: generated(Pwm, 9, "ODM_PWM0")},

	{from: "porting: equal manifest values", says: "go to the other board's name for them", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO1"}`), check: ported(odm2, "A same value B_IO1")},
	{from: "feature: porting to another board", says: "every entry goes to the other board's name for its value, and the import is the other board", files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO1"},{"Name":"P","Type":"Pwm","Mapping":"ODM_PWM0"}`),
		check: ported(strings.Replace(odm2, `"PWM1"`, `"PWM0"`, 1), "A same value B_IO1", "P same value B_PWM0")},
	{from: "porting: no equal value", says: "goes to what is free of its type, after those that have an equal one", files: onODM(`{"Name":"L","Type":"Gpio","Mapping":"ODM_IO0"},{"Name":"K","Type":"Gpio","Mapping":"ODM_IO1"}`), check: ported(odm2, "L substituted B_IO2", "K same value B_IO1")},
	{from: "porting: nothing to go to", says: "stays as it is",
		files: onODM(`{"Name":"A","Type":"Gpio","Mapping":"ODM_IO1"},{"Name":"U","Type":"Gpio","Mapping":"NOBODY"},{"Name":"O","Type":"Pwm","MainCoreHeaderValue":"(2)","AppManifestValue":"PWM-CONTROLLER-2"},{"Name":"X","Type":"Adc","Mapping":"ADC0"}`),
		found: `AZS207 error "NOBODY"; AZS208 hint "ADC0"`, check: ported(odm2, "A same value B_IO1", "U kept NOBODY", "O same value ", "X kept ADC0")},
	{from: "porting: boards to choose from", says: "the SDK's definitions are listed", files: onChip(""), differs: "ours need no SDK", check: func(t *testing.T, s *Set) {
		if len(Boards()) < 9 || Board(Boards()[0]).Name == "" {
			t.Error(Boards())
		}
	}},

	{from: "feature: duplicates and nonexistent mappings", says: "an error for each mapping that leads nowhere, and a warning for those that two share",
		files: map[string]string{"hw/a.json": imports("", `{"Name":"A","Type":"Gpio","Mapping":"X"},{"Name":"B","Type":"Gpio","Mapping":"X"},{"Name":"C","Type":"Gpio","Mapping":"Y"}`)},
		found: `AZS207 error "X"; AZS207 error "X"; AZS207 error "Y"`, differs: menuOnly},
	{from: "feature: conflicting blocks", says: "warnings at a PWM controller beside its GPIOs and at an ISU's second use",
		files:   onChip(`{"Name":"R","Type":"Gpio","Mapping":"IO0"},{"Name":"B","Type":"Gpio","Mapping":"IO1"},{"Name":"P","Type":"Pwm","Mapping":"PWM0"},{"Name":"I","Type":"I2cMaster","Mapping":"I2C0"},{"Name":"S","Type":"SpiMaster","Mapping":"SPI0"},{"Name":"L","Type":"Gpio","Mapping":"IO4"}`),
		differs: menuOnly, check: clashes(`AZS217 hint "R"; AZS217 hint "B"; AZS217 hint "S"`)},

	{from: "quick fixes: an invalid mapping", says: "can be emptied", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO10"}`), found: `AZS207 error "IO10"`, differs: "an empty mapping is an error as well; ours offers names that exist", check: func(t *testing.T, s *Set) {
		f := Check(s.Target, CheckOptions{Set: s})[0]
		if len(f.Fixes) == 0 || !strings.Contains(mend(s.Target.File.Src, f.Fixes[0]), `"Mapping":"IO1"`) && !strings.Contains(mend(s.Target.File.Src, f.Fixes[0]), `"Mapping":"IO0"`) {
			t.Errorf("%+v", f.Fixes)
		}
	}},
	{from: "quick fixes: a duplicate mapping", says: "can be emptied", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO0"},{"Name":"B","Type":"Gpio","Mapping":"IO0"}`), differs: menuOnly, check: noFix("B")},
	{from: "quick fixes: a clashing mapping", says: "can be emptied", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO4"},{"Name":"P","Type":"Pwm","Mapping":"PWM1"}`), differs: menuOnly, check: noFix("A")},
	{from: "quick fixes: the entry at the cursor", says: "is found by its place in the file", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"IO0"},{"Name":"B","Type":"Gpio","Mapping":"IO0"}`), check: func(t *testing.T, s *Set) {
		b := s.Target.Peripherals[1]
		if m, _ := b.Node.Member("Mapping").Str(); b.Name != "B" || m != "IO0" || b.Node.Start <= s.Target.Peripherals[0].Node.End {
			t.Errorf("%+v", b)
		}
	}},
	{from: "headers: a definition with errors", says: "makes none", files: onChip(`{"Name":"A","Type":"Gpio","Mapping":"NOBODY"}`), found: `AZS207 error "NOBODY"`, differs: "the header says what the definition says, and the compiler names what is missing; only broken JSON makes none", check: func(t *testing.T, s *Set) {
		if !strings.Contains(Header(s.Target), "#define A NOBODY\n") {
			t.Error(Header(s.Target))
		}
	}},

	// What the peer gets wrong (facts/lsp-peers.md 1.1).
	{from: "fault: constants are not found", says: "mappings to an int are errors", files: onChip(`{"Name":"A","Type":"int","Mapping":"CS"}`), differs: "they are in every official sample, and right", check: func(t *testing.T, s *Set) {
		if !strings.Contains(Header(s.Target), "#define A CS\n") {
			t.Error(Header(s.Target))
		}
	}},
	{from: "fault: Path is not the first key", says: "the place of an import is that of its first key", files: map[string]string{"hw/a.json": imports(`{"Comment":"x","Path":"nowhere.json"}`)}, found: `AZS209 error "nowhere.json"`, differs: "the place is that of the path"},
	{from: "fault: imports in a circle", says: "runs without end", files: map[string]string{"hw/a.json": imports(`{"Path":"b.json"}`), "hw/b.json": imports(`{"Path":"a.json"}`)}, found: `AZS210 error "b.json"`, differs: "is found"},
	{from: "fault: no Peripherals", says: "what was found before stays on the screen", files: map[string]string{"hw/a.json": `{` + meta + `"Imports":[]}`}, found: `AZS201 error {`, differs: "is found"},
	{from: "fault: ISU2 begins at GPIO 35", says: "its table of controllers", files: onChip(""), differs: "it is 36 to 40", check: func(t *testing.T, _ *Set) {
		if f, l, _ := Span(Uart, "ISU2"); f != 36 || l != 40 {
			t.Error(f, l)
		}
	}},
	{from: "fault: GPIO 12 to 23 are one block", says: "they clash with each other on two cores", files: onChip(""), differs: "they are three", check: func(t *testing.T, _ *Set) {
		a, _ := BlockOf(12)
		b, _ := BlockOf(16)
		c, _ := BlockOf(20)
		if a == b || b == c {
			t.Error(a, b, c)
		}
	}},
	{from: "fault: a type that nobody knows", says: "the schema refuses int as a leaf", files: onChip(`{"Name":"A","Type":"int","MainCoreHeaderValue":"(3)"}`), differs: "an int has no manifest value"},
}

func TestPeer(t *testing.T) {
	for _, tt := range peerCases {
		t.Run(tt.from, func(t *testing.T) {
			if tt.says == "" {
				t.Error("the case says nothing")
			}
			s, findings := checkFiles(t, tt.files, CheckOptions{})
			if got := short(tt.files["hw/a.json"], findings); got != tt.found {
				t.Errorf("found %s, want %s", got, tt.found)
			}
			if tt.check != nil {
				tt.check(t, s)
			}
		})
	}
}
