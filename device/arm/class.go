package arm

// classify adds to the class what follows from operation and operands.
func (in *Inst) classify() {
	if in.Mode == A32 && in.Cond != AL {
		in.Class |= ClassCond
	}
	switch in.Op {
	case B:
		in.Class |= ClassBranch
		if in.Cond != AL {
			in.Class |= ClassCond
		}
	case BL, BLXI:
		in.Class |= ClassBranch | ClassCall
	case BLX:
		in.Class |= ClassBranch | ClassCall | ClassIndirect
	case BX, BXJ:
		in.Class |= ClassBranch | ClassIndirect
		if in.Rm == 14 {
			in.Class |= ClassReturn
		}
	case CBZ, CBNZ:
		in.Class |= ClassBranch | ClassCond
	case TBB, TBH:
		in.Class |= ClassBranch | ClassIndirect | ClassLoad
	case IT_:
		in.Class |= ClassIT
	case SVC, BKPT, UDF:
		in.Class |= ClassTrap
	case LDR:
		in.Class |= ClassLoad
		if in.Rd == 15 {
			in.Class |= ClassBranch | ClassIndirect
			if in.Rn == 13 && in.Wback {
				in.Class |= ClassReturn
			}
		}
	case LDM:
		in.Class |= ClassLoad
		if in.Imm>>15&1 == 1 {
			in.Class |= ClassBranch | ClassIndirect | ClassReturn
		}
	case LDRB, LDRH, LDRSB, LDRSH, LDRD, VLDR, VLDM, VLD1:
		in.Class |= ClassLoad
	case STR, STRB, STRH, STRD, STM, VSTR, VSTM, VST1:
		in.Class |= ClassStore
	case SWP, SWPB:
		in.Class |= ClassLoad | ClassStore
	case LDREX, LDREXB, LDREXH, LDREXD:
		in.Class |= ClassLoad | ClassExclusive
	case STREX, STREXB, STREXH, STREXD:
		in.Class |= ClassStore | ClassExclusive
	case AND, EOR, SUB, RSB, ADD, ADC, SBC, RSC, ORR, MOV, BIC, MVN:
		if in.Rd == 15 {
			in.Class |= ClassBranch | ClassIndirect
			if in.Op == MOV && in.Operand == OperandReg && in.Rm == 14 && in.Amount == 0 {
				in.Class |= ClassReturn
			}
		}
	}
}
