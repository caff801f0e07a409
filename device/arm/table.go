package arm

import (
	"strings"
	"sync"
)

// row is one encoding. In pattern 0 and 1 are fixed bits (those that the ARM ARM prints as (0) and (1) included: an
// encoding that breaks them is unpredictable and is taken as undefined), a letter is a field whose bits are gathered
// from left to right, and blanks only help reading. The fields d t (Rd), n (Rn), m (Rm), a u (Ra), i (Imm), j (Imm2),
// c (Cond) and S (SetFlags) are stored as they are; form does the rest with the others and may refuse the encoding.
type row struct {
	pattern string
	op      Op
	form    form
	x       uint32 // the form's parameter
	no15    string // register fields in which 15 is unpredictable

	mask, bits uint32
	fields     []field
}

type field struct {
	letter byte
	runs   []run
}

type run struct{ lsb, width uint8 }

// fields of one word by letter-'A'.
type fields [58]uint32

func (f *fields) get(letter byte) uint32 { return f[letter-'A'] }

type form func(in *Inst, f *fields, x uint32) bool

func (r *row) compile(width int) {
	bit := width
	for _, c := range []byte(r.pattern) {
		if c == ' ' {
			continue
		}
		bit--
		switch c {
		case '0', '1':
			r.mask |= 1 << bit
			r.bits |= uint32(c-'0') << bit
			continue
		case '-':
			continue
		}
		k := -1
		for i := range r.fields {
			if r.fields[i].letter == c {
				k = i
			}
		}
		if k < 0 {
			r.fields = append(r.fields, field{letter: c})
			k = len(r.fields) - 1
		}
		f := &r.fields[k]
		if n := len(f.runs); n > 0 && int(f.runs[n-1].lsb) == bit+1 {
			f.runs[n-1].lsb--
			f.runs[n-1].width++
		} else {
			f.runs = append(f.runs, run{uint8(bit), 1})
		}
	}
	if bit != 0 {
		panic("arm: encoding table: pattern of wrong length: " + r.pattern)
	}
}

// table is a set of rows with an index over some of the bits.
type table struct {
	rows  []row
	index [][]uint16 // candidates in order, by key
	key   func(w uint32) uint32
	once  sync.Once
	build func() []row
	width int
	// keyBits spreads a key back to the bits of a word it was made from, and keyMask says which those are.
	keyBits func(k uint32) uint32
	keyMask uint32
	keys    uint32
}

func (t *table) init() {
	t.once.Do(func() {
		t.rows = t.build()
		t.index = make([][]uint16, t.keys)
		for i := range t.rows {
			t.rows[i].compile(t.width)
		}
		for k := range t.index {
			w := t.keyBits(uint32(k))
			for i := range t.rows {
				if m := t.rows[i].mask & t.keyMask; w&m == t.rows[i].bits&m {
					t.index[k] = append(t.index[k], uint16(i))
				}
			}
		}
	})
}

// decode finds the first row that matches; a row whose form refuses ends the search.
func (t *table) decode(w uint32, mode Mode) (Inst, bool) {
	t.init()
	in := Inst{Raw: w, Mode: mode, Len: uint8(t.width / 8), Cond: AL}
	for _, i := range t.index[t.key(w)] {
		r := &t.rows[i]
		if w&r.mask != r.bits {
			continue
		}
		bad := in
		var f fields
		for _, fd := range r.fields {
			v := uint32(0)
			for _, rn := range fd.runs {
				v = v<<rn.width | w>>rn.lsb&(1<<rn.width-1)
			}
			f[fd.letter-'A'] = v
			switch fd.letter {
			case 'd', 't':
				in.Rd = uint8(v)
			case 'n':
				in.Rn = uint8(v)
			case 'm':
				in.Rm = uint8(v)
			case 'a', 'u':
				in.Ra = uint8(v)
			case 'i':
				in.Imm = v
			case 'j':
				in.Imm2 = v
			case 'c':
				in.Cond = Cond(v)
			case 'S':
				in.SetFlags = v == 1
			}
			if v == 15 && strings.IndexByte(r.no15, fd.letter) >= 0 {
				return bad, false
			}
		}
		if in.Cond == 15 {
			return bad, false
		}
		in.Op, in.row = r.op, i
		if r.form != nil && !r.form(&in, &f, r.x) {
			return bad, false
		}
		in.classify()
		return in, true
	}
	return in, false
}

var (
	t16 = table{build: rowsT16, width: 16, keys: 1 << 10, keyMask: 0xffc0,
		key: func(w uint32) uint32 { return w >> 6 }, keyBits: func(k uint32) uint32 { return k << 6 }}
	// bits 28..20 and 7..4 of the wide encodings
	t32 = table{build: rowsT32, width: 32, keys: 1 << 13, keyMask: 0x1ff000f0,
		key:     func(w uint32) uint32 { return w>>20&0x1ff<<4 | w>>4&15 },
		keyBits: func(k uint32) uint32 { return k>>4<<20 | k&15<<4 }}
	a32 = table{build: rowsA32, width: 32, keys: 1 << 13, keyMask: 0x1ff000f0, // bit 28 tells the unconditional space from most
		key:     func(w uint32) uint32 { return w>>20&0x1ff<<4 | w>>4&15 },
		keyBits: func(k uint32) uint32 { return k>>4<<20 | k&15<<4 }}
)

func decodeT16(h uint32) (Inst, bool) { return t16.decode(h, T32) }
func decodeT32(w uint32) (Inst, bool) { return t32.decode(w, T32) }
func decodeA32(w uint32) (Inst, bool) {
	if w>>28 == 15 {
		return a32u.decode(w, A32)
	}
	return a32.decode(w, A32)
}

var a32u = table{build: rowsA32Uncond, width: 32, keys: 1 << 12, keyMask: 0x0ff000f0,
	key:     func(w uint32) uint32 { return w>>20&0xff<<4 | w>>4&15 },
	keyBits: func(k uint32) uint32 { return k>>4<<20 | k&15<<4 }}

// Encoding is a row of the table, for those who generate tests or documentation from it.
type Encoding struct {
	Mode    Mode
	Width   int    // 16 or 32 bits
	Pattern string // Width characters: 0, 1, or the letter of a field
	Op      Op
}

// Encodings lists the table's rows.
func Encodings() (list []Encoding) {
	for _, t := range []struct {
		*table
		mode Mode
	}{{&t16, T32}, {&t32, T32}, {&a32, A32}, {&a32u, A32}} {
		t.init()
		for i := range t.rows {
			list = append(list, Encoding{t.mode, t.width, strings.ReplaceAll(t.rows[i].pattern, " ", ""), t.rows[i].op})
		}
	}
	return list
}
