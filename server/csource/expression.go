package csource

// maxTerms is how many numbers and names one expression may come to, with those that its names stand for, and how many tokens
// a macro may have to be looked into.
const maxTerms = 256

// integer returns the value of a constant expression: numbers, and macros and enumerators that lead to numbers.
func (r resolver) integer(t []Token, in scope) (int64, bool) {
	e := expression{r: r, in: in, terms: maxTerms}
	return e.value(t)
}

// enumValue returns the value of an enumerator.
func (r resolver) enumValue(e *Enumerator) (int64, bool) {
	x := expression{r: r, in: scope{file: e.file}, terms: maxTerms}
	return x.enumerator(e)
}

// expression works out one constant expression.
type expression struct {
	r     resolver
	in    scope
	terms int     // that may still be looked at
	depth int     // of brackets, and names for others
	t     []Token // what is still to be read
}

// value works out an expression that is the whole of some tokens.
func (e *expression) value(t []Token) (v int64, ok bool) {
	if len(t) > maxTerms || e.depth == maxNesting {
		return 0, false
	}
	e.depth++
	outer := e.t
	e.t = t
	v, ok = e.binary(0)
	ok = ok && len(e.t) == 0
	e.t = outer
	e.depth--
	return v, ok
}

// level is the precedence of a binary operator, from 1; 0 for what is none.
func (o op) level() int {
	switch o {
	case '|':
		return 1
	case '^':
		return 2
	case '&':
		return 3
	case '<'<<8 | '<', '>'<<8 | '>':
		return 4
	case '+', '-':
		return 5
	case '*', '/', '%':
		return 6
	}
	return 0
}

// binary reads operands and the operators between them that bind closer than above.
func (e *expression) binary(above int) (v int64, ok bool) {
	if v, ok = e.operand(); !ok {
		return 0, false
	}
	for len(e.t) > 0 {
		o := e.t[0].op
		level := o.level()
		if level <= above {
			break
		}
		e.t = e.t[1:]
		w, ok := e.binary(level)
		if !ok {
			return 0, false
		}
		if v, ok = o.apply(v, w); !ok {
			return 0, false
		}
	}
	return v, true
}

// apply returns what an operator makes of two numbers. Only results that an int can be are followed, so that none overflows.
func (o op) apply(v, w int64) (int64, bool) {
	switch o {
	case '|':
		v |= w
	case '^':
		v ^= w
	case '&':
		v &= w
	case '<'<<8 | '<', '>'<<8 | '>':
		switch {
		case v < 0 || w < 0 || w > 31:
			return 0, false
		case o == '<'<<8|'<':
			v <<= w
		default:
			v >>= w
		}
	case '+':
		v += w
	case '-':
		v -= w
	case '*':
		v *= w
	default:
		if w == 0 {
			return 0, false
		}
		if o == '/' {
			v /= w
		} else {
			v %= w
		}
	}
	return v, small(v)
}

// small reports whether an int holds a number.
func small(v int64) bool { return v == int64(int32(v)) }

// operand reads a number, a name or something in brackets, with the signs and casts before it.
func (e *expression) operand() (int64, bool) {
	if e.terms--; e.terms < 0 || len(e.t) == 0 {
		return 0, false
	}
	t := e.t[0]
	switch {
	case t.op == '(':
		end := closing(e.t, 0)
		if end == len(e.t) || end == 1 {
			return 0, false
		}
		inner := e.t[1:end]
		if v, ok := e.value(inner); ok {
			e.t = e.t[end+1:]
			return v, true
		}
		if !isType(inner) {
			return 0, false
		}
		e.t = e.t[end+1:]
		return e.operand()
	case t.op == '-', t.op == '+', t.op == '~':
		e.t = e.t[1:]
		v, ok := e.operand()
		switch t.op {
		case '-':
			v = -v
		case '~':
			v = ^v
		}
		return v, ok
	case t.Kind == Number:
		e.t = e.t[1:]
		v, ok := number([]Token{t})
		return v, ok && small(v)
	case t.Kind == Ident && !isKeyword(t.Text):
		e.t = e.t[1:]
		return e.name(t.Text)
	}
	return 0, false
}

// name returns the number that a name stands for.
func (e *expression) name(name string) (int64, bool) {
	if e.in.param(name) >= 0 || e.r.variable(name, e.in) != nil {
		return 0, false
	}
	if d := e.r.defines(name); len(d) > 0 {
		if len(d) > 1 || d[0].Function {
			return 0, false
		}
		return e.value(d[0].Body)
	}
	if n := e.r.enumerator(name); n != nil {
		return e.enumerator(n)
	}
	return 0, false
}

func (e *expression) enumerator(n *Enumerator) (int64, bool) {
	if n.Base != nil {
		v, ok := e.enumerator(n.Base)
		return v + n.Plus, ok
	}
	if n.Init == nil {
		return n.Plus, true
	}
	return e.value(n.Init)
}
