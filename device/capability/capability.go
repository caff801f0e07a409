// Package capability reads device capability files (.cap): what the vendor's cloud issues for one device, so that apps
// can be sideloaded and debugged on it (facts/manifest.md 4.1, facts/device.md 3.3). These are not the capabilities of an
// app's manifest.
//
//	0    u32  magic, bytes FD 5C FD 5C
//	4    u32  version, 1
//	8    u32  length of this block, 204
//	12   64   device id
//	76   32 × u32  capability numbers, 0 in slots that are not used
//	204  metadata (4X4M, image type 13, named fw_config) and signature, as at the end of an image package
//
// All integers are little-endian. The same bytes in base64 travel in the HTTP header AZSPHERE-CAPABILITIES; that form is
// read too.
//
// The package is pure. It must not know devices, files or commands. It can neither make a capability nor verify one: that
// takes the vendor's keys.
package capability

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rule"
)

const (
	// Magic opens the file.
	Magic = 0x5CFD5CFD
	// Version is the only one that was seen.
	Version = 1
	// BodySize is the length of what stands before the metadata, as the header gives it.
	BodySize = listAt + 4*Slots
	// Slots is how many capabilities a file has room for.
	Slots = 32
	// DeviceIDSize is the length of a device id; written as text it has twice as many hexadecimal digits.
	DeviceIDSize = 64
	// Name is what the metadata call the image.
	Name = "fw_config"
	// Header is the HTTP header in which a capability travels in base64.
	Header = "AZSPHERE-CAPABILITIES"

	versionAt = 4
	lengthAt  = 8
	deviceAt  = 12
	listAt    = deviceAt + DeviceIDSize
)

// magic is Magic as it stands in the file.
var magic = [4]byte{0xFD, 0x5C, 0xFD, 0x5C}

// Unverified is all that can be said here of a capability's signature.
const Unverified = "not verifiable offline without the vendor's key"

// ID is the number of a device capability.
type ID uint32

// The capabilities that are issued to owners of devices.
const (
	AppDevelopment ID = 11
	RfTestMode     ID = 12
	FieldServicing ID = 13
)

// Known is one row of the table of numbers.
type Known struct {
	ID         ID
	Name       string
	Opens      string // what it allows; "" if nobody says
	Confidence rule.Confidence
}

// known are the numbers of facts/manifest.md 4.1 and facts/device.md 3.3, ascending. Only 11 was seen in a file.
var known = []Known{
	{1, "AllowTestKeySignedSoftware", "", rule.Recalled},
	{2, "EnablePlutonDebugging", "", rule.Recalled},
	{3, "EnableA7Debugging", "", rule.Recalled},
	{4, "EnableN9Debugging", "", rule.Recalled},
	{5, "EnableA7GdbDebugging", "", rule.Recalled},
	{6, "EnableIoM41Debugging", "", rule.Recalled},
	{7, "EnableIoM42Debugging", "", rule.Recalled},
	{8, "EnableA7Console", "", rule.Recalled},
	{9, "EnableSltLoader", "", rule.Recalled},
	{10, "EnableSystemSoftwareSideloading", "", rule.Recalled},
	{AppDevelopment, "appDevelopment", "sideloading, starting, stopping, debugging and deleting apps", rule.Sourced},
	{RfTestMode, "enableRfTestMode", "radio test tools", rule.Recalled},
	{FieldServicing, "fieldServicing", "sideloading production-signed images and diagnostics on a finished device, for a time", rule.Recalled},
}

// Lookup returns the row of a number; ok is false if nothing is known of it.
func (id ID) Lookup() (k Known, ok bool) {
	for _, k := range known {
		if k.ID == id {
			return k, true
		}
	}
	return Known{}, false
}

// String names a capability for people; a name that is not confirmed is marked.
func (id ID) String() string {
	switch k, ok := id.Lookup(); {
	case !ok:
		return fmt.Sprintf("unknown capability %d", uint32(id))
	case k.Confidence == rule.Recalled:
		return "probably " + k.Name
	default:
		return k.Name
	}
}

// Slot is one capability of a file.
type Slot struct {
	ID ID
	At int // offset of the number in File.Data
}

// File is what a capability file says. What the file is too short for, or what is wrong, is zero.
type File struct {
	Data         []byte // the binary, decoded if the file was in base64
	Base64       bool
	Version      uint32
	Length       uint32
	DeviceID     [DeviceIDSize]byte
	Capabilities []Slot           // slots that are not 0, in order
	Trailer      *trailer.Trailer // metadata and signature; nil if they cannot be read

	text []int // offsets in the file of the base64 digits
}

// DeviceIDString returns the device id in lower-case hexadecimal digits; "" if the file is too short to have one.
func (f *File) DeviceIDString() string {
	if len(f.Data) < listAt {
		return ""
	}
	return hex.EncodeToString(f.DeviceID[:])
}

// span turns a range of Data into one of the file.
func (f *File) span(s rule.Span) rule.Span {
	if !f.Base64 || len(f.text) == 0 {
		return s
	}
	at := func(bit int) int { return min(bit/6, len(f.text)-1) }
	return rule.Span{Start: f.text[at(s.Start*8)], End: f.text[at(max(s.End*8-1, s.Start*8))] + 1}
}

// ParseDeviceID reads a device id: 128 hexadecimal digits in any case.
func ParseDeviceID(s string) (id [DeviceIDSize]byte, err error) {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil || len(b) != DeviceIDSize {
		return id, fmt.Errorf("a device id has %d hexadecimal digits", 2*DeviceIDSize)
	}
	return [DeviceIDSize]byte(b), nil
}

// Problem is something that is wrong with a file.
type Problem struct {
	Span    rule.Span // offsets into File.Data
	Message string
	Grave   bool // it is no capability file, or not a whole one; else it is only unlike those that were seen
}

// Is reports whether data begins like a capability file, in either form.
func Is(data []byte) bool {
	b, _, _ := decode(data)
	return bytes.HasPrefix(b, magic[:])
}

// Read reads a capability file in either form. It never fails: what can be read is in the File, what is wrong is in the
// problems, in the order of the file.
func Read(data []byte) (*File, []Problem) {
	f := &File{}
	f.Data, f.Base64, f.text = decode(data)
	var problems []Problem
	problem := func(grave bool, start, end int, format string, args ...any) {
		n := len(f.Data)
		problems = append(problems, Problem{rule.Span{Start: min(start, n), End: min(end, n)}, fmt.Sprintf(format, args...), grave})
	}
	word := func(at int) (uint32, bool) {
		if len(f.Data) < at+4 {
			return 0, false
		}
		return binary.LittleEndian.Uint32(f.Data[at:]), true
	}
	if !bytes.HasPrefix(f.Data, magic[:]) {
		problem(true, 0, 4, "No capability file: it has to begin with the bytes fd 5c fd 5c")
		return f, problems
	}
	if len(f.Data) < BodySize {
		problem(true, 0, len(f.Data), "The file is cut off: it has %d bytes, and the capabilities alone take %d", len(f.Data), BodySize)
	}
	var ok bool
	if f.Version, ok = word(versionAt); ok && f.Version != Version {
		problem(false, versionAt, lengthAt, "Version %d is not known; the rest may mean something else", f.Version)
	}
	if f.Length, ok = word(lengthAt); ok && f.Length != BodySize {
		problem(true, lengthAt, deviceAt, "The length is %d instead of %d", f.Length, BodySize)
	}
	if len(f.Data) >= listAt {
		copy(f.DeviceID[:], f.Data[deviceAt:])
		if f.DeviceID == [DeviceIDSize]byte{} {
			problem(true, deviceAt, listAt, "The device id is all zeros: a capability is always for one device")
		}
	}
	for i := range Slots {
		at := listAt + 4*i
		if id, ok := word(at); ok && id != 0 {
			f.Capabilities = append(f.Capabilities, Slot{ID(id), at})
		}
	}
	if len(f.Data) >= BodySize {
		f.readTrailer(problem)
	}
	return f, problems
}

// readTrailer reads metadata and signature.
func (f *File) readTrailer(problem func(grave bool, start, end int, format string, args ...any)) {
	t, body, err := trailer.Parse(f.Data)
	if err == nil && body != BodySize {
		err = fmt.Errorf("the metadata begin at offset %d instead of %d", body, BodySize)
	}
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		problem(true, BodySize, len(f.Data), "Metadata and signature cannot be read: %s", strings.TrimPrefix(err.Error(), trailer.ErrMalformed.Error()+": "))
		return
	}
	f.Trailer = t
	if id, _ := t.Identity(); id.Type != trailer.TypeFwConfig {
		problem(true, BodySize, len(f.Data), "The metadata call it image type %d (%s); a capability file has %d", uint16(id.Type), id.Type, uint16(trailer.TypeFwConfig))
	}
	if d, ok, _ := t.Debug(); ok && d.Name != Name {
		problem(false, BodySize, len(f.Data), "The metadata call it %q; capability files are called %q", d.Name, Name)
	}
}

// decode returns the binary, and for base64 where its digits are in data. The header's name may stand before them, and
// space around and between them; padding may be missing.
func decode(data []byte) (binaryForm []byte, isBase64 bool, digits []int) {
	if bytes.HasPrefix(data, magic[:]) {
		return data, false, nil
	}
	from := 0
	if n := len(Header); len(data) > n && strings.EqualFold(string(data[:n]), Header) && data[n] == ':' {
		from = n + 1
	}
	text := make([]byte, 0, len(data))
	for i := from; i < len(data); i++ {
		switch c := data[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '=':
		case c == '+' || c == '/' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
			text, digits = append(text, c), append(digits, i)
		default:
			return data, false, nil
		}
	}
	b := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, _ := base64.RawStdEncoding.Decode(b, text) // the digits are good; one left over at the end is a cut, which Read reports
	if !bytes.HasPrefix(b[:n], magic[:]) {
		return data, false, nil // text of some other kind
	}
	return b[:n], true, digits
}
