package analysis

import (
	"slices"
	"testing"

	"armillary.dev/device/rule"
)

func TestSelections(t *testing.T) {
	const manifest = "x/app_manifest.json"
	for _, tt := range []struct {
		name, marked string
		want         []string // but for the last, the file
	}{
		{"in a string", `{ "CmdArgs": [ "a b‸", 1 ] }`, []string{`a b`, `"a b"`, `"a b", 1`, `[ "a b", 1 ]`, `"CmdArgs": [ "a b", 1 ]`, `{ "CmdArgs": [ "a b", 1 ] }`}},
		{"in a key", `{"Na‸me": "x", "y": 2 }`, []string{`Name`, `"Name"`, `"Name": "x"`, `"Name": "x", "y": 2`, `{"Name": "x", "y": 2 }`}},
		{"at a number", `{"y": 12‸ }`, []string{`12`, `"y": 12`, `{"y": 12 }`}},
		{"between entries", "{ \"a\": [ 1, ‸ 2 ] } ", []string{`1,  2`, `[ 1,  2 ]`, `"a": [ 1,  2 ]`, `{ "a": [ 1,  2 ] }`, `{ "a": [ 1,  2 ] } `}},
		{"at white space", "{ ‸ }", []string{"{  }"}},
		{"in a comment", "{ \"a\": 1 /* x‸ */, \"b\": 2 }", []string{`/* x */`, `"a": 1 /* x */, "b": 2`, `{ "a": 1 /* x */, "b": 2 }`}},
		{"in a comment at the end", "{ \"a\": 1 } // x‸", []string{`// x`, `{ "a": 1 } // x`}},
		{"a value that is not there", `{ "a": ‸ }`, []string{`{ "a":  }`}},
		{"not closed", "{ \"a\": [ \"x‸\n", []string{"x", `"x`, `[ "x` + "\n", `"a": [ "x` + "\n"}},
		{"outside", " ‸ {}", []string{"  {}"}},
		{"an empty string", `{ "a": "‸" }`, []string{`""`, `"a": ""`, `{ "a": "" }`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, src, at := open(t, manifest, tt.marked)
			spans := f.Selections(at)
			checkSelections(t, src, at, spans)
			var got []string
			for _, s := range spans {
				got = append(got, src[s.Start:s.End])
			}
			if len(got) < len(tt.want) || !slices.Equal(got[:len(tt.want)], tt.want) {
				t.Errorf("%q\nwant %q", got, tt.want)
			}
		})
	}
	for _, at := range []int{-5, 0, 2, 99} {
		checkSelections(t, "{}", min(max(at, 0), 2), read(manifest, "{}").Selections(at))
	}
	if got := read("package.json", "{}").Selections(1); !slices.Equal(got, []rule.Span{{Start: 1, End: 1}}) {
		t.Errorf("in another file: %v", got)
	}
}

// checkSelections holds that each selection holds the one before, and the first one the cursor.
func checkSelections(t *testing.T, src string, at int, spans []rule.Span) {
	t.Helper()
	last := rule.Span{Start: at, End: at}
	for i, s := range spans {
		if s.Start < 0 || s.End > len(src) || s.Start > last.Start || s.End < last.End || i > 0 && s == last {
			t.Fatalf("%q at %d: %v after %v", src, at, s, last)
		}
		last = s
	}
	if len(spans) == 0 {
		t.Fatalf("%q at %d: nothing is selected", src, at)
	}
}
