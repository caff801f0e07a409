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
	budget := maxNames
	return t.declare("", &budget)
}

// maxNames bounds how many types one name is made of: a broken file can close them to circles.
const maxNames = 200

// declare writes the declaration of inner as this type.
func (t *Type) declare(inner string, budget *int) string {
	if *budget--; *budget < 0 {
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
			return e.declare("(*"+inner+")", budget)
		}
		return e.declare("*"+inner, budget)
	case Array:
		dim := "[]"
		if t.count >= 0 {
			dim = fmt.Sprintf("[%d]", t.count)
		}
		if inner == "" { // "int [3]", and "int (*)[3]" when a pointer stands before
			return t.Elem().declare(dim, budget)
		}
		return t.Elem().declare(inner+dim, budget)
	case Func:
		ps, dots := t.Params()
		names := make([]string, 0, len(ps)+1)
		for _, p := range ps {
			names = append(names, p.Type.declare("", budget))
		}
		if dots {
			names = append(names, "...")
		} else if len(ps) == 0 && t.prototyped() {
			names = append(names, "void")
		}
		return t.Elem().declare(inner+"("+strings.Join(names, ", ")+")", budget)
	case Const, Volatile, Restrict, Atomic:
		word := map[Kind]string{Const: "const", Volatile: "volatile", Restrict: "restrict", Atomic: "_Atomic"}[t.Kind]
		e := t.Elem()
		if e.Kind == PointerKind {
			if inner != "" {
				word += " " + inner
			}
			return e.declare(" "+word, budget)
		}
		return word + " " + e.declare(inner, budget)
	}
	if t.Name == "" {
		return join("<unknown type>")
	}
	return join(t.Name)
}
