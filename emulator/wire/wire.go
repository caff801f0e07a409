// Package wire is the cable to the emulated device: buffered in-process connections and a listener for them.
//
// net.Pipe would do but for its lack of a buffer: two ends that write at the same moment wait for each other, which
// no TCP connection does. The package knows no protocol and uses no network of the host.
package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// bufferSize bounds what one direction holds before a writer waits; about a TCP window.
const bufferSize = 256 << 10

// Addr is the address of an end: a port of the emulated device.
type Addr string

// Network returns "emulator".
func (Addr) Network() string { return "emulator" }

func (a Addr) String() string { return string(a) }

// Pipe returns the two ends of a connection.
func Pipe(a, b Addr) (net.Conn, net.Conn) {
	ab, ba := newStream(), newStream()
	return &conn{in: ba, out: ab, local: a, remote: b}, &conn{in: ab, out: ba, local: b, remote: a}
}

// stream is one direction of a connection.
type stream struct {
	mu      sync.Mutex
	changed sync.Cond // data, room, close or a deadline
	buf     []byte
	wclosed bool // the writer is gone: what is buffered can still be read, then EOF
	rclosed bool // the reader is gone: writes fail
	rd, wd  deadline
}

func newStream() *stream {
	s := &stream{}
	s.changed.L = &s.mu
	return s
}

// deadline is a point in time after which waiting ends. Guarded by the stream's mu.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (s *stream) setDeadline(d *deadline, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = t
	if !t.IsZero() {
		d.timer = time.AfterFunc(time.Until(t), func() {
			s.mu.Lock()
			s.changed.Broadcast()
			s.mu.Unlock()
		})
	}
	s.changed.Broadcast()
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.rclosed:
			return 0, net.ErrClosed
		case s.rd.passed():
			return 0, os.ErrDeadlineExceeded
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[n:]
			if len(s.buf) == 0 {
				s.buf = nil
			}
			s.changed.Broadcast()
			return n, nil
		case s.wclosed:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.wclosed:
			return n, net.ErrClosed
		case s.rclosed:
			return n, syscall.EPIPE
		case s.wd.passed():
			return n, os.ErrDeadlineExceeded
		}
		if room := bufferSize - len(s.buf); room > 0 {
			k := min(room, len(p)-n)
			s.buf = append(s.buf, p[n:n+k]...)
			n += k
			s.changed.Broadcast()
		}
		if n == len(p) {
			return n, nil
		}
		s.changed.Wait()
	}
}

func (s *stream) close(flag *bool) {
	s.mu.Lock()
	*flag = true
	s.changed.Broadcast()
	s.mu.Unlock()
}

type conn struct {
	in, out       *stream
	local, remote Addr
}

func (c *conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "emulator", Source: c.local, Addr: c.remote, Err: err}
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

func (c *conn) Close() error {
	c.out.close(&c.out.wclosed)
	c.in.close(&c.in.rclosed)
	c.SetDeadline(time.Time{}) // no timer outlives the connection
	return nil
}

// CloseWrite ends this side's sending, as TCP's FIN does.
func (c *conn) CloseWrite() error {
	c.out.close(&c.out.wclosed)
	return nil
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.rd, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.wd, t)
	return nil
}

// ErrRefused is what dialling a port that nobody listens on gives.
var ErrRefused error = syscall.ECONNREFUSED

// Listener accepts in-process connections.
type Listener struct {
	addr   Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Listen returns a listener on a port of the emulated device.
func Listen(addr Addr) *Listener {
	return &Listener{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial connects to the listener and returns the client's end.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	client, server := Pipe("client", l.addr)
	var err error
	select {
	case <-l.closed: // a closed listener may have a pending Accept; prefer refusal
		err = ErrRefused
	default:
		select {
		case l.conns <- server:
			return client, nil
		case <-l.closed:
			err = ErrRefused
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	return nil, &net.OpError{Op: "dial", Net: "emulator", Addr: l.addr, Err: err}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "emulator", Addr: l.addr, Err: net.ErrClosed}
	}
}

// Close ends Accept and refuses further dials; connections made stay.
func (l *Listener) Close() error {
	err := errors.New("listener already closed")
	l.once.Do(func() { close(l.closed); err = nil })
	return err
}

// Addr returns the listener's address.
func (l *Listener) Addr() net.Addr { return l.addr }
