// Package breakpoints keeps the user's breakpoints: what an editor asked for, where that is in the program, and what the
// debug server has been told.
//
// Three layers: a Breakpoint is what the user set (a source line or a function, with a condition, a count or a message); it
// resolves to locations in the loaded images; Physical is the set of addresses that the server has inserted, which is
// brought to what is wanted by a difference, so that breakpoints stay inserted across stops.
//
// The package must not know a connection or the debug adapter protocol: it returns packets to send and is told the replies.
package breakpoints
