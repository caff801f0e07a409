// Package unwind walks a stopped ARM thread's stack: from registers and memory to the frames of its callers.
//
// The order of belief is: call frame information (.debug_frame, .eh_frame), the exception index table of the ARM EABI
// (.ARM.exidx), the kernel's signal frame and the M-profile exception frame, analysis of the function's prologue, and
// last the link register alone. Every frame says which of them found its caller. Calls that the compiler inlined are
// frames of their own.
//
// The package must not know a target: memory comes through Memory and the registers of the stopped thread are a value.
// It must not know types or variables either; those are package eval's.
package unwind
