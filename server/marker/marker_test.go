package marker

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
)

var update = flag.Bool("update", false, "rewrite the goldens of the cases")

func TestMarkers(t *testing.T) {
	for _, name := range archives(t, "testdata") {
		t.Run(strings.TrimSuffix(name, ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := load(t, name)
			for _, p := range c.run(t.TempDir(), *update, quiet(t)) {
				t.Error(p)
			}
			if *update {
				if err := c.save(filepath.Join("testdata", name)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// quiet logs the conversation only when the test is run with -v.
func quiet(t *testing.T) func(format string, args ...any) {
	if testing.Verbose() {
		return t.Logf
	}
	return func(string, ...any) {}
}

// archives lists the cases below a folder, by their names in it.
func archives(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(p) == ".txtar" {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	return names
}

func load(t *testing.T, name string) *testCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return readCase(name, data)
}

// save writes the goldens back into the archive.
func (c *testCase) save(path string) error {
	changed := false
	for _, name := range slices.Sorted(maps.Keys(c.goldens)) {
		switch g := c.goldens[name]; {
		case g.at < 0 && g.asked:
			c.archive.Files = append(c.archive.Files, txtar.File{Name: "@" + name, Data: []byte(g.text)})
			changed = true
		case g.at >= 0 && string(c.archive.Files[g.at].Data) != g.text:
			c.archive.Files[g.at].Data = []byte(g.text)
			changed = true
		}
	}
	if !changed {
		return nil
	}
	return os.WriteFile(path, txtar.Format(c.archive), 0o644)
}

// ruleTables lists the tables of rules. A package that has one is added here.
var ruleTables = []func() []*rule.Rule{
	manifest.Rules,
}

// pending are rules whose case is not written yet.
var pending = []string{
	"AZS001", "AZS002", "AZS003", "AZS004", "AZS005", "AZS006", "AZS007", "AZS008", "AZS010", "AZS011",
	"AZS012", "AZS013", "AZS014", "AZS015", "AZS016", "AZS017", "AZS019", "AZS020", "AZS021", "AZS022",
	"AZS023", "AZS024", "AZS025", "AZS027", "AZS028", "AZS029", "AZS030", "AZS040", "AZS041", "AZS042",
	"AZS043", "AZS044", "AZS045", "AZS046", "AZS047", "AZS048", "AZS049", "AZS051", "AZS052", "AZS053",
	"AZS054", "AZS055", "AZS056", "AZS057", "AZS058", "AZS059", "AZS060", "AZS061", "AZS062", "AZS064",
	"AZS065", "AZS066", "AZS067", "AZS068", "AZS069", "AZS070", "AZS071", "AZS072", "AZS073", "AZS100",
	"AZS101", "AZS102", "AZS103", "AZS120", "AZS121", "AZS122", "AZS123", "AZS124", "AZS125", "AZS126",
	"AZS127",
}

// TestEveryRule holds that each rule has a case of its name that shows where it speaks and where it does not, its
// fix, and the device's number if there is one.
func TestEveryRule(t *testing.T) {
	left := archives(t, filepath.Join("testdata", "rules"))
	for _, table := range ruleTables {
		for _, r := range table() {
			name := strings.ToLower(r.Code) + ".txtar"
			at := slices.Index(left, name)
			if waits := slices.Contains(pending, r.Code); waits != (at < 0) {
				t.Errorf("%s: has a case: %v, is pending: %v", r.Code, at >= 0, waits)
			}
			if at < 0 {
				continue
			}
			left = slices.Delete(left, at, at+1)
			verbs := map[string]bool{}
			for _, m := range load(t, "rules/"+name).marks {
				for _, v := range m.args {
					if v.str == r.Code {
						verbs[m.verb.name] = true
					}
				}
			}
			wants := []string{"diag", "ok"}
			if r.Fix != "" {
				wants = append(wants, "fix")
			}
			if r.Refuses.Code != 0 {
				wants = append(wants, "device")
			}
			for _, want := range wants {
				if !verbs[want] {
					t.Errorf("rules/%s has no @%s for %s", name, want, r.Code)
				}
			}
		}
	}
	for _, name := range left {
		t.Errorf("rules/%s belongs to no rule of ruleTables", name)
	}
}
