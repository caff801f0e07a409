package testenv

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

func TestBuildARM(t *testing.T) {
	t.Parallel()
	const hello = "#include <stdio.h>\nint main(int argc, char **argv) { printf(\"%s %d\\n\", \"hello\", argc); return 3; }\n"
	const bare = "__attribute__((naked)) void _start(void) { __asm__(\"mov r0, #3\\n mov r7, #1\\n svc 0\"); }\n"
	for _, c := range []struct {
		name string
		link Link
		src  string
		out  string
	}{
		{"freestanding", Freestanding, bare, ""},
		{"glibc", Glibc, hello, "hello 1\n"},
		{"musl", Musl, hello, "hello 1\n"},
		{"musl dynamic", MuslDynamic, hello, "hello 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			prog := BuildARM(t, Program{Sources: map[string]string{"a.c": c.src}, Link: c.link})
			args := []string{"-cpu", "cortex-a7"}
			if c.link == MuslDynamic {
				args = append(args, "-L", Sysroot(t))
			}
			out, err := exec.Command(NeedQEMU(t), append(args, prog)...).Output()
			e, ok := err.(*exec.ExitError)
			if !ok || e.ExitCode() != 3 {
				t.Fatalf("exit %v, want 3", err)
			}
			if string(out) != c.out {
				t.Errorf("printed %q, want %q", out, c.out)
			}
		})
	}
}

// What is missing skips with the one line that ./test looks for, and fails in CI.
func TestMissing(t *testing.T) {
	t.Setenv(EnvCI, "")
	t.Setenv(EnvTools, t.TempDir())
	t.Setenv("ARMILLARY_TEST_ABSENT", "")
	for name, call := range map[string]func(testing.TB){
		"tool": func(t testing.TB) { NeedTool(t, "no-such-program", "apt-get install it") },
		"env":  func(t testing.TB) { NeedEnv(t, "ARMILLARY_TEST_ABSENT", "set it") },
	} {
		for _, ci := range []string{"", "1"} {
			t.Setenv(EnvCI, ci)
			r := &recorder{TB: t}
			func() {
				defer func() { _ = recover() }()
				call(r)
			}()
			wantFail := ci == "1" && name == "tool"
			if r.failed != wantFail || r.skipped == wantFail {
				t.Errorf("%s, CI=%q: failed %v, skipped %v", name, ci, r.failed, r.skipped)
			}
			if r.skipped && !strings.HasPrefix(r.msg, "not run: ") {
				t.Errorf("%s: %q", name, r.msg)
			}
		}
	}
}

// recorder stands in for a test that ends by Skip or Fatal.
type recorder struct {
	testing.TB
	failed, skipped bool
	msg             string
}

func (r *recorder) Helper() {}
func (r *recorder) Fatalf(f string, a ...any) {
	r.failed, r.msg = true, fmt.Sprintf(f, a...)
	panic("fatal")
}
func (r *recorder) Skipf(f string, a ...any) {
	r.skipped, r.msg = true, fmt.Sprintf(f, a...)
	panic("skip")
}
