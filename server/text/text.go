// Package text converts between the notations of a place in a file.
//
//	offset     bytes from 0                       everything in device/ and inside the server
//	Position   line and character, both from 0    LSP; characters in the units that were negotiated
//	line:col   line and column, both from 1       what people read; columns count Unicode code points
//
// Conversions happen at the edge, once. The package must not know LSP's types or any file format.
package text

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Encoding says in which units the characters of a Position are counted.
type Encoding uint8

// The encodings of LSP 3.17. UTF16 is what a client means that says nothing.
const (
	UTF16 Encoding = iota
	UTF8
	UTF32
)

// Position is a place as in LSP: line and character from 0.
type Position struct{ Line, Character int }

// A Map knows where the lines of one text begin. It is immutable.
type Map struct {
	text  string
	lines []int // offsets of the lines' beginnings; lines[0] is 0
	ascii bool  // no byte above 0x7f: all encodings agree
}

// NewMap reads the line structure of s. Lines end with "\n", "\r\n" or a lone "\r", as in LSP.
func NewMap(s string) *Map {
	m := &Map{text: s, lines: make([]int, 1, 16+len(s)/24), ascii: true}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			m.lines = append(m.lines, i+1)
		case c == '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			m.lines = append(m.lines, i+1)
		case c >= utf8.RuneSelf:
			m.ascii = false
		}
	}
	return m
}

// Text returns the text that the map was made from.
func (m *Map) Text() string { return m.text }

// Lines returns the number of lines; an empty text has one.
func (m *Map) Lines() int { return len(m.lines) }

// LineAt returns the line that holds offset, from 0. Offsets outside the text count as its ends.
func (m *Map) LineAt(offset int) int {
	return sort.Search(len(m.lines), func(i int) bool { return m.lines[i] > offset }) - 1 + b2i(offset < 0)
}

// Line returns the text of a line without its end.
func (m *Map) Line(line int) string {
	if line < 0 || line >= len(m.lines) {
		return ""
	}
	return m.text[m.lines[line]:m.lineEnd(line)]
}

// LineStart returns the offset at which a line begins.
func (m *Map) LineStart(line int) int { return m.lines[min(max(line, 0), len(m.lines)-1)] }

// lineEnd returns the offset of a line's end, before its "\n" or "\r\n".
func (m *Map) lineEnd(line int) int {
	if line+1 >= len(m.lines) {
		return len(m.text)
	}
	end := m.lines[line+1] - 1
	if m.text[end] == '\n' && end > m.lines[line] && m.text[end-1] == '\r' {
		end--
	}
	return end
}

// Position converts an offset. Offsets outside the text count as its ends; one inside a character counts as the
// character's beginning.
func (m *Map) Position(offset int, enc Encoding) Position {
	offset = min(max(offset, 0), len(m.text))
	line := m.LineAt(offset)
	start := m.lines[line]
	if m.ascii || enc == UTF8 {
		return Position{line, offset - start}
	}
	for offset > start && offset < len(m.text) && !utf8.RuneStart(m.text[offset]) {
		offset--
	}
	return Position{line, units(m.text[start:offset], enc)}
}

// Offset converts a position. A character beyond the line's end counts as the line's end, a line beyond the last as
// the text's end, and a position inside a character as the character's beginning.
func (m *Map) Offset(p Position, enc Encoding) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(m.lines) {
		return len(m.text)
	}
	start, end := m.lines[p.Line], m.lineEnd(p.Line)
	if p.Character <= 0 {
		return start
	}
	if m.ascii || enc == UTF8 {
		o := min(start+p.Character, end)
		for o > start && o < len(m.text) && !utf8.RuneStart(m.text[o]) {
			o--
		}
		return o
	}
	n := 0
	for i, r := range m.text[start:end] {
		w := width(r, enc)
		if n+w > p.Character {
			return start + i
		}
		n += w
	}
	return end
}

// LineCol returns line and column as people count them, from 1, the column in code points.
func (m *Map) LineCol(offset int) (line, col int) {
	p := m.Position(offset, UTF32)
	return p.Line + 1, p.Character + 1
}

// units counts the length of s.
func units(s string, enc Encoding) int {
	n := 0
	for _, r := range s {
		n += width(r, enc)
	}
	return n
}

func width(r rune, enc Encoding) int {
	if enc == UTF16 && r >= 0x10000 {
		return 2
	}
	return 1
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Edit is a replacement of the bytes from Start to End.
type Edit struct {
	Start, End int
	New        string
}

// Apply makes all edits at once. Edits are applied in the order of their places; one that overlaps an edit before it,
// or lies outside the text, is left out, and reported by its index.
func Apply(s string, edits []Edit) (result string, skipped []int) {
	order := make([]int, len(edits))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		x, y := edits[order[a]], edits[order[b]]
		if x.Start != y.Start {
			return x.Start < y.Start
		}
		return x.End < y.End
	})
	var b strings.Builder
	at := 0
	for _, i := range order {
		e := edits[i]
		if e.Start < at || e.End < e.Start || e.End > len(s) {
			skipped = append(skipped, i)
			continue
		}
		b.WriteString(s[at:e.Start])
		b.WriteString(e.New)
		at = e.End
	}
	b.WriteString(s[at:])
	return b.String(), skipped
}
