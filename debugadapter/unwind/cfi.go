package unwind

import (
	"encoding/binary"
	"fmt"
	"sort"

	"armillary.dev/debugadapter/symbols"
)

// cie is a common information entry (DWARF 5, 6.4.1).
type cie struct {
	codeAlign, dataAlign int64
	ra                   uint64
	encoding             byte // of FDE addresses, .eh_frame only
	augmented            bool // 'z'
	signal               bool // 'S'
	init                 []byte
}

// fde is the unwind program of the code in [low, high), link-time.
type fde struct {
	low, high uint32
	cie       *cie
	code      []byte
}

// frameTable is all FDEs of a file, by address.
type frameTable struct{ fdes []fde }

type cfiKey struct{}

// cfiTable parses a file's .debug_frame and .eh_frame once. Where both describe an address .debug_frame is believed.
func cfiTable(f *symbols.File) *frameTable {
	return f.Memo(cfiKey{}, func() any {
		t := &frameTable{}
		for _, name := range []string{".debug_frame", ".eh_frame"} {
			b, addr, err := f.Section(name)
			if err == nil {
				t.parse(b, addr, name == ".eh_frame", f.CodeStart())
			}
		}
		sort.SliceStable(t.fdes, func(i, j int) bool { return t.fdes[i].low < t.fdes[j].low })
		return t
	}).(*frameTable)
}

func (t *frameTable) find(pc uint32) *fde {
	i := sort.Search(len(t.fdes), func(i int) bool { return t.fdes[i].low > pc })
	// Both sections may describe one address: the first of equal ones came from .debug_frame.
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		if f := &t.fdes[k]; pc < f.high {
			for k > 0 && t.fdes[k-1].low == f.low && pc < t.fdes[k-1].high {
				k--
			}
			return &t.fdes[k]
		}
	}
	return nil
}

// parse reads one section; faults end it, what was read stays.
func (t *frameTable) parse(sec []byte, base uint32, eh bool, lowest uint32) {
	cies := map[int]*cie{}
	le := binary.LittleEndian
	for off := 0; off+4 <= len(sec); {
		n, p, wide := uint64(le.Uint32(sec[off:])), off+4, false
		if n == 0 {
			if eh {
				return // terminator
			}
			off += 4
			continue
		}
		if n == 0xffffffff {
			if off+12 > len(sec) {
				return
			}
			n, p, wide = le.Uint64(sec[off+4:]), off+12, true
		}
		if n > uint64(len(sec)-p) {
			return
		}
		end := p + int(n)
		r := reader{b: sec[:end], pos: p}
		idPos := r.pos
		id := r.offset(wide)
		isCIE := id == 0
		if !eh {
			isCIE = id == 0xffffffff && !wide || id == 1<<64-1 && wide
		}
		if !isCIE && !r.bad {
			at := int64(id)
			if eh {
				at = int64(idPos) - int64(id)
			}
			if at >= 0 && at < int64(len(sec)) {
				c, ok := cies[int(at)]
				if !ok {
					c = parseCIE(sec, int(at), eh)
					cies[int(at)] = c
				}
				if c != nil {
					t.addFDE(&r, c, base, lowest)
				}
			}
		}
		off = end
	}
}

func (t *frameTable) addFDE(r *reader, c *cie, base, lowest uint32) {
	low := r.encoded(c.encoding, base)
	size := r.encoded(c.encoding&0x0f, base)
	if c.augmented {
		r.skip(r.uleb())
	}
	if r.bad || size == 0 || low < lowest || uint64(low)+uint64(size) > 1<<32 {
		return
	}
	t.fdes = append(t.fdes, fde{low &^ 1, low&^1 + size, c, r.b[r.pos:]})
}

// parseCIE reads the entry at off; nil when it is of a kind that is not known.
func parseCIE(sec []byte, off int, eh bool) *cie {
	if off+4 > len(sec) {
		return nil
	}
	le := binary.LittleEndian
	n, p, wide := uint64(le.Uint32(sec[off:])), off+4, false
	if n == 0xffffffff && off+12 <= len(sec) {
		n, p, wide = le.Uint64(sec[off+4:]), off+12, true
	}
	if n > uint64(len(sec)-p) {
		return nil
	}
	r := reader{b: sec[:p+int(n)], pos: p}
	if id := r.offset(wide); eh && id != 0 || !eh && id != 0xffffffff && id != 1<<64-1 {
		return nil
	}
	version := r.u8()
	if version != 1 && version != 3 && version != 4 {
		return nil
	}
	aug := r.cstring()
	c := &cie{}
	if aug == "eh" { // old GCC: a pointer follows
		r.skip(4)
	}
	if version == 4 {
		if size, seg := r.u8(), r.u8(); size != 4 || seg != 0 {
			return nil
		}
	}
	c.codeAlign, c.dataAlign = int64(r.uleb()), r.sleb()
	if version == 1 {
		c.ra = uint64(r.u8())
	} else {
		c.ra = r.uleb()
	}
	if len(aug) > 0 && aug[0] == 'z' {
		c.augmented = true
		size := r.uleb()
		if size > uint64(len(r.b)-r.pos) {
			return nil
		}
		end := r.pos + int(size)
	letters:
		for _, l := range aug[1:] {
			switch l {
			case 'R':
				c.encoding = r.u8()
			case 'P':
				r.encoded(r.u8(), 0)
			case 'L':
				r.u8()
			case 'S':
				c.signal = true
			case 'B':
			default:
				break letters // the length says where it ends
			}
		}
		r.pos = end
	} else if aug != "" && aug != "eh" {
		return nil
	}
	if r.bad {
		return nil
	}
	c.init = r.b[r.pos:]
	return c
}

// reader reads the bytes of a frame section. After a read past the end bad is set and zeros are read.
type reader struct {
	b   []byte
	pos int
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b)-r.pos {
		r.bad, r.pos = true, len(r.b)
		return make([]byte, 8)
	}
	p := r.b[r.pos : r.pos+n]
	r.pos += n
	return p
}

func (r *reader) skip(n uint64) {
	if n > uint64(len(r.b)-r.pos) {
		r.bad, r.pos = true, len(r.b)
		return
	}
	r.pos += int(n)
}

func (r *reader) u8() byte    { return r.take(1)[0] }
func (r *reader) u16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) u64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *reader) offset(wide bool) uint64 {
	if wide {
		return r.u64()
	}
	return uint64(r.u32())
}

func (r *reader) cstring() string {
	for i := r.pos; i < len(r.b); i++ {
		if r.b[i] == 0 {
			s := string(r.b[r.pos:i])
			r.pos = i + 1
			return s
		}
	}
	r.bad = true
	return ""
}

func (r *reader) uleb() uint64 {
	var v uint64
	for sh := 0; ; sh += 7 {
		x := r.u8()
		if sh < 64 {
			v |= uint64(x&0x7f) << sh
		}
		if x&0x80 == 0 || r.bad {
			return v
		}
	}
}

func (r *reader) sleb() int64 {
	var v int64
	for sh := 0; ; {
		x := r.u8()
		if sh < 64 {
			v |= int64(x&0x7f) << sh
		}
		sh += 7
		if x&0x80 == 0 || r.bad {
			if x&0x40 != 0 && sh < 64 {
				v |= -1 << sh
			}
			return v
		}
	}
}

func (r *reader) block() []byte {
	n := r.uleb()
	if n > uint64(len(r.b)-r.pos) {
		r.bad = true
		return nil
	}
	return r.take(int(n))
}

// encoded reads a pointer in a DW_EH_PE encoding (LSB core specification 10.5). base is the section's address.
func (r *reader) encoded(enc byte, base uint32) uint32 {
	if enc == 0xff {
		return 0
	}
	at := base + uint32(r.pos)
	var v uint32
	switch enc & 0x0f {
	case 0x00, 0x03, 0x0b:
		v = r.u32()
	case 0x01:
		v = uint32(r.uleb())
	case 0x02:
		v = uint32(r.u16())
	case 0x0a:
		v = uint32(int16(r.u16()))
	case 0x04, 0x0c:
		v = uint32(r.u64())
	case 0x09:
		v = uint32(r.sleb())
	default:
		r.bad = true
	}
	switch enc & 0x70 {
	case 0x00:
	case 0x10:
		v += at
	default: // text, data, function relative: not used on ARM
		r.bad = true
	}
	return v
}

// ruleKind says how a register of the caller is found.
type ruleKind uint8

const (
	ruleSame ruleKind = iota
	ruleUndefined
	ruleOffset    // at CFA+off
	ruleValOffset // is CFA+off
	ruleRegister  // in register reg
	ruleExpr      // at the address that expr gives
	ruleValExpr   // is what expr gives
)

type rule struct {
	kind ruleKind
	reg  uint64
	off  int64
	expr []byte
}

// cfiRow is the state of the unwind table at one address.
type cfiRow struct {
	cfa   rule // ruleRegister with off, or ruleExpr
	regs  map[uint64]rule
	ra    uint64
	isSig bool
}

func (r *cfiRow) clone() cfiRow {
	c := *r
	c.regs = make(map[uint64]rule, len(r.regs))
	for k, v := range r.regs {
		c.regs[k] = v
	}
	return c
}

// Limits against hostile tables.
const (
	maxCFASteps = 100000
	maxCFAStack = 64
	maxCFARegs  = 512
)

// row runs the unwind program up to pc (link-time).
func (f *fde) row(pc uint32) (cfiRow, error) {
	m := cfaMachine{cie: f.cie, loc: f.low, pc: pc}
	m.row.regs = map[uint64]rule{}
	m.row.ra, m.row.isSig = f.cie.ra, f.cie.signal
	if _, err := m.run(f.cie.init); err != nil {
		return cfiRow{}, err
	}
	m.initial = m.row.clone()
	if _, err := m.run(f.code); err != nil {
		return cfiRow{}, err
	}
	return m.row, nil
}

type cfaMachine struct {
	cie     *cie
	loc, pc uint32
	row     cfiRow
	initial cfiRow
	stack   []cfiRow
	steps   int
}

var errCFI = fmt.Errorf("malformed call frame information")

// run executes instructions until the location passes pc; done reports that it did.
func (m *cfaMachine) run(code []byte) (done bool, err error) {
	r := reader{b: code}
	da := m.cie.dataAlign
	advance := func(n uint64) bool {
		to := uint64(m.loc) + n*uint64(m.cie.codeAlign)
		if to > uint64(m.pc) {
			return true
		}
		m.loc = uint32(to)
		return false
	}
	set := func(reg uint64, x rule) {
		if len(m.row.regs) < maxCFARegs {
			m.row.regs[reg] = x
		}
	}
	restore := func(reg uint64) {
		if x, ok := m.initial.regs[reg]; ok {
			m.row.regs[reg] = x
		} else {
			delete(m.row.regs, reg)
		}
	}
	for r.pos < len(code) {
		if m.steps++; m.steps > maxCFASteps {
			return false, errCFI
		}
		op := r.u8()
		low := uint64(op & 0x3f)
		done = false
		switch op & 0xc0 {
		case 0x40: // advance_loc
			done = advance(low)
		case 0x80: // offset
			set(low, rule{kind: ruleOffset, off: int64(r.uleb()) * da})
		case 0xc0: // restore
			restore(low)
		default:
			switch op {
			case 0x00: // nop
			case 0x01: // set_loc
				to := r.encoded(m.cie.encoding, 0)
				if done = to > m.pc; !done {
					m.loc = to
				}
			case 0x02:
				done = advance(uint64(r.u8()))
			case 0x03:
				done = advance(uint64(r.u16()))
			case 0x04:
				done = advance(uint64(r.u32()))
			case 0x05: // offset_extended
				reg := r.uleb()
				set(reg, rule{kind: ruleOffset, off: int64(r.uleb()) * da})
			case 0x06:
				restore(r.uleb())
			case 0x07:
				set(r.uleb(), rule{kind: ruleUndefined})
			case 0x08:
				set(r.uleb(), rule{kind: ruleSame})
			case 0x09: // register
				reg := r.uleb()
				set(reg, rule{kind: ruleRegister, reg: r.uleb()})
			case 0x0a: // remember_state
				if len(m.stack) >= maxCFAStack {
					return false, errCFI
				}
				m.stack = append(m.stack, m.row.clone())
			case 0x0b: // restore_state
				if len(m.stack) == 0 {
					return false, errCFI
				}
				m.row = m.stack[len(m.stack)-1]
				m.stack = m.stack[:len(m.stack)-1]
			case 0x0c: // def_cfa
				reg := r.uleb()
				m.row.cfa = rule{kind: ruleRegister, reg: reg, off: int64(r.uleb())}
			case 0x0d: // def_cfa_register
				m.row.cfa = rule{kind: ruleRegister, reg: r.uleb(), off: m.row.cfa.off}
			case 0x0e: // def_cfa_offset
				m.row.cfa.off = int64(r.uleb())
			case 0x0f: // def_cfa_expression
				m.row.cfa = rule{kind: ruleExpr, expr: r.block()}
			case 0x10: // expression
				reg := r.uleb()
				set(reg, rule{kind: ruleExpr, expr: r.block()})
			case 0x11: // offset_extended_sf
				reg := r.uleb()
				set(reg, rule{kind: ruleOffset, off: r.sleb() * da})
			case 0x12: // def_cfa_sf
				reg := r.uleb()
				m.row.cfa = rule{kind: ruleRegister, reg: reg, off: r.sleb() * da}
			case 0x13: // def_cfa_offset_sf
				m.row.cfa.off = r.sleb() * da
			case 0x14: // val_offset
				reg := r.uleb()
				set(reg, rule{kind: ruleValOffset, off: int64(r.uleb()) * da})
			case 0x15: // val_offset_sf
				reg := r.uleb()
				set(reg, rule{kind: ruleValOffset, off: r.sleb() * da})
			case 0x16: // val_expression
				reg := r.uleb()
				set(reg, rule{kind: ruleValExpr, expr: r.block()})
			case 0x2d: // GNU_window_save, AARCH64 negate_ra_state: nothing on ARM
			case 0x2e: // GNU_args_size
				r.uleb()
			case 0x2f: // GNU_negative_offset_extended
				reg := r.uleb()
				set(reg, rule{kind: ruleOffset, off: -int64(r.uleb()) * da})
			default:
				return false, fmt.Errorf("%w: instruction %#x", errCFI, op)
			}
		}
		if r.bad {
			return false, errCFI
		}
		if done {
			return true, nil
		}
	}
	return false, nil
}
