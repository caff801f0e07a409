// Package csource reads C as people type it: Read never fails, but gives the calls, definitions, tables and names of one
// file with their places; a Program follows a call's argument to the constants that it can be.
//
// It is no compiler. Nothing is included and no macro is expanded while reading; every branch of an #if is read but those
// that a literal 0 or 1 switches off. Brackets that do not match are matched as well as can be, so that the rest of
// the file keeps its meaning while one line of it is being written. Bytes that are no UTF-8 are read as Shift-JIS where they
// could end a string or a line by mistake.
//
// Reading takes linear time. The package reads no files, and must not know manifests, applibs or the protocol. All offsets
// are bytes of the text as it was given.
package csource

import (
	"strings"
	"sync"
)

// Span is a half-open range of byte offsets.
type Span struct{ Start, End int }

// Contains reports whether an offset is inside the span or at its end.
func (s Span) Contains(offset int) bool { return s.Start <= offset && offset <= s.End }

// Kind of a token.
type Kind uint8

// Kinds. Other is a byte that begins no token of C.
const (
	Other Kind = iota
	Ident      // keywords too
	Number
	String // with its prefix and quotes; one literal, not a sequence of them
	Char
	Punct
)

func (k Kind) String() string {
	return [...]string{"other", "identifier", "number", "string", "character", "punctuation"}[k]
}

// Token is one token. Its text has no line splices, its place in the file may.
type Token struct {
	Text       string
	start, end int32
	op         op
	Kind       Kind
}

// Span returns where the token is.
func (t Token) Span() Span { return Span{int(t.start), int(t.end)} }

// op is a punctuator, packed: '(' or '-'<<8|'>'. Zero for other tokens.
type op uint32

const (
	opArrow    op = '-'<<8 | '>'
	opIncr     op = '+'<<8 | '+'
	opDecr     op = '-'<<8 | '-'
	opEqual    op = '='<<8 | '='
	opHashHash op = '#'<<8 | '#'
)

// assigns reports whether an operator changes what is left of it.
func (o op) assigns() bool {
	switch o {
	case '=', '+'<<8 | '=', '-'<<8 | '=', '*'<<8 | '=', '/'<<8 | '=', '%'<<8 | '=', '&'<<8 | '=', '|'<<8 | '=', '^'<<8 | '=',
		'<'<<16 | '<'<<8 | '=', '>'<<16 | '>'<<8 | '=':
		return true
	}
	return false
}

// File is what is known of one C file or header. It is immutable.
type File struct {
	Path      string
	Src       string
	Tokens    []Token // the code, without directives and without what is switched off
	Comments  []Span
	Skipped   []Span  // what #if 0 and its like switch off
	Guards    []Guard // branches that are compiled only if a macro is defined
	Defines   []*Define
	Includes  []Include
	Functions []*Function // with a body
	Calls     []*Call     // by place; those in the bodies of macros come first
	Vars      []*Var      // scalars and tables with an initialiser; inside functions also those without
	Enums     []*Enumerator
	Structs   []*Struct
	Strings   []Literal // in the code; adjacent ones as one

	directives []Token // the tokens of all directives but the names of directives and of headers
	conds      []cond

	once  sync.Once
	index index
}

// Guard is what lies behind an #ifdef, or an #if defined(), of one macro, up to its #else or #endif.
type Guard struct {
	Macro string
	Span  Span
}

// Define is a #define.
type Define struct {
	Name     string
	NameSpan Span
	Span     Span // from the # to the end of the body
	Function bool
	Params   []string // of a function-like macro; "..." as __VA_ARGS__
	Body     []Token
	called   []int // parameters whose argument the body calls: f of #define TRY(f) f()
	file     *File
}

// Include is an #include.
type Include struct {
	Path   string // without quotes or angle brackets; "" for a macro
	System bool   // <>
	Span   Span   // of the name with its quotes
}

// Function is the definition of a function.
type Function struct {
	Name     string
	NameSpan Span
	Params   []Param
	Body     Span // the braces; the end of the file if it is not closed
	Static   bool
	file     *File
}

// Param is a parameter of a function. Name is "" if it has none.
type Param struct {
	Name string
	Span Span
}

// Call is a call of a function, or a use of a macro that looks like one.
type Call struct {
	Name     string
	NameSpan Span
	Span     Span // from the name to the closing bracket
	Args     []Arg
	Closed   bool
	Func     *Function // around it; nil in a macro or outside of functions
	Macro    *Define   // in whose body it is, or nil
	File     *File
}

// Arg is an argument.
type Arg struct {
	Tokens []Token
	Span   Span // of the tokens; where they would be if there are none
}

// Var is a variable's definition.
type Var struct {
	Name     string
	NameSpan Span
	Span     Span // from the name to the end of the initialiser
	Static   bool
	Const    bool
	Array    bool
	Func     *Function // in which it is; nil at file scope
	Init     []Token   // nil: none
	typ      typeName
	file     *File
}

// Struct is the definition of a struct, or a typedef of one that is defined elsewhere. Of a union, which an initialiser gives
// one member, it has the first.
type Struct struct {
	Names   []string // its tag and what a typedef calls it
	Members []Member // in their order; nil if it is not certain
	of      string   // the tag that a typedef without members is for
}

// Member is a member of a struct.
type Member struct {
	Name  string
	Array bool
	typ   typeName
}

// typeName is what a declaration says of a struct as a type: its name, or itself if it is defined there. It is zero for
// others, and for pointers.
type typeName struct {
	name string
	def  *Struct
}

// Enumerator is a constant of an enum.
type Enumerator struct {
	Name     string
	NameSpan Span
	Init     []Token // after =; nil: none
	Base     *Enumerator
	Plus     int64 // without Init: so many after Base, or its value if Base is nil
	file     *File
}

// Literal is a string: what adjacent literals say together, with escapes decoded.
type Literal struct {
	Value string
	Span  Span
}

// Read reads a file. path is only kept. Of a text over 1 GiB the rest is ignored.
func Read(path, src string) *File {
	f := &File{Path: path, Src: src}
	lex(f, false)
	parse(f)
	return f
}

// index is what is looked up by name; it is made when it is first asked for.
type index struct {
	idents    map[string][]Span
	defines   map[string][]*Define
	functions map[string][]*Function
	calls     map[string][]*Call
	vars      map[string][]*Var
	enums     map[string]*Enumerator
	structs   map[string][]*Struct
	assigned  map[string]bool // names of variables that are changed somewhere, or whose address is taken
	fields    map[string]bool // names of fields that are changed somewhere
}

// maxSame is how many macros, variables or structs of one name in one file are told apart.
const maxSame = 256

func (f *File) lookup() *index {
	f.once.Do(func() { f.index = makeIndex(f) })
	return &f.index
}

func makeIndex(f *File) index {
	x := index{
		idents: make(map[string][]Span, 256), defines: map[string][]*Define{}, functions: map[string][]*Function{}, calls: map[string][]*Call{},
		vars: map[string][]*Var{}, enums: map[string]*Enumerator{}, structs: map[string][]*Struct{}, assigned: map[string]bool{}, fields: map[string]bool{},
	}
	for _, tokens := range [...][]Token{f.directives, f.Tokens} {
		for i := range tokens {
			if t := &tokens[i]; t.Kind == Ident {
				x.idents[t.Text] = append(x.idents[t.Text], t.Span())
			}
		}
	}
	for _, d := range f.Defines {
		if len(x.defines[d.Name]) < maxSame {
			x.defines[d.Name] = append(x.defines[d.Name], d)
		}
	}
	for _, d := range f.Functions {
		x.functions[d.Name] = append(x.functions[d.Name], d)
	}
	for _, c := range f.Calls {
		x.calls[c.Name] = append(x.calls[c.Name], c)
	}
	declared := map[Span]bool{}
	for _, v := range f.Vars {
		if len(x.vars[v.Name]) < maxSame {
			x.vars[v.Name] = append(x.vars[v.Name], v)
		}
		declared[v.NameSpan] = true
	}
	for _, e := range f.Enums {
		if x.enums[e.Name] == nil {
			x.enums[e.Name] = e
		}
	}
	for _, s := range f.Structs {
		for _, name := range s.Names {
			if len(x.structs[name]) < maxSame {
				x.structs[name] = append(x.structs[name], s)
			}
		}
	}
	markAssigned(f.Tokens, declared, x.assigned, x.fields)
	return x
}

// Occurrences returns every place where an identifier is, in directives too, but not in what is switched off, strings and
// comments. Those in directives come first. It must not be changed.
func (f *File) Occurrences(name string) []Span { return f.lookup().idents[name] }

// CallsOf returns the calls of a name. It must not be changed.
func (f *File) CallsOf(name string) []*Call { return f.lookup().calls[name] }

// Defined reports whether the file defines a function or macro of a name.
func (f *File) Defined(name string) bool {
	x := f.lookup()
	return len(x.functions[name]) > 0 || len(x.defines[name]) > 0
}

// HasPrefix reports whether some identifier begins with a prefix.
func (f *File) HasPrefix(prefix string) bool {
	for name := range f.lookup().idents {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
