package gdbstub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"armillary.dev/device/rsp"
)

// PacketSize is the largest packet in either direction, in bytes on the wire.
const PacketSize = 128 << 10

// End says how a debugging session over a connection ended.
type End uint8

// Ends of a session.
const (
	Disconnected End = iota // the client went away; its breakpoints are cleared, the program runs or is stopped as before
	Detached                // the client said goodbye; the program runs
	Ended                   // the program came to its end, or the client killed it
)

func (e End) String() string { return [...]string{"disconnected", "detached", "ended"}[e] }

// Serve speaks the protocol on conn for one client until it leaves, the program has ended and the client knows, or ctx
// ends; it closes conn. The target has to be stopped. While it runs, packets other than an interrupt are dropped, as
// gdbserver does in all-stop mode. The error is nil unless the connection failed or ctx ended.
func Serve(ctx context.Context, conn net.Conn, t Target) (End, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{conn: conn, t: t, breaks: map[uint32]int{}, watches: map[watch]bool{}, files: map[int][]byte{}}
	if th := t.Threads(); len(th) > 0 {
		s.gtid = th[0].ID
		s.last = Stop{Kind: StopSignal, TID: th[0].ID, Signal: sigTRAP}
	}
	frames, readErr := make(chan rsp.Frame), make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d := rsp.NewDecoder(conn, PacketSize)
		for {
			f, err := d.Next()
			if err != nil {
				readErr <- err
				return
			}
			select {
			case frames <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	end, err := s.loop(ctx, frames, readErr)
	cancel()
	conn.Close()
	<-done
	if end == Disconnected {
		s.clear()
	}
	return end, err
}

const sigTRAP = 5

// errDone ends the loop after a packet that was the last.
var errDone = errors.New("done")

// session is the state of one client. It is used by Serve's goroutine only.
type session struct {
	conn    net.Conn
	t       Target
	noAck   bool
	running bool
	over    bool // the program has ended
	end     End
	last    Stop
	gtid    int            // thread of g, p, G, P (Hg)
	ctid    int            // thread of s and c (Hc); 0 = any
	breaks  map[uint32]int // software and hardware breakpoints by address: bit 0 Z0, bit 1 Z1
	watches map[watch]bool
	files   map[int][]byte // vFile descriptors
	nextFD  int
	out     []byte // what goes out with the next write
	sent    []byte // the last packet, for a client that did not get it
}

type watch struct {
	kind       WatchKind
	addr, size uint32
}

func (s *session) loop(ctx context.Context, frames <-chan rsp.Frame, readErr <-chan error) (End, error) {
	for {
		select {
		case <-ctx.Done():
			return Disconnected, ctx.Err()
		case err := <-readErr:
			if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
				err = nil
			}
			if s.over {
				return Ended, nil
			}
			return Disconnected, err
		case st, ok := <-s.t.Stops():
			if !ok {
				return Ended, nil
			}
			s.stopped(st)
		case f := <-frames:
			s.frame(f)
		}
		if err := s.flush(); err != nil {
			return Disconnected, err
		}
		if s.end != Disconnected {
			return s.end, nil
		}
	}
}

func (s *session) flush() error {
	if len(s.out) == 0 {
		return nil
	}
	_, err := s.conn.Write(s.out)
	s.out = s.out[:0]
	return err
}

func (s *session) send(payload []byte) {
	s.sent = rsp.AppendPacketRLE(s.sent[:0], payload)
	s.out = append(s.out, s.sent...)
}

func (s *session) frame(f rsp.Frame) {
	switch f.Kind {
	case rsp.Interrupt:
		if s.running {
			s.t.Interrupt()
		}
	case rsp.Nack:
		if !s.noAck {
			s.out = append(s.out, s.sent...)
		}
	case rsp.Corrupt:
		if !s.noAck {
			s.out = append(s.out, '-')
		}
	case rsp.Packet:
		if !s.noAck {
			s.out = append(s.out, '+')
		}
		if s.running {
			if string(f.Data) == "vCtrlC" || string(f.Data) == "vCont;t" {
				s.send([]byte("OK"))
				s.t.Interrupt()
			}
			return
		}
		reply, err := s.handle(f.Data)
		switch {
		case errors.Is(err, errNoReply):
		case err != nil:
			var e *rsp.ErrorReply
			if !errors.As(err, &e) {
				e = &rsp.ErrorReply{Code: errInvalid}
			}
			s.send(rsp.AppendError(nil, e.Code))
		default:
			s.send(reply)
		}
	}
}

// stopped takes a stop of the target and tells the client, which waits for it exactly when the target was running.
func (s *session) stopped(st Stop) {
	s.last = st
	if st.Kind == StopExited || st.Kind == StopSignalled {
		s.over = true
	} else {
		s.gtid = st.TID
	}
	if s.running {
		s.running = false
		s.send(s.stopReply())
	}
}

// stopReply builds the reply to '?' and to a resume: the registers come along, so that a client has pc, sp and all
// that a frame needs without asking.
func (s *session) stopReply() []byte {
	st := s.last
	r := rsp.StopReply{Core: -1}
	switch st.Kind {
	case StopExited:
		r.Kind, r.Code = rsp.Exited, st.Code&0xff
		return r.Append(nil)
	case StopSignalled:
		r.Kind, r.Signal = rsp.Terminated, rsp.SignalFromLinux(st.Signal)
		return r.Append(nil)
	case StopBreakpoint:
		r.Signal, r.Reason = sigTRAP, rsp.SWBreak
		if regs, err := s.t.Registers(st.TID); err == nil && s.breaks[regs.R[regPC]] == 2 {
			r.Reason = rsp.HWBreak
		}
	case StopWatchpoint:
		r.Signal, r.Addr = sigTRAP, uint64(st.Addr)
		r.Reason = map[WatchKind]rsp.Reason{WatchWrite: rsp.Watch, WatchRead: rsp.ReadWatched, WatchAccess: rsp.AccessWatched}[st.Watch]
	default:
		r.Signal = rsp.SignalFromLinux(st.Signal)
	}
	if regs, err := s.t.Registers(st.TID); err == nil {
		for n := range regPC + 1 {
			data, _ := appendRegister(nil, &regs, n)
			r.Regs = append(r.Regs, rsp.Expedited{Num: n, Data: data})
		}
		data, _ := appendRegister(nil, &regs, regCPSR)
		r.Regs = append(r.Regs, rsp.Expedited{Num: regCPSR, Data: data})
	}
	r.Thread, r.HasTID = rsp.ThreadID{TID: st.TID}, true
	return r.Append(nil)
}

// clear takes out everything the client put into the program.
func (s *session) clear() {
	if s.over {
		return
	}
	if s.running { // breakpoints may be changed only while the target is stopped
		s.t.Interrupt()
		if st, ok := <-s.t.Stops(); !ok || st.Kind == StopExited || st.Kind == StopSignalled {
			return
		}
	}
	for a := range s.breaks {
		_ = s.t.ClearBreakpoint(a)
	}
	for w := range s.watches {
		_ = s.t.ClearWatchpoint(w.kind, w.addr, w.size)
	}
	if s.running {
		_ = s.t.Resume([]Action{{Kind: Continue}})
	}
}

// thread checks a thread number from the client; 0 and -1 mean the current one.
func (s *session) thread(tid int) (int, error) {
	if tid <= 0 {
		return s.gtid, nil
	}
	for _, t := range s.t.Threads() {
		if t.ID == tid {
			return tid, nil
		}
	}
	return 0, fmt.Errorf("thread %d: %w", tid, fail(errNoThread))
}
