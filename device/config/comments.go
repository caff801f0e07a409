package config

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// marker begins a comment that suppresses findings.
const marker = "armillary:ignore"

// nearMarker is what people write who mean the marker: "armillary:disable", "armillary-ignore", and "armillary: ignore" before a code.
var nearMarker = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:armillary(?:[:_-](?:ignore|disable|suppress)\b|\s*[:_-]?\s*(?:ignore|disable|suppress)\s*:?\s+AZS[0-9]))`)
})

// HasComments reports whether a text may hold suppressing comments, so that files without findings need not be applied.
func HasComments(src string) bool {
	return strings.Contains(src, "armillary") || strings.Contains(src, "Armillary") || strings.Contains(src, "ARMILLARY")
}

// hasReason reports whether a reason says something: it has a letter.
func hasReason(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

// A note is a comment that suppresses findings of its own line, and of what begins on the next one if it stands alone.
type note struct {
	span     rule.Span // of the comment
	whole    rule.Span // what goes when it is removed: the comment, with its line if it is alone there
	codes    []string
	list     rule.Span // of the codes
	reason   string
	own      int      // the line where it begins, from 0
	line     int      // that it is about, from its beginning
	lastLine int      // to which what begins there goes on
	used     []string // codes of which it suppressed something
	problem  string   // why it suppresses nothing
}

// unused returns the codes of which it suppressed nothing.
func (n *note) unused() []string {
	var codes []string
	for _, c := range n.codes {
		if !slices.Contains(n.used, c) {
			codes = append(codes, c)
		}
	}
	return codes
}

// notes finds the suppressing comments of a file, sorted by place. Most files have none, and are only searched for the word.
func notes(file, src string, tree *jsonc.File, rules []*rule.Rule) []*note {
	if !HasComments(src) {
		return nil
	}
	var comments []jsonc.Span
	end := func(src string) int { return strings.IndexByte(src+"\n", '\n') } // of what begins with a text
	switch ext := strings.ToLower(path.Ext(file)); {
	case ext == ".json" || ext == ".jsonc":
		if tree == nil {
			tree = jsonc.ParseString(src)
		}
		comments = tree.Comments
	case ext == ".cmake" || strings.EqualFold(path.Base(file), "CMakeLists.txt"):
		comments, end = cmakeComments(src), cmakeEnd
	case slices.Contains([]string{".c", ".h", ".cc", ".cpp", ".hpp"}, ext):
		comments, end = cComments(src), cEnd
	}
	var out []*note
	lines := jsonc.NewLines(src)
	alone := map[int]int{} // by the line of a comment that has its lines for itself, the line behind it
	for _, c := range comments {
		text := src[c.Start:c.End]
		said := strings.TrimLeft(text, "/*#[= \t\r\n")
		n := &note{span: rule.Span{Start: c.Start, End: c.End}}
		if strings.HasPrefix(said, marker) {
			at := c.Start + len(text) - len(said) + len(marker)
			said = strings.TrimSuffix(said[len(marker):], "*/")
			if strings.HasPrefix(text, "#[") {
				said = strings.TrimRight(said, "]=")
			}
			n.read(said, at, rules)
		} else if nearMarker().MatchString(said) {
			n.problem = "This suppresses nothing: write " + marker + " AZS300 and the reason"
		} else {
			n = nil // it may speak of the marker
		}
		first, col := lines.UTF8(c.Start)
		last, end := lines.UTF8(c.End)
		before, after := lines.Line(first)[:col], lines.Line(last)
		after = after[min(end, len(after)):]
		own := strings.TrimSpace(strings.TrimPrefix(before, "\ufeff")) == "" && strings.TrimSpace(after) == ""
		if own {
			alone[first] = last + 1
		}
		if n == nil {
			continue
		}
		n.own, n.line, n.whole = first, first, n.span
		if own {
			n.line = last + 1
			n.whole = rule.Span{Start: c.Start - len(before), End: lines.FromUTF8(last+1, 0)}
		} else if before != "" { // the blanks before it go too
			n.whole.Start -= len(before) - len(strings.TrimRight(before, " \t"))
		}
		out = append(out, n)
	}
	ends := map[int]int{} // by line, the last line of what begins there
	for i := len(out) - 1; i >= 0; i-- {
		n := out[i]
		for n.line != n.own { // several comments in a row are about the line after the last
			next, ok := alone[n.line]
			if !ok {
				break
			}
			alone[n.own], n.line = next, next
		}
		if _, known := ends[n.line]; !known && strings.TrimSpace(lines.Line(n.line)) == "" {
			ends[n.line] = n.line
		} else if !known {
			at := lines.FromUTF8(n.line, 0)
			upTo := lines.FromUTF8(n.line+maxLines, 0)
			ends[n.line], _ = lines.UTF8(at + end(src[at:upTo]))
		}
		n.lastLine = ends[n.line]
	}
	return out
}

// maxLines is how many lines of what begins on a line a comment is about.
const maxLines = 64

// cEnd returns where the statement ends that a C text begins with, or what else stands there: the element of a table, the
// head of a block, a directive.
func cEnd(src string) int {
	if strings.HasPrefix(strings.TrimLeft(src, " \t"), "#") {
		for i := 0; i < len(src); i++ {
			if src[i] == '\n' && !strings.HasSuffix(strings.TrimSuffix(src[:i], "\r"), `\`) {
				return i
			}
		}
		return len(src)
	}
	depth := 0
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '"' || c == '\'':
			i = skipString(src, i+1, c, false)
			continue
		case strings.HasPrefix(src[i:], "//") || strings.HasPrefix(src[i:], "/*"):
			i = cCommentEnd(src, i)
			continue
		case depth == 0 && strings.IndexByte(";,{}])", c) >= 0:
			return i
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		}
		i++
	}
	return len(src)
}

// cmakeEnd returns where the command ends that a CMake text begins with.
func cmakeEnd(src string) int {
	depth := 0
	for i := 0; i < len(src); {
		switch src[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\n':
			if depth <= 0 {
				return i
			}
		}
		i = cmakeNext(src, i, nil)
	}
	return len(src)
}

// read takes codes and reason: " AZS300, AZS302: opened by the bootloader". The text is at an offset.
func (n *note) read(text string, at int, rules []*rule.Rule) {
	rest := strings.TrimLeft(text, ": \t")
	for {
		word := rest
		if i := strings.IndexFunc(rest, func(r rune) bool { return !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') }); i >= 0 {
			word = rest[:i]
		}
		if !isCode(word) {
			break
		}
		if !known(rules, word) {
			n.problem = fmt.Sprintf("There is no rule %s", word)
		}
		n.codes = append(n.codes, word)
		begin := at + len(text) - len(rest)
		if len(n.codes) == 1 {
			n.list.Start = begin
		}
		n.list.End = begin + len(word)
		rest = strings.TrimLeft(rest[len(word):], ", \t")
	}
	n.reason = strings.Join(strings.Fields(strings.Trim(rest, ":-–— \t\r\n")), " ")
	switch {
	case len(n.codes) == 0:
		n.problem = "It does not say which rule: write " + marker + " AZS300 and the reason"
	case n.problem == "" && !hasReason(n.reason):
		n.problem = fmt.Sprintf("%s is not suppressed without a reason: write it behind the code", strings.Join(n.codes, ", "))
	}
}

// cComments finds the comments of a C source. Line splices inside "//" are taken; trigraphs are not.
func cComments(src string) []jsonc.Span {
	var out []jsonc.Span
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '"' || c == '\'':
			i = skipString(src, i+1, c, false)
		case strings.HasPrefix(src[i:], "//"), strings.HasPrefix(src[i:], "/*"):
			end := cCommentEnd(src, i)
			out = append(out, jsonc.Span{Start: i, End: end - trailingCR(src[i:end])})
			i = end
		default:
			i++
		}
	}
	return out
}

// cCommentEnd returns the offset behind the comment at i.
func cCommentEnd(src string, i int) int {
	if src[i+1] == '*' {
		if n := strings.Index(src[i+2:], "*/"); n >= 0 {
			return i + 2 + n + 2
		}
		return len(src)
	}
	end := i
	for end < len(src) && (src[end] != '\n' || strings.HasSuffix(strings.TrimSuffix(src[i:end], "\r"), `\`)) {
		end++
	}
	return end
}

func trailingCR(s string) int { return len(s) - len(strings.TrimSuffix(s, "\r")) }

// skipString returns the offset behind a quoted text. One that may not go over lines ends with its line.
func skipString(src string, i int, quote byte, lines bool) int {
	for i < len(src) {
		switch src[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		case '\n':
			if !lines {
				return i
			}
		}
		i++
	}
	return min(i, len(src))
}

// cmakeComments finds the comments of a CMake file: "#" to the end of the line, and "#[[" to "]]".
func cmakeComments(src string) []jsonc.Span {
	var out []jsonc.Span
	for i := 0; i < len(src); {
		i = cmakeNext(src, i, func(c jsonc.Span) { out = append(out, c) })
	}
	return out
}

// cmakeNext returns the offset behind what is at i: a string, a comment, for which it calls a function if it is not nil, or a
// byte.
func cmakeNext(src string, i int, comment func(jsonc.Span)) int {
	switch src[i] {
	case '"':
		return skipString(src, i+1, '"', true)
	case '\\':
		return min(i+2, len(src))
	case '[':
		if end, ok := bracket(src, i); ok {
			return end
		}
	case '#':
		end, ok := bracket(src, i+1)
		if !ok {
			end = len(src)
			if n := strings.IndexByte(src[i:], '\n'); n >= 0 {
				end = i + n
			}
			end -= trailingCR(src[i:end])
		}
		if comment != nil {
			comment(jsonc.Span{Start: i, End: end})
		}
		return end
	}
	return i + 1
}

// bracket returns the end of a bracket argument, "[==[ … ]==]", that begins at i.
func bracket(src string, i int) (end int, ok bool) {
	if i >= len(src) || src[i] != '[' {
		return 0, false
	}
	j := i + 1
	for j < len(src) && src[j] == '=' {
		j++
	}
	if j >= len(src) || src[j] != '[' {
		return 0, false
	}
	closing := "]" + src[i+1:j] + "]"
	if n := strings.Index(src[j+1:], closing); n >= 0 {
		return j + 1 + n + len(closing), true
	}
	return len(src), true
}
