package analysis

import "armillary.dev/device/rule"

// FormatOptions are how an editor wants its files.
type FormatOptions struct {
	TabSize    int  // columns of one level; taken as 1 to 16, 0 as 2
	Tabs       bool // levels are tabs, not blanks
	FinalBreak bool // the file ends with a line break, also if it does not now
	KeepBreaks bool // line breaks at the end stay as many as they are; else one stays
}

// The layout is this: one entry of an object or array per line, and a level deeper than its bracket. The author decides
// where we see nothing wrong:
//
//   - an object or array of scalars, or an array of one such, stays on its line if it is on one and fits (maxFlat), unless
//     it is the whole file; whether there is a blank inside its brackets is for the first one to say;
//   - one empty line between entries stays;
//   - a comment stays on the line that it is on, and so do the columns of comments behind entries.

// maxFlat is how many columns a line has at most on which an object or array stays whole.
const maxFlat = 120

// Formatting gives up on text that cannot come from anyone's hand.
const (
	maxFormatEdits = 100_000
	maxFormatNew   = 16 << 20 // bytes of white space that are written
)

// Format returns the edits that lay out a part of the file, in order. They change white space between tokens and nothing
// else. A file with a syntax error is left as it is.
func (f *File) Format(within rule.Span, opt FormatOptions) []rule.Edit {
	t := f.FileReport.File
	if !f.Structured() {
		return []rule.Edit{}
	}
	for _, e := range t.Errors {
		if !e.Code.Tolerated() {
			return []rule.Edit{}
		}
	}
	l := newLayout(t, opt)
	edits := make([]rule.Edit, 0, min(int(lineBreaks(t.Src))+1, maxFormatEdits)) // mostly one for each line
	written := 0
	for i := range len(l.tokens) + 1 {
		at, want := l.gap(i)
		e, changes := smallest(t.Src, at, want)
		if !changes || outside(e.Span, within) {
			continue
		}
		edits = append(edits, e)
		if written += len(e.New); len(edits) > maxFormatEdits || written > maxFormatNew {
			return []rule.Edit{}
		}
	}
	return edits
}

// outside reports whether nothing that an edit changes lies in a part of the file. An edit that only touches it is inside
// if it inserts.
func outside(e, within rule.Span) bool {
	if e.Start == e.End {
		return e.Start > within.End || e.End < within.Start
	}
	return e.Start > within.End || e.End < within.Start || within.Start < within.End && (e.Start == within.End || e.End == within.Start)
}

// smallest is the edit that makes a gap what it should be without touching what it has already.
func smallest(src string, at rule.Span, want string) (rule.Edit, bool) {
	have := src[at.Start:at.End]
	if have == want {
		return rule.Edit{}, false
	}
	same := 0
	for same < min(len(have), len(want)) && have[same] == want[same] {
		same++
	}
	if same > 0 && have[same-1] == '\r' { // "\r\n" is one place for an editor
		same--
	}
	have, want = have[same:], want[same:]
	tail := 0
	for tail < min(len(have), len(want)) && have[len(have)-1-tail] == want[len(want)-1-tail] {
		tail++
	}
	if tail > 0 && have[len(have)-tail] == '\n' && (before(have, len(have)-tail) == '\r' || before(want, len(want)-tail) == '\r') {
		tail--
	}
	return rule.Edit{Span: rule.Span{Start: at.Start + same, End: at.End - tail}, New: want[:len(want)-tail]}, true
}

// before is the byte before an index, or 0.
func before(s string, i int) byte {
	if i == 0 {
		return 0
	}
	return s[i-1]
}
