package applibs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/internal/testenv"
)

func TestTableIsWhole(t *testing.T) {
	lib := Library()
	img, err := lib.Build()
	if err != nil {
		t.Fatal(err)
	}
	for i := range lib.Functions {
		f := &lib.Functions[i]
		if f.Status != guestlib.Supported && f.Note == "" {
			t.Errorf("%s is %s without a note", f.Name, f.Status)
		}
		if f.Go == nil && f.Asm == "" {
			t.Errorf("%s does nothing", f.Name)
		}
		if _, ok := img.Symbols[f.Name]; !ok && !f.Service {
			t.Errorf("%s is not in the file", f.Name)
		}
	}
	var s strings.Builder
	if err := lib.WriteSupport(&s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GPIO_SetValue ", "I2CMaster_Open ", "unsupported"} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("the support table lacks %q", want)
		}
	}
	if strings.Contains(s.String(), "eventloop.next") || strings.Contains(s.String(), "__armillary") {
		t.Error("the support table shows the library's own machinery")
	}
}

// Every import of facts/applibs.md is in the table, and its group is the header named there.
func TestEveryDocumentedImportIsThere(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testenv.Shared(t), "facts", "applibs.md"))
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]string{}
	for _, f := range Library().Functions {
		have[f.Name] = f.Group
	}
	header, n := "", 0
	head, row := regexp.MustCompile(`^### (\S+\.h)`), regexp.MustCompile(`^\| (\w+) \| .*? \| import \|`)
	for _, line := range strings.Split(string(b), "\n") {
		if m := head.FindStringSubmatch(line); m != nil {
			header = m[1]
		}
		m := row.FindStringSubmatch(line)
		if m == nil || header == "deviceauth_curl.h" {
			continue
		}
		n++
		if g, ok := have[m[1]]; !ok {
			t.Errorf("%s of %s is missing", m[1], header)
		} else if g != header {
			t.Errorf("%s is said to be of %s, not %s", m[1], g, header)
		}
	}
	if n < 100 {
		t.Errorf("only %d imports read", n)
	}
	for _, name := range []string{"__z_azsp_open", "z__Applications_GetOsVersion"} {
		if _, ok := have[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
}
