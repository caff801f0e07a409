package project

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// corpusRow is one line of the corpus's index.
type corpusRow struct{ file, repo, path, state string }

func corpus(t *testing.T) (dir string, rows []corpusRow) {
	t.Helper()
	dir = filepath.Join(testenv.Shared(t), "corpus")
	f, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all[1:] {
		rows = append(rows, corpusRow{c[0], c[1], c[2], c[4]})
	}
	return dir, rows
}

// Every file of the corpus is classified and checked. The Errors that the rules find are in a golden file, each with the
// reason why it is a real one; nothing of Azure/azure-sphere-samples may be among them.
func TestCorpus(t *testing.T) {
	dir, rows := corpus(t)
	repo := map[string]corpusRow{}
	for _, r := range rows {
		repo[r.file] = r
	}
	r := Check(os.DirFS(dir), []string{"manifests", "hwdef"}, Options{})
	if r.Manifests != 313 || r.Definitions != 91 || len(r.Files) != 404 || len(r.Failed()) != 0 {
		t.Errorf("%d manifests and %d definitions checked of %d files, %d failed; want 313, 91, 404, 0", r.Manifests, r.Definitions, len(r.Files), len(r.Failed()))
	}
	placed := placedDefinitions(t, dir, rows)
	reasons := readGolden(t)
	var lines []string
	for _, f := range r.Files {
		c := repo[f.Path] // imports lie where they lay
		placedAt := c.repo + "/" + c.path
		f.Findings = CheckText(placed, placedAt, f.Src, Options{}).Findings
		if want := map[bool]Kind{true: Manifest, false: Definition}[strings.HasPrefix(f.Path, "manifests/")]; f.Kind != want {
			t.Errorf("%s is classified as %s", f.Path, f.Kind)
		}
		checkState(t, repo[f.Path].state, f)
		for _, x := range f.Findings {
			if x.Severity != rule.Error {
				continue
			}
			if repo[f.Path].repo == "Azure/azure-sphere-samples" {
				t.Errorf("%s (Azure/azure-sphere-samples, %s): %s %s", f.Path, repo[f.Path].path, x.Rule.Code, x.Message)
			}
			line := fmt.Sprintf("%s\t%s\t%s", f.Path, x.Rule.Code, x.Pointer)
			lines = append(lines, line+"\t"+reasons[line])
			if reasons[line] == "" && !*update {
				t.Errorf("new error, to be reviewed: %s\t%s", line, x.Message)
			}
			delete(reasons, line)
		}
	}
	for line := range reasons {
		if !*update {
			t.Errorf("no longer found: %s", line)
		}
	}
	if *update {
		text := "file\tcode\tpointer\twhy it is a real error\n" + strings.Join(lines, "\n") + "\n"
		if err := os.WriteFile(goldenErrors, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// placedDefinitions has the corpus's definitions at their places in their repositories; and stand-ins for what lies beside the
// corpus's files there and matters to the rules, though the corpus does not hold it.
func placedDefinitions(t *testing.T, dir string, rows []corpusRow) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, r := range rows {
		if !strings.HasPrefix(r.file, "hwdef/") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(r.file)))
		if err != nil {
			t.Fatal(err)
		}
		fsys[r.repo+"/"+r.path] = &fstest.MapFile{Data: src}
	}
	for _, r := range rows {
		switch {
		case r.repo == "Wiz-IO/platform-azure" && strings.HasSuffix(r.path, "/src/app_manifest.json"): // examples for PlatformIO
			fsys[r.repo+"/"+path.Join(path.Dir(r.path), "../platformio.ini")] = &fstest.MapFile{}
		case strings.HasSuffix(r.path, "/approot/app_manifest.json"): // what a packer made
			fsys[r.repo+"/"+r.path] = &fstest.MapFile{}
		}
	}
	for place, text := range map[string]string{
		// The vendor's module under another name; this is what the boards of this repository import.
		"WIZnet-Azure-Sphere/ASG210-examples/Hardware/usi_mt3620_bt/usi_mt3620_bt.json": `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},` +
			`"Description":{"Name":"stand-in","MainCoreHeaderFileTopContent":[]},"Imports":[{"Path":"usi_mt3620_bt_combo.json"}],"Peripherals":[]}`,
	} {
		fsys[place] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

const goldenErrors = "testdata/corpus_errors.tsv"

func readGolden(t *testing.T) map[string]string {
	text, err := os.ReadFile(goldenErrors)
	if err != nil && !*update {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if at := strings.LastIndexByte(line, '\t'); i > 0 && at > 0 {
			reasons[line[:at]] = line[at+1:]
		}
	}
	return reasons
}

// checkState holds the JSON rules against what the corpus's index says about each file.
func checkState(t *testing.T, state string, f FileReport) {
	t.Helper()
	has := func(code string) bool {
		return slices.ContainsFunc(f.Findings, func(x rule.Finding) bool { return x.Rule.Code == code })
	}
	for name, code := range map[string]string{"jsonc": "AZS002", "trailing-comma": "AZS003", "bom": "AZS004", "non-utf8": "AZS008"} {
		if want := slices.Contains(strings.Split(state, "+"), name); want != has(code) {
			t.Errorf("%s is %s, but %s: %v", f.Path, state, code, has(code))
		}
	}
	if has("AZS001") {
		t.Errorf("%s is %s, but there is a syntax error", f.Path, state)
	}
}

// The examples that facts/diagnostics.md names for the rules, with the Options that a rule needs; and where it
// says that a rule must be silent.
func TestCorpusExamples(t *testing.T) {
	dir, rows := corpus(t)
	path := map[string]string{}
	for _, r := range rows {
		path[r.file] = r.path
	}
	for _, tt := range []struct {
		code, file string
		silent     bool
	}{
		{code: "AZS002", file: "manifests/jnettleton__azure-sphere-demo__1.json"},
		{code: "AZS003", file: "manifests/xiongyu0523__azure-sphere-mqtts__1.json"},
		{code: "AZS003", file: "hwdef/WIZnet-Azure-Sphere__ASG210-examples__1__wiznet_asg210.json"},
		{code: "AZS004", file: "manifests/djaus2__azure-sphere-motor-hbridge__1.json"},
		{code: "AZS006", file: "manifests/AzureSphereCloudEnabledAltair8800__AltairOnAzureSphere__1.json"},
		{code: "AZS006", file: "manifests/JuergenSchwertl__BlueSphereRTOS__3.json"},
		{code: "AZS007", file: "manifests/Azure-Sphere-DevX__AzureSphereRemoteX.Server__5.json"},
		{code: "AZS007", file: "manifests/Azure__azure-sphere-samples__9.json", silent: true}, // by its real path
		{code: "AZS008", file: "hwdef/hayatochigi__Azure-Sphere__4__hardware_definition.json"},
		{code: "AZS010", file: "manifests/Azure__azure-sphere-samples__1.json"},
		{code: "AZS012", file: "manifests/Wiz-IO__platform-azure__1.json"},
		{code: "AZS013", file: "manifests/Azure__azure-sphere-gallery__33.json"},
		{code: "AZS014", file: "manifests/Azure__azure-sphere-samples__1.json"},
		{code: "AZS015", file: "manifests/Wiz-IO__platform-azure__9.json"},
		{code: "AZS016", file: "manifests/Azure__azure-sphere-samples__1.json"},
		{code: "AZS017", file: "manifests/Wiz-IO__platform-azure__1.json"},
		{code: "AZS019", file: "manifests/Avnet__azure-sphere-samples__8.json"},
		{code: "AZS023", file: "manifests/Azure__azure-sphere-gallery__13.json"},
		{code: "AZS025", file: "manifests/Azure__azure-sphere-samples__16.json"},
		{code: "AZS027", file: "manifests/Seeed-Studio__Azure_Sphere_Sample_Smart_Fan__1.json"},
		{code: "AZS028", file: "manifests/JamieHolloway__AzureSphereExp__2.json"},
		{code: "AZS029", file: "manifests/brodbor__high_level_Azure_Sphere_IoT_ADC_input__1.json"},
		{code: "AZS043", file: "manifests/Avnet__azure-sphere-samples__11.json"},
		{code: "AZS047", file: "manifests/AzureSphereCloudEnabledAltair8800__AzureSphereAltair8800__5.json"},
		{code: "AZS051", file: "manifests/Avnet__azure-sphere-samples__11.json"},
		{code: "AZS052", file: "manifests/Azure-Sphere-DevX__AzureSphereGenX__1.json"},
		{code: "AZS060", file: "manifests/Avnet__azure-sphere-samples__6.json"},
		{code: "AZS061", file: "manifests/Azure__azure-sphere-samples__20.json"},
		{code: "AZS061", file: "manifests/hayatochigi__Azure-Sphere__2.json"},
		{code: "AZS062", file: "manifests/Azure-Sphere-DevX__AzureSphereDevX.Examples__8.json"},
		{code: "AZS062", file: "manifests/Azure__azure-sphere-samples__9.json", silent: true}, // DNS-SD
		{code: "AZS065", file: "manifests/hayatochigi__Azure-Sphere__11.json"},                // blanked out; AZS064 in the facts
		{code: "AZS065", file: "manifests/Avnet__azure-sphere-samples__10.json"},
		{code: "AZS065", file: "manifests/Azure-Sphere-DevX__AzureSphereDevX.Examples__11.json"},
		{code: "AZS066", file: "manifests/AzureSphereCloudEnabledAltair8800__AltairOnAzureSphere__2.json"},
		{code: "AZS069", file: "manifests/Azure-Sphere-DevX__AzureSphereDevX__8.json"},
		{code: "AZS071", file: "manifests/Azure__azure-sphere-gallery__8.json", silent: true}, // a correct pair
		{code: "AZS073", file: "manifests/AIoTask__AzureIoT_AC_Gateway__2.json"},
		{code: "AZS101", file: "manifests/n7jti__Freezer-Monitor-Azure-Sphere__1.json"},
		{code: "AZS103", file: "manifests/Avnet__avnet-azure-sphere-AzureRTOS__1.json"},
		{code: "AZS124", file: "manifests/MicrosoftDocs__Azure-Sphere-Developer-Learning-Path__4.json"},
		{code: "AZS126", file: "manifests/Azure__azure-sphere-gallery__3.json"},
		{code: "AZS127", file: "manifests/AIoTask__AzureIoT_AC_Gateway__5.json"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, tt.file))
		if err != nil {
			t.Errorf("%s: %v", tt.code, err)
			continue
		}
		fsys := files(path[tt.file], string(text))
		opt := Options{}
		if tt.code == "AZS126" { // it speaks only where a definition has a name for the value
			fsys["named.json"] = files("named.json", everyName())["named.json"]
			opt.HwDef = "named.json"
		}
		f := CheckFile(fsys, path[tt.file], opt)
		if f.Err != nil {
			t.Errorf("%s %s: %v", tt.code, tt.file, f.Err)
			continue
		}
		if speaks := slices.ContainsFunc(f.Findings, func(x rule.Finding) bool { return x.Rule.Code == tt.code }); speaks == tt.silent {
			t.Errorf("%s on %s: speaks %v", tt.code, tt.file, speaks)
		}
	}
}

// everyName is a definition with a name for each GPIO.
func everyName() string {
	var b strings.Builder
	for n := range 81 {
		fmt.Fprintf(&b, `,{"Name":"PIN_%d","Type":"Gpio","Mapping":"MT3620_GPIO%d"}`, n, n)
	}
	return `{"Imports":[{"Path":"mt3620.json"}],"Peripherals":[` + b.String()[1:] + `]}`
}

// Whatever definition of the corpus a manifest of the corpus meets, nothing falls over.
func TestCorpusCross(t *testing.T) {
	dir, rows := corpus(t)
	fsys := os.DirFS(dir)
	cache := NewCache()
	i := 0
	var defs []string
	for _, r := range rows {
		if strings.HasPrefix(r.file, "hwdef/") {
			defs = append(defs, r.file)
		}
	}
	for _, r := range rows {
		if strings.HasPrefix(r.file, "manifests/") {
			for range 3 {
				i++
				f := CheckFile(fsys, r.file, Options{HwDef: defs[i*7%len(defs)], Strict: true, Cache: cache, SearchDirs: []string{"hwdef"}})
				if f.Err != nil || f.Definitions == nil {
					t.Errorf("%s: %v", r.file, f.Err)
				}
			}
		}
	}
}
