package project_test

import (
	"errors"
	"testing"
	"testing/fstest"

	"armillary.dev/device/project"
)

const packageManifest = `{
  // what the packer makes of this
  "SchemaVersion": 1, "Name": "x", "ComponentId": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22", "EntryPoint": "/bin/app",
  "CmdArgs": ["a"], "Capabilities": {"Gpio": [8]}, "ApplicationType": "Default"
}`

func openTestApp(t *testing.T, files map[string]string) (*project.App, fstest.MapFS) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	a, err := project.OpenApp(fsys, "app", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a, fsys
}

func TestPackage(t *testing.T) {
	const head = `{"SchemaVersion":1,"Name":"x","ComponentId":"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22","EntryPoint":"/bin/app","CmdArgs":`
	const tail = `,"Capabilities":{"Gpio":[8]},"ApplicationType":"Default","TargetApplicationRuntimeVersion":`
	cmake := `azsphere_configure_api(TARGET_API_SET "12")
azsphere_target_add_image_package(${PROJECT_NAME} RESOURCE_FILES "data/r.txt")`
	for _, tt := range []struct {
		name  string
		files map[string]string
		opt   project.PackageOptions
		want  string
	}{
		{"plain", nil, project.PackageOptions{}, head + `["a"]` + tail + "13}"},
		{"CMakeLists names the set", map[string]string{"app/CMakeLists.txt": cmake, "app/data/r.txt": "r"}, project.PackageOptions{}, head + `["a"]` + tail + "12}"},
		{"presets name it", map[string]string{"app/CMakePresets.json": `{"configurePresets":[{"cacheVariables":{"AZURE_SPHERE_TARGET_API_SET":"10"}}]}`},
			project.PackageOptions{}, head + `["a"]` + tail + "10}"},
		{"other arguments", nil, project.PackageOptions{Args: []string{"3", `"`}, APISet: 6}, head + `["3","\""]` + tail + "6}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"app/app_manifest.json": packageManifest}
			for k, v := range tt.files {
				files[k] = v
			}
			a, fsys := openTestApp(t, files)
			tt.opt.Program = []byte("program")
			in, err := a.Package(fsys, tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(in.Manifest); got != tt.want {
				t.Errorf("manifest\n got %s\nwant %s", got, tt.want)
			}
			if f := in.Files["bin/app"]; string(f.Data) != "program" || !f.Executable {
				t.Errorf("bin/app is %q, executable %v", f.Data, f.Executable)
			}
			if _, want := tt.files["app/data/r.txt"]; want != (len(in.Files) == 2) {
				t.Errorf("files %v", in.Files)
			}
		})
	}
}

func TestPackageRefused(t *testing.T) {
	a, fsys := openTestApp(t, map[string]string{"app/app_manifest.json": `{"SchemaVersion":2,"Name":"x","ComponentId":"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22","EntryPoint":"/bin/app","CmdArgs":[],"Capabilities":{}}`})
	_, err := a.Package(fsys, project.PackageOptions{Program: []byte("p")})
	var refused *project.RefusedError
	if !errors.As(err, &refused) || refused.App.Refused().Rule.Code != "AZS011" {
		t.Fatalf("got %v, want a refusal for AZS011", err)
	}
}
