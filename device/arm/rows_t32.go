package arm

import "strings"

func rowsT32() []row {
	var rows []row
	add := func(r ...row) { rows = append(rows, r...) }

	// Data processing, shifted register and modified constant: the same operations.
	const sh = " nnnn 0 iii dddd ii yy mmmm"
	add(row{pattern: "111010101100 nnnn 0 iii dddd ii 00 mmmm", op: PKHBT, form: fPKH, x: uint32(LSL), no15: "dnm"},
		row{pattern: "111010101100 nnnn 0 iii dddd ii 10 mmmm", op: PKHTB, form: fPKH, x: uint32(ASR), no15: "dnm"})
	for _, o := range []struct {
		code    string
		op, cmp Op // cmp: with Rd = 15 and S
		move    Op // with Rn = 15
	}{
		{"0000", AND, TST, 0}, {"0001", BIC, 0, 0}, {"0010", ORR, 0, MOV}, {"0011", ORN, 0, MVN}, {"0100", EOR, TEQ, 0},
		{"1000", ADD, CMN, 0}, {"1010", ADC, 0, 0}, {"1011", SBC, 0, 0}, {"1101", SUB, CMP, 0}, {"1110", RSB, 0, 0},
	} {
		if o.cmp != 0 {
			add(row{pattern: "1110101" + o.code + "1 nnnn 0 iii 1111 ii yy mmmm", op: o.cmp, form: fCmp(fShiftY), no15: "nm"},
				row{pattern: "11110 i 0" + o.code + "1 nnnn 0 iii 1111 iiiiiiii", op: o.cmp, form: fCmp(fThumbImm), no15: "n"})
		}
		if o.move != 0 {
			add(row{pattern: "1110101" + o.code + "S 1111 0 iii dddd ii yy mmmm", op: o.move, form: fShiftY, no15: "dm"},
				row{pattern: "11110 i 0" + o.code + "S 1111 0 iii dddd iiiiiiii", op: o.move, form: fThumbImm, no15: "d"})
		}
		add(row{pattern: "1110101" + o.code + "S" + sh, op: o.op, form: fShiftY, no15: "dnm"},
			row{pattern: "11110 i 0" + o.code + "S nnnn 0 iii dddd iiiiiiii", op: o.op, form: fThumbImm, no15: "dn"})
	}
	// Plain constants.
	add(
		row{pattern: "11110 i 100000 1111 0 iii dddd iiiiiiii", op: ADR, form: fADR, no15: "d"},
		row{pattern: "11110 i 101010 1111 0 iii dddd iiiiiiii", op: ADR, form: fADR, x: 1, no15: "d"},
		row{pattern: "11110 i 100000 nnnn 0 iii dddd iiiiiiii", op: ADD, form: fImm, no15: "d"},
		row{pattern: "11110 i 101010 nnnn 0 iii dddd iiiiiiii", op: SUB, form: fImm, no15: "d"},
		row{pattern: "11110 j 100100 iiii 0 jjj dddd jjjjjjjj", op: MOV, form: fMOVW, no15: "d"},
		row{pattern: "11110 j 101100 iiii 0 jjj dddd jjjjjjjj", op: MOVT, form: fMOVW, no15: "d"},
		row{pattern: "111100110010 nnnn 0000 dddd 0000 iiii", op: SSAT16, form: fSat16, x: 1, no15: "dn"},
		row{pattern: "111100111010 nnnn 0000 dddd 0000 iiii", op: USAT16, form: fSat16, no15: "dn"},
		row{pattern: "1111001100 y 0 nnnn 0 iii dddd ii 0 jjjjj", op: SSAT, form: fSat, x: 1, no15: "dn"},
		row{pattern: "1111001110 y 0 nnnn 0 iii dddd ii 0 jjjjj", op: USAT, form: fSat, no15: "dn"},
		row{pattern: "111100110100 nnnn 0 iii dddd ii 0 jjjjj", op: SBFX, form: fBits, no15: "dn"},
		row{pattern: "111100111100 nnnn 0 iii dddd ii 0 jjjjj", op: UBFX, form: fBits, no15: "dn"},
		row{pattern: "111100110110 1111 0 iii dddd ii 0 jjjjj", op: BFC, form: fBits, x: 1, no15: "d"},
		row{pattern: "111100110110 nnnn 0 iii dddd ii 0 jjjjj", op: BFI, form: fBits, x: 1, no15: "d"},
	)
	// Branches and control.
	add(
		row{pattern: "11110 s iiiiiiiiii 10 J 1 K iiiiiiiiiii", op: B, form: fBranchJ},
		row{pattern: "11110 s iiiiiiiiii 11 J 1 K iiiiiiiiiii", op: BL, form: fBranchJ},
		row{pattern: "11110 s iiiiiiiiii 11 J 0 K iiiiiiiiiii", op: BLXI, form: fBranchJ},
		row{pattern: "111100111000 mmmm 1000 kkkk 00000000", op: MSR, form: fMSR},
		row{pattern: "111100111010 1111 10000000 0000 iiii", op: NOP},
		row{pattern: "111100111011 1111 10001111 0010 1111", op: CLREX},
		row{pattern: "111100111011 1111 10001111 0100 iiii", op: DSB},
		row{pattern: "111100111011 1111 10001111 0101 iiii", op: DMB},
		row{pattern: "111100111011 1111 10001111 0110 iiii", op: ISB},
		row{pattern: "111100111110 1111 1000 dddd 00000000", op: MRS, no15: "d"},
		row{pattern: "111100111100 mmmm 1000111100000000", op: BXJ, no15: "m"},
		row{pattern: "111101111111 iiii 1010 iiiiiiiiiiii", op: UDF},
		row{pattern: "11110 s cccc iiiiii 10 J 0 K iiiiiiiiiii", op: B, form: fBccJ},
	)
	// Multiple, dual, exclusive, table branch.
	add(
		row{pattern: "1110100010 W 1 nnnn ii 0 iiiiiiiiiiiii", op: LDM, form: fLdmT, x: 1},
		row{pattern: "1110100010 W 0 nnnn 0 i 0 iiiiiiiiiiiii", op: STM, form: fLdmT, x: 1},
		row{pattern: "1110100100 W 1 nnnn ii 0 iiiiiiiiiiiii", op: LDM, form: fLdmT, x: 2},
		row{pattern: "1110100100 W 0 nnnn 0 i 0 iiiiiiiiiiiii", op: STM, form: fLdmT, x: 2},
		row{pattern: "111010000100 nnnn mmmm dddd iiiiiiii", op: STREX, form: fEx},
		row{pattern: "111010000101 nnnn tttt 1111 iiiiiiii", op: LDREX, form: fEx},
		row{pattern: "111010001100 nnnn mmmm 1111 0100 dddd", op: STREXB, form: fEx},
		row{pattern: "111010001100 nnnn mmmm 1111 0101 dddd", op: STREXH, form: fEx},
		row{pattern: "111010001100 nnnn mmmm uuuu 0111 dddd", op: STREXD, form: fEx},
		row{pattern: "111010001101 nnnn tttt 1111 0100 1111", op: LDREXB, form: fEx},
		row{pattern: "111010001101 nnnn tttt 1111 0101 1111", op: LDREXH, form: fEx},
		row{pattern: "111010001101 nnnn tttt uuuu 0111 1111", op: LDREXD, form: fEx},
		row{pattern: "111010001101 nnnn 11110000 0000 mmmm", op: TBB, no15: "m"},
		row{pattern: "111010001101 nnnn 11110000 0001 mmmm", op: TBH, no15: "m"},
		row{pattern: "1110100 P U 1 W 1 1111 tttt uuuu iiiiiiii", op: LDRD, form: fLDRDLit},
		row{pattern: "1110100 P U 1 W 1 nnnn tttt uuuu iiiiiiii", op: LDRD, form: fMemPUW, x: 4},
		row{pattern: "1110100 P U 1 W 0 nnnn tttt uuuu iiiiiiii", op: STRD, form: fMemPUW, x: 4},
	)
	// Single loads and stores.
	for _, o := range []struct {
		code string
		op   Op
	}{
		{"0 00 1", LDRB}, {"0 01 1", LDRH}, {"0 10 1", LDR}, {"1 00 1", LDRSB}, {"1 01 1", LDRSH},
		{"0 00 0", STRB}, {"0 01 0", STRH}, {"0 10 0", STR},
	} {
		s, z, l := o.code[:1], o.code[2:4], o.code[5:]
		if l == "1" && o.op != LDR {
			// Rt = 15: preloads, which are hints, and reserved hints that do nothing
			add(row{pattern: "1111100" + s + "U" + z + "1 1111 1111 iiiiiiiiiiii", op: PLD, form: fMemLit},
				row{pattern: "1111100" + s + "1" + z + "1 nnnn 1111 iiiiiiiiiiii", op: PLD, form: fMemI},
				row{pattern: "1111100" + s + "0" + z + "1 nnnn 1111 1100 iiiiiiii", op: PLD, form: fPLDNeg},
				row{pattern: "1111100" + s + "0" + z + "1 nnnn 1111 000000 ii mmmm", op: PLD, form: fMemR})
		}
		if l == "1" {
			add(row{pattern: "1111100" + s + "U" + z + "1 1111 tttt iiiiiiiiiiii", op: o.op, form: fMemLit})
		}
		add(row{pattern: "1111100" + s + "1" + z + l + " nnnn tttt iiiiiiiiiiii", op: o.op, form: fMemI12},
			row{pattern: "1111100" + s + "0" + z + l + " nnnn tttt 1110 iiiiiiii", op: o.op, form: fUnpriv},
			row{pattern: "1111100" + s + "0" + z + l + " nnnn tttt 1 P U W iiiiiiii", op: o.op, form: fMemPUW},
			row{pattern: "1111100" + s + "0" + z + l + " nnnn tttt 000000 ii mmmm", op: o.op, form: fMemRT})
	}
	// Registers only.
	for i, k := range []Shift{LSL, LSR, ASR, ROR} {
		add(row{pattern: "11111010 0" + bin(uint32(i), 2) + "S mmmm 1111 dddd 0000 aaaa", op: MOV, form: fShiftReg, x: uint32(k), no15: "dma"})
	}
	for i, op := range []Op{SXTH, UXTH, SXTB16, UXTB16, SXTB, UXTB} {
		p := "11111010 0" + bin(uint32(i), 3)
		add(row{pattern: p + "1111 1111 dddd 10 rr mmmm", op: op, form: fExt, x: 1, no15: "dm"},
			row{pattern: p + "nnnn 1111 dddd 10 rr mmmm", op: op, form: fExt, no15: "dm"})
	}
	add(row{pattern: "11111010 1 ooo nnnn 1111 dddd 0 ppp mmmm", op: PADD, form: fPADD, no15: "dnm"})
	for i, op := range []Op{QADD, QDADD, QSUB, QDSUB} {
		add(row{pattern: "11111010 1000 nnnn 1111 dddd 10" + bin(uint32(i), 2) + "mmmm", op: op, no15: "dnm"})
	}
	for i, op := range []Op{REV, REV16, RBIT, REVSH} {
		add(row{pattern: "11111010 1001 nnnn 1111 dddd 10" + bin(uint32(i), 2) + "mmmm", op: op, form: fSameNM, no15: "dnm"})
	}
	add(row{pattern: "11111010 1010 nnnn 1111 dddd 1000 mmmm", op: SEL, no15: "dnm"},
		row{pattern: "11111010 1011 nnnn 1111 dddd 1000 mmmm", op: CLZ, form: fSameNM, no15: "dnm"})
	// Multiplications.
	const three = "dnma"
	add(
		row{pattern: "111110110000 nnnn 1111 dddd 0000 mmmm", op: MUL, no15: three},
		row{pattern: "111110110000 nnnn aaaa dddd 0000 mmmm", op: MLA, no15: three},
		row{pattern: "111110110000 nnnn aaaa dddd 0001 mmmm", op: MLS, no15: three},
		row{pattern: "111110110001 nnnn 1111 dddd 00NM mmmm", op: SMULxy, form: fXY, no15: three},
		row{pattern: "111110110001 nnnn aaaa dddd 00NM mmmm", op: SMLAxy, form: fXY, no15: three},
		row{pattern: "111110110010 nnnn 1111 dddd 000i mmmm", op: SMUAD, no15: three},
		row{pattern: "111110110010 nnnn aaaa dddd 000i mmmm", op: SMLAD, no15: three},
		row{pattern: "111110110011 nnnn 1111 dddd 000M mmmm", op: SMULWy, form: fXY, no15: three},
		row{pattern: "111110110011 nnnn aaaa dddd 000M mmmm", op: SMLAWy, form: fXY, no15: three},
		row{pattern: "111110110100 nnnn 1111 dddd 000i mmmm", op: SMUSD, no15: three},
		row{pattern: "111110110100 nnnn aaaa dddd 000i mmmm", op: SMLSD, no15: three},
		row{pattern: "111110110101 nnnn 1111 dddd 000i mmmm", op: SMMUL, no15: three},
		row{pattern: "111110110101 nnnn aaaa dddd 000i mmmm", op: SMMLA, no15: three},
		row{pattern: "111110110110 nnnn aaaa dddd 000i mmmm", op: SMMLS, no15: three},
		row{pattern: "111110110111 nnnn 1111 dddd 0000 mmmm", op: USAD8, no15: three},
		row{pattern: "111110110111 nnnn aaaa dddd 0000 mmmm", op: USADA8, no15: three},
		row{pattern: "111110111000 nnnn dddd aaaa 0000 mmmm", op: SMULL, form: fLong, no15: three},
		row{pattern: "111110111001 nnnn 1111 dddd 1111 mmmm", op: SDIV, no15: three},
		row{pattern: "111110111010 nnnn dddd aaaa 0000 mmmm", op: UMULL, form: fLong, no15: three},
		row{pattern: "111110111011 nnnn 1111 dddd 1111 mmmm", op: UDIV, no15: three},
		row{pattern: "111110111100 nnnn dddd aaaa 0000 mmmm", op: SMLAL, form: fLong, no15: three},
		row{pattern: "111110111100 nnnn dddd aaaa 10NM mmmm", op: SMLALxy, form: fLongXY, no15: three},
		row{pattern: "111110111100 nnnn dddd aaaa 110i mmmm", op: SMLALD, form: fPair, no15: three},
		row{pattern: "111110111101 nnnn dddd aaaa 110i mmmm", op: SMLSLD, form: fPair, no15: three},
		row{pattern: "111110111110 nnnn dddd aaaa 0000 mmmm", op: UMLAL, form: fLong, no15: three},
		row{pattern: "111110111110 nnnn dddd aaaa 0110 mmmm", op: UMAAL, form: fPair, no15: three},
	)
	for _, r := range rowsVFP() {
		r.pattern = strings.Replace(r.pattern, "cccc", "1110", 1)
		add(r)
	}
	for _, r := range rowsNEON() {
		r.pattern = strings.ReplaceAll(r.pattern, " ", "")
		switch {
		case strings.HasPrefix(r.pattern, "1111001"): // data processing: U moves to bit 28
			r.pattern = "111" + r.pattern[7:8] + "1111" + r.pattern[8:]
		default: // element load and store
			r.pattern = "11111001" + r.pattern[8:]
		}
		add(r)
	}
	add(row{pattern: "11101110 ooo 1 nnnn tttt pppp qqq 1 mmmm", op: MRC, form: fMRC},
		row{pattern: "11101110 ooo 0 nnnn tttt pppp qqq 1 mmmm", op: MCR, form: fMRC, no15: "t"})
	return rows
}

func bin(v uint32, width int) string {
	b := make([]byte, width)
	for i := range b {
		b[i] = '0' + byte(v>>(width-1-i)&1)
	}
	return string(b)
}

// fMOVW: i is the upper nibble, j the other twelve bits.
func fMOVW(in *Inst, _ *fields, _ uint32) bool {
	in.Operand, in.Imm, in.Imm2 = OperandImm, in.Imm<<12|in.Imm2, 0
	return true
}

func fSameNM(in *Inst, _ *fields, _ uint32) bool { same := in.Rn == in.Rm; in.Rn = 0; return same }

func fPair(in *Inst, _ *fields, _ uint32) bool { return in.Rd != in.Ra }

// fLdmT: the list has a hole at 13 (and for stores at 15) that the pattern fixes to 0.
func fLdmT(in *Inst, f *fields, x uint32) bool {
	if in.Op == LDM {
		in.Imm = in.Imm>>13<<14 | in.Imm&0x1fff
	} else {
		in.Imm = in.Imm>>13<<14 | in.Imm&0x1fff
	}
	return fLdm(in, f, x)
}

func fLDRDLit(in *Inst, f *fields, _ uint32) bool {
	if f.get('W') == 1 || f.get('P') == 0 {
		return false
	}
	in.Rn = 15
	return fMemPUW(in, f, 4)
}

func fPLDNeg(in *Inst, f *fields, _ uint32) bool {
	in.Operand, in.Index, in.Imm = OperandImm, true, -in.Imm
	return true
}

func fMemI12(in *Inst, f *fields, x uint32) bool {
	if in.Rn == 15 || in.Rd == 15 && in.Op != LDR {
		return false
	}
	return fMemI(in, f, x)
}

func fMemRT(in *Inst, f *fields, x uint32) bool {
	if in.Rd == 15 && in.Op != LDR {
		return false
	}
	return fMemR(in, f, x)
}
