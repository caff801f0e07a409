package guestlib

import (
	"encoding/binary"
	"sort"
)

// debugFrame writes .debug_frame (DWARF 4, 6.4.1; the registers' numbers are the core's own, AADWARF 3.1).
func (l *linker) debugFrame(textAt uint32) []byte {
	le := binary.LittleEndian
	var out []byte
	entry := func(body []byte) uint32 {
		for len(body)%4 != 0 {
			body = append(body, 0) // DW_CFA_nop
		}
		at := uint32(len(out))
		out = le.AppendUint32(out, uint32(len(body)))
		out = append(out, body...)
		return at
	}
	cie := func(augmentation string, returnRegister byte, rules ...byte) []byte {
		b := le.AppendUint32(nil, 0xFFFFFFFF)
		b = append(b, 3) // version
		b = append(append(b, augmentation...), 0)
		b = append(b, 2, 0x7C, returnRegister) // code alignment 2, data alignment -4
		return append(b, rules...)
	}
	const defCFA, defCFAOffset, offsetExtendedSf, sameValue, offset = 0x0C, 0x0E, 0x11, 0x08, 0x80
	plain := entry(cie("", 14, defCFA, 13, 0))
	signal, haveSignal := uint32(0), false

	for i := range l.funcs {
		p := &l.funcs[i]
		start, size := textAt+p.at, uint32(len(p.code.text))
		if p.f.SignalFrame > 0 {
			if !haveSignal {
				signal, haveSignal = entry(cie("S", 15, defCFA, 13, 0)), true
			}
			b := le.AppendUint32(nil, signal)
			b = le.AppendUint32(b, start-4)
			b = le.AppendUint32(b, size+4)
			for r := 0; r < 16; r++ {
				// Factored by -4, and upwards from sp: the factor is negative.
				b = append(b, offsetExtendedSf, byte(r))
				b = appendSleb(b, -(p.f.SignalFrame+4*r)/4)
			}
			entry(b)
			continue
		}
		b := le.AppendUint32(nil, plain)
		b = le.AppendUint32(b, start)
		b = le.AppendUint32(b, size)
		prev := frameRow{}
		for _, row := range p.code.rows {
			if row.at == 0 && row.cfa == 0 {
				continue
			}
			if d := (row.at - prev.at) / 2; d > 0 {
				b = appendAdvance(b, d)
			}
			if row.cfa != prev.cfa {
				b = appendUleb(append(b, defCFAOffset), uint32(row.cfa))
			}
			for r := 0; r < 16; r++ {
				now, is := row.saved[r]
				was, had := prev.saved[r]
				switch {
				case is && (!had || now != was):
					b = appendUleb(append(b, offset|byte(r)), uint32(-now/4))
				case had && !is:
					b = append(b, sameValue, byte(r))
				}
			}
			prev = row
		}
		entry(b)
	}
	return out
}

func appendAdvance(b []byte, d int) []byte {
	switch {
	case d < 64:
		return append(b, 0x40|byte(d))
	case d < 256:
		return append(b, 0x02, byte(d))
	}
	return append(b, 0x03, byte(d), byte(d>>8))
}

func appendUleb(b []byte, v uint32) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendSleb(b []byte, v int) []byte {
	for {
		c := byte(v & 0x7F)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// writeExidx writes the exception index: for each function the state of its body, in compact form (EHABI32 9.3).
func (l *linker) writeExidx(put func(at, a, b uint32), exidxAt, textAt uint32) {
	at := uint32(0)
	rel := func(to uint32) uint32 { return (to - (exidxAt + at)) & 0x7FFFFFFF }
	for i := range l.funcs {
		p := &l.funcs[i]
		a := rel(textAt + p.at)
		put(at, a, compactUnwind(&p.code, p.f.SignalFrame > 0))
		at += 8
	}
	put(at, rel(textAt+uint32(len(l.text))), 1) // nothing behind the text can be unwound
}

const cannotUnwind = 1

// compactUnwind is the inline table word of a function: first the local area goes, then the saved registers.
func compactUnwind(c *code, signal bool) uint32 {
	if signal {
		return cannotUnwind
	}
	body := c.rows[0]
	for _, r := range c.rows {
		if r.cfa > body.cfa {
			body = r
		}
	}
	var regs []int
	for r := range body.saved {
		regs = append(regs, r)
	}
	sort.Ints(regs)
	ops := []byte{}
	mask, scratch := 0, 0
	for _, r := range regs {
		if r >= 4 {
			mask |= 1 << r
		} else {
			scratch++
		}
	}
	local := body.cfa - 4*len(regs) + 4*scratch // r0-r3 are pushed only to move sp
	if local > 0 {
		if local > 0x100 {
			return cannotUnwind
		}
		ops = append(ops, byte(local/4-1))
	}
	if mask != 0 {
		ops = append(ops, 0x80|byte(mask>>12), byte(mask>>4))
	}
	for len(ops) < 3 {
		ops = append(ops, 0xB0) // finish
	}
	if len(ops) > 3 {
		return cannotUnwind
	}
	return 0x80<<24 | uint32(ops[0])<<16 | uint32(ops[1])<<8 | uint32(ops[2])
}
