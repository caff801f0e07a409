package debugadapter

import (
	"bytes"
	"encoding/binary"
)

// armProfile reads Tag_CPU_arch_profile of a .ARM.attributes section: 'A', 'R', 'M' or 0 (Addenda to the ABI for the ARM
// architecture, 3.3.5.2).
func armProfile(attr []byte) byte {
	const tagFile, tagRawName, tagName, tagProfile, tagCompat = 1, 4, 5, 7, 32
	if len(attr) == 0 || attr[0] != 'A' {
		return 0
	}
	for attr = attr[1:]; len(attr) >= 4; {
		n := binary.LittleEndian.Uint32(attr)
		if n < 4 || uint64(n) > uint64(len(attr)) {
			return 0
		}
		sub := attr[4:n]
		attr = attr[n:]
		vendor, sub, ok := bytes.Cut(sub, []byte{0})
		if !ok || string(vendor) != "aeabi" || len(sub) < 5 || sub[0] != tagFile {
			continue
		}
		for sub = sub[5:]; len(sub) > 0; {
			tag, k := binary.Uvarint(sub)
			if k <= 0 {
				return 0
			}
			sub = sub[k:]
			if tag == tagRawName || tag == tagName || tag > tagCompat && tag%2 == 1 {
				_, sub, _ = bytes.Cut(sub, []byte{0})
				continue
			}
			v, k := binary.Uvarint(sub)
			if k <= 0 {
				return 0
			}
			if sub = sub[k:]; tag == tagProfile {
				return byte(v)
			}
			if tag == tagCompat {
				_, sub, _ = bytes.Cut(sub, []byte{0})
			}
		}
	}
	return 0
}
