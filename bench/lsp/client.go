package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// client is an editor reduced to what is measured.
type client struct {
	w        io.Writer
	r        *bufio.Reader
	id       int
	pull     bool // it asks for diagnostics
	versions map[string]int
}

func newClient(w io.Writer, r io.Reader) *client {
	return &client{w: w, r: bufio.NewReaderSize(r, 64<<10), versions: map[string]int{}}
}

func (c *client) send(m object) error {
	m["jsonrpc"] = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.w, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}

// message is the part of a message that tells what it is.
type message struct {
	ID     *json.RawMessage `json:"id"`
	Method string           `json:"method"`
	Params json.RawMessage  `json:"params"`
	Result json.RawMessage  `json:"result"`
	Error  json.RawMessage  `json:"error"`
	at     time.Time        // when it was here as a whole; what we do with it then is not the server's time
}

func (c *client) receive() (m message, err error) {
	header, err := textproto.NewReader(c.r).ReadMIMEHeader()
	if err != nil {
		return m, err
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return m, err
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.r, body); err != nil {
		return m, err
	}
	m.at = time.Now()
	return m, json.Unmarshal(body, &m)
}

// until reads messages up to the one that is wanted, and answers what the server asks on the way.
func (c *client) until(want func(message) bool) (message, error) {
	for {
		m, err := c.receive()
		if err != nil || want(m) {
			return m, err
		}
		if m.ID != nil && m.Method != "" {
			if err := c.send(object{"id": m.ID, "result": nil}); err != nil {
				return m, err
			}
		}
	}
}

// request sends a request and returns the answer.
func (c *client) request(method string, params any) (message, error) {
	c.id++
	id := strconv.Itoa(c.id)
	if err := c.send(object{"id": c.id, "method": method, "params": params}); err != nil {
		return message{}, err
	}
	m, err := c.until(func(m message) bool { return m.ID != nil && string(*m.ID) == id && m.Method == "" })
	if err == nil && m.Error != nil {
		err = fmt.Errorf("%s", m.Error)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", method, err)
	}
	return m, err
}

func (c *client) notify(method string, params any) error {
	return c.send(object{"method": method, "params": params})
}

// initialize starts a session in a folder; root may be empty. It returns the server's capabilities.
func (c *client) initialize(root string) (at time.Time, can object, err error) {
	document := object{
		"publishDiagnostics": object{"versionSupport": true, "relatedInformation": true},
		"completion":         object{"completionItem": object{"snippetSupport": true, "documentationFormat": []string{"markdown"}}},
		"hover":              object{"contentFormat": []string{"markdown"}},
	}
	if c.pull {
		document["diagnostic"] = object{}
	}
	params := object{
		"processId": nil, "rootUri": nil,
		"capabilities":          object{"textDocument": document},
		"initializationOptions": object{"provideFormatter": true},
	}
	if root != "" {
		params["rootUri"] = fileURI(root)
		params["workspaceFolders"] = []object{{"uri": fileURI(root), "name": "bench"}}
	}
	m, err := c.request("initialize", params)
	if err != nil {
		return m.at, nil, err
	}
	var result struct{ Capabilities object }
	if err := json.Unmarshal(m.Result, &result); err != nil {
		return m.at, nil, err
	}
	return m.at, result.Capabilities, c.notify("initialized", object{})
}

// open opens a document and waits for its first diagnostics.
func (c *client) open(uri, language, text string) (found int, at time.Time, err error) {
	c.versions[uri] = 1
	err = c.notify("textDocument/didOpen", object{"textDocument": object{
		"uri": uri, "languageId": language, "version": 1, "text": text,
	}})
	if err != nil {
		return 0, time.Time{}, err
	}
	return c.diagnostics(uri)
}

// diagnostics waits for the diagnostics of a document's current version, and returns how many there are.
func (c *client) diagnostics(uri string) (int, time.Time, error) {
	var list struct {
		URI                string
		Version            *int
		Diagnostics, Items []any
	}
	if c.pull {
		m, err := c.request("textDocument/diagnostic", object{"textDocument": object{"uri": uri}})
		if err == nil {
			err = json.Unmarshal(m.Result, &list)
		}
		return len(list.Items), m.at, err
	}
	var bad error
	m, err := c.until(func(m message) bool {
		if m.Method != "textDocument/publishDiagnostics" {
			return false
		}
		list.URI, list.Version = "", nil
		bad = json.Unmarshal(m.Params, &list)
		// The peer says no version; it publishes once for each.
		return bad != nil || list.URI == uri && (list.Version == nil || *list.Version == c.versions[uri])
	})
	if err == nil {
		err = bad
	}
	return len(list.Diagnostics), m.at, err
}

// edit changes one letter and returns how long the diagnostics of the new text take.
func (c *client) edit(uri string, at object) (time.Duration, error) {
	c.versions[uri]++
	version := c.versions[uri]
	line, character := at["line"], at["character"].(int)
	begun := time.Now()
	err := c.notify("textDocument/didChange", object{
		"textDocument": object{"uri": uri, "version": version},
		"contentChanges": []any{object{
			"range": object{
				"start": object{"line": line, "character": character},
				"end":   object{"line": line, "character": character + 1},
			},
			"text": string(rune('a' + version%26)),
		}},
	})
	if err != nil {
		return 0, err
	}
	_, then, err := c.diagnostics(uri)
	return then.Sub(begun), err
}

// ask returns how long the answer to a request takes, and whether there is something in it.
func (c *client) ask(method string, params any) (time.Duration, bool, error) {
	begun := time.Now()
	m, err := c.request(method, params)
	if err != nil {
		return 0, false, err
	}
	took := m.at.Sub(begun)
	var list struct{ Items *[]any }
	_ = json.Unmarshal(m.Result, &list) // an array has none
	empty := string(m.Result) == "null" || string(m.Result) == "[]" || list.Items != nil && len(*list.Items) == 0
	return took, !empty, nil
}

// place is the position right behind the first occurrence of s.
func place(text, s string) object {
	at := strings.Index(text, s) + len(s)
	before := text[:at]
	return object{"line": strings.Count(before, "\n"), "character": at - strings.LastIndex(before, "\n") - 1}
}

func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	return "file://" + path
}
