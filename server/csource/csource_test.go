package csource

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// describe writes what Read found, one thing a line.
func describe(f *File) string {
	var b strings.Builder
	text := func(t []Token) string {
		var w []string
		for _, x := range t {
			w = append(w, x.Text)
		}
		return strings.Join(w, " ")
	}
	for _, i := range f.Includes {
		fmt.Fprintf(&b, "include %q system=%v\n", i.Path, i.System)
	}
	for _, d := range f.Defines {
		fmt.Fprintf(&b, "define %s %v = %s\n", d.Name, d.Params, text(d.Body))
	}
	for _, fn := range f.Functions {
		var names []string
		for _, p := range fn.Params {
			names = append(names, p.Name)
		}
		fmt.Fprintf(&b, "function %s(%s) static=%v\n", fn.Name, strings.Join(names, ", "), fn.Static)
	}
	for _, v := range f.Vars {
		fmt.Fprintf(&b, "var %s static=%v const=%v array=%v = %s\n", v.Name, v.Static, v.Const, v.Array, text(v.Init))
	}
	for _, e := range f.Enums {
		fmt.Fprintf(&b, "enum %s +%d %s\n", e.Name, e.Plus, text(e.Init))
	}
	for _, s := range f.Strings {
		fmt.Fprintf(&b, "string %q at %q\n", s.Value, f.Src[s.Span.Start:s.Span.End])
	}
	for _, c := range f.Calls {
		var args []string
		for _, a := range c.Args {
			args = append(args, f.Src[a.Span.Start:a.Span.End])
		}
		in := "-"
		if c.Func != nil {
			in = c.Func.Name
		} else if c.Macro != nil {
			in = "#" + c.Macro.Name
		}
		fmt.Fprintf(&b, "call %s [%s] in %s closed=%v\n", c.Name, strings.Join(args, "|"), in, c.Closed)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"directives", "#include <a.h>\n#  include \"b/c.h\" // why\n#include NAME\n#define A\n#define B (1 + \\\n 2)\n#define F(x, y, ...) x##y\n#define G (x)\n#ifdef A\n#endif", `
include "a.h" system=true
include "b/c.h" system=false
include "" system=false
define A [] = 
define B [] = ( 1 + 2 )
define F [x y __VA_ARGS__] = x ## y
define G [] = ( x )
`},
		{"functions and calls", "static int\nopen_led(GPIO_Id pin, const char *name[3], void (*cb)(int, int)) {\n  if (pin) return GPIO_Open(pin, (int)f(1, 2), \"a,b)\");\n  o->UART_Open(1);\n  int local(void);\n  return sizeof(x);\n}\nvoid none(void) __attribute__((x)) { g (); }\nint proto(int a);\nint old(a, b) int a; char *b; { h(a); }", `
function open_led(pin, name, cb) static=true
function none() static=false
function old(a, b) static=false
string "a,b)" at "\"a,b)\""
call GPIO_Open [pin|(int)f(1, 2)|"a,b)"] in open_led closed=true
call f [1|2] in open_led closed=true
call g [] in none closed=true
call h [a] in old closed=true
`},
		{"switched off", "#if 0\nf('); /* } */ \n#if X\n#else\n#endif\n#else\nvoid a(void) { g(); }\n#endif\n#if 1\nvoid b(void) { h(); }\n#elif Y\nvoid c(void) { i(); }\n#else\nvoid d(void) { j(); }\n#endif\n#if (0) // no\nk();\n#endif", `
function a() static=false
function b() static=false
call g [] in a closed=true
call h [] in b closed=true
`},
		{"switched off by a macro of the file", "#define ONE 1\n#define NONE 0\n#define MODE ONE\n#if (MODE == ONE)\nvoid a(void) { f(); }\n#elif (MODE == NONE)\nvoid b(void) { g(); }\n#endif\n#if MODE != 0x1\ng();\n#endif\n#if NONE\ng();\n#endif", `
define ONE [] = 1
define NONE [] = 0
define MODE [] = ONE
function a() static=false
call f [] in a closed=true
`},
		{"not certainly switched off", "#ifndef X\n#define X 0\n#endif\n#define Y 0\n#define Y 1\n#define Z 0\n#undef Z\n#define R R\nvoid a(void) {\n#if X\nf();\n#endif\n#if Y\ng();\n#endif\n#if Z == 1\nh();\n#endif\n#if R\ni();\n#endif\n}", `
define X [] = 0
define Y [] = 0
define Y [] = 1
define Z [] = 0
define R [] = R
function a() static=false
call f [] in a closed=true
call g [] in a closed=true
call h [] in a closed=true
call i [] in a closed=true
`},
		{"branches open a brace each", "#ifdef A\nvoid f(int a) {\n#else\nvoid f(int b, int c) {\n#endif\n  if (1) {\n    g();\n  }\n}\nvoid h(void) {\n#if X\n  if (x) {\n#endif\n    i();\n#if X\n  }\n#endif\n}\nvoid j(void) { k(); }", `
function f(a) static=false
function f(b, c) static=false
function h() static=false
function j() static=false
call g [] in f closed=true
call i [] in h closed=true
call k [] in j closed=true
`},
		{"tables", "static const int pins[2] = {A, B};\nconst GPIO_Id led = LED; struct s t = {.pin = X, .n = {1}}; int *p = &x; int q[] ; x = 3;\nvoid f(void) { for (int i = 0; i < 3; i++) { int n; a * b; n == 3; } }\nenum e { P, Q = 7, R };", `
function f() static=false
var pins static=true const=true array=true = { A , B }
var led static=false const=true array=false = LED
var t static=false const=false array=false = { . pin = X , . n = { 1 } }
var p static=false const=false array=false = & x
var i static=false const=false array=false = 0
var n static=false const=false array=false = 
var b static=false const=false array=false = 
enum P +0 
enum Q +0 7
enum R +1 
`},
		{"half typed", "void f(void) {\n  GPIO_Open(LED, \n  x = g(1;\n  h(2);\n}\nint k(int a) {\n  i(3);\n", `
function f() static=false
function k(a) static=false
call GPIO_Open [LED|x = g(1] in f closed=false
call g [1] in f closed=false
call h [2] in f closed=true
call i [3] in k closed=true
`},
		{"a brace is missing", "void f(void) {\n  if (x) {\n    g();\n}\nstatic int h(int a) {\n  return i(a);\n}\n", `
function f() static=false
function h(a) static=true
call g [] in f closed=true
call i [a] in h closed=true
`},
		{"macros", "#define OPEN(p) do { fd = GPIO_Open(p, OUT); } while (0)\nvoid f(void) { OPEN(LED); UNUSED(x); }", `
define OPEN [p] = do { fd = GPIO_Open ( p , OUT ) ; } while ( 0 )
function f() static=false
call GPIO_Open [p|OUT] in #OPEN closed=true
call OPEN [LED] in f closed=true
call UNUSED [x] in f closed=true
`},
		{"strings", "\ufeffchar *s = \"a\" /* c */ \"b\\n\\x41\\101\"\n  L\"c\";\r\nchar *u = \"open\r\nchar c = '\\'';char *t = \"\";", `
var s static=false const=false array=false = "a" "b\n\x41\101" L"c"
var u static=false const=false array=false = "open char c = '\''
var c static=false const=false array=false = '\''
var t static=false const=false array=false = ""
string "ab\nAAc" at "\"a\" /* c */ \"b\\n\\x41\\101\"\n  L\"c\""
string "open" at "\"open"
string "" at "\"\""
`},
		{"joined lines", "int f(void) { return g\\\nh(1, \\\r\n  2); // c \\\n still\n}", `
function f() static=false
call gh [1|2] in f closed=true
`},
		{"Shift-JIS", "// \x95\x5c\nchar *s = \"\x95\x5c\"; void f(void) { g(\"\x83\x5c\", 1); }", `
function f() static=false
var s static=false const=false array=false = "` + "\x95\x5c" + `"
string "\x95\\" at "\"\x95\\\""
string "\x83\\" at "\"\x83\\\""
call g ["` + "\x83\x5c" + `"|1] in f closed=true
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), describe(Read("a.c", c.src))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSpans(t *testing.T) {
	src := "#define LED SAMPLE_LED\n#if 0\nint LED;\n#endif\nint x = LED; // LED\n/* LED */ void f(void) { g(LE\\\nD, \"LED\"); }\n"
	f := Read("a.c", src)
	var got []string
	for _, s := range f.Occurrences("LED") {
		got = append(got, fmt.Sprintf("%d:%s", s.Start, src[s.Start:s.End]))
	}
	want := []string{"8:LED", "53:LED", "92:LE\\\nD"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(f.Comments) != 2 || len(f.Skipped) != 1 || src[f.Skipped[0].Start:f.Skipped[0].End] != "#if 0\nint LED;\n" {
		t.Errorf("comments %v, skipped %v", f.Comments, f.Skipped)
	}
	for _, tok := range f.Tokens {
		if got := strings.ReplaceAll(src[tok.Span().Start:tok.Span().End], "\\\n", ""); got != tok.Text {
			t.Errorf("%q at %v is %q", tok.Text, tok.Span(), got)
		}
	}
}

func TestResolve(t *testing.T) {
	known := func(name string) bool { return name == "LED" || name == "Led2" }
	for _, c := range []struct{ name, src, want string }{
		{"as written", "void f(void) { OPEN(SAMPLE_LED); }", "SAMPLE_LED"},
		{"cast and brackets", "void f(void) { OPEN((GPIO_Id)(SAMPLE_LED)); }", "SAMPLE_LED"},
		{"number", "void f(void) { OPEN((int)0x10u); OPEN(-2); }", "16; -2"},
		{"macro", "#define MY LED\nvoid f(void) { OPEN(MY); }", "MY=LED"},
		{"macro of a number", "#define A B\n#define B (8)\nvoid f(void) { OPEN(A); }", "A=B=8"},
		{"macro with two meanings", "#ifdef X\n#define A LED\n#else\n#define A OTHER\n#endif\nvoid f(void) { OPEN(A); }", "?"},
		{"macro of an expression", "#define A (B + 1)\nvoid f(void) { OPEN(A); }", "?"},
		{"macro of itself", "#define A A\nvoid f(void) { OPEN(A); }", "?"},
		{"enumerator", "enum { A = 4, B, C = LED };\nvoid f(void) { OPEN(B); OPEN(C); }", "B=5; C=LED"},
		{"const", "static const GPIO_Id led = LED;\nvoid f(void) { OPEN(led); }", "LED"},
		{"never changed", "static GPIO_Id led = LED;\nvoid f(void) { int fd = OPEN(led); }", "LED"},
		{"changed", "static GPIO_Id led = LED;\nvoid f(void) { led = 3; OPEN(led); }", "?"},
		{"local", "void f(void) { int led = LED; OPEN(led); } void g(void) { int led; OPEN(led); }", "LED; ?"},
		{"table", "static const int t[] = {LED, 8, [4] = Led2};\nvoid f(int i) { OPEN(t[i]); }", "LED 8 Led2"},
		{"table of tables", "static const int t[2][2] = {{LED, 1}, {2, 3}};\nvoid f(int i) { OPEN(t[i][i+1]); }", "LED 1 2 3"},
		{"table of structs", "static const struct s t[] = {{.n = \"x\", .pin = LED}, {.pin = 9}};\nvoid f(int i) { OPEN(t[i].pin); }", "LED 9"},
		{"structs by position", "struct s { const char *n; int pin, *q; };\nstatic const struct s t[] = {{\"x\", LED}, {.n = \"y\", 9}};\nvoid f(int i) { OPEN(t[i].pin); }", "LED 9"},
		{"typedef by position", "typedef struct { int pin; const char *n; } P;\nstatic P t[] = {{10, \"a\"}, {11, \"b\"}};\nvoid f(int i) { P *p = &t[i]; OPEN(p->pin); }", "10 11"},
		{"typedef of a struct elsewhere", "typedef struct s P;\nstruct s { void (*cb)(int a, int b); unsigned : 3, x : 2; char n[4]; int pin; };\nP t = {g, 1, \"a\", LED};\nvoid f(void) { OPEN(t.pin); }", "LED"},
		{"struct without a name", "static const struct { int fd; struct { int a, pin; } in[2]; } t[] = {{-1, {{1, LED}, {2, 3}}}};\nvoid f(int i) { OPEN(t[i].in[0].pin); }", "LED 3"},
		{"union by position", "union u { int pin; char c; };\nunion u t = {LED};\nvoid f(void) { OPEN(t.pin); OPEN(t.c); }", "LED; ?"},
		{"pointers to structs", "struct s { int pin; };\nstatic struct s a = {4};\nstatic struct s *t[] = {&a};\nvoid f(int i) { OPEN(t[i]->pin); }", "?"},
		{"positions that are not certain", "struct s { int a[2], pin; };\n#define TWO 1, 2\nstruct u { int a, pin; };\n#ifdef X\nstruct v { int pin; };\n#else\nstruct v { int a, pin; };\n#endif\n" +
			"struct w {\n#ifdef X\nint a;\n#endif\nint pin; };\nstruct x { union { int a; int b; }; int pin; };\n" +
			"struct s s1 = {1, 2, 3}; struct u u1 = {TWO}; struct v v1 = {1, 2}; struct w w1 = {1, 2}; struct x x1 = {{1}, 2}; struct u u2 = {.a.b = 1, 2};\n" +
			"void f(void) { OPEN(s1.pin); OPEN(u1.pin); OPEN(v1.pin); OPEN(w1.pin); OPEN(x1.pin); OPEN(u2.pin); }", "?; ?; ?; ?; ?; ?"},
		{"emptied until later", "struct s { int pin; };\nstruct s a = {0};\nvoid f(void) { read(&a); OPEN(a.pin); }", "?"},
		{"a type that is nowhere", "static const struct s t[] = {{\"x\", LED}};\nvoid f(int i) { OPEN(t[i].pin); }", "?"},
		{"struct through a pointer", "static struct s led = {.fd = -1, .pin = LED};\nstatic void open(struct s *p) { p->fd = OPEN(p->pin); }\nvoid f(void) { open(&led); }", "LED"},
		{"field is changed", "static struct s led = {.pin = LED};\nstatic void open(struct s *p) { OPEN(p->pin); }\nvoid f(void) { led.pin = 3; open(&led); }", "?"},
		{"parameter", "static int open(GPIO_Id pin) { return OPEN(pin); }\nvoid f(void) { open(LED); open(7); }", "LED 7"},
		{"parameter, one caller unknown", "static int open(GPIO_Id pin) { return OPEN(pin); }\nvoid f(int x) { open(LED); open(g(x)); }", "LED ?"},
		{"parameter, one level only", "static int open(GPIO_Id pin) { return OPEN(pin); }\nint wrap(GPIO_Id p) { return open(p); }\nvoid f(void) { wrap(LED); }", "?"},
		{"pointer to the function", "static int open(GPIO_Id pin) { return OPEN(pin); }\nvoid f(void) { open(LED); g(open); }", "LED ?"},
		{"nobody calls", "int open(GPIO_Id pin) { return OPEN(pin); }", "?"},
		{"parameter of a macro", "#define DO(p) OPEN(p)\nvoid f(void) { DO(LED); }", "LED"},
		{"parameter of macros in a macro", "#define C(n) B(n, 1)\n#define B(n, m) A(n)\n#define A(n) OPEN(n)\nvoid f(int x) { A(1); B(2, 0); C(LED); }", "LED 2 1"},
		{"macros in a circle", "#define A(n) B(n) OPEN(n)\n#define B(n) A(n)\nvoid f(void) { B(2); }", "2 ?"},
		{"string", "#define ID \"b\"\nstatic const char id[] = \"c\" \"d\"; const char *p = \"e\"; char a[] = \"f\"; static const char *q = \"g\";\nvoid f(void) { OPEN(\"a\"); OPEN(ID); OPEN(id); OPEN(p); OPEN(a); OPEN(q); q = g(); }", "'a'; ID'b'; 'cd'; 'e'; ?; ?"},
		{"constant expression", "#define A 3\n#define B (A + 4)\nenum { C = B * 2, D, E = D << 1 };\nvoid f(void) { OPEN(3+4); OPEN(B); OPEN((int)A | 8); OPEN(E - -1); OPEN(-(B) % 4); OPEN(D); OPEN(2 - 1 - 1); OPEN(~0 & 6); }", "7; B=7; 11; 31; -3; D=15; 0; 6"},
		{"no constant expression", "#define A A + 1\n#define F(x) x\nstatic int v = 2;\nvoid f(int p) { OPEN(1 / 0); OPEN(A); OPEN(p + 1); OPEN(v + 1); OPEN(1 << 40); OPEN(F(1) + 1); OPEN(1 +); OPEN((1); OPEN(LED * 2); OPEN(1 == 1); }", "?; ?; ?; ?; ?; ?; ?; ?; ?; ?"},
		{"choice", "void f(int x) { OPEN(x ? LED : 3); }", "LED 3"},
		{"variable that is nowhere", "void f(void) { OPEN(pin); OPEN(Led2); }", "?; Led2"},
		{"expression", "void f(void) { OPEN(LED + 1); OPEN(); OPEN(g()); OPEN(*p); }", "?; ?; ?; ?"},
		{"recursion", "int open(int p) { return open(p) + OPEN(p); }", "?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Read("a.c", c.src)
			p := NewProgram([]*File{f}, known)
			var all []string
			for _, call := range f.CallsOf("OPEN") {
				var one []string
				v := p.Resolve(call, 0)
				for _, k := range v.Constants {
					s := strings.Join(k.Names, "=")
					if k.Text != "" {
						s += "'" + k.Text + "'"
					}
					if k.Known {
						s = strings.TrimPrefix(fmt.Sprintf("%s=%d", s, k.Value), "=")
					}
					one = append(one, s)
				}
				if v.Unknown {
					one = append(one, "?")
				}
				all = append(all, strings.Join(one, " "))
			}
			if got := strings.Join(all, "; "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestResolveAcrossFiles(t *testing.T) {
	files := []*File{
		Read("led.h", "#define MY_LED BOARD_LED\nstatic const int extra = EXTRA;\nextern const int pins[];\nint open_led(int);\n"),
		Read("led.c", "int open_led(int pin) { return OPEN(pin); }\nconst int pins[] = {P0, P1};\nstatic const int hidden = HIDDEN;"),
		Read("main.c", "int main(void) { open_led(MY_LED); OPEN(extra); OPEN(pins[1]); OPEN(hidden); }"),
	}
	p := NewProgram(files, nil)
	var got []string
	for _, f := range files {
		for _, c := range f.CallsOf("OPEN") {
			v := p.Resolve(c, 0)
			for _, k := range v.Constants {
				got = append(got, k.Name()+" in "+k.File.Path)
			}
			if v.Unknown {
				got = append(got, "?")
			}
		}
	}
	want := []string{"MY_LED in main.c", "EXTRA in led.h", "P0 in led.c", "P1 in led.c", "?"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Text that only wants to take time or memory.
func TestHostile(t *testing.T) {
	const n = 200_000
	for name, src := range map[string]string{
		"open brackets":   strings.Repeat("f(", n),
		"closed":          "void f(void) {" + strings.Repeat("f(", n) + strings.Repeat(")", n) + "}",
		"closing":         strings.Repeat(")}]", n),
		"strings":         "char *s = " + strings.Repeat(`"a"`, n) + ";",
		"ifs":             strings.Repeat("#if 0\n", n) + "x",
		"elses":           "#if A\n" + strings.Repeat("#else\n", n),
		"reopened":        strings.Repeat("(", n) + "\n#if A\n" + strings.Repeat(";\n#else\n", n/4),
		"splices":         strings.Repeat("\\\n", n),
		"defines":         strings.Repeat("#define A f(\n", n),
		"functions":       strings.Repeat("int f(int a) {", n),
		"assignments":     "int x = " + strings.Repeat("a[", n) + strings.Repeat("]", n) + " = 3;",
		"initialisers":    strings.Repeat("int x = ", n),
		"parameters":      "int f(" + strings.Repeat("int a,", n) + "int b) { OPEN(b); } " + strings.Repeat("f(1);", n),
		"calls and opens": "int f(int a) {" + strings.Repeat("OPEN(a);", n/2) + "} void g(void) { " + strings.Repeat("f(1);", n/2) + "}",
		"table":           "static const int t[] = {" + strings.Repeat("A,", n) + "}; void g(int i) { " + strings.Repeat("OPEN(t[i]);", n/2) + "}",
		"structs":         strings.Repeat("struct s { int a; struct { ", n),
		"members":         "typedef struct { " + strings.Repeat("int a, b;", n) + "} s; static s t[] = {" + strings.Repeat("{1,2},", n) + "}; void g(int i) { " + strings.Repeat("OPEN(t[i].b);", n/2) + "}",
		"typedefs":        chain(n, "typedef struct s%d s%d;") + "s0 t = {1}; void g(void) { OPEN(t.a); }",
		"expressions":     "void g(void) { OPEN(" + strings.Repeat("(1+", n) + ");" + strings.Repeat("OPEN(-(1+1));", n/4) + "OPEN(" + strings.Repeat("-", n) + "1); }",
		"sums":            chain(40, "#define A%d A%d + A%[2]d\n") + "void g(void) { " + strings.Repeat("OPEN(A0);", n/40) + " }",
		"long macro":      "#define A " + strings.Repeat("1 + ", n) + " 1\n#define S " + strings.Repeat("\"a\" ", n) + "\nvoid g(void) { " + strings.Repeat("OPEN(A); OPEN(S);", 100) + " }",
		"macros in turn":  chain(100, "#define M%d(n) M%d(n) M%[2]d(n)\n") + strings.Repeat("#define M100(n) OPEN(n)\n", 100) + "void g(void) { " + strings.Repeat("M0(1);", n) + " }",
		"given functions": "#define T(" + strings.Repeat("a, ", n) + "f) f(); " + strings.Repeat("a(); ", n) + "\nvoid g(void) { " + strings.Repeat("T(x, y);", n) + " }",
		"nul":             strings.Repeat("\x00\xff", n),
	} {
		t.Run(name, func(t *testing.T) {
			f := Read("a.c", src)
			p := NewProgram([]*File{f}, nil)
			for _, c := range f.CallsOf("OPEN") {
				p.Resolve(c, 0)
			}
			f.Occurrences("a")
		})
	}
}

// chain writes a line for every number and the one after it.
func chain(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i, i+1)
	}
	return b.String()
}

func TestThrough(t *testing.T) {
	f := Read("a.c", "#define TRY(x, f) do { if (f(x) < 0) { f(1); log(#f); } } while (0)\n#define NAME(f) f\nvoid a(void) { TRY(g(1), open); TRY(2, 3); TRY(2, s->open); NAME(open); TRY(2); }")
	p := NewProgram([]*File{f}, nil)
	var got []string
	for _, c := range f.Calls {
		for _, o := range p.Through(c) {
			got = append(got, fmt.Sprintf("%s in %s at %d, %q", o.Name, o.Func.Name, o.NameSpan.Start, f.Src[o.Span.Start:o.Span.End]))
			if v := p.Resolve(o, 0); !v.Unknown {
				t.Errorf("its argument is %+v", v)
			}
		}
	}
	if diff := cmp.Diff([]string{`open in a at 111, "TRY(g(1), open)"`}, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	own, _ := os.ReadFile("../../testdata/apps/blink/main.c")
	f.Add(string(own))
	for _, s := range []string{"#if 0\n\"\n#else\nf(\\\n1", "#define F(a,...) a##b\nF(1,2)", "int t[] = {.a = 1, [2] = {3}}; f(t[1].a);", "\xef\xbb\xbf\x95\\\n'", "enum {A,B=", "struct s{int a,p;};struct s t[]={{1,2+3}};f(t[1].p)", "#define A(f,n) f(n)\n#define B(n) A(g,n)\nB(1<<2)", "int f(a) int a; { OPEN(a); } f(x ? 1 : 2)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		file := Read("a.c", src)
		last := 0
		for _, tok := range file.Tokens {
			s := tok.Span()
			if s.Start < last || s.End <= s.Start || s.End > len(src) {
				t.Fatalf("token %q at %v behind %d", tok.Text, s, last)
			}
			last = s.End
		}
		within := func(s Span) {
			if s.Start < 0 || s.End < s.Start || s.End > len(src) {
				t.Fatalf("span %v of %d bytes", s, len(src))
			}
		}
		for _, s := range file.Comments {
			within(s)
		}
		for _, s := range file.Skipped {
			within(s)
		}
		for _, s := range file.Strings {
			within(s.Span)
		}
		for _, d := range file.Defines {
			within(d.Span)
		}
		for _, fn := range file.Functions {
			within(fn.Body)
		}
		for _, v := range file.Vars {
			within(v.Span)
		}
		p := NewProgram([]*File{file}, nil)
		for _, c := range file.Calls {
			within(c.Span)
			for _, o := range p.Through(c) {
				within(o.NameSpan)
			}
			for i, a := range c.Args {
				within(a.Span)
				for _, k := range p.Resolve(c, i).Constants {
					within(k.Span)
				}
			}
		}
	})
}

// TestSameAgain holds that a text which repeats itself is followed up to a limit.
func TestSameAgain(t *testing.T) {
	const n, calls = 1000, 200
	f := Read("a.c", strings.Repeat("static int open(int pin) { return GPIO_OpenAsInput(pin); }\n", n)+strings.Repeat("int f(void) { return open(4); }\n", calls))
	p := NewProgram([]*File{f}, nil)
	found, unclear := 0, 0
	for _, c := range f.Calls {
		if c.Name != "GPIO_OpenAsInput" {
			continue
		}
		switch v := p.Resolve(c, 0); {
		case v.Unknown:
			unclear++
		case len(v.Constants) == calls:
			found++
		}
	}
	if found != maxFollowed/calls || unclear != n-found || p.followed > maxFollowed+n {
		t.Errorf("%d found, %d unclear, %d calls followed", found, unclear, p.followed)
	}
}
