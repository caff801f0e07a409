// Package dapclient is a small client of the Debug Adapter Protocol, for commands that step an app without an editor
// and for tests that want an editor's view of the adapter.
//
// It knows messages, not debugging: callers name commands and events as the protocol does and decode bodies themselves.
package dapclient

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/google/go-dap"
)

// Client speaks to one adapter. Methods may be used from several goroutines.
type Client struct {
	rw io.ReadWriteCloser

	mu      sync.Mutex
	seq     int
	pending map[int]chan *message
	events  []Event
	more    chan struct{} // closed and replaced when events grows or the connection ends
	err     error         // why the connection ended
}

// Event is an event as it arrived.
type Event struct {
	Name string
	Body json.RawMessage
}

// message is every kind of protocol message, as far as a client needs it.
type message struct {
	Seq        int             `json:"seq"`
	Type       string          `json:"type"`
	Command    string          `json:"command,omitempty"`
	Arguments  any             `json:"arguments,omitempty"`
	Event      string          `json:"event,omitempty"`
	RequestSeq int             `json:"request_seq,omitempty"`
	Success    bool            `json:"success,omitempty"`
	Message    string          `json:"message,omitempty"`
	Body       json.RawMessage `json:"body,omitempty"`
}

// Error is a response that says no.
type Error struct {
	Command string
	Text    string
}

func (e *Error) Error() string { return e.Command + ": " + e.Text }

// New starts a client on a connection to an adapter.
func New(rw io.ReadWriteCloser) *Client {
	c := &Client{rw: rw, pending: map[int]chan *message{}, more: make(chan struct{})}
	go c.read()
	return c
}

// Close ends the connection.
func (c *Client) Close() error { return c.rw.Close() }

func (c *Client) read() {
	r := bufio.NewReader(c.rw)
	for {
		raw, err := dap.ReadBaseMessage(r)
		var m message
		if err == nil {
			err = json.Unmarshal(raw, &m)
		}
		c.mu.Lock()
		switch {
		case err != nil:
			if errors.Is(err, io.EOF) {
				err = errors.New("the debug adapter closed the connection")
			}
			c.err = err
			for _, ch := range c.pending {
				close(ch)
			}
			c.pending = nil
			close(c.more)
			c.mu.Unlock()
			return
		case m.Type == "response":
			if ch, ok := c.pending[m.RequestSeq]; ok {
				delete(c.pending, m.RequestSeq)
				ch <- &m
			}
		case m.Type == "event":
			c.events = append(c.events, Event{m.Event, m.Body})
			close(c.more)
			c.more = make(chan struct{})
		}
		c.mu.Unlock()
	}
}

// Send writes a request and returns a function that waits for its response. Some requests (launch) are answered only
// after later ones, so sending and waiting are two steps.
func (c *Client) Send(command string, args any) (wait func(ctx context.Context, body any) error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil, c.err
	}
	c.seq++
	ch := make(chan *message, 1)
	c.pending[c.seq] = ch
	raw, err := json.Marshal(message{Seq: c.seq, Type: "request", Command: command, Arguments: args})
	if err == nil {
		err = dap.WriteBaseMessage(c.rw, raw)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	return func(ctx context.Context, body any) error {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", command, context.Cause(ctx))
		case m, ok := <-ch:
			if !ok {
				return fmt.Errorf("%s: %w", command, c.connErr())
			}
			if !m.Success {
				return &Error{command, errorText(m)}
			}
			if body == nil || len(m.Body) == 0 {
				return nil
			}
			return json.Unmarshal(m.Body, body)
		}
	}, nil
}

// Call sends a request and waits for its response, decoding the response's body into body unless that is nil.
func (c *Client) Call(ctx context.Context, command string, args, body any) error {
	wait, err := c.Send(command, args)
	if err != nil {
		return err
	}
	return wait(ctx, body)
}

// Next returns the oldest event not yet taken whose name is one of names, leaving others in place.
func (c *Client) Next(ctx context.Context, names ...string) (Event, error) {
	for {
		c.mu.Lock()
		for i, e := range c.events {
			for _, n := range names {
				if e.Name == n {
					c.events = append(c.events[:i:i], c.events[i+1:]...)
					c.mu.Unlock()
					return e, nil
				}
			}
		}
		more, err := c.more, c.err
		c.mu.Unlock()
		if err != nil {
			return Event{}, fmt.Errorf("waiting for %v: %w", names, err)
		}
		select {
		case <-more:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("waiting for %v: %w", names, context.Cause(ctx))
		}
	}
}

func (c *Client) connErr() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// errorText prefers the structured error's text with its variables put in.
func errorText(m *message) string {
	var b struct {
		Error struct {
			Format    string            `json:"format"`
			Variables map[string]string `json:"variables"`
		} `json:"error"`
	}
	if json.Unmarshal(m.Body, &b) != nil || b.Error.Format == "" {
		return m.Message
	}
	text := b.Error.Format
	for k, v := range b.Error.Variables {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	return text
}
