package server

import (
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// A walker converts offsets that come in order. What edges does for one place takes as long as the line is up to there;
// for thousands of places on one long line that would be too much.
type walker struct {
	edges
	lines *text.Map
	start int // of the line of the last offset
	last  int // the last offset
	char  int // its character
}

func (e edges) walk(m *text.Map) *walker { return &walker{edges: e, lines: m} }

// position converts an offset. One that lies before the last is converted all the same, only slower.
func (w *walker) position(offset int) protocol.Position {
	at := w.lines.Position(offset, text.UTF8)
	if w.enc == text.UTF8 {
		return protocol.Position{Line: uint32(at.Line), Character: uint32(at.Character)}
	}
	start := w.lines.LineStart(at.Line)
	offset = start + at.Character // inside the text, at the beginning of a character
	if start != w.start || offset < w.last {
		w.start, w.last, w.char = start, start, 0
	}
	for w.last < offset {
		r, size := utf8.DecodeRuneInString(w.lines.Text()[w.last:offset])
		w.last += size
		if w.char++; r > 0xffff && w.enc == text.UTF16 {
			w.char++
		}
	}
	return protocol.Position{Line: uint32(at.Line), Character: uint32(w.char)}
}

func (w *walker) rng(s rule.Span) protocol.Range {
	start := w.position(s.Start)
	return protocol.Range{Start: start, End: w.position(max(s.Start, s.End))}
}
