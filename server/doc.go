// Package server is the language server: it tells an editor, while someone types, what `armillary check` would say,
// and offers the fixes, names and explanations that the rules know. It holds no rule of its own: package analysis
// runs the rules over a view of files, the handlers here translate to and from the protocol.
//
// The package must not know the debugger, the emulator or the command line, nor what any single rule means.
//
// # Goroutines
//
//  1. The reader (the jsonrpc2.Conn's) takes messages off the stream one by one. It alone changes the session:
//     lifecycle, open documents, workspace folders. Notifications are applied here, in order, and each change makes
//     a new snapshot.
//  2. Each request runs on a goroutine of its own over the snapshot that was current when the request was read, so
//     a slow answer holds up nothing and never sees half a change. A panic ends the request, not the server.
//  3. The publisher pushes diagnostics. It is woken by a new snapshot and always works on the newest: an edit
//     supersedes the one before; nothing waits for a pause in typing. For clients that pull it checks what was edited
//     while they ask.
//
// Snapshots are immutable. What they compute is computed once and shared; the disk is read through the overlay, in
// which open documents hide files.
//
// # Initialization options
//
// A client may send an object with any of these; unknown members are ignored.
//
//	jsonSyntax bool    default true. False leaves out findings on plain JSON syntax (AZS001, AZS002, AZS003, AZS005),
//	                   for editors whose own JSON support reports syntax errors, comments, trailing commas and
//	                   duplicate keys in the same documents.
//	inlayHints bool    default true. False leaves out the notes behind names ("= GPIO 8").
//	strict     bool    default false. As `check --strict`.
//	hwdef      string  a hardware definition or board that is used for every app, as `check --hwdef`.
//
// # Diagnostics
//
// The source is "armillary", the code is the rule's ("AZS101"). Member data is an object: deviceCode (the device's
// number, when the file would be refused), pointer (JSON pointer of the element).
package server
