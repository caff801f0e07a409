// Package eval shows variables and evaluates C expressions in a stopped program.
//
// It reads DWARF types and locations, gives Values that are read lazily and have children, and evaluates expressions
// with C's own rules of conversion. Values never guess: what cannot be known has an error that names the reason, e.g.
// "optimized out".
//
// The package must not know a target or the debug adapter protocol: memory and registers come in through Context.
package eval
