package eval

import "errors"

var errNotYet = errors.New("evaluation is not available in this build")

// Type is a C type.
type Type struct {
	Kind Kind
	Size uint32 // in bytes; 0 for incomplete types
}

// Kind is what sort of type it is.
type Kind uint8

// String is the type as C writes it.
func (t *Type) String() string { return "" }

type location struct{}

func (c *Context) eval(string) (*Value, error)           { return nil, errNotYet }
func (c *Context) locals() ([]*Value, error)             { return nil, errNotYet }
func (c *Context) arguments() ([]*Value, error)          { return nil, errNotYet }
func (c *Context) globals() ([]*Value, error)            { return nil, errNotYet }
func (c *Context) assign(*Value, string) (*Value, error) { return nil, errNotYet }
func (c *Context) complete(string) []string              { return nil }
func (v *Value) readErr() error                          { return v.err }
func (v *Value) address() (uint32, bool)                 { return 0, false }
func (v *Value) memoryReference() (uint32, bool)         { return 0, false }
func (v *Value) bytes() ([]byte, error)                  { return nil, errNotYet }
func (v *Value) text(Format) string                      { return "" }
func (v *Value) numChildren() (int, bool)                { return 0, false }
func (v *Value) children(int, int) ([]*Value, error)     { return nil, errNotYet }
func (v *Value) member(string) (*Value, error)           { return nil, errNotYet }
func (v *Value) uint64() (uint64, error)                 { return 0, errNotYet }
func (v *Value) truth() (bool, error)                    { return false, errNotYet }
func (v *Value) canAssign() bool                         { return false }
