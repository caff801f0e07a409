package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"armillary.dev/device/image/trailer"
	"armillary.dev/emulator/pluton"
)

// relative writes a path as people want to read it: relative when it lies below the working directory.
func relative(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, abs); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return rel
	}
	return path
}

// ownerDir keeps the development key, for pluton, in the user's configuration folder.
type ownerDir struct{ dir string }

func newOwnerDir() (ownerDir, error) {
	dir, err := os.UserConfigDir()
	return ownerDir{filepath.Join(dir, "armillary")}, err
}

// Load implements pluton.Store.
func (o ownerDir) Load(name string) ([]byte, bool, error) {
	b, err := os.ReadFile(filepath.Join(o.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return b, err == nil, err
}

// Save implements pluton.Store. The file appears whole or not at all, and for its owner alone. If another process was
// faster it fails, and the caller loads that one's.
func (o ownerDir) Save(name string, data []byte) error {
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(o.dir, name+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	target := filepath.Join(o.dir, name)
	if err := os.Link(tmp.Name(), target); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(tmp.Name(), target) // a file system without links
}

// openOwner returns the user's development key, made at first use.
func openOwner() (*pluton.Owner, error) {
	store, err := newOwnerDir()
	if err != nil {
		return nil, err
	}
	o, err := pluton.OpenOwner(store, rand.Reader, time.Now())
	if errors.Is(err, fs.ErrExist) { // another process made it at the same moment
		o, err = pluton.OpenOwner(store, rand.Reader, time.Now())
	}
	return o, err
}

// openOwnerFor is openOwner for a command that packs an app for a device of its own and keeps nothing: where the key cannot be
// kept, one that lasts as long as the process does as well. It says so on errw.
func openOwnerFor(errw io.Writer) (*pluton.Owner, error) {
	o, err := openOwner()
	var file *fs.PathError
	var link *os.LinkError
	if _, dirErr := newOwnerDir(); err == nil || dirErr == nil && !errors.As(err, &file) && !errors.As(err, &link) {
		return o, err // a key that cannot be understood is not replaced
	}
	fmt.Fprintf(errw, "your development key can be neither read nor saved (%s); a key for this run only is used\n", inWords(err))
	return pluton.OpenOwner(noStore{}, rand.Reader, time.Now())
}

// noStore is a pluton.Store that keeps nothing.
type noStore struct{}

// Load implements pluton.Store.
func (noStore) Load(string) ([]byte, bool, error) { return nil, false, nil }

// Save implements pluton.Store.
func (noStore) Save(string, []byte) error { return nil }

// signingKey is the key in a PEM file, or else the user's development key.
func signingKey(file string) (trailer.Signer, error) {
	if file == "" {
		o, err := openOwner()
		if err != nil {
			return trailer.Signer{}, err
		}
		return o.Signer(), nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return trailer.Signer{}, err
	}
	o, err := pluton.ParseOwner(b)
	if err != nil {
		return trailer.Signer{}, fmt.Errorf("%s: %w", relative(file), err)
	}
	return o.Signer(), nil
}

// knownKeys are the keys that the user has reason to know: the vendor's SDK test key, the user's own, and others.
func knownKeys(others []trailer.Key) []trailer.Key {
	keys := []trailer.Key{trailer.SDKTest()}
	if store, err := newOwnerDir(); err == nil { // looking makes no key
		if b, ok, _ := store.Load(pluton.OwnerFile); ok {
			if o, err := pluton.ParseOwner(b); err == nil {
				keys = append(keys, o.Key())
			}
		}
	}
	return slices.Concat(others, keys)
}

// publicKey reads a signer's certificate from a PEM file.
func publicKey(file string) (trailer.Key, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return trailer.Key{}, err
	}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return trailer.Key{}, fmt.Errorf("%s holds no CERTIFICATE in PEM form", relative(file))
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return trailer.Key{}, fmt.Errorf("%s: %w", relative(file), err)
		}
		pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
		if !ok || pub.Curve != elliptic.P256() {
			return trailer.Key{}, fmt.Errorf("%s: the certificate's key is not one on P-256", relative(file))
		}
		return trailer.Key{Name: cert.Subject.CommonName, Thumbprint: trailer.ThumbprintOf(block.Bytes), Public: pub}, nil
	}
}
