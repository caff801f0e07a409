package analysis

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"armillary.dev/device/project"
	"armillary.dev/server/csource"
)

func TestReadSources(t *testing.T) {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"app/app_manifest.json": `{"SchemaVersion": 1, "Name": "a", "ApplicationType": "Default", "Capabilities": {}}`,
		"app/CMakeLists.txt": "project(app C)\nadd_library(own STATIC ../lib/own.c)\nadd_executable(${PROJECT_NAME} main.c gone.c)\n" +
			"target_include_directories(${PROJECT_NAME} PRIVATE include)\ntarget_link_libraries(${PROJECT_NAME} applibs c own theirs)\n" +
			"azsphere_target_add_image_package(${PROJECT_NAME})\n",
		"app/main.c":         "#include \"local.h\"\n#include <wide.h>\n#include <applibs/gpio.h>\nint main(void) { return 0; }",
		"app/local.h":        "#include \"local.h\"\n#include \"../lib/own.h\"",
		"app/include/wide.h": "",
		"app/unused.c":       "",
		"lib/own.c":          "#include \"own.h\"",
		"lib/own.h":          "",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	app, err := project.OpenApp(files, "app", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := ReadSources(files, app, nil)
	var names []string
	for _, f := range s.Files {
		names = append(names, f.Path)
	}
	if diff := cmp.Diff([]string{"app/main.c", "lib/own.c", "app/local.h", "app/include/wide.h", "lib/own.h"}, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"app/gone.c", "theirs"}, s.Unseen); diff != "" {
		t.Error(diff)
	}
	opened := 0
	ReadSources(files, app, func(name string) (*csource.File, error) {
		opened++
		return csource.Read(name, ""), nil
	})
	if opened != 3 { // the sources; what is not there is asked for as well
		t.Errorf("%d files were opened", opened)
	}
}
