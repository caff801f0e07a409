// Package step plans steps over source lines: given where a thread is, what to let it do next, until the step is done.
//
// A plan costs as few resumes as the server allows. Where the line makes calls, its exits are decoded and get temporary
// breakpoints: one resume for the line, however much its calls do. Where it makes none and the server can step over a
// range by itself, that is one packet. Where neither is possible, single instructions.
//
// The package must not know a debug server or the debug adapter protocol: it is told registers (as a frame) and answers
// with a Move. It reads code and symbols, never the target's data, except through the unwinder that came with the frame.
package step
