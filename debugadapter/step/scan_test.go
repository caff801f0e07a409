package step

import (
	"bytes"
	"os"
	"testing"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/internal/testenv"
)

// TestScan: every line of compiled programs can be decoded, and its exits lie outside it, in code.
func TestScan(t *testing.T) {
	text, err := os.ReadFile("../testdata/steps.c")
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{{"-mthumb"}, {"-marm"}, {"-mthumb", "-Og"}, {"-mthumb", "-O2"}, {"-marm", "-O2"}} {
		elf := testenv.BuildARM(t, testenv.Program{Sources: map[string]string{"steps.c": string(text)}, Link: testenv.Freestanding,
			Flags: append([]string{"-DFREESTANDING", "-fno-pic", "-no-pie"}, flags...)})
		data, err := os.ReadFile(elf)
		if err != nil {
			t.Fatal(err)
		}
		f, err := symbols.Open(elf, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		img := f.At(0)
		space := symbols.NewSpace(img)
		lines, calls, returns := 0, 0, 0
		for _, fn := range img.Functions() {
			if fn.DIE == nil {
				continue
			}
			for _, row := range img.Rows(fn.Ranges[0]) {
				if l, ok := img.Line(row.Addr); row.End || !ok || l != row.Line {
					continue // of several rows for one address the last counts
				}
				ranges := clip(img.LineRanges(row.Addr, row.Line), fn)
				x, err := scan(space, ranges)
				if err != nil {
					t.Errorf("%v: %s at %#x: %v", flags, row.Line, row.Addr, err)
					continue
				}
				lines++
				calls += len(x.calls)
				if x.returns {
					returns++
				}
				for _, a := range x.direct {
					if contains(ranges, a) || !fn.Contains(a) && space.Image(a) == nil || img.CodeKind(a) == symbols.KindData {
						t.Errorf("%v: %s: exit to %#x", flags, row.Line, a)
					}
				}
				for _, c := range x.calls {
					if at, ok := callBefore(space, c.next); !ok || at != c.addr {
						t.Errorf("%v: the call before %#x is at %#x (%v), want %#x", flags, c.next, at, ok, c.addr)
					}
				}
				if len(x.direct)+len(x.indirect)+len(x.calls) == 0 && !x.returns {
					t.Errorf("%v: %s at %#x cannot be left", flags, row.Line, row.Addr)
				}
			}
		}
		if lines < 15 || returns == 0 || calls == 0 {
			t.Errorf("%v: %d lines, %d with calls, %d with returns", flags, lines, calls, returns)
		}
	}
}
