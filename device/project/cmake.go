package project

import (
	"strconv"
	"strings"

	"armillary.dev/device/rule"
)

// CMakeLists is what is read from an app's CMakeLists.txt: the two calls that matter for packing, as far as their
// arguments are literal. ${PROJECT_NAME}, with the name of a literal project() call, and the variables for the
// file's own folder count as literal; other variables do not.
type CMakeLists struct {
	Path               string
	Src                string
	Project            string // name given to project(); "" if none or not literal
	HardwareDefinition *HardwareDefinitionCall
	ImagePackage       *ImagePackageCall
	APISet             int // number given to azsphere_configure_api(TARGET_API_SET "13"); 0 if none or not literal
}

// HardwareDefinitionCall is azsphere_target_hardware_definition(<target> [TARGET_DIRECTORY <dir>...] TARGET_DEFINITION <file>).
type HardwareDefinitionCall struct {
	Span        rule.Span
	Line        int // from 1
	Directories []string
	Definition  string
	Literal     bool // every argument is
}

// ImagePackageCall is azsphere_target_add_image_package(<target> [RESOURCE_FILES <file>...] [DEBUG_LIB <lib>]).
type ImagePackageCall struct {
	Span      rule.Span
	Line      int
	Resources []string
	DebugLib  string
	Literal   bool
}

// ReadCMakeLists reads a CMakeLists.txt. It never fails; of several calls the last one counts.
func ReadCMakeLists(path, src string) *CMakeLists {
	l := &CMakeLists{Path: path, Src: src}
	s := cmakeScanner{s: src, line: 1}
	for {
		cmd, ok := s.command()
		if !ok {
			return l
		}
		args, literal := make([]string, len(cmd.args)), true
		for i, a := range cmd.args {
			v, known := l.expand(a)
			args[i], literal = v, literal && known
		}
		switch strings.ToLower(cmd.name) {
		case "project":
			if len(args) > 0 && !strings.Contains(args[0], "${") {
				l.Project = args[0]
			}
		case "azsphere_configure_api":
			if v := keywords(append([]string{""}, args...), "TARGET_API_SET")["TARGET_API_SET"]; len(v) > 0 {
				number, _, _ := strings.Cut(v[0], "+") // "5+Beta2004"
				l.APISet, _ = strconv.Atoi(number)
			}
		case "azsphere_target_hardware_definition":
			by := keywords(args, "TARGET_DIRECTORY", "TARGET_DEFINITION")
			c := &HardwareDefinitionCall{Span: cmd.span, Line: cmd.line, Directories: by["TARGET_DIRECTORY"], Literal: literal}
			if d := by["TARGET_DEFINITION"]; len(d) > 0 {
				c.Definition = d[0]
			}
			l.HardwareDefinition = c
		case "azsphere_target_add_image_package":
			by := keywords(args, "RESOURCE_FILES", "DEBUG_LIB")
			c := &ImagePackageCall{Span: cmd.span, Line: cmd.line, Resources: by["RESOURCE_FILES"], Literal: literal}
			if d := by["DEBUG_LIB"]; len(d) > 0 {
				c.DebugLib = d[0]
			}
			l.ImagePackage = c
		}
	}
}

// targetName is what the calls name as their target.
func (l *CMakeLists) targetName() string { return "${PROJECT_NAME}" }

// expand replaces the variables whose values are plain; known is false if others remain.
func (l *CMakeLists) expand(s string) (value string, known bool) {
	if !strings.Contains(s, "${") {
		return s, !strings.Contains(s, "$<") && !strings.Contains(s, "$ENV{")
	}
	for _, dir := range []string{"${CMAKE_SOURCE_DIR}", "${CMAKE_CURRENT_SOURCE_DIR}", "${CMAKE_CURRENT_LIST_DIR}", "${PROJECT_SOURCE_DIR}"} {
		s = strings.ReplaceAll(s, dir, ".")
	}
	if l.Project != "" {
		s = strings.ReplaceAll(s, "${PROJECT_NAME}", l.Project)
	} else if s == "${PROJECT_NAME}" { // as a target's name it does not matter
		return s, true
	}
	return s, !strings.Contains(s, "${") && !strings.Contains(s, "$ENV{")
}

// keywords sorts arguments by the keyword before them. The first argument, the target, is left out. CMake lists in one
// argument, separated by semicolons, are taken apart.
func keywords(args []string, names ...string) map[string][]string {
	by := map[string][]string{}
	at := ""
	for i, a := range args {
		if i == 0 {
			continue
		}
		isKeyword := false
		for _, n := range names {
			if a == n {
				at, isKeyword = n, true
			}
		}
		if isKeyword || at == "" {
			continue
		}
		for part := range strings.SplitSeq(a, ";") {
			if part != "" {
				by[at] = append(by[at], part)
			}
		}
	}
	return by
}

type cmakeCommand struct {
	name string
	args []string // unquoted
	span rule.Span
	line int
}

// cmakeScanner takes CMake's language apart into commands: names, quoted, bracket and plain arguments, comments.
type cmakeScanner struct {
	s    string
	i    int
	line int
}

func (c *cmakeScanner) advance(to int) {
	c.line += strings.Count(c.s[c.i:to], "\n")
	c.i = to
}

// space skips white space and comments.
func (c *cmakeScanner) space() {
	for c.i < len(c.s) {
		switch ch := c.s[c.i]; {
		case ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n' || ch == ';':
			c.advance(c.i + 1)
		case ch == '#':
			if _, end, ok := bracket(c.s, c.i+1); ok {
				c.advance(end)
			} else if n := strings.IndexByte(c.s[c.i:], '\n'); n >= 0 {
				c.advance(c.i + n)
			} else {
				c.advance(len(c.s))
			}
		default:
			return
		}
	}
}

// bracket reads a bracket argument, [[text]] or [==[text]==], at i.
func bracket(s string, i int) (text string, end int, ok bool) {
	if i >= len(s) || s[i] != '[' {
		return "", 0, false
	}
	eq := i + 1
	for eq < len(s) && s[eq] == '=' {
		eq++
	}
	if eq >= len(s) || s[eq] != '[' {
		return "", 0, false
	}
	shut := "]" + s[i+1:eq] + "]"
	n := strings.Index(s[eq+1:], shut)
	if n < 0 {
		return s[eq+1:], len(s), true
	}
	return s[eq+1 : eq+1+n], eq + 1 + n + len(shut), true
}

// command reads the next command invocation.
func (c *cmakeScanner) command() (cmd cmakeCommand, ok bool) {
	for {
		c.space()
		if c.i == len(c.s) {
			return cmd, false
		}
		start, line := c.i, c.line
		end := start
		for end < len(c.s) && (c.s[end] == '_' || c.s[end] >= '0' && c.s[end] <= '9' || c.s[end]|0x20 >= 'a' && c.s[end]|0x20 <= 'z') {
			end++
		}
		if end == start { // what cannot begin a command
			c.advance(start + 1)
			continue
		}
		name := c.s[start:end]
		c.advance(end)
		c.space()
		if c.i == len(c.s) || c.s[c.i] != '(' {
			continue
		}
		c.advance(c.i + 1)
		args := c.arguments()
		return cmakeCommand{name, args, rule.Span{Start: start, End: c.i}, line}, true
	}
}

// arguments reads up to the closing parenthesis. Inner parentheses, as if() has them, are passed over.
func (c *cmakeScanner) arguments() (args []string) {
	for depth := 0; ; {
		c.space()
		if c.i == len(c.s) {
			return args
		}
		switch ch := c.s[c.i]; ch {
		case '(':
			depth++
			c.advance(c.i + 1)
		case ')':
			c.advance(c.i + 1)
			if depth == 0 {
				return args
			}
			depth--
		case '"':
			var b strings.Builder
			j := c.i + 1
			for j < len(c.s) && c.s[j] != '"' {
				if c.s[j] == '\\' && j+1 < len(c.s) {
					j++
					if c.s[j] != '"' && c.s[j] != '\\' && c.s[j] != ';' && c.s[j] != '$' {
						b.WriteByte('\\') // \n and the like do not occur in what is looked for; a Windows path does
					}
				}
				b.WriteByte(c.s[j])
				j++
			}
			c.advance(min(j+1, len(c.s)))
			args = append(args, b.String())
		default:
			if text, end, ok := bracket(c.s, c.i); ok {
				c.advance(end)
				args = append(args, text)
				continue
			}
			j := c.i
			for j < len(c.s) && !strings.ContainsRune(" \t\r\n()#\";", rune(c.s[j])) {
				if c.s[j] == '\\' && j+1 < len(c.s) {
					j++
				}
				j++
			}
			j = min(max(j, c.i+1), len(c.s))
			args = append(args, c.s[c.i:j])
			c.advance(j)
		}
	}
}
