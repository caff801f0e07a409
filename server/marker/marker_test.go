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

	"armillary.dev/server/analysis"
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

// TestEveryRule holds that each rule has a case of its name that shows where it speaks and where it does not, its
// fix, and the device's number if there is one.
func TestEveryRule(t *testing.T) {
	left := archives(t, filepath.Join("testdata", "rules"))
	for _, r := range analysis.Rules() {
		name := strings.ToLower(r.Code) + ".txtar"
		at := slices.Index(left, name)
		if at < 0 {
			t.Errorf("%s has no case", r.Code)
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
	for _, name := range left {
		t.Errorf("rules/%s belongs to no rule of analysis.Rules", name)
	}
}
