package sphereos

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"armillary.dev/device/image/trailer"
	"armillary.dev/internal/testenv"
)

// TestVendorLogParser gives the device log to the vendor's own parser (repository Azure/azure-sphere-tools).
func TestVendorLogParser(t *testing.T) {
	t.Parallel()
	suite := testenv.NeedEnv(t, "ARMILLARY_VENDOR_SUITE", "set it to a checkout of Azure/azure-sphere-tools (./test --vendor-suite DIR)")
	python := testenv.NeedTool(t, "python3", "apt-get install python3 python3-yaml")
	now := 1500 * time.Millisecond
	l := &deviceLog{now: func() time.Duration { return now }}
	guid, _ := trailer.ParseGUID(idA)
	for range 300 { // more than a bank
		l.add(msgInitStart)
		l.add(msgAppStatus, "blink", 1)
		l.add(msgManifestRefused, 2097187)
		l.add(msgInvalidating, guid)
		l.add(msgProcessExit, 77, 139)
		l.add(msgCapabilityDenied, "GPIO_OpenAsOutput: Gpio 9")
		now += time.Millisecond
	}
	file := filepath.Join(t.TempDir(), "log.bin")
	if err := os.WriteFile(file, l.bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "parse-devicelog.py", "-d", "24.06", "-f", file)
	cmd.Dir = filepath.Join(suite, "ParseDeviceLog")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	written, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*"))
	text := string(out)
	for _, f := range written {
		if f != file {
			b, _ := os.ReadFile(f)
			text += string(b)
		}
	}
	for _, want := range []string{"blink", idA, "GPIO_OpenAsOutput: Gpio 9", "RequestedPeripheralsRequireSamePin"} {
		if !strings.Contains(text, want) {
			t.Errorf("the parser does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(text[:min(len(text), 4000)])
	}
}
