package strip

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// build compiles a C program with debug information for ARM and returns the file.
func build(t *testing.T, source string, flags ...string) []byte {
	t.Helper()
	gcc := testenv.NeedCross(t)
	dir := t.TempDir()
	src, out := filepath.Join(dir, "main.c"), filepath.Join(dir, "app")
	if err := os.WriteFile(src, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gcc, append([]string{"-g", "-O1", "-o", out, src}, flags...)...)
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, msg)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const program = `#include <stdio.h>
int table[4] = {1, 2, 3, 4};
static int zero[100];
__attribute__((constructor)) static void first(void) { zero[3] = 40; }
int main(int argc, char **argv) {
	printf("sum %d\n", table[argc] + zero[3]);
	return table[2];
}
`

func TestStrippedRuns(t *testing.T) {
	t.Parallel()
	qemu := testenv.NeedQEMU(t)
	// The cross compiler's own C library, for the program that is linked dynamically.
	loader, err := exec.Command(testenv.NeedCross(t), "-print-file-name=ld-linux-armhf.so.3").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(filepath.Dir(strings.TrimSpace(string(loader))))
	for name, flags := range map[string][]string{
		"static": {"-static"},
		"pie":    {"-pie", "-fPIE"},
		"thumb":  {"-static", "-mthumb"},
	} {
		t.Run(name, func(t *testing.T) {
			full := build(t, program, flags...)
			small, err := Debug(full)
			if err != nil {
				t.Fatal(err)
			}
			if len(small) >= len(full) {
				t.Errorf("%d bytes became %d", len(full), len(small))
			}
			check(t, full, small)
			again, err := Debug(small)
			if err != nil || len(again) > len(small) {
				t.Errorf("stripping twice: %d bytes became %d, %v", len(small), len(again), err)
			}
			file := filepath.Join(t.TempDir(), "app")
			if err := os.WriteFile(file, small, 0o755); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(qemu, "-L", root, file).Output()
			if ee, ok := err.(*exec.ExitError); string(out) != "sum 42\n" || !ok || ee.ExitCode() != 3 {
				t.Errorf("said %q, %v", out, err)
			}
			t.Logf("%d bytes became %d", len(full), len(small))
		})
	}
}

// check compares what a loader and a linker see in both files.
func check(t *testing.T, full, small []byte) {
	t.Helper()
	a, err := elf.NewFile(bytes.NewReader(full))
	if err != nil {
		t.Fatal(err)
	}
	b, err := elf.NewFile(bytes.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	if a.Entry != b.Entry || len(a.Progs) != len(b.Progs) {
		t.Errorf("entry %x, %d segments; were %x, %d", b.Entry, len(b.Progs), a.Entry, len(a.Progs))
	}
	for i, p := range a.Progs {
		q := b.Progs[i]
		if p.ProgHeader != q.ProgHeader {
			t.Errorf("segment %d: %+v was %+v", i, q.ProgHeader, p.ProgHeader)
		}
		from := max(p.Off, ehdrSize) // the ELF header tells of the section headers
		if p.Type == elf.PT_LOAD && !bytes.Equal(full[from:p.Off+p.Filesz], small[from:q.Off+q.Filesz]) {
			t.Errorf("segment %d has other bytes", i)
		}
	}
	for _, s := range a.Sections {
		q := b.Section(s.Name)
		gone := s.Type == elf.SHT_SYMTAB || s.Name == ".strtab" || strings.HasPrefix(s.Name, ".debug")
		if gone != (q == nil) {
			t.Errorf("section %s: there is %v", s.Name, q != nil)
		}
		if gone || q == nil || s.Name == ".shstrtab" {
			continue
		}
		x, errX := s.Data()
		y, errY := q.Data()
		if s.Type == elf.SHT_DYNSYM { // section numbers in it may change; names and values may not
			x, y = nil, nil
		}
		if s.Type != elf.SHT_NOBITS && (errX != nil || errY != nil || !bytes.Equal(x, y)) {
			t.Errorf("section %s has other bytes (%v, %v)", s.Name, errX, errY)
		}
		if s.Addr != q.Addr || s.Type != q.Type || s.Flags != q.Flags || s.Size != q.Size && s.Type == elf.SHT_NOBITS {
			t.Errorf("section %s: %+v was %+v", s.Name, q.SectionHeader, s.SectionHeader)
		}
		if s.Link != 0 && a.Sections[s.Link].Type != elf.SHT_SYMTAB && a.Sections[s.Link].Name != b.Sections[q.Link].Name {
			t.Errorf("section %s is linked to %s instead of %s", s.Name, b.Sections[q.Link].Name, a.Sections[s.Link].Name)
		}
	}
	x, errX := a.DynamicSymbols()
	y, errY := b.DynamicSymbols()
	if (errX == nil) != (errY == nil) || len(x) != len(y) {
		t.Fatalf("%d dynamic symbols (%v) were %d (%v)", len(y), errY, len(x), errX)
	}
	for i := range x {
		if x[i].Name != y[i].Name || x[i].Value != y[i].Value || (x[i].Section == elf.SHN_UNDEF) != (y[i].Section == elf.SHN_UNDEF) {
			t.Errorf("dynamic symbol %v was %v", y[i], x[i])
		}
	}
}

func TestDynamicSymbols(t *testing.T) {
	t.Parallel()
	full := build(t, "int exported = 1; int call(int x) { return x + exported; }", "-shared", "-fPIC", "-nostdlib")
	small, err := Debug(full)
	if err != nil {
		t.Fatal(err)
	}
	check(t, full, small)
}

// tiny is a hand-made ELF: one segment, sections null, .text, .debug_info, .shstrtab.
func tiny() []byte {
	le := binary.LittleEndian
	names := "\x00.text\x00.debug_info\x00.shstrtab\x00"
	b := make([]byte, 84, 512)
	copy(b, "\x7fELF\x01\x01\x01")
	le.PutUint16(b[16:], uint16(elf.ET_EXEC))
	le.PutUint16(b[18:], uint16(elf.EM_ARM))
	le.PutUint32(b[20:], 1)
	le.PutUint32(b[28:], 52) // phoff
	le.PutUint16(b[40:], 52)
	le.PutUint16(b[42:], 32)
	le.PutUint16(b[44:], 1)
	le.PutUint16(b[46:], 40)
	le.PutUint16(b[48:], 4)
	le.PutUint16(b[50:], 3)
	le.PutUint32(b[52:], 1)  // PT_LOAD
	le.PutUint32(b[68:], 88) // filesz
	le.PutUint32(b[72:], 88)
	b = append(b, 1, 2, 3, 4)                     // .text at 84
	b = append(b, bytes.Repeat([]byte{9}, 32)...) // .debug_info at 88
	b = append(b, names...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	le.PutUint32(b[32:], uint32(len(b)))
	sec := func(name, typ, flags, off, size uint32) {
		for _, w := range []uint32{name, typ, flags, 0, off, size, 0, 0, 1, 0} {
			b = le.AppendUint32(b, w)
		}
	}
	sec(0, 0, 0, 0, 0)
	sec(1, uint32(elf.SHT_PROGBITS), uint32(elf.SHF_ALLOC|elf.SHF_EXECINSTR), 84, 4)
	sec(7, uint32(elf.SHT_PROGBITS), 0, 88, 32)
	sec(19, uint32(elf.SHT_STRTAB), 0, 120, uint32(len(names)))
	return b
}

func TestTiny(t *testing.T) {
	t.Parallel()
	full := tiny()
	small, err := Debug(full)
	if err != nil {
		t.Fatal(err)
	}
	check(t, full, small)
	if bytes.Contains(small, []byte{9, 9, 9}) {
		t.Error("the debug information is still there")
	}
}

func TestNotForTheDevice(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]byte){
		"64 bit":     func(b []byte) { b[4] = 2 },
		"big endian": func(b []byte) { b[5] = 2 },
		"x86":        func(b []byte) { b[18] = 3 },
	} {
		b := tiny()
		change(b)
		if _, err := Debug(b); err == nil || !strings.Contains(err.Error(), "not a program for the MT3620") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Debug([]byte("text")); err == nil {
		t.Error("a text was stripped")
	}
}

func FuzzDebug(f *testing.F) {
	f.Add(tiny())
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := Debug(b)
		if err == nil && len(out) > 2*len(b)+(1<<16) {
			t.Fatalf("%d bytes became %d", len(b), len(out))
		}
	})
}
