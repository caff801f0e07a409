package cmake

import (
	"flag"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// listsBelow returns the CMakeLists.txt of a checkout that a variable of the environment names.
func listsBelow(t *testing.T, variable, repository string) (fs.FS, []string) {
	t.Helper()
	fsys := os.DirFS(testenv.NeedEnv(t, variable, "a checkout of "+repository))
	var names []string
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && path.Base(name) == listsFile {
			names = append(names, name)
		}
		return nil
	})
	return fsys, names
}

// Every CMakeLists.txt is read without a syntax error, and in whole.
func testChecked(t *testing.T, fsys fs.FS, names []string) {
	for _, name := range names {
		p := Read(fsys, path.Dir(name))
		if !p.Found || p.Incomplete != "" {
			t.Errorf("%s: %v %s", name, p.Err, p.Incomplete)
		}
		for _, f := range p.Files {
			for _, e := range f.Errors {
				t.Errorf("%s:%d: %s", f.Path, f.Line(e.Span.Start), e.Msg)
			}
		}
	}
}

// In every sample the hardware definition that its CMakeLists.txt names is found, with no SDK and no build.
func TestSamples(t *testing.T) {
	fsys, names := listsBelow(t, "ARMILLARY_SAMPLES", "Azure/azure-sphere-samples")
	if len(names) < 38 {
		t.Errorf("%d CMakeLists.txt, want 38", len(names))
	}
	testChecked(t, fsys, names)
	defined := 0
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			t.Fatal(err)
		}
		p := Read(fsys, path.Dir(name))
		if want := strings.Contains(string(src), "\nazsphere_target_hardware_definition("); want != (len(p.HardwareDefinitions) == 1) {
			t.Errorf("%s: %d hardware definitions", name, len(p.HardwareDefinitions))
			continue
		} else if !want {
			continue
		}
		defined++
		h := p.HardwareDefinitions[0]
		if h.When != "" || h.Definition == nil || !h.Definition.Known() || len(h.Directories) != 1 || !h.Directories[0].Known() {
			t.Errorf("%s: %+v", name, h)
			continue
		}
		if file := path.Join(Path(h.Dir, h.Directories[0].Text), h.Definition.Text); !strings.Contains(file, "HardwareDefinitions/") {
			t.Errorf("%s: %s", name, file)
		} else if _, err := fs.Stat(fsys, file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Logf("%d of %d name a hardware definition", defined, len(names))
	if defined < 25 {
		t.Errorf("%d samples name a hardware definition, want 25", defined)
	}
}

func TestGallery(t *testing.T) {
	fsys, names := listsBelow(t, "ARMILLARY_GALLERY", "Azure/azure-sphere-gallery")
	if len(names) < 35 {
		t.Errorf("%d CMakeLists.txt, want 35", len(names))
	}
	testChecked(t, fsys, names)
}
