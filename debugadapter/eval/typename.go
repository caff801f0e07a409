package eval

import (
	"fmt"
	"strings"
)

// String is the type as C writes it: "const char *", "int (*)[4]", "struct point".
func (t *Type) String() string {
	if t == nil {
		return ""
	}
	return t.declare("", 0)
}

// declare writes the declaration of inner as this type.
func (t *Type) declare(inner string, depth int) string {
	if depth > maxChain {
		return "..."
	}
	join := func(base string) string {
		if inner == "" {
			return base
		}
		return base + " " + inner
	}
	switch t.Kind {
	case Void:
		return join("void")
	case Struct, Union, Enum:
		word := map[Kind]string{Struct: "struct", Union: "union", Enum: "enum"}[t.Kind]
		if t.Name == "" {
			return join(word + " {...}")
		}
		return join(word + " " + t.Name)
	case PointerKind:
		e := t.Elem()
		if k := e.unqualified().Kind; k == Array || k == Func {
			return e.declare("(*"+inner+")", depth+1)
		}
		return e.declare("*"+inner, depth+1)
	case Array:
		dim := "[]"
		if t.count >= 0 {
			dim = fmt.Sprintf("[%d]", t.count)
		}
		if inner == "" { // "int [3]", and "int (*)[3]" when a pointer stands before
			return t.elem.declare(dim, depth+1)
		}
		return t.elem.declare(inner+dim, depth+1)
	case Func:
		ps, dots := t.Params()
		names := make([]string, 0, len(ps)+1)
		for _, p := range ps {
			names = append(names, p.Type.declare("", depth+1))
		}
		if dots {
			names = append(names, "...")
		} else if len(ps) == 0 && t.prototyped() {
			names = append(names, "void")
		}
		return t.Elem().declare(inner+"("+strings.Join(names, ", ")+")", depth+1)
	case Const, Volatile, Restrict, Atomic:
		word := map[Kind]string{Const: "const", Volatile: "volatile", Restrict: "restrict", Atomic: "_Atomic"}[t.Kind]
		e := t.Elem()
		if e.Kind == PointerKind {
			if inner != "" {
				word += " " + inner
			}
			return e.declare(" "+word, depth+1)
		}
		return word + " " + e.declare(inner, depth+1)
	}
	if t.Name == "" {
		return join("<unknown type>")
	}
	return join(t.Name)
}
