package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"armillary.dev/emulator/core"
	"armillary.dev/emulator/gdbstub"
)

// target is a process under debug control; its methods may be called from any goroutine but the loop's.
type target struct{ p *Process }

// Target is the process as a debug server sees it. The machine is frozen while the process is stopped.
func (p *Process) Target() gdbstub.Target { return target{p} }

var errEnded = errors.New("the program has ended")

// do runs f on the loop while the process exists.
func (t target) do(f func(p *Process) error) error {
	err := errEnded
	if e := t.p.m.Do(func() {
		if !t.p.ended && t.p.mem != nil {
			err = f(t.p)
		}
	}); e != nil {
		return e
	}
	return err
}

func (t target) thread(tid int, f func(p *Process, th *Thread) error) error {
	return t.do(func(p *Process) error {
		th := p.thread(tid)
		if th == nil {
			return fmt.Errorf("no thread %d", tid)
		}
		return f(p, th)
	})
}

func (t target) Threads() (out []gdbstub.Thread) {
	t.do(func(p *Process) error {
		for _, th := range p.threads {
			out = append(out, gdbstub.Thread{ID: th.id, Name: th.name})
		}
		return nil
	})
	return out
}

func (t target) Registers(tid int) (r gdbstub.Registers, err error) {
	err = t.thread(tid, func(p *Process, th *Thread) error {
		r.R, r.CPSR, r.FPSCR = th.st.R, th.st.CPSR(), th.st.FPSCRValue()
		for i := range r.D {
			r.D[i] = th.st.D(i)
		}
		return nil
	})
	return r, err
}

func (t target) SetRegisters(tid int, r gdbstub.Registers) error {
	return t.thread(tid, func(p *Process, th *Thread) error {
		if th.wait != nil && r.R[15] != th.st.R[15] {
			// Jumping out of a waiting call ends it.
			th.leaveQueues()
			th.wait = nil
		}
		th.st.R = r.R
		th.st.SetCPSR(r.CPSR)
		th.st.R[15] &^= 1
		for i, d := range r.D {
			th.st.SetD(i, d)
		}
		th.st.SetFPSCR(r.FPSCR)
		return nil
	})
}

func (t target) ReadMemory(addr uint32, buf []byte) (n int, err error) {
	err = t.do(func(p *Process) error {
		n, err = p.mem.Read(addr, buf)
		if n > 0 {
			return nil
		}
		return err
	})
	return n, err
}

func (t target) WriteMemory(addr uint32, data []byte) error {
	return t.do(func(p *Process) error { return p.mem.Write(addr, data) })
}

func (t target) SetBreakpoint(addr uint32) error {
	return t.do(func(p *Process) error {
		addr &^= 1
		if !p.mem.Mapped(addr, 2) {
			return fmt.Errorf("%#08x is not mapped", addr)
		}
		if !p.debug.points[addr] {
			p.debug.points[addr] = true
			p.engine.SetBreakpoint(addr)
		}
		p.debug.attached = true
		return nil
	})
}

func (t target) ClearBreakpoint(addr uint32) error {
	return t.do(func(p *Process) error {
		addr &^= 1
		if p.debug.points[addr] {
			delete(p.debug.points, addr)
			p.engine.ClearBreakpoint(addr)
		}
		return nil
	})
}

func (w watch) set(m *core.Memory) {
	m.SetWatchpoint(w.addr, w.size, w.sees(false), w.sees(true))
}

func (w watch) clear(m *core.Memory) {
	m.ClearWatchpoint(w.addr, w.size, w.sees(false), w.sees(true))
}

func (t target) SetWatchpoint(kind gdbstub.WatchKind, addr, size uint32) error {
	return t.do(func(p *Process) error {
		if size == 0 || size > 1<<16 || uint64(addr)+uint64(size) > 1<<32 {
			return fmt.Errorf("cannot watch %d bytes at %#08x", size, addr)
		}
		w := watch{kind, addr, size}
		for _, x := range p.debug.watches {
			if x == w {
				return nil
			}
		}
		p.debug.watches = append(p.debug.watches, w)
		p.debug.attached = true
		w.set(p.mem)
		return nil
	})
}

func (t target) ClearWatchpoint(kind gdbstub.WatchKind, addr, size uint32) error {
	return t.do(func(p *Process) error {
		w := watch{kind, addr, size}
		for i, x := range p.debug.watches {
			if x == w {
				p.debug.watches = append(p.debug.watches[:i:i], p.debug.watches[i+1:]...)
				w.clear(p.mem)
				return nil
			}
		}
		return nil
	})
}

func (t target) Resume(actions []gdbstub.Action) error {
	return t.do(func(p *Process) error {
		if !p.debug.stopped {
			return errors.New("the program is running")
		}
		p.resume(actions)
		return nil
	})
}

func (t target) Interrupt() {
	t.p.m.Post(func() {
		if p := t.p; !p.ended && len(p.threads) > 0 {
			p.debug.attached = true
			p.stop(gdbstub.Stop{Kind: gdbstub.StopSignal, TID: p.threads[0].id, Signal: SIGINT})
		}
	})
}

func (t target) Kill() { t.p.m.Post(t.p.Kill) }

func (t target) Detach() {
	t.do(func(p *Process) error {
		d := &p.debug
		for a := range d.points {
			p.engine.ClearBreakpoint(a)
		}
		clear(d.points)
		for _, w := range d.watches {
			w.clear(p.mem)
		}
		d.watches = nil
		if d.stopped {
			p.resume([]gdbstub.Action{{Kind: gdbstub.Continue}})
		}
		d.attached = false
		return nil
	})
}

func (t target) Stops() <-chan gdbstub.Stop { return t.p.debug.stops }

func (t target) Program() (l gdbstub.Library) {
	t.p.m.Do(func() { l = t.p.program })
	return l
}

func (t target) Auxv() []byte { return t.p.auxv }

func (t target) Libraries() (out []gdbstub.Library) {
	t.do(func(p *Process) error {
		out = p.libraries()
		return nil
	})
	return out
}

// libraries are those this package's loader placed, or what the guest's loader shows in its link map.
func (p *Process) libraries() (out []gdbstub.Library) {
	for i, o := range p.objects {
		if i > 0 {
			out = append(out, gdbstub.Library{Path: o.path, Bias: o.bias, Dyn: o.dynAddr, Map: o.linkMap})
		} else {
			p.program.Map = o.linkMap
		}
	}
	if len(p.objects) > 0 || p.program.Dyn == 0 {
		return out
	}
	debug := uint32(0)
	for a, n := p.program.Dyn, 0; n < 256; a, n = a+8, n+1 {
		tag, err := p.word(a)
		if err != nil || tag == 0 {
			break
		}
		if tag == dtDebug {
			debug, _ = p.word(a + 4)
		}
	}
	if debug == 0 {
		if p.interp.Path != "" {
			out = append(out, p.interp)
		}
		return out
	}
	m, _ := p.word(debug + 4)
	for n := 0; m != 0 && n < 256; n++ {
		var b [16]byte
		if k, _ := p.mem.Read(m, b[:]); k < len(b) {
			break
		}
		le := binary.LittleEndian
		bias, name, dyn, next := le.Uint32(b[0:]), le.Uint32(b[4:]), le.Uint32(b[8:]), le.Uint32(b[12:])
		if dyn == p.program.Dyn {
			p.program.Map = m
		} else if path := p.cstring(name); path != "" {
			out = append(out, gdbstub.Library{Path: path, Bias: bias, Dyn: dyn, Map: m})
		}
		m = next
	}
	return out
}

func (p *Process) cstring(addr uint32) string {
	b := make([]byte, 256)
	n, _ := p.mem.Read(addr, b)
	s, _, _ := strings.Cut(string(b[:n]), "\x00")
	return s
}

func (t target) ReadFile(path string) (data []byte, err error) {
	e := t.p.m.Do(func() {
		n, e := t.p.fs.lookup(path)
		switch {
		case e != 0:
			err = e
		case n.dir || n.device != nil:
			err = errors.New(path + " is no regular file")
		default:
			data = n.data
		}
	})
	if e != nil {
		return nil, e
	}
	return data, err
}
