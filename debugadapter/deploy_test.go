package debugadapter_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter"
	"armillary.dev/device"
	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rest"
)

// fakeDevice answers the REST requests of F5 and has QEMU behind its debug port.
type fakeDevice struct {
	t      *testing.T
	qemu   string // address of the debug server
	roots  *x509.CertPool
	tls    tls.Certificate
	events chan device.Event

	mu     sync.Mutex
	log    []string
	pkg    []byte
	output net.Conn // the app's end
	closed bool
}

const component = "11112222-3333-4444-5555-666677778888"

func newFakeDevice(t *testing.T, qemu string) *fakeDevice {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{rest.ServerName}, NotAfter: time.Now().Add(time.Hour), IsCA: true,
		BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	d := &fakeDevice{t: t, qemu: qemu, roots: x509.NewCertPool(), tls: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, events: make(chan device.Event, 8)}
	d.roots.AddCert(cert)
	return d
}

func (d *fakeDevice) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = append(d.log, fmt.Sprintf(format, args...))
}

func (d *fakeDevice) Name() string            { return "fake" }
func (d *fakeDevice) Roots() *x509.CertPool   { return d.roots }
func (d *fakeDevice) Control() device.Control { return d }
func (d *fakeDevice) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.output != nil {
		d.output.Close()
	}
	return nil
}
func (d *fakeDevice) SetInput(int, int) error { return nil }
func (d *fakeDevice) Events(ctx context.Context) <-chan device.Event {
	out := make(chan device.Event)
	go func() {
		defer close(out)
		for {
			select {
			case e := <-d.events:
				select {
				case out <- e:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (d *fakeDevice) Dial(ctx context.Context, port int) (net.Conn, error) {
	d.note("dial %d", port)
	switch port {
	case device.PortREST:
		a, b := net.Pipe()
		go http.Serve(&oneListener{conn: tls.Server(b, &tls.Config{Certificates: []tls.Certificate{d.tls}}), done: make(chan struct{})}, d)
		return a, nil
	case device.PortOutput:
		a, b := net.Pipe()
		d.mu.Lock()
		d.output = b
		d.mu.Unlock()
		go io.WriteString(b, "hello from the app\n")
		return a, nil
	case device.PortGDB:
		return net.Dial("unix", strings.TrimPrefix(d.qemu, "unix:"))
	}
	return nil, errors.New("connection refused")
}

// oneListener is a listener that has one connection.
type oneListener struct {
	conn net.Conn
	once bool
	done chan struct{}
}

func (l *oneListener) Accept() (net.Conn, error) {
	if l.once {
		<-l.done
		return nil, net.ErrClosed
	}
	l.once = true
	return l.conn, nil
}
func (l *oneListener) Close() error   { close(l.done); return nil }
func (l *oneListener) Addr() net.Addr { return l.conn.LocalAddr() }

func (d *fakeDevice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.note("%s %s", r.Method, r.URL.Path)
	w.Header().Set("Content-Type", rest.JSON)
	reply := any(struct{}{})
	switch r.Method + " " + r.URL.Path {
	case "GET " + rest.PathImages:
		reply = rest.Images{}
	case "PUT " + rest.PathStage:
		d.mu.Lock()
		d.pkg = body
		d.mu.Unlock()
	case "PATCH " + rest.PathAppStatus + component:
		reply = rest.AppStatus{State: rest.Debugging, GDBPort: device.PortGDB, OutPort: device.PortOutput}
	}
	json.NewEncoder(w).Encode(reply)
}

func (d *fakeDevice) options() debugadapter.Options {
	return debugadapter.Options{
		Open: func(context.Context, string, debugadapter.Config) (device.Device, error) { return d, nil },
		Key: func(string) (trailer.Signer, error) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			return trailer.Signer{Signer: key}, err
		},
	}
}

// appFolder lays out an app around a program.
func appFolder(t *testing.T, manifest, elf string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("app_manifest.json", []byte(manifest))
	write("CMakeLists.txt", []byte("cmake_minimum_required(VERSION 3.20)\nproject(steps C)\nazsphere_configure_api(TARGET_API_SET \"13\")\n"))
	if elf != "" {
		data, err := os.ReadFile(elf)
		if err != nil {
			t.Fatal(err)
		}
		write("out/steps.out", data)
	}
	return dir
}

const goodManifest = `{
  "SchemaVersion": 1,
  "Name": "steps",
  "ComponentId": "` + component + `",
  "EntryPoint": "/bin/app",
  "CmdArgs": [],
  "Capabilities": {
    "Gpio": [ 8 ]
  },
  "ApplicationType": "Default"
}
`

func TestDeploy(t *testing.T) {
	t.Parallel()
	p := build(t)
	server, _ := qemu(t, p.elf)
	d := newFakeDevice(t, server)
	dir := appFolder(t, goodManifest, p.elf)
	c := start(t, d.options())
	c.begin("launch", m{"app": dir, "args": []string{"-v", "\"x\""}}, p.source, p.line(t, "end of work"))
	var out dap.OutputEventBody
	if err := json.Unmarshal(c.event("output").Body, &out); err != nil || out.Category != "stdout" || out.Output != "hello from the app\n" {
		t.Errorf("output %+v", out)
	}
	tid := c.stopped("breakpoint").ThreadId
	c.at(tid, "work", p.line(t, "end of work"))

	d.events <- device.Denied{Component: component, Function: "GPIO_OpenAsOutput", Capability: "Gpio", Value: "9", Errno: 13, Pointer: "/Capabilities/Gpio"}
	if err := json.Unmarshal(c.event("output").Body, &out); err != nil || out.Line != 8 || !strings.Contains(out.Output, "app_manifest.json:8: GPIO_OpenAsOutput was refused") {
		t.Errorf("denied call: %+v", out)
	}

	d.mu.Lock()
	order := strings.Join(d.log, ", ")
	im, err := image.Read(d.pkg)
	d.mu.Unlock()
	want := "dial 443, GET /images, PUT /update/stage, POST /update/install, PATCH /app/status/" + component + ", dial 2342, dial 2345"
	if order != want {
		t.Errorf("order %s\nwant  %s", order, want)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := im.Manifest()
	if err != nil || !strings.Contains(string(text), `"CmdArgs":["-v","\"x\""]`) || !strings.Contains(string(text), `"TargetApplicationRuntimeVersion":13`) {
		t.Errorf("packaged manifest %s, %v", text, err)
	}
	if _, err := im.FS.Stat("bin/app"); err != nil {
		t.Error(err)
	}

	// The device says that the app is gone, before the debug server does.
	d.events <- device.AppExited{Component: component, Code: 143, Signal: 15}
	d.mu.Lock()
	d.output.Close()
	d.mu.Unlock()
	if ev := c.event("exited"); !strings.Contains(string(ev.Body), "143") {
		t.Errorf("exited %s", ev.Body)
	}
	c.event("terminated")
	c.call("disconnect", nil, nil)
	c.c.Close()
	if err := <-c.done; err != nil {
		t.Error(err)
	}
	c.done <- nil
	if !d.closed {
		t.Error("the device was left open")
	}
}

func TestDeployRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, manifest, elf string
		want                string
		line                int
	}{
		{"manifest", strings.Replace(goodManifest, component, "not-an-id", 1), "", "app_manifest.json:4", 4},
		{"build", goodManifest, "", "cmake -S", 0},
		{"no manifest", "", "", "names the app's folder", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newFakeDevice(t, "")
			dir := t.TempDir()
			if tt.manifest != "" {
				dir = appFolder(t, tt.manifest, tt.elf)
			}
			c := start(t, d.options())
			c.call("initialize", nil, nil)
			c.refusedWith(tt.want, "launch", m{"app": dir})
			if tt.line != 0 {
				var out dap.OutputEventBody
				if err := json.Unmarshal(c.event("output").Body, &out); err != nil || out.Line != tt.line || out.Source == nil {
					t.Errorf("jump %+v", out)
				}
			}
			c.event("terminated")
			if len(d.log) != 0 {
				t.Errorf("the device was dialled: %v", d.log)
			}
		})
	}
}
