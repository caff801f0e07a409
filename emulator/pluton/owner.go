package pluton

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"armillary.dev/device/image/trailer"
)

// Warning stands in every certificate that is made here.
const Warning = "EMULATED - NOT A HARDWARE ROOT OF TRUST"

const (
	OwnerFile = "owner.pem" // under which the owner's key is saved
	keyBlock  = "PRIVATE KEY"
	certBlock = "CERTIFICATE"
	// Names in messages about signatures.
	ownerKeyName = "the owner's development key"
	lifetime     = 20 * 365 * 24 * time.Hour
)

// Owner is a developer's key for signing packages, with its certificate. A board does not know it; emulated devices of
// the same owner trust it.
type Owner struct {
	key  *ecdsa.PrivateKey
	cert []byte
}

// OpenOwner finds the owner's key, or makes it, valid from date, and saves it.
func OpenOwner(s Store, random io.Reader, date time.Time) (*Owner, error) {
	data, ok, err := s.Load(OwnerFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ownerKeyName, err)
	}
	if ok {
		return ParseOwner(data)
	}
	key, _, err := newKey(random)
	if err != nil {
		return nil, err
	}
	cert, err := selfSigned(key, random, date)
	if err != nil {
		return nil, err
	}
	o := &Owner{key, cert}
	data, err = o.PEM()
	if err != nil {
		return nil, err
	}
	if err := s.Save(OwnerFile, data); err != nil {
		return nil, fmt.Errorf("saving %s: %w", ownerKeyName, err)
	}
	return o, nil
}

func selfSigned(key *ecdsa.PrivateKey, random io.Reader, date time.Time) ([]byte, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(random, serial); err != nil {
		return nil, fmt.Errorf("no randomness for a certificate: %w", err)
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, and of one length
	date = date.UTC().Truncate(time.Second)
	c := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: "armillary development key", OrganizationalUnit: []string{Warning}},
		NotBefore:    date,
		NotAfter:     date.Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	return x509.CreateCertificate(nil, c, c, &key.PublicKey, key) // nil: signatures are deterministic
}

// ParseOwner reads a key from PEM: a P-256 "PRIVATE KEY" (PKCS #8) or "EC PRIVATE KEY", and its "CERTIFICATE". The
// certificate's SHA-1 is the thumbprint in packages.
func ParseOwner(data []byte) (*Owner, error) {
	var o Owner
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil {
			break
		}
		var key any
		var err error
		switch b.Type {
		case keyBlock:
			key, err = x509.ParsePKCS8PrivateKey(b.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(b.Bytes)
		case certBlock:
			if o.cert == nil {
				o.cert = b.Bytes
			}
			continue
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the private key: %w", err)
		}
		if o.key, _ = key.(*ecdsa.PrivateKey); o.key == nil || o.key.Curve != elliptic.P256() {
			return nil, errors.New("the private key is not one on P-256")
		}
	}
	if o.key == nil || o.cert == nil {
		return nil, errors.New("no key to sign with: the PEM file has to hold a PRIVATE KEY and its CERTIFICATE")
	}
	cert, err := x509.ParseCertificate(o.cert)
	if err != nil {
		return nil, fmt.Errorf("the certificate: %w", err)
	}
	if pub, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(&o.key.PublicKey) {
		return nil, errors.New("the certificate belongs to another key")
	}
	return &o, nil
}

// PEM returns key and certificate as ParseOwner reads them. It is the owner's to keep.
func (o *Owner) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(o.key)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, b := range []*pem.Block{{Type: keyBlock, Bytes: der}, {Type: certBlock, Bytes: o.cert}} {
		if err := pem.Encode(&out, b); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// Key is the public half, as it is trusted.
func (o *Owner) Key() trailer.Key {
	return trailer.Key{Name: ownerKeyName, Thumbprint: trailer.ThumbprintOf(o.cert), Public: &o.key.PublicKey}
}

// Signer signs packages.
func (o *Owner) Signer() trailer.Signer {
	return trailer.Signer{Thumbprint: trailer.ThumbprintOf(o.cert), Signer: crypto.Signer(o.key)}
}
