package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"armillary.dev/debugadapter/eval"
	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/unwind"
)

// writable lists the address ranges of the program's data, for gdb to dump.
func writable(f *symbols.File) [][2]uint32 {
	var out [][2]uint32
	img := f.At(0)
	for _, name := range []string{".data", ".bss", ".data.rel.ro", ".got", ".tdata", ".tbss"} {
		for _, s := range img.SectionRanges(name) {
			out = append(out, [2]uint32{s.Low, s.High})
		}
	}
	return out
}

// expressions are evaluated at the stop of the label, by gdb and by us.
var expressions = map[string][]string{
	"last": {
		"counter", "shared_value", "big", "ubig", "ratio", "precise", "letters", "small", "byte_value", "half", "yes", "no",
		"paint", "mode", "sg", "packed", "num", "matrix", "line_points", "qualified", "nothing", "first", "second",
		"first.at.x", "second.next->at.y", "(*second.next).at", "second.next->next", "first.inner", "first.s", "first.c", "first.grid[1][2]",
		"first.grid[1]", "matrix[2]", "matrix[1][1]+1", "*matrix[1]", "**matrix", "*(matrix[1]+2)", "&matrix[1][1]", "&matrix[1] - &matrix[0]",
		"&first.at.y", "&first", "*&first.at", "sizeof(first)", "sizeof first.at", "sizeof(struct node)", "sizeof(node_t)", "sizeof(int)", "sizeof(char*)",
		"sizeof matrix", "sizeof(matrix[0])", "sizeof(unsigned long long)", "sizeof(enum color)", "sizeof(double)",
		"1+2*3", "(1+2)*3", "7/2", "-7/2", "-7%3", "7%-3", "1<<4", "-16>>2", "0x10|1", "6&3", "6^3", "~5", "!5", "!0", "-5", "+3",
		"3u-5", "3-5u", "1u<<31", "2147483647+1", "1.5+2", "1/2.0", "3.0f/2", "7.5/2.5*2", "1e3", "1 ? 2 : 3", "0 ? 2 : 3",
		"1 && 0", "1 || 0", "0 || 0", "2 && 3", "1 < 2", "2 <= 2", "3 > 4", "3 >= 3", "1 == 1", "1 != 1", "-1 < 1u", "-1 < 0u",
		"'a'", "'\\n'", "'\\\\'", "'\\x41'", "'\\101'", "'a'+1", "0x7fffffff", "0xffffffff", "4294967296", "1ULL<<40", "10L", "017", "0x1p3",
		"small+byte_value", "half*2", "small", "-small", "byte_value<<1", "yes+1", "!yes", "small < byte_value", "big+1", "ubig/3", "ubig%1000", "big/1000", "-big", "ubig > big", "big < 0",
		"ratio*2", "ratio+precise", "precise/2", "-ratio", "ratio < 2", "ratio == 1.5", "!ratio", "(int)precise", "(int)ratio", "(float)7/2", "(char)321", "(signed char)200", "(unsigned char)-1",
		"(short)70000", "(unsigned short)-1", "(long long)-1", "(unsigned)-1", "(unsigned long long)-1", "(int)3.99", "(double)1/3", "(_Bool)5",
		"(enum color)5", "paint == BLUE", "BLUE", "GREEN+1", "mode & F_EXEC", "mode | F_WRITE", "(int)mode", "MINUS", "sg < 0", "sg",
		"packed.a", "packed.b", "packed.c", "packed.wide", "packed.on", "packed.col", "packed.a+packed.b", "packed.b*2", "-packed.a", "packed.a - 6",
		"num.i", "num.f", "num.raw", "num.raw[3]", "handler", "*handler", "fib", "&fib", "handler == twice", "first.call",
		"greeting[1]", "*greeting", "*(greeting+4)", "letters[2]", "first.name", "second.name[0]", "*first.name", "&letters[1]", "first.text", "*first.text",
		"(struct point *)&first.at", "*(struct point *)&line_points[1]", "((struct point *)line_points)[1].y", "(unsigned char)first.name[0]", "*(unsigned char *)&first", "(char*)&matrix[0][1] - (char*)matrix",
		"line_points[1]", "&line_points[1]", "(&line_points[1])->x", "line_points->y", "line_points + 1", "*(line_points + 1)", "&line_points[1] - line_points", "&line_points[0] < &line_points[1]",
		"nothing == 0", "!nothing", "(long)&first == (long)&first.name", "second.next == &first", "second.next != 0",
		"$sp", "$pc", "$r0 == $r0", "v", "v + counter", "calls", "shared_value ? 10 : 20", "counter & 0xff", "(counter, 1)",
		"missing_name", "first.missing", "first->at.x", "second.next.at.x", "*3.0", "1 +", "first + 1", "1 / 0", "*nothing",
	},
	"byvalue": {"n", "p", "n.at", "n.next", "n.weight + p.x", "n.grid[1][0] + p.y", "&n.at.x == &n.at", "sizeof n", "n.fl | F_READ"},
	// gdb 13 dies of ll>>8 at -O2 (internal error in dwarf2/expr.c), so ll is not asked for.
	"floats": {"f", "d", "f+d", "i*f", "(int)(f*100)", "d > f"},
	"vla":    {"n", "data", "data[2]", "sizeof data", "text", "*data", "&data[1] - data", "data[n-1]"},
	"block":  {"a", "b", "total", "a + b"},
}

// gdbAnswersOtherwise explains, by expression, where we mean to differ from gdb 13.
var gdbAnswersOtherwise = map[string]string{
	"(counter, 1)":      "gdb has the comma operator; a comma is for formats here",
	"(_Bool)5":          "gdb keeps 5, C11 6.3.1.2 says 1",
	"(int)precise":      "out of range: undefined in C; gdb cuts bits off, we saturate as VCVT does",
	"packed.a+packed.b": "gdb keeps unsigned; C11 6.3.1.1 promotes a 3-bit field to int",
	"-packed.a":         "as above",
	"packed.a - 6":      "as above",
	"&fib":              "gdb leaves the Thumb bit off; a function pointer of the program has it",
	"handler == twice":  "gdb says 0 for that reason",
}

const optimizedOut = `"<optimized out>"`

// canon writes a Value in the form of record.py.
func canon(v *eval.Value, depth int) any {
	if err := v.Err(); err != nil {
		if strings.Contains(err.Error(), "optimized out") {
			return "<optimized out>"
		}
		return "<error: " + err.Error() + ">"
	}
	if depth > 6 {
		return "..."
	}
	t := v.Type.Strip()
	switch t.Kind {
	case eval.Struct, eval.Union:
		out := []any{}
		cs, err := v.Children(0, 0)
		if err != nil {
			return "<error: " + err.Error() + ">"
		}
		for i, c := range cs {
			out = append(out, []any{t.Fields()[i].Name, canon(c, depth+1)})
		}
		return out
	case eval.Array:
		out := []any{}
		cs, err := v.Children(0, 64)
		if err != nil {
			return "<error: " + err.Error() + ">"
		}
		for _, c := range cs {
			out = append(out, canon(c, depth+1))
		}
		return out
	case eval.FloatKind:
		f, err := v.Float64()
		if err != nil {
			return "<error: " + err.Error() + ">"
		}
		return f
	case eval.Func:
		a, _ := v.Address()
		return fmt.Sprintf("func %#x", a)
	case eval.Void:
		return "void"
	}
	u, err := v.Uint64()
	if err != nil {
		return "<error: " + err.Error() + ">"
	}
	if t.Signed {
		return int64(u)
	}
	return u
}

// same compares gdb's JSON with our canonical value.
func same(want json.RawMessage, got any) bool {
	var w any
	d := json.NewDecoder(strings.NewReader(string(want)))
	d.UseNumber()
	if d.Decode(&w) != nil {
		return false
	}
	return equal(w, got)
}

func equal(w, got any) bool {
	switch g := got.(type) {
	case []any:
		ws, ok := w.([]any)
		if !ok || len(ws) != len(g) {
			return false
		}
		for i := range g {
			if !equal(ws[i], g[i]) {
				return false
			}
		}
		return true
	case float64:
		s, ok := w.(string)
		return ok && sameFloat(s, g)
	case string:
		s, ok := w.(string)
		return ok && (s == g || strings.HasPrefix(s, "<error") && strings.HasPrefix(g, "<error"))
	case int64, uint64:
		n, ok := w.(json.Number)
		return ok && n.String() == fmt.Sprint(g)
	}
	return reflect.DeepEqual(w, got)
}

// sameFloat compares with the text of Python's float.hex.
func sameFloat(text string, g float64) bool {
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && (f == g || math.IsNaN(f) && math.IsNaN(g))
}

// tally counts comparisons by their outcome.
type tally struct {
	frames, registers, variables, expressions, breakpoints int
	differ                                                 int
	astray                                                 int               // gdb lost its way in code without tables, shown by the steps before
	entries                                                map[uint32]string // function entry -> callers there, where LR alone tells
	optimizedHere                                          int               // we say optimized out, gdb has a value
	optimizedThere                                         int
	notes                                                  []string
}

func (y *tally) note(format string, args ...any) {
	y.differ++
	y.notes = append(y.notes, fmt.Sprintf(format, args...))
}

// callers is the backtrace above the innermost frame as text.
func callers(fs []*unwind.Frame) string {
	var b strings.Builder
	for i, f := range fs {
		if f.Physical == 0 {
			continue
		}
		sp, _ := f.Regs.Get(unwind.SP)
		saved := [8]uint32{}
		for k := range saved {
			saved[k], _ = f.Regs.Get(4 + k)
		}
		fmt.Fprintln(&b, i-f.Physical, f.Name(), f.PC, sp, saved)
	}
	return b.String()
}

// trust notes what the callers were on entry to a function, where the registers alone tell, and reports whether the
// frames now agree with that: then a gdb that sees others is wrong.
func (y *tally) trust(fs []*unwind.Frame) bool {
	f := fs[0].Function
	if f == nil || len(fs) < 2 {
		return false
	}
	if fs[0].PC == f.Entry {
		y.entries[f.Entry] = callers(fs)
		return false
	}
	return y.entries[f.Entry] == callers(fs)
}

// compareFrames compares a backtrace.
func (y *tally) compareFrames(label string, r *record, fs []*unwind.Frame, err error) {
	before, notes := y.differ, len(y.notes)
	defer func() {
		if y.trust(fs) && y.differ > before {
			y.differ, y.notes = before, y.notes[:notes]
			y.astray++
		}
	}()
	for i, g := range r.Frames {
		if i >= len(fs) {
			y.note("%s: frame %d: gdb has %s, we stop: %v", label, i, g.Name, err)
			break
		}
		f := fs[i]
		y.frames++
		name := f.Name()
		if f.Kind == unwind.Signal {
			name = ""
		}
		if g.Signal {
			g.Name = ""
		}
		if g.Name == "" && !g.Signal && f.Function != nil {
			return // gdb knows no function here, and its walk goes astray: we know more
		}
		if name != g.Name && !strings.HasPrefix(name, g.Name+".") && !(g.Name == "" && strings.HasPrefix(name, "0x")) && !sameSymbol(f, g.Name) {
			if i+1 < len(r.Frames) && i+1 < len(fs) && fs[i+1].PC == g.PC {
				y.astray++ // gdb skipped a frame, and goes on where we do
				return
			}
			y.note("%s: frame %d: gdb has %q, we %q (pc %#x, %v)", label, i, g.Name, name, f.PC, f.How())
			break
		}
		if f.PC != g.PC {
			y.note("%s: frame %d %s: pc %#x, gdb %#x", label, i, name, f.PC, g.PC)
			break
		}
		if f.Line.Line != g.Line || g.Line > 0 && filepath.Base(f.Line.File) != g.File {
			y.note("%s: frame %d %s: line %v, gdb %s:%d", label, i, name, f.Line, g.File, g.Line)
		}
		if (f.Kind == unwind.Inlined) != g.Inline {
			y.note("%s: frame %d %s: inlined %v, gdb %v", label, i, name, f.Kind == unwind.Inlined, g.Inline)
		}
		if sp, ok := f.Regs.Get(unwind.SP); ok && g.SP != nil && sp != *g.SP {
			y.note("%s: frame %d %s: sp %#x, gdb %#x", label, i, name, sp, *g.SP)
		}
		for k, w := range g.Saved {
			if v, ok := f.Regs.Get(4 + k); ok && w != nil {
				y.registers++
				if v != *w {
					y.note("%s: frame %d %s: r%d %#x, gdb %#x (%v)", label, i, name, 4+k, v, *w, f.How())
				}
			}
		}
	}
	if len(fs) > len(r.Frames) && r.UnwindError == "" && len(r.Frames) < 60 {
		y.note("%s: we have %d frames, gdb %d; ours goes on with %s", label, len(fs), len(r.Frames), fs[len(r.Frames)].Name())
	}
}

// sameSymbol accepts another symbol of the same address.
func sameSymbol(f *unwind.Frame, name string) bool {
	if f.Function == nil || f.Image == nil || f.Kind != unwind.Normal {
		return false
	}
	for _, s := range f.Image.SymbolsByName(name) {
		if s.Addr == f.Function.Entry {
			return true
		}
	}
	return false
}

func (y *tally) compareVars(where string, want [][2]json.RawMessage, got []*eval.Value, err error) {
	if err != nil && len(want) > 0 {
		y.note("%s: %v", where, err)
		return
	}
	names := map[string]*eval.Value{}
	for _, v := range got {
		names[v.Name] = v
	}
	for _, w := range want {
		var n string
		_ = json.Unmarshal(w[0], &n)
		y.variables++
		v := names[n]
		if v == nil {
			y.note("%s: %s is missing", where, n)
			continue
		}
		delete(names, n)
		c := canon(v, 0)
		if same(w[1], c) {
			continue
		}
		switch {
		case c == "<optimized out>":
			y.optimizedHere++
			y.notes = append(y.notes, fmt.Sprintf("(%s: %s: gdb %s, we optimized out)", where, n, w[1]))
		case string(w[1]) == optimizedOut:
			y.optimizedThere++
		default:
			y.note("%s: %s: gdb %s, we %v", where, n, w[1], c)
		}
	}
	for n, v := range names {
		if v.Err() == nil {
			y.note("%s: gdb does not have %s", where, n)
		}
	}
}

// withoutHidden leaves out parameters that a local of an inner block hides: record.py lists a name once.
func withoutHidden(args, locals []*eval.Value) []*eval.Value {
	return slices.DeleteFunc(args, func(a *eval.Value) bool {
		return slices.ContainsFunc(locals, func(l *eval.Value) bool { return l.Name == a.Name })
	})
}

func probe() string {
	source, _ := filepath.Abs("testdata/probe.c")
	return source
}

// TestGDB compares what is seen at breakpoints: frames, arguments, locals and expressions.
func TestGDB(t *testing.T) {
	for _, b := range builds() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			program := compile(t, b, probe())
			f := open(t, program)
			j := job{Program: program, Source: "probe.c", StackKB: 12, Regions: writable(f), Expressions: expressions,
				Functions: []string{"main", "fib", "twice", "many"}}
			ms := marks(t, probe())
			for _, l := range slices.Sorted(maps.Keys(ms)) {
				n := 1
				if l == "leaf" || l == "qsort" || l == "inlined" {
					n = 3
				}
				j.Breaks = append(j.Breaks, [3]any{l, ms[l], n})
			}
			compareStops(t, f, j, len(ms))
		})
	}
}

// TestGDBSteps compares the frames after each of many single steps: through prologues, epilogues, calls, signal
// handlers and library code without unwind tables.
func TestGDBSteps(t *testing.T) {
	for _, b := range builds() {
		if strings.Contains(b.name, "dwarf-5") {
			continue // the unwind tables are the same
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			program := compile(t, b, probe())
			f := open(t, program)
			j := job{Program: program, Source: "probe.c", StackKB: 6, Functions: []string{"main"},
				Steps: map[string]int{"main": 40, "many": 60, "twice": 40, "leaf": 25, "qsort": 80, "signal": 60, "vla": 80, "last": 150}}
			ms := marks(t, probe())
			for _, l := range slices.Sorted(maps.Keys(ms)) {
				j.Breaks = append(j.Breaks, [3]any{l, ms[l], 1})
			}
			compareStops(t, f, j, 100)
		})
	}
}

func compareStops(t *testing.T, f *symbols.File, j job, atLeast int) {
	recs := run(t, j)
	space := symbols.NewSpace(f.At(0))
	y := &tally{entries: map[uint32]string{}}
	stops := 0
	for i := range recs {
		r := &recs[i]
		if len(r.Frames) == 0 {
			if r.Label == "end" {
				t.Log("gdb ended: ", r.Text)
			}
			y.compareBreak(space, j, r)
			continue
		}
		stops++
		mem := r.memory(t)
		u := unwind.New(space, mem)
		fs, err := u.Frames(r.registers(), 0)
		y.compareFrames(r.Label, r, fs, err)
		if strings.Contains(r.Label, "+") || len(j.Expressions) == 0 {
			continue // a single step: frames only
		}
		for k, g := range r.Frames {
			if k >= len(fs) || fs[k].PC != g.PC {
				break
			}
			c := &eval.Context{Space: space, Frame: fs[k], Memory: mem, Writer: mem}
			where := fmt.Sprintf("%s: frame %d %s", r.Label, k, g.Name)
			args, err := c.Arguments()
			locals, lerr := c.Locals()
			y.compareVars(where, g.Args, withoutHidden(args, locals), err)
			y.compareVars(where, g.Locals, locals, lerr)
		}
		c := &eval.Context{Space: space, Frame: fs[0], Memory: mem, Writer: mem}
		for _, x := range r.Expressions {
			y.expressions++
			y.compareExpr(c, r.Label, x)
		}
	}
	for _, n := range y.notes {
		t.Log(n)
	}
	t.Logf("%d stops: %d frames, %d registers, %d variables (%d optimized out only here, %d only in gdb), %d expressions, %d breakpoints; gdb astray at %d stops, %d differ",
		stops, y.frames, y.registers, y.variables, y.optimizedHere, y.optimizedThere, y.expressions, y.breakpoints, y.astray, y.differ)
	if y.differ > 0 {
		t.Errorf("%d differences", y.differ)
	}
	if stops < atLeast {
		t.Errorf("only %d stops were recorded", stops)
	}
}

// compareBreak compares where a breakpoint goes. gdb's table is text; its addresses are the hexadecimal numbers.
func (y *tally) compareBreak(space *symbols.Space, j job, r *record) {
	var locs []symbols.Location
	what := r.Name
	switch r.Label {
	case "break":
		what = fmt.Sprintf("line %d", r.Line)
		var err error
		if locs, err = space.ResolveLine(j.Source, r.Line, nil); err != nil {
			y.note("breakpoint %s: %v", what, err)
		}
	case "function":
		locs = space.Images[0].ResolveFunction(r.Name)
	default:
		return
	}
	var ours, theirs []string
	for _, l := range locs {
		ours = append(ours, fmt.Sprintf("%#08x", l.Addr)[2:])
	}
	for _, w := range strings.Fields(r.Text) {
		if strings.HasPrefix(w, "0x") {
			theirs = append(theirs, w[len(w)-8:])
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	y.breakpoints++
	for i := range ours {
		ours[i] = strings.Repeat("0", max(0, 8-len(ours[i]))) + ours[i]
	}
	if !slices.Equal(ours, theirs) {
		y.note("breakpoint %s: gdb %v, we %v", what, theirs, ours)
	}
}

func (y *tally) compareExpr(c *eval.Context, label string, x [4]json.RawMessage) {
	var text string
	var size uint32
	_ = json.Unmarshal(x[0], &text)
	_ = json.Unmarshal(x[2], &size)
	if _, skip := gdbAnswersOtherwise[text]; skip {
		return
	}
	v, err := c.Eval(text)
	gdbFails := strings.HasPrefix(string(x[1]), `"<error`)
	switch {
	case err != nil && gdbFails:
	case err != nil:
		if strings.Contains(err.Error(), "optimized out") {
			y.optimizedHere++
			return
		}
		y.note("%s: %s: gdb %s, we fail: %v", label, text, x[1], err)
	case gdbFails:
		if v.Err() == nil {
			y.note("%s: %s: gdb refuses (%s), we %v", label, text, x[1], canon(v, 0))
		}
	default:
		if c := canon(v, 0); !same(x[1], c) {
			if c == "<optimized out>" {
				y.optimizedHere++
				return
			}
			y.note("%s: %s: gdb %s, we %v", label, text, x[1], c)
		}
		if n := v.Type.ByteSize(); n != size && v.Type.Strip().Kind != eval.Func && v.Type.Strip().Kind != eval.Void {
			y.note("%s: %s: gdb's %s has %d bytes, our %s %d", label, text, x[3], size, v.Type, n)
		}
	}
}
