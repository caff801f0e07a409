// Package cformat formats as C's printf does (C11 7.21.6.1), with musl's choices where C leaves one: the devices'
// C library is musl (facts/image.md 3.3).
//
// It knows formats and argument lists; where the text goes is its callers' business.
package cformat

import (
	"math"
	"strconv"
	"strings"
)

// Args delivers the arguments in order. CString and SetWord fail when the guest may not access the address.
type Args interface {
	Uint32() uint32
	Uint64() uint64
	Float64() float64
	CString(addr, limit uint32) ([]byte, bool)
	SetWord(addr, v uint32) bool
}

// Status says how formatting ended.
type Status uint8

// Endings.
const (
	OK       Status = iota
	Fault           // an argument pointed where the guest may not read or write
	BadValue        // a directive that C does not define, or a positional one ("%1$d"), which is not supported: EINVAL
	Overflow        // a width or precision beyond what an int holds, or more text than that: EOVERFLOW
)

// maxField bounds widths and precisions: a guest must not be able to make the host allocate gigabytes.
const maxField = 1 << 20

type spec struct {
	left, plus, space, alt, zero bool
	width, prec                  int // prec -1: none given
	size                         string
	conv                         byte
}

// Format appends the formatted text to dst. message is what %m stands for.
func Format(dst []byte, format []byte, args Args, message func() string) ([]byte, Status) {
	start := len(dst)
	for i := 0; i < len(format); {
		if format[i] != '%' {
			dst = append(dst, format[i])
			i++
			continue
		}
		s, n, st := parse(format[i:], args)
		if st != OK {
			return dst, st
		}
		i += n
		if dst, st = s.format(dst, start, args, message); st != OK {
			return dst, st
		}
	}
	return dst, OK
}

// parse reads one directive from its '%' on and returns its length.
func parse(f []byte, args Args) (s spec, n int, st Status) {
	s.prec = -1
	i := 1
	at := func() byte {
		if i < len(f) {
			return f[i]
		}
		return 0
	}
flags:
	for ; ; i++ {
		switch at() {
		case '-':
			s.left = true
		case '+':
			s.plus = true
		case ' ':
			s.space = true
		case '#':
			s.alt = true
		case '0':
			s.zero = true
		default:
			break flags
		}
	}
	number := func() (int, bool) {
		v := 0
		for ; at() >= '0' && at() <= '9'; i++ {
			if v = v*10 + int(at()-'0'); v > math.MaxInt32 {
				return 0, false
			}
		}
		return v, true
	}
	var ok bool
	if at() == '*' {
		i++
		if s.width = int(int32(args.Uint32())); s.width < 0 {
			s.left, s.width = true, -s.width
		}
	} else if s.width, ok = number(); !ok {
		return s, i, Overflow
	}
	if at() == '.' {
		i++
		if at() == '*' {
			i++
			if s.prec = int(int32(args.Uint32())); s.prec < 0 {
				s.prec = -1
			}
		} else if s.prec, ok = number(); !ok {
			return s, i, Overflow
		}
	}
	if s.width > maxField || s.prec > maxField {
		return s, i, Overflow
	}
	for _, size := range []string{"hh", "ll", "h", "l", "j", "z", "t", "L"} {
		if strings.HasPrefix(string(f[i:min(len(f), i+2)]), size) {
			s.size = size
			i += len(size)
			break
		}
	}
	s.conv = at()
	return s, i + 1, OK
}

func (s *spec) format(dst []byte, start int, args Args, message func() string) ([]byte, Status) {
	switch s.conv {
	case '%':
		return append(dst, '%'), OK
	case 'd', 'i':
		v := s.signed(args)
		sign := ""
		u := uint64(v)
		switch {
		case v < 0:
			sign, u = "-", -u
		case s.plus:
			sign = "+"
		case s.space:
			sign = " "
		}
		return s.integer(dst, sign, strconv.FormatUint(u, 10)), OK
	case 'u':
		return s.integer(dst, "", strconv.FormatUint(s.unsigned(args), 10)), OK
	case 'o':
		d := strconv.FormatUint(s.unsigned(args), 8)
		if s.alt && s.prec <= len(d) && d[0] != '0' {
			s.prec = len(d) + 1
		}
		return s.integer(dst, "", d), OK
	case 'x', 'X':
		v := s.unsigned(args)
		return s.hex(dst, v, s.conv == 'X'), OK
	case 'p':
		s.alt = true
		return s.hex(dst, uint64(args.Uint32()), false), OK
	case 'c':
		c := args.Uint32()
		if s.size == "l" {
			return s.pad(dst, "", string(rune(c)), false), OK
		}
		return s.pad(dst, "", string([]byte{byte(c)}), false), OK
	case 's':
		return s.text(dst, args)
	case 'm':
		return s.pad(dst, "", s.cut(message()), false), OK
	case 'f', 'F', 'e', 'E', 'g', 'G', 'a', 'A':
		return s.float(dst, args.Float64()), OK
	case 'n':
		if !args.SetWord(args.Uint32(), uint32(len(dst)-start)) {
			return dst, Fault
		}
		return dst, OK
	}
	return dst, BadValue
}

func (s *spec) signed(args Args) int64 {
	switch s.size {
	case "ll", "j", "L":
		return int64(args.Uint64())
	case "hh":
		return int64(int8(args.Uint32()))
	case "h":
		return int64(int16(args.Uint32()))
	}
	return int64(int32(args.Uint32()))
}

func (s *spec) unsigned(args Args) uint64 {
	switch s.size {
	case "ll", "j", "L":
		return args.Uint64()
	case "hh":
		return uint64(uint8(args.Uint32()))
	case "h":
		return uint64(uint16(args.Uint32()))
	}
	return uint64(args.Uint32())
}

func (s *spec) hex(dst []byte, v uint64, upper bool) []byte {
	d, prefix := strconv.FormatUint(v, 16), ""
	if s.alt && v != 0 {
		prefix = "0x"
	}
	if upper {
		d, prefix = strings.ToUpper(d), strings.ToUpper(prefix)
	}
	return s.integer(dst, prefix, d)
}

// integer applies the precision, which for integers is a minimum of digits and switches the 0 flag off.
func (s *spec) integer(dst []byte, prefix, digits string) []byte {
	if s.prec == 0 && digits == "0" {
		digits = ""
	}
	if n := s.prec - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	return s.pad(dst, prefix, digits, s.zero && s.prec < 0)
}

func (s *spec) text(dst []byte, args Args) ([]byte, Status) {
	addr := args.Uint32()
	if addr == 0 {
		return s.pad(dst, "", s.cut("(null)"), false), OK
	}
	limit := uint32(math.MaxInt32)
	if s.prec >= 0 {
		limit = uint32(s.prec)
	}
	if s.size == "l" {
		return dst, BadValue // wide strings are not supported
	}
	b, ok := args.CString(addr, limit)
	if !ok {
		return dst, Fault
	}
	return s.pad(dst, "", string(b), false), OK
}

func (s *spec) cut(text string) string {
	if s.prec >= 0 && s.prec < len(text) {
		return text[:s.prec]
	}
	return text
}

func (s *spec) float(dst []byte, v float64) []byte {
	sign := ""
	switch {
	case math.Signbit(v):
		sign, v = "-", math.Float64frombits(math.Float64bits(v)&^(1<<63))
	case s.plus:
		sign = "+"
	case s.space:
		sign = " "
	}
	upper := s.conv < 'a'
	verb := s.conv | 0x20
	var body string
	switch {
	case math.IsInf(v, 0) || math.IsNaN(v):
		body = "inf"
		if math.IsNaN(v) {
			body = "nan"
		}
		if upper {
			body = strings.ToUpper(body)
		}
		return s.pad(dst, sign, body, false)
	case verb == 'a':
		sign += "0x"
		body = hexFloat(v, s.prec)
		body = s.point(body, 'p')
	case verb == 'g':
		body = s.general(v)
	case verb == 'e':
		body = s.point(strconv.FormatFloat(v, 'e', s.precOr6(), 64), 'e')
	default:
		body = s.point(strconv.FormatFloat(v, 'f', s.precOr6(), 64), 0)
	}
	if upper {
		sign, body = strings.ToUpper(sign), strings.ToUpper(body)
	}
	return s.pad(dst, sign, body, s.zero)
}

func (s *spec) precOr6() int {
	if s.prec < 0 {
		return 6
	}
	return s.prec
}

// point adds the decimal point that '#' asks for.
func (s *spec) point(body string, exponent byte) string {
	if !s.alt || strings.Contains(body, ".") {
		return body
	}
	if i := strings.IndexByte(body, exponent); exponent != 0 && i >= 0 {
		return body[:i] + "." + body[i:]
	}
	return body + "."
}

// hexFloat is %a without the prefix. Where rounding carries into the first digit, musl leaves it at 2.
func hexFloat(v float64, prec int) string {
	body := fixExponent(strconv.FormatFloat(v, 'x', prec, 64)[2:], 1)
	if prec >= 0 {
		_, rounded, _ := strings.Cut(body, "p")
		_, exact, _ := strings.Cut(fixExponent(strconv.FormatFloat(v, 'x', -1, 64), 1), "p")
		if rounded != exact {
			return "2" + body[1:strings.IndexByte(body, 'p')+1] + exact
		}
	}
	return body
}

// fixExponent cuts leading zeros of an exponent down to at least digits.
func fixExponent(s string, digits int) string {
	i := strings.IndexByte(s, 'p')
	if i < 0 {
		return s
	}
	e := s[i+2:]
	for len(e) > digits && e[0] == '0' {
		e = e[1:]
	}
	return s[:i+2] + e
}

// general is %g: the exponent that %e would show decides between the two styles.
func (s *spec) general(v float64) string {
	p := s.precOr6()
	if p == 0 {
		p = 1
	}
	e := strconv.FormatFloat(v, 'e', p-1, 64)
	i := strings.IndexByte(e, 'e')
	x, _ := strconv.Atoi(e[i+1:])
	strip := func(m string) string {
		if s.alt || !strings.Contains(m, ".") {
			return m
		}
		return strings.TrimRight(strings.TrimRight(m, "0"), ".")
	}
	if p > x && x >= -4 {
		return s.point(strip(strconv.FormatFloat(v, 'f', p-1-x, 64)), 0)
	}
	return s.point(strip(e[:i])+e[i:], 'e')
}

func (s *spec) pad(dst []byte, prefix, body string, zeros bool) []byte {
	n := max(0, s.width-len(prefix)-len(body))
	fill := func(c byte) {
		for range n {
			dst = append(dst, c)
		}
	}
	if !s.left && !zeros {
		fill(' ')
	}
	dst = append(dst, prefix...)
	if !s.left && zeros {
		fill('0')
	}
	dst = append(dst, body...)
	if s.left {
		fill(' ')
	}
	return dst
}
