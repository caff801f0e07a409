package project

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/rule"
)

// findingsText writes findings with the letters they are about, their related places and their fixes.
func findingsText(fsys fs.FS, found []FileFinding) string {
	var b strings.Builder
	cut := func(file string, s rule.Span) string {
		src, err := fs.ReadFile(fsys, file)
		if err != nil || s.End > len(src) || s.Start > s.End {
			return "NO PLACE " + file
		}
		text, _, more := strings.Cut(string(src[s.Start:s.End]), "\n")
		if more {
			text += "…"
		}
		return text
	}
	for _, f := range found {
		fmt.Fprintf(&b, "%s %s %s %s: %s\n", f.Rule.Code, f.Severity, f.File, cut(f.File, f.Span), f.Message)
		for _, r := range f.Related {
			fmt.Fprintf(&b, "  %s %s: %s\n", r.File, cut(r.File, r.Span), r.Message)
		}
		for _, x := range f.Fixes {
			e := x.Edits[0]
			fmt.Fprintf(&b, "  fix %s: %q -> %q\n", x.Title, cut(f.File, e.Span), e.New)
		}
	}
	return b.String()
}

func presetsWith(set, toolchain string) string {
	return `{"version": 2, "configurePresets": [{"name": "d", "cacheVariables": {"AZURE_SPHERE_TARGET_API_SET": "` + set +
		`", "CMAKE_TOOLCHAIN_FILE": "$env{SDK}/` + toolchain + `.cmake"}}]}`
}

// Each rule once where it speaks and once where it must not.
func TestProjectRules(t *testing.T) {
	const pack = "project(x)\nazsphere_target_add_image_package(x)\n"
	entry := func(s string) string { return strings.Replace(manifestWith(``), "/bin/app", s, 1) }
	malloc := strings.Replace(manifestWith(``), `"CmdArgs"`, `"MallocVersion": 2, "CmdArgs"`, 1)
	proxy := manifestWith(`"ReadNetworkProxyConfig": true`)
	realTime := strings.Replace(manifestWith(``), `"Default"`, `"RealTimeCapable"`, 1)
	hw := func(dir string) string {
		return "azsphere_target_hardware_definition(x TARGET_DIRECTORY " + dir + " TARGET_DEFINITION board.json)\n"
	}
	const hl, rt = "AzureSphereToolchain", "AzureSphereRTCoreToolchain"
	for _, tt := range []struct {
		name, manifest, lists, presets string
		extra                          []string
		want                           string
	}{
		{name: "sound", manifest: manifestWith(``), lists: pack + hw("hw"), presets: presetsWith("latest-lts", hl), extra: []string{"a/hw/board.json", boardFile}},
		{name: "no CMake", manifest: entry("/bin/blink")},
		{name: "EntryPoint", manifest: entry("/bin/blink"), lists: pack, want: `AZS018 warning a/app_manifest.json "/bin/blink": EntryPoint is /bin/blink, but CMake packs the program as /bin/app
  a/CMakeLists.txt azsphere_target_add_image_package(x): here the program becomes /bin/app
  fix Write "/bin/app": "\"/bin/blink\"" -> "\"/bin/app\""
`},
		{name: "EntryPoint of a packer of one's own", manifest: entry("/bin/blink"), lists: "project(x)\n"},
		{name: "EntryPoint, relative", manifest: entry("blink"), lists: pack},
		{name: "MallocVersion for an old set", manifest: malloc, lists: pack, presets: presetsWith("8", hl), want: `AZS026 warning a/app_manifest.json 2: MallocVersion came with release 22.11, but the app is built for API set 8
  a/CMakePresets.json "8": the app is built for API set 8
`},
		{name: "MallocVersion for a set of unknown age", manifest: malloc, lists: pack, presets: presetsWith("13", hl)},
		{name: "MallocVersion for the newest", manifest: malloc, lists: "azsphere_configure_tools(TOOLS_REVISION \"20.10\")\n", presets: `{"configurePresets":[{"name":"a","cacheVariables":{"AZURE_SPHERE_TARGET_API_SET":"latest-lts"}}]}`,
			want: `AZS305 warning a/CMakeLists.txt azsphere_configure_tools(TOOLS_REVISION "20.10"): azsphere_configure_tools is left over: presets say what the app is built with
  a/CMakePresets.json "a": preset a
  fix Remove the call: "azsphere_configure_tools(TOOLS_REVISION \"20.10\")…" -> ""
`},
		{name: "MallocVersion for a real-time app", manifest: strings.Replace(malloc, `"Default"`, `"RealTimeCapable"`, 1), lists: pack, presets: presetsWith("7", rt)},
		{name: "capability for a beta set", manifest: proxy, lists: "azsphere_configure_api(TARGET_API_SET \"5+Beta2004\")\n", want: `AZS074 warning a/app_manifest.json "ReadNetworkProxyConfig": ReadNetworkProxyConfig came with release 22.07, but the app is built for API set 5+Beta2004
  a/CMakeLists.txt "5+Beta2004": the app is built for API set 5+Beta2004
`},
		{name: "capability for old tools", manifest: proxy, lists: "azsphere_configure_tools(TOOLS_REVISION \"22.02\")\n", want: `AZS074 warning a/app_manifest.json "ReadNetworkProxyConfig": ReadNetworkProxyConfig came with release 22.07, but the app is built for tools revision 22.02
  a/CMakeLists.txt "22.02": the app is built for tools revision 22.02
`},
		{name: "capability for tools that have it", manifest: proxy, lists: "azsphere_configure_tools(TOOLS_REVISION \"22.07\")\n"},
		{name: "capability whose age is not certain", manifest: manifestWith(`"CertStore": true, "HardwareAddressConfig": true, "ReadNetworkProxyConfig": false`), lists: "azsphere_configure_tools(TOOLS_REVISION \"18.11\")\n"},
		{name: "folder not found", manifest: manifestWith(``), lists: pack + hw(`"../hw"`), want: `AZS303 error a/CMakeLists.txt "../hw": There is no folder ../hw, in which board.json should be
`},
		{name: "definition not found", manifest: manifestWith(``), lists: pack + hw(`"hw"`), extra: []string{"a/hw/bord.json", boardFile, "a/hw/inc/x.h", ""}, want: `AZS303 error a/CMakeLists.txt board.json: board.json is not in hw; did you mean "bord.json"?
  fix Write "bord.json": "board.json" -> "\"bord.json\""
`},
		{name: "find_path in vain", manifest: manifestWith(``), lists: pack + "find_path(D board.json PATHS hw NO_DEFAULT_PATH)\n" + hw(`"${D}"`), want: `AZS303 error a/CMakeLists.txt "${D}": board.json is in none of the folders in which it is looked for: hw
`},
		{name: "folder misspelt", manifest: manifestWith(``), lists: pack + "set(TARGET_HARDWARE \"bord\")\n" + hw(`"../hw/${TARGET_HARDWARE}"`), extra: []string{"hw/board/board.json", boardFile, "hw/borg/x.h", ""},
			want: `AZS303 error a/CMakeLists.txt "../hw/${TARGET_HARDWARE}": There is no folder ../hw/bord, in which board.json should be; did you mean "board"?
  fix Write "board": "bord" -> "board"
`},
		{name: "folder misspelt in find_path", manifest: manifestWith(``), lists: pack + "find_path(D board.json PATHS ../hardwere/b hw NO_DEFAULT_PATH)\n" + hw(`"${D}"`), extra: []string{"hardware/b/board.json", boardFile},
			want: `AZS303 error a/CMakeLists.txt "${D}": board.json is in none of the folders in which it is looked for: ../hardwere/b, hw; did you mean "hardware"?
  fix Write "hardware": "hardwere" -> "hardware"
`},
		{name: "folder misspelt in two places", manifest: manifestWith(``), lists: pack + "set(A bord)\nset(B bord)\n" + hw(`"../hw/${A}"`), extra: []string{"hw/board/board.json", boardFile},
			want: `AZS303 error a/CMakeLists.txt "../hw/${A}": There is no folder ../hw/bord, in which board.json should be; did you mean "board"?
`},
		{name: "folder that is not known", manifest: manifestWith(``), lists: pack + hw(`"${D}"`)},
		{name: "folder under a condition", manifest: manifestWith(``), lists: pack + "if(X)\n" + hw(`hw`) + "endif()"},
		{name: "a board of the SDK", manifest: manifestWith(``), lists: pack + "azsphere_target_hardware_definition(x TARGET_DEFINITION mt3620_rdb.json)\n"},
		{name: "a definition of an SDK that is not here", manifest: manifestWith(``), lists: pack + "azsphere_target_hardware_definition(x TARGET_DEFINITION mine.json)\n"},
		{name: "toolchain for the M4", manifest: manifestWith(``), lists: pack, presets: presetsWith("latest-lts", rt), want: `AZS304 warning a/app_manifest.json "Default": ApplicationType is Default, but the toolchain builds for the Cortex-M4
  a/CMakePresets.json "$env{SDK}/AzureSphereRTCoreToolchain.cmake": the toolchain for the Cortex-M4
  fix Set ApplicationType to "RealTimeCapable": "\"Default\"" -> "\"RealTimeCapable\""
`},
		{name: "toolchain for the A7", manifest: realTime, lists: pack, presets: presetsWith("latest-lts", hl), want: `AZS304 warning a/app_manifest.json "RealTimeCapable": ApplicationType is RealTimeCapable, but the toolchain builds for the Cortex-A7
  a/CMakePresets.json "$env{SDK}/AzureSphereToolchain.cmake": the toolchain for the Cortex-A7
  fix Set ApplicationType to "Default": "\"RealTimeCapable\"" -> "\"Default\""
`},
		{name: "toolchain without a type", manifest: strings.Replace(manifestWith(``), ",\n  \"ApplicationType\": \"Default\"", "", 1), lists: pack, presets: presetsWith("latest-lts", rt),
			want: `AZS304 warning a/app_manifest.json {: Without an ApplicationType the app is a high-level one, but the toolchain builds for the Cortex-M4
  a/CMakePresets.json "$env{SDK}/AzureSphereRTCoreToolchain.cmake": the toolchain for the Cortex-M4
  fix Insert "ApplicationType": "RealTimeCapable": "" -> ",\n  \"ApplicationType\": \"RealTimeCapable\""
`},
		{name: "toolchain of another kind", manifest: manifestWith(``), lists: pack, presets: presetsWith("latest-lts", "AzureSphereNativeToolchain")},
		{name: "presets for both cores", manifest: realTime, lists: pack, presets: strings.Replace(presetsWith("latest-lts", rt), "[", `[{"name": "e", "cacheVariables": {"CMAKE_TOOLCHAIN_FILE": "AzureSphereToolchain.cmake"}}, `, 1)},
		{name: "configure without presets", manifest: manifestWith(``), lists: "azsphere_configure_tools(TOOLS_REVISION 20.07)\nazsphere_configure_api(TARGET_API_SET 7)\n"},
		{name: "configure beside presets of something else", manifest: manifestWith(``), lists: "azsphere_configure_api(TARGET_API_SET 7)\n", presets: `{"configurePresets":[{"name":"a"}]}`},
		{name: "source not found", manifest: manifestWith(``), lists: "project(x)\nadd_executable(x mainn.c made.c ${F}.c sub/a.c build/b.c)\nadd_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/made.c)\nazsphere_target_add_image_package(x)\n",
			extra: []string{"a/main.c", ""}, want: `AZS307 warning a/CMakeLists.txt mainn.c: There is no source file mainn.c; did you mean "main.c"?
  fix Write "main.c": "mainn.c" -> "main.c"
`},
		{name: "no sources at all", manifest: manifestWith(``), lists: "project(x)\nadd_executable(x main.c)\nazsphere_target_add_image_package(x)\n"},
		{name: "source of a list or under a condition", manifest: manifestWith(``), lists: "project(x)\nset(S mainn.c)\nif(X)\nadd_executable(x ${S} b.c)\nelse()\nadd_executable(x ${S})\nendif()\nazsphere_target_add_image_package(x)\n", extra: []string{"a/main.c", ""}},
		{name: "absolute resources", manifest: manifestWith(``), lists: "set(L a.txt /x/b.txt)\nazsphere_target_add_image_package(x RESOURCE_FILES c.txt ${L} \"${CMAKE_SOURCE_DIR}/data/d.txt\" ${CMAKE_BINARY_DIR}/e.txt ${F}/f.txt)\n",
			want: `AZS306 error a/CMakeLists.txt ${L}: The resource file /x/b.txt is absolute; its path has to be relative to the app's folder
AZS306 error a/CMakeLists.txt "${CMAKE_SOURCE_DIR}/data/d.txt": The resource file /a/data/d.txt is absolute; its path has to be relative to the app's folder
  fix Write "data/d.txt": "\"${CMAKE_SOURCE_DIR}/data/d.txt\"" -> "\"data/d.txt\""
AZS306 error a/CMakeLists.txt ${CMAKE_BINARY_DIR}/e.txt: The resource file ${CMAKE_BINARY_DIR}/e.txt is absolute; its path has to be relative to the app's folder
`},
	} {
		pairs := append([]string{"a/app_manifest.json", tt.manifest}, tt.extra...)
		if tt.lists != "" {
			pairs = append(pairs, "a/CMakeLists.txt", tt.lists)
		}
		if tt.presets != "" {
			pairs = append(pairs, "a/CMakePresets.json", tt.presets)
		}
		fsys := files(pairs...)
		a, err := OpenApp(fsys, "a", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := findingsText(fsys, a.CheckProject(fsys)); got != tt.want {
			t.Errorf("%s:\ngot\n%swant\n%s", tt.name, got, tt.want)
		}
	}
}

// The table is whole, and says where it has its facts from.
func TestProjectRuleTable(t *testing.T) {
	var codes []string
	for _, r := range ProjectRules() {
		codes = append(codes, r.Code)
		if r.Title == "" || r.Doc == "" || r.Source == "" || r.Severity == 0 {
			t.Errorf("%+v", r)
		}
	}
	if want := []string{"AZS018", "AZS026", "AZS074", "AZS303", "AZS304", "AZS305", "AZS306", "AZS307", "AZS308", "AZS309"}; !slices.Equal(codes, want) {
		t.Errorf("rules %v, want %v", codes, want)
	}
}

// Nothing is said of the vendor's samples and the gallery but of what a submodule would bring.
func TestSamplesProjectRules(t *testing.T) {
	fsys, apps := checkout(t, "ARMILLARY_SAMPLES", "Azure/azure-sphere-samples")
	for _, a := range apps {
		if got := findingsText(fsys, a.CheckProject(fsys)); got != "" {
			t.Errorf("%s: %s", a.Dir, got)
		}
	}
}

func TestGalleryProjectRules(t *testing.T) {
	fsys, apps := checkout(t, "ARMILLARY_GALLERY", "Azure/azure-sphere-gallery")
	for _, a := range apps {
		found := a.CheckProject(fsys)
		if _, err := fs.Stat(fsys, a.Dir+"/HardwareDefinitions"); a.Dir == "CO2_MonitorHealthySpaces/src" && err != nil && len(found) == 1 && found[0].Rule.Code == "AZS303" {
			continue // the definitions are a submodule that is not checked out
		}
		if a.Dir == "EAP-TLS_Solution/EAP-TLS Client" && len(found) == 1 && found[0].Rule.Code == "AZS307" {
			continue // a source that its user has to make
		}
		if len(found) > 0 {
			t.Errorf("%s: %s", a.Dir, findingsText(fsys, found))
		}
	}
}
