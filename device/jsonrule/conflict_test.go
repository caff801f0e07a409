package jsonrule

import (
	"strings"
	"testing"

	"armillary.dev/device/jsonc"
)

// A half merged file has one finding about its markers. What looks like a marker in a comment, in a string or by itself is none.
func TestConflict(t *testing.T) {
	for _, c := range []struct {
		name, src string
		at        int // of the finding; -1 for none
		related   int
	}{
		{"merge", "{\n<<<<<<< HEAD\n\"a\": 1\n=======\n\"a\": 2 // x\n>>>>>>> b\n}\n", 2, 2},
		{"crlf", "{\r\n<<<<<<< HEAD\r\n\"a\": 1\r\n=======\r\n\"a\": 2\r\n>>>>>>> b\r\n}\r\n", 3, 2},
		{"three versions", "{\n<<<<<<< HEAD\n\"a\": 1\n||||||| base\n\"a\": 0\n=======\n\"a\": 2\n>>>>>>> b\n}\n", 2, 3},
		{"a marker left", "{\n\"a\": 2\n>>>>>>> b\n}\n", 9, 0},
		{"at the end", "{}\n<<<<<<< HEAD", 3, 0},
		{"many", "{\n" + strings.Repeat("<<<<<<< a\n=======\n>>>>>>> b\n", 2000) + "}", 2, maxOtherMarkers},
		{"line of =", "{\n=======\n}\n", -1, 0},
		{"comment", "{ \"a\" 1 /*\n<<<<<<< HEAD\n*/ }", -1, 0},
		{"not at the beginning", "{ \"a\" 1\n <<<<<<< HEAD\n}", -1, 0},
		{"eight", "{\n<<<<<<<< HEAD\n}", -1, 0},
		{"string", "{ \"a\": \"<<<<<<< HEAD\" }", -1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := jsonc.ParseString(c.src)
			found := Check(f, Options{What: "A file"})
			if Conflicted(f) != (c.at >= 0) {
				t.Errorf("Conflicted is %v", Conflicted(f))
			}
			if c.at < 0 {
				for _, x := range found {
					if strings.HasPrefix(x.Message, "Merge conflict") {
						t.Errorf("found %v", x)
					}
				}
				return
			}
			if len(found) != 1 || found[0].Rule.Code != CodeSyntax || found[0].Span.Start != c.at || len(found[0].Related) != c.related || len(found[0].Fixes) != 0 {
				t.Errorf("%d findings, the first %+v; want one at %d with %d places", len(found), found[:min(len(found), 1)], c.at, c.related)
			}
		})
	}
}

// Removing a comment leaves no empty line at the end of the file, nor blanks before it.
func TestUncomment(t *testing.T) {
	for src, want := range map[string]string{
		"{}\n// a\n":             "{}\n",
		"{}\n// a":               "{}",
		"{}\n\n// a\n":           "{}\n",
		"{} // a\n":              "{}\n",
		"{}\r\n\r\n// a\r\n":     "{}\r\n",
		"{\n  // a\n}\n":         "{\n}\n",
		"{ /* a */ }":            "{ }",
		"{\n  /* a */ \"b\": 1}": "{\n   \"b\": 1}",
	} {
		found := Check(jsonc.ParseString(src), Options{})
		if len(found) != 1 || len(found[0].Fixes) != 1 || found[0].Fixes[0].Preferred {
			t.Errorf("%q: found %+v", src, found)
			continue
		}
		e := found[0].Fixes[0].Edits[0]
		if got := src[:e.Span.Start] + e.New + src[e.Span.End:]; got != want {
			t.Errorf("%q becomes %q, want %q", src, got, want)
		}
	}
}
