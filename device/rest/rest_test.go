package rest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// board is a device that answers with what a test gives it.
type board struct {
	t     *testing.T
	cert  tls.Certificate
	roots *x509.CertPool
	ln    *loopback

	mu       sync.Mutex
	requests []string
	answer   func(w http.ResponseWriter, r *http.Request, body string)
}

// loopback is a port of the host; a pipe in the process has no buffer, and TLS wants one.
type loopback struct {
	net.Listener
	dials int
}

func (l *loopback) dial(ctx context.Context, port int) (net.Conn, error) {
	if port != 443 {
		return nil, fmt.Errorf("port %d", port)
	}
	l.dials++
	var d net.Dialer
	return d.DialContext(ctx, "tcp", l.Addr().String())
}

func newBoard(t *testing.T, names ...string) *board {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "192.168.35.2"}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	b := &board{t: t, cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots: x509.NewCertPool(),
		ln: &loopback{}}
	if b.ln.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	b.roots.AddCert(c)
	s := &http.Server{Handler: b, ErrorLog: log.New(io.Discard, "", 0)}
	go s.Serve(tls.NewListener(b.ln, &tls.Config{Certificates: []tls.Certificate{b.cert}, NextProtos: []string{"h2", "http/1.1"}}))
	t.Cleanup(func() { s.Close() })
	return b
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	b.requests = append(b.requests, fmt.Sprintf("%s %s %s host=%s type=%s length=%d chunked=%v %s",
		r.Proto, r.Method, r.URL.EscapedPath(), r.Host, r.Header.Get("Content-Type"), r.ContentLength, len(r.TransferEncoding) > 0, body))
	b.mu.Unlock()
	b.answer(w, r, string(body))
}

func (b *board) says(status int, body string) {
	b.answer = func(w http.ResponseWriter, r *http.Request, _ string) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func (b *board) client() *Client {
	c := NewClient(b.ln.dial, b.roots)
	b.t.Cleanup(func() { c.Close() })
	return c
}

// TestRequests holds every call to what goes over the wire (facts/device.md 2.1, 2.3).
func TestRequests(t *testing.T) {
	t.Parallel()
	b := newBoard(t, "*.devices.sphere.azure.local")
	c, ctx := b.client(), t.Context()
	b.says(200, "{}")
	const id = "2F074B0F-D99D-4692-82D9-EF93A7D6463C"
	const low = "2f074b0f-d99d-4692-82d9-ef93a7d6463c"
	sent := 0
	for _, tt := range []struct {
		call func() error
		want string
	}{
		{func() error { _, err := c.Status(ctx); return err }, "GET /status type= length=0 "},
		{func() error { _, err := c.OSVersion(ctx); return err }, "GET /osversion type= length=0 "},
		{func() error { _, err := c.Images(ctx); return err }, "GET /images type= length=0 "},
		{func() error { _, err := c.SecurityState(ctx); return err }, "GET /device/security_state type= length=0 "},
		{func() error { _, err := c.Capabilities(ctx); return err }, "GET /device/capabilities type= length=0 "},
		{func() error { _, err := c.Log(ctx); return err }, "GET /log type= length=0 "},
		{func() error { return c.Stage(ctx, []byte("package"), func(n int) { sent = n }) }, "PUT /update/stage type=application/octet-stream length=7 package"},
		{func() error { _, err := c.Install(ctx, Manual); return err }, `POST /update/install type=application/json length=27 {"appControlMode":"Manual"}`},
		{func() error { _, err := c.AppStatus(ctx, id); return err }, "GET /app/status/" + low + " type= length=0 "},
		{func() error { _, err := c.Start(ctx, id); return err }, "PATCH /app/status/" + low + ` type=application/json length=19 {"trigger":"start"}`},
		{func() error { _, err := c.Stop(ctx, id); return err }, "PATCH /app/status/" + low + ` type=application/json length=18 {"trigger":"stop"}`},
		{func() error { _, err := c.StartDebug(ctx, id); return err }, "PATCH /app/status/" + low + ` type=application/json length=24 {"trigger":"startDebug"}`},
		{func() error { _, err := c.DeleteApp(ctx, id); return err }, "DELETE /app/image/" + low + " type= length=0 "},
		{func() error { _, err := c.Quota(ctx, "a/../b"); return err }, "GET /app/quota/a%2F..%2Fb type= length=0 "},
		{func() error { return c.Restart(ctx) }, "POST /restart type= length=0 "},
	} {
		b.requests = nil
		if err := tt.call(); err != nil {
			t.Errorf("%s: %v", tt.want, err)
			continue
		}
		got := strings.Join(b.requests, "\n")
		got = strings.ReplaceAll(got, "host=*.devices.sphere.azure.local ", "")
		got = strings.ReplaceAll(got, "chunked=false ", "")
		if want := "HTTP/1.1 " + tt.want; got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	if sent != 7 {
		t.Errorf("progress up to %d", sent)
	}
	if b.ln.dials != 1 {
		t.Errorf("%d connections for requests one after another", b.ln.dials)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	b := newBoard(t, "*.devices.sphere.azure.local")
	c, ctx := b.client(), t.Context()
	for _, tt := range []struct {
		status int
		body   string
		code   int // -1: no refusal
		want   string
	}{
		{400, `{"error":7340047}`, 7340047, "7.15"},
		{200, `{"error":2097187}`, 2097187, "2.35"},
		{403, `{"error":13}`, 13, "EACCES"},
		{500, `oops`, 0, "500 Internal Server Error"},
		{404, ``, 0, "404 Not Found"},
		{302, ``, 0, "302 Found"},
		{400, `{"error":123456789}`, 123456789, "117.773397"},
		{200, `{"error":0}`, -1, ""},
		{200, ``, -1, ""},
		{201, `{}`, -1, ""},
	} {
		b.says(tt.status, tt.body)
		err := c.Stage(ctx, []byte("x"), nil)
		if tt.code < 0 {
			if err != nil {
				t.Errorf("%d %s: %v", tt.status, tt.body, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Code != tt.code || Code(err) != tt.code || e.Status != tt.status || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "PUT /update/stage") {
			t.Errorf("%d %s: %v", tt.status, tt.body, err)
		}
	}
	b.says(200, `[1`)
	if _, err := c.Images(ctx); err == nil || !strings.Contains(err.Error(), "makes no sense") {
		t.Errorf("an answer that is no JSON: %v", err)
	}
	b.answer = func(w http.ResponseWriter, r *http.Request, _ string) {
		for range 20 {
			w.Write(make([]byte, 1<<20))
		}
	}
	if _, err := c.Log(ctx); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("an endless answer: %v", err)
	}
}

func TestAppStatusShapes(t *testing.T) {
	t.Parallel()
	b := newBoard(t, "*.devices.sphere.azure.local")
	c := b.client()
	for _, body := range []string{`{"state":"running"}`, `"running"`, `{"state":"running","realTimeCore":1}`} {
		b.says(200, body)
		if s, err := c.AppStatus(t.Context(), "x"); err != nil || s.State != Running {
			t.Errorf("%s: %+v, %v", body, s, err)
		}
	}
}

// TestTrust: a certificate by another authority, or for another name, is not taken, and nothing is sent.
func TestTrust(t *testing.T) {
	t.Parallel()
	b, other := newBoard(t, "*.devices.sphere.azure.local"), newBoard(t, "*.devices.sphere.azure.local")
	c := NewClient(b.ln.dial, other.roots)
	defer c.Close()
	if _, err := c.Status(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another authority: %v", err)
	}
	wrong := newBoard(t, "example.com")
	if _, err := wrong.client().Status(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another name: %v", err)
	}
	if len(b.requests)+len(wrong.requests) != 0 {
		t.Error("a request was sent")
	}
}

func TestWaitReady(t *testing.T) {
	t.Parallel()
	b := newBoard(t, "*.devices.sphere.azure.local")
	b.says(200, `{"uptime":1}`)
	tries := 0
	c := NewClient(func(ctx context.Context, port int) (net.Conn, error) {
		if tries++; tries < 3 {
			return nil, errors.New("refused")
		}
		return b.ln.dial(ctx, port)
	}, b.roots)
	defer c.Close()
	if err := c.WaitReady(t.Context()); err != nil || tries != 3 {
		t.Errorf("%v after %d tries", err, tries)
	}
	b.ln.Close()
	c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.WaitReady(ctx); err == nil {
		t.Error("ready without a device")
	}
}

// TestShapes holds the JSON to the key order that the vendor's tests compare.
func TestShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		v    any
		want string
	}{
		{Restarting{}, `{}`},
		{Restarting{true}, `{"restartingSystem":true}`},
		{AppStatus{State: Debugging, GDBPort: 2345, OutPort: 2342}, `{"state":"debugging","gdbPort":2345,"outPort":2342}`},
		{AppStatus{State: Debugging, RealTimeCore: new(int)}, `{"state":"debugging","realTimeCore":0}`},
		{Quota{0, 8}, `{"UsageKB":0,"LimitKB":8}`},
		{Images{Components: []Component{{UID: "u", ImageType: 10, Images: []Image{{UID: "i", Length: 1, UncompressedLength: 2}}, Name: "n"}}},
			`{"is_ota_update_in_progress":false,"has_staged_updates":false,"restart_required":false,"components":[{"uid":"u","image_type":10,"is_update_staged":false,"does_image_type_require_restart":false,"images":[{"uid":"i","length_in_bytes":1,"uncompressed_length_in_bytes":2,"replica_type":0}],"name":"n"}]}`},
	} {
		if b, err := json.Marshal(tt.v); err != nil || string(b) != tt.want {
			t.Errorf("%s, want %s", b, tt.want)
		}
	}
}
