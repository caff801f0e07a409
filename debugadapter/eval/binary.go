package eval

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

func (c *Context) binary(n *node) (*Value, error) {
	x, err := c.node(n.x)
	if err != nil {
		return nil, err
	}
	if n.op == "&&" || n.op == "||" {
		a, err := c.condition(x)
		if err != nil {
			return nil, n.x.at(err)
		}
		if a == (n.op == "||") {
			return c.integer(typeInt, b2u(a)), nil
		}
		y, err := c.node(n.y)
		if err != nil {
			return nil, err
		}
		b, err := c.condition(y)
		if err != nil {
			return nil, n.y.at(err)
		}
		return c.integer(typeInt, b2u(b)), nil
	}
	y, err := c.node(n.y)
	if err != nil {
		return nil, err
	}
	v, err := c.operate(n.op, x, y)
	if err != nil {
		return nil, n.at(err)
	}
	return v, nil
}

// operate applies a binary operator with C's conversions.
func (c *Context) operate(op string, x, y *Value) (*Value, error) {
	if err := known(x); err != nil {
		return nil, err
	}
	if err := known(y); err != nil {
		return nil, err
	}
	if op == "==" || op == "!=" {
		if v, ok, err := c.compareText(op, x, y); ok {
			return v, err
		}
	}
	x, err := c.decay(x)
	if err != nil {
		return nil, err
	}
	if y, err = c.decay(y); err != nil {
		return nil, err
	}
	px, py := x.Type.isPointer(), y.Type.isPointer()
	switch {
	case px || py:
		return c.pointerOp(op, x, y, px, py)
	case !x.Type.isArith() || !y.Type.isArith():
		bad := x
		if x.Type.isArith() {
			bad = y
		}
		return nil, fmt.Errorf("%s cannot be applied to %s", op, bad.Type)
	}
	t := usual(x, y)
	if t.Kind == FloatKind {
		return c.floatOp(op, x, y, t)
	}
	a, err := x.uint64()
	if err != nil {
		return nil, err
	}
	b, err := y.uint64()
	if err != nil {
		return nil, err
	}
	if op == "<<" || op == ">>" {
		return c.shift(op, x, a, b)
	}
	width := 8 * t.size()
	cut := func(u uint64) uint64 {
		if width >= 64 {
			return u
		}
		if t.Signed {
			return uint64(int64(u<<(64-width)) >> (64 - width))
		}
		return u & (1<<width - 1)
	}
	a, b = cut(a), cut(b)
	switch op {
	case "+":
		return c.integer(t, a+b), nil
	case "-":
		return c.integer(t, a-b), nil
	case "*":
		return c.integer(t, a*b), nil
	case "&":
		return c.integer(t, a&b), nil
	case "|":
		return c.integer(t, a|b), nil
	case "^":
		return c.integer(t, a^b), nil
	case "/", "%":
		if b == 0 {
			return nil, errors.New("division by zero")
		}
		switch {
		case !t.Signed && op == "/":
			a /= b
		case !t.Signed:
			a %= b
		case int64(b) == -1 && op == "/":
			a = -a
		case int64(b) == -1:
			a = 0
		case op == "/":
			a = uint64(int64(a) / int64(b))
		default:
			a = uint64(int64(a) % int64(b))
		}
		return c.integer(t, a), nil
	}
	if t.Signed {
		return c.integer(typeInt, b2u(compare(op, int64(a), int64(b)))), nil
	}
	return c.integer(typeInt, b2u(compare(op, a, b))), nil
}

func compare[T int64 | uint64 | float64](op string, a, b T) bool {
	switch op {
	case "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

func isComparison(op string) bool {
	switch op {
	case "==", "!=", "<", "<=", ">", ">=":
		return true
	}
	return false
}

// shift: the type is that of the promoted left operand (C11 6.5.7); too far gives 0 or the sign, not chance.
func (c *Context) shift(op string, x *Value, a, n uint64) (*Value, error) {
	t := promote(x)
	width := uint64(8 * t.size())
	if int64(n) < 0 {
		return nil, errors.New("shift by a negative number")
	}
	switch {
	case op == "<<" && n >= width:
		a = 0
	case op == "<<":
		a <<= n
	case t.Signed:
		a = uint64(int64(a) >> min(n, 63))
	case n >= width:
		a = 0
	default:
		a >>= n
	}
	return c.integer(t, a), nil
}

func (c *Context) floatOp(op string, x, y *Value, t *Type) (*Value, error) {
	a, err := x.float()
	if err != nil {
		return nil, err
	}
	b, err := y.float()
	if err != nil {
		return nil, err
	}
	if t.size() == 4 {
		a, b = float64(float32(a)), float64(float32(b))
	}
	switch op {
	case "+":
		return c.floating(t, a+b), nil
	case "-":
		return c.floating(t, a-b), nil
	case "*":
		return c.floating(t, a*b), nil
	case "/":
		return c.floating(t, a/b), nil
	}
	if isComparison(op) {
		return c.integer(typeInt, b2u(compare(op, a, b))), nil
	}
	return nil, fmt.Errorf("%s cannot be applied to %s", op, t)
}

func (c *Context) pointerOp(op string, x, y *Value, px, py bool) (*Value, error) {
	a, err := x.uint64()
	if err != nil {
		return nil, err
	}
	b, err := y.uint64()
	if err != nil {
		return nil, err
	}
	step := func(t *Type) (uint32, error) {
		e := t.Strip().Elem()
		switch e.Strip().Kind {
		case Void, Func:
			return 1, nil
		}
		n := e.size()
		if n == 0 {
			return 0, fmt.Errorf("what %s points to has no size", t)
		}
		return n, nil
	}
	switch {
	case isComparison(op) && (px && py || x.Type.isInteger() || y.Type.isInteger()):
		return c.integer(typeInt, b2u(compare(op, a&0xffffffff, b&0xffffffff))), nil
	case op == "-" && px && py:
		n, err := step(x.Type)
		if err != nil {
			return nil, err
		}
		if m, err := step(y.Type); err != nil || m != n {
			return nil, fmt.Errorf("%s and %s point to different things", x.Type, y.Type)
		}
		return c.integer(typeInt, uint64(int64(int32(uint32(a)-uint32(b)))/int64(n))), nil
	case op == "+" && px != py, op == "-" && px:
		p, i := x, b
		if py {
			p, i = y, a
		}
		other := y
		if py {
			other = x
		}
		if !other.Type.isInteger() {
			break
		}
		n, err := step(p.Type)
		if err != nil {
			return nil, err
		}
		base, _ := p.uint64()
		d := uint32(i) * n
		if op == "-" {
			d = -d
		}
		return c.integer(p.Type, uint64(uint32(base)+d)), nil
	}
	return nil, fmt.Errorf("%s cannot be applied to %s and %s", op, x.Type, y.Type)
}

// compareText compares characters with a string literal by contents, which is what a condition like
// name == "led" means; C would compare addresses, which no debugger user wants.
func (c *Context) compareText(op string, x, y *Value) (*Value, bool, error) {
	isLit := func(v *Value) bool { return v.loc.kind == locBytes && v.Type.Kind == Array && v.Type.elem == typeChar }
	if isLit(x) {
		x, y = y, x
	}
	if !isLit(y) {
		return nil, false, nil
	}
	want := strings.TrimSuffix(string(y.loc.data), "\x00")
	var got string
	t := x.Type.Strip()
	switch {
	case t.Kind == Array && t.Elem().isChar():
		b, err := x.raw()
		if err != nil {
			return nil, true, err
		}
		got, _, _ = strings.Cut(string(b), "\x00")
	case t.Kind == PointerKind && t.Elem().isChar():
		p, err := x.uint64()
		if err != nil {
			return nil, true, err
		}
		b := make([]byte, 0, len(want)+1)
		for i := 0; i <= len(want); i++ {
			var one [1]byte
			if err := c.read(uint32(p)+uint32(i), one[:]); err != nil {
				return nil, true, err
			}
			if one[0] == 0 {
				break
			}
			b = append(b, one[0])
		}
		got = string(b)
	default:
		return nil, false, nil
	}
	return c.integer(typeInt, b2u((got == want) == (op == "=="))), true, nil
}

// convert changes a value to another type: an assignment's conversion, or with cast all that a cast may do.
func (c *Context) convert(v *Value, to *Type, cast bool) (*Value, error) {
	s := to.Strip()
	if s.Kind == Void && cast {
		return &Value{Type: to, ctx: c, loc: location{kind: locBytes}}, nil
	}
	from := v.Type.Strip()
	if from.Kind == Unknown && cast && v.err == nil && v.loc.kind == locMemory && s.Kind != Func {
		// A symbol without debug information: the cast says what it is (gdb does so too).
		w := *v
		w.Type = to
		return &w, nil
	}
	if err := known(v); err != nil {
		return nil, err
	}
	switch s.Kind {
	case Struct, Union, Array:
		if from == s || from.Kind == s.Kind && from.Name == s.Name && from.Size == s.Size {
			w := *v
			w.Type = to
			return &w, nil
		}
		return nil, fmt.Errorf("%s cannot be converted to %s", v.Type, to)
	case Func, Unknown, ComplexKind:
		return nil, fmt.Errorf("%s cannot be converted to %s", v.Type, to)
	}
	x, err := c.decay(v)
	if err != nil {
		return nil, err
	}
	if !x.Type.isScalar() {
		return nil, fmt.Errorf("%s cannot be converted to %s", v.Type, to)
	}
	fromPtr, toPtr := x.Type.isPointer(), s.Kind == PointerKind
	fromFloat, toFloat := x.Type.Strip().Kind == FloatKind, s.Kind == FloatKind
	if fromPtr && toFloat || fromFloat && toPtr {
		return nil, fmt.Errorf("%s cannot be converted to %s", v.Type, to)
	}
	if fromFloat || toFloat {
		f, err := x.float()
		if err != nil {
			return nil, err
		}
		switch {
		case toFloat:
			return c.floating(to, f), nil
		case s.Kind == Bool:
			return c.integer(to, b2u(f != 0)), nil
		}
		return c.integer(to, truncate(f, s)), nil
	}
	u, err := x.uint64()
	if err != nil {
		return nil, err
	}
	r := c.integer(to, u)
	return r, nil
}

// truncate is a float as an integer; outside the range it is the nearest end, as VCVT does it.
func truncate(f float64, t *Type) uint64 {
	if f != f {
		return 0
	}
	w := 8 * t.Size
	if t.Signed {
		lim := math.Ldexp(1, int(w)-1)
		return uint64(int64(math.Trunc(max(-lim, min(f, math.Nextafter(lim, 0))))))
	}
	lim := math.Ldexp(1, int(w))
	if f >= lim {
		return math.MaxUint64
	}
	if f < 0 {
		return 0
	}
	return uint64(f)
}
