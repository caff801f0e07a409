// Package arm is what is known about the ARMv7-A instruction set: one table of encodings, from which an instruction is
// decoded, written as text and classified (branch, call, return, …). The engine in emulator/core executes what this
// package decodes, and the debugger steps by it, so the two cannot disagree about a length or a target.
//
// It is pure: bytes in, values out. It must not know memory, registers' contents, an execution engine or a debugger.
// What an instruction does is not said here (that is emulator/core's semantic table).
package arm
