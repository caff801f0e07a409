package debugadapter

import (
	"encoding/base64"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter/eval"
)

func (s *Session) evaluate(r request) (any, error) {
	var a dap.EvaluateArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	if strings.TrimSpace(a.Expression) == "" {
		return dap.EvaluateResponseBody{}, nil
	}
	if s.state != stopped {
		return nil, s.wrongState("evaluate")
	}
	ref, err := s.frame(a.FrameId)
	if err != nil {
		return nil, err
	}
	// A look must not change anything; only what the user types may.
	ctx := s.context(s.withDoubles(ref), ref.tid, a.Context == "repl" || a.Context == "variables")
	v, err := ctx.Eval(a.Expression)
	if err != nil {
		return nil, evalError(err)
	}
	if err := v.Err(); err != nil {
		return nil, refuse(errIDEvaluate, "%s: %w", a.Expression, err)
	}
	v = format(a.Format, v)
	body := dap.EvaluateResponseBody{Result: v.String(), MemoryReference: memoryReference(v)}
	if v.Type != nil {
		body.Type = v.Type.String()
	}
	body.VariablesReference, body.NamedVariables, body.IndexedVariables = s.childHandle(v, ctx, ref)
	return body, nil
}

func (s *Session) setVariable(r request) (any, error) {
	var a dap.SetVariableArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	c := s.handles.vars[a.VariablesReference]
	if c == nil || s.handles.snap != s.snap {
		return nil, s.stale("variable", a.VariablesReference)
	}
	if c.kind == registers {
		return s.setRegister(c.ref, a.Name, a.Value)
	}
	values, ctx, err := s.values(c, 0, 0)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		if v.Name == a.Name {
			v, err := s.assign(ctx, c.ref, v, a.Value)
			if err != nil {
				return nil, err
			}
			body := dap.SetVariableResponseBody{Value: format(a.Format, v).String(), Type: typeName(v)}
			body.VariablesReference, body.NamedVariables, body.IndexedVariables = s.childHandle(v, ctx, c.ref)
			return body, nil
		}
	}
	return nil, refuse(errIDArguments, "there is no variable %q here", a.Name)
}

func (s *Session) setExpression(r request) (any, error) {
	var a dap.SetExpressionArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	ref, err := s.frame(a.FrameId)
	if err != nil {
		return nil, err
	}
	ctx := s.context(ref.frame, ref.tid, true)
	v, err := ctx.Eval(a.Expression)
	if err != nil {
		return nil, evalError(err)
	}
	if v, err = s.assign(ctx, ref, v, a.Value); err != nil {
		return nil, err
	}
	body := dap.SetExpressionResponseBody{Value: format(a.Format, v).String(), Type: typeName(v)}
	body.VariablesReference, body.NamedVariables, body.IndexedVariables = s.childHandle(v, ctx, ref)
	return body, nil
}

func (s *Session) assign(ctx *eval.Context, ref *frameRef, v *eval.Value, text string) (*eval.Value, error) {
	if !v.CanAssign() {
		return nil, refuse(errIDEvaluate, "%w", eval.ErrNotLvalue)
	}
	out, err := ctx.Assign(v, text)
	if err != nil {
		return nil, evalError(err)
	}
	return out, nil
}

func typeName(v *eval.Value) string {
	if v.Type == nil {
		return ""
	}
	return v.Type.String()
}

// setRegister changes a core register of the innermost frame.
func (s *Session) setRegister(ref *frameRef, name, text string) (any, error) {
	if ref.frame.Physical != 0 {
		return nil, refuse(errIDEvaluate, "registers of a calling function cannot be changed")
	}
	v, err := s.context(ref.frame, ref.tid, false).Eval(text)
	if err != nil {
		return nil, evalError(err)
	}
	n, err := v.Uint64()
	if err != nil {
		return nil, refuse(errIDEvaluate, "%w", err)
	}
	for i, core := range coreNames {
		if core == name {
			if err := (regWriter{s, ref.tid}).WriteRegister(i, n); err != nil {
				return nil, err
			}
			ref.frame.Regs.Set(i, uint32(n))
			return dap.SetVariableResponseBody{Value: fmt.Sprintf("0x%08x", uint32(n))}, nil
		}
	}
	return nil, refuse(errIDEvaluate, "register %s cannot be changed here", name)
}

func (s *Session) completions(r request) (any, error) {
	var a dap.CompletionsArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	body := dap.CompletionsResponseBody{Targets: []dap.CompletionItem{}}
	if s.state != stopped {
		return body, nil
	}
	ref, err := s.frame(a.FrameId)
	if err != nil {
		return nil, err
	}
	// The column is in UTF-16 units, from 1 unless the client counts from 0.
	col := a.Column
	if !s.zeroCols {
		col--
	}
	text, units := a.Text, 0
	for i, c := range a.Text {
		if units >= col {
			text = a.Text[:i]
			break
		}
		if units++; c > 0xffff {
			units++
		}
	}
	word := text[len(strings.TrimRightFunc(text, func(c rune) bool {
		return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	})):]
	for _, name := range s.context(ref.frame, ref.tid, false).Complete(text) {
		body.Targets = append(body.Targets, dap.CompletionItem{Label: name, Start: max(col-utf8.RuneCountInString(word), 0), Length: len(word)})
	}
	return body, nil
}

// maxReadMemory bounds one readMemory in bytes.
const maxReadMemory = 1 << 20

func (s *Session) readMemory(r request) (any, error) {
	var a dap.ReadMemoryArguments
	if err := decodeArguments(r.Arguments, &a); err != nil {
		return nil, refuse(errIDArguments, "%w", err)
	}
	base, err := strconv.ParseUint(a.MemoryReference, 0, 32)
	if err != nil {
		return nil, refuse(errIDArguments, "memory reference %q is not an address", a.MemoryReference)
	}
	if a.Count < 0 || a.Count > maxReadMemory {
		return nil, refuse(errIDArguments, "count has to be between 0 and %d", maxReadMemory)
	}
	addr := int64(base) + int64(a.Offset)
	body := dap.ReadMemoryResponseBody{Address: fmt.Sprintf("%#x", addr), UnreadableBytes: a.Count}
	if addr < 0 || addr > math.MaxUint32 {
		return body, nil
	}
	// Pages are readable or not as a whole.
	const page = 4096
	var data []byte
	for n := a.Count; n > 0; {
		p := make([]byte, min(n, page-int(addr%page)))
		if s.snap.ReadMemory(uint32(addr), p) != nil {
			break
		}
		data, addr, n = append(data, p...), addr+int64(len(p)), n-len(p)
	}
	body.Data, body.UnreadableBytes = base64.StdEncoding.EncodeToString(data), a.Count-len(data)
	return body, nil
}

func doubleText(v uint64) string {
	return fmt.Sprintf("%v (0x%016x)", math.Float64frombits(v), v)
}

// nativePath writes a path as the client's system does.
func nativePath(p string) string { return filepath.FromSlash(p) }
