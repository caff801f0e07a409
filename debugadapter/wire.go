package debugadapter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// maxMessage bounds a message of the client in bytes; maxHeader a line of its header.
const (
	maxMessage = 8 << 20
	maxHeader  = 4 << 10
)

// errTooLarge is a message above maxMessage. It was skipped; the stream goes on after it.
var errTooLarge = fmt.Errorf("message of more than %d bytes", maxMessage)

// errHeader is a header that makes no sense. The stream goes on at the next Content-Length.
var errHeader = errors.New("header without a valid Content-Length")

// errHTTP ends a stream: a web page may post to any port of this computer, and its headers would look like ours.
var errHTTP = errors.New("a browser's request, which is no debug adapter client's")

// A reader reads the client's messages one by one.
type reader struct {
	r    *bufio.Reader
	lost bool // the last header made no sense; look for Content-Length anywhere in a line
}

// next reads one message. Names of header fields are matched without case, unknown fields and blank lines before a header
// are skipped, lines may end in a bare newline.
func (m *reader) next() ([]byte, error) {
	r := m.r
	length, seen, bad := -1, false, false
	for {
		line, err := readLine(r)
		if err == errHeader { // a line too long for a header
			if m.lost {
				continue
			}
			m.lost = true
			return nil, errHeader
		}
		if err != nil {
			return nil, err
		}
		if strings.Contains(line, " HTTP/1.") {
			return nil, errHTTP
		}
		if m.lost {
			at := lastLength(line)
			if at < 0 {
				continue
			}
			line, m.lost = line[at:], false
		}
		if line == "" {
			if !seen {
				continue
			}
			break
		}
		seen = true
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			length, err = strconv.Atoi(strings.TrimSpace(value))
			bad = err != nil || length < 0
		}
	}
	if bad || length < 0 {
		m.lost = true
		return nil, errHeader
	}
	if length > maxMessage {
		if _, err := io.CopyN(io.Discard, r, int64(length)); err != nil {
			return nil, err
		}
		return nil, errTooLarge
	}
	// Grown as it arrives, so that an announced length alone costs nothing.
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, int64(length)); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b.Bytes(), nil
}

// lastLength is where the last Content-Length begins in a line, -1 if there is none. The line may be no UTF-8, whose lower case
// can have another length.
func lastLength(line string) int {
	const field = "Content-Length:"
	for at := len(line) - len(field); at >= 0; at-- {
		if strings.EqualFold(line[at:at+len(field)], field) {
			return at
		}
	}
	return -1
}

func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxHeader {
			return "", errHeader
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

// request is a decoded message of the client.
type request struct {
	Seq       int
	Command   string
	Arguments json.RawMessage
}

// decodeRequest reads as much of a message as there is: also a malformed one may have a number that its response can name.
func decodeRequest(data []byte) (r request, err error) {
	var m struct {
		Seq       json.RawMessage `json:"seq"`
		Type      string          `json:"type"`
		Command   json.RawMessage `json:"command"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		var t *json.UnmarshalTypeError
		if !errors.As(err, &t) {
			return r, fmt.Errorf("not a JSON object: %w", err)
		}
		if t.Field == "" {
			return r, errors.New("not a JSON object")
		}
	}
	r.Arguments = m.Arguments
	if v, e := strconv.ParseFloat(strings.Trim(string(m.Seq), `"`), 64); e == nil && v == float64(int(v)) {
		r.Seq = int(v)
	}
	if json.Unmarshal(m.Command, &r.Command) != nil {
		r.Command = ""
	}
	switch {
	case m.Type == "response" || m.Type == "event":
		return r, errNotRequest
	case r.Command == "":
		return r, errors.New("a request without a command")
	}
	return r, nil
}

// errNotRequest is for messages that want no answer.
var errNotRequest = errors.New("not a request")

// decodeArguments decodes a request's arguments. Whole numbers may be written as 1.0 or 1e3, as some clients do.
func decodeArguments(raw json.RawMessage, into any) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	err := json.Unmarshal(raw, into)
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) && strings.HasPrefix(t.Value, "number") {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			if again, e := json.Marshal(wholeNumbers(v)); e == nil {
				err = json.Unmarshal(again, into)
			}
		}
	}
	if errors.As(err, &t) {
		where := "arguments"
		if t.Field != "" {
			where += "." + t.Field
		}
		return fmt.Errorf("%s is a %s; expected %s", where, t.Value, t.Type)
	}
	if err != nil {
		return fmt.Errorf("arguments: %w", err)
	}
	return nil
}

func wholeNumbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = wholeNumbers(v[k])
		}
	case []any:
		for i := range v {
			v[i] = wholeNumbers(v[i])
		}
	case json.Number:
		if f, err := v.Float64(); err == nil && f == float64(int64(f)) {
			return int64(f)
		}
	}
	return v
}

// writer numbers and writes the adapter's messages, each with one Write: two would wait for each other on TCP.
type writer struct {
	mu  sync.Mutex
	w   io.Writer
	seq int
	err error // the first failure; later messages are dropped
}

// message is an event or a response.
type message struct {
	Seq        int    `json:"seq"`
	Type       string `json:"type"`
	Event      string `json:"event,omitempty"`
	RequestSeq *int   `json:"request_seq,omitempty"`
	Success    *bool  `json:"success,omitempty"`
	Command    string `json:"command,omitempty"`
	Message    string `json:"message,omitempty"`
	Body       any    `json:"body,omitempty"`
}

func (w *writer) send(m message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	w.seq++
	m.Seq = w.seq
	body, err := json.Marshal(m)
	if err != nil { // a body that cannot be encoded is a fault of ours, not the client's
		body, _ = json.Marshal(message{Seq: m.Seq, Type: m.Type, Event: m.Event, RequestSeq: m.RequestSeq, Success: new(bool),
			Command: m.Command, Message: "internal error: " + err.Error()})
	}
	out := append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(body)), body...)
	_, w.err = w.w.Write(out)
}

func (w *writer) event(name string, body any) {
	w.send(message{Type: "event", Event: name, Body: body})
}

func (w *writer) respond(r request, body any) {
	ok := true
	w.send(message{Type: "response", RequestSeq: &r.Seq, Success: &ok, Command: r.Command, Body: body})
}
