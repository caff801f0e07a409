package analysis

import (
	"fmt"
	"strings"
	"testing"
)

func TestFolds(t *testing.T) {
	kinds := [...]string{"block", "comment", "imports"}
	for _, tt := range []struct {
		name, src string
		limit     int
		want      []string // kind, the first and last letters of what is hidden
	}{
		{"brackets over lines", "{\n\"SchemaVersion\": 1, \"CmdArgs\": [\n1, 2\n], \"x\": { \"y\": 1 } }", 0, []string{`block: "\n\"Sche…: 1 } "`, `block: "\n1, 2\n"`}},
		{"carriage returns alone", "{\r\"SchemaVersion\": 1, \"CmdArgs\": [1,\r2]}", 0, []string{`block: "\r\"Sche…[1,\r2]"`, `block: "1,\r2"`}},
		{"imports", "{ \"Peripherals\": [], \"Imports\": [\n]\n}", 0, []string{`block: " \"Peri…: [\n]\n"`, `imports: "\n"`}},
		{"comments", "// one\n// two\n\n// three\n{ \"SchemaVersion\": 1, /* a\nb */ \"CmdArgs\": [] // four\n// five\n}", 0,
			[]string{`comment: "// one\n// two"`, `block: " \"Sche… five\n"`, `comment: "/* a\nb */"`, `comment: "// four\n// five"`}},
		{"not closed", "{ \"SchemaVersion\": 1, \"CmdArgs\": [\n1,\n", 0, []string{`block, open: " \"Sche… [\n1,\n"`, `block, open: "\n1"`}},
		{"the deepest go first", "{ \"SchemaVersion\": 1, \"CmdArgs\": [\n[\n[\n], [\n]\n], [\n]\n]\n}", 3, []string{`block: " \"Sche…[\n]\n]\n"`, `block: "\n[\n[\n]…, [\n]\n"`, `block: "\n[\n], [\n]\n"`}},
		{"nothing to fold", `{ "SchemaVersion": 1, "CmdArgs": [] }`, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folds := read("x/app_manifest.json", tt.src).Folds(tt.limit)
			var got []string
			for _, f := range folds {
				text := tt.src[f.Span.Start:f.Span.End]
				if len(text) > 12 && f.Kind != CommentFold {
					text = text[:6] + "…" + text[len(text)-6:]
				}
				open := ""
				if !f.Closed && f.Kind != CommentFold {
					open = ", open"
				}
				got = append(got, fmt.Sprintf("%s%s: %q", kinds[f.Kind], open, text))
			}
			if folds == nil || fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
			}
		})
	}
	if got := read("package.json", "{\n}").Folds(0); got == nil || len(got) != 0 {
		t.Errorf("another file has the folds %v", got)
	}
}

// Each of these would take hours if line breaks were looked for again and again.
func TestFoldsLinear(t *testing.T) {
	const n = 1 << 17
	for name, src := range map[string]string{
		"deep, one line": `{"SchemaVersion":1,"CmdArgs":` + strings.Repeat("[", 400) + strings.Repeat("[],", n) + strings.Repeat("]", 400) + "}\n",
		"many lines":     `{"SchemaVersion":1,"CmdArgs":[` + strings.Repeat("[\n],", n) + "]}",
		"comments":       `{"SchemaVersion":1,"CmdArgs":[` + strings.Repeat("// x\n", n) + "]}",
	} {
		if got := len(read("x/app_manifest.json", src).Folds(0)); got > maxItems {
			t.Errorf("%s: %d folds", name, got)
		}
	}
}
