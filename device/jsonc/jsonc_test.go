package jsonc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// show prints a tree compactly: strings by their value, ? for what is missing, !text for what is invalid.
func show(n *Node) string {
	var b strings.Builder
	var walk func(n *Node)
	walk = func(n *Node) {
		switch n.Kind {
		case Missing:
			b.WriteString("?")
		case Invalid:
			b.WriteString("!" + n.text)
		case String:
			fmt.Fprintf(&b, "%q", n.text)
		case Array, Object:
			b.WriteString(map[Kind]string{Array: "[", Object: "{"}[n.Kind])
			for i, c := range n.Children {
				if i > 0 {
					b.WriteString(" ")
				}
				if c.Key != nil {
					b.WriteString(c.Key.text + ":")
				}
				walk(c)
			}
			b.WriteString(map[Kind]string{Array: "]", Object: "}"}[n.Kind])
		default:
			b.WriteString(n.text)
		}
	}
	walk(n)
	return b.String()
}

var codeNames = [...]string{"comment", "trailing comma", "bom", "duplicate", "utf8", "no comma", "no colon", "no value", "no key",
	"no quote", "no close", "no comment end", "unquoted", "single quote", "escape", "control", "number", "value", "extra comma", "garbage", "deep", "empty"}

func showErrors(f *File) string {
	var list []string
	for _, e := range f.Errors {
		list = append(list, fmt.Sprintf("%s@%d-%d", codeNames[e.Code], e.Start, e.End))
	}
	return strings.Join(list, ", ")
}

func TestRecovery(t *testing.T) {
	for _, tt := range []struct{ src, tree, errors string }{
		{`{"a":1,"b":[true,null,"x"]}`, `{a:1 b:[true null "x"]}`, ""},
		{"", "?", "empty@0-0"},
		{" // x\n", "?", "comment@1-5, empty@6-6"}, // order of equal importance: by place
		{"\uFEFF{}", "{}", "bom@0-3"},
		{"{//c\n\"a\":1,/*d*/}", "{a:1}", "comment@1-4, trailing comma@10-11, comment@11-16"},
		{"[1, /* x", "[1]", "no close@2-2, comment@4-8, no comment end@4-8"},
		{`[1,2,]`, "[1 2]", "trailing comma@4-5"},
		{`[,]`, "[]", "extra comma@1-2"},
		{`[1,,2]`, "[1 2]", "extra comma@3-4"},
		{`{"a":1,"a":2}`, "{a:1 a:2}", "duplicate@7-10"},
		// What is missing while a line is being typed.
		{`{"a":1 "b":2}`, "{a:1 b:2}", "no comma@6-6"},
		{"[1 2]", "[1 2]", "no comma@2-2"},
		{`{"a" 1}`, "{a:1}", "no colon@4-4"},
		{`{"a"}`, "{a:?}", "no value@1-4"},
		{`{"a":}`, "{a:?}", "no value@1-5"},
		{`{"a": , "b":2}`, "{a:? b:2}", "no value@1-5"},
		{"{\"a\":\n\"b\":2}", "{a:? b:2}", "no value@1-5, no comma@5-5"},
		{`{"a" "b":2}`, `{a:? b:2}`, "no value@1-4, no comma@4-4"},
		{`{"a" "b"}`, `{a:"b"}`, "no colon@4-4"},
		{`{"a":`, "{a:?}", "no value@1-5, no close@5-5"},
		{`{"a":::1}`, "{a:1}", "garbage@5-6"},
		{`{{"a":1}}`, "{:{a:1}}", "no key@1-2"},
		{`{:1}`, "{:1}", "no key@1-2"},
		{"{\"a\": \"x\n\"b\": 2}", `{a:"x" b:2}`, "no quote@6-8, no comma@8-8"},
		{"{\"a\": \"x,\n\"b\": 2}", `{a:"x" b:2}`, "no quote@6-8"},
		{"{\"a\": [\"x ],\n\"b\": 2}", `{a:["x"] b:2}`, "no quote@7-9"},
		{`{"a":["x ]}`, `{a:["x"]}`, "no quote@6-8"},
		{`{"a":["x }`, `{a:["x"]}`, "no quote@6-8, no close@8-8"},
		{"[\"x]]\n", `["x]"]`, "no quote@1-4"},
		{"{\"a\": [1, 2\n\"b\": 3}", "{a:[1 2] b:3}", "no close@11-11, no comma@11-11"},
		{"{\"a\": [1, 2,\n\"b\": 3}", "{a:[1 2] b:3}", "no close@11-11"},
		{"{\"a\": [[[1,\n\"b\": 3}", "{a:[[[1]]] b:3}", "no close@10-10"},
		{`{"a":{"b":[{"c":1`, "{a:{b:[{c:1}]}}", "no close@17-17"},
		{"[{\"a\":[1,\n2", "[{a:[1 2]}]", "no close@11-11"},
		{"[[[1 ], 2\n", "[[[1] 2]]", "no close@9-9"},
		{`{"a":[1}`, "{a:[1]}", "no close@7-7"},
		{`[{"a":1]`, "[{a:1}]", "no close@7-7"},
		{`{"a":1]}`, "{a:1}", "garbage@6-7"},
		{`[1}]`, "[1]", "garbage@2-3"},
		{`["a":1]`, `["a" 1]`, "garbage@4-5, no comma@4-4"},
		{`{"a":{"b":1}},"c":2}`, "{a:{b:1}}", "garbage@13-20"},
		// Text that is no JSON.
		{`{a:1}`, "{a:1}", "unquoted@1-2"},
		{`{'a':'x'}`, `{a:"x"}`, "single quote@1-4, single quote@5-8"},
		{`[<Your Port>, 2]`, "[!<Your Port> 2]", "value@1-12"},
		{`{"a": TODO set this }`, "{a:!TODO set this}", "value@6-19"},
		{`[True, 08, 1., 0x10, -, +1]`, "[!True !08 !1. !0x10 !- !+1]", "value@1-5, number@7-9, number@11-13, number@15-19, number@21-22, number@24-26"},
		{`["\q", "\u12", "\ud83d\ude00", "\ud83d"]`, `["q" "u12" "😀" "�"]`, "escape@2-4, escape@8-10"},
		{"[\"a\tb\"]", `["a\tb"]`, "control@3-4"},
		{"[\"\x83e\"]", `["�e"]`, "utf8@2-3"},
		{"]", "!", "garbage@0-1"},
		{"[1]/", "[1]", "garbage@3-4"},
	} {
		f := ParseString(tt.src)
		if got := show(f.Root); got != tt.tree {
			t.Errorf("%q: tree %s, want %s", tt.src, got, tt.tree)
		}
		if got := showErrors(f); got != tt.errors {
			t.Errorf("%q: errors %s, want %s", tt.src, got, tt.errors)
		}
		checkSpans(t, f)
	}
}

// Inserting what the errors say is missing must give a text without those errors.
func TestInsert(t *testing.T) {
	for _, src := range []string{
		`{"a":1 "b":2}`, "[1 2", `{"a" 1}`, "{\"a\": \"x\n}", `{"a":[1}`, "{\"a\": [1, 2\n\"b\": 3}", "{\"a\": [[1, 2,\n\"b\": 3}", "[1] /* x", `[{"a":[1, {"b":2`, `["x`,
	} {
		f := ParseString(src)
		text := src
		for i := len(f.Errors) - 1; i >= 0; i-- {
			e := f.Errors[i]
			if e.Insert == "" {
				continue
			}
			at := e.Start
			if e.Code == MissingQuote || e.Code == MissingComment {
				at = e.End
			}
			text = text[:at] + e.Insert + text[at:]
		}
		for _, e := range ParseString(text).Errors {
			if !e.Code.Tolerated() {
				t.Errorf("%q mended to %q: still %s at %d", src, text, e.Msg, e.Start)
			}
		}
	}
}

func TestPointers(t *testing.T) {
	f := ParseString(`{"a":[{"x/y~":1},2],"":{"b":null},"a":[0,[5]]}`)
	for _, p := range []string{"", "/a", "/a/0", "/a/1/0", "/", "//b"} {
		n := f.Lookup(p)
		if n == nil {
			t.Errorf("Lookup(%q) = nil", p)
		} else if got := n.Pointer(); got != p {
			t.Errorf("Lookup(%q).Pointer() = %q", p, got)
		}
	}
	if n := f.Root.Children[0].Children[0].Children[0]; n.Pointer() != "/a/0/x~1y~0" || n.Key.Pointer() != n.Pointer() {
		t.Errorf("pointer of an escaped key = %q, of the key itself %q", n.Pointer(), n.Key.Pointer())
	}
	for _, p := range []string{"a", "/b", "/a/2", "/a/01", "/a/-1", "/a/x", "/a/0/0"} {
		if n := f.Lookup(p); n != nil {
			t.Errorf("Lookup(%q) = %s, want nothing", p, n.Pointer())
		}
	}
}

// The offset is where the source has a bar.
func TestPathAt(t *testing.T) {
	for _, tt := range []struct {
		src     string
		place   Place
		pointer string
		index   int
	}{
		{`|{"a":1}`, AtValue, "", 0},
		{`{|"a":1}`, AtKey, "/a", 0},
		{`{"a|":1}`, AtKey, "/a", 0},
		{`{"a":|1}`, AtValue, "/a", 0},
		{`{"a":1|}`, AtValue, "/a", 0},
		{`{"a":1 |}`, Between, "", 1},
		{`{ | "a":1}`, Between, "", 0},
		{`{"a":1, | "b":2}`, Between, "", 1},
		{`{"a": | }`, AtValue, "/a", 0},
		{"{\"a\": \n | ,\"b\":1}", AtValue, "/a", 0},
		{`{"a": , | "b":1}`, Between, "", 1},
		{`{"a": |`, AtValue, "/a", 0},
		{`{"Gp|`, AtKey, "/Gp", 0},
		{`{"a":[|]}`, Between, "/a", 0},
		{`{"a":[1,|]}`, Between, "/a", 1},
		{`{"a":[1, "x|y"]}`, AtValue, "/a/1", 0},
		{`{"a":["x|`, AtValue, "/a/0", 0},
		{`{"a":{"b":[1,|`, Between, "/a/b", 1},
		{`{} |`, Outside, "", 0},
		{"{} \n// x|", InComment, "", 0},
		{"|", Outside, "", 0},
	} {
		at := strings.Index(tt.src, "|")
		f := ParseString(tt.src[:at] + tt.src[at+1:])
		c := f.PathAt(at)
		if c.Place != tt.place || c.Pointer() != tt.pointer || c.Index != tt.index {
			t.Errorf("%s: place %d pointer %q index %d, want %d %q %d", tt.src, c.Place, c.Pointer(), c.Index, tt.place, tt.pointer, tt.index)
		}
	}
}

func TestValues(t *testing.T) {
	f := ParseString(`{"i":8,"f":8.0,"e":8e1,"h":8.5,"big":1e300,"b":true,"s":"x"}`)
	for key, want := range map[string]int64{"i": 8, "f": 8, "e": 80} {
		if v, ok := f.Root.Member(key).Int(); !ok || v != want {
			t.Errorf("%s = %d, %v", key, v, ok)
		}
	}
	for _, key := range []string{"h", "big", "b", "s", "none"} {
		if v, ok := f.Root.Member(key).Int(); ok {
			t.Errorf("%s = %d, want no whole number", key, v)
		}
	}
}

func TestLines(t *testing.T) {
	const src = "a\r\né😀b\rc\n"
	l := NewLines(src)
	for _, tt := range []struct{ offset, line, utf8, utf16, runes int }{
		{0, 0, 0, 0, 0}, {1, 0, 1, 1, 1}, {3, 1, 0, 0, 0}, {5, 1, 2, 1, 1}, {9, 1, 6, 3, 2}, {7, 1, 2, 1, 1}, {11, 2, 0, 0, 0}, {13, 3, 0, 0, 0}, {99, 3, 0, 0, 0},
	} {
		line, c8 := l.UTF8(tt.offset)
		_, c16 := l.UTF16(tt.offset)
		_, cr := l.Runes(tt.offset)
		if line != tt.line || c8 != tt.utf8 || c16 != tt.utf16 || cr != tt.runes {
			t.Errorf("offset %d: line %d, columns %d %d %d", tt.offset, line, c8, c16, cr)
		}
		if tt.offset == 7 || tt.offset == 99 {
			continue
		}
		if got := l.FromUTF8(line, c8); got != tt.offset {
			t.Errorf("FromUTF8(%d, %d) = %d, want %d", line, c8, got, tt.offset)
		}
		if got := l.FromUTF16(line, c16); got != tt.offset {
			t.Errorf("FromUTF16(%d, %d) = %d, want %d", line, c16, got, tt.offset)
		}
	}
	for _, tt := range []struct{ line, column, want int }{{-1, 5, 0}, {0, -1, 0}, {0, 99, 1}, {9, 0, len(src)}, {1, 2, 5}} {
		if got := l.FromUTF16(tt.line, tt.column); got != tt.want {
			t.Errorf("FromUTF16(%d, %d) = %d, want %d", tt.line, tt.column, got, tt.want)
		}
	}
}

func TestDepth(t *testing.T) {
	f := ParseString(strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))
	if len(f.Errors) != 1 || f.Errors[0].Code != TooDeep {
		t.Errorf("%d errors, first %+v", len(f.Errors), f.Errors[0])
	}
	ParseString(strings.Repeat(`{"a":[`, 100_000))
}

// checkSpans holds the promises about the tree: spans nest, follow one another and lie within the text.
func checkSpans(t *testing.T, f *File) {
	t.Helper()
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Start < 0 || n.Start > n.End || n.End > len(f.Src) {
			t.Fatalf("%q: span %d-%d outside the text", f.Src, n.Start, n.End)
		}
		at := n.Start
		for i, c := range n.Children {
			w := c.Whole()
			if c.Parent != n || c.Index != i || w.Start < at || c.End > n.End || w.End > n.End {
				t.Fatalf("%q: child %d at %d-%d of %s at %d-%d, after %d", f.Src, i, w.Start, c.End, n.Pointer(), n.Start, n.End, at)
			}
			if (c.Key != nil) != (n.Kind == Object) || c.Key != nil && (c.Key.Parent != n || c.Key.End > c.Start && c.Kind != Missing) {
				t.Fatalf("%q: key of child %d of %s", f.Src, i, n.Pointer())
			}
			at = w.End
			walk(c)
		}
	}
	walk(f.Root)
	for i, e := range f.Errors {
		if e.Start < 0 || e.End < e.Start || e.End > len(f.Src) || e.Msg == "" || i > 0 && e.Start < f.Errors[i-1].Start {
			t.Fatalf("%q: error %+v", f.Src, e)
		}
	}
}

// decode turns a tree into what encoding/json makes of it.
func decode(n *Node) any {
	switch n.Kind {
	case Object:
		m := map[string]any{}
		for _, c := range n.Children {
			m[c.Name()] = decode(c)
		}
		return m
	case Array:
		l := []any{}
		for _, c := range n.Children {
			l = append(l, decode(c))
		}
		return l
	case String:
		return n.text
	case Number:
		return json.Number(n.text)
	case Bool:
		return n.text == "true"
	}
	return nil
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"SchemaVersion":1,"Capabilities":{"Gpio":[8,"$LED"],"WifiConfig":true}}`, "{\"a\": [\"x ],\n\"b\": 2}", `["é\ud83d\ude00\/", -0.5e+3]`,
		"\uFEFF[1,2,] // x", `{"a" "b":2,,]}`, "[[[[[[{\"a\":", "'x", "{\"a\":/*", "[\"\x83\\", `{"a":1,"a":{"a":[]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file := Parse(src)
		checkSpans(t, file)
		for i := 0; i <= len(src); i += 1 + len(src)/64 {
			file.PathAt(i)
		}
		if json.Valid(src) {
			for _, e := range file.Errors {
				if !e.Code.Tolerated() && e.Code != TooDeep {
					t.Fatalf("%q is valid, but: %s at %d", src, e.Msg, e.Start)
				}
				if e.Code == TooDeep {
					return
				}
			}
			d := json.NewDecoder(bytes.NewReader(src))
			d.UseNumber()
			var want any
			if err := d.Decode(&want); err != nil {
				t.Fatal(err)
			}
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(decode(file.Root))
			if !bytes.Equal(a, b) {
				t.Fatalf("%q reads as %s, encoding/json says %s", src, b, a)
			}
		} else if len(file.Errors) == 0 {
			t.Fatalf("%q is not valid, but there is no error", src)
		}
	})
}

func manifestText() string {
	var b strings.Builder
	b.WriteString("{\n  \"SchemaVersion\": 1,\n  \"Name\": \"Bench\",\n  \"ComponentId\": \"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22\",\n  \"EntryPoint\": \"/bin/app\",\n  \"CmdArgs\": [],\n  \"Capabilities\": {\n    \"AllowedConnections\": [\n")
	for i := range 12 {
		fmt.Fprintf(&b, "      \"host%d.example.net\",\n", i)
	}
	b.WriteString("      \"last.example.net\"\n    ],\n    \"Gpio\": [\n")
	for i := range 28 {
		fmt.Fprintf(&b, "      \"$SAMPLE_PIN_%d\",\n", i)
	}
	b.WriteString("      8\n    ],\n    \"Uart\": [ \"$SAMPLE_UART\" ],\n    \"WifiConfig\": true,\n    \"NetworkConfig\": false\n  },\n  \"ApplicationType\": \"Default\"\n}\n")
	return b.String()
}

func definitionText() string {
	var b strings.Builder
	b.WriteString("{\n  \"Metadata\": { \"Type\": \"Azure Sphere Hardware Definition\", \"Version\": 1 },\n  \"Imports\": [ { \"Path\": \"mt3620.json\" } ],\n  \"Peripherals\": [\n")
	for i := range 248 {
		fmt.Fprintf(&b, "    {\n      \"Name\": \"BOARD_PERIPHERAL_%d\",\n      \"Type\": \"Gpio\",\n      \"Mapping\": \"MT3620_GPIO%d\",\n      \"Comment\": \"Header 1, pin %d\"\n    },\n", i, i%24, i)
	}
	return strings.TrimSuffix(b.String(), ",\n") + "\n  ]\n}\n"
}

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, src string }{{"manifest61", manifestText()}, {"definition1500", definitionText()}} {
		src := []byte(bb.src)
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(src)
			}
		})
		b.Run(bb.name+"/encoding-json", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				var v any
				if err := json.Unmarshal(src, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// One error says that brackets are missing at a place, whatever the depth; a closing bracket between two places makes two.
func TestUnclosed(t *testing.T) {
	for _, tt := range []struct{ src, msg, insert string }{
		{`[1`, `"[" is not closed`, "]"},
		{`{"a":[1`, `"[" is not closed, nor is the "{" around it`, "]}"},
		{`[[{"a":[1`, `"[" is not closed, nor are the 3 around it`, "]}]]"},
		{"{\"a\": [{\"b\":[1, 2\n\"c\": 3}\n", `"[" is not closed`, "]"},
	} {
		e := ParseString(tt.src).Errors[0]
		if open := tt.src[e.Related.Start:e.Related.End]; e.Code != MissingClose || e.Msg != tt.msg || e.Insert != tt.insert || open != tt.msg[1:2] {
			t.Errorf("%q: %q, insert %q, opened by %q", tt.src, e.Msg, e.Insert, open)
		}
	}
	f := ParseString(strings.Repeat(`{"a":[`, 100_000))
	if len(f.Errors) != 2 || len(f.Errors[0].Insert) != MaxDepth && len(f.Errors[1].Insert) != MaxDepth {
		t.Errorf("%d errors: %s", len(f.Errors), showErrors(f))
	}
}

// However many errors of one kind there are, those of another kind are told.
func TestDropped(t *testing.T) {
	f := ParseString("[" + strings.Repeat("/**/ ", 5000) + "1,, 2]")
	last := f.Errors[len(f.Errors)-1]
	if len(f.Errors) != maxPerCode+1 || last.Code != ExtraComma || f.Dropped != [Codes]int{Comment: 5000 - maxPerCode} {
		t.Errorf("%d errors, the last %+v; dropped %v", len(f.Errors), last, f.Dropped)
	}
}

// Text made to be slow: each of these would take minutes if reading were not linear.
func TestHostile(t *testing.T) {
	const n = 1 << 20
	for name, src := range map[string]string{
		"brackets":        strings.Repeat("[", n),
		"braces":          strings.Repeat(`{"a":`, n/4),
		"both":            strings.Repeat(`{"a":[`, n/4),
		"deep ones again": strings.Repeat("[", MaxDepth) + strings.Repeat("[]", n),
		"keys ahead":      strings.Repeat(`{"a":[[[[[[[[`, 50) + strings.Repeat(`"k":[[[[`, n/8),
		"strings":         "[" + strings.Repeat(`"" `, n/3),
		"quotes":          strings.Repeat(`"`, n),
		"open strings":    "[" + strings.Repeat("\"x\n", n/3),
		"commas":          "[" + strings.Repeat(",", n),
		"colons":          "{" + strings.Repeat(":", n),
		"comments":        strings.Repeat("/**/", n/4),
		"open comments":   "[" + strings.Repeat("/", n),
		"words":           "[" + strings.Repeat("a b ", n/4),
		"keys":            "{" + strings.Repeat(`"a":1,`, n/6),
		"escapes":         `["` + strings.Repeat(`\q`, n/2),
		"not UTF-8":       strings.Repeat("\xff", n),
	} {
		f := ParseString(src)
		if len(f.Errors) == 0 || len(f.Errors) > 3*maxPerCode {
			t.Errorf("%s: %d errors", name, len(f.Errors))
		}
		f.PathAt(n / 2)
	}
}
