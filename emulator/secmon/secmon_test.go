package secmon_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"armillary.dev/device/image/trailer"
	"armillary.dev/emulator/pluton"
	"armillary.dev/emulator/secmon"
	"armillary.dev/internal/testenv"
)

func key(t testing.TB, fill byte) (trailer.Signer, trailer.Key) {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return trailer.Signer{Thumbprint: trailer.Thumbprint{fill}, Signer: k}, trailer.Key{Name: "key", Thumbprint: trailer.Thumbprint{fill}, Public: &k.PublicKey}
}

func pkg(t testing.TB, typ trailer.ImageType, signer trailer.Signer, more func(*trailer.Trailer)) []byte {
	t.Helper()
	tr := &trailer.Trailer{}
	tr.SetIdentity(trailer.Identity{Type: typ, Component: trailer.GUID{1}, Image: trailer.GUID{2}})
	if more != nil {
		more(tr)
	}
	b, err := tr.Sign([]byte("the body of the package"), signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVerify(t *testing.T) {
	t.Parallel()
	mine, mineKey := key(t, 1)
	theirs, _ := key(t, 2)
	imposter := theirs
	imposter.Thumbprint = mine.Thumbprint
	trust := secmon.Trust{Anchors: []secmon.Anchor{{Key: mineKey, Types: []trailer.ImageType{trailer.TypeApplication}}}}
	good := pkg(t, trailer.TypeApplication, mine, nil)

	v, err := secmon.Verify(good, trust)
	if err != nil {
		t.Fatal(err)
	}
	if v.Identity.Component != (trailer.GUID{1}) || v.Signer != "key" || v.BodySize != 23 {
		t.Errorf("%+v", v)
	}

	count := func(b []byte, n uint32) []byte {
		b = bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[v.BodySize+4:], n)
		return b
	}
	section := func(n uint16) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint16(b[v.BodySize+10:], n)
		return b
	}
	for _, tt := range []struct {
		name  string
		pkg   []byte
		trust secmon.Trust
		code  int
		cause error
	}{
		{"nobody trusted", good, secmon.Trust{}, 7340047, trailer.ErrUnknownSigner},
		{"another's key", pkg(t, trailer.TypeApplication, theirs, nil), trust, 7340047, trailer.ErrUnknownSigner},
		{"another's key under my name", pkg(t, trailer.TypeApplication, imposter, nil), trust, 7340047, trailer.ErrBadSignature},
		{"an app's key for a kernel", pkg(t, 7, mine, nil), trust, 7340047, secmon.ErrType},
		{"empty", nil, trust, 44040193, trailer.ErrMalformed},
		{"count 0", count(good, 0), trust, 44040193, trailer.ErrMalformed},
		{"count huge", count(good, 0xffffffff), trust, 44040193, trailer.ErrMalformed},
		{"count too large", count(good, 3), trust, 44040194, trailer.ErrOverflow},
		{"section overruns", section(0xffff), trust, 44040194, trailer.ErrOverflow},
		{"section empty", section(0), trust, 44040195, trailer.ErrEmpty},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := secmon.Verify(tt.pkg, tt.trust)
			var e *secmon.Error
			if !errors.As(err, &e) || e.Code != tt.code || !errors.Is(err, tt.cause) {
				t.Errorf("got %v, want %d, %v", err, tt.code, tt.cause)
			}
		})
	}
	for i := range len(good) * 8 {
		bad := bytes.Clone(good)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := secmon.Verify(bad, trust); err == nil {
			t.Fatalf("bit %d of byte %d may be flipped", i%8, i/8)
		}
	}
}

// TestRealPackage: the vendor's test package is trusted as it is, locked it is not, and with one flipped byte never.
func TestRealPackage(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(testenv.Real(t), "AzureSphereBlinkTest.imagepackage"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secmon.Verify(b, pluton.Trust(nil, false)); err != nil {
		t.Error(err)
	}
	var e *secmon.Error
	if _, err := secmon.Verify(b, pluton.Trust(nil, true)); !errors.As(err, &e) || e.Code != secmon.CodeVerificationFailed {
		t.Errorf("locked: %v", err)
	}
	for at := range b {
		b[at] ^= 1
		if at%211 == 0 || at > len(b)-64 {
			if _, err := secmon.Verify(b, pluton.Trust(nil, false)); err == nil {
				t.Fatalf("byte %d may be flipped", at)
			}
		}
		b[at] ^= 1
	}
}

func FuzzVerify(f *testing.F) {
	mine, k := key(f, 1)
	trust := secmon.Trust{Anchors: []secmon.Anchor{{Key: k, Types: []trailer.ImageType{trailer.TypeApplication}}}}
	good := pkg(f, trailer.TypeApplication, mine, nil)
	f.Add(good)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := secmon.Verify(b, trust)
		var e *secmon.Error
		if err == nil != bytes.Equal(b, good) || err != nil && !errors.As(err, &e) {
			t.Fatalf("accepted %x, or refused without a number: %v", b, err)
		}
	})
}
