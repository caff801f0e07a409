package trailer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"
	"time"
)

// testKey is a key of this test's own.
func testKey(t testing.TB, fill byte) (Signer, Key) {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	thumb := ThumbprintOf([]byte{fill})
	return Signer{thumb, k}, Key{"the test's key", thumb, &k.PublicKey}
}

func sample(t testing.TB) []byte {
	t.Helper()
	component, err := ParseGUID("2f074b0f-d99d-4692-82d9-ef93a7d6463c")
	if err != nil {
		t.Fatal(err)
	}
	tr := &Trailer{}
	tr.SetIdentity(Identity{TypeApplication, component, GUID{1, 2, 3}})
	tr.SetSigning(Signing{})
	tr.SetDebug(Debug{time.Unix(0x62A20A6C, 0), "Sample"})
	tr.SetTemporary(UnderDevelopment)
	tr.SetDepends([]ABI{{12, ApplicationRuntime}})
	tr.Set(Tag{'Z', '?'}, []byte("unknown to everyone"))
	signer, _ := testKey(t, 7)
	pkg, err := tr.Sign([]byte("body"), signer)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	pkg := sample(t)
	tr, n, err := Parse(pkg)
	if err != nil {
		t.Fatal(err)
	}
	if n != 4 || tr.Check() != nil {
		t.Errorf("body of %d bytes, check %v", n, tr.Check())
	}
	again, err := tr.Append(bytes.Clone(pkg[:n]))
	if err != nil || !bytes.Equal(again, pkg) {
		t.Errorf("written back: %v, %d bytes instead of %d", err, len(again), len(pkg))
	}
	id, _ := tr.Identity()
	if id.Type != 10 || id.Component.String() != "2f074b0f-d99d-4692-82d9-ef93a7d6463c" {
		t.Errorf("identity %+v", id)
	}
	if got := hex.EncodeToString(id.Component[:]); got != "0f4b072f9dd9924682d9ef93a7d6463c" {
		t.Errorf("component is stored as %s", got)
	}
	if d, ok, _ := tr.Debug(); !ok || d.Name != "Sample" || d.Built.Format(time.RFC3339) != "2022-06-09T14:57:48Z" {
		t.Errorf("debug %+v", d)
	}
	if f, ok, _ := tr.Temporary(); !ok || f != 2 {
		t.Errorf("temporary %d", f)
	}
	if a, _ := tr.Depends(); len(a) != 1 || a[0] != (ABI{12, 3}) {
		t.Errorf("depends %v", a)
	}
	if s, ok := tr.Section(Tag{'Z', '?'}); !ok || string(s) != "unknown to everyone" {
		t.Errorf("unknown section %q", s)
	}
}

func TestDeterministic(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(sample(t), sample(t)) {
		t.Error("the same input gave two packages")
	}
}

func TestNameIsCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"short", "short"},
		{"0123456789012345678901234567890", "0123456789012345678901234567890"},
		{"01234567890123456789012345678901", "0123456789012345678901234567890"},
		{"012345678901234567890123456789é", "012345678901234567890123456789"},
	} {
		var tr Trailer
		tr.SetDebug(Debug{Name: tt.in})
		if d, _, _ := tr.Debug(); d.Name != tt.want {
			t.Errorf("%q is stored as %q", tt.in, d.Name)
		}
	}
}

func TestVerifySignature(t *testing.T) {
	t.Parallel()
	pkg := sample(t)
	_, key := testKey(t, 7)
	_, other := testKey(t, 8)
	if k, err := VerifySignature(pkg, other, SDKTest(), key); err != nil || k.Name != key.Name {
		t.Errorf("genuine: %v, %v", k.Name, err)
	}
	if _, err := VerifySignature(pkg, other); !errors.Is(err, ErrUnknownSigner) {
		t.Errorf("unknown signer: %v", err)
	}
	imposter := Key{"an imposter", key.Thumbprint, other.Public}
	if _, err := VerifySignature(pkg, imposter); !errors.Is(err, ErrBadSignature) {
		t.Errorf("wrong key under the right thumbprint: %v", err)
	}

	// No single flipped bit goes through.
	for i := range len(pkg) * 8 {
		bad := bytes.Clone(pkg)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := VerifySignature(bad, key); err == nil {
			t.Fatalf("bit %d of byte %d may be flipped", i%8, i/8)
		}
	}

	order := elliptic.P256().Params().N
	tail := func(r, s []byte) []byte {
		return append(append(bytes.Clone(pkg[:len(pkg)-64]), r...), s...)
	}
	zero := make([]byte, 32)
	r, s := pkg[len(pkg)-64:len(pkg)-32], pkg[len(pkg)-32:]
	for name, bad := range map[string][]byte{
		"r = 0, s = 0": tail(zero, zero),
		"r = 0":        tail(zero, s),
		"s = 0":        tail(r, zero),
		"s = n":        tail(r, order.FillBytes(make([]byte, 32))),
		"r, s swapped": tail(s, r),
		"all ones":     tail(bytes.Repeat([]byte{0xff}, 32), bytes.Repeat([]byte{0xff}, 32)),
		"truncated":    pkg[:len(pkg)-1],
	} {
		if _, err := VerifySignature(bad, key); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSDKTestKey(t *testing.T) {
	t.Parallel()
	k := SDKTest()
	if !k.Public.Curve.IsOnCurve(k.Public.X, k.Public.Y) || k.Thumbprint.String() != "a8d5cc6958f48710140d7a26160fc1cfc31f5df0" {
		t.Errorf("%+v", k)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	good := sample(t)
	end := len(good) - SignatureSize
	u32 := func(at int, v uint32) func([]byte) []byte {
		return func(b []byte) []byte { binary.LittleEndian.PutUint32(b[at:], v); return b }
	}
	u16 := func(at int, v uint16) func([]byte) []byte {
		return func(b []byte) []byte { binary.LittleEndian.PutUint16(b[at:], v); return b }
	}
	for _, tt := range []struct {
		name   string
		change func([]byte) []byte
		want   error
	}{
		{"nothing", func([]byte) []byte { return nil }, ErrMalformed},
		{"signature only", func(b []byte) []byte { return b[end:] }, ErrMalformed},
		{"length 0", u32(end-4, 0), ErrMalformed},
		{"length before the file", u32(end-4, uint32(end+1)), ErrMalformed},
		{"length huge", u32(end-4, 0xffffffff), ErrMalformed},
		{"length one off", u32(end-4, uint32(end-4-1)), ErrMalformed},
		{"magic", u32(4, 0), ErrMalformed},
		{"count 0", u32(8, 0), ErrMalformed},
		{"count huge", u32(8, 0xffffffff), ErrMalformed},
		{"count one more", u32(8, 7), ErrOverflow},
		{"count one less", u32(8, 5), ErrMalformed},
		{"section overruns", u16(14, 0xffff), ErrOverflow},
		{"section empty", u16(14, 0), ErrEmpty},
		{"section twice", func(b []byte) []byte { copy(b[12+40:], "ID"); return b }, ErrMalformed},
		{"identity short", func(b []byte) []byte { return mutate(t, b, TagIdentity, make([]byte, 35)) }, ErrMalformed},
		{"signing short", func(b []byte) []byte { return mutate(t, b, TagSigning, make([]byte, 20)) }, ErrMalformed},
		{"depends count", func(b []byte) []byte { return mutate(t, b, TagDepends, []byte{255, 255, 255, 255}) }, ErrMalformed},
		{"no identity", func(b []byte) []byte { copy(b[12:], "XX"); return b }, ErrMissing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, _, err := Parse(tt.change(bytes.Clone(good)))
			if err == nil {
				err = tr.Check()
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			t.Log(err)
		})
	}
}

func mutate(t *testing.T, pkg []byte, tag Tag, data []byte) []byte {
	tr, n, err := Parse(pkg)
	if err != nil {
		t.Fatal(err)
	}
	tr.Set(tag, data)
	out, err := tr.Append(bytes.Clone(pkg[:n]))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGUID(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "2f074b0fd99d469282d9ef93a7d6463c", "{2f074b0f-d99d-4692-82d9-ef93a7d6463c}", "2f074b0f-d99d-4692-82d9-ef93a7d6463", "gf074b0f-d99d-4692-82d9-ef93a7d6463c", "2f074b0f--99d-4692-82d9-ef93a7d6463c"} {
		if g, err := ParseGUID(bad); err == nil {
			t.Errorf("%q gives %v", bad, g)
		}
	}
	if g, err := ParseGUID("2F074B0F-D99D-4692-82D9-EF93A7D6463C"); err != nil || g.String() != "2f074b0f-d99d-4692-82d9-ef93a7d6463c" {
		t.Errorf("upper case: %v, %v", g, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, pkg []byte) {
		tr, n, err := Parse(pkg)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		tr.Check()
		again, err := tr.Append(bytes.Clone(pkg[:n]))
		if err != nil || !bytes.Equal(again, pkg) {
			t.Fatalf("written back: %v", err)
		}
	})
}
