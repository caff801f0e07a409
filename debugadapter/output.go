package debugadapter

import (
	"io"
	"unicode/utf8"

	"github.com/google/go-dap"
)

func (s *Session) outputEvent(category, text string) dap.OutputEventBody {
	return dap.OutputEventBody{Category: category, Output: text}
}

func (s *Session) output(category, text string) {
	s.w.event("output", s.outputEvent(category, text))
}

// copyOutput copies what the app prints to the client until r ends. It is run by goroutine (4).
func (s *Session) copyOutput(r io.Reader) {
	buf, rest := make([]byte, 32<<10), 0
	for {
		n, err := r.Read(buf[rest:])
		n += rest
		rest = 0
		if err == nil {
			rest = cutRune(buf[:n])
		}
		if n > rest {
			s.output("stdout", string(buf[:n-rest]))
		}
		copy(buf, buf[n-rest:n])
		if err != nil {
			return
		}
	}
}

// cutRune is how many bytes at the end of b are the beginning of a character whose rest has not come yet.
func cutRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
