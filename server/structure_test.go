package server

import (
	"strconv"
	"strings"
	"testing"

	"armillary.dev/server/files"
)

// A file that is too long to be ours gets empty answers, and at once.
func TestStructureOfHugeFile(t *testing.T) {
	c := dial(t)
	c.send(`{"id":0,"method":"initialize","params":{"capabilities":{"textDocument":{"diagnostic":{},"semanticTokens":{"requests":{},"tokenTypes":[],"tokenModifiers":[],"formats":["relative"]},"inlayHint":{}}}}}`)
	c.expect(`{"id":0}`)
	text := `{"SchemaVersion":1,"CmdArgs":[` + strings.Repeat("[\n],", files.MaxSize/4) + "0]}"
	c.send(`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:x","languageId":"json","version":1,"text":` + strconv.Quote(text) + `}}}`)
	const rng = `"range":{"start":{"line":0,"character":0},"end":{"line":9,"character":0}}`
	const options = `"options":{"tabSize":2,"insertSpaces":true}`
	for i, q := range []struct{ method, more, want string }{
		{"documentSymbol", "", "[]"},
		{"foldingRange", "", "null"},
		{"selectionRange", `"positions":[{"line":3,"character":1}]`, "null"},
		{"documentLink", "", "[]"},
		{"semanticTokens/full", "", `{"data":[]}`},
		{"semanticTokens/range", rng, `{"data":[]}`},
		{"inlayHint", rng, "[]"},
		{"formatting", options, "[]"},
		{"rangeFormatting", rng + "," + options, "[]"},
	} {
		id := strconv.Itoa(i + 1)
		if q.more != "" {
			q.more = "," + q.more
		}
		c.send(`{"id":` + id + `,"method":"textDocument/` + q.method + `","params":{"textDocument":{"uri":"untitled:x"}` + q.more + `}}`)
		c.expect(`{"id":` + id + `,"result":` + q.want + `}`)
	}
}
