package csource

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Limits on following. Real code needs a handful of each.
const (
	maxNames     = 16  // what one name stands for, one behind the other
	maxConstants = 256 // that one argument can be
	maxNesting   = 32  // brackets in an argument or initialiser
	maxMacros    = 4   // macros that pass a parameter on
)

// Constant is one value that an argument can have.
type Constant struct {
	// Names are the identifier as it is written and what it stands for in turn: SAMPLE_LED, BOARD_LED1. Empty for a
	// number, an expression or a string.
	Names []string
	// Value is the number that it is, if Known: the macros and enumerators of the program lead to one.
	Value int64
	Known bool
	// Text is what a string says.
	Text string
	// File and Span are where it is written.
	File *File
	Span Span
}

// Name returns the identifier as it is written, or the number.
func (c *Constant) Name() string {
	if len(c.Names) > 0 {
		return c.Names[0]
	}
	return strconv.FormatInt(c.Value, 10)
}

// Values is what an argument can be.
type Values struct {
	Constants []Constant
	Unknown   bool // it can also be something that could not be followed
}

func (v *Values) add(c Constant) {
	if len(v.Constants) == maxConstants {
		v.Unknown = true
		return
	}
	for i := range v.Constants {
		if o := &v.Constants[i]; o.File == c.File && o.Span == c.Span {
			return
		}
	}
	v.Constants = append(v.Constants, c)
}

func (v *Values) join(o Values) {
	for i := range o.Constants {
		v.add(o.Constants[i])
	}
	v.Unknown = v.Unknown || o.Unknown
}

// Program is several files that are linked together, with their headers. It may be used by several goroutines at once.
type Program struct {
	Files []*File
	// Known says of a name that no file defines whether it is a constant all the same: a peripheral of a hardware definition.
	// Names without a small letter are, unless they are a variable. It may be nil.
	Known func(name string) bool

	mu      sync.Mutex
	params  map[paramKey]Values  // guarded by mu
	tables  map[tableKey]Values  // likewise
	members map[string][]Member  // of types, likewise
	callers map[string][]*Define // macros that call what they are given
	// followed counts calls of the program's own functions, see maxFollowed; guarded by mu.
	followed int
}

type tableKey struct {
	v    *Var
	path string
}

type paramKey struct {
	owner any // *Function or *Define
	index int
	path  string // of the part that is meant
	left  left
}

// NewProgram joins files. known may be nil.
func NewProgram(files []*File, known func(name string) bool) *Program {
	p := &Program{Files: files, Known: known, params: map[paramKey]Values{}, tables: map[tableKey]Values{}, callers: map[string][]*Define{}, members: map[string][]Member{}}
	for _, f := range files {
		for _, d := range f.Defines {
			if len(d.called) > 0 && len(p.callers[d.Name]) < maxSame {
				p.callers[d.Name] = append(p.callers[d.Name], d)
			}
		}
	}
	return p
}

// Through returns the calls that the use of a macro comes to where the macro calls a function that it is given: the call of f
// in TRY(f) for #define TRY(f) f(). Their arguments are not known, so they are not Closed.
func (p *Program) Through(c *Call) (all []*Call) {
	for _, d := range p.callers[c.Name] {
		for _, n := range d.called {
			if n >= len(c.Args) || len(c.Args[n].Tokens) != 1 || c.Args[n].Tokens[0].Kind != Ident {
				continue
			}
			name := c.Args[n].Tokens[0]
			if slices.ContainsFunc(all, func(o *Call) bool { return o.NameSpan == name.Span() }) {
				continue
			}
			all = append(all, &Call{Name: name.Text, NameSpan: name.Span(), Span: c.Span, Func: c.Func, Macro: c.Macro, File: c.File})
		}
	}
	return all
}

// Resolve follows an argument of a call, counted from 0: through macros, enumerators, expressions of them, constants and
// variables that nothing changes, the elements of tables, and one level of parameters, to what the callers pass. The
// parameters of macros are no such level. Casts and brackets do not matter. Without such an argument the result is unknown.
func (p *Program) Resolve(c *Call, arg int) Values {
	if arg < 0 || arg >= len(c.Args) || !c.Closed {
		return Values{Unknown: true}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := resolver{p, left{levels: 1, macros: maxMacros}}
	return r.tokens(c.Args[arg].Tokens, scope{c.File, c.Func, c.Macro}, 0)
}

// scope is where an expression stands.
type scope struct {
	file  *File
	fn    *Function
	macro *Define
}

type resolver struct {
	p *Program
	left
}

// left is how many parameters may still be followed, one behind the other.
type left struct{ levels, macros int8 }

var unknown = Values{Unknown: true}

// tokens resolves an expression.
func (r resolver) tokens(t []Token, in scope, depth int) Values {
	t = strip(t)
	if len(t) == 0 || depth > maxNesting {
		return unknown
	}
	if v, ok := number(t); ok {
		return Values{Constants: []Constant{{Value: v, Known: true, File: in.file, Span: across(t)}}}
	}
	if yes, no, ok := choice(t); ok {
		v := r.tokens(yes, in, depth+1)
		v.join(r.tokens(no, in, depth+1))
		return v
	}
	if text, ok := joined(t); ok {
		return Values{Constants: []Constant{{Text: text, File: in.file, Span: across(t)}}}
	}
	if len(t) == 1 && t[0].Kind == Ident && !isKeyword(t[0].Text) {
		return r.name(t[0], in, depth)
	}
	if v, ok := r.integer(t, in); ok {
		return Values{Constants: []Constant{{Value: v, Known: true, File: in.file, Span: across(t)}}}
	}
	if t[0].Kind != Ident || isKeyword(t[0].Text) {
		return unknown
	}
	return r.part(t, in)
}

// across returns where tokens are.
func across(t []Token) Span { return Span{int(t[0].start), int(t[len(t)-1].end)} }

// joined returns what strings say together, if tokens are nothing else.
func joined(t []Token) (string, bool) {
	if len(t) > maxTerms {
		return "", false
	}
	var b strings.Builder
	for i := range t {
		if t[i].Kind != String {
			return "", false
		}
		b.WriteString(decode(t[i].Text))
	}
	return b.String(), len(t) > 0
}

// strip takes off brackets and casts around an expression.
func strip(t []Token) []Token {
	for n := 0; len(t) > 1 && t[0].op == '(' && n < maxNesting; n++ {
		end := closing(t, 0)
		switch {
		case end == len(t):
			return t // it is not closed
		case end == len(t)-1:
			t = t[1:end]
		case end > 1 && isType(t[1:end]):
			t = t[end+1:]
		default:
			return t
		}
	}
	return t
}

// closing returns the index of the bracket that closes the one at open; len(t) if there is none.
func closing(t []Token, open int) int {
	depth := 0
	for i := open; i < len(t); i++ {
		switch t[i].op {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(t)
}

// isType reports whether tokens in brackets, with something behind them, are a type: words and stars.
func isType(t []Token) bool {
	for i := range t {
		if t[i].Kind != Ident && t[i].op != '*' {
			return false
		}
	}
	return t[0].Kind == Ident
}

// number returns the value of an integer with its sign.
func number(t []Token) (int64, bool) {
	sign := int64(1)
	for len(t) == 2 && (t[0].op == '-' || t[0].op == '+') {
		if t[0].op == '-' {
			sign = -1
		}
		t = t[1:]
	}
	if len(t) != 1 || t[0].Kind != Number {
		return 0, false
	}
	v, err := strconv.ParseUint(strings.TrimRight(t[0].Text, "uUlL"), 0, 63)
	return sign * int64(v), err == nil
}

// choice splits a ? b : c.
func choice(t []Token) (yes, no []Token, ok bool) {
	ask, depth, inner := -1, 0, 0
	for i := range t {
		switch o := t[i].op; {
		case o == '(' || o == '[' || o == '{':
			depth++
		case o == ')' || o == ']' || o == '}':
			depth--
		case depth > 0:
		case o == '?' && ask < 0:
			ask = i
		case o == '?':
			inner++
		case o == ':' && inner > 0:
			inner--
		case o == ':' && ask >= 0:
			return t[ask+1 : i], t[i+1:], true
		}
	}
	return nil, nil, false
}

// name resolves an identifier that stands alone.
func (r resolver) name(t Token, in scope, depth int) Values {
	if i := in.param(t.Text); i >= 0 {
		return r.param(in, i)
	}
	if v := r.variable(t.Text, in); v != nil {
		if _, text := joined(v.Init); v.Array && !(text && v.Const) || !r.steady(v) {
			return unknown
		}
		return r.tokens(v.Init, scope{file: v.file, fn: v.Func}, depth+1)
	}
	return r.constant(t, in.file)
}

// constant follows a name through macros and enumerators.
func (r resolver) constant(t Token, file *File) Values {
	c := Constant{File: file, Span: t.Span()}
	at := t
	for len(c.Names) < maxNames {
		c.Names = append(c.Names, at.Text)
		defs := r.defines(at.Text)
		if len(defs) == 0 {
			break
		}
		if len(defs) > 1 || defs[0].Function {
			// Which branch of an #if is compiled is not known.
			return r.named(c)
		}
		body := strip(defs[0].Body)
		if len(body) == 1 && body[0].Kind == Ident && !isKeyword(body[0].Text) {
			at = body[0]
			continue
		}
		var text bool
		if c.Text, text = joined(body); !text {
			c.Value, c.Known = r.integer(body, scope{file: file})
		}
		if text || c.Known {
			return Values{Constants: []Constant{c}}
		}
		return r.named(c)
	}
	if e := r.enumerator(at.Text); e != nil {
		if v, ok := r.enumValue(e); ok {
			c.Value, c.Known = v, true
			return Values{Constants: []Constant{c}}
		}
		if init := strip(e.Init); len(init) == 1 && init[0].Kind == Ident {
			c.Names = append(c.Names, init[0].Text)
		}
		return r.named(c)
	}
	if v := r.variable(at.Text, scope{file: file}); v != nil && at.Text != t.Text && !v.Array && r.steady(v) {
		if init := strip(v.Init); len(init) == 1 && init[0].Kind == Ident { // a macro for a constant
			c.Names = append(c.Names, init[0].Text)
			return r.named(c)
		}
	}
	if r.known(c.Names) {
		return Values{Constants: []Constant{c}}
	}
	last := at.Text
	if strings.ToUpper(last) == last && r.defines(last) == nil {
		return Values{Constants: []Constant{c}}
	}
	return unknown
}

// named is a constant if one of its names is known from elsewhere.
func (r resolver) named(c Constant) Values {
	if r.known(c.Names) {
		return Values{Constants: []Constant{c}}
	}
	return unknown
}

func (r resolver) known(names []string) bool {
	if r.p.Known == nil {
		return false
	}
	for _, n := range names {
		if r.p.Known(n) {
			return true
		}
	}
	return false
}

// defines returns the macros of a name that differ.
func (r resolver) defines(name string) []*Define {
	var all []*Define
	for _, f := range r.p.Files {
		for _, d := range f.lookup().defines[name] {
			if len(all) == 0 || len(all) == 1 && !sameTokens(all[0].Body, d.Body) {
				all = append(all, d)
			}
		}
	}
	return all
}

func sameTokens(a, b []Token) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Text != b[i].Text {
			return false
		}
	}
	return true
}

func (r resolver) enumerator(name string) *Enumerator {
	for _, f := range r.p.Files {
		if e := f.lookup().enums[name]; e != nil {
			return e
		}
	}
	return nil
}

// variable returns the definition that a name means in a scope, or nil. One without an initialiser is meant as well.
func (r resolver) variable(name string, in scope) *Var {
	var found *Var
	own := in.file.lookup().vars[name]
	if in.fn != nil {
		for _, v := range own {
			if v.Func == in.fn {
				if found != nil {
					return &Var{} // two blocks have one each
				}
				found = v
			}
		}
	}
	if found != nil {
		return found
	}
	for _, v := range own {
		if v.Func == nil {
			return v
		}
	}
	for _, f := range r.p.Files {
		for _, v := range f.lookup().vars[name] {
			// What a header has is everywhere.
			if v.Func == nil && (!v.Static || isHeader(f.Path)) {
				return v
			}
		}
	}
	return nil
}

func isHeader(path string) bool {
	return strings.HasSuffix(path, ".h") || strings.HasSuffix(path, ".hpp")
}

// steady reports whether a variable keeps the value of its initialiser.
func (r resolver) steady(v *Var) bool {
	if v.Init == nil {
		return false
	}
	if v.Const {
		return true
	}
	if v.Func != nil || v.Static && !isHeader(v.file.Path) {
		return !v.file.lookup().assigned[v.Name]
	}
	for _, f := range r.p.Files {
		if f.lookup().assigned[v.Name] {
			return false
		}
	}
	return true
}

// param returns the index of a parameter of the function or macro around, or -1.
func (in scope) param(name string) int {
	switch {
	case in.macro != nil:
		for i, n := range in.macro.Params {
			if n == name {
				return i
			}
		}
	case in.fn != nil:
		for i := range in.fn.Params {
			if in.fn.Params[i].Name == name {
				return i
			}
		}
	}
	return -1
}

// maxParam is how many parameters of a function are followed.
const maxParam = 64

// param resolves a parameter: it is what the callers pass.
func (r resolver) param(in scope, index int) Values {
	return r.passed(in, index, "", func(r resolver, arg []Token, at scope) Values { return r.tokens(arg, at, 0) })
}

// passed resolves what every caller of the function or macro around passes for a parameter, or the part of it at a path.
func (r resolver) passed(in scope, index int, path string, resolve func(resolver, []Token, scope) Values) Values {
	key, left := paramKey{in.fn, index, path, r.left}, &r.levels
	if in.macro != nil {
		key.owner, left = in.macro, &r.macros
	}
	if *left == 0 || index >= maxParam {
		return unknown
	}
	v, ok := r.p.params[key]
	if !ok {
		*left--
		v = r.fromCallers(in, index, resolve)
		r.p.params[key] = v
	}
	return v
}

// maxFollowed is how many calls of a program's own functions are followed, in all. Apps have some hundred; a text that
// repeats itself has as many functions of one name as calls of each.
const maxFollowed = 100_000

func (r resolver) fromCallers(in scope, index int, resolve func(resolver, []Token, scope) Values) Values {
	name, files := "", r.p.Files
	var all Values
	if in.macro != nil {
		name = in.macro.Name
	} else {
		name = in.fn.Name
		if in.fn.Static && !isHeader(in.file.Path) {
			files = []*File{in.file}
		}
		all.Unknown = in.file.lookup().assigned[in.fn.Params[index].Name]
	}
	calls := 0
	for _, f := range files {
		for _, c := range f.lookup().calls[name] {
			calls++
			if r.p.followed++; r.p.followed > maxFollowed {
				all.Unknown = true
				return all
			}
			if index >= len(c.Args) || !c.Closed {
				all.Unknown = true
				continue
			}
			all.join(resolve(r, c.Args[index].Tokens, scope{c.File, c.Func, c.Macro}))
			if len(all.Constants) == maxConstants {
				all.Unknown = true
				return all
			}
		}
		if in.macro == nil && f.pointsTo(name) {
			all.Unknown = true
		}
	}
	all.Unknown = all.Unknown || calls == 0
	return all
}

// pointsTo reports whether a function's name stands where it is not called, so that its address may be taken.
func (f *File) pointsTo(name string) bool {
	for _, at := range f.Occurrences(name) {
		rest := f.Src[at.End:]
		if rest = strings.TrimLeft(rest[:min(len(rest), 64)], " \t\r\n"); !strings.HasPrefix(rest, "(") {
			return true
		}
	}
	return false
}

// step leads from a table or struct to a part of it: a field, or any element if it is "".
type step string

// maxSteps is how many parts of parts are followed.
const maxSteps = 4

// path reads what is behind a name: [i], .field, ->field.
func path(t []Token) (steps []step, ok bool) {
	for len(t) > 0 {
		if len(steps) == maxSteps {
			return nil, false
		}
		switch {
		case t[0].op == '[':
			end := closing(t, 0)
			if end == len(t) {
				return nil, false
			}
			steps, t = append(steps, ""), t[end+1:]
		case (t[0].op == '.' || t[0].op == opArrow) && len(t) > 1 && t[1].Kind == Ident:
			steps, t = append(steps, step(t[1].Text)), t[2:]
		default:
			return nil, false
		}
	}
	return steps, true
}

// pathText writes steps as a key.
func pathText(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString("/" + string(s))
	}
	return b.String()
}

// part resolves an element of a table or a field of a struct.
func (r resolver) part(t []Token, in scope) Values {
	steps, ok := path(t[1:])
	if !ok {
		return unknown
	}
	if i := in.param(t[0].Text); i >= 0 {
		return r.passed(in, i, pathText(steps), func(r resolver, arg []Token, at scope) Values { return r.target(arg, steps, at) })
	}
	v := r.variable(t[0].Text, in)
	if v != nil && len(v.Init) > 0 && v.Init[0].op == '&' && r.steady(v) {
		return r.target(v.Init, steps, scope{file: v.file, fn: v.Func})
	}
	return r.element(v, steps)
}

// target resolves a part of the table or struct that an expression is, or points to.
func (r resolver) target(t []Token, steps []step, in scope) Values {
	t = strip(t)
	if len(t) > 0 && t[0].op == '&' {
		t = strip(t[1:])
	}
	if len(t) == 0 || t[0].Kind != Ident || in.param(t[0].Text) >= 0 {
		return unknown
	}
	outer, ok := path(t[1:])
	if !ok {
		return unknown
	}
	return r.element(r.variable(t[0].Text, in), slices.Concat(outer, steps))
}

// element resolves a part of a variable's initialiser.
func (r resolver) element(v *Var, steps []step) Values {
	if v == nil || v.Init == nil {
		return unknown
	}
	key := tableKey{v, pathText(steps)}
	fields := false
	for _, s := range steps {
		if s != "" {
			fields = true
			for _, f := range r.p.Files {
				if f.lookup().fields[string(s)] {
					return unknown
				}
			}
		}
	}
	if !fields && !r.steady(v) {
		return unknown
	}
	if all, ok := r.p.tables[key]; ok {
		return all
	}
	r.p.tables[key] = unknown // what a table finds of itself while it is resolved
	var all Values
	r.elements(v.Init, steps, v.typ, scope{file: v.file, fn: v.Func}, &all)
	r.p.tables[key] = all
	return all
}

// elements resolves what steps lead to in the initialiser of a type, or of tables of it.
func (r resolver) elements(t []Token, steps []step, of typeName, in scope, all *Values) {
	if len(t) == 0 {
		all.Unknown = true
		return
	}
	if len(steps) == 0 {
		all.join(r.tokens(t, in, 0))
		return
	}
	for len(t) > 1 && t[0].op == '(' { // a compound literal
		end := closing(t, 0)
		if end+1 >= len(t) {
			break
		}
		t = t[end+1:]
	}
	if t[0].op != '{' {
		all.Unknown = true
		return
	}
	t = t[1:]
	members := r.places(t, steps[0], of)
	found, depth, first := false, 0, 0
	for i := 0; i <= len(t); i++ {
		end := i == len(t)
		if !end {
			switch t[i].op {
			case '(', '[', '{':
				depth++
			case ')', ']', '}':
				depth--
				end = depth < 0
			case ',':
				end = depth == 0
			}
		}
		if !end {
			continue
		}
		if value, ok := r.pick(t[first:i], steps[0], &members); ok {
			found = true
			r.elements(value, steps[1:], members.after(steps[0], of), in, all)
		}
		if depth < 0 || len(all.Constants) == maxConstants {
			break
		}
		first = i + 1
	}
	all.Unknown = all.Unknown || !found
}

// places are the members that the elements of a struct's initialiser are for.
type places struct {
	all  []Member
	next int // the one that an element without a designator is for; -1: that is not known any more
}

// places returns where the elements of an initialiser belong, if a step leads to one of them by its name. A lone 0 stands for
// all members: it says that they get their values later.
func (r resolver) places(t []Token, s step, of typeName) places {
	if s == "" {
		return places{}
	}
	p := places{all: r.members(of)}
	if len(t) > 1 && t[0].Text == "0" && t[1].op == '}' {
		p.next = -1
	}
	return p
}

// members returns the members of a type, nil if they are not known for certain.
func (r resolver) members(of typeName) []Member {
	if of.def != nil {
		return of.def.Members
	}
	if of.name == "" {
		return nil
	}
	found, known := r.p.members[of.name]
	if known {
		return found
	}
	r.p.members[of.name] = nil // what a type finds of itself
	sure := true
	for _, f := range r.p.Files {
		for _, s := range f.lookup().structs[of.name] {
			m := s.Members
			switch {
			case s.of == of.name:
				continue
			case s.of != "":
				m = r.members(typeName{name: s.of})
			}
			sure = sure && m != nil && (found == nil || slices.Equal(found, m))
			found = m
		}
	}
	if !sure {
		found = nil
	}
	r.p.members[of.name] = found
	return found
}

// after returns the type of what a step leads to.
func (p *places) after(s step, of typeName) typeName {
	if s == "" {
		return of
	}
	if i := p.index(string(s)); i >= 0 {
		return p.all[i].typ
	}
	return typeName{}
}

func (p *places) index(name string) int {
	return slices.IndexFunc(p.all, func(m Member) bool { return m.Name == name })
}

// pick returns the value of an element of an initialiser, if it is the one that the step leads to.
func (r resolver) pick(t []Token, s step, to *places) (value []Token, ok bool) {
	if len(t) == 0 {
		return nil, false
	}
	switch {
	case s == "" && t[0].op == '[':
		for i := closing(t, 0); i < len(t); i++ {
			if t[i].op == '=' {
				return t[i+1:], true
			}
		}
		return nil, false
	case s == "":
		return t, t[0].op != '.'
	case t[0].op == '.':
		if len(t) < 4 || t[2].op != '=' { // a part of a member
			to.next = -1
			return nil, false
		}
		if to.next = to.index(t[1].Text); to.next >= 0 {
			to.next++
		}
		return t[3:], t[1].Text == string(s)
	case to.next < 0 || to.next >= len(to.all):
		return nil, false
	}
	m := &to.all[to.next]
	to.next++
	if r.several(t, m) {
		to.next = -1
		return nil, false
	}
	return t, m.Name == string(s)
}

// several reports whether an element may be more than one, or not all, of what a member takes: a macro with commas in it, or
// the first element of a table without braces.
func (r resolver) several(t []Token, m *Member) bool {
	if (m.Array || r.members(m.typ) != nil) && t[0].op != '{' && t[0].Kind != String {
		return true
	}
	for i := range t {
		if t[i].Kind != Ident {
			continue
		}
		for _, d := range r.defines(t[i].Text) {
			if len(d.Body) > maxTerms || slices.ContainsFunc(d.Body, func(b Token) bool { return b.op == ',' || b.op == '{' }) {
				return true
			}
		}
	}
	return false
}
