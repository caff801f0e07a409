package analysis

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
	"armillary.dev/server/csource"
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

var (
	isSource        = regexp.MustCompile(`\.(c|h|cc|cpp|hpp)$`)
	outsideSource   = regexp.MustCompile(`(?:\.\./)+[\w./-]+\.(?:c|h|cc|cpp|hpp)\b`)
	namesDefinition = regexp.MustCompile(`(?i)TARGET_DEFINITION\s+"?([\w./-]+\.json)"?|set\s*\(\s*TARGET_DEFINITION\s+"([\w./-]+\.json)"`)
	namesDirectory  = regexp.MustCompile(`TARGET_DIRECTORY\s+"([^"$]+)"`)
	namesHardware   = regexp.MustCompile(`set\s*\(\s*TARGET_HARDWARE\s+"([\w./-]+)"`)
	linksLibraries  = regexp.MustCompile(`(?s)target_link_libraries\s*\(([^)]*)\)`)
	ofTheSystem     = []string{"applibs", "pthread", "gcc_s", "c", "m", "rt", "dl", "azureiot", "curl", "wolfssl", "tlsutils", "PUBLIC", "PRIVATE", "${PROJECT_NAME}"}
)

// readSources reads an app as the audit takes it: every source below the manifest's folder that belongs to no other app and
// was not left by a build, and those outside that CMakeLists.txt names.
func readSources(t *testing.T, root, dir string) Sources {
	t.Helper()
	read := func(name string) string {
		src, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(src)
	}
	s := Sources{ManifestPath: path.Join(dir, manifest.FileName)}
	s.Manifest = manifest.Read(jsonc.ParseString(read(s.ManifestPath)))
	err := fs.WalkDir(os.DirFS(root), dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, other := os.Stat(filepath.Join(root, name, manifest.FileName))
			if name != dir && (other == nil || d.Name() == "out" || d.Name() == "build") {
				return fs.SkipDir
			}
		} else if isSource.MatchString(name) {
			s.Files = append(s.Files, csource.Read(name, read(name)))
		} else if strings.HasSuffix(name, ".rs") {
			s.Unseen = append(s.Unseen, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, dir, "CMakeLists.txt")); err != nil {
		return s
	}
	lists := read(path.Join(dir, "CMakeLists.txt"))
	for _, name := range outsideSource.FindAllString(lists, -1) {
		name = path.Join(dir, name)
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			s.Files = append(s.Files, csource.Read(name, read(name)))
		}
	}
	for _, m := range linksLibraries.FindAllStringSubmatch(lists, -1) {
		for _, lib := range strings.Fields(m[1]) {
			if !slices.Contains(ofTheSystem, lib) {
				s.Unseen = append(s.Unseen, lib)
			}
		}
	}
	s.Definitions = readDefinition(root, dir, lists)
	return s
}

// readDefinition finds the hardware definition of an app in the same repository.
func readDefinition(root, dir, lists string) *hwdef.Set {
	m := namesDefinition.FindStringSubmatch(lists)
	if m == nil {
		return nil
	}
	name := m[1] + m[2]
	var dirs []string
	if d := namesDirectory.FindStringSubmatch(lists); d != nil {
		dirs = append(dirs, path.Join(dir, d[1]))
	}
	board := ""
	if h := namesHardware.FindStringSubmatch(lists); h != nil {
		board = h[1]
	}
	for up := dir; ; up = path.Dir(up) {
		dirs = append(dirs, path.Join(up, "HardwareDefinitions", board))
		if up == "." {
			break
		}
	}
	for _, d := range dirs {
		set, err := hwdef.Load(path.Join(d, name), func(p string) (*hwdef.Definition, error) {
			src, err := os.ReadFile(filepath.Join(root, p))
			if err != nil {
				return nil, err
			}
			return hwdef.Read(p, jsonc.Parse(src)), nil
		}, nil)
		if err == nil {
			return set
		}
	}
	return nil
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
			s := readSources(t, root, dir)
			if len(s.Files) > 0 {
				withFiles++
			}
			if s.Definitions != nil {
				resolved++
			}
			app := path.Base(repo.name) + "/" + dir
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
						t.Logf("%s: %s %s", app, f.Rule.Code, f.Message)
						continue
					}
					missing[app] = missing[app] || !strings.HasSuffix(file, ".cpp")
					rel := strings.TrimPrefix(file, dir+"/")
					line := strings.Count(src[:f.Span.Start], "\n") + 1
					function, _, _ := strings.Cut(f.Message, " ")
					lines = append(lines, strings.Join([]string{app, f.Rule.Code, function, fmt.Sprintf("%s:%d", rel, line), strings.TrimPrefix(f.Pointer, "/Capabilities/")}, "\t"))
				}
			}
		}
	}
	t.Logf("%d high-level apps, %d with C sources, %d with their hardware definition; %d apps miss something, %d hints", apps, withFiles, resolved, len(missing), hints)
	var inC []string
	for app, c := range missing {
		if c {
			inC = append(inC, app)
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
