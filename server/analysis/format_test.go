package analysis

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
	"armillary.dev/server/text"
)

// formatted lays out a whole text, as the manifest that it begins to be.
func formatted(t *testing.T, src string, opt FormatOptions) string {
	t.Helper()
	return reformat(t, src, rule.Span{End: len(src)}, opt)
}

func reformat(t *testing.T, src string, within rule.Span, opt FormatOptions) string {
	t.Helper()
	var edits []text.Edit
	for _, e := range read("x/app_manifest.json", src).Format(within, opt) {
		if strings.Trim(src[e.Span.Start:e.Span.End]+e.New, " \t\r\n") != "" || e.File != "" {
			t.Fatalf("%q: %v replaces more than white space", src, e)
		}
		if src[e.Span.Start:e.Span.End] == e.New {
			t.Fatalf("%q: %v changes nothing", src, e)
		}
		edits = append(edits, text.Edit{Start: e.Span.Start, End: e.Span.End, New: e.New})
	}
	out, skipped := text.Apply(src, edits)
	if len(skipped) > 0 {
		t.Fatalf("%q: edits overlap: %v", src, edits)
	}
	return out
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		name, src, want string
		opt             FormatOptions
	}{
		{name: "a line per entry", src: `{"SchemaVersion":1,"CmdArgs" :[{"a":[{}]},  {"b":1}],"x":{"y":{ } ,"z":[ ]},"l":[[ 1 ],[ 2 ]]}`, want: `{
  "SchemaVersion": 1,
  "CmdArgs": [
    {
      "a": [{}]
    },
    {"b": 1}
  ],
  "x": {"y": {}, "z": []},
  "l": [
    [ 1 ],
    [ 2 ]
  ]
}`},
		{name: "short lists stay", src: "{\n\"Gpio\": [ \"$LED\",8,9 ],\n\"a\": [1,2],\n\"Storage\": {\"SizeKB\" : 8 },\n\"Imports\": [ { \"Path\": \"a.json\" } ],\n\"m\": [ 1,\n2 ]\n}\n", want: `{
  "Gpio": [ "$LED", 8, 9 ],
  "a": [1, 2],
  "Storage": {"SizeKB": 8},
  "Imports": [ { "Path": "a.json" } ],
  "m": [
    1,
    2
  ]
}
`},
		{name: "what fits is counted with its comma", src: `{ "a": [ "` + strings.Repeat("x", 106) + `" ], "b": [ "` + strings.Repeat("x", 107) + `" ], "c": [ "` + strings.Repeat("x", 107) + `" ] }`, want: `{
  "a": [ "` + strings.Repeat("x", 106) + `" ],
  "b": [
    "` + strings.Repeat("x", 107) + `"
  ],
  "c": [ "` + strings.Repeat("x", 107) + `" ]
}`},
		{name: "comments", src: "// top\n\n\n/* all */ {   // open\n/* a */ \"a\" /* k */ : /* v */ 1 /* b */ , // c\n\n\n      // own\n\"b\":   // colon\n2,\n\"c\": [ /* none */ ], \"d\": [ 1, /* two */ 2 ],\n\"e\": [ 1, // one\n2 /* last */ ]\n // end\n\n} // close", want: `// top

/* all */ {   // open
  /* a */ "a" /* k */: /* v */ 1 /* b */, // c

  // own
  "b":   // colon
  2,
  "c": [ /* none */ ],
  "d": [ 1, /* two */ 2 ],
  "e": [
    1, // one
    2 /* last */
  ]
  // end
} // close`},
		{name: "a comment leads what comes behind it", src: `{ "CmdArgs": [], "a": { "x": [ 1 ], /* two */ "y": 2 } /* behind */ }`, want: `{
  "CmdArgs": [],
  "a": {
    "x": [ 1 ],
    /* two */ "y": 2
  } /* behind */
}`},
		{name: "columns of comments stay", src: "{\n  \"Gpio\": [\n  8,    // LED\n  1000, // none\n\t9\t// tab  \n] }", want: "{\n  \"Gpio\": [\n    8,    // LED\n    1000, // none\n    9\t// tab\n  ]\n}"},
		{name: "comments of several lines are left alone", src: "{ /* a\n   b */ \"Name\": 1 ,\n      /* c\n  d */\n\"e\": 2}", want: "{\n  /* a\n   b */ \"Name\": 1,\n  /* c\n  d */\n  \"e\": 2\n}"},
		{name: "one empty line stays", src: "{\n\n\"Name\": 1,\n\n\n\n\"b\": 2,\n\"c\": 3\n\n}\n\n\n", want: "{\n  \"Name\": 1,\n\n  \"b\": 2,\n  \"c\": 3\n}\n"},
		{name: "a comma on a line of its own", src: "{ \"Name\": 1 // x\n  , \"b\": 2,\n}", want: "{\n  \"Name\": 1 // x\n  ,\n  \"b\": 2,\n}"},
		{name: "tabs", src: "{ \"Name\": { \"b\": [] } }", want: "{\n\t\"Name\": { \"b\": [] }\n}", opt: FormatOptions{Tabs: true, TabSize: 8}},
		{name: "tabs count in full", src: `{ "a": [ "` + strings.Repeat("x", 100) + `" ] }`, want: "{\n\t\"a\": [\n\t\t\"" + strings.Repeat("x", 100) + "\"\n\t]\n}", opt: FormatOptions{Tabs: true, TabSize: 16}},
		{name: "four columns", src: "{ \"Name\": 1 }", want: "{\n    \"Name\": 1\n}", opt: FormatOptions{TabSize: 4}},
		{name: "sizes that are none", src: "{ \"Name\": 1 }", want: "{\n                \"Name\": 1\n}", opt: FormatOptions{TabSize: 1 << 30}},
		{name: "CRLF stays", src: "{\r\n\"Name\": 1, \"b\": [ 1,\r\n\r\n\r\n2]}\r\n\r\n", want: "{\r\n  \"Name\": 1,\r\n  \"b\": [\r\n    1,\r\n\r\n    2\r\n  ]\r\n}\r\n"},
		{name: "lone carriage returns stay", src: "{\r\"Name\": 1, \"b\": 2}", want: "{\r  \"Name\": 1,\r  \"b\": 2\r}"},
		{name: "a byte order mark stays", src: "\ufeff  {\"Name\":1}", want: "\ufeff{\n  \"Name\": 1\n}"},
		{name: "a final line break is added", src: "{}", want: "{}\n", opt: FormatOptions{FinalBreak: true}},
		{name: "and its like stay when asked", src: "{} \n \n", want: "{}\n\n", opt: FormatOptions{KeepBreaks: true}},
		{name: "a line comment at the end", src: "{} // x  ", want: "{} // x"},
		{name: "escapes", src: `{"Na\"me":"\\","b":"/*"}`, want: "{\n  \"Na\\\"me\": \"\\\\\",\n  \"b\": \"/*\"\n}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := formatted(t, tt.src, tt.opt)
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s\n%q", got, tt.want, got)
			}
			checkFormat(t, tt.src, tt.opt)
		})
	}
}

// What has a syntax error is left alone; so is what is none of ours.
func TestFormatNot(t *testing.T) {
	for _, src := range []string{"", "  ", `{"a":1 "b":2}`, `{"a":[1,2}`, `{"a":`, `{'a':1}`, `{a:1}`, `{"a":"x`, `{"a":1}}`, "{\"a\":1 /* x", strings.Repeat("[", 600) + strings.Repeat("]", 600), "{\u00a0\"a\":1}"} {
		if edits := read("x/app_manifest.json", src).Format(rule.Span{End: len(src)}, FormatOptions{}); edits == nil || len(edits) != 0 {
			t.Errorf("%.40q: %v", src, edits)
		}
	}
	if edits := read("package.json", `{"a":1}`).Format(rule.Span{End: 9}, FormatOptions{}); edits == nil || len(edits) != 0 {
		t.Errorf("another file: %v", edits)
	}
	// More white space than anyone's file has.
	src := `{"SchemaVersion":1,"CmdArgs":` + strings.Repeat("[", 500) + strings.Repeat("[],", 50_000) + strings.Repeat("]", 500) + `}`
	if edits := read("x/app_manifest.json", src).Format(rule.Span{End: len(src)}, FormatOptions{TabSize: 16}); len(edits) != 0 {
		t.Errorf("%d edits", len(edits))
	}
}

// Edits leave alone what is right already, so that cursors and marks in the editor stay.
func TestFormatSmallest(t *testing.T) {
	for _, tt := range []struct{ have, want, edit string }{
		{"\n      ", "\n  ", "3-7 "}, {"\n", "\n  ", "1-1   "}, {"", " ", "0-0  "}, {"\n\n\n  ", "\n  ", "1-3 "}, {"\r\n", "\r\n", ""},
		{"\r\n\r\n\r\n", "\r\n", "2-6 "}, {"\r\n  ", "\r\n\t", "2-4 \t"}, {"\n", "\r\n", "0-1 \r\n"}, {"\r", "\r\n", "0-1 \r\n"}, {"\r\n", "\n", "0-2 \n"},
		{" \r\n", "\r\n", "0-1 "}, {"\t\t", "\t", "1-2 "},
	} {
		e, changes := smallest(tt.have, rule.Span{End: len(tt.have)}, tt.want)
		got := ""
		if changes {
			got = itoa(e.Span.Start) + "-" + itoa(e.Span.End) + " " + e.New
		}
		if got != tt.edit {
			t.Errorf("%q to %q: %q, want %q", tt.have, tt.want, got, tt.edit)
		}
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestFormatRange(t *testing.T) {
	for _, tt := range []struct{ name, marked, want string }{ // the range lies between the bars
		{"one line", "{\n\"Name\":1,\n|\"b\":2,|\n\"c\":3\n}", "{\n\"Name\":1,\n  \"b\": 2,\n\"c\":3\n}"},
		{"up to the next line's beginning", "{\n\"Name\":1,\n|\"b\":2,\n|      \"c\":3\n}", "{\n\"Name\":1,\n  \"b\": 2,\n      \"c\":3\n}"},
		{"a cursor", "{\n\"Name\"||:1,\n\"b\":2}", "{\n\"Name\":1,\n\"b\":2}"},
		{"a bracket alone", "{\n\"Name\":1|}|", "{\n\"Name\":1\n}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parts := strings.Split(tt.marked, "|")
			src := strings.Join(parts, "")
			at := rule.Span{Start: len(parts[0]), End: len(parts[0]) + len(parts[1])}
			if got := reformat(t, src, at, FormatOptions{}); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
	for _, at := range []rule.Span{{Start: -9, End: -2}, {Start: 1000, End: 2000}} {
		if got := reformat(t, `{"Name":1}`, at, FormatOptions{}); got != `{"Name":1}` {
			t.Errorf("at %v: %s", at, got)
		}
	}
}

// checkFormat holds what formatting promises for any text: nothing but white space changes, the tree is the same, and
// doing it twice is doing it once.
func checkFormat(t *testing.T, src string, opt FormatOptions) string {
	t.Helper()
	once := formatted(t, src, opt)
	if blank.Replace(once) != blank.Replace(src) {
		t.Fatalf("%q: text is lost in %q", src, once)
	}
	a, b := jsonc.ParseString(src), jsonc.ParseString(once)
	if !reflect.DeepEqual(tree(a.Root), tree(b.Root)) || len(a.Comments) != len(b.Comments) {
		t.Fatalf("%q: another tree in %q", src, once)
	}
	for i := range a.Comments {
		x, y := a.Src[a.Comments[i].Start:a.Comments[i].End], b.Src[b.Comments[i].Start:b.Comments[i].End]
		if strings.TrimRight(x, " \t") != strings.TrimRight(y, " \t") {
			t.Fatalf("%q: the comment %q becomes %q", src, x, y)
		}
	}
	if again := formatted(t, once, opt); again != once {
		t.Fatalf("%q: first %q, then %q", src, once, again)
	}
	return once
}

var blank = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")

// tree is a tree without its places.
func tree(n *jsonc.Node) any {
	kids := []any{n.Kind, n.Name(), n.Text()}
	for _, c := range n.Children {
		kids = append(kids, tree(c))
	}
	return kids
}

// Every file of the corpus keeps its text, and is laid out once and for all.
func TestFormatCorpus(t *testing.T) {
	for name, src := range corpus(t) {
		for _, opt := range []FormatOptions{{TabSize: 4}, {Tabs: true, FinalBreak: true}} {
			out := checkFormat(t, src, opt)
			if t.Failed() {
				t.Fatal(name)
			}
			if f := read("x/app_manifest.json", src).FileReport.File; len(f.Errors) == 0 && len(out) > 3*len(src)+100 {
				t.Errorf("%s: %d bytes become %d", name, len(src), len(out))
			}
		}
	}
}

func corpus(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, sub := range []string{"manifests", "hwdef"} {
		names, err := filepath.Glob(filepath.Join(testenv.Shared(t), "corpus", sub, "*.json"))
		if err != nil || len(names) == 0 {
			t.Fatal("the corpus is empty", err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[sub+"/"+filepath.Base(name)] = string(src)
		}
	}
	return all
}

// Where the author has decided nothing, the layout is that of VS Code's own formatter, which is npm's jsonc-parser. To
// take the author's part away, every token is put on a line of its own first. Differences beyond that are deliberate:
// objects and arrays that stay on a line, empty lines, the columns of comments (see format.go).
func TestFormatOracle(t *testing.T) {
	dir := testenv.NeedEnv(t, "ARMILLARY_JSONC_PARSER", "set it to a folder in which `npm install jsonc-parser` was run")
	node := testenv.NeedTool(t, "node", "apt-get install nodejs")
	type job struct{ Name, Src, Want string }
	var jobs []job
	for name, src := range corpus(t) {
		tree := jsonc.ParseString(src)
		if strings.ContainsRune(src, '\ufffd') || strings.ToValidUTF8(src, "") != src {
			continue // node reads it as another text
		}
		l := newLayout(tree, FormatOptions{})
		lines := src[:l.base]
		for _, x := range l.tokens {
			lines += src[x.start:x.end] + "\n"
		}
		jobs = append(jobs, job{name, lines, ""})
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "-e", `
const {format, applyEdits} = require(process.argv[1] + '/node_modules/jsonc-parser');
const jobs = JSON.parse(require('fs').readFileSync(0, 'utf8'));
for (const j of jobs) j.Want = applyEdits(j.Src, format(j.Src, undefined, {tabSize: 2, insertSpaces: true, insertFinalNewline: true}));
process.stdout.write(JSON.stringify(jobs));`, dir)
	cmd.Stdin = strings.NewReader(string(in))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &jobs); err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if got := checkFormat(t, j.Src, FormatOptions{FinalBreak: true}); got != j.Want {
			a, b := strings.Split(got, "\n"), strings.Split(j.Want, "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Errorf("%s, line %d: %q, jsonc-parser has %q", j.Name, i+1, a[i], b[i])
					break
				}
			}
		}
	}
	t.Logf("%d files compared", len(jobs))
}

// FuzzStructure asks everything about any text.
func FuzzStructure(f *testing.F) {
	f.Add(app(`{ "Gpio": [ 27, "$LED" ], "Uart": [ "ISU0", ], }`), 40, 70)
	f.Add("\ufeff// x\r\n{ /* a */ \"Capabilities\" : { \"Gpio\": [ 1,\r\n\r\n2 /* b */ ], /* c\n */ } // d  \n }\n\n", 5, 30)
	f.Add(definition(`[ { "Name": "A", "Mapping": "A" }, [ [ { "a" : [ [ ] ] } ] ], /**/ /**/ 5 // x`+"\n]"), 0, 500)
	f.Add("include(CMakeLists.txt)\nadd_subdirectory([[.]])\n#include \"CMakeLists.txt\"", 0, 0)
	f.Add(`{ "Peripherals": [ { "Name": "A", "Mapping": ], "Imports": [ { "Path": "x`, 9, 3)
	f.Fuzz(func(t *testing.T, src string, from, to int) {
		if len(src) > 5000 {
			return
		}
		within := rule.Span{Start: min(from, to), End: max(from, to)}
		for _, name := range []string{"ws/app/app_manifest.json", "ws/hw/board.json"} {
			file := read(name, src)
			checkOutline(t, src, rule.Span{End: len(src)}, file.Outline())
			checkTokens(t, src, file.Tokens(rule.Span{End: len(src)}))
			checkTokens(t, src, file.Tokens(within))
			file.Links()
			for _, h := range file.Inlays(within) {
				if h.Offset < within.Start || h.Offset > within.End {
					t.Fatalf("%q: a hint at %d for %v", src, h.Offset, within)
				}
			}
			for _, fold := range file.Folds(max(0, from%10)) {
				if !strings.ContainsAny(src[fold.Span.Start:fold.Span.End], "\r\n") {
					t.Fatalf("%q: %v is on one line", src, fold.Span)
				}
			}
			at := min(max(from, 0), len(src))
			checkSelections(t, src, at, file.Selections(at))
		}
		for _, name := range []string{"ws/app/CMakeLists.txt", "ws/app/main.c"} {
			for _, l := range read(name, src).Links() {
				if l.Span.Start >= l.Span.End || l.Span.End > len(src) {
					t.Fatalf("%q: a link at %v", src, l.Span)
				}
			}
		}
		opt := FormatOptions{TabSize: to % 9, Tabs: to%2 == 0, FinalBreak: to%3 == 0, KeepBreaks: to%5 == 0}
		checkFormat(t, src, opt)
		part := reformat(t, src, within, opt)
		if blank.Replace(part) != blank.Replace(src) {
			t.Fatalf("%q, %v: text is lost in %q", src, within, part)
		}
	})
}
