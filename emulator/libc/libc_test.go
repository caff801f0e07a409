package libc

import (
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/internal/testenv"
)

func TestTablesAreWhole(t *testing.T) {
	for _, lib := range Libraries() {
		img, err := lib.Build()
		if err != nil {
			t.Fatal(err)
		}
		for i := range lib.Functions {
			f := &lib.Functions[i]
			if f.Status != guestlib.Supported && f.Note == "" {
				t.Errorf("%s is %s without a note", f.Name, f.Status)
			}
			if f.Go == nil && f.Asm == "" && f.Status != guestlib.Unsupported {
				t.Errorf("%s does nothing", f.Name)
			}
			if _, ok := img.Symbols[f.Name]; !ok && !f.Service {
				t.Errorf("%s is not in the file", f.Name)
			}
		}
	}
}

// missing are functions that published apps import and this library leaves to a sysroot: processes and directories.
var missing = []string{"closedir", "execl", "fdopendir", "fork", "readdir", "readlinkat"}

func TestWhatPublishedAppsImport(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testenv.Shared(t), "facts", "applibs.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "### libc (161)")
	section, _, _ = strings.Cut(section, "### ")
	have := map[string]bool{}
	for _, f := range library().Functions {
		have[f.Name] = true
		for _, a := range f.Aliases {
			have[a] = true
		}
	}
	for _, o := range library().Objects {
		have[o.Name] = true
	}
	var lacking []string
	n := 0
	for _, m := range regexp.MustCompile(`\*\*\d+\*\*: (.*)`).FindAllStringSubmatch(section, -1) {
		for _, name := range strings.Fields(m[1]) {
			n++
			if !have[name] {
				lacking = append(lacking, name)
			}
		}
	}
	sort.Strings(lacking)
	if n != 161 || strings.Join(lacking, " ") != strings.Join(missing, " ") {
		t.Errorf("%d imports, lacking %q", n, lacking)
	}
}

func TestHeapJoinsWhatIsFreed(t *testing.T) {
	h := newHeap()
	h.release(span{0x1000, 0x400})
	h.release(span{0x2000, 0x100})
	h.release(span{0x1400, 0xC00})
	if len(h.free) != 1 || h.free[0] != (span{0x1000, 0x1100}) {
		t.Fatalf("%+v", h.free)
	}
	a, b, c := h.alloc(nil, 100), h.alloc(nil, 1), h.alloc(nil, 0x200)
	if a%16 != 0 || b != a+112 || c != b+16 {
		t.Fatalf("%#x %#x %#x", a, b, c)
	}
}
