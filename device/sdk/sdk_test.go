package sdk

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A stub is a shared object that debug/elf reads, with its soname and every name of its list.
func TestStubs(t *testing.T) {
	t.Parallel()
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Libraries {
		t.Run(l.Soname, func(t *testing.T) {
			want, err := Symbols(l.Soname)
			if err != nil {
				t.Fatal(err)
			}
			f, err := elf.NewFile(bytes.NewReader(files[LibDir+"/"+l.File]))
			if err != nil {
				t.Fatal(err)
			}
			if f.Type != elf.ET_DYN || f.Machine != elf.EM_ARM || f.Class != elf.ELFCLASS32 {
				t.Errorf("%v %v %v", f.Type, f.Machine, f.Class)
			}
			if so, err := f.DynString(elf.DT_SONAME); err != nil || len(so) != 1 || so[0] != l.Soname {
				t.Errorf("soname %q, %v", so, err)
			}
			got, err := f.DynamicSymbols()
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Fatalf("%d symbols, want %d", len(got), len(want))
			}
			for i, s := range got {
				typ := elf.STT_FUNC
				if want[i].Size > 0 {
					typ = elf.STT_OBJECT
				}
				if s.Name != want[i].Name || elf.ST_TYPE(s.Info) != typ || uint64(want[i].Size) != s.Size {
					t.Errorf("symbol %d: %+v, want %+v", i, s, want[i])
				}
			}
		})
	}
}

func TestSymbolListsAreSets(t *testing.T) {
	t.Parallel()
	for _, l := range Libraries {
		syms, err := Symbols(l.Soname)
		if err != nil {
			t.Fatal(err)
		}
		seen := make(map[string]bool)
		for _, s := range syms {
			if seen[s.Name] {
				t.Errorf("%s: %s twice", l.list, s.Name)
			}
			seen[s.Name] = true
		}
	}
	if _, err := Symbols("libnone.so.1"); err == nil {
		t.Error("an unknown library gave no error")
	}
	if _, err := parseSymbols("a\nb x\n"); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("bad size: %v", err)
	}
}

// Export writes every file once; a second export of the same leaves times alone and brings back what was changed.
func TestExport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{Sysroot: `/a "b"/$c;d`}
	if err := Export(dir, o); err != nil {
		t.Fatal(err)
	}
	header := filepath.Join(dir, "include", "applibs", "gpio.h")
	before, err := os.Stat(header)
	if err != nil {
		t.Fatal(err)
	}
	stub := filepath.Join(dir, "lib", "libc.so")
	if err := os.WriteFile(stub, []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Export(dir, o); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(header)
	if err != nil {
		t.Fatal(err)
	}
	if !before.ModTime().Equal(after.ModTime()) {
		t.Error("an unchanged file was written again")
	}
	files, _ := Files()
	if got, err := os.ReadFile(stub); err != nil || !bytes.Equal(got, files["lib/libc.so"]) {
		t.Errorf("a changed file was not brought back: %v", err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "CMakeFiles", "sysroot.cmake"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `set(ARMILLARY_DEFAULT_SYSROOT "/a \"b\"/\$c\;d")`; !strings.Contains(string(got), want) {
		t.Errorf("sysroot.cmake:\n%s\nwant %s", got, want)
	}
}
