// Package core executes ARM instructions: one engine for the Cortex-A7 (A32, T32, VFP, NEON) and the Cortex-M4.
//
// Decoding is device/arm's; what each operation does is written once, in the semantic table below gen/, from which
// the interpreter (tier 0) is generated and, later, the emitters of tier 1. Tier 0 is exact and is the reference.
//
// The package knows registers, memory and instructions. It must not know Linux, peripherals, debuggers or time:
// a system call, a fault or a breakpoint leaves Run with an Exit, and a budget bounds every run to the instruction.
package core
