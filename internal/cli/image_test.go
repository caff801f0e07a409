package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/emulator/pluton"
	"armillary.dev/internal/testenv"
)

// runCLI runs a command line and returns its exit code and output.
func runCLI(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Main(args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// home gives the test a configuration folder and a working folder of its own.
func home(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for _, v := range []string{"XDG_CONFIG_HOME", "HOME", "AppData", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(v, dir)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	t.Chdir(t.TempDir())
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const packedText = `{"SchemaVersion":1,"Name":"Own sample","ComponentId":"2F074B0F-d99d-4692-82d9-ef93a7d6463c","EntryPoint":"/bin/app","CmdArgs":[],"Capabilities":{},"ApplicationType":"Default","TargetApplicationRuntimeVersion":12}`

func TestImageFromFiles(t *testing.T) {
	home(t)
	write(t, "packed.json", packedText)
	write(t, "app.bin", "#!program")
	write(t, "x.txt", "resource")
	code, out, errs := runCLI(t, "image", "pack", "--manifest", "packed.json", "--file", "bin/app=app.bin", "--file", "data/x=x.txt", "-o", "out.imagepackage",
		"--image-id", "6415a939-c098-48cf-8e5c-02b52a9f0ffb")
	if code != 0 || out != "out.imagepackage\n" {
		t.Fatalf("pack: %d %q %q", code, out, errs)
	}
	first, _ := os.ReadFile("out.imagepackage")
	if code, out, errs := runCLI(t, "image", "verify", "out.imagepackage"); code != 0 || !strings.Contains(out, "good: Applications 2f074b0f-d99d-4692-82d9-ef93a7d6463c, signed by the owner's development key") {
		t.Errorf("verify: %d %q %q", code, out, errs)
	}
	code, out, _ = runCLI(t, "image", "show", "--json", "out.imagepackage")
	var info imageInfo
	if err := json.Unmarshal([]byte(out), &info); code != 0 || err != nil {
		t.Fatalf("show: %d %v", code, err)
	}
	if info.Name != "Own sample" || info.Signature.State != "valid" || len(info.Files) != 3 || info.Image != "6415a939-c098-48cf-8e5c-02b52a9f0ffb" ||
		info.Built.Unix() != 1700000000 || info.Files[1].Mode != "101755" || !info.CRC.OK || len(info.Depends) != 1 || info.Depends[0].Version != 12 {
		t.Errorf("show: %+v", info)
	}
	code, out, _ = runCLI(t, "image", "show", "out.imagepackage")
	for _, want := range []string{`"Own sample"`, "ApplicationRuntime 12", "under development", "101755", "bin/app", `"EntryPoint": "/bin/app"`} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("show lacks %q:\n%s", want, out)
		}
	}
	if code, _, errs := runCLI(t, "image", "unpack", "out.imagepackage", "files"); code != 0 {
		t.Fatalf("unpack: %d %s", code, errs)
	}
	for name, want := range map[string]string{"files/app_manifest.json": packedText, "files/bin/app": "#!program", "files/data/x": "resource"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if code, _, errs := runCLI(t, "image", "unpack", "out.imagepackage", "files"); code != ExitFailed || !strings.Contains(errs, "--force") {
		t.Errorf("unpack again: %d %s", code, errs)
	}
	if code, _, errs := runCLI(t, "image", "unpack", "--force", "out.imagepackage", "files"); code != 0 {
		t.Errorf("unpack --force: %d %s", code, errs)
	}
	// The development key is made once, so the same input gives the same bytes.
	if code, _, errs := runCLI(t, "image", "pack", "--manifest", "packed.json", "--file", "bin/app=app.bin", "--file", "data/x=x.txt", "-o", "again.imagepackage",
		"--image-id", "6415a939-c098-48cf-8e5c-02b52a9f0ffb"); code != 0 {
		t.Fatal(errs)
	}
	if again, _ := os.ReadFile("again.imagepackage"); !bytes.Equal(first, again) {
		t.Error("packed twice with the same key, id and time: different bytes")
	}
}

func TestImageDamaged(t *testing.T) {
	home(t)
	write(t, "packed.json", packedText)
	write(t, "app.bin", "#!program")
	if code, _, errs := runCLI(t, "image", "pack", "--manifest", "packed.json", "--file", "bin/app=app.bin"); code != 0 {
		t.Fatal(errs)
	}
	const name = "Own sample.imagepackage"
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int) []byte { b := bytes.Clone(good); b[at] ^= 1; return b }
	for _, tt := range []struct {
		what string
		pkg  []byte
		want string
	}{
		{"content", change(4096), "checksum"},
		{"metadata", change(len(good) - 64 - 60), "signature does not fit"},
		{"signature", change(len(good) - 1), "signature does not fit"},
		{"cut off", good[:len(good)-1], "not an image package"},
		{"empty", nil, "not an image package"},
	} {
		if err := os.WriteFile("bad", tt.pkg, 0o644); err != nil {
			t.Fatal(err)
		}
		if code, out, errs := runCLI(t, "image", "verify", "bad"); code != ExitFindings || !strings.Contains(out, tt.want) || errs != "" {
			t.Errorf("%s: %d %q %q", tt.what, code, out, errs)
		}
		code, out, _ := runCLI(t, "image", "verify", "--json", "bad", name)
		var results []struct {
			OK    bool
			Error string
		}
		if err := json.Unmarshal([]byte(out), &results); err != nil || code != ExitFindings || len(results) != 2 || results[0].OK || !results[1].OK || !strings.Contains(results[0].Error, tt.want) {
			t.Errorf("%s: %d %v %s", tt.what, code, err, out)
		}
	}
	// A stranger's package is whole, but that is all that can be said.
	os.WriteFile("bad", good, 0o644)
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AppData", t.TempDir())
	if code, out, _ := runCLI(t, "image", "verify", "bad"); code != ExitFindings || !strings.Contains(out, "key that is not known here") {
		t.Errorf("stranger's: %d %q", code, out)
	}
	if code, out, _ := runCLI(t, "image", "show", "bad"); code != 0 || !strings.Contains(out, "not known here") {
		t.Errorf("show of a stranger's: %d %q", code, out)
	}
	// Signed anew by this user it is theirs.
	if code, out, errs := runCLI(t, "image", "sign", "-o", "mine", "bad"); code != 0 || out != "mine\n" {
		t.Errorf("sign: %d %q %q", code, out, errs)
	}
	if code, out, _ := runCLI(t, "image", "verify", "mine"); code != 0 {
		t.Errorf("verify what was signed: %d %q", code, out)
	}
}

// A package that cannot be read does not keep the others from being verified, and weighs more than a damaged one.
func TestImageVerifySeveral(t *testing.T) {
	home(t)
	write(t, "packed.json", packedText)
	write(t, "app.bin", "#!program")
	if code, _, errs := runCLI(t, "image", "pack", "--manifest", "packed.json", "--file", "bin/app=app.bin", "-o", "good.imagepackage"); code != 0 {
		t.Fatal(errs)
	}
	write(t, "bad.imagepackage", "no package")
	code, out, errs := runCLI(t, "image", "verify", "none.imagepackage", "bad.imagepackage", "good.imagepackage")
	if code != ExitFailed || !strings.Contains(out, "good.imagepackage: good") || !strings.Contains(out, "bad.imagepackage: ") || !strings.Contains(errs, "none.imagepackage: there is no such file") {
		t.Errorf("%d\n%s\n%s", code, out, errs)
	}
	code, out, _ = runCLI(t, "image", "verify", "--json", "none.imagepackage", "good.imagepackage")
	var all []struct {
		File, Error string
		OK          bool
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != ExitFailed || len(all) != 2 || all[0].Error == "" || !all[1].OK {
		t.Errorf("%d %v\n%s", code, err, out)
	}
}

// A package that was changed after it was signed is unpacked with a warning; one by an unknown signer without.
func TestImageUnpackWarns(t *testing.T) {
	home(t)
	write(t, "packed.json", packedText)
	write(t, "app.bin", "#!program")
	if code, _, errs := runCLI(t, "image", "pack", "--manifest", "packed.json", "--file", "bin/app=app.bin", "-o", "a.imagepackage"); code != 0 {
		t.Fatal(errs)
	}
	pkg, err := os.ReadFile("a.imagepackage")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "b.imagepackage", strings.Replace(string(pkg), "#!program", "#!PROGRAM", 1))
	for file, warned := range map[string]bool{"a": false, "b": true} {
		code, _, errs := runCLI(t, "image", "unpack", file+".imagepackage", file)
		if code != ExitOK || strings.Contains(errs, "signature does not fit") != warned {
			t.Errorf("%s: %d %s", file, code, errs)
		}
	}
	home := t.TempDir() // in which the key that has signed is not known
	for _, v := range []string{"XDG_CONFIG_HOME", "HOME", "AppData"} {
		t.Setenv(v, home)
	}
	if code, _, errs := runCLI(t, "image", "unpack", "a.imagepackage", "c"); code != ExitOK || strings.Contains(errs, "does not fit") {
		t.Errorf("an unknown signer: %d %s", code, errs)
	}
}

// Where the development key cannot be kept, run and demo use one for themselves and say so; one that is broken is an error.
func TestNoPlaceForTheKey(t *testing.T) {
	home(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "armillary"), "a file in the folder's place")
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("AppData", dir)
	if runtime.GOOS == "darwin" {
		t.Skip("the configuration folder is another one here")
	}
	var said bytes.Buffer
	if o, err := openOwnerFor(&said); err != nil || o == nil || !strings.Contains(said.String(), "for this run only") {
		t.Errorf("%v: %s", err, said.String())
	}
	for _, v := range []string{"XDG_CONFIG_HOME", "HOME", "AppData"} {
		t.Setenv(v, "")
	}
	said.Reset()
	if o, err := openOwnerFor(&said); err != nil || o == nil || !strings.Contains(said.String(), "for this run only") {
		t.Errorf("%v: %s", err, said.String())
	}
	if code, _, errs := runCLI(t, "demo", "--json"); code != ExitOK || !strings.Contains(errs, "for this run only") {
		t.Errorf("demo: %d %s", code, errs)
	}
	broken := t.TempDir()
	write(t, filepath.Join(broken, "armillary", pluton.OwnerFile), "no key")
	t.Setenv("XDG_CONFIG_HOME", broken)
	t.Setenv("AppData", broken)
	said.Reset()
	if _, err := openOwnerFor(&said); err == nil || said.Len() > 0 {
		t.Errorf("%v: %s", err, said.String())
	}
}

func TestImageUsage(t *testing.T) {
	home(t)
	write(t, "packed.json", packedText)
	write(t, "app.bin", "#!program")
	write(t, "empty.pem", "")
	write(t, "broken.json", "{")
	write(t, "noid.json", "{}")
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"image", "show", "missing"}, ExitFailed, "missing"},
		{[]string{"image", "show", "app.bin"}, ExitFindings, "not an image package"},
		{[]string{"image", "show"}, ExitUsage, "arg"},
		{[]string{"image", "verify", "--key", "empty.pem", "x"}, ExitFailed, "no CERTIFICATE"},
		{[]string{"image", "pack", "--manifest", "packed.json"}, ExitFindings, "--program"},
		{[]string{"image", "pack", "--manifest", "packed.json", "."}, ExitUsage, "not both"},
		{[]string{"image", "pack", "--manifest", "broken.json"}, ExitFindings, "not JSON"},
		{[]string{"image", "pack", "--manifest", "noid.json"}, ExitFindings, "ComponentId"},
		{[]string{"image", "pack", "--manifest", "packed.json", "--file", "x"}, ExitUsage, "PATH=FILE"},
		{[]string{"image", "pack", "--manifest", "packed.json", "--file", "../x=app.bin", "--program", "app.bin"}, ExitFindings, "no path inside a package"},
		{[]string{"image", "pack", "--manifest", "packed.json", "--program", "app.bin", "--key", "empty.pem"}, ExitFailed, "no key to sign with"},
		{[]string{"image", "pack", "--manifest", "packed.json", "--program", "app.bin", "--image-id", "7"}, ExitUsage, "--image-id"},
		{[]string{"image", "unpack", "app.bin", "x"}, ExitFindings, "not an image package"},
	} {
		code, _, errs := runCLI(t, tt.args...)
		if code != tt.code || !strings.Contains(errs, tt.want) {
			t.Errorf("%v: %d %q, want %d …%s…", tt.args, code, errs, tt.code, tt.want)
		}
	}
}

func TestImageReal(t *testing.T) {
	dir := testenv.Real(t)
	home(t)
	for _, name := range []string{"AzureSphereBlinkTest", "MutableStorage"} {
		path := filepath.Join(dir, name+".imagepackage")
		if code, out, errs := runCLI(t, "image", "verify", path); code != 0 || !strings.Contains(out, trailer.SDKTestName) {
			t.Errorf("%s: %d %q %q", name, code, out, errs)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		im, err := image.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := im.Bytes(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s is not written back: %v", name, err)
		}
	}
}

// writeELF makes a file that is an ARM program as far as its header says.
func writeELF(t *testing.T, name string) {
	t.Helper()
	b := make([]byte, 84)
	copy(b, "\x7fELF\x01\x01\x01")
	b[16], b[18], b[20] = 3, 40, 1 // ET_DYN, EM_ARM
	b[28], b[40], b[42], b[44], b[46] = 52, 52, 32, 1, 40
	b[52] = 1 // PT_LOAD
	write(t, name, string(b))
}

func TestImageApp(t *testing.T) {
	home(t)
	const manifest = `{
  // what Visual Studio leaves
  "SchemaVersion": 1, "Name": "app", "ComponentId": "2f074b0f-d99d-4692-82d9-ef93a7d6463c", "EntryPoint": "/bin/app", "CmdArgs": [],
  "Capabilities": { "Gpio": [ "$LED", 9 ] },
  "ApplicationType": "Default",
}`
	write(t, "app/app_manifest.json", manifest)
	write(t, "app/CMakeLists.txt", "project(app C)\nazsphere_configure_api(TARGET_API_SET \"10\")\n"+
		`azsphere_target_hardware_definition(${PROJECT_NAME} TARGET_DIRECTORY "hw" TARGET_DEFINITION "board.json")`+"\n"+
		`azsphere_target_add_image_package(${PROJECT_NAME} RESOURCE_FILES "data/x.txt")`+"\n")
	write(t, "app/hw/board.json", `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Imports":[{"Path":"mt3620.json"}],
 "Peripherals":[{"Name":"LED","Type":"Gpio","Mapping":"MT3620_GPIO8"}]}`)
	write(t, "app/data/x.txt", "resource")

	if code, _, errs := runCLI(t, "image", "pack", "app"); code != ExitFindings || !strings.Contains(errs, "no built program in app") {
		t.Errorf("without a build: %d %q", code, errs)
	}
	writeELF(t, "app/out/app.out")
	code, out, errs := runCLI(t, "image", "pack", "app", "-o", "a.imagepackage")
	if code != 0 || out != "a.imagepackage\n" || !strings.Contains(errs, filepath.Join("app", "out", "app.out")) {
		t.Fatalf("%d %q %q", code, out, errs)
	}
	if code, _, errs := runCLI(t, "image", "unpack", "a.imagepackage", "files"); code != 0 {
		t.Fatal(errs)
	}
	for name, want := range map[string]string{
		"files/app_manifest.json": `{"SchemaVersion":1,"Name":"app","ComponentId":"2f074b0f-d99d-4692-82d9-ef93a7d6463c","EntryPoint":"/bin/app","CmdArgs":[],"Capabilities":{"Gpio":[8,9]},"ApplicationType":"Default","TargetApplicationRuntimeVersion":10}`,
		"files/data/x.txt":        "resource",
	} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}

	// The same as the CMake function calls it.
	if code, _, errs := runCLI(t, "image", "pack", "--program", "app/out/app.out", "--hwdef", "app/hw/board.json", "--hwdef-dir", "app/hw",
		"--resource", "data/x.txt", "--api-set", "12", "-o", "b.imagepackage", "app"); code != 0 {
		t.Error(errs)
	}
	for _, tt := range []struct {
		name, old, new string
		args           []string
		code           int
		want           []string
	}{
		{"refused by the device", `"$LED", 9`, `24`, nil, ExitFindings, []string{filepath.Join("app", "app_manifest.json") + ":4:", "would be refused"}},
		{"unknown name", `"$LED"`, `"$NONE"`, nil, ExitFindings, []string{filepath.Join("app", "app_manifest.json") + ":4:"}},
		{"broken", `"Gpio": [`, `"Gpio": [[`, nil, ExitFindings, []string{filepath.Join("app", "app_manifest.json") + ":4:"}},
		{"resource outside", ``, ``, []string{"--resource", "../x"}, ExitFindings, []string{"below it"}},
		{"missing program", ``, ``, []string{"--program", "nowhere"}, ExitFailed, []string{"no program nowhere"}},
		{"missing definition", ``, ``, []string{"--hwdef", "nowhere.json"}, ExitFailed, []string{"nowhere.json"}},
	} {
		write(t, "app/app_manifest.json", strings.Replace(manifest, tt.old, tt.new, 1))
		code, _, errs := runCLI(t, append([]string{"image", "pack", "app", "-o", "c.imagepackage"}, tt.args...)...)
		if code != tt.code {
			t.Errorf("%s: exit %d", tt.name, code)
		}
		for _, w := range tt.want {
			if !strings.Contains(errs, w) {
				t.Errorf("%s: %q lacks %q", tt.name, errs, w)
			}
		}
	}
	if _, err := os.Stat("c.imagepackage"); err == nil {
		t.Error("a package was written in spite of the error")
	}
	if code, _, errs := runCLI(t, "image", "pack", "files"); code != ExitFindings || errs == "" {
		t.Errorf("a folder without a build: %d %q", code, errs)
	}
	if code, _, errs := runCLI(t, "image", "pack", "nowhere"); code != ExitFailed || !strings.Contains(errs, "no app in nowhere") {
		t.Errorf("no folder: %d %q", code, errs)
	}
}
