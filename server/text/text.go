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

	"armillary.dev/device/jsonc"
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
	lines *jsonc.Lines
}

// NewMap reads the line structure of s. Lines end with "\n", "\r\n" or a lone "\r", as in LSP.
func NewMap(s string) *Map { return &Map{s, jsonc.NewLines(s)} }

// Text returns the text that the map was made from.
func (m *Map) Text() string { return m.text }

// Lines returns the number of lines; an empty text has one.
func (m *Map) Lines() int { return m.lines.Count() }

// Line returns the text of a line without its end.
func (m *Map) Line(line int) string { return m.lines.Line(line) }

// LineStart returns the offset at which a line begins.
func (m *Map) LineStart(line int) int { return m.lines.FromUTF8(line, 0) }

// Position converts an offset. Offsets outside the text count as its ends; one inside a character counts as the
// character's beginning.
func (m *Map) Position(offset int, enc Encoding) Position {
	var p Position
	switch enc {
	case UTF8:
		p.Line, p.Character = m.lines.UTF8(offset)
	case UTF16:
		p.Line, p.Character = m.lines.UTF16(offset)
	default:
		p.Line, p.Character = m.lines.Runes(offset)
	}
	return p
}

// Offset converts a position. A character beyond the line's end counts as the line's end, a line beyond the last as
// the text's end, and a position inside a character as the character's beginning.
func (m *Map) Offset(p Position, enc Encoding) int {
	switch enc {
	case UTF8:
		return m.lines.FromUTF8(p.Line, p.Character)
	case UTF16:
		return m.lines.FromUTF16(p.Line, p.Character)
	}
	start := m.lines.FromUTF8(p.Line, 0)
	line, n := m.lines.Line(p.Line), 0
	for i := range line {
		if n >= p.Character {
			return start + i
		}
		n++
	}
	return start + len(line)
}

// LineCol returns line and column as people count them, from 1, the column in code points. A byte order mark at the
// beginning takes no column: editors do not show it.
func (m *Map) LineCol(offset int) (line, col int) {
	line, col = m.lines.Runes(offset)
	if line == 0 && col > 0 && strings.HasPrefix(m.text, "\ufeff") {
		col--
	}
	return line + 1, col + 1
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
