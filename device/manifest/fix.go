package manifest

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// Fixes are edits of the text, not of the tree: what is around a change keeps its comments and its layout.

// fix adds a way to mend a finding.
func fix(f *rule.Finding, title string, edits ...rule.Edit) {
	propose(f, rule.Fix{Title: title, Edits: edits})
}

// safeFix adds a way to mend a finding that needs no look.
func safeFix(f *rule.Finding, title string, edits ...rule.Edit) {
	propose(f, rule.Fix{Title: title, Preferred: true, Edits: edits})
}

// propose adds a fix, unless one before it makes the same text: "bin/app" with its slash is the usual "/bin/app".
func propose(f *rule.Finding, x rule.Fix) {
	if !slices.ContainsFunc(f.Fixes, func(o rule.Fix) bool { return slices.Equal(o.Edits, x.Edits) }) {
		f.Fixes = append(f.Fixes, x)
	}
}

func edit(start, end int, text string) rule.Edit {
	return rule.Edit{Span: rule.Span{Start: start, End: end}, New: text}
}

// replace writes JSON text in a node's place.
func replace(n *jsonc.Node, text string) rule.Edit { return edit(n.Start, n.End, text) }

// rename gives a member another key.
func rename(n *jsonc.Node, key string) rule.Edit {
	return edit(n.Key.Start, n.Key.End, strconv.Quote(key))
}

// remove takes a member or element out, with the comma that becomes superfluous.
func (p *pass) remove(n *jsonc.Node) rule.Edit {
	c, at := n.Parent, n.Whole()
	switch {
	case n.Index+1 < len(c.Children):
		return edit(at.Start, c.Children[n.Index+1].Whole().Start, "")
	case n.Index > 0:
		return edit(c.Children[n.Index-1].Whole().End, at.End, "")
	case c.Unclosed:
		return edit(at.Start, at.End, "")
	}
	return edit(c.Start+1, c.End-1, "")
}

// insert adds a member or element to a container: behind the child with that index, -1 for the front.
func (p *pass) insert(c *jsonc.Node, after int, text string) rule.Edit {
	src := p.file.Src
	if len(c.Children) == 0 {
		end := c.End - 1
		if c.Unclosed {
			end = c.End
		}
		base := p.indent(c.Start)
		if c.Kind == jsonc.Array || !strings.Contains(src, "\n") {
			return edit(c.Start+1, end, " "+text+" ")
		}
		return edit(c.Start+1, end, p.newline()+base+p.unit()+text+p.newline()+base)
	}
	first := c.Children[0].Whole().Start
	gap := " "
	if strings.Contains(src[c.Start:first], "\n") {
		gap = p.newline() + p.indent(first)
	}
	if after < 0 {
		return edit(first, first, text+","+gap)
	}
	end := c.Children[after].Whole().End
	return edit(end, end, ","+gap+text)
}

// add adds a member or element at the end.
func (p *pass) add(c *jsonc.Node, text string) rule.Edit { return p.insert(c, len(c.Children)-1, text) }

// insertField adds a top-level property where projects usually have it.
func (p *pass) insertField(name, value string) rule.Edit {
	after := -1
	for i := range fields {
		if fields[i].name == name {
			break
		}
		if n := p.m.top(fields[i].name); n != nil {
			after = max(after, n.Index)
		}
	}
	if after < 0 && name != fields[0].name {
		after = len(p.m.root.Children) - 1
	}
	return p.insert(p.m.root, after, strconv.Quote(name)+": "+value)
}

// addCapability adds a capability; ok is false if there is no place for it.
func (p *pass) addCapability(name, value string) (e rule.Edit, ok bool) {
	text := strconv.Quote(name) + ": " + value
	switch c := p.m.caps; {
	case c != nil && c.Kind == jsonc.Object:
		return p.add(c, text), true
	case c == nil && p.m.root != nil:
		return p.insertField("Capabilities", "{ "+text+" }"), true
	}
	return rule.Edit{}, false
}

// maxIndent is how much white space at the beginning of a line is looked at.
const maxIndent = 200

// indent returns the white space that the line of an offset begins with.
func (p *pass) indent(offset int) string {
	if p.lines == nil {
		p.lines = jsonc.NewLines(p.file.Src)
	}
	_, column := p.lines.UTF8(offset)
	line := p.file.Src[offset-column:]
	line = line[:min(len(line), maxIndent)]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// unit returns one step of indentation: what the first member of the file is indented by.
func (p *pass) unit() string {
	if p.m.root != nil && len(p.m.root.Children) > 0 {
		first := p.m.root.Children[0].Whole().Start
		if strings.Contains(p.file.Src[p.m.root.Start:first], "\n") {
			if in := p.indent(first); in != "" {
				return in
			}
		}
	}
	return "  "
}

func (p *pass) newline() string {
	if p.newLine == "" {
		if p.newLine = "\n"; strings.Contains(p.file.Src, "\r\n") {
			p.newLine = "\r\n"
		}
	}
	return p.newLine
}

// newGUID makes a random component id (RFC 9562, version 4).
var newGUID = func() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// isGUID reports whether s is 8-4-4-4-12 hexadecimal digits.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return false
		}
	}
	return true
}

// normalGUID returns the usual form of what is a GUID but for braces, dashes or space; "" if it is none.
func normalGUID(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t{}()"))
	if isGUID(s) {
		return s
	}
	if s = strings.ReplaceAll(s, "-", ""); len(s) == 32 {
		s = s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
		if isGUID(s) {
			return s
		}
	}
	return ""
}

const zeroGUID = "00000000-0000-0000-0000-000000000000"

// quoteList writes names for a message: "a", "b" or "c".
func quoteList(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = strconv.Quote(n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}

// didYouMean is the end of a message about a wrong name.
func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + quoteList(names) + "?"
}
