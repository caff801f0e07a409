package jsonc

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxPerCode is how many errors of one code are kept: comments by the thousand must not hide that a bracket is missing.
const maxPerCode = 1000

// Parse reads a text. It never fails and does not keep src.
func Parse(src []byte) *File { return ParseString(string(src)) }

// ParseString is Parse for a text that is a string already.
func ParseString(src string) *File {
	p := &parser{s: src, file: &File{Src: src}, keyAhead: -1, handed: -1, open: -1}
	p.encoding()
	p.text()
	byPlace := func(a, b Error) int { return a.Start - b.Start }
	if !slices.IsSortedFunc(p.file.Errors, byPlace) {
		slices.SortStableFunc(p.file.Errors, byPlace)
	}
	return p.file
}

type parser struct {
	s    string
	i    int // next byte
	file *File

	depth    int // open containers
	objects  int // of them objects
	arrays   int // of them arrays
	keyAhead int // offset of a string that is known to be followed by a colon, see array
	tooDeep  bool
	handed   int // offset of a comma that an unclosed container read but that belongs behind it, or -1
	missing  int // where the last unclosed container's bracket belongs
	open     int // index of its error, or -1

	counts [Codes]int // errors by their code

	slab  []Node  // nodes are cut from larger allocations
	links []*Node // and so are lists of children
	stack []*Node // children of the containers that are being read
}

func (p *parser) node(k Kind, start, end int, parent *Node) *Node {
	if len(p.slab) == 0 {
		// About one node per 12 bytes in manifests and definitions; the first slab fits most manifests.
		p.slab = make([]Node, min(max(16, (len(p.s)-p.i)/12), 1024))
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.Kind, n.Start, n.End, n.Parent = k, start, end, parent
	return n
}

// fail notes an error. Hostile text could have one per byte; beyond maxPerCode they are counted.
func (p *parser) fail(c Code, start, end int, msg string) *Error {
	if p.counts[c]++; p.counts[c] > maxPerCode {
		p.file.Dropped[c]++
		return new(Error)
	}
	p.file.Errors = append(p.file.Errors, Error{Code: c, Start: start, End: end, Msg: msg})
	return &p.file.Errors[len(p.file.Errors)-1]
}

func (p *parser) encoding() {
	if strings.HasPrefix(p.s, "\uFEFF") {
		p.fail(BOM, 0, 3, "the file begins with a byte order mark")
		p.i = 3
	}
	if utf8.ValidString(p.s) {
		return
	}
	for i := 0; i < len(p.s); {
		r, size := utf8.DecodeRuneInString(p.s[i:])
		if r == utf8.RuneError && size == 1 {
			p.fail(BadUTF8, i, i+1, fmt.Sprintf("byte 0x%02x is not UTF-8", p.s[i]))
			return
		}
		i += size
	}
}

// text reads the one value and notes what is around it.
func (p *parser) text() {
	p.space()
	if p.i == len(p.s) {
		p.file.Root = p.node(Missing, p.i, p.i, nil)
		p.fail(Empty, p.i, p.i, "there is no JSON value in this file")
		return
	}
	p.file.Root = p.value(nil)
	p.space()
	if p.i < len(p.s) {
		p.fail(Garbage, p.i, p.i+len(strings.TrimRight(p.s[p.i:], " \t\r\n")), "text after the end of the JSON value")
	}
}

// space skips white space and comments.
func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\n', '\t', '\r':
			p.i++
		case '/':
			end, closed := commentEnd(p.s, p.i)
			if end < 0 {
				return
			}
			p.file.Comments = append(p.file.Comments, Span{p.i, end})
			p.fail(Comment, p.i, end, "JSON has no comments")
			if !closed {
				p.fail(MissingComment, p.i, end, "the comment does not end").Insert = "*/"
			}
			p.i = end
		default:
			return
		}
	}
}

// commentEnd returns the end of the comment that begins at i, or -1 if none does.
func commentEnd(s string, i int) (end int, closed bool) {
	switch {
	case strings.HasPrefix(s[i:], "//"):
		if n := strings.IndexAny(s[i:], "\r\n"); n >= 0 {
			return i + n, true
		}
		return len(s), true
	case strings.HasPrefix(s[i:], "/*"):
		if n := strings.Index(s[i+2:], "*/"); n >= 0 {
			return i + 2 + n + 2, true
		}
		return len(s), false
	}
	return -1, false
}

// value reads the value that begins at p.i, which is not the end of the text.
func (p *parser) value(parent *Node) *Node {
	switch c := p.s[p.i]; c {
	case '{', '[':
		if p.depth == MaxDepth {
			return p.skip(parent)
		}
		if c == '{' {
			return p.object(parent)
		}
		return p.array(parent)
	case '"', '\'':
		return p.str(parent)
	}
	return p.word(parent)
}

func (p *parser) object(parent *Node) *Node {
	n := p.node(Object, p.i, p.i, parent)
	p.depth++
	p.objects++
	base := len(p.stack)
	p.i++
	last := p.i // end of the last member
	comma := -1 // offset of the comma before p.i, if no member came since
	for {
		p.space()
		if p.i == len(p.s) {
			p.unclosed(n, last, comma)
			break
		}
		c := p.s[p.i]
		if c == '}' {
			p.trailing(comma, len(p.stack) > base)
			p.i++
			break
		}
		if c == ']' {
			if p.arrays > 0 {
				p.unclosed(n, last, comma)
				break
			}
			p.fail(Garbage, p.i, p.i+1, "this bracket closes nothing")
			p.i++
			continue
		}
		if c == ',' {
			if comma >= 0 || len(p.stack) == base {
				p.fail(ExtraComma, p.i, p.i+1, "there is nothing before this comma")
			}
			comma = p.i
			p.i++
			continue
		}
		if comma < 0 && len(p.stack) > base {
			p.fail(MissingComma, last, last, "a comma is missing here").Insert = ","
		}
		m := p.member(n)
		m.Index = len(p.stack) - base
		p.stack = append(p.stack, m)
		last, comma = p.after(m)
	}
	p.objects--
	p.finish(n, base)
	p.duplicates(n)
	return n
}

// member reads key, colon and value.
func (p *parser) member(parent *Node) *Node {
	var key *Node
	switch c := p.s[p.i]; c {
	case '"', '\'':
		key = p.str(parent)
	case ':', '{', '[':
		p.fail(MissingKey, p.i, p.i+1, "a key is missing before this value")
		key = p.node(Missing, p.i, p.i, parent)
	default:
		start := p.i
		for p.i < len(p.s) && !strings.ContainsRune("\"',:{}[] \t\r\n", rune(p.s[p.i])) {
			if p.s[p.i] == '/' && p.i > start {
				if end, _ := commentEnd(p.s, p.i); end >= 0 {
					break
				}
			}
			p.i++
		}
		p.fail(UnquotedKey, start, p.i, "a key needs double quotes")
		key = p.node(Invalid, start, p.i, parent)
		key.text = p.s[start:p.i]
	}
	p.space()
	colon := -1
	if p.i < len(p.s) && p.s[p.i] == ':' {
		colon = p.i
		p.i++
		p.space()
	}
	var v *Node
	switch {
	case p.i == len(p.s) || strings.IndexByte(",}]", p.s[p.i]) >= 0 || p.nextIsKey(key, colon):
		at := key.End
		if colon >= 0 {
			at = colon + 1
		}
		v = p.node(Missing, at, at, parent)
		p.fail(MissingValue, key.Start, at, fmt.Sprintf("%q has no value", key.text))
	case p.s[p.i] == ':': // "a" :: 1
		p.fail(Garbage, p.i, p.i+1, "one colon is enough")
		for p.i < len(p.s) && p.s[p.i] == ':' {
			p.i++
			p.space()
		}
		if p.i == len(p.s) || strings.IndexByte(",}]", p.s[p.i]) >= 0 {
			v = p.node(Missing, p.i, p.i, parent)
		} else {
			v = p.value(parent)
		}
	default:
		if colon < 0 && key.Kind != Missing {
			p.fail(MissingColon, key.End, key.End, "a colon is missing here").Insert = ":"
		}
		v = p.value(parent)
	}
	v.Key = key
	return v
}

// nextIsKey reports whether the string at p.i, where a value is expected, is really the next member's key: the value
// has not been typed yet.
func (p *parser) nextIsKey(key *Node, colon int) bool {
	if p.s[p.i] != '"' || colon >= 0 && strings.IndexByte(p.s[colon:p.i], '\n') < 0 {
		return false
	}
	return p.beforeColon(p.i)
}

// beforeColon reports whether the string at i is complete and followed by a colon.
func (p *parser) beforeColon(i int) bool {
	end, closed, _ := stringEnd(p.s, i)
	if !closed {
		return false
	}
	for end < len(p.s) && strings.IndexByte(" \t\r\n", p.s[end]) >= 0 {
		end++
	}
	return end < len(p.s) && p.s[end] == ':'
}

func (p *parser) array(parent *Node) *Node {
	n := p.node(Array, p.i, p.i, parent)
	p.depth++
	p.arrays++
	base := len(p.stack)
	p.i++
	last, comma := p.i, -1
loop:
	for {
		p.space()
		if p.i == len(p.s) {
			p.unclosed(n, last, comma)
			break
		}
		switch c := p.s[p.i]; c {
		case ']':
			p.trailing(comma, len(p.stack) > base)
			p.i++
			break loop
		case '}':
			if p.objects > 0 {
				p.unclosed(n, last, comma)
				break loop
			}
			p.fail(Garbage, p.i, p.i+1, "this brace closes nothing")
			p.i++
			continue
		case ',':
			if comma >= 0 || len(p.stack) == base {
				p.fail(ExtraComma, p.i, p.i+1, "there is nothing before this comma")
			}
			comma = p.i
			p.i++
			continue
		case ':':
			p.fail(Garbage, p.i, p.i+1, "a colon cannot be in an array")
			p.i++
			continue
		case '"':
			// A string with a colon behind it is a member of the object around this array, which lacks its bracket.
			if p.objects > 0 && (p.keyAhead == p.i || p.beforeColon(p.i)) {
				p.keyAhead = p.i
				p.unclosed(n, last, comma)
				break loop
			}
		}
		if comma < 0 && len(p.stack) > base {
			p.fail(MissingComma, last, last, "a comma is missing here").Insert = ","
		}
		m := p.value(n)
		m.Index = len(p.stack) - base
		p.stack = append(p.stack, m)
		last, comma = p.after(m)
	}
	p.arrays--
	p.finish(n, base)
	return n
}

// unclosed notes that a container lacks its bracket, which belongs at the end of its last child. Containers around it
// whose brackets belong there too are part of the same error: one thing is missing, however deep the cursor is.
func (p *parser) unclosed(n *Node, at, comma int) {
	n.Unclosed = true
	p.missing, p.handed = at, comma
	open, shut := "{", "}"
	if n.Kind == Array {
		open, shut = "[", "]"
	}
	if p.open >= 0 && p.file.Errors[p.open].Start == at {
		e := &p.file.Errors[p.open]
		inner := p.s[e.Related.Start:e.Related.End]
		if e.Msg = fmt.Sprintf("%q is not closed, nor are the %d around it", inner, len(e.Insert)); len(e.Insert) == 1 {
			e.Msg = fmt.Sprintf("%q is not closed, nor is the %q around it", inner, open)
		}
		e.Insert += shut
		return
	}
	before := len(p.file.Errors)
	e := p.fail(MissingClose, at, at, fmt.Sprintf("%q is not closed", open))
	e.Insert, e.Related = shut, Span{n.Start, n.Start + 1}
	if p.open = -1; len(p.file.Errors) > before {
		p.open = before
	}
}

// after returns where a child's text ends and the comma behind it that has been read already, or -1.
func (p *parser) after(m *Node) (end, comma int) {
	end, comma, p.handed = m.Whole().End, p.handed, -1
	if m.Unclosed && m.Kind != String {
		end = p.missing
	}
	return end, comma
}

func (p *parser) trailing(comma int, after bool) {
	if comma >= 0 && after {
		p.fail(TrailingComma, comma, comma+1, "JSON allows no comma after the last entry")
	}
}

// finish gives a container its end and its children, those on the stack from base on.
func (p *parser) finish(n *Node, base int) {
	p.depth--
	n.End = p.i
	kids := p.stack[base:]
	if len(kids) > 0 {
		if len(p.links) < len(kids) {
			p.links = make([]*Node, max(len(kids), min(32+(len(p.s)-n.Start)/24, 1024)))
		}
		n.Children = p.links[:len(kids):len(kids)]
		copy(n.Children, kids)
		p.links = p.links[len(kids):]
	}
	p.stack = p.stack[:base]
}

func (p *parser) duplicates(n *Node) {
	if len(n.Children) <= 8 {
		for i, m := range n.Children {
			for _, e := range n.Children[:i] {
				if e.Key.text == m.Key.text && m.Key.Kind != Missing && e.Key.Kind != Missing {
					p.duplicate(e, m)
					break
				}
			}
		}
		return
	}
	seen := make(map[string]*Node, len(n.Children))
	for _, m := range n.Children {
		if m.Key.Kind == Missing {
			continue
		}
		if e := seen[m.Key.text]; e != nil {
			p.duplicate(e, m)
			continue
		}
		seen[m.Key.text] = m
	}
}

func (p *parser) duplicate(first, again *Node) {
	p.fail(DuplicateKey, again.Key.Start, again.Key.End, fmt.Sprintf("%q is already there", again.Key.text)).
		Related = Span{first.Key.Start, first.Key.End}
}

// skip passes over a container that is nested too deep.
func (p *parser) skip(parent *Node) *Node {
	n := p.node(Invalid, p.i, p.i, parent)
	if !p.tooDeep {
		p.tooDeep = true
		p.fail(TooDeep, p.i, p.i+1, fmt.Sprintf("more than %d levels of nesting", MaxDepth))
	}
	open := 0
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case '{', '[':
			open++
			p.i++
		case '}', ']':
			open--
			p.i++
		case '"':
			p.i, _, _ = stringEnd(p.s, p.i)
		case '/':
			if end, _ := commentEnd(p.s, p.i); end >= 0 {
				p.i = end
			} else {
				p.i++
			}
		default:
			p.i++
		}
		if open == 0 {
			break
		}
	}
	n.End = p.i
	return n
}
