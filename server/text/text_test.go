package text

import (
	"testing"
	"unicode/utf8"
)

func TestLines(t *testing.T) {
	for s, want := range map[string][]string{
		"":               {""},
		"a":              {"a"},
		"a\n":            {"a", ""},
		"a\r\né😀b\rc\n":  {"a", "é😀b", "c", ""},
		"\r\r\n\n":       {"", "", "", ""},
		"\n\r":           {"", "", ""},
		"last\r\nno end": {"last", "no end"},
	} {
		m := NewMap(s)
		if m.Lines() != len(want) {
			t.Errorf("%q: %d lines, want %d", s, m.Lines(), len(want))
			continue
		}
		for i, w := range want {
			if got := m.Line(i); got != w {
				t.Errorf("%q: line %d is %q, want %q", s, i, got, w)
			}
		}
	}
}

func TestPositions(t *testing.T) {
	const s = "a\r\né😀b\rc\n" // é: 2 bytes, 1 unit; 😀: 4 bytes, 2 units of UTF-16
	m := NewMap(s)
	for _, tt := range []struct {
		offset int
		enc    Encoding
		want   Position
	}{
		{0, UTF16, Position{0, 0}},
		{1, UTF16, Position{0, 1}},
		{3, UTF16, Position{1, 0}},
		{5, UTF8, Position{1, 2}},
		{5, UTF16, Position{1, 1}},
		{9, UTF8, Position{1, 6}},
		{9, UTF16, Position{1, 3}},
		{9, UTF32, Position{1, 2}},
		{len(s), UTF16, Position{3, 0}},
	} {
		if got := m.Position(tt.offset, tt.enc); got != tt.want {
			t.Errorf("Position(%d, %d) = %v, want %v", tt.offset, tt.enc, got, tt.want)
		}
		if got := m.Offset(tt.want, tt.enc); got != tt.offset {
			t.Errorf("Offset(%v, %d) = %d, want %d", tt.want, tt.enc, got, tt.offset)
		}
	}
	for _, tt := range []struct {
		p    Position
		enc  Encoding
		want int
	}{
		{Position{-1, 5}, UTF16, 0},
		{Position{9, 0}, UTF16, len(s)},
		{Position{0, 99}, UTF16, 1},
		{Position{1, 2}, UTF16, 5}, // inside the surrogate pair
		{Position{1, 1}, UTF8, 3},  // inside é
		{Position{1, 99}, UTF32, 10},
	} {
		if got := m.Offset(tt.p, tt.enc); got != tt.want {
			t.Errorf("Offset(%v, %d) = %d, want %d", tt.p, tt.enc, got, tt.want)
		}
	}
	if p := m.Position(7, UTF16); p != (Position{1, 1}) {
		t.Errorf("inside a character: %v", p)
	}
	if line, col := m.LineCol(9); line != 2 || col != 3 {
		t.Errorf("LineCol(9) = %d:%d, want 2:3", line, col)
	}
	for _, o := range []int{-5, 99} {
		m.Position(o, UTF16)
	}
}

func TestApply(t *testing.T) {
	got, skipped := Apply("0123456789", []Edit{{8, 9, "X"}, {0, 2, "ab"}, {1, 3, "no"}, {4, 4, "+"}, {4, 4, "*"}, {9, 99, "no"}})
	if got != "ab23+*4567X9" || len(skipped) != 2 || skipped[0] != 2 || skipped[1] != 5 {
		t.Errorf("%q, skipped %v", got, skipped)
	}
}

// FuzzRoundTrip holds Offset(Position(o)) == o for every beginning of a character that is not inside a line end.
func FuzzRoundTrip(f *testing.F) {
	f.Add("a\r\né😀b\rc\n")
	f.Add("\xff\xfe\r")
	f.Fuzz(func(t *testing.T, s string) {
		m := NewMap(s)
		for o := 0; o <= len(s); o++ {
			for _, enc := range []Encoding{UTF8, UTF16, UTF32} {
				p := m.Position(o, enc)
				if !utf8.ValidString(s) || (o < len(s) && !utf8.RuneStart(s[o])) || (o > 0 && o < len(s) && s[o-1] == '\r' && s[o] == '\n') {
					m.Offset(p, enc)
					continue
				}
				if got := m.Offset(p, enc); got != o {
					t.Fatalf("%q: %d -> %v -> %d (%d)", s, o, p, got, enc)
				}
			}
		}
	})
}
