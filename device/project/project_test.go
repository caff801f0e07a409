package project

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
)

const sound = `{
  "SchemaVersion": 1,
  "Name": "test",
  "ComponentId": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22",
  "EntryPoint": "/bin/app",
  "CmdArgs": [],
  "Capabilities": {CAPS},
  "ApplicationType": "Default"
}
`

func manifestWith(caps string) string { return strings.Replace(sound, "CAPS", caps, 1) }

const boardFile = `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Imports":[{"Path":"mt3620.json"}],
"Peripherals":[{"Name":"LED","Type":"Gpio","Mapping":"MT3620_GPIO8"}]}`

// files makes an FS of name, content pairs. Programs are as old as their place in the list says.
func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), ModTime: time.Unix(int64(1000+i), 0), Mode: 0o644}
	}
	return fsys
}

// show prints the findings of a report, one per line.
func show(r *Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d manifests, %d definitions\n", r.Manifests, r.Definitions)
	for _, f := range r.Files {
		fmt.Fprintf(&b, "%s: %s", f.Path, f.Kind)
		if f.Err != nil {
			b.WriteString(", not checked")
		}
		b.WriteString("\n")
		for _, x := range f.Findings {
			fmt.Fprintf(&b, "  %s %s %s\n", x.Rule.Code, x.Severity, x.Pointer)
		}
		for _, n := range f.NotChecked {
			fmt.Fprintf(&b, "  not checked: %s\n", n)
		}
	}
	return b.String()
}

func TestCheck(t *testing.T) {
	fsys := files(
		"apps/a/app_manifest.json", manifestWith(`"Gpio": [ "$LED" ]`),
		"apps/a/CMakeLists.txt", `azsphere_target_hardware_definition(x TARGET_DIRECTORY "hw" TARGET_DEFINITION "board.json")`,
		"apps/a/hw/board.json", boardFile,
		"apps/a/out/Debug/app_manifest.json", `{`, // what a build leaves
		"apps/a/build/CMakeCache.txt", "", "apps/a/build/app_manifest.json", `{`,
		"apps/a/bin/ARM/Debug/approotA/app_manifest.json", `{`,
		"apps/a/.vscode/settings.json", `{`,
		"apps/a/package.json", `{"name": "x"}`, // not ours
		"apps/b/app_manifest.json", manifestWith(`"Gpio": [ "$LED", 25 ]`),
		"apps/b/manifest-for-b.json", manifestWith(``), "apps/b/cmakelists.txt", "",
		"apps/c/app_manifest.json", ``,
		"apps/d/broken.json", strings.Replace(boardFile, `,"Version":1`, `"Version":1`, 1),
	)
	want := `4 manifests, 2 definitions
apps/a/app_manifest.json: manifest
apps/a/hw/board.json: definition
apps/b/app_manifest.json: manifest
  AZS123 info /Capabilities/Gpio/0
  AZS046 error /Capabilities/Gpio/1
  not checked: $ names: there is no CMakeLists.txt beside the manifest; on Linux, cmakelists.txt is another name
apps/b/manifest-for-b.json: manifest
  AZS007 warning 
apps/c/app_manifest.json: manifest
  AZS001 error 
apps/d/broken.json: definition
  AZS001 error /Metadata/Version
`
	if got := show(Check(fsys, []string{"apps"}, Options{})); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := show(Check(fsys, []string{"apps/", "./apps/a", "apps/a/app_manifest.json"}, Options{})); got != want {
		t.Errorf("the same named three times gives\n%s", got)
	}
	// A folder that is named is looked into, whatever it is called.
	if r := Check(fsys, []string{"apps/a/out"}, Options{}); r.Manifests != 1 {
		t.Errorf("named build folder: %s", show(r))
	}
}

func TestCheckFails(t *testing.T) {
	fsys := files("empty/x.txt", "", "other/package.json", `{"name": "x"}`, "a/app_manifest.json", manifestWith(``))
	for path, want := range map[string]error{
		"empty": ErrNothing, "other": ErrNothing, "none": fs.ErrNotExist, "other/package.json": ErrNeither, "../x": fs.ErrNotExist,
	} {
		r := Check(fsys, []string{path, "a"}, Options{})
		failed := r.Failed()
		if len(failed) != 1 || !errors.Is(failed[0].Err, want) || r.Manifests != 1 {
			t.Errorf("%s: %v, %d manifests; want %v", path, failed, r.Manifests, want)
		}
	}
	big := files("app_manifest.json", strings.Repeat(" ", maxFile+1))
	if f := CheckFile(big, "app_manifest.json", Options{}); !errors.Is(f.Err, ErrTooLarge) {
		t.Errorf("a file of %d bytes: %v", maxFile+1, f.Err)
	}
	if r := Check(unreadable{fsys, "a/app_manifest.json"}, []string{"."}, Options{}); len(r.Failed()) != 1 || !errors.Is(r.Failed()[0].Err, fs.ErrPermission) {
		t.Errorf("unreadable file: %s", show(r))
	}
}

// unreadable is an FS in which one file cannot be opened.
type unreadable struct {
	fs.FS
	name string
}

func (u unreadable) Open(name string) (fs.File, error) {
	if name == u.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return u.FS.Open(name)
}

// Where the hardware definition comes from, and what is said when it comes from nowhere.
func TestTarget(t *testing.T) {
	const app = "x/app/app_manifest.json"
	call := func(args string) string { return "project(p C)\nazsphere_target_hardware_definition(" + args + ")\n" }
	for _, tt := range []struct {
		name  string
		lists string // CMakeLists.txt; "" for none
		extra []string
		opt   Options
		want  string // of AZS120, AZS123: code, severity and part of the message; "" when $LED resolves
	}{
		{"nothing", "", nil, Options{}, "AZS123 info there is no CMakeLists.txt"},
		{"no call", "project(p C)\n", nil, Options{}, "AZS123 error CMakeLists.txt has no azsphere_target_hardware_definition line"},
		{"literal", call(`${PROJECT_NAME} TARGET_DIRECTORY "hw" TARGET_DEFINITION "board.json"`), []string{"x/app/hw/board.json", boardFile}, Options{}, ""},
		{"other order, several folders, lines and comments", call("p # the target\n TARGET_DEFINITION board.json #[[ no ]]\n TARGET_DIRECTORY [[none]] \"../hw\""), []string{"x/hw/board.json", boardFile}, Options{}, ""},
		{"own folder", call(`p TARGET_DIRECTORY "${CMAKE_CURRENT_LIST_DIR}/hw" TARGET_DEFINITION "board.json"`), []string{"x/app/hw/board.json", boardFile}, Options{}, ""},
		{"absolute", call(`p TARGET_DIRECTORY "/sdk/hw" TARGET_DEFINITION "board.json"`), []string{"sdk/hw/board.json", boardFile}, Options{}, ""},
		{"not there", call(`p TARGET_DIRECTORY "hw" TARGET_DEFINITION "board.json"`), nil, Options{}, "AZS123 info not there, see CMakeLists.txt, line 2"},
		{"variables", call(`p TARGET_DIRECTORY "${TARGET_DIRECTORY}" TARGET_DEFINITION "board.json"`), nil, Options{}, "AZS123 info depends on TARGET_DIRECTORY, which no file sets"},
		{"variables that are set", "set(D hw)\nset(F board.json)\n" + call(`p TARGET_DIRECTORY "${D}" TARGET_DEFINITION "${F}"`), []string{"x/app/hw/board.json", boardFile}, Options{}, ""},
		{"find_path", "find_path(D NAMES board.json PATHS hw ../../hw NO_DEFAULT_PATH)\n" + call(`p TARGET_DIRECTORY "${D}" TARGET_DEFINITION board.json`), []string{"hw/board.json", boardFile}, Options{}, ""},
		{"find_path in vain", "find_path(D NAMES board.json PATHS hw ../../hw NO_DEFAULT_PATH)\n" + call(`p TARGET_DIRECTORY "${D}" TARGET_DEFINITION board.json`), nil, Options{}, "AZS123 info not there, see CMakeLists.txt, line 3"},
		{"a build's cache", call(`p TARGET_DIRECTORY "${D}" TARGET_DEFINITION board.json`), []string{"x/app/out/d/CMakeCache.txt", "CMAKE_HOME_DIRECTORY:INTERNAL=/x/app\nD:PATH=/hw\n", "hw/board.json", boardFile}, Options{}, ""},
		{"a build's cache has folder and file", call(`p TARGET_DIRECTORY "${D}" TARGET_DEFINITION "${F}"`), []string{"x/app/out/d/CMakeCache.txt", "CMAKE_HOME_DIRECTORY:INTERNAL=/x/app\n//what D is\nD:STRING=hw/desk\nF:STRING=board.json", "x/app/hw/desk/board.json", boardFile}, Options{}, ""},
		{"a build's cache has the file", call(`p TARGET_DIRECTORY "hw" TARGET_DEFINITION "${F}"`), []string{"x/app/out/d/CMakeCache.txt", "CMAKE_HOME_DIRECTORY:INTERNAL=/x/app\nF:STRING=board.json\n", "x/app/hw/board.json", boardFile}, Options{}, ""},
		{"in a file that is included", "include(more.cmake)\n", []string{"x/app/more.cmake", call(`p TARGET_DIRECTORY hw TARGET_DEFINITION board.json`), "x/app/hw/board.json", boardFile}, Options{}, ""},
		{"another app's in a subfolder", "add_subdirectory(sub)\n", []string{"x/app/sub/CMakeLists.txt", call(`p TARGET_DIRECTORY ../hw TARGET_DEFINITION board.json`), "x/app/hw/board.json", boardFile}, Options{}, "AZS123 error has no azsphere_target_hardware_definition line"},
		{"chosen on the command line", "if(B STREQUAL x)\n" + call(`p TARGET_DIRECTORY hw TARGET_DEFINITION board.json`) + "else()\n" + call(`p TARGET_DIRECTORY hw TARGET_DEFINITION other.json`) + "endif()", []string{"x/app/hw/board.json", boardFile, "x/app/hw/other.json", boardFile}, Options{}, "AZS123 info depends on B"},
		{"only under a condition", "if(B)\n" + call(`p TARGET_DIRECTORY hw TARGET_DEFINITION board.json`) + "endif()", []string{"x/app/hw/board.json", boardFile}, Options{}, ""},
		{"the default is another", "if(B)\n" + call(`p TARGET_DIRECTORY hw TARGET_DEFINITION other.json`) + "else()\n" + call(`p TARGET_DIRECTORY hw TARGET_DEFINITION board.json`) + "endif()", []string{"x/app/hw/board.json", boardFile}, Options{}, ""},
		{"the SDK's folder", call(`p TARGET_DIRECTORY "${AZURE_SPHERE_SDK_PATH}/HardwareDefinitions" TARGET_DEFINITION "mt3620_rdb.json"`), nil, Options{}, "AZS120 error mt3620_rdb.json has no name LED"},
		{"the SDK's folder, not ours", call(`p TARGET_DIRECTORY "${AZURE_SPHERE_SDK_PATH}/HardwareDefinitions" TARGET_DEFINITION "board.json"`), nil, Options{}, "AZS123 info belongs to an SDK"},
		{"the SDK's folder that is there", call(`p TARGET_DIRECTORY "${AZURE_SPHERE_SDK_PATH}/HardwareDefinitions" TARGET_DEFINITION "board.json"`), []string{"sdk/board.json", boardFile}, Options{SearchDirs: []string{"sdk"}}, ""},
		{"no definition", call(`p TARGET_DIRECTORY "hw"`), nil, Options{}, "AZS123 error has no TARGET_DEFINITION"},
		{"a board that the program knows", call(`p TARGET_DEFINITION "mt3620_rdb.json"`), nil, Options{}, "AZS120 error mt3620_rdb.json has no name LED"},
		{"a board of somebody's SDK", call(`p TARGET_DEFINITION "acme_board.json"`), nil, Options{}, "AZS123 info belongs to an SDK"},
		{"an SDK's board that is there", call(`p TARGET_DEFINITION "board.json"`), []string{"sdk/board.json", boardFile}, Options{SearchDirs: []string{"sdk"}}, ""},
		{"the chip", call(`p TARGET_DEFINITION "mt3620.json"`), nil, Options{}, "AZS120 error mt3620.json has no name LED"},
		{"named by the user", "", []string{"mine.json", boardFile}, Options{HwDef: "mine.json"}, ""},
		{"a misspelt command", "project(p C)\nazsphere_target_hardwaredefinition(p TARGET_DIRECTORY hw TARGET_DEFINITION board.json)\n", nil, Options{}, "AZS123 error did you mean it with azsphere_target_hardwaredefinition in line 2?"},
		{"a board named by the user", "", nil, Options{HwDef: "mt3620_rdb.json"}, "AZS120 error mt3620_rdb.json has no name LED"},
		{"named by armillary.json, not there", "", nil, Options{HwDefFor: func(string) string { return "mine.json" }}, "AZS123 info not there, see armillary.json"},
		{"named by the user, not there", "", nil, Options{HwDef: "mine.json"}, "AZS123 error mine.json cannot be read"},
		{"unknown import", call(`p TARGET_DIRECTORY "hw" TARGET_DEFINITION "b.json"`), []string{"x/app/hw/b.json", `{"Imports":[{"Path":"rdb.json"}],"Peripherals":[]}`}, Options{}, "-"},
	} {
		pairs := append([]string{app, manifestWith(`"Gpio": [ "$LED" ]`)}, tt.extra...)
		if tt.lists != "" {
			pairs = append(pairs, "x/app/CMakeLists.txt", tt.lists)
		}
		f := CheckFile(files(pairs...), app, tt.opt)
		got := ""
		for _, x := range f.Findings {
			got += x.Rule.Code + " " + x.Severity.String() + " " + x.Message
			for _, fix := range x.Fixes {
				for _, e := range fix.Edits {
					if tt.name == "no call" && (e.File != "x/app/CMakeLists.txt" || e.Span != (rule.Span{Start: 13, End: 13}) || !strings.HasPrefix(e.New, "azsphere_target_hardware_definition(${PROJECT_NAME}")) {
						t.Errorf("%s: edit %+v", tt.name, e)
					}
				}
			}
		}
		switch {
		case tt.want == "-":
			if got != "" || len(f.NotChecked) != 1 || !strings.Contains(f.NotChecked[0], "$LED: rdb.json, which x/app/hw/b.json imports, was not found") {
				t.Errorf("%s: %s, %v", tt.name, got, f.NotChecked)
			}
		case tt.want == "" && (got != "" || f.Definitions == nil || len(f.NotChecked) != 0):
			t.Errorf("%s: %s %v", tt.name, got, f.NotChecked)
		case tt.want != "":
			head, rest, _ := strings.Cut(tt.want, " ")
			severity, msg, _ := strings.Cut(rest, " ")
			if !strings.HasPrefix(got, head+" "+severity+" ") || !strings.Contains(got, msg) {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
	}
}

// arm makes the beginning of an ARM ELF of a type.
func arm(typ byte) string {
	return "\x7fELF\x01\x01\x01" + strings.Repeat("\x00", 9) + string([]byte{typ, 0, 40, 0}) + strings.Repeat("\x00", 32)
}

func TestApp(t *testing.T) {
	fsys := files(
		"w/a/app_manifest.json", manifestWith(`"Gpio": [ "$LED" ]`),
		"w/a/CMakeLists.txt", "project(a C)\nazsphere_target_hardware_definition(a TARGET_DIRECTORY hw TARGET_DEFINITION board.json)\nazsphere_target_add_image_package(a RESOURCE_FILES data.bin cert/ca.pem)\n",
		"w/a/hw/board.json", boardFile,
		"w/a/out/ARM-Debug/a.out", arm(2),
		"w/a/out/ARM-Debug/a.imagepackage", "x",
		"w/a/out/ARM-Debug/CMakeFiles/a.dir/main.c.obj", arm(1),
		"w/a/out/ARM-Debug/liba.so", arm(3),
		"w/a/out/ARM-Debug/notes.txt", "text",
		"w/a/out/ARM-Release/a.out", arm(3),
		"w/a/mybuild/CMakeCache.txt", "", "w/a/mybuild/prog", arm(2),
		"w/a/src/prog", arm(2), // no build folder
		"w/b/app_manifest.json", manifestWith(`"Uart": [ "ISU9" ]`),
	)
	dirs, err := FindApps(fsys, "w", "w/a")
	if err != nil || !slices.Equal(dirs, []string{"w/a", "w/b"}) {
		t.Fatalf("%v, %v", dirs, err)
	}
	if _, err := FindApps(fsys, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("apps of a folder that is not there: %v", err)
	}
	a, err := OpenApp(fsys, "w/a", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Findings) != 0 || a.Refused() != nil || a.DefinitionPath != "w/a/hw/board.json" || a.Definitions == nil || !slices.Equal(a.Resources, []string{"data.bin", "cert/ca.pem"}) {
		t.Errorf("%+v", a)
	}
	var programs []string
	for _, o := range a.Programs(fsys) {
		programs = append(programs, o.Path)
	}
	if want := []string{"w/a/mybuild/prog", "w/a/out/ARM-Release/a.out", "w/a/out/ARM-Debug/a.out"}; !slices.Equal(programs, want) {
		t.Errorf("programs %v, want %v", programs, want)
	}
	if p := a.Packages(fsys); len(p) != 1 || p[0].Path != "w/a/out/ARM-Debug/a.imagepackage" || p[0].Size != 1 {
		t.Errorf("packages %+v", p)
	}
	b, err := OpenApp(fsys, "w/b", Options{})
	if err != nil || b.Refused() == nil || b.Refused().Rule.Code != "AZS047" || len(b.Programs(fsys)) != 0 {
		t.Errorf("%v %+v", err, b)
	}
	if _, err := OpenApp(fsys, "w", Options{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no app in w") {
		t.Errorf("%v", err)
	}
}

// What the CMake files say about an app beside its definition.
func TestBuild(t *testing.T) {
	app := func(pairs ...string) (*App, fs.FS) {
		fsys := files(append([]string{"w/a/app_manifest.json", manifestWith(``)}, pairs...)...)
		a, err := OpenApp(fsys, "w/a", Options{})
		if err != nil {
			t.Fatal(err)
		}
		return a, fsys
	}
	const lists = `project(a C)
add_library(helper lib/h.c)
target_compile_definitions(helper PUBLIC H=1)
add_executable(tests t.c)
add_executable(a main.c x.h ../shared/s.c ${EXTRA})
target_link_libraries(a applibs helper)
target_include_directories(a PRIVATE inc)
add_compile_definitions(A)
azsphere_configure_api(TARGET_API_SET "5+Beta2004")
azsphere_target_add_image_package(a DEBUG_LIB m RESOURCE_FILES "r.txt")
`
	preset := func(set, toolchain string) string {
		return `{"version": 2, "configurePresets": [{"name": "d", "cacheVariables": {"AZURE_SPHERE_TARGET_API_SET": "` + set + `", "CMAKE_TOOLCHAIN_FILE": "$env{SDK}/` + toolchain + `.cmake"}}]}`
	}
	a, fsys := app("w/a/CMakeLists.txt", lists, "w/a/CMakePresets.json", preset("12", "AzureSphereToolchain"))
	got := fmt.Sprint(a.Sources(fsys), a.IncludeDirs(), a.Macros(), a.APISet(), " ", a.APISetText(), " ", a.Toolchain(), len(a.Presets()), a.Resources)
	want := "[w/a/main.c w/shared/s.c w/a/lib/h.c] [w/a/inc] [A H=1] 5 5+Beta2004 high-level 1 [r.txt]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a, fsys = app("w/a/CMakePresets.json", preset("latest-lts", "AzureSphereRTCoreToolchain"), "w/a/main.c", "", "w/a/src/x.c", "", "w/a/src/x.h", "",
		"w/a/other/app_manifest.json", "", "w/a/other/o.c", "", "w/a/out/o.c", "", "w/a/.git/o.c", "", "w/a/mine/CMakeCache.txt", "", "w/a/mine/o.c", "")
	got = fmt.Sprint(a.Sources(fsys), a.IncludeDirs(), a.Macros(), a.APISet(), " ", a.APISetText(), " ", a.Toolchain(), len(a.Presets()), a.Resources, a.CMake == nil)
	want = "[w/a/main.c w/a/src/x.c] [] [] 0 latest-lts real-time 1 [] true"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	a, fsys = app("w/a/main.c", "", "w/a/out/compile_commands.json", `[{"directory": "/w/a/out", "file": "../src/y.c"}]`)
	if got := a.Sources(fsys); !slices.Equal(got, []string{"w/a/src/y.c"}) {
		t.Errorf("sources by compile_commands.json: %v", got)
	}
	if a.Toolchain() != UnknownToolchain || a.ImagePackage() != nil {
		t.Errorf("%v %v", a.Toolchain(), a.ImagePackage())
	}
}

// CMake files are read anew when one changes, and only then.
func TestCacheCMake(t *testing.T) {
	call := "project(x)\nazsphere_target_hardware_definition(x TARGET_DIRECTORY hw TARGET_DEFINITION board.json)\n"
	fsys := files("a/app_manifest.json", manifestWith(`"Gpio": [ "$LED" ]`), "a/CMakeLists.txt", "include(x.cmake)\n", "a/x.cmake", call, "a/hw/board.json", boardFile)
	opt := Options{Cache: NewCache()}
	first, again := CheckFile(fsys, "a/app_manifest.json", opt), CheckFile(fsys, "a/app_manifest.json", opt)
	if first.App.CMake == nil || first.App.CMake != again.App.CMake || len(first.Findings) != 0 {
		t.Errorf("CMake files that have not changed are read anew: %+v", first.Findings)
	}
	for _, name := range []string{"a/CMakeLists.txt", "a/x.cmake", "a/hw/board.json", "a/CMakePresets.json"} {
		if !slices.Contains(first.Reads, name) {
			t.Errorf("%s is not among what the result depends on: %v", name, first.Reads)
		}
	}
	fsys["a/x.cmake"].Data = []byte("project(x)\n")
	if f := CheckFile(fsys, "a/app_manifest.json", opt); len(f.Findings) != 1 || f.Findings[0].Rule.Code != "AZS123" {
		t.Errorf("%+v", f.Findings)
	}
}

// A definition that changes under a cache is read anew.
func TestCache(t *testing.T) {
	fsys := files("app_manifest.json", manifestWith(`"Gpio": [ "$LED" ]`), "b.json", boardFile)
	opt := Options{HwDef: "b.json", Cache: NewCache()}
	first := CheckFile(fsys, "app_manifest.json", opt)
	again := CheckText(fsys, "app_manifest.json", manifestWith(`"Gpio": [ "$LED" ] `), opt)
	if len(first.Findings)+len(again.Findings) != 0 || first.Definitions != again.Definitions {
		t.Error("the definition was read anew")
	}
	fsys["b.json"].Data = []byte(strings.Replace(boardFile, `"LED"`, `"LAMP"`, 1))
	if f := CheckFile(fsys, "app_manifest.json", opt); len(f.Findings) != 1 || f.Findings[0].Rule.Code != "AZS120" {
		t.Errorf("%+v", f.Findings)
	}
	if !slices.Contains(first.Reads, "b.json") {
		t.Errorf("reads %v", first.Reads)
	}
}

// A definition that is missing because a git submodule is says so.
func TestSubmodule(t *testing.T) {
	fsys := files(".gitmodules", "[submodule \"hw\"]\n\tpath = hardware\n\turl = x\n",
		"app/CMakeLists.txt", `azsphere_target_hardware_definition(a TARGET_DIRECTORY "../hardware/desk" TARGET_DEFINITION "lamp.json")`)
	for dir, want := range map[string]string{"hardware/desk": "hardware", "hardware": "hardware", "hardware2/desk": "", "app/hardware": ""} {
		if got := submodule(fsys, dir); got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
	tgt := findTarget(fsys, "app/app_manifest.json", Options{})
	if !strings.Contains(tgt.why.Why, "hardware is a git submodule that is not checked out") {
		t.Error(tgt.why.Why)
	}
}

// What CMakeLists.txt is told of is not said a second time in the manifest; packing and starting the app still stop there,
// and so does the check of the manifest alone.
func TestDefinitionSaidOnce(t *testing.T) {
	fsys := files("a/app_manifest.json", manifestWith(`"Gpio": [ "$LED" ]`), "a/CMakeLists.txt",
		"project(p C)\nazsphere_target_hardware_definition(p TARGET_DIRECTORY hw TARGET_DEFINITION board.json)\n")
	of := func(found []rule.Finding) *rule.Finding {
		for i := range found {
			if found[i].Rule.Code == "AZS123" {
				return &found[i]
			}
		}
		t.Fatal("nothing is said")
		return nil
	}
	r := Check(fsys, []string{"a"}, Options{})
	f := of(r.Files[0].Findings)
	if f.Severity != rule.Info || f.Refuses.Phase == "" || manifest.Refused(r.Files[0].Findings) == nil {
		t.Errorf("in the folder: %+v", f)
	}
	if r.Files[0].NotChecked != nil {
		t.Errorf("said again: %v", r.Files[0].NotChecked)
	}
	if f := of(Check(fsys, []string{"a/app_manifest.json"}, Options{}).Files[0].Findings); f.Severity != rule.Error || !strings.Contains(f.Message, "board.json is not in hw") {
		t.Errorf("alone: %+v", f)
	}
	a, err := OpenApp(fsys, "a", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f := a.Refused(); f == nil || f.Rule.Code != "AZS123" || f.Severity != rule.Error {
		t.Errorf("the app is not refused: %+v", f)
	}
}
