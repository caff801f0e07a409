package manifest

import (
	"crypto/rand"
	"fmt"
	"strings"
	"unicode/utf8"
)

// newGUID is NewGUID; tests put something in its place.
var newGUID = NewGUID

// NewGUID makes a random component id (RFC 9562, version 4).
func NewGUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// IsGUID reports whether s is 8-4-4-4-12 hexadecimal digits.
func IsGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(rune(s[i])) {
			return false
		}
	}
	return true
}

func isHex(c rune) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// notGUID says what is wrong with a text that is no GUID but written like one: a letter, a group, its length. It goes at the end of
// a sentence, and is empty for other texts.
func notGUID(s string) string {
	groups := strings.Split(s, "-")
	digits := []int{8, 4, 4, 4, 12}
	switch n := len(s); {
	case n < 30 || n > 40 || isPlaceholder(s):
		return ""
	case len(groups) != len(digits):
		if n != 36 && strings.Trim(s, "0123456789abcdefABCDEF-") == "" {
			return fmt.Sprintf("; this has %d characters instead of 36", n)
		}
		return ""
	}
	for _, g := range groups {
		if i := strings.IndexFunc(g, func(r rune) bool { return !isHex(r) }); i >= 0 {
			r, _ := utf8.DecodeRuneInString(g[i:])
			return fmt.Sprintf("; in %q, %q is none", g, string(r))
		}
	}
	for i, g := range groups {
		if len(g) != digits[i] {
			return fmt.Sprintf("; %q has %d instead of %d", g, len(g), digits[i])
		}
	}
	return ""
}

// NormalGUID returns the usual form of what is a GUID but for braces, dashes or space; "" if it is none.
func NormalGUID(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t{}()"))
	if IsGUID(s) {
		return s
	}
	if s = strings.ReplaceAll(s, "-", ""); len(s) == 32 {
		s = s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
		if IsGUID(s) {
			return s
		}
	}
	return ""
}

const zeroGUID = "00000000-0000-0000-0000-000000000000"
