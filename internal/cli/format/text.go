package format

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"armillary.dev/device/deverr"
	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// How much of a line of source is shown: maxWidth columns, less on a narrow terminal, but no less than minWidth.
const (
	maxWidth = 100
	minWidth = 20
)

// Text prints each finding with the line that it is about:
//
//	app_manifest.json:8:21: error: GPIO 27 belongs to ISU0, which Uart claims [AZS101]
//	    8 |     "Gpio": [ 8, 27 ],
//	      |                  ^^
//	      = also: app_manifest.json:9:17: "ISU0" is claimed here
//	      = device: refuses it with 2.35 (2097187) RequestedPeripheralsRequireSamePin
//	      = fix: move to GPIO 0
func Text(w io.Writer, r *Report, o Options) error {
	b := bufio.NewWriter(w)
	p := paint(o.Colour)
	for i := range r.Files {
		f := &r.Files[i]
		for j := range f.Findings {
			if x := &f.Findings[j]; o.Hints || x.Severity != rule.Hint {
				one(b, p, o.Width, f, x)
				fmt.Fprintln(b)
			}
		}
	}
	return b.Flush()
}

func one(b *bufio.Writer, p paint, columns int, f *File, x *rule.Finding) {
	line, col := f.Map.LineCol(x.Span.Start)
	fmt.Fprintf(b, "%s: %s: %s %s\n", p.bold(fmt.Sprintf("%s:%d:%d", Plain(f.Path), line, col)),
		p.severity(x.Severity, x.Severity.String()), p.bold(Plain(x.Message)), p.dim("["+x.Rule.Code+"]"))
	gutter := fmt.Sprintf("%5d | ", line)
	room := maxWidth
	if columns > 0 {
		room = min(room, max(columns-len(gutter), minWidth))
	}
	source, mark := excerpt(f.Map, x.Span, room)
	blank := strings.Repeat(" ", len(gutter)-2) // up to the bar
	if strings.TrimSpace(source) != "" {
		fmt.Fprintf(b, "%s%s\n%s%s\n", p.dim(gutter), source, p.dim(blank+"| "), p.severity(x.Severity, mark))
	}
	note := func(what, format string, args ...any) {
		fmt.Fprintf(b, "%s%s %s\n", p.dim(blank), p.dim("= "+what+":"), fmt.Sprintf(format, args...))
	}
	for _, r := range x.Related {
		if path, m, ok := f.other(r.File); ok {
			line, col := m.LineCol(r.Span.Start)
			note("also", "%s:%d:%d: %s", Plain(path), line, col, Plain(r.Message))
		} else {
			note("also", "%s: %s", Plain(path), Plain(r.Message))
		}
	}
	if said := Refusal(x.Refuses); said != "" {
		note("device", "%s", said)
	}
	for i, fix := range x.Fixes {
		if slices.ContainsFunc(x.Fixes[:i], func(f rule.Fix) bool { return f.Title == fix.Title }) {
			continue
		}
		if fix.Preferred {
			note("fix", "%s %s", Plain(fix.Title), p.dim("(--fix)"))
		} else {
			note("fix", "%s", Plain(fix.Title))
		}
	}
}

// Refusal says who turns the file down and how, or nothing.
func Refusal(r rule.Refuses) string {
	if r == (rule.Refuses{}) {
		return ""
	}
	if r.Code == 0 {
		return "no image comes to be; the packer stops here" + sure(r.Confidence)
	}
	name := ""
	if e, ok := deverr.Lookup(r.Code); ok {
		name = " " + e.Name
	}
	verb := "refuses it with"
	if r.Phase == rule.Packed {
		verb = "would refuse it, if it were still there in the package, with"
	}
	return fmt.Sprintf("%s %s (%d)%s%s", verb, deverr.Short(r.Code), r.Code, name, sure(r.Confidence))
}

func sure(c rule.Confidence) string {
	switch c {
	case rule.Recalled:
		return " (not confirmed)"
	case rule.Inferred:
		return " (expected)"
	}
	return ""
}

// excerpt returns the line where a span begins, at most so many columns of it, and a line of carets under the span.
func excerpt(m *text.Map, s rule.Span, most int) (source, mark string) {
	at := m.Position(s.Start, text.UTF8)
	line := m.Line(at.Line)
	if at.Line == 0 {
		line = strings.TrimPrefix(line, "\ufeff")
		if cut := len(m.Line(0)) - len(line); cut > 0 {
			at.Character = max(0, at.Character-cut)
			s.Start, s.End = max(s.Start, cut), max(s.End, cut)
		}
	}
	from := min(at.Character, len(line))
	to := min(from+max(s.End-s.Start, 0), len(line))
	before, under, after := expand(line[:from]), expand(line[from:to]), expand(line[to:])
	room := most
	if after != "" {
		room-- // for the sign that there is more
	}
	if cut := width(before) + width(under) - room; cut > 0 { // the span lies far to the right
		if keep := 12; width(before) > keep { // and is long: its beginning matters most
			cut = min(cut, width(before)-keep)
			before = "…" + dropWidth(before, cut+1)
		}
	}
	if width(before)+width(under) > room {
		under, after = takeWidth(under, most-width(before)-1)+"…", ""
	}
	if room := most - width(before) - width(under); width(after) > room {
		after = takeWidth(after, max(room-1, 0)) + "…"
	}
	source = strings.TrimRight(before+under+after, " ")
	return source, strings.Repeat(" ", width(before)) + strings.Repeat("^", max(1, width(under)))
}

// expand makes a piece of source printable: tabs become spaces, control characters visible.
func expand(s string) string {
	return Plain(strings.ToValidUTF8(strings.ReplaceAll(s, "\t", "    "), "\ufffd"))
}

// width is the number of columns that s takes on a terminal.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// wide are the ranges of characters that take two columns (Unicode East Asian Width W and F, the blocks that matter).
var wide = [][2]rune{
	{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
	{0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
}

func runeWidth(r rune) int {
	if r < wide[0][0] {
		return 1
	}
	for _, w := range wide {
		if r >= w[0] && r <= w[1] {
			return 2
		}
	}
	return 1
}

// takeWidth returns the beginning of s, at most n columns of it.
func takeWidth(s string, n int) string {
	for i, r := range s {
		if n -= runeWidth(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

// dropWidth returns s without its first n columns.
func dropWidth(s string, n int) string {
	for n > 0 && s != "" {
		r, size := utf8.DecodeRuneInString(s)
		s, n = s[size:], n-runeWidth(r)
	}
	return s
}
