package cli

import (
	"os"
	"path/filepath"
	"testing"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
)

// An exported SDK has every board with its header.
func TestExportedBoards(t *testing.T) {
	cleanHome(t)
	dir := t.TempDir()
	if code, _, errs := runTest(t, "sdk", "export", dir); code != ExitOK {
		t.Fatal(errs)
	}
	for _, name := range append(hwdef.Boards(), hwdef.ChipFile) {
		path := filepath.Join(dir, "HardwareDefinitions", name)
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		header, err := os.ReadFile(filepath.FromSlash(hwdef.HeaderPath(filepath.ToSlash(path))))
		if err != nil {
			t.Fatal(err)
		}
		if s := hwdef.CompareHeader(hwdef.Read(name, jsonc.Parse(src)), string(header), true); s != hwdef.HeaderCurrent {
			t.Errorf("%s: its header is %s", name, s)
		}
	}
}
