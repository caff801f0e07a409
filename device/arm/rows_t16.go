package arm

func rowsT16() []row {
	return []row{
		{pattern: "0000000000 mmm ddd", op: MOV, form: setsFlags(fReg)},
		{pattern: "00000 iiiii mmm ddd", op: MOV, form: setsFlags(fShift), x: uint32(LSL)},
		{pattern: "00001 iiiii mmm ddd", op: MOV, form: setsFlags(fShift), x: uint32(LSR)},
		{pattern: "00010 iiiii mmm ddd", op: MOV, form: setsFlags(fShift), x: uint32(ASR)},
		{pattern: "0001100 mmm nnn ddd", op: ADD, form: setsFlags(fReg)},
		{pattern: "0001101 mmm nnn ddd", op: SUB, form: setsFlags(fReg)},
		{pattern: "0001110 iii nnn ddd", op: ADD, form: setsFlags(fImm)},
		{pattern: "0001111 iii nnn ddd", op: SUB, form: setsFlags(fImm)},
		{pattern: "00100 ddd iiiiiiii", op: MOV, form: setsFlags(fImm)},
		{pattern: "00101 nnn iiiiiiii", op: CMP, form: fCmp(fImm)},
		{pattern: "00110 ddd iiiiiiii", op: ADD, form: setsFlags(fRdn(fImm))},
		{pattern: "00111 ddd iiiiiiii", op: SUB, form: setsFlags(fRdn(fImm))},
		{pattern: "0100000000 mmm ddd", op: AND, form: setsFlags(fRdn(fReg))},
		{pattern: "0100000001 mmm ddd", op: EOR, form: setsFlags(fRdn(fReg))},
		{pattern: "0100000010 aaa ddd", op: MOV, form: setsFlags(fRdm(fShiftReg)), x: uint32(LSL)},
		{pattern: "0100000011 aaa ddd", op: MOV, form: setsFlags(fRdm(fShiftReg)), x: uint32(LSR)},
		{pattern: "0100000100 aaa ddd", op: MOV, form: setsFlags(fRdm(fShiftReg)), x: uint32(ASR)},
		{pattern: "0100000101 mmm ddd", op: ADC, form: setsFlags(fRdn(fReg))},
		{pattern: "0100000110 mmm ddd", op: SBC, form: setsFlags(fRdn(fReg))},
		{pattern: "0100000111 aaa ddd", op: MOV, form: setsFlags(fRdm(fShiftReg)), x: uint32(ROR)},
		{pattern: "0100001000 mmm nnn", op: TST, form: fCmp(fReg)},
		{pattern: "0100001001 nnn ddd", op: RSB, form: setsFlags(fImm)},
		{pattern: "0100001010 mmm nnn", op: CMP, form: fCmp(fReg)},
		{pattern: "0100001011 mmm nnn", op: CMN, form: fCmp(fReg)},
		{pattern: "0100001100 mmm ddd", op: ORR, form: setsFlags(fRdn(fReg))},
		{pattern: "0100001101 nnn ddd", op: MUL, form: setsFlags(fRdm(fNone))},
		{pattern: "0100001110 mmm ddd", op: BIC, form: setsFlags(fRdn(fReg))},
		{pattern: "0100001111 mmm ddd", op: MVN, form: setsFlags(fReg)},
		{pattern: "01000100 d mmmm ddd", op: ADD, form: fRdn(fHigh)},
		{pattern: "01000101 n mmmm nnn", op: CMP, form: fCmp(fHigh), no15: "nm"},
		{pattern: "01000110 d mmmm ddd", op: MOV, form: fReg},
		{pattern: "010001110 mmmm 000", op: BX},
		{pattern: "010001111 mmmm 000", op: BLX, no15: "m"},
		{pattern: "01001 ttt iiiiiiii", op: LDR, form: fMemLit, x: 4},
		{pattern: "0101000 mmm nnn ttt", op: STR, form: fMemR},
		{pattern: "0101001 mmm nnn ttt", op: STRH, form: fMemR},
		{pattern: "0101010 mmm nnn ttt", op: STRB, form: fMemR},
		{pattern: "0101011 mmm nnn ttt", op: LDRSB, form: fMemR},
		{pattern: "0101100 mmm nnn ttt", op: LDR, form: fMemR},
		{pattern: "0101101 mmm nnn ttt", op: LDRH, form: fMemR},
		{pattern: "0101110 mmm nnn ttt", op: LDRB, form: fMemR},
		{pattern: "0101111 mmm nnn ttt", op: LDRSH, form: fMemR},
		{pattern: "01100 iiiii nnn ttt", op: STR, form: fMemI, x: 4},
		{pattern: "01101 iiiii nnn ttt", op: LDR, form: fMemI, x: 4},
		{pattern: "01110 iiiii nnn ttt", op: STRB, form: fMemI},
		{pattern: "01111 iiiii nnn ttt", op: LDRB, form: fMemI},
		{pattern: "10000 iiiii nnn ttt", op: STRH, form: fMemI, x: 2},
		{pattern: "10001 iiiii nnn ttt", op: LDRH, form: fMemI, x: 2},
		{pattern: "10010 ttt iiiiiiii", op: STR, form: fMemSP, x: 4},
		{pattern: "10011 ttt iiiiiiii", op: LDR, form: fMemSP, x: 4},
		{pattern: "10100 ddd iiiiiiii", op: ADR, form: fImm, x: 4},
		{pattern: "10101 ddd iiiiiiii", op: ADD, form: fSP1, x: 4},
		{pattern: "101100000 iiiiiii", op: ADD, form: fSP2, x: 4},
		{pattern: "101100001 iiiiiii", op: SUB, form: fSP2, x: 4},
		{pattern: "1011 0 0 i 1 iiiii nnn", op: CBZ, form: fCBZ},
		{pattern: "1011 1 0 i 1 iiiii nnn", op: CBNZ, form: fCBZ},
		{pattern: "1011001000 mmm ddd", op: SXTH, form: fExt, x: 1},
		{pattern: "1011001001 mmm ddd", op: SXTB, form: fExt, x: 1},
		{pattern: "1011001010 mmm ddd", op: UXTH, form: fExt, x: 1},
		{pattern: "1011001011 mmm ddd", op: UXTB, form: fExt, x: 1},
		{pattern: "1011 010 e iiiiiiii", op: STM, form: fPush},
		{pattern: "101101100101 i 000", op: SETEND},
		{pattern: "1011101000 mmm ddd", op: REV},
		{pattern: "1011101001 mmm ddd", op: REV16},
		{pattern: "1011101011 mmm ddd", op: REVSH},
		{pattern: "1011 110 e iiiiiiii", op: LDM, form: fPush, x: 1},
		{pattern: "10111110 iiiiiiii", op: BKPT},
		{pattern: "10111111 iiii 0000", op: NOP},
		{pattern: "10111111 oooo kkkk", op: IT_, form: fIT},
		{pattern: "11000 nnn iiiiiiii", op: STM, form: fLdm16},
		{pattern: "11001 nnn iiiiiiii", op: LDM, form: fLdm16, x: 1},
		{pattern: "11011110 iiiiiiii", op: UDF},
		{pattern: "11011111 iiiiiiii", op: SVC},
		{pattern: "1101 cccc iiiiiiii", op: B, form: fBcc, x: 8<<8 | 1},
		{pattern: "11100 iiiiiiiiiii", op: B, form: fBranch, x: 11<<8 | 1},
	}
}

func fNone(*Inst, *fields, uint32) bool { return true }

// fRdm: the destination is also the second operand.
func fRdm(g form) form {
	return func(in *Inst, f *fields, x uint32) bool { in.Rm = in.Rd; return g(in, f, x) }
}

// fHigh: two high registers; the pc may not be both.
func fHigh(in *Inst, _ *fields, _ uint32) bool {
	in.Operand = OperandReg
	if in.Op == CMP {
		return in.Rn >= 8 || in.Rm >= 8
	}
	return !(in.Rd == 15 && in.Rm == 15)
}

func fSP1(in *Inst, f *fields, x uint32) bool { in.Rn = 13; return fImm(in, f, x) }
func fSP2(in *Inst, f *fields, x uint32) bool { in.Rd, in.Rn = 13, 13; return fImm(in, f, x) }
