package config

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// table stands for the rules that there are.
var table = append([]*rule.Rule{
	{Code: "AZS049", Severity: rule.Warning, Strict: rule.Error}, {Code: "AZS051", Severity: rule.Hint}, {Code: "AZS101", Severity: rule.Error},
	{Code: "AZS300", Severity: rule.Warning},
}, Rules()...)

// found is a finding of the table at the first place of a text.
func found(src, at, code, pointer string) rule.Finding {
	for _, r := range table {
		if r.Code == code {
			i := strings.Index(src, at)
			return rule.Finding{Rule: r, Severity: r.Severity, Span: rule.Span{Start: i, End: i + len(at)}, Pointer: pointer, Message: "found " + at}
		}
	}
	panic(code)
}

// lines writes findings as "severity code line: message".
func lines(src string, findings []rule.Finding) []string {
	var out []string
	l := jsonc.NewLines(src)
	for _, f := range findings {
		line, _ := l.Runes(f.Span.Start)
		out = append(out, fmt.Sprintf("%s %s %d: %s", f.Severity, f.Rule.Code, line+1, f.Message))
	}
	return out
}

// TestParse holds what is wrong with a configuration to its words and places.
func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, src string
		want      []string
	}{
		{"empty object", `{}`, nil},
		{"everything right", `{ // a comment
 "$schema": "x", "check": { "strict": true, "failOn": "hint", "hwdef": "hw/board.json", "exclude": ["third_party/**"],
 "severity": {"AZS051": "off", "AZS049": "error"}, "overrides": [{"files": ["old/*"], "strict": false, "severity": {"AZS049": "info"}}],
 "ignore": [{"code": "AZS300", "files": ["app/main.c"], "pointer": "/a/2", "reason": "why"}], } }`, nil},
		{"nothing", ``, []string{"error AZS602 1: the file is empty"}},
		{"no object", `[]`, []string{"error AZS602 1: armillary.json must be an object, not array"}},
		{"unknown keys", "{\"check\": {\n\"stric\": true,\n\"teleport\": 1}}", []string{
			`warning AZS602 2: There is no key "stric" here; did you mean "strict"?`,
			`warning AZS602 3: There is no key "teleport" here; it can be device, exclude, failOn, hwdef, ignore, overrides, severity, strict`}},
		{"wrong values", `{"check": {"strict": 1, "failOn": "off", "hwdef": "/abs.json", "device": "myboard", "exclude": "x", "severity": {"AZS999": "off", "AZS051": "loud"}, "overrides": {}}}`, []string{
			`error AZS602 1: "strict" must be true or false, not number`,
			`error AZS602 1: A severity is error, warning, info or hint, not "off"`,
			`error AZS602 1: "hwdef" must be a board or the path of a hardware definition, relative to this file and with forward slashes`,
			`error AZS602 1: "device" must be the id of a device, as capability files name it: a device id has 128 hexadecimal digits`,
			`error AZS602 1: "exclude" must be a list, not string`,
			`error AZS602 1: There is no rule "AZS999"; docs/rules.md lists them`,
			`error AZS602 1: A severity is error, warning, info, hint or off, not "loud"`,
			`error AZS602 1: "overrides" must be a list, not object`}},
		{"bad patterns", `{"check": {"exclude": ["", "a\\b", "/a", "../a", "[a", "{a", 3, "[z-a]"], "overrides": [{"strict": true}]}}`, []string{
			`error AZS602 1: "" is no file pattern: it is empty`,
			`error AZS602 1: "a\\b" is no file pattern: paths are written with forward slashes`,
			`error AZS602 1: "/a" is no file pattern: paths are relative to the folder of armillary.json`,
			`error AZS602 1: "../a" is no file pattern: it has an empty step, "." or ".." in it; files above belong to another armillary.json`,
			`error AZS602 1: "[a" is no file pattern: "[" is not closed`,
			`error AZS602 1: "{a" is no file pattern: "{" is not closed`,
			`error AZS602 1: A file pattern must be a string, not number`,
			`error AZS602 1: "[z-a]" is no file pattern: its characters in brackets are no range`,
			`error AZS602 1: An override needs "files", the patterns of the files it is for`}},
		{"suppressions", "{\"check\": {\"ignore\": [\n{\"reason\": \"x\"},\n{\"code\": \"AZS300\"},\n{\"code\": \"AZS300\", \"reason\": \" - 1\"},\n{\"code\": \"Azs300\", \"reason\": \"x\"},\n" +
			"{\"code\": \"AZS300\", \"reason\": \"x\", \"pointer\": \"a\"},\n{\"code\": 3},\n7,\n{\"code\": \"AZS300\", \"reason\": \"x\", \"files\": []}]}}", []string{
			`error AZS601 2: It does not say which finding is ignored: "code" is missing`,
			`error AZS601 3: AZS300 is not ignored without a "reason"`,
			`error AZS601 4: AZS300 is not ignored without a "reason"`,
			`error AZS602 5: There is no rule "Azs300"; did you mean "AZS300"?`,
			`error AZS602 6: A JSON pointer begins with "/", as in "/Capabilities/Gpio/2"`,
			`error AZS602 7: "code" must be a string, not number`,
			`error AZS602 8: An ignored finding must be an object, not number`,
			`error AZS602 9: "files" is empty, so nothing is ignored; leave it out for every file`}},
	} {
		c := Parse("ws/armillary.json", tt.src, table)
		got := lines(tt.src, c.Findings)
		if tt.name == "nothing" && len(got) == 1 { // the JSON reader's own words
			got = tt.want
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s:\n%s", tt.name, d)
		}
		if strings.HasPrefix(tt.name, "suppressions") && len(c.Ignore) != 0 {
			t.Errorf("%s: %d are taken", tt.name, len(c.Ignore))
		}
	}
	c := Parse("ws/armillary.json", `{"check": {"strict": true, "failOn": "hint", "hwdef": "hw/b.json"}}`, nil)
	if c.Strict == nil || !*c.Strict || c.FailOn != rule.Hint || c.HwDef != "ws/hw/b.json" {
		t.Errorf("%+v", c)
	}
	id := strings.Repeat("5A", 64)
	c = Parse("ws/armillary.json", `{"check": {"device": "`+id+`"}}`, nil)
	if c.Device != id {
		t.Errorf("%+v", c)
	}
	if many := Parse("a", `{"check": {`+strings.Repeat(`"x": 1,`, 10000)+`}}`, nil); len(many.Findings) != maxFindings {
		t.Errorf("%d findings", len(many.Findings))
	}
}

func TestGlob(t *testing.T) {
	for _, tt := range []struct{ glob, yes, no string }{
		{"*.json", "a.json b/c.json", "a.jsonx a/b.json.c"},
		{"third_party", "third_party third_party/x.c a/third_party/b/c.h", "third_part third_partyx"},
		{"old/**", "old/a old/b/c.json", "x/old/a older/a"},
		{"**/gen/*.h", "gen/a.h x/y/gen/b.h", "gen/x/y.c agen/a.h"},
		{"a/**/z.c", "a/z.c a/b/c/z.c", "a/bz.c z.c"},
		{"src/m?in.[ch]", "src/main.c src/main.h", "src/m/in.c src/main.x src/min.c"},
		{"[!a]b", "cb x/cb", "ab /b"},
		{"a.{c,h,cpp}", "a.c x/a.cpp", "a.cc a."},
		{"./src/", "src/x", "a/src/x"},
		{"a+(b)|c^$", "a+(b)|c^$", "ab a c"},
	} {
		g, err := ParseGlob(tt.glob)
		if err != nil {
			t.Errorf("%s: %v", tt.glob, err)
			continue
		}
		for _, s := range strings.Fields(tt.yes) {
			if !g.Match(s) {
				t.Errorf("%s does not match %s", tt.glob, s)
			}
		}
		for _, s := range strings.Fields(tt.no) {
			if g.Match(s) {
				t.Errorf("%s matches %s", tt.glob, s)
			}
		}
	}
	if (Glob{}).Match("x") {
		t.Error("no pattern matches")
	}
}

// TestFor holds which configuration counts for a file.
func TestFor(t *testing.T) {
	fsys := fstest.MapFS{
		"ws/armillary.json":           {Data: []byte(`{}`)},
		"ws/app/app_manifest.json":    {Data: []byte(`{}`)},
		"ws/near/armillary.json":      {Data: []byte(`{}`)},
		"ws/near/deep/er/x.json":      {Data: []byte(`{}`)},
		"ws/sub/.git":                 {Data: []byte("gitdir: elsewhere")},
		"ws/sub/app/x.json":           {Data: []byte(`{}`)},
		"ws/folder/armillary.json/x":  {Data: []byte(`{}`)},
		"other/.git/HEAD":             {Data: []byte("x")},
		"other/armillary.json":        {Data: []byte(`{}`)},
		"other/app/app_manifest.json": {Data: []byte(`{}`)},
	}
	s := NewSession(fsys, table)
	for file, want := range map[string]string{
		"ws/app/app_manifest.json": "ws/armillary.json", "ws/near/deep/er/x.json": "ws/near/armillary.json", "ws/sub/app/x.json": "",
		"other/app/app_manifest.json": "other/armillary.json", "nowhere/x.json": "", "c:/x/y.json": "", "x.json": "",
		"ws/folder/x.json": "ws/armillary.json", "ws/not/there/yet.json": "ws/armillary.json",
	} {
		got := ""
		if c := s.For(file); c != nil {
			got = c.Path
		}
		if got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	if len(s.Configs()) != 3 {
		t.Errorf("%d configurations", len(s.Configs()))
	}
}

// TestApply holds which findings are shown, with which severity.
func TestApply(t *testing.T) {
	fsys := fstest.MapFS{"ws/armillary.json": {Data: []byte(`{"check": {
  "exclude": ["gen/**"],
  "severity": {"AZS051": "off", "AZS049": "error"},
  "overrides": [{"files": ["old/**"], "severity": {"AZS049": "info", "AZS051": "warning"}, "strict": true}, {"files": ["old/new.json"], "severity": {"AZS049": "hint"}}],
  "ignore": [
    {"code": "AZS101", "files": ["a.json"], "pointer": "/Gpio/1", "reason": "shared on purpose"},
    {"code": "AZS300", "files": ["never.c"], "reason": "was there once"}
  ]
}}`)}}
	s := NewSession(fsys, table)
	const src = "{\n\"Gpio\": [8, 27, 8],\n\"Uart\": []\n}\n"
	all := []rule.Finding{found(src, "27", "AZS101", "/Gpio/1"), found(src, "8", "AZS049", "/Gpio/2"), found(src, `"Uart"`, "AZS051", "/Uart")}
	for _, tt := range []struct {
		file       string
		kept       []string
		suppressed int
	}{
		{"ws/a.json", []string{"error AZS049 2: found 8"}, 1},
		{"ws/b.json", []string{"error AZS049 2: found 8", "error AZS101 2: found 27"}, 0},
		{"ws/old/b.json", []string{"info AZS049 2: found 8", "error AZS101 2: found 27", `warning AZS051 3: found "Uart"`}, 0},
		{"ws/old/new.json", []string{"hint AZS049 2: found 8", "error AZS101 2: found 27", `warning AZS051 3: found "Uart"`}, 0},
		{"else/a.json", []string{"warning AZS049 2: found 8", "error AZS101 2: found 27", `hint AZS051 3: found "Uart"`}, 0},
	} {
		kept, suppressed := s.Apply(tt.file, src, nil, all)
		if d := cmp.Diff(tt.kept, lines(src, kept)); d != "" || len(suppressed) != tt.suppressed {
			t.Errorf("%s: %d suppressed\n%s", tt.file, len(suppressed), d)
		}
		if len(suppressed) == 1 && (suppressed[0].Reason != "shared on purpose" || suppressed[0].InSource) {
			t.Errorf("%+v", suppressed[0])
		}
	}
	if all[1].Severity != rule.Warning {
		t.Error("the findings that were given are changed")
	}
	c := s.For("ws/a.json")
	if strict, said := c.StrictFor("ws/old/x.json"); !strict || !said {
		t.Error("an override's strict is not taken")
	}
	if _, said := c.StrictFor("ws/x.json"); said || !c.Excludes("ws/gen/x.json") || c.Excludes("ws/x.json") {
		t.Error("strict or exclude reach too far")
	}
	if got := s.Findings(c, false); len(got) != 0 {
		t.Errorf("of a part: %v", got)
	}
	want := []string{"warning AZS600 7: There is no AZS300 to ignore in never.c"}
	got := s.Findings(c, true)
	if d := cmp.Diff(want, lines(c.File.Src, got)); d != "" {
		t.Fatal(d)
	}
	e := got[0].Fixes[0].Edits[0]
	if mended := Parse("x", c.File.Src[:e.Span.Start]+c.File.Src[e.Span.End:], table); len(mended.Findings) != 0 || len(mended.Ignore) != 1 {
		t.Errorf("the fix leaves %q", mended.File.Src)
	}
}

// TestStrict holds that a configuration makes strict what is not said otherwise, and nothing that was toned down already.
func TestStrict(t *testing.T) {
	fsys := fstest.MapFS{"ws/armillary.json": {Data: []byte(`{"check": {"strict": true, "overrides": [{"files": ["soft"], "strict": false}, {"files": ["own"], "severity": {"AZS049": "info"}}]}}`)}}
	s := NewSession(fsys, table)
	toned := found("8", "8", "AZS049", "")
	toned.Severity = rule.Hint
	for file, want := range map[string]rule.Severity{"ws/a.json": rule.Error, "ws/soft/a.json": rule.Warning, "ws/own/a.json": rule.Info} {
		kept, _ := s.Apply(file, "8", nil, []rule.Finding{found("8", "8", "AZS049", "")})
		if kept[0].Severity != want {
			t.Errorf("%s: %s, want %s", file, kept[0].Severity, want)
		}
	}
	if kept, _ := s.Apply("ws/a.json", "8", nil, []rule.Finding{toned}); kept[0].Severity != rule.Hint {
		t.Errorf("toned down, then %s", kept[0].Severity)
	}
}

// TestComments holds which lines a comment is about, and what is said of one that is wrong.
func TestComments(t *testing.T) {
	for _, tt := range []struct {
		name, file, src string
		want            []string // what is kept of an AZS300 at every "open"
		reason          string
	}{
		{"same line", "a.c", "open(); // armillary:ignore AZS300 the bootloader did", nil, "the bootloader did"},
		{"line before", "a.c", "  // armillary:ignore AZS300: it is open\nopen();", nil, "it is open"},
		{"block", "a.c", "/* armillary:ignore AZS300 – on purpose */\nopen();", nil, "on purpose"},
		{"stacked", "a.c", "// armillary:ignore AZS300 one\n// armillary:ignore AZS049 two\nopen();", []string{"warning AZS600 2: There is no AZS049 here to suppress"}, "one"},
		{"two codes", "a.c", "// armillary:ignore AZS049, AZS300 both\nopen();", []string{"warning AZS600 1: There is no AZS049 here to suppress"}, "both"},
		{"over several lines", "a.c", "// armillary:ignore AZS300 wrapped\nint fd =\n    call(f(';', \")\"), // ;\n        (struct s){1},\n        open);", nil, "wrapped"},
		{"behind the first of several lines", "a.c", "int fd = call( // armillary:ignore AZS300 wrapped\n    open);", nil, "wrapped"},
		{"the next statement", "a.c", "// armillary:ignore AZS300 x\ncall(1,\n  2);\nopen();", []string{"warning AZS600 1: There is no AZS300 here to suppress", "warning AZS300 4: found open"}, ""},
		{"the next argument", "a.c", "call(\n  // armillary:ignore AZS300 x\n  1,\n  open);", []string{"warning AZS600 2: There is no AZS300 here to suppress", "warning AZS300 4: found open"}, ""},
		{"behind the last argument", "a.c", "call(\n  // armillary:ignore AZS300 x\n  1)\n  + open;", []string{"warning AZS600 2: There is no AZS300 here to suppress", "warning AZS300 4: found open"}, ""},
		{"the block of a head", "a.c", "// armillary:ignore AZS300 x\nfor (a; b;\n  c) {\n  open();\n}", []string{"warning AZS600 1: There is no AZS300 here to suppress", "warning AZS300 4: found open"}, ""},
		{"a loop without a block", "a.c", "// armillary:ignore AZS300 each\nfor (a; b; c)\n  open();", nil, "each"},
		{"behind a directive", "a.c", "// armillary:ignore AZS300 x\n#define A \\\n  1\nopen();", []string{"warning AZS600 1: There is no AZS300 here to suppress", "warning AZS300 4: found open"}, ""},
		{"a directive of two lines", "a.c", "// armillary:ignore AZS300 on all boards\n#define A() \\\n  open()\n", nil, "on all boards"},
		{"comments below", "a.c", "// armillary:ignore AZS300 long story\n// told here\n/* and\nhere */\nopen();", nil, "long story"},
		{"comments below, then nothing", "a.c", "// armillary:ignore AZS300 long story\n// told here\n\nopen();", []string{"warning AZS600 1: There is no AZS300 here to suppress", "warning AZS300 4: found open"}, ""},
		{"cmake over several lines", "a.cmake", "# armillary:ignore AZS300 generated\n# (twice)\nset(a # )\n  \"(\" open)", nil, "generated"},
		{"the next cmake command", "a.cmake", "# armillary:ignore AZS300 x\nset(a)\nset(open)", []string{"warning AZS600 1: There is no AZS300 here to suppress", "warning AZS300 3: found open"}, ""},
		{"too far", "a.c", "// armillary:ignore AZS300 x\n\nopen();", []string{"warning AZS600 1: There is no AZS300 here to suppress", "warning AZS300 3: found open"}, ""},
		{"behind code is about that line", "a.c", "close(); // armillary:ignore AZS300 x\nopen();", []string{"warning AZS600 1: There is no AZS300 here to suppress", "warning AZS300 2: found open"}, ""},
		{"another code", "a.c", "open(); // armillary:ignore AZS049 x", []string{"warning AZS300 1: found open", "warning AZS600 1: There is no AZS049 here to suppress"}, ""},
		{"no reason", "a.c", "open(); // armillary:ignore AZS300", []string{"warning AZS300 1: found open", "error AZS601 1: AZS300 is not suppressed without a reason: write it behind the code"}, ""},
		{"no code", "a.c", "open(); // armillary:ignore all of it", []string{"warning AZS300 1: found open", "error AZS601 1: It does not say which rule: write armillary:ignore AZS300 and the reason"}, ""},
		{"no such code", "a.c", "open(); // armillary:ignore AZS999 x", []string{"warning AZS300 1: found open", "error AZS601 1: There is no rule AZS999"}, ""},
		{"in a string", "a.c", `s = "// armillary:ignore AZS300 x\""; open();`, []string{"warning AZS300 1: found open"}, ""},
		{"spoken of", "a.c", "open(); // write armillary:ignore AZS300 x", []string{"warning AZS300 1: found open"}, ""},
		{"reason without letters", "a.c", "open(); // armillary:ignore AZS300 !!", []string{"warning AZS300 1: found open", "error AZS601 1: AZS300 is not suppressed without a reason: write it behind the code"}, ""},
		{"with a space", "a.c", "open(); // armillary: ignore AZS300 x", []string{"warning AZS300 1: found open", "error AZS601 1: This suppresses nothing: write armillary:ignore AZS300 and the reason"}, ""},
		{"another word", "a.c", "open(); /* armillary:disable AZS300 x */", []string{"warning AZS300 1: found open", "error AZS601 1: This suppresses nothing: write armillary:ignore AZS300 and the reason"}, ""},
		{"hyphen", "a.cmake", "open() # armillary-ignore", []string{"warning AZS300 1: found open", "error AZS601 1: This suppresses nothing: write armillary:ignore AZS300 and the reason"}, ""},
		{"prose", "a.c", "open(); // armillary: ignore the rest", []string{"warning AZS300 1: found open"}, ""},
		{"cmake", "x/CMakeLists.txt", "open() # armillary:ignore AZS300 generated", nil, "generated"},
		{"cmake bracket", "a.cmake", "#[[ armillary:ignore AZS300 in brackets\nof two lines]]\nopen()", nil, "in brackets of two lines"},
		{"cmake argument", "a.cmake", "set(a \"# armillary:ignore AZS300 x\" [=[# armillary:ignore AZS300 x]=])\nopen()", []string{"warning AZS300 2: found open"}, ""},
		{"json", "app_manifest.json", "{ // armillary:ignore AZS300 x\n// armillary:ignore AZS300 the board\n\"open\": 1}", []string{"warning AZS600 1: There is no AZS300 here to suppress"}, "the board"},
		{"crlf", "a.c", "// armillary:ignore AZS300 windows\r\nopen();\r\n", nil, "windows"},
		{"unknown kind", "a.txt", "// armillary:ignore AZS300 x\nopen", []string{"warning AZS300 2: found open"}, ""},
	} {
		s := NewSession(fstest.MapFS{}, table)
		kept, suppressed := s.Apply("ws/"+tt.file, tt.src, nil, []rule.Finding{found(tt.src, "open", "AZS300", "")})
		if d := cmp.Diff(tt.want, lines(tt.src, kept)); d != "" {
			t.Errorf("%s:\n%s", tt.name, d)
		}
		if tt.reason != "" && (len(suppressed) != 1 || suppressed[0].Reason != tt.reason || !suppressed[0].InSource) {
			t.Errorf("%s: %+v", tt.name, suppressed)
		}
	}
}

// TestRemoveComment holds the fix of an unused comment to taking the whole line, or the blanks before it.
func TestRemoveComment(t *testing.T) {
	for src, want := range map[string]string{
		"a();\n  // armillary:ignore AZS300 x\nb();\n":            "a();\nb();\n",
		"a();  // armillary:ignore AZS300 x\nb();\n":              "a();\nb();\n",
		"// armillary:ignore AZS300 x":                            "",
		"/* armillary:ignore: AZS600, AZS300 x */":                "/* armillary:ignore: AZS600 x */",
		"b(); // armillary:ignore AZS600 AZS300 AZS049, AZS601 x": "b(); // armillary:ignore AZS600, AZS601 x",
	} {
		var there []rule.Finding
		for _, code := range []string{"AZS600", "AZS601"} {
			if strings.Contains(src, code) {
				there = append(there, found(src, "armillary", code, ""))
			}
		}
		kept, _ := NewSession(fstest.MapFS{}, table).Apply("ws/a.c", src, nil, there)
		if len(kept) != 1 {
			t.Fatalf("%q: %v", src, kept)
		}
		e := kept[0].Fixes[0].Edits[0]
		if got := src[:e.Span.Start] + e.New + src[e.Span.End:]; got != want {
			t.Errorf("%q becomes %q", src, got)
		}
	}
}

// TestBaseline holds that a baseline is about elements: what is edited elsewhere does not matter, more of the same does.
func TestBaseline(t *testing.T) {
	const before = "{\"Gpio\": [8, 27]}"
	const after = "// a new line\n{\n\n\"Name\": \"x\", \"Gpio\": [8, 27]}"
	pin := func(src string) rule.Finding { return found(src, "27", "AZS101", "/Gpio/1") }
	b := NewBaseline()
	plain := found(before, "8", "AZS300", "")
	b.Add("app/a.json", []rule.Finding{pin(before), plain, plain})
	b.Add("app/b.json", []rule.Finding{pin(before)})
	text := b.Text()
	want := `{
  "version": 1,
  "findings": [
    {"file":"app/a.json","code":"AZS101","at":"/Gpio/1"},
    {"file":"app/a.json","code":"AZS300","message":"found 8","count":2},
    {"file":"app/b.json","code":"AZS101","at":"/Gpio/1"}
  ]
}
`
	if d := cmp.Diff(want, text); d != "" {
		t.Error(d)
	}
	b, err := ParseBaseline(text)
	if err != nil || b.Text() != text || b.Len() != 4 {
		t.Fatalf("%v\n%s", err, b.Text())
	}
	moved := pin(after)
	moved.Message = "said in other words"
	kept, suppressed := b.Apply("app/a.json", []rule.Finding{moved, plain, plain, plain, found(after, "8", "AZS049", "/Gpio/0")})
	if d := cmp.Diff([]string{"warning AZS300 1: found 8", "warning AZS049 4: found 8"}, lines(after, kept)); d != "" || len(suppressed) != 3 {
		t.Errorf("%d suppressed\n%s", len(suppressed), d)
	}
	onlyA := func(f string) bool { return f == "app/a.json" }
	if n := b.Gone(onlyA); n != 0 {
		t.Errorf("%d gone of what was looked at", n)
	}
	everything := func(string) bool { return true }
	if n := b.Gone(everything); n != 1 {
		t.Errorf("%d gone", n)
	}
	if n := b.Prune(everything); n != 1 || strings.Contains(b.Text(), "b.json") || b.Len() != 3 {
		t.Errorf("%d pruned, left:\n%s", n, b.Text())
	}
	if empty, err := ParseBaseline(NewBaseline().Text()); err != nil || empty.Len() != 0 {
		t.Error(err)
	}
}

// TestBaselineMerged holds that what a merge of two branches leaves can be read.
func TestBaselineMerged(t *testing.T) {
	b, err := ParseBaseline(`{"version": 1, "findings": [
    {"file":"a","code":"AZS101","at":"/x"}
    {"file":"a","code":"AZS101","at":"/x","count":2},
    {"file":"b","code":"AZS101","at":"/x"},
  ]}`)
	if err != nil || b.Len() != 3 {
		t.Fatalf("%v, %v", b, err)
	}
	for src, want := range map[string]string{
		``: "line 1, column 1", `[]`: "this is no baseline", `{"version": 2, "findings": []}`: "version 2",
		"{\"version\": 1, \"findings\": [\n<<<<<<< ours\n]}":                            "line 2, column 1",
		`{"version": 1, "findings": [{}]}`:                                              "an entry has",
		`{"version": 1, "findings": [{"file":"a","code":"AZS101","at":"/","count":0}]}`: "above 0",
	} {
		if _, err := ParseBaseline(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", src, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"check": {"strict": true, "severity": {"AZS051": "off"}, "ignore": [{"code": "AZS300", "reason": "x", "files": ["**/*.c"]}], "exclude": ["[a-z]{b,c}"]}}`)
	f.Fuzz(func(t *testing.T, src string) {
		c := Parse("ws/armillary.json", src, table)
		s := NewSession(fstest.MapFS{"ws/armillary.json": {Data: []byte(src)}}, table)
		kept, suppressed := s.Apply("ws/a.c", "x", nil, []rule.Finding{found("x", "x", "AZS300", "/a")})
		if len(kept)+len(suppressed) > 1 {
			t.Error("a finding is there twice")
		}
		for _, x := range append(s.Findings(s.For("ws/a.c"), true), c.Findings...) {
			if x.Span.Start < 0 || x.Span.End < x.Span.Start || x.Span.End > len(src) || x.Message == "" || x.Severity == 0 {
				t.Errorf("%+v in %q", x, src)
			}
		}
	})
}

func FuzzComments(f *testing.F) {
	for _, s := range []string{"// armillary:ignore AZS300 x", "/* armillary:ignore AZS300", "// armillary:ignore AZS300, AZS049 x\n#a\\\nb(\n", "#armillary:ignore AZS300 x\na(\n\"", "#[=[ armillary:ignore AZS300 x]=]", "\"\\\n'//armillary:ignore"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, file := range []string{"a.c", "a.cmake", "a.json"} {
			for _, n := range notes(file, src, nil, table) {
				if n.span.Start >= n.span.End || n.whole.Start > n.span.Start || n.whole.End < n.span.End || n.whole.End > len(src) || n.problem == "" && (n.reason == "" || n.lastLine < n.line || !strings.Contains(src[n.list.Start:n.list.End], n.codes[0])) {
					t.Errorf("%s %q: %+v", file, src, n)
				}
			}
		}
	})
}

func FuzzBaseline(f *testing.F) {
	f.Add(`{"version": 1, "findings": [{"file":"a","code":"AZS101","at":"/x","count":2}]}`)
	f.Fuzz(func(t *testing.T, src string) {
		b, err := ParseBaseline(src)
		if err != nil {
			return
		}
		again, err := ParseBaseline(b.Text())
		if err != nil || again.Text() != b.Text() {
			t.Errorf("%q: %v", b.Text(), err)
		}
	})
}
