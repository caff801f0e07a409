package dwarfop

import (
	"fmt"
	"math"
)

// convert changes a value's type as a C cast would.
func convert(v value, t BaseType) value {
	from := v.typ
	switch {
	case from.Encoding == Floating && t.Encoding == Floating:
		return floatValue(v.float(), t)
	case from.Encoding == Floating:
		f := v.float()
		switch {
		case f != f:
			return value{0, t}
		case t.Encoding == Signed || f < 0:
			return value{uint64(int64(max(min(f, math.MaxInt64), math.MinInt64))), t}
		case f >= math.MaxUint64:
			return value{math.MaxUint64, t}
		}
		return value{uint64(f), t}
	case t.Encoding == Floating && from.Encoding == Signed:
		return floatValue(float64(v.signed()), t)
	case t.Encoding == Floating:
		return floatValue(float64(v.bits), t)
	case from.Encoding == Signed:
		return value{uint64(v.signed()), t}
	}
	return value{v.bits, t}
}

// arith runs a unary or binary operator on values of one type.
func (m *machine) arith(op byte) error {
	b, err := m.pop()
	if err != nil {
		return err
	}
	switch op {
	case opAbs, opNeg, opNot:
		if b.typ.Encoding == Floating {
			switch op {
			case opAbs:
				return m.push(floatValue(math.Abs(b.float()), b.typ))
			case opNeg:
				return m.push(floatValue(-b.float(), b.typ))
			}
			return fmt.Errorf("%w: bit operation on a float", ErrMalformed)
		}
		switch {
		case op == opNot:
			b.bits = ^b.bits
		case op == opNeg || b.signed() < 0 && (b.generic() || b.typ.Encoding == Signed):
			b.bits = -b.bits
		}
		return m.push(b)
	}
	a, err := m.pop()
	if err != nil {
		return err
	}
	if a.typ != b.typ && op != opShl && op != opShr && op != opShra {
		return fmt.Errorf("%w: operands of different types", ErrMalformed)
	}
	if op >= opEq {
		return m.compare(op, a, b)
	}
	if a.typ.Encoding == Floating {
		x, y := a.float(), b.float()
		switch op {
		case opPlus:
			x += y
		case opMinus:
			x -= y
		case opMul:
			x *= y
		case opDiv:
			x /= y
		default:
			return fmt.Errorf("%w: bit operation on a float", ErrMalformed)
		}
		return m.push(floatValue(x, a.typ))
	}
	r := value{typ: a.typ}
	width := uint64(8 * a.size())
	switch op {
	case opAnd:
		r.bits = a.bits & b.bits
	case opOr:
		r.bits = a.bits | b.bits
	case opXor:
		r.bits = a.bits ^ b.bits
	case opPlus:
		r.bits = a.bits + b.bits
	case opMinus:
		r.bits = a.bits - b.bits
	case opMul:
		r.bits = a.bits * b.bits
	case opDiv, opMod:
		if b.bits == 0 {
			return fmt.Errorf("%w: division by zero", ErrMalformed)
		}
		// DW_OP_div is signed and DW_OP_mod unsigned for the generic type (DWARF 5, 2.5.1.4).
		switch signed := a.typ.Encoding == Signed || a.generic() && op == opDiv; {
		case signed && b.signed() == -1: // the smallest number over -1 would trap
			if op == opDiv {
				r.bits = -a.bits
			}
		case signed && op == opDiv:
			r.bits = uint64(a.signed() / b.signed())
		case signed:
			r.bits = uint64(a.signed() % b.signed())
		case op == opDiv:
			r.bits = a.bits / b.bits
		default:
			r.bits = a.bits % b.bits
		}
	case opShl:
		if b.bits < width {
			r.bits = a.bits << b.bits
		}
	case opShr:
		if b.bits < width {
			r.bits = a.bits >> b.bits
		}
	case opShra:
		r.bits = uint64(a.signed() >> min(b.bits, 63))
	}
	return m.push(r)
}

// compare pushes 0 or 1 of the generic type; the generic type compares as signed.
func (m *machine) compare(op byte, a, b value) error {
	c := 0
	switch {
	case a.typ.Encoding == Floating:
		x, y := a.float(), b.float()
		if x != x || y != y {
			if op == opNe {
				return m.pushu(1)
			}
			return m.pushu(0)
		}
		c = order(x < y, x > y)
	case a.generic() || a.typ.Encoding == Signed:
		c = order(a.signed() < b.signed(), a.signed() > b.signed())
	default:
		c = order(a.bits < b.bits, a.bits > b.bits)
	}
	is := false
	switch op {
	case opEq:
		is = c == 0
	case opNe:
		is = c != 0
	case opLt:
		is = c < 0
	case opLe:
		is = c <= 0
	case opGt:
		is = c > 0
	case opGe:
		is = c >= 0
	}
	if is {
		return m.pushu(1)
	}
	return m.pushu(0)
}

func order(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}
