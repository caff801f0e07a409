package oracle

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"armillary.dev/debugadapter/eval"
	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/unwind"
	"armillary.dev/internal/testenv"
)

// TestGDBPosition compares a position-independent program with musl as a shared library, built as the vendor's SDK
// builds apps: run-time addresses are the file's plus a bias. The library is not shown to us, so only the frames up to
// it can agree.
func TestGDBPosition(t *testing.T) {
	sysroot := testenv.Sysroot(t)
	program := testenv.BuildARM(t, testenv.Program{Name: "app", Files: []string{probe()}, Link: testenv.MuslDynamic})
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	file, err := symbols.Open(filepath.Base(program), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !file.Dynamic || file.Interp != "/lib/ld-musl-armhf.so.1" {
		t.Errorf("dynamic %v, interpreter %q", file.Dynamic, file.Interp)
	}
	j := job{Program: program, Source: "probe.c", StackKB: 12, Functions: []string{"main"}, sysroot: sysroot}
	ms := marks(t, probe())
	for _, l := range slices.Sorted(maps.Keys(ms)) {
		if l != "signal" && l != "siginfo" && l != "qsort" { // reached through the library
			j.Breaks = append(j.Breaks, [3]any{l, ms[l], 1})
		}
	}
	recs := run(t, j)
	main := file.At(0).ResolveFunction("main")
	if len(main) != 1 {
		t.Fatal("no main")
	}
	var space *symbols.Space
	y := &tally{entries: map[uint32]string{}}
	stops := 0
	for i := range recs {
		r := &recs[i]
		if len(r.Frames) == 0 {
			if r.Label == "end" {
				t.Log(r.Text)
			}
			continue
		}
		if space == nil && r.Label == "main" {
			space = symbols.NewSpace(file.At(r.Frames[0].PC - main[0].Addr))
			t.Logf("bias %#x", space.Images[0].Bias)
		}
		if space == nil {
			t.Fatalf("stopped at %s before main", r.Label)
		}
		stops++
		mem := r.memory(t)
		fs, err := unwind.New(space, mem).Frames(r.registers(), 0)
		y.compareFrames(r.Label, r, fs, err)
		for k, g := range r.Frames {
			if k >= len(fs) {
				break
			}
			c := &eval.Context{Space: space, Frame: fs[k], Memory: mem}
			args, err := c.Arguments()
			locals, lerr := c.Locals()
			y.compareVars(r.Label+" "+g.Name, g.Args, withoutHidden(args, locals), err)
			known := slices.DeleteFunc(g.Locals, func(l [2]json.RawMessage) bool {
				return string(l[0]) == `"calls"` // static: its memory was not recorded
			})
			locals = slices.DeleteFunc(locals, func(v *eval.Value) bool { return v.Name == "calls" })
			y.compareVars(r.Label+" "+g.Name, known, locals, lerr)
		}
	}
	for _, n := range y.notes {
		t.Log(n)
	}
	t.Logf("%d stops: %d frames, %d variables, %d differ", stops, y.frames, y.variables, y.differ)
	if y.differ > 0 || stops < len(j.Breaks) {
		t.Errorf("%d differences at %d stops", y.differ, stops)
	}
}
