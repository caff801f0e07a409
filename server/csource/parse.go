package csource

import (
	"slices"
	"sort"
)

// parser finds the structure of a file in its tokens.
type parser struct {
	f      *File
	tokens []Token
	pair   []int32            // per bracket its other one, or for an opening one that has none where it ends; -1 for all else
	closed []bool             // per opening bracket: it has another one
	bodies map[int]structBody // by the brace that ends it
	work   int                // tokens that may still be looked at while splitting arguments; keeps hostile text linear
}

// structBody is a struct with its members, and the index of the keyword that begins it.
type structBody struct {
	def   *Struct
	begin int
}

func parse(f *File) {
	p := &parser{f: f, bodies: map[int]structBody{}, work: 8*(len(f.Tokens)+len(f.directives)) + 64}
	for _, d := range f.Defines {
		if len(d.Body) == 0 {
			continue
		}
		p.tokens = d.Body
		p.brackets(nil)
		p.walk(d)
	}
	p.tokens = f.Tokens
	p.brackets(f.conds)
	p.walk(nil)
}

// frame is an open bracket.
type frame struct {
	token int32
	below int32 // index of the frame below, -1 at the bottom
	loop  bool  // it is that of a for, which has semicolons
}

// brackets matches brackets. An #else begins with the brackets that were open at its #if.
func (p *parser) brackets(conds []cond) {
	n := len(p.tokens)
	if cap(p.pair) < n {
		p.pair, p.closed = make([]int32, n), make([]bool, n)
	}
	p.pair, p.closed = p.pair[:n], p.closed[:n]
	for i := range p.pair {
		p.pair[i], p.closed[i] = -1, false
	}
	var frames []frame
	top := int32(-1)
	var saved []struct{ top, at int32 }
	pops := 0
	pop := func(end int, closed bool) {
		pops++
		open := frames[top].token
		p.pair[open], p.closed[open] = int32(end), closed
		top = frames[top].below
	}
	for i := 0; i <= n; i++ {
		for len(conds) > 0 && conds[0].at == i {
			switch c := conds[0]; {
			case c.kind == condIf:
				saved = append(saved, struct{ top, at int32 }{top, int32(i)})
			case len(saved) == 0, pops > 4*n: // beyond that, the text only wants to take time
			case c.kind == condElse:
				s := saved[len(saved)-1]
				for top >= 0 && frames[top].token >= s.at {
					pop(i, false)
				}
				top = s.top
			default:
				saved = saved[:len(saved)-1]
			}
			conds = conds[1:]
		}
		if i == n {
			break
		}
		switch o := p.tokens[i].op; o {
		case '(', '[', '{':
			loop := o == '(' && i > 0 && p.tokens[i-1].Text == "for"
			frames = append(frames, frame{int32(i), top, loop})
			top = int32(len(frames) - 1)
		case ';':
			for top >= 0 && p.tokens[frames[top].token].op != '{' && !frames[top].loop {
				pop(i, false)
			}
		case ')', ']':
			want := op('(')
			if o == ']' {
				want = '['
			}
			if o == ')' && top >= 0 && p.tokens[frames[top].token].op == '[' {
				pop(i, false)
			}
			if top >= 0 && p.tokens[frames[top].token].op == want {
				p.pair[i] = frames[top].token
				pop(i, true)
			}
		case '}':
			for top >= 0 && p.tokens[frames[top].token].op != '{' {
				pop(i, false)
			}
			if top >= 0 {
				p.pair[i] = frames[top].token
				pop(i, true)
			}
		}
	}
	for top >= 0 {
		pop(n, false)
	}
}

// walk finds functions, calls, variables and enums in the tokens, which are those of a file or of a macro's body.
func (p *parser) walk(macro *Define) {
	var fn *Function
	var around []*Function // functions that fn is in, which happens where brackets do not match
	var ends []int
	for i := 0; i < len(p.tokens); i++ {
		for len(ends) > 0 && i >= ends[len(ends)-1] {
			ends = ends[:len(ends)-1]
			fn, around = around[len(around)-1], around[:len(around)-1]
		}
		t := &p.tokens[i]
		if t.Kind != Ident {
			continue
		}
		switch {
		case p.op(i+1) == '(':
			if isKeyword(t.Text) || p.op(i-1) == '.' || p.op(i-1) == opArrow || p.op(i-1) == '#' || p.op(i-1) == opHashHash {
				continue
			}
			body := -1
			if macro == nil && (fn == nil || p.typed(i-1)) {
				body = p.body(i + 1)
			}
			if body >= 0 {
				around, ends = append(around, fn), append(ends, int(p.pair[body]))
				fn = p.function(i, body)
				p.f.Functions = append(p.f.Functions, fn)
				i = body
				continue
			}
			if p.typed(i-1) || fn == nil && macro == nil && p.op(i-1) == '*' {
				continue // a declaration
			}
			p.call(i, fn, macro)
		case macro != nil:
		case t.Text == "enum":
			p.enum(i)
		case t.Text == "struct" || t.Text == "union":
			p.structure(i, 0)
		case !isKeyword(t.Text):
			p.variable(i, fn)
		}
	}
}

// op returns the operator at an index, 0 if there is none.
func (p *parser) op(i int) op {
	if i < 0 || i >= len(p.tokens) {
		return 0
	}
	return p.tokens[i].op
}

// typed reports whether the token at i is a word with which a declaration can go on before a name: a type, not a return.
func (p *parser) typed(i int) bool {
	return i >= 0 && i < len(p.tokens) && p.tokens[i].Kind == Ident && (!isKeyword(p.tokens[i].Text) || isTypeWord(p.tokens[i].Text))
}

// typedBefore is typed, also behind the stars of a pointer.
func (p *parser) typedBefore(i int) bool {
	for n := 0; n < 4 && p.op(i) == '*'; n++ {
		i--
	}
	return p.typed(i)
}

// maxOldStyle is how many tokens the declarations of an old-style function's parameters may have.
const maxOldStyle = 64

// body returns the index of the brace that begins a function's body behind the bracket of its parameters, or -1.
func (p *parser) body(open int) int {
	if !p.closed[open] {
		return -1
	}
	i := int(p.pair[open]) + 1
	for p.isAttribute(i) {
		i = int(p.pair[i+1]) + 1
	}
	if p.op(i) == '{' {
		return i
	}
	if p.typed(i) { // int f(a) int a; { }
		for n := 0; n < maxOldStyle && i < len(p.tokens); i, n = i+1, n+1 {
			switch o := p.tokens[i].op; {
			case o == '{' && p.op(i-1) == ';':
				return i
			case p.tokens[i].Kind != Ident && p.tokens[i].Kind != Number && o != '*' && o != ',' && o != ';' && o != '[' && o != ']':
				return -1
			}
		}
	}
	return -1
}

func (p *parser) isAttribute(i int) bool {
	if i < 0 || i >= len(p.tokens) || p.op(i+1) != '(' {
		return false
	}
	switch p.tokens[i].Text {
	case "__attribute__", "__attribute", "__asm__", "asm":
		return true
	}
	return false
}

// function makes the function whose name is at i.
func (p *parser) function(i, body int) *Function {
	f := &Function{Name: p.tokens[i].Text, NameSpan: p.tokens[i].Span(), file: p.f}
	f.Body = Span{int(p.tokens[body].start), p.endOf(body)}
	for k := i - 1; k >= 0 && k > i-16; k-- {
		t := &p.tokens[k]
		if t.Text == "static" {
			f.Static = true
		}
		if t.Kind != Ident && t.op != '*' {
			break
		}
	}
	p.split(i+1, func(first, last int) {
		if last-first == 1 && p.tokens[first].Text == "void" {
			return
		}
		var par Param
		for k := first; k < last; k++ {
			switch t := &p.tokens[k]; {
			case t.Kind == Ident:
				if !isKeyword(t.Text) {
					par = Param{t.Text, t.Span()}
				}
			case t.op == '(':
				if p.op(k+1) == '*' && k+2 < last && p.tokens[k+2].Kind == Ident { // a pointer to a function
					par = Param{p.tokens[k+2].Text, p.tokens[k+2].Span()}
				}
				k = last
			case t.op == '[':
				k = int(p.pair[k])
			}
		}
		f.Params = append(f.Params, par)
	})
	return f
}

// endOf returns where what a bracket opens ends.
func (p *parser) endOf(open int) int {
	end := int(p.pair[open])
	switch {
	case end >= len(p.tokens) && len(p.tokens) > 0 && len(p.f.Tokens) > 0 && &p.tokens[0] == &p.f.Tokens[0]:
		return min(len(p.f.Src), maxSource)
	case end >= len(p.tokens):
		return int(p.tokens[len(p.tokens)-1].end)
	case p.closed[open]:
		return int(p.tokens[end].end)
	}
	return int(p.tokens[end].start)
}

// split calls each with the tokens of every part between commas in a bracket; not at all if there is nothing.
func (p *parser) split(open int, each func(first, last int)) {
	end := min(int(p.pair[open]), len(p.tokens))
	first := open + 1
	if first >= end {
		return
	}
	for k := first; k < end; k++ {
		if p.work--; p.work < 0 {
			return
		}
		switch p.tokens[k].op {
		case '(', '[', '{':
			k = max(k, min(int(p.pair[k]), end-1))
		case ',':
			each(first, k)
			first = k + 1
		}
	}
	each(first, end)
}

// call makes the call whose name is at i.
func (p *parser) call(i int, fn *Function, macro *Define) {
	t := &p.tokens[i]
	if macro != nil {
		n := slices.Index(macro.Params[:min(len(macro.Params), maxParam)], t.Text)
		if n >= 0 && !slices.Contains(macro.called, n) {
			macro.called = append(macro.called, n)
		}
	}
	c := &Call{Name: t.Text, NameSpan: t.Span(), Func: fn, Macro: macro, File: p.f, Closed: p.closed[i+1]}
	c.Span = Span{int(t.start), p.endOf(i + 1)}
	p.split(i+1, func(first, last int) {
		a := Arg{Tokens: p.tokens[first:last:last]}
		if first < last {
			a.Span = Span{int(p.tokens[first].start), int(p.tokens[last-1].end)}
		} else {
			a.Span = Span{int(p.tokens[first-1].end), int(p.tokens[first-1].end)}
		}
		c.Args = append(c.Args, a)
	})
	p.f.Calls = append(p.f.Calls, c)
}

// variable makes the variable whose name is at i, if a definition is there.
func (p *parser) variable(i int, fn *Function) {
	if !p.typedBefore(i-1) && (p.bodies[i-1].def == nil || p.op(i+1) != '=' && p.op(i+1) != '[') {
		return
	}
	v := Var{Name: p.tokens[i].Text, NameSpan: p.tokens[i].Span(), Func: fn, file: p.f}
	k := i + 1
	for p.op(k) == '[' && p.closed[k] {
		v.Array = true
		k = int(p.pair[k]) + 1
	}
	switch p.op(k) {
	case '=':
		first := k + 1
		for k = first; k < len(p.tokens); k++ {
			if p.work--; p.work < 0 {
				return
			}
			o := p.tokens[k].op
			if o == ';' || o == ',' || o == ')' || o == '}' || o == ']' {
				break
			}
			if o == '(' || o == '[' || o == '{' {
				k = max(k, min(int(p.pair[k]), len(p.tokens)-1))
			}
		}
		v.Init = p.tokens[first:k:k]
		v.Span = Span{v.NameSpan.Start, int(p.tokens[k-1].end)}
	case ';', ',':
		if fn == nil {
			return
		}
		v.Span = v.NameSpan
	default:
		return
	}
	p.specifiers(i-1, &v)
	p.f.Vars = append(p.f.Vars, &v)
}

// specifiers reads what stands before a variable's name, backwards from the token at k.
func (p *parser) specifiers(k int, v *Var) {
	pointer := false
	for n := 0; k >= 0 && n < 16; k, n = k-1, n+1 {
		t := &p.tokens[k]
		if body := p.bodies[k]; body.def != nil {
			v.typ.def, k = body.def, body.begin
			continue
		}
		switch {
		case t.op == '*':
			pointer = true
		case t.Kind != Ident:
			return
		case t.Text == "static":
			v.Static = true
		case t.Text == "const": // before a star it is about what the pointer points to
			v.Const = v.Const || !pointer
		case !isKeyword(t.Text) && v.typ.name == "" && !pointer:
			v.typ.name = t.Text
		}
	}
}

// enum reads the enumerators of an enum that is at i.
func (p *parser) enum(i int) {
	open := i + 1
	if open < len(p.tokens) && p.tokens[open].Kind == Ident {
		open++
	}
	if p.op(open) != '{' {
		return
	}
	var base *Enumerator
	plus := int64(0)
	p.split(open, func(first, last int) {
		if first >= last || p.tokens[first].Kind != Ident {
			return
		}
		e := &Enumerator{Name: p.tokens[first].Text, NameSpan: p.tokens[first].Span(), file: p.f}
		if p.op(first+1) == '=' {
			e.Init = p.tokens[first+2 : last : last]
			base, plus = e, 0
		} else {
			e.Base, e.Plus = base, plus
		}
		plus++
		p.f.Enums = append(p.f.Enums, e)
	})
}

// maxMembers is how many members of a struct are told apart.
const maxMembers = 256

// structure reads the struct, union or typedef whose keyword is at i.
func (p *parser) structure(i, depth int) *Struct {
	s := &Struct{}
	open := i + 1
	for p.isAttribute(open) {
		open = int(p.pair[open+1]) + 1
	}
	if open < len(p.tokens) && p.tokens[open].Kind == Ident && !isKeyword(p.tokens[open].Text) {
		s.Names = append(s.Names, p.tokens[open].Text)
		open++
	}
	alias := i > 0 && p.tokens[i-1].Text == "typedef"
	if p.op(open) != '{' { // typedef struct tag name;
		if alias && len(s.Names) == 1 && p.op(open+1) == ';' && p.tokens[open].Kind == Ident {
			p.f.Structs = append(p.f.Structs, &Struct{Names: []string{p.tokens[open].Text}, of: s.Names[0]})
		}
		return nil
	}
	if !p.closed[open] || depth > maxNesting {
		return nil
	}
	end := int(p.pair[open])
	if known := p.bodies[end].def; known != nil {
		return known
	}
	if alias && end+2 < len(p.tokens) && p.tokens[end+1].Kind == Ident && p.op(end+2) == ';' {
		s.Names = append(s.Names, p.tokens[end+1].Text)
	}
	p.bodies[end] = structBody{s, i}
	p.f.Structs = append(p.f.Structs, s)
	conds := p.f.conds // what the branches of an #if have is there twice
	if at := sort.Search(len(conds), func(n int) bool { return conds[n].at > open }); at < len(conds) && conds[at].at <= end {
		return s
	}
	first, sure := open+1, true
	for k := first; k < end && sure; k++ {
		if p.work--; p.work < 0 {
			sure = false
			break
		}
		switch p.tokens[k].op {
		case '(', '[', '{':
			k = max(k, min(int(p.pair[k]), end-1))
		case ';':
			sure = p.members(s, first, k, depth)
			first = k + 1
		}
	}
	switch {
	case !sure, len(s.Members) > maxMembers:
		s.Members = nil
	case p.tokens[i].Text == "union" && len(s.Members) > 1:
		s.Members = s.Members[:1]
	}
	return s
}

// members adds the members of one declaration. It returns false if it cannot tell which they are.
func (p *parser) members(s *Struct, first, last, depth int) bool {
	var base typeName // of all of them
	var m Member
	pointer, bits, more := false, false, false
	add := func() {
		if m.Name != "" {
			if m.typ = base; pointer {
				m.typ = typeName{}
			}
			s.Members = append(s.Members, m)
		}
		m, pointer, bits, more = Member{}, false, false, true
	}
	for k := first; k < last; k++ {
		if p.work--; p.work < 0 {
			return false
		}
		switch t := &p.tokens[k]; {
		case t.Text == "struct" || t.Text == "union":
			if base.def = p.structure(k, depth+1); base.def != nil {
				for p.op(k) != '{' {
					k++
				}
				if k = int(p.pair[k]); k+1 >= last {
					return false // its members are those of the struct around it
				}
			}
		case t.op == ',':
			add()
		case t.op == ':':
			bits = true
		case t.op == '*':
			pointer = true
		case t.op == '(' && p.op(k+1) == '*' && k+2 < last && p.tokens[k+2].Kind == Ident: // a pointer to a function
			m.Name, pointer = p.tokens[k+2].Text, true
			k, bits = int(p.pair[k]), true
		case t.op == '[', t.op == '(', t.op == '{':
			m.Array = m.Array || t.op == '['
			k = int(p.pair[k])
		case t.Kind == Ident && !isKeyword(t.Text) && !bits:
			if !more { // the word before the first name
				base.name = m.Name
			}
			m.Name = t.Text
		}
	}
	add()
	return true
}

// maxTarget is how many tokens what is assigned to may have: a.b[c].
const maxTarget = 64

// markAssigned collects the names of variables and of fields that are changed, or whose address is taken. Its own initialiser
// changes no variable.
func markAssigned(tokens []Token, declared map[Span]bool, vars, fields map[string]bool) {
	mark := func(i int) { // the last token of what is changed
		for n := 0; i >= 0 && n < maxTarget; n++ {
			t := &tokens[i]
			if t.op == ']' {
				for depth := 0; i >= 0 && n < maxTarget; i, n = i-1, n+1 {
					if tokens[i].op == ']' {
						depth++
					} else if tokens[i].op == '[' {
						if depth--; depth == 0 {
							break
						}
					}
				}
				i--
				continue
			}
			if t.Kind != Ident {
				return
			}
			if i > 0 && (tokens[i-1].op == '.' || tokens[i-1].op == opArrow) {
				if i > 1 && (tokens[i-2].op == '{' || tokens[i-2].op == ',') {
					return // a designator
				}
				fields[t.Text] = true
				if tokens[i-1].op == opArrow {
					return // what points there stays
				}
				i -= 2
				continue
			}
			if !declared[t.Span()] {
				vars[t.Text] = true
			}
			return
		}
	}
	for i := range tokens {
		switch o := tokens[i].op; {
		case o.assigns():
			mark(i - 1)
		case o == opIncr || o == opDecr:
			mark(i - 1)
			if i+1 < len(tokens) && tokens[i+1].Kind == Ident {
				vars[tokens[i+1].Text] = true
			}
		case o == '&' && i > 0 && i+1 < len(tokens) && tokens[i+1].Kind == Ident:
			before := &tokens[i-1]
			if before.Kind == Punct && before.op != ']' || isKeyword(before.Text) {
				vars[tokens[i+1].Text] = true
			}
		}
	}
}

// isKeyword reports whether a word is one of C's, so that it names nothing.
func isKeyword(s string) bool {
	switch s {
	case "auto", "break", "case", "continue", "default", "do", "else", "extern", "for", "goto", "if", "inline", "register", "restrict", "return",
		"sizeof", "static", "switch", "typedef", "volatile", "while", "_Alignas", "_Alignof", "_Atomic", "_Generic", "_Noreturn",
		"_Static_assert", "_Thread_local", "static_assert", "typeof", "__typeof__", "__attribute__", "__attribute", "__asm__", "asm", "defined":
		return true
	}
	return isTypeWord(s)
}

// isTypeWord reports whether a keyword can stand directly before the name that is declared.
func isTypeWord(s string) bool {
	switch s {
	case "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "_Bool", "bool", "const", "struct", "union", "enum":
		return true
	}
	return false
}
