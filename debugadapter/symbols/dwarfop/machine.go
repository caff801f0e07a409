package dwarfop

import (
	"encoding/binary"
	"fmt"
	"math"
)

// value is a stack element. A zero typ is the generic type: 32 bits, of no sign.
type value struct {
	bits uint64
	typ  BaseType
}

func (v value) generic() bool { return v.typ.Size == 0 }

func (v value) size() int {
	if v.generic() {
		return 4
	}
	return v.typ.Size
}

// mask cuts the value to its type's width.
func (v value) mask() value {
	if n := v.size(); n < 8 {
		v.bits &= 1<<(8*n) - 1
	}
	return v
}

func (v value) signed() int64 {
	sh := 64 - 8*v.size()
	return int64(v.bits<<sh) >> sh
}

func (v value) float() float64 {
	if v.typ.Size == 4 {
		return float64(math.Float32frombits(uint32(v.bits)))
	}
	return math.Float64frombits(v.bits)
}

func floatValue(f float64, t BaseType) value {
	if t.Size == 4 {
		return value{uint64(math.Float32bits(float32(f))), t}
	}
	return value{math.Float64bits(f), t}
}

type machine struct {
	env    Env
	stack  []value
	loc    Piece // a location that is not "memory at the top of the stack"
	used   bool  // loc was set
	pieces []Piece
	steps  int
}

// cursor reads operands.
type cursor struct {
	b   []byte
	pos int
	bad bool
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)-c.pos) {
		c.bad, c.pos = true, len(c.b)
		return make([]byte, min(n, 8))
	}
	p := c.b[c.pos : c.pos+int(n)]
	c.pos += int(n)
	return p
}

func (c *cursor) u8() uint64  { return uint64(c.take(1)[0]) }
func (c *cursor) u16() uint64 { return uint64(binary.LittleEndian.Uint16(c.take(2))) }
func (c *cursor) u32() uint64 { return uint64(binary.LittleEndian.Uint32(c.take(4))) }
func (c *cursor) u64() uint64 { return binary.LittleEndian.Uint64(c.take(8)) }

func (c *cursor) uleb() uint64 {
	var v uint64
	for sh := 0; ; sh += 7 {
		if c.pos >= len(c.b) {
			c.bad = true
			return 0
		}
		x := c.b[c.pos]
		c.pos++
		if sh < 64 {
			v |= uint64(x&0x7f) << sh
		}
		if x&0x80 == 0 {
			return v
		}
	}
}

func (c *cursor) sleb() int64 {
	var v int64
	for sh := 0; ; {
		if c.pos >= len(c.b) {
			c.bad = true
			return 0
		}
		x := c.b[c.pos]
		c.pos++
		if sh < 64 {
			v |= int64(x&0x7f) << sh
		}
		sh += 7
		if x&0x80 == 0 {
			if x&0x40 != 0 && sh < 64 {
				v |= -1 << sh
			}
			return v
		}
	}
}

func (m *machine) push(v value) error {
	if len(m.stack) >= maxStack {
		return fmt.Errorf("%w: stack too deep", ErrMalformed)
	}
	m.stack = append(m.stack, v.mask())
	return nil
}

func (m *machine) pushu(v uint64) error { return m.push(value{bits: v}) }

func (m *machine) pop() (value, error) {
	if len(m.stack) == 0 {
		return value{}, fmt.Errorf("%w: stack is empty", ErrMalformed)
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

func (m *machine) peek(n int) (value, error) {
	if n < 0 || n >= len(m.stack) {
		return value{}, fmt.Errorf("%w: stack has %d entries", ErrMalformed, len(m.stack))
	}
	return m.stack[len(m.stack)-1-n], nil
}

// set records a location that ends a simple description.
func (m *machine) set(p Piece) error {
	if m.used {
		return fmt.Errorf("%w: two locations without a piece", ErrMalformed)
	}
	m.loc, m.used = p, true
	return nil
}

// take returns the location described so far and clears it.
func (m *machine) take() (Piece, error) {
	if m.used {
		p := m.loc
		m.loc, m.used = Piece{}, false
		return p, nil
	}
	if len(m.stack) == 0 {
		return Piece{Kind: Empty}, nil
	}
	v, _ := m.pop()
	return Piece{Kind: Memory, Addr: uint32(v.bits)}, nil
}

func (m *machine) piece(bits, off uint64) error {
	if len(m.pieces) >= maxPieces || bits > 1<<32 || off > 1<<32 {
		return fmt.Errorf("%w: too many or too large pieces", ErrMalformed)
	}
	p, err := m.take()
	if err != nil {
		return err
	}
	p.BitSize, p.BitOffset = bits, off
	if bits == 0 {
		return nil // a piece of nothing adds nothing
	}
	m.pieces = append(m.pieces, p)
	return nil
}

func (m *machine) deref(size uint64, t BaseType) error {
	if size == 0 || size > 8 {
		return fmt.Errorf("%w: read of %d bytes", ErrMalformed, size)
	}
	v, err := m.pop()
	if err != nil {
		return err
	}
	var b [8]byte
	if err := m.env.ReadMemory(uint32(v.bits), b[:size]); err != nil {
		return err
	}
	return m.push(value{binary.LittleEndian.Uint64(b[:]), t})
}

func (m *machine) baseType(off uint64) (BaseType, error) {
	if off == 0 {
		return BaseType{}, nil // the generic type
	}
	t, err := m.env.BaseType(off)
	if err == nil && (t.Size < 1 || t.Size > 8 || t.Encoding == Floating && t.Size != 4 && t.Size != 8) {
		err = fmt.Errorf("%w: base type of %d bytes", ErrUnsupported, t.Size)
	}
	return t, err
}

func (m *machine) run(code []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: calls nested too deeply", ErrMalformed)
	}
	c := &cursor{b: code}
	for c.pos < len(code) {
		if m.steps++; m.steps > maxSteps {
			return fmt.Errorf("%w: does not end", ErrMalformed)
		}
		at := c.pos
		op := byte(c.u8())
		if err := m.step(op, c, depth); err != nil {
			return err
		}
		if c.bad {
			return fmt.Errorf("%w: operator %#x at byte %d is cut off", ErrMalformed, op, at)
		}
	}
	return nil
}

func (m *machine) step(op byte, c *cursor, depth int) error {
	switch {
	case op >= opLit0 && op < opReg0:
		return m.pushu(uint64(op - opLit0))
	case op >= opReg0 && op < opBreg0:
		return m.set(Piece{Kind: Register, Reg: uint64(op - opReg0)})
	case op >= opBreg0 && op < opRegx:
		return m.breg(uint64(op-opBreg0), c.sleb())
	case op >= opAbs && op <= opXor && op != opPlusUconst, op >= opEq && op <= opNe:
		return m.arith(op)
	}
	switch op {
	case opAddr:
		return m.pushu(uint64(m.env.Address(uint32(c.u32()))))
	case opAddrx, opGNUAddrIndex:
		a, err := m.env.IndexedAddress(c.uleb())
		if err != nil {
			return err
		}
		return m.pushu(uint64(m.env.Address(a)))
	case opConstx, opGNUConstIndex:
		a, err := m.env.IndexedAddress(c.uleb())
		if err != nil {
			return err
		}
		return m.pushu(uint64(a))
	case opConst1u:
		return m.pushu(c.u8())
	case opConst1s:
		return m.pushu(uint64(int8(c.u8())))
	case opConst2u:
		return m.pushu(c.u16())
	case opConst2s:
		return m.pushu(uint64(int16(c.u16())))
	case opConst4u, opConst4s:
		return m.pushu(c.u32())
	case opConst8u, opConst8s:
		return m.pushu(c.u64())
	case opConstu:
		return m.pushu(c.uleb())
	case opConsts:
		return m.pushu(uint64(c.sleb()))
	case opDup, opOver, opPick:
		n := 0
		if op == opOver {
			n = 1
		} else if op == opPick {
			n = int(c.u8())
		}
		v, err := m.peek(n)
		if err != nil {
			return err
		}
		return m.push(v)
	case opDrop:
		_, err := m.pop()
		return err
	case opSwap:
		if _, err := m.peek(1); err != nil {
			return err
		}
		n := len(m.stack)
		m.stack[n-1], m.stack[n-2] = m.stack[n-2], m.stack[n-1]
		return nil
	case opRot:
		if _, err := m.peek(2); err != nil {
			return err
		}
		n := len(m.stack)
		m.stack[n-1], m.stack[n-2], m.stack[n-3] = m.stack[n-2], m.stack[n-3], m.stack[n-1]
		return nil
	case opDeref:
		return m.deref(4, BaseType{})
	case opDerefSize:
		return m.deref(c.u8(), BaseType{})
	case opDerefType, opGNUDerefType:
		n := c.u8()
		t, err := m.baseType(c.uleb())
		if err != nil {
			return err
		}
		return m.deref(n, t)
	case opPlusUconst:
		n := c.uleb()
		v, err := m.pop()
		if err != nil {
			return err
		}
		v.bits += n
		return m.push(v)
	case opSkip, opBra:
		rel := int(int16(c.u16()))
		if op == opBra {
			v, err := m.pop()
			if err != nil || v.bits == 0 {
				return err
			}
		}
		if to := c.pos + rel; to < 0 || to > len(c.b) {
			c.bad = true
		} else {
			c.pos = to
		}
		return nil
	case opRegx:
		return m.set(Piece{Kind: Register, Reg: c.uleb()})
	case opFbreg:
		off := c.sleb()
		fb, err := m.env.FrameBase()
		if err != nil {
			return err
		}
		return m.pushu(uint64(int64(fb) + off))
	case opBregx:
		r := c.uleb()
		return m.breg(r, c.sleb())
	case opPiece:
		n := c.uleb()
		if n > 1<<29 {
			return fmt.Errorf("%w: piece of %d bytes", ErrMalformed, n)
		}
		return m.piece(8*n, 0)
	case opBitPiece:
		n := c.uleb()
		return m.piece(n, c.uleb())
	case opNop, opGNUUninit:
		return nil
	case opPushObject:
		a, err := m.env.ObjectAddress()
		if err != nil {
			return err
		}
		return m.pushu(uint64(a))
	case opCall2, opCall4, opCallRef:
		off := uint64(0)
		if op == opCall2 {
			off = c.u16()
		} else {
			off = c.u32()
		}
		code, err := m.env.Call(off, op != opCallRef)
		if err != nil {
			return err
		}
		return m.run(code, depth+1)
	case opFormTLS, opGNUPushTLS:
		v, err := m.pop()
		if err != nil {
			return err
		}
		a, err := m.env.TLS(uint32(v.bits))
		if err != nil {
			return err
		}
		return m.pushu(uint64(a))
	case opCallFrameCFA:
		a, err := m.env.CFA()
		if err != nil {
			return err
		}
		return m.pushu(uint64(a))
	case opImplicitValue:
		return m.set(Piece{Kind: Implicit, Bytes: c.take(c.uleb())})
	case opStackValue:
		v, err := m.pop()
		if err != nil {
			return err
		}
		// The generic type is wide enough for an address; a wider variable is zero-extended from it.
		b := make([]byte, 8)
		binary.LittleEndian.PutUint64(b, v.bits)
		return m.set(Piece{Kind: Implicit, Bytes: b[:v.size()]})
	case opImplicitPointer, opGNUImplicitPtr:
		ref := c.u32()
		return m.set(Piece{Kind: Pointer, Ref: ref, Offset: c.sleb()})
	case opEntryValue, opGNUEntryValue:
		expr := c.take(c.uleb())
		if c.bad {
			return nil
		}
		v, err := m.env.EntryValue(expr)
		if err != nil {
			return err
		}
		return m.pushu(v)
	case opConstType, opGNUConstType:
		t, err := m.baseType(c.uleb())
		if err != nil {
			return err
		}
		b := c.take(c.u8())
		if c.bad || len(b) > 8 {
			c.bad = true
			return nil
		}
		var w [8]byte
		copy(w[:], b)
		return m.push(value{binary.LittleEndian.Uint64(w[:]), t})
	case opRegvalType, opGNURegvalType:
		r := c.uleb()
		t, err := m.baseType(c.uleb())
		if err != nil {
			return err
		}
		v, _, err := m.env.Register(r)
		if err != nil {
			return err
		}
		return m.push(value{v, t})
	case opConvert, opGNUConvert, opReinterpret, opGNUReinterpret:
		t, err := m.baseType(c.uleb())
		if err != nil {
			return err
		}
		v, err := m.pop()
		if err != nil {
			return err
		}
		if op == opConvert || op == opGNUConvert {
			v = convert(v, t)
		} else {
			v.typ = t
		}
		return m.push(v)
	case opXderef, opXderefSize, opXderefType:
		return fmt.Errorf("%w: address spaces", ErrUnsupported)
	case opGNUParameterRef:
		c.u32()
		return fmt.Errorf("%w: parameter of another call", ErrUnavailable)
	case opGNUVariable:
		c.uleb()
		return fmt.Errorf("%w: DW_OP_GNU_variable_value", ErrUnsupported)
	}
	return fmt.Errorf("%w: operator %#x", ErrUnsupported, op)
}

func (m *machine) breg(r uint64, off int64) error {
	v, _, err := m.env.Register(r)
	if err != nil {
		return err
	}
	return m.pushu(v + uint64(off))
}
