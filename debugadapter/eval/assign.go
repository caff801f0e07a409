package eval

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"

	"armillary.dev/debugadapter/symbols/dwarfop"
	"armillary.dev/debugadapter/unwind"
)

func (v *Value) canAssign() bool {
	if v.err != nil || v.ctx == nil {
		return false
	}
	t := v.Type.Strip()
	if !t.isScalar() && t.Kind != Struct && t.Kind != Union {
		return false
	}
	switch v.loc.kind {
	case locMemory:
		return v.ctx.Writer != nil
	case locPieces:
		for _, p := range v.loc.pieces {
			if p.Kind != dwarfop.Memory && p.Kind != dwarfop.Register {
				return false
			}
		}
		return v.ctx.Registers != nil || v.ctx.Writer != nil
	}
	return false
}

func (c *Context) assign(target *Value, text string) (*Value, error) {
	body, _, _, err := splitFormat(text)
	if err != nil {
		return nil, err
	}
	v, err := c.evalText(body)
	if err != nil {
		return nil, err
	}
	if err := c.store(target, v); err != nil {
		return nil, &Error{Msg: err.Error(), Err: err}
	}
	return c.reread(target), nil
}

// reread is the value as it is after a store.
func (c *Context) reread(v *Value) *Value {
	w := *v
	w.loc.cache = nil
	return &w
}

func (c *Context) assignNode(n *node) (*Value, error) {
	x, err := c.node(n.x)
	if err != nil {
		return nil, err
	}
	y, err := c.node(n.y)
	if err != nil {
		return nil, err
	}
	if n.op != "=" {
		if y, err = c.operate(strings.TrimSuffix(n.op, "="), x, y); err != nil {
			return nil, n.at(err)
		}
	}
	if err := c.store(x, y); err != nil {
		return nil, n.at(err)
	}
	return c.reread(x), nil
}

// increment is ++ and --, before or behind its operand.
func (c *Context) increment(n *node, post bool) (*Value, error) {
	x, err := c.node(n.x)
	if err != nil {
		return nil, err
	}
	old, err := c.convert(x, x.Type, false)
	if err != nil {
		return nil, n.at(err)
	}
	y, err := c.operate(n.op[:1], x, c.integer(typeInt, 1))
	if err == nil {
		err = c.store(x, y)
	}
	if err != nil {
		return nil, n.at(err)
	}
	if post {
		return old, nil
	}
	return c.reread(x), nil
}

// store converts y to x's type and writes it where x is.
func (c *Context) store(x, y *Value) error {
	if x.err != nil {
		return x.err
	}
	if err := known(x); err != nil {
		return err
	}
	t := x.Type.Strip()
	switch {
	case x.loc.kind == locBytes || x.loc.kind == locNone:
		return ErrNotLvalue
	case t.Kind == Array || t.Kind == Func || t.Kind == Void:
		return fmt.Errorf("%s: %w", x.Type, ErrNotLvalue)
	}
	if t.isPointer() && y.Type.isInteger() { // C wants 0 only; a debugger's user knows what an address is
		p, err := y.uint64()
		if err != nil {
			return err
		}
		y = c.integer(x.Type, p)
	}
	v, err := c.convert(y, x.Type, false)
	if err != nil {
		return err
	}
	b, err := v.raw()
	if err != nil {
		return err
	}
	if v.loc.bitSize > 0 {
		u, err := v.uint64()
		if err != nil {
			return err
		}
		b, _ = c.integer(x.Type, u).raw()
	}
	if x.loc.bitSize > 0 {
		return c.storeBits(x, b)
	}
	return c.storeBytes(x, b)
}

// storeBits writes a bit-field, keeping its neighbours.
func (c *Context) storeBits(x *Value, b []byte) error {
	w := c.reread(x)
	old, err := w.raw()
	if err != nil {
		return err
	}
	all := append([]byte(nil), old...)
	for i := uint32(0); i < x.loc.bitSize; i++ {
		bit := byte(0)
		if i/8 < uint32(len(b)) {
			bit = b[i/8] >> (i % 8) & 1
		}
		k := x.loc.bitOff + i
		all[k/8] = all[k/8]&^(1<<(k%8)) | bit<<(k%8)
	}
	return c.storeBytes(x, all)
}

func (c *Context) storeBytes(x *Value, b []byte) error {
	switch x.loc.kind {
	case locMemory:
		return c.write(x.loc.addr, b)
	case locPieces:
		pos := uint64(0)
		lo, hi := uint64(x.loc.off), uint64(x.loc.off)+uint64(len(b))
		for _, p := range x.loc.pieces {
			size := p.BitSize / 8
			if p.BitSize == 0 {
				size = 1 << 29
			} else if p.BitSize%8 != 0 || p.BitOffset%8 != 0 {
				return fmt.Errorf("part of a byte: %w", ErrReadOnly)
			}
			start, end := max(pos, lo), min(pos+size, hi)
			if start < end {
				if err := c.storePiece(x, p, p.BitOffset/8+start-pos, b[start-lo:end-lo]); err != nil {
					return err
				}
			}
			pos += size
		}
		if pos < hi {
			return ErrOptimizedOut
		}
		return nil
	}
	return ErrNotLvalue
}

func (c *Context) write(a uint32, b []byte) error {
	if c.Writer == nil {
		return ErrReadOnly
	}
	var one [1]byte
	if c.Space.ReadStatic(a, one[:]) == nil {
		return fmt.Errorf("%#x is in read-only memory of the program: %w", a, ErrReadOnly)
	}
	return c.Writer.WriteMemory(a, b)
}

// storePiece writes bytes at an offset into a piece.
func (c *Context) storePiece(x *Value, p dwarfop.Piece, off uint64, b []byte) error {
	switch p.Kind {
	case dwarfop.Memory:
		return c.write(p.Addr+uint32(off), b)
	case dwarfop.Register:
	default:
		return fmt.Errorf("the compiler keeps a constant instead of it: %w", ErrReadOnly)
	}
	f := x.loc.frame
	if f == nil {
		return ErrReadOnly
	}
	for reg := p.Reg; len(b) > 0; reg++ {
		old, size, ok := f.Regs.DWARF(reg)
		where, known := f.Regs.WhereDWARF(reg)
		if !ok || !known {
			return fmt.Errorf("%s: %w", unwind.RegisterName(reg), ErrReadOnly)
		}
		if off >= uint64(size) {
			off -= uint64(size)
			continue
		}
		n := min(len(b), size-int(off))
		if where.InMemory {
			if err := c.write(where.Addr+uint32(off), b[:n]); err != nil {
				return err
			}
		} else {
			if c.Registers == nil {
				return ErrReadOnly
			}
			var w [8]byte
			binary.LittleEndian.PutUint64(w[:], old)
			copy(w[off:], b[:n])
			if err := c.Registers.WriteRegister(int(reg), binary.LittleEndian.Uint64(w[:])); err != nil {
				return err
			}
		}
		f.UpdateRegister(reg, old, b[:n], int(off))
		b, off = b[n:], 0
	}
	return nil
}

func (c *Context) complete(text string) []string {
	// The word under way, and what stands before it.
	i := len(text)
	for i > 0 && isIdent(text[i-1]) {
		i--
	}
	word, head := text[i:], strings.TrimRight(text[:i], " ")
	var names []string
	switch {
	case strings.HasSuffix(head, "->") || strings.HasSuffix(head, "."):
		head = strings.TrimSuffix(strings.TrimSuffix(head, "->"), ".")
		v, err := c.evalText(postfixTail(head))
		if err != nil {
			return nil
		}
		t := v.Type.Strip()
		if t.Kind == PointerKind {
			t = t.Elem().Strip()
		}
		names = fieldNames(t)
	case strings.HasSuffix(head, "$"):
		for r := 0; r < 16; r++ {
			names = append(names, unwind.RegisterName(uint64(r)))
		}
		names = append(names, "cpsr")
	default:
		names = c.names()
	}
	var out []string
	for _, n := range names {
		if strings.HasPrefix(n, word) {
			out = append(out, n)
		}
	}
	sort.Strings(out)
	return out
}

// postfixTail is the last operand of a text: that which a following . would apply to.
func postfixTail(s string) string {
	i, depth := len(s), 0
	for i > 0 {
		c := s[i-1]
		switch {
		case c == ')' || c == ']':
			depth++
		case c == '(' || c == '[':
			if depth--; depth < 0 {
				return s[i:]
			}
		case depth > 0 || isIdent(c) || c == '.' || c == '$':
		case c == '>' && i > 1 && s[i-2] == '-':
			i--
		default:
			return s[i:]
		}
		i--
	}
	return s
}
