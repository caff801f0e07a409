package symbols

import (
	"debug/dwarf"
	"encoding/binary"
	"fmt"
	"iter"
	"sort"
	"strings"
	"sync"
)

// debugInfo is the DWARF of a file: its units, found by their headers alone.
type debugInfo struct {
	file  *File
	data  *dwarf.Data
	units []*Unit // by offset

	addrOnce sync.Once
	byAddr   []unitRange // by low address; ranges of different units do not overlap in sane files

	fileOnce sync.Once
	byFile   map[string][]unitFile // normalised path -> units whose line table names it
}

type unitRange struct {
	Range
	unit *Unit
}

type unitFile struct {
	unit *Unit
	file int32
}

// Unit is a compilation unit. Everything below its header is read when first asked for.
type Unit struct {
	File    *File
	Version int

	Name, CompDir, Producer string
	LoclistsBase, AddrBase  uint64 // DW_AT_loclists_base, DW_AT_addr_base; for split index forms
	Dwarf64                 bool
	LowPC                   uint32 // base of range and location lists

	info       *debugInfo
	offset     dwarf.Offset // of the header
	first      dwarf.Offset // of the root DIE
	end        dwarf.Offset
	rootOnce   sync.Once
	root       *DIE // without its children
	dieOnce    sync.Once
	dies       []DIE
	hasLoclist bool

	lineOnce sync.Once
	lines    lineTable

	funcOnce sync.Once
	funcs    []unitFunc  // by DIE order
	funcAddr []funcRange // by low address
}

type unitFunc struct {
	die    *DIE
	ranges []Range // link-time, entry first
}

type funcRange struct {
	Range
	index int32
}

// guard runs f and turns a fault inside debug/dwarf into an error: that package is not promised to withstand hostile
// input.
func guard(what string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: broken debug information: %v", what, p)
		}
	}()
	return f()
}

// dwarf loads the debug sections and finds the units.
func (f *File) dwarf() (*debugInfo, error) {
	f.dwarfOnce.Do(func() {
		f.dwErr = guard(f.Name, func() (err error) {
			f.dw, err = f.openDWARF()
			return err
		})
	})
	return f.dw, f.dwErr
}

func (f *File) openDWARF() (*debugInfo, error) {
	if !f.HasDebug() {
		return nil, fmt.Errorf("%s: %w", f.Name, ErrNoDebug)
	}
	sec := map[string][]byte{}
	for _, n := range []string{"abbrev", "info", "line", "ranges", "str", "addr", "line_str", "str_offsets", "rnglists"} {
		b, _, err := f.Section(".debug_" + n)
		if err != nil {
			return nil, err
		}
		sec[n] = b
	}
	d, err := dwarf.New(sec["abbrev"], nil, nil, sec["info"], sec["line"], nil, sec["ranges"], sec["str"])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	for _, n := range []string{"addr", "line_str", "str_offsets", "rnglists"} {
		if sec[n] != nil {
			if err := d.AddSection(".debug_"+n, sec[n]); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
		}
	}
	in := &debugInfo{file: f, data: d}
	in.units = scanUnits(f, in, sec["info"])
	return in, nil
}

// scanUnits reads the unit headers of .debug_info (DWARF 5, 7.5.1).
func scanUnits(f *File, in *debugInfo, b []byte) []*Unit {
	var units []*Unit
	le := binary.LittleEndian
	for off := 0; off+11 <= len(b); {
		u := &Unit{File: f, info: in, offset: dwarf.Offset(off)}
		n, p := uint64(le.Uint32(b[off:])), off+4
		if n == 0xffffffff {
			if off+12 > len(b) {
				break
			}
			u.Dwarf64, n, p = true, le.Uint64(b[off+4:]), off+12
		}
		if n > uint64(len(b)-p) || n < 7 {
			break
		}
		u.end = dwarf.Offset(p + int(n))
		u.Version = int(le.Uint16(b[p:]))
		offSize := 4
		if u.Dwarf64 {
			offSize = 8
		}
		hdr := p + 2 + offSize + 1
		unitType := byte(1)
		if u.Version >= 5 {
			unitType = b[p+2]
			hdr = p + 2 + 2 + offSize
			switch unitType {
			case 4, 5: // skeleton, split: dwo_id
				hdr += 8
			case 2, 6: // type units: signature and type offset
				hdr += 8 + offSize
			}
		}
		if hdr >= int(u.end) {
			off = int(u.end)
			continue
		}
		u.first = dwarf.Offset(hdr)
		units = append(units, u)
		off = int(u.end)
	}
	return units
}

// Units returns all compilation units with their names known.
func (f *File) Units() ([]*Unit, error) {
	in, err := f.dwarf()
	if err != nil {
		return nil, err
	}
	for _, u := range in.units {
		u.loadRoot()
	}
	return in.units, nil
}

func (u *Unit) loadRoot() {
	u.rootOnce.Do(func() {
		_ = guard(u.File.Name, func() error {
			r := u.info.data.Reader()
			r.Seek(u.first)
			e, err := r.Next()
			if err != nil || e == nil {
				return err
			}
			u.setRoot(e)
			return nil
		})
	})
}

func (u *Unit) setRoot(e *dwarf.Entry) {
	u.root = &DIE{Entry: e, Unit: u, parent: -1, child: -1, next: -1}
	u.root.ranges = u.root.readRanges()
	u.Name, _ = e.Val(dwarf.AttrName).(string)
	u.CompDir, _ = e.Val(dwarf.AttrCompDir).(string)
	u.Producer, _ = e.Val(dwarf.AttrProducer).(string)
	if v, ok := e.Val(dwarf.AttrLoclistsBase).(int64); ok {
		u.LoclistsBase = uint64(v)
	}
	if v, ok := e.Val(dwarf.AttrAddrBase).(int64); ok {
		u.AddrBase = uint64(v)
	}
	if v, ok := e.Val(dwarf.AttrLowpc).(uint64); ok {
		u.LowPC = uint32(v)
	}
}

// DIE is a debugging information entry in its tree.
type DIE struct {
	*dwarf.Entry
	Unit                       *Unit
	index, parent, child, next int32

	ranges []Range
}

// maxDIEs bounds the tree of one unit.
const maxDIEs = 8 << 20

// loadDIEs reads the unit's whole tree into a flat array.
func (u *Unit) loadDIEs() {
	u.loadRoot()
	u.dieOnce.Do(func() {
		_ = guard(u.File.Name, func() error {
			r := u.info.data.Reader()
			r.Seek(u.first)
			type level struct{ die, last int32 }
			var stack []level
			for len(u.dies) < maxDIEs {
				e, err := r.Next()
				if err != nil || e == nil || e.Offset >= u.end {
					return err
				}
				if e.Tag == 0 { // end of children
					if len(stack) > 0 {
						stack = stack[:len(stack)-1]
					}
					if len(stack) == 0 {
						return nil
					}
					continue
				}
				i := int32(len(u.dies))
				d := DIE{Entry: e, Unit: u, index: i, parent: -1, child: -1, next: -1}
				d.ranges = d.readRanges()
				if n := len(stack); n > 0 {
					top := &stack[n-1]
					d.parent = top.die
					if top.last < 0 {
						u.dies[top.die].child = i
					} else {
						u.dies[top.last].next = i
					}
					top.last = i
				}
				u.dies = append(u.dies, d)
				if e.Tag == dwarf.TagVariable || e.Tag == dwarf.TagFormalParameter {
					if fl := e.AttrField(dwarf.AttrLocation); fl != nil && fl.Class != dwarf.ClassExprLoc && fl.Class != dwarf.ClassBlock {
						u.hasLoclist = true
					}
				}
				if e.Children {
					stack = append(stack, level{i, -1})
				} else if len(stack) == 0 {
					return nil
				}
			}
			return nil
		})
	})
}

// Tree returns the unit's root with all its children loaded; nil when the unit cannot be read.
func (u *Unit) Tree() *DIE {
	u.loadDIEs()
	if len(u.dies) == 0 {
		return nil
	}
	return &u.dies[0]
}

// DIE returns the entry at an offset in .debug_info, or nil.
func (f *File) DIE(off dwarf.Offset) *DIE {
	in, err := f.dwarf()
	if err != nil {
		return nil
	}
	i := sort.Search(len(in.units), func(i int) bool { return in.units[i].end > off })
	if i == len(in.units) || off < in.units[i].first {
		return nil
	}
	u := in.units[i]
	u.loadDIEs()
	k := sort.Search(len(u.dies), func(k int) bool { return u.dies[k].Offset >= off })
	if k == len(u.dies) || u.dies[k].Offset != off {
		return nil
	}
	return &u.dies[k]
}

// Parent is the entry that d is a child of; nil for the root.
func (d *DIE) Parent() *DIE {
	if d.parent < 0 {
		return nil
	}
	return &d.Unit.dies[d.parent]
}

// Children yields the entries directly below d.
func (d *DIE) Children() iter.Seq[*DIE] {
	return func(yield func(*DIE) bool) {
		for i := d.child; i >= 0; i = d.Unit.dies[i].next {
			if !yield(&d.Unit.dies[i]) {
				return
			}
		}
	}
}

// Ref follows a reference attribute; nil when there is none or it leads nowhere.
func (d *DIE) Ref(a dwarf.Attr) *DIE {
	off, ok := d.Val(a).(dwarf.Offset)
	if !ok {
		return nil
	}
	return d.Unit.File.DIE(off)
}

// Origin is the abstract instance or the declaration that d completes; nil when there is none.
func (d *DIE) Origin() *DIE {
	if o := d.Ref(dwarf.AttrAbstractOrigin); o != nil {
		return o
	}
	return d.Ref(dwarf.AttrSpecification)
}

// Find returns an attribute of d or of what it completes.
func (d *DIE) Find(a dwarf.Attr) *dwarf.Field {
	for n := 0; d != nil && n < 8; n++ {
		if f := d.AttrField(a); f != nil {
			return f
		}
		d = d.Origin()
	}
	return nil
}

// FindRef follows a reference attribute of d or of what it completes.
func (d *DIE) FindRef(a dwarf.Attr) *DIE {
	for n := 0; d != nil && n < 8; n++ {
		if d.AttrField(a) != nil {
			return d.Ref(a)
		}
		d = d.Origin()
	}
	return nil
}

// Name is the entry's name, also through its origin.
func (d *DIE) Name() string {
	if f := d.Find(dwarf.AttrName); f != nil {
		s, _ := f.Val.(string)
		return s
	}
	return ""
}

// Int returns an integer attribute, not through the origin.
func (d *DIE) Int(a dwarf.Attr) (int64, bool) {
	switch v := d.Val(a).(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), true
	}
	return 0, false
}

// Flag reports a flag attribute of d or of what it completes.
func (d *DIE) Flag(a dwarf.Attr) bool {
	if f := d.Find(a); f != nil {
		b, _ := f.Val.(bool)
		return b
	}
	return false
}

// Ranges are the link-time addresses that d covers, the one with its entry first; nil when it has none.
func (d *DIE) Ranges() []Range { return d.ranges }

func (d *DIE) readRanges() []Range {
	lowest := d.Unit.File.codeStart()
	add := func(out []Range, lo, hi uint64) []Range {
		// Sections that the linker threw away keep their entries, at address 0 or 1.
		if hi > lo && hi <= 1<<32-1 && lo >= uint64(lowest) {
			out = append(out, Range{uint32(lo), uint32(hi)})
		}
		return out
	}
	low, hasLow := d.Val(dwarf.AttrLowpc).(uint64)
	if hasLow {
		switch hi := d.Val(dwarf.AttrHighpc).(type) {
		case uint64:
			return add(nil, low, hi)
		case int64:
			return add(nil, low, low+uint64(hi))
		}
	}
	if d.AttrField(dwarf.AttrRanges) == nil {
		return nil
	}
	var out []Range
	_ = guard(d.Unit.File.Name, func() error {
		rs, err := d.Unit.info.data.Ranges(d.Entry)
		for _, r := range rs {
			out = add(out, r[0], r[1])
		}
		return err
	})
	if e, ok := d.Val(dwarf.AttrEntrypc).(uint64); ok {
		for i, r := range out {
			if r.Contains(uint32(e)) {
				out[0], out[i] = out[i], out[0]
			}
		}
	}
	return out
}

// Contains reports whether the link-time address is in d's ranges; an entry without ranges contains nothing.
func (d *DIE) Contains(addr uint32) bool {
	for _, r := range d.Ranges() {
		if r.Contains(addr) {
			return true
		}
	}
	return false
}

// codeStart is the lowest link-time address with code.
func (f *File) codeStart() uint32 {
	f.codeOnce.Do(func() {
		lo := ^uint32(0)
		for _, s := range f.elf.Sections {
			const alloc, exec = 2, 4
			if s.Flags&alloc != 0 && s.Flags&exec != 0 && s.Size > 0 && uint32(s.Addr) < lo {
				lo = uint32(s.Addr)
			}
		}
		if lo == ^uint32(0) {
			lo = 1
		}
		f.codeLow = lo
	})
	return f.codeLow
}

// unitAt returns the unit that has code at the link-time address.
func (f *File) unitAt(addr uint32) *Unit {
	in, err := f.dwarf()
	if err != nil {
		return nil
	}
	in.addrOnce.Do(func() {
		for _, u := range in.units {
			u.loadRoot()
			if u.root == nil {
				continue
			}
			rs := u.root.Ranges()
			if len(rs) == 0 && u.root.Entry.Tag == dwarf.TagCompileUnit && u.root.AttrField(dwarf.AttrStmtList) != nil {
				rs = u.lineTable().spans()
			}
			for _, r := range rs {
				in.byAddr = append(in.byAddr, unitRange{r, u})
			}
		}
		sort.SliceStable(in.byAddr, func(i, j int) bool { return in.byAddr[i].Low < in.byAddr[j].Low })
	})
	i := sort.Search(len(in.byAddr), func(i int) bool { return in.byAddr[i].Low > addr })
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		if in.byAddr[k].Contains(addr) {
			return in.byAddr[k].unit
		}
	}
	return nil
}

// Unit returns the compilation unit with code at the run-time address, or nil.
func (m *Image) Unit(pc uint32) *Unit { return m.unitAt(pc - m.Bias) }

// optimised reports whether the producer tracks variables through the prologue, so that a breakpoint on the function's
// first instruction already shows right arguments. GCC does where it writes location lists.
func (u *Unit) optimised() bool {
	u.loadDIEs()
	return u.hasLoclist && strings.Contains(u.Producer, "GNU")
}
