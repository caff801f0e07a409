package gdbstub

import (
	"bytes"

	"armillary.dev/device/rsp"
)

// plainResume is c, s, C and S: an optional signal, an optional address.
func (s *session) plainResume(kind rsp.ResumeKind, arg []byte, signal bool) ([]byte, error) {
	a := rsp.Resume{Kind: kind}
	if signal {
		sig, rest, has := bytes.Cut(arg, []byte(";"))
		v, err := rsp.ParseUint(sig, 8)
		if err != nil {
			return nil, err
		}
		a.Signal = int(v)
		if arg = nil; has {
			arg = rest
		}
	}
	tid := s.ctid
	if tid == 0 && kind == rsp.Step {
		tid = s.gtid
	}
	if len(arg) > 0 {
		addr, err := rsp.ParseUint(arg, 32)
		if err != nil {
			return nil, err
		}
		on := tid
		if on == 0 {
			on = s.gtid
		}
		r, err := s.t.Registers(on)
		if err != nil {
			return nil, fail(errNoThread)
		}
		r.R[regPC] = uint32(addr)
		if err := s.t.SetRegisters(on, r); err != nil {
			return nil, fail(errIO)
		}
	}
	actions := []rsp.Resume{a}
	if tid != 0 {
		actions[0].Thread, actions[0].HasThread = rsp.ThreadID{TID: tid}, true
		if kind == rsp.Step { // the others run, as they do with gdbserver
			actions = append(actions, rsp.Resume{Kind: rsp.Continue})
		}
	}
	return s.resume(actions)
}

func (s *session) vCont(arg []byte) ([]byte, error) {
	actions, err := rsp.ParseVCont(arg)
	if err != nil {
		return nil, err
	}
	return s.resume(actions)
}

func (s *session) resume(in []rsp.Resume) ([]byte, error) {
	if s.over { // what a client gets that asks a dead program to go on
		return s.stopReply(), nil
	}
	var out []Action
	for _, a := range in {
		tid := 0
		if a.HasThread && a.Thread.TID > 0 {
			var err error
			if tid, err = s.thread(a.Thread.TID); err != nil {
				return nil, err
			}
		}
		if a.End > 1<<32-1 || a.Start > a.End {
			return nil, fail(errInvalid)
		}
		act := Action{TID: tid, Signal: rsp.SignalToLinux(a.Signal), Start: uint32(a.Start), End: uint32(a.End)}
		switch a.Kind {
		case rsp.Continue:
			act.Kind = Continue
		case rsp.Step:
			act.Kind = Step
		case rsp.StepIn:
			if act.Kind = StepRange; act.Start == act.End {
				act.Kind = Step // GDB manual, vCont r: an empty range is one step
			}
		case rsp.Stop:
			continue // already stopped
		}
		out = append(out, act)
	}
	if len(out) == 0 {
		return []byte("OK"), nil
	}
	if err := s.t.Resume(out); err != nil {
		return nil, fail(errIO)
	}
	s.running = true
	return nil, errNoReply
}
