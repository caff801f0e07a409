package arm

import (
	"fmt"
	"math"
	"strings"
)

// syntaxes give each operation its mnemonic and operands. In the operands d n m a are registers (capitals: VFP
// registers), o the flexible operand, i and j the constants Imm and Imm2, M a memory operand, T a branch offset.
// Operations that need more are written out in text; one without either is printed as .inst.
var syntaxes = map[Op][2]string{
	AND: {"and", "d,n,o"}, EOR: {"eor", "d,n,o"}, SUB: {"sub", "d,n,o"}, RSB: {"rsb", "d,n,o"}, ADD: {"add", "d,n,o"},
	ADC: {"adc", "d,n,o"}, SBC: {"sbc", "d,n,o"}, RSC: {"rsc", "d,n,o"}, ORR: {"orr", "d,n,o"}, BIC: {"bic", "d,n,o"},
	ORN: {"orn", "d,n,o"}, TST: {"tst", "n,o"}, TEQ: {"teq", "n,o"}, CMP: {"cmp", "n,o"}, CMN: {"cmn", "n,o"},
	MOV: {"mov", "d,o"}, MVN: {"mvn", "d,o"}, MOVT: {"movt", "d,i"},
	MUL: {"mul", "d,n,m"}, MLA: {"mla", "d,n,m,a"}, MLS: {"mls", "d,n,m,a"},
	UMULL: {"umull", "d,a,n,m"}, UMLAL: {"umlal", "d,a,n,m"}, SMULL: {"smull", "d,a,n,m"}, SMLAL: {"smlal", "d,a,n,m"}, UMAAL: {"umaal", "d,a,n,m"},
	SMLAD: {"smlad", "d,n,m,a"}, SMLSD: {"smlsd", "d,n,m,a"}, SMUAD: {"smuad", "d,n,m"}, SMUSD: {"smusd", "d,n,m"},
	SMLALD: {"smlald", "d,a,n,m"}, SMLSLD: {"smlsld", "d,a,n,m"},
	SMMLA: {"smmla", "d,n,m,a"}, SMMLS: {"smmls", "d,n,m,a"}, SMMUL: {"smmul", "d,n,m"},
	SMLAxy: {"smla", "d,n,m,a"}, SMULxy: {"smul", "d,n,m"}, SMLAWy: {"smlaw", "d,n,m,a"}, SMULWy: {"smulw", "d,n,m"}, SMLALxy: {"smlal", "d,a,n,m"},
	SDIV: {"sdiv", "d,n,m"}, UDIV: {"udiv", "d,n,m"}, USAD8: {"usad8", "d,n,m"}, USADA8: {"usada8", "d,n,m,a"},
	QADD: {"qadd", "d,m,n"}, QSUB: {"qsub", "d,m,n"}, QDADD: {"qdadd", "d,m,n"}, QDSUB: {"qdsub", "d,m,n"},
	SSAT16: {"ssat16", "d,i,n"}, USAT16: {"usat16", "d,i,n"}, SEL: {"sel", "d,n,m"},
	RBIT: {"rbit", "d,m"}, REV: {"rev", "d,m"}, REV16: {"rev16", "d,m"}, REVSH: {"revsh", "d,m"}, CLZ: {"clz", "d,m"},
	BFI: {"bfi", "d,n,i,j"}, BFC: {"bfc", "d,i,j"}, SBFX: {"sbfx", "d,n,i,j"}, UBFX: {"ubfx", "d,n,i,j"},
	LDR: {"ldr", "d,M"}, LDRB: {"ldrb", "d,M"}, LDRH: {"ldrh", "d,M"}, LDRSB: {"ldrsb", "d,M"}, LDRSH: {"ldrsh", "d,M"},
	STR: {"str", "d,M"}, STRB: {"strb", "d,M"}, STRH: {"strh", "d,M"}, LDRD: {"ldrd", "d,a,M"}, STRD: {"strd", "d,a,M"},
	LDREX: {"ldrex", "d,E"}, LDREXB: {"ldrexb", "d,E"}, LDREXH: {"ldrexh", "d,E"}, LDREXD: {"ldrexd", "d,a,E"},
	STREX: {"strex", "d,m,E"}, STREXB: {"strexb", "d,m,E"}, STREXH: {"strexh", "d,m,E"}, STREXD: {"strexd", "d,m,a,E"}, CLREX: {"clrex", ""},
	B: {"b", "T"}, BL: {"bl", "T"}, BLXI: {"blx", "T"}, BX: {"bx", "m"}, BLX: {"blx", "m"}, BXJ: {"bxj", "m"}, CBZ: {"cbz", "n,T"}, CBNZ: {"cbnz", "n,T"},
	SVC: {"svc", "i"}, BKPT: {"bkpt", "i"}, UDF: {"udf", "i"},
	VMLA: {"vmla", "D,N,M"}, VMLS: {"vmls", "D,N,M"}, VNMLA: {"vnmla", "D,N,M"}, VNMLS: {"vnmls", "D,N,M"}, VNMUL: {"vnmul", "D,N,M"},
	VMUL: {"vmul", "D,N,M"}, VADD: {"vadd", "D,N,M"}, VSUB: {"vsub", "D,N,M"}, VDIV: {"vdiv", "D,N,M"},
	VFMA: {"vfma", "D,N,M"}, VFMS: {"vfms", "D,N,M"}, VFNMA: {"vfnma", "D,N,M"}, VFNMS: {"vfnms", "D,N,M"},
	VMOV: {"vmov", "D,M"}, VABS: {"vabs", "D,M"}, VNEG: {"vneg", "D,M"}, VSQRT: {"vsqrt", "D,M"},
}

var regNames = [16]string{"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "sl", "fp", "ip", "sp", "lr", "pc"}

var shiftNames = [5]string{"lsl", "lsr", "asr", "ror", "rrx"}

// RegName is the customary name of core register n: r0 to r9, sl, fp, ip, sp, lr, pc.
func RegName(n uint8) string { return regNames[n&15] }

func fpName(n uint8, double bool) string {
	if double {
		return fmt.Sprintf("d%d", n)
	}
	return fmt.Sprintf("s%d", n)
}

// String is the instruction in unified assembler language, as objdump writes it, without width suffixes. A branch shows
// its distance from the instruction as ".+8"; Target tells the address. What has no text yet is ".inst" with its encoding.
func (in Inst) String() string {
	if s, ok := in.text(); ok {
		return s
	}
	if in.Len == 2 {
		return fmt.Sprintf(".inst.n 0x%04x", in.Raw)
	}
	return fmt.Sprintf(".inst 0x%08x", in.Raw)
}

func (in *Inst) text() (string, bool) {
	c := in.Cond.String()
	switch in.Op {
	case Invalid:
		return "", false
	case IT_:
		return in.itText(), true
	case NOP:
		hints := []string{"nop", "yield", "wfe", "wfi", "sev"}
		if in.Imm < 5 {
			return hints[in.Imm] + c, true
		}
		return "", false
	case LDM, STM:
		return in.multipleText(c), true
	case DMB, DSB, ISB:
		name := map[Op]string{DMB: "dmb", DSB: "dsb", ISB: "isb"}[in.Op]
		if in.Imm == 15 {
			return name + " sy", true
		}
		return fmt.Sprintf("%s #%d", name, in.Imm), in.Imm != 0 && in.Op == ISB
	case TBB:
		return fmt.Sprintf("tbb%s [%s, %s]", c, regNames[in.Rn], regNames[in.Rm]), true
	case TBH:
		return fmt.Sprintf("tbh%s [%s, %s, lsl #1]", c, regNames[in.Rn], regNames[in.Rm]), true
	case MRS:
		return fmt.Sprintf("mrs%s %s, CPSR", c, regNames[in.Rd]), true
	case SXTB, SXTH, SXTB16, UXTB, UXTH, UXTB16:
		return in.extendText(c), true
	case PKHBT, PKHTB:
		name := map[Op]string{PKHBT: "pkhbt", PKHTB: "pkhtb"}[in.Op]
		s := fmt.Sprintf("%s%s %s, %s, %s", name, c, regNames[in.Rd], regNames[in.Rn], regNames[in.Rm])
		return s + in.shiftText(), true
	case SSAT, USAT:
		name := map[Op]string{SSAT: "ssat", USAT: "usat"}[in.Op]
		return fmt.Sprintf("%s%s %s, #%d, %s", name, c, regNames[in.Rd], in.Imm, regNames[in.Rn]) + in.shiftText(), true
	case PADD:
		return fmt.Sprintf("%s%s %s, %s, %s", ParallelName(in.Imm), c, regNames[in.Rd], regNames[in.Rn], regNames[in.Rm]), true
	case ADR:
		pc := *in
		pc.Op, pc.Rn = ADD, 15
		if in.Mode == T32 && in.Len == 4 {
			return fmt.Sprintf("%s%s %s, pc, #%d", map[bool]string{true: "subw", false: "addw"}[in.Raw>>23&1 == 1], c, regNames[in.Rd], uint32(max(int32(in.Imm), -int32(in.Imm)))), true
		}
		if in.Mode == A32 && in.Raw>>21&15 == 2 {
			pc.Op, pc.Imm = SUB, -in.Imm
		}
		return pc.text()
	case VLDR, VSTR:
		name := map[Op]string{VLDR: "vldr", VSTR: "vstr"}[in.Op]
		return fmt.Sprintf("%s%s %s, %s", name, c, fpName(in.Rd, in.Double), in.memText()), true
	case VLDM, VSTM:
		return in.vmultipleText(c), true
	case VCMP, VCMPE:
		s := map[Op]string{VCMP: "vcmp", VCMPE: "vcmpe"}[in.Op] + c + in.fpSuffix() + " " + fpName(in.Rd, in.Double) + ", "
		if in.Imm == 1 {
			return s + "#0.0", true
		}
		return s + fpName(in.Rm, in.Double), true
	case VMOVI:
		v := float64(math.Float32frombits(in.Imm))
		if in.Double {
			v = math.Float64frombits(uint64(in.Imm) << 32)
		}
		return fmt.Sprintf("vmov%s%s %s, #%g", c, in.fpSuffix(), fpName(in.Rd, in.Double), v), true
	case VCVTDS:
		return fmt.Sprintf("vcvt%s.f64.f32 d%d, s%d", c, in.Rd, in.Rm), true
	case VCVTSD:
		return fmt.Sprintf("vcvt%s.f32.f64 s%d, d%d", c, in.Rd, in.Rm), true
	case VCVTFI:
		return fmt.Sprintf("vcvt%s%s.%s32 %s, s%d", c, in.fpSuffix(), in.sign(), fpName(in.Rd, in.Double), in.Rm), true
	case VCVTIF, VCVTR:
		name := map[Op]string{VCVTIF: "vcvt", VCVTR: "vcvtr"}[in.Op]
		return fmt.Sprintf("%s%s.%s32%s s%d, %s", name, c, in.sign(), in.fpSuffix(), in.Rd, fpName(in.Rm, in.Double)), true
	case VMOVRS:
		return fmt.Sprintf("vmov%s %s, s%d", c, regNames[in.Rd], in.Rm), true
	case VMOVSR:
		return fmt.Sprintf("vmov%s s%d, %s", c, in.Rm, regNames[in.Rd]), true
	case VMOVRRD:
		return fmt.Sprintf("vmov%s %s, %s, d%d", c, regNames[in.Rd], regNames[in.Ra], in.Rm), true
	case VMOVDRR:
		return fmt.Sprintf("vmov%s d%d, %s, %s", c, in.Rm, regNames[in.Rd], regNames[in.Ra]), true
	case VMRS:
		if in.Imm == 1 && in.Rd == 15 {
			return "vmrs" + c + " APSR_nzcv, fpscr", true
		}
		return fmt.Sprintf("vmrs%s %s, fpscr", c, regNames[in.Rd]), in.Imm == 1
	case VMSR:
		return fmt.Sprintf("vmsr%s fpscr, %s", c, regNames[in.Rd]), in.Imm == 1
	}
	syn, ok := syntaxes[in.Op]
	if !ok {
		return "", false
	}
	name, operands := syn[0], syn[1]
	switch in.Op {
	case MOV, MVN, ADD, SUB:
		name, operands = in.moveText(name, operands)
	case SMLAxy, SMULxy, SMLALxy:
		name += string("bt"[in.Imm&1]) + string("bt"[in.Imm>>1])
	case SMLAWy, SMULWy:
		name += string("bt"[in.Imm>>1])
	case SMLAD, SMLSD, SMUAD, SMUSD, SMLALD, SMLSLD:
		name += "x"[:in.Imm&1]
	case SMMLA, SMMLS, SMMUL:
		name += "r"[:in.Imm&1]
	case BKPT, UDF, CBZ, CBNZ:
		c = ""
	case LDR, LDRB, LDRH, LDRSB, LDRSH, STR, STRB, STRH:
		if in.unprivileged() {
			name += "t"
		}
	}
	if in.SetFlags && (in.Op < TST || in.Op > CMN) {
		name += "s"
	}
	name += c
	if in.Class&ClassFP != 0 {
		name += in.fpSuffix()
	}
	if operands == "" {
		return name, true
	}
	var parts []string
	for _, o := range strings.Split(operands, ",") {
		parts = append(parts, in.operandText(o))
	}
	return name + " " + strings.Join(parts, ", "), true
}

// unprivileged says whether a load or store is an LDRT, STRBT, …: a separate encoding, the same to user code.
func (in *Inst) unprivileged() bool {
	if in.Mode == T32 {
		return in.Len == 4 && in.Raw>>23&1 == 0 && in.Rn != 15 && in.Raw>>8&15 == 14
	}
	return in.Wback && !in.Index && in.Raw>>21&1 == 1
}

func (in *Inst) operandText(o string) string {
	switch o {
	case "d":
		return regNames[in.Rd&15]
	case "n":
		return regNames[in.Rn&15]
	case "m":
		return regNames[in.Rm&15]
	case "a":
		return regNames[in.Ra&15]
	case "D":
		return fpName(in.Rd, in.Double)
	case "N":
		return fpName(in.Rn, in.Double)
	case "M":
		if in.Class&ClassFP != 0 {
			return fpName(in.Rm, in.Double)
		}
		return in.memText()
	case "i":
		return fmt.Sprintf("#%d", in.Imm)
	case "j":
		return fmt.Sprintf("#%d", in.Imm2)
	case "o":
		if in.Operand == OperandImm {
			return fmt.Sprintf("#%d", in.Imm)
		}
		return regNames[in.Rm&15] + in.shiftText()
	case "E":
		if in.Imm != 0 {
			return fmt.Sprintf("[%s, #%d]", regNames[in.Rn&15], in.Imm)
		}
		return "[" + regNames[in.Rn&15] + "]"
	case "T":
		base := uint32(0)
		if in.Op == BLXI && in.Mode == T32 {
			return fmt.Sprintf("Align(.,4)%+d", int32(in.Imm)+4)
		}
		target, _, _ := in.Target(base)
		return fmt.Sprintf(".%+d", int32(target))
	}
	return "?"
}

// moveText turns a move with a shift into the shift's own mnemonic, and finds the forms that have a name of their own.
func (in *Inst) moveText(name, operands string) (string, string) {
	if in.Operand == OperandImm && !in.SetFlags && in.Len == 4 {
		plain := in.Mode == T32 && in.Raw&0xfb008000 == 0xf2000000 || in.Mode == A32 && in.Op == MOV && in.Raw>>20&0xff == 0x30
		if plain {
			return name + "w", operands
		}
	}
	if in.Op != MOV || in.Operand == OperandImm {
		return name, operands
	}
	switch {
	case in.Operand == OperandShiftReg:
		return shiftNames[in.Shift], "d,m,a"
	case in.Shift == RRX:
		return "rrx", "d,m"
	case in.Amount > 0:
		in.Imm = uint32(in.Amount)
		return shiftNames[in.Shift], "d,m,i"
	}
	return name, operands
}

func (in *Inst) shiftText() string {
	switch {
	case in.Operand == OperandShiftReg:
		return ", " + shiftNames[in.Shift] + " " + regNames[in.Ra&15]
	case in.Amount == 0:
		return ""
	case in.Shift == RRX:
		return ", rrx"
	}
	return fmt.Sprintf(", %s #%d", shiftNames[in.Shift], in.Amount)
}

func (in *Inst) memText() string {
	b := regNames[in.Rn&15]
	off := ""
	switch {
	case in.Operand == OperandReg:
		sign := ""
		if !in.Add {
			sign = "-"
		}
		off = ", " + sign + regNames[in.Rm&15] + in.shiftText()
	case in.Imm != 0:
		off = fmt.Sprintf(", #%d", int32(in.Imm))
	case !in.Add:
		off = ", #-0"
	case in.Wback && !in.Index:
		off = ", #0"
	case in.Wback:
		off = ", #0"
	}
	switch {
	case !in.Index:
		return "[" + b + "]" + off
	case in.Wback:
		return "[" + b + off + "]!"
	}
	return "[" + b + off + "]"
}

func (in *Inst) multipleText(c string) string {
	var regs []string
	for i := range uint8(16) {
		if in.Imm>>i&1 == 1 {
			regs = append(regs, regNames[i])
		}
	}
	list := "{" + strings.Join(regs, ", ") + "}"
	switch {
	case in.Op == STM && in.Rn == 13 && in.Wback && !in.Add && in.Index:
		return "push" + c + " " + list
	case in.Op == LDM && in.Rn == 13 && in.Wback && in.Add && !in.Index:
		return "pop" + c + " " + list
	}
	name := map[Op]string{LDM: "ldm", STM: "stm"}[in.Op] + map[bool]string{true: "i", false: "d"}[in.Add] + map[bool]string{true: "b", false: "a"}[in.Index]
	b := regNames[in.Rn&15]
	if in.Wback {
		b += "!"
	}
	return name + c + " " + b + ", " + list
}

func (in *Inst) vmultipleText(c string) string {
	list := "{" + fpName(in.Rd, in.Double)
	if in.Imm > 1 {
		list += "-" + fpName(in.Rd+uint8(in.Imm)-1, in.Double)
	}
	list += "}"
	switch {
	case in.Op == VSTM && in.Rn == 13 && in.Wback && !in.Add:
		return "vpush" + c + " " + list
	case in.Op == VLDM && in.Rn == 13 && in.Wback && in.Add:
		return "vpop" + c + " " + list
	}
	name := map[Op]string{VLDM: "vldm", VSTM: "vstm"}[in.Op] + map[bool]string{true: "ia", false: "db"}[in.Add]
	b := regNames[in.Rn&15]
	if in.Wback {
		b += "!"
	}
	return name + c + " " + b + ", " + list
}

func (in *Inst) extendText(c string) string {
	name := map[Op]string{SXTB: "sxt", SXTH: "sxt", SXTB16: "sxt", UXTB: "uxt", UXTH: "uxt", UXTB16: "uxt"}[in.Op]
	part := map[Op]string{SXTB: "b", SXTH: "h", SXTB16: "b16", UXTB: "b", UXTH: "h", UXTB16: "b16"}[in.Op]
	rn := ""
	if in.Rn != NoReg {
		name += "a"
		rn = regNames[in.Rn&15] + ", "
	}
	s := name + part + c + " " + regNames[in.Rd&15] + ", " + rn + regNames[in.Rm&15]
	if in.Amount != 0 {
		s += fmt.Sprintf(", ror #%d", in.Amount)
	}
	return s
}

func (in *Inst) itText() string {
	first := Cond(in.Imm >> 4)
	s := "it"
	for state := IT(in.Imm).Next(); state.Active(); state = state.Next() {
		if state.Cond() == first {
			s += "t"
		} else {
			s += "e"
		}
	}
	name := first.String()
	if first == AL {
		name = "al"
	}
	return s + " " + name
}

func (in *Inst) fpSuffix() string {
	if in.Double {
		return ".f64"
	}
	return ".f32"
}

func (in *Inst) sign() string {
	if in.Imm&1 == 1 {
		return "s"
	}
	return "u"
}

// ParallelName is the mnemonic of a PADD, whose Imm is 8*prefix + operation.
func ParallelName(imm uint32) string {
	prefix := [8]string{"?", "s", "q", "sh", "?", "u", "uq", "uh"}[imm>>3&7]
	return prefix + [8]string{"add16", "asx", "sax", "sub16", "add8", "?", "?", "sub8"}[imm&7]
}
