package debugadapter_test

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"armillary.dev/debugadapter"
)

func TestInitialize(t *testing.T) {
	c := startRaw(t)
	c.message(`{"seq":7,"type":"request","command":"initialize","arguments":{"adapterID":"x"}}`)
	r := c.read()
	body, _ := r["body"].(map[string]any)
	if r["request_seq"] != 7.0 || r["success"] != true || body["supportsConfigurationDoneRequest"] != true {
		t.Errorf("initialize: %v", r)
	}
	if ev := c.read(); ev["event"] != "initialized" {
		t.Errorf("after initialize: %v", ev)
	}
}

// TestBadMessages: each gets a refusal with the number of the request, and the session goes on.
func TestBadMessages(t *testing.T) {
	tests := []struct {
		message string
		seq     float64
		want    string
	}{
		{`{`, 0, "malformed"},
		{``, 0, "malformed"},
		{`[]`, 0, "malformed"},
		{`null`, 0, "malformed"},
		{`"x"`, 0, "malformed"},
		{`{}`, 0, "malformed"},
		{`{"seq":3}`, 3, "without a command"},
		{`{"seq":3,"type":"request","command":5}`, 3, "without a command"},
		{`{"seq":"4","type":"request","command":"nonsense"}`, 4, `"nonsense" is not supported`},
		{`{"seq":5.0,"command":"nonsense"}`, 5, "not supported"},
		{`{"seq":6,"type":"request","command":"threads"}`, 6, "before initialize"},
		{`{"seq":7,"type":"request","command":"initialize","arguments":{"linesStartAt1":"yes"}}`, 7, "linesStartAt1"},
		{`{"seq":8,"type":"request","command":"initialize","arguments":[1,2]}`, 8, "arguments"},
		{`{"seq":9,"type":"request","command":"initialize","arguments":{"pathFormat":"uri"}}`, 9, "path format"},
		{`{"seq":1e99,"type":"request","command":"x"}`, 0, "not supported"},
		{`{"seq":-1,"type":"request","command":"continue","arguments":{"threadId":1}}`, -1, "before initialize"},
		{"\x00\xff\xfe", 0, "malformed"},
		{strings.Repeat(`[`, 100000), 0, "malformed"},
	}
	c := startRaw(t)
	for _, tt := range tests {
		c.message(tt.message)
		r := c.read()
		if r["success"] != false || r["request_seq"] != tt.seq || !strings.Contains(fmt.Sprint(r["message"]), tt.want) {
			t.Errorf("%.60q: %v, want a refusal of %v with %q", tt.message, r, tt.seq, tt.want)
		}
	}
	// Headers as other clients write them.
	for _, header := range []string{"content-length: %d\r\n\r\n", "CONTENT-LENGTH:%d\r\nContent-Type: x\r\n\r\n", "\r\nContent-Length:   %d  \n\n", "X\r\nContent-Length: %d\r\n\r\n"} {
		body := `{"seq":11,"type":"request","command":"nonsense"}`
		c.send(fmt.Sprintf(header, len(body)) + body)
		if r := c.read(); r["request_seq"] != 11.0 {
			t.Errorf("%q: %v", header, r)
		}
	}
	// Responses and events want no answer.
	c.message(`{"seq":12,"type":"response","command":"runInTerminal","request_seq":1,"success":true}`)
	c.message(`{"seq":13,"type":"request","command":"initialize"}`)
	if r := c.read(); r["request_seq"] != 13.0 || r["success"] != true {
		t.Errorf("after a response: %v", r)
	}
	c.read()
	for _, tt := range []struct{ message, want string }{
		{`{"seq":20,"command":"initialize"}`, "done already"},
		{`{"seq":20,"command":"continue"}`, "launch or attach first"},
		{`{"seq":20,"command":"setBreakpoints"}`, "path"},
		{`{"seq":20,"command":"setBreakpoints","arguments":{"source":{"path":"a.c"},"breakpoints":[{"line":"x"}]}}`, "breakpoints.line"},
		{`{"seq":20,"command":"launch","arguments":7}`, "not a JSON object"},
		{`{"seq":20,"command":"launch","arguments":{"core":"m7"}}`, "none of auto"},
		{`{"seq":20,"command":"launch","arguments":{"stopOnEntry":"maybe"}}`, "stopOnEntry"},
		{`{"seq":20,"command":"launch","arguments":{"args":"x"}}`, `"args"`},
		{`{"seq":20,"command":"launch","arguments":{"timeout":1e9}}`, "timeout"},
		{`{"seq":20,"command":"launch","arguments":{"sourceMap":[["a"]]}}`, "sourceMap"},
		{`{"seq":20,"command":"source","arguments":{"sourceReference":9}}`, "sourceMap"},
	} {
		c.message(tt.message)
		if r := c.read(); r["success"] != false || !strings.Contains(fmt.Sprint(r), tt.want) {
			t.Errorf("%s: %v, want a refusal with %q", tt.message, r, tt.want)
		}
	}
	// Breakpoints may come before the program, with whole numbers written as others do.
	c.message(`{"seq":21,"command":"setBreakpoints","arguments":{"source":{"path":"a.c"},"breakpoints":[{"line":3.0}]}}`)
	if r := c.read(); r["success"] != true || !strings.Contains(fmt.Sprint(r), "not loaded yet") {
		t.Errorf("early breakpoint: %v", r)
	}
	c.message(`{"seq":22,"command":"disconnect"}`)
	if r := c.read(); r["success"] != true {
		t.Errorf("disconnect: %v", r)
	}
}

// TestHopelessStreams end the session, and quickly.
func TestHopelessStreams(t *testing.T) {
	for _, text := range []string{"", "Content-Length: x\r\n\r\n", "Content-Length: -1\r\n\r\n", "A: b\r\n\r\n{}", strings.Repeat("a", 10000),
		"Content-Length: 10\r\n\r\n{}", "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length: 999999999\r\n\r\nxx"} {
		a, b := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- debugadapter.Serve(t.Context(), b, debugadapter.Options{}) }()
		go func() {
			a.Write([]byte(text))
			a.Close()
		}()
		go io.Copy(io.Discard, a)
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatalf("%.40q: the session does not end", text)
		}
	}
}

func TestLaunchErrors(t *testing.T) {
	tests := []struct {
		config m
		want   string
	}{
		{m{"gdb": "127.0.0.1:1"}, "program"},
		{m{"gdb": "127.0.0.1:1", "program": "/nonexistent/app.elf"}, "app.elf"},
		{m{"gdb": "127.0.0.1:1", "program": "session_test.go"}, "ELF"},
	}
	for _, tt := range tests {
		c := start(t, debugadapter.Options{})
		c.call("initialize", nil, nil)
		c.refusedWith(tt.want, "launch", tt.config)
		c.event("terminated")
		c.call("configurationDone", nil, nil)
		c.call("disconnect", nil, nil)
	}
}

// TestVanishingClient: whatever the moment, a session whose client has gone leaves no goroutine and no program behind.
func TestVanishingClient(t *testing.T) {
	p := build(t)
	settle := func() int {
		n := runtime.NumGoroutine()
		for range 200 { // goroutines that are ending need a turn
			runtime.Gosched()
			if m := runtime.NumGoroutine(); m < n {
				n = m
			}
		}
		return n
	}
	for _, moment := range []string{"connected", "initialized", "launching", "stopped", "running"} {
		t.Run(moment, func(t *testing.T) {
			server, cmd := qemu(t, p.elf)
			before := settle()
			a, b := net.Pipe()
			done := make(chan error, 1)
			go func() { done <- debugadapter.Serve(t.Context(), b, debugadapter.Options{}) }()
			c := &client{t: t, conn: a, ctx: t.Context()}
			c.c = newDAPClient(a)
			switch moment {
			case "initialized":
				c.call("initialize", nil, nil)
			case "launching":
				c.call("initialize", nil, nil)
				c.c.Send("launch", m{"program": p.elf, "gdb": server})
			case "stopped":
				c.begin("launch", m{"program": p.elf, "gdb": server, "stopOnEntry": true}, "")
				c.stopped("entry")
			case "running":
				c.begin("launch", m{"program": p.elf, "gdb": server}, "")
			}
			c.c.Close()
			select {
			case <-done:
			case <-time.After(20 * time.Second):
				t.Fatal("the session does not end")
			}
			if moment == "stopped" || moment == "running" {
				for deadline := time.Now().Add(20 * time.Second); !exited(cmd); {
					if time.Now().After(deadline) {
						t.Fatal("the program is still there")
					}
					time.Sleep(time.Millisecond)
				}
			}
			for deadline := time.Now().Add(10 * time.Second); settle() > before; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					buf := make([]byte, 1<<16)
					t.Fatalf("%d goroutines, %d before\n%s", settle(), before, buf[:runtime.Stack(buf, true)])
				}
			}
		})
	}
}
