package oracle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/unwind"
	"armillary.dev/internal/testenv"
)

// job is what record.py is asked to do.
type job struct {
	Program     string              `json:"program"`
	Source      string              `json:"source"`
	Socket      string              `json:"socket"`
	Out         string              `json:"out"`
	Breaks      [][3]any            `json:"breaks"` // label, line, how many hits
	Functions   []string            `json:"functions"`
	Steps       map[string]int      `json:"steps"` // label -> single steps after its hits
	StackKB     int                 `json:"stackKB"`
	Regions     [][2]uint32         `json:"regions"`
	Expressions map[string][]string `json:"expressions"`

	sysroot string // where a dynamic program's loader is
}

// record is one stop as gdb saw it.
type record struct {
	Label       string
	Line        int
	Text        string
	Name        string
	Regs        [16]uint32
	CPSR        uint32
	D           [32]*uint64
	Mem         [][2]json.RawMessage
	Frames      []gdbFrame
	Expressions [][4]json.RawMessage
	UnwindError string
}

type gdbFrame struct {
	Name   string
	PC     uint32
	Line   int
	File   string
	SP     *uint32
	Inline bool
	Signal bool
	Saved  [8]*uint32 // r4..r11
	Args   [][2]json.RawMessage
	Locals [][2]json.RawMessage
}

// memory is what gdb read at a stop.
type memory struct{ blocks []block }

type block struct {
	addr uint32
	data []byte
}

func (m *memory) find(addr uint32, n int) []byte {
	for _, b := range m.blocks {
		if addr >= b.addr && uint64(addr)+uint64(n) <= uint64(b.addr)+uint64(len(b.data)) {
			return b.data[addr-b.addr:][:n]
		}
	}
	return nil
}

func (m *memory) ReadMemory(addr uint32, p []byte) error {
	for i := 0; i < len(p); { // a read may span two blocks
		n := len(p) - i
		b := m.find(addr+uint32(i), n)
		for b == nil && n > 1 {
			n /= 2
			b = m.find(addr+uint32(i), n)
		}
		if b == nil {
			return fmt.Errorf("%#x was not recorded", addr+uint32(i))
		}
		copy(p[i:], b)
		i += n
	}
	return nil
}

func (m *memory) WriteMemory(addr uint32, p []byte) error {
	b := m.find(addr, len(p))
	if b == nil {
		return fmt.Errorf("%#x was not recorded", addr)
	}
	copy(b, p)
	return nil
}

func (r *record) memory(t testing.TB) *memory {
	m := &memory{}
	for _, e := range r.Mem {
		var a uint32
		var h string
		if json.Unmarshal(e[0], &a) != nil || json.Unmarshal(e[1], &h) != nil {
			t.Fatal("bad memory record")
		}
		b, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		m.blocks = append(m.blocks, block{a, b})
	}
	return m
}

func (r *record) registers() unwind.Registers {
	regs := unwind.NewRegisters(r.Regs, r.CPSR)
	for i, d := range r.D {
		if d != nil {
			regs.SetDouble(i, *d)
		}
	}
	return regs
}

// build is one way to compile the program.
type build struct {
	name  string
	flags []string
}

func builds() []build {
	var out []build
	for _, opt := range []string{"-O0", "-O2"} {
		for _, isa := range []string{"-mthumb", "-marm"} {
			for _, dw := range []string{"-gdwarf-4", "-gdwarf-5"} {
				out = append(out, build{strings.TrimPrefix(opt, "-") + isa + strings.TrimPrefix(dw, "-g"), []string{opt, isa, dw, "-g"}})
			}
		}
	}
	// As the vendor's SDK compiles, and without any unwind tables but .ARM.exidx.
	out = append(out,
		build{"sdk", []string{"-O0", "-mthumb", "-gdwarf-4", "-ggdb", "-fno-omit-frame-pointer", "-fstack-protector-strong", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-mcpu=cortex-a7", "-mfpu=neon-vfpv4"}},
		build{"Os", []string{"-Os", "-mthumb", "-gdwarf-4", "-mcpu=cortex-a7"}})
	return out
}

func compile(t testing.TB, b build, source string) string {
	gcc := testenv.NeedCross(t)
	out := filepath.Join(t.TempDir(), "probe")
	args := append([]string{"-static", "-std=gnu11", "-o", out, source}, b.flags...)
	if msg, err := exec.Command(gcc, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, msg)
	}
	return out
}

func open(t testing.TB, path string) *symbols.File {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return openBytes(t, path, b)
}

func openBytes(t testing.TB, path string, b []byte) *symbols.File {
	t.Helper()
	f, err := symbols.Open(path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// marks are the lines of a source that hold "stop: label".
func marks(t testing.TB, source string) map[string]int {
	b, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for i, l := range strings.Split(string(b), "\n") {
		if _, rest, ok := strings.Cut(l, "stop: "); ok {
			label, _, _ := strings.Cut(rest, " ")
			out[label] = i + 1
		}
	}
	return out
}

// run lets gdb record the job's stops.
func run(t testing.TB, j job) []record {
	qemu, gdb := testenv.NeedQEMU(t), testenv.NeedGDB(t)
	dir, err := os.MkdirTemp("", "oracle") // short: the path of a socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	j.Socket = filepath.Join(dir, "s")
	j.Out = filepath.Join(dir, "out")
	spec, _ := json.Marshal(j)
	jobFile := filepath.Join(dir, "job")
	if err := os.WriteFile(jobFile, spec, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	args := []string{"-g", j.Socket}
	if j.sysroot != "" {
		args = append(args, "-L", j.sysroot)
	}
	q := exec.CommandContext(ctx, qemu, append(args, j.Program)...)
	q.Env = []string{"A=1"}
	if err := q.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Process.Kill(); _ = q.Wait() }()
	script, _ := filepath.Abs("testdata/record.py")
	g := exec.CommandContext(ctx, gdb, "-batch", "-nx", "-x", script)
	g.Env = append(os.Environ(), "ORACLE_JOB="+jobFile)
	msg, err := g.CombinedOutput()
	b, rerr := os.ReadFile(j.Out)
	if rerr != nil || len(b) == 0 {
		t.Fatalf("gdb recorded nothing: %v\n%s", err, msg)
	}
	if err != nil || bytes.Contains(msg, []byte("Python Exception")) || bytes.Contains(msg, []byte("Traceback")) {
		t.Logf("gdb: %v: %s", err, msg)
	}
	var out []record
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var r record
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatalf("%v in %.200s", err, sc.Text())
		}
		out = append(out, r)
	}
	return out
}
