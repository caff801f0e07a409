// Package trailer reads and writes what stands behind the body of an image package: the metadata block ("4X4M") and
// the signature (facts/image.md 1.1, 1.3, 1.4).
//
// It is a package of its own because the emulated device's trusted base imports it: it depends on the standard
// library's crypto and small change alone, looks at no body, and is short enough to be read in one sitting. It must
// not know file systems, manifests, ELF or a device. It is pure.
//
// All integers are little-endian. Everything is found from the end of the package:
//
//	body | magic, count, sections…, metadata length | signature
//	                                                 ^ 64 bytes from the end
package trailer

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	// Magic opens the metadata block; the bytes read "4X4M".
	Magic = 0x4D345834
	// SignatureSize is the length of the signature at the end of every package: r and s, 32 bytes big-endian each.
	SignatureSize = 64

	headSize    = 8 // magic, section count
	lengthSize  = 4 // the metadata length, last word of the metadata and counted in it
	sectionHead = 4 // id, data length

	// maxSections is far above what exists (5 in every package seen) and far below what would cost memory.
	maxSections = 64
)

// ErrMalformed is wrapped by every error about the shape of a package's end. The three below it are the cases for which
// the device has numbers of their own (its catalogue's category 42).
var (
	ErrMalformed = errors.New("not an image package")
	ErrOverflow  = fmt.Errorf("%w: a metadata section runs over the end", ErrMalformed)
	ErrEmpty     = fmt.Errorf("%w: an empty metadata section", ErrMalformed)
	ErrMissing   = fmt.Errorf("%w: a metadata section is missing", ErrMalformed)
)

func malformed(format string, args ...any) error { return detail(ErrMalformed, format, args...) }

func detail(err error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", err, fmt.Sprintf(format, args...))
}

// Tag is the id of a section: two letters.
type Tag [2]byte

func (t Tag) String() string {
	for _, c := range t {
		if c < 0x21 || c > 0x7e {
			return fmt.Sprintf("%02x%02x", t[0], t[1])
		}
	}
	return string(t[:])
}

// Tags of the sections (facts/image.md 1.3).
var (
	TagIdentity    = Tag{'I', 'D'}
	TagSigning     = Tag{'S', 'G'}
	TagDebug       = Tag{'D', 'B'}
	TagTemporary   = Tag{'T', 'P'}
	TagDepends     = Tag{'N', 'D'}
	TagProvides    = Tag{'N', 'P'}
	TagCompression = Tag{'C', 'M'}
	TagRevocation  = Tag{'R', 'V'}
)

// Section is one section as it stands in the package.
type Section struct {
	Tag  Tag
	Data []byte
}

// Trailer is the end of a package. Sections holds every section in the package's order, those that nobody here knows
// too, so that Append gives back the bytes that Parse read.
type Trailer struct {
	Sections  []Section
	Signature [SignatureSize]byte
}

// Parse reads the end of a package. bodySize is where the body ends and the metadata begins.
// The sections alias pkg.
func Parse(pkg []byte) (t *Trailer, bodySize int, err error) {
	if len(pkg) < SignatureSize+headSize+lengthSize {
		return nil, 0, malformed("%d bytes are too few for metadata and signature", len(pkg))
	}
	end := len(pkg) - SignatureSize
	size := binary.LittleEndian.Uint32(pkg[end-lengthSize:])
	if size < headSize+lengthSize || uint64(size) > uint64(end) {
		return nil, 0, malformed("the metadata length at offset %d is %d, of %d bytes before the signature", end-lengthSize, size, end)
	}
	bodySize = end - int(size)
	meta := pkg[bodySize : end-lengthSize]
	if m := binary.LittleEndian.Uint32(meta); m != Magic {
		return nil, 0, malformed("the metadata at offset %d begin with %08x instead of %08x (4X4M)", bodySize, m, uint32(Magic))
	}
	count := binary.LittleEndian.Uint32(meta[4:])
	if count > maxSections {
		return nil, 0, malformed("%d metadata sections", count)
	}
	t = &Trailer{Signature: [SignatureSize]byte(pkg[end:])}
	rest := meta[headSize:]
	for i := range count {
		at := end - lengthSize - len(rest)
		if len(rest) < sectionHead {
			return nil, 0, detail(ErrOverflow, "section %d of %d at offset %d is cut off", i+1, count, at)
		}
		s := Section{Tag: Tag(rest[:2])}
		n := int(binary.LittleEndian.Uint16(rest[2:]))
		rest = rest[sectionHead:]
		if n > len(rest) {
			return nil, 0, detail(ErrOverflow, "section %s at offset %d says %d bytes, %d are left", s.Tag, at, n, len(rest))
		}
		if n == 0 {
			return nil, 0, detail(ErrEmpty, "section %s at offset %d", s.Tag, at)
		}
		if _, dup := t.Section(s.Tag); dup {
			// Which of two would count is a question an attacker must not be able to ask.
			return nil, 0, malformed("metadata section %s at offset %d is there twice", s.Tag, at)
		}
		s.Data, rest = rest[:n:n], rest[n:]
		t.Sections = append(t.Sections, s)
	}
	if len(rest) != 0 {
		return nil, 0, malformed("%d bytes follow the last of %d metadata sections", len(rest), count)
	}
	return t, bodySize, nil
}

// Section returns the data of the section with that tag.
func (t *Trailer) Section(tag Tag) (data []byte, ok bool) {
	for _, s := range t.Sections {
		if s.Tag == tag {
			return s.Data, true
		}
	}
	return nil, false
}

// Set replaces the data of a section, or adds the section at the end.
func (t *Trailer) Set(tag Tag, data []byte) {
	for i, s := range t.Sections {
		if s.Tag == tag {
			t.Sections[i].Data = data
			return
		}
	}
	t.Sections = append(t.Sections, Section{tag, data})
}

// AppendMetadata appends the metadata block, its length word included, to a body. What comes out is what is signed.
func (t *Trailer) AppendMetadata(body []byte) ([]byte, error) {
	if len(t.Sections) > maxSections {
		return nil, fmt.Errorf("%d metadata sections are too many", len(t.Sections))
	}
	le := binary.LittleEndian
	start := len(body)
	out := le.AppendUint32(body, Magic)
	out = le.AppendUint32(out, uint32(len(t.Sections)))
	for _, s := range t.Sections {
		if len(s.Data) > 0xffff {
			return nil, fmt.Errorf("metadata section %s has %d bytes, at most 65535 fit", s.Tag, len(s.Data))
		}
		out = append(out, s.Tag[:]...)
		out = le.AppendUint16(out, uint16(len(s.Data)))
		out = append(out, s.Data...)
	}
	return le.AppendUint32(out, uint32(len(out)-start+lengthSize)), nil
}

// Append appends metadata and the signature as it is to a body.
func (t *Trailer) Append(body []byte) ([]byte, error) {
	out, err := t.AppendMetadata(body)
	if err != nil {
		return nil, err
	}
	return append(out, t.Signature[:]...), nil
}
