// Package rsp is the GDB remote serial protocol as a codec, for both directions: frames on the wire, and the packets
// inside them that this project's client (debugadapter/target) and server (emulator/gdbstub) exchange.
//
// A frame is $payload#checksum, a notification %payload#checksum; '}' escapes a byte (xor 0x20), '*' in what a server
// sends repeats the byte before it (GDB manual, appendix E "Remote Serial Protocol", Overview). Builders are named
// Append… and append to a byte slice; parsers are named Parse… and return an error for whatever is not well formed.
//
// The package is pure: it starts no goroutine and knows no connection beyond an io.Reader. It must not know registers
// of a machine, how a target is run, or what a client does with a reply. Everything it reads is bounded: a payload by
// the limit given to NewDecoder (run-length expansion included), a list by the payload's length.
package rsp
