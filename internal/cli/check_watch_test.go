package cli

import (
	"armillary.dev/server/analysis"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// written is a manifest with and without a mistake.
const (
	rightManifest = `{ "SchemaVersion": 1, "Name": "A", "ComponentId": "1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11", "EntryPoint": "/bin/app", "CmdArgs": [], "Capabilities": {}, "ApplicationType": "Default" }`
	wrongManifest = `{ "SchemaVersion": 1, "Name": "A", "ComponentId": "1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11", "EntryPoint": "bin/app", "CmdArgs": [], "Capabilities": {}, "ApplicationType": "Default" }`
)

// scripted is a poller that is told what it sees: each wait takes the next step.
type scripted struct {
	steps []func() // nil: nothing happens
	now   uint64
	also  []string
}

func (p *scripted) wait(context.Context) bool {
	if len(p.steps) == 0 {
		return false
	}
	if p.steps[0] != nil {
		p.now++
		p.steps[0]()
	}
	p.steps = p.steps[1:]
	return true
}

func (p *scripted) state(also []string) uint64 { p.also = also; return p.now }

// newTestRun is a check of a folder that is not started from a command line.
func newTestRun(t *testing.T, ctx context.Context, f checkFlags, paths ...string) (*checkRun, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	t.Setenv("GITHUB_ACTIONS", "")
	var out, errw bytes.Buffer
	r := &checkRun{streams: streams{strings.NewReader(""), &out, &errw}, flags: f, checker: analysis.NewChecker(), clock: func() time.Time { return time.Date(2020, 1, 1, 9, 30, 0, 0, time.UTC) }}
	var err error
	if r.outputs, err = outputsOf(r.streams, []string{"short"}); err != nil {
		t.Fatal(err)
	}
	if err := r.start(ctx, paths, false); err != nil {
		t.Fatal(err)
	}
	return r, &out, &errw
}

// TestWatch holds that a check is made again once changes have come to rest, and that the last one gives the exit code.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app_manifest.json")
	write := func(text string) func() {
		return func() {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(rightManifest)()
	r, out, errw := newTestRun(t, t.Context(), checkFlags{watch: true}, dir)
	p := &scripted{steps: []func(){
		nil, write(wrongManifest + " "), write(wrongManifest), nil, // two writes are one change
		nil, nil, write(rightManifest), nil,
		func() { _ = os.Remove(file) }, nil,
		write(wrongManifest), nil,
	}}
	err := r.watch(t.Context(), p)
	var e *exitError
	if !errors.As(err, &e) || e.code != ExitFindings {
		t.Errorf("%v", err)
	}
	if n := strings.Count(out.String(), "AZS017"); n != 2 {
		t.Errorf("the mistake is reported %d times:\n%s", n, out.String())
	}
	if n := strings.Count(errw.String(), "1 manifest checked"); n != 4 || !strings.Contains(errw.String(), "nothing to check") && !strings.Contains(errw.String(), "no app manifest") {
		t.Errorf("%d checks of a manifest:\n%s", n, errw.String())
	}
	if n := strings.Count(errw.String(), "watching 1 file since 09:30:00; Ctrl-C ends\n"); n != 4 {
		t.Errorf("%d lines say what is watched:\n%s", n, errw.String())
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("a file is cleared as if it were a screen")
	}
	if len(p.also) == 0 {
		t.Error("what the app's other files depend on is not watched")
	}
}

// TestPoller holds that changes, new and vanished files are seen, and that rest is rest.
func TestPoller(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "board.json")
	file := filepath.Join(dir, "sub", "app_manifest.json")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	r, _, _ := newTestRun(t, t.Context(), checkFlags{}, dir)
	p := newPoller(r)
	also := []string{strings.TrimPrefix(filepath.ToSlash(outside), "/")}
	last := p.state(also)
	for _, step := range []struct {
		what string
		do   func() error
		seen bool
	}{
		{"nothing", func() error { return nil }, false},
		{"a new file", func() error { return os.WriteFile(file, []byte("a"), 0o644) }, true},
		{"a longer file", func() error { return os.WriteFile(file, []byte("ab"), 0o644) }, true},
		{"a newer file", func() error { return os.Chtimes(file, time.Unix(1, 0), time.Unix(1, 0)) }, true},
		{"a file outside", func() error { return os.WriteFile(outside, nil, 0o644) }, true},
		{"nothing again", func() error { return nil }, false},
		{"a file less", func() error { return os.Remove(file) }, true},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		now := p.state(also)
		if (now != last) != step.seen {
			t.Errorf("%s: seen %v", step.what, now != last)
		}
		last = now
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p.wait(ctx) {
		t.Error("an interrupted wait goes on")
	}
}

// TestInterrupt holds that the first interrupt ends a check, at the next file.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c", "d"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "app_manifest.json"), []byte(wrongManifest), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, out, _ := newTestRun(t, ctx, checkFlags{}, dir)
	read := 0
	r.view.opened = func(string) {
		if read++; read == 2 {
			cancel()
		}
	}
	if _, err := r.check(); err != nil {
		t.Fatal(err)
	}
	if read != 2 {
		t.Errorf("%d files are read", read)
	}
	var e *exitError
	if err := r.once(ctx); !errors.As(err, &e) || e.code != ExitFailed || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v", err)
	}
	if out.Len() > 0 {
		t.Errorf("half an answer is printed:\n%s", out.String())
	}
}

// TestProgress holds that short checks are silent, and long ones say each tenth once.
func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		each time.Duration
		bar  bool
		want string
	}{
		{time.Millisecond, false, ""},
		{time.Millisecond, true, ""},
		{200 * time.Millisecond, false, ""},
		{500 * time.Millisecond, false, "checking: 50 %\nchecking: 60 %\nchecking: 70 %\nchecking: 80 %\nchecking: 90 %\nchecking: 100 %\n"},
		{500 * time.Millisecond, true, "\rchecking [==                  ]  10 %"},
	} {
		var b bytes.Buffer
		now := time.Unix(0, 0)
		counted := 0
		p := &progress{w: &b, bar: tt.bar, now: func() time.Time { return now }, begun: now, seen: map[string]bool{}, count: func() int { counted++; return 20 }}
		for i := range 20 {
			now = now.Add(tt.each)
			p.opened(strings.Repeat("x", i+1) + ".json")
			p.opened(strings.Repeat("x", i+1) + ".json")
			p.opened("CMakeLists.txt")
		}
		p.done()
		if got := b.String(); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" || !tt.bar && got != tt.want {
			t.Errorf("%v: %q", tt, got)
		}
		if tt.bar && b.Len() > 0 && !strings.HasSuffix(b.String(), " \r") {
			t.Errorf("the bar stays: %q", b.String())
		}
		if counted > 1 {
			t.Errorf("counted %d times", counted)
		}
	}
}

// TestCountFiles holds the count to what is checked.
func TestCountFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/app_manifest.json", "b/x.JSON", "b/x.c", ".git/x.json", "node_modules/x.json", "a/out/x.json"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, _, _ := newTestRun(t, t.Context(), checkFlags{}, dir)
	if n := r.countFiles(); n != 2 {
		t.Errorf("%d files", n)
	}
}

// TestFormatSpecs holds --format to what it can mean, and GitHub Actions to its annotations.
func TestFormatSpecs(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "true")
	var s streams
	s.out = &bytes.Buffer{}
	if o, err := outputsOf(s, nil); err != nil || o[0].Name != "github" {
		t.Errorf("%v, %v", o, err)
	}
	if o, err := outputsOf(s, []string{"sarif=a.sarif", "text=-"}); err != nil || len(o) != 2 || o[0].path != "a.sarif" || o[1].path != "" {
		t.Errorf("%v, %v", o, err)
	}
	for _, bad := range [][]string{{"sarif="}, {"x=y"}, {""}, {"json", "sarif=-"}, {"json=a", "sarif=./a"}} {
		if o, err := outputsOf(s, bad); err == nil {
			t.Errorf("%v: %v", bad, o)
		}
	}
}

// TestWriteFile holds that a file is written whole, a link stays one, and a device is written to.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Skip("here links need rights:", err)
	}
	if err := writeFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if data, _ := os.ReadFile(real); string(data) != "new" {
		t.Errorf("%q", data)
	}
	if err := writeFile(dir, nil); err == nil {
		t.Error("a folder is written to")
	}
	if _, err := os.Stat(os.DevNull); err == nil {
		if err := writeFile(os.DevNull, []byte("x")); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
			t.Error("the device has become a file")
		}
	}
}
