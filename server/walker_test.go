package server

import (
	"strings"
	"testing"

	"armillary.dev/server/text"
)

// A walker says what edges say, in whatever order it is asked.
func TestWalker(t *testing.T) {
	m := text.NewMap("a😀é\r\n\rß\xff\xc3\nx\n😀")
	for _, enc := range []text.Encoding{text.UTF16, text.UTF8, text.UTF32} {
		e := edges{enc}
		for step := 1; step < 5; step++ {
			w := e.walk(m)
			for at := -1; at < 2*len(m.Text()); at += step {
				for _, offset := range []int{at, at, max(0, at-3), at} {
					if got, want := w.position(offset), e.position(m, offset); got != want {
						t.Fatalf("encoding %d, offset %d: %v, want %v", enc, offset, got, want)
					}
				}
			}
		}
	}
}

// One long line with thousands of places; looking from its beginning each time would take minutes.
func TestWalkerLinear(t *testing.T) {
	m := text.NewMap(strings.Repeat("é,", 2<<20))
	w := edges{text.UTF16}.walk(m)
	for at := 0; at < len(m.Text()); at += 30 {
		w.position(at)
	}
}
