package linux_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"armillary.dev/device/image"
	"armillary.dev/emulator/applibs"
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/libc"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
	"armillary.dev/emulator/machine"
	"armillary.dev/emulator/pins"
	"armillary.dev/internal/testenv"
)

// policy allows what is listed as "Gpio:8" or "MutableStorage:", and notes refusals.
type policy struct {
	allowed map[string]bool
	denied  []string
}

func (p *policy) Allow(capability, value string) bool { return p.allowed[capability+":"+value] }
func (p *policy) Denied(function, capability, value string, e errno.Errno) {
	p.denied = append(p.denied, fmt.Sprintf("%s %s %s %s", function, capability, value, e.Name()))
}

// memFile is mutable storage in memory.
type memFile struct {
	exists bool
	data   []byte
	limit  int
}

func (m *memFile) Open() (linux.MutableFile, error) { m.exists = true; return m, nil }
func (m *memFile) Delete() error {
	if !m.exists {
		return fs.ErrNotExist
	}
	m.exists, m.data = false, nil
	return nil
}
func (m *memFile) ReadAt(p []byte, off int64) (int, error) { return copy(p, m.data[off:]), nil }
func (m *memFile) WriteAt(p []byte, off int64) (int, error) {
	end := int(off) + len(p)
	if end > m.limit {
		return 0, errno.EDQUOT
	}
	if end > len(m.data) {
		m.data = append(m.data, make([]byte, end-len(m.data))...)
	}
	return copy(m.data[off:], p), nil
}
func (m *memFile) Size() int64 { return int64(len(m.data)) }
func (m *memFile) Truncate(n int64) error {
	m.data = append(m.data, make([]byte, n)...)[:n]
	return nil
}
func (m *memFile) Close() error { return nil }

// guest is one run of a program.
type guest struct {
	t       *testing.T
	m       *machine.Machine
	p       *linux.Process
	out     syncBuffer
	pins    *pins.Bank
	changes []string
	unsupp  []string
	policy  *policy
	mutable *memFile
	status  *linux.Status
}

type setup struct {
	image   fs.FS
	args    []string
	allow   []string
	sysroot bool
	debug   bool

	sysrootFS fs.FS
	paced     bool
	seed      uint64
}

const component = "2f074b0f-d99d-4692-82d9-ef93a7d6463c"

func start(t *testing.T, s setup) *guest {
	t.Helper()
	g := &guest{t: t, pins: pins.New(), policy: &policy{allowed: map[string]bool{}}, mutable: &memFile{limit: 8192}}
	for _, a := range s.allow {
		g.policy.allowed[a] = true
	}
	g.m = machine.New(machine.Config{Seeded: !s.paced, Seed: s.seed})
	t.Cleanup(g.m.Close)
	g.pins.Listen(func(c pins.Change) {
		if c.Driven {
			g.changes = append(g.changes, fmt.Sprintf("%d=%d@%v", c.Line, c.Level, g.m.Now().Round(time.Millisecond)))
		}
	})
	spec := linux.Spec{
		Image: s.image, Program: "/bin/app", Args: s.args, Component: component,
		Libraries: []*guestlib.Library{applibs.Library()}, Builtin: libc.Libraries(),
		Output: &g.out, Policy: g.policy, Pins: g.pins, Mutable: g.mutable, Debug: s.debug,
		OnExit:      func(st linux.Status) { g.status = &st },
		Unsupported: func(what string) { g.unsupp = append(g.unsupp, what) },
	}
	spec.Sysroot = s.sysrootFS
	if s.sysroot {
		spec.Sysroot = os.DirFS(testenv.Sysroot(t))
	}
	p, err := linux.Start(g.m, spec)
	if err != nil {
		t.Fatal(err)
	}
	g.p = p
	return g
}

// run lets the machine run until the program ends or the guest's clock shows limit.
func (g *guest) run(limit time.Duration) {
	g.t.Helper()
	if err := g.m.Run(context.Background(), func() bool { return g.status != nil || g.m.Now() >= limit }); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) exit(code, signal int) {
	g.t.Helper()
	if g.status == nil {
		g.t.Fatalf("still running at %v; output:\n%s", g.m.Now(), g.out.String())
	}
	if g.status.Code != code || g.status.Signal != signal {
		g.t.Fatalf("ended with %+v, want code %d signal %d; output:\n%s", *g.status, code, signal, g.out.String())
	}
}

// libcs runs f with the built-in libc and, where there is a sysroot, with musl.
func libcs(t *testing.T, f func(t *testing.T, sysroot bool)) {
	t.Run("builtin", func(t *testing.T) { f(t, false) })
	t.Run("musl", func(t *testing.T) {
		testenv.Sysroot(t)
		f(t, true)
	})
}

// app is an image that holds only a program.
func app(t *testing.T, path string) fs.FS {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"bin/app": {Data: b, Mode: 0o755}, "data/text.txt": {Data: []byte("hello from the package\n"), Mode: 0o644}}
}

// build compiles one of the C programs in testdata against musl and a libapplibs.
func build(t *testing.T, name string, flags ...string) string {
	t.Helper()
	img, err := applibs.Library().Build()
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(t.TempDir(), applibs.SONAME)
	if err := os.WriteFile(lib, img.Bytes, 0o755); err != nil {
		t.Fatal(err)
	}
	return testenv.BuildARM(t, testenv.Program{Name: strings.TrimSuffix(name, ".c"), Files: []string{filepath.Join("testdata", name), lib},
		Link: testenv.MuslDynamic, Flags: flags})
}

// realPackage unpacks one of the vendor's published packages.
func realPackage(t *testing.T, name string) fs.FS {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Real(t), name))
	if err != nil {
		t.Fatal(err)
	}
	img, err := image.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return img.FS
}

// startError tries to start a program with the built-in libc.
func startError(t *testing.T, prog []byte) error {
	t.Helper()
	m := machine.New(machine.Config{Seeded: true})
	t.Cleanup(m.Close)
	p, err := linux.Start(m, linux.Spec{
		Image: fstest.MapFS{"bin/app": {Data: prog}}, Program: "/bin/app", Component: component,
		Libraries: []*guestlib.Library{applibs.Library()}, Builtin: libc.Libraries(),
	})
	if err == nil {
		p.Kill()
	}
	return err
}

// syncBuffer is written by the loop and read by a test.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
