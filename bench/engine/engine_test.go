package engine

import (
	"debug/elf"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"armillary.dev/emulator/core"
	"armillary.dev/internal/testenv"
)

var programs = []string{"int", "hash", "float"}

func build(t testing.TB, name string) string {
	out := filepath.Join(t.TempDir(), name)
	cmd := exec.Command(testenv.NeedCross(t), "-O2", "-mthumb", "-mcpu=cortex-a7", "-mfpu=vfpv4", "-mfloat-abi=hard", "-ffreestanding", "-fno-strict-aliasing",
		"-fno-tree-vectorize", "-fno-tree-loop-distribute-patterns", "-nostdlib", "-static", "-o", out, filepath.Join("testdata", name+".c"))
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return out
}

// guest loads a static program and prepares its start with one argument.
func guest(t testing.TB, path, arg string) (*core.Engine, *core.State) {
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := core.NewMemory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		first := uint32(p.Vaddr) &^ (core.PageSize - 1)
		last := (uint32(p.Vaddr+p.Memsz) + core.PageSize - 1) &^ (core.PageSize - 1)
		prot := core.ProtR
		if p.Flags&elf.PF_W != 0 {
			prot |= core.ProtW
		}
		if p.Flags&elf.PF_X != 0 {
			prot |= core.ProtX
		}
		check(m.Map(first, last-first, prot))
		b := make([]byte, p.Filesz)
		if _, err := io.ReadFull(p.Open(), b); err != nil {
			t.Fatal(err)
		}
		check(m.Write(uint32(p.Vaddr), b))
	}
	const top = 0x70000000
	check(m.Map(top-0x10000, 0x10000, core.ProtR|core.ProtW))
	s := core.NewState(uint32(f.Entry))
	s.R[13] = top - 64
	check(m.SetUint32(s.R[13], 2))
	check(m.SetUint32(s.R[13]+8, top-16))
	check(m.Write(top-16, []byte(arg)))
	return core.NewEngine(m), s
}

// run executes to the exit and returns what was written.
func run(t testing.TB, e *core.Engine, s *core.State) string {
	var out []byte
	for {
		switch x := e.Run(s, 1_000_000); x.Reason {
		case core.Budget:
		case core.SVC:
			if s.R[7] == 1 {
				return string(out)
			}
			b := make([]byte, s.R[2])
			if _, err := e.Memory().Read(s.R[1], b); err != nil {
				t.Fatal(err)
			}
			out = append(out, b...)
			s.R[0] = s.R[2]
		default:
			t.Fatalf("%s at %#x", x, s.R[15])
		}
	}
}

func qemu(t testing.TB, path, arg string) (out string, user time.Duration) {
	cmd := exec.Command(testenv.NeedQEMU(t), "-cpu", "cortex-a7", path, arg)
	b, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(b), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// Both compute the same.
func TestSame(t *testing.T) {
	for _, name := range programs {
		t.Run(name, func(t *testing.T) {
			path := build(t, name)
			want, _ := qemu(t, path, "1")
			e, s := guest(t, path, "1")
			if got := run(t, e, s); got != want || len(got) != 9 {
				t.Errorf("ours %q, qemu-arm %q", got, want)
			}
		})
	}
}

// BenchmarkEngine prints instructions per second of both and their ratio. qemu-arm's start is taken off by running one
// round and nine.
func BenchmarkEngine(b *testing.B) {
	ratios := map[string]float64{}
	for _, name := range programs {
		b.Run(name, func(b *testing.B) {
			path := build(b, name)
			best, bestQ := math.Inf(1), math.Inf(1)
			var count uint64
			for range b.N {
				e, s := guest(b, path, "1")
				start := time.Now()
				run(b, e, s)
				best = min(best, time.Since(start).Seconds()/float64(s.Retired))
				count = s.Retired
				_, one := qemu(b, path, "1")
				_, nine := qemu(b, path, "9")
				bestQ = min(bestQ, (nine-one).Seconds()/float64(8*count))
			}
			b.ReportMetric(1e-6/best, "MIPS")
			b.ReportMetric(1e-6/bestQ, "qemu-MIPS")
			b.ReportMetric(bestQ/best, "ratio")
			b.ReportMetric(0, "ns/op")
			ratios[name] = bestQ / best
		})
	}
	if len(ratios) < len(programs) {
		return // some were not asked for
	}
	b.Run("geometric-mean", func(b *testing.B) {
		product := 1.0
		for _, r := range ratios {
			product *= r
		}
		for range b.N {
		}
		b.ReportMetric(math.Pow(product, 1/float64(len(ratios))), "ratio")
		b.ReportMetric(0, "ns/op")
	})
}
