package trailer

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// GUID is a component or image id as it is stored: the first three fields little-endian, the last eight bytes as is.
type GUID [16]byte

// guidOrder maps the bytes of the text form to the stored ones.
var guidOrder = [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}

// String returns the id in lower-case letters with dashes.
func (g GUID) String() string {
	var b [16]byte
	for i, j := range guidOrder {
		b[i] = g[j]
	}
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// ParseGUID reads an id in the form 8-4-4-4-12, in any case, without braces.
func ParseGUID(s string) (g GUID, err error) {
	bad := fmt.Errorf("%q is no id like 01234567-89ab-cdef-0123-456789abcdef", s)
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return g, bad
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(g) {
		return g, bad
	}
	for i, j := range guidOrder {
		g[j] = b[i]
	}
	return g, nil
}

// ImageType says what an image is (facts/image.md 1.3).
type ImageType uint16

// The types that armillary makes or accepts; the others have only a name.
const (
	TypeApplication ImageType = 10
	TypeFwConfig    ImageType = 13 // a device capability file
	TypeBoardConfig ImageType = 21
)

var typeNames = map[ImageType]string{
	0: "Invalid", 1: "OneBL", 2: "PlutonRuntime", 3: "WifiFirmware", 4: "SecurityMonitor", 5: "NormalWorldLoader",
	6: "NormalWorldDTB", 7: "NormalWorldKernel", 8: "RootFs", 9: "Services", 10: "Applications", 13: "FirmwareConfig",
	16: "BootManifest", 17: "NormalWorldFileSystem", 19: "TrustedKeystore", 20: "Policy", 21: "CustomerBoardConfig",
	22: "UpdateCertStore", 23: "BaseSystemUpdateManifest", 24: "FirmwareUpdateManifest", 25: "CustomerUpdateManifest",
	26: "RecoveryManifest", 27: "ManifestSet", 28: "Other",
}

func (t ImageType) String() string {
	if n, ok := typeNames[t]; ok {
		return n
	}
	return fmt.Sprintf("type %d", uint16(t))
}

// Identity is section ID.
type Identity struct {
	Type      ImageType
	Component GUID
	Image     GUID
}

// Signing is section SG: which certificate's key made the signature, and how. SignECDSA256 is the only known type.
type Signing struct {
	Thumbprint Thumbprint // SHA-1 of the certificate in DER
	Type       uint32
}

// SignECDSA256 is ECDSA on P-256 over SHA-256.
const SignECDSA256 = 1

// Debug is section DB.
type Debug struct {
	Built time.Time // seconds precision, UTC
	Name  string    // at most 31 bytes are stored
}

// Flags of section TP.
const (
	RemoveAtBoot     = 1 << 0
	UnderDevelopment = 1 << 1 // what the vendor's packer writes
)

// ABI is one entry of sections ND and NP.
type ABI struct {
	Version  uint32
	Identity ABIIdentity
}

// ABIIdentity is what an ABI is between.
type ABIIdentity uint32

// Identities of ABIs.
const (
	SecureWorldRuntime ABIIdentity = 1
	OSRuntime          ABIIdentity = 2
	ApplicationRuntime ABIIdentity = 3
)

func (i ABIIdentity) String() string {
	if i >= 1 && i <= 3 {
		return [...]string{"", "SecureWorldRuntime", "OSRuntime", "ApplicationRuntime"}[i]
	}
	return fmt.Sprintf("ABI %d", uint32(i))
}

// Compression is section CM.
type Compression struct {
	Size      uint32 // of the body after decompression
	Algorithm uint32
}

// CompressLZMA is the one known algorithm: a stream in the "LZMA alone" format.
const CompressLZMA = 1

// fixed returns a section that must have exactly n bytes.
func (t *Trailer) fixed(tag Tag, n int) ([]byte, bool, error) {
	d, ok := t.Section(tag)
	if ok && len(d) != n {
		return nil, true, malformed("metadata section %s has %d bytes instead of %d", tag, len(d), n)
	}
	return d, ok, nil
}

// Identity returns section ID; a package without one is malformed.
func (t *Trailer) Identity() (Identity, error) {
	d, ok, err := t.fixed(TagIdentity, 36)
	if err != nil {
		return Identity{}, err
	}
	if !ok {
		return Identity{}, detail(ErrMissing, "ID, which says what this is")
	}
	return Identity{ImageType(binary.LittleEndian.Uint16(d)), GUID(d[4:20]), GUID(d[20:36])}, nil
}

// SetIdentity writes section ID.
func (t *Trailer) SetIdentity(id Identity) {
	d := binary.LittleEndian.AppendUint32(nil, uint32(id.Type)) // the upper half is reserved, 0
	d = append(d, id.Component[:]...)
	t.Set(TagIdentity, append(d, id.Image[:]...))
}

// Signing returns section SG; a package without one cannot be verified.
func (t *Trailer) Signing() (Signing, error) {
	d, ok, err := t.fixed(TagSigning, 24)
	if err != nil {
		return Signing{}, err
	}
	if !ok {
		return Signing{}, detail(ErrMissing, "SG, which says who signed")
	}
	return Signing{Thumbprint(d[:20]), binary.LittleEndian.Uint32(d[20:])}, nil
}

// SetSigning writes section SG.
func (t *Trailer) SetSigning(s Signing) {
	t.Set(TagSigning, binary.LittleEndian.AppendUint32(bytes.Clone(s.Thumbprint[:]), s.Type))
}

const nameSize = 32

// Debug returns section DB, if there is one.
func (t *Trailer) Debug() (d Debug, ok bool, err error) {
	b, ok, err := t.fixed(TagDebug, 8+nameSize)
	if !ok || err != nil {
		return Debug{}, ok, err
	}
	name, _, _ := bytes.Cut(b[8:], []byte{0})
	return Debug{time.Unix(int64(binary.LittleEndian.Uint64(b)), 0).UTC(), string(name)}, true, nil
}

// SetDebug writes section DB. The name is cut to 31 bytes, as the vendor's packer does; never inside a character.
func (t *Trailer) SetDebug(d Debug) {
	name := d.Name
	if len(name) > nameSize-1 {
		cut := nameSize - 1
		for cut > 0 && name[cut]&0xc0 == 0x80 {
			cut--
		}
		name = name[:cut]
	}
	b := make([]byte, 8+nameSize)
	binary.LittleEndian.PutUint64(b, uint64(d.Built.Unix()))
	copy(b[8:], name)
	t.Set(TagDebug, b)
}

// Temporary returns the flags of section TP, if there is one.
func (t *Trailer) Temporary() (flags uint32, ok bool, err error) { return t.word(TagTemporary) }

// SetTemporary writes section TP.
func (t *Trailer) SetTemporary(flags uint32) {
	t.Set(TagTemporary, binary.LittleEndian.AppendUint32(nil, flags))
}

// Revocation returns the security version number of section RV, if there is one.
func (t *Trailer) Revocation() (version uint32, ok bool, err error) { return t.word(TagRevocation) }

func (t *Trailer) word(tag Tag) (uint32, bool, error) {
	d, ok, err := t.fixed(tag, 4)
	if !ok || err != nil {
		return 0, ok, err
	}
	return binary.LittleEndian.Uint32(d), true, nil
}

// Depends returns the ABIs of section ND that the image needs; nil if there is no such section.
func (t *Trailer) Depends() ([]ABI, error) { return t.abis(TagDepends) }

// Provides returns the ABIs of section NP that the image offers; nil if there is no such section.
func (t *Trailer) Provides() ([]ABI, error) { return t.abis(TagProvides) }

func (t *Trailer) abis(tag Tag) ([]ABI, error) {
	d, ok := t.Section(tag)
	if !ok {
		return nil, nil
	}
	if len(d) < 4 || uint64(len(d)) != 4+8*uint64(binary.LittleEndian.Uint32(d)) {
		return nil, malformed("metadata section %s: %d bytes do not fit its count", tag, len(d))
	}
	var out []ABI
	for d = d[4:]; len(d) > 0; d = d[8:] {
		out = append(out, ABI{binary.LittleEndian.Uint32(d), ABIIdentity(binary.LittleEndian.Uint32(d[4:]))})
	}
	return out, nil
}

// SetDepends writes section ND.
func (t *Trailer) SetDepends(abis []ABI) {
	d := binary.LittleEndian.AppendUint32(nil, uint32(len(abis)))
	for _, a := range abis {
		d = binary.LittleEndian.AppendUint32(d, a.Version)
		d = binary.LittleEndian.AppendUint32(d, uint32(a.Identity))
	}
	t.Set(TagDepends, d)
}

// Compression returns section CM, if there is one.
func (t *Trailer) Compression() (c Compression, ok bool, err error) {
	d, ok, err := t.fixed(TagCompression, 8)
	if !ok || err != nil {
		return Compression{}, ok, err
	}
	return Compression{binary.LittleEndian.Uint32(d), binary.LittleEndian.Uint32(d[4:])}, true, nil
}

// Check reads every section whose layout is known and reports the first that is wrong.
func (t *Trailer) Check() error {
	_, err := t.Identity()
	if err == nil {
		_, err = t.Signing()
	}
	if err == nil {
		_, _, err = t.Debug()
	}
	if err == nil {
		_, _, err = t.Temporary()
	}
	if err == nil {
		_, _, err = t.Revocation()
	}
	if err == nil {
		_, err = t.Depends()
	}
	if err == nil {
		_, err = t.Provides()
	}
	if err == nil {
		_, _, err = t.Compression()
	}
	return err
}
