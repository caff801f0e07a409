package debugadapter

import (
	"path/filepath"
	"strings"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter/breakpoints"
	"armillary.dev/debugadapter/symbols"
)

func (s *Session) setBreakpoints(r request) (any, error) {
	var a dap.SetBreakpointsArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	if a.Source.Path == "" {
		return nil, refuse(errIDArguments, "setBreakpoints needs the path of a source file")
	}
	file := filepath.ToSlash(a.Source.Path)
	list := a.Breakpoints
	if list == nil {
		for _, l := range a.Lines { // the older form
			list = append(list, dap.SourceBreakpoint{Line: l})
		}
	}
	var specs []breakpoints.Spec
	for _, b := range list {
		specs = append(specs, breakpoints.Spec{Path: file, Line: s.lineIn(b.Line), Condition: strings.TrimSpace(b.Condition),
			HitCondition: strings.TrimSpace(b.HitCondition), LogMessage: b.LogMessage})
	}
	body := dap.SetBreakpointsResponseBody{Breakpoints: []dap.Breakpoint{}}
	for _, b := range s.breaks.SetSource(file, specs) {
		body.Breakpoints = append(body.Breakpoints, s.dapBreakpoint(b))
	}
	s.apply()
	return body, nil
}

func (s *Session) setFunctionBreakpoints(r request) (any, error) {
	var a dap.SetFunctionBreakpointsArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	var specs []breakpoints.Spec
	for _, b := range a.Breakpoints {
		specs = append(specs, breakpoints.Spec{Function: strings.TrimSpace(b.Name), Condition: strings.TrimSpace(b.Condition), HitCondition: strings.TrimSpace(b.HitCondition)})
	}
	body := dap.SetFunctionBreakpointsResponseBody{Breakpoints: []dap.Breakpoint{}}
	for _, b := range s.breaks.SetFunctions(specs) {
		body.Breakpoints = append(body.Breakpoints, s.dapBreakpoint(b))
	}
	s.apply()
	return body, nil
}

// setExceptionBreakpoints is accepted: there are no filters, and clients send it all the same.
func (s *Session) setExceptionBreakpoints(r request) (any, error) {
	return dap.SetExceptionBreakpointsResponseBody{}, nil
}

// apply brings breakpoints to a running program; a stopped one gets them when it goes on.
func (s *Session) apply() {
	if s.state == running {
		s.after = append(s.after, func() { s.whileRunning(func() {}) })
	}
}

func (s *Session) dapBreakpoint(b *breakpoints.Breakpoint) dap.Breakpoint {
	d := dap.Breakpoint{Id: b.ID, Verified: b.Verified(), Message: b.Message}
	if b.Function == "" {
		d.Source = &dap.Source{Name: filepath.Base(b.Path), Path: nativePath(b.Path)}
		d.Line = s.lineOut(b.Line)
	}
	if b.Verified() {
		l := b.Locations[0].Line
		if !l.IsZero() {
			d.Line = s.lineOut(l.Line)
			if b.Function != "" {
				d.Source = s.dapSource(l)
			}
		}
	}
	return d
}

func (s *Session) breakpointLocations(r request) (any, error) {
	var a dap.BreakpointLocationsArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	body := dap.BreakpointLocationsResponseBody{Breakpoints: []dap.BreakpointLocation{}}
	if s.space == nil {
		return body, nil
	}
	first := s.lineIn(a.Line)
	last := first
	if a.EndLine != 0 {
		last = s.lineIn(a.EndLine)
	}
	for _, m := range s.space.Images {
		for _, l := range m.BreakableLines(filepath.ToSlash(a.Source.Path), first, last, s.matcher) {
			body.Breakpoints = append(body.Breakpoints, dap.BreakpointLocation{Line: s.lineOut(l)})
		}
	}
	return body, nil
}

// logPoint prints a breakpoint's message; {expressions} in it are evaluated, {{ and }} are braces.
func (s *Session) logPoint(tid int, b *breakpoints.Breakpoint) {
	top, err := s.top(tid)
	if err != nil {
		s.console("%s: %v", where(b), err)
		return
	}
	ctx := s.context(top, tid, false)
	var out strings.Builder
	for t := b.LogMessage; t != ""; {
		i := strings.IndexAny(t, "{}")
		if i < 0 {
			out.WriteString(t)
			break
		}
		out.WriteString(t[:i])
		c := t[i]
		t = t[i+1:]
		if t != "" && t[0] == c || c == '}' {
			out.WriteByte(c)
			t = strings.TrimPrefix(t, string(c))
			continue
		}
		expr, rest, closed := strings.Cut(t, "}")
		if !closed {
			out.WriteByte(c)
			continue
		}
		t = rest
		if v, err := ctx.Eval(expr); err != nil {
			out.WriteString("<" + err.Error() + ">")
		} else {
			out.WriteString(v.String())
		}
	}
	e := s.outputEvent("console", out.String()+"\n")
	if len(b.Locations) > 0 && !b.Locations[0].Line.IsZero() {
		l := b.Locations[0].Line
		e.Source, e.Line = s.dapSource(l), s.lineOut(l.Line)
	}
	s.w.event("output", e)
}

// resolveAgain looks breakpoints up anew after images were added, and tells the client what has changed.
func (s *Session) resolveAgain(space *symbols.Space) {
	for _, b := range s.breaks.Resolve(space) {
		s.w.event("breakpoint", dap.BreakpointEventBody{Reason: "changed", Breakpoint: s.dapBreakpoint(b)})
	}
}
