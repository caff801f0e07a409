package marker

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// peerFiles are the files of the one language server for hardware definitions that was there before (facts/lsp-peers.md
// 1.1), with the number of their cases; "fault" stands for what that page says it gets wrong.
var peerFiles = map[string]int{
	"applicationManifest.test.ts":                   5,
	"cMakeLists.test.ts":                            5,
	"codeActionProvider.test.ts":                    4,
	"hardwareDefinition.test.ts":                    4,
	"hwDefHeaderGeneration.test.ts":                 2,
	"parser.test.ts":                                5,
	"pinMappingGeneration.test.ts":                  3,
	"porting.test.ts":                               4,
	"server.test.ts":                                24,
	"suggestions.test.ts":                           4,
	"validator.test.ts":                             13,
	"HardwareDefinitionPorting.feature":             1,
	"PartnerPinUsageConflictIdentification.feature": 2,
	"PinMappingConflictIdentification.feature":      2,
	"PinMappingGeneration.feature":                  2,
	"PinMappingSuggestion.feature":                  2,
	"fault":                                         18,
}

// peerRow is a line of testdata/peer_cases.tsv: one case of the peer and where it is a case of ours.
type peerRow struct {
	from, says, want string
	file             string   // from the root of the repository; "" if there is no counterpart
	names            []string // what the case is called, or a piece of it, in file
	verdict          string   // "same", or "differs: " or "none: " with the reason
}

func readPeerRows(t *testing.T) []peerRow {
	t.Helper()
	data, err := os.ReadFile("testdata/peer_cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var rows []peerRow
	for line := range strings.Lines(string(data)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(c) != 6 {
			t.Fatalf("%q has %d columns, want 6", line, len(c))
		}
		rows = append(rows, peerRow{c[0], c[1], c[2], c[3], strings.Split(c[4], " | "), c[5]})
	}
	return rows
}

// Every case of the peer is in the table, and every place that the table names is there.
func TestPeerTable(t *testing.T) {
	count, texts, said := map[string]int{}, map[string]string{}, map[string]bool{}
	rows := readPeerRows(t)
	for _, r := range rows {
		count[r.from]++
		if key := r.from + ": " + r.says; said[key] {
			t.Errorf("%s is there twice", key)
		} else {
			said[key] = true
		}
		kind, reason, _ := strings.Cut(r.verdict, ": ")
		if kind != "same" && (kind != "differs" && kind != "none" || reason == "") || r.says == "" {
			t.Errorf("%s: %s: the verdict is %q", r.from, r.says, r.verdict)
		}
		if none := kind == "none"; none != (r.file == "") || none != (r.want == "") {
			t.Errorf("%s: %s: %s, but the place is %q", r.from, r.says, kind, r.file)
		}
		if r.file == "" {
			continue
		}
		if _, ok := texts[r.file]; !ok {
			data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(r.file)))
			if err != nil {
				t.Error(err)
			}
			texts[r.file] = string(data)
		}
		for _, name := range r.names {
			there := strings.Contains(texts[r.file], name)
			if strings.HasSuffix(r.file, ".go") {
				there = strings.Contains(texts[r.file], strconv.Quote(name)) || strings.Contains(texts[r.file], "func "+name+"(")
			}
			if !there || name == "" {
				t.Errorf("%s: %s: %s has no %q", r.from, r.says, r.file, name)
			}
		}
	}
	for name, n := range peerFiles {
		if count[name] != n {
			t.Errorf("%s: %d cases, want %d", name, count[name], n)
		}
		delete(count, name)
	}
	for name := range count {
		t.Errorf("%s is no file of the peer", name)
	}
}

// Our cases that say to come from the peer are in the table.
func TestPeerTableIsWhole(t *testing.T) {
	const file = "device/hwdef/peer_test.go"
	named := map[string]bool{}
	for _, r := range readPeerRows(t) {
		if r.file == file {
			for _, name := range r.names {
				named[name] = true
			}
		}
	}
	src, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	cases := regexp.MustCompile(`\{from: "([^"]+)"`).FindAllStringSubmatch(string(src), -1)
	if len(cases) < 40 {
		t.Errorf("%d cases in %s", len(cases), file)
	}
	for _, m := range cases {
		if !named[m[1]] {
			t.Errorf("testdata/peer_cases.tsv does not name %q of %s", m[1], file)
		}
	}
}

// The numbers of cases are those of the peer's files.
func TestPeerCount(t *testing.T) {
	dir := testenv.NeedEnv(t, "ARMILLARY_PEER", "a checkout of Azure-Sphere-Tools/azsphere-hardware-definition-tools")
	for pattern, begins := range map[string]string{"server/src/test/*.test.ts": `(?m)^\s*(test|it)\(`, "features/*.feature": `(?m)^\s*Scenario`} {
		files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no files (%v)", pattern, err)
		}
		for _, name := range files {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(regexp.MustCompile(begins).FindAll(src, -1)); n != peerFiles[filepath.Base(name)] {
				t.Errorf("%s has %d cases, want %d", filepath.Base(name), n, peerFiles[filepath.Base(name)])
			}
		}
	}
}
