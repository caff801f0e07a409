package image

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"armillary.dev/device/image/trailer"
	"armillary.dev/internal/testenv"
)

func testSigner(t testing.TB) (trailer.Signer, trailer.Key) {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	thumb := trailer.ThumbprintOf([]byte("test"))
	return trailer.Signer{Thumbprint: thumb, Signer: k}, trailer.Key{Name: "the test's key", Thumbprint: thumb, Public: &k.PublicKey}
}

const sampleManifest = `{"SchemaVersion":1,"Name":"Sample","ComponentId":"2f074b0f-d99d-4692-82d9-ef93a7d6463c","EntryPoint":"/bin/app","CmdArgs":[],"Capabilities":{}}`

func samplePack(t testing.TB) []byte {
	t.Helper()
	component, _ := trailer.ParseGUID("2f074b0f-d99d-4692-82d9-ef93a7d6463c")
	signer, _ := testSigner(t)
	pkg, err := Pack(Input{
		Manifest: []byte(sampleManifest),
		Files: map[string]File{
			"bin/app":           {Data: bytes.Repeat([]byte("program "), 1000), Executable: true},
			"Data/empty":        {},
			"data/deep/er/a":    {Data: []byte("A")},
			"data/deep.txt":     {Data: bytes.Repeat([]byte("x"), pageSize)},
			"data/" + long(252): {Data: []byte("long")},
		},
		Component: component, Image: trailer.GUID{1}, Name: "Sample", Built: time.Unix(1700000000, 0),
		Depends: HighLevel(12), Key: signer,
	})
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

func long(n int) string { return strings.Repeat("n", n) }

func TestPack(t *testing.T) {
	t.Parallel()
	pkg := samplePack(t)
	_, key := testSigner(t)
	v, err := Verify(pkg, key)
	if err != nil {
		t.Fatal(err)
	}
	if v.Signer == nil || v.Signer.Name != key.Name {
		t.Errorf("signer %v", v.Signer)
	}
	im := v.Image
	if m, err := im.Manifest(); err != nil || string(m) != sampleManifest {
		t.Errorf("manifest %q, %v", m, err)
	}
	if im.Name() != "Sample" || im.Kind != FileSystem {
		t.Errorf("name %q, kind %v", im.Name(), im.Kind)
	}
	if err := fstest.TestFS(im.FS, "app_manifest.json", "bin/app", "Data/empty", "data/deep/er/a", "data/deep.txt", "data/"+long(252)); err != nil {
		t.Error(err)
	}
	info, err := fs.Stat(im.FS, "bin/app")
	if err != nil || info.Mode() != 0o755|fs.ModeSticky || info.Size() != 8000 || info.Sys().(Inode).Mode != 0o101755 {
		t.Errorf("bin/app: %v, %v", info.Mode(), err)
	}
	again, err := im.Bytes()
	if err != nil || !bytes.Equal(again, pkg) {
		t.Errorf("written back: %v", err)
	}
	if !bytes.Equal(samplePack(t), pkg) {
		t.Error("packing twice gives different bytes")
	}
}

func TestPackErrors(t *testing.T) {
	t.Parallel()
	signer, _ := testSigner(t)
	for _, tt := range []struct{ path, want string }{
		{"/bin/app", "no path inside a package"},
		{"../app", "no path inside a package"},
		{".", "no path inside a package"},
		{"bin/" + long(253), "253 bytes"},
		{"app_manifest.json", "twice"},
		{"app_manifest.json/x", "both a file and a directory"},
	} {
		_, err := Pack(Input{Manifest: []byte("{}"), Files: map[string]File{tt.path: {Data: []byte("x")}}, Key: signer})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.path, err)
		}
	}
	if _, err := Pack(Input{Manifest: []byte("{}")}); err == nil {
		t.Error("packed without a key")
	}
	if _, err := Pack(Input{Key: signer}); err == nil {
		t.Error("packed without a manifest")
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	key := trailer.Key{Name: "another", Thumbprint: trailer.Thumbprint{9}, Public: &k.PublicKey}
	pkg, err := Sign(samplePack(t), trailer.Signer{Thumbprint: key.Thumbprint, Signer: k})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(pkg, key); err != nil || v.Signer == nil {
		t.Errorf("%v, %v", v, err)
	}
	_, old := testSigner(t)
	if v, err := Verify(pkg, old); err != nil || v.Signer != nil || v.Thumbprint != key.Thumbprint {
		t.Errorf("with an unknown signer: %+v, %v", v, err)
	}
}

func real(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Real(t), name+".imagepackage"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBlinkVector holds the reader to facts/image.md 1.9, field by field.
func TestBlinkVector(t *testing.T) {
	t.Parallel()
	pkg := real(t, "AzureSphereBlinkTest")
	sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
	v, err := Verify(pkg, trailer.SDKTest())
	if err != nil {
		t.Fatal(err)
	}
	im := v.Image
	id := im.Identity
	sg, _ := im.Trailer.Signing()
	db, _, _ := im.Trailer.Debug()
	tp, _, _ := im.Trailer.Temporary()
	nd, _ := im.Trailer.Depends()
	crc, computed := im.FS.CRC()
	stat := func(name string) Inode {
		i, err := im.FS.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return i.Sys().(Inode)
	}
	read := func(name string) []byte {
		b, err := im.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var tags []string
	for _, s := range im.Trailer.Sections {
		tags = append(tags, s.Tag.String())
	}
	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{"length", len(pkg), 16596},
		{"sha256", sum(pkg), "4b4217a3eec5f9389e4410a6d97fd38fca0f5496850bb1594ce245461bd8784d"},
		{"sha256 of the signed part", sum(pkg[:16532]), "0fcd5b854034ad60ded78c70fce2338638b389b775ad688bf94a62f7349fabd7"},
		{"body", len(im.Body), 0x4000},
		{"sha256 of the body", sum(im.Body), "85a402169131ceb6387af94ea7216d8e1b18d0c248ba48f0fef60673aa716edd"},
		{"stored crc", crc, uint32(0x1D0BA4E8)},
		{"computed crc", computed, uint32(0x1D0BA4E8)},
		{"root", stat("."), Inode{Mode: 0o40755, Offset: 0x4C}},
		{"manifest inode", stat("app_manifest.json"), Inode{Mode: 0o101644, Offset: 0x1000}},
		{"bin inode", stat("bin"), Inode{Mode: 0o40755, Offset: 0x7C}},
		{"app inode", stat("bin/app"), Inode{Mode: 0o101755, Offset: 0x2000}},
		{"manifest length", len(read("app_manifest.json")), 267},
		{"manifest", sum(read("app_manifest.json")), "32dace9f7aaf2d4b0249c902d8a683a8a9b182221e4d3f158bfede77190cb394"},
		{"app length", len(read("bin/app")), 5592},
		{"app", sum(read("bin/app")), "8865eb6d61c386219bffb1a8d3dd7603da37970d4302e86979b11d0c4a1dc150"},
		{"sections", fmt.Sprint(tags), "[ID SG DB TP ND]"},
		{"type", id.Type, trailer.TypeApplication},
		{"component", id.Component.String(), "2f074b0f-d99d-4692-82d9-ef93a7d6463c"},
		{"image", id.Image.String(), "6415a939-c098-48cf-8e5c-02b52a9f0ffb"},
		{"thumbprint", sg.Thumbprint.String(), "a8d5cc6958f48710140d7a26160fc1cfc31f5df0"},
		{"signature type", sg.Type, uint32(1)},
		{"built", db.Built.Format(time.RFC3339), "2022-06-09T14:57:48Z"},
		{"name", db.Name, "AzureSphereBlinkTest"},
		{"temporary", tp, uint32(2)},
		{"depends", fmt.Sprint(nd), "[{12 ApplicationRuntime}]"},
		{"r", strings.ToUpper(hex.EncodeToString(im.Trailer.Signature[:32])), "F8BC4244FDA665576B3B437B7EFE1A0EDF8A0F336F497BAF2570458DDFDA5C40"},
		{"s", strings.ToUpper(hex.EncodeToString(im.Trailer.Signature[32:])), "E73BE3F0E89F97C9C0EAB9FCF7A1E6F6992453F226A6B640C84C537D3ABE0B63"},
		{"signer", v.Signer.Name, trailer.SDKTestName},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.what, tt.got, tt.want)
		}
	}
}

// TestRealRoundTrip: reading and writing gives the same bytes, laid out anew; one flipped bit anywhere does not verify.
func TestRealRoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"AzureSphereBlinkTest", "MutableStorage"} {
		t.Run(name, func(t *testing.T) {
			pkg := real(t, name)
			im, err := Read(pkg)
			if err != nil {
				t.Fatal(err)
			}
			again, err := im.Bytes()
			if err != nil || !bytes.Equal(again, pkg) {
				t.Fatalf("written back: %v, %d bytes of %d", err, len(again), len(pkg))
			}
			files := map[string]File{}
			fs.WalkDir(im.FS, ".", func(p string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					data, _ := im.FS.ReadFile(p)
					info, _ := d.Info()
					files[p] = File{data, info.Mode()&0o111 != 0}
				}
				return err
			})
			body, err := BuildFS(files)
			if err != nil || !bytes.Equal(body, im.Body) {
				t.Errorf("built from its files: %v, %d bytes of %d", err, len(body), len(im.Body))
			}
			for at := 0; at < len(pkg); at += 97 {
				bad := bytes.Clone(pkg)
				bad[at] ^= 1 << (at % 8)
				if v, err := Verify(bad, trailer.SDKTest()); err == nil && v.Signer != nil {
					t.Fatalf("byte %d may be changed", at)
				}
			}
		})
	}
}

func TestVerifyCRC(t *testing.T) {
	t.Parallel()
	pkg := samplePack(t)
	tr, n, _ := trailer.Parse(pkg)
	body := bytes.Clone(pkg[:n])
	body[len(body)-1] ^= 1
	signer, key := testSigner(t)
	bad, err := tr.Sign(body, signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(bad, key); !errors.Is(err, ErrCRC) {
		t.Errorf("got %v", err)
	}
}
