package cmake

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// dump writes what was parsed, one argument per line.
func dump(f *File) string {
	var b strings.Builder
	for i := range f.Commands {
		c := &f.Commands[i]
		fmt.Fprintf(&b, "%s", c.Name)
		for _, a := range c.Args {
			fmt.Fprintf(&b, " %c%q", "uqb("[a.Kind], a.Text)
		}
		if c.Unclosed {
			b.WriteString(" unclosed")
		}
		b.WriteString("\n")
	}
	for _, c := range f.Comments {
		fmt.Fprintf(&b, "# %q\n", f.Src[c.Start:c.End])
	}
	for _, e := range f.Errors {
		fmt.Fprintf(&b, "! %q %s\n", f.Src[e.Span.Start:e.Span.End], e.Msg)
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"nothing", "", ""},
		{"byte order mark", "\ufeffproject(x)\n", "project u\"x\"\n"},
		{"kinds", "set(A b \"c d\" [[e\\n]] [==[\nf]]]==])", `set u"A" u"b" q"c d" b"e\\n" b"f]]"` + "\n"},
		{"blanks and case", "  Set (\n\tA\n  b )", `Set u"A" u"b"` + "\n"},
		{"CRLF", "set(A\r\n  \"b\r\nc\" # x\r\n)\r\nproject(y)\r\n", `set u"A" q"b\nc"` + "\n" + `project u"y"` + "\n" + `# "# x"` + "\n"},
		{"escapes", `set(A "\"\\\t\n\;\$\x" \(\)\ \#\;)`, `set u"A" q"\"\\\t\n\\;$\\x" u"() #\\;"` + "\n"},
		{"line continuation", "set(A \"b\\\nc\\\r\nd\")", `set u"A" q"bcd"` + "\n"},
		{"parentheses", "if((A AND NOT (B)) OR C)\nendif()", `if ("(" u"A" u"AND" u"NOT" ("(" u"B" (")" (")" u"OR" u"C"` + "\nendif\n"},
		{"legacy", `add(-Da="b c" x"y"z $(MAKE)v a[=b =c [ ]d)`, `add u"-Da=\"b c\"" u"x\"y\"z" u"$(MAKE)v" u"a[=b" u"=c" u"[" u"]d"` + "\n"},
		{"semicolons", `a(x;y ;z)`, `a u"x;y" u";z"` + "\n"},
		{"comments", "# one\na( # two\n x #[[ three\n ]] y)#[=[ four ]=]\n", "a u\"x\" u\"y\"\n# \"# one\"\n# \"# two\"\n# \"#[[ three\\n ]]\"\n# \"#[=[ four ]=]\"\n"},
		{"no such thing", "a()\n%% b()\n", "a\nb\n! \"%% \" no command begins like this\n"},
		{"name alone", "project\na()", "a\n! \"project\" a command's name is followed by its arguments in parentheses\n"},
		{"two on a line", "a() b()", "a\nb\n! \"b\" a line ends behind a command\n"},
		{"half typed", "set(A b\n\nproject(x)\nc(", "set u\"A\" u\"b\" unclosed\nproject u\"x\"\nc unclosed\n! \"set\" the closing parenthesis is missing\n! \"c\" the closing parenthesis is missing\n"},
		{"half typed condition", "if(A\n AND (B)\nfoo(x)\n", "if u\"A\" u\"AND\" (\"(\" u\"B\" (\")\" unclosed\nfoo u\"x\"\n! \"if\" the closing parenthesis is missing\n"},
		{"open quote", "a(\"b", "a q\"b\" unclosed\n! \"\\\"\" the quotation mark is not closed\n! \"a\" the closing parenthesis is missing\n"},
		{"glued", "a([[b]]c)", "a b\"b\" u\"c\"\n! \"c\" arguments are separated by spaces\n"},
		{"lone backslash", "a(b\\\n)", "a u\"b\"\n! \"\\\\\" a backslash with nothing behind it\n"},
	} {
		if got := dump(Parse("x", tt.src)); got != tt.want {
			t.Errorf("%s: %q\n got %s\nwant %s", tt.name, tt.src, got, tt.want)
		}
	}
}

func TestSpans(t *testing.T) {
	src := "# c\nset (A \"b\"\n [[c]] )\n"
	f := Parse("x", src)
	c := f.Commands[0]
	at := func(start, end int) string { return src[start:end] }
	if at(c.Span.Start, c.Span.End) != "set (A \"b\"\n [[c]] )" || at(c.NameSpan.Start, c.NameSpan.End) != "set" || f.Line(c.Span.Start) != 2 {
		t.Errorf("%+v", c)
	}
	for i, want := range []string{"A A", `"b" b`, "[[c]] c"} {
		a := c.Args[i]
		if got := at(a.Span.Start, a.Span.End) + " " + at(a.Content.Start, a.Content.End); got != want {
			t.Errorf("argument %d: %q, want %q", i, got, want)
		}
	}
}

// Text that makes a careless reader slow.
var hostile = []string{"a(\n", "a(\"\n", "a([[\n", "a([==[\n", "#[[\n", "((((", "))))", "$(", `x"y`, "if(a)\n", "if(a)\nendforeach()\n", "[=", "a(\\", "foreach(i 1)\n"}

// Each of them takes milliseconds; with a reader that takes quadratic time the test would run into its limit.
func TestParseHostile(t *testing.T) {
	for _, s := range hostile {
		t.Run(s, func(t *testing.T) {
			f := Parse("x", strings.Repeat(s, 1<<20/len(s)))
			f.blocks()
			if len(f.Errors) > maxErrors {
				t.Errorf("%d errors are kept", len(f.Errors))
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range hostile {
		f.Add(strings.Repeat(s, 3))
	}
	f.Add("\ufeffset(A \"b\\\nc\" [[d]] e\\;f)\r\n#[[ ]]\nif((A))\nelse()\nendif()\n")
	f.Fuzz(func(t *testing.T, src string) {
		p := Parse("x", src)
		last := 0
		for _, c := range p.Commands {
			if c.Span.Start < last || c.Span.End > len(src) || c.NameSpan.Start != c.Span.Start || c.NameSpan.End > c.Span.End {
				t.Fatalf("%+v behind %d", c, last)
			}
			at := c.NameSpan.End
			for _, a := range c.Args {
				if a.Span.Start < at || a.Content.Start < a.Span.Start || a.Content.End < a.Content.Start || a.Content.End > a.Span.End || a.Span.End > c.Span.End {
					t.Fatalf("%+v in %+v", a, c)
				}
				at = a.Span.End
			}
			last = c.Span.End
		}
		for i, n := range p.blocks() {
			if n != 0 && (n <= i || n > len(p.Commands)) {
				t.Fatalf("block at %d leads to %d", i, n)
			}
		}
	})
}

// TestModules reads what CMake comes with, which it can read itself. Files that are made into CMake files are none yet.
func TestModules(t *testing.T) {
	testenv.NeedTool(t, "cmake", "apt-get install cmake")
	modules, err := filepath.Glob("/usr/share/cmake-*/Modules/*.cmake")
	if err != nil || len(modules) == 0 {
		t.Skip("cmake: its modules are not in /usr/share; apt-get install cmake puts them there")
	}
	for _, name := range modules {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := Parse(name, string(src))
		for _, e := range f.Errors {
			t.Errorf("%s:%d: %s", name, f.Line(e.Span.Start), e.Msg)
		}
	}
}
