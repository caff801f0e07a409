// Package debugadapter is a debugger for C on Azure Sphere devices that speaks the Debug Adapter Protocol: a native engine
// with no gdb behind it. This package is the session and its handlers; what they stand on is below it: target (the debug
// server), symbols, unwind and eval (the program), breakpoints and step (where it stops).
//
// Goroutines of a session:
//
//	(1) the loop, Session.Run: owns all state, answers requests, takes stops and decides what comes after them;
//	(2) the reader of the client's messages; it only hands them to (1), so it never blocks on work;
//	(3) while launching, one that deploys, connects and reads symbols; its result is handed to (1);
//	(4) one that copies the app's output to the client, and one for the device's own events, if it has any;
//	(5) the reader of the debug server's connection (package target).
//
// All but (1) end when the session's context does, and Run returns only when they have. Nothing of a session outlives it:
// a client that vanishes takes the launched app and the device it powered on with it.
//
// The package must not know the emulator or a serial port: it is given a function that opens a device.Device and dials it.
package debugadapter
