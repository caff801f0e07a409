package pluton

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"armillary.dev/device/image/trailer"
)

type memory map[string][]byte

func (m memory) Load(name string) ([]byte, bool, error) { b, ok := m[name]; return b, ok, nil }
func (m memory) Save(name string, b []byte) error       { m[name] = bytes.Clone(b); return nil }

type broken struct{ error }

func (b broken) Load(string) ([]byte, bool, error) { return nil, false, nil }
func (b broken) Save(string, []byte) error         { return b.error }

func seeded(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

var date = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestDeviceKeys(t *testing.T) {
	t.Parallel()
	store := memory{}
	a, err := Open(store, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(store, seeded(2)) // the randomness is not asked again
	if err != nil {
		t.Fatal(err)
	}
	if a.DeviceID() != b.DeviceID() || a.GeneralKey() != b.GeneralKey() {
		t.Error("the keys changed at the second start")
	}
	if len(a.DeviceID()) != 128 || a.DeviceID() == a.GeneralKey() || strings.ToLower(a.DeviceID()) != a.DeviceID() {
		t.Errorf("device id %q", a.DeviceID())
	}
	c, err := Open(memory{}, seeded(1))
	if err != nil || c.DeviceID() != a.DeviceID() {
		t.Errorf("the same randomness made another device: %v", err)
	}
	d, err := Open(memory{}, seeded(3))
	if err != nil || d.DeviceID() == a.DeviceID() {
		t.Errorf("other randomness made the same device: %v", err)
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	store := memory{}
	a, err := OpenOwner(store, seeded(1), date)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenOwner(store, seeded(2), date.AddDate(1, 0, 0))
	if err != nil || a.Key().Thumbprint != b.Key().Thumbprint || !a.key.Equal(b.key) {
		t.Errorf("the owner changed at the second start: %v", err)
	}
	c, err := OpenOwner(memory{}, seeded(1), date)
	if err != nil || c.Key().Thumbprint != a.Key().Thumbprint {
		t.Errorf("the same randomness made another owner: %v", err)
	}
	block, _ := pem.Decode(store[OwnerFile])
	if block == nil || block.Type != "PRIVATE KEY" {
		t.Error("saved without a key")
	}
	cert, err := x509.ParseCertificate(a.cert)
	if err != nil || cert.CheckSignatureFrom(cert) == nil && cert.IsCA || !strings.Contains(cert.Subject.String(), Warning) {
		t.Errorf("certificate %v, %v", cert.Subject, err)
	}
	if err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
		t.Error(err)
	}
	pkg, err := (&trailer.Trailer{}).Sign([]byte("body"), a.Signer())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trailer.VerifySignature(pkg, a.Key()); err != nil {
		t.Error(err)
	}
}

func TestNoRandomness(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]io.Reader{
		"fails":     iotest.ErrReader(io.ErrUnexpectedEOF),
		"ends":      strings.NewReader("too short"),
		"all zeros": zeros{},
	} {
		if _, err := Open(memory{}, r); err == nil {
			t.Errorf("%s: device keys without randomness", name)
		}
		if _, err := OpenOwner(memory{}, r, date); err == nil {
			t.Errorf("%s: an owner's key without randomness", name)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestCannotSave(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	if _, err := Open(broken{full}, seeded(1)); !errors.Is(err, full) {
		t.Errorf("device keys: %v", err)
	}
	if _, err := OpenOwner(broken{full}, seeded(1), date); !errors.Is(err, full) {
		t.Errorf("owner's key: %v", err)
	}
	if _, err := Open(memory{identityName: []byte("short")}, seeded(1)); err == nil {
		t.Error("a damaged key was taken")
	}
}

func TestParseOwner(t *testing.T) {
	t.Parallel()
	mine, err := OpenOwner(memory{}, seeded(1), date)
	if err != nil {
		t.Fatal(err)
	}
	other, err := OpenOwner(memory{}, seeded(2), date)
	if err != nil {
		t.Fatal(err)
	}
	mixed, _ := (&Owner{mine.key, other.cert}).PEM()
	good, _ := mine.PEM()
	key, cert, _ := bytes.Cut(good, []byte("-----BEGIN CERTIFICATE"))
	cert = append([]byte("-----BEGIN CERTIFICATE"), cert...)
	for _, tt := range []struct {
		name string
		pem  []byte
		want string
	}{
		{"empty", nil, "no key to sign with"},
		{"key alone", key, "no key to sign with"},
		{"certificate alone", cert, "no key to sign with"},
		{"mixed", mixed, "belongs to another key"},
		{"garbage", pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: []byte("x")}), "private key"},
	} {
		if _, err := ParseOwner(tt.pem); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if o, err := ParseOwner(append(cert, key...)); err != nil || o.Key().Thumbprint != mine.Key().Thumbprint {
		t.Errorf("certificate first: %v", err)
	}
}

func TestTrust(t *testing.T) {
	t.Parallel()
	o, err := OpenOwner(memory{}, seeded(1), date)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(Trust(o, false).Anchors); n != 2 {
		t.Errorf("%d anchors", n)
	}
	if n := len(Trust(nil, false).Anchors); n != 1 {
		t.Errorf("%d anchors without an owner", n)
	}
	if n := len(Trust(o, true).Anchors); n != 0 {
		t.Errorf("%d anchors when locked", n)
	}
}
