// Package marker tests the language server with cases that are written where they apply: in the files themselves. It
// holds tests only. A case is one txtar file below testdata; it is laid out in a fresh folder, a real session
// (server.Serve over a pipe) opens it, and what the server says is held against the markers.
//
//	A GPIO number in quotes is not a number.
//
//	-- app_manifest.json --
//	{
//	  ...
//	  "Gpio": [ 4, "8" ] //@diag(`"8"`, AZS050, "without quotes"), fix(`"8"`, AZS050, "Remove", unquoted)
//	  //@ok("4", AZS050)
//	}
//	-- @unquoted --
//	=== app_manifest.json
//	@@ 3 @@
//	-  "Gpio": [ 4, "8" ]
//	+  "Gpio": [ 4, 8 ]
//
// The text at the top says what the case shows. `go test ./server/marker -update` rewrites the goldens; look at the diff.
// `go test ./server/marker -run 'TestMarkers/rules/azs050'` runs one case, with -v it prints the conversation.
//
// # Files of an archive
//
//	flags            options of the case, separated by white space, see below
//	settings.json    the initialization options that the client sends
//	@name            the golden "name"; every golden must be asked for by a marker
//	anything else    a file of the workspace, slashes for folders
//
// The workspace is a real folder; files that have markers are opened, in the order of the archive, the others are on the
// disk only.
//
// Flags:
//
//	-ignore=AZS126,AZS127   diagnostics with these codes need no marker
//	-encoding=utf-8         the encoding of positions that the client offers, beside UTF-16
//	-folders=app1,app2      workspace folders; without it the workspace is one folder with everything
//	-sdk=sdk                a folder of the archive that is searched for hardware definitions, as an SDK's
//	-crlf                   the lines of all files end in CRLF
//	-bom=FILE               the file begins with a byte order mark
//	-latin1=FILE            the file is in ISO 8859-1; the editor takes it for UTF-8, and shows and sends U+FFFD for what
//	                        it cannot read
//	-base64=FILE            the archive has the file in base64; the editor sends what it makes of the bytes
//	-size=FILE:N            on the disk the file is N bytes long, with zeros where it has no more to say
//
// # Markers
//
// A marker is a comment that begins with "//@", in CMake and other files whose comments begin with a # with "#@". It
// holds one or more calls, separated by commas or spaces; each may have an @ in front again. At the end of a line it
// speaks of that line; alone on a line, of the line before, or of the first one if there is none. Markers never reach
// the server: they are taken out with the white space before them, a line of its own with its line end. So a JSON file
// with markers is strict JSON for the server.
//
// Arguments, separated by commas:
//
//	"text" `text`    a string, in the syntax of Go; back quotes are handy for JSON
//	AZS101           a code
//	name             the name of a golden, a severity, a token type
//	12               a number
//
// A text (below TEXT) names a place on the line. It must be there exactly once, and may run on over the following lines.
//
//	"SAMPLE"             the place of these letters
//	"[ 8, |8| ]"         the part between the bars; the rest tells it from its like
//	"SAMP|LE"            the point at the bar: a cursor, or an empty range
//	"a || b"             a bar itself is written twice
//
// # Verbs
//
// Diagnostics. Every diagnostic that the server reports in any file must be met by exactly one @diag. Those that are left
// over fail the case; the message shows the marker to write.
//
//	@diag(TEXT, CODE, "message"?, severity?)      a diagnostic at exactly that place; the message is a regular expression,
//	                                              the severity is error, warning, info or hint
//	@ok(TEXT, CODE)                               the near miss: no diagnostic of the code touches that place
//	@related(TEXT, CODE, "file", "text there")    the diagnostic points to a second place; in "text there" bars work as in a
//	                                              TEXT; without them it must be what stands in the related range
//	@device(CODE, 2097187)                        the device's number in the data of the diagnostics of the code that begin
//	                                              on the line
//	@nodevice(CODE)                               those have none: no device refuses the file for it
//	@fix(TEXT, CODE, "title", golden)             the one quick fix for the diagnostic whose title matches the regular
//	                                              expression; the golden is what it changes. Applied, it must leave fewer
//	                                              diagnostics of the code, and no new syntax error
//	@nofix(TEXT, CODE)                            the diagnostic has no quick fix
//	@fixall(golden)                               source.fixAll on the file
//
// Language features. The cursor is the bar in TEXT, or the beginning of it.
//
//	@hover(TEXT, "text" or golden)                what is said, as a regular expression or whole. Without a bar in TEXT the
//	                                              answer must be about exactly that place
//	@nohover(TEXT)
//	@complete(TEXT, "label", ...)                 proposals that are there, in this order, others between them or not;
//	                                              without a bar the cursor is at the end of TEXT. Proposals are sorted and
//	                                              filtered by what is typed, as editors do
//	@completeexact(TEXT, "label", ...)            these and no others
//	@nocomplete(TEXT, "label", ...)               none of these is proposed; without labels, nothing is
//	@accept(TEXT, "label", golden)                what taking a proposal changes; ‸ is where the cursor may go
//	@def(TEXT, "file", "text there")              where the definition is, as in @related
//	@nodef(TEXT)
//	@refs(TEXT, golden)                           all references, declaration included, a line each: file:line:column: the line
//	@rename(TEXT, "new name", golden)             what renaming changes
//	@renameerr(TEXT, "new name", "message")       the error that a renaming gets
//	@highlight(TEXT, golden)                      highlights in the file, as in @refs
//	@symbols(golden)                              the outline of the file
//	@wsymbols("query", golden)                    symbols of the workspace
//	@link(TEXT, "target")                         a link at exactly that place, to a file of the workspace or a URL
//	@fold(golden)                                 folding ranges of the file
//	@select(TEXT, "inner", "outer", ...)          what is selected from the cursor outwards, the first steps of it
//	@token(TEXT, type, modifier...)               the semantic token at exactly that place
//	@inlay(TEXT, "label")                         an inlay hint; without a bar it is at the end of TEXT
//	@lens("title", "command")                      a code lens on the line; the title is a regular expression
//	@format(golden)                               the whole file as it is formatted
//	@command("name", argument..., golden)         what executing a command changes and answers; an argument "uri:FILE" is
//	                                              the URI of a file
//
// # Goldens
//
// Changes are written as a diff with one line around each change; @@ 3 @@ is the first line shown, in the old file. A file
// that comes to be is "=== FILE (new)", one that goes "=== FILE (gone)". A GUID that no file of the case holds is written
// <new GUID>, the folder of the case $ROOT, a carriage return ␍.
//
// # Adding a verb
//
// A verb is one row of the table in verbs_test.go: its name, the kinds of its arguments, the function. TestVerbs holds it
// against a stub of a server, once with a marker that is right and once with one that is wrong.
//
// # Adding a rule
//
// Each rule of analysis.Rules has a case testdata/rules/azsNNN.txtar with a @diag and an @ok,
// with a @fix if the rule has a fix and a @device if a device refuses. Take the near misses from the facts: what would a
// rule flag that is less careful? Write the device's number as the error catalogue has it, not as the rule has it.
package marker
