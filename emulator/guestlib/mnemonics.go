package guestlib

import (
	"fmt"
)

type emitter func(a *asm, op string, o []string) error

var mnemonics map[string]emitter

var conditions = []string{"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"}

func init() {
	mnemonics = map[string]emitter{
		"push": pushPop, "pop": pushPop,
		"mov": move, "movw": moveWide, "movt": moveWide,
		"add": addSub, "sub": addSub,
		"cmp": compare, "cmn": compare,
		"ldr": loadStore, "str": loadStore, "ldrb": loadStore, "strb": loadStore,
		"b": branch, "bl": branch, "bx": branchReg, "blx": branchReg,
		"cbz": compareBranch, "cbnz": compareBranch,
		"svc": number(0xDF00), "udf": number(0xDE00),
		"nop":    fixed(0xBF00),
		"dmb":    fixed(0xF3BF, 0x8F5B), // full system inner-shareable
		"gettls": getTLS,
		"call":   call, "got": relative(fixGot), "addr": relative(fixAddress),
	}
	for _, c := range conditions {
		mnemonics["b"+c] = branchIf
	}
}

func need(o []string, n int) error {
	if len(o) != n {
		return fmt.Errorf("takes %d operands, not %d", n, len(o))
	}
	return nil
}

func fixed(halves ...int) emitter {
	return func(a *asm, op string, o []string) error { a.h(halves...); return nil }
}

func number(base int) emitter {
	return func(a *asm, op string, o []string) error {
		if err := need(o, 1); err != nil {
			return err
		}
		n, err := imm(o[0])
		if err == nil && (n < 0 || n > 255) {
			err = fmt.Errorf("%d is outside 0..255", n)
		}
		a.h(base | n&0xFF)
		return err
	}
}

func pushPop(a *asm, op string, o []string) error {
	if err := need(o, 1); err != nil {
		return err
	}
	list, err := regList(o[0])
	if err != nil {
		return err
	}
	mask := regMask(list)
	if op == "push" {
		switch {
		case mask&^0x40FF == 0:
			a.h(0xB400 | mask>>14<<8 | mask&0xFF)
		case mask&0xA000 == 0 && len(list) == 1:
			a.h(0xF84D, list[0]<<12|0xD04) // a list of one is UNPREDICTABLE: str rt, [sp, #-4]!
		case mask&0xA000 == 0:
			a.h(0xE92D, mask)
		default:
			return fmt.Errorf("cannot push sp or pc")
		}
		a.adjust(4*len(list), list, nil)
		return nil
	}
	switch {
	case mask&^0x80FF == 0:
		a.h(0xBC00 | mask>>15<<8 | mask&0xFF)
	case mask&0x2000 == 0 && len(list) == 1:
		a.h(0xF85D, list[0]<<12|0xB04)
	case mask&0x2000 == 0:
		a.h(0xE8BD, mask)
	default:
		return fmt.Errorf("cannot pop sp")
	}
	if mask>>15 == 1 {
		a.dead = true
		return nil
	}
	a.adjust(-4*len(list), nil, list)
	return nil
}

func move(a *asm, op string, o []string) error {
	if err := need(o, 2); err != nil {
		return err
	}
	rd, err := reg(o[0])
	if err != nil {
		return err
	}
	if rm, err := reg(o[1]); err == nil {
		a.h(0x4600 | rd>>3<<7 | rm<<3 | rd&7)
		return nil
	}
	v, err := imm(o[1])
	if err != nil {
		return err
	}
	switch {
	case v >= 0 && v < 256 && rd < 8:
		a.h(0x2000 | rd<<8 | v)
	case v >= 0 && v < 65536:
		a.h2(movw(0xF240, rd, v))
	case v < 0 && v >= -256:
		a.h2(wide12(0xF06F, rd<<8, ^v)) // mvn
	default:
		return fmt.Errorf("%d does not fit; use movw and movt", v)
	}
	return nil
}

func (a *asm) h2(x, y int) { a.h(x, y) }

func moveWide(a *asm, op string, o []string) error {
	if err := need(o, 2); err != nil {
		return err
	}
	rd, err := reg(o[0])
	if err != nil {
		return err
	}
	v, err := imm(o[1])
	if err != nil {
		return err
	}
	base := 0xF240
	if op == "movt" {
		base = 0xF2C0
	}
	a.h2(movw(base, rd, v))
	return nil
}

func addSub(a *asm, op string, o []string) error {
	if len(o) == 2 {
		o = []string{o[0], o[0], o[1]}
	}
	if err := need(o, 3); err != nil {
		return err
	}
	rd, err := reg(o[0])
	if err != nil {
		return err
	}
	rn, err := reg(o[1])
	if err != nil {
		return err
	}
	if rm, err := reg(o[2]); err == nil {
		switch {
		case op == "add" && rm == 15 && rd == rn:
			a.h(0x4400 | rd>>3<<7 | rm<<3 | rd&7)
		case rd == 13 || rd == 15 || rm == 13 || rm == 15 || rn == 15:
			return fmt.Errorf("this form is not known")
		case op == "add":
			a.h(0xEB00|rn, rd<<8|rm)
		default:
			a.h(0xEBA0|rn, rd<<8|rm)
		}
		return nil
	}
	v, err := imm(o[2])
	if err != nil {
		return err
	}
	if v < 0 || v > 4095 {
		return fmt.Errorf("%d is outside 0..4095", v)
	}
	sub := op == "sub"
	if rd == 13 && rn == 13 {
		if v%4 != 0 || v > 508 {
			return fmt.Errorf("sp moves by a multiple of 4 up to 508, not %d", v)
		}
		if sub {
			a.h(0xB080 | v/4)
			a.adjust(v, nil, nil)
		} else {
			a.h(0xB000 | v/4)
			a.adjust(-v, nil, nil)
		}
		return nil
	}
	base := 0xF200
	if sub {
		base = 0xF2A0
	}
	a.h2(wide12(base|rn, rd<<8, v))
	return nil
}

func compare(a *asm, op string, o []string) error {
	if err := need(o, 2); err != nil {
		return err
	}
	rn, err := reg(o[0])
	if err != nil {
		return err
	}
	if rm, err := reg(o[1]); err == nil {
		switch {
		case op == "cmn":
			return fmt.Errorf("cmn takes an immediate")
		case rn < 8 && rm < 8:
			a.h(0x4280 | rm<<3 | rn)
		default:
			a.h(0x4500 | rn>>3<<7 | rm<<3 | rn&7)
		}
		return nil
	}
	v, err := imm(o[1])
	if err != nil {
		return err
	}
	if op == "cmp" && rn < 8 && v >= 0 && v < 256 {
		a.h(0x2800 | rn<<8 | v)
		return nil
	}
	m, ok := modifiedImmediate(uint32(v))
	if !ok {
		return fmt.Errorf("%d is no modified immediate", v)
	}
	base := 0xF1B0
	if op == "cmn" {
		base = 0xF110
	}
	a.h2(wide12(base|rn, 0x0F00, m))
	return nil
}

func loadStore(a *asm, op string, o []string) error {
	if err := need(o, 2); err != nil {
		return err
	}
	rt, err := reg(o[0])
	if err != nil {
		return err
	}
	rn, off, err := address(o[1])
	if err != nil {
		return err
	}
	load := op == "ldr"
	switch {
	case op == "ldrb":
		a.h(0xF890|rn, rt<<12|off)
	case op == "strb":
		a.h(0xF880|rn, rt<<12|off)
	case rt < 8 && rn < 8 && off%4 == 0 && off < 128:
		base := 0x6000
		if load {
			base = 0x6800
		}
		a.h(base | off/4<<6 | rn<<3 | rt)
	case rt < 8 && rn == 13 && off%4 == 0 && off < 1024:
		base := 0x9000
		if load {
			base = 0x9800
		}
		a.h(base | rt<<8 | off/4)
	case load:
		a.h(0xF8D0|rn, rt<<12|off)
	default:
		a.h(0xF8C0|rn, rt<<12|off)
	}
	return nil
}

func (a *asm) branchTo(label string, kind byte, halves ...int) {
	a.pending = append(a.pending, pendingBranch{len(a.text), label, kind})
	if kind != 'l' {
		if _, ok := a.branches[label]; !ok {
			a.branches[label] = a.frame
		}
	}
	a.h(halves...)
}

func branch(a *asm, op string, o []string) error {
	if err := need(o, 1); err != nil {
		return err
	}
	if op == "bl" {
		a.branchTo(o[0], 'l', 0xF000, 0xD000)
		return nil
	}
	a.branchTo(o[0], 'b', 0xF000, 0x9000)
	a.dead = true
	return nil
}

func branchIf(a *asm, op string, o []string) error {
	if err := need(o, 1); err != nil {
		return err
	}
	for i, c := range conditions {
		if op == "b"+c {
			a.branchTo(o[0], 'c', 0xF000|i<<6, 0x8000)
		}
	}
	return nil
}

func branchReg(a *asm, op string, o []string) error {
	if err := need(o, 1); err != nil {
		return err
	}
	rm, err := reg(o[0])
	if op == "blx" {
		a.h(0x4780 | rm<<3)
	} else {
		a.h(0x4700 | rm<<3)
		a.dead = true
	}
	return err
}

func compareBranch(a *asm, op string, o []string) error {
	if err := need(o, 2); err != nil {
		return err
	}
	rn, err := reg(o[0])
	if err == nil && rn > 7 {
		err = fmt.Errorf("takes r0..r7")
	}
	base := 0xB100
	if op == "cbnz" {
		base = 0xB900
	}
	a.branchTo(o[1], 'z', base|rn&7)
	return err
}

func getTLS(a *asm, op string, o []string) error {
	if err := need(o, 1); err != nil {
		return err
	}
	rt, err := reg(o[0])
	a.h(0xEE1D, 0x0F70|rt<<12) // mrc p15, 0, rt, c13, c0, 3
	return err
}

func call(a *asm, op string, o []string) error {
	if err := need(o, 1); err != nil {
		return err
	}
	a.fixups = append(a.fixups, fixup{fixCall, len(a.text), o[0], 12})
	a.h2(movw(0xF240, 12, 0))
	a.h(0xDF00) // the number comes with the index
	return nil
}

// relative emits movw, movt and add pc; for the GOT also the load.
func relative(kind fixupKind) emitter {
	return func(a *asm, op string, o []string) error {
		if err := need(o, 2); err != nil {
			return err
		}
		rd, err := reg(o[0])
		if err == nil && rd > 7 {
			err = fmt.Errorf("takes r0..r7")
		}
		a.fixups = append(a.fixups, fixup{kind, len(a.text), o[1], rd})
		a.h2(movw(0xF240, rd, 0))
		a.h2(movw(0xF2C0, rd, 0))
		a.h(0x4400 | 15<<3 | rd)
		if kind == fixGot {
			a.h(0x6800 | rd<<3 | rd)
		}
		return err
	}
}
