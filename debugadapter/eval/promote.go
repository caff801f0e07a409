package eval

import "strings"

// promote is the type after C's integer promotions (C11 6.3.1.1). A bit-field narrower than int becomes int.
func promote(v *Value) *Type {
	t := v.Type.Strip()
	size := t.Size
	if v.loc.bitSize > 0 && (v.loc.bitSize < 32 || v.loc.bitSize == 32 && t.Signed) {
		return typeInt
	}
	switch t.Kind {
	case Enum:
		if size < 4 || t.Signed {
			return typeInt
		}
		return typeUint
	case Bool:
		return typeInt
	}
	if size < 4 {
		return typeInt
	}
	if t.Kind == CharKind {
		return typeUint
	}
	return t
}

// rank orders integer types for the usual conversions: long is above int though it has the same size.
func rank(t *Type) int {
	r := int(t.size()) * 2
	if strings.Contains(t.Name, "long") {
		r++
	}
	return r
}

// usual is the common type of two arithmetic operands (C11 6.3.1.8).
func usual(a, b *Value) *Type {
	x, y := a.Type.Strip(), b.Type.Strip()
	if x.Kind == FloatKind || y.Kind == FloatKind {
		if x.Kind == FloatKind && y.Kind == FloatKind {
			if x.Size >= y.Size {
				return x
			}
			return y
		}
		if x.Kind == FloatKind {
			return x
		}
		return y
	}
	x, y = promote(a), promote(b)
	if x.Signed == y.Signed {
		if rank(x) >= rank(y) {
			return x
		}
		return y
	}
	u, s := x, y
	if x.Signed {
		u, s = y, x
	}
	switch {
	case rank(u) >= rank(s):
		return u
	case s.Size > u.Size:
		return s
	}
	if s.Name == "long" || strings.Contains(s.Name, "long") {
		return typeULong
	}
	return typeUint
}
