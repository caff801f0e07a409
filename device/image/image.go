// Package image reads, verifies, writes and signs image packages: what a build makes and a device installs.
//
// A package is a body, metadata and a signature (package trailer). The body of an app is a file system, ASXipFS, which
// is cramfs' layout without compression; the body of a board configuration is a device tree; the cloud-signed form is
// an LZMA stream in which the real package lies (facts/image.md section 1).
//
// The package is pure: bytes in, bytes out; time, ids and keys come from the caller. It must not know what a manifest
// means (package manifest), nor decide whom to trust.
package image

import (
	"errors"
	"fmt"

	"armillary.dev/device/image/trailer"
)

// Kind is what a body is.
type Kind uint8

// Kinds of body.
const (
	Opaque     Kind = iota // something that is only carried
	FileSystem             // ASXipFS: an application
	DeviceTree             // flattened device tree: a board configuration
	Compressed             // LZMA stream with a whole package inside
)

func (k Kind) String() string {
	return [...]string{"opaque", "file system", "device tree", "compressed"}[k]
}

// ErrMalformed is wrapped by every error about a package's shape, here and in package trailer.
var ErrMalformed = trailer.ErrMalformed

// ErrCRC means that the file system's checksum does not fit its bytes.
var ErrCRC = errors.New("the file system's checksum does not fit its bytes")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// Image is a package that was read. It aliases the bytes it was read from.
type Image struct {
	Trailer  *trailer.Trailer
	Identity trailer.Identity
	Kind     Kind
	Body     []byte // as stored
	FS       *FS    // of FileSystem, and of the inner package of Compressed; else nil
	Inner    *Image // of Compressed
}

// Read takes a package apart. It checks every length, offset and count, but neither checksum nor signature: see
// Verify. The error says which field is wrong and where.
func Read(pkg []byte) (*Image, error) { return read(pkg, false) }

func read(pkg []byte, inner bool) (*Image, error) {
	t, n, err := trailer.Parse(pkg)
	if err != nil {
		return nil, err
	}
	if err := t.Check(); err != nil {
		return nil, err
	}
	im := &Image{Trailer: t, Body: pkg[:n:n]}
	im.Identity, _ = t.Identity() // Check has read it
	if c, ok, _ := t.Compression(); ok {
		if inner {
			return nil, malformed("a compressed package inside a compressed package")
		}
		plain, err := decompress(im.Body, c)
		if err != nil {
			return nil, err
		}
		im.Kind = Compressed
		if im.Inner, err = read(plain, true); err != nil {
			return nil, fmt.Errorf("inside the compressed package: %w", err)
		}
		a, b := im.Identity, im.Inner.Identity
		if a != b {
			return nil, malformed("the compressed package says component %v, image %v; inside it stand component %v, image %v",
				a.Component, a.Image, b.Component, b.Image)
		}
		im.FS = im.Inner.FS
		return im, nil
	}
	switch {
	case isASXipFS(im.Body):
		im.Kind = FileSystem
		if im.FS, err = OpenFS(im.Body); err != nil {
			return nil, err
		}
	case isDeviceTree(im.Body):
		im.Kind = DeviceTree
	case im.Identity.Type == trailer.TypeApplication:
		return nil, malformed("the body of an application begins with no ASXipFS superblock")
	}
	return im, nil
}

func isDeviceTree(b []byte) bool {
	return len(b) >= 4 && b[0] == 0xd0 && b[1] == 0x0d && b[2] == 0xfe && b[3] == 0xed
}

// ManifestName is where the packaged manifest lies.
const ManifestName = "app_manifest.json"

// Manifest returns the packaged manifest's bytes.
func (im *Image) Manifest() ([]byte, error) {
	if im.FS == nil {
		return nil, fmt.Errorf("a package of type %v has no %s", im.Identity.Type, ManifestName)
	}
	return im.FS.ReadFile(ManifestName)
}

// Name returns the name in the metadata, empty if there is none.
func (im *Image) Name() string {
	d, _, _ := im.Trailer.Debug()
	return d.Name
}

// Verdict is what Verify found in a package that is whole.
type Verdict struct {
	Image      *Image
	Thumbprint trailer.Thumbprint // of the certificate that the package names
	Signer     *trailer.Key       // the key whose signature fits; nil: no key with that thumbprint was given
}

// Verify reads a package and holds it to its checksum and its signature. A package signed by a key that is not among
// keys is no error: Signer is nil, and the caller decides. The errors are ErrMalformed, ErrCRC and
// trailer.ErrBadSignature.
func Verify(pkg []byte, keys ...trailer.Key) (*Verdict, error) {
	im, err := Read(pkg)
	if err != nil {
		return nil, err
	}
	if im.FS != nil {
		if err := im.FS.CheckCRC(); err != nil {
			return nil, err
		}
	}
	s, err := im.Trailer.Signing()
	if err != nil {
		return nil, err
	}
	v := &Verdict{Image: im, Thumbprint: s.Thumbprint}
	key, err := trailer.VerifySignature(pkg, keys...)
	switch {
	case err == nil:
		v.Signer = &key
	case !errors.Is(err, trailer.ErrUnknownSigner):
		return nil, err
	}
	return v, nil
}

// Bytes returns the package again. What was read comes back byte for byte; the file system is laid out anew, not
// copied, so that this also says that the writer follows the vendor's rules.
func (im *Image) Bytes() ([]byte, error) {
	body := im.Body
	if im.Kind == FileSystem {
		var err error
		if body, err = im.FS.Encode(); err != nil {
			return nil, err
		}
	}
	return im.Trailer.Append(body[:len(body):len(body)])
}
