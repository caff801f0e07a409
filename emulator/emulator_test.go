package emulator_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"armillary.dev/device"
	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/project"
	"armillary.dev/device/rest"
	"armillary.dev/emulator"
	"armillary.dev/emulator/flash"
	"armillary.dev/emulator/pluton"
	"armillary.dev/testdata/apps"
)

// keys is a pluton.Store in memory.
type keys map[string][]byte

func (k keys) Load(name string) ([]byte, bool, error) { b, ok := k[name]; return b, ok, nil }
func (k keys) Save(name string, data []byte) error    { k[name] = data; return nil }

// zeros is randomness for tests: keys made from it are the same each time.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i + 1)
	}
	return len(p), nil
}

func owner(t *testing.T) *pluton.Owner {
	t.Helper()
	o, err := pluton.OpenOwner(keys{}, zeros{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// blink packs the sample with arguments.
func blink(t *testing.T, o *pluton.Owner, args ...string) []byte {
	t.Helper()
	app, err := project.OpenApp(apps.FS, "blink", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	program, err := fs.ReadFile(apps.FS, "blink/out/blink.out")
	if err != nil {
		t.Fatal(err)
	}
	in, err := app.Package(apps.FS, project.PackageOptions{Program: program, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	in.Key, in.Built, in.Image = o.Signer(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), trailer.GUID{1}
	pkg, err := image.Pack(in)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

const blinkID = "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22"

// log gathers what an app prints.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) write(_ string, p []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// installed switches a device on and installs a package on it.
func installed(t *testing.T, o emulator.Options, pkg []byte, mode rest.InstallMode) (*emulator.Emulator, *rest.Client) {
	t.Helper()
	e, err := emulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	c := rest.NewClient(e.Dial, e.Roots())
	t.Cleanup(func() { c.Close() })
	ctx := t.Context()
	if err := c.Stage(ctx, pkg, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Install(ctx, mode); err != nil {
		t.Fatal(err)
	}
	return e, c
}

// until collects events up to and including the end of the app.
func until(t *testing.T, events <-chan device.Event) (lines []string, end device.AppExited) {
	t.Helper()
	for ev := range events {
		lines = append(lines, fmt.Sprintf("%T %+v", ev, ev))
		if e, ok := ev.(device.AppExited); ok {
			return lines, e
		}
	}
	t.Fatalf("the device ended before the app; events %v", lines)
	return nil, end
}

// TestSeededRunsAreTheSame runs the sample twice: same events at the same instants, same log.
func TestSeededRunsAreTheSame(t *testing.T) {
	o := owner(t)
	one := func() ([]string, string) {
		var l log
		e, c := installed(t, emulator.Options{Trust: pluton.Trust(o, false), Seeded: true, Seed: 7, Output: l.write}, blink(t, o), rest.Manual)
		events := e.Control().Events(context.Background())
		e.Limit(blinkID, 2300*time.Millisecond)
		if _, err := c.Start(t.Context(), blinkID); err != nil {
			t.Fatal(err)
		}
		lines, end := until(t, events)
		if end.Code != 0 || end.Signal != 0 {
			t.Errorf("blink ended with %d, signal %d; on SIGTERM it ends with 0", end.Code, end.Signal)
		}
		return lines, l.String()
	}
	events1, log1 := one()
	events2, log2 := one()
	if diff := cmp.Diff(events1, events2); diff != "" {
		t.Errorf("events differ (-first +second)\n%s", diff)
	}
	if diff := cmp.Diff(log1, log2); diff != "" {
		t.Errorf("logs differ (-first +second)\n%s", diff)
	}
	const want = "blink: starting\nblink: blink 1 at 500 ms\nblink: blink 2 at 500 ms\nblink: exit code 0\n"
	if diff := cmp.Diff(want, log1); diff != "" {
		t.Errorf("log (-want +got)\n%s", diff)
	}
}

// TestFlashOutlivesPower installs an app, switches off, and finds the app started at the next boot.
func TestFlashOutlivesPower(t *testing.T) {
	o := owner(t)
	chip := &flash.Memory{}
	opts := emulator.Options{Trust: pluton.Trust(o, false), Seeded: true, Flash: chip}
	e, _ := installed(t, opts, blink(t, o), rest.Manual)
	e.Close()

	again, err := emulator.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	c := rest.NewClient(again.Dial, again.Roots())
	defer c.Close()
	st, err := c.AppStatus(t.Context(), blinkID)
	if err != nil || st.State != rest.Running {
		t.Errorf("after power-on the app is %q, %v; want it running", st.State, err)
	}

	held := opts
	held.Hold = strings.ToUpper(blinkID)
	again.Close()
	second, err := emulator.New(held)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	c2 := rest.NewClient(second.Dial, second.Roots())
	defer c2.Close()
	if st, err := c2.AppStatus(t.Context(), blinkID); err != nil || st.State == rest.Running {
		t.Errorf("an app that is held is %q, %v", st.State, err)
	}

	locked := opts
	locked.Trust = pluton.Trust(o, true)
	second.Close()
	var notices []string
	locked.Notices = func(text string) { notices = append(notices, text) }
	third, err := emulator.New(locked)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	c3 := rest.NewClient(third.Dial, third.Roots())
	defer c3.Close()
	if st, err := c3.AppStatus(t.Context(), blinkID); err != nil || st.State == rest.Running {
		t.Errorf("a locked device runs an app signed by its owner: %q, %v", st.State, err)
	}
	if len(notices) == 0 {
		t.Error("nobody was told why the app does not run")
	}
}

// TestDeniedPointsAtManifest presses the button for which the sample asks for a pin that its manifest does not list. The
// clock is paced: virtual time would not wait for the button.
func TestDeniedPointsAtManifest(t *testing.T) {
	o := owner(t)
	e, c := installed(t, emulator.Options{Trust: pluton.Trust(o, false)}, blink(t, o, "2"), rest.Manual)
	events := e.Control().Events(context.Background())
	// Held down from the start it would be no change; the sample looks for the line going down.
	if _, err := c.Start(t.Context(), blinkID); err != nil {
		t.Fatal(err)
	}
	var denied *device.Denied
	for ev := range events {
		switch ev := ev.(type) {
		case device.PinChanged:
			if err := e.Control().SetInput(13, 0); err != nil {
				t.Fatal(err)
			}
		case device.Denied:
			denied = &ev
		case device.AppExited:
			if denied == nil {
				t.Fatal("the app ended without being denied anything")
			}
			want := device.Denied{Stamp: denied.Stamp, Component: blinkID, Function: "GPIO_OpenAsOutput", Capability: "Gpio",
				Value: "9", Errno: 13, Pointer: "/Capabilities/Gpio"}
			if diff := cmp.Diff(want, *denied); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			return
		}
	}
	t.Fatal("the device ended before the app")
}
