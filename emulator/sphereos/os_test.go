package sphereos

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"armillary.dev/device"
	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/pluton"
	"armillary.dev/internal/testenv"
)

type conn = net.Conn

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

// TestRefusals: what the device turns down, with the device's number, and nothing left of it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	stranger, _ := testKey(t, 6)
	for _, tt := range []struct {
		name  string
		make  func(*rig) []byte
		code  int
		stage bool // refused when staged, else when installed
	}{
		{"one flipped byte", func(r *rig) []byte {
			b := r.pack(idA, manifestOf(idA, ""), nil)
			b[0x1000] ^= 1
			return b
		}, 7340047, true},
		{"flipped in the signature", func(r *rig) []byte {
			b := r.pack(idA, manifestOf(idA, ""), nil)
			b[len(b)-1] ^= 1
			return b
		}, 7340047, true},
		{"a stranger's key", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) { in.Key = stranger })
		}, 7340047, true},
		{"empty", func(r *rig) []byte { return nil }, 44040193, true},
		{"no package", func(r *rig) []byte { return bytes.Repeat([]byte("x"), 1000) }, 44040193, true},
		{"metadata count", func(r *rig) []byte {
			b := r.pack(idA, manifestOf(idA, ""), nil)
			_, n, _ := trailer.Parse(b)
			binary.LittleEndian.PutUint32(b[n+4:], 9)
			return b
		}, 44040194, true},
		{"checksum", func(r *rig) []byte {
			tr, n, _ := trailer.Parse(r.pack(idA, manifestOf(idA, ""), nil))
			body := bytes.Clone(r.pack(idA, manifestOf(idA, ""), nil)[:n])
			body[n-1] = 1
			b, _ := tr.Sign(body, r.key)
			return b
		}, 7340050, true},
		{"device node", func(r *rig) []byte {
			tr, n, _ := trailer.Parse(r.pack(idA, manifestOf(idA, ""), nil))
			body := bytes.Clone(r.pack(idA, manifestOf(idA, ""), nil)[:n])
			binary.LittleEndian.PutUint16(body[76:], 0o020666)
			b, _ := tr.Sign(body, r.key)
			return b
		}, 7340050, true},
		{"board configuration", func(r *rig) []byte {
			tr := &trailer.Trailer{}
			tr.SetIdentity(trailer.Identity{Type: trailer.TypeBoardConfig})
			b, _ := tr.Sign([]byte{0xd0, 0x0d, 0xfe, 0xed}, r.key)
			return b
		}, 16777218, true},
		{"too large", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) { in.Files["big"] = image.File{Data: make([]byte, 1<<20)} })
		}, 7340051, true},
		{"another id in the manifest", func(r *rig) []byte { return r.pack(idA, manifestOf(idB, ""), nil) }, 7340079, false},
		{"no EntryPoint file", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) {
				in.Files = map[string]image.File{"bin/other": {Data: []byte("x")}}
			})
		}, 2097174, false},
		{"EntryPoint is a folder", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) {
				in.Files = map[string]image.File{"bin/app/x": {Data: []byte("x")}}
			})
		}, 2097175, false},
		{"no JSON", func(r *rig) []byte { return r.pack(idA, "{", nil) }, 2097153, false},
		{"SchemaVersion 2", func(r *rig) []byte {
			return r.pack(idA, strings.Replace(manifestOf(idA, ""), `"SchemaVersion":1`, `"SchemaVersion":2`, 1), nil)
		}, 2097169, false},
		{"Gpio no array", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"Gpio":8`), nil) }, 2097162, false},
		{"Gpio 24", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"Gpio":[24]`), nil) }, 5242883, false},
		{"pins taken twice", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"Uart":["ISU0"],"I2cMaster":["ISU0"]`), nil) }, 2097187, false},
		{"storage too large", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"MutableStorage":{"SizeKB":65}`), nil) }, 2097186, false},
		{"WifiConfig no boolean", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"WifiConfig":1`), nil) }, 2097167, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			// What was there before stays.
			r.install(r.pack(idC, manifestOf(idC, ""), nil), rest.Auto)
			before := fmt.Sprint(r.opts.Flash.Names(""))
			err := r.client.Stage(r.ctx(), tt.make(r), nil)
			if !tt.stage {
				if err != nil {
					t.Fatalf("refused when staged already: %v", err)
				}
				_, err = r.client.Install(r.ctx(), rest.Auto)
			}
			if rest.Code(err) != tt.code {
				t.Errorf("got %v, want %d", err, tt.code)
			}
			if after := fmt.Sprint(r.opts.Flash.Names("")); after != before {
				t.Errorf("in flash there are %s, were %s", after, before)
			}
			r.want(idC, rest.Running)
			select {
			case n := <-r.notices:
				t.Log(n)
			default:
				t.Error("no notice was given")
			}
		})
	}
}

// TestOtherApps: what is refused because of an app that is there.
func TestOtherApps(t *testing.T) {
	t.Parallel()
	rt := func(id, caps string) string {
		return strings.Replace(manifestOf(id, caps), `"Default"`, `"RealTimeCapable"`, 1)
	}
	for _, tt := range []struct {
		name        string
		first, next string
		code        int
	}{
		{"same GPIO", manifestOf(idA, `"Gpio":[8,9]`), manifestOf(idB, `"Gpio":[9]`), 5242884},
		{"GPIO in an ISU", manifestOf(idA, `"Uart":["ISU0"]`), manifestOf(idB, `"Gpio":[26]`), 5242884},
		{"same ISU", manifestOf(idA, `"Uart":["ISU0"]`), manifestOf(idB, `"I2cMaster":["ISU0"]`), 5242888},
		{"same TCP port", manifestOf(idA, `"AllowedTcpServerPorts":[80,81]`), manifestOf(idB, `"AllowedTcpServerPorts":[81]`), 3145748},
		{"same UDP port", manifestOf(idA, `"AllowedUdpServerPorts":[80]`), manifestOf(idB, `"AllowedUdpServerPorts":[80]`), 3145748},
		{"a real-time app's block", rt(idA, `"Gpio":[12]`), manifestOf(idB, `"Gpio":[15]`), 5242895},
		{"a block of two high-level apps", manifestOf(idA, `"Gpio":[12]`), manifestOf(idB, `"Gpio":[15]`), 0},
		{"the same app again", manifestOf(idA, `"Gpio":[12]`), manifestOf(idA, `"Gpio":[12,13]`), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.install(r.pack(idA, tt.first, nil), rest.Auto)
			id := idB
			if strings.Contains(tt.next, idA) {
				id = idA
			}
			if err := r.client.Stage(r.ctx(), r.pack(id, tt.next, nil), nil); err != nil {
				t.Fatal(err)
			}
			_, err := r.client.Install(r.ctx(), rest.Auto)
			if rest.Code(err) != tt.code || tt.code == 0 && err != nil {
				t.Errorf("got %v, want %d", err, tt.code)
			}
		})
	}
	t.Run("third real-time app", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.install(r.pack(idA, rt(idA, ""), nil), rest.Auto)
		r.install(r.pack(idB, rt(idB, ""), nil), rest.Auto)
		if !r.process().spec.RealTime {
			t.Error("a real-time app was launched as another")
		}
		r.client.Stage(r.ctx(), r.pack(idC, rt(idC, ""), nil), nil)
		if _, err := r.client.Install(r.ctx(), rest.Auto); rest.Code(err) != 1048607 {
			t.Error(err)
		}
		if _, err := r.client.StartDebug(r.ctx(), idA); rest.Code(err) != 14680075 {
			t.Error(err)
		}
	})
	t.Run("flash full", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		big := func(in *image.Input) { in.Files["big"] = image.File{Data: make([]byte, 600<<10)} }
		r.install(r.pack(idA, manifestOf(idA, ""), big), rest.Auto)
		if err := r.client.Stage(r.ctx(), r.pack(idB, manifestOf(idB, ""), big), nil); rest.Code(err) != 14680082 {
			t.Error(err)
		}
		if _, err := r.client.DeleteApp(r.ctx(), idA); err != nil {
			t.Error(err)
		}
		if err := r.client.Stage(r.ctx(), r.pack(idB, manifestOf(idB, ""), big), nil); err != nil {
			t.Error(err)
		}
	})
}

// TestDamagedFlash: a package is verified each time it is loaded, not only when it came.
func TestDamagedFlash(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	pkg := r.pack(idA, manifestOf(idA, ""), nil)
	r.install(pkg, rest.Manual)
	pkg[0x2000] ^= 1
	if err := r.opts.Flash.Put(recordApp+idA, pkg); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Start(r.ctx(), idA); rest.Code(err) != 7340047 {
		t.Error(err)
	}
	if _, err := r.client.StartDebug(r.ctx(), idA); rest.Code(err) != 7340047 {
		t.Error(err)
	}
	r.install(r.pack(idB, manifestOf(idB, ""), nil), rest.Auto)
	r.process()
	r.os.Close()
	r.power()
	if err := r.os.Boot(); Code(err) != 7340047 {
		t.Errorf("boot: %v", err)
	}
	r.want(idA, rest.Stopped)
	r.want(idB, rest.Running) // one bad app does not keep another from running
	if p := r.process(); p.spec.Component != idB {
		t.Errorf("launched %s", p.spec.Component)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Trust = pluton.Trust(nil, true) })
	if err := r.client.Stage(r.ctx(), r.pack(idA, manifestOf(idA, ""), nil), nil); rest.Code(err) != 7340047 {
		t.Error(err)
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

func TestDebug(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.DebuggerBanner = true })
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Auto)
	first := r.process()
	dial := func(port int) (net.Conn, error) { return r.os.Dial(r.ctx(), port) }
	refused := func(port int) {
		t.Helper()
		if c, err := dial(port); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("port %d: %v, %v", port, c, err)
		}
	}
	refused(2342)
	refused(2345)
	refused(4444)
	refused(80)
	st, err := r.client.StartDebug(r.ctx(), idA)
	if err != nil || st.State != rest.Debugging || st.GDBPort != 2345 || st.OutPort != 2342 {
		t.Fatalf("%+v, %v", st, err)
	}
	if first.got() != "[15]" {
		t.Errorf("the running app got %s", first.got())
	}
	refused(2345) // the output's client comes first
	if len(r.launcher.made) != 0 {
		t.Error("the process was made before anyone could see its output")
	}
	out, err := dial(2342)
	if err != nil {
		t.Fatal(err)
	}
	refused(2342) // one client
	gdb, err := dial(2345)
	if err != nil {
		t.Fatal(err)
	}
	if p := r.process(); !p.spec.Debug {
		t.Error("launched without a debugger")
	}
	refused(2345)
	r.want(idA, rest.Debugging)
	io.WriteString(gdb, "$vCont;c#a8")
	all, err := io.ReadAll(out)
	if err != nil || string(all) != "Starting debugger....\nresumed\n" {
		t.Errorf("output %q, %v", all, err)
	}
	packets, _ := io.ReadAll(gdb)
	if !bytes.Contains(packets, []byte("$W07#")) {
		t.Errorf("the debugger heard %q", packets)
	}
	for e := event[device.AppExited](r); e.Code != 7; e = event[device.AppExited](r) {
	}
	r.want(idA, rest.Stopped)
	refused(2342)
	refused(2345)
}

func TestDebugEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(r *rig, out, gdb net.Conn)
	}{
		{"the output's client leaves", func(r *rig, out, gdb net.Conn) { out.Close() }},
		{"stop", func(r *rig, out, gdb net.Conn) { r.client.Stop(r.ctx(), idA) }},
		{"delete", func(r *rig, out, gdb net.Conn) { r.client.DeleteApp(r.ctx(), idA) }},
		{"kill from the debugger", func(r *rig, out, gdb net.Conn) { io.WriteString(gdb, "$k#6b") }},
		{"update", func(r *rig, out, gdb net.Conn) { r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual) }},
		{"power", func(r *rig, out, gdb net.Conn) { r.os.Close() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual)
			if _, err := r.client.StartDebug(r.ctx(), idA); err != nil {
				t.Fatal(err)
			}
			out, err := r.os.Dial(r.ctx(), device.PortOutput)
			if err != nil {
				t.Fatal(err)
			}
			gdb, err := r.os.Dial(r.ctx(), device.PortGDB)
			if err != nil {
				t.Fatal(err)
			}
			p := r.process()
			tt.end(r, out, gdb)
			<-p.Done()
			if g := p.got(); g != "[9]" && g != "[9 9]" { // the power may be noticed in two places

				t.Errorf("the process got %s", p.got())
			}
			io.ReadAll(gdb)
			out.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.ReadAll(out); err != nil && tt.name != "the output's client leaves" {
				t.Error(err)
			}
			if c, err := r.os.Dial(r.ctx(), device.PortOutput); err == nil {
				c.Close()
				t.Error("the output port still accepts")
			}
		})
	}
}

// TestDebuggerComesAgain: a debugger may leave and another come while the output's client stays.
func TestDebuggerComesAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual)
	r.client.StartDebug(r.ctx(), idA)
	if _, err := r.os.Dial(r.ctx(), device.PortOutput); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var gdb net.Conn
		var err error
		for gdb == nil { // the port opens again once the former client's end was noticed
			if gdb, err = r.os.Dial(r.ctx(), device.PortGDB); err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatal(err)
			}
		}
		io.WriteString(gdb, "$qC#b4")
		buf := make([]byte, 5)
		if _, err := io.ReadFull(gdb, buf); err != nil || !strings.HasPrefix(string(buf), "+$QC") {
			t.Errorf("%q, %v", buf, err)
		}
		gdb.Close()
	}
	r.want(idA, rest.Debugging)
	// Another app cannot be debugged meanwhile; the same one begins anew.
	r.install(r.pack(idB, manifestOf(idB, ""), nil), rest.Manual)
	if _, err := r.client.StartDebug(r.ctx(), idB); rest.Code(err) != 1048581 {
		t.Error(err)
	}
	if _, err := r.client.StartDebug(r.ctx(), idA); err != nil {
		t.Error(err)
	}
	if _, err := r.os.Dial(r.ctx(), device.PortOutput); err != nil {
		t.Error(err)
	}
}

func TestCannotLaunch(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.launcher.err = errNoEngine
	if err := r.client.Stage(r.ctx(), r.pack(idA, manifestOf(idA, ""), nil), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Install(r.ctx(), rest.Auto); rest.Code(err) != 1048591 {
		t.Error(err)
	}
	if n := <-r.notices; !strings.Contains(n, "fancy_call") {
		t.Errorf("notice %q", n)
	}
	if _, err := r.client.StartDebug(r.ctx(), idA); err != nil {
		t.Fatal(err)
	}
	out, err := r.os.Dial(r.ctx(), device.PortOutput)
	if err != nil {
		t.Fatal(err)
	}
	if all, _ := io.ReadAll(out); !strings.Contains(string(all), "fancy_call") {
		t.Errorf("output %q", all)
	}
	if _, err := r.os.Dial(r.ctx(), device.PortGDB); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
	r.want(idA, rest.Stopped)
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

// TestWire holds the answers to the bytes that the vendor's tests compare.
func TestWire(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	pkg := r.pack(idA, manifestOf(idA, `"MutableStorage":{"SizeKB":8}`), nil)
	for _, tt := range []struct {
		method, path, contentType, body string
		status                          int
		want                            string
	}{
		{"GET", "/status", "", "", 200, `{"uptime":0}`},
		{"GET", "/osversion", "", "", 200, `{"osversion":"24.06"}`},
		{"GET", "/device/capabilities", "", "", 200, `{"device_capabilities":[11]}`},
		{"GET", "/device/manufacturing_state", "", "", 200, `{"manufacturingState":"Module1Complete"}`},
		{"GET", "/abi_versions", "", "", 200, `{"SecureWorldRuntime":2,"OSRuntime":3,"ApplicationRuntime":13}`},
		{"GET", "/net/status", "", "", 200, `{"deviceAuthenticationIsReady":false,"networkTimeSync":"incomplete","proxy":"disabled"}`},
		{"GET", "/net/interfaces/azspheresvc", "", "", 200, `{"interfaceName":"azspheresvc","interfaceUp":true,"connectedToNetwork":false,"ipAcquired":false,"connectedToInternet":false,"ipAddresses":["192.168.35.2"]}`},
		{"GET", "/net/interfaces/nonsense", "", "", 404, `{"error":15728642}`},
		{"GET", "/images", "", "", 200, `{"is_ota_update_in_progress":false,"has_staged_updates":false,"restart_required":false,"components":[]}`},
		{"GET", "/app/status/" + strings.ToUpper(idA), "", "", 200, `{"state":"notPresent"}`},
		{"PATCH", "/app/status/" + idA, "application/json", `{"trigger":"start"}`, 409, `{"error":14680076}`},
		{"GET", "/app/quota/" + idA, "", "", 404, `{"error":14680076}`},
		{"GET", "/app/status/nonsense", "", "", 400, `{"error":14680079}`},
		{"POST", "/update/install", "", "", 200, `{}`},
		{"PUT", "/update/stage", "application/octet-stream", string(pkg), 200, `{}`},
		{"POST", "/update/install", "application/json; charset=utf-8", `{"appControlMode":"Manual"}`, 200, `{}`},
		{"GET", "/app/status/" + idA, "", "", 200, `{"state":"stopped"}`},
		{"GET", "/app/quota/" + idA, "", "", 200, `{"UsageKB":0,"LimitKB":8}`},
		{"PATCH", "/app/status/" + idA, "application/json", `{"trigger":"start"}`, 200, `{"state":"running"}`},
		{"PATCH", "/app/status/" + idA, "application/json", `{"trigger":"jump"}`, 400, `{"error":14680073}`},
		{"PATCH", "/app/status/" + idA, "application/json", `{`, 400, `{"error":10485761}`},
		{"PATCH", "/app/status/" + idA, "application/octet-stream", `{"trigger":"stop"}`, 415, `{"error":10485761}`},
		{"PATCH", "/app/status/" + idA, "application/json", `{"trigger":"stop"}`, 200, `{"state":"stopped"}`},
		{"PATCH", "/app/status/" + idA, "application/json", `{"trigger":"startDebug"}`, 200, `{"state":"debugging","gdbPort":2345,"outPort":2342}`},
		{"DELETE", "/app/image/" + idA, "", "", 200, `{}`},
		{"DELETE", "/app/image/" + idA, "", "", 200, `{}`},
		{"GET", "/wifi/scan", "", "", 404, `{"error":15728642}`},
		{"GET", "/update/stage", "", "", 404, `{"error":15728642}`},
		{"GET", "/app/status/../status", "", "", 404, `{"error":15728642}`},
	} {
		req := httptest.NewRequest(tt.method, "https://*.devices.sphere.azure.local"+tt.path, strings.NewReader(tt.body))
		if tt.contentType != "" {
			req.Header.Set("Content-Type", tt.contentType)
		}
		w := httptest.NewRecorder()
		r.os.Handler().ServeHTTP(w, req)
		if w.Code != tt.status || w.Body.String() != tt.want {
			t.Errorf("%s %s: %d %s, want %d %s", tt.method, tt.path, w.Code, w.Body, tt.status, tt.want)
		}
		if h := w.Header(); h.Get("REST-API-Version") != "4.6.0" || h.Get("Content-Type") != "application/json" || h.Get("Content-Length") != fmt.Sprint(len(tt.want)) {
			t.Errorf("%s %s: headers %v", tt.method, tt.path, h)
		}
	}
	w := httptest.NewRecorder()
	r.os.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/log", nil))
	if w.Header().Get("Content-Type") != "application/octet-stream" || w.Body.Len()%bankSize != 0 {
		t.Errorf("log: %v, %d bytes", w.Header(), w.Body.Len())
	}
	if s, err := r.client.SecurityState(r.ctx()); err != nil || s.SecurityState != "SECURE" || len(s.DeviceIdentifier) != 128 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestDeviceComplete(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Manufacturing = "DeviceComplete"; o.Capabilities = []int{} })
	if _, err := r.client.Status(r.ctx()); err != nil {
		t.Error(err)
	}
	_, err := r.client.Images(r.ctx())
	var e *rest.Error
	if !errors.As(err, &e) || e.Status != http.StatusForbidden || e.Code != 13 {
		t.Error(err)
	}
	r = newRig(t, func(o *Options) { o.Capabilities = []int{} })
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Auto)
	for name, err := range map[string]error{
		"stop":   func() error { _, err := r.client.Stop(r.ctx(), idA); return err }(),
		"delete": func() error { _, err := r.client.DeleteApp(r.ctx(), idA); return err }(),
		"manual": func() error { _, err := r.client.Install(r.ctx(), rest.Manual); return err }(),
	} {
		if rest.Code(err) != 13 {
			t.Errorf("%s without development capability: %v", name, err)
		}
	}
}

// TestUploadLimits: a body that is too large is turned away by its announced length, or after a megabyte.
func TestUploadLimits(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if err := r.client.Stage(r.ctx(), make([]byte, 3<<20), nil); rest.Code(err) != 7340051 {
		t.Error(err)
	}
	req := httptest.NewRequest("PUT", "/update/stage", io.LimitReader(zeros{}, 1<<40))
	req.ContentLength = -1
	w := httptest.NewRecorder()
	r.os.Handler().ServeHTTP(w, req)
	if w.Body.String() != `{"error":7340051}` {
		t.Errorf("chunked: %s", w.Body)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestCertificate: the names are a board's, the keys last, and the authority is not a board's.
func TestCertificate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	conn, err := r.os.Dial(r.ctx(), device.PortREST)
	if err != nil {
		t.Fatal(err)
	}
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	defer c.Close()
	if err := c.HandshakeContext(r.ctx()); err != nil {
		t.Fatal(err)
	}
	state := c.ConnectionState()
	leaf := state.PeerCertificates[0]
	if state.NegotiatedProtocol != "http/1.1" || leaf.Subject.CommonName != "192.168.35.2" || !strings.Contains(leaf.Subject.String(), "NOT A HARDWARE ROOT OF TRUST") ||
		fmt.Sprint(leaf.DNSNames, leaf.IPAddresses) != "[*.devices.sphere.azure.local 192.168.35.2] [192.168.35.2]" {
		t.Errorf("%s, %v, %v %v", state.NegotiatedProtocol, leaf.Subject, leaf.DNSNames, leaf.IPAddresses)
	}
	ca, id := r.os.CA(), r.os.DeviceID()
	r.os.Close()
	r.power()
	if !bytes.Equal(ca, r.os.CA()) || id != r.os.DeviceID() {
		t.Error("another authority or id after power-off")
	}
	if _, err := r.client.Status(r.ctx()); err != nil {
		t.Error(err)
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
