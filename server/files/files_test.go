package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	tests := map[string]string{"/home/me/a.json": "home/me/a.json", "/": ".", "/a/../b//c/": "b/c"}
	if runtime.GOOS == "windows" {
		tests = map[string]string{`C:\src\a.json`: "c:/src/a.json", "/c:/src/a.json": "c:/src/a.json", `\\host\share\a.json`: "unc/host/share/a.json"}
	}
	for path, want := range tests {
		if got := Name(path); got != want {
			t.Errorf("Name(%q) = %q, want %q", path, got, want)
		}
	}
	file := filepath.Join(t.TempDir(), "a.json")
	if got := Path(Name(file)); got != file && runtime.GOOS != "windows" {
		t.Errorf("%s becomes %s", file, got)
	}
	for _, bad := range []string{"../x", "/x", "a//b", "a\x00b"} {
		if Path(bad) != "" {
			t.Errorf("%q has a path", bad)
		}
		if _, err := (Overlay{Disk: NewDisk()}).Open(bad); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestOverlay(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, age time.Duration) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
		return Name(file)
	}
	a, b := write("a", "disk a", time.Hour), write("b", "disk b", time.Hour)
	o := Overlay{Docs: map[string]string{b: "open b"}, Disk: NewDisk()}
	read := func(name, want string) {
		t.Helper()
		o.Disk.Refresh()
		data, err := o.ReadFile(name)
		if err != nil || string(data) != want {
			t.Errorf("ReadFile: %q, %v, want %q", data, err, want)
		}
		f, err := o.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		data, err = io.ReadAll(f)
		if info, statErr := f.Stat(); err != nil || string(data) != want || statErr != nil || info.Size() != int64(len(want)) || info.IsDir() {
			t.Errorf("Open: %q, %v, %v, want %q", data, err, statErr, want)
		}
		f.Close()
	}
	read(a, "disk a")
	read(b, "open b")
	write("a", "new", time.Minute) // another size and time
	read(a, "new")
	write("a", "neu", time.Minute/2)
	read(a, "neu")
	write("a", "now", 0) // a file this fresh is read every time
	read(a, "now")
	write("a", "won", 0)
	read(a, "won")

	if entries, err := o.ReadDir(Name(dir)); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	if info, err := o.Stat(Name(dir)); err != nil || !info.IsDir() {
		t.Error(err)
	}
	if info, err := o.Stat(b); err != nil || info.Size() != 6 || info.Name() != "b" {
		t.Error(err)
	}
	if _, err := o.Open(a + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := o.ReadFile(Name(dir)); err == nil {
		t.Error("a folder is read like a file")
	}
}

// What was seen counts for a glance: files that come and go are noticed after it, or when somebody says so.
func TestGlance(t *testing.T) {
	dir := t.TempDir()
	now := time.Unix(1_000_000_000, 0)
	d := NewDisk()
	d.now = func() time.Time { return now }
	name := Name(filepath.Join(dir, "a"))
	there := func() bool {
		_, err := d.Stat(name)
		entries, dirErr := d.ReadDir(Name(dir))
		if dirErr != nil || (err == nil) != (len(entries) == 1) {
			t.Errorf("the file: %v; the folder: %d entries, %v", err, len(entries), dirErr)
		}
		return err == nil
	}
	put := func() {
		if err := os.WriteFile(Path(name), []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	take := func() {
		if err := os.Remove(Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if there() {
		t.Fatal("there before it was written")
	}
	put()
	if now = now.Add(glanceLasts); there() {
		t.Error("looked twice within a glance")
	}
	if now = now.Add(1); !there() {
		t.Error("not looked for again")
	}
	take()
	if d.Refresh(); there() {
		t.Error("not refreshed")
	}
	put()
	if d.Forget(name); !there() {
		t.Error("not forgotten")
	}
	take()
	for i := range maxSeen {
		if _, err := d.Stat(fmt.Sprint(name, i)); err == nil {
			t.Fatal("found what is not there")
		}
	}
	if there() {
		t.Error("more is remembered than was said")
	}
}

// Files of /proc say that they have no bytes, and may have more than any memory; /dev/zero stands for them.
func TestReadWithoutSize(t *testing.T) {
	const name = "/dev/zero"
	if _, err := os.Stat(name); err != nil {
		t.Skip(err)
	}
	if _, err := readAll(name, name, 0); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}
