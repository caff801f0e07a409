package eval

import (
	"bytes"
	"debug/dwarf"
	"encoding/binary"
	"errors"
	"fmt"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/symbols/dwarfop"
	"armillary.dev/debugadapter/unwind"
)

// env is the world of a location expression: a frame and the unit that the expression is written in.
type env struct {
	dwarfop.NoEnv
	c     *Context
	image *symbols.Image
	unit  *symbols.Unit
	frame *unwind.Frame // nil for globals
	depth int           // of entry values and frame bases within one another
}

func (e env) Register(n uint64) (uint64, int, error) {
	if e.frame == nil {
		return 0, 0, errors.New("no frame is selected")
	}
	v, size, ok := e.frame.Regs.DWARF(n)
	if !ok {
		return 0, 0, fmt.Errorf("%w: %s of this frame was not saved", ErrOptimizedOut, unwind.RegisterName(n))
	}
	return v, size, nil
}

func (e env) ReadMemory(a uint32, p []byte) error { return e.c.read(a, p) }

func (e env) Address(link uint32) uint32 { return link + e.image.Bias }

func (e env) IndexedAddress(i uint64) (uint32, error) { return indexedAddress(e.unit, i) }

func indexedAddress(u *symbols.Unit, i uint64) (uint32, error) {
	b, _, err := u.File.Section(".debug_addr")
	if err != nil {
		return 0, err
	}
	base := u.AddrBase
	if base == 0 && u.Version >= 5 {
		base = 8
	}
	if i > 1<<28 || base+4*i+4 > uint64(len(b)) {
		return 0, fmt.Errorf("address index %d is outside .debug_addr", i)
	}
	return binary.LittleEndian.Uint32(b[base+4*i:]), nil
}

const maxNesting = 8

func (e env) FrameBase() (uint32, error) {
	if e.frame == nil || e.frame.Function == nil || e.frame.Function.DIE == nil {
		return 0, errors.New("no frame base here")
	}
	if e.depth > maxNesting {
		return 0, errors.New("frame base refers to itself")
	}
	d := e.frame.Function.DIE
	code, err := e.c.expression(d, dwarf.AttrFrameBase, e.image, e.frame)
	if err != nil {
		return 0, err
	}
	if len(code) == 0 {
		return 0, errors.New("the function has no frame base")
	}
	e.depth++
	e.unit = d.Unit
	return dwarfop.Value(code, e)
}

func (e env) CFA() (uint32, error) {
	if e.frame == nil {
		return 0, errors.New("no frame is selected")
	}
	return e.frame.CFA()
}

func (e env) TLS(off uint32) (uint32, error) {
	if e.c.ThreadPointer == nil {
		return 0, ErrTLS
	}
	tp, err := e.c.ThreadPointer()
	if err != nil {
		return 0, err
	}
	// Variant I: the program's block follows the 8-byte TCB at the thread pointer, aligned (ELF TLS ABI, 3.4.1).
	if len(e.c.Space.Images) == 0 || e.image != e.c.Space.Images[0] {
		return 0, fmt.Errorf("%w for variables of shared libraries", ErrTLS)
	}
	return tp + e.image.TLSOffset() + off, nil
}

func (e env) Call(off uint64, unitRelative bool) ([]byte, error) {
	if unitRelative {
		off += uint64(e.unit.Offset())
	}
	if off > 1<<32-1 {
		return nil, dwarfop.ErrMalformed
	}
	d := e.unit.File.DIE(dwarf.Offset(off))
	if d == nil {
		return nil, fmt.Errorf("%w: call of an unknown entry", dwarfop.ErrMalformed)
	}
	return e.c.expression(d, dwarf.AttrLocation, e.image, e.frame)
}

func (e env) BaseType(off uint64) (dwarfop.BaseType, error) {
	if off > 1<<31 {
		return dwarfop.BaseType{}, dwarfop.ErrMalformed
	}
	d := e.unit.File.DIE(e.unit.Offset() + dwarf.Offset(off))
	if d == nil || d.Tag != dwarf.TagBaseType {
		return dwarfop.BaseType{}, fmt.Errorf("%w: no base type at %#x", dwarfop.ErrMalformed, off)
	}
	t := typeFrom(d)
	b := dwarfop.BaseType{Size: int(t.Size)}
	switch {
	case t.Kind == FloatKind:
		b.Encoding = dwarfop.Floating
	case t.Signed:
		b.Encoding = dwarfop.Signed
	}
	return b, nil
}

// GNU's numbers from before DWARF 5 had call sites.
const (
	tagGNUCallSite      = 0x4109
	tagGNUCallSiteParam = 0x410a
	attrGNUCallValue    = 0x2111
	attrGNUTailCall     = 0x2115
)

// EntryValue asks the caller what it passed: the call site there describes the argument in terms of the caller's frame.
func (e env) EntryValue(expr []byte) (uint64, error) {
	if e.frame == nil || e.depth > maxNesting {
		return 0, ErrOptimizedOut
	}
	lost := func(why string) error { return fmt.Errorf("%w: value at entry: %s", ErrOptimizedOut, why) }
	caller, err := e.frame.PhysicalCaller()
	if err != nil {
		return 0, lost("no caller")
	}
	if caller.Image == nil || caller.Function == nil || caller.Function.DIE == nil || !caller.IsReturnAddress() {
		return 0, lost("the caller has no debug information")
	}
	site := callSite(caller.Function.DIE, caller.PC-caller.Image.Bias, 0)
	if site == nil {
		return 0, lost("the call is not described")
	}
	// A tail call between them would have other arguments.
	callee := site.Ref(dwarf.AttrCallOrigin)
	if callee == nil {
		callee = site.Ref(dwarf.AttrAbstractOrigin)
	}
	if callee != nil && e.frame.Function != nil && e.frame.Function.DIE != nil && callee.Name() != e.frame.Function.Name {
		return 0, lost("reached by a tail call")
	}
	for p := range site.Children() {
		if p.Tag != dwarf.TagCallSiteParameter && p.Tag != tagGNUCallSiteParam {
			continue
		}
		loc, _ := p.Val(dwarf.AttrLocation).([]byte)
		if !bytes.Equal(loc, expr) {
			continue
		}
		code, ok := p.Val(dwarf.AttrCallValue).([]byte)
		if !ok {
			code, ok = p.Val(attrGNUCallValue).([]byte)
		}
		if !ok || len(code) == 0 {
			break
		}
		ce := env{c: e.c, image: caller.Image, unit: p.Unit, frame: caller, depth: e.depth + 1}
		v, err := dwarfop.Value(code, ce)
		if err != nil {
			return 0, lost(err.Error())
		}
		return uint64(v), nil
	}
	return 0, lost("the caller does not say")
}

// callSite finds the call that returns to pc (link-time) below d.
func callSite(d *symbols.DIE, pc uint32, depth int) *symbols.DIE {
	if depth > 64 {
		return nil
	}
	for c := range d.Children() {
		switch c.Tag {
		case dwarf.TagCallSite, tagGNUCallSite:
			ret, ok := c.Val(dwarf.AttrCallReturnPC).(uint64)
			if !ok && c.Tag == tagGNUCallSite {
				ret, ok = c.Val(dwarf.AttrLowpc).(uint64)
			}
			if ok && uint32(ret)&^1 == pc && !c.Flag(dwarf.AttrCallTailCall) && !c.Flag(attrGNUTailCall) {
				return c
			}
		case dwarf.TagLexDwarfBlock, dwarf.TagInlinedSubroutine:
			if f := callSite(c, pc, depth+1); f != nil {
				return f
			}
		}
	}
	return nil
}

// expression returns the DWARF expression of an attribute that may be a location list, for the frame's PC.
// It is empty when there is none for this PC.
func (c *Context) expression(d *symbols.DIE, a dwarf.Attr, image *symbols.Image, frame *unwind.Frame) ([]byte, error) {
	f := d.AttrField(a)
	if f == nil {
		return nil, nil
	}
	switch v := f.Val.(type) {
	case []byte:
		return v, nil
	case int64, uint64:
		if frame == nil {
			return nil, errors.New("location depends on the program counter and no frame is selected")
		}
		var off uint64
		if n, ok := v.(int64); ok {
			off = uint64(n)
		} else {
			off = v.(uint64)
		}
		return locationList(d.Unit, off, f.Class == dwarf.ClassLocList, frame.LookupPC-image.Bias)
	}
	return nil, fmt.Errorf("%w: form of %v", dwarfop.ErrMalformed, a)
}

// locationList finds the expression for pc (link-time) in .debug_loc or .debug_loclists; nil when none covers it.
func locationList(u *symbols.Unit, off uint64, indexed bool, pc uint32) ([]byte, error) {
	if u.Version >= 5 {
		return locationList5(u, off, indexed, pc)
	}
	b, _, err := u.File.Section(".debug_loc")
	if err != nil {
		return nil, err
	}
	base := u.LowPC
	for n := 0; n < 1<<20; n++ {
		if off+8 > uint64(len(b)) || off > 1<<40 {
			return nil, errors.New("location list is cut off")
		}
		lo, hi := binary.LittleEndian.Uint32(b[off:]), binary.LittleEndian.Uint32(b[off+4:])
		off += 8
		switch {
		case lo == 0 && hi == 0:
			return nil, nil
		case lo == 0xffffffff:
			base = hi
			continue
		}
		if off+2 > uint64(len(b)) {
			return nil, errors.New("location list is cut off")
		}
		n := uint64(binary.LittleEndian.Uint16(b[off:]))
		off += 2
		if off+n > uint64(len(b)) {
			return nil, errors.New("location list is cut off")
		}
		if pc >= base+lo && pc < base+hi {
			return b[off : off+n], nil
		}
		off += n
	}
	return nil, errors.New("location list does not end")
}

// locationList5 reads DWARF 5's location lists (7.7.3).
func locationList5(u *symbols.Unit, off uint64, indexed bool, pc uint32) ([]byte, error) {
	b, _, err := u.File.Section(".debug_loclists")
	if err != nil {
		return nil, err
	}
	bad := errors.New("location list is cut off")
	if indexed {
		lb := u.LoclistsBase
		if lb == 0 {
			lb = 12
		}
		if off > 1<<28 || lb+4*off+4 > uint64(len(b)) {
			return nil, bad
		}
		off = lb + uint64(binary.LittleEndian.Uint32(b[lb+4*off:]))
	}
	if off >= uint64(len(b)) {
		return nil, bad
	}
	b = b[off:]
	fail := false
	uleb := func() uint64 {
		var v uint64
		for sh := 0; ; sh += 7 {
			if len(b) == 0 {
				fail = true
				return 0
			}
			x := b[0]
			b = b[1:]
			if sh < 64 {
				v |= uint64(x&0x7f) << sh
			}
			if x&0x80 == 0 {
				return v
			}
		}
	}
	addr := func() uint32 {
		if len(b) < 4 {
			fail = true
			return 0
		}
		v := binary.LittleEndian.Uint32(b)
		b = b[4:]
		return v
	}
	addrx := func() uint32 {
		v, err := indexedAddress(u, uleb())
		fail = fail || err != nil
		return v
	}
	base := u.LowPC
	var dflt []byte
	for n := 0; n < 1<<20 && len(b) > 0; n++ {
		kind := b[0]
		b = b[1:]
		var lo, hi uint32
		isDefault := false
		switch kind {
		case 0: // end_of_list
			return dflt, nil
		case 1: // base_addressx
			base = addrx()
			if fail {
				return nil, bad
			}
			continue
		case 2: // startx_endx
			lo = addrx()
			hi = addrx()
		case 3: // startx_length
			lo = addrx()
			hi = lo + uint32(uleb())
		case 4: // offset_pair
			lo = base + uint32(uleb())
			hi = base + uint32(uleb())
		case 5: // default_location
			isDefault = true
		case 6: // base_address
			base = addr()
			if fail {
				return nil, bad
			}
			continue
		case 7: // start_end
			lo = addr()
			hi = addr()
		case 8: // start_length
			lo = addr()
			hi = lo + uint32(uleb())
		case 9: // GNU view pair
			uleb()
			uleb()
			if fail {
				return nil, bad
			}
			continue
		default:
			return nil, fmt.Errorf("location list: entry kind %d", kind)
		}
		n := uleb()
		if fail || n > uint64(len(b)) {
			return nil, bad
		}
		expr := b[:n]
		b = b[n:]
		if isDefault {
			dflt = expr
		} else if pc >= lo && pc < hi {
			return expr, nil
		}
	}
	return nil, bad
}

// variable makes the Value of a variable's DIE as seen from the frame (nil for file scope).
func (c *Context) variable(d *symbols.DIE, image *symbols.Image, frame *unwind.Frame) *Value {
	v := &Value{Name: d.Name(), Type: c.fixType(typeOf(d), image, frame, 0), ctx: c}
	v.expr = v.Name
	if f := d.Find(dwarf.AttrConstValue); f != nil && d.AttrField(dwarf.AttrLocation) == nil {
		v.loc, v.err = constLocation(f.Val, v.Type)
		return v
	}
	if d.AttrField(dwarf.AttrLocation) == nil {
		v.err = ErrOptimizedOut
		return v
	}
	code, err := c.expression(d, dwarf.AttrLocation, image, frame)
	if err != nil {
		v.err = err
		return v
	}
	if len(code) == 0 {
		v.err = ErrOptimizedOut
		return v
	}
	ps, err := dwarfop.Location(code, env{c: c, image: image, unit: d.Unit, frame: frame})
	if err != nil {
		if errors.Is(err, dwarfop.ErrUnavailable) {
			err = ErrOptimizedOut
		}
		v.err = err
		return v
	}
	v.loc = pieceLocation(ps, frame)
	if len(ps) == 1 && ps[0].Kind == dwarfop.Empty {
		v.err = ErrOptimizedOut
	}
	return v
}

func constLocation(x any, t *Type) (location, error) {
	switch k := x.(type) {
	case int64:
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(k))
		n := t.size()
		if n == 0 || n > 8 {
			return location{}, ErrOptimizedOut
		}
		return location{kind: locBytes, data: b[:n]}, nil
	case []byte:
		return location{kind: locBytes, data: k}, nil
	case string:
		return location{kind: locBytes, data: append([]byte(k), 0)}, nil
	}
	return location{}, ErrOptimizedOut
}

// fixType settles an array type whose length is known only at run time (a VLA) for this frame.
func (c *Context) fixType(t *Type, image *symbols.Image, frame *unwind.Frame, depth int) *Type {
	s := t.Strip()
	if s.Kind != Array || frame == nil || depth > 16 {
		return t
	}
	elem := c.fixType(s.Elem(), image, frame, depth+1)
	if s.count >= 0 && elem == s.Elem() || s.countDIE == nil {
		return t
	}
	n := s.count
	if n < 0 {
		if ub, ok := c.dynamic(s.countDIE, dwarf.AttrUpperBound, image, frame); ok {
			n = int64(int32(ub)) + 1
		} else if cnt, ok := c.dynamic(s.countDIE, dwarf.AttrCount, image, frame); ok {
			n = int64(int32(cnt))
		}
	}
	if n < 0 || n > 1<<30 {
		return t
	}
	return &Type{Kind: Array, elem: elem, count: n, Size: sizeTimes(elem.size(), n), die: s.die}
}

// dynamic evaluates an attribute that is an expression or a reference to the variable with the value.
func (c *Context) dynamic(d *symbols.DIE, a dwarf.Attr, image *symbols.Image, frame *unwind.Frame) (uint32, bool) {
	f := d.AttrField(a)
	if f == nil || c.nesting > maxNesting {
		return 0, false
	}
	c.nesting++
	defer func() { c.nesting-- }()
	switch x := f.Val.(type) {
	case []byte:
		v, err := dwarfop.Value(x, env{c: c, image: image, unit: d.Unit, frame: frame})
		return v, err == nil
	case dwarf.Offset:
		r := d.Unit.File.DIE(x)
		if r == nil || r.Tag != dwarf.TagVariable {
			return 0, false
		}
		if u := c.concrete(r, frame); u != nil {
			r = u
		}
		v, err := c.variable(r, image, frame).uint64()
		return uint32(v), err == nil
	}
	return 0, false
}

// concrete finds the instance of an abstract variable in the frame's scope.
func (c *Context) concrete(abstract *symbols.DIE, frame *unwind.Frame) *symbols.DIE {
	var find func(d *symbols.DIE, depth int) *symbols.DIE
	find = func(d *symbols.DIE, depth int) *symbols.DIE {
		for k := range d.Children() {
			if k.Tag == dwarf.TagVariable && k.Ref(dwarf.AttrAbstractOrigin) == abstract {
				return k
			}
			if k.Tag == dwarf.TagLexDwarfBlock && depth < 64 {
				if r := find(k, depth+1); r != nil {
					return r
				}
			}
		}
		return nil
	}
	if frame == nil || frame.Scope == nil {
		return nil
	}
	return find(frame.Scope, 0)
}

// read reads memory: constants from the files, the rest from the target.
func (c *Context) read(a uint32, p []byte) error {
	if uint64(a)+uint64(len(p)) > 1<<32 {
		return fmt.Errorf("cannot access memory at %#x: wraps around", a)
	}
	if c.Space.ReadStatic(a, p) == nil {
		return nil
	}
	if c.Memory == nil {
		return fmt.Errorf("cannot access memory at %#x: the program is not running", a)
	}
	if err := c.Memory.ReadMemory(a, p); err != nil {
		return fmt.Errorf("cannot access memory at %#x: %w", a, err)
	}
	return nil
}
