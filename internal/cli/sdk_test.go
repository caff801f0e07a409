package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// makeSysroot makes a folder that looks like a sysroot.
func makeSysroot(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range sysrootParts {
		writeTestFile(t, filepath.Join(dir, filepath.FromSlash(p)), p)
	}
	return dir
}

func writeTestFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// cleanHome keeps what the user has configured out of a test.
func cleanHome(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "USERPROFILE", "AppData", "LocalAppData", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, home)
	}
	t.Setenv(envSysroot, "")
}

func runTest(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

func TestSysrootUse(t *testing.T) {
	cleanHome(t)
	if code, _, errs := runTest(t, "sysroot", "list"); code != ExitOK || !strings.Contains(errs, "built-in libc") {
		t.Errorf("list without one: %d, %q", code, errs)
	}
	if _, ok := findSysroot(); ok {
		t.Error("found a sysroot where there is none")
	}
	empty := t.TempDir()
	if code, _, errs := runTest(t, "sysroot", "use", empty); code != ExitFailed || !strings.Contains(errs, "lib/ld-musl-armhf.so.1 is missing") {
		t.Errorf("use of an empty folder: %d, %q", code, errs)
	}
	dir := makeSysroot(t)
	if code, out, errs := runTest(t, "sysroot", "use", dir); code != ExitOK || out != dir+"\n" {
		t.Fatalf("use: %d, %q, %q", code, out, errs)
	}
	if s, ok := findSysroot(); !ok || s.Dir != dir || s.From != "armillary sysroot use" {
		t.Errorf("found %+v, %v", s, ok)
	}
	// The environment comes first, unless what it names is not there.
	other := makeSysroot(t)
	t.Setenv(envSysroot, other)
	if s, ok := findSysroot(); !ok || s.Dir != other {
		t.Errorf("found %+v, %v", s, ok)
	}
	if _, out, _ := runTest(t, "sysroot", "list"); !strings.HasPrefix(out, "* "+other) || !strings.Contains(out, "\n  "+dir) {
		t.Errorf("list:\n%s", out)
	}
	t.Setenv(envSysroot, empty)
	if s, ok := findSysroot(); !ok || s.Dir != dir {
		t.Errorf("found %+v, %v", s, ok)
	}
}

// The packages' folders differ between releases; links into the system and the loader's path file stay out.
func TestArrangeSysroot(t *testing.T) {
	for _, lib := range []string{"lib", "usr/lib"} {
		root, dir := t.TempDir(), filepath.Join(t.TempDir(), "s")
		for _, f := range []string{
			lib + "/arm-linux-musleabihf/libc.so", lib + "/arm-linux-gnueabihf/libgcc_s.so.1", "usr/include/arm-linux-musleabihf/stdio.h",
			"usr/include/arm-linux-musleabihf/sys/epoll.h", "usr/lib/arm-linux-musleabihf/Scrt1.o", "usr/lib/arm-linux-musleabihf/crti.o",
			"etc/ld-musl-armhf.path",
		} {
			writeTestFile(t, filepath.Join(root, filepath.FromSlash(f)), f)
		}
		if err := arrangeSysroot(root, dir); err != nil {
			t.Fatal(err)
		}
		if err := checkSysroot(dir); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "etc")); err == nil {
			t.Error("the loader's path file was taken")
		}
		if _, err := os.Stat(filepath.Join(dir, "usr", "include", "sys", "epoll.h")); err != nil {
			t.Error(err)
		}
	}
	if err := arrangeSysroot(t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "libc.so") {
		t.Errorf("empty packages: %v", err)
	}
}

func TestSDKExport(t *testing.T) {
	cleanHome(t)
	dir := filepath.Join(t.TempDir(), "sdk")
	code, out, errs := runTest(t, "sdk", "export", dir)
	if code != ExitOK || !strings.Contains(errs, "no sysroot yet") {
		t.Fatalf("%d, %q, %q", code, out, errs)
	}
	if _, err := os.Stat(strings.TrimSpace(out)); err != nil {
		t.Errorf("the toolchain file it names: %v", err)
	}
	sysroot := makeSysroot(t)
	if code, _, errs := runTest(t, "sdk", "export", "--sysroot", sysroot, dir); code != ExitOK || !strings.Contains(errs, sysroot) {
		t.Errorf("%d, %q", code, errs)
	}
	settings, err := os.ReadFile(filepath.Join(dir, "CMakeFiles", "sysroot.cmake"))
	if err != nil || !strings.Contains(string(settings), filepath.ToSlash(sysroot)) {
		t.Errorf("%v\n%s", err, settings)
	}
	if code, _, errs := runTest(t, "sdk", "export", "--sysroot", t.TempDir(), dir); code != ExitFailed || !strings.Contains(errs, "is missing") {
		t.Errorf("a sysroot that is none: %d, %q", code, errs)
	}
	if code, _, _ := runTest(t, "sdk", "export"); code != ExitUsage {
		t.Errorf("without a folder: %d", code)
	}
}
