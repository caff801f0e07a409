// Package testenv finds what tests need beyond Go: programs, folders handed in by the environment, the ARM cross
// compiler and the musl sysroot. What is missing ends in one uniform line,
//
//	not run: NAME: how to get it
//
// which `./test` collects into its list of skipped tests. With ARMILLARY_CI=1 a missing program is a failure, because
// there everything that Go, Debian's packages and npm provide has been installed; material that a person has to fetch
// by hand (NeedEnv, Shared, Real) is still only reported as not run. A test that cannot run for what the computer is, not
// for what it lacks, skips with words that begin with "here": "here nothing is unreadable".
//
// The package is for tests alone and must not know the rooms it helps to test, except device/sdk, whose link stubs
// dynamic ARM programs are linked against.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Names of the environment variables that hand material to the tests.
const (
	EnvCI      = "ARMILLARY_CI"      // "1": a program that can be installed must be there
	EnvShared  = "ARMILLARY_SHARED"  // folder with facts/ and corpus/
	EnvReal    = "ARMILLARY_REAL"    // folder with the vendor's published packages
	EnvSysroot = "ARMILLARY_SYSROOT" // armhf musl sysroot: lib/, usr/include, usr/lib
	EnvTools   = "TOOLS"             // where ./test installs what is not an apt package; default .tools in the repository
)

// CI reports whether a missing program fails the test instead of skipping it.
func CI() bool { return os.Getenv(EnvCI) == "1" }

// Root returns the repository's root: the nearest folder above the working directory that holds go.mod.
func Root(t testing.TB) string {
	t.Helper()
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

var findRoot = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", os.ErrNotExist
		}
		dir = up
	}
})

// Tools returns the folder into which ./test installs what is not a package of the system. It need not exist.
func Tools(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv(EnvTools); dir != "" {
		return dir
	}
	return filepath.Join(Root(t), ".tools")
}

// NeedTool returns the path of a program, looked up in PATH and then in the bin folder of Tools. Where it is missing
// the test is skipped, or fails with ARMILLARY_CI=1; install says how to get it: "apt-get install qemu-user".
func NeedTool(t testing.TB, tool, install string) string {
	t.Helper()
	if p, err := exec.LookPath(tool); err == nil {
		return p
	}
	if p, err := exec.LookPath(filepath.Join(Tools(t), "bin", tool)); err == nil {
		return p
	}
	Missing(t, tool, install)
	return ""
}

// Missing ends a test that lacks something which can be installed: skipped, or failed with ARMILLARY_CI=1.
func Missing(t testing.TB, name, install string) {
	t.Helper()
	if CI() {
		t.Fatalf("missing: %s: %s", name, install)
	}
	NotRun(t, name, install)
}

// NotRun skips a test with the uniform line. It is for material that cannot be installed by a script.
func NotRun(t testing.TB, name, how string) {
	t.Helper()
	t.Skipf("not run: %s: %s", name, how)
}

// NeedEnv returns the value of an environment variable that names material fetched by hand; without it the test is
// skipped, in CI too. how says what to set it to.
func NeedEnv(t testing.TB, name, how string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		NotRun(t, name, how)
	}
	return v
}

// Shared returns the folder with facts/ and corpus/: ARMILLARY_SHARED, or ../shared beside the repository.
func Shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(EnvShared)
	if dir == "" {
		dir = filepath.Join(filepath.Dir(Root(t)), "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "corpus")); err != nil {
		NotRun(t, "shared", "set "+EnvShared+" to a folder with facts/ and corpus/, or put it beside the repository as ../shared")
	}
	return dir
}

// Real returns the folder that holds the vendor's published packages AzureSphereBlinkTest.imagepackage and
// MutableStorage.imagepackage (repository Azure/azure-sphere-tools, below Manufacturing).
func Real(t testing.TB) string {
	t.Helper()
	return NeedEnv(t, EnvReal, "set it to a folder with AzureSphereBlinkTest.imagepackage and MutableStorage.imagepackage (./test --real DIR)")
}

// Sysroot returns the armhf musl sysroot: ARMILLARY_SYSROOT, or the one ./test has made below Tools. It holds
// lib/libc.so, lib/ld-musl-armhf.so.1, lib/libgcc_s.so.1, usr/include and usr/lib.
func Sysroot(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(EnvSysroot)
	if dir == "" {
		dir = filepath.Join(Tools(t), "sysroot")
	}
	if _, err := os.Stat(filepath.Join(dir, "lib", "ld-musl-armhf.so.1")); err != nil {
		Missing(t, "armhf musl sysroot", "./test makes it from the distribution's musl:armhf packages, or set "+EnvSysroot)
	}
	return dir
}

// NeedCross returns the cross compiler for 32-bit ARM Linux.
func NeedCross(t testing.TB) string {
	t.Helper()
	return NeedTool(t, "arm-linux-gnueabihf-gcc", "apt-get install gcc-arm-linux-gnueabihf")
}

// NeedQEMU returns qemu-arm, the user-mode oracle for ARM instructions and Linux programs.
func NeedQEMU(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		NotRun(t, "qemu-arm", "user-mode QEMU exists on Linux only")
	}
	return NeedTool(t, "qemu-arm", "apt-get install qemu-user")
}

// NeedGDB returns a gdb that knows ARM.
func NeedGDB(t testing.TB) string {
	t.Helper()
	return NeedTool(t, "gdb-multiarch", "apt-get install gdb-multiarch")
}
