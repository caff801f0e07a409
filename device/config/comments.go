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

// A note is a comment that suppresses findings of its own line, and of the next one if it stands alone.
type note struct {
	span    rule.Span // of the comment
	whole   rule.Span // what goes when it is removed: the comment, with its line if it is alone there
	codes   []string
	reason  string
	own     int    // the line where it begins, from 0
	line    int    // that it is about
	used    bool   // it suppressed something
	problem string // why it suppresses nothing
}

// notes finds the suppressing comments of a file, sorted by place. Most files have none, and are only searched for the word.
func notes(file, src string, tree *jsonc.File, rules []*rule.Rule) []*note {
	if !HasComments(src) {
		return nil
	}
	var comments []jsonc.Span
	switch ext := strings.ToLower(path.Ext(file)); {
	case ext == ".json" || ext == ".jsonc":
		if tree == nil {
			tree = jsonc.ParseString(src)
		}
		comments = tree.Comments
	case ext == ".cmake" || strings.EqualFold(path.Base(file), "CMakeLists.txt"):
		comments = cmakeComments(src)
	case slices.Contains([]string{".c", ".h", ".cc", ".cpp", ".hpp"}, ext):
		comments = cComments(src)
	}
	var out []*note
	lines := jsonc.NewLines(src)
	for _, c := range comments {
		text := src[c.Start:c.End]
		said := strings.TrimLeft(text, "/*#[= \t\r\n")
		n := &note{span: rule.Span{Start: c.Start, End: c.End}}
		if strings.HasPrefix(said, marker) {
			said = strings.TrimSuffix(said[len(marker):], "*/")
			if strings.HasPrefix(text, "#[") {
				said = strings.TrimRight(said, "]=")
			}
			n.read(said, rules)
		} else if nearMarker().MatchString(said) {
			n.problem = "This suppresses nothing: write " + marker + " AZS300 and the reason"
		} else {
			continue // it may speak of the marker
		}
		first, col := lines.UTF8(c.Start)
		last, end := lines.UTF8(c.End)
		n.own, n.line, n.whole = first, first, n.span
		before, after := lines.Line(first)[:col], lines.Line(last)
		after = after[min(end, len(after)):]
		if strings.TrimSpace(strings.TrimPrefix(before, "\ufeff")) == "" && strings.TrimSpace(after) == "" {
			n.line = last + 1
			n.whole = rule.Span{Start: c.Start - len(before), End: lines.FromUTF8(last+1, 0)}
		} else if before != "" { // the blanks before it go too
			n.whole.Start -= len(before) - len(strings.TrimRight(before, " \t"))
		}
		out = append(out, n)
	}
	// Several in a row, each alone on its line, are about the line after the last.
	for i := len(out) - 2; i >= 0; i-- {
		if n, next := out[i], out[i+1]; n.line == next.own && n.own != next.own && next.line != next.own {
			n.line = next.line
		}
	}
	return out
}

// read takes codes and reason: " AZS300, AZS302: opened by the bootloader".
func (n *note) read(text string, rules []*rule.Rule) {
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
		case strings.HasPrefix(src[i:], "//"):
			end := i
			for end < len(src) && (src[end] != '\n' || strings.HasSuffix(strings.TrimSuffix(src[i:end], "\r"), `\`)) {
				end++
			}
			out = append(out, jsonc.Span{Start: i, End: end - trailingCR(src[i:end])})
			i = end
		case strings.HasPrefix(src[i:], "/*"):
			end := len(src)
			if n := strings.Index(src[i+2:], "*/"); n >= 0 {
				end = i + 2 + n + 2
			}
			out = append(out, jsonc.Span{Start: i, End: end})
			i = end
		default:
			i++
		}
	}
	return out
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
		switch src[i] {
		case '"':
			i = skipString(src, i+1, '"', true)
		case '\\':
			i += 2
		case '[':
			if end, ok := bracket(src, i); ok {
				i = end
			} else {
				i++
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
			out = append(out, jsonc.Span{Start: i, End: end})
			i = end
		default:
			i++
		}
	}
	return out
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
