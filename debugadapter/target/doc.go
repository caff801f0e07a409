// Package target speaks to a debug server: the client end of the remote serial protocol.
//
// One goroutine reads the connection and hands replies to those who asked, in order; what comes of itself (a stop, console
// output, the end) is an Event. A Client may be used from several goroutines, but run control wants one owner: after
// Resume there are no replies until the next stop. A Snapshot is what is known of one stop: registers, memory and
// threads are read once, and answered from memory after that; when the target runs again a snapshot still answers what it
// holds and refuses the rest, so nothing stale reaches the wire.
//
// Servers differ (facts/debugger.md 5.1, 5.2). The table of quirks in quirks.go is the only place that knows how.
//
// The package must not know sources, symbols, the debug adapter protocol or what a step is.
package target
