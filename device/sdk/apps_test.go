package sdk_test

import (
	"bytes"
	"crypto/sha256"
	"debug/dwarf"
	"debug/elf"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/image"
	"armillary.dev/device/sdk"
	"armillary.dev/internal/testenv"
)

// update replaces the built apps below testdata/apps by what was built now; tools/build-apps sets it.
var update = flag.Bool("update", false, "replace the built apps in testdata/apps")

// buildApp builds an app exactly as a user does, with cmake and an exported SDK, and returns the build folder and
// what cmake said. env is for the build.
func buildApp(t *testing.T, env []string, app string, cmakeArgs ...string) (out, words string) {
	t.Helper()
	cmake := testenv.NeedTool(t, "cmake", "apt-get install cmake")
	testenv.NeedTool(t, "ninja", "apt-get install ninja-build")
	testenv.NeedCross(t)
	dir := t.TempDir()
	sdkDir := filepath.Join(dir, "sdk")
	out = filepath.Join(dir, "out")
	if err := sdk.Export(sdkDir, sdk.Options{Sysroot: testenv.Sysroot(t)}); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-G", "Ninja", "-S", app, "-B", out, "-DCMAKE_BUILD_TYPE=Debug",
		"-DCMAKE_TOOLCHAIN_FILE=" + filepath.Join(sdkDir, filepath.FromSlash(sdk.ToolchainFile))}, cmakeArgs...)
	log, err := exec.Command(cmake, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	cmd := exec.Command(cmake, "--build", out)
	cmd.Env = append(os.Environ(), env...)
	build, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, build)
	}
	return out, string(log) + string(build)
}

// The blink app builds with plain cmake; without armillary the program is built and the build says what is left out.
// What comes out has the shape of the vendor's programs (facts/image.md 2.1), needs only libc functions that the
// built-in libc has, and is the program in testdata/apps where the tool chain is the same.
func TestBuildBlink(t *testing.T) {
	t.Parallel()
	app := filepath.Join(testenv.Root(t), "testdata", "apps", "blink")
	out, log := buildApp(t, nil, app, "-DARMILLARY_PREFIX_MAP=/blink", "-DARMILLARY=none")
	if !strings.Contains(log, "blink is built without an image package") {
		t.Errorf("no word about the missing packer:\n%s", log)
	}
	prog := filepath.Join(out, "blink.out")
	f, err := elf.Open(prog)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	if f.Type != elf.ET_DYN || f.Machine != elf.EM_ARM || f.OSABI != elf.ELFOSABI_NONE {
		t.Errorf("%v %v %v, want a position independent ARM program", f.Type, f.Machine, f.OSABI)
	}
	needed, err := f.DynString(elf.DT_NEEDED)
	slices.Sort(needed)
	if want := []string{"libapplibs.so.0", "libc.so.1", "libgcc_s.so.1"}; err != nil || !slices.Equal(needed, want) {
		t.Errorf("needs %q, %v; want %q", needed, err, want)
	}
	interp, err := f.Section(".interp").Data()
	if err != nil || string(interp) != "/lib/ld-musl-armhf.so.1\x00" {
		t.Errorf("interpreter %q, %v", interp, err)
	}
	syms, err := f.ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"__cxa_finalize", "__errno_location", "__libc_start_main", "__stack_chk_fail", "__stack_chk_guard", "__timerfd_settime64",
		"_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable", "__register_frame_info", "__deregister_frame_info",
		"close", "free", "malloc", "memset", "read", "sigaction", "snprintf", "strerror", "timerfd_create"}
	applibs, err := sdk.Symbols("libapplibs.so.0")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range syms {
		inApplibs := slices.ContainsFunc(applibs, func(a sdk.Symbol) bool { return a.Name == s.Name })
		if !inApplibs && !slices.Contains(allowed, s.Name) {
			t.Errorf("imports %s", s.Name)
		}
	}
	checkPaths(t, f)
	compareBuilt(t, prog, filepath.Join(app, "out", "blink.out"))
}

// With armillary at hand the build ends with an image package: the program without its debug information, and the
// manifest with pins in place of names. The emulated device runs it, with either C library.
func TestPackBlink(t *testing.T) {
	t.Parallel()
	testenv.NeedCross(t)
	bin := filepath.Join(t.TempDir(), "armillary"+map[bool]string{true: ".exe"}[runtime.GOOS == "windows"])
	if msg, err := exec.Command("go", "build", "-o", bin, "armillary.dev").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	home := t.TempDir() // for the key that the package is signed with
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home, "AppData=" + home, "LocalAppData=" + home}
	app := filepath.Join(t.TempDir(), "blink")
	if err := os.CopyFS(app, os.DirFS(filepath.Join(testenv.Root(t), "testdata", "apps", "blink"))); err != nil {
		t.Fatal(err)
	}
	manifestFile := filepath.Join(app, "app_manifest.json")
	text, err := os.ReadFile(manifestFile)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`"CmdArgs": []`), []byte(`"CmdArgs": [ "3" ]`), 1)
	if err := os.WriteFile(manifestFile, text, 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := buildApp(t, env, app, "-DARMILLARY="+bin)
	data, err := os.ReadFile(filepath.Join(out, "blink.imagepackage"))
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := image.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := pkg.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Capabilities                    struct{ Gpio []int }
		TargetApplicationRuntimeVersion int
	}
	if err := json.Unmarshal(manifest, &m); err != nil || !slices.Equal(m.Capabilities.Gpio, []int{8, 12, 13}) || m.TargetApplicationRuntimeVersion == 0 {
		t.Errorf("%v, packed manifest %s", err, manifest)
	}
	prog, err := pkg.FS.ReadFile("bin/app")
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(prog))
	if err != nil {
		t.Fatal(err)
	}
	if f.Section(".debug_info") != nil || f.Section(".dynsym") == nil {
		t.Error("the packed program is not stripped of its debug information alone")
	}

	const want = "blink: starting\nblink: blink 1 at 500 ms\nblink: blink 2 at 500 ms\nblink: blink 3 at 500 ms\n" +
		"blink: done after 3 blinks\nblink: exit code 0\n"
	for _, libc := range []string{"builtin", testenv.Sysroot(t)} {
		cmd := exec.Command(bin, "run", filepath.Join(out, "blink.imagepackage"), "--sysroot", libc, "--seed", "1")
		cmd.Env = append(os.Environ(), env...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		got, err := cmd.Output()
		if err != nil || string(got) != want {
			t.Errorf("with the libc of %s: %v\n%s%s\nwant\n%s", libc, err, got, &errs, want)
		}
	}
}

// checkPaths holds that debug information names sources below the mapped folder and nothing of this computer.
func checkPaths(t *testing.T, f *elf.File) {
	t.Helper()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	var units []string
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		if e.Tag == dwarf.TagCompileUnit {
			if dir, _ := e.Val(dwarf.AttrCompDir).(string); strings.HasPrefix(dir, "/blink") {
				units = append(units, e.Val(dwarf.AttrName).(string))
			}
		}
		r.SkipChildren()
	}
	slices.Sort(units)
	if want := []string{"/blink/blinker.c", "/blink/main.c", "/blink/timer.c"}; !slices.Equal(units, want) {
		t.Errorf("units %q, want %q", units, want)
	}
	for _, name := range []string{".debug_str", ".debug_line", ".debug_line_str", ".rodata"} {
		s := f.Section(name)
		if s == nil {
			continue
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.Index(data, []byte(os.TempDir())); i >= 0 {
			t.Errorf("%s names a folder of this computer: %.80q", name, data[i:])
		}
	}
}

// toolchain identifies what decides the bytes of a built app: the compiler, and the start files of musl.
func toolchain(t *testing.T) string {
	t.Helper()
	version, err := exec.Command(testenv.NeedCross(t), "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(version), "\n")
	h := sha256.New()
	for _, f := range []string{"Scrt1.o", "crti.o", "crtn.o"} {
		data, err := os.ReadFile(filepath.Join(testenv.Sysroot(t), "usr", "lib", f))
		if err != nil {
			t.Fatal(err)
		}
		h.Write(data)
	}
	return fmt.Sprintf("%s\nmusl start files %x\n", line, h.Sum(nil))
}

// compareBuilt holds a built program against the committed one, byte for byte where the tool chain is the one that made
// it. Another tool chain is logged; the shape has been checked by then.
func compareBuilt(t *testing.T, built, committed string) {
	t.Helper()
	got, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(committed))), "toolchain.txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(committed), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(committed, got, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(record, []byte(toolchain(t)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatalf("%v; tools/build-apps --update makes it", err)
	}
	if bytes.Equal(got, want) {
		return
	}
	made, _ := os.ReadFile(record)
	if now := toolchain(t); now != string(made) {
		t.Logf("built by another tool chain than %s, so bytes differ:\n%s\nhere:\n%s", filepath.Base(committed), made, now)
		return
	}
	t.Errorf("%s is not what its sources give now; tools/build-apps --update renews it", committed)
}

// The committed program does what its sources say, under qemu-arm with musl: it blinks, changes its rate at button A, is
// refused a pin at button B and goes on, and ends with its exit code; a pin missing from the start ends it otherwise.
func TestRunBlinkOnHost(t *testing.T) {
	t.Parallel()
	qemu, host := testenv.NeedQEMU(t), testenv.HostApps(t)
	prog := filepath.Join(testenv.Root(t), "testdata", "apps", "blink", "out", "blink.out")
	for _, c := range []struct {
		name string
		env  []string
		code int
		want string
	}{
		{"buttons", []string{"HOST_GPIO=8,12,13", "HOST_PRESS=12@2,13@3,12@4"}, 0,
			"blink: starting\nblink: rate 1, 250 ms\nblink: GPIO 9 refused: Permission denied (13)\nblink: rate 2, 125 ms\n" +
				"blink: done after 6 blinks\nblink: exit code 0\n"},
		{"listed pin", []string{"HOST_GPIO=8,9,12,13", "HOST_PRESS=13@1,12@2,12@4"}, 0,
			"blink: starting\nblink: GPIO 9 opened, so the manifest lists it\nblink: rate 1, 250 ms\nblink: rate 2, 125 ms\n" +
				"blink: done after 6 blinks\nblink: exit code 0\n"},
		{"no LED", []string{"HOST_GPIO=12,13"}, 2,
			"blink: starting\nERROR: cannot open the LED, GPIO 8: Permission denied (13)\nblink: exit code 2\n"},
		{"no button", []string{"HOST_GPIO=8,12"}, 3,
			"blink: starting\nERROR: cannot open button B, GPIO 13: Permission denied (13)\nblink: exit code 3\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(qemu, "-cpu", "cortex-a7", "-L", host, prog, "6")
			cmd.Env = append(os.Environ(), c.env...)
			out, _ := cmd.Output()
			// When a blink comes relative to a button is a matter of time.
			got := regexp.MustCompile(`(?m)^blink: blink .*\n`).ReplaceAllString(string(out), "")
			if got != c.want || cmd.ProcessState.ExitCode() != c.code {
				t.Errorf("exit code %d, want %d; printed\n%s\nwant\n%s", cmd.ProcessState.ExitCode(), c.code, got, c.want)
			}
		})
	}
}
