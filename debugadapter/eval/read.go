package eval

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"armillary.dev/debugadapter/symbols/dwarfop"
	"armillary.dev/debugadapter/unwind"
)

type locKind uint8

const (
	locNone   locKind = iota // no place: only err
	locMemory                // at addr
	locPieces                // spread over registers, memory and constants
	locBytes                 // data; a result, or a constant
)

// location is where a value is. A bit-field's is that of its struct's bytes, with bit numbers.
type location struct {
	kind    locKind
	addr    uint32
	pieces  []dwarfop.Piece
	off     uint32 // byte offset into pieces
	data    []byte
	cache   []byte // contents already read with the parent's
	bitOff  uint32 // from addr, off or data[0]
	bitSize uint32 // 0: not a bit-field
	frame   *unwind.Frame
}

// maxObject bounds what is read of one value at once.
const maxObject = 1 << 20

func pieceLocation(ps []dwarfop.Piece, frame *unwind.Frame) location {
	if len(ps) == 1 && ps[0].BitSize == 0 && ps[0].Kind == dwarfop.Memory {
		return location{kind: locMemory, addr: ps[0].Addr}
	}
	return location{kind: locPieces, pieces: ps, frame: frame}
}

func (v *Value) address() (uint32, bool) {
	return v.loc.addr, v.err == nil && v.loc.kind == locMemory && v.loc.bitSize == 0
}

func (v *Value) memoryReference() (uint32, bool) {
	switch v.Type.Strip().Kind {
	case PointerKind:
		if p, err := v.uint64(); err == nil {
			return uint32(p), p != 0
		}
	case Func:
		return v.loc.addr, v.loc.kind == locMemory
	}
	return v.address()
}

// sizeOf is the number of bytes of the representation.
func (v *Value) sizeOf() uint32 {
	if v.loc.bitSize > 0 {
		return (v.loc.bitOff + v.loc.bitSize + 7) / 8
	}
	return v.Type.size()
}

// raw reads the bytes at the value's location; for a bit-field those that contain it.
func (v *Value) raw() ([]byte, error) {
	if v.err != nil {
		return nil, v.err
	}
	n := v.sizeOf()
	if n > maxObject {
		return nil, fmt.Errorf("value of %d bytes is too large to show at once", n)
	}
	switch v.loc.kind {
	case locMemory:
		if uint32(len(v.loc.cache)) >= n {
			return v.loc.cache[:n], nil
		}
		b := make([]byte, n)
		if n == 0 {
			return b, nil
		}
		if err := v.ctx.read(v.loc.addr, b); err != nil {
			return nil, err
		}
		return b, nil
	case locBytes:
		if uint32(len(v.loc.data)) < n {
			b := make([]byte, n)
			copy(b, v.loc.data)
			return b, nil
		}
		return v.loc.data[:n], nil
	case locPieces:
		return v.assemble(n)
	}
	return nil, ErrOptimizedOut
}

// assemble collects n bytes at v.loc.off from the pieces.
func (v *Value) assemble(n uint32) ([]byte, error) {
	out := make([]byte, n)
	lo, hi := uint64(v.loc.off)*8, uint64(v.loc.off+n)*8
	pos := uint64(0)
	for _, p := range v.loc.pieces {
		size := p.BitSize
		if size == 0 { // the whole value
			size = 1 << 32
		}
		start, end := max(pos, lo), min(pos+size, hi)
		if start < end {
			if err := v.copyPiece(out, start-lo, p, p.BitOffset+start-pos, end-start); err != nil {
				return nil, err
			}
		}
		pos += size
		if pos >= hi {
			return out, nil
		}
	}
	if pos < hi && pos > lo && len(v.loc.pieces) > 0 {
		return nil, ErrOptimizedOut
	}
	if pos < hi {
		return nil, ErrOptimizedOut
	}
	return out, nil
}

// copyPiece copies bits [from, from+count) of a piece to bit position to.
func (v *Value) copyPiece(out []byte, to uint64, p dwarfop.Piece, from, count uint64) error {
	first := from / 8
	need := (from+count+7)/8 - first
	var src []byte
	switch p.Kind {
	case dwarfop.Memory:
		src = make([]byte, need)
		if err := v.ctx.read(p.Addr+uint32(first), src); err != nil {
			return err
		}
	case dwarfop.Register:
		b, err := v.register(p.Reg, need+first)
		if err != nil {
			return err
		}
		if first+need > uint64(len(b)) {
			return fmt.Errorf("value is larger than %s", unwind.RegisterName(p.Reg))
		}
		src = b[first : first+need]
	case dwarfop.Implicit:
		src = make([]byte, need)
		if first < uint64(len(p.Bytes)) {
			copy(src, p.Bytes[first:])
		}
	case dwarfop.Pointer:
		return fmt.Errorf("%w: synthetic pointer", ErrOptimizedOut)
	default:
		return ErrOptimizedOut
	}
	sh := from % 8
	if sh == 0 && to%8 == 0 && count%8 == 0 {
		copy(out[to/8:], src)
		return nil
	}
	for i := uint64(0); i < count; i++ {
		if src[(sh+i)/8]>>((sh+i)%8)&1 == 1 {
			out[(to+i)/8] |= 1 << ((to + i) % 8)
		}
	}
	return nil
}

// register reads a register for a value of n bytes. A value wider than a core or single register goes on in the next one.
func (v *Value) register(reg, n uint64) ([]byte, error) {
	if v.loc.frame == nil {
		return nil, errors.New("no frame is selected")
	}
	var out []byte
	for {
		x, size, ok := v.loc.frame.Regs.DWARF(reg)
		if !ok {
			if v.loc.frame.Physical > 0 {
				return nil, fmt.Errorf("%w: %s of this frame was not saved", ErrOptimizedOut, unwind.RegisterName(reg))
			}
			return nil, fmt.Errorf("%s is not known", unwind.RegisterName(reg))
		}
		out = binary.LittleEndian.AppendUint64(out, x)[:len(out)+size]
		if uint64(len(out)) >= n || reg == unwind.PC || reg == 95 || reg >= 287 {
			return out, nil
		}
		reg++
	}
}

func (v *Value) bytes() ([]byte, error) {
	if v.loc.bitSize > 0 {
		x, err := v.bits()
		if err != nil {
			return nil, err
		}
		b := make([]byte, 8)
		binary.LittleEndian.PutUint64(b, x)
		return b[:min(v.Type.size(), 8)], nil
	}
	return v.raw()
}

// bits reads an integer of up to 8 bytes or a bit-field, zero-extended.
func (v *Value) bits() (uint64, error) {
	b, err := v.raw()
	if err != nil {
		return 0, err
	}
	if v.loc.bitSize > 0 {
		var x uint64
		for i := uint32(0); i < v.loc.bitSize && i < 64; i++ {
			k := v.loc.bitOff + i
			x |= uint64(b[k/8]>>(k%8)&1) << i
		}
		return x, nil
	}
	if len(b) > 8 {
		return 0, fmt.Errorf("%s is not a number", v.Type)
	}
	var w [8]byte
	copy(w[:], b)
	return binary.LittleEndian.Uint64(w[:]), nil
}

// width is the number of bits of a scalar.
func (v *Value) width() uint32 {
	if v.loc.bitSize > 0 {
		return v.loc.bitSize
	}
	return 8 * v.Type.size()
}

func (v *Value) uint64() (uint64, error) {
	t := v.Type.Strip()
	switch t.Kind {
	case Func:
		if v.loc.kind == locMemory {
			return uint64(v.loc.addr), v.err
		}
	case FloatKind:
		f, err := v.float()
		return uint64(int64(f)), err
	case Array:
		if v.err == nil && v.loc.kind == locMemory {
			return uint64(v.loc.addr), nil
		}
	}
	if v.err != nil {
		return 0, v.err
	}
	if !t.isScalar() {
		return 0, fmt.Errorf("%s is not a number", v.Type)
	}
	x, err := v.bits()
	if w := v.width(); err == nil && t.signed() && w > 0 && w < 64 {
		x = uint64(int64(x<<(64-w)) >> (64 - w))
	}
	return x, err
}

func (v *Value) float() (float64, error) {
	t := v.Type.Strip()
	if t.Kind != FloatKind {
		x, err := v.uint64()
		if t.signed() {
			return float64(int64(x)), err
		}
		return float64(x), err
	}
	b, err := v.raw()
	if err != nil {
		return 0, err
	}
	switch len(b) {
	case 4:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), nil
	case 8:
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
	}
	return 0, fmt.Errorf("%s of %d bytes is not supported", v.Type, len(b))
}

func (v *Value) truth() (bool, error) {
	if v.Type.Strip().Kind == FloatKind {
		f, err := v.float()
		return f != 0, err
	}
	x, err := v.uint64()
	return x != 0, err
}

func (v *Value) readErr() error {
	if v.err != nil {
		return v.err
	}
	t := v.Type.Strip()
	switch {
	case t.Kind == Func || t.Kind == Void || t.Kind == Unknown:
		return nil
	case v.loc.kind == locMemory && t.isAggregate():
		return nil // its children say
	}
	_, err := v.raw()
	return err
}

// sub is the part of v at a byte offset.
func (v *Value) sub(name string, t *Type, off uint32) *Value {
	c := &Value{Name: name, Type: t, ctx: v.ctx, format: v.format, err: v.err}
	l := v.loc
	l.bitOff, l.bitSize, l.cache = 0, 0, nil
	switch l.kind {
	case locMemory:
		l.addr += off
		if n := uint64(off) + uint64(t.size()); n <= uint64(len(v.loc.cache)) {
			l.cache = v.loc.cache[off:n]
		}
	case locPieces:
		l.off += off
	case locBytes:
		if uint64(off) <= uint64(len(l.data)) {
			l.data = l.data[off:]
		} else {
			l.data = nil
		}
	}
	c.loc = l
	return c
}

func (v *Value) field(f Field) *Value {
	off := f.Offset
	if f.BitSize > 0 {
		off = f.BitOffset / 8
	}
	c := v.sub(f.Name, f.Type, off)
	if f.BitSize > 0 {
		c.loc.cache = nil
		c.loc.bitSize, c.loc.bitOff = f.BitSize, f.BitOffset%8
		if n := uint64(off) + uint64(c.sizeOf()); n <= uint64(len(v.loc.cache)) {
			c.loc.cache = v.loc.cache[off:n]
		}
	}
	if v.expr != "" && f.Name != "" {
		c.expr = memberExpr(v.expr, f.Name)
	} else if f.Name == "" {
		c.expr = v.expr // members of an anonymous struct are reached through its parent
	}
	return c
}

// prefetch reads an aggregate once so that its children need no reads of their own.
func (v *Value) prefetch(off, n uint32) {
	if v.err != nil || v.loc.kind != locMemory || v.loc.cache != nil || n == 0 || off != 0 || n > 1<<16 {
		return
	}
	b := make([]byte, n)
	if v.ctx.read(v.loc.addr, b) == nil {
		v.loc.cache = b
	}
}

// deref is what a pointer points to.
func (v *Value) deref() (*Value, error) {
	t := v.Type.Strip()
	if t.Kind != PointerKind {
		return nil, fmt.Errorf("%s is not a pointer", v.Type)
	}
	e := t.Elem()
	switch e.Strip().Kind {
	case Void:
		return nil, errors.New("a void pointer cannot be dereferenced; cast it first")
	case Unknown:
		return nil, fmt.Errorf("the type that %s points to is unknown", v.Type)
	}
	p, err := v.uint64()
	if err != nil {
		return nil, err
	}
	addr := uint32(p)
	if e.Strip().Kind == Func {
		addr &^= 1
	}
	r := &Value{Type: e, ctx: v.ctx, loc: location{kind: locMemory, addr: addr}}
	if v.expr != "" {
		r.expr = "*" + unaryOperand(v.expr)
	}
	return r, nil
}

// index is element i of an array, without a check of the bounds.
func (v *Value) index(i int64) *Value {
	t := v.Type.Strip()
	off := i * int64(t.Elem().size())
	name := fmt.Sprintf("[%d]", i)
	var c *Value
	if off >= 0 && off < 1<<32 {
		c = v.sub(name, t.Elem(), uint32(off))
	} else {
		c = &Value{Name: name, Type: t.Elem(), ctx: v.ctx, format: v.format, loc: location{kind: v.loc.kind, addr: v.loc.addr + uint32(off)}, err: v.err}
		if v.loc.kind != locMemory {
			c.err = fmt.Errorf("index %d is outside the array", i)
		}
	}
	if v.expr != "" {
		c.expr = postfixOperand(v.expr) + name
	}
	return c
}

// postfixOperand puts C text in brackets where a postfix operator would bind to only a part of it.
func postfixOperand(s string) string {
	if s != "" && (s[0] == '*' || s[0] == '&' || s[0] == '(' && !wholeBracket(s)) {
		return "(" + s + ")"
	}
	for i := 0; i < len(s); i++ {
		if !isIdent(s[i]) && s[i] != '.' && s[i] != '[' && s[i] != ']' && s[i] != '>' && s[i] != '-' && s[i] != '(' && s[i] != ')' && s[i] != '$' && s[i] != '*' && s[i] != ' ' {
			return "(" + s + ")"
		}
	}
	return s
}

// wholeBracket reports whether the bracket at the start closes at a place after which only postfix operators come.
func wholeBracket(s string) bool {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i+1 == len(s) || s[i+1] == '.' || s[i+1] == '[' || s[i+1] == '-'
			}
		}
	}
	return false
}

func unaryOperand(s string) string {
	if s != "" && s[0] == '(' {
		return "(" + s + ")"
	}
	return s
}

// memberExpr writes access to a member: p->x rather than (*p).x.
func memberExpr(s, name string) string {
	if len(s) > 1 && s[0] == '*' {
		return postfixOperand(s[1:]) + "->" + name
	}
	return postfixOperand(s) + "." + name
}

func isIdent(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
