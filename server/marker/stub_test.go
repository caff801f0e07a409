package marker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
)

// stub is a server that gives fixed answers, by method. $URI in an answer is the document's URI.
func stub(can string, answers map[string]string) serve {
	return func(rwc io.ReadWriteCloser) {
		defer rwc.Close()
		r := bufio.NewReader(rwc)
		root, asked := "", 0
		for {
			body, err := readBody(r)
			var m message
			if err != nil || json.Unmarshal(body, &m) != nil || m.Method == "exit" {
				return
			}
			if m.ID == nil || m.Method == "" {
				continue
			}
			answer, ok := answers[m.Method]
			switch m.Method {
			case "initialize":
				var p struct {
					RootURI string `json:"rootUri"`
				}
				_ = json.Unmarshal(m.Params, &p)
				root, answer, ok = p.RootURI, `{"capabilities":{`+can+`}}`, true
			case "textDocument/diagnostic":
				if asked++; asked > 1 && answers["later"] != "" {
					answer, ok = answers["later"], true
				}
				if !ok {
					answer, ok = `{"kind":"full","items":[]}`, true
				}
			case "shutdown":
				answer, ok = "null", true
			case "workspace/executeCommand":
				edit := strings.ReplaceAll(answers["edit"], "$URI", root+"/a.json")
				writeBody(rwc, fmt.Sprintf(`{"jsonrpc":"2.0","id":77,"method":"workspace/applyEdit","params":{"edit":%s}}`, edit))
			}
			if m.Method == "workspace/diagnostic" && answers["refresh"] != "" {
				writeBody(rwc, `{"jsonrpc":"2.0","id":78,"method":"workspace/diagnostic/refresh"}`)
			}
			answer = strings.ReplaceAll(answer, "$URI", root+"/a.json")
			if ok {
				writeBody(rwc, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, *m.ID, answer))
			} else {
				writeBody(rwc, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no %s"}}`, *m.ID, m.Method))
			}
		}
	}
}

func writeBody(w io.Writer, body string) {
	fmt.Fprintf(w, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// rng is a range on one line, as JSON.
func rng(line, from, to int) string {
	return fmt.Sprintf(`{"start":{"line":%d,"character":%d},"end":{"line":%[1]d,"character":%[3]d}}`, line, from, to)
}

// Verbs hold answers against what is marked, whoever gives them: the first call of a row passes, the second fails.
func TestVerbs(t *testing.T) {
	const file = "{ \"a\": 1,\n  \"b\": 2 }\n"
	const edit = `{"documentChanges":[{"textDocument":{"uri":"$URI","version":1},"edits":[{"range":{"start":{"line":0,"character":7},"end":{"line":0,"character":8}},"newText":"7"}]}]}`
	const edited = "=== a.json\n@@ 1 @@\n-{ \"a\": 1,\n+{ \"a\": 7,\n   \"b\": 2 }\n"
	place := `{"uri":"$URI","range":` + rng(1, 2, 5) + `}`
	for _, tt := range []struct {
		can, method, answer string
		right, golden       string
		wrong, why          string
	}{
		{"", "textDocument/hover", `{"contents":{"kind":"markdown","value":"one"},"range":` + rng(0, 2, 5) + `}`, "hover(`\"a\"`, g)", "one\n", "hover(`\"a\"`, \"two\")", "does not match"},
		{"", "textDocument/hover", `{"contents":{"kind":"markdown","value":"one"},"range":` + rng(5, 2, 5) + `}`, "", "", "hover(`\"a\"`, \"one\")", "not in the document"},
		{"", "textDocument/hover", `{"contents":"one"}`, "", "", "hover(`\"a\"`, \"one\")", "not Markdown"},
		{"", "textDocument/hover", `null`, "nohover(`\"a\"`)", "", "hover(`\"a\"`, \"one\")", "nothing is said"},
		{"", "textDocument/completion", `[{"label":"bb","sortText":"2"},{"label":"ab","sortText":"1","filterText":"x"},{"label":"c"}]`, "completeexact(\" |1\", \"ab\", \"bb\", \"c\")", "", "completeexact(\" |1\", \"bb\", \"ab\", \"c\")", "the proposals are"},
		{"", "textDocument/completion", `[{"label":"bb","textEdit":{"range":` + rng(0, 7, 8) + `,"newText":"b$1b${0:x}"},"insertTextFormat":2,"filterText":"1"},{"label":"c","textEdit":{"range":` + rng(0, 7, 8) + `,"newText":""}}]`,
			"completeexact(\"1|,\", \"bb\"), accept(\"1|,\", \"bb\", g)", "=== a.json\n@@ 1 @@\n-{ \"a\": 1,\n+{ \"a\": b‸b‸x,\n   \"b\": 2 }\n", "complete(\"1|,\", \"c\")", "not proposed"},
		{"", "textDocument/completion", `[{"label":"bb","textEdit":{"range":` + rng(1, 2, 3) + `,"newText":""}}]`, "", "", "complete(\"1|,\", \"bb\")", "where the cursor is not"},
		{"", "textDocument/definition", place, "def(\"1\", \"a.json\", `\"b\"`)", "", "def(\"1\", \"a.json\", `\"a\"`)", "it is in a.json at"},
		{"", "textDocument/definition", `[` + place + `,` + place + `]`, "", "", "def(\"1\", \"a.json\", `\"b\"`)", "2 definitions"},
		{"", "textDocument/definition", `[{"targetUri":"$URI","targetRange":` + rng(1, 0, 9) + `,"targetSelectionRange":` + rng(1, 2, 5) + `}]`, "def(\"1\", \"a.json\", \"  |\\\"b\\\"|:\")", "", "nodef(\"1\")", "1 definitions"},
		{"", "textDocument/definition", `[]`, "nodef(\"1\")", "", "def(\"1\", \"a.json\", `\"b\"`)", "0 definitions"},
		{"", "textDocument/references", `[` + place + `,{"uri":"$URI","range":` + rng(0, 2, 5) + `}]`, "refs(\"1\", g)", "a.json:1:3: { \"a\": 1,\na.json:2:3: \"b\": 2 }\n", "refs(\"1\", h)", "no golden @h"},
		{`"renameProvider":true`, "textDocument/rename", edit, "rename(\"1\", \"7\", g)", edited, "renameerr(\"1\", \"7\", \"\")", "can be renamed"},
		{`"renameProvider":true`, "textDocument/rename", strings.Replace(edit, `"version":1`, `"version":2`, 1), "", "", "rename(\"1\", \"7\", h)", "for version 2"},
		{`"renameProvider":true`, "textDocument/rename", strings.Replace(edit, `"line":0,"character":8`, `"line":0,"character":80`, 1), "", "", "rename(\"1\", \"7\", h)", "not in the document"},
		{`"renameProvider":true`, "nothing", ``, "renameerr(\"1\", \"7\", \"no textDocument\")", "", "renameerr(\"1\", \"7\", \"else\")", "the error is"},
		{"", "textDocument/documentHighlight", `[{"range":` + rng(1, 2, 5) + `,"kind":3}]`, "highlight(\"1\", g)", "a.json:2:3: \"b\": 2 }\n", "highlight(\"1\", h)", "no golden"},
		{"", "textDocument/documentSymbol", `[{"name":"x","kind":13,"detail":"d","range":` + rng(0, 2, 8) + `,"selectionRange":` + rng(0, 2, 5) + `,"children":[{"name":"y","kind":14,"range":` + rng(0, 7, 8) + `,"selectionRange":` + rng(0, 7, 8) + `}]}]`,
			"symbols(g)", "variable x – d [1-1]\n  constant y [1-1]\n", "symbols(h)", "no golden"},
		{"", "textDocument/documentSymbol", `[{"name":"x","kind":13,"range":` + rng(0, 2, 5) + `,"selectionRange":` + rng(0, 2, 8) + `}]`, "", "", "symbols(h)", "does not lie inside"},
		{"", "workspace/symbol", `[{"name":"x","kind":13,"location":` + place + `}]`, "wsymbols(\"\", g)", "variable x a.json:2:3\n", "wsymbols(\"\", h)", "no golden"},
		{"", "textDocument/documentLink", `[{"range":` + rng(0, 2, 5) + `,"target":"$URI"},{"range":` + rng(0, 7, 8) + `,"target":"https://x.example/"}]`, "link(`\"a\"`, \"a.json\"), link(\"1\", \"https://x.example/\")", "", "link(\"1\", \"a.json\")", "the links are"},
		{"", "textDocument/foldingRange", `[{"startLine":0,"endLine":1,"kind":"region"}]`, "fold(g)", "1-2 region: { \"a\": 1,\n", "fold(h)", "no golden"},
		{"", "textDocument/foldingRange", `[{"startLine":0,"endLine":9}]`, "", "", "fold(h)", "cannot be folded"},
		{"", "textDocument/selectionRange", `[{"range":` + rng(0, 7, 8) + `,"parent":{"range":` + rng(0, 2, 8) + `}}]`, "select(\"|1\", \"1\", `\"a\": 1`)", "", "select(\"|1\", \"1\", `\"a\"`)", "is selected, not"},
		{`"semanticTokensProvider":{"legend":{"tokenTypes":["number","property"],"tokenModifiers":["static","readonly"]}}`, "textDocument/semanticTokens/full", `{"data":[0,2,3,1,0,0,5,1,0,2]}`, "token(`\"a\"`, property), token(\"1\", number, readonly)", "", "token(\"1\", number, static)", `the tokens of the line are ["\"a\"" property "1" number readonly]`},
		{"", "textDocument/inlayHint", `[{"position":{"line":0,"character":8},"label":[{"value":"= "},{"value":"one"}]}]`, "inlay(\"1\", \"= one\")", "", "inlay(`\"a\"`, \"= one\")", "the hints of the line"},
		{"", "textDocument/codeLens", `[{"range":` + rng(0, 0, 1) + `,"command":{"title":"used by 3","command":"x.y"}}]`, "lens(\"3$\", \"x.y\")", "", "lens(\"3$\", \"x.z\")", "the lenses of the line"},
		{"", "textDocument/formatting", `[{"range":` + rng(0, 1, 2) + `,"newText":""}]`, "format(g)", "{\"a\": 1,\n  \"b\": 2 }\n", "format(h)", "no golden"},
		{"", "textDocument/formatting", `[{"range":` + rng(0, 1, 3) + `,"newText":""},{"range":` + rng(0, 2, 4) + `,"newText":""}]`, "", "", "format(h)", "overlap"},
		{"", "workspace/executeCommand", `{"n":1}`, "command(\"x\", \"uri:a.json\", 3, g)", edited + "answer: {\"n\":1}\n", "command(\"x\", h)", "no golden"},
	} {
		for _, call := range []string{tt.right, tt.wrong} {
			if call == "" {
				continue
			}
			archive := "-- a.json --\n" + strings.Replace(file, ",\n", ", //@"+call+"\n", 1)
			if strings.Contains(call, "g)") {
				archive += "-- @g --\n" + tt.golden
			}
			c := readCase("case", []byte(archive))
			c.stub = stub(tt.can, map[string]string{tt.method: tt.answer, "edit": edit})
			got := c.run(t.TempDir(), false, quiet(t))
			switch {
			case call == tt.right && len(got) > 0:
				t.Errorf("%s: %s", call, strings.Join(got, "\n"))
			case call == tt.wrong && (len(got) != 1 || !strings.Contains(got[0], tt.why)):
				t.Errorf("%s: %q, want %q", call, got, tt.why)
			}
		}
	}
}
