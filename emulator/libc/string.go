package libc

import (
	"bytes"
	"strings"

	"armillary.dev/emulator/guestlib"
)

func fn(name, group string, f func(c call), aliases ...string) guestlib.Function {
	return guestlib.Function{Name: name, Group: group, Go: wrap(f), Aliases: aliases}
}

func stringFunctions() []guestlib.Function {
	return []guestlib.Function{
		fn("memcpy", "string.h", memmove, "memmove", "__aeabi_memcpy", "__aeabi_memcpy4", "__aeabi_memcpy8", "__aeabi_memmove", "__aeabi_memmove4", "__aeabi_memmove8"),
		fn("memset", "string.h", func(c call) { c.fill(c.Arg(0), byte(c.Arg(1)), c.Arg(2)) }),
		fn("__aeabi_memset", "string.h", func(c call) { c.fill(c.Arg(0), byte(c.Arg(2)), c.Arg(1)) }, "__aeabi_memset4", "__aeabi_memset8"),
		fn("__aeabi_memclr", "string.h", func(c call) { c.fill(c.Arg(0), 0, c.Arg(1)) }, "__aeabi_memclr4", "__aeabi_memclr8", "bzero"),
		fn("memcmp", "string.h", func(c call) {
			a, ok := c.Read(c.Arg(0), c.Arg(2))
			b, ok2 := c.Read(c.Arg(1), c.Arg(2))
			if ok && ok2 {
				c.ReturnInt(difference(a, b))
			}
		}),
		fn("memchr", "string.h", func(c call) {
			if b, ok := c.Read(c.Arg(0), c.Arg(2)); ok {
				c.found(c.Arg(0), bytes.IndexByte(b, byte(c.Arg(1))))
			}
		}),
		fn("strlen", "string.h", func(c call) { c.with(func(s string) { c.ReturnInt(len(s)) }) }),
		fn("strnlen", "string.h", func(c call) {
			if b, ok := c.CStringN(c.Arg(0), c.Arg(1)); ok {
				c.ReturnInt(len(b))
			}
		}),
		fn("strcmp", "string.h", func(c call) { c.compare(same, ^uint32(0)) }),
		fn("strncmp", "string.h", func(c call) { c.compare(same, c.Arg(2)) }),
		fn("strcasecmp", "strings.h", func(c call) { c.compare(lower, ^uint32(0)) }),
		fn("strncasecmp", "strings.h", func(c call) { c.compare(lower, c.Arg(2)) }),
		fn("strcpy", "string.h", func(c call) {
			if s, ok := c.CString(c.Arg(1)); ok {
				c.Write(c.Arg(0), append([]byte(s), 0))
			}
		}),
		fn("stpcpy", "string.h", func(c call) {
			if s, ok := c.CString(c.Arg(1)); ok && c.Write(c.Arg(0), append([]byte(s), 0)) {
				c.Return(c.Arg(0) + uint32(len(s)))
			}
		}),
		fn("strncpy", "string.h", func(c call) {
			n := c.Arg(2)
			if s, ok := c.CStringN(c.Arg(1), n); ok && c.bounded(n) {
				b := make([]byte, n)
				copy(b, s)
				c.Write(c.Arg(0), b)
			}
		}),
		fn("strcat", "string.h", func(c call) { c.concat(^uint32(0)) }),
		fn("strncat", "string.h", func(c call) { c.concat(c.Arg(2)) }),
		fn("strchr", "string.h", func(c call) {
			c.with(func(s string) { c.found(c.Arg(0), strings.IndexByte(s+"\x00", byte(c.Arg(1)))) })
		}, "index"),
		fn("strrchr", "string.h", func(c call) {
			c.with(func(s string) { c.found(c.Arg(0), strings.LastIndexByte(s+"\x00", byte(c.Arg(1)))) })
		}, "rindex"),
		fn("strstr", "string.h", func(c call) {
			c.with(func(s string) {
				if needle, ok := c.CString(c.Arg(1)); ok {
					c.found(c.Arg(0), strings.Index(s, needle))
				}
			})
		}),
		fn("strspn", "string.h", func(c call) { c.span(true) }),
		fn("strcspn", "string.h", func(c call) { c.span(false) }),
		fn("strpbrk", "string.h", func(c call) {
			c.with(func(s string) {
				if set, ok := c.CString(c.Arg(1)); ok {
					c.found(c.Arg(0), indexSet(s, set))
				}
			})
		}),
		fn("strdup", "string.h", func(c call) {
			c.with(func(s string) {
				at := c.s.heap.alloc(c.p, uint32(len(s)+1))
				if at != 0 {
					c.Write(at, append([]byte(s), 0))
				}
				c.allocated(at)
			})
		}),
		fn("strtok", "string.h", func(c call) { c.s.strtok = c.token(c.Arg(0), c.Arg(1), c.s.strtok) }),
		fn("strtok_r", "string.h", func(c call) {
			save, ok := c.Word(c.Arg(2))
			if ok {
				at := c.Arg(2)
				c.SetWord(at, c.token(c.Arg(0), c.Arg(1), save))
			}
		}),
		fn("toupper", "ctype.h", func(c call) { c.Return(uint32(shift(c.Int(0), 'a', 'z', -32))) }),
		fn("tolower", "ctype.h", func(c call) { c.Return(uint32(shift(c.Int(0), 'A', 'Z', 32))) }),
		fn("isdigit", "ctype.h", func(c call) { c.is(func(b byte) bool { return b >= '0' && b <= '9' }) }),
		fn("isxdigit", "ctype.h", func(c call) {
			c.is(func(b byte) bool { return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'f' })
		}),
		fn("isalpha", "ctype.h", func(c call) { c.is(alpha) }),
		fn("isalnum", "ctype.h", func(c call) { c.is(func(b byte) bool { return alpha(b) || b >= '0' && b <= '9' }) }),
		fn("isspace", "ctype.h", func(c call) { c.is(space) }),
		fn("isupper", "ctype.h", func(c call) { c.is(func(b byte) bool { return b >= 'A' && b <= 'Z' }) }),
		fn("islower", "ctype.h", func(c call) { c.is(func(b byte) bool { return b >= 'a' && b <= 'z' }) }),
		fn("isprint", "ctype.h", func(c call) { c.is(func(b byte) bool { return b >= 32 && b < 127 }) }),
		fn("ispunct", "ctype.h", func(c call) {
			c.is(func(b byte) bool { return b > 32 && b < 127 && !alpha(b) && (b < '0' || b > '9') })
		}),
	}
}

func alpha(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
func space(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

func (c call) is(f func(byte) bool) {
	v := c.Int(0)
	if v >= 0 && v < 128 && f(byte(v)) {
		c.Return(1)
	} else {
		c.Return(0)
	}
}

func shift(v, lo, hi, by int32) int32 {
	if v >= lo && v <= hi {
		return v + by
	}
	return v
}

func memmove(c call) {
	if b, ok := c.Read(c.Arg(1), c.Arg(2)); ok {
		c.Write(c.Arg(0), b)
	}
}

// bounded refuses sizes that no block of the guest has.
func (c call) bounded(n uint32) bool {
	if n > 1<<26 {
		c.Segv(c.Arg(0))
		return false
	}
	return true
}

func (c call) fill(at uint32, v byte, n uint32) {
	if c.bounded(n) {
		c.Write(at, bytes.Repeat([]byte{v}, int(n)))
	}
}

func difference(a, b []byte) int {
	for i := range a {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return 0
}

// with runs f with the first argument's string.
func (c call) with(f func(s string)) {
	if s, ok := c.CString(c.Arg(0)); ok {
		f(s)
	}
}

// found returns base plus i, or NULL when i is negative.
func (c call) found(base uint32, i int) {
	if i < 0 {
		c.Return(0)
		return
	}
	c.Return(base + uint32(i))
}

func same(b byte) byte  { return b }
func lower(b byte) byte { return byte(shift(int32(b), 'A', 'Z', 32)) }

func (c call) compare(fold func(byte) byte, limit uint32) {
	a, ok := c.CStringN(c.Arg(0), limit)
	b, ok2 := c.CStringN(c.Arg(1), limit)
	if !ok || !ok2 {
		return
	}
	at := func(s []byte, i int) int {
		if i < len(s) {
			return int(fold(s[i]))
		}
		return 0
	}
	for i := 0; i < len(a) || i < len(b); i++ {
		if d := at(a, i) - at(b, i); d != 0 {
			c.ReturnInt(d)
			return
		}
	}
	c.ReturnInt(0)
}

func (c call) concat(limit uint32) {
	a, ok := c.CString(c.Arg(0))
	b, ok2 := c.CStringN(c.Arg(1), limit)
	if ok && ok2 {
		c.Write(c.Arg(0)+uint32(len(a)), append(b[:len(b):len(b)], 0))
	}
}

func (c call) span(in bool) {
	c.with(func(s string) {
		set, ok := c.CString(c.Arg(1))
		if !ok {
			return
		}
		n := 0
		for n < len(s) && (strings.IndexByte(set, s[n]) >= 0) == in {
			n++
		}
		c.ReturnInt(n)
	})
}

func indexSet(s, set string) int {
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(set, s[i]) >= 0 {
			return i
		}
	}
	return -1
}

// token is strtok's step: it returns the token and gives the place to go on from, 0 at the end.
func (c call) token(s, sep, save uint32) uint32 {
	if s == 0 {
		s = save
	}
	if s == 0 {
		c.Return(0)
		return 0
	}
	text, ok := c.CString(s)
	set, ok2 := c.CString(sep)
	if !ok || !ok2 {
		return save
	}
	start := 0
	for start < len(text) && strings.IndexByte(set, text[start]) >= 0 {
		start++
	}
	if start == len(text) {
		c.Return(0)
		return 0
	}
	next := uint32(0)
	if n := indexSet(text[start:], set); n >= 0 {
		c.Write(s+uint32(start+n), []byte{0})
		next = s + uint32(start+n) + 1
	}
	c.Return(s + uint32(start))
	return next
}
