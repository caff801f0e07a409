package gdbstub

import (
	"bytes"
	"errors"
	"fmt"

	"armillary.dev/device/rsp"
)

// Error numbers in replies: Linux's, as gdbserver sends them. Clients show the number at most.
const (
	errNoThread = 3  // ESRCH
	errIO       = 5  // EIO
	errFault    = 14 // EFAULT
	errInvalid  = 22 // EINVAL
	errSpace    = 28 // ENOSPC
)

func fail(code int) error { return &rsp.ErrorReply{Code: code} }

// errNoReply: the packet is answered later (a resume) or never (a kill).
var errNoReply = errors.New("no reply")

type handler func(s *session, arg []byte) ([]byte, error)

// packets are the packets that begin with one letter; arg is what follows it.
var packets map[byte]handler

// queries are matched by prefix, the first that fits; arg is what follows the name.
var queries []query

type query struct {
	name string
	do   handler
}

func init() {
	packets = map[byte]handler{
		'?': func(s *session, _ []byte) ([]byte, error) { return s.stopReply(), nil },
		'g': (*session).readAll,
		'G': (*session).writeAll,
		'p': (*session).readOne,
		'P': (*session).writeOne,
		'm': func(s *session, arg []byte) ([]byte, error) { return s.readMemory(arg, false) },
		'x': func(s *session, arg []byte) ([]byte, error) { return s.readMemory(arg, true) },
		'M': func(s *session, arg []byte) ([]byte, error) { return s.writeMemory(arg, false) },
		'X': func(s *session, arg []byte) ([]byte, error) { return s.writeMemory(arg, true) },
		'c': func(s *session, arg []byte) ([]byte, error) { return s.plainResume(rsp.Continue, arg, false) },
		's': func(s *session, arg []byte) ([]byte, error) { return s.plainResume(rsp.Step, arg, false) },
		'C': func(s *session, arg []byte) ([]byte, error) { return s.plainResume(rsp.Continue, arg, true) },
		'S': func(s *session, arg []byte) ([]byte, error) { return s.plainResume(rsp.Step, arg, true) },
		'H': (*session).selectThread,
		'T': (*session).alive,
		'D': func(s *session, _ []byte) ([]byte, error) {
			if !s.over {
				s.t.Detach()
			}
			s.end = Detached
			return []byte("OK"), nil
		},
		'k': func(s *session, _ []byte) ([]byte, error) {
			s.kill()
			return nil, errNoReply
		},
	}
	queries = []query{
		{"qSupported", func(s *session, _ []byte) ([]byte, error) {
			return fmt.Appendf(nil, "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+;qXfer:auxv:read+;"+
				"qXfer:libraries-svr4:read+;qXfer:exec-file:read+;vContSupported+;swbreak+;hwbreak+;binary-upload+;"+
				"multiprocess-;QNonStop-", PacketSize), nil
		}},
		{"QStartNoAckMode", func(s *session, _ []byte) ([]byte, error) {
			s.noAck = true
			return []byte("OK"), nil
		}},
		{"qXfer:", (*session).xfer},
		{"qAttached", text("1")}, // so that a client that leaves detaches
		{"qC", func(s *session, _ []byte) ([]byte, error) {
			return rsp.ThreadID{TID: s.gtid}.Append([]byte("QC")), nil
		}},
		{"qfThreadInfo", (*session).threadList},
		{"qsThreadInfo", text("l")},
		{"qThreadExtraInfo,", (*session).threadName},
		{"qSymbol:", text("OK")},
		{"vCont?", text("vCont;c;C;s;S;t;r")},
		{"vCont", (*session).vCont},
		{"vKill", func(s *session, _ []byte) ([]byte, error) {
			s.kill()
			return []byte("OK"), nil
		}},
		{"vCtrlC", text("OK")},
		{"vFile:", (*session).file},
	}
}

func text(t string) handler {
	return func(*session, []byte) ([]byte, error) { return []byte(t), nil }
}

// handle answers one packet. The empty reply says that the packet is not known.
func (s *session) handle(p []byte) ([]byte, error) {
	if len(p) == 0 {
		return nil, nil
	}
	switch c := p[0]; c {
	case 'q', 'Q', 'v':
		for _, q := range queries {
			if arg, ok := bytes.CutPrefix(p, []byte(q.name)); ok {
				return q.do(s, arg)
			}
		}
		return nil, nil
	case 'Z', 'z':
		return s.breakpoint(p)
	default:
		if h := packets[c]; h != nil {
			return h(s, p[1:])
		}
		return nil, nil
	}
}

func (s *session) kill() {
	if !s.over {
		s.t.Kill()
	}
	s.end = Ended
}

func (s *session) readAll([]byte) ([]byte, error) {
	r, err := s.t.Registers(s.gtid)
	if err != nil {
		return nil, fail(errNoThread)
	}
	return rsp.AppendHex(nil, appendAll(nil, &r)), nil
}

func (s *session) writeAll(arg []byte) ([]byte, error) {
	data, err := rsp.ParseHex(arg)
	if err != nil {
		return nil, err
	}
	if len(data) != registers().Size {
		return nil, fail(errInvalid)
	}
	var r Registers
	for _, d := range registers().Regs {
		setRegister(&r, d.Num, data[d.Offset:d.Offset+d.Bits/8])
	}
	return s.ok(s.t.SetRegisters(s.gtid, r))
}

func (s *session) readOne(arg []byte) ([]byte, error) {
	num, err := rsp.ParseUint(arg, 16)
	if err != nil {
		return nil, err
	}
	r, err := s.t.Registers(s.gtid)
	if err != nil {
		return nil, fail(errNoThread)
	}
	data, ok := appendRegister(nil, &r, int(num))
	if !ok {
		return nil, fail(errInvalid)
	}
	return rsp.AppendHex(nil, data), nil
}

func (s *session) writeOne(arg []byte) ([]byte, error) {
	name, value, ok := bytes.Cut(arg, []byte("="))
	if !ok {
		return nil, fail(errInvalid)
	}
	num, err := rsp.ParseUint(name, 16)
	if err != nil {
		return nil, err
	}
	data, err := rsp.ParseHex(value)
	if err != nil {
		return nil, err
	}
	r, err := s.t.Registers(s.gtid)
	if err != nil {
		return nil, fail(errNoThread)
	}
	if !setRegister(&r, int(num), data) {
		return nil, fail(errInvalid)
	}
	return s.ok(s.t.SetRegisters(s.gtid, r))
}

func (s *session) ok(err error) ([]byte, error) {
	if err != nil {
		return nil, fail(errIO)
	}
	return []byte("OK"), nil
}

func (s *session) readMemory(arg []byte, binary bool) ([]byte, error) {
	r, err := rsp.ParseRange(arg)
	if err != nil {
		return nil, err
	}
	if r.Addr > 1<<32-1 {
		return nil, fail(errFault)
	}
	// Half a packet each way: hexadecimal doubles, and so may the escapes of binary data.
	buf := make([]byte, min(r.Len, PacketSize/2-8, 1<<32-r.Addr))
	n, err := s.t.ReadMemory(uint32(r.Addr), buf)
	if n == 0 && len(buf) > 0 {
		return nil, fail(errFault)
	}
	if binary { // GDB 16's form: a 'b', then the bytes (GDB manual, packet x)
		return append([]byte{'b'}, buf[:n]...), nil
	}
	return rsp.AppendHex(nil, buf[:n]), nil
}

func (s *session) writeMemory(arg []byte, binary bool) ([]byte, error) {
	addr, data, err := rsp.ParseWrite(arg, binary)
	if err != nil {
		return nil, err
	}
	if addr+uint64(len(data)) > 1<<32 {
		return nil, fail(errFault)
	}
	if len(data) == 0 { // a probe for X
		return []byte("OK"), nil
	}
	if s.t.WriteMemory(uint32(addr), data) != nil {
		return nil, fail(errFault)
	}
	return []byte("OK"), nil
}

// maxBreaks bounds the breakpoints and watchpoints of one client.
const maxBreaks = 4096

func (s *session) breakpoint(p []byte) ([]byte, error) {
	b, err := rsp.ParseBreak(p)
	if err != nil {
		return nil, err
	}
	if b.Addr > 1<<32-1 || b.Kind > 1<<16 {
		return nil, fail(errInvalid)
	}
	if b.Insert && len(s.breaks)+len(s.watches) >= maxBreaks {
		return nil, fail(errSpace)
	}
	addr := uint32(b.Addr)
	if b.Type <= rsp.Hardware {
		addr &^= 1
		bit := 1 << b.Type
		old := s.breaks[addr]
		switch {
		case b.Insert && old == 0:
			err = s.t.SetBreakpoint(addr)
		case !b.Insert && old == bit:
			err = s.t.ClearBreakpoint(addr)
		}
		if err != nil {
			return nil, fail(errIO)
		}
		if b.Insert {
			s.breaks[addr] = old | bit
		} else if s.breaks[addr] = old &^ bit; s.breaks[addr] == 0 {
			delete(s.breaks, addr)
		}
		return []byte("OK"), nil
	}
	w := watch{WatchKind(b.Type), addr, uint32(b.Kind)}
	if b.Insert == s.watches[w] {
		return []byte("OK"), nil
	}
	if b.Insert {
		if err = s.t.SetWatchpoint(w.kind, w.addr, w.size); err == nil {
			s.watches[w] = true
		}
	} else if err = s.t.ClearWatchpoint(w.kind, w.addr, w.size); err == nil {
		delete(s.watches, w)
	}
	return s.ok(err)
}

func (s *session) selectThread(arg []byte) ([]byte, error) {
	if len(arg) < 2 {
		return nil, fail(errInvalid)
	}
	id, err := rsp.ParseThreadID(arg[1:])
	if err != nil {
		return nil, err
	}
	switch arg[0] {
	case 'g':
		if s.gtid, err = s.thread(id.TID); err != nil {
			return nil, err
		}
	case 'c':
		if s.ctid = 0; id.TID > 0 {
			s.ctid, err = s.thread(id.TID)
		}
		if err != nil {
			return nil, err
		}
	default:
		return nil, fail(errInvalid)
	}
	return []byte("OK"), nil
}

func (s *session) alive(arg []byte) ([]byte, error) {
	id, err := rsp.ParseThreadID(arg)
	if err != nil {
		return nil, err
	}
	if _, err := s.thread(id.TID); err != nil {
		return nil, err
	}
	return []byte("OK"), nil
}

func (s *session) threadList([]byte) ([]byte, error) {
	out := []byte{'m'}
	for i, t := range s.t.Threads() {
		if i > 0 {
			out = append(out, ',')
		}
		out = rsp.ThreadID{TID: t.ID}.Append(out)
	}
	if len(out) == 1 {
		return []byte("l"), nil
	}
	return out, nil
}

func (s *session) threadName(arg []byte) ([]byte, error) {
	id, err := rsp.ParseThreadID(arg)
	if err != nil {
		return nil, err
	}
	for _, t := range s.t.Threads() {
		if t.ID == id.TID {
			return rsp.AppendHex(nil, []byte(t.Name)), nil
		}
	}
	return nil, fail(errNoThread)
}
