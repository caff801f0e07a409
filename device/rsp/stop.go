package rsp

import (
	"bytes"
	"fmt"
	"slices"
)

// StopKind is what a stop reply reports.
type StopKind uint8

// Kinds of stop replies.
const (
	Stopped    StopKind = iota // S, T: Signal
	Exited                     // W: Code
	Terminated                 // X: Signal ended the program
	NoThreads                  // N: nothing left that could run
)

// Reason is why a thread stopped, beyond its signal.
type Reason uint8

// Reasons in T packets.
const (
	NoReason Reason = iota
	SWBreak
	HWBreak
	Watch       // a write was watched
	ReadWatched // rwatch
	AccessWatched
	LibraryChange
	ThreadCreated
)

var reasonNames = [...]string{"", "swbreak", "hwbreak", "watch", "rwatch", "awatch", "library", "create"}

func (r Reason) String() string { return reasonNames[r] }

// Expedited is a register sent along with a stop. Num is the target description's number.
type Expedited struct {
	Num  int
	Data []byte // in target byte order
}

// StopReply is a parsed S, T, W, X or N packet.
type StopReply struct {
	Kind   StopKind
	Signal int
	Code   int // exit status of Exited
	Thread ThreadID
	HasTID bool
	Reason Reason
	Addr   uint64 // of a watch
	Core   int    // -1 when not given
	Regs   []Expedited
}

// IsStop reports whether a packet is a stop reply (and not, say, console output).
func IsStop(s []byte) bool { return len(s) > 0 && bytes.IndexByte([]byte("STWXN"), s[0]) >= 0 }

// ParseStop parses a stop reply. Names it does not know are skipped, as the protocol asks.
func ParseStop(s []byte) (r StopReply, err error) {
	r.Core = -1
	if len(s) == 1 && s[0] == 'N' {
		r.Kind = NoThreads
		return r, nil
	}
	if len(s) < 3 {
		return r, fmt.Errorf("rsp: stop reply %q is too short", s)
	}
	num, err := ParseUint(s[1:3], 8)
	rest := s[3:]
	switch s[0] {
	case 'W', 'X':
		// The status is not always two digits: gdbserver's "W0" does not occur, QEMU's "W00" does; both fit here.
		head, _, _ := cut(s[1:], ";")
		if num, err = ParseUint(head, 32); err != nil {
			return r, err
		}
		r.Kind, r.Code = Exited, int(num)
		if s[0] == 'X' {
			r.Kind, r.Code, r.Signal = Terminated, 0, int(num)
		}
		return r, nil
	case 'N':
		r.Kind = NoThreads
		return r, nil
	case 'S', 'T':
		if err != nil {
			return r, err
		}
		r.Signal = int(num)
	default:
		return r, fmt.Errorf("rsp: %q is not a stop reply", clip(s))
	}
	if s[0] == 'S' {
		return r, nil
	}
	for _, pair := range bytes.Split(rest, []byte(";")) {
		name, value, ok := cut(pair, ":")
		if !ok {
			continue
		}
		if err := r.pair(name, value); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *StopReply) pair(name, value []byte) (err error) {
	switch string(name) {
	case "thread":
		r.HasTID = true
		r.Thread, err = ParseThreadID(value)
		return err
	case "core":
		v, err := ParseUint(value, 31)
		r.Core = int(v)
		return err
	case "watch", "rwatch", "awatch":
		r.Addr, err = ParseUint(value, 64)
	}
	if i := slices.Index(reasonNames[1:], string(name)); i >= 0 {
		r.Reason = Reason(i + 1)
		return err
	}
	if num, e := ParseUint(name, 16); e == nil {
		data, known, e := ParseHexPartial(value)
		if e != nil {
			return e
		}
		if !slices.Contains(known, false) {
			r.Regs = append(r.Regs, Expedited{int(num), data})
		}
	}
	return err
}

// Append appends the stop reply as a server sends it.
func (r StopReply) Append(dst []byte) []byte {
	hex2 := func(c byte, v int) []byte { return append(dst, c, digits[v>>4&15], digits[v&15]) }
	switch r.Kind {
	case Exited:
		return hex2('W', r.Code)
	case Terminated:
		return hex2('X', r.Signal)
	case NoThreads:
		return append(dst, 'N')
	}
	dst = hex2('T', r.Signal)
	for _, e := range r.Regs {
		dst = append(dst, digits[e.Num>>4&15], digits[e.Num&15], ':')
		dst = append(AppendHex(dst, e.Data), ';')
	}
	if r.HasTID {
		dst = append(r.Thread.Append(append(dst, "thread:"...)), ';')
	}
	if r.Core >= 0 {
		dst = append(appendUint(append(dst, "core:"...), uint64(r.Core)), ';')
	}
	if r.Reason != NoReason {
		dst = append(append(dst, r.Reason.String()...), ':')
		if r.Reason >= Watch && r.Reason <= AccessWatched {
			dst = appendUint(dst, r.Addr)
		}
		dst = append(dst, ';')
	}
	return dst
}
