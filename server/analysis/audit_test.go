package analysis

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// highLevelApps returns the folders below root with the manifest of a high-level app, relative to root.
func highLevelApps(t *testing.T, root string) []string {
	t.Helper()
	var dirs []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == manifest.FileName {
			src, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				return err
			}
			if !manifest.Read(jsonc.Parse(src)).RealTime {
				dirs = append(dirs, path.Dir(name))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// The audit over the public samples: what it says at warning or above is in a golden file, each line with why it is right.
// facts/manifest.md 3.2 names the four apps in C that miss something.
func TestSourceAudit(t *testing.T) {
	var lines []string
	apps, withFiles, resolved, hints := 0, 0, 0, 0
	missing := map[string]bool{} // by app: only files in C are concerned
	for _, repo := range []struct{ env, name string }{{"ARMILLARY_SAMPLES", "Azure/azure-sphere-samples"}, {"ARMILLARY_GALLERY", "Azure/azure-sphere-gallery"}} {
		root := testenv.NeedEnv(t, repo.env, "set it to a checkout of "+repo.name)
		for _, dir := range highLevelApps(t, root) {
			apps++
			app, err := project.OpenApp(os.DirFS(root), dir, project.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := ReadSources(os.DirFS(root), app, nil)
			if len(s.Files) > 0 {
				withFiles++
			}
			if s.Definitions != nil {
				resolved++
			}
			name := path.Base(repo.name) + "/" + dir
			findings := CheckSources(s)
			for _, file := range slices.Sorted(maps.Keys(findings)) {
				src := s.Manifest.File.Src
				for _, f := range s.Files {
					if f.Path == file {
						src = f.Src
					}
				}
				for _, f := range findings[file] {
					if f.Severity > rule.Warning {
						hints++
						t.Logf("%s: %s %s", name, f.Rule.Code, f.Message)
						continue
					}
					missing[name] = missing[name] || !strings.HasSuffix(file, ".cpp")
					rel := strings.TrimPrefix(file, dir+"/")
					line := strings.Count(src[:f.Span.Start], "\n") + 1
					function, _, _ := strings.Cut(f.Message, " ")
					lines = append(lines, strings.Join([]string{name, f.Rule.Code, function, fmt.Sprintf("%s:%d", rel, line), strings.TrimPrefix(f.Pointer, "/Capabilities/")}, "\t"))
				}
			}
		}
	}
	t.Logf("%d high-level apps, %d with C sources, %d with their hardware definition; %d apps miss something, %d hints", apps, withFiles, resolved, len(missing), hints)
	var inC []string
	for name, c := range missing {
		if c {
			inC = append(inC, name)
		}
	}
	slices.Sort(inC)
	want := []string{
		"azure-sphere-gallery/IndustrialDeviceController/Software/HighLevelApp", "azure-sphere-samples/Samples/LoggingToAzure",
		"azure-sphere-samples/Samples/SystemTime", "azure-sphere-samples/Samples/WiFi/WiFi_HighLevelApp",
	}
	if !slices.Equal(inC, want) {
		t.Errorf("apps in C that miss something: %v\nwant %v", inC, want)
	}
	if apps < 66 {
		t.Errorf("%d high-level apps are too few", apps)
	}
	checkAudit(t, lines)
}

// checkAudit compares lines with the golden file, whose last column says why a line is right.
func checkAudit(t *testing.T, lines []string) {
	t.Helper()
	const golden = "testdata/source_audit.tsv"
	const head = "app\tcode\tfunction\tplace\tmissing\twhy"
	old, err := os.ReadFile(golden)
	if err != nil && !*update {
		t.Fatal(err)
	}
	why := map[string]string{}
	for line := range strings.Lines(string(old)) {
		line = strings.TrimRight(line, "\n")
		if at := strings.LastIndexByte(line, '\t'); at >= 0 && line != head {
			why[line[:at]] = line[at+1:]
		}
	}
	out := head + "\n"
	for _, l := range lines {
		out += l + "\t" + why[l] + "\n"
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if out != string(old) {
		t.Errorf("the findings differ from %s; run with -update and say in the last column why a new one is right:\n%s", golden, out)
	}
	for l, w := range why {
		if w == "" {
			t.Errorf("nothing says why this is right: %s", l)
		}
	}
}
