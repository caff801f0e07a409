package debugadapter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"

	"armillary.dev/debugadapter/breakpoints"
	"armillary.dev/debugadapter/step"
	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/target"
	"armillary.dev/debugadapter/unwind"
	"armillary.dev/device"
	"armillary.dev/device/image/trailer"
)

// Options are what a session needs from the outside.
type Options struct {
	// Open opens the device that a configuration names. nil: only configurations with "gdb" work.
	Open func(ctx context.Context, spec string, c Config) (device.Device, error)
	// Key is what packages for a target are signed with.
	Key func(target string) (trailer.Signer, error)
	// SearchDirs are folders in which an SDK keeps hardware definitions.
	SearchDirs []string
	// Logf receives a line for each oddity; nil: nowhere.
	Logf func(format string, args ...any)
}

// state of a session. Its values are bits, so that a route can name several.
type state uint8

const (
	fresh     state = 1 << iota // before initialize
	ready                       // initialized, no program yet
	launching                   // the program is being brought to its first instruction
	stopped
	running
	ended    // the program is gone
	anyState = fresh | ready | launching | stopped | running | ended
)

func (s state) String() string {
	return map[state]string{fresh: "not initialized", ready: "waiting for launch or attach", launching: "launching",
		stopped: "stopped", running: "running", ended: "ended"}[s]
}

// Session debugs one program for one client.
type Session struct {
	opts Options
	w    writer
	log  func(string, ...any)

	ctx    context.Context // of the session
	cancel context.CancelFunc
	wg     sync.WaitGroup // goroutines (2), (3), (4) of the package comment
	calls  chan func()    // what other goroutines have the loop do

	// What follows is the loop's alone.
	state      state
	after      []func()  // to do once the current response is written
	deferred   []request // arrived while launching
	quit       bool
	zeroLines  bool // the client counts lines from 0
	zeroCols   bool
	config     Config
	attached   bool // attach rather than launch
	configured bool // configurationDone has come
	started    bool // the program was let go for the first time
	stopLaunch context.CancelFunc

	dev     device.Device
	client  *target.Client
	closers []io.Closer // connections besides the debug server's
	space   *symbols.Space
	main    *symbols.Image
	matcher *symbols.PathMatcher
	libs    libraries
	outputs sync.WaitGroup // readers of the app's output

	breaks   breakpoints.Set
	physical breakpoints.Physical
	intent   intent
	pausing  bool     // the user asked for a stop
	editing  []func() // what to do at an invisible stop, then go on
	lastSP   uint32
	signal   int // that the stopped thread is to get when it goes on, in the protocol's numbering

	snap     *target.Snapshot // of the present or last stop
	unwinder *unwind.Unwinder
	handles  handles
	stacks   map[int]*stack // by thread, of this stop
}

// intent is what the program was let go for.
type intent struct {
	tid   int
	step  *step.Stepper // nil: to run
	move  step.Move     // of step
	off   bool          // one instruction, to get off a breakpoint before the move
	entry bool          // to run to main
	temps []uint32      // temporary breakpoints
}

// Serve runs one session over a connection, until the client has gone or ctx ends. The debugged program and everything
// that the session started are gone or let go when it returns. It closes conn.
func Serve(ctx context.Context, conn io.ReadWriteCloser, opts Options) error {
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetNoDelay(true) // the default; said because a delay here is 40 ms per answer
	}
	s := &Session{opts: opts, w: writer{w: conn}, log: opts.Logf, calls: make(chan func()), state: fresh}
	if s.log == nil {
		s.log = func(string, ...any) {}
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s.run(conn)
}

// ServeListener serves one client after the other until ctx ends.
func ServeListener(ctx context.Context, ln net.Listener, opts Options) error {
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if err := Serve(ctx, conn, opts); err != nil && opts.Logf != nil {
			opts.Logf("session with %s: %v", conn.RemoteAddr(), err)
		}
	}
}

type incoming struct {
	req request
	err error // malformed
}

func (s *Session) run(conn io.ReadWriteCloser) error {
	reqs, gone := make(chan incoming, 16), make(chan error, 1)
	go s.read(conn, reqs, gone) // ends with conn
	var result error
	for !s.quit {
		var events <-chan target.Event
		if s.client != nil {
			events = s.client.Events()
		}
		select {
		case in := <-reqs:
			s.guard(func() { s.request(in) })
		case f := <-s.calls:
			s.guard(f)
		case ev := <-events:
			s.guard(func() { s.targetEvent(ev) })
		case result = <-gone:
			for len(reqs) > 0 && !s.quit { // what came before the end
				in := <-reqs
				s.guard(func() { s.request(in) })
			}
			s.quit = true
		case <-s.ctx.Done():
			s.quit = true
		}
	}
	s.shutdown(!s.attached)
	s.cancel()
	conn.Close()
	s.wg.Wait()
	if errors.Is(result, io.EOF) || errors.Is(result, io.ErrClosedPipe) || errors.Is(result, net.ErrClosed) {
		result = nil
	}
	return result
}

// read is goroutine (2).
func (s *Session) read(conn io.Reader, reqs chan<- incoming, gone chan<- error) {
	r := reader{r: bufio.NewReader(conn)}
	for {
		data, err := r.next()
		if err == errTooLarge || err == errHeader {
			err = s.put(reqs, incoming{err: err})
			if err == nil {
				continue
			}
		}
		if err != nil {
			gone <- err
			return
		}
		req, err := decodeRequest(data)
		if err == errNotRequest {
			continue
		}
		if s.put(reqs, incoming{req, err}) != nil {
			gone <- io.EOF
			return
		}
	}
}

func (s *Session) put(reqs chan<- incoming, in incoming) error {
	select {
	case reqs <- in:
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// do has the loop run f; false when the session is over.
func (s *Session) do(f func()) bool {
	select {
	case s.calls <- f:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// guard keeps a fault in one handler from ending the session.
func (s *Session) guard(f func()) {
	defer func() {
		if p := recover(); p != nil {
			s.log("internal error: %v\n%s", p, debug.Stack())
			s.console("internal error: %v; please report it", p)
		}
	}()
	f()
}

// console writes a line to the client's debug console.
func (s *Session) console(format string, args ...any) {
	s.output("console", fmt.Sprintf(format, args...)+"\n")
}
