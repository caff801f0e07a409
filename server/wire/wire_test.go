package wire

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sourcegraph/jsonrpc2"
)

// duplex is a canned input and a recorded output.
type duplex struct {
	io.Reader
	strings.Builder
}

func (*duplex) Close() error { return nil }

func frame(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

// replies splits what was written back into bodies.
func replies(t testing.TB, out string) []string {
	t.Helper()
	var bodies []string
	s := New(&duplex{Reader: strings.NewReader(out)}, nil)
	for {
		b, err := s.readFrame()
		if err == io.EOF {
			return bodies
		}
		if err != nil {
			t.Fatalf("what was written is not framed: %v in %q", err, out)
		}
		bodies = append(bodies, string(b))
	}
}

func TestReading(t *testing.T) {
	const ok = `{"jsonrpc":"2.0","id":1,"method":"m"}`
	const seen = `"1" m`
	tests := []struct {
		name, in string
		want     []string // "key method" of each request that got through
		answers  []string // pieces, one per answer
	}{
		{"plain", frame(ok), []string{seen}, nil},
		{"two", frame(ok) + frame(ok), []string{seen, seen}, nil},
		{"lower-case header", fmt.Sprintf("content-length: %d\r\n\r\n%s", len(ok), ok), []string{seen}, nil},
		{"upper-case, no space", fmt.Sprintf("CONTENT-LENGTH:%d\r\n\r\n%s", len(ok), ok), []string{seen}, nil},
		{"content type too", "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n" + frame(ok), []string{seen}, nil},
		{"bare line feeds", fmt.Sprintf("Content-Length: %d\n\n%s", len(ok), ok), []string{seen}, nil},
		{"newline inside the body", frame(ok + "\n"), []string{seen}, nil},
		{"blank lines between", frame(ok) + "\r\n\r\n" + frame(ok), []string{seen, seen}, nil},
		{"id 0", frame(`{"id":0,"method":"m"}`), []string{`"0" m`}, nil},
		{"negative id", frame(`{"id":-7,"method":"m"}`), []string{`"-7" m`}, nil},
		{"large id", frame(`{"id":123456789012345678901234567890,"method":"m"}`), []string{`"123456789012345678901234567890" m`}, nil},
		{"string id", frame(`{"id":"a","method":"m"}`), []string{`"\"a\"" m`}, nil},
		{"escaped string id", frame(`{"id":"\u0061","method":"m"}`), []string{`"\"a\"" m`}, nil},
		{"notification", frame(`{"method":"m"}`), []string{`- m`}, nil},
		{"null id", frame(`{"id":null,"method":"m"}`) + frame(ok), []string{seen}, []string{`"id":null,"error":{"code":-32600`}},
		{"fraction id", frame(`{"id":1.5,"method":"m"}`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"exponent id", frame(`{"id":1e2,"method":"m"}`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"object id", frame(`{"id":{},"method":"m"}`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"true id", frame(`{"id":true,"method":"m"}`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"bad JSON", frame(`{"id":1,`) + frame(ok), []string{seen}, []string{`"id":null,"error":{"code":-32700`}},
		{"empty body", frame(``) + frame(ok), []string{seen}, []string{`-32700`}},
		{"bad UTF-8", frame("{\"id\":1,\"method\":\"\xff\"}"), []string{"\"1\" \ufffd"}, nil},
		{"two in one", frame(ok+ok) + frame(ok), []string{seen}, []string{`-32700`}},
		{"something behind", frame(ok+`"x"`) + frame(ok), []string{seen}, []string{`-32700`}},
		{"a name twice", frame(`{"id":1,"method":"a","params":{},"method":"m"}`), []string{seen}, nil},
		{"a name in escapes", frame(`{"id":1,"m\u0065thod":"m"}`), []string{seen}, nil},
		{"a name without a value", frame(`{"id":1,"method"}`) + frame(ok), []string{seen}, []string{`-32700`}},
		{"batch", frame(`[`+ok+`]`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"empty batch", frame(`[]`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"scalar", frame(`5`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"null", frame(`null`) + frame(ok), []string{seen}, []string{`-32600`}},
		{"deep", frame(strings.Repeat("[", 20000)) + frame(ok), []string{seen}, []string{`-32700`}},
		{"neither", frame(`{"id":3}`) + frame(ok), []string{seen}, []string{`"id":3,"error":{"code":-32600`}},
		{"method no string", frame(`{"id":-3,"method":5}`) + frame(ok), []string{seen}, []string{`"id":-3,"error":{"code":-32600`}},
		{"stray response", frame(`{"id":"x","result":1}`) + frame(ok), []string{seen}, nil},
		{"negative response", frame(`{"id":-1,"result":1}`) + frame(ok), []string{seen}, nil},
		{"malformed error", frame(`{"id":1,"error":{"code":"x"}}`) + frame(ok), []string{seen}, nil},
		{"no length", "Content-Type: x\r\n\r\n" + ok + frame(ok), []string{seen}, []string{`-32700`}},
		{"length no number", "Content-Length: x\r\n\r\n" + ok + frame(ok), []string{seen}, []string{`-32700`}},
		{"negative length", "Content-Length: -5\r\n\r\n" + ok + frame(ok), []string{seen}, []string{`-32700`}},
		{"huge number", "Content-Length: 99999999999999999999\r\n\r\n" + ok + frame(ok), []string{seen}, []string{`-32700`}},
		{"garbage first", "hello\r\n" + frame(ok), []string{seen}, []string{`-32700`}},
		{"long garbage first", strings.Repeat("x", 100_000) + frame(ok), []string{seen}, []string{}},
		{"too large", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", MaxBody+1, strings.Repeat(" ", MaxBody+1)) + frame(ok), []string{seen}, []string{`-32700`}},
		{"a browser", "POST / HTTP/1.1\r\nHost: localhost\r\n" + frame(ok), nil, nil},
		{"ends in a header", "Content-Len", nil, nil},
		{"ends in a body", "Content-Length: 50\r\n\r\n{", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &duplex{Reader: strings.NewReader(tt.in)}
			s := New(d, t.Logf)
			var got []string
			for {
				var r jsonrpc2.Request
				if err := s.ReadObject(&r); err != nil {
					break
				}
				if r.Method == "" {
					continue // a response; a Conn would drop it
				}
				key := "-"
				if !r.Notif {
					key = fmt.Sprintf("%q", r.ID.Str)
				}
				got = append(got, key+" "+r.Method)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got through: %q, want %q", got, tt.want)
			}
			back := replies(t, d.Builder.String())
			if tt.answers != nil && len(tt.answers) == 0 {
				return // any
			}
			if len(back) != len(tt.answers) {
				t.Fatalf("answers %q, want %d", back, len(tt.answers))
			}
			for i, a := range tt.answers {
				if !strings.Contains(back[i], a) || !json.Valid([]byte(back[i])) {
					t.Errorf("answer %q, want %q in it", back[i], a)
				}
			}
		})
	}
}

func TestReplies(t *testing.T) {
	d := &duplex{Reader: strings.NewReader("")}
	s := New(d, nil)
	_ = s.Reply("-4", nil)
	_ = s.Reply(`"a\"b"`, json.RawMessage(`{"x":1}`))
	_ = s.ReplyError("7", &jsonrpc2.Error{Code: -32601, Message: "no"})
	_ = s.Notify("n/m", json.RawMessage(`{}`))
	want := []string{
		`{"jsonrpc":"2.0","id":-4,"result":null}`,
		`{"jsonrpc":"2.0","id":"a\"b","result":{"x":1}}`,
		`{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}`,
		`{"jsonrpc":"2.0","method":"n/m","params":{}}`,
	}
	if got := replies(t, d.Builder.String()); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("wrote\n%q, want\n%q", got, want)
	}
}

// FuzzRead feeds arbitrary bytes: no panic, an end, and every answer is framed JSON.
func FuzzRead(f *testing.F) {
	f.Add(frame(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[1]}}`))
	f.Add("Content-Length: 3\r\n\r\n{}\n" + frame(`[]`))
	f.Add("x: y\r\n\r\nContent-Length: 99999999\r\n\r\n")
	f.Add(frame(`{"id":-1,"method":"m"}`) + "\r\n" + frame(`{"id":1,"error":{"code":"x"}}`))
	f.Fuzz(func(t *testing.T, in string) {
		d := &duplex{Reader: strings.NewReader(in)}
		s := New(d, nil)
		for range len(in) + 2 {
			var r jsonrpc2.Request
			if err := s.ReadObject(&r); err != nil {
				for _, b := range replies(t, d.Builder.String()) {
					if !json.Valid([]byte(b)) {
						t.Fatalf("answer is not JSON: %q", b)
					}
				}
				return
			}
		}
		t.Fatal("more messages than bytes")
	})
}

// FuzzEnvelope holds the reading of a message against encoding/json.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{`{"id":1,"method":"m","params":{"a":[1]}}`, ` { "id" : "x" , "result" : null } `, `{}{}`, `{"id":1}"x"`, `[]`, `"id"`,
		`{"error":{"code":1},"error":5}`, `{"m\u0065thod":"\ud800"}`, "{\"id\":\"\xff\"}", `{"id":}`, `{"id":1,}`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var want map[string]json.RawMessage
		err := json.Unmarshal([]byte(in), &want)
		e, ok := readEnvelope([]byte(in))
		if ok != (err == nil && want != nil) {
			t.Fatalf("%q: ok %t, encoding/json says %v", in, ok, err)
		}
		if !ok {
			return
		}
		for _, name := range []string{"id", "method", "params", "result", "error"} {
			if got := *e.member(name); string(got) != string(want[name]) {
				t.Errorf("%q: %s is %q, encoding/json reads %q", in, name, got, want[name])
			}
		}
	})
}
