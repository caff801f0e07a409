package unwind

import "errors"

var errNotYet = errors.New("unwinding is not available in this build")

type walk struct{}
type step struct{}

func (u *Unwinder) top(regs Registers) *Frame { return &Frame{Regs: regs} }
func (f *Frame) name() string                 { return "" }
func (f *Frame) cfa() (uint32, error)         { return 0, errNotYet }
func (f *Frame) how() How                     { return ByNothing }
func (f *Frame) caller() (*Frame, error)      { return nil, errNotYet }
