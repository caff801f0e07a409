package analysis

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"armillary.dev/device/project"
)

// TestEdited edits the files of a workspace in any order, asks for something in between or not, and holds what the workspace
// that keeps things says against one that has just been made.
func TestEdited(t *testing.T) {
	id := func(n int) string { return fmt.Sprintf("%08d-0a9c-4bb3-b0f5-7c5f6b8a3c11", n) }
	manifest := func(n int, caps string) string {
		return fmt.Sprintf(`{ "SchemaVersion": 1, "Name": "a%d", "ComponentId": %q, "EntryPoint": "/bin/app", "CmdArgs": [], "ApplicationType": "Default", "Capabilities": %s }`, n, id(n), caps)
	}
	lists := func(definition string) string {
		return `azsphere_target_hardware_definition(app TARGET_DIRECTORY "../hw" TARGET_DEFINITION "` + definition + `")` + "\nadd_executable(app main.c)\n"
	}
	definition := func(names ...string) string {
		var all []string
		for i, n := range names {
			all = append(all, fmt.Sprintf(`{ "Name": %q, "Type": "Gpio", "Mapping": "MT3620_GPIO%d" }`, n, i+8))
		}
		return `{ "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 }, "Imports": [ { "Path": "mt3620.json" } ], "Peripherals": [ ` + strings.Join(all, ", ") + ` ] }`
	}
	source := func(name string) string {
		return "#include <applibs/gpio.h>\nint main(void) { return GPIO_OpenAsOutput(" + name + ", 0, 0); }\n"
	}
	// What each file can hold; the first is what it begins with.
	versions := map[string][]string{
		"ws/one/app_manifest.json": {manifest(1, `{ "Gpio": [ "$LED" ], "AllowedApplicationConnections": [ "`+id(2)+`" ] }`), manifest(1, `{ "Gpio": [ "$LAMP", 8 ] }`), manifest(2, `{}`), `{`},
		"ws/two/app_manifest.json": {manifest(2, `{ "Gpio": [ 8 ], "AllowedApplicationConnections": [ "`+id(1)+`" ] }`), manifest(2, `{ "Gpio": [ "$LED" ] }`), manifest(1, `{}`)},
		"ws/one/CMakeLists.txt":    {lists("board.json"), lists("none.json"), ""},
		"ws/two/CMakeLists.txt":    {lists("board.json"), "set("},
		"ws/hw/board.json":         {definition("LED"), definition("LAMP"), definition("LED", "LAMP", "LED"), "", `{ "Name": 5 }`},
		"ws/one/main.c":            {source("8"), source("9"), "int main(void) { return 0; }", `#include "board.h"`},
		"ws/two/main.c":            {source("8"), "/*"},
		"ws/armillary.json":        {`{}`, `{ "check": { "severity": { "AZS300": "error", "AZS217": "info" } } }`, `{ "check": { "hwdef": "hw/board.json" } }`},
	}
	names := slices.Sorted(maps.Keys(versions))
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 60 {
		now := map[string]string{}
		for _, name := range names {
			now[name] = versions[name][0]
		}
		view := func() fs.FS {
			m := fstest.MapFS{}
			for name, text := range now {
				m[name] = &fstest.MapFile{Data: []byte(text)}
			}
			return m
		}
		set := Settings{Strict: round%2 == 1}
		w := NewChecker().Workspace(view(), []string{"ws"}, set)
		var pending, done []string
		for range 40 {
			name := names[random.IntN(len(names))]
			v := random.IntN(len(versions[name]))
			now[name] = versions[name][v]
			done = append(done, fmt.Sprintf("%s=%d", name, v))
			pending = append(pending, name)
			if random.IntN(3) == 0 {
				continue // several edits before anyone asks
			}
			w, pending = w.Edited(view(), pending), nil
			fresh := NewChecker().Workspace(view(), []string{"ws"}, set)
			for _, name := range names {
				if random.IntN(2) == 0 {
					continue // what was not asked for is not there to be kept
				}
				got, want := said(t, w, name, now[name]), said(t, fresh, name, now[name])
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("after %s, of %s: %q, want %q", strings.Join(done, ", "), name, got, want)
				}
			}
		}
	}
}

// said is what a workspace says of a file, by itself and among all apps.
func said(t *testing.T, w *Workspace, name, text string) []string {
	f := w.Check(name, text)
	var out []string
	for _, f := range w.Shown(f, project.Merge(f.Findings, w.Across(t.Context())[name])) {
		out = append(out, fmt.Sprint(f.Rule.Code, " ", f.Severity, " ", f.Span, " ", f.Message))
	}
	return out
}
