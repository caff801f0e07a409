package cmake

import (
	"strings"
	"sync"

	"armillary.dev/device/rule"
)

// ArgumentKind says how an argument is written.
type ArgumentKind uint8

// Kinds. A Paren is a parenthesis inside the arguments, as conditions have them; CMake takes it as an argument too.
const (
	Unquoted ArgumentKind = iota
	Quoted
	Bracket
	Paren
)

// File is one parsed file.
type File struct {
	Path     string // as the caller knows it
	Src      string
	Commands []Command
	Comments []rule.Span // with their # and brackets, without the end of the line
	Errors   []SyntaxError

	once sync.Once
	next []int // by command: see blocks
}

// Command is one command invocation.
type Command struct {
	Name     string // as written
	NameSpan rule.Span
	Span     rule.Span // from the name to the closing parenthesis
	Args     []Argument
	Unclosed bool // there is no closing parenthesis
}

// Argument is one argument, before variables are expanded and lists are taken apart.
type Argument struct {
	Kind    ArgumentKind
	Span    rule.Span // with quotes or brackets
	Content rule.Span // without them
	Text    string    // the content with its escape sequences decoded
}

// SyntaxError is a place that CMake would not read.
type SyntaxError struct {
	Span rule.Span
	Msg  string
}

const (
	maxErrors       = 50  // syntax errors kept per file
	maxBracketLevel = 255 // equal signs of a bracket; those of CMake's own modules have 71
)

// Is reports whether the command is called name; case does not count.
func (c *Command) Is(name string) bool { return strings.EqualFold(c.Name, name) }

// Line returns the line of an offset, from 1.
func (f *File) Line(offset int) int {
	return 1 + strings.Count(f.Src[:min(max(offset, 0), len(f.Src))], "\n")
}

// Parse takes a file apart. It never fails, and takes linear time.
func Parse(path, src string) *File {
	f := &File{Path: path, Src: src}
	p := parser{f: f, s: src}
	if strings.HasPrefix(src, "\ufeff") {
		p.i = len("\ufeff")
	}
	for p.element() {
	}
	return f
}

type parser struct {
	f *File
	s string
	i int

	recovering bool                      // some command has no closing parenthesis: lines that look like a command end the one before
	unclosed   [maxBracketLevel + 1]bool // brackets of this level that do not end any more
}

func (p *parser) errorf(start, end int, msg string) {
	if len(p.f.Errors) < maxErrors {
		p.f.Errors = append(p.f.Errors, SyntaxError{rule.Span{Start: start, End: end}, msg})
	}
}

func isNameStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isName(c byte) bool      { return isNameStart(c) || c >= '0' && c <= '9' }
func isBlank(c byte) bool     { return c == ' ' || c == '\t' || c == '\r' }

// element reads one comment, command, or line that is neither; false at the end of the file.
func (p *parser) element() bool {
	p.space(false)
	if p.i == len(p.s) {
		return false
	}
	start := p.i
	if !isNameStart(p.s[p.i]) {
		for p.i < len(p.s) && p.s[p.i] != '\n' && p.s[p.i] != '#' && !isNameStart(p.s[p.i]) {
			p.i++
		}
		p.errorf(start, p.i, "no command begins like this")
		return true
	}
	for p.i < len(p.s) && isName(p.s[p.i]) {
		p.i++
	}
	name := rule.Span{Start: start, End: p.i}
	for p.i < len(p.s) && isBlank(p.s[p.i]) {
		p.i++
	}
	if p.i == len(p.s) || p.s[p.i] != '(' {
		p.errorf(name.Start, name.End, "a command's name is followed by its arguments in parentheses")
		return true
	}
	p.i++
	p.f.Commands = append(p.f.Commands, Command{Name: p.s[name.Start:name.End], NameSpan: name})
	c := &p.f.Commands[len(p.f.Commands)-1]
	inside := p.i
	errors, comments := len(p.f.Errors), len(p.f.Comments)
	if !p.arguments(c) && !p.recovering {
		// Once more: the command that is being written ends where the next one seems to begin.
		p.recovering = true
		p.i, c.Args = inside, nil
		p.f.Errors, p.f.Comments = p.f.Errors[:errors], p.f.Comments[:comments]
		p.arguments(c)
	}
	c.Span = rule.Span{Start: start, End: p.i}
	if c.Unclosed {
		if n := len(c.Args); n > 0 {
			inside = c.Args[n-1].Span.End
		}
		for c.Span.End > inside && (isBlank(p.s[c.Span.End-1]) || p.s[c.Span.End-1] == '\n') {
			c.Span.End--
		}
		p.errorf(name.Start, name.End, "the closing parenthesis is missing")
		return true
	}
	if p.space(true); p.i < len(p.s) && p.s[p.i] != '\n' {
		p.errorf(p.i, p.i+1, "a line ends behind a command")
	}
	return true
}

// space skips white space and comments, up to the end of the line only if oneLine.
func (p *parser) space(oneLine bool) {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case isBlank(c) || c == '\n' && !oneLine:
			p.i++
		case c == '#':
			start := p.i
			if _, end, ok := p.bracket(p.i + 1); ok {
				p.i = end
			} else if n := strings.IndexByte(p.s[p.i:], '\n'); n >= 0 {
				p.i += n
			} else {
				p.i = len(p.s)
			}
			end := p.i
			for end > start && p.s[end-1] == '\r' {
				end--
			}
			p.f.Comments = append(p.f.Comments, rule.Span{Start: start, End: end})
		default:
			return
		}
	}
}

// bracket reads [[text]] or [==[text]==] at i.
func (p *parser) bracket(i int) (content rule.Span, end int, ok bool) {
	if i >= len(p.s) || p.s[i] != '[' {
		return content, 0, false
	}
	open := i + 1
	for open < len(p.s) && p.s[open] == '=' {
		open++
	}
	level := open - i - 1
	if open >= len(p.s) || p.s[open] != '[' || level > maxBracketLevel {
		return content, 0, false
	}
	n := -1
	if !p.unclosed[level] {
		n = strings.Index(p.s[open+1:], "]"+p.s[i+1:open]+"]")
	}
	if n < 0 {
		if !p.unclosed[level] {
			p.unclosed[level] = true
			p.errorf(i, open+1, "the bracket is not closed")
		}
		return content, 0, false
	}
	content = rule.Span{Start: open + 1, End: open + 1 + n}
	switch text := p.s[content.Start:content.End]; {
	case strings.HasPrefix(text, "\n"):
		content.Start++
	case strings.HasPrefix(text, "\r\n"):
		content.Start += 2
	}
	return content, open + 1 + n + level + 2, true
}

// commandLine reports whether a command seems to begin at i, where a line begins: a name and a parenthesis. A condition
// may also go on like that.
func (p *parser) commandLine(i int) bool {
	start := i
	for i < len(p.s) && isBlank(p.s[i]) {
		i++
	}
	if i == len(p.s) || !isNameStart(p.s[i]) {
		return false
	}
	begin := i
	for i < len(p.s) && isName(p.s[i]) {
		i++
	}
	name := p.s[begin:i]
	for i < len(p.s) && isBlank(p.s[i]) {
		i++
	}
	return i < len(p.s) && p.s[i] == '(' && i-start < 200 && name != "AND" && name != "OR" && name != "NOT"
}

// arguments reads up to the closing parenthesis; false if there is none.
func (p *parser) arguments(c *Command) bool {
	c.Unclosed = false
	depth, glued := 0, false // behind a bracket without a space
	for {
		at := p.i
		p.space(true)
		if p.i > at {
			glued = false
		}
		if p.i == len(p.s) {
			c.Unclosed = true
			return false
		}
		start := p.i
		ch := p.s[p.i]
		if glued && ch != ')' && ch != '\n' {
			p.errorf(start, start+1, "arguments are separated by spaces")
		}
		glued = false
		switch ch {
		case '\n':
			p.i++
			if p.recovering && p.commandLine(p.i) {
				c.Unclosed = true
				return false
			}
		case '(':
			depth++
			p.i++
			p.argument(c, Paren, start, p.i, start, p.i)
		case ')':
			p.i++
			if depth == 0 {
				return true
			}
			depth--
			p.argument(c, Paren, start, p.i, start, p.i)
		case '"':
			end := p.i + 1
			for end < len(p.s) && p.s[end] != '"' {
				if p.s[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(p.s))
			p.i = min(end+1, len(p.s))
			if end == len(p.s) {
				p.errorf(start, start+1, "the quotation mark is not closed")
			}
			p.argument(c, Quoted, start, p.i, start+1, end)
		default:
			if content, end, ok := p.bracket(p.i); ok {
				p.i = end
				p.argument(c, Bracket, start, end, content.Start, content.End)
				glued = true
				continue
			}
			p.unquoted()
			if p.i == start { // a backslash at the end of a line
				p.i++
				p.errorf(start, p.i, "a backslash with nothing behind it")
				continue
			}
			p.argument(c, Unquoted, start, p.i, start, p.i)
		}
	}
}

// unquoted skips an unquoted argument, with the forms that old files have: -Dx="a b" and $(VAR).
func (p *parser) unquoted() {
	for start := p.i; p.i < len(p.s); {
		switch c := p.s[p.i]; {
		case isBlank(c) || c == '\n' || c == ')' || c == '#':
			return
		case c == '(':
			return
		case c == '$' && p.i+1 < len(p.s) && p.s[p.i+1] == '(':
			end := p.i + 2
			for end < len(p.s) && isName(p.s[end]) {
				end++
			}
			if end == len(p.s) || p.s[end] != ')' {
				p.i++
				return
			}
			p.i = end + 1
		case c == '\\':
			if p.i+1 == len(p.s) || p.s[p.i+1] == '\n' || strings.HasPrefix(p.s[p.i+1:], "\r\n") {
				return
			}
			p.i += 2
		case c == '"':
			end := p.i + 1
			for end < len(p.s) && strings.IndexByte("\"\r\n()#", p.s[end]) < 0 {
				if p.s[end] == '\\' && end+1 < len(p.s) && p.s[end+1] != '\n' {
					end++
				}
				end++
			}
			if p.i == start || end >= len(p.s) || p.s[end] != '"' {
				return // a quoted argument without a space before it
			}
			p.i = end + 1
		default:
			p.i++
		}
	}
}

func (p *parser) argument(c *Command, kind ArgumentKind, start, end, from, to int) {
	a := Argument{Kind: kind, Span: rule.Span{Start: start, End: end}, Content: rule.Span{Start: from, End: max(from, to)}}
	a.Text = unixLines(p.s[a.Content.Start:a.Content.End])
	if kind == Quoted || kind == Unquoted {
		a.Text = unescape(a.Text)
	}
	c.Args = append(c.Args, a)
}

// unixLines writes ends of lines as CMake sees them.
func unixLines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\r\n", "\n")
}

// unescape decodes escape sequences. An escaped semicolon stays as it is: it counts when lists are taken apart.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] == '\\' {
			var n int
			b, n = escape(b, s[i:])
			i += n
			continue
		}
		b = append(b, s[i])
		i++
	}
	return string(b)
}

// escape decodes the escape sequence that s begins with.
func escape(b []byte, s string) ([]byte, int) {
	if len(s) == 1 {
		return append(b, '\\'), 1
	}
	switch c := s[1]; c {
	case 'n':
		b = append(b, '\n')
	case 't':
		b = append(b, '\t')
	case 'r':
		b = append(b, '\r')
	case ';':
		b = append(b, '\\', ';')
	case '\n': // the line goes on
	default:
		if isName(c) { // CMake refuses it; a Windows path is what it usually is
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return b, 2
}

// blocks returns for each command that begins a block or one of its clauses the index of the next clause or of the end:
// from if to elseif, else, endif; from foreach to endforeach. For all others it returns 0. What is not closed ends with
// the file.
func (f *File) blocks() []int {
	f.once.Do(func() {
		next := make([]int, len(f.Commands))
		type open struct {
			kind string // what ends it
			at   int
		}
		var stack []open
		depth := map[string]int{}
		for i := range f.Commands {
			switch name := strings.ToLower(f.Commands[i].Name); name {
			case "if", "foreach", "while", "function", "macro", "block":
				stack = append(stack, open{"end" + name, i})
				depth["end"+name]++
			case "elseif", "else":
				if n := len(stack); n > 0 && stack[n-1].kind == "endif" {
					next[stack[n-1].at], stack[n-1].at = i, i
				}
			case "endif", "endforeach", "endwhile", "endfunction", "endmacro", "endblock":
				for depth[name] > 0 {
					top := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					next[top.at] = i
					depth[top.kind]--
					if top.kind == name {
						break
					}
				}
			}
		}
		for _, o := range stack {
			next[o.at] = len(f.Commands)
		}
		f.next = next
	})
	return f.next
}
