// Package symbols reads what an ARM ELF file says about itself: symbols, lines, functions, inlined calls and sources.
//
// A File is one parsed ELF and speaks link-time addresses; an Image is a File at the address where it was loaded and
// speaks run-time addresses; a Space is all images of one address space. Everything is parsed when it is first asked
// for, a compilation unit at a time, is immutable afterwards and may be shared by several goroutines.
//
// The package must not know a target, the debug adapter protocol or registers: it sees an io.ReaderAt and nothing else.
// Unwind tables are handed out as raw sections to package unwind, variables and types as DIEs to package eval.
package symbols
