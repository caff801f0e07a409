package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// full is a disk with no room left.
type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

// TestLostOutput holds that no command succeeds whose answer could not be written.
func TestLostOutput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app_manifest.json")
	if err := os.WriteFile(file, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"explain", "AZS101"}, {"version"}, {"check", file}, {"check", "--format", "json", file}, {"check", "--format", "sarif", file}} {
		var errw bytes.Buffer
		if code := run(t.Context(), args, streams{strings.NewReader(""), full{syscall.ENOSPC}, &errw}); code != ExitFailed {
			t.Errorf("%v: exit code %d", args, code)
		}
		if n := strings.Count(errw.String(), "no space left"); n != 1 && !strings.Contains(errw.String(), "space") {
			t.Errorf("%v: %s", args, errw.String())
		}
	}
	// Who reads only the beginning has got what it wanted.
	if code := run(t.Context(), []string{"version"}, streams{strings.NewReader(""), full{syscall.EPIPE}, io.Discard}); code != ExitOK {
		t.Errorf("a reader that has gone: exit code %d", code)
	}
}

func TestInWords(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	_, notThere := os.Stat(filepath.Join(dir, "nope"))
	for _, tt := range []struct {
		err  error
		want string
	}{
		{notThere, "nope: there is no such file or folder"},
		{fmt.Errorf("--hwdef: %w", notThere), "--hwdef: nope: there is no such file or folder"},
		{fmt.Errorf("nope: %w; look again", notThere), "nope: there is no such file or folder; look again"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EISDIR}, "x: it is a folder, not a file"},
		{&os.LinkError{Op: "rename", Old: "a", New: "b", Err: fs.ErrPermission}, "b: you lack the permission"},
		{&fs.PathError{Op: "write", Path: "x", Err: errors.New("odd")}, "x: odd"},
		{errors.New("plain"), "plain"},
	} {
		if got := inWords(tt.err); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}
