package debugadapter

import (
	"errors"
	"fmt"
	"path"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter/eval"
	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/target"
	"armillary.dev/debugadapter/unwind"
)

func (s *Session) threads(r request) (any, error) {
	body := dap.ThreadsResponseBody{Threads: []dap.Thread{}}
	if s.snap == nil || s.state == ended {
		return body, nil
	}
	list, err := s.snap.Threads(s.ctx)
	if err != nil { // while running: what was known at the last stop, at least the thread that stopped then
		list = []target.Thread{{ID: s.snap.Thread()}}
	}
	for _, t := range list {
		name := t.Name
		if name == "" {
			name = fmt.Sprintf("thread %d", t.ID)
		}
		body.Threads = append(body.Threads, dap.Thread{Id: t.ID, Name: name})
	}
	return body, nil
}

// stack returns a thread's call stack, its innermost frame at least.
func (s *Session) stack(tid int) (*stack, error) {
	if st := s.stacks[tid]; st != nil {
		return st, nil
	}
	r, err := s.snap.Registers(s.ctx, tid)
	if err != nil {
		return nil, fmt.Errorf("thread %d: %w", tid, err)
	}
	s.libs.refresh(s, r.R[unwind.PC])
	regs := unwind.NewRegisters(r.R, r.CPSR)
	if r.HasD {
		for i, d := range r.D {
			regs.SetDouble(i, d)
		}
	}
	st := &stack{frames: []*unwind.Frame{s.unwinder.Top(regs)}}
	s.stacks[tid] = st
	return st, nil
}

// stackAhead is how many frames beyond those that were asked for are said to be there when the end is not known yet.
const stackAhead = 20

func (s *Session) stackTrace(r request) (any, error) {
	var a dap.StackTraceArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	if a.StartFrame < 0 || a.Levels < 0 {
		return nil, refuse(errIDArguments, "startFrame and levels cannot be negative")
	}
	st, err := s.stack(a.ThreadId)
	if err != nil {
		return nil, err
	}
	const most = 2000
	end := most
	if a.Levels > 0 {
		end = min(a.StartFrame+a.Levels, most)
	}
	st.grow(end)
	body := dap.StackTraceResponseBody{StackFrames: []dap.StackFrame{}, TotalFrames: len(st.frames)}
	if st.end == nil && len(st.frames) < most {
		body.TotalFrames += stackAhead
	}
	s.handles.begin(s.snap)
	for i := a.StartFrame; i < min(end, len(st.frames)); i++ {
		body.StackFrames = append(body.StackFrames, s.dapFrame(a.ThreadId, st.frames[i]))
	}
	return body, nil
}

func (s *Session) dapFrame(tid int, f *unwind.Frame) dap.StackFrame {
	d := dap.StackFrame{Id: s.handles.frame(tid, f).id, Name: f.Name(), InstructionPointerReference: fmt.Sprintf("%#x", f.PC)}
	if !f.Line.IsZero() {
		d.Source = s.dapSource(f.Line)
		d.Line = s.lineOut(f.Line.Line)
		d.Column = s.colOut(f.Line.Column)
	} else {
		d.PresentationHint = "subtle"
	}
	return d
}

func (s *Session) dapSource(l symbols.Line) *dap.Source {
	p := s.matcher.Local(l.File)
	return &dap.Source{Name: path.Base(p), Path: nativePath(p)}
}

// Lines and columns are from 1 here; some clients count from 0. A column that is not known is the left edge.
func (s *Session) lineOut(n int) int {
	if s.zeroLines {
		n--
	}
	return n
}

func (s *Session) colOut(n int) int {
	n = max(n, 1)
	if s.zeroCols {
		n--
	}
	return n
}

func (s *Session) lineIn(n int) int {
	if s.zeroLines {
		n++
	}
	return n
}

// frame looks a frame number up. 0 is the innermost frame of the thread that stopped.
func (s *Session) frame(id int) (*frameRef, error) {
	if id == 0 && s.state == stopped {
		top, err := s.top(s.snap.Thread())
		if err != nil {
			return nil, err
		}
		s.handles.begin(s.snap)
		return s.handles.frame(s.snap.Thread(), top), nil
	}
	if f := s.handles.frames[id]; f != nil && s.handles.snap == s.snap {
		return f, nil
	}
	return nil, s.stale("frame", id)
}

// stale refuses a number of an earlier stop.
func (s *Session) stale(what string, id int) error {
	if s.state == running {
		return &requestError{id: errIDWrongState, short: "notStopped", text: "the program is running; pause it first"}
	}
	return refuse(errIDStale, "%s %d belongs to an earlier stop", what, id)
}

// context is where expressions of a frame are evaluated.
func (s *Session) context(f *unwind.Frame, tid int, write bool) *eval.Context {
	c := &eval.Context{Space: s.space, Frame: f, Memory: s.snap}
	if write {
		c.Writer = s.snap
		if f != nil && f.Physical == 0 {
			c.Registers = regWriter{s, tid}
		}
	}
	return c
}

// regWriter changes registers of the innermost frame.
type regWriter struct {
	s   *Session
	tid int
}

func (w regWriter) WriteRegister(reg int, v uint64) error {
	delete(w.s.stacks, w.tid) // its frames hold the old value
	switch {
	case reg < 16:
		return w.s.snap.WriteRegister(w.s.ctx, w.tid, reg, uint32(v))
	case reg == unwind.CPSR:
		return w.s.snap.WriteRegister(w.s.ctx, w.tid, 25, uint32(v))
	case reg >= 256 && reg < 288:
		return w.s.snap.WriteDouble(w.s.ctx, w.tid, reg-256, v)
	}
	return fmt.Errorf("register %d cannot be changed", reg)
}

func (s *Session) scopes(r request) (any, error) {
	var a dap.ScopesArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	ref, err := s.frame(a.FrameId)
	if err != nil {
		return nil, err
	}
	add := func(name, hint string, kind containerKind, expensive bool) dap.Scope {
		return dap.Scope{Name: name, PresentationHint: hint, Expensive: expensive,
			VariablesReference: s.handles.container(&container{kind: kind, ref: ref})}
	}
	return dap.ScopesResponseBody{Scopes: []dap.Scope{
		add("Locals", "locals", locals, false), add("Globals", "", globals, true), add("Registers", "registers", registers, true),
	}}, nil
}

func (s *Session) variables(r request) (any, error) {
	var a dap.VariablesArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	c := s.handles.vars[a.VariablesReference]
	if c == nil || s.handles.snap != s.snap {
		return nil, s.stale("variable", a.VariablesReference)
	}
	if a.Start < 0 || a.Count < 0 {
		return nil, refuse(errIDArguments, "start and count cannot be negative")
	}
	body := dap.VariablesResponseBody{Variables: []dap.Variable{}}
	if c.kind == registers {
		vs, err := s.registerVariables(c.ref)
		body.Variables = append(body.Variables, vs...)
		return body, err
	}
	values, ctx, err := s.values(c, a.Start, a.Count)
	if err != nil {
		return nil, err
	}
	if c.kind == children {
		if _, indexed := c.value.NumChildren(); a.Filter == "named" && indexed || a.Filter == "indexed" && !indexed {
			values = nil
		}
	}
	for _, v := range values {
		body.Variables = append(body.Variables, s.dapVariable(v, ctx, c.ref, a.Format))
	}
	return body, nil
}

// values lists what is in a container.
func (s *Session) values(c *container, start, count int) ([]*eval.Value, *eval.Context, error) {
	if c.kind == children {
		vs, err := c.value.Children(start, count)
		return vs, c.ctx, err
	}
	ctx := s.context(s.withDoubles(c.ref), c.ref.tid, true)
	if c.kind == globals {
		vs, err := ctx.Globals()
		return vs, ctx, err
	}
	args, err := ctx.Arguments()
	if err != nil {
		return nil, nil, err
	}
	vars, err := ctx.Locals()
	return append(args, vars...), ctx, err
}

// withDoubles returns the frame with its floating-point registers known, where the server sends them cheaply. Only few
// variables live there, so stops do without.
func (s *Session) withDoubles(ref *frameRef) *unwind.Frame {
	if s.client == nil || !s.client.Quirks.HasDoubles || s.state != stopped {
		return ref.frame
	}
	if _, ok := ref.frame.Regs.Double(0); ok {
		return ref.frame
	}
	return s.fetchDoubles(ref)
}

func (s *Session) fetchDoubles(ref *frameRef) *unwind.Frame {
	r, err := s.snap.Doubles(s.ctx, ref.tid)
	if err != nil || !r.HasD {
		return ref.frame
	}
	for i, d := range r.D {
		// Callee-saved d8-d15 may differ in outer frames; those stay unknown there unless the unwinder found them.
		if _, known := ref.frame.Regs.Double(i); !known && ref.frame.Physical == 0 {
			ref.frame.Regs.SetDouble(i, d)
		}
	}
	return ref.frame
}

func format(f *dap.ValueFormat, v *eval.Value) *eval.Value {
	if f != nil && f.Hex {
		return v.WithFormat(eval.Hex)
	}
	return v
}

func (s *Session) dapVariable(v *eval.Value, ctx *eval.Context, ref *frameRef, f *dap.ValueFormat) dap.Variable {
	v = format(f, v)
	d := dap.Variable{Name: v.Name, Value: v.String(), EvaluateName: v.Expr()}
	if v.Type != nil {
		d.Type = v.Type.String()
	}
	if v.Err() == nil {
		d.VariablesReference, d.NamedVariables, d.IndexedVariables = s.childHandle(v, ctx, ref)
		d.MemoryReference = memoryReference(v)
	}
	if !v.CanAssign() {
		d.PresentationHint = &dap.VariablePresentationHint{Attributes: []string{"readOnly"}}
	}
	return d
}

// childHandle makes a value with children openable.
func (s *Session) childHandle(v *eval.Value, ctx *eval.Context, ref *frameRef) (id, named, indexed int) {
	n, isArray := v.NumChildren()
	if n == 0 {
		return 0, 0, 0
	}
	id = s.handles.container(&container{kind: children, ref: ref, value: v, ctx: ctx})
	if isArray {
		return id, 0, n
	}
	return id, n, 0
}

func memoryReference(v *eval.Value) string {
	if a, ok := v.MemoryReference(); ok {
		return fmt.Sprintf("%#x", a)
	}
	return ""
}

// coreNames are the names of R0..R15.
var coreNames = [16]string{"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc"}

func (s *Session) registerVariables(ref *frameRef) ([]dap.Variable, error) {
	if ref.frame.Physical == 0 && s.state == stopped {
		s.fetchDoubles(ref)
	}
	var out []dap.Variable
	regs := &ref.frame.Regs
	add := func(name, value string) {
		out = append(out, dap.Variable{Name: name, Value: value, EvaluateName: "$" + name})
	}
	for i, name := range coreNames {
		if v, ok := regs.Get(i); ok {
			add(name, fmt.Sprintf("0x%08x", v))
		} else {
			add(name, "<not saved>")
		}
	}
	if v, ok := regs.CPSR(); ok {
		add("cpsr", fmt.Sprintf("0x%08x", v))
	}
	for i := range 32 {
		if v, ok := regs.Double(i); ok {
			add(fmt.Sprintf("d%d", i), doubleText(v))
		}
	}
	return out, nil
}

func (s *Session) source(r request) (any, error) {
	var a dap.SourceArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	name := fmt.Sprint(a.SourceReference)
	if a.Source != nil && a.Source.Path != "" {
		name = a.Source.Path
	}
	return nil, refuse(errIDArguments, "no text is known for source %s; if the file lies elsewhere on this computer, \"sourceMap\" in the debug configuration says where", name)
}

// evalError makes an error of the evaluator a refusal.
func evalError(err error) error {
	var e *eval.Error
	if errors.As(err, &e) || errors.Is(err, eval.ErrOptimizedOut) {
		return refuse(errIDEvaluate, "%w", err)
	}
	return err
}
