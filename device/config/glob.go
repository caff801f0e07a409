package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// maxGlob is the length of the longest pattern, in bytes.
const maxGlob = 1000

// A Glob is a pattern of file paths with forward slashes: "*" and "?" stand for anything but a slash, "**" for any
// folders, "[abc]" for one character of several and "{a,b}" for one word of several. A pattern without a slash matches in every
// folder ("./a" does not); one that matches a folder matches everything in it.
type Glob struct {
	Text string
	re   *regexp.Regexp
}

// ParseGlob reads a pattern. The error says what is wrong with it.
func ParseGlob(s string) (Glob, error) {
	switch {
	case s == "":
		return Glob{}, errors.New("it is empty")
	case len(s) > maxGlob:
		return Glob{}, fmt.Errorf("it is longer than %d bytes", maxGlob)
	case strings.Contains(s, `\`):
		return Glob{}, errors.New("paths are written with forward slashes")
	case strings.HasPrefix(s, "/"):
		return Glob{}, errors.New("paths are relative to the folder of " + FileName)
	}
	pattern := strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/")
	for step := range strings.SplitSeq(pattern, "/") {
		if step == ".." || step == "." || step == "" {
			return Glob{}, errors.New("it has an empty step, \".\" or \"..\" in it; files above belong to another " + FileName)
		}
	}
	var re strings.Builder
	re.WriteString(`\A`)
	if !strings.Contains(pattern, "/") && !strings.HasPrefix(s, "./") {
		re.WriteString(`(?:.*/)?`)
	}
	if err := translate(&re, pattern); err != nil {
		return Glob{}, err
	}
	re.WriteString(`(?:/.*)?\z`)
	compiled, err := regexp.Compile(`(?s)` + re.String())
	if err != nil {
		return Glob{}, errors.New("its characters in brackets are no range")
	}
	return Glob{s, compiled}, nil
}

// translate writes a pattern as a regular expression.
func translate(re *strings.Builder, s string) error {
	brace := false
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case strings.HasPrefix(s[i:], "**/") && (i == 0 || s[i-1] == '/'):
			re.WriteString(`(?:.*/)?`)
			i += 3
			continue
		case strings.HasPrefix(s[i:], "**"):
			re.WriteString(`.*`)
			i += 2
			continue
		case c == '*':
			re.WriteString(`[^/]*`)
		case c == '?':
			re.WriteString(`[^/]`)
		case c == '[':
			end := strings.IndexByte(s[i:], ']')
			if end < 2 {
				return errors.New(`"[" is not closed`)
			}
			set := s[i+1 : i+end]
			if strings.ContainsAny(set, `/[`) {
				return errors.New("a slash or a bracket is inside brackets")
			}
			if set[0] == '!' {
				set = "^/" + set[1:]
			}
			re.WriteString("[" + set + "]")
			i += end + 1
			continue
		case c == '{':
			if brace {
				return errors.New("braces are inside braces")
			}
			brace = true
			re.WriteString(`(?:`)
		case c == '}' && brace:
			brace = false
			re.WriteByte(')')
		case c == ',' && brace:
			re.WriteByte('|')
		default:
			re.WriteString(regexp.QuoteMeta(s[i : i+1]))
		}
		i++
	}
	if brace {
		return errors.New(`"{" is not closed`)
	}
	return nil
}

// Match reports whether a path is meant, which is relative to the folder of the pattern. It takes time linear in the path.
func (g Glob) Match(path string) bool { return g.re != nil && g.re.MatchString(path) }
