package eval

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIdent
	tokRegister // $name
	tokNumber
	tokChar
	tokString
	tokOp
)

type token struct {
	kind tokenKind
	pos  int
	end  int
	text string  // identifier, operator, register name without $, contents of a string
	num  uint64  // of numbers and characters
	flt  float64 // of numbers with fraction or exponent
	typ  *Type   // of numbers and characters
}

// operators, longest first.
var operators = []string{"<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "::",
	"+", "-", "*", "/", "%", "&", "|", "^", "~", "!", "<", ">", "=", "(", ")", "[", "]", ".", ",", "?", ":", "@"}

func failAt(pos int, format string, args ...any) *Error {
	e := fmt.Errorf(format, args...)
	return &Error{Pos: pos, Msg: e.Error(), Err: unwrap(e)}
}

func unwrap(e error) error {
	if u, ok := e.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// lex splits an expression into tokens; the last one is tokEOF.
func lex(s string) ([]token, error) {
	var out []token
	i := 0
	for {
		for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
			i++
		}
		if i >= len(s) {
			return append(out, token{kind: tokEOF, pos: len(s), end: len(s)}), nil
		}
		t := token{pos: i}
		c := s[i]
		switch {
		case c >= '0' && c <= '9' || c == '.' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			if err := lexNumber(s, &i, &t); err != nil {
				return nil, err
			}
		case isIdent(c) || c >= utf8.RuneSelf:
			for i < len(s) && (isIdent(s[i]) || s[i] >= utf8.RuneSelf) {
				i++
			}
			t.kind, t.text = tokIdent, s[t.pos:i]
		case c == '$':
			i++
			for i < len(s) && isIdent(s[i]) {
				i++
			}
			t.kind, t.text = tokRegister, s[t.pos+1:i]
			if t.text == "" {
				return nil, failAt(t.pos, "a register name is missing after $")
			}
		case c == '\'' || c == '"':
			if err := lexQuoted(s, &i, &t); err != nil {
				return nil, err
			}
		default:
			for _, op := range operators {
				if strings.HasPrefix(s[i:], op) {
					t.kind, t.text = tokOp, op
					break
				}
			}
			if t.kind != tokOp {
				return nil, failAt(i, "%q does not belong in an expression", rune(c))
			}
			i += len(t.text)
		}
		t.end = i
		out = append(out, t)
	}
}

func lexNumber(s string, pos *int, t *token) error {
	start := *pos
	i := start
	hex := strings.HasPrefix(s[i:], "0x") || strings.HasPrefix(s[i:], "0X")
	for i < len(s) {
		c := s[i]
		if isIdent(c) || c == '.' {
			i++
			continue
		}
		exp := s[i-1] | 0x20
		if (c == '+' || c == '-') && i > start && (exp == 'e' && !hex || exp == 'p' && hex) {
			i++
			continue
		}
		break
	}
	text := s[start:i]
	*pos = i
	t.kind, t.text = tokNumber, text
	low := strings.ToLower(text)
	if strings.ContainsAny(low, ".") || !hex && strings.ContainsAny(low, "e") && !strings.HasPrefix(low, "0b") || hex && strings.Contains(low, "p") {
		t.typ = typeDouble
		body := low
		if !hex || strings.Contains(low, "p") {
			switch {
			case strings.HasSuffix(body, "f"):
				body, t.typ = body[:len(body)-1], typeFloat
			case strings.HasSuffix(body, "l"):
				body = body[:len(body)-1]
			}
		}
		f, err := strconv.ParseFloat(body, 64)
		if err != nil && !math.IsInf(f, 0) || strings.Contains(body, "_") {
			return failAt(start, "%q is not a number", text)
		}
		if t.typ == typeFloat {
			f = float64(float32(f))
		}
		t.flt = f
		return nil
	}
	digits := strings.TrimRight(low, "ul")
	suffix := low[len(digits):]
	base := 10
	switch {
	case strings.HasPrefix(digits, "0x"):
		base, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "0b"):
		base, digits = 2, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, digits = 8, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if err != nil {
		if ne, ok := err.(*strconv.NumError); ok && ne.Err == strconv.ErrRange {
			return failAt(start, "%s does not fit into 64 bits", text)
		}
		return failAt(start, "%q is not a number", text)
	}
	// C11 6.4.4.1: the first type of the list that can hold it; int and long have 32 bits here.
	unsigned := strings.Contains(suffix, "u")
	ls := strings.Count(suffix, "l")
	if strings.Count(suffix, "u") > 1 || ls > 2 {
		return failAt(start, "%q is not a number", text)
	}
	t.num = n
	small, smallU := typeInt, typeUint
	if ls == 1 {
		small, smallU = typeLong, typeULong
	}
	switch {
	case ls < 2 && !unsigned && n <= math.MaxInt32:
		t.typ = small
	case ls < 2 && (unsigned || base != 10) && n <= math.MaxUint32:
		t.typ = smallU
	case !unsigned && n <= math.MaxInt64:
		t.typ = typeLL
	default:
		t.typ = typeULL
	}
	return nil
}

// lexQuoted reads a character or string literal.
func lexQuoted(s string, pos *int, t *token) error {
	start := *pos
	q := s[start]
	var b []byte
	i := start + 1
	for {
		if i >= len(s) {
			return failAt(start, "the closing %c is missing", q)
		}
		c := s[i]
		i++
		if c == q {
			break
		}
		if c != '\\' {
			b = append(b, c)
			continue
		}
		if i >= len(s) {
			return failAt(start, "the closing %c is missing", q)
		}
		c = s[i]
		i++
		switch {
		case c >= '0' && c <= '7':
			n := int(c - '0')
			for k := 0; k < 2 && i < len(s) && s[i] >= '0' && s[i] <= '7'; k++ {
				n = n*8 + int(s[i]-'0')
				i++
			}
			b = append(b, byte(n))
		case c == 'x':
			n, k := 0, i
			for i < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i]) >= 0 {
				d, _ := strconv.ParseUint(s[i:i+1], 16, 8)
				n = (n*16 + int(d)) & 0xff
				i++
			}
			if i == k {
				return failAt(k-2, `\x needs hexadecimal digits`)
			}
			b = append(b, byte(n))
		default:
			if k := strings.IndexByte("abfnrtve", c); k >= 0 {
				b = append(b, "\a\b\f\n\r\t\v\x1b"[k])
			} else {
				b = append(b, c)
			}
		}
	}
	*pos = i
	if q == '"' {
		t.kind, t.text = tokString, string(b)
		return nil
	}
	if len(b) != 1 {
		return failAt(start, "a character literal has one character, this one has %d", len(b))
	}
	t.kind, t.num, t.typ = tokChar, uint64(b[0]), typeChar
	return nil
}
