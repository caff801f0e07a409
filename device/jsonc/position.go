package jsonc

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// Lines converts byte offsets of a text into lines and columns and back. Lines and columns count from 0; a line ends
// with "\n", "\r\n" or a lone "\r", as in LSP. It is immutable.
type Lines struct {
	src    string
	starts []int
	ascii  bool // columns are the same in all encodings
}

// NewLines reads the line structure of a text.
func NewLines(src string) *Lines {
	l := &Lines{src: src, starts: make([]int, 1, 1+strings.Count(src, "\n")), ascii: true}
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\n':
			l.starts = append(l.starts, i+1)
		case c == '\r':
			if i+1 < len(src) && src[i+1] == '\n' {
				i++
			}
			l.starts = append(l.starts, i+1)
		case c >= utf8.RuneSelf:
			l.ascii = false
		}
	}
	return l
}

// Count returns the number of lines; an empty text has one.
func (l *Lines) Count() int { return len(l.starts) }

// Line returns the text of a line without its end; "" outside.
func (l *Lines) Line(line int) string {
	if line < 0 || line >= len(l.starts) {
		return ""
	}
	end := len(l.src)
	if line+1 < len(l.starts) {
		end = l.starts[line+1]
	}
	return strings.TrimRight(l.src[l.starts[line]:end], "\r\n")
}

// place returns the line of an offset and the text from the line's beginning to it.
func (l *Lines) place(offset int) (line int, before string) {
	offset = min(max(offset, 0), len(l.src))
	line = sort.Search(len(l.starts), func(i int) bool { return l.starts[i] > offset }) - 1
	for offset > l.starts[line] && offset < len(l.src) && !utf8.RuneStart(l.src[offset]) {
		offset--
	}
	return line, l.src[l.starts[line]:offset]
}

// UTF8 returns line and column of an offset, the column in bytes.
func (l *Lines) UTF8(offset int) (line, column int) {
	line, before := l.place(offset)
	return line, len(before)
}

// UTF16 returns line and column of an offset, the column in UTF-16 units.
func (l *Lines) UTF16(offset int) (line, column int) {
	line, before := l.place(offset)
	if l.ascii {
		return line, len(before)
	}
	for _, r := range before {
		column += utf16Width(r)
	}
	return line, column
}

// Runes returns line and column of an offset, the column in characters: what people read, once 1 is added to both.
func (l *Lines) Runes(offset int) (line, column int) {
	line, before := l.place(offset)
	if l.ascii {
		return line, len(before)
	}
	return line, utf8.RuneCountInString(before)
}

// FromUTF8 returns the offset of a line and a column in bytes. What lies beyond a line's or the text's end counts as
// that end; a place inside a character as the character's beginning.
func (l *Lines) FromUTF8(line, column int) int {
	return l.from(line, column, func(r rune, size int) int { return size })
}

// FromUTF16 returns the offset of a line and a column in UTF-16 units, with the bounds of FromUTF8.
func (l *Lines) FromUTF16(line, column int) int {
	return l.from(line, column, func(r rune, size int) int { return utf16Width(r) })
}

func (l *Lines) from(line, column int, width func(r rune, size int) int) int {
	if line < 0 {
		return 0
	}
	if line >= len(l.starts) {
		return len(l.src)
	}
	at, text := l.starts[line], l.Line(line)
	if l.ascii {
		return at + min(max(column, 0), len(text))
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if column -= width(r, size); column < 0 {
			break
		}
		at, text = at+size, text[size:]
	}
	return at
}

func utf16Width(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}
