package rsp

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

var errHex = errors.New("rsp: not hexadecimal")

// AppendHex appends two digits per byte of data.
func AppendHex(dst, data []byte) []byte {
	for _, b := range data {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	return dst
}

// ParseHex decodes two digits per byte.
func ParseHex(s []byte) ([]byte, error) {
	if len(s)%2 != 0 {
		return nil, fmt.Errorf("%w: odd length %d", errHex, len(s))
	}
	out := make([]byte, len(s)/2)
	for i := range out {
		h, ok1 := nibble(s[2*i])
		l, ok2 := nibble(s[2*i+1])
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("%w: %q", errHex, s[2*i:2*i+2])
		}
		out[i] = h<<4 | l
	}
	return out, nil
}

// ParseHexPartial decodes what a reply of registers holds: "xx" stands for a byte that is not available. known has one
// entry per byte.
func ParseHexPartial(s []byte) (data []byte, known []bool, err error) {
	if len(s)%2 != 0 {
		return nil, nil, fmt.Errorf("%w: odd length %d", errHex, len(s))
	}
	data, known = make([]byte, len(s)/2), make([]bool, len(s)/2)
	for i := range data {
		if s[2*i] == 'x' && s[2*i+1] == 'x' {
			continue
		}
		h, ok1 := nibble(s[2*i])
		l, ok2 := nibble(s[2*i+1])
		if !ok1 || !ok2 {
			return nil, nil, fmt.Errorf("%w: %q", errHex, s[2*i:2*i+2])
		}
		data[i], known[i] = h<<4|l, true
	}
	return data, known, nil
}

// ParseUint parses a hexadecimal number of at most bits bits.
func ParseUint(s []byte, bits int) (uint64, error) {
	v, err := strconv.ParseUint(string(s), 16, bits)
	if err != nil {
		return 0, fmt.Errorf("rsp: %q is not a hexadecimal number of %d bits", clip(s), bits)
	}
	return v, nil
}

// appendUint appends v in hexadecimal without leading zeros.
func appendUint(dst []byte, v uint64) []byte { return strconv.AppendUint(dst, v, 16) }

// clip shortens what goes into an error message.
func clip(s []byte) []byte {
	if len(s) > 60 {
		return append(append([]byte{}, s[:60]...), "…"...)
	}
	return s
}

// cut splits a payload at its first sep; ok is false when there is none.
func cut(s []byte, sep string) (before, after []byte, ok bool) { return bytes.Cut(s, []byte(sep)) }
