package eval

// Format is how a number is shown.
type Format byte

// Formats, named by the letter after the comma in "expr,x".
const (
	Natural     Format = 0   // by type
	Hex         Format = 'x' // 0x2a
	Decimal     Format = 'd'
	Unsigned    Format = 'u'
	Octal       Format = 'o'
	Binary      Format = 'b' // 0b101010
	Char        Format = 'c' // 42 '*'
	Float       Format = 'f'
	StringValue Format = 's' // pointer or array of char as text
	Pointer     Format = 'a' // address with the symbol there: 0x10478 <main+4>
)

// Value is something of a C type: a variable, a member, the result of an expression. It is read when asked.
type Value struct {
	Name string // of the variable, member or element ("[3]"); "" for a result
	Type *Type

	ctx    *Context
	expr   string // C text that evaluates to it again; "" when there is none
	format Format
	loc    location
	err    error
}

// Expr is C text that evaluates to this value again in the same frame (DAP's evaluateName); "" when there is none.
func (v *Value) Expr() string { return v.expr }

// Err is why the value cannot be shown: ErrOptimizedOut, unreadable memory, ...
func (v *Value) Err() error { return v.readErr() }

// Address is where the value is in memory; false for values in registers and results.
func (v *Value) Address() (uint32, bool) { return v.address() }

// MemoryReference is the address that a memory view should open: of the value, or for a pointer what it points to.
func (v *Value) MemoryReference() (uint32, bool) { return v.memoryReference() }

// Bytes returns the value's object representation.
func (v *Value) Bytes() ([]byte, error) { return v.bytes() }

// String formats the value on one line, as a debugger shows it; faults are shown in angle brackets.
func (v *Value) String() string { return v.text(v.format) }

// Format is String in another format.
func (v *Value) Format(f Format) string { return v.text(f) }

// WithFormat returns the same value, with its children, in another format.
func (v *Value) WithFormat(f Format) *Value {
	w := *v
	w.format = f
	return &w
}

// NumChildren is how many children there are: members, elements, or the target of a pointer.
// indexed reports that they are the elements of an array, to be fetched in pages.
func (v *Value) NumChildren() (n int, indexed bool) { return v.numChildren() }

// Children returns children [start, start+count); count <= 0 means all up to a sane limit.
func (v *Value) Children(start, count int) ([]*Value, error) { return v.children(start, count) }

// Child returns the member of that name, looking into anonymous structs and unions.
func (v *Value) Child(name string) (*Value, error) { return v.member(name) }

// Uint64 returns the bits of a scalar, sign-extended if its type is signed.
func (v *Value) Uint64() (uint64, error) { return v.uint64() }

// Bool is the truth of a scalar as C's if sees it.
func (v *Value) Bool() (bool, error) { return v.truth() }

// CanAssign reports whether Context.Assign could store into it.
func (v *Value) CanAssign() bool { return v.canAssign() }

// Float64 returns the number of an arithmetic type.
func (v *Value) Float64() (float64, error) { return v.float() }
