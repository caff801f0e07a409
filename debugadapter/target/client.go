package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"armillary.dev/device/rsp"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrClosed  = errors.New("the connection to the debug server is closed")
	ErrRunning = errors.New("the program is running")
	ErrStale   = errors.New("the program has run on since")
	ErrTimeout = errors.New("the debug server does not answer")
)

// Options tune a client. The zero value is right for a local server.
type Options struct {
	// Timeout bounds the wait for any reply but a stop; default 10 s.
	Timeout time.Duration
}

// Event is what a server says unasked. Exactly one field is set.
type Event struct {
	Stop    *rsp.StopReply
	Console []byte // output of a monitor or of semihosting
	Closed  error  // the last event: why the connection ended
}

// Stats count what went over the wire.
type Stats struct {
	Packets int // requests sent, resumes included
	Writes  int // writes they were sent with
	Bytes   int // sent
}

// Client is a connection to a debug server.
type Client struct {
	Server   Server
	Quirks   Quirks
	Features rsp.Features
	// First is the stop that the server reported on connection.
	First rsp.StopReply

	conn    net.Conn
	timeout time.Duration
	size    int // the server's packet size
	vcont   map[rsp.ResumeKind]bool
	events  chan Event
	done    chan struct{} // closed when the reader has ended

	mu      sync.Mutex
	pending []*call // requests without a reply yet, oldest first
	running bool
	noAck   bool
	owed    int    // acknowledgements that go out with the next write
	poked   bool   // an interrupt was sent since the last resume
	stopped []byte // the last stop reply
	closed  error
	stats   Stats
	out     []byte
	epoch   int
	hg      int // thread of Hg, 0 unknown
	desc    *rsp.Description
	descErr error
}

// call is a request whose reply is awaited.
type call struct {
	done  chan struct{}
	acks  int  // to write when the reply is here, for a whole burst
	acked bool // by an earlier call of the burst
	reply []byte
	err   error
}

// eventRoom is how many events wait for a slow owner. Console output beyond half of it is dropped, so that stops and
// the end of the connection always find room.
const eventRoom = 256

// replyLimit bounds a reply in bytes.
const replyLimit = 16 << 20

// Connect starts a session on conn: it finds out who the server is and what it offers. The target is stopped
// afterwards. The client owns conn from here on, also when Connect fails.
func Connect(ctx context.Context, conn net.Conn, opts Options) (*Client, error) {
	c := &Client{conn: conn, timeout: opts.Timeout, events: make(chan Event, eventRoom), done: make(chan struct{}), size: 400}
	if c.timeout <= 0 {
		c.timeout = 10 * time.Second
	}
	go c.read()
	if err := c.hello(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("debug server at %s: %w", conn.RemoteAddr(), err)
	}
	return c, nil
}

func (c *Client) hello(ctx context.Context) error {
	c.owed = 1 // a '+' first, as GDB does: it ends whatever the server waits for from an earlier client
	r, err := c.Do(ctx, []byte("qSupported:swbreak+;hwbreak+;vContSupported+;xmlRegisters=arm"))
	if err != nil {
		return err
	}
	c.Features = rsp.ParseFeatures(r)
	c.size = c.Features.PacketSize(c.size)
	var vendor []byte
	if c.Features.Has("QStartNoAckMode") {
		if r, err = c.Do(ctx, []byte("QStartNoAckMode")); err != nil {
			return err
		}
		if string(r) == "OK" {
			c.mu.Lock()
			c.noAck = true
			c.mu.Unlock()
		}
	} else if vendor, err = c.Do(ctx, []byte("qqemu.sstepbits")); err != nil {
		return err
	}
	c.Server = identify(c.Features, vendor)
	c.Quirks = quirks[c.Server]
	// The system emulator has no auxiliary vector, and takes an acknowledgement that comes late for an interrupt.
	if c.noAck || !c.Features.Has("qXfer:auxv:read") || !local(c.conn) {
		c.Quirks.Burst = 0
	}
	c.Quirks.Pipeline = c.Quirks.Pipeline && c.noAck
	rs, err := c.Batch(ctx, []byte("vCont?"), []byte("?"))
	if err != nil {
		return err
	}
	c.vcont = rsp.ParseVContReply(rs[0])
	if c.First, err = rsp.ParseStop(rs[1]); err != nil {
		return err
	}
	if c.First.Kind != rsp.Stopped {
		return fmt.Errorf("there is no program to debug any more")
	}
	// gdbserver 13 refuses vCont before a thread was selected (facts/debugger.md 5.2).
	tid := c.First.Thread.TID
	if !c.First.HasTID {
		if tid, err = c.currentThread(ctx); err != nil {
			return err
		}
		c.First.Thread, c.First.HasTID = rsp.ThreadID{TID: tid}, true
	}
	_, err = c.Batch(ctx, c.selectThread(tid)...)
	return err
}

// currentThread asks which thread a server without thread numbers in its stop replies means.
func (c *Client) currentThread(ctx context.Context) (int, error) {
	r, err := c.Do(ctx, []byte("qC"))
	if err != nil {
		return 0, err
	}
	if len(r) > 2 && string(r[:2]) == "QC" {
		if id, err := rsp.ParseThreadID(r[2:]); err == nil && id.TID > 0 {
			return id.TID, nil
		}
	}
	return 1, nil // bare metal: one core, no threads
}

// selectThread returns the packet that makes g and G mean tid, or none when they do.
func (c *Client) selectThread(tid int) [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hg == tid {
		return nil
	}
	c.hg = tid
	return [][]byte{rsp.ThreadID{TID: tid}.Append([]byte("Hg"))}
}

// Offers reports whether the server knows the vCont action.
func (c *Client) Offers(k rsp.ResumeKind) bool { return c.vcont[k] }

// Events delivers what comes unasked. After a Closed event there are no more.
func (c *Client) Events() <-chan Event { return c.events }

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Running reports whether the target runs as far as is known.
func (c *Client) Running() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running
}

// Do sends one packet and returns its reply.
func (c *Client) Do(ctx context.Context, packet []byte) ([]byte, error) {
	r, err := c.Batch(ctx, packet)
	if err != nil {
		return nil, err
	}
	return r[0], nil
}

// local reports whether the server is on this computer.
func local(conn net.Conn) bool {
	switch a := conn.RemoteAddr().(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}

// Batch sends packets, in as few writes as the server can take, and returns their replies in order. Replies that say no
// are replies; the error is about the connection.
func (c *Client) Batch(ctx context.Context, packets ...[]byte) ([][]byte, error) {
	return c.send(ctx, packets, nil)
}

// Resume sends packets (breakpoints as a rule) and lets the target go, in one write where the server can take that. It
// returns the packets' replies; the stop arrives as an Event. All snapshots are stale from now on.
func (c *Client) Resume(ctx context.Context, before [][]byte, actions ...rsp.Resume) ([][]byte, error) {
	return c.send(ctx, before, c.resumePacket(actions))
}

// overhead is what a frame adds to a payload without escapes: $, # and two digits.
const overhead = 4

// send cuts packets into what the server takes at once.
func (c *Client) send(ctx context.Context, packets [][]byte, resume []byte) ([][]byte, error) {
	if c.Quirks.Pipeline {
		return c.batch(ctx, packets, resume)
	}
	var out [][]byte
	for len(packets) > 0 {
		n, size := 1, len(packets[0])+overhead
		for n < len(packets) && size+len(packets[n])+overhead <= c.Quirks.Burst {
			size += len(packets[n]) + overhead
			n++
		}
		var last []byte
		if n == len(packets) && resume != nil && size+len(resume)+overhead <= c.Quirks.Burst {
			last, resume = resume, nil
		}
		r, err := c.batch(ctx, packets[:n], last)
		if err != nil {
			return nil, err
		}
		out, packets = append(out, r...), packets[n:]
	}
	if resume != nil {
		if _, err := c.batch(ctx, nil, resume); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// resumePacket builds vCont, or for a server without it the plain letters.
func (c *Client) resumePacket(actions []rsp.Resume) []byte {
	if len(c.vcont) > 0 {
		return rsp.AppendVCont(nil, actions...)
	}
	a := rsp.Resume{Kind: rsp.Continue}
	if len(actions) > 0 {
		a = actions[0]
	}
	if a.Signal != 0 {
		return fmt.Appendf(nil, "%c%02x", byte(a.Kind)&^0x20, a.Signal)
	}
	return []byte{byte(a.Kind)}
}

// batch writes packets and, if resume is not nil, that one after them, and waits for the packets' replies.
func (c *Client) batch(ctx context.Context, packets [][]byte, resume []byte) ([][]byte, error) {
	calls := make([]*call, len(packets))
	c.mu.Lock()
	if c.closed != nil {
		defer c.mu.Unlock()
		return nil, c.closed
	}
	if c.running {
		c.mu.Unlock()
		return nil, ErrRunning
	}
	c.out = c.out[:0]
	for ; c.owed > 0; c.owed-- {
		c.out = append(c.out, '+')
	}
	for i, p := range packets {
		calls[i] = &call{done: make(chan struct{})}
		c.pending = append(c.pending, calls[i])
		c.out = rsp.AppendPacket(c.out, p)
	}
	if n := len(calls); !c.noAck && (n > 1 || n == 1 && resume != nil) {
		for i := range calls {
			calls[i].acked = true
		}
		calls[0].acks = n
	}
	if resume != nil {
		c.out = rsp.AppendPacket(c.out, resume)
		c.running, c.poked = true, false
		c.epoch++
		c.stats.Packets++
	}
	c.stats.Packets += len(packets)
	c.stats.Writes++
	c.stats.Bytes += len(c.out)
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
	_, err := c.conn.Write(c.out)
	c.mu.Unlock()
	if err != nil {
		c.fail(fmt.Errorf("%w: %w", ErrClosed, err))
		return nil, c.err()
	}
	replies := make([][]byte, len(packets))
	if len(calls) == 0 {
		return replies, nil
	}
	timer := time.NewTimer(c.timeout)
	defer timer.Stop()
	for i, call := range calls {
		select {
		case <-call.done:
			if call.err != nil {
				return nil, call.err
			}
			replies[i] = call.reply
		case <-ctx.Done():
			// The reply would be taken for the next one's: the connection is of no more use.
			c.fail(ctx.Err())
			return nil, ctx.Err()
		case <-timer.C:
			c.fail(fmt.Errorf("%w to %.20q within %v", ErrTimeout, packets[i], c.timeout))
			return nil, c.err()
		}
	}
	return replies, nil
}

// Interrupt asks a running target to stop; the stop arrives as an Event.
func (c *Client) Interrupt() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed != nil {
		return c.closed
	}
	if !c.running {
		return nil
	}
	c.poked = true
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
	_, err := c.conn.Write([]byte{3})
	return err
}

// Detach lets the target run without a debugger and closes the connection. The target has to be stopped, with its
// breakpoints taken out.
func (c *Client) Detach(ctx context.Context) error {
	_, err := c.Do(ctx, []byte("D"))
	c.Close()
	return err
}

// Kill ends the program and closes the connection.
func (c *Client) Kill() error {
	c.mu.Lock()
	if c.closed != nil {
		c.mu.Unlock()
		return nil
	}
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
	out := []byte{}
	for ; c.owed > 0; c.owed-- {
		out = append(out, '+')
	}
	_, err := c.conn.Write(rsp.AppendPacket(out, []byte("k")))
	c.mu.Unlock()
	c.Close()
	return err
}

// Close ends the connection and waits for the reader to end.
func (c *Client) Close() {
	c.fail(ErrClosed)
	<-c.done
}

func (c *Client) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// fail closes the connection for a reason; the first one counts.
func (c *Client) fail(err error) {
	c.mu.Lock()
	if c.closed == nil {
		c.closed = err
	}
	pending := c.pending
	c.pending = nil
	c.mu.Unlock()
	c.conn.Close()
	for _, p := range pending {
		p.err = err
		close(p.done)
	}
}

// read is the goroutine that owns the receiving half.
func (c *Client) read() {
	defer close(c.done)
	d := rsp.NewDecoder(c.conn, replyLimit)
	for {
		f, err := d.Next()
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = fmt.Errorf("%w by the other side", ErrClosed)
			}
			c.fail(err)
			c.events <- Event{Closed: c.err()}
			return
		}
		switch f.Kind {
		case rsp.Packet:
			c.packet(f.Data)
		case rsp.Corrupt:
			c.fail(fmt.Errorf("the debug server sent a packet with a wrong checksum: %.40q", f.Data))
		case rsp.Nack:
			c.fail(errors.New("the debug server received a packet with a wrong checksum"))
		}
	}
}

// packet takes a reply, a stop or console output.
func (c *Client) packet(data []byte) {
	c.mu.Lock()
	if !c.noAck && c.poked && !c.running && bytes.Equal(data, c.stopped) {
		// The server did not look at its connection while the program ran. It found the interrupt in place of the
		// acknowledgement of the stop, and so sent that again (QEMU user mode before it learnt to be interrupted).
		c.poked = false
		c.mu.Unlock()
		return
	}
	if len(c.pending) > 0 {
		p := c.pending[0]
		c.pending = c.pending[1:]
		if !c.noAck && !p.acked {
			c.owed++
		}
		if p.acks > 0 {
			_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
			_, _ = c.conn.Write([]byte(strings.Repeat("+", p.acks))) // a broken connection shows in the reader
		}
		c.mu.Unlock()
		p.reply = data
		close(p.done)
		return
	}
	ack := !c.noAck
	switch {
	case c.running && rsp.IsStop(data):
		st, err := rsp.ParseStop(data)
		if err != nil {
			c.mu.Unlock()
			c.fail(err)
			return
		}
		c.running, c.stopped = false, data
		if !c.Quirks.ThreadIsCurrent {
			c.hg = 0
		} else {
			c.hg = st.Thread.TID
		}
		if ack && st.Kind == rsp.Stopped {
			c.owed++ // goes out with the next request
			ack = false
		}
		c.mu.Unlock()
		c.acknowledge(ack)
		c.events <- Event{Stop: &st}
	case c.running && rsp.IsError(data) != nil:
		c.mu.Unlock()
		c.fail(fmt.Errorf("the debug server refused to let the program go: %w", rsp.IsError(data)))
	default:
		c.mu.Unlock()
		c.acknowledge(ack)
		if len(data) > 1 && data[0] == 'O' {
			if text, err := rsp.ParseHex(data[1:]); err == nil && len(c.events) < eventRoom/2 {
				c.events <- Event{Console: text}
			}
		}
		if len(data) > 0 && data[0] == 'F' && c.Running() {
			// A request for a file of ours (semihosting): refused, as interrupted calls are.
			c.raw(rsp.AppendPacket(nil, []byte("F-1,26")))
		}
	}
}

// acknowledge sends a '+' at once: a server that ends waits for it and nothing will follow to carry it.
func (c *Client) acknowledge(now bool) {
	if now {
		c.raw([]byte{'+'})
	}
}

func (c *Client) raw(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout))
	_, _ = c.conn.Write(b) // a broken connection shows in the reader
}
