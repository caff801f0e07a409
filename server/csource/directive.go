package csource

import "strings"

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

// condition says whether the rest of the line is the number 0 or 1.
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
	switch strings.Trim(line, " \t\r()") {
	case "0":
		return false, !l.all
	case "1":
		return true, !l.all
	}
	return false, false
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
	l.f.conds = append(l.f.conds, cond{condIf, len(l.f.Tokens)})
	if known && !value {
		l.die(hash)
	}
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
	l.taken = l.taken[:len(l.taken)-1]
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
