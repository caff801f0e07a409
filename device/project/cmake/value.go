package cmake

import (
	"slices"
	"strings"
)

// Value is what an expression stands for.
type Value struct {
	Text    string   // the value; where it is not known the first candidate, with references that lead nowhere as they are written
	Because string   // the variable that makes it unknown; "" if it is known
	Others  []string // further candidates of a value that is not known
}

// Known reports whether the value does not depend on anything outside the files.
func (v Value) Known() bool { return v.Because == "" }

// Candidates returns every value that is possible as far as the files say.
func (v Value) Candidates() []string { return append([]string{v.Text}, v.Others...) }

const (
	maxCandidates = 8
	maxText       = 1 << 20 // bytes of one value
)

func known(text string) Value            { return Value{Text: text} }
func unknown(text, because string) Value { return Value{Text: text, Because: because} }

// merge is the value of a variable that got several under a condition that is not known.
func merge(because string, values []Value) Value {
	var all []string
	for _, v := range values {
		for _, c := range v.Candidates() {
			if !slices.Contains(all, c) && len(all) < maxCandidates {
				all = append(all, c)
			}
		}
	}
	out := Value{Text: all[0], Others: all[1:]}
	for _, v := range values {
		if out.Because == "" {
			out.Because = v.Because
		}
	}
	if out.Because == "" && len(all) > 1 {
		out.Because = because
	}
	if len(out.Others) == 0 {
		out.Others = nil
	}
	return out
}

// builder puts a value together.
type builder struct {
	text    []byte
	others  [][]byte
	because string
}

func (b *builder) add(s string) {
	b.text = append(b.text, s...)
	for i := range b.others {
		b.others[i] = append(b.others[i], s...)
	}
}

func (b *builder) byte(c byte) {
	b.text = append(b.text, c)
	for i := range b.others {
		b.others[i] = append(b.others[i], c)
	}
}

func (b *builder) value(v Value) {
	if b.because == "" {
		b.because = v.Because
	}
	if len(v.Others) == 0 {
		b.add(v.Text)
		return
	}
	heads := append([][]byte{b.text}, b.others...)
	var all [][]byte
	for _, h := range heads {
		for _, c := range v.Candidates() {
			if len(all) < maxCandidates {
				all = append(all, append(slices.Clone(h), c...))
			}
		}
	}
	b.text, b.others = all[0], all[1:]
}

func (b *builder) done() Value {
	v := Value{Text: string(b.text), Because: b.because}
	for _, o := range b.others {
		if s := string(o); s != v.Text && !slices.Contains(v.Others, s) {
			v.Others = append(v.Others, s)
		}
	}
	return v
}

// splitList takes a list apart at its semicolons. Escaped ones, and those in square brackets, do not count; empty
// elements are left out.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	if strings.IndexByte(s, ';') < 0 {
		return []string{s}
	}
	var out []string
	var b []byte
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && s[i+1] == ';':
			b = append(b, ';')
			i++
			continue
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ';' && depth == 0:
			if len(b) > 0 {
				out = append(out, string(b))
			}
			b = b[:0]
			continue
		}
		b = append(b, s[i])
	}
	if len(b) > 0 {
		out = append(out, string(b))
	}
	return out
}

// isOff reports whether CMake takes a constant for false, isOn whether for true.
func isOff(s string) bool {
	switch strings.ToUpper(s) {
	case "", "0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND":
		return true
	}
	return len(s) > len("-NOTFOUND") && strings.HasSuffix(strings.ToUpper(s), "-NOTFOUND")
}

func isOn(s string) bool {
	switch strings.ToUpper(s) {
	case "1", "ON", "YES", "TRUE", "Y":
		return true
	}
	n, ok := number(s)
	return ok && n != 0
}
