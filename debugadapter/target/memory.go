package target

import (
	"context"
	"fmt"

	"armillary.dev/device/rsp"
)

// ReadMemory fills p from addr: constants from the file, what was read before from the snapshot, the rest from the server.
// It either fills p or returns an error.
func (s *Snapshot) ReadMemory(addr uint32, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if uint64(addr)+uint64(len(p)) > 1<<32 || len(p) > maxRead {
		return fmt.Errorf("no memory at %#x (%d bytes)", addr, len(p))
	}
	if s.Static != nil && s.Static(addr, p) == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cached(addr, p) {
		return nil
	}
	if err := s.fresh(); err != nil {
		return err
	}
	ctx := context.Background() // every request is bounded by the client's timeout
	if err := s.load(ctx, addr, len(p)); err != nil {
		return err
	}
	if s.cached(addr, p) {
		return nil
	}
	// Some line around the range cannot be read as a whole: read just the range, uncached.
	data, err := s.c.readExact(ctx, addr, len(p))
	if err != nil {
		return err
	}
	copy(p, data)
	return nil
}

// cached copies from the lines at hand.
func (s *Snapshot) cached(addr uint32, p []byte) bool {
	for n := 0; n < len(p); {
		a := addr + uint32(n)
		line := s.lines[a&^(lineSize-1)]
		if line == nil {
			return false
		}
		n += copy(p[n:], line[a%lineSize:])
	}
	return true
}

// load fetches the missing lines of a range, neighbours together, all in one batch.
func (s *Snapshot) load(ctx context.Context, addr uint32, n int) error {
	type piece struct{ addr, n uint32 }
	var pieces []piece
	most := uint32(max(s.c.size/2-8, lineSize)) &^ (lineSize - 1)
	for a := uint64(addr &^ (lineSize - 1)); a < uint64(addr)+uint64(n); a += lineSize {
		if s.lines[uint32(a)] != nil {
			continue
		}
		if k := len(pieces) - 1; k >= 0 && uint64(pieces[k].addr)+uint64(pieces[k].n) == a && pieces[k].n+lineSize <= most {
			pieces[k].n += lineSize
		} else {
			pieces = append(pieces, piece{uint32(a), lineSize})
		}
	}
	var packets [][]byte
	for _, p := range pieces {
		packets = append(packets, s.c.readPacket(p.addr, int(p.n)))
	}
	if len(packets) == 0 {
		return nil
	}
	replies, err := s.c.Batch(ctx, packets...)
	if err != nil {
		return err
	}
	for i, r := range replies {
		data, err := s.c.readReply(r)
		if err != nil {
			continue
		}
		s.store(pieces[i].addr, data)
	}
	return nil
}

// store keeps the whole lines of data.
func (s *Snapshot) store(addr uint32, data []byte) {
	for len(data) >= lineSize {
		s.lines[addr] = data[:lineSize:lineSize]
		data, addr = data[lineSize:], addr+lineSize
	}
}

func (c *Client) binary() bool { return c.Features.Has("binary-upload") }

func (c *Client) readPacket(addr uint32, n int) []byte {
	if c.binary() {
		return rsp.Range{Addr: uint64(addr), Len: uint64(n)}.Append([]byte{'x'})
	}
	return rsp.AppendReadMemory(nil, uint64(addr), uint64(n))
}

func (c *Client) readReply(reply []byte) ([]byte, error) {
	if c.binary() && len(reply) > 0 && reply[0] == 'b' {
		return reply[1:], nil
	}
	if e := rsp.IsError(reply); e != nil {
		return nil, e
	}
	if len(reply) == 0 {
		return nil, rsp.ErrUnsupported
	}
	return rsp.ParseHex(reply)
}

// readExact reads a range in as many packets as it takes.
func (c *Client) readExact(ctx context.Context, addr uint32, n int) ([]byte, error) {
	var out []byte
	most := max(c.size/2-8, 64)
	for len(out) < n {
		a := addr + uint32(len(out))
		reply, err := c.Do(ctx, c.readPacket(a, min(most, n-len(out))))
		if err != nil {
			return nil, err
		}
		data, err := c.readReply(reply)
		if err != nil || len(data) == 0 {
			return nil, fmt.Errorf("cannot read memory at %#x", a)
		}
		out = append(out, data...)
	}
	return out[:n], nil
}

// WriteMemory changes memory and the snapshot.
func (s *Snapshot) WriteMemory(addr uint32, p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fresh(); err != nil {
		return err
	}
	most := max(s.c.size/2-32, 16)
	for off := 0; off < len(p); off += most {
		part := p[off:min(off+most, len(p))]
		reply, err := s.c.Do(context.Background(), rsp.AppendWriteMemory(nil, uint64(addr)+uint64(off), part))
		if err != nil {
			return err
		}
		if string(reply) != "OK" {
			return fmt.Errorf("cannot write memory at %#x: %w", addr+uint32(off), refusal(reply))
		}
	}
	for i, b := range p {
		a := addr + uint32(i)
		if line := s.lines[a&^(lineSize-1)]; line != nil {
			line[a%lineSize] = b
		}
	}
	return nil
}

// stackAhead is how much of the stack is fetched at a stop: what the innermost frames have.
const stackAhead = 1024

// Warm fetches in one batch what a user interface is about to ask for: the registers of the thread that stopped (unless
// they came along), the memory above sp and the list of threads. sp is where the stack was at the stop before, 0 if not known;
// it is used when the registers did not come along. Failures show later, to whoever asks.
func (s *Snapshot) Warm(ctx context.Context, sp uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fresh() != nil || !s.c.Quirks.Pipeline && s.c.Quirks.Burst == 0 {
		return
	}
	tid := s.Stop.Thread.TID
	var packets [][]byte
	gAt, threadsAt, stackAt := -1, -1, -1
	if r := s.regs[tid]; r != nil {
		sp = r.R[13]
	} else {
		packets = append(s.c.selectThread(tid), []byte("g"))
		gAt = len(packets) - 1
	}
	if s.threads == nil {
		threadsAt = len(packets)
		packets = append(packets, s.c.threadPackets()...)
	}
	base := sp &^ (lineSize - 1)
	if sp != 0 && sp < 1<<32-2*stackAhead && !s.cached(base, make([]byte, stackAhead)) {
		stackAt = len(packets)
		packets = append(packets, s.c.readPacket(base, stackAhead))
	}
	if len(packets) == 0 {
		return
	}
	replies, err := s.c.Batch(ctx, packets...)
	if err != nil {
		return
	}
	if gAt >= 0 {
		_, _ = s.takeRegisters(tid, replies[gAt])
	}
	if threadsAt >= 0 {
		s.threads, _ = s.c.takeThreads(ctx, replies[threadsAt:])
	}
	if stackAt >= 0 {
		if data, err := s.c.readReply(replies[stackAt]); err == nil {
			s.store(base, data)
		}
	}
}
