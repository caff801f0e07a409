package image

import (
	"errors"
	"fmt"
	"io"
	"time"

	"armillary.dev/device/image/strip"
	"armillary.dev/device/image/trailer"
)

// Input is what a package is made of.
type Input struct {
	Manifest  []byte          // the packaged manifest (manifest.Packaged), goes in as it is
	Files     map[string]File // all other files; keys like "bin/app". ELF programs lose their debug sections, see KeepDebug
	KeepDebug bool

	Component trailer.GUID // the manifest's ComponentId
	Image     trailer.GUID // new for each build
	Name      string       // cut to 31 bytes
	Built     time.Time
	Depends   []trailer.ABI // of a high-level app its API set; nil for a real-time app (facts/image.md 1.3)

	Key trailer.Signer
}

// HighLevel is the Depends of a high-level app for an API set (the manifest's TargetApplicationRuntimeVersion).
func HighLevel(apiSet uint32) []trailer.ABI {
	return []trailer.ABI{{Version: apiSet, Identity: trailer.ApplicationRuntime}}
}

// Pack makes the package of an application, as the vendor's packer does for sideloading. The same input gives the
// same bytes.
func Pack(in Input) ([]byte, error) {
	if len(in.Manifest) == 0 {
		return nil, errors.New("no manifest to pack")
	}
	files := map[string]File{ManifestName: {Data: in.Manifest}}
	for name, f := range in.Files {
		if name == ManifestName {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		if !in.KeepDebug && strip.IsELF(f.Data) {
			small, err := strip.Debug(f.Data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			f.Data = small
		}
		files[name] = f
	}
	body, err := BuildFS(files)
	if err != nil {
		return nil, err
	}
	t := &trailer.Trailer{}
	t.SetIdentity(trailer.Identity{Type: trailer.TypeApplication, Component: in.Component, Image: in.Image})
	t.SetSigning(trailer.Signing{Thumbprint: in.Key.Thumbprint, Type: trailer.SignECDSA256})
	t.SetDebug(trailer.Debug{Built: in.Built, Name: in.Name})
	t.SetTemporary(trailer.UnderDevelopment)
	t.SetDepends(in.Depends)
	return t.Sign(body, in.Key)
}

// Sign signs a package anew with another key; everything else stays.
func Sign(pkg []byte, key trailer.Signer) ([]byte, error) {
	t, n, err := trailer.Parse(pkg)
	if err != nil {
		return nil, err
	}
	return t.Sign(pkg[:n:n], key)
}

// NewID makes an image id, a version 4 GUID (RFC 9562), from randomness. It panics when the source ends, as crypto/rand
// does.
func NewID(random io.Reader) (g trailer.GUID) {
	if _, err := io.ReadFull(random, g[:]); err != nil {
		panic("image: no randomness: " + err.Error())
	}
	g[7] = g[7]&0x0f | 0x40 // the third field is stored little-endian: its high byte comes last
	g[8] = g[8]&0x3f | 0x80
	return g
}
