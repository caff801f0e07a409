package sphereos

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"

	"armillary.dev/emulator/pluton"
)

// Names of the REST service's key material in flash.
const (
	caFile   = "rest-ca.pem"
	leafFile = "rest-leaf.pem"
)

// openCertificates finds the certification authority of the device's own making and the REST service's certificate by
// it, or makes both. The names in the certificate are those of a board's (facts/device.md 3.1); the authority is not: a
// stock client has to be given it.
func openCertificates(keys pluton.Store, random io.Reader, date time.Time) (ca []byte, leaf tls.Certificate, err error) {
	ca, ok, err := keys.Load(caFile)
	if err != nil {
		return nil, leaf, err
	}
	leafPEM, ok2, err := keys.Load(leafFile)
	if err != nil {
		return nil, leaf, err
	}
	if !ok || !ok2 {
		if ca, leafPEM, err = newCertificates(random, date); err != nil {
			return nil, leaf, err
		}
		if err := errors.Join(keys.Save(caFile, ca), keys.Save(leafFile, leafPEM)); err != nil {
			return nil, leaf, err
		}
	}
	leaf, err = tls.X509KeyPair(leafPEM, leafPEM)
	return ca, leaf, err
}

// newCertificates makes the authority, whose private key is forgotten at once, and the leaf with its key.
func newCertificates(random io.Reader, date time.Time) (ca, leaf []byte, err error) {
	from := date.UTC().Truncate(time.Second).Add(-24 * time.Hour) // clocks differ
	to := from.AddDate(20, 0, 0)
	caKey, err1 := newKey(random)
	leafKey, err2 := newKey(random)
	serial, err3 := newSerial(random)
	leafSerial, err4 := newSerial(random)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, nil, err
	}
	caCert := &x509.Certificate{
		SerialNumber:                serial,
		Subject:                     pkix.Name{CommonName: "armillary emulated device", OrganizationalUnit: []string{pluton.Warning}},
		NotBefore:                   from,
		NotAfter:                    to,
		IsCA:                        true,
		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, // whoever trusts it trusts it for devices only
		PermittedDNSDomains:         []string{"devices.sphere.azure.local", "192.168.35.2"},
		PermittedIPRanges:           []*net.IPNet{{IP: net.IPv4(192, 168, 35, 0).To4(), Mask: net.CIDRMask(24, 32)}},
	}
	caDER, err := x509.CreateCertificate(nil, caCert, caCert, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, nil, fmt.Errorf("the device's certification authority: %w", err)
	}
	if caCert, err = x509.ParseCertificate(caDER); err != nil { // for the key id
		return nil, nil, err
	}
	leafCert := &x509.Certificate{
		SerialNumber: leafSerial,
		Subject:      pkix.Name{CommonName: "192.168.35.2", OrganizationalUnit: []string{pluton.Warning}},
		NotBefore:    from,
		NotAfter:     to,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"*.devices.sphere.azure.local", "192.168.35.2"},
		IPAddresses:  []net.IP{net.IPv4(192, 168, 35, 2).To4()},
	}
	leafDER, err := x509.CreateCertificate(nil, leafCert, caCert, &leafKey.PublicKey, caKey)
	if err != nil {
		return nil, nil, fmt.Errorf("the device's REST certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	err = errors.Join(pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: leafDER}))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), out.Bytes(), err
}

// newKey makes a key from randomness that may be seeded, which the standard library's generator would ignore.
func newKey(random io.Reader) (*ecdsa.PrivateKey, error) {
	raw := make([]byte, 32)
	for range 64 { // all but 1 in 2^32 numbers are keys
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, fmt.Errorf("no randomness for a key: %w", err)
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err == nil {
			return key, nil
		}
	}
	return nil, errors.New("the source of randomness yields no key")
}

func newSerial(random io.Reader) (*big.Int, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("no randomness for a certificate: %w", err)
	}
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b), nil
}

// tlsConfig is the REST service's. The handshake's own randomness is the host's, seeded or not: it never reaches an app.
func (s *OS) tlsConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{s.leaf}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Rand: rand.Reader}
}
