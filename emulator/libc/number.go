package libc

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

func numberFunctions() []guestlib.Function {
	return []guestlib.Function{
		fn("atoi", "stdlib.h", func(c call) {
			c.with(func(s string) { v, _, _ := parseInt(s, 10); c.Return(uint32(clamp(v, false, 32))) })
		}, "atol"),
		fn("atof", "stdlib.h", func(c call) { c.with(func(s string) { v, _, _ := parseFloat(s); c.ReturnDouble(v) }) }),
		fn("strtol", "stdlib.h", func(c call) { c.integer(32, true) }, "__isoc99_strtol"),
		fn("strtoul", "stdlib.h", func(c call) { c.integer(32, false) }),
		fn("strtoll", "stdlib.h", func(c call) { c.integer(64, true) }, "strtoimax"),
		fn("strtoull", "stdlib.h", func(c call) { c.integer(64, false) }, "strtoumax"),
		fn("strtod", "stdlib.h", func(c call) { c.float(func(v float64) { c.ReturnDouble(v) }) }, "strtold"),
		fn("strtof", "stdlib.h", func(c call) {
			c.float(func(v float64) { c.ReturnDouble(math.Float64frombits(uint64(math.Float32bits(float32(v))))) })
		}),
		fn("abs", "stdlib.h", func(c call) {
			if v := c.Int(0); v < 0 {
				c.Return(uint32(-v))
			}
		}, "labs"),
		fn("rand", "stdlib.h", func(c call) {
			// musl's generator: a 64-bit linear congruence, its upper 31 bits.
			c.s.random = 6364136223846793005*c.s.random + 1
			c.Return(uint32(c.s.random >> 33))
		}),
		fn("srand", "stdlib.h", func(c call) { c.s.random = uint64(c.Arg(0) - 1) }),
	}
}

// number is what strtol found: magnitude and sign.
type number struct {
	abs      uint64
	negative bool
	over     bool // beyond 64 bits
}

// parseInt reads an integer as strtol does and returns how many bytes belong to it, 0 when there is none.
func parseInt(s string, base int) (n number, used int, ok bool) {
	i := 0
	for i < len(s) && space(s[i]) {
		i++
	}
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		n.negative = s[i] == '-'
		i++
	}
	rest := strings.ToLower(s[i:])
	if (base == 0 || base == 16) && strings.HasPrefix(rest, "0x") && len(rest) > 2 && digit(rest[2]) < 16 {
		i += 2
		base = 16
	} else if base == 0 && strings.HasPrefix(rest, "0") {
		base = 8
	} else if base == 0 {
		base = 10
	}
	start := i
	for ; i < len(s) && digit(s[i]) < base; i++ {
		d := uint64(digit(s[i]))
		if n.abs > (math.MaxUint64-d)/uint64(base) {
			n.over = true
			continue
		}
		n.abs = n.abs*uint64(base) + d
	}
	if i == start {
		return n, 0, false
	}
	return n, i, true
}

func digit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case alpha(b):
		return int(b|0x20-'a') + 10
	}
	return 99
}

// clamp brings a number into a range; a signed one saturates.
func clamp(n number, signed bool, bits int) uint64 {
	v := n.abs
	if signed {
		limit := uint64(1) << (bits - 1)
		if n.negative {
			if n.over || v > limit {
				v = limit
			}
			return -v
		}
		if n.over || v >= limit {
			return limit - 1
		}
		return v
	}
	if n.negative {
		return -v
	}
	return v
}

func (c call) integer(bits int, signed bool) {
	base := int(c.Int(2))
	s, ok := c.CString(c.Arg(0))
	if !ok {
		return
	}
	if base < 0 || base == 1 || base > 36 {
		c.fail(errno.EINVAL)
		c.Return64(0)
		return
	}
	n, used, _ := parseInt(s, base)
	if c.Arg(1) != 0 && !c.SetWord(c.Arg(1), c.Arg(0)+uint32(used)) {
		return
	}
	v := clamp(n, signed, bits)
	var over bool
	if signed {
		limit := uint64(1) << (bits - 1)
		over = n.over || n.abs > limit || n.abs == limit && !n.negative
	} else {
		over = n.over || bits == 32 && n.abs > math.MaxUint32
		if over {
			v = math.MaxUint64
		}
	}
	if bits == 64 {
		c.Return64(v)
	} else {
		c.Return(uint32(v))
	}
	if over {
		c.Errno = int32(errno.ERANGE)
	} else if used == 0 {
		c.Errno = int32(errno.EINVAL) // as musl does; C leaves it open
	}
}

// parseFloat reads the longest floating-point number at the start of s.
func parseFloat(s string) (v float64, used int, over bool) {
	i := 0
	for i < len(s) && space(s[i]) {
		i++
	}
	end := i
	low := strings.ToLower(s)
	if end < len(s) && (s[end] == '-' || s[end] == '+') {
		end++
	}
	for _, word := range []string{"infinity", "inf", "nan"} {
		if strings.HasPrefix(low[end:], word) {
			v, _ := strconv.ParseFloat(s[i:end+len(word)], 64)
			if word == "nan" {
				v = math.NaN()
			}
			return v, end + len(word), false
		}
	}
	hex := strings.HasPrefix(low[end:], "0x")
	if hex {
		end += 2
	}
	digits, point := 0, false
	for ; end < len(s); end++ {
		switch b := low[end]; {
		case b >= '0' && b <= '9', hex && b >= 'a' && b <= 'f':
			digits++
		case b == '.' && !point:
			point = true
		default:
			goto exponent
		}
	}
exponent:
	if digits == 0 {
		if hex {
			return 0, strings.Index(low, "0x") + 1, false // the 0 of "0x"
		}
		return 0, 0, false
	}
	mark := byte('e')
	if hex {
		mark = 'p'
	}
	hasExp := false
	if end < len(s) && low[end] == mark {
		e := end + 1
		if e < len(s) && (s[e] == '-' || s[e] == '+') {
			e++
		}
		if e < len(s) && s[e] >= '0' && s[e] <= '9' {
			for e < len(s) && s[e] >= '0' && s[e] <= '9' {
				e++
			}
			end, hasExp = e, true
		}
	}
	text := s[i:end]
	if hex && !hasExp {
		text += "p0"
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, end, errors.Is(err, strconv.ErrRange)
}

func (c call) float(result func(float64)) {
	s, ok := c.CString(c.Arg(0))
	if !ok {
		return
	}
	v, used, over := parseFloat(s)
	if c.Arg(1) != 0 && !c.SetWord(c.Arg(1), c.Arg(0)+uint32(used)) {
		return
	}
	result(v)
	if over {
		c.Errno = int32(errno.ERANGE)
	} else if used == 0 {
		c.Errno = int32(errno.EINVAL)
	}
}

func itoa(v int64) string { return strconv.FormatInt(v, 10) }
func hex(v uint32) string { return "0x" + strconv.FormatUint(uint64(v), 16) }
