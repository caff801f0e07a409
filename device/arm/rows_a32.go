package arm

import "fmt"

func rowsA32() []row {
	var rows []row
	add := func(r ...row) { rows = append(rows, r...) }
	// Control first: these lie in the holes of data processing (TST to CMN with S = 0).
	add(
		row{pattern: "cccc 00110000 iiii dddd jjjjjjjjjjjj", op: MOV, form: fMOVW, no15: "d"},
		row{pattern: "cccc 00110100 iiii dddd jjjjjjjjjjjj", op: MOVT, form: fMOVW, no15: "d"},
		row{pattern: "cccc 00110010 0000 1111 00000000 iiii", op: NOP, form: fNop},
		row{pattern: "cccc 00110010 kkkk 1111 iiiiiiiiiiii", op: MSR, form: fMSR, x: 1},
		row{pattern: "cccc 00010000 1111 dddd 000000000000", op: MRS, no15: "d"},
		row{pattern: "cccc 00010010 kkkk 1111 00000000 mmmm", op: MSR, form: fMSR},
		row{pattern: "cccc 00010010 1111 1111 1111 0001 mmmm", op: BX},
		row{pattern: "cccc 00010010 1111 1111 1111 0010 mmmm", op: BXJ, no15: "m"},
		row{pattern: "cccc 00010010 1111 1111 1111 0011 mmmm", op: BLX, no15: "m"},
		row{pattern: "cccc 00010110 1111 dddd 1111 0001 mmmm", op: CLZ, no15: "dm"},
		row{pattern: "1110 00010010 iiiiiiiiiiii 0111 iiii", op: BKPT},
		row{pattern: "1110 01111111 iiiiiiiiiiii 1111 iiii", op: UDF},
	)
	for i, op := range []Op{QADD, QSUB, QDADD, QDSUB} {
		add(row{pattern: "cccc 00010" + bin(uint32(i), 2) + "0 nnnn dddd 0000 0101 mmmm", op: op, no15: "dnm"})
	}
	// Multiplications. Rd is at 19..16, Ra at 15..12, Rm (our Rn) at 3..0, Rs (our Rm) at 11..8.
	const mul = "dnma"
	add(
		row{pattern: "cccc 0000000S dddd 0000 mmmm 1001 nnnn", op: MUL, no15: mul},
		row{pattern: "cccc 0000001S dddd aaaa mmmm 1001 nnnn", op: MLA, no15: mul},
		row{pattern: "cccc 00000100 aaaa dddd mmmm 1001 nnnn", op: UMAAL, form: fPair, no15: mul},
		row{pattern: "cccc 00000110 dddd aaaa mmmm 1001 nnnn", op: MLS, no15: mul},
		row{pattern: "cccc 0000100S aaaa dddd mmmm 1001 nnnn", op: UMULL, form: fLong, no15: mul},
		row{pattern: "cccc 0000101S aaaa dddd mmmm 1001 nnnn", op: UMLAL, form: fLong, no15: mul},
		row{pattern: "cccc 0000110S aaaa dddd mmmm 1001 nnnn", op: SMULL, form: fLong, no15: mul},
		row{pattern: "cccc 0000111S aaaa dddd mmmm 1001 nnnn", op: SMLAL, form: fLong, no15: mul},
		row{pattern: "cccc 00010000 dddd aaaa mmmm 1MN0 nnnn", op: SMLAxy, form: fXY, no15: mul},
		row{pattern: "cccc 00010010 dddd aaaa mmmm 1M00 nnnn", op: SMLAWy, form: fXY, no15: mul},
		row{pattern: "cccc 00010010 dddd 0000 mmmm 1M10 nnnn", op: SMULWy, form: fXY, no15: mul},
		row{pattern: "cccc 00010100 aaaa dddd mmmm 1MN0 nnnn", op: SMLALxy, form: fLongXY, no15: mul},
		row{pattern: "cccc 00010110 dddd 0000 mmmm 1MN0 nnnn", op: SMULxy, form: fXY, no15: mul},
		row{pattern: "cccc 00010000 nnnn dddd 00001001 mmmm", op: SWP, form: fSwp, no15: "dnm"},
		row{pattern: "cccc 00010100 nnnn dddd 00001001 mmmm", op: SWPB, form: fSwp, no15: "dnm"},
		row{pattern: "cccc 00011000 nnnn dddd 11111001 mmmm", op: STREX, form: fEx},
		row{pattern: "cccc 00011001 nnnn tttt 11111001 1111", op: LDREX, form: fEx},
		row{pattern: "cccc 00011010 nnnn dddd 11111001 mmmm", op: STREXD, form: fEx, x: 1},
		row{pattern: "cccc 00011011 nnnn tttt 11111001 1111", op: LDREXD, form: fEx, x: 1},
		row{pattern: "cccc 00011100 nnnn dddd 11111001 mmmm", op: STREXB, form: fEx},
		row{pattern: "cccc 00011101 nnnn tttt 11111001 1111", op: LDREXB, form: fEx},
		row{pattern: "cccc 00011110 nnnn dddd 11111001 mmmm", op: STREXH, form: fEx},
		row{pattern: "cccc 00011111 nnnn tttt 11111001 1111", op: LDREXH, form: fEx},
		row{pattern: "cccc 01110000 dddd 1111 mmmm 00i1 nnnn", op: SMUAD, no15: mul},
		row{pattern: "cccc 01110000 dddd 1111 mmmm 01i1 nnnn", op: SMUSD, no15: mul},
		row{pattern: "cccc 01110000 dddd aaaa mmmm 00i1 nnnn", op: SMLAD, no15: mul},
		row{pattern: "cccc 01110000 dddd aaaa mmmm 01i1 nnnn", op: SMLSD, no15: mul},
		row{pattern: "cccc 01110001 dddd 1111 mmmm 0001 nnnn", op: SDIV, no15: mul},
		row{pattern: "cccc 01110011 dddd 1111 mmmm 0001 nnnn", op: UDIV, no15: mul},
		row{pattern: "cccc 01110100 aaaa dddd mmmm 00i1 nnnn", op: SMLALD, form: fPair, no15: mul},
		row{pattern: "cccc 01110100 aaaa dddd mmmm 01i1 nnnn", op: SMLSLD, form: fPair, no15: mul},
		row{pattern: "cccc 01110101 dddd 1111 mmmm 00i1 nnnn", op: SMMUL, no15: mul},
		row{pattern: "cccc 01110101 dddd aaaa mmmm 00i1 nnnn", op: SMMLA, no15: mul},
		row{pattern: "cccc 01110101 dddd aaaa mmmm 11i1 nnnn", op: SMMLS, no15: mul},
		row{pattern: "cccc 01111000 dddd 1111 mmmm 0001 nnnn", op: USAD8, no15: mul},
		row{pattern: "cccc 01111000 dddd aaaa mmmm 0001 nnnn", op: USADA8, no15: mul},
	)
	// Media.
	add(
		row{pattern: "cccc 01100 ppp nnnn dddd 1111 ooo1 mmmm", op: PADD, form: fPADD, no15: "dnm"},
		row{pattern: "cccc 01101000 nnnn dddd 11111011 mmmm", op: SEL, no15: "dnm"},
		row{pattern: "cccc 01101000 nnnn dddd iiiii 001 mmmm", op: PKHBT, form: fPKH, x: uint32(LSL), no15: "dnm"},
		row{pattern: "cccc 01101000 nnnn dddd iiiii 101 mmmm", op: PKHTB, form: fPKH, x: uint32(ASR), no15: "dnm"},
		row{pattern: "cccc 0110101 jjjjj dddd iiiii y01 nnnn", op: SSAT, form: fSat, x: 1, no15: "dn"},
		row{pattern: "cccc 0110111 jjjjj dddd iiiii y01 nnnn", op: USAT, form: fSat, no15: "dn"},
		row{pattern: "cccc 01101010 iiii dddd 11110011 nnnn", op: SSAT16, form: fSat16, x: 1, no15: "dn"},
		row{pattern: "cccc 01101110 iiii dddd 11110011 nnnn", op: USAT16, form: fSat16, no15: "dn"},
		row{pattern: "cccc 01101011 1111 dddd 11110011 mmmm", op: REV, no15: "dm"},
		row{pattern: "cccc 01101011 1111 dddd 11111011 mmmm", op: REV16, no15: "dm"},
		row{pattern: "cccc 01101111 1111 dddd 11110011 mmmm", op: RBIT, no15: "dm"},
		row{pattern: "cccc 01101111 1111 dddd 11111011 mmmm", op: REVSH, no15: "dm"},
		row{pattern: "cccc 0111101 jjjjj dddd iiiii 101 nnnn", op: SBFX, form: fBits, no15: "dn"},
		row{pattern: "cccc 0111111 jjjjj dddd iiiii 101 nnnn", op: UBFX, form: fBits, no15: "dn"},
		row{pattern: "cccc 0111110 jjjjj dddd iiiii 001 1111", op: BFC, form: fBits, x: 1, no15: "d"},
		row{pattern: "cccc 0111110 jjjjj dddd iiiii 001 nnnn", op: BFI, form: fBits, x: 1, no15: "d"},
	)
	for _, o := range []struct {
		code string
		op   Op
	}{{"000", SXTB16}, {"010", SXTB}, {"011", SXTH}, {"100", UXTB16}, {"110", UXTB}, {"111", UXTH}} {
		p := "cccc 01101" + o.code
		add(row{pattern: p + "1111 dddd rr 00 0111 mmmm", op: o.op, form: fExt, x: 1, no15: "dm"},
			row{pattern: p + "nnnn dddd rr 00 0111 mmmm", op: o.op, form: fExt, no15: "dm"})
	}
	// Halfword, signed and dual transfers.
	for _, o := range []struct {
		l, sh string
		op    Op
	}{{"0", "01", STRH}, {"1", "01", LDRH}, {"0", "10", LDRD}, {"1", "10", LDRSB}, {"0", "11", STRD}, {"1", "11", LDRSH}} {
		if o.op != LDRD && o.op != STRD {
			add(row{pattern: fmt.Sprintf("cccc 0000U11%s nnnn tttt iiii 1%s1 iiii", o.l, o.sh), op: o.op, form: fUnprivA},
				row{pattern: fmt.Sprintf("cccc 0000U01%s nnnn tttt 0000 1%s1 mmmm", o.l, o.sh), op: o.op, form: fUnprivA, x: 1})
		}
		add(row{pattern: fmt.Sprintf("cccc 000PU1W%s nnnn tttt iiii 1%s1 iiii", o.l, o.sh), op: o.op, form: fMemPUWX},
			row{pattern: fmt.Sprintf("cccc 000PU0W%s nnnn tttt 0000 1%s1 mmmm", o.l, o.sh), op: o.op, form: fMemPUWX, x: 1})
	}
	// Data processing.
	add(row{pattern: "cccc 00101000 1111 dddd iiiiiiiiiiii", op: ADR, form: fARMADR, no15: "d"},
		row{pattern: "cccc 00100100 1111 dddd iiiiiiiiiiii", op: ADR, form: fARMADR, x: 1, no15: "d"})
	for i, op := range []Op{AND, EOR, SUB, RSB, ADD, ADC, SBC, RSC, TST, TEQ, CMP, CMN, ORR, MOV, BIC, MVN} {
		o := bin(uint32(i), 4)
		s, n, d := "S", " nnnn", " dddd"
		wrap := func(g form) form { return fNoSPC(g) }
		if op >= TST && op <= CMN {
			s, d = "1", " 0000"
			wrap = fCmp
		}
		if op == MOV || op == MVN {
			n = " 0000"
		}
		add(row{pattern: "cccc 001" + o + s + n + d + " iiiiiiiiiiii", op: op, form: wrap(fARMImm)},
			row{pattern: "cccc 000" + o + s + n + d + " iiiii yy 0 mmmm", op: op, form: wrap(fShiftY)},
			row{pattern: "cccc 000" + o + s + n + d + " aaaa 0 yy 1 mmmm", op: op, form: wrap(fShiftReg), no15: "dnma"})
	}
	// Single word and byte transfers.
	for _, o := range []struct {
		b, l string
		op   Op
	}{{"0", "0", STR}, {"0", "1", LDR}, {"1", "0", STRB}, {"1", "1", LDRB}} {
		add(row{pattern: "cccc 0100U" + o.b + "1" + o.l + " nnnn tttt iiiiiiiiiiii", op: o.op, form: fUnprivA},
			row{pattern: "cccc 0110U" + o.b + "1" + o.l + " nnnn tttt iiiii yy 0 mmmm", op: o.op, form: fUnprivA, x: 1},
			row{pattern: "cccc 010PU" + o.b + "W" + o.l + " nnnn tttt iiiiiiiiiiii", op: o.op, form: fMemPUW},
			row{pattern: "cccc 011PU" + o.b + "W" + o.l + " nnnn tttt iiiii yy 0 mmmm", op: o.op, form: fMemPUWR})
	}
	add(
		row{pattern: "cccc 100PU0W0 nnnn iiiiiiiiiiiiiiii", op: STM, form: fLdm, x: 4},
		row{pattern: "cccc 100PU0W1 nnnn iiiiiiiiiiiiiiii", op: LDM, form: fLdm, x: 4},
		row{pattern: "cccc 1010 iiiiiiiiiiiiiiiiiiiiiiii", op: B, form: fBranch, x: 24<<8 | 2},
		row{pattern: "cccc 1011 iiiiiiiiiiiiiiiiiiiiiiii", op: BL, form: fBranch, x: 24<<8 | 2},
		row{pattern: "cccc 1111 iiiiiiiiiiiiiiiiiiiiiiii", op: SVC},
	)
	rows = append(rows, rowsVFP()...)
	add(row{pattern: "cccc 1110 ooo 1 nnnn tttt pppp qqq 1 mmmm", op: MRC, form: fMRC},
		row{pattern: "cccc 1110 ooo 0 nnnn tttt pppp qqq 1 mmmm", op: MCR, form: fMRC, no15: "t"})
	return rows
}

// rowsA32Uncond are the encodings with 1111 for the condition.
func rowsA32Uncond() []row {
	rows := []row{
		{pattern: "1111 01010111 1111 1111 0000 0001 1111", op: CLREX},
		{pattern: "1111 01010111 1111 1111 0000 0100 iiii", op: DSB},
		{pattern: "1111 01010111 1111 1111 0000 0101 iiii", op: DMB},
		{pattern: "1111 01010111 1111 1111 0000 0110 iiii", op: ISB},
		{pattern: "1111 0101UR01 nnnn 1111 iiiiiiiiiiii", op: PLD, form: fPLDA},
		{pattern: "1111 0100U101 nnnn 1111 iiiiiiiiiiii", op: PLD, form: fPLDA},
		{pattern: "1111 0111UR01 nnnn 1111 iiiii yy 0 mmmm", op: PLD, form: fPLDAR},
		{pattern: "1111 0110U101 nnnn 1111 iiiii yy 0 mmmm", op: PLD, form: fPLDAR},
		{pattern: "1111 101H iiiiiiiiiiiiiiiiiiiiiiii", op: BLXI, form: fBLXA},
		{pattern: "1111 00010000 0001 0000 00 i 0 0000 0000", op: SETEND},
	}
	return append(rows, rowsNEON()...)
}

// fNop: the hints 0..4 do nothing for a single program; the others are reserved and do nothing either.
func fNop(*Inst, *fields, uint32) bool { return true }

func fSwp(in *Inst, _ *fields, _ uint32) bool { return in.Rn != in.Rd && in.Rn != in.Rm }

// fMemPUWX: halfword and dual transfers; x = 1 for a register offset. P = 0 with W = 1 is LDRHT, and undefined for dual.
func fMemPUWX(in *Inst, f *fields, x uint32) bool {
	if f.get('P') == 0 && f.get('W') == 1 {
		return false
	}
	if x == 1 {
		return fMemPUWR(in, f, 0)
	}
	return fMemPUW(in, f, 0)
}

// fNoSPC: with S and Rd = 15 it would be an exception return, which user mode does not have.
func fNoSPC(g form) form {
	return func(in *Inst, f *fields, x uint32) bool { return !(in.SetFlags && in.Rd == 15) && g(in, f, x) }
}

func fPLDA(in *Inst, f *fields, _ uint32) bool {
	in.Operand, in.Index, in.Add = OperandImm, true, f.get('U') == 1
	if !in.Add {
		in.Imm = -in.Imm
	}
	return true
}

func fPLDAR(in *Inst, f *fields, _ uint32) bool {
	fShiftY(in, f, 0)
	in.Index, in.Add = true, f.get('U') == 1
	return in.Rm != 15
}
