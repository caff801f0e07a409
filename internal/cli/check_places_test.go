package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"armillary.dev/server/files"
)

// TestPlaces holds that no path is absolute that need not be, and that a patch does not lead out of where it is applied.
func TestPlaces(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{".git", "a/sub", "x"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(dir)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(root, "a"))
	var p places
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	in := func(path string) string { return files.Name(filepath.Join(root, filepath.FromSlash(path))) }
	outside := filepath.Join(filepath.Dir(root), "elsewhere", "f.json")
	if _, err := p.add("../x"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{in("a/sub/f.json"): "sub/f.json", in("x/f.json"): "../x/f.json", in("y/f.json"): "../y/f.json",
		files.Name(outside): filepath.ToSlash(outside)} {
		if got := filepath.ToSlash(p.show(name)); got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
	if _, err := p.add(filepath.Join(root, "y")); err != nil {
		t.Fatal(err)
	}
	if got := filepath.ToSlash(p.show(in("y/f.json"))); got != "../y/f.json" {
		t.Errorf("below an absolute argument of the checkout: %s", got)
	}
	for _, tt := range []struct{ names, want []string }{
		{[]string{in("a/f.json"), in("a/sub/f.json")}, []string{"f.json", "sub/f.json"}},
		{[]string{in("a/f.json"), in("x/f.json")}, []string{"a/f.json", "x/f.json"}},
		{[]string{files.Name(outside)}, []string{"f.json"}},
		{nil, nil},
	} {
		if got := p.patchPaths(tt.names); !slices.Equal(got, tt.want) {
			t.Errorf("the patch of %v is for %v, want %v", tt.names, got, tt.want)
		}
	}
}
