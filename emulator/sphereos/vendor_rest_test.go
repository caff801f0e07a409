package sphereos

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"armillary.dev/emulator/pluton"
	"armillary.dev/internal/testenv"
)

// plugin points the vendor's client at the emulated device; both globals are read at each call (facts/device.md 6.2).
const plugin = `
import azuresphere_device_api.utils as u
def pytest_configure(config):
    u._CURRENT_DEVICE_IP = %q
    u._CERT_PATH = %q
`

// TestVendorREST runs those of the vendor's device REST tests that concern what is emulated: images, apps, sideloading,
// device. Wi-Fi, network configuration and certificate store are not emulated yet.
func TestVendorREST(t *testing.T) {
	t.Parallel()
	suite := testenv.NeedEnv(t, "ARMILLARY_VENDOR_SUITE", "set it to a checkout of Azure/azure-sphere-tools (./test --vendor-suite DIR)")
	python := testenv.NeedTool(t, "python3", "apt-get install python3")
	// The distribution's modules belong to the distribution's Python, which need not be the first in PATH.
	if _, err := os.Stat("/usr/bin/python3"); err == nil {
		python = "/usr/bin/python3"
	}
	if err := exec.Command(python, "-c", "import pytest, requests, requests_toolbelt, jsonschema, toml, packaging").Run(); err != nil {
		testenv.Missing(t, "pytest and the vendor's client's modules", "apt-get install python3-pytest python3-requests python3-requests-toolbelt python3-jsonschema python3-toml python3-packaging")
	}
	r := newRig(t, func(o *Options) {
		o.Trust = pluton.Trust(nil, false)
		o.Clock = hostClock{time.Now()} // the suite looks at the uptime and sleeps
	})
	r.launcher.made = make(chan *fakeProcess, 4096)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: r.os.Handler()}
	go server.Serve(tls.NewListener(l, r.os.tlsConfig()))
	defer server.Close()

	// The suite in a folder of the test's own: importing leaves files.
	dir := t.TempDir()
	pkg := filepath.Join(suite, "Manufacturing", "src", "Python", "package")
	for _, c := range []struct{ from, to string }{
		{filepath.Join(pkg, "azuresphere_device_api"), "azuresphere_device_api"},
		{filepath.Join(pkg, "package_tests", "tests"), "tests"},
	} {
		if err := os.CopyFS(filepath.Join(dir, c.to), os.DirFS(c.from)); err != nil {
			t.Fatal(err)
		}
	}
	ca := filepath.Join(dir, "ca.pem")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(ca, string(r.os.CA()))
	write(filepath.Join(dir, "emulated.py"), fmt.Sprintf(plugin, l.Addr().String(), ca))
	write(filepath.Join(dir, "azuresphere_device_api-1.1.1.dist-info", "METADATA"), "Metadata-Version: 2.1\nName: azuresphere_device_api\nVersion: 1.1.1\n")
	write(filepath.Join(dir, "sdk", "VERSION"), "24.03.0")

	args := []string{"-m", "pytest", "-q", "-p", "emulated", "-p", "no:cacheprovider", "-o", "addopts=", "--tb=short"}
	args = append(args, vendorTests...)
	for _, name := range vendorSkipped {
		args = append(args, "--deselect", name)
	}
	cmd := exec.Command(python, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir+string(os.PathListSeparator)+os.Getenv("PYTHONPATH"),
		"AzureSphereDefaultSDKDir="+filepath.Join(dir, "sdk"), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", regexp.MustCompile(`[0-9]+ passed.*`).Find(out))
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// vendorTests are the folders that are run.
var vendorTests = []string{"tests/app_tests", "tests/sideload_tests", "tests/image_tests", "tests/device_tests", "tests/manufacturing_tests", "tests/capability_tests"}

// vendorSkipped concern what is not emulated yet.
var vendorSkipped = []string{
	"tests/device_tests/test_clear_error_report_data.py", // GET and DELETE /telemetry
	"tests/device_tests/test_get_error_report_data.py",
	"tests/device_tests/test_get_attached_devices.py", // the PC's service on a fixed port
}

// hostClock is guest time that goes as the host's.
type hostClock struct{ start time.Time }

func (c hostClock) Now() time.Duration { return time.Since(c.start) }

func (c hostClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}
