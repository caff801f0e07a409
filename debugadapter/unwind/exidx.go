package unwind

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"

	"armillary.dev/debugadapter/symbols"
)

// exidxEntry is a line of .ARM.exidx: how to unwind from the code at addr up to the next entry (EHABI32 6).
type exidxEntry struct {
	addr uint32 // link-time
	word uint32
	at   uint32 // link-time address of word
}

const cantUnwind = 1 // EXIDX_CANTUNWIND

var errCantUnwind = errors.New("the exception table says that this function cannot be unwound")

type exidxTable struct {
	entries   []exidxEntry
	extab     []byte
	extabAddr uint32
}

type exidxKey struct{}

func exidx(f *symbols.File) *exidxTable {
	return f.Memo(exidxKey{}, func() any {
		t := &exidxTable{}
		b, addr, err := f.Section(".ARM.exidx")
		if err != nil {
			return t
		}
		for i := 0; i+8 <= len(b); i += 8 {
			w := binary.LittleEndian.Uint32(b[i:])
			at := addr + uint32(i)
			t.entries = append(t.entries, exidxEntry{at + prel31(w), binary.LittleEndian.Uint32(b[i+4:]), at + 4})
		}
		// The linker sorts the table; a broken one is put in order rather than trusted.
		sort.SliceStable(t.entries, func(i, j int) bool { return t.entries[i].addr < t.entries[j].addr })
		t.extab, t.extabAddr, _ = f.Section(".ARM.extab")
		return t
	}).(*exidxTable)
}

// prel31 sign-extends a 31-bit place-relative offset.
func prel31(w uint32) uint32 { return uint32(int32(w<<1) >> 1) }

// index is the entry that covers a link-time pc, or -1.
func (t *exidxTable) index(pc uint32) int {
	return sort.Search(len(t.entries), func(i int) bool { return t.entries[i].addr > pc }) - 1
}

// find returns the unwind bytecode for a link-time pc. ok is false when no entry covers it.
func (t *exidxTable) find(pc uint32) (code []byte, ok bool, err error) {
	i := t.index(pc)
	if i < 0 {
		return nil, false, nil
	}
	e := t.entries[i]
	if e.word == cantUnwind {
		return nil, true, errCantUnwind
	}
	if e.word>>31 == 1 { // inline, compact model
		if e.word>>24 != 0x80 {
			return nil, true, fmt.Errorf("exception table: inline entry %#x", e.word)
		}
		return []byte{byte(e.word >> 16), byte(e.word >> 8), byte(e.word)}, true, nil
	}
	off := e.at + prel31(e.word) - t.extabAddr
	if uint64(off)+4 > uint64(len(t.extab)) {
		return nil, true, errors.New("exception table: entry points outside .ARM.extab")
	}
	word := func(n uint32) (uint32, bool) {
		p := uint64(off) + 4*uint64(n)
		if p+4 > uint64(len(t.extab)) {
			return 0, false
		}
		return binary.LittleEndian.Uint32(t.extab[p:]), true
	}
	w, _ := word(0)
	var more, next uint32
	if w>>31 == 1 { // compact model
		switch w >> 24 {
		case 0x80:
			code = []byte{byte(w >> 16), byte(w >> 8), byte(w)}
		case 0x81, 0x82:
			more, next = w>>16&0xff, 1
			code = []byte{byte(w >> 8), byte(w)}
		default:
			return nil, true, fmt.Errorf("exception table: personality %#x", w>>24)
		}
	} else { // generic model: GCC's routines keep the same bytecode behind the personality's address
		w, ok := word(1)
		if !ok {
			return nil, true, errors.New("exception table: entry is cut off")
		}
		more, next = w>>24, 2
		code = []byte{byte(w >> 16), byte(w >> 8), byte(w)}
	}
	for k := uint32(0); k < more; k++ {
		w, ok := word(next + k)
		if !ok {
			return nil, true, errors.New("exception table: entry is cut off")
		}
		code = append(code, byte(w>>24), byte(w>>16), byte(w>>8), byte(w))
	}
	return code, true, nil
}

// runEHABI executes frame-unwinding instructions (EHABI32 10.3) on regs, whose SP becomes the caller's.
func runEHABI(code []byte, regs *Registers, mem Memory) error {
	vsp, ok := regs.Get(SP)
	if !ok {
		return errUnknownReg(SP)
	}
	pcSet := false
	pop := func(n int) error {
		v, err := readWord(mem, vsp)
		if err != nil {
			return err
		}
		regs.SetSaved(n, v, vsp)
		pcSet = pcSet || n == PC
		vsp += 4
		return nil
	}
	popMask := func(mask uint32, base int) error {
		newSP := uint32(0)
		hasSP := false
		for i := 0; i < 16; i++ {
			if mask>>i&1 == 0 {
				continue
			}
			if err := pop(base + i); err != nil {
				return err
			}
			if base+i == SP {
				newSP, _ = regs.Get(SP)
				hasSP = true
			}
		}
		if hasSP {
			vsp = newSP
		}
		return nil
	}
	popD := func(first, n int) error {
		for i := 0; i < n; i++ {
			if first+i >= numVFP {
				return errors.New("exception table: no such D register")
			}
			var b [8]byte
			if err := mem.ReadMemory(vsp, b[:]); err != nil {
				return err
			}
			regs.SetSavedDouble(first+i, binary.LittleEndian.Uint64(b[:]), vsp)
			vsp += 8
		}
		return nil
	}
	r := reader{b: code}
loop:
	for r.pos < len(code) && !r.bad {
		var err error
		switch op := r.u8(); {
		case op < 0x40:
			vsp += uint32(op&0x3f)<<2 + 4
		case op < 0x80:
			vsp -= uint32(op&0x3f)<<2 + 4
		case op < 0x90:
			mask := uint32(op&0xf)<<8 | uint32(r.u8())
			if mask == 0 {
				return errCantUnwind
			}
			err = popMask(mask, 4)
		case op < 0xa0:
			n := int(op & 0xf)
			v, ok := regs.Get(n)
			if n == SP || n == PC || !ok {
				return errUnknownReg(n)
			}
			vsp = v
		case op < 0xb0:
			mask := uint32(1)<<(op&7+1) - 1
			if op&8 != 0 {
				mask |= 1 << 10
			}
			err = popMask(mask, 4)
		case op == 0xb0:
			break loop
		case op == 0xb1:
			mask := uint32(r.u8())
			if mask == 0 || mask > 15 {
				return fmt.Errorf("exception table: instruction 0xb1 %#x", mask)
			}
			err = popMask(mask, 0)
		case op == 0xb2:
			vsp += 0x204 + uint32(r.uleb()<<2)
		case op == 0xb3:
			x := r.u8()
			err = popD(int(x>>4), int(x&0xf)+1)
			vsp += 4 // FSTMFDX leaves a word
		case op >= 0xb8 && op < 0xc0:
			err = popD(8, int(op&7)+1)
			vsp += 4
		case op == 0xc8:
			x := r.u8()
			err = popD(16+int(x>>4), int(x&0xf)+1)
		case op == 0xc9:
			x := r.u8()
			err = popD(int(x>>4), int(x&0xf)+1)
		case op >= 0xd0 && op < 0xd8:
			err = popD(8, int(op&7)+1)
		default:
			return fmt.Errorf("exception table: instruction %#x is not known", op)
		}
		if err != nil {
			return err
		}
	}
	if r.bad {
		return errors.New("exception table: instruction is cut off")
	}
	regs.Set(SP, vsp)
	if !pcSet {
		lr, ok := regs.Get(LR)
		if !ok {
			return errUnknownReg(LR)
		}
		s := regs.Where(LR)
		regs.Set(PC, lr)
		if s.InMemory {
			regs.SetSaved(PC, lr, s.Addr)
		}
	}
	return nil
}
