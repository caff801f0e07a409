package eval

import (
	"debug/dwarf"
	"strings"
)

// nodeKind is what an expression node does.
type nodeKind uint8

const (
	nLiteral nodeKind = iota
	nString
	nName
	nRegister
	nUnary  // op x: + - ! ~ * & ++ --
	nPost   // x op: ++ --
	nBinary // also , is not here
	nAssign // = and op=
	nCond
	nIndex
	nMember // . and ->
	nCast
	nSizeofType
	nSizeofExpr
	nCall
	nRepeat // x @ n
)

// node is an expression in its tree.
type node struct {
	kind    nodeKind
	pos     int
	end     int
	op      string
	name    string
	x, y, z *node
	typ     *Type
	tok     token
	args    []*node
}

// parser is a Pratt parser of C expressions.
type parser struct {
	c     *Context
	src   string
	toks  []token
	i     int
	depth int
}

// maxParse bounds the nesting of an expression.
const maxParse = 200

// maxExpr bounds the length of an expression.
const maxExpr = 1 << 16

// binding powers of binary operators, C11 6.5.5 to 6.5.16.
var binding = map[string]int{
	"=": 1, "+=": 1, "-=": 1, "*=": 1, "/=": 1, "%=": 1, "&=": 1, "|=": 1, "^=": 1, "<<=": 1, ">>=": 1,
	"?": 2, "||": 3, "&&": 4, "|": 5, "^": 6, "&": 7, "==": 8, "!=": 8, "<": 9, ">": 9, "<=": 9, ">=": 9,
	"<<": 10, ">>": 10, "@": 11, "+": 12, "-": 12, "*": 13, "/": 13, "%": 13,
}

func (p *parser) peek() *token { return &p.toks[p.i] }

func (p *parser) next() *token {
	t := &p.toks[p.i]
	if p.i < len(p.toks)-1 {
		p.i++
	}
	return t
}

func (p *parser) is(op string) bool { t := p.peek(); return t.kind == tokOp && t.text == op }

func (p *parser) accept(op string) bool {
	if p.is(op) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(op, why string) error {
	if p.accept(op) {
		return nil
	}
	return failAt(p.peek().pos, "%s is missing %s", op, why)
}

// expr parses operators that bind at least as strongly as min.
func (p *parser) expr(min int) (*node, error) {
	if p.depth++; p.depth > maxParse {
		return nil, failAt(p.peek().pos, "the expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		bp := binding[t.text]
		if t.kind != tokOp || bp == 0 || bp < min {
			return x, nil
		}
		op := p.next().text
		switch {
		case bp == 1: // right associative
			y, err := p.expr(1)
			if err != nil {
				return nil, err
			}
			x = &node{kind: nAssign, op: op, x: x, y: y, pos: x.pos, end: y.end}
		case op == "?":
			y, err := p.expr(1)
			if err != nil {
				return nil, err
			}
			if err := p.expect(":", "after the second part of ?:"); err != nil {
				return nil, err
			}
			z, err := p.expr(2)
			if err != nil {
				return nil, err
			}
			x = &node{kind: nCond, x: x, y: y, z: z, pos: x.pos, end: z.end}
		default:
			y, err := p.expr(bp + 1)
			if err != nil {
				return nil, err
			}
			k := nBinary
			if op == "@" {
				k = nRepeat
			}
			x = &node{kind: k, op: op, x: x, y: y, pos: x.pos, end: y.end}
		}
	}
}

func (p *parser) unary() (*node, error) {
	if p.depth++; p.depth > maxParse {
		return nil, failAt(p.peek().pos, "the expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	t := *p.peek()
	if t.kind == tokOp {
		switch t.text {
		case "+", "-", "!", "~", "*", "&", "++", "--":
			p.next()
			x, err := p.unary()
			if err != nil {
				return nil, err
			}
			return &node{kind: nUnary, op: t.text, x: x, pos: t.pos, end: x.end}, nil
		case "&&":
			return nil, failAt(t.pos, "&& needs a left side")
		case "(":
			if p.typeAhead(p.i + 1) {
				p.next()
				typ, err := p.typeName()
				if err != nil {
					return nil, err
				}
				if err := p.expect(")", "after the type of a cast"); err != nil {
					return nil, err
				}
				x, err := p.unary()
				if err != nil {
					return nil, err
				}
				return &node{kind: nCast, typ: typ, x: x, pos: t.pos, end: x.end}, nil
			}
		}
	}
	if t.kind == tokIdent && (t.text == "sizeof" || t.text == "_Alignof") {
		if t.text == "_Alignof" {
			return nil, failAt(t.pos, "_Alignof is not supported")
		}
		p.next()
		if p.is("(") && p.typeAhead(p.i+1) {
			p.next()
			typ, err := p.typeName()
			if err != nil {
				return nil, err
			}
			end := p.peek().end
			if err := p.expect(")", "after the type of sizeof"); err != nil {
				return nil, err
			}
			return &node{kind: nSizeofType, typ: typ, pos: t.pos, end: end}, nil
		}
		x, err := p.unary()
		if err != nil {
			return nil, err
		}
		return &node{kind: nSizeofExpr, x: x, pos: t.pos, end: x.end}, nil
	}
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	return p.postfix(x)
}

func (p *parser) postfix(x *node) (*node, error) {
	for n := 0; ; n++ {
		if n > 10000 {
			return nil, failAt(x.pos, "the expression is too long")
		}
		t := *p.peek()
		if t.kind != tokOp {
			return x, nil
		}
		switch t.text {
		case "[":
			p.next()
			y, err := p.expr(0)
			if err != nil {
				return nil, err
			}
			end := p.peek().end
			if err := p.expect("]", "after the index"); err != nil {
				return nil, err
			}
			x = &node{kind: nIndex, x: x, y: y, pos: x.pos, end: end}
		case ".", "->":
			p.next()
			m := p.next()
			if m.kind != tokIdent {
				return nil, failAt(m.pos, "a member name is missing after %s", t.text)
			}
			x = &node{kind: nMember, op: t.text, name: m.text, x: x, pos: x.pos, end: m.end}
		case "++", "--":
			p.next()
			x = &node{kind: nPost, op: t.text, x: x, pos: x.pos, end: t.end}
		case "(":
			return nil, failAt(t.pos, "functions of the program cannot be called")
		default:
			return x, nil
		}
	}
}

func (p *parser) primary() (*node, error) {
	t := *p.next()
	switch t.kind {
	case tokNumber, tokChar:
		return &node{kind: nLiteral, tok: t, pos: t.pos, end: t.end}, nil
	case tokString:
		for p.peek().kind == tokString { // adjacent literals are one
			u := p.next()
			t.text += u.text
			t.end = u.end
		}
		return &node{kind: nString, tok: t, pos: t.pos, end: t.end}, nil
	case tokRegister:
		return &node{kind: nRegister, name: t.text, pos: t.pos, end: t.end}, nil
	case tokIdent:
		if isTypeWord(t.text) {
			return nil, failAt(t.pos, "%q is a type; an expression is needed here", t.text)
		}
		return &node{kind: nName, name: t.text, pos: t.pos, end: t.end}, nil
	case tokOp:
		if t.text == "(" {
			x, err := p.expr(0)
			if err != nil {
				return nil, err
			}
			end := p.peek().end
			if err := p.expect(")", "to close the bracket"); err != nil {
				return nil, err
			}
			y := *x
			y.pos, y.end = t.pos, end
			return &y, nil
		}
		return nil, failAt(t.pos, "%q is not expected here", t.text)
	}
	return nil, failAt(t.pos, "the expression ends too early")
}

var typeWords = map[string]bool{"void": true, "char": true, "short": true, "int": true, "long": true, "float": true,
	"double": true, "signed": true, "unsigned": true, "_Bool": true, "bool": true, "struct": true, "union": true,
	"enum": true, "const": true, "volatile": true, "restrict": true, "_Atomic": true}

func isTypeWord(s string) bool { return typeWords[s] }

// typeAhead reports whether the token at i starts a type name: a keyword, or a typedef that no variable hides.
func (p *parser) typeAhead(i int) bool {
	t := p.toks[min(i, len(p.toks)-1)]
	if t.kind != tokIdent {
		return false
	}
	if isTypeWord(t.text) {
		if t.text == "bool" {
			_, err := p.c.lookup(t.text)
			return err != nil
		}
		return true
	}
	if p.c.namedType(0, t.text) == nil {
		return false
	}
	_, err := p.c.lookup(t.text)
	return err != nil
}

// typeName parses specifiers and an abstract declarator: "const char *", "int (*)[4]".
func (p *parser) typeName() (*Type, error) {
	start := p.peek().pos
	var words []string
	var base *Type
	for base == nil || isTypeWord(p.peek().text) {
		t := p.peek()
		if t.kind != tokIdent {
			break
		}
		switch t.text {
		case "const", "volatile", "restrict", "_Atomic":
			p.next()
			continue
		case "struct", "union", "enum":
			tag := map[string]dwarf.Tag{"struct": dwarf.TagStructType, "union": dwarf.TagUnionType, "enum": dwarf.TagEnumerationType}[t.text]
			p.next()
			n := p.next()
			if n.kind != tokIdent {
				return nil, failAt(n.pos, "a name is missing after %s", t.text)
			}
			if base = p.c.namedType(tag, n.text); base == nil {
				return nil, failAt(n.pos, "no %s %s in the debug information", t.text, n.text)
			}
			continue
		}
		if isTypeWord(t.text) {
			words = append(words, p.next().text)
			base = typeVoid // set below
			continue
		}
		if base != nil {
			break
		}
		if base = p.c.namedType(0, t.text); base == nil {
			return nil, failAt(t.pos, "no type %q in the debug information", t.text)
		}
		p.next()
	}
	if len(words) > 0 {
		var ok bool
		if base, ok = basicType(words); !ok {
			return nil, failAt(start, "%q is not a type", strings.Join(words, " "))
		}
	}
	if base == nil {
		return nil, failAt(start, "a type is missing")
	}
	return p.declarator(base, 0)
}

// basicType combines C's keywords, in any order.
func basicType(words []string) (*Type, bool) {
	n := map[string]int{}
	for _, w := range words {
		n[w]++
	}
	long, u, s := n["long"], n["unsigned"], n["signed"]
	pick := func(sg, us *Type) (*Type, bool) {
		if u > 0 {
			return us, s == 0
		}
		return sg, true
	}
	switch {
	case long > 2 || u > 1 || s > 1 || u+s > 1:
		return nil, false
	case n["void"] == 1:
		return typeVoid, len(words) == 1
	case n["_Bool"]+n["bool"] == 1:
		return typeBool, len(words) == 1
	case n["float"] == 1:
		return typeFloat, len(words) == 1
	case n["double"] == 1:
		return typeDouble, len(words) == 1 || len(words) == 2 && long == 1
	case n["char"] == 1:
		switch {
		case len(words) == 1:
			return typeChar, true
		case len(words) == 2 && s == 1:
			return typeSChar, true
		}
		return typeUChar, len(words) == 2 && u == 1
	case n["short"] == 1 && long == 0:
		return pick(typeShort, typeUShort)
	case long == 1:
		return pick(typeLong, typeULong)
	case long == 2:
		return pick(typeLL, typeULL)
	case n["int"] <= 1:
		return pick(typeInt, typeUint)
	}
	return nil, false
}

// declarator parses *, [n], (*)[n] and (*)(...) around base.
func (p *parser) declarator(base *Type, depth int) (*Type, error) {
	if depth > 32 {
		return nil, failAt(p.peek().pos, "the type is nested too deeply")
	}
	t := base
	for {
		if p.accept("*") {
			t = pointerTo(t)
			if depth++; depth > 32 {
				return nil, failAt(p.peek().pos, "the type is nested too deeply")
			}
			continue
		}
		if k := p.peek(); k.kind == tokIdent && (k.text == "const" || k.text == "volatile" || k.text == "restrict") {
			p.next()
			continue
		}
		break
	}
	// (*) before [n] or (...): the inner declarator applies to what the suffix makes of t.
	if p.is("(") && p.toks[min(p.i+1, len(p.toks)-1)].text == "*" {
		p.next()
		from := p.i
		for level := 1; level > 0; {
			k := p.next()
			switch {
			case k.kind == tokEOF:
				return nil, failAt(k.pos, ") is missing in the type")
			case k.text == "(" && k.kind == tokOp:
				level++
			case k.text == ")" && k.kind == tokOp:
				level--
			}
		}
		outer, err := p.suffix(t)
		if err != nil {
			return nil, err
		}
		after := p.i
		p.i = from
		inner, err := p.declarator(outer, depth+1)
		if err != nil {
			return nil, err
		}
		if !p.is(")") {
			return nil, failAt(p.peek().pos, ") is missing in the type")
		}
		p.i = after
		return inner, nil
	}
	return p.suffix(t)
}

func (p *parser) suffix(t *Type) (*Type, error) {
	if p.is("(") {
		// The parameters of a function type do not matter here.
		p.next()
		for level := 1; level > 0; {
			k := p.next()
			switch {
			case k.kind == tokEOF:
				return nil, failAt(k.pos, ") is missing in the type")
			case k.text == "(" && k.kind == tokOp:
				level++
			case k.text == ")" && k.kind == tokOp:
				level--
			}
		}
		return &Type{Kind: Func, elem: t}, nil
	}
	var dims []int64
	for p.is("[") {
		p.next()
		n := p.next()
		if n.kind != tokNumber || n.typ.Kind == FloatKind || n.num > 1<<28 || len(dims) > 8 {
			return nil, failAt(n.pos, "the size of an array type has to be a number")
		}
		if err := p.expect("]", "after the size"); err != nil {
			return nil, err
		}
		dims = append(dims, int64(n.num))
	}
	for i := len(dims) - 1; i >= 0; i-- {
		t = arrayOf(t, dims[i])
	}
	return t, nil
}
