package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
	"armillary.dev/testdata/apps"
)

// sampleApp copies the blink sample, whose sources the debug information knows as blink/….
func sampleApp(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blink")
	src, err := fs.Sub(apps.FS, "blink")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, src); err != nil {
		t.Fatal(err)
	}
	return dir
}

// startEmulate runs `emulate` until the test ends and returns its JSON events.
func startEmulate(t *testing.T, args ...string) (next func(event string) map[string]any) {
	t.Helper()
	cleanHome(t)
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	var errs bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, append([]string{"emulate", "--json"}, args...), streams{strings.NewReader(""), w, &errs})
		w.Close()
	}()
	t.Cleanup(func() {
		cancel()
		go io.Copy(io.Discard, r)
		if code := <-done; code != ExitOK {
			t.Errorf("emulate ended with %d: %s", code, errs.String())
		}
	})
	lines := bufio.NewScanner(r)
	return func(event string) map[string]any {
		for lines.Scan() {
			var ev map[string]any
			if json.Unmarshal(lines.Bytes(), &ev) == nil && ev["event"] == event {
				return ev
			}
		}
		t.Fatalf("no event %q before the end: %s", event, errs.String())
		return nil
	}
}

// TestGDB has the real gdb debug the sample on the emulated device: it stops in an event loop's callback, sees the way
// back to main, steps, and reads locals.
func TestGDB(t *testing.T) {
	gdb := testenv.NeedTool(t, "gdb-multiarch", "apt-get install gdb-multiarch")
	app := sampleApp(t)
	next := startEmulate(t, app, "--gdb", ":0", "--seed", "1", "--sysroot", builtinLibc)
	addr := next("waiting")["gdb"].(string)
	cmd := exec.Command(gdb, "-nx", "-batch",
		"-ex", "set confirm off", "-ex", "set sysroot target:", "-ex", "set substitute-path blink "+app,
		"-ex", "file "+filepath.Join(app, "out", "blink.out"), "-ex", "target remote "+addr,
		"-ex", "break Blinker_Toggle", "-ex", "continue", "-ex", "backtrace", "-ex", "up", "-ex", "info locals", "-ex", "down",
		"-ex", "next", "-ex", "print blinker->limit", "-ex", "print blinker->name", "-ex", "kill")
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, want := range []string{
		`Breakpoint 1, Blinker_Toggle \(blinker=0x[0-9a-f]+`,
		`#1 .* OnBlink \(`,
		`EventLoop_Run`,
		` main \(argc=1, argv=`,
		`b = 0x[0-9a-f]+ <blinker>`,
		`\$1 = 0`,
		`\$2 = "blink(", '\\000' <repeats 10 times>|(\\000){10}")`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("gdb did not print %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
