package debugadapter

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
)

func FuzzReadMessage(f *testing.F) {
	for _, s := range []string{"Content-Length: 2\r\n\r\n{}", "content-length:40\n\n{\"seq\":1,\"command\":\"x\",\"arguments\":{}}  ",
		"Content-Length: x\r\n\r\n{}Content-Length: 2\r\n\r\n{}", "X: y\r\nContent-Length: 3\r\n\r\n[1]Content-Length: 0\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := reader{r: bufio.NewReader(bytes.NewReader(data))}
		for range 100 {
			msg, err := r.next()
			if err == errTooLarge || err == errHeader {
				continue
			}
			if err != nil {
				return
			}
			req, err := decodeRequest(msg)
			if err == nil && req.Command == "" {
				t.Fatal("a request without a command")
			}
			var v struct {
				Line int `json:"line"`
			}
			_ = decodeArguments(req.Arguments, &v)
			_, _ = parseConfig(req.Arguments)
		}
	})
}

// A header that makes no sense costs its own message, not those after it; a browser's request ends the stream.
func TestHeaders(t *testing.T) {
	const good = "Content-Length: 2\r\n\r\n{}"
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"good", good + good, []string{"{}", "{}", "EOF"}},
		{"no length", "X: y\r\n\r\n[]" + good, []string{errHeader.Error(), "{}", "EOF"}},
		{"no number", "Content-Length: x\r\n\r\n[]\r\n" + good, []string{errHeader.Error(), "{}", "EOF"}},
		{"negative", "Content-Length: -1\r\n\r\n" + good, []string{errHeader.Error(), "{}", "EOF"}},
		{"no header", "hello\n\n" + good, []string{errHeader.Error(), "{}", "EOF"}},
		{"a line without end", strings.Repeat("x", 3*maxHeader) + "\n" + good, []string{errHeader.Error(), "{}", "EOF"}},
		{"nothing after it", "X: y\r\n\r\n", []string{errHeader.Error(), "EOF"}},
		{"a browser", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", []string{errHTTP.Error()}},
		{"a browser after it", "X: y\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", []string{errHeader.Error(), errHTTP.Error()}},
	} {
		r := reader{r: bufio.NewReader(strings.NewReader(tt.in))}
		for i, want := range tt.want {
			got, err := r.next()
			if err != nil {
				got = []byte(err.Error())
			}
			if string(got) != want {
				t.Errorf("%s: message %d is %q, not %q", tt.name, i, got, want)
			}
		}
	}
}

func FuzzAttributes(f *testing.F) {
	f.Add([]byte("A\x1c\x00\x00\x00aeabi\x00\x01\x12\x00\x00\x00\x05Cortex-M4\x00\x07M"))
	f.Fuzz(func(t *testing.T, data []byte) { armProfile(data) })
}

func TestArmProfile(t *testing.T) {
	attr := []byte("A\x1c\x00\x00\x00aeabi\x00\x01\x12\x00\x00\x00\x05Cortex-M4\x00\x07M")
	attr[1] = byte(len(attr) - 1)
	if p := armProfile(attr); p != 'M' {
		t.Errorf("profile %q", p)
	}
}

func TestConfig(t *testing.T) {
	c, err := parseConfig([]byte(`{"type":"azurespheredbg","name":"x","applicationPath":"a.out","imagePath":"a.imagepackage","targetCore":"HLCore",
		"partnerComponents":["p"],"stopAtEntry":true,"environment":[{"name":"A","value":"b"}],"cwd":"/w","workingDirectory":"/app","sourceMap":{"/a":"/1","/a/b":"/2"},"timeout":1.5}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Program != "a.out" || c.Image != "a.imagepackage" || c.Core != "hl" || len(c.Partners) != 1 || !c.StopOnEntry || c.Env["A"] != "b" ||
		c.App != "/app" || c.SourceMap[0].From != "/a/b" || c.Timeout.Milliseconds() != 1500 || c.Target != "emulator" {
		t.Errorf("%+v", c)
	}
}

func TestCutRune(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int
	}{{"", 0}, {"abc", 0}, {"a\xc3", 1}, {"\xe2\x82", 2}, {"€", 0}, {"\xf0\x9f\x98", 3}, {"\xff", 0}, {"\x80\x80\x80\x80", 0}} {
		if got := cutRune([]byte(tt.in)); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.in, got, tt.want)
		}
	}
}
