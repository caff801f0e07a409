package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

func init() {
	// What the server holds of a document: null if it is not open.
	requests["test/text"] = func(_ context.Context, _ *server, snap *snapshot, params json.RawMessage) (any, error) {
		var p changes
		if err := json.Unmarshal(params, &p); err != nil {
			return nil, err
		}
		if d := snap.docs[p.TextDocument.URI]; d != nil {
			return map[string]any{"text": cmp.Or(d.shown, d.text), "version": d.version}, nil
		}
		return nil, nil
	}
}

// methods are the requests that an editor can make, sorted.
func methods() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(requests)), func(m string) bool { return strings.HasPrefix(m, "test/") })
}

// FuzzDidChange plays scripts of what an editor, its user and the disk may do, in any order: documents that are opened,
// edited and closed, files that vanish, requests of all methods, cancellations, frames that are none. Every request must
// get one answer, none of them because of a panic; what the server holds of each document must be what a few lines here
// make of the same edits; and the session must end in good order.
func FuzzDidChange(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	dir := f.TempDir()
	for name, src := range fuzzProject {
		writeFuzzFile(filepath.Join(dir, name), src)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		p := newPlayer(t, dir, script)
		p.play()
		p.finish()
	})
}

// fuzzProject is an app in which everything speaks of something else.
var fuzzProject = map[string]string{
	"app_manifest.json": `{
  "SchemaVersion": 1,
  "Name": "Fuzz",
  "ComponentId": "005180bc-402f-4cb3-a662-72937dbcde47",
  "EntryPoint": "/bin/app",
  "CmdArgs": [],
  "Capabilities": { "Gpio": [ "$LED", 12 ], "Uart": [ "$PORT" ], "AllowedConnections": [ "example.com" ] },
  "ApplicationType": "Default"
}
`,
	"hardware.json": `{
  "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 },
  "Imports": [ { "Path": "mt3620_rdb.json" }, { "Path": "hardware.json" } ],
  "Peripherals": [
    { "Name": "LED", "Type": "Gpio", "Mapping": "MT3620_RDB_LED1_RED", "Comment": "red" },
    { "Name": "PORT", "Type": "Uart", "Mapping": "MT3620_RDB_HEADER1_ISU0_UART" }
  ]
}
`,
	"main.c": `#include <applibs/gpio.h>
#include <hw/hardware.h>
#define PIN LED
static const int pins[] = { PIN, 13 };
static int open(int pin) { return GPIO_OpenAsOutput(pin, 0, 1); }
int main(void) { return open(pins[0]) + open(LED); }
`,
	"CMakeLists.txt": `cmake_minimum_required(VERSION 3.20)
project(Fuzz C)
add_executable(${PROJECT_NAME} main.c)
target_link_libraries(${PROJECT_NAME} applibs pthread gcc_s c)
azsphere_target_hardware_definition(${PROJECT_NAME} TARGET_DIRECTORY "." TARGET_DEFINITION "hardware.json")
azsphere_target_add_image_package(${PROJECT_NAME})
`,
	".vscode/launch.json": `{ "configurations": [ { "type": "azurespheredbg", "request": "launch", "partnerComponents": [ "25025d2c-66da-4448-bae1-ac26fcdd3627" ] } ] }
`,
	"armillary.json":    `{ "rules": { "AZS126": "off" } }` + "\n",
	"inc/hw/hardware.h": "#pragma once\n#define LED MT3620_RDB_LED1_RED\n",
	"CMakePresets.json": `{ "version": 3, "configurePresets": [ { "name": "ARM-Debug", "cacheVariables": { "AZURE_SPHERE_TARGET_API_SET": "13" } } ] }` + "\n",
	"device.cap":        "\xfd\x5c\xfd\x5c\x00\x01",
	"sub/app_manifest.json": `{ "SchemaVersion": 1, "Name": "Other", "ComponentId": "25025d2c-66da-4448-bae1-ac26fcdd3627", "EntryPoint": "/bin/app",
  "Capabilities": { "Gpio": [ 8 ], "AllowedApplicationConnections": [ "005180bc-402f-4cb3-a662-72937dbcde47" ] } }
`,
}

// fuzzNames are those files, sorted; a document beyond them is none of the disk.
var fuzzNames = slices.Sorted(maps.Keys(fuzzProject))

var fuzzURIs = []string{
	"untitled:Untitled-1", "git:/x/app_manifest.json?%7B%22ref%22%3A%22%22%7D", "vscode-vfs://github/a/b/app_manifest.json",
	"file:///nowhere/app_manifest.json", "file://host/share/app_manifest.json", "file:///", "x", "",
}

// pieces are texts as they stand between the quotes of JSON; \ud83d is half a character.
var pieces = []string{
	`{`, `}`, `[`, `]`, `\"`, `,`, `:`, ` `, `\n`, `\r`, `\r\n`, `é`, `😀`, `\ud83d`, `\ude00`, `\u0000`, `\ufeff`, `\u2028`, "\xff", "\xe2\x82",
	`\"Gpio\": [ \"$LED\" ]`, `$LED`, `GPIO_OpenAsOutput(LED, 0, 1);`, `#include \"main.c\"\n`, `include(CMakeLists.txt)\n`,
	`add_subdirectory(. x)\n`, `if(`, `/*`, `//`, `\"`, `'`, `\\`, `\t`, `armillary:ignore`, `0`, `1e999`, `-`, `#define LED LED\n`,
}

var bigNumbers = []string{"4294967295", "4294967296", "2147483648", "1073741824", "-1", "1e9", "0.5", "null", `"1"`}

// A player turns the bytes of a script into messages, and knows what must come of them.
type player struct {
	*testing.T
	script []byte
	dir    string
	c      *testClient
	log    *fuzzLog
	enc    text.Encoding

	docs    map[string]string // by URI, of what is open
	version int
	lastID  int
	sent    map[string]string // method by id
	touched map[string]bool   // files of the disk

	mu      sync.Mutex
	arrived *sync.Cond
	answers map[string][]fuzzAnswer // guarded by mu; by id
	bad     string                  // guarded by mu
	answerN int                     // guarded by mu: of the server's requests
	over    bool                    // guarded by mu
}

type fuzzAnswer struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// fuzzLog keeps what the server logs of panics.
type fuzzLog struct {
	mu    sync.Mutex
	panic string
}

func (l *fuzzLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.panic == "" && bytes.Contains(p, []byte("panic in")) {
		l.panic = string(p)
	}
	return len(p), nil
}

func newPlayer(t *testing.T, dir string, script []byte) *player {
	p := &player{T: t, script: script, dir: dir, docs: map[string]string{}, sent: map[string]string{}, touched: map[string]bool{},
		answers: map[string][]fuzzAnswer{}, log: &fuzzLog{}}
	p.arrived = sync.NewCond(&p.mu)
	p.c = dialLogging(t, p.log)
	go p.receive()
	how := p.next()
	abilities := `"textDocument":{"publishDiagnostics":{"relatedInformation":true},` + commonAbilities
	switch {
	case how&16 != 0: // an editor that can do little
		abilities = `"workspace":{"applyEdit":true}`
	case how&1 != 0:
		abilities = `"textDocument":{"diagnostic":{},` + commonAbilities
	}
	p.enc = text.Encoding(how >> 1 % 3)
	abilities += `,"general":{"positionEncodings":["` + []string{"utf-16", "utf-8", "utf-32"}[p.enc] + `"]}`
	folders := ""
	if how&8 == 0 {
		folders = `,"workspaceFolders":[{"uri":` + quoted(p.uri(-1)) + `,"name":"x"}]`
	}
	p.request("initialize", `{"processId":null,"rootUri":null,"capabilities":{`+abilities+`}`+folders+`}`)
	p.c.send(`{"method":"initialized","params":{}}`)
	return p
}

const commonAbilities = `"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":[]}}},"hover":{"contentFormat":["markdown"]},
"documentSymbol":{"hierarchicalDocumentSymbolSupport":true},"inlayHint":{},"foldingRange":{"lineFoldingOnly":true},
"semanticTokens":{"requests":{},"tokenTypes":[],"tokenModifiers":[],"formats":["relative"]},"completion":{"completionItem":{"snippetSupport":true}}},
"window":{"showDocument":{"support":true}},
"workspace":{"applyEdit":true,"diagnostics":{"refreshSupport":true},"didChangeWatchedFiles":{"dynamicRegistration":true},
"workspaceEdit":{"documentChanges":true,"resourceOperations":["create"],"changeAnnotationSupport":{}}}`

// next takes a byte of the script; 0 when it is at its end.
func (p *player) next() int {
	if len(p.script) == 0 {
		return 0
	}
	b := p.script[0]
	p.script = p.script[1:]
	return int(b)
}

// uri is that of a document by its number; -1 is the folder.
func (p *player) uri(n int) string {
	name := ""
	if n >= 0 {
		if n %= len(fuzzNames) + len(fuzzURIs); n >= len(fuzzNames) {
			return fuzzURIs[n-len(fuzzNames)]
		}
		name = fuzzNames[n]
	}
	return string(fileURI(files.Name(filepath.ToSlash(filepath.Join(p.dir, name)))))
}

// folder is a URI, but not that of the whole disk: how long it takes to look through that depends on the machine, and
// TestWorkspaceIsTheDisk does.
func (p *player) folder() string {
	u := p.uri(p.next() - 1)
	if canonical(u) == "file:///" {
		return p.uri(-1)
	}
	return u
}

func quoted(s string) string { return string(escape(s)) }

// escape writes bytes as a JSON string, those that are no UTF-8 as they are.
func escape(s string) []byte {
	out := []byte{'"'}
	for _, c := range []byte(s) {
		if c < ' ' || c == '"' || c == '\\' {
			out = fmt.Appendf(out, "\\u%04x", c)
		} else {
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// piece takes a text, as a JSON string.
func (p *player) piece() string {
	switch n := p.next(); {
	case n < 128:
		return `"` + pieces[n%len(pieces)] + `"`
	case n < 240:
		n -= 128
		return string(escape(string(p.take(n))))
	case n < 250:
		return string(escape(fuzzProject[fuzzNames[p.next()%len(fuzzNames)]]))
	case n == 250:
		return string(escape(strings.Repeat(pieces[p.next()%len(pieces)], 1000)))
	default:
		return string(escape(string(p.take(p.next()<<8 | p.next()))))
	}
}

func (p *player) take(n int) []byte {
	n = min(n, len(p.script))
	b := p.script[:n]
	p.script = p.script[n:]
	return b
}

// number takes a coordinate, as JSON.
func (p *player) number() string {
	if n := p.next(); n < 240 {
		return strconv.Itoa(n)
	}
	return bigNumbers[p.next()%len(bigNumbers)]
}

func (p *player) position() string {
	return `{"line":` + p.number() + `,"character":` + p.number() + `}`
}

// play performs the script.
func (p *player) play() {
	for steps := 0; len(p.script) > 0 && steps < 64; steps++ {
		switch n := p.next(); {
		case n < 100:
			p.change()
		case n < 130:
			p.open(p.uri(p.next()), p.piece())
		case n < 140:
			u := p.uri(p.next())
			p.c.send(`{"method":"textDocument/didClose","params":{"textDocument":{"uri":` + quoted(u) + `}}}`)
			delete(p.docs, canonical(u))
		case n < 160:
			p.disk()
		case n < 220:
			all := methods()
			p.request(all[p.next()%len(all)], p.params())
		case n < 230:
			p.c.send(`{"method":"$/cancelRequest","params":{"id":` + strconv.Itoa(p.lastID-p.next()%4) + `}}`)
		case n < 235:
			p.c.send(`{"method":"workspace/didChangeWorkspaceFolders","params":{"event":{"added":[{"uri":` + quoted(p.folder()) +
				`,"name":"x"}],"removed":[{"uri":` + quoted(p.folder()) + `,"name":"x"}]}}}`)
		case n < 240:
			p.c.send(`{"method":"textDocument/didSave","params":{"textDocument":{"uri":` + quoted(p.uri(p.next())) + `}}}`)
		case n < 245:
			p.same(p.uri(p.next()))
		case n < 250:
			all := slices.Sorted(maps.Keys(notifications))
			p.c.send(`{"method":` + quoted(all[p.next()%len(all)]) + `,"params":` + []string{"5", "[]", "{}", `{"textDocument":null}`, `{"changes":5}`}[p.next()%5] + `}`)
		default:
			p.c.raw([]string{"Content-Length: 3\r\n\r\n{\"}", "Content-Length: x\r\n\r\n", "\r\n\r\n", "Content-Length: 2\r\n\r\n[]", "Content-Type: a\r\n\r\n"}[p.next()%5])
		}
	}
}

// change sends a didChange and applies it to what is known of the document.
func (p *player) change() {
	u := p.uri(p.next())
	if p.docs[canonical(u)] == "" && p.next() < 240 { // most edits are of open documents
		p.open(u, string(escape(p.onDisk(u))))
	}
	n := p.next()
	now, open := p.docs[canonical(u)]
	var edits []string
	refused := false
	for range 1 + n%3 {
		fresh := p.piece()
		if p.next() > 230 {
			edits = append(edits, `{"text":`+fresh+`}`)
			now = decoded(fresh)
			continue
		}
		at := [4]string{p.number(), p.number(), p.number(), p.number()}
		if p.next() < 200 { // most ranges are short
			at[2] = at[0]
		}
		var v [4]uint32
		for i, s := range at {
			if s == "null" {
				continue // as if it were not there
			}
			u, err := strconv.ParseUint(s, 10, 32)
			refused = refused || err != nil
			v[i] = uint32(u)
		}
		edits = append(edits, `{"range":{"start":{"line":`+at[0]+`,"character":`+at[1]+`},"end":{"line":`+at[2]+`,"character":`+at[3]+`}},"text":`+fresh+`}`)
		start, end := offsetIn(now, v[0], v[1], p.enc), offsetIn(now, v[2], v[3], p.enc)
		now = now[:min(start, end)] + decoded(fresh) + now[max(start, end):]
	}
	p.version++
	p.c.send(fmt.Sprintf(`{"method":"textDocument/didChange","params":{"textDocument":{"uri":%s,"version":%d},"contentChanges":[%s]}}`,
		quoted(u), p.version, strings.Join(edits, ",")))
	if open && !refused {
		p.docs[canonical(u)] = now
	}
}

func (p *player) open(u, content string) {
	p.version++
	p.c.send(fmt.Sprintf(`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":%s,"languageId":"json","version":%d,"text":%s}}}`, quoted(u), p.version, content))
	p.docs[canonical(u)] = decoded(content)
}

// onDisk is the text of a file that has been there from the beginning.
func (p *player) onDisk(u string) string {
	for i, name := range fuzzNames {
		if p.uri(i) == u {
			return fuzzProject[name]
		}
	}
	return "{}"
}

// canonical is the form under which the server finds a document.
func canonical(u string) string {
	var c changes
	if err := json.Unmarshal([]byte(`{"textDocument":{"uri":`+quoted(u)+`}}`), &c); err != nil {
		return u
	}
	return string(c.TextDocument.URI)
}

// decoded is the text of a JSON string.
func decoded(literal string) (s string) {
	if err := json.Unmarshal([]byte(literal), &s); err != nil {
		panic(err)
	}
	return s
}

// offsetIn is where a position lies: a line beyond the last is the end of the text, a character beyond the line's end that
// end, and one inside a character its beginning.
func offsetIn(s string, line, char uint32, enc text.Encoding) int {
	i := 0
	for ; line > 0; line-- {
		n := strings.IndexAny(s[i:], "\r\n")
		if n < 0 {
			return len(s)
		}
		i += n + 1
		if s[i-1] == '\r' && strings.HasPrefix(s[i:], "\n") {
			i++
		}
	}
	units := uint64(0)
	for i < len(s) && s[i] != '\r' && s[i] != '\n' {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case enc == text.UTF8:
			units += uint64(size)
		case enc == text.UTF16 && r > math.MaxUint16:
			units += 2
		default:
			units++
		}
		if units > uint64(char) {
			break
		}
		i += size
	}
	return i
}

// disk does something to a file, and tells the server or not.
func (p *player) disk() {
	n := p.next() % len(fuzzNames)
	name := filepath.Join(p.dir, fuzzNames[n])
	p.touched[name] = true
	how := p.next()
	_ = os.RemoveAll(name)
	switch how % 6 {
	case 0: // it is gone
	case 1:
		_ = os.Mkdir(name, 0o755)
	case 2:
		_ = os.Symlink(filepath.Base(name), name)
	case 3:
		_ = os.Symlink("..", name)
	case 4:
		writeFuzzFile(name, decoded(p.piece()))
	case 5:
		writeFuzzFile(name, fuzzProject[fuzzNames[p.next()%len(fuzzNames)]])
	}
	if how < 128 {
		p.c.send(`{"method":"workspace/didChangeWatchedFiles","params":{"changes":[{"uri":` + quoted(p.uri(n)) + `,"type":` + strconv.Itoa(1+how%3) + `}]}}`)
	}
}

func writeFuzzFile(name, src string) {
	_ = os.MkdirAll(filepath.Dir(name), 0o755)
	if err := os.WriteFile(name, []byte(src), 0o644); err != nil {
		panic(err)
	}
}

// params takes parameters that have something for every method.
func (p *player) params() string {
	u := quoted(p.uri(p.next()))
	names := append(commandNames(), "armillary.none", "")
	command := names[p.next()%len(names)]
	var args []string
	for i := range p.next() % 4 {
		choice := []string{u, quoted(p.uri(p.next())), `"Gpio"`, `"Uart"`, "1", "1000000000", "-1", "null", "[]", `{"line":4,"character":14}`, `"avnet_mt3620_sk"`,
			`"://"`, `"../../x"`, p.position(), `"\ud800"`}
		n := p.next()
		if n >= 128 { // what the commands ask for
			n = [][]int{{0, 0, 0}, {2, 9, 10}, {4, 5, 4}}[i%3][n%3]
		}
		args = append(args, choice[n%len(choice)])
	}
	previous := ""
	if p.next()%4 == 0 {
		previous = `{"uri":` + u + `,"value":"x"}`
	}
	return `{"textDocument":{"uri":` + u + `},"position":` + p.position() + `,"range":{"start":` + p.position() + `,"end":` + p.position() +
		`},"positions":[` + p.position() + `,` + p.position() + `],"newName":` + p.piece() + `,"query":` + p.piece() +
		`,"context":{"includeDeclaration":true,"diagnostics":[],"only":` + []string{"null", "[]", `["source"]`, `["quickfix",""]`}[p.next()%4] + `}` +
		`,"options":{"tabSize":` + p.number() + `,"insertSpaces":true,"trimFinalNewlines":false},"previousResultIds":[` + previous +
		`],"command":` + quoted(command) + `,"arguments":[` + strings.Join(args, ",") + `]}`
}

// request sends a request.
func (p *player) request(method, params string) string {
	p.lastID++
	id := strconv.Itoa(p.lastID)
	p.sent[id] = method
	p.c.send(`{"id":` + id + `,"method":` + quoted(method) + `,"params":` + params + `}`)
	return id
}

// receive takes what the server says, and answers its requests in every way that there is. It ends with the stream.
func (p *player) receive() {
	for body := range p.c.in {
		var m struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			fuzzAnswer
		}
		err := json.Unmarshal(body, &m)
		p.mu.Lock()
		switch {
		case err != nil || !utf8.Valid(body):
			p.bad = fmt.Sprintf("%v: %q", err, body)
		case m.Method != "" && m.ID != nil:
			p.answerN++
			answer := []string{`"result":{"applied":true}`, `"result":{"applied":false}`, `"result":null`, `"result":5`, `"error":{"code":-32803,"message":"no"}`}[p.answerN%5]
			go p.reply(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, m.ID, answer))
		case m.Method != "":
		default:
			p.answers[string(m.ID)] = append(p.answers[string(m.ID)], m.fuzzAnswer)
		}
		p.arrived.Broadcast()
		p.mu.Unlock()
	}
	p.mu.Lock()
	p.over = true
	p.arrived.Broadcast()
	p.mu.Unlock()
}

// reply is send from another goroutine; that the session has ended is no concern of it.
func (p *player) reply(body string) {
	_, _ = fmt.Fprintf(p.c.conn, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// same asks for a document's text and holds it against what it must be.
func (p *player) same(u string) {
	want, open := p.docs[canonical(u)]
	id := p.request("test/text", `{"textDocument":{"uri":`+quoted(u)+`}}`)
	a := p.wait(id)
	if a.Error != nil {
		return // no URI
	}
	var got struct{ Text string }
	if err := json.Unmarshal(a.Result, &got); err != nil {
		p.Fatalf("%s: %v", a.Result, err)
	}
	if is := string(a.Result) != "null"; is != open || got.Text != want {
		p.Fatalf("%q: the server has %q (open: %v), want %q (open: %v)", u, got.Text, is, want, open)
	}
}

// wait returns the answer to a request.
func (p *player) wait(id string) fuzzAnswer {
	late := time.AfterFunc(patience, func() {
		p.mu.Lock()
		p.over = true
		p.arrived.Broadcast()
		p.mu.Unlock()
	})
	defer late.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.answers[id]) == 0 && !p.over {
		p.arrived.Wait()
	}
	if len(p.answers[id]) == 0 {
		p.Fatalf("request %s (%s) gets no answer", id, p.sent[id])
	}
	return p.answers[id][0]
}

// finish holds every document against what it must be, ends the session, and looks at all answers.
func (p *player) finish() {
	for i := range len(fuzzNames) + len(fuzzURIs) {
		p.same(p.uri(i))
	}
	for id, method := range p.sent {
		if method == "workspace/diagnostic" { // it may wait for a change
			p.c.send(`{"method":"$/cancelRequest","params":{"id":` + id + `}}`)
		}
	}
	for id := range p.sent {
		p.wait(id)
	}
	p.wait(p.request("shutdown", "null"))
	p.c.send(`{"method":"exit"}`)
	if code := p.c.exitCode(); code != 0 {
		p.Fatalf("exit code %d", code)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, list := range p.answers {
		if id != "null" && len(list) != 1 {
			p.Errorf("request %s (%s) gets %d answers", id, p.sent[id], len(list))
		}
		for _, a := range list {
			if a.Error != nil && a.Error.Code == -32603 {
				p.Errorf("request %s (%s): %s", id, p.sent[id], a.Error.Message)
			}
		}
	}
	if p.bad != "" {
		p.Error(p.bad)
	}
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	if p.log.panic != "" {
		p.Error(p.log.panic)
	}
	for name := range p.touched {
		_ = os.RemoveAll(name)
		for _, n := range fuzzNames {
			if filepath.Join(p.dir, n) == name {
				writeFuzzFile(name, fuzzProject[n])
			}
		}
	}
}

// seeds are scripts in which each file of the marker cases is opened as one of the project's, with its markers, and asked
// about; and one of every step.
func seeds(f *testing.F) [][]byte {
	var out [][]byte
	cases, err := filepath.Glob("marker/testdata/*/*.txtar")
	if err != nil || len(cases) == 0 {
		f.Fatal("no marker cases", err)
	}
	for i, name := range cases {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		script := []byte{byte(i % 6)}
		for _, file := range archive.Files {
			at := slices.IndexFunc(fuzzNames, func(n string) bool { return filepath.Base(n) == filepath.Base(file.Name) })
			if at < 0 {
				at = slices.IndexFunc(fuzzNames, func(n string) bool { return filepath.Ext(n) == filepath.Ext(file.Name) && n != "app_manifest.json" })
			}
			if at < 0 || len(file.Data) > 1<<15 {
				continue
			}
			script = append(script, 100, byte(at), 255, byte(len(file.Data)>>8), byte(len(file.Data)))
			script = append(script, file.Data...)
			for k := range 4 { // two requests, an edit, a request
				if k == 2 {
					script = append(script, 0, byte(at), 0, byte(7*i), 0, byte(i%30), byte(3*i%70), 0, byte(3*i%70+i%4), 0)
					continue
				}
				script = append(script, 160, byte(i+k), byte(at), byte(i), 3, 0, 200, 0, 200, 0, 200, 1, byte(i%30), byte(5*i%60), 0, 0, 99, 0, byte(i%20), byte(i%50), 3, 9, byte(i), 21, 3, 2)
			}
		}
		out = append(out, script)
	}
	out = append(out, questions()...)
	var each []byte
	for op := range 256 {
		each = append(each, byte(op), byte(op), byte(op/2), byte(op*7), 3, byte(op))
	}
	for i := 0; i < len(each); i += 96 {
		out = append(out, each[i:])
	}
	return out
}

// questions are scripts that ask everything about each document of the project, where its names are.
func questions() [][]byte {
	var out [][]byte
	places := [][2]byte{{4, 16}, {5, 45}, {6, 34}, {3, 29}}
	for i := range fuzzNames {
		script := []byte{byte(4*i) &^ 8, 100, byte(i), 245, byte(i)}
		for k := range methods() {
			for _, at := range places[:2+k%3] {
				script = append(script, 160, byte(k))
				script = append(script, asked(i, 0, at, 0, 0)...)
			}
		}
		out = append(out, script)
	}
	execute := slices.Index(methods(), "workspace/executeCommand")
	for i := range fuzzNames {
		script := []byte{byte(16*i) & 16}
		for command := range commandNames() {
			for variant := range 6 {
				script = append(script, 160, byte(execute))
				script = append(script, asked(i, command, places[0], 1+2*(variant&1), variant)...)
			}
		}
		out = append(out, script)
	}
	return out
}

// asked are the bytes of which player.params makes parameters about a document.
func asked(doc, command int, at [2]byte, arguments, variant int) []byte {
	b := []byte{byte(doc), byte(command), byte(arguments)}
	for range arguments {
		b = append(b, byte(doc), 4, 14, byte(129+variant))
	}
	b = append(b, 1)                     // no previous result
	b = append(b, at[0], at[1])          // position
	b = append(b, 0, 0, 200, 0)          // range
	b = append(b, at[0], at[1], 0, 0)    // positions
	b = append(b, 131, 'N', 'E', 'W', 0) // the new name, the query
	return append(b, 0, 2)               // only, tabSize
}
