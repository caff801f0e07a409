// Package layers holds the house's rules about who may import whom (docs/architecture.md), as a test over the packages
// that are there, as built for each system.
package layers

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

const module = "armillary.dev"

// rules: no package that matches from may import one that matches to, unless that matches except. Packages of the module
// are written relative to it; all others as ext:PATH.
var rules = []struct{ name, from, to, except string }{
	{"device is the ground floor", `^device(/|$)`, `^(server|debugadapter|emulator|internal)(/|$)`, ``},
	{"the server meets the others in device", `^server(/|$)`, `^(debugadapter|emulator|internal)(/|$)`, ``},
	{"the debug adapter dials a device", `^debugadapter(/|$)`, `^(server|emulator|internal)(/|$)`, ``},
	{"the emulator knows no front end", `^emulator(/|$)`, `^(server|debugadapter|internal)(/|$)`, ``},
	{"a pure package does no I/O", `^device/(jsonc|manifest|hwdef|project|image|capability|deverr|arm|rsp|rule|jsonrule|config)(/|$)`,
		`^ext:(os|net|syscall|golang\.org/x/(sys|net))(/|$)`, ``},
	{"the trusted base stays small", `^emulator/(pluton|secmon)(/|$)`, `.`,
		`^(device/image/trailer|emulator/(pluton|secmon)(/.*)?|ext:(crypto|hash|golang\.org/x/crypto)(/.*)?|` +
			`ext:(bytes|cmp|context|encoding(/(binary|hex|asn1|pem))?|errors|fmt|io|iter|maps|math(/(big|bits))?|slices|sort|strconv|strings|sync(/atomic)?|time|unicode/utf8))$`},
}

func TestWhoMayImportWhom(t *testing.T) {
	t.Parallel()
	for _, goos := range []string{"linux", "darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", module+"/...")
			cmd.Env = append(cmd.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			imports := 0
			for line := range strings.Lines(string(out)) {
				fields := strings.Fields(line)
				from := relative(fields[0])
				for _, to := range fields[1:] {
					imports++
					for _, name := range broken(from, relative(to)) {
						t.Errorf("%s: %s imports %s", name, from, relative(to))
					}
				}
			}
			if imports == 0 {
				t.Error("go list names no imports")
			}
		})
	}
}

func relative(path string) string {
	if path == module {
		return "."
	}
	if rel, ok := strings.CutPrefix(path, module+"/"); ok {
		return rel
	}
	return "ext:" + path
}

// broken returns the names of the rules that an import breaks.
func broken(from, to string) []string {
	var names []string
	for _, r := range rules {
		if regexp.MustCompile(r.from).MatchString(from) && regexp.MustCompile(r.to).MatchString(to) &&
			(r.except == "" || !regexp.MustCompile(r.except).MatchString(to)) {
			names = append(names, r.name)
		}
	}
	return names
}

// The rules catch what they are for.
func TestRulesCatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		broken   bool
	}{
		{"device/image", "ext:os", true},
		{"device/sdk", "ext:os", false},
		{"device/rest", "emulator/core", true},
		{"server/text", "device/jsonc", false},
		{"server", "internal/cli", true},
		{"debugadapter/internal/x", "debugadapter/symbols", false},
		{"debugadapter", "emulator/gdbstub", true},
		{"emulator/secmon", "ext:os", true},
		{"emulator/secmon", "ext:crypto/ecdsa", false},
		{"emulator/secmon", "device/image", true},
		{"internal/cli", "emulator/core", false},
	} {
		if got := broken(c.from, c.to); len(got) > 0 != c.broken {
			t.Errorf("%s imports %s: breaks %q", c.from, c.to, got)
		}
	}
}
