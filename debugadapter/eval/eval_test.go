package eval

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/unwind"
)

// target is the memory of a stopped program: the data of its file and a stack.
type target struct {
	blocks map[uint32][]byte
	regs   map[int]uint64
	writes int
}

func (m *target) find(a uint32, n int) []byte {
	for base, b := range m.blocks {
		if a >= base && uint64(a-base)+uint64(n) <= uint64(len(b)) {
			return b[a-base:][:n]
		}
	}
	return nil
}

func (m *target) ReadMemory(a uint32, p []byte) error {
	b := m.find(a, len(p))
	if b == nil {
		return errors.New("no such memory")
	}
	copy(p, b)
	return nil
}

func (m *target) WriteMemory(a uint32, p []byte) error {
	b := m.find(a, len(p))
	if b == nil {
		return errors.New("no such memory")
	}
	m.writes++
	copy(b, p)
	return nil
}

func (m *target) WriteRegister(reg int, v uint64) error {
	m.regs[reg] = v
	return nil
}

// stopped is tiny.elf stopped in add at the line "ticks += sum_twice", called as add(4, 3).
func stopped(t testing.TB) (*Context, *target) {
	data, err := os.ReadFile("../symbols/testdata/tiny.elf")
	if err != nil {
		t.Fatal(err)
	}
	f, err := symbols.Open("tiny.elf", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	const sp = 0x20000fc8
	ram := make([]byte, 0x1000)
	put := func(a, v uint32) { binary.LittleEndian.PutUint32(ram[a-0x20000000:], v) }
	put(sp+4, 4)  // a
	put(sp+0, 3)  // b
	put(sp+12, 7) // sum
	put(sp+8, 14) // sum_twice
	put(sp+20, 0x20000fe0)
	put(0x20000fe0+4, 4) // n
	put(0x20000ff0, 0x20000ff8)
	put(0x20000ff4, 0x10183)
	image := f.At(0)
	segment := make([]byte, 0x8c)
	for _, p := range image.SectionRanges(".data") {
		d, addr, _ := f.Section(".data")
		copy(segment[addr-0x111a0:], d)
		_ = p
	}
	m := &target{blocks: map[uint32][]byte{0x20000000: ram, 0x111a0: segment}, regs: map[int]uint64{}}
	space := symbols.NewSpace(image)
	var r [16]uint32
	r[7], r[unwind.SP], r[unwind.LR], r[unwind.PC] = sp, sp, 0x10153, 0x10118
	regs := unwind.NewRegisters(r, 0x30)
	regs.SetDouble(0, 0x4002000000000000) // 2.25
	return &Context{Space: space, Frame: unwind.New(space, m).Top(regs), Memory: m, Writer: m, Registers: m}, m
}

func TestEval(t *testing.T) {
	c, _ := stopped(t)
	tests := []struct{ text, want, typ string }{
		{"a", "4", "int"},
		{"a + b * 2", "10", "int"},
		{"sum_twice", "14", "int"},
		{"ticks", "3", "int"},
		{"wide", "-5000000000", "long long int"},
		{"temperature", "36.6", "double"},
		{"half", "0.5", "float"},
		{"half / 3", "0.16666667", "float"},
		{"ready", "true", "_Bool"},
		{"letter", "65 'A'", "char"},
		{"mask", "(F_A | F_C)", "enum flags"},
		{"F_B | F_C", "10", "unsigned int"},
		{"(enum flags)18", "(F_B | unknown: 0x10)", "enum flags"},
		{"(enum color)7", "BLUE", "enum color"},
		{"(enum color)5", "5", "enum color"},
		{"green.color", "GREEN", "enum color"},
		{"green.trim", "-3", "int"},
		{"green.level", "9", "unsigned int"},
		{"green.level - 10", "-1", "int"},
		{"green.ratio", "1.5", "float"},
		{"green.label", `"LED1"`, "char [8]"},
		{"green.at", "{x = 1, y = 2}", "struct point"},
		{"red.next->at.y", "2", "int"},
		{"red.next == &green", "1", "int"},
		{"*red.next->name", "103 'g'", "const char"},
		{"green.name == \"green\"", "1", "int"},
		{"green.label != \"LED2\"", "1", "int"},
		{"grid", "{{1, 2, 3}, {4, 5, 6}}", "int [2][3]"},
		{"grid[1][2]", "6", "int"},
		{"grid[1]", "{4, 5, 6}", "int [3]"},
		{"*grid[1]", "4", "int"},
		{"&grid[1][1] - &grid[0][0]", "4", "int"},
		{"sizeof(struct led)", "40", "unsigned int"},
		{"sizeof grid", "24", "unsigned int"},
		{"sizeof(led_t *)", "4", "unsigned int"},
		{"primes[2]", "5", "const int"},
		{"nowhere", "0x0", "void *"},
		{"add", "{int (int, int)} 0x10100 <add>", "int (int, int)"},
		{"green.set", "0x100d9 <set_level>", "void (*)(struct led *, int)"},
		{"green.set == set_level", "1", "int"},
		{"$r7 == $sp", "1", "int"},
		{"$pc", "0x10118 <add+24>", "void (*)(void)"},
		{"$d0", "2.25", "double"},
		{"$lr,x", "0x10153", "int"},
		{"ticks,x", "0x3", "int"},
		{"-1,x", "0xffffffff", "int"},
		{"10,b", "0b1010", "int"},
		{"8,o", "010", "int"},
		{"65,c", "65 'A'", "int"},
		{"-1,u", "4294967295", "int"},
		{"0x10100,a", "0x10100 <add>", "int"},
		{"&grid[0][0],3", "{1, 2, 3}", "int [3]"},
		{"&grid[0][0],3,x", "{0x1, 0x2, 0x3}", "int [3]"},
		{"grid[0][0]@4", "{1, 2, 3, 4}", "int [4]"},
		{"(unsigned char)300", "44 ','", "unsigned char"},
		{"(short)70000", "4464", "short"},
		{"-7 / 2", "-3", "int"},
		{"-7 % 3", "-1", "int"},
		{"-1 < 1u", "0", "int"},
		{"3000000000", "3000000000", "long long"},
		{"0xffffffff", "4294967295", "unsigned int"},
		{"1 ? 2 : 1 / 0", "2", "int"},
		{"0 && 1 / 0", "0", "int"},
		{"'\\n'", `10 '\n'`, "char"},
		{`"a" "b"`, `"ab"`, "char [3]"},
		{"(char *)green.name", `0x10190 "green"`, "char *"},
		{"*(struct point *)&green.at", "{x = 1, y = 2}", "struct point"},
		{"(int (*)[3])grid", "0x111c0 <grid>", "int (*)[3]"},
		{"(a, b)", "", ""},
	}
	for _, tt := range tests {
		v, err := c.Eval(tt.text)
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s: no error", tt.text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		got := v.String()
		if strings.HasPrefix(tt.want, "0x1") && strings.Contains(tt.want, " ") && strings.Contains(tt.text, "name") || strings.Contains(tt.text, "[3])") {
			_, got, _ = strings.Cut(got, " ") // the address is the linker's
			_, tt.want, _ = strings.Cut(tt.want, " ")
		}
		if got != tt.want || v.Type.String() != tt.typ {
			t.Errorf("%s = %s (%s), want %s (%s)", tt.text, got, v.Type, tt.want, tt.typ)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	c, _ := stopped(t)
	for text, want := range map[string]string{
		"":                 "the expression is empty",
		"a +":              "the expression ends too early",
		"tick":             `no such name here: "tick"; did you mean "ticks"?`,
		"green.nam":        `led_t has no member named "nam"; did you mean "name"?`,
		"a.x":              "int has no members",
		"*a.b":             "int has no members",
		"a / 0":            "division by zero",
		"*nowhere":         "a void pointer cannot be dereferenced; cast it first",
		"add(1, 2)":        "functions of the program cannot be called",
		"&1":               "a result has no address",
		"&green.level":     "a bit-field has no address",
		"1 = 2":            ErrNotLvalue.Error(),
		"grid = 1":         "int [2][3]: " + ErrNotLvalue.Error(),
		"green + 1":        "+ cannot be applied to led_t",
		"a,q":              `"q" is not a format; use one of x d u o b c f s a, or a number of elements`,
		"(struct nope *)0": "no struct nope in the debug information",
		"sizeof(int":       ") is missing after the type of sizeof",
		"grid[1":           "] is missing after the index",
		"'ab'":             "a character literal has one character, this one has 2",
		"\"abc":            `the closing " is missing`,
		"a # b":            `'#' does not belong in an expression`,
		"0xzz":             `"0xzz" is not a number`,
		"int":              `"int" is a type; an expression is needed here`,
		"$r99":             "no register $r99; there are $r0 to $r15, $sp, $lr, $pc, $cpsr, $s0 to $s31 and $d0 to $d31",
		"*(int *)4":        "",
		"primes[0] = 1":    "",
	} {
		v, err := c.Eval(text)
		if err == nil {
			err = v.Err()
		}
		if err == nil || want != "" && err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := c.Eval("ticks + tock"); err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Pos != 8 || !errors.Is(err, ErrNoSymbol) {
			t.Errorf("position: %#v", err)
		}
	}
	if _, err := c.Eval(strings.Repeat("(", 5000) + "1"); err == nil {
		t.Error("deep nesting")
	}
}

func names(vs []*Value) string {
	var b strings.Builder
	for _, v := range vs {
		fmt.Fprintf(&b, "%s=%s ", v.Name, v)
	}
	return strings.TrimSpace(b.String())
}

func TestScopes(t *testing.T) {
	c, _ := stopped(t)
	args, err := c.Arguments()
	if got := names(args); err != nil || got != "a=4 b=3" {
		t.Errorf("arguments %s %v", got, err)
	}
	locals, err := c.Locals()
	if got := names(locals); err != nil || got != "sum_twice=14 sum=7" {
		t.Errorf("locals %s %v", got, err)
	}
	globals, err := c.Globals()
	var gs []string
	for _, g := range globals {
		gs = append(gs, g.Name)
	}
	if err != nil || strings.Join(gs, " ") != "green grid half letter mask nowhere primes ready red temperature ticks wide" {
		t.Errorf("globals %v %v", gs, err)
	}
	caller, err := c.Frame.Caller()
	if err != nil {
		t.Fatal(err)
	}
	c.Frame = caller
	if v, err := c.Eval("n"); err != nil || v.String() != "4" {
		t.Errorf("n in the caller: %v %v", v, err)
	}
	if _, err := c.Eval("sum"); !errors.Is(err, ErrNoSymbol) {
		t.Errorf("sum in the caller: %v", err)
	}
}

func TestChildren(t *testing.T) {
	c, _ := stopped(t)
	v, err := c.Eval("red")
	if err != nil {
		t.Fatal(err)
	}
	cs, err := v.Children(0, 0)
	if err != nil || len(cs) != 10 {
		t.Fatalf("%d children, %v", len(cs), err)
	}
	for _, ch := range cs {
		if ch.Expr() == "" {
			t.Errorf("%s has no expression", ch.Name)
		} else if w, err := c.Eval(ch.Expr()); err != nil || ch.Name[0] != '<' && w.String() != ch.String() {
			t.Errorf("%s: %s gives %v, %v, want %s", ch.Name, ch.Expr(), w, err, ch)
		}
	}
	next, err := v.Child("next")
	if err != nil {
		t.Fatal(err)
	}
	at, err := next.Children(1, 1)
	if err != nil || len(at) != 1 || at[0].String() != "{x = 1, y = 2}" || at[0].Expr() != "red.next->at" {
		t.Errorf("%v %v %s", at, err, at[0].Expr())
	}
	if n, indexed := v.NumChildren(); n != 10 || indexed {
		t.Error(n, indexed)
	}
	g, _ := c.Eval("grid")
	if n, indexed := g.NumChildren(); n != 2 || !indexed {
		t.Error(n, indexed)
	}
	row, _ := g.Children(1, 1)
	el, _ := row[0].Children(2, 5)
	if len(el) != 1 || el[0].String() != "6" || el[0].Expr() != "grid[1][2]" || el[0].Name != "[2]" {
		t.Errorf("%v %s", el, el[0].Expr())
	}
	if a, ok := el[0].Address(); !ok || a == 0 {
		t.Error("no address")
	}
	p, _ := c.Eval("red.next")
	if a, ok := p.MemoryReference(); !ok || a == 0 {
		t.Error("no memory reference")
	}
}

func TestAssign(t *testing.T) {
	c, m := stopped(t)
	for _, tt := range []struct{ text, check, want string }{
		{"a = 40", "a", "40"},
		{"a += 2", "a", "42"},
		{"a++", "a", "43"},
		{"--a", "a", "42"},
		{"ticks = -1", "ticks", "-1"},
		{"wide = 1LL << 40", "wide", "1099511627776"},
		{"temperature = 1", "temperature", "1"},
		{"half = 0.25 * 3", "half", "0.75"},
		{"green.level = 31", "green.level", "31"},
		{"green.trim = -8", "green.trim", "-8"},
		{"green.on", "green.on", "1"},
		{"mask = F_B", "mask", "F_B"},
		{"green.at = red.at", "green.at", "{x = -1, y = -2}"},
		{"grid[1][0] = grid[0][0] = 9", "grid", "{{9, 2, 3}, {9, 5, 6}}"},
		{"red.next = 0", "red.next", "0x0"},
		{"letter = 'z'", "letter", "122 'z'"},
		{"ready = 17", "ready", "true"},
		{"*(&a + 0) = 5", "a", "5"},
		{"$r3 = 99", "$r3", "99"},
		{"$s1 = 1.5", "$s1", "1.5"},
	} {
		if _, err := c.Eval(tt.text); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if v, err := c.Eval(tt.check); err != nil || v.String() != tt.want {
			t.Errorf("%s: %s = %v, %v", tt.text, tt.check, v, err)
		}
	}
	if m.regs[3] != 99 || m.regs[65]&0xffffffff != 0x3fc00000 {
		t.Errorf("registers %v", m.regs)
	}
	v, _ := c.Eval("b")
	if w, err := c.Assign(v, "ticks * 2"); err != nil || w.String() != "-2" || !v.CanAssign() {
		t.Errorf("Assign: %v %v", w, err)
	}
	c.Writer = nil
	if _, err := c.Eval("a = 1"); !errors.Is(err, ErrReadOnly) {
		t.Errorf("without a writer: %v", err)
	}
	if v.ctx.Writer == nil && v.CanAssign() {
		t.Error("CanAssign without a writer")
	}
}

func TestComplete(t *testing.T) {
	c, _ := stopped(t)
	for text, want := range map[string]string{
		"su":              "sum sum_twice",
		"green.la":        "label",
		"1 + red.next->a": "at",
		"green.r":         "ratio raw",
		"$p":              "pc",
		"F_":              "F_A F_B F_C",
		"(green.at).":     "x y",
	} {
		if got := strings.Join(c.Complete(text), " "); got != want {
			t.Errorf("Complete(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWithoutTarget(t *testing.T) {
	c, _ := stopped(t)
	bare := &Context{Space: c.Space}
	if v, err := bare.Eval("primes[3]"); err != nil || v.String() != "7" {
		t.Errorf("a constant: %v %v", v, err)
	}
	if v, err := bare.Eval("sizeof(green)"); err != nil || v.String() != "40" {
		t.Errorf("%v %v", v, err)
	}
	if v, err := bare.Eval("ticks"); err != nil || v.Err() == nil || !strings.Contains(v.String(), "not running") {
		t.Errorf("%v %v", v, err)
	}
	if _, err := bare.Locals(); err == nil {
		t.Error("locals without a frame")
	}
	if _, err := (&Context{}).Eval("x + 1"); !errors.Is(err, ErrNoSymbol) {
		t.Errorf("nothing at all: %v", err)
	}
}

func FuzzEval(f *testing.F) {
	c, _ := stopped(f)
	for _, s := range []string{"a + b", "green.next->at.x", "(int (*)[3])grid", "&grid[0][0],3,x", "sizeof(struct led)", "\"a\\x41\" == green.name", "1.5e3f", "$s1 = 2", "a ? b : c", "*(led_t *)&red", "grid[0][0]@4", "(unsigned long long)-1 >> 3", "green"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := c.Eval(text)
		c.Complete(text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		_ = v.String()
		_ = v.Format(Hex)
		n, _ := v.NumChildren()
		cs, _ := v.Children(0, min(n, 4))
		for _, k := range cs {
			_ = k.String()
		}
		_, _ = v.Address()
		_ = v.Type.String()
	})
}

// FuzzBrokenTypes breaks the debug information and shows every variable.
func FuzzBrokenTypes(f *testing.F) {
	data, err := os.ReadFile("../symbols/testdata/tiny.elf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(0x300), uint32(1), uint16(0x500), uint32(0xff00))
	f.Fuzz(func(t *testing.T, o1 uint16, v1 uint32, o2 uint16, v2 uint32) {
		d := bytes.Clone(data)
		for _, e := range []struct {
			o uint16
			v uint32
		}{{o1, v1}, {o2, v2}} {
			for i := range 4 {
				if k := int(e.o) + i; k < len(d) {
					d[k] ^= byte(e.v >> (8 * i))
				}
			}
		}
		file, err := symbols.Open("fuzz", bytes.NewReader(d))
		if err != nil {
			return
		}
		good, m := stopped(t)
		space := symbols.NewSpace(file.At(0))
		c := &Context{Space: space, Frame: unwind.New(space, m).Top(good.Frame.Regs), Memory: m}
		var all []*Value
		for _, get := range []func() ([]*Value, error){c.Arguments, c.Locals, c.Globals} {
			vs, _ := get()
			all = append(all, vs...)
		}
		for _, v := range all {
			_ = v.String()
			_ = v.Type.String()
			cs, _ := v.Children(0, 8)
			for _, k := range cs {
				_ = k.String()
			}
		}
		_, _ = c.Eval("green.next->at.x + (led_t)red.level")
	})
}

func BenchmarkLocals(b *testing.B) {
	c, _ := stopped(b)
	for b.Loop() {
		vs, err := c.Locals()
		if err != nil || len(vs) != 2 {
			b.Fatal(err)
		}
		for _, v := range vs {
			_ = v.String()
		}
	}
}

func BenchmarkEval(b *testing.B) {
	c, _ := stopped(b)
	for b.Loop() {
		if v, err := c.Eval("red.next->at.x + grid[1][2] * 3"); err != nil || v.String() != "19" {
			b.Fatal(v, err)
		}
	}
}
