package hwdef

import (
	"strings"
	"sync"
)

// Lookup returns the peripheral that a name stands for, the one nearest to the target; nil if there is none.
func (s *Set) Lookup(name string) *Peripheral { return s.names[name] }

// IsIdentifier reports whether a name can stand in C code: an identifier that is no keyword.
func IsIdentifier(name string) bool { return isIdentifier(name) && !keywords()[name] }

// keywords of C11 and GNU C that no name can be.
var keywords = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`auto break case char const continue default do double else enum extern float for goto if inline int long
		register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
		_Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local asm typeof`) {
		m[w] = true
	}
	return m
})
