package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Link says what an ARM test program is linked with.
type Link int

const (
	Freestanding Link = iota // static, no C library, no start files: the sources define _start
	Glibc                    // static with the cross compiler's own C library
	Musl                     // static with musl; needs the sysroot
	MuslDynamic              // position independent with musl as libc.so; needs the sysroot
	Object                   // not linked: the object file of the only source
)

// Program is a small ARM program for a test.
type Program struct {
	Name    string            // of the result; default "prog"
	Sources map[string]string // file name (its extension chooses the language) to text, written beside the result
	Files   []string          // sources that exist on disk
	Flags   []string          // added after the default flags
	Link    Link
}

// ARMFlags are the code generation flags of the vendor's SDK in its GCC 9.3 era (facts/toolchain.md 1.1).
var ARMFlags = []string{
	"-mthumb", "-mcpu=cortex-a7", "-mfpu=neon-vfpv4", "-mfloat-abi=hard", "-std=gnu11", "-fPIC", "-ffunction-sections",
	"-fdata-sections", "-fno-strict-aliasing", "-fno-omit-frame-pointer", "-fno-exceptions", "-g", "-O0", "-gdwarf-4",
}

// BuildARM compiles and links p in a temporary folder of the test and returns the path of the result. The test is
// skipped (fails in CI) where the compiler or the sysroot is missing, and fails with the compiler's words otherwise.
func BuildARM(t testing.TB, p Program) string {
	t.Helper()
	gcc := NeedCross(t)
	dir := t.TempDir()
	files := append([]string{}, p.Files...)
	for name, text := range p.Sources {
		f := filepath.Join(dir, name)
		if err := os.WriteFile(f, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if p.Name == "" {
		p.Name = "prog"
	}
	out := filepath.Join(dir, p.Name)
	args := append([]string{}, ARMFlags...)
	args = append(args, p.Flags...)
	switch p.Link {
	case Object:
		args = append(args, "-c", "-o", out)
		args = append(args, files...)
	case Freestanding:
		args = append(args, "-fno-stack-protector", "-nostdlib", "-static", "-o", out)
		args = append(args, files...)
		args = append(args, "-lgcc")
	case Glibc:
		args = append(args, "-static", "-o", out)
		args = append(args, files...)
	case Musl, MuslDynamic:
		s := Sysroot(t)
		lib, libgcc := filepath.Join(s, "usr", "lib"), filepath.Dir(gccFile(t, gcc, "libgcc.a"))
		args = append(args, "-nostdinc", "-isystem", filepath.Join(s, "usr", "include"), "-isystem", gccFile(t, gcc, "include"),
			"-nostdlib", "-Wl,--build-id=sha1", "-o", out)
		if p.Link == Musl {
			args = append(args, "-static", filepath.Join(lib, "crt1.o"), filepath.Join(lib, "crti.o"), filepath.Join(libgcc, "crtbeginT.o"))
			args = append(args, files...)
			args = append(args, "-L"+lib, "-Wl,--start-group", "-l:libc.a", "-lgcc", "-lgcc_eh", "-Wl,--end-group",
				filepath.Join(libgcc, "crtend.o"), filepath.Join(lib, "crtn.o"))
		} else {
			args = append(args, "-pie", "-Wl,-dynamic-linker,/lib/ld-musl-armhf.so.1", "-Wl,-z,max-page-size=0x10000", "-Wl,-z,relro",
				"-Wl,--hash-style=gnu", filepath.Join(lib, "Scrt1.o"), filepath.Join(lib, "crti.o"), filepath.Join(libgcc, "crtbeginS.o"))
			args = append(args, files...)
			args = append(args, "-L"+filepath.Join(s, "lib"), "-l:libc.so", "-lgcc", filepath.Join(libgcc, "crtendS.o"), filepath.Join(lib, "crtn.o"))
		}
	}
	cmd := exec.Command(gcc, args...)
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, msg)
	}
	return out
}

// gccFile asks the compiler where one of its own files is.
func gccFile(t testing.TB, gcc, name string) string {
	t.Helper()
	out, err := exec.Command(gcc, "-print-file-name="+name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// CompilerInclude returns the folder of the cross compiler's own headers, for builds with -nostdinc.
func CompilerInclude(t testing.TB) string {
	t.Helper()
	return gccFile(t, NeedCross(t), "include")
}
