package eval

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

func (c *Context) eval(text string) (*Value, error) {
	if len(text) > maxExpr {
		return nil, failAt(0, "the expression is too long")
	}
	body, format, count, err := splitFormat(text)
	if err != nil {
		return nil, err
	}
	v, err := c.evalText(body)
	if err != nil {
		return nil, err
	}
	r := *v
	r.Name = ""
	if count > 0 {
		w, err := c.asArray(&r, count)
		if err != nil {
			return nil, failAt(0, "%w", err)
		}
		r = *w
	}
	if format != Natural {
		r.format = format
	}
	return &r, nil
}

func (c *Context) evalText(text string) (*Value, error) {
	toks, err := lex(text)
	if err != nil {
		return nil, err
	}
	if len(toks) == 1 {
		return nil, failAt(0, "the expression is empty")
	}
	p := &parser{c: c, src: text, toks: toks}
	n, err := p.expr(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEOF {
		return nil, failAt(t.pos, "%q is not expected here", strings.TrimSpace(text[t.pos:t.end]))
	}
	v, err := c.node(n)
	if err != nil {
		return nil, err
	}
	if v.expr == "" {
		v.expr = strings.TrimSpace(text)
	}
	return v, nil
}

// splitFormat cuts ",x" or ",10" (or both: ",10,x") from the end of an expression.
func splitFormat(text string) (body string, f Format, count int64, err error) {
	body = text
	for range 2 {
		i := lastComma(body)
		if i < 0 {
			return
		}
		s := strings.TrimSpace(body[i+1:])
		switch {
		case len(s) == 1 && strings.IndexByte("xduobcfsa", s[0]) >= 0:
			if f != Natural {
				return body, f, 0, failAt(i, "two formats after the expression")
			}
			f = Format(s[0])
		case s != "" && s[0] >= '0' && s[0] <= '9':
			n, e := strconv.ParseInt(s, 0, 64)
			if e != nil || n <= 0 || n > 1<<24 || count != 0 {
				return body, f, 0, failAt(i+1, "%q is not a number of elements", s)
			}
			count = n
		default:
			return body, f, 0, failAt(i+1, "%q is not a format; use one of x d u o b c f s a, or a number of elements", s)
		}
		body = body[:i]
	}
	return
}

// lastComma finds the last comma outside brackets and quotes.
func lastComma(s string) int {
	depth, at := 0, -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '"', '\'':
			q := s[i]
			for i++; i < len(s) && s[i] != q; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case ',':
			if depth == 0 {
				at = i
			}
		}
	}
	return at
}

// asArray shows n elements where v points to, or from the start of the array v.
func (c *Context) asArray(v *Value, n int64) (*Value, error) {
	t := v.Type.Strip()
	switch t.Kind {
	case PointerKind:
		d, err := v.deref()
		if err != nil {
			return nil, err
		}
		if d.Type.size() == 0 {
			return nil, fmt.Errorf("elements of %s have no size", v.Type)
		}
		return &Value{Type: arrayOf(d.Type, n), ctx: c, loc: d.loc, format: v.format, expr: v.expr}, nil
	case Array:
		w := *v
		w.Type = arrayOf(t.Elem(), n)
		if t.count >= 0 && n > t.count && v.loc.kind != locMemory {
			return nil, fmt.Errorf("the array has only %d elements", t.count)
		}
		w.loc.cache = nil
		return &w, nil
	}
	return nil, fmt.Errorf("a number of elements needs a pointer or an array, not %s", v.Type)
}

// integer makes a result of an integer or pointer type.
func (c *Context) integer(t *Type, u uint64) *Value {
	n := t.size()
	if n == 0 || n > 8 {
		n = 8
	}
	if t.Strip().Kind == Bool && u != 0 {
		u = 1
	}
	b := make([]byte, 8)
	binary.LittleEndian.PutUint64(b, u)
	return &Value{Type: t, ctx: c, loc: location{kind: locBytes, data: b[:n]}}
}

func (c *Context) floating(t *Type, f float64) *Value {
	b := make([]byte, 8)
	if t.size() == 4 {
		binary.LittleEndian.PutUint32(b, math.Float32bits(float32(f)))
		b = b[:4]
	} else {
		binary.LittleEndian.PutUint64(b, math.Float64bits(f))
	}
	return &Value{Type: t, ctx: c, loc: location{kind: locBytes, data: b}}
}

// at gives an error its place in the text, unless it has one.
func (n *node) at(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return &Error{Pos: n.pos, Msg: err.Error(), Err: err}
}

func (c *Context) node(n *node) (*Value, error) {
	switch n.kind {
	case nLiteral:
		if n.tok.typ.Kind == FloatKind {
			return c.floating(n.tok.typ, n.tok.flt), nil
		}
		return c.integer(n.tok.typ, n.tok.num), nil
	case nString:
		b := append([]byte(n.tok.text), 0)
		return &Value{Type: arrayOf(typeChar, int64(len(b))), ctx: c, loc: location{kind: locBytes, data: b}}, nil
	case nName:
		v, err := c.lookup(n.name)
		if err != nil {
			return nil, n.at(err)
		}
		return v, nil
	case nRegister:
		v, err := c.registerValue(n.name)
		if err != nil {
			return nil, n.at(err)
		}
		return v, nil
	case nSizeofType:
		return c.sizeof(n, n.typ)
	case nSizeofExpr:
		v, err := c.node(n.x)
		if err != nil {
			return nil, err
		}
		return c.sizeof(n, v.Type)
	case nCast:
		v, err := c.node(n.x)
		if err != nil {
			return nil, err
		}
		r, err := c.convert(v, n.typ, true)
		if err != nil {
			return nil, n.at(err)
		}
		return r, nil
	case nCond:
		v, err := c.node(n.x)
		if err != nil {
			return nil, err
		}
		b, err := c.condition(v)
		if err != nil {
			return nil, n.x.at(err)
		}
		if b {
			return c.node(n.y)
		}
		return c.node(n.z)
	case nIndex:
		return c.subscript(n)
	case nMember:
		return c.access(n)
	case nUnary:
		return c.unary(n)
	case nPost:
		return c.increment(n, true)
	case nBinary:
		return c.binary(n)
	case nAssign:
		return c.assignNode(n)
	case nRepeat:
		x, err := c.node(n.x)
		if err != nil {
			return nil, err
		}
		y, err := c.node(n.y)
		if err != nil {
			return nil, err
		}
		k, err := y.uint64()
		if _, ok := x.address(); err != nil || !ok || k == 0 || k > 1<<24 || !y.Type.isInteger() || x.Type.size() == 0 {
			return nil, failAt(n.pos, "@ needs a value in memory and a number of elements")
		}
		return &Value{Type: arrayOf(x.Type, int64(k)), ctx: c, loc: location{kind: locMemory, addr: x.loc.addr}, expr: ""}, nil
	}
	return nil, failAt(n.pos, "this expression is not supported")
}

// known refuses a value of a type that the debug information does not give.
func known(v *Value) error {
	if v.Type.Strip().Kind == Unknown {
		return fmt.Errorf("%s has no debug information: say its type, e.g. *(int *)&%s", v.Name, v.Name)
	}
	return nil
}

func (c *Context) sizeof(n *node, t *Type) (*Value, error) {
	s := t.Strip()
	size := t.size()
	switch {
	case s.Kind == Void || s.Kind == Func:
		size = 1 // as GCC and gdb have it
	case size == 0 && s.Kind != Struct && s.Kind != Union && s.Kind != Array, s.Kind == Array && s.count < 0, size == 0 && len(t.Fields()) == 0 && s.Kind != Array:
		return nil, failAt(n.pos, "the size of %s is not known", t)
	}
	return c.integer(typeUint, uint64(size)), nil
}

func (c *Context) condition(v *Value) (bool, error) {
	if err := known(v); err != nil {
		return false, err
	}
	switch t := v.Type.Strip(); t.Kind {
	case Array, Func:
		if v.loc.kind == locMemory {
			return v.loc.addr != 0, nil
		}
		return true, nil
	case Struct, Union, Void:
		return false, fmt.Errorf("%s is neither true nor false", v.Type)
	}
	return v.truth()
}

// decay turns arrays and functions into pointers, as C does in most places.
func (c *Context) decay(v *Value) (*Value, error) {
	t := v.Type.Strip()
	if t.Kind != Array && t.Kind != Func {
		return v, nil
	}
	if v.err != nil {
		return nil, v.err
	}
	if v.loc.kind != locMemory {
		return nil, fmt.Errorf("the array is not in memory, so it has no address")
	}
	e := v.Type
	if t.Kind == Array {
		e = t.Elem()
	}
	return c.integer(pointerTo(e), uint64(c.codeAddress(v, t))), nil
}

// codeAddress is the address of v; functions in T32 have bit 0 set, as function pointers do.
func (c *Context) codeAddress(v *Value, t *Type) uint32 {
	a := v.loc.addr
	if t.Kind == Func {
		if m := c.Space.Image(a); m != nil && m.IsThumb(a) {
			a |= 1
		}
	}
	return a
}

func (c *Context) subscript(n *node) (*Value, error) {
	x, err := c.node(n.x)
	if err != nil {
		return nil, err
	}
	y, err := c.node(n.y)
	if err != nil {
		return nil, err
	}
	if x.Type.isInteger() && !y.Type.isInteger() { // 2[a]
		x, y = y, x
	}
	if err := known(x); err != nil {
		return nil, n.at(err)
	}
	if !y.Type.isInteger() {
		return nil, failAt(n.y.pos, "an index has to be an integer, not %s", y.Type)
	}
	i, err := y.uint64()
	if err != nil {
		return nil, n.y.at(err)
	}
	k := int64(i)
	t := x.Type.Strip()
	switch t.Kind {
	case Array:
		if x.err != nil {
			return nil, n.x.at(x.err)
		}
		if x.loc.kind != locMemory && (k < 0 || t.count >= 0 && k >= t.count) {
			return nil, failAt(n.y.pos, "index %d is outside the array of %d", k, t.count)
		}
		v := x.index(k)
		v.Name = ""
		return v, nil
	case PointerKind:
		e := t.Elem()
		size := e.size()
		if e.Strip().Kind == Void {
			return nil, failAt(n.pos, "a void pointer cannot be indexed; cast it first")
		}
		if size == 0 {
			return nil, failAt(n.pos, "elements of %s have no size", x.Type)
		}
		p, err := x.uint64()
		if err != nil {
			return nil, n.x.at(err)
		}
		v := &Value{Type: e, ctx: c, loc: location{kind: locMemory, addr: uint32(p) + uint32(k)*size}}
		if x.expr != "" {
			v.expr = fmt.Sprintf("%s[%d]", postfixOperand(x.expr), k)
		}
		return v, nil
	}
	return nil, failAt(n.pos, "%s cannot be indexed", x.Type)
}

func (c *Context) access(n *node) (*Value, error) {
	x, err := c.node(n.x)
	if err != nil {
		return nil, err
	}
	if err := known(x); err != nil {
		return nil, n.at(err)
	}
	t := x.Type.Strip()
	// Like gdb, . on a pointer and -> on a struct mean what they obviously mean.
	if t.Kind == Array && n.op == "->" {
		if x, err = c.decay(x); err != nil {
			return nil, n.x.at(err)
		}
		t = x.Type.Strip()
	}
	if t.Kind == PointerKind {
		d, err := x.deref()
		if err != nil {
			return nil, n.x.at(err)
		}
		x = d
	}
	if x.err != nil {
		return nil, n.x.at(x.err)
	}
	v, err := x.member(n.name)
	if err != nil {
		return nil, n.at(err)
	}
	v.Name = ""
	return v, nil
}

func (c *Context) unary(n *node) (*Value, error) {
	if n.op == "++" || n.op == "--" {
		return c.increment(n, false)
	}
	x, err := c.node(n.x)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*Value, error) { return nil, n.at(err) }
	switch n.op {
	case "&":
		t := x.Type.Strip()
		if x.err != nil {
			return fail(x.err)
		}
		if x.loc.bitSize > 0 {
			return fail(errors.New("a bit-field has no address"))
		}
		if x.loc.kind != locMemory {
			if x.loc.kind == locPieces {
				return fail(errors.New("the value is in a register and has no address"))
			}
			return fail(errors.New("a result has no address"))
		}
		e := x.Type
		if t.Kind == Unknown {
			e = typeVoid
		}
		v := c.integer(pointerTo(e), uint64(c.codeAddress(x, t)))
		if x.expr != "" {
			v.expr = "&" + postfixOperand(x.expr)
		}
		return v, nil
	case "*":
		if err := known(x); err != nil {
			return fail(err)
		}
		if x.Type.Strip().Kind == Array {
			if x.err != nil {
				return fail(x.err)
			}
			v := x.index(0)
			v.Name = ""
			return v, nil
		}
		if x, err = c.decay(x); err != nil {
			return fail(err)
		}
		if x.Type.isInteger() { // like gdb: an address
			u, err := x.uint64()
			if err != nil {
				return fail(err)
			}
			return &Value{Type: typeInt, ctx: c, loc: location{kind: locMemory, addr: uint32(u)}}, nil
		}
		v, err := x.deref()
		if err != nil {
			return fail(err)
		}
		return v, nil
	case "!":
		b, err := c.condition(x)
		if err != nil {
			return fail(err)
		}
		return c.integer(typeInt, b2u(!b)), nil
	}
	if err := known(x); err != nil {
		return fail(err)
	}
	if !x.Type.isArith() || n.op == "~" && !x.Type.isInteger() {
		return fail(fmt.Errorf("%s cannot be applied to %s", n.op, x.Type))
	}
	if x.Type.Strip().Kind == FloatKind {
		f, err := x.float()
		if err != nil {
			return fail(err)
		}
		if n.op == "-" {
			f = -f
		}
		return c.floating(x.Type.Strip(), f), nil
	}
	t := promote(x)
	u, err := x.uint64()
	if err != nil {
		return fail(err)
	}
	switch n.op {
	case "-":
		u = -u
	case "~":
		u = ^u
	}
	return c.integer(t, u), nil
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
