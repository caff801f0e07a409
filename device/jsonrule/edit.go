package jsonrule

import (
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// Fixes are edits of the text, not of the tree: what is around a change keeps its comments and its layout.

// Fix adds a way to mend a finding.
func Fix(f *rule.Finding, title string, edits ...rule.Edit) {
	propose(f, rule.Fix{Title: title, Edits: edits})
}

// SafeFix adds a way to mend a finding that needs no look.
func SafeFix(f *rule.Finding, title string, edits ...rule.Edit) {
	propose(f, rule.Fix{Title: title, Preferred: true, Edits: edits})
}

// propose adds a fix, unless one before it makes the same text: "bin/app" with its slash is the usual "/bin/app".
func propose(f *rule.Finding, x rule.Fix) {
	if !slices.ContainsFunc(f.Fixes, func(o rule.Fix) bool { return slices.Equal(o.Edits, x.Edits) }) {
		f.Fixes = append(f.Fixes, x)
	}
}

func Edit(start, end int, text string) rule.Edit {
	return rule.Edit{Span: rule.Span{Start: start, End: end}, New: text}
}

// Replace writes JSON text in a node's place.
func Replace(n *jsonc.Node, text string) rule.Edit { return Edit(n.Start, n.End, text) }

// Rename gives a member another key.
func Rename(n *jsonc.Node, key string) rule.Edit {
	return Edit(n.Key.Start, n.Key.End, strconv.Quote(key))
}

// Remove takes a member or element out, with the comma that becomes superfluous.
func (p *Pass) Remove(n *jsonc.Node) rule.Edit {
	c, at := n.Parent, n.Whole()
	switch {
	case n.Index+1 < len(c.Children):
		return Edit(at.Start, c.Children[n.Index+1].Whole().Start, "")
	case n.Index > 0:
		return Edit(c.Children[n.Index-1].Whole().End, at.End, "")
	case c.Unclosed:
		return Edit(at.Start, at.End, "")
	}
	return Edit(c.Start+1, c.End-1, "")
}

// Insert adds a member or element to a container: behind the child with that index, -1 for the front.
func (p *Pass) Insert(c *jsonc.Node, after int, text string) rule.Edit {
	src := p.File.Src
	if len(c.Children) == 0 {
		end := c.End - 1
		if c.Unclosed {
			end = c.End
		}
		base := p.indent(c.Start)
		if c.Kind == jsonc.Array || !strings.Contains(src, "\n") {
			return Edit(c.Start+1, end, " "+text+" ")
		}
		return Edit(c.Start+1, end, p.newline()+base+p.unit()+text+p.newline()+base)
	}
	first := c.Children[0].Whole().Start
	gap := " "
	if strings.Contains(src[c.Start:first], "\n") {
		gap = p.newline() + p.indent(first)
	}
	if after < 0 {
		return Edit(first, first, text+","+gap)
	}
	end := c.Children[after].Whole().End
	return Edit(end, end, ","+gap+text)
}

// Add adds a member or element at the end.
func (p *Pass) Add(c *jsonc.Node, text string) rule.Edit { return p.Insert(c, len(c.Children)-1, text) }

// maxIndent is how much white space at the beginning of a line is looked at.
const maxIndent = 200

// indent returns the white space that the line of an offset begins with.
func (p *Pass) indent(offset int) string {
	if p.lines == nil {
		p.lines = jsonc.NewLines(p.File.Src)
	}
	_, column := p.lines.UTF8(offset)
	line := p.File.Src[offset-column:]
	line = line[:min(len(line), maxIndent)]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// unit returns one step of indentation: what the first member of the file is indented by.
func (p *Pass) unit() string {
	if len(p.File.Root.Children) > 0 {
		first := p.File.Root.Children[0].Whole().Start
		if strings.Contains(p.File.Src[p.File.Root.Start:first], "\n") {
			if in := p.indent(first); in != "" {
				return in
			}
		}
	}
	return "  "
}

func (p *Pass) newline() string {
	if p.newLine == "" {
		if p.newLine = "\n"; strings.Contains(p.File.Src, "\r\n") {
			p.newLine = "\r\n"
		}
	}
	return p.newLine
}

// QuoteList writes names for a message of which one is meant: "a", "b" or "c".
func QuoteList(names []string) string { return quote(names, " or ") }

// QuoteAll writes names for a message that is about all of them: "a", "b" and "c".
func QuoteAll(names []string) string { return quote(names, " and ") }

func quote(names []string, last string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = strconv.Quote(n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + last + q[len(q)-1]
}

// DidYouMean is the end of a message about a wrong name.
func DidYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + QuoteList(names) + "?"
}
