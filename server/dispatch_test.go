package server

import (
	"context"
	"encoding/json"
	"testing"

	"go.lsp.dev/protocol"
)

func init() {
	requests["test/panic"] = func(context.Context, *server, *snapshot, json.RawMessage) (any, error) { panic("oh") }
	requests["test/block"] = func(ctx context.Context, s *server, _ *snapshot, _ json.RawMessage) (any, error) {
		s.notify("test/blocking", struct{}{})
		<-ctx.Done()
		return nil, ctx.Err()
	}
}

// TestEncodeList holds that a list is written as the protocol package writes it.
func TestEncodeList(t *testing.T) {
	edit := func(line uint32, text string) protocol.TextEdit {
		return protocol.TextEdit{Range: protocol.Range{Start: protocol.Position{Line: line}}, NewText: text}
	}
	for _, v := range []any{
		[]protocol.TextEdit(nil), []protocol.TextEdit{}, []protocol.TextEdit{edit(1, "a")}, []protocol.TextEdit{edit(1, "a"), edit(2, "\\"), edit(3, "")},
		[]protocol.Diagnostic{{Message: protocol.String("m"), Code: protocol.String("AZS001")}, {}}, []string{"a", "b"}, []uint32{1, 2},
	} {
		got, err := encode(v)
		want, wantErr := protocol.Marshal(v)
		if string(got) != string(want) || (err == nil) != (wantErr == nil) {
			t.Errorf("%T: %s, %v, want %s, %v", v, got, err, want, wantErr)
		}
	}
}

const initialize = `{"id":0,"method":"initialize","params":{"capabilities":{}}}`

func TestPanicEndsOneRequest(t *testing.T) {
	c := dial(t)
	c.send(initialize)
	c.expect(`{"id":0}`)
	c.send(`{"id":1,"method":"test/panic","params":{}}`)
	c.expect(`{"id":1,"error":{"code":-32603,"message":"~defect"}}`)
	c.send(`{"id":2,"method":"shutdown"}`)
	c.expect(`{"id":2,"result":null}`)
}

func TestCancel(t *testing.T) {
	for _, id := range []string{`7`, `-7`, `"a"`} {
		c := dial(t)
		c.send(initialize)
		c.expect(`{"id":0}`)
		c.send(`{"id":` + id + `,"method":"test/block"}`)
		c.expect(`{"method":"test/blocking"}`)
		// The id is taken; a slow request holds up nobody else.
		c.send(`{"id":` + id + `,"method":"test/block"}`)
		c.expect(`{"id":` + id + `,"error":{"code":-32600,"message":"~in use"}}`)
		c.send(`{"id":8,"method":"test/panic"}`)
		c.expect(`{"id":8,"error":{"code":-32603}}`)
		c.send(`{"method":"$/cancelRequest","params":{"id":` + id + `}}`)
		c.expect(`{"id":` + id + `,"error":{"code":-32800}}`)
	}
}

// TestEndWhileBusy holds that a session ends although a request never would.
func TestEndWhileBusy(t *testing.T) {
	c := dial(t)
	c.send(initialize)
	c.expect(`{"id":0}`)
	c.send(`{"id":1,"method":"test/block"}`)
	c.expect(`{"method":"test/blocking"}`)
	c.conn.Close()
	if code := c.exitCode(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}
