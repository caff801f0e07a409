package analysis

import (
	"strings"
	"unicode/utf8"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// A lexeme is a token or comment of a text without syntax errors.
type lexeme struct {
	start, end int32 // a file has few megabytes, and there are many of these
	line       int32 // on which it begins
	breaks     int32 // line breaks before it, behind the one before
	match      int32 // of a bracket: index of the other one
	what       byte  // one of "{}[],:", 's' for a scalar or key, '/' for a line comment, '*' for a block comment
	flat       bool  // of an opening bracket: all is on one line up to the closing one
}

func (x *lexeme) comment() bool { return x.what == '/' || x.what == '*' }
func (x *lexeme) opens() bool   { return x.what == '{' || x.what == '[' }
func (x *lexeme) closes() bool  { return x.what == '}' || x.what == ']' }

// layout decides about the white space before each token.
type layout struct {
	src     string
	tokens  []lexeme
	opt     FormatOptions
	eol     string
	base    int      // where the text begins, behind a byte order mark
	indents []string // a line break and the indentation, by depth

	open   []int // opening brackets around the gap that is asked about
	column int   // where the token before it ends
}

func newLayout(t *jsonc.File, opt FormatOptions) *layout {
	l := &layout{src: t.Src, opt: opt, eol: "\n"}
	if l.opt.TabSize = min(opt.TabSize, 16); opt.TabSize <= 0 {
		l.opt.TabSize = 2
	}
	if i := strings.IndexAny(t.Src, "\r\n"); i >= 0 {
		if l.eol = t.Src[i : i+1]; strings.HasPrefix(t.Src[i:], "\r\n") {
			l.eol = "\r\n"
		}
	}
	if strings.HasPrefix(t.Src, "\ufeff") {
		l.base = len("\ufeff")
	}
	l.tokens = make([]lexeme, 0, len(t.Src)/7) // definitions with an entry per line have one per 7 bytes
	l.read()
	return l
}

// read cuts the text into tokens.
func (l *layout) read() {
	var open []int32
	line, last := int32(0), l.base
	for i := l.base; i < len(l.src); {
		if strings.IndexByte(" \t\r\n", l.src[i]) >= 0 {
			i++
			continue
		}
		x := lexeme{start: int32(i), what: l.src[i]}
		end := i + l.tokenLen(&x, l.src[i:])
		x.end = int32(end)
		switch {
		case x.opens():
			open = append(open, int32(len(l.tokens)))
		case x.closes():
			x.match = open[len(open)-1]
			open = open[:len(open)-1]
			l.tokens[x.match].match = int32(len(l.tokens))
		}
		x.breaks = lineBreaks(l.src[last:i])
		line += x.breaks
		x.line = line
		if x.what == '*' {
			line += lineBreaks(l.src[i:end])
		}
		l.tokens = append(l.tokens, x)
		i, last = end, end
	}
}

// tokenLen is the length of the token that a text begins with; it says in x what it is.
func (l *layout) tokenLen(x *lexeme, rest string) int {
	switch {
	case strings.IndexByte("{}[],:", x.what) >= 0:
		return 1
	case strings.HasPrefix(rest, "//"):
		if end := strings.IndexAny(rest, "\r\n"); end >= 0 {
			rest = rest[:end]
		}
		return len(strings.TrimRight(rest, " \t"))
	case strings.HasPrefix(rest, "/*"):
		x.what = '*'
		return len("/*") + strings.Index(rest[len("/*"):], "*/") + len("*/")
	}
	at := 1
	if x.what == '"' {
		for ; rest[at] != '"'; at++ {
			if rest[at] == '\\' {
				at++
			}
		}
		at++
	} else {
		for at < len(rest) && strings.IndexByte(" \t\r\n,:{}[]/\"", rest[at]) < 0 {
			at++
		}
	}
	x.what = 's'
	return at
}

// lineBreaks counts "\n", "\r\n" and lone "\r".
func lineBreaks(s string) int32 {
	return int32(strings.Count(s, "\n") + strings.Count(s, "\r") - strings.Count(s, "\r\n"))
}

// gap returns the white space before a token, and what should be there. It must be asked for every token in order, at the
// end for the one behind the last.
func (l *layout) gap(i int) (at rule.Span, want string) {
	at = rule.Span{Start: l.base, End: len(l.src)}
	if i > 0 {
		at.Start = int(l.tokens[i-1].end)
	}
	if i == len(l.tokens) {
		return at, l.end(lineBreaks(l.src[at.Start:]))
	}
	at.End = int(l.tokens[i].start)
	if i > 0 {
		want = l.between(i)
	}
	l.pass(i, want)
	return at, want
}

// end is the white space at the end of the file, where there are some line breaks now.
func (l *layout) end(breaks int32) string {
	if breaks > 1 && !l.opt.KeepBreaks {
		breaks = 1
	}
	if breaks == 0 && l.opt.FinalBreak {
		breaks = 1
	}
	return strings.Repeat(l.eol, int(breaks))
}

// between is the white space between a token and the one before it.
func (l *layout) between(i int) string {
	a, b := &l.tokens[i-1], &l.tokens[i]
	if len(l.open) > 0 && l.tokens[l.open[len(l.open)-1]].flat {
		return l.onLine(i)
	}
	list := len(l.open) > 0 // what is around the gap has one entry per line
	switch {
	case a.what == '/': // nothing can follow on its line
		return l.newLine(i)
	case a.comment() || b.comment():
		first := list && (a.what == ',' || a.opens()) && l.comesWithoutBreak(i)
		last := list && b.closes()
		if b.breaks > 0 || first || last {
			return l.newLine(i)
		}
	case a.opens() && b.closes():
		return ""
	case list && (a.what == ',' || a.opens() || b.closes()):
		return l.newLine(i)
	}
	return l.onLine(i)
}

// comesWithoutBreak reports whether an entry follows the comments from i on, and all is on one line.
func (l *layout) comesWithoutBreak(i int) bool {
	for ; i < len(l.tokens); i++ {
		if x := &l.tokens[i]; x.breaks > 0 {
			return false
		} else if !x.comment() {
			return !x.closes()
		}
	}
	return false
}

// onLine is the white space between two tokens that stay on one line.
func (l *layout) onLine(i int) string {
	a, b := &l.tokens[i-1], &l.tokens[i]
	switch {
	case a.opens() && b.closes(), b.what == ',', b.what == ':':
		return ""
	case b.comment() && a.end < b.start && b.breaks == 0:
		return l.src[a.end:b.start]
	case a.comment(), b.comment(), a.what == ',', a.what == ':':
		return " "
	case a.opens():
		return l.padding(i - 1)
	case b.closes():
		return l.padding(int(b.match))
	}
	return "" // not in a text without errors
}

// padding is what is inside the brackets of an object or array that stays on its line: a blank where there is one behind
// the first.
func (l *layout) padding(open int) string {
	if l.tokens[open].end < l.tokens[open+1].start {
		return " "
	}
	return ""
}

// newLine is a line break before a token, its indentation and, where there is one now, an empty line between entries.
func (l *layout) newLine(i int) string {
	a, b := &l.tokens[i-1], &l.tokens[i]
	depth := len(l.open)
	if b.closes() {
		depth--
	}
	for len(l.indents) <= depth {
		level := "\t"
		if !l.opt.Tabs {
			level = strings.Repeat(" ", l.opt.TabSize)
		}
		l.indents = append(l.indents, l.eol+strings.Repeat(level, len(l.indents)))
	}
	if b.breaks > 1 && !a.opens() && !b.closes() {
		return l.eol + l.indents[depth]
	}
	return l.indents[depth]
}

// pass goes over a token, with the white space before it.
func (l *layout) pass(i int, before string) {
	l.advance(before)
	x := &l.tokens[i]
	switch {
	case x.opens():
		x.flat = l.staysFlat(i)
		l.open = append(l.open, i)
	case x.closes():
		l.open = l.open[:len(l.open)-1]
	}
	l.advance(l.src[x.start:x.end])
}

// advance moves the column behind a text.
func (l *layout) advance(s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\n' || c == '\r':
			l.column = 0
		case c == '\t':
			l.column += l.opt.TabSize
		case utf8.RuneStart(c):
			l.column++
		}
	}
}

// staysFlat reports whether the object or array that begins at a token stays on its line.
func (l *layout) staysFlat(i int) bool {
	x := &l.tokens[i]
	if len(l.open) == 0 || l.tokens[x.match].line != x.line {
		return false
	}
	if l.tokens[l.open[len(l.open)-1]].flat {
		return true
	}
	width := l.column
	for k := i; k <= int(x.match); k++ {
		t := &l.tokens[k]
		if t.opens() && k > i && int(t.match) > k+1 && (x.what != '[' || k != i+1 || t.match != x.match-1) {
			return false // not empty, and not the only one in an array
		}
		if k > i {
			width += utf8.RuneCountInString(l.onLine(k))
		}
		if width += utf8.RuneCountInString(l.src[t.start:t.end]); width > maxFlat {
			return false
		}
	}
	if next := int(x.match) + 1; next < len(l.tokens) && l.tokens[next].what == ',' {
		width++
	}
	return width <= maxFlat
}
