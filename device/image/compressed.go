package image

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/ulikunitz/xz/lzma"

	"armillary.dev/device/image/trailer"
)

// MaxUncompressed is the largest package that is taken out of a compressed one: the MT3620's whole flash
// (facts/security.md 1.1).
const MaxUncompressed = 16 << 20

// lzmaHead is the header of an "LZMA alone" stream: properties, dictionary size, uncompressed size.
const lzmaHead = 13

// decompress unpacks the body of a compressed package (facts/image.md 1.5).
func decompress(body []byte, c trailer.Compression) ([]byte, error) {
	if c.Algorithm != trailer.CompressLZMA {
		return nil, malformed("compression algorithm %d in metadata section CM is unknown; 1 is LZMA", c.Algorithm)
	}
	if c.Size > MaxUncompressed {
		return nil, malformed("metadata section CM says %d bytes when unpacked; at most %d fit into an MT3620", c.Size, MaxUncompressed)
	}
	if len(body) < lzmaHead {
		return nil, malformed("%d bytes are too few for an LZMA stream", len(body))
	}
	// The decoder would allocate whatever the header asks for.
	if dict := binary.LittleEndian.Uint32(body[1:]); dict > MaxUncompressed {
		return nil, malformed("the LZMA stream wants a dictionary of %d bytes", dict)
	}
	r, err := lzma.ReaderConfig{DictCap: lzma.MinDictCap}.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, malformed("the LZMA stream: %v", err)
	}
	var plain bytes.Buffer
	n, err := io.Copy(&plain, io.LimitReader(r, int64(c.Size)+1))
	if err != nil {
		return nil, malformed("the LZMA stream after %d bytes: %v", n, err)
	}
	if n != int64(c.Size) {
		return nil, malformed("the LZMA stream does not unpack to the %d bytes of metadata section CM", c.Size)
	}
	return plain.Bytes(), nil
}
