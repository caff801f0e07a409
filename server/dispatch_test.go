package server

import (
	"context"
	"encoding/json"
	"testing"
)

func init() {
	requests["test/panic"] = func(context.Context, *server, *snapshot, json.RawMessage) (any, error) { panic("oh") }
	requests["test/block"] = func(ctx context.Context, s *server, _ *snapshot, _ json.RawMessage) (any, error) {
		s.notify("test/blocking", struct{}{})
		<-ctx.Done()
		return nil, ctx.Err()
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
