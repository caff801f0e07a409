package marker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"path"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"go.lsp.dev/uri"

	"armillary.dev/server"
	"armillary.dev/server/files"
)

// patience bounds how long a test waits for what should come at once.
const patience = 30 * time.Second

// clientAbilities are those of an editor that can do everything. What a server does for one that can do less is tested
// in package server.
const clientAbilities = `{
  "general": {"positionEncodings": ["utf-16"]},
  "window": {"workDoneProgress": true, "showDocument": {"support": true}},
  "workspace": {
    "applyEdit": true,
    "workspaceEdit": {"documentChanges": true, "resourceOperations": ["create", "rename", "delete"]},
    "configuration": true, "workspaceFolders": true, "symbol": {}, "executeCommand": {},
    "diagnostics": {"refreshSupport": true}, "didChangeWatchedFiles": {"dynamicRegistration": true}
  },
  "textDocument": {
    "synchronization": {"didSave": true},
    "diagnostic": {"relatedInformation": true, "tagSupport": {"valueSet": [1, 2]}, "relatedDocumentSupport": true},
    "publishDiagnostics": {"relatedInformation": true, "tagSupport": {"valueSet": [1, 2]}},
    "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source", "source.fixAll"]}},
      "isPreferredSupport": true, "dataSupport": true, "resolveSupport": {"properties": ["edit"]}},
    "hover": {"contentFormat": ["markdown", "plaintext"]},
    "completion": {"completionItem": {"snippetSupport": true, "documentationFormat": ["markdown"]}},
    "definition": {}, "references": {}, "rename": {"prepareSupport": true}, "documentHighlight": {},
    "documentSymbol": {"hierarchicalDocumentSymbolSupport": true}, "documentLink": {}, "foldingRange": {}, "selectionRange": {},
    "semanticTokens": {"requests": {"full": true}, "formats": ["relative"],
      "tokenTypes": ["namespace", "type", "class", "enum", "interface", "struct", "typeParameter", "parameter", "variable", "property", "enumMember",
        "event", "function", "method", "macro", "keyword", "modifier", "comment", "string", "number", "regexp", "operator", "decorator"],
      "tokenModifiers": ["declaration", "definition", "readonly", "static", "deprecated", "abstract", "async", "modification", "documentation", "defaultLibrary"]},
    "inlayHint": {}, "codeLens": {}, "formatting": {}
  }
}`

// A client is one session with the server, over a pipe.
type client struct {
	conn net.Conn
	out  chan []byte   // messages on their way to the server; never blocks whoever reads
	done chan struct{} // closed when the server has ended
	over chan struct{} // closed when nothing more is sent
	log  func(format string, args ...any)

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer // guarded by mu
	edits   []json.RawMessage   // workspace/applyEdit that the server asked for; guarded by mu
	again   chan struct{}       // closed when the server asks to be asked for diagnostics again; guarded by mu
	err     error               // why the session is over; guarded by mu
}

type answer struct {
	result json.RawMessage
	err    error
}

// message is any message of JSON-RPC.
type message struct {
	Version string           `json:"jsonrpc"`
	ID      *json.RawMessage `json:"id,omitempty"`
	Method  string           `json:"method,omitempty"`
	Params  json.RawMessage  `json:"params,omitempty"`
	Result  json.RawMessage  `json:"result,omitempty"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// serve is what stands at the other end of a session: the server, or a stub of it.
type serve func(rwc io.ReadWriteCloser)

func realServer(opt server.Options) serve {
	return func(rwc io.ReadWriteCloser) { server.Serve(context.Background(), rwc, opt) }
}

// start begins a session. Its log gets every message.
func start(other serve, log func(format string, args ...any)) *client {
	ours, theirs := net.Pipe()
	c := &client{conn: ours, out: make(chan []byte, 1000), done: make(chan struct{}), over: make(chan struct{}), log: log, waiting: map[int]chan answer{},
		again: make(chan struct{})}
	go func() {
		defer close(c.done)
		other(theirs)
	}()
	go c.read()
	go c.write()
	return c
}

// stop ends the session and waits for the server.
func (c *client) stop() error {
	err := c.request("shutdown", nil, nil)
	if err == nil {
		c.notify("exit", nil)
		select {
		case <-c.done:
		case <-time.After(patience):
			err = errors.New("the server does not exit")
		}
	}
	close(c.over)
	c.conn.Close()
	return err
}

func (c *client) write() {
	for broken := false; ; {
		select {
		case body := <-c.out:
			if broken {
				continue // whoever sends must not wait for nobody
			}
			_, err := fmt.Fprintf(c.conn, "Content-Length: %d\r\n\r\n%s", len(body), body)
			broken = err != nil
		case <-c.over:
			return
		}
	}
}

// read takes messages off the pipe and hands them to who waits for them.
func (c *client) read() {
	r := bufio.NewReader(c.conn)
	for {
		body, err := readBody(r)
		if err != nil {
			c.mu.Lock()
			c.err = fmt.Errorf("the session has ended: %w", err)
			for id, w := range c.waiting {
				w <- answer{err: c.err}
				delete(c.waiting, id)
			}
			c.mu.Unlock()
			return
		}
		c.log("< %s", body)
		var m message
		if json.Unmarshal(body, &m) != nil || m.ID == nil {
			continue // a notification: logs, diagnostics that are pushed
		}
		if m.Method != "" {
			c.serve(&m)
			continue
		}
		id, _ := strconv.Atoi(string(*m.ID))
		a := answer{result: m.Result}
		if m.Error != nil {
			a.err = fmt.Errorf("%s (%d)", m.Error.Message, m.Error.Code)
		}
		c.mu.Lock()
		if w := c.waiting[id]; w != nil {
			w <- a
			delete(c.waiting, id)
		}
		c.mu.Unlock()
	}
}

func readBody(r *bufio.Reader) ([]byte, error) {
	header, err := textproto.NewReader(r).ReadMIMEHeader()
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return nil, err
	}
	body := make([]byte, n)
	_, err = io.ReadFull(r, body)
	return body, err
}

// serve answers what the server asks of an editor.
func (c *client) serve(m *message) {
	result := json.RawMessage("null")
	switch m.Method {
	case "workspace/applyEdit":
		var p struct {
			Edit json.RawMessage `json:"edit"`
		}
		_ = json.Unmarshal(m.Params, &p)
		c.mu.Lock()
		c.edits = append(c.edits, p.Edit)
		c.mu.Unlock()
		result = json.RawMessage(`{"applied":true}`)
	case "workspace/configuration":
		var p struct {
			Items []json.RawMessage `json:"items"`
		}
		_ = json.Unmarshal(m.Params, &p)
		result, _ = json.Marshal(make([]any, len(p.Items)))
	case "workspace/diagnostic/refresh":
		c.mu.Lock()
		close(c.again)
		c.again = make(chan struct{})
		c.mu.Unlock()
	case "window/showDocument":
		result = json.RawMessage(`{"success":true}`)
	}
	c.send(&message{ID: m.ID, Result: result})
}

func (c *client) send(m *message) {
	m.Version = "2.0"
	body, err := marshal(m)
	if err != nil {
		panic(err) // our own types
	}
	c.log("> %s", body)
	select {
	case c.out <- body:
	case <-c.over: // the server asks for something while the session ends
	}
}

// marshal is json.Marshal without its escapes for HTML.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

func (c *client) notify(method string, params any) {
	raw, err := marshal(params)
	if err != nil {
		panic(err)
	}
	if params == nil {
		raw = nil
	}
	c.send(&message{Method: method, Params: raw})
}

// request asks the server and decodes its answer. That the server does not know the method is an error like any other.
func (c *client) request(method string, params, result any) error {
	raw, err := marshal(params)
	if err != nil {
		panic(err)
	}
	if params == nil {
		raw = nil
	}
	w := make(chan answer, 1)
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return fmt.Errorf("%s: %w", method, c.err)
	}
	c.next++
	id := json.RawMessage(strconv.Itoa(c.next))
	c.waiting[c.next] = w
	c.mu.Unlock()
	c.send(&message{ID: &id, Method: method, Params: raw})
	select {
	case a := <-w:
		if a.err == nil && result != nil {
			a.err = json.Unmarshal(a.result, result)
		}
		if a.err != nil {
			return fmt.Errorf("%s: %w", method, a.err)
		}
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s: no answer comes", method)
	}
}

// refreshed returns a channel that is closed when the server next says that diagnostics have changed.
func (c *client) refreshed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.again
}

// applied takes the edits that the server has asked for since the last time.
func (c *client) applied() []json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	edits := c.edits
	c.edits = nil
	return edits
}

// The types of the protocol, as far as an editor needs them. They are written down here and not taken from the library
// that the server uses, so that a mistake in that would show.
type (
	position struct {
		Line      int `json:"line"`
		Character int `json:"character"`
	}
	lspRange struct {
		Start position `json:"start"`
		End   position `json:"end"`
	}
	location struct {
		URI   string   `json:"uri"`
		Range lspRange `json:"range"`
	}
	textEdit struct {
		Range   lspRange `json:"range"`
		NewText string   `json:"newText"`
	}
	document struct {
		URI string `json:"uri"`
	}
	// at are the parameters of most requests.
	at struct {
		TextDocument document  `json:"textDocument"`
		Position     *position `json:"position,omitempty"`
	}
)

// uriOf is the URI of a file in a folder.
func uriOf(dir, name string) string {
	return string(uri.File(filepath.Join(dir, filepath.FromSlash(name))))
}

// nameOf is the reverse of uriOf: the name of a file in the folder, "" if it is not below it.
func nameOf(dir, u string) string {
	id := uri.URI(u)
	if id.Scheme() != "file" {
		return ""
	}
	root := files.Name(filepath.ToSlash(dir)) + "/"
	name := files.Name(id.Path())
	if len(name) < len(root) || name[:len(root)] != root {
		return ""
	}
	return name[len(root):]
}

// languageOf is what an editor calls the language of a file.
func languageOf(name string) string {
	switch {
	case markerIntro(name) == "#@":
		return "cmake"
	case path.Ext(name) == ".c", path.Ext(name) == ".h":
		return "c"
	case path.Ext(name) == ".json":
		return "json"
	}
	return "plaintext"
}
