// Package pluton is the emulated Pluton: the device's own keys, its owner's development key, and whom it trusts.
//
// It is part of the trusted base and as small as that asks for. Keys come to be at first use from randomness that is
// handed in, and persist through a Store that is handed in; the package knows nothing of flash, files or networks.
// No method yields a device key's private half.
//
// EMULATED - NOT A HARDWARE ROOT OF TRUST: whoever owns the computer owns these keys.
package pluton

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"armillary.dev/device/image/trailer"
	"armillary.dev/emulator/secmon"
)

// Store keeps what has to be there again after power-off.
type Store interface {
	// Load returns what was saved under a name; ok is false if nothing was.
	Load(name string) (data []byte, ok bool, err error)
	// Save keeps data under a name, wholly or not at all.
	Save(name string, data []byte) error
}

// Names under which keys are saved.
const (
	identityName = "device-identity"
	generalName  = "device-general"
)

// Pluton is a device's two key pairs, made when it is first switched on (facts/security.md 1.1).
type Pluton struct {
	identity, general *ecdsa.PrivateKey
}

// Open finds the device's keys, or makes and saves them.
func Open(s Store, random io.Reader) (*Pluton, error) {
	identity, err := loadKey(s, identityName, random)
	if err != nil {
		return nil, err
	}
	general, err := loadKey(s, generalName, random)
	if err != nil {
		return nil, err
	}
	return &Pluton{identity, general}, nil
}

func loadKey(s Store, name string, random io.Reader) (*ecdsa.PrivateKey, error) {
	raw, ok, err := s.Load(name)
	if err != nil {
		return nil, fmt.Errorf("the key %s: %w", name, err)
	}
	if ok {
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
		if err != nil {
			return nil, fmt.Errorf("the saved key %s: %w", name, err)
		}
		return key, nil
	}
	key, raw, err := newKey(random)
	if err != nil {
		return nil, err
	}
	if err := s.Save(name, raw); err != nil {
		return nil, fmt.Errorf("saving the key %s: %w", name, err)
	}
	return key, nil
}

// newKey makes a key from randomness that may be seeded: the standard library's own generator would ignore it.
func newKey(random io.Reader) (key *ecdsa.PrivateKey, raw []byte, err error) {
	raw = make([]byte, 32)
	for range 64 { // all but 1 in 2^32 numbers are keys
		if _, err := io.ReadFull(random, raw); err != nil {
			return nil, nil, fmt.Errorf("no randomness for a key: %w", err)
		}
		if key, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err == nil {
			return key, raw, nil
		}
	}
	return nil, nil, errors.New("the source of randomness yields no key")
}

// DeviceID is the public half of the identity key, 128 hexadecimal digits in lower case.
func (p *Pluton) DeviceID() string { return point(p.identity) }

// GeneralKey is the public half of the general key in the same form.
func (p *Pluton) GeneralKey() string { return point(p.general) }

func point(k *ecdsa.PrivateKey) string {
	b, err := k.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err) // newKey and loadKey yield valid keys on P-256 only
	}
	return hex.EncodeToString(b[1:])
}

// sideloadable are the types that a developer may bring to a device.
var sideloadable = []trailer.ImageType{trailer.TypeApplication, trailer.TypeBoardConfig}

// Trust returns whom a device believes: its owner, if given, and the vendor's public SDK test key; locked, neither.
func Trust(owner *Owner, locked bool) secmon.Trust {
	if locked {
		return secmon.Trust{}
	}
	t := secmon.Trust{Anchors: []secmon.Anchor{{Key: trailer.SDKTest(), Types: sideloadable}}}
	if owner != nil {
		t.Anchors = append(t.Anchors, secmon.Anchor{Key: owner.Key(), Types: sideloadable})
	}
	return t
}
