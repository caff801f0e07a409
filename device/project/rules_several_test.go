package project

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"

	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// guid is the component id of app n.
func guid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-00000000000a", n) }

// app is a manifest with capabilities; "rt:" before them makes it a real-time app.
func app(n int, caps string) string {
	caps, rt := strings.CutPrefix(caps, "rt:")
	typ := "Default"
	if rt {
		typ = "RealTimeCapable"
	}
	return fmt.Sprintf(`{
  "SchemaVersion": 1,
  "Name": "app%d",
  "ComponentId": "%s",
  "EntryPoint": "/bin/app",
  "CmdArgs": [],
  "Capabilities": {%s},
  "ApplicationType": "%s"
}
`, n, guid(n), caps, typ)
}

// with allows connections with the apps of some numbers.
func with(n ...int) string {
	var ids []string
	for _, i := range n {
		ids = append(ids, `"`+guid(i)+`"`)
	}
	return `"AllowedApplicationConnections": [ ` + strings.Join(ids, ", ") + ` ]`
}

const workspace = `{ "folders": [ { "path": "a" }, { "path": "b" }, { "path": "c" } ] }`

// openAll opens every app of an FS.
func openAll(t testing.TB, fsys fs.FS) []*App {
	t.Helper()
	dirs, err := FindApps(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	var apps []*App
	for _, d := range dirs {
		a, err := OpenApp(fsys, d, Options{})
		if err != nil {
			t.Fatal(err)
		}
		apps = append(apps, a)
	}
	return apps
}

// found writes findings, one per line: file, code, severity, pointer, and the files of related places.
func found(list []FileFinding) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%s %s %s %s", f.File, f.Rule.Code, f.Severity, f.Pointer)
		for _, r := range f.Related {
			fmt.Fprintf(&b, " ~%s", r.File)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTogether(t *testing.T) {
	const m = "/app_manifest.json"
	for _, tt := range []struct {
		name  string
		files []string
		want  string // folders of the groups that have several, with their evidence
	}{
		{"nothing known", []string{"a" + m, app(1, ""), "b" + m, app(2, "")}, ""},
		{"mutual", []string{"a" + m, app(1, with(2)), "b" + m, app(2, with(1))}, "a b: connection connection"},
		{"one-sided", []string{"a" + m, app(1, with(2)), "b" + m, app(2, "")}, "a b: connection"},
		{"through a third", []string{"a" + m, app(1, with(2)), "b" + m, app(2, ""), "c" + m, app(3, with(2))}, "a b c: connection connection"},
		{"launch.json", []string{"a" + m, app(1, ""), "b" + m, app(2, ""), "a/.vscode/launch.json", `{ // JSONC
			"configurations": [ { "type": "azurespheredbg", "request": "launch", "partnerComponents": [ "` + strings.ToUpper(guid(2)) + `" ] } ] }`}, "a b: old launch"},
		{"launch.json of another debugger", []string{"a" + m, app(1, ""), "b" + m, app(2, ""), "a/.vscode/launch.json",
			`{ "configurations": [ { "type": "cppdbg", "partnerComponents": [ "` + guid(2) + `" ] } ] }`}, ""},
		{"partners by folder", []string{"x/a" + m, app(1, ""), "x/b" + m, app(2, ""), "x/.vscode/launch.json",
			`{ "configurations": [ { "type": "armillary", "partners": [ "a", "${workspaceFolder}/b" ] } ] }`}, "x/a x/b: launch"},
		{"launch.vs.json above", []string{"x/a" + m, app(1, ""), "x/b" + m, app(2, ""), "x/launch.vs.json",
			`{ "configurations": [ { "type": "azurespheredbg", "partnerComponents": [ "` + guid(1) + `", "` + guid(2) + `" ] } ] }`}, "x/a x/b: launch"},
		{"workspace file", []string{"x/a" + m, app(1, ""), "x/b" + m, app(2, ""), "x/d" + m, app(3, ""), "x/my.code-workspace", workspace}, "x/a x/b: workspace"},
		{"workspace file with one app", []string{"x/a" + m, app(1, ""), "x/d" + m, app(2, ""), "x/my.code-workspace", workspace}, ""},
		{"CMakeLists.txt above", []string{"x/a" + m, app(1, ""), "x/b" + m, app(2, ""), "x/CMakeLists.txt", "add_subdirectory(a)\nADD_SUBDIRECTORY(\"b\" out)"}, "x/a x/b: build"},
		{"an app below another", []string{"x" + m, app(1, ""), "x/rt" + m, app(2, ""), "x/CMakeLists.txt", "add_subdirectory(rt)"}, "x x/rt: build"},
		{"at the root", []string{"app_manifest.json", app(1, ""), "-rt" + m, app(2, ""), "CMakeLists.txt", "add_subdirectory(-rt)"}, ". -rt: build"},
		{"two copies of a pair", []string{"v1/hl" + m, app(1, with(2)), "v1/rt" + m, app(2, with(1)), "v2/hl" + m, app(1, with(2)), "v2/rt" + m, app(2, with(1))},
			"v1/hl v1/rt: connection connection; v2/hl v2/rt: connection connection"},
		{"two that may be meant", []string{"hl1" + m, app(1, with(2)), "hl2" + m, app(1, with(2)), "rt" + m, app(2, with(1))}, "hl1 hl2 rt: connection connection"},
		{"two of which one allows back", []string{"hl1" + m, app(1, ""), "hl2" + m, app(1, with(2)), "rt" + m, app(2, with(1))}, "hl2 rt: connection connection"},
		{"pieces of manifests", []string{"a" + m, `{ "Capabilities": {` + with(2) + `} }`, "b" + m, app(2, "")}, ""},
		{"broken files", []string{"a" + m, app(1, ""), "b" + m, `{`, "x.code-workspace", `{ "folders": [ 1, { "path": "a`, "launch.vs.json", `[`}, ""},
	} {
		fsys := files(tt.files...)
		var got []string
		for _, g := range Together(fsys, openAll(t, fsys)) {
			if len(g.Apps) < 2 {
				continue
			}
			var dirs, why []string
			for _, a := range g.Apps {
				dirs = append(dirs, a.Dir)
			}
			for _, e := range g.Evidence {
				why = append(why, string(e.Kind))
				if len(e.Apps) < 2 || fsys[e.File] == nil {
					t.Errorf("%s: evidence %+v", tt.name, e)
				}
			}
			got = append(got, strings.Join(dirs, " ")+": "+strings.Join(why, " "))
		}
		if g := strings.Join(got, "; "); g != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, g, tt.want)
		}
	}
}

func TestSeveralRules(t *testing.T) {
	const a, b, c, m = "a/app_manifest.json", "b/app_manifest.json", "c/app_manifest.json", "/app_manifest.json"
	launch := func(list string) string {
		return `{ "configurations": [ { "type": "azurespheredbg", "request": "launch"` + list + ` } ] }`
	}
	sample := func(name string) string {
		s := strings.Replace(app(1, ""), guid(1), "25025D2C-66da-4448-bae1-ac26fcdd3627", 1)
		return strings.Replace(s, "app1", name, 1)
	}
	renamed := strings.Replace(app(1, ""), "app1", "other", 1)
	big := strings.Repeat("x", 600<<10)
	for _, tt := range []struct {
		name  string
		files []string
		want  string
	}{
		{"AZS310: in a workspace file", []string{a, app(1, ""), b, app(1, ""), "w.code-workspace", workspace},
			a + " AZS310 warning /ComponentId ~" + b + "\n" + b + " AZS310 warning /ComponentId ~" + a + "\n"},
		{"AZS310: case does not matter, and different cores are no versions", []string{a, strings.ReplaceAll(app(0xabc, ""), "abc", "ABC"), b, app(0xabc, "rt:"), "w.code-workspace", workspace},
			a + " AZS310 error /ComponentId ~" + b + "\n" + b + " AZS310 error /ComponentId ~" + a + "\n"},
		{"AZS310: elsewhere, other name", []string{a, app(1, ""), b, renamed},
			a + " AZS310 info /ComponentId ~" + b + "\n" + b + " AZS310 info /ComponentId ~" + a + "\n"},
		{"AZS310: with a partner in common", []string{a, app(1, with(2)), b, app(2, with(1)), c, strings.Replace(app(1, with(2)), "app1", "other", 1)},
			a + " AZS310 warning /ComponentId ~" + c + "\n" + c + " AZS310 warning /ComponentId ~" + a + "\n"},
		{"AZS310: in a launch configuration", []string{a, app(1, ""), b, app(1, ""), ".vscode/launch.json", `{ "configurations": [ { "type": "armillary", "partners": [ "a", "b" ] } ] }`},
			a + " AZS310 error /ComponentId ~" + b + "\n" + b + " AZS310 error /ComponentId ~" + a + "\n"},
		{"AZS310: copies", []string{a, app(1, ""), b, app(1, "")}, ""},

		{"AZS311: GPIO, certain", []string{a, app(1, with(2)+`, "Gpio": [ 8, 12 ]`), b, app(2, with(1)+`, "Gpio": [ 5, 8 ]`)},
			a + " AZS311 error /Capabilities/Gpio/0 ~" + b + "\n" + b + " AZS311 error /Capabilities/Gpio/1 ~" + a + "\n"},
		{"AZS311: in a workspace file", []string{a, app(1, `"Gpio": [ 8 ]`), b, app(2, `"Gpio": [ 8 ]`), "w.code-workspace", workspace},
			a + " AZS311 warning /Capabilities/Gpio/0 ~" + b + "\n" + b + " AZS311 warning /Capabilities/Gpio/0 ~" + a + "\n"},
		{"AZS311: one ISU as two things, and a pin of it", []string{a, app(1, with(2)+`, "Uart": [ "ISU0" ]`), b, app(2, "rt:"+with(1)+`, "I2cMaster": [ "ISU0" ], "Gpio": [ 30 ]`)},
			a + " AZS311 error /Capabilities/Uart/0 ~" + b + "\n" + b + " AZS311 error /Capabilities/I2cMaster/0 ~" + a + "\n" + b + " AZS311 error /Capabilities/Gpio/0 ~" + a + "\n"},
		{"AZS311: through names", []string{a, app(1, with(2)+`, "Gpio": [ "$LED" ]`), b, app(2, with(1)+`, "Pwm": [ "PWM-CONTROLLER-2" ]`), "a/hw/board.json", boardFile,
			"a/CMakeLists.txt", `azsphere_target_hardware_definition(x TARGET_DIRECTORY "hw" TARGET_DEFINITION "board.json")`},
			a + " AZS311 error /Capabilities/Gpio/0 ~" + b + "\n" + b + " AZS311 error /Capabilities/Pwm/0 ~" + a + "\n"},
		{"AZS311: apps that never meet", []string{a, app(1, `"Gpio": [ 8 ]`), b, app(2, `"Gpio": [ 8 ]`)}, ""},
		{"AZS311: an app elsewhere that does not mean this one", []string{"x/" + a, app(1, with(3)+`, "Gpio": [ 8 ]`), "y/" + b, app(2, with(3)+`, "Gpio": [ 8 ]`), "y/rt" + m, app(3, "rt:"+with(2)),
			"x/a/.vscode/launch.json", `{ "configurations": [ { "type": "azurespheredbg", "partnerComponents": [ "` + guid(3) + `" ] } ] }`},
			"x/" + a + " AZS313 error /Capabilities/AllowedApplicationConnections/0 ~y/rt" + m + "\n"},
		{"AZS311: versions of one app", []string{"hl1" + m, app(1, with(2)+`, "Gpio": [ 8 ]`), "hl2" + m, app(1, with(2)+`, "Gpio": [ 8 ]`), "rt" + m, app(2, with(1))},
			""},
		{"AZS311: two with a partner in common", []string{"hl1" + m, app(1, with(3)+`, "Gpio": [ 8 ]`), "hl2" + m, app(2, with(3)+`, "Gpio": [ 8 ]`), "rt" + m, app(3, "rt:"+with(1, 2))},
			"hl1" + m + " AZS311 warning /Capabilities/Gpio/0 ~hl2" + m + "\n" + "hl2" + m + " AZS311 warning /Capabilities/Gpio/0 ~hl1" + m + "\n"},

		{"AZS312: two cores", []string{a, app(1, with(2)+`, "Gpio": [ 8, 10 ]`), b, app(2, "rt:"+with(1)+`, "Gpio": [ 9 ]`)},
			a + " AZS312 error /Capabilities/Gpio/0 ~" + b + "\n" + b + " AZS312 error /Capabilities/Gpio/0 ~" + a + "\n"},
		{"AZS312: an interrupt of a real-time app, in a workspace file", []string{a, app(1, `"Gpio": [ 8 ]`), b, app(2, `rt:"ExternalInterrupt": [ "EINT9" ]`), "w.code-workspace", workspace},
			a + " AZS312 warning /Capabilities/Gpio/0 ~" + b + "\n" + b + " AZS312 warning /Capabilities/ExternalInterrupt/0 ~" + a + "\n"},
		{"AZS312: two high-level apps", []string{a, app(1, with(2)+`, "Gpio": [ 8 ]`), b, app(2, with(1)+`, "Gpio": [ 9 ]`)},
			a + " AZS312 info /Capabilities/Gpio/0 ~" + b + "\n" + b + " AZS312 info /Capabilities/Gpio/0 ~" + a + "\n"},
		{"AZS312: other blocks", []string{a, app(1, with(2)+`, "Gpio": [ 8 ]`), b, app(2, "rt:"+with(1)+`, "Gpio": [ 12 ]`)}, ""},

		{"AZS313", []string{a, app(1, with(2)), b, app(2, "")}, a + " AZS313 error /Capabilities/AllowedApplicationConnections/0 ~" + b + "\n"},
		{"AZS313: two real-time apps", []string{a, app(1, "rt:"+with(2)), b, app(2, "rt:")},
			a + " AZS313 warning /Capabilities/AllowedApplicationConnections/0 ~" + b + "\n" + a + " AZS318 warning /ApplicationType ~" + b + "\n"},
		{"AZS313: a copy allows back", []string{"x/" + a, app(1, with(2)), "x/" + b, app(2, ""), "y/" + b, app(2, with(1))}, ""},

		{"AZS314", []string{a, app(1, with(2)+`, "AllowedTcpServerPorts": [ 8080, 8081 ]`), b, app(2, with(1)+`, "AllowedTcpServerPorts": [ 8081 ]`)},
			a + " AZS314 error /Capabilities/AllowedTcpServerPorts/1 ~" + b + "\n" + b + " AZS314 error /Capabilities/AllowedTcpServerPorts/0 ~" + a + "\n"},
		{"AZS314: TCP and UDP", []string{a, app(1, with(2)+`, "AllowedTcpServerPorts": [ 8080 ]`), b, app(2, with(1)+`, "AllowedUdpServerPorts": [ 8080 ]`)}, ""},

		{"AZS315", []string{a, app(1, with(2, 3)), b, app(2, with(1))}, a + " AZS315 warning /Capabilities/AllowedApplicationConnections/1\n"},
		{"AZS315: one app", []string{a, app(1, with(2))}, ""},

		{"AZS316: empty", []string{a, app(1, with(2)), b, app(2, with(1)), "a/.vscode/launch.json", launch(`, "partnerComponents": []`)},
			"a/.vscode/launch.json AZS316 warning /configurations/0/partnerComponents ~" + a + "\n"},
		{"AZS316: not there", []string{a, app(1, with(2)), "a/.vscode/launch.json", launch("")},
			"a/.vscode/launch.json AZS316 warning /configurations/0/type ~" + a + "\n"},
		{"AZS316: too many", []string{a, app(1, with(2)), "a/.vscode/launch.json", launch(`, "partnerComponents": [ "` + guid(2) + `", "` + guid(3) + `" ]`)},
			"a/.vscode/launch.json AZS316 info /configurations/0/partnerComponents ~" + a + "\n"},
		{"AZS316: ours", []string{a, app(1, with(2)), "a/.vscode/launch.json", `{ "configurations": [ { "type": "armillary", "partners": [] } ] }`},
			"a/.vscode/launch.json AZS316 warning /configurations/0/partners ~" + a + "\n"},
		{"AZS316: ours, by folder", []string{a, app(1, with(2)), b, app(2, with(1)), "a/.vscode/launch.json", `{ "configurations": [ { "type": "armillary", "partners": [ "../b" ] } ] }`}, ""},
		{"AZS316: the same, in another case, and itself", []string{a, app(0xab, with(0xcd)), "a/.vscode/launch.json", launch(`, "partnerComponents": [ "` + strings.ToUpper(guid(0xcd)) + `", "` + guid(0xab) + `" ]`)}, ""},
		{"AZS316: attach, and what cannot be read", []string{a, app(1, with(2)), "a/.vscode/launch.json",
			`{ "configurations": [ { "type": "azurespheredbg", "request": "attach" }, { "type": "azurespheredbg", "partnerComponents": [ "${input:partner}" ] }, { "type": "cppdbg" } ] }`}, ""},

		{"AZS317", []string{a, app(1, "rt:"), b, app(2, "rt:"), c, app(3, "rt:"), "d" + m, app(4, with(1, 2, 3))},
			"c/app_manifest.json AZS317 warning /ApplicationType ~" + a + " ~" + b + "\n" +
				"d" + m + " AZS313 error /Capabilities/AllowedApplicationConnections/0 ~" + a + "\n" +
				"d" + m + " AZS313 error /Capabilities/AllowedApplicationConnections/1 ~" + b + "\n" +
				"d" + m + " AZS313 error /Capabilities/AllowedApplicationConnections/2 ~" + c + "\n"},
		{"AZS317: started together", []string{a, app(1, with(2, 3, 4)), b, app(2, "rt:"+with(1)), c, app(3, "rt:"+with(1)), "d" + m, app(4, "rt:"+with(1)),
			"a/.vscode/launch.json", launch(`, "partnerComponents": [ "` + guid(2) + `", "` + guid(3) + `", "` + guid(4) + `" ]`)},
			"d" + m + " AZS317 error /ApplicationType ~" + b + " ~" + c + "\n"},
		{"AZS317: two", []string{a, app(1, "rt:"), b, app(2, "rt:"), c, app(3, ""), "w.code-workspace", workspace}, ""},

		{"AZS318", []string{a, app(1, "rt:"+with(2)), b, app(2, "rt:"+with(1))}, a + " AZS318 warning /ApplicationType ~" + b + "\n"},
		{"AZS318: a partner is elsewhere", []string{a, app(1, "rt:"+with(2)), b, app(2, "rt:"+with(1, 3))}, b + " AZS315 warning /Capabilities/AllowedApplicationConnections/1\n"},
		{"AZS318: a real-time app alone", []string{a, app(1, "rt:"), b, app(2, "rt:")}, ""},

		{"AZS319", []string{a, app(1, with(2)), b, app(2, with(1)), "a/out/a.imagepackage", big, "b/out/b.imagepackage", big + "x"},
			b + " AZS319 error /Name ~" + a + "\n"},
		{"AZS319: in a workspace file", []string{a, app(1, ""), b, app(2, ""), "a/out/a.imagepackage", big, "b/out/b.imagepackage", big, "w.code-workspace", workspace},
			a + " AZS319 warning /Name ~" + b + "\n"},
		{"AZS319: one", []string{a, app(1, ""), "a/out/a.imagepackage", big + big}, a + " AZS319 error /Name\n"},
		{"AZS319: two builds of one app, the newest counts", []string{a, app(1, ""), "a/out/Release/a.imagepackage", big + big, "a/out/Debug/a.imagepackage", big}, ""},
		{"AZS319: not on one device", []string{a, app(1, ""), b, app(2, ""), "a/out/a.imagepackage", big, "b/out/b.imagepackage", big}, ""},

		{"AZS320", []string{a, sample("mine")}, a + " AZS320 info /ComponentId\n"},
		{"AZS320: the sample itself", []string{a, sample("IntercoreComms_HighLevelApp")}, ""},
		{"AZS320 beside AZS310", []string{a, sample("mine"), b, sample("yours")}, a + " AZS310 info /ComponentId ~" + b + "\n" + a + " AZS320 info /ComponentId\n" +
			b + " AZS310 info /ComponentId ~" + a + "\n" + b + " AZS320 info /ComponentId\n"},
	} {
		fsys := files(tt.files...)
		list := CheckTogether(fsys, openAll(t, fsys), Options{})
		if got := found(list); got != tt.want {
			t.Errorf("%s: got\n%swant\n%s", tt.name, got, tt.want)
		}
		for _, f := range list {
			src := fsys[f.File].Data
			if f.Span.End > len(src) || f.Span.End <= f.Span.Start || f.Message == "" {
				t.Errorf("%s: %+v of %d bytes", tt.name, f.Span, len(src))
			}
			for _, r := range f.Related {
				if r.Span.End > len(fsys[r.File].Data) {
					t.Errorf("%s: related %+v", tt.name, r)
				}
			}
		}
	}
}

// Applying a finding's first fix takes the finding away, and brings no other.
func TestSeveralFixes(t *testing.T) {
	const a, b = "a/app_manifest.json", "b/app_manifest.json"
	for code, list := range map[string][]string{
		"AZS310": {a, app(1, ""), b, app(1, "rt:"), "w.code-workspace", workspace},
		"AZS311": {a, app(1, with(2)+`, "Gpio": [ 8 ]`), b, app(2, "rt:"+with(1)+`, "Gpio": [ 8 ]`)},
		"AZS312": {a, app(1, with(2)+`, "Uart": [ "ISU0" ], "Gpio": [ 8 ]`), b, app(2, "rt:"+with(1)+`, "Gpio": [ 9 ]`)},
		"AZS313": {a, app(1, with(2)), b, app(2, `"Gpio": []`)},
		"AZS316": {a, app(1, with(2)), b, app(2, with(1)), "a/.vscode/launch.json", `{ "configurations": [ { "type": "azurespheredbg" } ] }`},
		"AZS320": {a, strings.Replace(app(1, ""), guid(1), "25025d2c-66da-4448-bae1-ac26fcdd3627", 1)},
	} {
		fsys := files(list...)
		before := CheckTogether(fsys, openAll(t, fsys), Options{})
		if len(before) == 0 || before[0].Rule.Code != code || len(before[0].Fixes) == 0 || before[0].Fixes[0].Preferred {
			t.Errorf("%s: %s", code, found(before))
			continue
		}
		for _, e := range before[0].Fixes[0].Edits {
			name := cmp.Or(e.File, before[0].File)
			src := string(fsys[name].Data)
			fsys[name] = &fstest.MapFile{Data: []byte(src[:e.Span.Start] + e.New + src[e.Span.End:])}
		}
		if after := CheckTogether(fsys, openAll(t, fsys), Options{}); len(after) != 0 {
			t.Errorf("%s: after %q\n%s", code, before[0].Fixes[0].Title, found(after))
		}
	}
}

// A list that is there is added to, and keeps its layout.
func TestAllowBack(t *testing.T) {
	fsys := files("a/app_manifest.json", app(1, with(2)), "b/app_manifest.json", app(2, with(3)), "c/app_manifest.json", app(3, with(2)))
	list := CheckTogether(fsys, openAll(t, fsys), Options{Show: func(p string) string { return "./" + p }})
	if len(list) != 1 || !strings.HasPrefix(list[0].Message, "./b/app_manifest.json does not list") {
		t.Fatal(found(list))
	}
	e := list[0].Fixes[0].Edits[0]
	src := string(fsys["b/app_manifest.json"].Data)
	if got := src[:e.Span.Start] + e.New + src[e.Span.End:]; e.File != "b/app_manifest.json" || got != app(2, with(3, 1)) {
		t.Errorf("%s:\n%s", e.File, got)
	}
}

func TestSeveralRuleTable(t *testing.T) {
	last := ""
	for _, r := range SeveralRules() {
		if r.Code <= last || r.Title == "" || r.Doc == "" || r.Source == "" || r.Severity == 0 {
			t.Errorf("%+v behind %s", r, last)
		}
		last = r.Code
	}
	for id := range samples {
		if id != strings.ToLower(id) || len(id) != 36 {
			t.Errorf("id %s", id)
		}
	}
}

// samplesDir is the checkout that an environment variable names.
func samplesDir(t *testing.T, env, repository string) string {
	t.Helper()
	dir := os.Getenv(env)
	if dir == "" {
		t.Skipf("%s: set it to a checkout of %s", env, repository)
	}
	return dir
}

// Nothing that is said of the vendor's samples and of the gallery is wrong: each finding is judged here.
func TestPublishedApps(t *testing.T) {
	for _, tt := range []struct{ env, repository, want string }{
		{"ARMILLARY_SAMPLES", "Azure/azure-sphere-samples", ``},
		// The ids are copies of HelloWorld_HighLevelApp's, IntercoreComms_HighLevelApp's and HTTPS_Curl_Easy's, and the
		// launch.json of BalancingRobot's real-time app lists no partner, while the manifest allows one.
		{"ARMILLARY_GALLERY", "Azure/azure-sphere-gallery", `BalancingRobot/Software/RTOS/.vscode/launch.json AZS316 warning /configurations/0/partnerComponents ~BalancingRobot/Software/RTOS/app_manifest.json
CO2_MonitorHealthySpaces/src/app_manifest.json AZS310 info /ComponentId ~LittleFs_SDCard/src/AzureSphere/SDCard_HighLevelApp/app_manifest.json
CO2_MonitorHealthySpaces/src/app_manifest.json AZS320 info /ComponentId
EAP-TLS_Solution/EAP-TLS Client/app_manifest.json AZS320 info /ComponentId
HeapTracker/app_manifest.json AZS310 info /ComponentId ~LittleFs_RemoteDisk/src/HighLevelApp/app_manifest.json
HeapTracker/app_manifest.json AZS320 info /ComponentId
LittleFs_RemoteDisk/src/HighLevelApp/app_manifest.json AZS310 info /ComponentId ~HeapTracker/app_manifest.json
LittleFs_RemoteDisk/src/HighLevelApp/app_manifest.json AZS320 info /ComponentId
LittleFs_SDCard/src/AzureSphere/SDCard_HighLevelApp/app_manifest.json AZS310 info /ComponentId ~CO2_MonitorHealthySpaces/src/app_manifest.json
NativeBlink/app_manifest.json AZS310 info /ComponentId ~HeapTracker/app_manifest.json
SimpleFileSystem_RemoteDisk/src/HighLevelApp/app_manifest.json AZS310 info /ComponentId ~HeapTracker/app_manifest.json
SimpleFileSystem_RemoteDisk/src/HighLevelApp/app_manifest.json AZS320 info /ComponentId
`},
	} {
		t.Run(tt.repository, func(t *testing.T) {
			fsys := os.DirFS(samplesDir(t, tt.env, tt.repository))
			list := CheckTogether(fsys, openAll(t, fsys), Options{})
			if got := found(list); got != tt.want {
				t.Errorf("got\n%swant\n%s", got, tt.want)
				for _, f := range list {
					t.Log(f.File, f.Rule.Code, f.Message)
				}
			}
			for _, g := range Together(fsys, openAll(t, fsys)) {
				if len(g.Apps) > 1 {
					for _, a := range g.Apps {
						t.Log(a.Dir)
					}
					t.Log("--", len(g.Evidence))
				}
			}
		})
	}
}

func FuzzCheckTogether(f *testing.F) {
	f.Add(app(1, with(2)+`, "Gpio": [ 8 ]`), app(2, "rt:"+with(1)+`, "Gpio": [ 9 ]`),
		`{ "configurations": [ { "type": "azurespheredbg", "partnerComponents": [ "`+guid(1)+`" ] } ] }`, workspace, "add_subdirectory(a)\nadd_subdirectory(b)")
	f.Add(app(1, ""), app(1, "rt:"), `{ "configurations": [ { "type": "armillary", "partners": [ "../b", "" ] } ] }`, `{`, `add_subdirectory(`)
	f.Fuzz(func(t *testing.T, one, two, launch, workspace, cmake string) {
		fsys := files("a/app_manifest.json", one, "b/app_manifest.json", two, "a/.vscode/launch.json", launch, "launch.vs.json", launch,
			"w.code-workspace", workspace, "CMakeLists.txt", cmake)
		for _, x := range CheckTogether(fsys, openAll(t, fsys), Options{}) {
			n := len(fsys[x.File].Data)
			if x.Span.Start < 0 || x.Span.End < x.Span.Start || x.Span.End > n {
				t.Fatalf("%s: %+v of %d bytes", x.File, x.Span, n)
			}
			for _, e := range x.Fixes {
				for _, e := range e.Edits {
					if n := len(fsys[cmp.Or(e.File, x.File)].Data); e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > n {
						t.Fatalf("%s: edit %+v of %d bytes", x.Rule.Code, e, n)
					}
				}
			}
		}
	})
}

// Ten thousand apps take ten times as long as a thousand, whether they belong together or not.
func BenchmarkCheckTogether(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		for _, kind := range []string{"apart", "copies", "pairs", "one device"} {
			fsys := fstest.MapFS{}
			for i := range n {
				caps, id := `"Gpio": [ 8, 9 ], "Uart": [ "ISU0" ]`, i
				switch kind {
				case "copies":
					id = i % 2
					caps += `, ` + with(1-id)
				case "pairs":
					caps += `, ` + with(i^1)
				case "one device":
					caps += `, ` + with(0)
				}
				fsys[fmt.Sprintf("x/%05d/app/app_manifest.json", i)] = &fstest.MapFile{Data: []byte(app(id, caps)), ModTime: time.Unix(0, 0)}
			}
			apps := openAll(b, fsys)
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				var list []FileFinding
				for b.Loop() {
					list = CheckTogether(plainFS{fsys}, apps, Options{})
				}
				b.ReportMetric(float64(len(list)), "findings")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/app")
			})
		}
	}
}

// plainFS answers in constant time, as MapFS does not, and lists no folders.
type plainFS struct{ fstest.MapFS }

func (p plainFS) Open(name string) (fs.File, error) {
	if p.MapFS[name] == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return fstest.MapFS{name: p.MapFS[name]}.Open(name)
}

func (plainFS) ReadDir(string) ([]fs.DirEntry, error) { return nil, fs.ErrNotExist }
