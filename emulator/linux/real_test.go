package linux_test

import (
	"strings"
	"testing"
	"time"

	"armillary.dev/emulator/linux"
)

func TestRealBlinkTogglesAndDiesOfSIGTERM(t *testing.T) {
	var outputs []string
	libcs(t, func(t *testing.T, sysroot bool) {
		g := start(t, setup{image: realPackage(t, "AzureSphereBlinkTest.imagepackage"), allow: []string{"Gpio:8"}, sysroot: sysroot})
		g.run(5 * time.Second)
		if len(g.changes) < 4 {
			t.Fatalf("GPIO 8 changed %d times: %v\n%s", len(g.changes), g.changes, g.out.String())
		}
		for _, c := range g.changes {
			if !strings.HasPrefix(c, "8=") {
				t.Errorf("another pin: %s", c)
			}
		}
		g.p.Signal(linux.SIGTERM)
		g.run(6 * time.Second)
		g.exit(143, 15)
		if len(g.unsupp) > 0 {
			t.Errorf("unsupported: %v", g.unsupp)
		}
		outputs = append(outputs, g.out.String()+strings.Join(g.changes, " "))
		t.Logf("%s%v", g.out.String(), g.changes)
	})
	if len(outputs) == 2 && outputs[0] != outputs[1] {
		t.Errorf("the C libraries differ:\n%s\n--\n%s", outputs[0], outputs[1])
	}
}

func TestRealMutableStorageExitsByItself(t *testing.T) {
	var outputs []string
	libcs(t, func(t *testing.T, sysroot bool) {
		g := start(t, setup{image: realPackage(t, "MutableStorage.imagepackage"), sysroot: sysroot,
			allow: []string{"Gpio:8", "Gpio:12", "Gpio:13", "MutableStorage:"}})
		g.run(2 * time.Second)
		for _, n := range []int{12, 13, 8} {
			if o, _ := g.pins.Owner(n); o == "" {
				t.Errorf("GPIO %d is not open\n%s", n, g.out.String())
			}
		}
		g.pins.SetOutside(12, 0)
		g.run(3 * time.Second)
		g.pins.SetOutside(12, 1)
		g.run(4 * time.Second)
		g.p.Signal(linux.SIGTERM)
		g.run(6 * time.Second)
		g.exit(1, 0)
		outputs = append(outputs, g.out.String())
		t.Logf("%s\n%q", g.out.String(), g.mutable.data)
	})
	if len(outputs) == 2 && outputs[0] != outputs[1] {
		t.Errorf("the C libraries differ:\n%s\n--\n%s", outputs[0], outputs[1])
	}
}
