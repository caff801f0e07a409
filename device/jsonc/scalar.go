package jsonc

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// stringEnd returns the end of the string that begins with a quote at i: behind the closing quote, or at the end of the
// line where there is none.
func stringEnd(s string, i int) (end int, closed, plain bool) {
	quote, plain := s[i], true
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote:
			return i + 1, true, plain
		case c == '\\':
			plain = false
			if i+1 < len(s) && s[i+1] != '\n' && s[i+1] != '\r' {
				i++
			}
		case c == '\n' || c == '\r':
			return i, false, plain
		case c < ' ' || c >= utf8.RuneSelf:
			plain = false
		}
	}
	return len(s), false, plain
}

// str reads a string.
func (p *parser) str(parent *Node) *Node {
	start := p.i
	end, closed, plain := stringEnd(p.s, start)
	n := p.node(String, start, end, parent)
	body := end - 1
	if !closed {
		end = p.cut(start, end)
		body = end
		n.End, n.Unclosed = end, true
		p.fail(MissingQuote, start, end, "the string does not end on its line").Insert = `"`
	}
	if p.s[start] == '\'' {
		p.fail(SingleQuote, start, end, "a string needs double quotes")
	}
	n.text = p.s[start+1 : body]
	if !plain {
		n.text = p.unescape(start+1, body)
	}
	p.i = end
	return n
}

// cut says where a string without a closing quote should have ended: before the comma and the closing brackets at the
// end of its line, as far as they close what is open.
func (p *parser) cut(start, end int) int {
	trim := func(to int) int { return start + 1 + len(strings.TrimRight(p.s[start+1:to], " \t")) }
	end = trim(end)
	at := end
	if at > start+1 && p.s[at-1] == ',' {
		at = trim(at - 1)
		end = at
	}
	objects, arrays := p.objects, p.arrays
	for at > start+1 {
		switch p.s[at-1] {
		case '}':
			objects--
		case ']':
			arrays--
		default:
			return end
		}
		if objects < 0 || arrays < 0 {
			return end
		}
		at = trim(at - 1)
		end = at
	}
	return end
}

// unescape decodes the text of a string and notes what is wrong in it. Bytes that are not UTF-8 and halves of surrogate
// pairs become U+FFFD, as in encoding/json.
func (p *parser) unescape(from, to int) string {
	var b strings.Builder
	s := p.s[:to]
	for i := from; i < to; {
		c := s[i]
		switch {
		case c == '\\':
			r, size := escape(s[i:])
			if size == 0 {
				size = min(2, to-i)
				if i+1 < to && s[i+1] >= utf8.RuneSelf {
					_, w := utf8.DecodeRuneInString(s[i+1:])
					size = 1 + w
				}
				p.fail(BadEscape, i, i+size, fmt.Sprintf("%q is no escape sequence of JSON", s[i:i+size]))
				b.WriteString(s[i+1 : i+size])
			} else {
				if utf16.IsSurrogate(r) {
					second, w := rune(0), 0
					if i+size < to && s[i+size] == '\\' {
						second, w = escape(s[i+size:])
					}
					if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
						size += w
					}
				}
				b.WriteRune(r)
			}
			i += size
		case c < ' ':
			p.fail(BadControl, i, i+1, fmt.Sprintf("control character 0x%02x inside a string; write it as an escape sequence", c))
			b.WriteByte(c)
			i++
		case c < utf8.RuneSelf:
			b.WriteByte(c)
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			b.WriteRune(r)
			i += size
		}
	}
	return b.String()
}

// escape decodes the escape sequence that s begins with; size 0 if there is none.
func escape(s string) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		if len(s) < 6 {
			return 0, 0
		}
		for _, c := range []byte(s[2:6]) {
			switch {
			case c >= '0' && c <= '9':
				c -= '0'
			case c >= 'a' && c <= 'f':
				c -= 'a' - 10
			case c >= 'A' && c <= 'F':
				c -= 'A' - 10
			default:
				return 0, 0
			}
			r = r<<4 | rune(c)
		}
		return r, 6
	}
	return 0, 0
}

// word reads what begins like no string and no container: a number, a literal, or text that is neither.
func (p *parser) word(parent *Node) *Node {
	start := p.i
	p.i = p.wordEnd(start)
	if p.i == start { // a stray delimiter; take it, so that reading goes on
		p.i++
		p.fail(Garbage, start, p.i, fmt.Sprintf("%q cannot be here", p.s[start:p.i]))
		return p.node(Invalid, start, p.i, parent)
	}
	n := p.node(Invalid, start, p.i, parent)
	n.text = p.s[start:p.i]
	switch c := n.text[0]; {
	case n.text == "true" || n.text == "false":
		n.Kind = Bool
		return n
	case n.text == "null":
		n.Kind = Null
		return n
	case isNumber(n.text):
		n.Kind = Number
		return n
	case (c == '-' || c == '+' || c == '.' || c >= '0' && c <= '9') && strings.Trim(n.text, "+-.0123456789abcdefABCDEFxX_") == "":
		p.fail(BadNumber, start, p.i, fmt.Sprintf("%q is no number of JSON", n.text))
		return n
	}
	// Text in words: take what stands on this line up to the next delimiter as one.
	for {
		j := p.i
		for j < len(p.s) && (p.s[j] == ' ' || p.s[j] == '\t') {
			j++
		}
		end := p.wordEnd(j)
		if end == j || j == p.i {
			break
		}
		p.i = end
	}
	n.End, n.text = p.i, p.s[start:p.i]
	p.fail(BadValue, start, p.i, fmt.Sprintf("%q is no JSON value", clip(n.text)))
	return n
}

func (p *parser) wordEnd(i int) int {
	for ; i < len(p.s); i++ {
		switch p.s[i] {
		case ' ', '\t', '\r', '\n', ',', ':', '{', '}', '[', ']', '"':
			return i
		case '/':
			if end, _ := commentEnd(p.s, i); end >= 0 {
				return i
			}
		}
	}
	return i
}

// isNumber reports whether s is a number by JSON's grammar.
func isNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if strings.HasPrefix(s, "0") {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if strings.HasPrefix(s, ".") {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

// clip shortens a text for a message.
func clip(s string) string {
	const limit = 40
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
