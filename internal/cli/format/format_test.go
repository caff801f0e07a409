package format

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a report with findings of every kind.
func sample() *Report {
	const src = "{\n\t\"Name\": \"größe 温度\",\n  \"Gpio\": [ 8, 27 ],\r\n  \"Uart\": [ \"ISU0\" ],\n  \"Bad\": \"\x1b[31m\"\n}\n"
	at := func(s string) rule.Span {
		i := strings.Index(src, s)
		return rule.Span{Start: i, End: i + len(s)}
	}
	other := text.NewMap("first\nsecond 😀 third\n")
	files := []File{
		{
			Path: filepath.Join("b", "app_manifest.json"), Map: text.NewMap(src),
			Other: func(name string) (string, *text.Map, bool) {
				return "CMakeLists.txt", other, name == "c/CMakeLists.txt"
			},
			Findings: []rule.Finding{
				{Rule: &rule.Rule{Code: "AZS101"}, Severity: rule.Error, Span: at("27"), Message: "GPIO 27 belongs to ISU0", Pointer: "/Gpio/1",
					Refuses: rule.Refuses{Code: 2<<20 | 35, Phase: rule.Install, Confidence: rule.Sourced},
					Related: []rule.Related{{Span: at(`"ISU0"`), Message: "claimed here"}, {File: "c/CMakeLists.txt", Span: rule.Span{Start: 18, End: 23}, Message: "said here"}},
					Fixes: []rule.Fix{
						{Title: "move to GPIO 0", Preferred: true, Edits: []rule.Edit{{Span: at("27"), New: "0"}}},
						{Title: "say it elsewhere", Edits: []rule.Edit{{File: "c/CMakeLists.txt", Span: rule.Span{Start: 18, End: 23}, New: "x"}}},
						{Title: "a file that is gone", Edits: []rule.Edit{{File: "nowhere", New: "x"}}},
					}},
				{Rule: &rule.Rule{Code: "AZS013"}, Severity: rule.Warning, Span: at(`"größe 温度"`), Message: "wide and small"},
				{Rule: &rule.Rule{Code: "AZS001"}, Severity: rule.Error, Span: at("\x1b[31m"), Message: "no \x1b[31mcolour\nhere"},
				{Rule: &rule.Rule{Code: "AZS120"}, Severity: rule.Info, Span: rule.Span{Start: len(src), End: len(src)}, Message: "at the end",
					Refuses: rule.Refuses{Phase: rule.Source, Confidence: rule.Inferred}},
				{Rule: &rule.Rule{Code: "AZS051"}, Severity: rule.Hint, Span: at(`"Uart"`), Message: "a hint"},
				{Rule: &rule.Rule{Code: "AZS002"}, Severity: rule.Warning, Span: rule.Span{Start: 0, End: len(src)}, Message: "over many lines"},
			},
		},
		{
			Path: "a.json", Map: text.NewMap("\ufeff" + `{"x":` + strings.Repeat(" ", 300) + `"far", "y": ` + strings.Repeat("z", 300) + "}"),
			Findings: []rule.Finding{
				{Rule: &rule.Rule{Code: "AZS004"}, Severity: rule.Info, Span: rule.Span{Start: 0, End: 3}, Message: "a mark"},
				{Rule: &rule.Rule{Code: "AZS028"}, Severity: rule.Warning, Span: rule.Span{Start: 308, End: 313}, Message: "far to the right"},
				{Rule: &rule.Rule{Code: "AZS028"}, Severity: rule.Warning, Span: rule.Span{Start: 320, End: 620}, Message: "very long"},
			},
		},
	}
	files[0].Suppressed = []Suppressed{
		{Finding: rule.Finding{Rule: &rule.Rule{Code: "AZS051"}, Severity: rule.Hint, Span: at(`"Gpio"`), Message: "lived with"}, InSource: true, Reason: "the <board> has no other"},
		{Finding: rule.Finding{Rule: &rule.Rule{Code: "AZS049"}, Severity: rule.Warning, Span: at("8"), Message: "in the baseline", Pointer: "/Gpio/0"}, Reason: "baseline"},
	}
	files = append(files, File{Path: "clean.json", Map: text.NewMap("{}")})
	Sort(files)
	return &Report{
		Files: files, Failed: []Failure{{"gone: 100%, \x1b.json", "there is no such\nfile"}}, Version: "v0.1.0",
		Rules: []*rule.Rule{{Code: "AZS101", Severity: rule.Error, Strict: rule.Error, Title: "pins that exclude each other", Doc: "One pin has *one* function.\n",
			Fix: "moves one of them to a free pin", Refuses: rule.Refuses{Code: 2<<20 | 35, Phase: rule.Install, Confidence: rule.Sourced}}},
	}
}

func TestFormats(t *testing.T) {
	for _, f := range All {
		for name, o := range map[string]Options{"": {}, "_colour": {Colour: true, Hints: true}} {
			var got bytes.Buffer
			if err := f.Print(&got, sample(), o); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(got.String(), "\x1b[31mcolour") {
				t.Errorf("%s: a message colours the terminal", f.Name)
			}
			golden(t, filepath.Join("testdata", f.Name+name+".golden"), got.Bytes())
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), filepathless(string(got))); d != "" {
		t.Errorf("%s (-update writes it anew):\n%s", name, d)
	}
}

// filepathless undoes the system's separators.
func filepathless(s string) string { return strings.ReplaceAll(s, `b\app`, `b/app`) }

func TestJSONIsOneArray(t *testing.T) {
	for _, r := range []*Report{{}, sample()} {
		var b bytes.Buffer
		if err := JSON(&b, r, Options{}); err != nil {
			t.Fatal(err)
		}
		var list []map[string]any
		if err := json.Unmarshal(b.Bytes(), &list); err != nil || list == nil {
			t.Errorf("%v: %s", err, b.Bytes())
		}
	}
}

func TestByName(t *testing.T) {
	if _, err := ByName("xml"); err == nil || !strings.Contains(err.Error(), "text, short, json, sarif, github, gitlab, junit") {
		t.Error(err)
	}
}

// FuzzExcerpt draws any span of any text: no panic, and two lines of bounded width.
func FuzzExcerpt(f *testing.F) {
	f.Add("{\n\t\"a\": 1}\n", 2, 5)
	f.Add("\ufeff温度\x1b", 0, 3)
	f.Add(strings.Repeat("温", 90)+strings.Repeat("x", 90), 150, 300)
	f.Fuzz(func(t *testing.T, src string, start, end int) {
		for _, most := range []int{maxWidth, minWidth} {
			source, mark := excerpt(text.NewMap(src), rule.Span{Start: start, End: end}, most)
			if strings.ContainsAny(source, "\x1b\n\r\t") || width(source) > most+4 || width(mark) > most+4 {
				t.Errorf("%q\n%q", source, mark)
			}
		}
	})
}

// TestNarrow holds excerpts to the columns that there are, with the place in them.
func TestNarrow(t *testing.T) {
	src := strings.Repeat(" ", 60) + `"Gpio": [ 8, 27 ],` + strings.Repeat(" //", 40) + "\n"
	at := strings.Index(src, "27")
	r := &Report{Files: []File{{Path: "a.json", Map: text.NewMap(src), Findings: []rule.Finding{
		{Rule: &rule.Rule{Code: "AZS001"}, Severity: rule.Error, Message: "no", Span: rule.Span{Start: at, End: at + 2}}}}}}
	for columns, want := range map[int]int{0: 8 + maxWidth, 200: 8 + maxWidth, 60: 60, 5: 8 + minWidth} {
		var b bytes.Buffer
		if err := Text(&b, r, Options{Width: columns}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(b.String(), "\n")
		if n := width(lines[1]); n > want || n < want-8 {
			t.Errorf("COLUMNS %d: the excerpt has %d:\n%s", columns, n, b.String())
		}
		if i := strings.IndexByte(lines[2], '^'); i < 0 || string([]rune(lines[1])[i:i+2]) != "27" {
			t.Errorf("COLUMNS %d: what is marked is not 27:\n%s", columns, b.String())
		}
	}
}
