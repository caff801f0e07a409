package sphereos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"armillary.dev/device"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/pluton"
	"armillary.dev/internal/testenv"
)

func TestInstallAndRun(t *testing.T) {
	t.Parallel()
	var printed bytes.Buffer
	r := newRig(t, func(o *Options) {
		o.Output = func(id string, p []byte) { fmt.Fprintf(&printed, "%s: %s", id, p) }
	})
	pkg := r.pack(idA, manifestOf(idA, `"Gpio":[8],"MutableStorage":{"SizeKB":8}`), nil)
	r.want(idA, rest.NotPresent)
	if err := r.client.Stage(r.ctx(), pkg, nil); err != nil {
		t.Fatal(err)
	}
	r.want(idA, rest.NotPresent) // staged only
	v, err := r.client.Images(r.ctx())
	if err != nil || !v.HasStagedUpdates || len(v.Components) != 1 || !v.Components[0].IsUpdateStaged || v.Components[0].Name != "sample" {
		t.Errorf("images: %+v, %v", v, err)
	}
	if _, err := r.client.Install(r.ctx(), rest.Auto); err != nil {
		t.Fatal(err)
	}
	r.want(idA, rest.Running)
	p := r.process()
	s := p.spec
	if s.Component != idA || s.EntryPoint != "bin/app" || fmt.Sprint(s.Args) != "[-v x]" || s.APISet != 12 || s.Debug || s.RealTime || s.Dir != "/mnt/apps/"+idA || s.Storage.LimitKB() != 8 {
		t.Errorf("launched with %+v", s)
	}
	if b, err := fs.ReadFile(s.Root, "bin/app"); err != nil || string(b) != "program" {
		t.Errorf("the program reads %q, %v", b, err)
	}
	io.WriteString(s.Output, "hello\n")
	if printed.String() != idA+": hello\n" {
		t.Errorf("printed %q", printed.String())
	}
	if e := event[device.AppStarted](r); e.Component != idA {
		t.Errorf("%+v", e)
	}
	if st, err := r.client.Stop(r.ctx(), idA); err != nil || st.State != rest.Stopped {
		t.Errorf("stop: %v, %v", st, err)
	}
	if e := event[device.AppExited](r); e.Code != 143 || e.Signal != 15 || p.got() != "[15]" {
		t.Errorf("%+v after %s", e, p.got())
	}
	if st, err := r.client.Start(r.ctx(), idA); err != nil || st.State != rest.Running {
		t.Errorf("start: %v, %v", st, err)
	}
	r.process()

	// Power off and on again: what is installed starts.
	r.os.Close()
	r.power()
	r.want(idA, rest.Stopped)
	if err := r.os.Boot(); err != nil {
		t.Fatal(err)
	}
	r.process()
	r.want(idA, rest.Running)

	// An update in place, left stopped.
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual)
	r.want(idA, rest.Stopped)
	if _, err := r.client.DeleteApp(r.ctx(), idA); err != nil {
		t.Fatal(err)
	}
	r.want(idA, rest.NotPresent)
	if _, err := r.client.DeleteApp(r.ctx(), idA); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	if len(r.opts.Flash.Names("app/")) != 0 {
		t.Error("the package is still in flash")
	}
}

// TestSIGKILL: an app that ignores SIGTERM is killed after two seconds of guest time, not before.
func TestSIGKILL(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.launcher.term = func(*fakeProcess) {}
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Auto)
	p := r.process()
	stopped := make(chan error, 1)
	go func() {
		_, err := r.client.Stop(context.Background(), idA)
		stopped <- err
	}()
	<-r.clock.set
	r.clock.advance(KillDelay - 1)
	select {
	case <-p.Done():
		t.Fatal("killed too early")
	default:
	}
	r.clock.advance(1)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if e := event[device.AppExited](r); e.Signal != 9 || e.Code != 137 || p.got() != "[15 9]" {
		t.Errorf("%+v after %s", e, p.got())
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.install(r.pack(idA, manifestOf(idA, `"Gpio":[8],"WifiConfig":true,"AllowedConnections":["Example.com"]`), nil), rest.Auto)
	policy := r.process().spec.Policy
	for _, tt := range []struct {
		capability, value string
		want              bool
	}{
		{"Gpio", "8", true}, {"Gpio", "9", false}, {"WifiConfig", "", true}, {"NetworkConfig", "", false},
		{"AllowedConnections", "example.COM", true}, {"AllowedConnections", "example.org", false}, {"Uart", "ISU0", false},
	} {
		if got := policy.Allow(tt.capability, tt.value); got != tt.want {
			t.Errorf("%s %s: %v", tt.capability, tt.value, got)
		}
	}
	before, _ := r.client.Log(r.ctx())
	policy.Denied("GPIO_OpenAsOutput", "Gpio", "9", 13)
	e := event[device.Denied](r)
	if e.Component != idA || e.Function != "GPIO_OpenAsOutput" || e.Capability != "Gpio" || e.Value != "9" || e.Errno != 13 || e.Pointer != "/Capabilities/Gpio" {
		t.Errorf("%+v", e)
	}
	after, err := r.client.Log(r.ctx())
	if err != nil || bytes.Equal(before, after) || !bytes.Contains(after, []byte("GPIO_OpenAsOutput: Gpio 9\x00")) {
		t.Errorf("the device log has no entry, %v", err)
	}
}

func TestRelaunch(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Relaunch = Backoff })
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Auto)
	r.process().exit(1, 0) // the first time it is started again at once
	<-r.clock.set
	r.clock.advance(0)
	p := r.process()
	p.exit(1, 0)
	<-r.clock.set
	r.want(idA, rest.Stopped)
	r.clock.advance(time.Second)
	p = r.process()
	// Stopped on purpose it stays stopped.
	if _, err := r.client.Stop(r.ctx(), idA); err != nil {
		t.Fatal(err)
	}
	r.clock.advance(time.Hour)
	r.want(idA, rest.Stopped)
	if len(r.launcher.made) != 0 {
		t.Error("an app that was stopped was started again")
	}
	for n, want := range map[int]time.Duration{1: 0, 2: time.Second, 3: 2 * time.Second, 8: time.Minute, 1000: time.Minute} {
		if got, _ := Backoff(n); got != want {
			t.Errorf("Backoff(%d) = %v", n, got)
		}
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual)
	r.clock.advance(90 * time.Second)
	if s, err := r.client.Status(r.ctx()); err != nil || s.Uptime != 90 {
		t.Errorf("uptime %d, %v", s.Uptime, err)
	}
	if err := r.client.Restart(r.ctx()); err != nil {
		t.Fatal(err)
	}
	r.process() // the app of a manual installation starts with the device
	if err := r.client.WaitReady(r.ctx()); err != nil {
		t.Fatal(err)
	}
	if s, err := r.client.Status(r.ctx()); err != nil || s.Uptime != 0 {
		t.Errorf("uptime %d, %v", s.Uptime, err)
	}
	r.want(idA, rest.Running)
}

func TestMutable(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	caps := `"MutableStorage":{"SizeKB":4}`
	r.install(r.pack(idA, manifestOf(idA, caps), nil), rest.Auto)
	f, err := r.process().spec.Storage.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("hello"), 2); err != nil {
		t.Fatal(err)
	}
	if q, err := r.client.Quota(r.ctx(), idA); err != nil || q != (rest.Quota{UsageKB: 1, LimitKB: 4}) {
		t.Errorf("quota %+v, %v", q, err)
	}
	if _, err := f.WriteAt([]byte("x"), 4096); !errors.Is(err, ErrQuota) {
		t.Errorf("beyond the quota: %v", err)
	}
	if err := f.Truncate(5000); !errors.Is(err, ErrQuota) {
		t.Errorf("truncated beyond the quota: %v", err)
	}
	// It outlives an update and the power.
	r.install(r.pack(idA, manifestOf(idA, caps+`,"Gpio":[8]`), nil), rest.Auto)
	r.process()
	r.os.Close()
	r.power()
	r.os.Boot()
	storage := r.process().spec.Storage
	if f, err = storage.Open(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	if n, err := f.ReadAt(b, 0); n != 7 || err != io.EOF || string(b[:7]) != "\x00\x00hello" {
		t.Errorf("read %q, %v", b[:n], err)
	}
	if err := f.Truncate(3); err != nil || f.Size() != 3 {
		t.Errorf("truncated to %d, %v", f.Size(), err)
	}
	if err := storage.Delete(); err != nil {
		t.Error(err)
	}
	if err := storage.Delete(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := storage.Open(); err != nil {
		t.Fatal(err)
	}
	// It goes with the app.
	r.client.DeleteApp(r.ctx(), idA)
	if n := r.opts.Flash.Names(recordMutable); len(n) != 0 {
		t.Errorf("left in flash: %v", n)
	}
	if _, err := r.client.Quota(r.ctx(), idA); rest.Code(err) != 14680076 {
		t.Errorf("quota of a deleted app: %v", err)
	}
}

// TestRealPackage installs the vendor's packages as they are.
func TestRealPackage(t *testing.T) {
	t.Parallel()
	dir := testenv.Real(t)
	r := newRig(t, func(o *Options) { o.Trust = pluton.Trust(nil, false) })
	for name, id := range map[string]string{"AzureSphereBlinkTest": idA, "MutableStorage": idB} {
		b, err := os.ReadFile(filepath.Join(dir, name+".imagepackage"))
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(b)
		bad[0x2100] ^= 0x20
		if err := r.client.Stage(r.ctx(), bad, nil); rest.Code(err) != 7340047 {
			t.Errorf("%s with one flipped byte: %v", name, err)
		}
		sent := 0
		if err := r.client.Stage(r.ctx(), b, func(n int) { sent = n }); err != nil || sent != len(b) {
			t.Errorf("%s: %v, %d bytes sent", name, err, sent)
		}
		if _, err := r.client.Install(r.ctx(), rest.Manual); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		r.want(id, rest.Stopped)
		if _, err := r.client.DeleteApp(r.ctx(), id); err != nil {
			t.Error(err)
		}
	}
}
