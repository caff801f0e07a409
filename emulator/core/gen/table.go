package main

import (
	"fmt"
	"strings"
)

// sem is what one operation of the intermediate form does.
type sem struct {
	name   string
	code   string // Go, with the macros of expand
	reads  string // flags read, of "NZCV"
	writes string
	faults bool   // may leave for the slow path: flags must be exact before it
	ends   bool   // ends its block
	plain  string // the same without flags, for when they are dead
}

var conds = []struct{ name, expr, reads, cmp string }{
	{"EQ", "s.ZF == 0", "Z", "p == q"}, {"NE", "s.ZF != 0", "Z", "p != q"},
	{"CS", "s.CF != 0", "C", "p >= q"}, {"CC", "s.CF == 0", "C", "p < q"},
	{"MI", "int32(s.NF) < 0", "N", "int32(p-q) < 0"}, {"PL", "int32(s.NF) >= 0", "N", "int32(p-q) >= 0"},
	{"VS", "int32(s.VF) < 0", "V", ""}, {"VC", "int32(s.VF) >= 0", "V", ""},
	{"HI", "s.CF != 0 && s.ZF != 0", "CZ", "p > q"}, {"LS", "s.CF == 0 || s.ZF == 0", "CZ", "p <= q"},
	{"GE", "int32(s.NF^s.VF) >= 0", "NV", "int32(p) >= int32(q)"}, {"LT", "int32(s.NF^s.VF) < 0", "NV", "int32(p) < int32(q)"},
	{"GT", "s.ZF != 0 && int32(s.NF^s.VF) >= 0", "NZV", "int32(p) > int32(q)"},
	{"LE", "s.ZF == 0 || int32(s.NF^s.VF) < 0", "NZV", "int32(p) <= int32(q)"},
}

const (
	addFlags = "s.NF, s.ZF, s.CF, s.VF = v, v, b2u(v < p), ^(p^q)&(p^v)\n"
	subFlags = "s.NF, s.ZF, s.CF, s.VF = v, v, b2u(p >= q), (p^q)&(p^v)\n"
	nzFlags  = "s.NF, s.ZF = v, v\n"
)

func table() []sem {
	var t []sem
	add := func(o ...sem) { t = append(t, o...) }
	add(sem{name: "Invalid", code: "SLOW\nreturn Exit{Reason: Undefined, Imm: $imm}, true", faults: true, ends: true})

	// Moves, and shifts by constants (1..31) and registers, with and without the carry they put out.
	add(sem{name: "MovI", code: "$d = $imm"}, sem{name: "MovR", code: "$d = $m"}, sem{name: "MvnR", code: "$d = ^$m"},
		sem{name: "MovIS", code: "v = $imm\n$d = v\n" + nzFlags, writes: "NZ", plain: "MovI"},
		sem{name: "MovRS", code: "v = $m\n$d = v\n" + nzFlags, writes: "NZ", plain: "MovR"},
		sem{name: "MvnRS", code: "v = ^$m\n$d = v\n" + nzFlags, writes: "NZ", plain: "MvnR"},
		sem{name: "Movt", code: "$d = $d&0xffff | $imm<<16"},
		sem{name: "SetC", code: "s.CF = $imm", writes: "C", plain: "Nop"},
		sem{name: "Nop", code: ""})
	shifts := []struct{ name, expr, carry string }{
		{"Lsl", "$m << $sh", "$m >> (32-$sh) & 1"}, {"Lsr", "$m >> $sh", "$m >> ($sh-1) & 1"},
		{"Asr", "uint32(int32($m) >> $sh)", "$m >> ($sh-1) & 1"}, {"Ror", "bits.RotateLeft32($m, -int($sh))", "$m >> ($sh-1) & 1"},
	}
	for i, h := range shifts {
		add(sem{name: h.name + "I", code: "$d = " + h.expr},
			sem{name: h.name + "IC", code: "v = " + h.carry + "\n$d = " + h.expr + "\ns.CF = v", writes: "C", plain: h.name + "I"},
			sem{name: h.name + "IS", code: "t = " + h.carry + "\nv = " + h.expr + "\n$d = v\ns.CF = t\n" + nzFlags, writes: "NZC", plain: h.name + "I"},
			sem{name: h.name + "R", code: fmt.Sprintf("$d, _ = shiftReg(%d, $m, $a, 0)", i)},
			sem{name: h.name + "RC", code: fmt.Sprintf("$d, s.CF = shiftReg(%d, $m, $a, s.CF)", i), reads: "C", writes: "C"})
	}
	add(sem{name: "Rrx", code: "$d = $m>>1 | s.CF<<31", reads: "C"},
		sem{name: "RrxC", code: "v = $m\n$d = v>>1 | s.CF<<31\ns.CF = v & 1", reads: "C", writes: "C"})

	// Arithmetic and logic: p op q, q a register or a constant.
	alu := []struct{ name, expr, flags, set, reads string }{
		{"Add", "p + q", addFlags, "NZCV", ""}, {"Sub", "p - q", subFlags, "NZCV", ""},
		{"Rsb", "q - p", "p, q = q, p\n" + subFlags, "NZCV", ""},
		{"And", "p & q", nzFlags, "NZ", ""}, {"Eor", "p ^ q", nzFlags, "NZ", ""}, {"Orr", "p | q", nzFlags, "NZ", ""},
		{"Bic", "p &^ q", nzFlags, "NZ", ""}, {"Orn", "p | ^q", nzFlags, "NZ", ""},
		{"Adc", "p + q + s.CF", "s.CF = uint32((uint64(p)+uint64(q)+uint64(s.CF))>>32)\ns.NF, s.ZF, s.VF = v, v, ^(p^q)&(p^v)\n", "NZCV", "C"},
		{"Sbc", "p + ^q + s.CF", "s.CF = uint32((uint64(p)+uint64(^q)+uint64(s.CF))>>32)\ns.NF, s.ZF, s.VF = v, v, (p^q)&(p^v)\n", "NZCV", "C"},
		{"Rsc", "q + ^p + s.CF", "s.CF = uint32((uint64(q)+uint64(^p)+uint64(s.CF))>>32)\ns.NF, s.ZF, s.VF = v, v, (q^p)&(q^v)\n", "NZCV", "C"},
	}
	for _, o := range alu {
		for _, k := range []struct{ suffix, q string }{{"R", "$m"}, {"I", "$imm"}} {
			x := strings.NewReplacer("p", "$n", "q", k.q).Replace(o.expr)
			add(sem{name: o.name + k.suffix, code: "$d = " + x, reads: o.reads},
				sem{name: o.name + k.suffix + "S", code: "p, q := $n, " + k.q + "\nv = " + o.expr + "\n" + o.flags + "$d = v", reads: o.reads, writes: o.set, plain: o.name + k.suffix})
		}
	}
	for _, o := range alu[:7] {
		for _, h := range shifts {
			add(sem{name: o.name + h.name, code: "$d = " + strings.NewReplacer("p", "$n", "q", "("+h.expr+")").Replace(o.expr)})
		}
	}
	for _, k := range []struct{ suffix, q string }{{"R", "$m"}, {"I", "$imm"}} {
		pq := "p, q := $n, " + k.q + "\n"
		add(sem{name: "Cmp" + k.suffix, code: pq + "v = p - q\n" + subFlags, writes: "NZCV", plain: "Nop"},
			sem{name: "Cmn" + k.suffix, code: pq + "v = p + q\n" + addFlags, writes: "NZCV", plain: "Nop"},
			sem{name: "Tst" + k.suffix, code: pq + "v = p & q\n" + nzFlags, writes: "NZ", plain: "Nop"},
			sem{name: "Teq" + k.suffix, code: pq + "v = p ^ q\n" + nzFlags, writes: "NZ", plain: "Nop"})
		for _, c := range conds {
			if c.cmp != "" {
				add(sem{name: "Cmp" + k.suffix + "B" + c.name, ends: true, writes: "NZCV",
					code: strings.Replace(pq, "$imm", "op.imm3", 1) + "v = p - q\n" + subFlags + "if " + c.cmp + " { goto taken }\ngoto fall"})
			}
		}
	}
	// SUBS/ADDS/logic + conditional branch on Z or N
	for _, o := range []struct{ name, expr, flags, set string }{{"Sub", "p - q", subFlags, "NZCV"}, {"Add", "p + q", addFlags, "NZCV"}} {
		for _, c := range []struct{ name, expr string }{{"EQ", "v == 0"}, {"NE", "v != 0"}, {"MI", "int32(v) < 0"}, {"PL", "int32(v) >= 0"}} {
			add(sem{name: o.name + "ISB" + c.name, ends: true, writes: o.set,
				code: "p, q := $n, op.imm3\nv = " + o.expr + "\n" + o.flags + "$d = v\nif " + c.expr + " { goto taken }\ngoto fall"})
		}
	}

	// Multiplication, division, saturation, SIMD in general registers.
	add(sem{name: "Mul", code: "$d = $n * $m"}, sem{name: "Mla", code: "$d = $n*$m + $a"}, sem{name: "Mls", code: "$d = $a - $n*$m"},
		sem{name: "SetNZ", code: "v = $d\n" + nzFlags, writes: "NZ", plain: "Nop"},
		sem{name: "SetNZ64", code: "s.NF, s.ZF = $a, $d|$a", writes: "NZ", plain: "Nop"},
		sem{name: "Umull", code: "w := uint64($n) * uint64($m)\n$d, $a = uint32(w), uint32(w>>32)"},
		sem{name: "Smull", code: "w := uint64(int64(int32($n)) * int64(int32($m)))\n$d, $a = uint32(w), uint32(w>>32)"},
		sem{name: "Umlal", code: "w := uint64($n)*uint64($m) + (uint64($d) | uint64($a)<<32)\n$d, $a = uint32(w), uint32(w>>32)"},
		sem{name: "Smlal", code: "w := uint64(int64(int32($n))*int64(int32($m))) + (uint64($d) | uint64($a)<<32)\n$d, $a = uint32(w), uint32(w>>32)"},
		sem{name: "Umaal", code: "w := uint64($n)*uint64($m) + uint64($d) + uint64($a)\n$d, $a = uint32(w), uint32(w>>32)"},
		sem{name: "Udiv", code: "v = 0\nif $m != 0 { v = $n / $m }\n$d = v"},
		sem{name: "Sdiv", code: "$d = sdiv($n, $m)"},
		// the rest by function: $raw says which, $imm its parameter
		sem{name: "Media3", code: "$d = media(s, op, $n, $m, $a)"},
		sem{name: "Media4", code: "$d, $a = mediaLong(op, $n, $m, $d, $a)"},
		sem{name: "Sxtb", code: "$d = uint32(int32(int8($m >> $sh)))"}, sem{name: "Sxth", code: "$d = uint32(int32(int16($m >> $sh)))"},
		sem{name: "Uxtb", code: "$d = $m >> $sh & 0xff"}, sem{name: "Uxth", code: "$d = $m >> $sh & 0xffff"},
		sem{name: "Rev", code: "$d = bits.ReverseBytes32($m)"}, sem{name: "Rev16", code: "v = $m\n$d = v>>8&0x00ff00ff | v<<8&0xff00ff00"},
		sem{name: "Revsh", code: "v = $m\n$d = uint32(int32(int16(v>>8&0xff | v<<8)))"},
		sem{name: "Rbit", code: "$d = bits.Reverse32($m)"}, sem{name: "Clz", code: "$d = uint32(bits.LeadingZeros32($m))"},
		// $imm is the mask of the field in place
		sem{name: "Bfi", code: "$d = $d&^$imm | $m<<$sh&$imm"},
		sem{name: "Ubfx", code: "$d = $m >> $sh & $imm"},
		sem{name: "Sbfx", code: "$d = uint32(int32($m<<$sh) >> ($imm&31))"},
	)

	// Memory.
	for _, m := range []struct{ name, load string }{{"Ldr", "LOAD(32, $d)"}, {"Ldrb", "LOAD(8, $d)"}, {"Ldrh", "LOAD(16, $d)"}, {"Ldrsb", "LOADS(8, $d)"}, {"Ldrsh", "LOADS(16, $d)"}} {
		add(sem{name: m.name + "I", code: "a = $n + $imm\n" + m.load, faults: true},
			sem{name: m.name + "R", code: "a = $n + $m<<$sh\n" + m.load, faults: true})
	}
	add(sem{name: "LdrA", code: "a = $imm\nLOAD(32, $d)", faults: true},
		sem{name: "LdrPost", code: "a = $n\nLOAD(32, v)\n$n = a + $imm\n$d = v", faults: true},
		sem{name: "LdrbPost", code: "a = $n\nLOAD(8, v)\n$n = a + $imm\n$d = v", faults: true},
		sem{name: "LdrPre", code: "a = $n + $imm\nLOAD(32, v)\n$n = a\n$d = v", faults: true},
		sem{name: "LdrbPre", code: "a = $n + $imm\nLOAD(8, v)\n$n = a\n$d = v", faults: true})
	for _, m := range []struct{ name, bits string }{{"Str", "32"}, {"Strb", "8"}, {"Strh", "16"}} {
		add(sem{name: m.name + "I", code: "a = $n + $imm\nSTORE(" + m.bits + ", $d)", faults: true},
			sem{name: m.name + "R", code: "a = $n + $m<<$sh\nSTORE(" + m.bits + ", $d)", faults: true})
	}
	add(sem{name: "StrPost", code: "a = $n\nSTORE(32, $d)\n$n = a + $imm", faults: true},
		sem{name: "StrbPost", code: "a = $n\nSTORE(8, $d)\n$n = a + $imm", faults: true},
		sem{name: "StrPre", code: "a = $n + $imm\nSTORE(32, $d)\n$n = a", faults: true})
	// Pairs: $raw is the alignment mask. Multiples: $imm2 the list, $raw the number of bytes, from $n + $imm.
	add(sem{name: "Ldrd", code: "a = $n + $imm\nALIGN(uint32(op.sh), Read)\nSPANR(8)\nWORD(a, v)\nWORD(a+4, t)\n$d, $a = v, t", faults: true},
		sem{name: "Strd", code: "a = $n + $imm\nALIGN(uint32(op.sh), Write)\nSPANW(8)\nPUT(a, $d)\nPUT(a+4, $a)", faults: true},
		sem{name: "Ldm", code: `a = $n + $imm
ALIGN(3, Read)
SPANR(uint32(op.sh))
for l := $imm2; l != 0; l &= l - 1 {
WORD(a, v)
r[uint8(bits.TrailingZeros32(l))] = v
a += 4
}`, faults: true},
		sem{name: "Stm", code: `a = $n + $imm
ALIGN(3, Write)
SPANW(uint32(op.sh))
for l := $imm2; l != 0; l &= l - 1 {
PUT(a, r[uint8(bits.TrailingZeros32(l))])
a += 4
}`, faults: true},
		// consecutive registers from $d, $raw words
		sem{name: "Vldm", code: `a = $n + $imm
ALIGN(3, Read)
SPANR(uint32(op.sh)*4)
for i := uint8(0); i < op.sh; i++ {
WORD(a, v)
r[op.rd+i] = v
a += 4
}`, faults: true},
		sem{name: "Vstm", code: `a = $n + $imm
ALIGN($imm2, Write)
SPANW(uint32(op.sh)*4)
for i := uint8(0); i < op.sh; i++ {
PUT(a, r[op.rd+i])
a += 4
}`, faults: true},
		sem{name: "Vld1", code: `a = $n
ALIGN($imm2, Read)
SPANR(uint32(op.sh)*4)
for i := uint8(0); i < op.sh; i++ {
WORD(a, v)
r[op.rd+i] = v
a += 4
}`, faults: true},
		sem{name: "Exclusive", code: "SLOW\nif x, stop = e.exclusive(s, op, r); stop { goto refused }", faults: true},
		sem{name: "Clrex", code: "s.ExSize = 0"},
	)

	// Control. $imm is the address taken and $imm2 the one after, both with the T bit in bit 0.
	for _, c := range conds {
		add(sem{name: "B" + c.name, code: "if " + c.expr + " { goto taken }\ngoto fall", reads: c.reads, ends: true},
			sem{name: "Skip" + c.name, code: "if !(" + c.expr + ") { op = (*irOp)(unsafe.Add(unsafe.Pointer(op), uintptr(op.sh)*opSize)) }", reads: c.reads})
	}
	add(sem{name: "B", code: "goto taken", ends: true}, sem{name: "Fall", code: "goto fall", ends: true},
		sem{name: "Bl", code: "r[14] = $imm2\ngoto taken", ends: true},
		sem{name: "Cbz", code: "if $n == 0 { goto taken }\ngoto fall", ends: true},
		sem{name: "Cbnz", code: "if $n != 0 { goto taken }\ngoto fall", ends: true},
		sem{name: "Jump", code: "t = $m\nif t&3 == 2 { t &^= 2 }\ngoto indirect", ends: true},
		sem{name: "JumpKeep", code: "t = $m&^($imm2) | $imm\ngoto indirect", ends: true},
		sem{name: "JumpLink", code: "t = $m\nr[14] = $imm\nif t&3 == 2 { t &^= 2 }\ngoto indirect", ends: true},
		sem{name: "Tbb", code: "a = $n + $m\nLOAD(8, v)\nt = $imm + 2*v\ngoto indirect", faults: true, ends: true},
		sem{name: "Tbh", code: "a = $n + $m*2\nLOAD(16, v)\nt = $imm + 2*v\ngoto indirect", faults: true, ends: true},
		sem{name: "Svc", code: "SLOW\ns.setPC($imm2)\nreturn Exit{Reason: SVC, Imm: $imm}, true", faults: true, ends: true},
		sem{name: "Bkpt", code: "SLOW\nreturn Exit{Reason: BKPT, Imm: $imm}, true", faults: true, ends: true},
		sem{name: "Break", code: "SLOW\nreturn Exit{Reason: Breakpoint, Addr: op.pc}, true", faults: true, ends: true},
		// an instruction that leaves an IT block active for the next
		sem{name: "SetIT", code: "s.IT = $imm"},
	)
	// System.
	add(sem{name: "Mrs", code: "$d = s.CPSR()&0xf80f0000 | 0x10", reads: "NZCV"},
		sem{name: "Msr", code: "s.setAPSR($imm2, $m)", writes: "NZCV"},
		sem{name: "GetTP", code: "$d = s.TPIDRURO"}, sem{name: "GetTPW", code: "$d = s.TPIDRURW"}, sem{name: "SetTPW", code: "s.TPIDRURW = $d"},
		sem{name: "Vmrs", code: "$d = s.FPSCRValue()"}, sem{name: "Vmsr", code: "s.SetFPSCR($d)"},
		sem{name: "VmrsF", code: "s.SetCPSRFlags(s.FPFlags)", writes: "NZCV"},
	)
	t = append(t, floats()...)
	return t
}

// floats are the VFP operations. On the fast way the host computes; it is exact in the default mode once Inexact is
// set and the result is an ordinary number (see fpcr.go); all else is softfloat's.
func floats() []sem {
	var t []sem
	add := func(o ...sem) { t = append(t, o...) }
	for _, o := range []struct{ name, op, soft string }{{"Vadd", "+", "fpAdd"}, {"Vsub", "-", "fpSub"}, {"Vmul", "*", "fpMul"}, {"Vdiv", "/", "fpDiv"}} {
		add(sem{name: o.name + "S", code: `v = math.Float32bits(math.Float32frombits($n) ` + o.op + ` math.Float32frombits($m))
if s.fpHost == 0 || v&0x7fffffff-0x00800001 >= 0x7effffff { v = s.` + o.soft + `32($n, $m) }
$d = v`},
			sem{name: o.name + "D", code: `w := math.Float64bits(math.Float64frombits($Dn) ` + o.op + ` math.Float64frombits($Dm))
if s.fpHost == 0 || w&(1<<63-1)-(1<<52+1) >= 0x7fe<<52-1 { w = s.` + o.soft + `64($Dn, $Dm) }
$Dd = w`})
	}
	// d = ±d + ±(n*m), two roundings or one; imm bit 0 negates d, bit 1 the product
	add(
		sem{name: "VmlaS", code: `t = math.Float32bits(math.Float32frombits($n) * math.Float32frombits($m))
v = math.Float32bits(math.Float32frombits($d ^ $imm<<31) + math.Float32frombits(t^$imm2))
if s.fpHost == 0 || v&0x7fffffff-0x00800001 >= 0x7effffff || t&0x7fffffff-0x00800001 >= 0x7effffff { v = s.fpMla32($d, $n, $m, $imm, $imm2) }
$d = v`},
		sem{name: "VmlaD", code: `p := math.Float64bits(math.Float64frombits($Dn) * math.Float64frombits($Dm))
w := math.Float64bits(math.Float64frombits($Dd^uint64($imm)<<63) + math.Float64frombits(p^uint64($imm2)<<32))
if s.fpHost == 0 || w&(1<<63-1)-(1<<52+1) >= 0x7fe<<52-1 || p&(1<<63-1)-(1<<52+1) >= 0x7fe<<52-1 { w = s.fpMla64($Dd, $Dn, $Dm, $imm, $imm2) }
$Dd = w`},
		sem{name: "VfmaS", code: `f := float64(math.Float32frombits($n^$imm2))*float64(math.Float32frombits($m)) + float64(math.Float32frombits($d^$imm<<31))
v = math.Float32bits(float32(f))
if s.fpHost == 0 || v&0x7fffffff-0x00800001 >= 0x7effffff || math.Float64bits(f)&0x1fffffff == 0x10000000 { v = s.fpFma32($d, $n, $m, $imm, $imm2) }
$d = v`},
		sem{name: "VfmaD", code: `w := math.Float64bits(math.FMA(math.Float64frombits($Dn^uint64($imm2)<<32), math.Float64frombits($Dm), math.Float64frombits($Dd^uint64($imm)<<63)))
if s.fpHost == 0 || w&(1<<63-1)-(1<<52+1) >= 0x7fe<<52-1 { w = s.fpFma64($Dd, $Dn, $Dm, $imm, $imm2) }
$Dd = w`},
		sem{name: "VnmulS", code: "$d = s.fpMul32($n, $m) ^ 1<<31"}, sem{name: "VnmulD", code: "$Dd = s.fpMul64($Dn, $Dm) ^ 1<<63"},
		sem{name: "VmovD", code: "$Dd = $Dm"}, sem{name: "VabsD", code: "$Dd = $Dm &^ (1<<63)"}, sem{name: "VnegD", code: "$Dd = $Dm ^ 1<<63"},
		sem{name: "VabsS", code: "$d = $m &^ (1<<31)"}, sem{name: "VnegS", code: "$d = $m ^ 1<<31"},
		sem{name: "VmovID", code: "$Dd = uint64($imm2)<<32 | uint64($imm)"},
		sem{name: "VsqrtS", code: "$d = s.fpSqrt32($m)"}, sem{name: "VsqrtD", code: "$Dd = s.fpSqrt64($Dm)"},
		sem{name: "VcmpS", code: "s.fpCmp32($d, $m, $imm)"}, sem{name: "VcmpD", code: "s.fpCmp64($Dd, $Dm, $imm)"},
		sem{name: "VcmpZS", code: "s.fpCmp32($d, 0, $imm)"}, sem{name: "VcmpZD", code: "s.fpCmp64($Dd, 0, $imm)"},
		sem{name: "VcvtDS", code: "$Dd = s.fpWiden($m)"}, sem{name: "VcvtSD", code: "$d = s.fpNarrow($Dm)"},
		sem{name: "VcvtFIS", code: "$d = s.fpFromInt32($m, $imm, 0, false)"}, sem{name: "VcvtFID", code: "$Dd = s.fpFromInt64($m, $imm, 0, false)"},
		sem{name: "VcvtIFS", code: "$d = s.fpToInt32($m, $imm, 0, $imm2)"}, sem{name: "VcvtIFD", code: "$d = s.fpToInt64($Dm, $imm, 0, $imm2)"},
		sem{name: "VcvtFXS", code: "$d = s.fpFromInt32($d, $imm, int($raw), true)"}, sem{name: "VcvtFXD", code: "$Dd = s.fpFromInt64($d, $imm, int($raw), true)"},
		sem{name: "VcvtXFS", code: "$d = s.fpToInt32($d, $imm, int($raw), 3)"}, sem{name: "VcvtXFD", code: "$Dd = fixed64(s.fpToInt64($Dd, $imm, int($raw), 3), $imm)"},
		sem{name: "VcvtHS", code: "$d = s.fpFromHalf($m >> ($imm*16))"}, sem{name: "VcvtSH", code: "v = s.fpToHalf($m)\n$d = $d&^(0xffff<<($imm*16)) | v<<($imm*16)"},
		// lanes: $imm bit position, $imm2 mask
		sem{name: "Lane", code: "v = $m >> $imm & $imm2\n$d = v"}, sem{name: "LaneS", code: "$d = uint32(int32($m<<$imm) >> $imm2)"},
		sem{name: "SetLane", code: "$d = $d&^($imm2<<$imm) | $m&$imm2<<$imm"},
		sem{name: "VandQ", code: "$Dd = $Dn & $Dm"}, sem{name: "VbicQ", code: "$Dd = $Dn &^ $Dm"}, sem{name: "VorrQ", code: "$Dd = $Dn | $Dm"},
		sem{name: "VornQ", code: "$Dd = $Dn | ^$Dm"}, sem{name: "VeorQ", code: "$Dd = $Dn ^ $Dm"},
	)
	return t
}
