package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestScripts runs the command lines below testdata/scripts. A script is a txtar archive: the comment says what is
// shown; "cmd" holds one command line without the program's name, and is run in a folder that holds the other files.
//
//	-- cmd --               check --fix .
//	-- stdin --             what it reads; left out: nothing
//	-- stdout --            what must be printed; left out: nothing
//	-- stderr --            likewise
//	-- exit --              the exit code; left out: 0
//	-- NAME.after --        what the file NAME must hold afterwards
//
// Files whose name begins with "$" have Go escapes in them ("$app_manifest.json" holds `{"Name": "\x1b"}`), except that
// a line feed is one. -update writes stdout, stderr, exit and the .after files that are there anew.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		abs, err := filepath.Abs(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) { runScript(t, abs) })
	}
}

func runScript(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	want := map[string]string{"stdout": "", "stderr": "", "exit": "0\n"}
	var args []string
	stdin := ""
	for _, f := range archive.Files {
		data := string(f.Data)
		switch name, after := strings.CutSuffix(f.Name, ".after"); {
		case f.Name == "cmd":
			args = strings.Fields(data)
		case f.Name == "stdin":
			stdin = data
		case f.Name == "stdout" || f.Name == "stderr" || f.Name == "exit" || after:
			want[f.Name] = data
		default:
			if escaped, ok := strings.CutPrefix(name, "$"); ok {
				var lines []string
				for line := range strings.SplitSeq(data, "\n") {
					raw, err := strconv.Unquote(`"` + strings.ReplaceAll(line, `"`, `\"`) + `"`)
					if err != nil {
						t.Fatalf("%s: %v", line, err)
					}
					lines = append(lines, raw)
				}
				name, data = escaped, strings.Join(lines, "\n")
			}
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Setenv("AzureSphereDefaultSDKDir", "")
	t.Setenv("GITHUB_ACTIONS", "")
	t.Setenv("COLUMNS", "")
	t.Chdir(dir)
	var out, errw bytes.Buffer
	code := run(context.Background(), args, streams{strings.NewReader(stdin), &out, &errw})
	got := map[string]string{"stdout": out.String(), "stderr": errw.String(), "exit": fmt.Sprintln(code)}
	for name := range want {
		if path, ok := strings.CutSuffix(name, ".after"); ok {
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
			if err != nil {
				t.Error(err)
			}
			got[name] = string(data)
		}
	}
	for name := range got {
		got[name] = strings.ReplaceAll(got[name], dir, "$DIR")
	}
	if *update {
		rewriteScript(t, file, archive, got)
		return
	}
	if runtime.GOOS == "windows" { // its separators are not what is tested
		for name := range got {
			got[name] = strings.ReplaceAll(got[name], `\`, "/")
			want[name] = strings.ReplaceAll(want[name], `\`, "/")
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("armillary %s (-update writes it anew):\n%s", strings.Join(args, " "), d)
	}
}

// rewriteScript puts what was got into the archive, in a fixed order behind the command.
func rewriteScript(t *testing.T, file string, archive *txtar.Archive, got map[string]string) {
	out := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		switch {
		case f.Name == "stdout" || f.Name == "stderr" || f.Name == "exit":
			continue
		case strings.HasSuffix(f.Name, ".after"):
			f.Data = []byte(got[f.Name])
		}
		out.Files = append(out.Files, f)
		if f.Name != "cmd" {
			continue
		}
		for _, name := range []string{"exit", "stdout", "stderr"} {
			if text := got[name]; text != "" && text != "0\n" {
				out.Files = append(out.Files, txtar.File{Name: name, Data: []byte(text)})
			}
		}
	}
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}
