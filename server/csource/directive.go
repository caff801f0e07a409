package csource

import (
	"strconv"
	"strings"
)

// directive reads a preprocessor directive, whose # is at the position, to the end of its line.
func (l *lexer) directive() {
	hash := l.pos
	l.pos++
	l.blank()
	start := l.pos
	for l.pos < len(l.src) && classes[l.src[l.pos]]&clsIdent != 0 {
		l.pos++
	}
	switch name := l.src[start:l.pos]; name {
	case "if", "ifdef", "ifndef":
		l.condIf(hash, name)
	case "elif", "else", "elifdef", "elifndef":
		l.condElse(hash, name)
	case "endif":
		l.condEndif(hash)
	case "define":
		if l.dead == 0 {
			l.define(hash)
		}
	case "undef":
		if l.dead == 0 {
			l.pos = start + len(name)
			l.undef()
			l.pos = start + len(name)
		}
	case "include", "include_next", "import":
		if l.dead == 0 {
			l.include()
		}
	case "error", "warning", "pragma", "line", "ident":
		l.rest(nil)
		return
	}
	l.line()
}

// blank moves over space and comments within the line.
func (l *lexer) blank() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case isSpace(c):
			l.pos++
		case c == '/' && l.comment():
		default:
			return
		}
	}
}

// line keeps the tokens up to the end of the line as those of a directive, and returns them.
func (l *lexer) line() (first, last int) {
	first = len(l.f.directives)
	l.rest(func(t Token) { l.f.directives = append(l.f.directives, t) })
	return first, len(l.f.directives)
}

// rest reads to the end of the line. Comments may go on behind it, and then the line does too.
func (l *lexer) rest(keep func(Token)) {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '\n':
			return
		case isSpace(c):
			l.pos++
		case c == '/' && l.comment():
		default:
			start := l.pos
			kind := l.scan()
			if keep != nil && l.dead == 0 {
				keep(l.token(kind, start, l.pos))
			}
		}
	}
}

// condition says whether the rest of the line is certainly true or false: a number, a macro that stands for one, or two of
// them compared with == or !=.
func (l *lexer) condition() (value, known bool) {
	line := l.src[l.pos:]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	if at := strings.Index(line, "//"); at >= 0 {
		line = line[:at]
	}
	if at := strings.Index(line, "/*"); at >= 0 {
		line = line[:at]
	}
	line = strings.Trim(line, " \t\r()")
	if l.all {
		return false, false
	}
	for _, op := range []string{"==", "!="} {
		if left, right, ok := strings.Cut(line, op); ok {
			a, okA := l.number(left)
			b, okB := l.number(right)
			return (a == b) == (op == "=="), okA && okB
		}
	}
	n, ok := l.number(line)
	return n != 0, ok
}

// maxMacro is how many macros a number in a condition may stand behind.
const maxMacro = 8

// number returns what an operand of a condition is. A macro counts only if this file defines it before, once and whatever
// else is defined: nobody outside can give it another value.
func (l *lexer) number(s string) (n int64, ok bool) {
	s = strings.Trim(s, " \t\r")
	for range maxMacro {
		if n, err := strconv.ParseInt(s, 0, 64); err == nil {
			return n, true
		}
		d, ok := l.fixed[s]
		if !ok {
			return 0, false
		}
		s = d
	}
	return 0, false
}

// fix remembers a macro whose value conditions may be decided by, or that it is none of these.
func (l *lexer) fix(d *Define) {
	if l.fixed == nil {
		l.fixed = map[string]string{}
	}
	if _, again := l.fixed[d.Name]; again || d.Function || len(l.taken) > 0 || len(d.Body) != 1 {
		l.fixed[d.Name] = ""
		return
	}
	l.fixed[d.Name] = d.Body[0].Text
}

// undef forgets the value of a macro.
func (l *lexer) undef() {
	l.blank()
	start := l.pos
	for l.pos < len(l.src) && classes[l.src[l.pos]]&clsIdent != 0 {
		l.pos++
	}
	if name := l.src[start:l.pos]; l.fixed != nil && name != "" {
		l.fixed[name] = ""
	}
}

func (l *lexer) condIf(hash int, name string) {
	if l.dead > 0 {
		l.dead++
		return
	}
	value, known := false, false
	if name == "if" {
		value, known = l.condition()
	}
	l.taken = append(l.taken, known && value)
	l.guards = append(l.guards, Guard{l.guard(name), l.span(hash, hash)})
	l.f.conds = append(l.f.conds, cond{condIf, len(l.f.Tokens)})
	if known && !value {
		l.die(hash)
	}
}

// guard returns the macro that has to be defined for what follows to be compiled; "" if the condition is another one.
func (l *lexer) guard(directive string) string {
	line := l.src[l.pos:]
	if end := strings.IndexAny(line, "\n/"); end >= 0 {
		line = line[:end]
	}
	line = strings.Trim(line, " \t\r")
	if directive == "if" {
		rest, ok := strings.CutPrefix(line, "defined")
		if !ok {
			return ""
		}
		line = strings.TrimSpace(rest)
		if inner, ok := strings.CutPrefix(line, "("); ok {
			line = strings.TrimSpace(strings.TrimSuffix(inner, ")"))
		}
	} else if directive != "ifdef" {
		return ""
	}
	for i := range len(line) {
		if classes[line[i]]&clsIdent == 0 {
			return ""
		}
	}
	return line
}

// unguard ends what the innermost #if guards.
func (l *lexer) unguard(at int) {
	g := &l.guards[len(l.guards)-1]
	if g.Macro != "" {
		g.Span.End = l.span(at, at).Start
		l.f.Guards = append(l.f.Guards, *g)
	}
	*g = Guard{}
}

// die switches off what follows.
func (l *lexer) die(at int) { l.dead, l.from = 1, at }

// live switches it on again.
func (l *lexer) live(at int) {
	l.f.Skipped = append(l.f.Skipped, l.span(l.from, at))
	l.dead = 0
}

func (l *lexer) condElse(hash int, name string) {
	if l.dead > 1 || len(l.taken) == 0 {
		return
	}
	top := &l.taken[len(l.taken)-1]
	l.unguard(hash)
	if l.dead == 1 {
		l.live(hash)
	}
	l.f.conds = append(l.f.conds, cond{condElse, len(l.f.Tokens)})
	value, known := false, false
	if name == "elif" {
		value, known = l.condition()
	}
	switch {
	case *top, known && !value:
		l.die(hash)
	case known:
		*top = true
	}
}

func (l *lexer) condEndif(hash int) {
	if l.dead > 1 {
		l.dead--
		return
	}
	if len(l.taken) == 0 {
		return
	}
	if l.dead == 1 {
		l.live(hash)
	}
	l.unguard(hash)
	l.taken, l.guards = l.taken[:len(l.taken)-1], l.guards[:len(l.guards)-1]
	l.f.conds = append(l.f.conds, cond{condEndif, len(l.f.Tokens)})
}

// include reads the name of a header.
func (l *lexer) include() {
	l.blank()
	if l.pos >= len(l.src) {
		return
	}
	open, end := l.src[l.pos], byte(0)
	switch open {
	case '"':
		end = '"'
	case '<':
		end = '>'
	default:
		l.f.Includes = append(l.f.Includes, Include{Span: l.span(l.pos, l.pos)})
		return
	}
	start := l.pos
	stop := start + 1
	for stop < len(l.src) && l.src[stop] != end && l.src[stop] != '\n' {
		stop++
	}
	name := strings.TrimRight(l.src[start+1:stop], "\r")
	if stop < len(l.src) && l.src[stop] == end {
		stop++
	}
	l.pos = stop
	l.f.Includes = append(l.f.Includes, Include{Path: name, System: open == '<', Span: l.span(start, stop)})
}

// define reads a macro.
func (l *lexer) define(hash int) {
	l.blank()
	start := l.pos
	for l.pos < len(l.src) && classes[l.src[l.pos]]&clsIdent != 0 {
		l.pos++
	}
	if l.pos == start {
		return
	}
	name := l.token(Ident, start, l.pos)
	function := l.pos < len(l.src) && l.src[l.pos] == '('
	l.f.directives = append(l.f.directives, name)
	first, last := l.line()
	// The tokens may move while others are appended, but not change.
	body := l.f.directives[first:last:last]
	d := &Define{Name: name.Text, NameSpan: name.Span(), Function: function, file: l.f}
	end := int(name.end)
	if len(body) > 0 {
		end = int(body[len(body)-1].end)
	}
	d.Span = Span{l.original(hash), end}
	if function {
		body = d.params(body)
	}
	d.Body = body
	l.f.Defines = append(l.f.Defines, d)
	l.fix(d)
}

// params takes the parameters off the tokens behind a function-like macro's name.
func (d *Define) params(tokens []Token) []Token {
	for i := 1; i < len(tokens); i++ {
		switch t := &tokens[i]; {
		case t.Kind == Ident:
			d.Params = append(d.Params, t.Text)
		case t.Text == "...":
			if tokens[i-1].Kind != Ident { // a named rest is the name
				d.Params = append(d.Params, "__VA_ARGS__")
			}
		case t.op == ')':
			return tokens[i+1:]
		}
	}
	return nil
}
