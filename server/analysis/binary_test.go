package analysis

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"armillary.dev/internal/testenv"
)

func TestReadBinaryImports(t *testing.T) {
	f, err := os.Open("../../testdata/apps/blink/out/blink.out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := ReadBinary(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GPIO_OpenAsInput", "GPIO_OpenAsOutput", "EventLoop_Run"} {
		if !slices.Contains(b.Imports, want) {
			t.Errorf("%s is not among the imports %v", want, b.Imports)
		}
	}
	if slices.Contains(b.Imports, "UART_Open") {
		t.Error("UART_Open is among the imports")
	}
}

const wrapper = `typedef int GPIO_Id;
extern int GPIO_OpenAsOutput(GPIO_Id, int, int);
extern int GPIO_OpenAsInput(GPIO_Id);
int pick(int);

int led_fd, button_fd;

static inline __attribute__((always_inline)) int pin(int row) { return row * 4 + 1; }

int open_all(void) {
    led_fd = GPIO_OpenAsOutput(
        pin(2), 0, 1);
    button_fd = GPIO_OpenAsInput(pick(3));
    return led_fd;
}
`

// What the compiler has worked out is known where the sources cannot be followed.
func TestReadBinaryCalls(t *testing.T) {
	gcc := testenv.NeedCross(t)
	for _, dwarf := range []string{"-gdwarf-4", "-gdwarf-5"} {
		t.Run(dwarf, func(t *testing.T) {
			dir := t.TempDir()
			src, out := filepath.Join(dir, "main.c"), filepath.Join(dir, "app.so")
			if err := os.WriteFile(src, []byte(wrapper), 0o666); err != nil {
				t.Fatal(err)
			}
			if text, err := exec.Command(gcc, "-O1", dwarf, "-fPIC", "-shared", "-nostdlib", "-o", out, src).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			elf, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			b, err := ReadBinary(bytes.NewReader(elf))
			if err != nil {
				t.Fatal(err)
			}
			var call *BinaryCall
			for i := range b.Calls {
				if b.Calls[i].Function == "GPIO_OpenAsOutput" {
					call = &b.Calls[i]
				}
			}
			if call == nil {
				t.Fatalf("no call of GPIO_OpenAsOutput in %+v", b.Calls)
			}
			if want := []BinaryArg{{9, true}, {0, true}, {1, true}}; !slices.Equal(call.Args, want) || call.Line < 11 || call.Line > 12 || !strings.HasSuffix(call.File, "main.c") {
				t.Errorf("%+v", *call)
			}
			s := sources(t, `"Gpio": ["$LED"]`, wrapper)
			if got := lines(t, s, CheckSources(s)); len(got) != 0 {
				t.Errorf("without the program: %v", got)
			}
			s.Binary = b
			want := `AZS302 pin(2): GPIO 9, which Gpio in app_manifest.json does not list; GPIO_OpenAsOutput fails with EACCES (13) => {"Gpio": ["$LED", "$MT3620_GPIO9"]}`
			if got := lines(t, s, CheckSources(s)); len(got) != 1 || got[0] != want {
				t.Errorf("with the program: %v", got)
			}
		})
	}
}

func TestConstant(t *testing.T) {
	for _, c := range []struct {
		expr string
		want int64
		ok   bool
	}{
		{"\x38", 8, true}, {"\x08\xff", 255, true}, {"\x09\xff", -1, true}, {"\x0a\x00\x01", 256, true}, {"\x0d\xfe\xff\xff\xff", -2, true},
		{"\x0c\xff\xff\xff\xff", -1, true}, {"\x10\x80\x01", 128, true}, {"\x11\x7f", -1, true}, {"\x10\x80", 0, false}, {"\x50", 0, false},
		{"\x38\x38", 0, false}, {"", 0, false}, {"\x08", 0, false}, {"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, false},
	} {
		if got, ok := constant([]byte(c.expr)); ok != c.ok || ok && got != c.want {
			t.Errorf("%x: %d, %v", c.expr, got, ok)
		}
	}
}

// cutNumber is a program whose debug information ends inside a number, which package dwarf reads as empty entries for ever.
func cutNumber(t testing.TB, program []byte) []byte {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Clone(program)
	unit := cut[f.Section(".debug_info").Offset:]
	unit[4+binary.LittleEndian.Uint32(unit)-1] = 0x80 // the end of the first unit
	return cut
}

func TestDebugInformationThatIsCut(t *testing.T) {
	blink, err := os.ReadFile("../../testdata/apps/blink/out/blink.out")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadBinary(bytes.NewReader(cutNumber(t, blink))); err == nil || !strings.Contains(err.Error(), "entries") {
		t.Errorf("%v", err)
	}
}

func FuzzReadBinary(f *testing.F) {
	blink, err := os.ReadFile("../../testdata/apps/blink/out/blink.out")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(blink)
	f.Add(blink[:len(blink)/2])
	f.Add(cutNumber(f, blink))
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, src []byte) { _, _ = ReadBinary(bytes.NewReader(src)) })
}

// The program that the settings name is read instead of what a build has left.
func TestProgramOfSettings(t *testing.T) {
	blink, err := os.ReadFile("../../testdata/apps/blink/out/blink.out")
	if err != nil {
		t.Fatal(err)
	}
	view := fstest.MapFS{
		"app/app_manifest.json": {Data: []byte(`{"Name": "a", "Capabilities": {}}`)},
		"app/main.c":            {Data: []byte("int main(void) { return 0; }")},
		"elsewhere/blink.out":   {Data: blink},
		"app/build/app.out":     {Data: []byte("no program")},
	}
	for name, want := range map[string]bool{"": false, "elsewhere/blink.out": true, "elsewhere/none.out": false} {
		w := NewChecker().Workspace(view, []string{"app"}, Settings{Program: name})
		if b := w.Sources(w.app("app")).Binary; (b != nil && slices.Contains(b.Imports, "GPIO_OpenAsOutput")) != want {
			t.Errorf("%q: %v", name, b)
		}
	}
}
