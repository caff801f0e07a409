package rsp

import (
	"bytes"
	"fmt"
	"strconv"
)

// Xfer is a qXfer read request: qXfer:object:read:annex:offset,length.
type Xfer struct {
	Object string
	Annex  string
	Offset uint64
	Length uint64
}

// Append appends the request.
func (x Xfer) Append(dst []byte) []byte {
	dst = append(dst, "qXfer:"...)
	dst = append(dst, x.Object...)
	dst = append(dst, ":read:"...)
	dst = append(append(dst, x.Annex...), ':')
	return Range{x.Offset, x.Length}.Append(dst)
}

// ParseXfer parses a whole qXfer read packet. Writes are an error.
func ParseXfer(s []byte) (x Xfer, err error) {
	parts := bytes.SplitN(s, []byte(":"), 5)
	if len(parts) != 5 || string(parts[0]) != "qXfer" || string(parts[2]) != "read" {
		return x, fmt.Errorf("rsp: %q is not a qXfer read", clip(s))
	}
	r, err := ParseRange(parts[4])
	return Xfer{string(parts[1]), string(parts[3]), r.Addr, r.Len}, err
}

// AppendXferReply appends the part of data that x asks for, at most limit bytes of it, with the letter that says
// whether more follows.
func AppendXferReply(dst, data []byte, x Xfer, limit int) []byte {
	if x.Offset >= uint64(len(data)) {
		return append(dst, 'l')
	}
	rest := data[x.Offset:]
	n := min(uint64(len(rest)), x.Length, uint64(max(limit, 0)))
	if n == uint64(len(rest)) {
		return append(append(dst, 'l'), rest...)
	}
	return append(append(dst, 'm'), rest[:n]...)
}

// ParseXferReply returns the data of a reply and whether more follows.
func ParseXferReply(s []byte) (data []byte, more bool, err error) {
	if e := IsError(s); e != nil {
		return nil, false, e
	}
	if len(s) == 0 {
		return nil, false, ErrUnsupported
	}
	switch s[0] {
	case 'l':
		return s[1:], false, nil
	case 'm':
		return s[1:], true, nil
	}
	return nil, false, fmt.Errorf("rsp: %q is not a qXfer reply", clip(s))
}

// ErrUnsupported stands for the empty reply: the server does not know the packet.
var ErrUnsupported = fmt.Errorf("debug server: packet not supported")

// Host I/O errors as numbered by the protocol (GDB manual, "Errno Values").
const (
	FileENOENT  = 2
	FileEBADF   = 9
	FileEACCES  = 13
	FileEINVAL  = 22
	FileEMFILE  = 24
	FileEUnknwn = 9999
)

// FileReply is the reply to a vFile packet: F result[,errno][;attachment].
type FileReply struct {
	Result int64
	Errno  int
	Data   []byte
}

// Append appends the reply.
func (f FileReply) Append(dst []byte) []byte {
	dst = append(dst, 'F')
	dst = strconv.AppendInt(dst, f.Result, 16)
	if f.Result < 0 {
		return appendUint(append(dst, ','), uint64(f.Errno))
	}
	if f.Data != nil {
		dst = append(append(dst, ';'), f.Data...)
	}
	return dst
}

// ParseFileReply parses a reply to vFile.
func ParseFileReply(s []byte) (f FileReply, err error) {
	if len(s) == 0 {
		return f, ErrUnsupported
	}
	if s[0] != 'F' {
		return f, fmt.Errorf("rsp: %q is not a file reply", clip(s))
	}
	head, data, ok := cut(s[1:], ";")
	if ok {
		f.Data = data
	}
	res, errno, hasErr := cut(head, ",")
	if f.Result, err = strconv.ParseInt(string(res), 16, 64); err != nil {
		return f, fmt.Errorf("rsp: file result %q", clip(res))
	}
	if hasErr {
		v, err := ParseUint(errno, 31)
		if err != nil {
			return f, err
		}
		f.Errno = int(v)
	}
	return f, nil
}

// FileStat is the 64-byte big-endian structure that vFile:fstat returns, with size and mode filled
// (GDB manual, "struct stat").
func FileStat(size uint64, mode uint32) []byte {
	b := make([]byte, 64)
	put := func(off, n int, v uint64) {
		for i := range n {
			b[off+i] = byte(v >> (8 * (n - 1 - i)))
		}
	}
	put(8, 4, uint64(mode))
	put(12, 4, 1) // links
	put(28, 8, size)
	put(36, 8, 4096)
	put(44, 8, (size+511)/512)
	return b
}
