package sphereos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"armillary.dev/device"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/gdbstub"
	"armillary.dev/emulator/wire"
)

// session is the debugging of one app, from startDebug to the end of its process (facts/device.md 4.1 to 4.3): the output
// port takes one client; when it is there the process is made and the debugger's port opens; when that client leaves, the
// process is killed; when the process ends, both ports close until the next startDebug.
type session struct {
	s   *OS
	app *app
	out *pump

	over chan struct{} // closed by end
	once sync.Once

	outPort   *wire.Listener
	connected func()        // marks that the output's client is there
	isThere   chan struct{} // closed by connected
	launched  chan struct{} // closed once the debugger's port is open, or never will be

	mu      sync.Mutex
	gdbPort *wire.Listener // nil while closed
	closed  bool           // no port is opened any more
}

// StartDebug readies an app for debugging, restarting it if it runs: the process is made when someone has dialled the
// answer's OutPort, and stands before its first instruction until a debugger on GDBPort lets it go.
func (s *OS) StartDebug(id string) (rest.AppStatus, error) {
	s.ops.Lock()
	defer s.ops.Unlock()
	a := s.app(strings.ToLower(id))
	if a == nil {
		return rest.AppStatus{}, errAppNotPresent
	}
	s.mu.Lock()
	old := s.debug
	s.mu.Unlock()
	if old != nil && old.app != a {
		return rest.AppStatus{}, refuse(codeDebuggerLoaded, fmt.Errorf("app %s is being debugged; stop it first", old.app.id))
	}
	// What can be refused is refused here, where someone hears it.
	b, err := s.o.Flash.Get(recordApp + a.id)
	if err != nil {
		return rest.AppStatus{}, refuse(codeCannotOpen, err)
	}
	p, err := s.open(b)
	if err != nil {
		return rest.AppStatus{}, err
	}
	m, err := parse(p)
	if err != nil {
		return rest.AppStatus{}, err
	}
	if m.manifest.RealTime {
		return rest.AppStatus{}, refuse(codeCannotDebug, errors.New("real-time apps cannot be debugged on the emulated device"))
	}
	s.stop(a)

	sess := &session{s: s, app: a, out: newPump(), over: make(chan struct{}),
		outPort: wire.Listen("192.168.35.2:2342"), isThere: make(chan struct{}), launched: make(chan struct{})}
	sess.connected = sync.OnceFunc(func() { close(sess.isThere) })
	s.mu.Lock()
	s.debug, a.state = sess, rest.Debugging
	s.mu.Unlock()
	go sess.run()
	return rest.AppStatus{State: rest.Debugging, GDBPort: device.PortGDB, OutPort: device.PortOutput}, nil
}

// end closes the ports; from now on they refuse. What is under way goes on to its end: the output is delivered, and the
// debugger hears how the process ended. It may be called more than once.
func (d *session) end() {
	d.once.Do(func() {
		close(d.over)
		d.outPort.Close()
		d.out.close()
		d.mu.Lock()
		d.closed = true
		if d.gdbPort != nil {
			d.gdbPort.Close()
		}
		d.mu.Unlock()
		d.s.mu.Lock()
		if d.s.debug == d {
			d.s.debug = nil
		}
		d.s.mu.Unlock()
	})
}

func (d *session) isOver() bool {
	select {
	case <-d.over:
		return true
	default:
		return false
	}
}

// run is the session's goroutine.
func (d *session) run() {
	opened := sync.OnceFunc(func() { close(d.launched) })
	defer opened()
	defer d.end()
	conn, err := d.outPort.Accept()
	if err != nil {
		return // stopped before anyone came
	}
	d.outPort.Close() // one client
	if d.s.o.DebuggerBanner {
		io.WriteString(d.out, "Starting debugger....\n")
	}
	defer context.AfterFunc(d.s.ctx, func() { conn.Close() })() // without power nobody waits for a slow reader
	pumped := make(chan struct{})
	go func() {
		defer close(pumped)
		d.out.run(conn)
	}()
	defer func() { // the rest of the output still goes out
		d.out.close()
		<-pumped
		conn.Close()
	}()

	proc := d.launch()
	if proc == nil {
		return
	}
	go func() { // the client says nothing; when it leaves, the debugger goes with it
		io.Copy(io.Discard, conn)
		select {
		case <-proc.Done():
		default:
			proc.Signal(SIGKILL)
		}
	}()
	target := proc.Target()
	if target == nil {
		io.WriteString(d.out, "armillary: the app runs, but cannot be debugged\n")
		<-proc.Done()
		return
	}
	t := track(target, d.s.ctx.Done())
	for {
		l := wire.Listen("192.168.35.2:2345")
		if !d.openGDB(l) {
			break
		}
		opened()
		gdb, err := l.Accept()
		d.openGDB(nil)
		l.Close() // one client at a time: another is refused, not left waiting
		if err != nil {
			break
		}
		if !t.standStill(d.s.ctx) {
			gdb.Close()
			break
		}
		if end, _ := gdbstub.Serve(d.s.ctx, gdb, t); end != gdbstub.Disconnected {
			break
		}
	}
	select { // detached: the app runs on until it ends
	case <-proc.Done():
	case <-d.s.ctx.Done():
	}
}

// launch makes the process, unless the session was ended meanwhile; why it could not be made goes to the output.
func (d *session) launch() Process {
	d.s.ops.Lock()
	defer d.s.ops.Unlock()
	if d.isOver() || d.s.ctx.Err() != nil {
		return nil
	}
	if err := d.s.launch(d.app, d); err != nil {
		fmt.Fprintf(d.out, "armillary: the app cannot be started: %v\n", err)
		d.s.notice("app %s cannot be debugged: %v", d.app.id, err)
		d.s.mu.Lock()
		d.app.state = rest.Stopped
		d.s.mu.Unlock()
		return nil
	}
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	if d.app.run == nil { // it has ended already
		return nil
	}
	return d.app.run.proc
}

// openGDB makes l the debugger's port, nil for none; false after the session's end.
func (d *session) openGDB(l *wire.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.gdbPort = l
	return true
}

// dialGDB connects to the debugger's port. Whoever comes right behind the output's client waits until the process is
// there; on a board such a one has to try again.
func (d *session) dialGDB(ctx context.Context) (net.Conn, error) {
	select {
	case <-d.isThere:
	default:
		return nil, refused(device.PortGDB)
	}
	select {
	case <-d.launched:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	d.mu.Lock()
	l := d.gdbPort
	d.mu.Unlock()
	if l == nil {
		return nil, refused(device.PortGDB)
	}
	return l.Dial(ctx)
}

func refused(port int) error {
	return &net.OpError{Op: "dial", Net: "emulator", Addr: wire.Addr(fmt.Sprintf("192.168.35.2:%d", port)), Err: wire.ErrRefused}
}

// Dial connects to a port of the device, as device.Device's Dial does.
func (s *OS) Dial(ctx context.Context, port int) (net.Conn, error) {
	s.mu.Lock()
	server, sess := s.rest, s.debug
	s.mu.Unlock()
	switch {
	case s.ctx.Err() != nil:
	case port == device.PortREST && server != nil:
		return server.listener.Dial(ctx)
	case port == device.PortOutput && sess != nil:
		conn, err := sess.outPort.Dial(ctx)
		if err == nil {
			sess.connected()
		}
		return conn, err
	case port == device.PortGDB && sess != nil:
		return sess.dialGDB(ctx)
	}
	return nil, refused(port)
}

// tracked is a Target of which one knows whether it runs while nobody serves it.
type tracked struct {
	gdbstub.Target
	stops chan gdbstub.Stop

	mu      sync.Mutex
	running bool
}

// track forwards stops until the target's channel is closed or done.
func track(t gdbstub.Target, done <-chan struct{}) *tracked {
	w := &tracked{Target: t, stops: make(chan gdbstub.Stop, 4)}
	go func() {
		defer close(w.stops)
		for {
			select {
			case st, ok := <-t.Stops():
				if !ok {
					return
				}
				w.mu.Lock()
				w.running = false
				w.mu.Unlock()
				select {
				case w.stops <- st:
				case <-done:
					return
				}
			case <-done:
				return
			}
		}
	}()
	return w
}

// Resume implements gdbstub.Target.
func (w *tracked) Resume(actions []gdbstub.Action) error {
	w.mu.Lock()
	w.running = true
	w.mu.Unlock()
	err := w.Target.Resume(actions)
	if err != nil {
		w.mu.Lock()
		w.running = false
		w.mu.Unlock()
	}
	return err
}

// Stops implements gdbstub.Target.
func (w *tracked) Stops() <-chan gdbstub.Stop { return w.stops }

// standStill stops a target that a former client left running, as gdbserver does for a new one.
func (w *tracked) standStill(ctx context.Context) bool {
	w.mu.Lock()
	running := w.running
	w.mu.Unlock()
	if !running {
		return true
	}
	w.Interrupt()
	select {
	case st, ok := <-w.stops:
		return ok && st.Kind != gdbstub.StopExited && st.Kind != gdbstub.StopSignalled
	case <-ctx.Done():
		return false
	}
}

// maxPending bounds the output that waits for a slow client.
const maxPending = 4 << 20

// pump carries output to a connection without ever making the writer wait.
type pump struct {
	mu      sync.Mutex
	more    sync.Cond
	buf     []byte
	dropped int
	closed  bool
}

func newPump() *pump {
	p := &pump{}
	p.more.L = &p.mu
	return p
}

// Write implements io.Writer.
func (p *pump) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
	case len(p.buf)+len(b) > maxPending:
		p.dropped += len(b)
	default:
		if p.dropped > 0 {
			p.buf = fmt.Appendf(p.buf, "\narmillary: %d bytes of output were not read in time and are lost\n", p.dropped)
			p.dropped = 0
		}
		p.buf = append(p.buf, b...)
	}
	p.more.Signal()
	return len(b), nil
}

// close lets run end when everything has gone out.
func (p *pump) close() {
	p.mu.Lock()
	p.closed = true
	p.more.Signal()
	p.mu.Unlock()
}

func (p *pump) run(w io.Writer) {
	for {
		p.mu.Lock()
		for len(p.buf) == 0 && !p.closed {
			p.more.Wait()
		}
		b := p.buf
		p.buf = nil
		p.mu.Unlock()
		if len(b) == 0 {
			return
		}
		if _, err := w.Write(b); err != nil {
			return
		}
	}
}
