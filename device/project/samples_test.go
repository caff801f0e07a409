package project

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// checkout opens the apps of a checkout that a variable of the environment names.
func checkout(t *testing.T, variable, repository string) (fs.FS, []*App) {
	t.Helper()
	fsys := os.DirFS(testenv.NeedEnv(t, variable, "a checkout of "+repository))
	dirs, err := FindApps(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	var apps []*App
	for _, dir := range dirs {
		a, err := OpenApp(fsys, dir, Options{})
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		apps = append(apps, a)
	}
	return fsys, apps
}

// In every sample the definition that CMakeLists.txt names is found and resolves the names of the manifest, without an SDK.
func TestSamplesTarget(t *testing.T) {
	fsys, apps := checkout(t, "ARMILLARY_SAMPLES", "Azure/azure-sphere-samples")
	named := 0
	for _, a := range apps {
		if len(a.Sources(fsys)) == 0 {
			t.Errorf("%s: no sources", a.Dir)
		}
		for _, s := range a.Sources(fsys) {
			if _, err := fs.Stat(fsys, s); err != nil && !strings.Contains(s, "/iperf/") { // a submodule
				t.Errorf("%s: %v", a.Dir, err)
			}
		}
		if want := map[bool]Toolchain{false: HighLevel, true: RealTime}[a.Manifest.RealTime]; a.CMake != nil && a.Toolchain() != want {
			t.Errorf("%s is built with the %s toolchain", a.Dir, a.Toolchain())
		}
		if a.HardwareDefinition() == nil {
			continue
		}
		named++
		if a.Definitions == nil || !a.Definitions.Complete() || !strings.Contains(a.DefinitionPath, "HardwareDefinitions/") {
			t.Errorf("%s: %q %+v", a.Dir, a.DefinitionPath, a.NoDefinitions)
		}
		for _, f := range a.Findings {
			if strings.HasPrefix(f.Rule.Code, "AZS12") {
				t.Logf("%s: %s %s", a.Dir, f.Rule.Code, f.Message)
			}
		}
	}
	if named != 25 {
		t.Errorf("%d apps name a definition, want 25", named)
	}
}

// In the gallery the definitions are those of boards; what is missing is missing in the gallery too.
func TestGalleryTarget(t *testing.T) {
	fsys, apps := checkout(t, "ARMILLARY_GALLERY", "Azure/azure-sphere-gallery")
	named := 0
	for _, a := range apps {
		if a.HardwareDefinition() == nil {
			continue
		}
		named++
		if _, err := fs.Stat(fsys, path.Join(a.Dir, "HardwareDefinitions")); a.Dir == "CO2_MonitorHealthySpaces/src" && err != nil {
			continue // a submodule that is not checked out
		}
		if a.Definitions == nil {
			t.Errorf("%s: %+v", a.Dir, a.NoDefinitions)
		}
		for _, s := range a.Sources(fsys) {
			if _, err := fs.Stat(fsys, s); err != nil {
				t.Logf("%s: %s is not there", a.Dir, path.Base(s)) // submodules
			}
		}
	}
	t.Logf("%d of %d apps name a definition", named, len(apps))
}
