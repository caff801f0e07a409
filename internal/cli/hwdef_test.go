package cli

import (
	"os"
	"path/filepath"
	"strings"
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

// hwdef header --check of a folder and check say the same about every header.
func TestHeaderCheckAgrees(t *testing.T) {
	definition := func(name, top string) string {
		return `{ "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 }, "Description": { "Name": "` + name +
			`", "MainCoreHeaderFileTopContent": [` + top + `] }, "Imports": [ { "Path": "mt3620.json" } ], "Peripherals": [ { "Name": "LAMP", "Type": "Gpio", "Mapping": "MT3620_GPIO8" } ] }`
	}
	home(t)
	for _, name := range []string{"current", "stale", "edited", "missing"} {
		write(t, name+"/"+name+".json", definition(name, `"// Ours"`))
		if code, _, errs := runCLI(t, "hwdef", "header", name); code != ExitOK {
			t.Fatalf("%s: %d %s", name, code, errs)
		}
	}
	write(t, "unwanted/unwanted.json", definition("unwanted", ""))
	write(t, "stale/stale.json", strings.Replace(definition("stale", `"// Ours"`), "LAMP", "LIGHT", 1))
	header, err := os.ReadFile("edited/inc/hw/edited.h")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "edited/inc/hw/edited.h", strings.Replace(string(header), "#define LAMP", "int ours;\n#define LAMPS", 1))
	if err := os.Remove("missing/inc/hw/missing.h"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"current": "", "stale": "AZS220", "edited": "AZS221", "missing": "AZS220", "unwanted": ""} {
		code, out, _ := runCLI(t, "hwdef", "header", "--check", name)
		_, found, errs := runCLI(t, "check", "--format", "short", name)
		if (code == ExitFindings) != (want != "") || code > ExitFindings || strings.Contains(found, "[AZS22") != (want != "") || !strings.Contains(found, want) {
			t.Errorf("%s: %s wanted; header --check ends with %d\n%s\ncheck says\n%s%s", name, want, code, out, found, errs)
		}
	}
	code, out, errs := runCLI(t, "hwdef", "header", "--check", ".")
	if code != ExitFindings || strings.Count(out, "\n") != 4 || !strings.Contains(out, filepath.FromSlash("stale/inc/hw/stale.h: stale")) {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	write(t, "broken.json", strings.Replace(definition("broken", `"// Ours"`), `"Type"`, `"Type`, 1))
	if code, out, errs := runCLI(t, "hwdef", "header", "--check", "none.json", "."); code != ExitFailed || strings.Count(out, "\n") != 4 || !strings.Contains(errs, "none.json: there is no such file") {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	if code, _, errs := runCLI(t, "hwdef", "header", "--check", t.TempDir()); code != ExitFailed || !strings.Contains(errs, "no hardware definition") {
		t.Errorf("a folder without definitions: %d %s", code, errs)
	}
	if code, _, errs := runCLI(t, "hwdef", "header", "--stdout", "."); code != ExitUsage {
		t.Errorf("--stdout of a folder: %d %s", code, errs)
	}
}

// A program is run with a board as well as with a file.
func TestAppOfBoard(t *testing.T) {
	home(t)
	write(t, "app/app_manifest.json", `{"SchemaVersion":1,"Name":"a","ComponentId":"2f074b0f-d99d-4692-82d9-ef93a7d6463c","EntryPoint":"/bin/app","CmdArgs":[],"Capabilities":{"Gpio":["$AVNET_MT3620_SK_USER_LED_RED"]}}`)
	a, err := openApp(diskFS(), "app", "avnet_mt3620_sk")
	if err != nil || a.Definitions == nil || a.Definitions.Target.Path != "avnet_mt3620_sk.json" {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := openApp(diskFS(), "app", "no_such_board"); err == nil || !strings.Contains(err.Error(), "no_such_board") {
		t.Errorf("%v", err)
	}
}
