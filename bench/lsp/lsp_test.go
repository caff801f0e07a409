// Package lsp measures the language server as an editor feels it, and beside it VS Code's JSON server, in the same run.
//
//	go test -bench . -run '^$' ./bench/lsp
//	ARMILLARY_JSON_SERVER="vscode-json-language-server --stdio" go test -bench Spawn -run '^$' ./bench/lsp
//
// The JSON server comes from npm (vscode-langservers-extracted). Its column is schema validation with a small schema
// of our own; it knows nothing of pins. No test fails on a time.
package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"armillary.dev/server"
)

// manifest is a high-level app's manifest of 61 lines, with two errors: a GPIO inside an ISU that is taken, and a
// port that is none.
func manifest() string {
	var b strings.Builder
	b.WriteString(`{
  "SchemaVersion": 1,
  "Name": "Benchmark",
  "ComponentId": "1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11",
  "EntryPoint": "/bin/app",
  "CmdArgs": [ "--hub", "contoso.azure-devices.net" ],
  "Capabilities": {
    "AllowedConnections": [
      "global.azure-devices-provisioning.net",
`)
	for i := range 12 {
		fmt.Fprintf(&b, "      \"host%d.example.com\",\n", i)
	}
	b.WriteString("      \"contoso.azure-devices.net\"\n    ],\n    \"AllowedTcpServerPorts\": [ 8080, 70000 ],\n    \"Gpio\": [\n")
	for _, g := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 27} {
		fmt.Fprintf(&b, "      %d,\n", g)
	}
	b.WriteString(`      56
    ],
    "Uart": [ "ISU0" ],
    "I2cMaster": [ "ISU2" ],
    "SpiMaster": [ "ISU1" ],
    "Adc": [ "ADC-CONTROLLER-0" ],
    "WifiConfig": true,
    "NetworkConfig": true,
    "SystemTime": true,
    "PowerControls": [ "ForceReboot" ],
    "MutableStorage": { "SizeKB": 8 },
    "DeviceAuthentication": "77304f1f-9530-4157-8598-30bc1f3d66f0"
  },
  "ApplicationType": "Default"
}
`)
	return b.String()
}

// definition is a hardware definition of 1,494 lines and 247 peripherals.
func definition() string {
	var b strings.Builder
	b.WriteString(`{
  "Metadata": {
    "Type": "Azure Sphere Hardware Definition",
    "Version": 1
  },
  "Imports": [ { "Path": "mt3620.json" } ],
  "Description": { "Name": "Benchmark" },
  "Peripherals": [
`)
	for i := range 247 {
		fmt.Fprintf(&b, "    {\n      \"Name\": \"BOARD_PIN_%d\",\n      \"Type\": \"Gpio\",\n      \"Mapping\": \"MT3620_GPIO%d\",\n      \"Comment\": \"pin %d of the header\"\n    }", i, i%24, i)
		if i < 246 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString("  ],\n  \"$comment\":\n    \"end\"\n}\n")
	return b.String()
}

func TestInputs(t *testing.T) {
	for name, in := range map[string]struct {
		text  string
		lines int
	}{"manifest": {manifest(), 61}, "definition": {definition(), 1494}} {
		if n := strings.Count(in.text, "\n"); n != in.lines || !json.Valid([]byte(in.text)) {
			t.Errorf("%s has %d lines, want %d", name, n, in.lines)
		}
	}
}

// client is an editor reduced to what is measured.
type client struct {
	tb   testing.TB
	w    io.Writer
	r    *bufio.Reader
	id   int
	uri  string
	pull bool // the server wants to be asked for diagnostics
}

func (c *client) send(m map[string]any) {
	m["jsonrpc"] = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		c.tb.Fatal(err)
	}
	if _, err := fmt.Fprintf(c.w, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		c.tb.Fatal(err)
	}
}

// message is the part of a message that tells what it is.
type message struct {
	ID     *json.RawMessage `json:"id"`
	Method string           `json:"method"`
	Params json.RawMessage  `json:"params"`
	Result json.RawMessage  `json:"result"`
	Error  json.RawMessage  `json:"error"`
}

func (c *client) receive() (m message) {
	header, err := textproto.NewReader(c.r).ReadMIMEHeader()
	if err != nil {
		c.tb.Fatal(err)
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		c.tb.Fatal(err)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.r, body); err != nil {
		c.tb.Fatal(err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		c.tb.Fatal(err)
	}
	return m
}

// until reads messages up to the one that is wanted, and answers what the server asks on the way.
func (c *client) until(want func(message) bool) message {
	for {
		m := c.receive()
		if want(m) {
			return m
		}
		if m.ID != nil && m.Method != "" {
			c.send(map[string]any{"id": m.ID, "result": nil})
		}
	}
}

func (c *client) request(method string, params any) json.RawMessage {
	c.id++
	id := strconv.Itoa(c.id)
	c.send(map[string]any{"id": c.id, "method": method, "params": params})
	m := c.until(func(m message) bool { return m.ID != nil && string(*m.ID) == id && m.Method == "" })
	if m.Error != nil {
		c.tb.Fatalf("%s: %s", method, m.Error)
	}
	return m.Result
}

func (c *client) notify(method string, params any) {
	c.send(map[string]any{"method": method, "params": params})
}

// open starts a session, opens a document and returns after its first diagnostics.
func (c *client) open(text string, pull bool) {
	document := map[string]any{}
	if pull {
		document["diagnostic"] = map[string]any{}
	}
	c.request("initialize", map[string]any{
		"processId": nil, "rootUri": nil,
		"capabilities":          map[string]any{"textDocument": document},
		"initializationOptions": map[string]any{"provideFormatter": false},
	})
	c.notify("initialized", map[string]any{})
	c.pull = pull
	if pull { // the JSON server takes its schema by configuration
		c.notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"json": map[string]any{
			"validate": map[string]any{"enable": true},
			"schemas":  []any{map[string]any{"fileMatch": []string{"*"}, "schema": schema}},
		}}})
	}
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": c.uri, "languageId": "json", "version": 1, "text": text,
	}})
	c.diagnostics()
}

// schema is what the JSON server checks: types and a range.
var schema = map[string]any{
	"type": "object", "required": []string{"SchemaVersion", "Name", "ComponentId"},
	"properties": map[string]any{
		"SchemaVersion": map[string]any{"const": 1}, "Name": map[string]any{"type": "string"},
		"Capabilities": map[string]any{"properties": map[string]any{
			"AllowedTcpServerPorts": map[string]any{"items": map[string]any{"type": "integer", "maximum": 65535}},
			"Gpio":                  map[string]any{"items": map[string]any{"type": "integer", "maximum": 80}},
		}},
	},
}

// diagnostics waits for the diagnostics of the document's current version and returns how many there are.
func (c *client) diagnostics() int {
	var list struct{ Diagnostics, Items []any }
	if c.pull {
		result := c.request("textDocument/diagnostic", map[string]any{"textDocument": map[string]any{"uri": c.uri}})
		if err := json.Unmarshal(result, &list); err != nil {
			c.tb.Fatal(err)
		}
		return len(list.Items)
	}
	m := c.until(func(m message) bool { return m.Method == "textDocument/publishDiagnostics" })
	if err := json.Unmarshal(m.Params, &list); err != nil {
		c.tb.Fatal(err)
	}
	return len(list.Diagnostics)
}

// edit changes one character and back, in turns.
func (c *client) edit(version int, line, character int) {
	c.notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": c.uri, "version": version},
		"contentChanges": []any{map[string]any{
			"range": map[string]any{
				"start": map[string]any{"line": line, "character": character},
				"end":   map[string]any{"line": line, "character": character + 1},
			},
			"text": string(rune('a' + version%26)),
		}},
	})
}

// place is the position right behind the first occurrence of s.
func place(text, s string) map[string]any {
	at := strings.Index(text, s) + len(s)
	before := text[:at]
	return map[string]any{"line": strings.Count(before, "\n"), "character": at - strings.LastIndex(before, "\n") - 1}
}

// inProcess starts a session in this process with the text open.
func inProcess(b *testing.B, name, text string) *client {
	ours, theirs := net.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(ctx, theirs, server.Options{Version: "bench"})
	}()
	b.Cleanup(func() {
		stop()
		ours.Close()
		<-done
	})
	file := filepath.Join(b.TempDir(), name)
	c := &client{tb: b, w: ours, r: bufio.NewReaderSize(ours, 64<<10), uri: fileURI(file)}
	c.open(text, false)
	return c
}

func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	return "file://" + path
}

// inputs are the two files of the budgets.
var inputs = []struct {
	name, file string
	text       string
	edited     string // a letter of a string behind this text is changed
	hover      string
	complete   string
}{
	{"manifest61", "app_manifest.json", manifest(), `"Name": "`, `"Gpi`, `"Uart": [ "`},
	{"definition1494", "board.json", definition(), `"Comment": "`, `"Nam`, `"Mapping": "`},
}

func BenchmarkEdit(b *testing.B) {
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			c := inProcess(b, in.file, in.text)
			at := place(in.text, in.edited)
			version := 1
			for b.Loop() {
				version++
				c.edit(version, at["line"].(int), at["character"].(int))
				c.diagnostics()
			}
		})
	}
}

func BenchmarkCompletion(b *testing.B) {
	benchRequest(b, "textDocument/completion", func(i int) string { return inputs[i].complete })
}

func BenchmarkHover(b *testing.B) {
	benchRequest(b, "textDocument/hover", func(i int) string { return inputs[i].hover })
}

func benchRequest(b *testing.B, method string, where func(int) string) {
	for i, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			c := inProcess(b, in.file, in.text)
			params := map[string]any{"textDocument": map[string]any{"uri": c.uri}, "position": place(in.text, where(i))}
			for b.Loop() {
				c.request(method, params)
			}
		})
	}
}

// BenchmarkSpawn measures from starting the program to the first diagnostics, as when a folder is opened, and the
// memory that it then holds. With ARMILLARY_JSON_SERVER it runs that command in turns with ours. ARMILLARY_BIN names a
// program that is built already.
func BenchmarkSpawn(b *testing.B) {
	bin := os.Getenv("ARMILLARY_BIN")
	if bin == "" {
		bin = filepath.Join(b.TempDir(), "armillary.exe") // the name does no harm elsewhere
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "armillary.dev")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	peer := strings.Fields(os.Getenv("ARMILLARY_JSON_SERVER"))
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), in.file)
			if err := os.WriteFile(file, []byte(in.text), 0o644); err != nil {
				b.Fatal(err)
			}
			ours := run{argv: []string{bin, "lsp"}}
			theirs := run{argv: peer, pull: true}
			for b.Loop() {
				ours.once(b, file, in.text, in.edited)
				if len(peer) > 0 {
					theirs.once(b, file, in.text, in.edited)
				}
			}
			b.ReportMetric(0, "ns/op") // of both together; it says nothing
			ours.report(b, "ours")
			if len(peer) > 0 {
				theirs.report(b, "peer")
				b.ReportMetric(median(theirs.first)/median(ours.first), "ratio")
			}
		})
	}
}

// run collects what starting one server costs.
type run struct {
	argv  []string
	pull  bool
	first []float64 // ms to the first diagnostics
	edit  []float64 // ms from an edit to its diagnostics
	rss   float64   // MB after the edits
}

func (r *run) once(b *testing.B, file, text, edited string) {
	cmd := exec.Command(r.argv[0], r.argv[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	c := &client{tb: b, w: in, r: bufio.NewReaderSize(out, 64<<10), uri: fileURI(file)}
	c.open(text, r.pull)
	r.first = append(r.first, ms(time.Since(start)))
	where := place(text, edited)
	for v := 2; v < 12; v++ {
		at := time.Now()
		c.edit(v, where["line"].(int), where["character"].(int))
		c.diagnostics()
		r.edit = append(r.edit, ms(time.Since(at)))
	}
	r.rss = max(r.rss, rss(cmd.Process.Pid))
	c.request("shutdown", nil)
	c.notify("exit", nil)
	in.Close()
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		b.Fatalf("%s: %v", r.argv[0], err)
	}
}

func (r *run) report(b *testing.B, who string) {
	b.ReportMetric(median(r.first), who+"-first-ms")
	b.ReportMetric(median(r.edit), who+"-edit-ms")
	if r.rss > 0 {
		b.ReportMetric(r.rss, who+"-rss-MB")
	}
}

// rss is the resident memory of a process in MB, 0 where it cannot be read.
func rss(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
