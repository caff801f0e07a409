// Package secmon is the emulated security monitor: nothing runs on the emulated device before Verify has accepted it.
//
// It is part of the trusted base, kept small enough to be read in one sitting: it knows the end of a package and
// whom to trust, and nothing of file systems, manifests, processes or networks. It holds no state.
//
// EMULATED - NOT A HARDWARE ROOT OF TRUST.
package secmon

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"armillary.dev/device/image/trailer"
)

// Device error numbers, category<<20 | id (facts/security.md 1.7 and P1-04).
const (
	CodeVerificationFailed = 7<<20 | 15 // 7340047: nobody trusted signed these bytes
	CodeInvalidMetadata    = 42<<20 | 1 // 44040193: the end of the package is not one
	CodeSectionOverflows   = 42<<20 | 2
	CodeEmptySection       = 42<<20 | 3
	CodeSectionNotFound    = 42<<20 | 5
)

// metadataCode is the number for what trailer.Parse and Check say.
func metadataCode(err error) int {
	switch {
	case errors.Is(err, trailer.ErrOverflow):
		return CodeSectionOverflows
	case errors.Is(err, trailer.ErrEmpty):
		return CodeEmptySection
	case errors.Is(err, trailer.ErrMissing):
		return CodeSectionNotFound
	}
	return CodeInvalidMetadata
}

// Anchor is a key that is trusted for images of some types.
type Anchor struct {
	Key   trailer.Key
	Types []trailer.ImageType
}

// Trust is whom a device believes. The zero Trust believes nobody.
type Trust struct{ Anchors []Anchor }

// Error is a refusal.
type Error struct {
	Code int // the device's number
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("refused with %d: %v", e.Code, e.Err) }

// Unwrap returns the cause: trailer.ErrMalformed, trailer.ErrUnknownSigner, trailer.ErrBadSignature.
func (e *Error) Unwrap() error { return e.Err }

// ErrType means that a trusted key signed an image of a type that it is not trusted with.
var ErrType = errors.New("the key is not trusted with images of this type")

// Verdict is what is known of a package that was accepted.
type Verdict struct {
	Trailer  *trailer.Trailer
	Identity trailer.Identity
	BodySize int
	Signer   string   // the anchor's name
	Digest   [32]byte // SHA-256 of the whole package: its measurement
}

// Verify accepts a package or refuses it with an *Error. The caller must hold a private copy of pkg and use the very
// bytes that were verified, not read them a second time.
func Verify(pkg []byte, trust Trust) (*Verdict, error) {
	t, n, err := trailer.Parse(pkg)
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		return nil, &Error{metadataCode(err), err}
	}
	id, err := t.Identity()
	if err != nil {
		return nil, &Error{metadataCode(err), err}
	}
	keys := make([]trailer.Key, len(trust.Anchors))
	for i, a := range trust.Anchors {
		keys[i] = a.Key
	}
	key, err := trailer.VerifySignature(pkg, keys...)
	if err != nil {
		return nil, &Error{CodeVerificationFailed, err}
	}
	if !trust.allows(key.Thumbprint, id.Type) {
		return nil, &Error{CodeVerificationFailed, fmt.Errorf("%w: %s, %v", ErrType, key.Name, id.Type)}
	}
	return &Verdict{t, id, n, key.Name, sha256.Sum256(pkg)}, nil
}

func (t Trust) allows(thumb trailer.Thumbprint, typ trailer.ImageType) bool {
	for _, a := range t.Anchors {
		if a.Key.Thumbprint != thumb {
			continue
		}
		for _, ok := range a.Types {
			if ok == typ {
				return true
			}
		}
	}
	return false
}
