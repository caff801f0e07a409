package sphereos

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"armillary.dev/device"
	"armillary.dev/device/rest"
)

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
