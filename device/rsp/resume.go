package rsp

import (
	"bytes"
	"fmt"
)

// ResumeKind is the letter of a vCont action.
type ResumeKind byte

// vCont actions. The upper-case forms that carry a signal are told by Signal.
const (
	Continue ResumeKind = 'c'
	Step     ResumeKind = 's'
	Stop     ResumeKind = 't'
	StepIn   ResumeKind = 'r' // step while the pc is in [Start, End)
)

// Resume is one action of vCont. The zero Thread means that the action has none: it is for all threads not named.
type Resume struct {
	Kind       ResumeKind
	Signal     int
	Start, End uint64
	Thread     ThreadID
	HasThread  bool
}

// maxActions bounds a vCont packet.
const maxActions = 1024

// ParseVCont parses what follows "vCont", that is ";action…" at least once.
func ParseVCont(s []byte) ([]Resume, error) {
	if len(s) < 2 || s[0] != ';' {
		return nil, fmt.Errorf("rsp: vCont without an action: %q", clip(s))
	}
	var out []Resume
	for _, part := range bytes.Split(s[1:], []byte(";")) {
		r, err := parseResume(part)
		if err != nil {
			return nil, err
		}
		if out = append(out, r); len(out) > maxActions {
			return nil, fmt.Errorf("rsp: more than %d vCont actions", maxActions)
		}
	}
	return out, nil
}

func parseResume(s []byte) (r Resume, err error) {
	act, thread, has := cut(s, ":")
	if has {
		r.HasThread = true
		if r.Thread, err = ParseThreadID(thread); err != nil {
			return r, err
		}
	}
	if len(act) == 0 {
		return r, fmt.Errorf("rsp: empty vCont action")
	}
	rest := act[1:]
	switch c := act[0]; c {
	case 'c', 's', 't':
		r.Kind = ResumeKind(c)
		if len(rest) != 0 {
			return r, fmt.Errorf("rsp: vCont action %q", clip(act))
		}
	case 'C', 'S':
		r.Kind = ResumeKind(c | 0x20)
		sig, err := ParseUint(rest, 8)
		if err != nil {
			return r, err
		}
		r.Signal = int(sig)
	case 'r':
		r.Kind = StepIn
		lo, hi, ok := cut(rest, ",")
		if !ok {
			return r, fmt.Errorf("rsp: vCont range %q", clip(act))
		}
		if r.Start, err = ParseUint(lo, 64); err != nil {
			return r, err
		}
		r.End, err = ParseUint(hi, 64)
		return r, err
	default:
		return r, fmt.Errorf("rsp: vCont action %q", clip(act))
	}
	return r, nil
}

// AppendVCont builds a whole vCont packet.
func AppendVCont(dst []byte, actions ...Resume) []byte {
	dst = append(dst, "vCont"...)
	for _, a := range actions {
		dst = append(dst, ';')
		switch {
		case a.Kind == StepIn:
			dst = append(dst, 'r')
			dst = Range{a.Start, a.End}.Append(dst)
		case a.Signal != 0 && (a.Kind == Continue || a.Kind == Step):
			dst = append(dst, byte(a.Kind)&^0x20)
			dst = append(dst, digits[a.Signal>>4&15], digits[a.Signal&15])
		default:
			dst = append(dst, byte(a.Kind))
		}
		if a.HasThread {
			dst = a.Thread.Append(append(dst, ':'))
		}
	}
	return dst
}

// ParseVContReply parses "vCont;c;C;s;…", the reply to "vCont?".
func ParseVContReply(s []byte) map[ResumeKind]bool {
	offered := map[ResumeKind]bool{}
	rest, ok := bytes.CutPrefix(s, []byte("vCont"))
	if !ok {
		return offered
	}
	for _, part := range bytes.Split(rest, []byte(";")) {
		if len(part) == 1 {
			offered[ResumeKind(part[0])] = true
		}
	}
	return offered
}
