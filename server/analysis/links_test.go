package analysis

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLinks(t *testing.T) {
	view := fstest.MapFS{"ws/hw/a.json": {}, "ws/b.json": {}, "sdk/hw/b.json": {}, "sdk/hw/c.json": {}, "ws/hw/d.json/x": {},
		"ws/app/app_manifest.json": {Data: []byte(app(`{}`))}, "ws/app/main.c": {}, "ws/app/lib/util.h": {}, "ws/app/lib/CMakeLists.txt": {}, "ws/app/data.bin": {},
		"ws/app/CMakeLists.txt": {Data: []byte(`azsphere_target_hardware_definition(app TARGET_DIRECTORY "../hw" TARGET_DEFINITION "a.json")`)}}
	for _, tt := range []struct{ name, file, src, want string }{
		{"imports", "ws/hw/board.json", definitionWith(`{ "Path": "a.json" }, { "Path": "..\\b.json" }, { "Path": "b.json" }, { "Path": "c.json" }, { "Path": "mt3620.json" }, { "Path": "d.json" }, { "Path": "" }, { "Path": 5 }, 5`),
			`a.json > ws/hw/a.json (a.json); ..\\b.json > ws/b.json (../b.json); b.json > sdk/hw/b.json (/sdk/hw/b.json); c.json > sdk/hw/c.json (/sdk/hw/c.json)`},
		{"outside of everything", "ws/hw/board.json", definitionWith(`{ "Path": "../../../../a.json" }`), ""},
		{"a schema on the web", "ws/x.json", `{ "$schema": "https://example.net/s.json", "SchemaVersion": 1, "CmdArgs": [] }`, "https://example.net/s.json > https://example.net/s.json (JSON schema)"},
		{"a schema beside", "ws/hw/x.json", `{ "$schema": "./a.json", "SchemaVersion": 1, "CmdArgs": [] }`, "./a.json > ws/hw/a.json (a.json)"},
		{"no schema of ours to open", "ws/hw/x.json", `{ "$schema": "javascript:a.json", "SchemaVersion": 1, "CmdArgs": [] }`, ""},
		{"a file that is nowhere yet", "", definitionWith(`{ "Path": "a.json" }, { "Path": "c.json" }`), "c.json > sdk/hw/c.json (/sdk/hw/c.json)"},
		{"CMake", "ws/app/CMakeLists.txt", `project(x C) # main.c
add_executable(app main.c none.c ${X}/main.c lib/util.h) ADD_SUBDIRECTORY("lib") set(X main.c) include(data.bin)
azsphere_target_hardware_definition(app TARGET_DEFINITION "a.json" TARGET_DIRECTORY "../hw")
azsphere_target_add_image_package(app RESOURCE_FILES "data.bin" "../../../../../x" "")`,
			"main.c > ws/app/main.c (main.c); lib/util.h > ws/app/lib/util.h (lib/util.h); lib > ws/app/lib/CMakeLists.txt (lib/CMakeLists.txt); data.bin > ws/app/data.bin (data.bin); " +
				"a.json > ws/hw/a.json (../hw/a.json); data.bin > ws/app/data.bin (data.bin)"},
		{"another definition than the app's", "ws/app/CMakeLists.txt", `azsphere_target_hardware_definition(app TARGET_DEFINITION "b.json")`, ""},
		{"C", "ws/app/main.c", "#include \"lib/util.h\"\n#include <stdio.h>\n#include \"none.h\"\n#include X\n", "lib/util.h > ws/app/lib/util.h (lib/util.h)"},
		{"another file", "package.json", `{ "$schema": "https://example.net/s.json" }`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			links := NewChecker().Workspace(view, nil, Settings{SearchDirs: []string{"sdk/hw"}}).Check(tt.file, tt.src).Links()
			var got []string
			for _, l := range links {
				got = append(got, fmt.Sprintf("%s > %s%s (%s)", tt.src[l.Span.Start:l.Span.End], l.File, l.URL, l.Note))
			}
			if s := strings.Join(got, "; "); links == nil || s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

// definitionWith is a definition with entries of Imports.
func definitionWith(imports string) string {
	return `{ "Metadata": { "Type": "Azure Sphere Hardware Definition" }, "Imports": [ ` + imports + ` ], "Peripherals": [] }`
}
