package rsp

import (
	"bytes"
	"fmt"
)

// ErrorReply is a server's refusal: E followed by two digits, or E. and a text.
type ErrorReply struct {
	Code int
	Text string
}

func (e *ErrorReply) Error() string {
	if e.Text != "" {
		return "debug server: " + e.Text
	}
	return fmt.Sprintf("debug server: error E%02x", e.Code)
}

// IsError returns the refusal that a reply is, or nil. A reply of more than "Enn" hexadecimal digits is data.
func IsError(reply []byte) *ErrorReply {
	if len(reply) < 2 || reply[0] != 'E' {
		return nil
	}
	if reply[1] == '.' {
		return &ErrorReply{Text: string(reply[2:])}
	}
	if len(reply) != 3 {
		return nil
	}
	v, err := ParseUint(reply[1:], 8)
	if err != nil {
		return nil
	}
	return &ErrorReply{Code: int(v)}
}

// AppendError appends E and the code's two digits.
func AppendError(dst []byte, code int) []byte {
	return append(dst, 'E', digits[code>>4&15], digits[code&15])
}

// ThreadID names a thread, or with the special values several. PID is 0 when the packet has none.
type ThreadID struct{ PID, TID int }

// Special thread numbers.
const (
	AnyThread  = 0
	AllThreads = -1
)

// Append appends the id, with the process part when PID is not 0.
func (t ThreadID) Append(dst []byte) []byte {
	if t.PID != 0 {
		dst = append(dst, 'p')
		dst = appendID(dst, t.PID)
		dst = append(dst, '.')
	}
	return appendID(dst, t.TID)
}

func appendID(dst []byte, v int) []byte {
	if v < 0 {
		return append(dst, "-1"...)
	}
	return appendUint(dst, uint64(v))
}

// ParseThreadID parses TID, pPID or pPID.TID; pPID alone means all its threads.
func ParseThreadID(s []byte) (ThreadID, error) {
	var t ThreadID
	if len(s) > 0 && s[0] == 'p' {
		pid, tid, ok := cut(s[1:], ".")
		var err error
		if t.PID, err = parseID(pid); err != nil {
			return t, err
		}
		if !ok {
			t.TID = AllThreads
			return t, nil
		}
		s = tid
	}
	var err error
	t.TID, err = parseID(s)
	return t, err
}

func parseID(s []byte) (int, error) {
	if string(s) == "-1" {
		return -1, nil
	}
	v, err := ParseUint(s, 31)
	return int(v), err
}

// Features are the names of a qSupported request or reply. The value is "+", "-", "?" or what stood after '='.
type Features map[string]string

// ParseFeatures parses what follows "qSupported:" or a server's reply to it. Of a name given twice the last counts.
func ParseFeatures(s []byte) Features {
	f := Features{}
	for _, part := range bytes.Split(s, []byte(";")) {
		if name, value, ok := cut(part, "="); ok {
			f[string(name)] = string(value)
		} else if n := len(part); n > 1 {
			f[string(part[:n-1])] = string(part[n-1:])
		}
	}
	return f
}

// Has reports whether the feature is offered.
func (f Features) Has(name string) bool {
	v, ok := f[name]
	return ok && v != "-" && v != "?"
}

// PacketSize is the largest packet the server takes, or fallback when it does not say. Sizes that no server can mean
// are brought into [64, 16 MiB].
func (f Features) PacketSize(fallback int) int {
	v, err := ParseUint([]byte(f["PacketSize"]), 63)
	if err != nil {
		return fallback
	}
	return int(min(max(v, 64), 16<<20))
}

// Range is addr,length as in m, M, X and qXfer.
type Range struct {
	Addr uint64
	Len  uint64
}

// ParseRange parses "addr,length".
func ParseRange(s []byte) (r Range, err error) {
	a, l, ok := cut(s, ",")
	if !ok {
		return r, fmt.Errorf("rsp: %q is not address,length", clip(s))
	}
	if r.Addr, err = ParseUint(a, 64); err != nil {
		return r, err
	}
	r.Len, err = ParseUint(l, 64)
	return r, err
}

// Append appends "addr,length".
func (r Range) Append(dst []byte) []byte {
	dst = appendUint(dst, r.Addr)
	dst = append(dst, ',')
	return appendUint(dst, r.Len)
}

// AppendReadMemory builds "m addr,length".
func AppendReadMemory(dst []byte, addr, n uint64) []byte {
	return Range{addr, n}.Append(append(dst, 'm'))
}

// AppendWriteMemory builds "M addr,length:hex".
func AppendWriteMemory(dst []byte, addr uint64, data []byte) []byte {
	dst = Range{addr, uint64(len(data))}.Append(append(dst, 'M'))
	return AppendHex(append(dst, ':'), data)
}

// AppendWriteBinary builds "X addr,length:binary". The frame escapes the data.
func AppendWriteBinary(dst []byte, addr uint64, data []byte) []byte {
	dst = Range{addr, uint64(len(data))}.Append(append(dst, 'X'))
	return append(append(dst, ':'), data...)
}

// ParseWrite parses what follows M (hex) or X (binary): where, and the data, whose length must be the announced one.
func ParseWrite(s []byte, binary bool) (addr uint64, data []byte, err error) {
	head, body, ok := cut(s, ":")
	if !ok {
		return 0, nil, fmt.Errorf("rsp: %q has no data", clip(s))
	}
	r, err := ParseRange(head)
	if err != nil {
		return 0, nil, err
	}
	data = body
	if !binary {
		if data, err = ParseHex(body); err != nil {
			return 0, nil, err
		}
	}
	if uint64(len(data)) != r.Len {
		return 0, nil, fmt.Errorf("rsp: %d bytes announced, %d sent", r.Len, len(data))
	}
	return r.Addr, data, nil
}

// BreakType is the number after Z or z.
type BreakType uint8

// Break types.
const (
	Software BreakType = iota
	Hardware
	WriteWatch
	ReadWatch
	AccessWatch
)

// Break is a Z or z packet. Kind is 2, 3 or 4 for 16-bit Thumb, 32-bit Thumb and ARM code, or the length of a watch.
type Break struct {
	Insert bool
	Type   BreakType
	Addr   uint64
	Kind   uint64
	Cond   []byte // what follows the first ';', verbatim: conditions and commands
}

// Append appends the packet.
func (b Break) Append(dst []byte) []byte {
	c := byte('z')
	if b.Insert {
		c = 'Z'
	}
	dst = append(dst, c, '0'+byte(b.Type), ',')
	dst = Range{b.Addr, b.Kind}.Append(dst)
	if b.Cond != nil {
		dst = append(append(dst, ';'), b.Cond...)
	}
	return dst
}

// ParseBreak parses a whole Z or z packet.
func ParseBreak(s []byte) (b Break, err error) {
	if len(s) < 3 || s[0]|0x20 != 'z' || s[1] < '0' || s[1] > '4' || s[2] != ',' {
		return b, fmt.Errorf("rsp: %q is not a breakpoint packet", clip(s))
	}
	b.Insert, b.Type = s[0] == 'Z', BreakType(s[1]-'0')
	head, cond, ok := cut(s[3:], ";")
	if ok {
		b.Cond = cond
	}
	r, err := ParseRange(head)
	b.Addr, b.Kind = r.Addr, r.Len
	return b, err
}
