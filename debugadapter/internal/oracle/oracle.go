// Package oracle compares the debugger's symbol, unwinding and expression layers with gdb on the same program at the
// same stops. It holds tests only: a C program built several ways runs under qemu-arm, gdb records what it sees
// together with registers and memory, and our layers are given the same registers and memory.
package oracle
