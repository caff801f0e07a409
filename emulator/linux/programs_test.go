package linux_test

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"armillary.dev/internal/testenv"
)

// qemu runs a program under qemu-arm with real musl: what it prints is what has to be printed.
func qemu(t *testing.T, prog string, args ...string) (string, int) {
	t.Helper()
	q := testenv.NeedQEMU(t)
	cmd := exec.Command(q, append([]string{"-cpu", "cortex-a7", "-L", testenv.Sysroot(t), prog}, args...)...)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func TestProgramsAgreeWithQEMU(t *testing.T) {
	for _, c := range []struct {
		file string
		args []string
		code int
		sig  int
	}{
		{"printf.c", nil, 0, 0},
		{"strings.c", nil, 0, 0},
		{"signals.c", nil, 143, 15},
		{"threads.c", nil, 0, 0},
		{"files.c", []string{"first"}, 3, 0},
		{"sort.c", nil, 0, 0},
		{"options.c", []string{"-a", "-bnvalue", "--name=x", "--quiet", "--name", "y", "-o", "-ofile", "--level", "--level=3", "-z", "--none", "-n", "last", "--", "-a", "rest"}, 0, 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			prog := testenv.BuildARM(t, testenv.Program{Files: []string{"testdata/" + c.file}, Link: testenv.MuslDynamic, Flags: []string{"-fno-builtin"}})
			want, _ := qemu(t, prog, c.args...)
			libcs(t, func(t *testing.T, sysroot bool) {
				g := start(t, setup{image: app(t, prog), args: c.args, sysroot: sysroot})
				g.run(30 * time.Second)
				if got := g.out.String(); got != want {
					t.Errorf("%s", firstDifference(got, want))
				}
				g.exit(c.code, c.sig)
				if len(g.unsupp) > 0 {
					t.Errorf("unsupported: %v", g.unsupp)
				}
			})
		})
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := 0; i < len(a) || i < len(b); i++ {
		x, y := "(end)", "(end)"
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return "line " + string(rune('0'+i/100%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10)) + ":\n got " + x + "\nwant " + y
		}
	}
	return "the same"
}

const eventsLog = `1 File exists
1 Bad file descriptor
1 Bad address
run 0: 0
run 10: 0
tick 1 events 1 context ctx nested -1 Resource busy
run one: 1 ticks 1
tick 2 events 1 context ctx nested -1 Resource busy
tick 3 events 1 context ctx nested -1 Resource busy
run: 1 ticks 3
unregister 0
run 100: 0
null 0
closed -1 Bad address
led 1
-1 Resource busy
-1 Permission denied
-1 No such device
-1 Invalid argument
-1 Invalid argument
0
0 0
-1 Bad address
-1 Bad file descriptor
input again 1
23 hello from the package
-1 Invalid argument
-1 Invalid argument
-1 No such file or directory
/mnt/apps/2f074b0f-d99d-4692-82d9-ef93a7d6463c/data/text.txt
-1 No such file or directory
write 7
read 7 persist
-1 Quota exceeded
delete 0
0 0
-1 Bad address
-1 Function not implemented
-1 Permission denied
varargs 1 2.500 three 4
-1 Bad address
`

func TestAppsOfTheDevicesFunctions(t *testing.T) {
	prog := build(t, "events.c")
	libcs(t, func(t *testing.T, sysroot bool) {
		g := start(t, setup{image: app(t, prog), sysroot: sysroot, allow: []string{"Gpio:8", "Gpio:10", "MutableStorage:", "I2cMaster:ISU0"}})
		g.run(10 * time.Second)
		if got := g.out.String(); got != eventsLog {
			t.Errorf("%s", firstDifference(got, eventsLog))
		}
		g.exit(0, 0)
		if got := strings.Join(g.policy.denied, "; "); got != "GPIO_OpenAsOutput Gpio 9 EACCES; I2CMaster_Open I2cMaster ISU1 EACCES" {
			t.Errorf("denied: %s", got)
		}
		if got := strings.Join(g.unsupp, "; "); got != "applibs I2CMaster_Open" {
			t.Errorf("unsupported: %s", got)
		}
		if got := strings.Join(g.changes, " "); !strings.HasPrefix(got, "8=0@") {
			t.Errorf("changes: %s", got)
		}
	})
}

func TestEnds(t *testing.T) {
	prog := build(t, "faults.c", "-fstack-protector-strong")
	for _, c := range []struct {
		arg       string
		code, sig int
	}{
		{"n", 139, 11}, {"w", 139, 11}, {"a", 134, 6}, {"s", 132, 4}, {"c", 139, 11}, {"u", 132, 4}, {"b", 133, 5},
		{"j", 139, 11}, {"e", 300 & 255, 0}, {"r", 139, 11},
	} {
		t.Run(c.arg, func(t *testing.T) {
			libcs(t, func(t *testing.T, sysroot bool) {
				g := start(t, setup{image: app(t, prog), args: []string{c.arg}, sysroot: sysroot})
				g.run(10 * time.Second)
				g.exit(c.code, c.sig)
			})
		})
	}
}

func TestSeededRunsAreIdentical(t *testing.T) {
	prog := build(t, "events.c")
	libcs(t, func(t *testing.T, sysroot bool) {
		once := func(seed uint64) (string, int64) {
			g := start(t, setup{image: app(t, prog), sysroot: sysroot, seed: seed, allow: []string{"Gpio:8", "MutableStorage:"}})
			g.run(10 * time.Second)
			g.exit(0, 0)
			return g.out.String() + g.m.Now().String() + strings.Join(g.changes, " "), g.p.Spec().CPU.Retired()
		}
		a, n := once(1)
		b, m := once(1)
		if a != b || n != m {
			t.Fatalf("two runs differ: %d and %d instructions", n, m)
		}
		if n == 0 {
			t.Fatal("nothing ran")
		}
	})
}
