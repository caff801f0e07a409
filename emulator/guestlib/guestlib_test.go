package guestlib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// The texts are for GNU as in unified syntax and for ours at once.
var same = []string{
	"push {r4, lr}", "push {r0-r7}", "push {r4-r11, lr}", "push {r8}", "pop {r8}", "pop {lr}",
	"pop {r4, pc}", "pop {r0, r1}", "pop {r4-r11, pc}",
	"mov r0, r1", "mov r8, r0", "mov sp, r7", "movw r0, #65535", "movw r9, #4660", "movt r3, #43981",
	"cmp r0, #0", "cmp r7, #255", "cmp ip, #0", "cmp r1, r2", "cmp r9, r2", "cmn r0, #4096", "cmn r1, #1",
	"ldr r0, [r1]", "ldr r0, [r1, #124]", "ldr r0, [r1, #128]", "ldr r0, [sp, #8]", "ldr r9, [sp, #8]", "ldr r0, [r9, #4095]",
	"str r0, [r1]", "str r7, [sp, #1020]", "str r7, [r3, #2048]",
	"add sp, #8", "sub sp, #508", "bx lr", "blx r3", "svc #161", "udf #1", "nop", "dmb ish",
}

func TestAssemblerAgreesWithGNU(t *testing.T) {
	as := testenv.NeedTool(t, "arm-linux-gnueabihf-as", "apt-get install binutils-arm-linux-gnueabihf")
	objcopy := testenv.NeedTool(t, "arm-linux-gnueabihf-objcopy", "apt-get install binutils-arm-linux-gnueabihf")
	// Forms that GNU spells otherwise: ours on the left.
	differ := [][2]string{
		{"add r0, r1, #4", "addw r0, r1, #4"}, {"sub r8, r8, #4095", "subw r8, r8, #4095"}, {"add r0, #1", "addw r0, r0, #1"},
		{"add r0, r1, r2", "add.w r0, r1, r2"}, {"sub r0, r1, r9", "sub.w r0, r1, r9"},
		{"mov r0, #5", "movs r0, #5"}, {"mov r9, #5", "movw r9, #5"}, {"mov r0, #300", "movw r0, #300"}, {"mov r0, #-1", "mvn r0, #0"},
		{"ldrb r0, [r1, #1]", "ldrb.w r0, [r1, #1]"}, {"strb r9, [r1, #3]", "strb.w r9, [r1, #3]"},
		{"gettls r3", "mrc p15, 0, r3, c13, c0, 3"},
		{"b x\nx: nop", "b.w x\nx: nop"}, {"x: nop\nb x", "x: nop\nb.w x"}, {"x: nop\nbne x", "x: nop\nbne.w x"}, {"bge x\nnop\nx: nop", "bge.w x\nnop\nx: nop"},
		{"x: nop\nbl x", "x: nop\nbl x"}, {"cbz r3, x\nnop\nx: nop", "cbz r3, x\nnop\nx: nop"}, {"cbnz r0, x\nnop\nnop\nx: nop", "cbnz r0, x\nnop\nnop\nx: nop"},
		{"push {r4, lr}\ncbz r0, x\npop {r4, pc}\nx: nop", "push {r4, lr}\ncbz r0, x\npop {r4, pc}\nx: nop"},
	}
	all := differ
	for _, s := range same {
		all = append(all, [2]string{s, s})
	}
	dir := t.TempDir()
	var src strings.Builder
	src.WriteString(".syntax unified\n.arch armv7-a\n.thumb\n")
	for i, p := range all {
		p[1] = strings.ReplaceAll(strings.ReplaceAll(p[1], "x:", fmt.Sprintf("x%d:", i)), " x\n", fmt.Sprintf(" x%d\n", i))
		if strings.HasSuffix(p[1], " x") {
			p[1] = p[1][:len(p[1])-1] + fmt.Sprintf("x%d", i)
		}
		fmt.Fprintf(&src, "%s\n", p[1])
	}
	s, o, bin := filepath.Join(dir, "a.s"), filepath.Join(dir, "a.o"), filepath.Join(dir, "a.bin")
	if err := os.WriteFile(s, []byte(src.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(as, "-o", o, s).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(objcopy, "-O", "binary", "-j", ".text", o, bin).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		c, err := assemble(p[0])
		if err != nil {
			t.Errorf("%q: %v", p[0], err)
			continue
		}
		if !bytes.HasPrefix(want, c.text) {
			t.Fatalf("%q: ours % x, GNU % x", p[0], c.text, want[:min(len(want), len(c.text)+2)])
		}
		want = want[len(c.text):]
	}
	if len(want) > 2 {
		t.Errorf("%d bytes left over", len(want))
	}
}

func TestAssemblerRefuses(t *testing.T) {
	for src, want := range map[string]string{
		"frob r0":             `unknown instruction "frob"`,
		"push {sp}":           "cannot push sp or pc",
		"mov r0, #70000":      "does not fit",
		"ldr r0, [r1, #5000]": "outside 0..4095",
		"b\n":                 "takes 1 operands",
		"bx lr\nlater: nop":   "nothing before says what the frame is",
		"beq nowhere":         "no label",
		"add sp, #3":          "multiple of 4",
		"mov r16, r0":         "not a register",
		"cmp r0, #0x12345":    "no modified immediate",
	} {
		if _, err := assemble(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", src, err, want)
		}
	}
}

func sample() *Library {
	return &Library{
		SONAME: "libsample.so.0", SVC: 0xA1,
		Functions: []Function{
			{Name: "Sample_One", Go: func(c *Call) { c.Return(1) }, Aliases: []string{"Sample_Uno"}},
			{Name: "Sample_Missing", Status: Unsupported, Result: -1, Note: "answers ENOSYS"},
			{Name: "next", Service: true, Go: func(c *Call) { c.Return(0) }},
			{Name: "Sample_Loop", Asm: `
				push {r4, r5, lr}
				sub sp, #12
				mov r4, r0
			again:
				call next
				cbz r0, done
				blx r1
				b again
			done:
				got r3, sample_counter
				ldr r0, [r3]
				addr r2, Sample_One
				add sp, #12
				pop {r4, r5, pc}`},
			{Name: "__armillary_restore", SignalFrame: 160, Asm: "mov r7, #173\nsvc #0\nudf #0"},
		},
		Objects: []Object{{Name: "sample_counter", Size: 4, Init: []byte{7}},
			{Name: "sample_table", Size: 8, Pointers: map[int]string{4: "Sample_One", 0: "hidden"}},
			{Name: "hidden", Size: 16, Local: true}},
	}
}

func TestLinkedFileReadsAsELF(t *testing.T) {
	img, err := sample().Build()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(img.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := f.DynString(elf.DT_SONAME); len(s) != 1 || s[0] != "libsample.so.0" {
		t.Errorf("SONAME %q", s)
	}
	dyn, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]elf.Symbol{}
	for _, s := range dyn {
		got[s.Name] = s
	}
	for _, n := range []string{"Sample_One", "Sample_Uno", "Sample_Missing", "Sample_Loop", "sample_counter", "sample_table", "__errno_location"} {
		if _, ok := got[n]; !ok {
			t.Errorf("no dynamic symbol %s", n)
		}
	}
	for _, n := range []string{"next", "hidden", SetErrno, "__armillary_restore"} {
		if _, ok := got[n]; ok {
			t.Errorf("%s is exported", n)
		}
	}
	if s := got["Sample_One"]; s.Value&1 == 0 || s.Size != 12 || elf.ST_TYPE(s.Info) != elf.STT_FUNC {
		t.Errorf("Sample_One: %+v", s)
	}
	if s := got["__errno_location"]; s.Section != elf.SHN_UNDEF {
		t.Errorf("__errno_location: %+v", s)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, s := range syms {
		names[s.Name] = true
	}
	if !names[SetErrno] || !names["__armillary_restore"] {
		t.Errorf("symtab lacks the library's own functions: %v", names)
	}
}

func TestLinkingIsRepeatable(t *testing.T) {
	a, err := sample().Build()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if b, _ := sample().Build(); !bytes.Equal(a.Bytes, b.Bytes) {
			t.Fatal("the same table gave another file")
		}
	}
}

func TestTablesWithMistakesAreRefused(t *testing.T) {
	for want, lib := range map[string]*Library{
		"belongs to Linux": {SONAME: "a"},
		"is there twice":   {SONAME: "a", SVC: 1, Functions: []Function{{Name: "f"}, {Name: "f"}}},
		"no service":       {SONAME: "a", SVC: 1, Functions: []Function{{Name: "f", Asm: "call nobody\nbx lr"}}},
		"no label or func": {SONAME: "a", SVC: 1, Functions: []Function{{Name: "f", Asm: "b nowhere"}}},
		"unknown instruct": {SONAME: "a", SVC: 1, Functions: []Function{{Name: "f", Asm: "frob"}}},
		"pointer to unkno": {SONAME: "a", SVC: 1, Objects: []Object{{Name: "o", Size: 4, Pointers: map[int]string{0: "x"}}}},
		"pointer at 4 is":  {SONAME: "a", SVC: 1, Objects: []Object{{Name: "o", Size: 4, Pointers: map[int]string{4: "o"}}}},
	} {
		if _, err := lib.Build(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestGnuHashFindsEverySymbol(t *testing.T) {
	img, err := sample().Build()
	if err != nil {
		t.Fatal(err)
	}
	f, _ := elf.NewFile(bytes.NewReader(img.Bytes))
	dyn, _ := f.DynamicSymbols()
	table, _ := f.Section(".gnu.hash").Data()
	w := func(i uint32) uint32 { return binary.LittleEndian.Uint32(table[4*i:]) }
	buckets, first, words := w(0), w(1), w(2)
	for i, s := range dyn {
		if s.Section == elf.SHN_UNDEF {
			continue
		}
		h := gnuHash(s.Name)
		bloom := w(4 + h/32%words)
		if bloom>>(h%32)&1 == 0 || bloom>>(h>>6%32)&1 == 0 {
			t.Errorf("%s is not in the bloom filter", s.Name)
		}
		found := false
		for n := w(4 + words + h%buckets); n != 0; n++ {
			c := w(4 + words + buckets + n - first)
			if c|1 == h|1 && int(n) == i+1 {
				found = true
			}
			if c&1 == 1 {
				break
			}
		}
		if !found {
			t.Errorf("%s is not in its chain", s.Name)
		}
	}
}

func TestReadelfAcceptsEverything(t *testing.T) {
	readelf := testenv.NeedTool(t, "arm-linux-gnueabihf-readelf", "apt-get install binutils-arm-linux-gnueabihf")
	img, err := sample().Build()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "libsample.so.0")
	if err := os.WriteFile(path, img.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(readelf, "-a", "-W", "--debug-dump=frames", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	for _, bad := range []string{"Warning", "Error", "corrupt"} {
		if strings.Contains(text, bad) {
			t.Errorf("readelf says %s:\n%s", bad, text)
		}
	}
	for _, want := range []string{"DW_CFA_def_cfa_offset: 24", "DW_CFA_offset: r14 at cfa-4", "DW_CFA_offset_extended_sf: r15 at cfa+220"} {
		if !strings.Contains(text, want) {
			t.Errorf("readelf does not show %q:\n%s", want, text)
		}
	}
}
