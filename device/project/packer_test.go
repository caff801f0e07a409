package project

import (
	"slices"
	"testing"

	"armillary.dev/device/rule"
)

// What another packer fills in is not missed; everything else is.
func TestOtherPacker(t *testing.T) {
	const empty = `{ "SchemaVersion": 1, "Name": "", "ComponentId": "", "EntryPoint": "", "CmdArgs": [ 1 ], "Capabilities": {} }`
	for _, tt := range []struct {
		name, manifest, beside string
		want                   rule.Severity
	}{
		{"nobody", "app/src/app_manifest.json", "app/README.md", rule.Error},
		{"PlatformIO", "app/src/app_manifest.json", "app/platformio.ini", rule.Info},
		{"PlatformIO, in one folder", "app/app_manifest.json", "app/platformio.ini", rule.Info},
		{"PlatformIO elsewhere", "app/src/deep/app_manifest.json", "app/platformio.ini", rule.Error},
		{"a script", "app/app_manifest.json", "app/approot/app_manifest.json", rule.Info},
		{"at the top", "app_manifest.json", "platformio.ini", rule.Info},
	} {
		f := CheckFile(files(tt.manifest, empty, tt.beside, ""), tt.manifest, Options{})
		got := map[string]rule.Severity{}
		for _, x := range f.Findings {
			got[x.Rule.Code] = x.Severity
			if x.Severity == rule.Info && x.Refuses != (rule.Refuses{}) {
				t.Errorf("%s: %s is refused, though it is filled in", tt.name, x.Rule.Code)
			}
		}
		for _, code := range []string{"AZS012", "AZS015", "AZS017"} {
			if got[code] != tt.want {
				t.Errorf("%s: %s is %v, want %v", tt.name, code, got[code], tt.want)
			}
		}
		if got["AZS020"] != rule.Error {
			t.Errorf("%s: AZS020 is %v", tt.name, got["AZS020"])
		}
	}
}

// What a packer made may hold what packers write, and a packer's own key is no mistake.
func TestPackersKeys(t *testing.T) {
	const text = `{ "SchemaVersion": 1, "TargetApplicationRuntimeVersion": 6, "AzureSphereTargetApiSet": "7", "Other": 1, "Capabilities": {} }`
	for name, want := range map[string][]rule.Severity{
		"app/app_manifest.json":             {rule.Warning, rule.Info, rule.Warning},
		"app/approotLamp/app_manifest.json": {rule.Info, rule.Warning},
	} {
		var got []rule.Severity
		for _, x := range CheckText(files(), name, text, Options{}).Findings {
			if x.Rule.Code == "AZS027" || x.Rule.Code == "AZS028" {
				got = append(got, x.Severity)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
