package format

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
	"armillary.dev/server/text"
)

// schema is the official schema of SARIF 2.1.0, which is not ours to keep in the repository.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file := os.Getenv("ARMILLARY_SARIF_SCHEMA")
	if file == "" {
		file = filepath.Join(testenv.Tools(t), "sarif", "node_modules", "@microsoft", "jest-sarif", "lib", "schemas", "sarif-2.1.0-rtm.5.json")
	}
	f, err := os.Open(file)
	if err != nil {
		testenv.Missing(t, "SARIF schema", "tools/setup sarif takes it from npm, or set ARMILLARY_SARIF_SCHEMA to the file")
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	const name = "file:///sarif.json"
	doc.(map[string]any)["id"] = name // the official one is an address, which is not to be asked
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSARIFSchema holds reports of all shapes to the official schema, and the schema to finding a report that is wrong.
func TestSARIFSchema(t *testing.T) {
	s := schema(t)
	validate := func(data []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(doc)
	}
	bare := &Report{Files: []File{{Path: "x.json", Map: text.NewMap(""), Findings: []rule.Finding{{Rule: &rule.Rule{Code: "AZS001"}, Severity: rule.Hint}}}}}
	for name, r := range map[string]*Report{"sample": sample(), "empty": {}, "bare": bare} {
		var b bytes.Buffer
		if err := SARIF(&b, r, Options{Hints: true}); err != nil {
			t.Fatal(err)
		}
		if err := validate(b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name != "sample" {
			continue
		}
		for from, to := range map[string]string{`"startLine": 1`: `"startLine": 0`, `"level": "error"`: `"level": "bad"`, `"ruleId"`: `"ruleID"`} {
			if validate([]byte(strings.Replace(b.String(), from, to, 1))) == nil {
				t.Errorf("the schema lets %s pass", to)
			}
		}
	}
}

// TestSARIFAddresses holds paths to addresses that can be parsed back.
func TestSARIFAddresses(t *testing.T) {
	for path, want := range map[string]sarifArtifact{
		"app/a b.json": {"app/a%20b.json", srcRoot},
		"ä%#?.json":    {"%C3%A4%25%23%3F.json", srcRoot},
		"c:d.json":     {"c%3Ad.json", srcRoot},
		"../up.json":   {"../up.json", srcRoot},
		"/etc/x.json":  {"file:///etc/x.json", ""},
	} {
		if filepath.IsAbs("/etc") || path[0] != '/' {
			if got := sarifFile(path); got != want {
				t.Errorf("%s: %v, want %v", path, got, want)
			}
		}
	}
}

// TestSARIFFingerprints holds names of findings to outlive edits elsewhere, and to be different from each other.
func TestSARIFFingerprints(t *testing.T) {
	names := func(r *Report) []string {
		var b bytes.Buffer
		if err := SARIF(&b, r, Options{Hints: true}); err != nil {
			t.Fatal(err)
		}
		var log sarifLog
		if err := json.Unmarshal(b.Bytes(), &log); err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, x := range log.Runs[0].Results {
			list = append(list, x.Fingerprints[fingerprint])
		}
		return list
	}
	r := sample()
	before := names(r)
	seen := map[string]bool{}
	for _, n := range before {
		if len(n) != 32 || seen[n] {
			t.Errorf("%q is no name, or another finding's", n)
		}
		seen[n] = true
	}
	for i := range r.Files {
		for j := range r.Files[i].Findings {
			r.Files[i].Findings[j].Span = rule.Span{}
			if x := &r.Files[i].Findings[j]; x.Pointer != "" {
				x.Message += " now"
			}
		}
	}
	after := names(r)
	if strings.Join(before, " ") != strings.Join(after, " ") {
		t.Errorf("%v became %v", before, after)
	}
}

func TestSARIFMessage(t *testing.T) {
	if got := sarifText("a [b](1) c").Text; got != `a \[b\](1) c` {
		t.Error(got)
	}
	if got := sarifText("a [b] c").Text; got != "a [b] c" {
		t.Error(got)
	}
}
