package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// TestCheckCorpus checks every manifest and definition of the corpus in every format: each is recognised, nothing
// crashes, and what is printed for programs can be read by programs.
func TestCheckCorpus(t *testing.T) {
	corpus := filepath.Join(testenv.Shared(t), "corpus")
	paths := []string{filepath.Join(corpus, "manifests"), filepath.Join(corpus, "hwdef")}
	for _, format := range []string{"text", "short", "json"} {
		var out, errw bytes.Buffer
		code := run(t.Context(), append([]string{"check", "--format", format}, paths...), streams{strings.NewReader(""), &out, &errw})
		if code != ExitFindings {
			t.Errorf("%s: exit code %d: %s", format, code, errw.String())
		}
		if said := out.String() + errw.String(); !strings.Contains(said, "313 manifests and 91 hardware definitions checked: ") {
			t.Errorf("%s: %s", format, said[max(0, len(said)-300):])
		}
		if strings.ContainsAny(out.String(), "\x1b\x07") {
			t.Errorf("%s: control characters get through", format)
		}
		if format == "json" {
			var list []struct {
				Code, Severity, Message string
				Range                   struct{ Start, End struct{ Line, Character int } }
			}
			if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) == 0 {
				t.Errorf("%d findings, %v", len(list), err)
			}
		}
	}
}

// TestCheckUnreadable holds that a file that cannot be read fails the check, whatever else is found. A link to itself
// cannot be read by anybody, an administrator included.
func TestCheckUnreadable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights here")
	}
	dir := t.TempDir()
	if err := os.Symlink("app_manifest.json", filepath.Join(dir, "app_manifest.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", "app_manifest.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errw bytes.Buffer
	if code := run(t.Context(), []string{"check", dir}, streams{strings.NewReader(""), &out, &errw}); code != ExitFailed {
		t.Errorf("exit code %d: %s", code, errw.String())
	}
	if !strings.Contains(errw.String(), "app_manifest.json: too many") {
		t.Error(errw.String())
	}
}

// TestFixKeepsWhatItIs holds that --fix keeps a link a link and a file's permissions, and that an empty path or a
// folder in a file's place end in an error.
func TestFixKeepsWhatItIs(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "app_manifest.json")
	if err := os.WriteFile(real, []byte(`{ "SchemaVersion": 1, "Capabilities": {}, }`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	var out, errw bytes.Buffer
	run(t.Context(), []string{"check", "--fix", link}, streams{strings.NewReader(""), &out, &errw})
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if data, _ := os.ReadFile(real); strings.Contains(string(data), "}, }") || !strings.Contains(errw.String(), "fixed") {
		t.Errorf("%s\n%s", data, errw.String())
	}
	if code := run(t.Context(), []string{"check", ""}, streams{strings.NewReader(""), &out, &errw}); code != ExitFailed {
		t.Errorf("an empty path: exit code %d", code)
	}
	if code := run(t.Context(), []string{"check", "--hwdef", dir, link}, streams{strings.NewReader(""), &out, &errw}); code != ExitFailed {
		t.Errorf("a folder as definition: exit code %d", code)
	}
}
