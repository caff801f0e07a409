package eval

import (
	"debug/dwarf"
	"sync"
	"sync/atomic"

	"armillary.dev/debugadapter/symbols"
)

// Kind is what sort of type it is.
type Kind uint8

// Kinds of types. Typedefs and qualifiers are types of their own around another one; see Type.Strip.
const (
	Unknown Kind = iota // a type that the debug information does not give
	Void
	Bool
	Int  // signed
	Uint // unsigned
	CharKind
	FloatKind
	ComplexKind
	PointerKind
	Array
	Struct
	Union
	Enum
	Func
	Typedef
	Const
	Volatile
	Atomic
	Restrict
)

// Type is a C type. Types are shared and must not be changed.
type Type struct {
	Kind   Kind
	Name   string // of base types, typedefs and tagged types; "" for anonymous ones
	Size   uint32 // bytes; 0 for incomplete types, functions, void and arrays (see ByteSize)
	Signed bool   // of Int and CharKind, and of the integer behind an Enum

	die  *symbols.DIE
	elem *Type // set directly for made-up types and all but the last dimension; else found through die

	lazy    atomic.Pointer[Type] // not a Once: a broken file can ask for a type while it is being found
	once    sync.Once
	fields  []Field
	enums   []Enumerator
	params  []Param
	dots    bool
	flagSet bool

	count    int64 // of an Array; -1: unknown, or known only at run time
	countDIE *symbols.DIE
}

// Field is a member of a struct or union.
type Field struct {
	Name      string // "" for anonymous members and unnamed bit-fields
	Type      *Type
	Offset    uint32 // bytes from the start of the struct
	BitSize   uint32 // 0: not a bit-field
	BitOffset uint32 // bits from the start of the struct, least significant bit first
}

// Enumerator is a constant of an enum.
type Enumerator struct {
	Name  string
	Value int64
}

// Param is a parameter in a function type.
type Param struct {
	Name string
	Type *Type
}

// Made-up types of the language itself (AAPCS32 5.1).
var (
	typeVoid   = &Type{Kind: Void, Name: "void"}
	typeBool   = &Type{Kind: Bool, Name: "_Bool", Size: 1}
	typeChar   = &Type{Kind: CharKind, Name: "char", Size: 1} // unsigned on ARM
	typeSChar  = &Type{Kind: CharKind, Name: "signed char", Size: 1, Signed: true}
	typeUChar  = &Type{Kind: CharKind, Name: "unsigned char", Size: 1}
	typeShort  = &Type{Kind: Int, Name: "short", Size: 2, Signed: true}
	typeUShort = &Type{Kind: Uint, Name: "unsigned short", Size: 2}
	typeInt    = &Type{Kind: Int, Name: "int", Size: 4, Signed: true}
	typeUint   = &Type{Kind: Uint, Name: "unsigned int", Size: 4}
	typeLong   = &Type{Kind: Int, Name: "long", Size: 4, Signed: true}
	typeULong  = &Type{Kind: Uint, Name: "unsigned long", Size: 4}
	typeLL     = &Type{Kind: Int, Name: "long long", Size: 8, Signed: true}
	typeULL    = &Type{Kind: Uint, Name: "unsigned long long", Size: 8}
	typeFloat  = &Type{Kind: FloatKind, Name: "float", Size: 4}
	typeDouble = &Type{Kind: FloatKind, Name: "double", Size: 8}
	typeNone   = &Type{Kind: Unknown, Name: "<unknown type>"}
)

// pointerTo makes the type of a pointer to t.
func pointerTo(t *Type) *Type { return &Type{Kind: PointerKind, Size: 4, elem: t} }

// arrayOf makes the type of n elements t.
func arrayOf(t *Type, n int64) *Type {
	return &Type{Kind: Array, elem: t, count: n, Size: sizeTimes(t.size(), n)}
}

func sizeTimes(size uint32, n int64) uint32 {
	if n <= 0 || int64(size) > (1<<32-1)/n {
		return 0
	}
	return size * uint32(n)
}

// typeTable caches the types of a file by the offset of their DIE.
type typeTable struct {
	mu sync.Mutex
	m  map[typeKey]*Type
}

type typeKey struct {
	off dwarf.Offset
	dim int // of an array with several dimensions: 0 = the whole
}

type typesKey struct{}

func tableOf(f *symbols.File) *typeTable {
	return f.Memo(typesKey{}, func() any { return &typeTable{m: map[typeKey]*Type{}} }).(*typeTable)
}

// typeOf is the type that a DIE's DW_AT_type names; no attribute means void.
func typeOf(d *symbols.DIE) *Type {
	if d == nil {
		return typeNone
	}
	if d.Find(dwarf.AttrType) == nil {
		return typeVoid
	}
	t := d.FindRef(dwarf.AttrType)
	if t == nil {
		return typeNone
	}
	return typeFrom(t)
}

// typeFrom makes the type that a DIE describes.
func typeFrom(d *symbols.DIE) *Type { return typeDim(d, 0) }

func typeDim(d *symbols.DIE, dim int) *Type {
	tab := tableOf(d.Unit.File)
	k := typeKey{d.Offset, dim}
	tab.mu.Lock()
	t := tab.m[k]
	tab.mu.Unlock()
	if t != nil {
		return t
	}
	t = newType(d, dim)
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if old := tab.m[k]; old != nil {
		return old
	}
	tab.m[k] = t
	return t
}

const (
	attrGNUVector = 0x2107
	tagAtomic     = 0x47
	tagImmutable  = 0x4b
	ateAddress    = 1
	ateBoolean    = 2
	ateComplex    = 3
	ateFloat      = 4
	ateSigned     = 5
	ateSChar      = 6
	ateUnsigned   = 7
	ateUChar      = 8
	ateUTF        = 0x10
)

func byteSize(d *symbols.DIE) uint32 {
	n, _ := d.Int(dwarf.AttrByteSize)
	if n < 0 || n > 1<<31 {
		return 0
	}
	return uint32(n)
}

func newType(d *symbols.DIE, dim int) *Type {
	t := &Type{die: d, Size: byteSize(d)}
	t.Name, _ = d.Val(dwarf.AttrName).(string)
	switch d.Tag {
	case dwarf.TagBaseType:
		enc, _ := d.Int(dwarf.AttrEncoding)
		switch enc {
		case ateBoolean:
			t.Kind = Bool
		case ateComplex:
			t.Kind = ComplexKind
		case ateFloat:
			t.Kind = FloatKind
		case ateSigned:
			t.Kind, t.Signed = Int, true
		case ateSChar:
			t.Kind, t.Signed = CharKind, true
		case ateUChar:
			t.Kind = CharKind
		case ateUnsigned, ateAddress, ateUTF:
			t.Kind = Uint
		}
		if t.Kind != FloatKind && t.Kind != ComplexKind && t.Size > 8 {
			t.Kind = Unknown
		}
	case dwarf.TagPointerType, dwarf.TagReferenceType, dwarf.TagRvalueReferenceType:
		t.Kind = PointerKind
		if t.Size == 0 {
			t.Size = 4
		}
	case dwarf.TagStructType, dwarf.TagClassType:
		t.Kind = Struct
	case dwarf.TagUnionType:
		t.Kind = Union
	case dwarf.TagEnumerationType:
		t.Kind = Enum
		t.loadEnum()
	case dwarf.TagSubroutineType, dwarf.TagSubprogram:
		t.Kind, t.Size = Func, 0
	case dwarf.TagTypedef:
		t.Kind = Typedef
	case dwarf.TagConstType, tagImmutable:
		t.Kind = Const
	case dwarf.TagVolatileType:
		t.Kind = Volatile
	case dwarf.TagRestrictType:
		t.Kind = Restrict
	case tagAtomic:
		t.Kind = Atomic
	case dwarf.TagArrayType:
		t.Kind = Array
		t.dimension(dim)
	case dwarf.TagUnspecifiedType:
		t.Kind = Void
	}
	return t
}

// dimension reads the subrange number dim of an array type.
func (t *Type) dimension(dim int) {
	t.count = -1
	i, total := 0, 0
	for c := range t.die.Children() {
		if c.Tag != dwarf.TagSubrangeType && c.Tag != dwarf.TagEnumerationType {
			continue
		}
		if i == dim {
			t.countDIE = c
			t.count = constCount(c)
		}
		i++
		total++
	}
	if dim+1 < total && dim < 16 {
		t.elem = typeDim(t.die, dim+1)
	} else if r := t.die.Ref(dwarf.AttrType); r != nil && dim == 0 && t.count < 0 && t.Size > 0 && t.die.Flag(attrGNUVector) {
		if n := byteSize(r); n > 0 {
			t.count = int64(t.Size / n)
		}
	}
	t.Size = 0 // see size
}

// constCount is a subrange's number of elements when it is a constant, else -1.
func constCount(c *symbols.DIE) int64 {
	if n, ok := c.Int(dwarf.AttrCount); ok && n >= 0 {
		return n
	}
	if f := c.AttrField(dwarf.AttrUpperBound); f != nil && f.Class == dwarf.ClassConstant {
		n, ok := f.Val.(int64)
		// An upper bound of -1 is GCC's way to write [0], also as an unsigned 32-bit number.
		if ok && (n == -1 || n == 1<<32-1) {
			return 0
		}
		if ok && n >= 0 && n < 1<<40 {
			return n + 1
		}
	}
	return -1
}

func (t *Type) loadEnum() {
	all := uint64(0)
	flags := true
	neg := false
	for c := range t.die.Children() {
		if c.Tag != dwarf.TagEnumerator {
			continue
		}
		v, _ := c.Int(dwarf.AttrConstValue)
		n, _ := c.Val(dwarf.AttrName).(string)
		t.enums = append(t.enums, Enumerator{n, v})
		neg = neg || v < 0
		// A set of flags: every constant is a run of bits that no other one shares, or zero.
		u := uint64(v)
		if u != 0 && (u&all != 0 || u&(u-1) != 0) {
			flags = false
		}
		all |= u
	}
	t.flagSet = flags && len(t.enums) > 0 && !neg
	t.Signed = neg
	r := t.die.Ref(dwarf.AttrType)
	for n := 0; r != nil && r.Tag == dwarf.TagTypedef && n < maxChain; n++ {
		r = r.Ref(dwarf.AttrType)
	}
	if r != nil && r.Tag == dwarf.TagBaseType {
		enc, _ := r.Int(dwarf.AttrEncoding)
		t.Signed = enc == ateSigned || enc == ateSChar
	}
}

// Elem is what a pointer points to, an array consists of, a function returns, or a typedef or qualifier stands around;
// nil for other types.
func (t *Type) Elem() *Type {
	if t.elem != nil {
		return t.elem
	}
	switch t.Kind {
	case PointerKind, Array, Func, Typedef, Const, Volatile, Restrict, Atomic:
		if t.die == nil {
			return typeVoid
		}
		e := t.lazy.Load()
		if e == nil {
			e = typeOf(t.die)
			t.lazy.Store(e)
		}
		return e
	}
	return nil
}

// maxChain bounds chains of typedefs and qualifiers, which broken files can close to circles.
const maxChain = 64

// Strip removes typedefs and qualifiers, and completes a struct, union or enum that is only declared here.
func (t *Type) Strip() *Type {
	for range maxChain {
		switch t.Kind {
		case Typedef, Const, Volatile, Restrict, Atomic:
			t = t.Elem()
		default:
			return t.complete()
		}
	}
	return typeNone
}

// unqualified removes qualifiers only.
func (t *Type) unqualified() *Type {
	for range maxChain {
		switch t.Kind {
		case Const, Volatile, Restrict, Atomic:
			t = t.Elem()
		default:
			return t
		}
	}
	return typeNone
}

// complete finds the definition of a type that is only declared.
func (t *Type) complete() *Type {
	if t.die == nil || t.Kind != Struct && t.Kind != Union && t.Kind != Enum || !t.die.Flag(dwarf.AttrDeclaration) {
		return t
	}
	if e := t.lazy.Load(); e != nil {
		return e
	}
	e := t
	if d := namesOf(t.die.Unit.File).tag(t.Name, t.die.Tag); d != nil && d != t.die {
		e = typeFrom(d)
	}
	t.lazy.Store(e)
	return e
}

// size is the size in bytes behind typedefs and qualifiers; 0 when incomplete.
func (t *Type) size() uint32 { return t.sizeAt(0) }

func (t *Type) sizeAt(depth int) uint32 {
	s := t.Strip()
	if s.Kind == Array && s.Size == 0 && s.count > 0 && depth < maxChain {
		return sizeTimes(s.Elem().sizeAt(depth+1), s.count)
	}
	return s.Size
}

// Count is an array's number of elements; -1 when it is not a constant.
func (t *Type) Count() int64 {
	if s := t.Strip(); s.Kind == Array {
		return s.count
	}
	return -1
}

// Enumerators are an enum's constants.
func (t *Type) Enumerators() []Enumerator { return t.Strip().enums }

// Fields are the members of a struct or union in their order.
func (t *Type) Fields() []Field {
	s := t.Strip()
	if s.die == nil || s.Kind != Struct && s.Kind != Union || s.die.Flag(dwarf.AttrDeclaration) {
		return nil
	}
	s.once.Do(func() { s.fields = loadFields(s.die) })
	return s.fields
}

func loadFields(d *symbols.DIE) []Field {
	var out []Field
	for c := range d.Children() {
		if c.Tag != dwarf.TagMember && c.Tag != dwarf.TagInheritance {
			continue
		}
		if c.Flag(dwarf.AttrExternal) || c.Flag(dwarf.AttrDeclaration) {
			continue // a static member
		}
		f := Field{Type: typeOf(c)}
		f.Name, _ = c.Val(dwarf.AttrName).(string)
		off := memberOffset(c)
		f.Offset = uint32(off)
		if n, ok := c.Int(dwarf.AttrBitSize); ok && n > 0 && n <= 64 {
			f.BitSize = uint32(n)
			if b, ok := c.Int(dwarf.AttrDataBitOffset); ok && b >= 0 && b < 1<<34 {
				f.BitOffset = uint32(b)
			} else if b, ok := c.Int(dwarf.AttrBitOffset); ok {
				// DWARF 2 counts from the most significant bit of the storage unit.
				store := int64(f.Type.size())
				if n := int64(byteSize(c)); n > 0 {
					store = n
				}
				f.BitOffset = uint32(off*8 + store*8 - b - n)
			} else {
				f.BitOffset = uint32(off * 8)
			}
			f.Offset = f.BitOffset / 8
		}
		out = append(out, f)
	}
	return out
}

// memberOffset reads DW_AT_data_member_location: a constant, or in DWARF 2 the expression DW_OP_plus_uconst n.
func memberOffset(c *symbols.DIE) int64 {
	switch v := c.Val(dwarf.AttrDataMemberLoc).(type) {
	case int64:
		if v >= 0 && v < 1<<31 {
			return v
		}
	case []byte:
		if len(v) > 1 && v[0] == 0x23 {
			var n int64
			for i, b := range v[1:min(len(v), 6)] {
				n |= int64(b&0x7f) << (7 * i)
				if b&0x80 == 0 {
					break
				}
			}
			return n
		}
	}
	return 0
}

// Params are a function type's parameters; variadic reports a closing "...".
func (t *Type) Params() (params []Param, variadic bool) {
	s := t.Strip()
	if s.Kind != Func || s.die == nil {
		return nil, false
	}
	for c := range s.die.Children() {
		switch c.Tag {
		case dwarf.TagFormalParameter:
			params = append(params, Param{c.Name(), typeOf(c)})
		case dwarf.TagUnspecifiedParameters:
			variadic = true
		}
	}
	return params, variadic
}

// prototyped reports whether a function type has a parameter list.
func (t *Type) prototyped() bool { return t.die == nil || t.die.Flag(dwarf.AttrPrototyped) }

func (t *Type) isInteger() bool {
	switch t.Strip().Kind {
	case Bool, Int, Uint, CharKind, Enum:
		return true
	}
	return false
}

func (t *Type) isArith() bool   { return t.isInteger() || t.Strip().Kind == FloatKind }
func (t *Type) isPointer() bool { return t.Strip().Kind == PointerKind }
func (t *Type) isScalar() bool  { return t.isArith() || t.isPointer() }
func (t *Type) isAggregate() bool {
	k := t.Strip().Kind
	return k == Struct || k == Union || k == Array
}

// isChar reports whether it is a type of text: one of the char types or an integer of one byte named like one.
func (t *Type) isChar() bool {
	s := t.Strip()
	return s.Kind == CharKind && s.Size == 1
}

// signed reports how an integer is to be extended.
func (t *Type) signed() bool { s := t.Strip(); return s.Signed && (s.Kind != Bool) }

// ByteSize is what sizeof gives; 0 for incomplete types.
func (t *Type) ByteSize() uint32 { return t.size() }
