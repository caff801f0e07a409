package debugadapter

import (
	"errors"
	"runtime/debug"

	"github.com/google/go-dap"
)

// route is one request that the adapter answers.
type route struct {
	command string
	states  state // in which it is allowed
	// cap sets the capability flag that announces the request or a part of it; nil: it needs none.
	cap    func(*dap.Capabilities)
	handle func(s *Session, r request) (body any, err error)
}

// errLater: the handler answers by itself when it is done.
var errLater = errors.New("answered later")

// routes is the only list of requests; capabilities derive from it, so the two cannot disagree.
var routes []route

var routeOf = map[string]*route{}

func init() {
	const alive = stopped | running
	routes = []route{
		{"initialize", fresh, nil, (*Session).initialize},
		{"launch", ready, nil, (*Session).launch},
		{"attach", ready, nil, (*Session).attach},
		{"configurationDone", anyState &^ fresh, func(c *dap.Capabilities) { c.SupportsConfigurationDoneRequest = true }, (*Session).configurationDone},
		{"disconnect", anyState, func(c *dap.Capabilities) { c.SupportTerminateDebuggee = true }, (*Session).disconnect},
		{"terminate", anyState &^ fresh, func(c *dap.Capabilities) { c.SupportsTerminateRequest = true }, (*Session).terminate},
		{"setBreakpoints", anyState &^ fresh, func(c *dap.Capabilities) {
			c.SupportsConditionalBreakpoints = true
			c.SupportsHitConditionalBreakpoints = true
			c.SupportsLogPoints = true
		}, (*Session).setBreakpoints},
		{"setFunctionBreakpoints", anyState &^ fresh, func(c *dap.Capabilities) { c.SupportsFunctionBreakpoints = true }, (*Session).setFunctionBreakpoints},
		{"setExceptionBreakpoints", anyState &^ fresh, nil, (*Session).setExceptionBreakpoints},
		{"breakpointLocations", anyState &^ fresh, func(c *dap.Capabilities) { c.SupportsBreakpointLocationsRequest = true }, (*Session).breakpointLocations},
		{"continue", stopped, nil, (*Session).cont},
		{"next", stopped, func(c *dap.Capabilities) { c.SupportsSteppingGranularity = true }, (*Session).next},
		{"stepIn", stopped, nil, (*Session).stepIn},
		{"stepOut", stopped, nil, (*Session).stepOut},
		{"pause", alive, nil, (*Session).pause},
		{"threads", anyState &^ fresh, nil, (*Session).threads},
		{"stackTrace", stopped, func(c *dap.Capabilities) { c.SupportsDelayedStackTraceLoading = true }, (*Session).stackTrace},
		{"scopes", alive, nil, (*Session).scopes},
		{"variables", alive, nil, (*Session).variables},
		{"setVariable", stopped, func(c *dap.Capabilities) { c.SupportsSetVariable = true }, (*Session).setVariable},
		{"setExpression", stopped, func(c *dap.Capabilities) { c.SupportsSetExpression = true }, (*Session).setExpression},
		{"evaluate", alive | ended, func(c *dap.Capabilities) {
			c.SupportsEvaluateForHovers = true
			c.SupportsClipboardContext = true
			c.SupportsValueFormattingOptions = true
		}, (*Session).evaluate},
		{"completions", alive, func(c *dap.Capabilities) { c.SupportsCompletionsRequest = true }, (*Session).completions},
		{"readMemory", stopped, func(c *dap.Capabilities) { c.SupportsReadMemoryRequest = true }, (*Session).readMemory},
		{"source", anyState &^ fresh, nil, (*Session).source},
	}
	for i := range routes {
		routeOf[routes[i].command] = &routes[i]
	}
}

// capabilities is what the routes announce.
func capabilities() dap.Capabilities {
	var c dap.Capabilities
	for _, r := range routes {
		if r.cap != nil {
			r.cap(&c)
		}
	}
	return c
}

// whileLaunching are the requests that do not wait for a launch to end.
var whileLaunching = map[string]bool{"disconnect": true, "terminate": true, "configurationDone": true, "threads": true,
	"setExceptionBreakpoints": true, "initialize": true, "launch": true, "attach": true}

// request answers one message of the client.
func (s *Session) request(in incoming) {
	r := in.req
	if in.err != nil {
		s.w.refused(r, refuse(errIDMalformed, "malformed message: %w", in.err))
		return
	}
	rt := routeOf[r.Command]
	switch {
	case rt == nil:
		s.w.refused(r, refuse(errIDUnknownCommand, "the request %q is not supported", r.Command))
		return
	case s.state == launching && !whileLaunching[r.Command]:
		s.deferred = append(s.deferred, r)
		return
	case s.state&rt.states == 0:
		s.w.refused(r, s.wrongState(r.Command))
		return
	}
	body, err := s.handle(rt, r)
	switch {
	case errors.Is(err, errLater):
	case err != nil:
		s.w.refused(r, err)
	default:
		s.w.respond(r, body)
	}
	after := s.after
	s.after = nil
	for _, f := range after {
		f()
	}
}

// handle calls the handler; a panic in it becomes an error response, so that the client does not wait for ever.
func (s *Session) handle(rt *route, r request) (body any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log("internal error in %s: %v\n%s", r.Command, p, debug.Stack())
			err = refuse(errIDInternal, "internal error in %s: %v", r.Command, p)
		}
	}()
	return rt.handle(s, r)
}

func (s *Session) wrongState(command string) error {
	e := &requestError{id: errIDWrongState}
	switch {
	case command == "initialize":
		e.text = "initialize was done already"
		return e
	case (command == "launch" || command == "attach") && s.state != fresh:
		e.text = command + " is possible once per session; this one is " + s.state.String()
		return e
	}
	switch s.state {
	case fresh:
		e.text = command + " before initialize"
	case ready:
		e.text = command + " needs a program: send launch or attach first"
	case running:
		e.short, e.text = "notStopped", "the program is running; pause it first"
	case ended:
		e.text = "the program has ended"
	default:
		e.text = command + " is not possible while the session is " + s.state.String()
	}
	return e
}

// resend handles what arrived while launching.
func (s *Session) resend() {
	rs := s.deferred
	s.deferred = nil
	for _, r := range rs {
		if s.quit {
			return
		}
		s.request(incoming{req: r})
	}
}
