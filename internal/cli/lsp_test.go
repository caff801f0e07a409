package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func lspMessage(body string) string {
	return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

const lspInitialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"capabilities":{}}}`

// TestLSPStdio speaks a whole session; the exit code is the session's.
func TestLSPStdio(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int
	}{
		{lspMessage(lspInitialize) + lspMessage(`{"id":2,"method":"shutdown"}`) + lspMessage(`{"method":"exit"}`), 0},
		{lspMessage(lspInitialize) + lspMessage(`{"method":"exit"}`), 1},
		{"", 1},
	} {
		var out, errw bytes.Buffer
		args := []string{"lsp", "--stdio"} // as editors' libraries add it
		if code := run(t.Context(), args, streams{strings.NewReader(tt.in), &out, &errw}); code != tt.want {
			t.Errorf("exit code %d, want %d: %s", code, tt.want, errw.String())
		}
		if tt.in != "" && !strings.Contains(out.String(), `"armillary"`) {
			t.Errorf("no answer: %s", out.String())
		}
	}
}

// TestLSPListen holds that a client that vanishes takes nobody along.
func TestLSPListen(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	log, logw := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"lsp", "--listen", ":0"}, streams{strings.NewReader(""), io.Discard, logw})
		logw.Close()
	}()
	lines := bufio.NewScanner(log)
	if !lines.Scan() {
		t.Fatal("it does not listen")
	}
	_, addr, ok := strings.Cut(lines.Text(), "listening on ")
	if !ok {
		t.Fatal(lines.Text())
	}
	go func() {
		for lines.Scan() {
		}
	}()
	if host, _, err := net.SplitHostPort(addr); err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("listens on %s, not on this computer alone", addr)
	}
	for _, say := range []string{"", "Content-Length: 100\r\n\r\n{", lspMessage(lspInitialize)} {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, say); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(c, lspMessage(lspInitialize)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.HasPrefix(line, "Content-Length: ") {
		t.Errorf("%q, %v", line, err)
	}
	stop()
	select {
	case code := <-done:
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(30 * time.Second):
		t.Error("it does not end")
	}
}

func TestLSPListenRefuses(t *testing.T) {
	for addr, want := range map[string]int{"nonsense": ExitUsage, "localhost:99999": ExitFailed} {
		var errw bytes.Buffer
		if code := run(t.Context(), []string{"lsp", "--listen", addr}, streams{strings.NewReader(""), io.Discard, &errw}); code != want {
			t.Errorf("%s: exit code %d, want %d: %s", addr, code, want, errw.String())
		}
	}
}

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	if code := run(t.Context(), []string{"version"}, streams{strings.NewReader(""), &out, io.Discard}); code != 0 || !strings.HasPrefix(out.String(), "armillary ") {
		t.Errorf("%d %q", code, out.String())
	}
	out.Reset()
	if code := run(t.Context(), []string{"version", "--json"}, streams{strings.NewReader(""), &out, io.Discard}); code != 0 {
		t.Error(code)
	}
	var f facts
	if err := json.Unmarshal(out.Bytes(), &f); err != nil || f.Go == "" || f.Version == "" {
		t.Errorf("%v: %s", err, out.String())
	}
}
