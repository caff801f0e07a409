package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"armillary.dev/server/files"
)

// hostileParams are parameters that have something for every method. U is the document.
const hostileParams = `{"textDocument":{"uri":"U","version":3,"languageId":"json","text":"{}"},"position":{"line":1,"character":1},
"range":{"start":{"line":0,"character":0},"end":{"line":9,"character":9}},"positions":[{"line":1,"character":1}],"newName":"X","query":"L",
"context":{"includeDeclaration":true,"diagnostics":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":1}},"message":"m"}],"only":["quickfix"],"triggerKind":1},
"options":{"tabSize":2,"insertSpaces":true},"previousResultIds":[],"previousResultId":"x","command":"armillary.showUses","arguments":["U",{"line":1,"character":1},1],
"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":"x"}],
"changes":[{"uri":"U","type":2}],"event":{"added":[{"uri":"U","name":"n"}],"removed":[{"uri":"U","name":"n"}]},"settings":{}}`

// wrongValues stand where something else is expected.
var wrongValues = []string{`null`, `true`, `5`, `-1`, `0.5`, `1e400`, `99999999999999999999`, `""`, `"\ud800"`, `[]`, `[[]]`, `[null]`, `{}`, `{"":0}`}

// A hostileClient asks and does not care what is answered, as long as it is one answer and no panic.
type hostileClient struct {
	*player
}

func dialHostile(t *testing.T, dir string) *hostileClient {
	return &hostileClient{newPlayer(t, dir, nil)}
}

// settled ends the session in good order.
func (c *hostileClient) settled() {
	c.Helper()
	c.finish()
}

// variants returns text with each of its values replaced by each of the wrong ones.
func variants(t *testing.T, text string) []string {
	var root any
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(v any, put func(string) string)
	walk = func(v any, put func(string) string) {
		for _, w := range wrongValues {
			out = append(out, put(w))
		}
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k], func(s string) string { return put(object(v, k, s)) })
			}
		case []any:
			for i := range v {
				walk(v[i], func(s string) string {
					list := slices.Clone(v)
					list[i] = json.RawMessage(s)
					return put(jsonText(list))
				})
			}
		}
	}
	walk(root, func(s string) string { return s })
	return out
}

// object is an object as JSON with one member replaced.
func object(o map[string]any, key, value string) string {
	o = maps.Clone(o)
	o[key] = json.RawMessage(value)
	return jsonText(o)
}

// jsonText writes JSON in which raw parts need not be numbers that Go could hold.
func jsonText(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, quoted(k)+":"+jsonText(v[k]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, jsonText(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case json.RawMessage:
		return string(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestWrongParams gives every method, requests and notifications, parameters of which one part is of a wrong type.
func TestWrongParams(t *testing.T) {
	dir := fuzzFolder(t)
	u := string(fileURI(files.Name(filepath.ToSlash(filepath.Join(dir, "app_manifest.json")))))
	params := strings.ReplaceAll(hostileParams, "U", u)
	list := variants(t, params)
	if len(list) < 500 {
		t.Fatalf("only %d variants", len(list))
	}
	for _, m := range methods() {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			c := dialHostile(t, dir)
			c.open(u, quoted(fuzzProject["app_manifest.json"]))
			for _, p := range list {
				c.request(m, p)
			}
			c.settled()
		})
	}
	for _, m := range slices.Sorted(maps.Keys(notifications)) {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			c := dialHostile(t, dir)
			for i, p := range list {
				if i%20 == 0 {
					c.open(u, quoted(fuzzProject["app_manifest.json"]))
				}
				c.c.send(`{"method":` + quoted(m) + `,"params":` + p + `}`)
			}
			c.request("textDocument/hover", params)
			for _, name := range []string{u, "x", ""} { // whatever is open now, by whatever name
				c.c.send(`{"method":"textDocument/didClose","params":{"textDocument":{"uri":` + quoted(name) + `}}}`)
			}
			clear(c.docs)
			c.open(u, `"{"`)
			c.settled()
		})
	}
}

// fuzzFolder lays the project of the fuzz target out in a folder of its own.
func fuzzFolder(t testing.TB) string {
	dir := t.TempDir()
	for name, src := range fuzzProject {
		writeFuzzFile(filepath.Join(dir, name), src)
	}
	return dir
}

// TestForeignDocuments asks every method about documents that are open and lie nowhere, and about some that are not open.
func TestForeignDocuments(t *testing.T) {
	dir := fuzzFolder(t)
	for i, u := range append(slices.Clone(fuzzURIs), "file://", "file:", "untitled:", ":", "%", "file:///%00", "file:///a%2fb/app_manifest.json", "vscode-notebook-cell:/a/app_manifest.json#W0",
		"file:///"+strings.Repeat("d/", 500)+"app_manifest.json", strings.Repeat("a", 20_000), "http://[::1", "file:///\u202e/x.cap") {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			c := dialHostile(t, dir)
			params := strings.ReplaceAll(hostileParams, "U", u)
			for _, state := range []string{"not open", "open", "closed"} {
				switch state {
				case "open":
					for _, content := range []string{fuzzProject["app_manifest.json"], fuzzProject["hardware.json"], ""} {
						c.open(u, quoted(content))
						c.same(u)
						ask(c, params)
					}
					delete(c.docs, canonical(u))
				case "closed":
					c.c.send(`{"method":"textDocument/didClose","params":{"textDocument":{"uri":` + quoted(u) + `}}}`)
				}
				ids := ask(c, params)
				for m, id := range ids {
					if a := c.wait(id); state == "not open" && strings.HasPrefix(m, "textDocument/") && a.Error == nil {
						t.Errorf("%s of a document that is not open is answered with %s", m, a.Result)
					}
				}
			}
			c.settled()
		})
	}
}

// ask sends a request of each method and returns their ids.
func ask(c *hostileClient, params string) map[string]string {
	ids := map[string]string{}
	for _, m := range methods() {
		ids[m] = c.request(m, params)
	}
	return ids
}

// TestBeyondTheDocument asks every method about places that no document has.
func TestBeyondTheDocument(t *testing.T) {
	dir := fuzzFolder(t)
	c := dialHostile(t, dir)
	for i, name := range fuzzNames {
		c.open(c.uri(i), quoted(fuzzProject[name]))
	}
	for _, line := range []string{"0", "3", "100000", "2147483647", "2147483648", "4294967295"} {
		for _, char := range []string{"0", "100000", "2147483647", "2147483648", "4294967295"} {
			at := `{"line":` + line + `,"character":` + char + `}`
			for i := range fuzzNames {
				u := c.uri(i)
				for m, id := range ask(c, fmt.Sprintf(`{"textDocument":{"uri":"%[1]s"},"position":%[2]s,"range":{"start":%[2]s,"end":{"line":0,"character":0}},"positions":[%[2]s],
					"context":{"diagnostics":[]},"options":{"tabSize":4294967295,"insertSpaces":false},"newName":"X","query":"","previousResultIds":[],
					"command":"armillary.showUses","arguments":["%[1]s",%[2]s]}`, u, at)) {
					if a := c.wait(id); a.Error != nil && a.Error.Code != -32803 { // which says why in words
						t.Errorf("%s at %s: %+v", m, at, a.Error)
					}
				}
			}
		}
	}
	c.settled()
}

// TestOddSessions plays what no editor should do, and looks at the answers.
func TestOddSessions(t *testing.T) {
	for _, tc := range []struct {
		name   string
		script []string // what is sent; a line that begins with < is what must come
		exit   int
	}{
		{"before initialize", []string{
			`{"id":1,"method":"textDocument/hover","params":{}}`, `<{"id":1,"error":{"code":-32002}}`,
			`{"id":2,"method":"shutdown"}`, `<{"id":2,"error":{"code":-32002}}`,
			`{"id":3,"method":"no/such"}`, `<{"id":3,"error":{"code":-32002}}`,
			`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:x","languageId":"","version":1,"text":""}}}`,
			`{"method":"$/cancelRequest","params":{"id":1}}`,
			`{"id":4,"method":"initialize","params":{"capabilities":{}}}`, `<{"id":4,"result":{}}`,
			`{"id":5,"method":"test/text","params":{"textDocument":{"uri":"untitled:x"}}}`, `<{"id":5,"result":null}`,
			`{"method":"exit"}`}, 1},
		{"exit at once", []string{`{"method":"exit"}`}, 1},
		{"initialize twice and broken", []string{
			`{"id":1,"method":"initialize","params":5}`, `<{"id":1,"error":{"code":-32602}}`,
			`{"id":2,"method":"initialize"}`, `<{"id":2,"error":{"code":-32602}}`,
			`{"id":3,"method":"initialize","params":{"processId":"x","capabilities":5}}`, `<{"id":3,"error":{"code":-32602}}`,
			`{"id":4,"method":"initialize","params":{"capabilities":{},"processId":null,"initializationOptions":[1],"workspaceFolders":null,"rootUri":"file:///nowhere"}}`, `<{"id":4,"result":{}}`,
			`{"id":5,"method":"initialize","params":{"capabilities":{}}}`, `<{"id":5,"error":{"code":-32600}}`,
			`{"id":6,"method":"shutdown"}`, `<{"id":6,"result":null}`, `{"method":"exit"}`}, 0},
		{"after shutdown", []string{
			initialize, `<{"id":0}`,
			`{"id":1,"method":"shutdown"}`, `<{"id":1,"result":null}`,
			`{"id":2,"method":"shutdown"}`, `<{"id":2,"error":{"code":-32600}}`,
			`{"id":3,"method":"textDocument/hover","params":{}}`, `<{"id":3,"error":{"code":-32600}}`,
			`{"id":4,"method":"initialize","params":{"capabilities":{}}}`, `<{"id":4,"error":{"code":-32600}}`,
			`{"method":"textDocument/didOpen","params":{}}`, `{"method":"exit"}`}, 0},
		{"ids", []string{
			initialize, `<{"id":0}`,
			`{"id":-9223372036854775809,"method":"no/such"}`, `<{"id":-9223372036854775809,"error":{"code":-32601}}`,
			`{"id":123456789012345678901234567890,"method":"no/such"}`, `<{"id":123456789012345678901234567890,"error":{"code":-32601}}`,
			`{"id":"","method":"no/such"}`, `<{"id":"","error":{"code":-32601}}`,
			`{"id":"1","method":"test/block"}`, `<{"method":"test/blocking"}`,
			`{"id":1,"method":"test/text","params":{}}`, `<{"id":1,"result":null}`, // 1 and "1" differ
			`{"method":"$/cancelRequest","params":{"id":1}}`,
			`{"method":"$/cancelRequest","params":{"id":"\u0031"}}`, `<{"id":"1","error":{"code":-32800}}`,
			`{"id":"\ud800","method":"no/such"}`, `<{"id":"\ufffd","error":{"code":-32601}}`,
			`{"id":1e3,"method":"no/such"}`, `<{"id":null,"error":{"code":-32600}}`,
			`{"id":[1],"method":"no/such"}`, `<{"id":null,"error":{"code":-32600}}`,
			`{"id":true,"method":"no/such"}`, `<{"id":null,"error":{"code":-32600}}`,
			`{"id":null,"method":"no/such"}`, `<{"id":null,"error":{"code":-32600}}`,
			`{"id":1,"id":2,"method":"no/such"}`, `<{"id":2,"error":{"code":-32601}}`,
			`{"id":7,"method":"shutdown"}`, `<{"id":7,"result":null}`, `{"method":"exit"}`}, 0},
		{"cancellation of nothing", []string{
			initialize, `<{"id":0}`,
			`{"method":"$/cancelRequest"}`, `{"method":"$/cancelRequest","params":5}`, `{"method":"$/cancelRequest","params":{}}`,
			`{"method":"$/cancelRequest","params":{"id":null}}`, `{"method":"$/cancelRequest","params":{"id":{}}}`, `{"method":"$/cancelRequest","params":{"id":99}}`,
			`{"id":1,"method":"$/cancelRequest","params":{"id":1}}`, `<{"id":1,"error":{"code":-32601}}`,
			`{"id":2,"method":"exit"}`, `<{"id":2,"error":{"code":-32601}}`,
			`{"method":"shutdown"}`, `{"method":"initialize","params":{}}`, `{"method":"textDocument/hover","params":{}}`, `{"method":"$/what"}`,
			`{"method":""}`, `<{"id":null,"error":{"code":-32600}}`,
			`{"id":3,"method":""}`, `<{"id":3,"error":{}}`,
			`{"id":7,"method":"shutdown"}`, `<{"id":7,"result":null}`, `{"method":"exit"}`}, 0},
		{"answers that nobody can read", []string{
			`{"id":0,"method":"initialize","params":{"capabilities":{"workspace":{"applyEdit":true},"textDocument":{"diagnostic":{}}}}}`, `<{"id":0}`,
			`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///nowhere/hw.json","languageId":"json","version":1,"text":` + quoted(fuzzProject["hardware.json"]) + `}}}`,
			`{"id":1,"method":"workspace/executeCommand","params":{"command":"armillary.generateHeader","arguments":["file:///nowhere/hw.json"]}}`, `<{"id":0,"method":"workspace/applyEdit"}`,
			`{"id":0,"result":5}`, `<{"id":1,"error":{"code":-32803,"message":"~did not make the change"}}`,
			`{"id":1,"method":"workspace/executeCommand","params":{"command":"armillary.generateHeader","arguments":["file:///nowhere/hw.json"]}}`, `<{"id":1,"method":"workspace/applyEdit"}`,
			`{"id":1,"error":{"code":-32601,"message":"what?"}}`, `<{"id":1,"error":{"code":-32803,"message":"~what"}}`,
			`{"id":1,"result":{"applied":true}}`,
			`{"id":7,"method":"shutdown"}`, `<{"id":7,"result":null}`, `{"method":"exit"}`}, 0},
		{"documents", []string{
			initialize, `<{"id":0}`,
			`{"method":"textDocument/didChange","params":{"textDocument":{"uri":"untitled:x","version":2},"contentChanges":[{"text":"a"}]}}`,
			`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:x","languageId":"","version":9,"text":"one"}}}`,
			`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:x","languageId":"","version":5,"text":"two"}}}`,
			`{"id":1,"method":"test/text","params":{"textDocument":{"uri":"untitled:x"}}}`, `<{"id":1,"result":{"text":"two","version":5}}`,
			`{"method":"textDocument/didChange","params":{"textDocument":{"uri":"untitled:x","version":2},"contentChanges":[{"text":"back"}]}}`,
			`{"id":2,"method":"test/text","params":{"textDocument":{"uri":"untitled:x"}}}`, `<{"id":2,"result":{"text":"back","version":2}}`,
			`{"method":"textDocument/didChange","params":{"textDocument":{"uri":"untitled:x","version":3},"contentChanges":[]}}`,
			`{"method":"textDocument/didChange","params":{"textDocument":{"uri":"untitled:x","version":4}}}`,
			`{"method":"textDocument/didChange","params":{"textDocument":{"uri":"untitled:x","version":4},"contentChanges":[null,{"text":5}]}}`,
			`{"method":"textDocument/didChange","params":{"textDocument":{"uri":"untitled:x","version":5},"contentChanges":[{"text":"\ud83d"},{"range":{"start":{"line":0,"character":1},"end":{"line":0,"character":1}},"text":"\ude00"}]}}`,
			`{"id":3,"method":"test/text","params":{"textDocument":{"uri":"untitled:x"}}}`, `<{"id":3,"result":{"text":"\ufffd\ufffd","version":5}}`,
			`{"method":"textDocument/didClose","params":{"textDocument":{"uri":"untitled:x"}}}`,
			`{"method":"textDocument/didClose","params":{"textDocument":{"uri":"untitled:x"}}}`,
			`{"id":4,"method":"textDocument/hover","params":{"textDocument":{"uri":"untitled:x"},"position":{"line":0,"character":0}}}`, `<{"id":4,"error":{"code":-32602,"message":"~not open"}}`,
			`{"id":7,"method":"shutdown"}`, `<{"id":7,"result":null}`, `{"method":"exit"}`}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := dial(t)
			for _, line := range tc.script {
				if want, ok := strings.CutPrefix(line, "<"); ok {
					c.expect(want)
				} else {
					c.send(line)
				}
			}
			if code := c.exitCode(); code != tc.exit {
				t.Errorf("exit code %d, want %d", code, tc.exit)
			}
		})
	}
}

// TestFrames holds what package wire says in its tests for a whole session: after a frame of any kind, the next one is
// answered, and a length that lies costs nothing.
func TestFrames(t *testing.T) {
	next := "Content-Length: 47\r\n\r\n" + `{"jsonrpc":"2.0","id":77,"method":"test/panic"}`
	for _, raw := range []string{
		"CONTENT-LENGTH:2\r\n\r\n{}",
		"content-length : 2\r\nX: y\r\n\r\n{}",
		"Content-Length: 2\n\n{}",
		"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"Content-Length: -1\r\n\r\n", "Content-Length: 0\r\n\r\n", "Content-Length: 1e3\r\n\r\n", "Content-Length:\r\n\r\n", "Content-Length: 99999999999999999999\r\n\r\n",
		"Content-Length: 1\r\n\r\n{}", "Content-Length: 1\r\n\r\n{}\r\n", "{}\r\n", strings.Repeat("x", 100_000) + "\r\n", "\x00\xff\r\n\r\n",
		"Content-Length: 6\r\n\r\n[{},5]", "Content-Length: 4\r\n\r\nnull", "Content-Length: 1\r\n\r\n5", "Content-Length: 2\r\n\r\n\xff\xfe",
		frame(`[{"jsonrpc":"2.0","id":1,"method":"test/panic"},{"jsonrpc":"2.0","id":2,"method":"test/panic"}]`),
		frame(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`),
		frame(`{"jsonrpc":"2.0","method":` + strings.Repeat(`{"a":`, 9_000) + "0" + strings.Repeat("}", 9_000) + `}`),
		frame(`{"id":5,"result":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + `}`),
		frame(`{"id":18446744073709551615,"result":{}}`), frame(`{"id":0,"error":5}`), frame(`{"id":0,"result":{},"error":{}}`), frame(`{"id":0}`), frame(`{}`),
	} {
		c := dial(t)
		c.send(initialize)
		c.expect(`{"id":0}`)
		c.raw(raw)
		c.raw(next)
		for {
			body := c.receive()
			if matchJSON(`{"id":77}`, body) == "" {
				break
			}
			if matchJSON(`{"id":null,"error":{}}`, body) != "" && matchJSON(`{"id":0,"error":{"code":-32600}}`, body) != "" {
				t.Errorf("%.60q is answered with %s", raw, body)
			}
		}
	}
}

func frame(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }
