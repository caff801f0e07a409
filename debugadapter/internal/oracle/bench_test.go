package oracle

import (
	"os"
	"testing"

	"armillary.dev/debugadapter/eval"
	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/unwind"
)

// BenchmarkFirstStop is what a session needs of these layers between attach and the first stop: open the program,
// resolve a breakpoint, unwind and show the locals.
func BenchmarkFirstStop(b *testing.B) {
	program := compile(b, builds()[0], probe())
	data, err := os.ReadFile(program)
	if err != nil {
		b.Fatal(err)
	}
	line := marks(b, probe())["leaf"]
	for b.Loop() {
		f := openBytes(b, program, data)
		img := f.At(0)
		ls, err := img.ResolveLine("probe.c", line, nil)
		if err != nil || len(ls) == 0 {
			b.Fatal(err)
		}
		var core [16]uint32
		core[unwind.PC], core[unwind.SP], core[7], core[unwind.LR] = ls[0].Addr, 0x40800000, 0x40800000, ls[0].Addr|1
		space := symbols.NewSpace(img)
		mem := &memory{blocks: []block{{0x40800000, make([]byte, 4096)}}}
		top := unwind.New(space, mem).Top(unwind.NewRegisters(core, 0x30))
		c := &eval.Context{Space: space, Frame: top, Memory: mem}
		if _, err := c.Locals(); err != nil {
			b.Fatal(err)
		}
		args, err := c.Arguments()
		if err != nil || len(args) != 1 {
			b.Fatal(err)
		}
		_ = args[0].String()
	}
}
