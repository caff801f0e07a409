package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"armillary.dev/server/files"
)

// Conversations are txtar files below testdata. The comment at the top says what is shown; the file "script" is what
// is said, line by line; the other files are laid out in a fresh folder, $DIR in the script, $ROOT as its URI.
//
//	> {"id":1,…}        send a message; "jsonrpc" is added
//	>raw "text"         send bytes, written as a Go string
//	< {"id":1,…}        receive the next message, which must hold at least this (see match)
//	<any {…} | {…}      receive as many messages as there are alternatives, in any order
//	write NAME          replace the file NAME of the folder by the file "NAME.next" of the archive
//	end                 close the client's side
//	exit N              Serve must return N
//	# …                 a comment; a line that begins with a tab continues the one before
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txtar"), func(t *testing.T) {
			t.Parallel()
			converse(t, f)
		})
	}
}

func converse(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(data)
	dir := t.TempDir()
	next := map[string][]byte{}
	var script []string
	for _, f := range archive.Files {
		switch name, later := strings.CutSuffix(f.Name, ".next"); {
		case f.Name == "script":
			script = strings.Split(strings.ReplaceAll(string(f.Data), "\n\t", " "), "\n")
		case later:
			next[name] = f.Data
		default:
			writeFile(t, filepath.Join(dir, f.Name), f.Data)
		}
	}
	expand := strings.NewReplacer("$ROOT", string(fileURI(files.Name(dir))), "$DIR", filepath.ToSlash(dir))
	c := dial(t)
	for _, line := range script {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = expand.Replace(rest)
		switch verb {
		case "", "#":
		case ">":
			c.send(rest)
		case ">raw":
			raw, err := strconv.Unquote(rest)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			c.raw(raw)
		case "<":
			c.expect(rest)
		case "<any":
			c.expectAny(strings.Split(rest, " | "))
		case "write":
			writeFile(t, filepath.Join(dir, rest), next[rest])
		case "end":
			c.conn.Close()
		case "exit":
			if got := c.exitCode(); strconv.Itoa(got) != rest {
				t.Fatalf("exit code %d, want %s", got, rest)
			}
		default:
			t.Fatalf("what is %q?", line)
		}
	}
}

func writeFile(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// patience bounds how long a test waits for what should come at once.
const patience = 30 * time.Second

// testClient is the other end of a session.
type testClient struct {
	t    testing.TB
	conn net.Conn
	in   chan []byte // bodies received; closed at the end of the stream
	exit chan int
}

// dial starts a session in this process.
func dial(t testing.TB) *testClient { return dialLogging(t, testLog{t}) }

func dialLogging(t testing.TB, log io.Writer) *testClient {
	ours, theirs := net.Pipe()
	c := &testClient{t: t, conn: ours, in: make(chan []byte, 1000), exit: make(chan int, 1)}
	go c.pump()
	go func() {
		c.exit <- Serve(context.Background(), theirs, Options{Version: "test", Log: log, WatchParent: true})
	}()
	t.Cleanup(func() {
		ours.Close()
		c.exitCode()
	})
	return c
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	if testing.Verbose() {
		l.t.Logf("%s", bytes.TrimSpace(p))
	}
	return len(p), nil
}

func (c *testClient) exitCode() int {
	select {
	case code := <-c.exit:
		c.exit <- code
		return code
	case <-time.After(patience):
		c.t.Fatal("the session does not end")
		return 0
	}
}

func (c *testClient) raw(s string) {
	c.t.Helper()
	_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatalf("sending %q: %v", s, err)
	}
}

func (c *testClient) send(body string) {
	c.t.Helper()
	if !strings.Contains(body, `"jsonrpc"`) {
		body = `{"jsonrpc":"2.0",` + strings.TrimPrefix(body, "{")
	}
	c.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

// pump takes messages off the pipe, so that the server never waits for a test that is busy sending.
func (c *testClient) pump() {
	defer close(c.in)
	r := bufio.NewReader(c.conn)
	for {
		header, err := textproto.NewReader(r).ReadMIMEHeader()
		if err != nil {
			return
		}
		n, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		c.in <- body
	}
}

// receive returns the body of the next message.
func (c *testClient) receive() []byte {
	c.t.Helper()
	select {
	case body, ok := <-c.in:
		if !ok {
			c.t.Fatal("the stream ended while a message was expected")
		}
		return body
	case <-time.After(patience):
		c.t.Fatal("no message comes")
	}
	return nil
}

func (c *testClient) expect(want string) {
	c.t.Helper()
	got := c.receive()
	if why := matchJSON(want, got); why != "" {
		c.t.Fatalf("%s\ngot  %s\nwant %s", why, got, want)
	}
}

func (c *testClient) expectAny(want []string) {
	c.t.Helper()
	for len(want) > 0 {
		got := c.receive()
		found := -1
		for i, w := range want {
			if matchJSON(w, got) == "" {
				found = i
			}
		}
		if found < 0 {
			c.t.Fatalf("nobody expects %s\nwaiting for %s", got, strings.Join(want, "\n"))
		}
		want = append(want[:found:found], want[found+1:]...)
	}
}

func matchJSON(want string, got []byte) string {
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		return fmt.Sprintf("the expectation is not JSON: %v: %s", err, want)
	}
	if err := json.Unmarshal(got, &g); err != nil {
		return err.Error()
	}
	return match(w, g, "")
}

// match reports where got does not hold what want asks for. Objects may hold more; arrays are equally long. A string
// "~…" is a regular expression, "*" is anything, "ABSENT" is a member that must not be there.
func match(want, got any, at string) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s: %v is not an object", at, got)
		}
		for k, v := range w {
			x, has := g[k]
			if v == "ABSENT" {
				if has {
					return fmt.Sprintf("%s/%s is there: %v", at, k, x)
				}
				continue
			}
			if !has {
				return fmt.Sprintf("%s/%s is not there", at, k)
			}
			if why := match(v, x, at+"/"+k); why != "" {
				return why
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s: %v, want %d elements", at, got, len(w))
		}
		for i := range w {
			if why := match(w[i], g[i], fmt.Sprintf("%s/%d", at, i)); why != "" {
				return why
			}
		}
		return ""
	case string:
		if w == "*" {
			return ""
		}
		if re, ok := strings.CutPrefix(w, "~"); ok {
			if g, is := got.(string); is && regexp.MustCompile(re).MatchString(g) {
				return ""
			}
		}
	}
	if want != got {
		return fmt.Sprintf("%s: %v, want %v", at, got, want)
	}
	return ""
}
