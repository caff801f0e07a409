package arm

// Op is an operation, whatever its encoding.
type Op uint16

// Operations. Shifts by themselves (LSL, ROR, …) are MOV with a shifted operand; ADD and SUB with Rn = 15 and a word
// aligned pc are ADR; PUSH and POP are STM and LDM; VPUSH and VPOP are VSTM and VLDM.
const (
	Invalid Op = iota
	// data processing
	AND
	EOR
	SUB
	RSB
	ADD
	ADC
	SBC
	RSC
	TST
	TEQ
	CMP
	CMN
	ORR
	MOV
	BIC
	MVN
	ORN
	MOVT
	ADR
	// multiplication and division
	MUL
	MLA
	MLS
	UMULL
	UMLAL
	SMULL
	SMLAL
	UMAAL
	SMLAxy // Imm: bit 0 = top half of Rn, bit 1 = top half of Rm
	SMLAWy // Imm: bit 1 = top half of Rm
	SMULxy
	SMULWy
	SMLALxy // Rd low, Ra high
	SMLAD   // Imm: bit 0 = exchange Rm's halves
	SMLSD
	SMUAD
	SMUSD
	SMLALD
	SMLSLD
	SMMLA // Imm: bit 0 = round
	SMMLS
	SMMUL
	SDIV
	UDIV
	USAD8
	USADA8
	// saturation and SIMD in general registers
	QADD
	QSUB
	QDADD
	QDSUB
	SSAT // Imm: number of bits
	USAT
	SSAT16
	USAT16
	PADD // parallel addition and subtraction; Imm: 8*prefix + operation, see ParallelName
	SEL
	PKHBT
	PKHTB
	// bits and extension; extensions have the rotation in Amount and Rn = NoReg when nothing is added
	SXTB
	SXTH
	SXTB16
	UXTB
	UXTH
	UXTB16
	RBIT
	REV
	REV16
	REVSH
	CLZ
	BFI // Imm: lowest bit, Imm2: width
	BFC
	SBFX
	UBFX
	// memory
	LDR
	LDRB
	LDRH
	LDRSB
	LDRSH
	STR
	STRB
	STRH
	LDRD // Rd, Ra
	STRD
	PLD
	LDM // Imm: register list
	STM
	LDREX
	LDREXB
	LDREXH
	LDREXD
	STREX // Rd: status, Rm: value, Ra: second value
	STREXB
	STREXH
	STREXD
	CLREX
	SWP
	SWPB
	// branches
	B
	BL
	BLXI // BLX to a label: changes the instruction set
	BX
	BLX
	BXJ
	CBZ
	CBNZ
	TBB
	TBH
	// system
	SVC
	BKPT
	UDF
	NOP
	IT_
	DMB
	DSB
	ISB
	MRS // Rd = APSR
	MSR // Imm2: mask (bit 3 flags, bit 2 GE); operand Rn or Imm
	MRC // Imm: opc1<<12 | CRn<<8 | CRm<<4 | opc2, Imm2: coprocessor
	MCR
	SETEND
	// VFP; Imm of VMLS, VNMLA, … is unused, Double says the size
	VMLA
	VMLS
	VNMLA
	VNMLS
	VNMUL
	VMUL
	VADD
	VSUB
	VDIV
	VFMA
	VFMS
	VFNMA
	VFNMS
	VMOVI // Imm: the bits of a single, or the high word of a double
	VMOV
	VABS
	VNEG
	VSQRT
	VCMP    // Imm: 1 = with zero
	VCMPE   // raises Invalid for quiet NaNs
	VCVTDS  // double from single
	VCVTSD  // single from double
	VCVTFI  // float from integer; Imm: 1 = signed
	VCVTIF  // integer from float, towards zero; Imm: 1 = signed
	VCVTR   // integer from float, FPSCR rounding; Imm: 1 = signed
	VCVTFX  // float from fixed point; Imm: 1 = signed, 2 = 32 bit; Amount: fraction bits
	VCVTXF  // fixed point from float
	VCVTBT  // single or double from half; Imm: 1 = top half
	VCVTTB  // half from single or double
	VMOVRS  // core from single
	VMOVSR  // single from core
	VMOVRRS // Rd, Ra = S[Rm], S[Rm+1]
	VMOVSRR
	VMOVRRD // Rd, Ra = D[Rm]
	VMOVDRR
	VMOVRX // Rd = element of D[Rn]; Imm: index, Imm2: size in bits, bit 8 = unsigned
	VMOVXR // element of D[Rd] = Rn
	VDUPR  // all elements of D[Rd] (Imm: registers) = Rn; Imm2: size in bits
	VMRS   // Rd (15 = flags) = system register Imm
	VMSR
	VLDR
	VSTR
	VLDM // Rd: first register, Imm: number of registers
	VSTM
	// NEON, the part that compilers use to set and copy memory
	VLD1 // multiple single elements: Rd first D register, Imm: registers, Imm2: element size
	VST1
	VMOVQ // Imm, Imm2: low and high word of the constant; Amount: registers 1 or 2
	VANDQ // bitwise, Amount: registers 1 or 2
	VBICQ
	VORRQ
	VORNQ
	VEORQ
	numOps
)
