package analysis

import (
	"slices"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// Structured reports whether the file has brackets and values that we know: JSON of ours. For others an editor has its own
// ways to fold and to select, which an empty answer would stand in front of.
func (f *File) Structured() bool { return f.Ours() && f.FileReport.File != nil }

// Selections returns what is selected from an offset outwards: the content of a string, the value, its member, what is
// between the brackets around it, the brackets too, and so on up to the whole file. Each holds the one before and is
// larger. There is at least one.
func (f *File) Selections(offset int) []rule.Span {
	t := f.FileReport.File
	if !f.Structured() {
		return []rule.Span{{Start: max(0, offset), End: max(0, offset)}}
	}
	offset = min(max(offset, 0), len(t.Src))
	s := selection{src: t.Src, at: offset}
	c := t.PathAt(offset)
	if c.Place == jsonc.InComment {
		i, found := slices.BinarySearchFunc(t.Comments, offset, func(s jsonc.Span, at int) int { return s.Start - at })
		if !found {
			i--
		}
		comment := rule.Span(t.Comments[i])
		s.add(comment)
		c = t.PathAt(comment.Start)
	}
	if c.Place == jsonc.AtKey {
		s.scalar(c.Node.Key)
	}
	for n := c.Node; n != nil; n = n.Parent {
		switch {
		case n.Kind == jsonc.Object || n.Kind == jsonc.Array:
			s.add(s.inside(n))
			s.add(span(n))
		case c.Place != jsonc.AtKey || n != c.Node:
			s.scalar(n)
		}
		s.add(whole(n))
	}
	s.add(rule.Span{End: len(t.Src)})
	if len(s.spans) == 0 { // an empty file
		s.spans = []rule.Span{{Start: offset, End: offset}}
	}
	return s.spans
}

// selection collects spans that grow.
type selection struct {
	src   string
	at    int
	spans []rule.Span
}

// add takes a span that holds the one before, or the offset, and is larger.
func (s *selection) add(x rule.Span) {
	inner := rule.Span{Start: s.at, End: s.at}
	if len(s.spans) > 0 {
		inner = s.spans[len(s.spans)-1]
	}
	if x.Start <= inner.Start && inner.End <= x.End && x.End-x.Start > inner.End-inner.Start {
		s.spans = append(s.spans, x)
	}
}

// scalar takes a string's content, then the value as it is written.
func (s *selection) scalar(n *jsonc.Node) {
	s.add(content(n))
	s.add(span(n))
}

// inside is what is between a container's brackets, without white space at its ends.
func (s *selection) inside(n *jsonc.Node) rule.Span {
	start, end := n.Start+1, n.End
	if !n.Unclosed {
		end--
	}
	const blank = " \t\r\n"
	text := s.src[start:end]
	start += len(text) - len(strings.TrimLeft(text, blank))
	return rule.Span{Start: start, End: max(start, end-(len(text)-len(strings.TrimRight(text, blank))))}
}

// content is a string without its quotes; of everything else all of it.
func content(n *jsonc.Node) rule.Span {
	at := span(n)
	if n.Kind == jsonc.String && n.End > n.Start {
		at.Start++
		if !n.Unclosed {
			at.End--
		}
	}
	return at
}
