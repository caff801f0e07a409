package server

import (
	"io"
	"log"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestPublisherSurvives holds that a panic ends one round of publishing.
func TestPublisherSurvives(t *testing.T) {
	var said strings.Builder
	s := &server{log: log.New(&said, "", 0)}
	p := &publisher{s: s} // the current snapshot is missing
	p.guarded()
	if !strings.Contains(said.String(), "panic in publishing") {
		t.Errorf("the log says %q", said.String())
	}
}

// TestOneFileTwice holds that a document that is open under two names is there until both are closed.
func TestOneFileTwice(t *testing.T) {
	s := newSnapshot(nil)
	a := &document{id: "file:///a", name: "a", text: "1"}
	b := &document{id: "file:///x/../a", name: "a", text: "2"}
	s.put(a)
	s.put(b)
	s.drop(b)
	if got, err := s.fsys.ReadFile("a"); err != nil || string(got) != "1" || s.names["a"] != a {
		t.Errorf("%q, %v", got, err)
	}
	s.drop(a)
	if len(s.names)+len(s.fsys.Docs)+len(s.docs) != 0 {
		t.Errorf("left: %v, %v, %v", s.names, s.fsys.Docs, s.docs)
	}
}

// TestNothingStays holds that a session leaves no goroutine behind, however it ends.
func TestNothingStays(t *testing.T) {
	dir := fuzzFolder(t)
	before := runtime.NumGoroutine()
	for i := range 20 {
		p := newPlayer(t, dir, []byte{byte(i)})
		p.open(p.uri(0), quoted(fuzzProject[fuzzNames[0]]))
		ask(&hostileClient{p}, strings.ReplaceAll(hostileParams, "U", p.uri(0)))
		p.request("test/block", "{}")
		if i%2 == 0 {
			p.c.conn.Close()
			p.c.exitCode()
			continue
		}
		p.c.send(`{"method":"$/cancelRequest","params":{"id":` + lastOf(p) + `}}`)
		p.finish()
		p.c.conn.Close()
	}
	// What a session had running is over; the goroutines of the tests' own end a moment later.
	for limit := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(limit) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func lastOf(p *player) string {
	id := ""
	for k, m := range p.sent {
		if m == "test/block" {
			id = k
		}
	}
	return id
}

// TestWorkspaceIsTheDisk opens the root of the machine as a workspace, and ends before everything was looked at.
func TestWorkspaceIsTheDisk(t *testing.T) {
	for _, root := range []string{"file:///", "file:///nowhere/at/all"} {
		c := dialLogging(t, io.Discard)
		c.send(`{"id":0,"method":"initialize","params":{"workspaceFolders":[{"uri":"` + root + `","name":"x"},{"uri":"` + root + `","name":"y"}],"capabilities":{"textDocument":{"diagnostic":{}}}}}`)
		c.expect(`{"id":0}`)
		c.send(`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:x","languageId":"json","version":1,"text":"{}"}}}`)
		c.send(`{"id":1,"method":"workspace/diagnostic","params":{"previousResultIds":[]}}`)
		c.send(`{"id":2,"method":"textDocument/hover","params":{"textDocument":{"uri":"untitled:x"},"position":{"line":0,"character":0}}}`)
		c.send(`{"id":3,"method":"workspace/symbol","params":{"query":"x"}}`)
		c.send(`{"method":"$/cancelRequest","params":{"id":3}}`)
		c.send(`{"method":"$/cancelRequest","params":{"id":1}}`)
		seen := 0
		for seen < 3 {
			if body := c.receive(); strings.Contains(string(body), `"id"`) && !strings.Contains(string(body), `"method"`) {
				seen++
			}
		}
		c.send(`{"id":4,"method":"shutdown"}`)
		c.expect(`{"id":4,"result":null}`)
		c.send(`{"method":"exit"}`)
		if code := c.exitCode(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
}

// TestFoldersComeAndGo adds and removes nested workspace folders while requests run.
func TestFoldersComeAndGo(t *testing.T) {
	dir := fuzzFolder(t)
	c := dialHostile(t, dir)
	c.open(c.uri(0), quoted(fuzzProject[fuzzNames[0]]))
	for i := range 30 {
		outer, inner := `{"uri":`+quoted(c.uri(-1))+`,"name":"o"}`, `{"uri":`+quoted(c.uri(-1)+"/sub")+`,"name":"i"}`
		lists := []string{`"added":[` + inner + `],"removed":[]`, `"added":[],"removed":[` + outer + `]`, `"added":[` + outer + `,` + outer + `],"removed":[` + inner + `]`}
		ask(c, strings.ReplaceAll(hostileParams, "U", c.uri(i%3)))
		c.c.send(`{"method":"workspace/didChangeWorkspaceFolders","params":{"event":{` + lists[i%3] + `}}}`)
	}
	c.settled()
}
