package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/config"
	"armillary.dev/internal/testenv"
	"armillary.dev/server/analysis"
)

// TestCISnippets runs every check that the documentation and the pre-commit hooks show, in the order in which they are
// shown, in a folder with an app that has mistakes. A snippet that is wrong usage or cannot do its work fails.
func TestCISnippets(t *testing.T) {
	root := testenv.Root(t)
	t.Setenv("GITHUB_ACTIONS", "")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"app/app_manifest.json": wrongManifest,
		"hardware/board.json":   `{ "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 }, "Imports": [], "Peripherals": [] }`,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, doc := range []struct {
		file  string
		least int // fewer command lines than this are not all that the file shows
	}{{"docs/ci.md", 15}, {"README.md", 2}, {".pre-commit-hooks.yaml", 2}} {
		lines := commandLines(t, filepath.Join(root, filepath.FromSlash(doc.file)))
		if len(lines) < doc.least {
			t.Errorf("%s: only %d command lines are found: %v", doc.file, len(lines), lines)
		}
		for _, args := range lines {
			if slices.Contains(args, "--watch") { // it would not end
				if err := newCheck(streams{}).ParseFlags(args[1:]); err != nil {
					t.Errorf("%s: armillary %s: %v", doc.file, strings.Join(args, " "), err)
				}
				continue
			}
			var out, errw bytes.Buffer
			stdin := strings.NewReader(wrongManifest)
			if code := run(t.Context(), args, streams{stdin, &out, &errw}); code != ExitOK && code != ExitFindings {
				t.Errorf("%s: armillary %s: exit code %d: %s", doc.file, strings.Join(args, " "), code, errw.String())
			}
		}
	}
	for _, made := range []string{"armillary.sarif", "armillary.xml", "gl-code-quality-report.json", ".armillary-baseline.json"} {
		if info, err := os.Stat(made); err != nil || info.Size() == 0 {
			t.Errorf("%s, which the snippets speak of, is not made: %v", made, err)
		}
	}
}

// commandLines are the checks in a file's text, without the program's name.
func commandLines(t *testing.T, file string) [][]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".md") { // prose speaks of check too
		data = regexp.MustCompile("(?m)^.*(?:^|[^`])`armillary check`.*$").ReplaceAll(data, nil)
	}
	var list [][]string
	for _, m := range regexp.MustCompile(`armillary(?:\.dev)? (check\b[^\n|>#`+"`"+`']*)`).FindAllSubmatch(data, -1) {
		list = append(list, strings.Fields(string(m[1])))
	}
	return list
}

// TestCIConfiguration holds the armillary.json of the documentation to being right.
func TestCIConfiguration(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(data, -1)
	if len(blocks) == 0 {
		t.Fatal("no block is found")
	}
	for _, b := range blocks {
		c := config.Parse("ws/armillary.json", string(b[1]), analysis.Rules())
		for _, f := range c.Findings {
			t.Errorf("%s: %s", b[1][f.Span.Start:f.Span.End], f.Message)
		}
		if len(c.Ignore) == 0 || len(c.Overrides) == 0 || len(c.Exclude) == 0 || c.HwDef == "" {
			t.Error("it does not show everything")
		}
	}
}

// TestPreCommitEntry holds the hook that pre-commit builds to the name that `go install` gives the program.
func TestPreCommitEntry(t *testing.T) {
	root := testenv.Root(t)
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := os.ReadFile(filepath.Join(root, ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	module := strings.Fields(string(mod))[1]
	program := module[strings.LastIndexByte(module, '/')+1:]
	if !strings.Contains(string(hooks), "\n  entry: "+program+" check --quiet\n  language: golang\n") {
		t.Errorf("go install calls the program %s", program)
	}
}
