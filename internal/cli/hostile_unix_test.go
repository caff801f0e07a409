//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCheckOddFiles holds that check comes to an end, and says what it could not read, where files are none: pipes that nobody
// writes to, links in circles, folders and sockets under the names of files.
func TestCheckOddFiles(t *testing.T) {
	const good = `{ "SchemaVersion": 1, "Name": "A", "ComponentId": "005180bc-402f-4cb3-a662-72937dbcde47", "EntryPoint": "/bin/app", "CmdArgs": [], "Capabilities": {}, "ApplicationType": "Default" }`
	const cmake = "project(A C)\nadd_executable(A main.c)\nazsphere_target_hardware_definition(A TARGET_DIRECTORY \".\" TARGET_DEFINITION \"hw.json\")\nazsphere_target_add_image_package(A)\n"
	pipe := func(name string) error { return syscall.Mkfifo(name, 0o644) }
	folder := func(name string) error { return os.Mkdir(name, 0o755) }
	link := func(to string) func(string) error { return func(name string) error { return os.Symlink(to, name) } }
	for _, tc := range []struct {
		name, file string
		make       func(name string) error
		exit       int
		says       string // on stderr
	}{
		{"pipe", "app_manifest.json", pipe, ExitFailed, "not a regular file"},
		{"pipe in between", "sub/app_manifest.json", pipe, ExitFailed, "not a regular file"},
		{"device", "app_manifest.json", link("/dev/zero"), ExitFailed, "not a regular file"},
		{"folder", "app_manifest.json", folder, ExitOK, "1 hardware definition"},
		{"link to itself", "sub/app_manifest.json", link("app_manifest.json"), ExitFailed, "too many"},
		{"link to nothing", "sub/app_manifest.json", link("nothing"), ExitFailed, "no such file"},
		{"folders in a circle", "sub/again", link(".."), ExitOK, "1 manifest"},
		{"pipe as CMake file", "CMakeLists.txt", pipe, ExitOK, "1 manifest"},
		{"pipe as source", "main.c", pipe, ExitOK, "1 manifest"},
		{"pipe as definition", "hw.json", pipe, ExitFindings, "error: hw.json cannot be read"},
		{"pipe as header", "inc/hw/hw.h", pipe, ExitOK, "1 manifest"},
		{"pipe as presets", "CMakePresets.json", pipe, ExitOK, "1 manifest"},
		{"pipe as launch configuration", ".vscode/launch.json", pipe, ExitOK, "1 manifest"},
		{"pipe as capability", "x.cap", pipe, ExitOK, "1 manifest"},
		{"pipe as settings", "armillary.json", pipe, ExitFailed, "armillary.json"},
		{"pipe as program", "out/ARM-Debug/app", pipe, ExitOK, "1 manifest"},
		{"pipe as cache", "out/CMakeCache.txt", pipe, ExitOK, "1 manifest"},
		{"folder as source", "main.c", folder, ExitOK, "1 manifest"},
		{"folder as CMake file", "CMakeLists.txt", folder, ExitOK, "1 manifest"},
		{"source in a circle", "main.c", link("main.c"), ExitOK, "1 manifest"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, src := range map[string]string{"app_manifest.json": good, "CMakeLists.txt": cmake, "main.c": "int main(void) { return 0; }\n",
				"hw.json": `{ "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 }, "Peripherals": [] }`} {
				if name != tc.file {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			at := filepath.Join(dir, filepath.FromSlash(tc.file))
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := tc.make(at); err != nil {
				t.Skip(err)
			}
			var out, errw bytes.Buffer
			code := run(t.Context(), []string{"check", "--fail-on", "error", dir}, streams{strings.NewReader(""), &out, &errw})
			if said := out.String() + errw.String(); code != tc.exit || !strings.Contains(said, tc.says) {
				t.Errorf("exit code %d, want %d, and %q in:\n%s", code, tc.exit, tc.says, said)
			}
			if code := run(t.Context(), []string{"check", "--privileges", dir}, streams{strings.NewReader(""), &out, &errw}); code != ExitOK && code != ExitFindings && code != ExitFailed {
				t.Errorf("--privileges: exit code %d", code)
			}
		})
	}
}

// TestCheckLocked holds that what the user may not read is named, and the rest checked.
func TestCheckLocked(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("user: root may read everything; run the tests as another user")
	}
	dir := t.TempDir()
	locked := filepath.Join(dir, "locked")
	for _, name := range []string{"app_manifest.json", "locked/app_manifest.json", "main.c", "CMakeLists.txt"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{locked, filepath.Join(dir, "main.c"), filepath.Join(dir, "CMakeLists.txt")} {
		if err := os.Chmod(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(locked, 0o755)
	var out, errw bytes.Buffer
	code := run(t.Context(), []string{"check", dir}, streams{strings.NewReader(""), &out, &errw})
	if code != ExitFailed || !strings.Contains(out.String(), "app_manifest.json") {
		t.Errorf("exit code %d:\n%s%s", code, out.String(), errw.String())
	}
	for _, name := range []string{"locked", "main.c", "CMakeLists.txt"} {
		if !strings.Contains(errw.String(), name+": you lack the permission") {
			t.Errorf("%s is not named:\n%s", name, errw.String())
		}
	}
}

// TestCheckNowhere holds that places where nothing is, or nothing could be, are said to be so.
func TestCheckNowhere(t *testing.T) {
	for _, place := range []string{"/nowhere", "/dev/null", "/proc/self/mem", "/dev", "\x00", strings.Repeat("x", 5000), strings.Repeat("x/", 5000)} {
		var out, errw bytes.Buffer
		if code := run(t.Context(), []string{"check", place}, streams{strings.NewReader(""), &out, &errw}); code != ExitFailed || errw.Len() == 0 {
			t.Errorf("%.20q: exit code %d: %s", place, code, fmt.Sprint(out.String(), errw.String()))
		}
	}
}
