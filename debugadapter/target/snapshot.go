package target

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"armillary.dev/device/rsp"
)

// Registers of one thread at a stop.
type Registers struct {
	R    [16]uint32
	CPSR uint32 // of an M-profile core the xPSR
	// D are the floating-point registers when the server sent them along; HasD says so.
	D     [32]uint64
	FPSCR uint32
	HasD  bool
}

// Thread of the target.
type Thread struct {
	ID   int
	Name string
}

// Snapshot is what is known of one stop. Its methods may be used from several goroutines.
type Snapshot struct {
	Stop rsp.StopReply
	// Static serves code and constants from files, nil or an error when it cannot. It has to be set before first use.
	Static func(addr uint32, p []byte) error

	c     *Client
	epoch int

	mu      sync.Mutex
	regs    map[int]*Registers
	lines   map[uint32][]byte // memory by line address
	threads []Thread
}

// lineSize is the unit of the memory cache in bytes.
const lineSize = 256

// maxRead bounds one read in bytes.
const maxRead = 4 << 20

// Snapshot starts the record of the stop that was just reported.
func (c *Client) Snapshot(stop rsp.StopReply) *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &Snapshot{Stop: stop, c: c, epoch: c.epoch, regs: map[int]*Registers{}, lines: map[uint32][]byte{}}
	if !stop.HasTID {
		s.Stop.Thread, s.Stop.HasTID = c.First.Thread, true
	}
	if r, ok := expedited(stop.Regs); ok {
		s.regs[s.Stop.Thread.TID] = r
	}
	return s
}

// Thread is the number of the thread that stopped.
func (s *Snapshot) Thread() int { return s.Stop.Thread.TID }

// fresh reports whether the target is still where it was.
func (s *Snapshot) fresh() error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	switch {
	case s.c.closed != nil:
		return s.c.closed
	case s.c.epoch != s.epoch:
		return ErrStale
	}
	return nil
}

// expedited makes registers of what came with a stop; false unless all core registers did.
func expedited(regs []rsp.Expedited) (*Registers, bool) {
	r, have := &Registers{}, 0
	for _, e := range regs {
		if len(e.Data) != 4 {
			continue
		}
		v := binary.LittleEndian.Uint32(e.Data)
		switch {
		case e.Num < 16:
			r.R[e.Num] = v
			have |= 1 << e.Num
		case e.Num == 25:
			r.CPSR = v
			have |= 1 << 16
		}
	}
	return r, have == 1<<17-1
}

// Expedited returns a core register that came with the stop, without asking the server.
func (s *Snapshot) Expedited(num int) (uint32, bool) {
	for _, e := range s.Stop.Regs {
		if e.Num == num && len(e.Data) == 4 {
			return binary.LittleEndian.Uint32(e.Data), true
		}
	}
	return 0, false
}

// Registers returns a thread's registers.
func (s *Snapshot) Registers(ctx context.Context, tid int) (Registers, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.regs[tid]; r != nil {
		return *r, nil
	}
	if err := s.fresh(); err != nil {
		return Registers{}, err
	}
	packets := append(s.c.selectThread(tid), []byte("g"))
	replies, err := s.c.Batch(ctx, packets...)
	if err != nil {
		return Registers{}, err
	}
	return s.takeRegisters(tid, replies[len(replies)-1])
}

func (s *Snapshot) takeRegisters(tid int, reply []byte) (Registers, error) {
	r, err := s.c.parseG(reply)
	if err != nil {
		return Registers{}, fmt.Errorf("registers of thread %d: %w", tid, err)
	}
	s.regs[tid] = r
	return *r, nil
}

// legacySize is the g packet of a server that describes no registers: r0-r15, eight 12-byte FPA registers, fps, cpsr.
const legacySize = 16*4 + 8*12 + 2*4

// parseG reads the g packet. Core registers are at its start in every layout; cpsr follows, but for the legacy one.
func (c *Client) parseG(reply []byte) (*Registers, error) {
	if e := rsp.IsError(reply); e != nil {
		return nil, e
	}
	data, known, err := rsp.ParseHexPartial(reply)
	if err != nil {
		return nil, err
	}
	if len(data) < 16*4 {
		return nil, fmt.Errorf("the debug server sent %d bytes of registers, at least 64 are needed", len(data))
	}
	r := &Registers{}
	word := func(off int) uint32 {
		if off+4 > len(data) || !known[off] {
			return 0
		}
		return binary.LittleEndian.Uint32(data[off:])
	}
	for i := range r.R {
		r.R[i] = word(4 * i)
	}
	r.CPSR = word(16 * 4)
	if len(data) == legacySize {
		r.CPSR = word(legacySize - 4)
	}
	// Sixteen or thirty-two double registers and fpscr after cpsr (feature org.gnu.gdb.arm.vfp).
	for _, n := range []int{32, 16} {
		if fp := 17*4 + n*8; c.Quirks.HasDoubles && len(data) >= fp+4 {
			for i := range n {
				r.D[i] = binary.LittleEndian.Uint64(data[17*4+8*i:])
			}
			r.FPSCR, r.HasD = word(fp), true
			break
		}
	}
	return r, nil
}

// Doubles completes the floating-point registers of a thread, which few stops need.
func (s *Snapshot) Doubles(ctx context.Context, tid int) (Registers, error) {
	r, err := s.Registers(ctx, tid)
	if err != nil || r.HasD {
		return r, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fresh(); err != nil {
		return r, err
	}
	if s.c.Quirks.HasDoubles {
		replies, err := s.c.Batch(ctx, append(s.c.selectThread(tid), []byte("g"))...)
		if err != nil {
			return r, err
		}
		return s.takeRegisters(tid, replies[len(replies)-1])
	}
	desc, err := s.c.description(ctx)
	if err != nil {
		return r, err
	}
	packets := s.c.selectThread(tid)
	skip := len(packets)
	var at []int
	for i := range 32 {
		if d, ok := desc.Lookup(fmt.Sprintf("d%d", i)); ok {
			packets = append(packets, fmt.Appendf(nil, "p%x", d.Num))
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return r, rsp.ErrUnsupported
	}
	replies, err := s.c.Batch(ctx, packets...)
	if err != nil {
		return r, err
	}
	for i, n := range at {
		data, err := rsp.ParseHex(replies[skip+i])
		if err != nil || len(data) != 8 {
			return r, fmt.Errorf("register d%d: the debug server answered %.20q", n, replies[skip+i])
		}
		r.D[n] = binary.LittleEndian.Uint64(data)
	}
	r.HasD = true
	s.regs[tid] = &r
	return r, nil
}

// description reads target.xml once.
func (c *Client) description(ctx context.Context) (*rsp.Description, error) {
	if c.desc != nil || c.descErr != nil {
		return c.desc, c.descErr
	}
	text, err := c.Xfer(ctx, "features", "target.xml")
	if err == nil {
		c.desc, err = rsp.ParseDescription(text, func(annex string) ([]byte, error) {
			return c.Xfer(ctx, "features", annex)
		})
	}
	c.descErr = err
	return c.desc, err
}

// WriteRegister changes a core register (0..15) or the status register (25) of a thread.
func (s *Snapshot) WriteRegister(ctx context.Context, tid, num int, v uint32) error {
	return s.writeRegister(ctx, tid, fmt.Sprintf("r%d", num), num, binary.LittleEndian.AppendUint32(nil, v), func(r *Registers) {
		if num < 16 {
			r.R[num] = v
		} else {
			r.CPSR = v
		}
	})
}

// WriteDouble changes floating-point register n of a thread.
func (s *Snapshot) WriteDouble(ctx context.Context, tid, n int, v uint64) error {
	desc, err := s.c.description(ctx)
	if err != nil {
		return err
	}
	d, ok := desc.Lookup(fmt.Sprintf("d%d", n))
	if !ok {
		return rsp.ErrUnsupported
	}
	return s.writeRegister(ctx, tid, d.Name, d.Num, binary.LittleEndian.AppendUint64(nil, v), func(r *Registers) { r.D[n] = v })
}

func (s *Snapshot) writeRegister(ctx context.Context, tid int, name string, num int, data []byte, store func(*Registers)) error {
	if _, err := s.Registers(ctx, tid); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fresh(); err != nil {
		return err
	}
	if _, err := s.c.description(ctx); err != nil && s.c.Server == QEMU {
		return err // QEMU answers P only after the description was read
	}
	p := rsp.AppendHex(fmt.Appendf(nil, "P%x=", num), data)
	replies, err := s.c.Batch(ctx, append(s.c.selectThread(tid), p)...)
	if err != nil {
		return err
	}
	reply := replies[len(replies)-1]
	if len(reply) == 0 && num < 16 { // gdbserver knows no P: all registers, changed in one place
		if reply, err = s.rewriteAll(ctx, tid, num*4, data); err != nil {
			return err
		}
	}
	if string(reply) != "OK" {
		return fmt.Errorf("register %s: %w", name, refusal(reply))
	}
	store(s.regs[tid])
	return nil
}

func (s *Snapshot) rewriteAll(ctx context.Context, tid, off int, data []byte) ([]byte, error) {
	g, err := s.c.Do(ctx, []byte("g"))
	if err != nil {
		return nil, err
	}
	if e := rsp.IsError(g); e != nil || len(g) < 2*(off+len(data)) {
		return g, nil
	}
	rsp.AppendHex(g[:2*off], data) // in place
	return s.c.Do(ctx, append([]byte("G"), g...))
}

// refusal makes an error of a reply that is not OK.
func refusal(reply []byte) error {
	if e := rsp.IsError(reply); e != nil {
		return e
	}
	if len(reply) == 0 {
		return rsp.ErrUnsupported
	}
	return fmt.Errorf("the debug server answered %.40q", reply)
}
