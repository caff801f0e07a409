package trailer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Thumbprint names a signing certificate: SHA-1 of its DER bytes. It is a name; what is trusted is the key.
type Thumbprint [20]byte

func (t Thumbprint) String() string { return hex.EncodeToString(t[:]) }

// ThumbprintOf returns the thumbprint of a certificate.
func ThumbprintOf(der []byte) Thumbprint { return sha1.Sum(der) }

// Key is a public key that may have signed a package.
type Key struct {
	Name       string // for messages: "the vendor's SDK test key"
	Thumbprint Thumbprint
	Public     *ecdsa.PublicKey
}

// Signer is a key that can sign.
type Signer struct {
	Thumbprint Thumbprint
	Signer     crypto.Signer // a P-256 key
}

// SDKTestName is what SDKTest calls its key.
const SDKTestName = "the vendor's SDK test key"

// SDKTest returns the vendor's public SDK test key, CN "Azure Sphere SDK Test" (facts/image.md 1.4). Its private half
// ships in every SDK: a signature by it shows that the bytes are whole, not where they come from.
func SDKTest() Key {
	thumb, _ := hex.DecodeString("a8d5cc6958f48710140d7a26160fc1cfc31f5df0")
	point, _ := hex.DecodeString("04edf233c00d31141d8f3f56334340ccd8c169fb67e2ec564bf8a5ef586b1c3f7b" +
		"c188ca208701e6d7c7756a132638fe98c9a02007403de5c422e6a7e826a4bd24")
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		panic(err) // the constants above are wrong; a test holds them
	}
	return Key{SDKTestName, Thumbprint(thumb), pub}
}

// ErrUnknownSigner means that none of the given keys has the thumbprint that the package names.
var ErrUnknownSigner = errors.New("signed by a key that is not known here")

// ErrBadSignature means that the signature does not fit the bytes: they were changed, or someone else signed them.
var ErrBadSignature = errors.New("the signature does not fit the bytes before it")

// VerifySignature checks the signature of a package against the key among keys that the package names, and returns
// that key. The whole package but its last 64 bytes is what is signed.
func VerifySignature(pkg []byte, keys ...Key) (Key, error) {
	t, _, err := Parse(pkg)
	if err != nil {
		return Key{}, err
	}
	s, err := t.Signing()
	if err != nil {
		return Key{}, err
	}
	if s.Type != SignECDSA256 {
		return Key{}, malformed("signature type %d is unknown", s.Type)
	}
	for _, k := range keys {
		if k.Thumbprint == s.Thumbprint {
			if !verify(k.Public, pkg[:len(pkg)-SignatureSize], t.Signature) {
				return k, ErrBadSignature
			}
			return k, nil
		}
	}
	return Key{}, fmt.Errorf("%w (certificate thumbprint %v)", ErrUnknownSigner, s.Thumbprint)
}

func verify(pub *ecdsa.PublicKey, signed []byte, sig [SignatureSize]byte) bool {
	digest := sha256.Sum256(signed)
	// ecdsa.Verify refuses r and s outside [1, n-1].
	return ecdsa.Verify(pub, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
}

// Sign appends metadata and a signature by key to a body; section SG is set to name the key. The signature is the
// deterministic one of RFC 6979: the same bytes give the same package.
func (t *Trailer) Sign(body []byte, key Signer) ([]byte, error) {
	if key.Signer == nil {
		return nil, errors.New("no key to sign with")
	}
	pub, ok := key.Signer.Public().(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, errors.New("image packages are signed with a P-256 key")
	}
	t.SetSigning(Signing{key.Thumbprint, SignECDSA256})
	out, err := t.AppendMetadata(body)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(out)
	der, err := key.Signer.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	r, s := new(big.Int), new(big.Int)
	in := cryptobyte.String(der)
	var seq cryptobyte.String
	if !in.ReadASN1(&seq, asn1.SEQUENCE) || !seq.ReadASN1Integer(r) || !seq.ReadASN1Integer(s) ||
		r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 256 || s.BitLen() > 256 {
		return nil, errors.New("signing: the key gave no ECDSA signature")
	}
	r.FillBytes(t.Signature[:32])
	s.FillBytes(t.Signature[32:])
	return append(out, t.Signature[:]...), nil
}
