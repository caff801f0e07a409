package csource

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// maxSource is how much of a text is read; offsets in tokens have 32 bits.
const maxSource = 1 << 30

// cond is a conditional directive; the parser undoes at an #else what the branch before it did to the brackets.
type cond struct {
	kind condKind
	at   int // index of the first token of the code behind it
}

type condKind uint8

const (
	condIf condKind = iota
	condElse
	condEndif
)

type lexer struct {
	f       *File
	src     string // without line splices
	splices []splice
	next    int // the first splice that is behind everything lexed so far
	pos     int
	foreign bool // the text is not UTF-8
	all     bool // read what is switched off as well

	dead    int               // depth of #if inside what is switched off; 0: it is read
	from    int               // where that began
	fixed   map[string]string // the number or macro that a macro stands for; "": none that is certain
	taken   []bool            // per open #if: a branch that is certainly compiled was there
	guards  []Guard           // per open #if: that of its branch; without a Macro if none guards it
	bol     bool              // nothing but space on the line so far
	literal bool              // the last token of the code is the last string of f.Strings
	parts   []byte            // what that says, if it is more than one literal
}

// splice is a place in the text without splices, and how many bytes have been taken out before it in all.
type splice struct{ at, removed int }

// lex fills a file's tokens, comments, defines and includes.
func lex(f *File, all bool) {
	src := f.Src
	if len(src) > maxSource {
		src = src[:maxSource]
	}
	l := &lexer{f: f, all: all, bol: true, foreign: !utf8.ValidString(src)}
	l.src, l.splices = joinLines(src, l.foreign)
	l.f.Tokens = make([]Token, 0, len(src)/6+16)
	if strings.HasPrefix(l.src, "\ufeff") {
		l.pos = len("\ufeff")
	}
	l.run()
	l.endString()
	if l.dead > 0 {
		f.Skipped = append(f.Skipped, l.span(l.from, len(l.src)))
	}
}

// joinLines takes out each backslash with the end of line behind it.
func joinLines(src string, foreign bool) (string, []splice) {
	if !strings.Contains(src, "\\\n") && !strings.Contains(src, "\\\r\n") {
		return src, nil
	}
	var b strings.Builder
	var splices []splice
	b.Grow(len(src))
	done, removed := 0, 0
	for i := 0; i < len(src); i++ {
		if foreign && isLead(src, i) {
			i++
			continue
		}
		if src[i] != '\\' {
			continue
		}
		n := 0
		if strings.HasPrefix(src[i+1:], "\n") {
			n = 2
		} else if strings.HasPrefix(src[i+1:], "\r\n") {
			n = 3
		}
		if n == 0 {
			continue
		}
		b.WriteString(src[done:i])
		removed += n
		splices = append(splices, splice{b.Len(), removed})
		done = i + n
		i = done - 1
	}
	b.WriteString(src[done:])
	return b.String(), splices
}

// isLead reports whether at i stands a character of two bytes in Shift-JIS, whose second byte may look like ASCII.
func isLead(src string, i int) bool {
	c := src[i]
	return (c >= 0x81 && c <= 0x9f || c >= 0xe0 && c <= 0xfc) && i+1 < len(src) && src[i+1] >= 0x40
}

// original turns an offset of the joined text into one of the file.
func (l *lexer) original(at int) int {
	if l.splices == nil {
		return at
	}
	// Offsets are asked for in ascending order but for few.
	n := l.next
	if n > 0 && l.splices[n-1].at > at {
		n = sort.Search(len(l.splices), func(i int) bool { return l.splices[i].at > at })
	}
	for n < len(l.splices) && l.splices[n].at <= at {
		n++
	}
	l.next = n
	if n == 0 {
		return at
	}
	return at + l.splices[n-1].removed
}

// span turns a range of the joined text into one of the file.
func (l *lexer) span(start, end int) Span {
	s := l.original(start)
	if end <= start {
		return Span{s, s}
	}
	return Span{s, l.original(end-1) + 1}
}

// token makes a token.
func (l *lexer) token(kind Kind, start, end int) Token {
	s := l.span(start, end)
	t := Token{Text: l.src[start:end], start: int32(s.Start), end: int32(s.End), Kind: kind}
	if kind == Punct {
		for i := start; i < end; i++ {
			t.op = t.op<<8 | op(l.src[i])
		}
	}
	return t
}

// run reads the whole text.
func (l *lexer) run() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '\n':
			l.pos++
			l.bol = true
		case isSpace(c):
			l.pos++
		case c == '/' && l.comment():
		case c == '#' && l.bol:
			l.directive()
		default:
			l.bol = false
			start := l.pos
			kind := l.scan()
			if l.dead > 0 {
				continue
			}
			t := l.token(kind, start, l.pos)
			l.f.Tokens = append(l.f.Tokens, t)
			if kind == String {
				l.addString(t)
			} else {
				l.endString()
			}
		}
	}
}

// addString joins a string of the code to the one directly before it.
func (l *lexer) addString(t Token) {
	if !l.literal {
		l.literal = true
		l.f.Strings = append(l.f.Strings, Literal{decode(t.Text), t.Span()})
		return
	}
	s := &l.f.Strings[len(l.f.Strings)-1]
	if len(l.parts) == 0 {
		l.parts = append(l.parts, s.Value...)
	}
	l.parts = append(l.parts, decode(t.Text)...)
	s.Span.End = int(t.end)
}

// endString ends a sequence of strings.
func (l *lexer) endString() {
	if l.literal && len(l.parts) > 0 {
		l.f.Strings[len(l.f.Strings)-1].Value = string(l.parts)
		l.parts = l.parts[:0]
	}
	l.literal = false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

// comment reads a comment at the position, if there is one.
func (l *lexer) comment() bool {
	start := l.pos
	rest := l.src[start:]
	switch {
	case strings.HasPrefix(rest, "//"):
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		l.pos += end
	case strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest[2:], "*/")
		if end < 0 {
			l.pos = len(l.src)
		} else {
			l.pos += 2 + end + 2
		}
	default:
		return false
	}
	if l.dead == 0 {
		l.f.Comments = append(l.f.Comments, l.span(start, l.pos))
	}
	return true
}

// classes of bytes.
const (
	clsIdent = 1 << iota // may be in an identifier
	clsDigit
)

var classes = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9':
			t[c] = clsIdent | clsDigit
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c >= 0x80:
			t[c] = clsIdent
		}
	}
	return t
}()

// scan moves behind the token at the position.
func (l *lexer) scan() Kind {
	src, i := l.src, l.pos
	c := src[i]
	switch cls := classes[c]; {
	case cls&clsDigit != 0 || c == '.' && i+1 < len(src) && classes[src[i+1]]&clsDigit != 0:
		for i++; i < len(src); i++ {
			if d := src[i]; classes[d]&clsIdent == 0 && d != '.' && !((d == '+' || d == '-') && strings.IndexByte("eEpP", src[i-1]) >= 0) {
				break
			}
		}
		l.pos = i
		return Number
	case cls&clsIdent != 0:
		for i++; i < len(src) && classes[src[i]]&clsIdent != 0; i++ {
		}
		if i < len(src) && (src[i] == '"' || src[i] == '\'') && isPrefix(src[l.pos:i]) {
			return l.quoted(i)
		}
		l.pos = i
		return Ident
	case c == '"' || c == '\'':
		return l.quoted(i)
	}
	n := punctuator(src[i:])
	if n == 0 {
		l.pos++
		return Other
	}
	l.pos += n
	return Punct
}

func isPrefix(s string) bool { return s == "L" || s == "u8" || s == "u" || s == "U" }

// quoted reads a string or character constant whose quote is at i. It ends at the end of the line at the latest.
func (l *lexer) quoted(i int) Kind {
	src, quote := l.src, l.src[i]
	kind := String
	if quote == '\'' {
		kind = Char
	}
	for i++; i < len(src); i++ {
		switch c := src[i]; {
		case c == quote:
			l.pos = i + 1
			return kind
		case c == '\n':
			if src[i-1] == '\r' {
				i--
			}
			l.pos = i
			return kind
		case c == '\\' && i+1 < len(src) && src[i+1] != '\n', c >= 0x80 && l.foreign && isLead(src, i) && src[i+1] != '\n':
			i++
		}
	}
	l.pos = len(src)
	return kind
}

// punctuator returns the length of the punctuator that s begins with; 0: none.
func punctuator(s string) int {
	if len(s) >= 3 {
		switch s[:3] {
		case "...", "<<=", ">>=":
			return 3
		}
	}
	if len(s) >= 2 {
		switch s[:2] {
		case "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##":
			return 2
		}
	}
	if strings.IndexByte("()[]{},;=*&.+-/%<>!?:~|^#", s[0]) >= 0 {
		return 1
	}
	return 0
}

// decode returns what a string literal says. Escapes that C does not know stand for themselves.
func decode(lit string) string {
	lit = lit[strings.IndexByte(lit, '"')+1:]
	if n := len(lit); n > 0 && lit[n-1] == '"' {
		lit = lit[:n-1]
	}
	if strings.IndexByte(lit, '\\') < 0 {
		return lit
	}
	b := make([]byte, 0, len(lit))
	for i := 0; i < len(lit); i++ {
		c := lit[i]
		if c != '\\' || i+1 == len(lit) {
			b = append(b, c)
			continue
		}
		i++
		switch c = lit[i]; {
		case c >= '0' && c <= '7':
			v := 0
			end := min(i+3, len(lit))
			for ; i < end && lit[i] >= '0' && lit[i] <= '7'; i++ {
				v = v<<3 | int(lit[i]-'0')
			}
			i--
			b = append(b, byte(v))
		case c == 'x':
			v := 0
			for i++; i < len(lit) && hex(lit[i]) >= 0; i++ {
				v = v<<4&0xff | hex(lit[i])
			}
			i--
			b = append(b, byte(v))
		default:
			if at := strings.IndexByte("abefnrtv", c); at >= 0 {
				c = "\a\b\x1b\f\n\r\t\v"[at]
			}
			b = append(b, c)
		}
	}
	return string(b)
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
