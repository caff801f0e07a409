package symbols

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

func tiny(t testing.TB) *File {
	t.Helper()
	b, err := os.ReadFile("testdata/tiny.elf")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open("tiny.elf", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestOpen(t *testing.T) {
	f := tiny(t)
	if f.Entry != 0x10178 || f.Dynamic || f.Interp != "" || len(f.BuildID) != 20 || !f.HasDebug() {
		t.Errorf("entry %#x dynamic %v interp %q build id %x debug %v", f.Entry, f.Dynamic, f.Interp, f.BuildID, f.HasDebug())
	}
	if got := f.Sources(); !slices.Equal(got, []string{"/src/tiny.c"}) {
		t.Errorf("sources %q", got)
	}
	for _, bad := range []string{"", "no ELF at all", "\x7fELF\x02\x01\x01"} {
		if _, err := Open("x", strings.NewReader(bad)); !errors.Is(err, ErrNotELF) {
			t.Errorf("Open(%q): %v", bad, err)
		}
	}
}

func TestBias(t *testing.T) {
	f := tiny(t)
	for _, bias := range []uint32{0, 0x400000, 0xfffe0000} {
		m := f.At(bias)
		fn, ok := m.Function(0x10110 + bias)
		if !ok || fn.Name != "add" || fn.Entry != 0x10100+bias || fn.External || fn.Decl.Line != 45 {
			t.Errorf("bias %#x: function %+v", bias, fn)
		}
		s, ok := m.Symbol(0x10102 + bias)
		if !ok || s.Name != "add" || !s.Thumb || s.Addr != 0x10100+bias || s.Kind != SymbolFunc {
			t.Errorf("bias %#x: symbol %+v", bias, s)
		}
		var b [2]byte
		if err := m.ReadStatic(0x10100+bias, b[:]); err != nil || b != [2]byte{0x80, 0xb4} {
			t.Errorf("bias %#x: code % x %v", bias, b, err)
		}
		if err := m.ReadStatic(0x111a0+bias, b[:]); !errors.Is(err, ErrNotStatic) {
			t.Errorf("bias %#x: data is served: %v", bias, err)
		}
		if !m.Contains(0x111a0+bias) || m.Contains(0x20000+bias) {
			t.Errorf("bias %#x: span %v", bias, m.Span())
		}
	}
}

func TestResolveLine(t *testing.T) {
	m := tiny(t).At(0)
	tests := []struct {
		file string
		line int
		want int    // line, 0: error
		fn   string // function
		err  error
	}{
		{"/src/tiny.c", 50, 50, "add", nil},
		{"tiny.c", 50, 50, "add", nil},
		{"/home/me/app/tiny.c", 50, 50, "add", nil},
		{`C:\app\tiny.c`, 50, 50, "add", nil},
		{"tiny.c", 48, 49, "add", nil},   // a line with a brace alone
		{"tiny.c", 45, 47, "add", nil},   // the head of a function: behind its prologue
		{"tiny.c", 54, 57, "outer", nil}, // between functions
		{"tiny.c", 41, 47, "add", nil},
		{"tiny.c", 67, 0, "", ErrNoCode},
		{"other.c", 1, 0, "", ErrNoFile},
		{"xtiny.c", 1, 0, "", ErrNoFile},
	}
	for _, tt := range tests {
		ls, err := m.ResolveLine(tt.file, tt.line, nil)
		if tt.err != nil {
			if !errors.Is(err, tt.err) {
				t.Errorf("%s:%d: %v, want %v", tt.file, tt.line, err, tt.err)
			}
			continue
		}
		if err != nil || len(ls) != 1 || ls[0].Line.Line != tt.want || ls[0].Function.Name != tt.fn || ls[0].Kind() == 4 {
			t.Errorf("%s:%d: %+v %v", tt.file, tt.line, ls, err)
		}
	}
}

func TestStepRange(t *testing.T) {
	m := tiny(t).At(0x1000)
	ls, err := m.ResolveLine("tiny.c", 50, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, line, ok := m.StepRange(ls[0].Addr + 2)
	if !ok || line.Line != 50 || r.Low != ls[0].Addr {
		t.Fatalf("%v %v %v", r, line, ok)
	}
	if l, _ := m.Line(r.High); l.Line == 50 {
		t.Errorf("the range ends in its own line: %v", l)
	}
	if l, _ := m.Line(r.High - 1); l.Line != 50 {
		t.Errorf("the range goes beyond its line: %v", l)
	}
	if got := m.LineRanges(r.Low, line); len(got) != 1 || got[0] != r {
		t.Errorf("line ranges %v, want %v", got, r)
	}
	if _, _, ok := m.StepRange(4); ok {
		t.Error("a range outside the program")
	}
	if got := m.BreakableLines("tiny.c", 46, 53, nil); !slices.Equal(got, []int{46, 47, 49, 50, 52, 53}) {
		t.Errorf("breakable lines %v", got)
	}
}

func TestFunctionsByName(t *testing.T) {
	m := tiny(t).At(0)
	for name, want := range map[string]uint32{"add": 0x10100, "outer": 0x10140, "_start": 0x10178} {
		if fs := m.FunctionsByName(name); len(fs) != 1 || fs[0].Entry != want {
			t.Errorf("%s: %v", name, fs)
		}
		if ls := m.ResolveFunction(name); len(ls) != 1 || ls[0].Addr <= want {
			t.Errorf("%s: %+v", name, ls)
		}
	}
	for _, name := range []string{"", "ad", "adder", "green"} {
		if fs := m.FunctionsByName(name); len(fs) != 0 {
			t.Errorf("%q: %v", name, fs)
		}
	}
}

func TestPathMatcher(t *testing.T) {
	all := []string{"/src/a/main.c", "/src/b/main.c", "lib/util.c", "C:/proj/win.c", "/usr/include/x.h"}
	tests := []struct {
		m     *PathMatcher
		local string
		want  []string
	}{
		{nil, "/src/a/main.c", []string{"/src/a/main.c"}},
		{nil, "/src/a/../b/main.c", []string{"/src/b/main.c"}},
		{nil, "/home/me/b/main.c", []string{"/src/b/main.c"}},
		{nil, "/home/me/c/main.c", nil}, // either, so neither
		{nil, "main.c", []string{"/src/a/main.c", "/src/b/main.c"}},
		{nil, "b/main.c", []string{"/src/b/main.c"}},
		{nil, "/home/me/lib/util.c", []string{"lib/util.c"}},
		{nil, `c:\proj\win.c`, []string{"C:/proj/win.c"}}, // by its tail
		{nil, "/elsewhere/WIN.C", nil},
		{&PathMatcher{FoldCase: true}, `c:\PROJ\Win.c`, []string{"C:/proj/win.c"}},
		{&PathMatcher{Map: []PathMap{{"/src/a", "/home/me/c"}}}, "/home/me/c/main.c", []string{"/src/a/main.c"}},
		{&PathMatcher{Map: []PathMap{{"/src", `D:\work`}}}, `D:\work\b\main.c`, []string{"/src/b/main.c"}},
		{nil, "", nil},
	}
	for _, tt := range tests {
		if got := tt.m.match(tt.local, all); !slices.Equal(got, tt.want) {
			t.Errorf("match(%q) = %q, want %q", tt.local, got, tt.want)
		}
	}
	m := &PathMatcher{Map: []PathMap{{"/src", "/home/me"}}}
	for in, want := range map[string]string{"/src/x.c": "/home/me/x.c", "/srcs/x.c": "/srcs/x.c", "/src": "/home/me"} {
		if got := m.Local(in); got != want {
			t.Errorf("Local(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMappingKind(t *testing.T) {
	for name, want := range map[string]CodeKind{"$a": KindARM, "$t": KindThumb, "$d": KindData, "$t.12": KindThumb, "$x": KindUnknown, "$": KindUnknown, "$ab": KindUnknown} {
		if got := mappingKind(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// everything asks a file all that can be asked; it must neither panic nor run away.
func everything(f *File) {
	m := f.At(0x1000)
	m.Span()
	m.Symbols()
	for _, fn := range m.Functions() {
		m.PrologueEnd(fn)
		for _, r := range fn.Ranges {
			for pc, n := r.Low, 0; pc < r.High && n < 64; pc, n = pc+2, n+1 {
				m.Line(pc)
				m.StepRange(pc)
				m.Inlined(pc)
				m.Function(pc)
			}
		}
	}
	for _, s := range f.Sources() {
		for _, line := range []int{1, 50, 1 << 30} {
			_, _ = m.ResolveLine(s, line, nil)
		}
	}
	for _, n := range []string{"add", "main", "a"} {
		m.FunctionsByName(n)
		m.ResolveFunction(n)
	}
	units, _ := f.Units()
	for _, u := range units {
		u.Tree()
	}
}

// TestConcurrent shares one file between goroutines; the race detector judges.
func TestConcurrent(t *testing.T) {
	f := tiny(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { everything(f) })
	}
	wg.Wait()
}

// FuzzFile breaks the committed program at up to three places.
func FuzzFile(f *testing.F) {
	b, err := os.ReadFile("testdata/tiny.elf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(0x20), uint32(0xffffffff), uint16(0x400), uint32(0), uint16(0x800), uint32(0x80808080))
	f.Fuzz(func(t *testing.T, o1 uint16, v1 uint32, o2 uint16, v2 uint32, o3 uint16, v3 uint32) {
		c := bytes.Clone(b)
		for _, e := range []struct {
			o uint16
			v uint32
		}{{o1, v1}, {o2, v2}, {o3, v3}} {
			for i := range 4 {
				if k := int(e.o) + i; k < len(c) {
					c[k] ^= byte(e.v >> (8 * i))
				}
			}
		}
		if file, err := Open("fuzz", bytes.NewReader(c)); err == nil {
			everything(file)
		}
	})
}

func BenchmarkOpenAndIndex(b *testing.B) {
	data, err := os.ReadFile("testdata/tiny.elf")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f, err := Open("tiny.elf", bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		m := f.At(0)
		if _, err := m.ResolveLine("tiny.c", 50, nil); err != nil {
			b.Fatal(err)
		}
		m.Function(0x10110)
	}
}
