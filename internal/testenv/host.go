package testenv

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"armillary.dev/device/sdk"
)

//go:embed hostapplibs/applibs.c
var hostApplibs string

// HostApps returns a folder to run apps from under qemu-arm (-L): the sysroot's libraries and a small libapplibs.so.0
// whose pins and buttons are steered by the environment; internal/testenv/hostapplibs/applibs.c says how.
func HostApps(t testing.TB) string {
	t.Helper()
	gcc, sysroot, dir := NeedCross(t), Sysroot(t), t.TempDir()
	if err := sdk.Export(filepath.Join(dir, "sdk"), sdk.Options{}); err != nil {
		t.Fatal(err)
	}
	obj := BuildARM(t, Program{Sources: map[string]string{"applibs.c": hostApplibs}, Link: Object, Flags: []string{
		"-nostdinc", "-isystem", filepath.Join(sysroot, "usr", "include"), "-isystem", CompilerInclude(t), "-I", filepath.Join(dir, "sdk", "include"), "-Wall", "-Werror"}})
	lib := filepath.Join(dir, "lib")
	if err := os.Mkdir(lib, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"libc.so", "ld-musl-armhf.so.1", "libgcc_s.so.1"} {
		data, err := os.ReadFile(filepath.Join(sysroot, "lib", f))
		if err == nil {
			err = os.WriteFile(filepath.Join(lib, f), data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(gcc, "-mcpu=cortex-a7", "-mthumb", "-mfloat-abi=hard", "-nostdlib", "-shared", "-Wl,-soname,libapplibs.so.0",
		"-Wl,--hash-style=gnu", "-o", filepath.Join(lib, "libapplibs.so.0"), obj, "-L"+lib, "-l:libc.so").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}
