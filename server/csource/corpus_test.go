package csource

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/scanner"

	"github.com/google/go-cmp/cmp"

	"armillary.dev/internal/testenv"
)

// sources returns every C file and header of the public samples that the environment names.
func sources(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, env := range []struct{ name, repo string }{{"ARMILLARY_SAMPLES", "Azure/azure-sphere-samples"}, {"ARMILLARY_GALLERY", "Azure/azure-sphere-gallery"}} {
		root := testenv.NeedEnv(t, env.name, "set it to a checkout of "+env.repo)
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && (filepath.Ext(name) == ".c" || filepath.Ext(name) == ".h") {
				all = append(all, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 600 {
		t.Fatalf("only %d sources below the folders", len(all))
	}
	return all
}

// Every source of the samples is read, and every argument in it followed.
func TestSamples(t *testing.T) {
	functions, calls, known := 0, 0, 0
	for _, name := range sources(t) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := Read(name, string(src))
		p := NewProgram([]*File{f}, nil)
		functions += len(f.Functions)
		for _, c := range f.Calls {
			calls++
			for i := range c.Args {
				known += len(p.Resolve(c, i).Constants)
			}
			if !c.Closed && c.Macro == nil {
				t.Errorf("%s: the call of %s at %d is not closed", name, c.Name, c.Span.Start)
			}
		}
	}
	t.Logf("%d functions, %d calls, %d constants as arguments", functions, calls, known)
	if functions < 2000 || calls < 20000 {
		t.Errorf("%d functions with %d calls are too few", functions, calls)
	}
}

var (
	// A string, a character, a number or a word, whichever begins first.
	lexemes = regexp.MustCompile(`(?:L|u8|u|U)?"(?:\\.|[^"\\\n])*"|(?:L|u8|u|U)?'(?:\\.|[^'\\\n])*'|(?:\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*)|[A-Za-z_$][A-Za-z_$0-9]*`)
	noWords = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*(?:error|warning|pragma|line|ident)\b.*$`)
	names   = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*([a-z_]+)([ \t]*(?:<[^>\n]*>|"[^"\n]*"))?`)
)

// gcc's preprocessor is right about what is a comment, a string and a joined line: with -fpreprocessed it drops the first,
// keeps the second, joins the third, and touches nothing else.
func TestAgainstGCC(t *testing.T) {
	gcc := testenv.NeedTool(t, "gcc", "apt-get install gcc")
	compared, skipped := 0, 0
	for i, name := range sources(t) {
		if i%2 == 1 { // a process each takes its time
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(gcc, "-fpreprocessed", "-dD", "-E", "-P", "-x", "c", "-")
		cmd.Stdin = strings.NewReader(string(src))
		out, err := cmd.Output()
		if err != nil {
			skipped++ // it is no C
			continue
		}
		want := strings.ReplaceAll(strings.ReplaceAll(string(out), "\\\r\n", ""), "\\\n", "")
		f := &File{Path: name, Src: string(src)}
		lex(f, true)
		var text, idents strings.Builder
		for _, tokens := range [][]Token{f.Tokens, f.directives} {
			for _, tok := range tokens {
				text.WriteString(tok.Text)
				if tok.Kind == Ident {
					idents.WriteString(tok.Text + "\n")
				}
			}
		}
		wantText, wantIdents := split(want)
		if diff := cmp.Diff(wantIdents, idents.String()); diff != "" {
			t.Errorf("%s: identifiers (-gcc +ours): %s", name, diff)
		} else if diff := cmp.Diff(wantText, squeeze(text.String())); diff != "" {
			t.Errorf("%s: text (-gcc +ours): %s", name, diff)
		}
		compared++
	}
	t.Logf("%d files compared, %d are no C for gcc", compared, skipped)
	if compared < 300 {
		t.Errorf("only %d files compared, %d are no C for gcc", compared, skipped)
	}
}

// split returns what gcc has left as File has it: the code, then the directives without their names and headers, both
// without space; and the identifiers in that order.
func split(out string) (text, idents string) {
	out = noWords.ReplaceAllString(out, "")
	var code, directives strings.Builder
	for line := range strings.Lines(out) {
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") {
			directives.WriteString(names.ReplaceAllStringFunc(line, func(s string) string {
				m := names.FindStringSubmatch(s)
				if strings.HasPrefix(m[1], "include") || m[1] == "import" {
					return ""
				}
				return m[2]
			}))
		} else {
			code.WriteString(line)
		}
	}
	all := code.String() + "\n" + directives.String()
	var b strings.Builder
	for _, w := range lexemes.FindAllString(all, -1) {
		if classes[w[0]] == clsIdent && !strings.HasSuffix(w, `"`) && !strings.HasSuffix(w, "'") {
			b.WriteString(w + "\n")
		}
	}
	return squeeze(all), b.String()
}

// squeeze takes out all space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func BenchmarkRead(b *testing.B) {
	own, err := os.ReadFile("../../testdata/apps/blink/main.c")
	if err != nil {
		b.Fatal(err)
	}
	src := strings.Repeat(string(own), 44<<10/len(own)+1)[:44<<10]
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		Read("main.c", src)
	}
}

func BenchmarkReadIndexed(b *testing.B) {
	own, err := os.ReadFile("../../testdata/apps/blink/main.c")
	if err != nil {
		b.Fatal(err)
	}
	src := strings.Repeat(string(own), 44<<10/len(own)+1)[:44<<10]
	b.ReportAllocs()
	for b.Loop() {
		Read("main.c", src).Occurrences("main")
	}
}

// The standard library's scanner over the same text, without any structure: the figure to compare with.
func BenchmarkTextScanner(b *testing.B) {
	own, err := os.ReadFile("../../testdata/apps/blink/main.c")
	if err != nil {
		b.Fatal(err)
	}
	src := strings.Repeat(string(own), 44<<10/len(own)+1)[:44<<10]
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		var s scanner.Scanner
		s.Init(strings.NewReader(src))
		s.Error = func(*scanner.Scanner, string) {}
		for s.Scan() != scanner.EOF {
			_ = s.TokenText()
		}
	}
}
