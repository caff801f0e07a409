package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"armillary.dev/internal/dapclient"
)

const dapSession = `{"seq":1,"type":"request","command":"initialize","arguments":{"adapterID":"armillary"}}`

// TestDAPStdio speaks a session on standard input and output.
func TestDAPStdio(t *testing.T) {
	var out, errw bytes.Buffer
	in := lspMessage(dapSession) + lspMessage(`{"seq":2,"type":"request","command":"disconnect"}`)
	if code := run(t.Context(), []string{"dap"}, streams{strings.NewReader(in), &out, &errw}); code != 0 {
		t.Errorf("exit code %d: %s", code, errw.String())
	}
	for _, want := range []string{`"supportsConfigurationDoneRequest":true`, `"event":"initialized"`, `"command":"disconnect"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
}

// TestDAPListen holds that one client after the other is served, also after one that vanished in mid-message.
func TestDAPListen(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	log, logw := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"dap", "--listen", ":0"}, streams{strings.NewReader(""), io.Discard, logw})
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
	go io.Copy(io.Discard, log)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "Content-Length: 1000\r\n\r\n{\"seq\":")
	conn.(*net.TCPConn).SetLinger(0) // a reset, as when an editor is killed
	conn.Close()
	for range 2 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		c := dapclient.New(conn)
		if err := c.Call(ctx, "initialize", nil, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Call(ctx, "disconnect", nil, nil); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	stop()
	if code := <-done; code != 0 {
		t.Errorf("exit code %d", code)
	}
}
