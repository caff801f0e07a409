package linux_test

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"armillary.dev/internal/testenv"
	"armillary.dev/testdata/apps"
)

func demo(t *testing.T) []byte {
	t.Helper()
	b, err := fs.ReadFile(apps.FS, "blink/out/blink.out")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The repository's own app: counts blinks, reads buttons, asks for a pin it may not have.
func TestDemoApp(t *testing.T) {
	prog := demo(t)
	var logs []string
	libcs(t, func(t *testing.T, sysroot bool) {
		g := start(t, setup{image: fstest.MapFS{"bin/app": {Data: prog}}, args: []string{"6"}, sysroot: sysroot,
			allow: []string{"Gpio:8", "Gpio:12", "Gpio:13"}})
		press := func(line int, at time.Duration) {
			g.m.At(at, func() { g.pins.SetOutside(line, 0) })
			g.m.At(at+120*time.Millisecond, func() { g.pins.SetOutside(line, 1) })
		}
		press(12, 1200*time.Millisecond)
		press(13, 1600*time.Millisecond)
		g.run(20 * time.Second)
		g.exit(0, 0)
		if len(g.changes) < 12 {
			t.Errorf("changes %v", g.changes)
		}
		out := g.out.String()
		for _, want := range []string{"blink: starting\n", "blink: rate 1, 250 ms\n", "refused: Permission denied (13)\n", "done after 6 blinks\n", "exit code 0\n"} {
			if !strings.Contains(out, want) {
				t.Errorf("the log lacks %q:\n%s", want, out)
			}
		}
		if len(g.policy.denied) != 1 || len(g.unsupp) != 0 {
			t.Errorf("denied %v, unsupported %v", g.policy.denied, g.unsupp)
		}
		logs = append(logs, out)
	})
	if len(logs) == 2 && logs[0] != logs[1] {
		t.Errorf("the C libraries differ:\n%s\n--\n%s", logs[0], logs[1])
	}
}

// A distribution's sysroot brings a search path of its own, and may lack the compiler's library.
func TestSysrootOfADistribution(t *testing.T) {
	root := testenv.Sysroot(t)
	musl, err := os.ReadFile(filepath.Join(root, "lib", "libc.so"))
	if err != nil {
		t.Fatal(err)
	}
	g := start(t, setup{image: fstest.MapFS{"bin/app": {Data: demo(t)}}, args: []string{"1"}, allow: []string{"Gpio:8", "Gpio:12", "Gpio:13"},
		sysrootFS: fstest.MapFS{
			"lib/ld-musl-armhf.so.1": {Data: musl, Mode: 0o755},
			"etc/ld-musl-armhf.path": {Data: []byte("/lib/arm-linux-musleabihf:/usr/lib/arm-linux-musleabihf")},
		}})
	g.run(20 * time.Second)
	g.exit(0, 0)
	if out := g.out.String(); !strings.Contains(out, "done after 1 blinks") {
		t.Error(out)
	}
}

// A damaged program is refused or runs into a signal; it never takes the emulator with it.
func TestHostileProgramsAreRefused(t *testing.T) {
	good := demo(t)
	rng := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for i := range 150 {
		bad := append([]byte(nil), good...)
		switch i % 3 {
		case 0: // headers
			for range 1 + rng.IntN(4) {
				bad[rng.IntN(0x200)] = byte(rng.Uint32())
			}
		case 1: // anywhere
			for range 1 + rng.IntN(40) {
				bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
			}
		case 2:
			bad = bad[:rng.IntN(len(bad))]
		}
		if startError(t, bad) != nil {
			refused++
		}
	}
	if refused < 60 {
		t.Errorf("only %d of 150 refused", refused)
	}
}
