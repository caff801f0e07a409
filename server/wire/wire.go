// Package wire carries JSON-RPC messages in the framing of the language server protocol: header lines, an empty line,
// a JSON body. It stands between a byte stream and a jsonrpc2.Conn, and keeps from the Conn whatever would end it:
// bad headers, bodies that are not JSON, batches, ids of the wrong kind. Those are answered here and reading goes on.
//
// Header names are read in any case and unknown headers are skipped. After a header block without a usable length the
// stream looks for the next Content-Length line and resumes there.
//
// Request ids are integers, negative ones too, or strings. jsonrpc2.ID holds neither negative nor very large
// integers, so a request's id travels through the Conn as a string: the id's JSON text (Key). Reply puts it back.
//
// Parameters do not travel through the Conn at all: it would read a long text four times over. Params has those of the
// message that was read last, for the handler that the Conn calls before it reads the next one.
//
// The package must not know LSP's methods.
package wire

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

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"
)

// MaxBody is the largest body that is read, in bytes. A larger one is skipped and answered with an error.
// A full-text didOpen of the largest file that anyone edits by hand is far below it.
const MaxBody = 64 << 20

// maxHeaderLine bounds one header line; a longer line is not a header.
const maxHeaderLine = 8 << 10

// A Stream reads and writes messages. It implements jsonrpc2.ObjectStream. Reading belongs to one goroutine (the
// Conn's); writing may happen on any.
type Stream struct {
	r      *bufio.Reader
	c      io.Closer
	logf   func(format string, args ...any)
	resync bool   // the last header block was unusable; look for Content-Length anywhere in a line
	again  string // a line to be read once more, while resync
	params json.RawMessage

	mu sync.Mutex // guards w and buf
	w  io.Writer
	// buf holds one outgoing message, so that it reaches the other side in a single write.
	buf bytes.Buffer
}

var _ jsonrpc2.ObjectStream = (*Stream)(nil)

// New returns a Stream over rwc. What it had to drop is told to logf, which may be nil.
func New(rwc io.ReadWriteCloser, logf func(format string, args ...any)) *Stream {
	if logf == nil {
		logf = func(string, ...any) {}
	}
	return &Stream{r: bufio.NewReaderSize(rwc, 16<<10), c: rwc, w: rwc, logf: logf}
}

// Params returns the parameters of the message that was read last, as they came; nil if it had none. It is for the goroutine
// that reads.
func (s *Stream) Params() json.RawMessage { return s.params }

// Close closes the underlying stream.
func (s *Stream) Close() error { return s.c.Close() }

// envelope is the part of a message that decides what it is.
type envelope struct {
	id, method, params, result, error json.RawMessage
}

func (e *envelope) member(name string) *json.RawMessage {
	switch name {
	case "id":
		return &e.id
	case "method":
		return &e.method
	case "params":
		return &e.params
	case "result":
		return &e.result
	case "error":
		return &e.error
	}
	return new(json.RawMessage)
}

// readEnvelope reads a message, whose members stay parts of body; ok says whether it is one JSON object. It goes once through the
// text, which may be that of a long document, and works without reflection, which the first message would have to wait for.
func readEnvelope(body []byte) (e envelope, ok bool) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), lenient())
	if d.PeekKind() != '{' {
		return e, false
	}
	for {
		t, err := d.ReadToken()
		if err != nil {
			return e, false
		}
		if d.StackDepth() == 0 { // the last brace
			_, err = d.ReadToken()
			return e, err == io.EOF
		}
		if t.Kind() != '"' { // the first one
			continue
		}
		to := e.member(t.String())
		value, err := d.ReadValue()
		if err != nil {
			return e, false
		}
		end := d.InputOffset()
		*to = body[end-int64(len(value)) : end]
	}
}

// ReadObject reads the next message that the Conn can digest into v. Everything else is answered or dropped.
// It fails only when the stream has ended.
func (s *Stream) ReadObject(v any) error {
	for {
		body, err := s.readFrame()
		var bad *frameError
		if errors.As(err, &bad) {
			s.refuse(nil, jsonrpc2.CodeParseError, bad.msg)
			continue
		}
		if err != nil {
			return err
		}
		msg, ok := s.sift(body)
		if !ok {
			continue
		}
		if err := handOver(msg, v); err != nil {
			s.logf("dropped a message that is neither request nor response: %v", err)
			continue
		}
		return nil
	}
}

// Unmarshal reads JSON into a type that has no say in how it is read, once through where encoding/json goes through it twice:
// texts of documents are long. Like there, names may come twice and texts may hold what is no UTF-8.
func Unmarshal(text []byte, into any) error { return jsonv2.Unmarshal(text, into, lenient()) }

var lenient = sync.OnceValue(func() jsonv2.Options {
	return jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
})

// handOver is json.Unmarshal of a text that is known to be JSON: what reads itself need not be checked and measured first.
func handOver(msg []byte, v any) error {
	if u, ok := v.(json.Unmarshaler); ok {
		return u.UnmarshalJSON(msg)
	}
	return json.Unmarshal(msg, v)
}

// sift answers or drops what is not a well-formed request, notification or response, and otherwise returns the
// message as the Conn is to see it.
func (s *Stream) sift(body []byte) ([]byte, bool) {
	e, ok := readEnvelope(body)
	if !ok {
		var value jsontext.Value
		switch err := Unmarshal(body, &value); {
		case err != nil:
			s.refuse(nil, jsonrpc2.CodeParseError, "the body is not JSON: "+jsonError(err))
		case value.Kind() == '[':
			s.refuse(nil, jsonrpc2.CodeInvalidRequest, "batches are not part of the protocol; send the messages one by one")
		default:
			s.refuse(nil, jsonrpc2.CodeInvalidRequest, "a message is a JSON object")
		}
		return nil, false
	}
	key, kind := Key(e.id)
	if kind == badID {
		s.refuse(nil, jsonrpc2.CodeInvalidRequest, "an id is an integer or a string, not "+clip(e.id))
		return nil, false
	}
	if e.method != nil {
		if len(e.method) < 3 || e.method[0] != '"' {
			s.refuse(e.id, jsonrpc2.CodeInvalidRequest, "a method is a string, not "+clip(e.method))
			return nil, false
		}
		s.params = e.params
		msg := []byte{'{'}
		if kind == anID {
			id, err := json.Marshal(key)
			if err != nil {
				s.refuse(e.id, jsonrpc2.CodeInvalidRequest, err.Error())
				return nil, false
			}
			msg = append(append(append(msg, `"id":`...), id...), ',')
		}
		return append(append(append(msg, `"method":`...), e.method...), '}'), true
	}
	if e.result == nil && e.error == nil {
		s.refuse(e.id, jsonrpc2.CodeInvalidRequest, "the message has neither method, result nor error")
		return nil, false
	}
	// Our own requests carry small non-negative numbers; a response to anything else answers nobody.
	if _, err := strconv.ParseUint(string(e.id), 10, 63); err != nil {
		s.logf("dropped a response to a request that was never sent (id %s)", clip(e.id))
		return nil, false
	}
	return body, true
}

type idKind int

const (
	noID idKind = iota
	anID
	badID
)

// Key turns the JSON text of an id into the form under which requests are found again: integers as written, strings
// as canonical JSON strings. The kind says whether there was an id at all and whether it is of a legal type.
func Key(raw json.RawMessage) (key string, kind idKind) {
	if raw == nil {
		return "", noID
	}
	if raw[0] == '"' {
		var str string
		if json.Unmarshal(raw, &str) != nil {
			return "", badID
		}
		canonical, err := json.Marshal(str)
		if err != nil {
			return "", badID
		}
		return string(canonical), anID
	}
	digits := bytes.TrimPrefix(raw, []byte("-"))
	if len(digits) == 0 {
		return "", badID
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return "", badID
		}
	}
	return string(raw), anID
}

// Reply answers the request whose id has the given Key with a JSON result.
func (s *Stream) Reply(key string, result json.RawMessage) error {
	if result == nil {
		result = json.RawMessage("null")
	}
	return s.write(`{"jsonrpc":"2.0","id":`+key+`,"result":`, result, `}`)
}

// ReplyError answers the request whose id has the given Key with an error.
func (s *Stream) ReplyError(key string, e *jsonrpc2.Error) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return s.write(`{"jsonrpc":"2.0","id":`+key+`,"error":`, text, `}`)
}

// Notify sends a notification whose parameters are JSON already.
func (s *Stream) Notify(method string, params json.RawMessage) error {
	return s.write(`{"jsonrpc":"2.0","method":`+strconv.Quote(method)+`,"params":`, params, `}`)
}

// refuse answers a message that cannot be handled; a nil id is written as null.
func (s *Stream) refuse(id json.RawMessage, code int64, msg string) {
	key, kind := Key(id)
	if kind != anID {
		key = "null"
	}
	s.logf("refused a message: %s", msg)
	if err := s.ReplyError(key, &jsonrpc2.Error{Code: code, Message: msg}); err != nil {
		s.logf("could not answer: %v", err)
	}
}

// WriteObject writes one message of the Conn's own.
func (s *Stream) WriteObject(obj any) error {
	text, err := json.Marshal(obj)
	if err != nil {
		return err
	}
	return s.write("", text, "")
}

// write sends a message: a text, which may be long, and what is around it.
func (s *Stream) write(before string, text []byte, after string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf.Reset()
	fmt.Fprintf(&s.buf, "Content-Length: %d\r\n\r\n", len(before)+len(text)+len(after))
	s.buf.WriteString(before)
	s.buf.Write(text)
	s.buf.WriteString(after)
	_, err := s.w.Write(s.buf.Bytes())
	if s.buf.Cap() > 1<<20 {
		s.buf = bytes.Buffer{} // do not keep the space of one very large message
	}
	return err
}

// errHTTP ends a stream that speaks another protocol.
var errHTTP = errors.New("the client speaks HTTP, not the language server protocol")

// frameError is a frame that could not be read although the stream goes on.
type frameError struct{ msg string }

func (e *frameError) Error() string { return e.msg }

// readFrame reads one header block and the body that it announces.
func (s *Stream) readFrame() ([]byte, error) {
	length, err := s.readHeader()
	if err != nil {
		return nil, err
	}
	if length > MaxBody {
		if _, err := io.CopyN(io.Discard, s.r, length); err != nil {
			return nil, err
		}
		return nil, &frameError{fmt.Sprintf("a body of %d bytes is larger than the %d that are read; skipped", length, MaxBody)}
	}
	// Grow with what arrives: a length alone must not cost memory.
	var body bytes.Buffer
	body.Grow(int(min(length, 1<<20)))
	if n, err := io.CopyN(&body, s.r, length); err != nil {
		if err == io.EOF && n < length {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return body.Bytes(), nil
}

// readHeader reads header lines up to the empty one and returns the length of the body.
func (s *Stream) readHeader() (int64, error) {
	length, lines := int64(-1), 0
	problem := ""
	for {
		line, err := s.readLine()
		if err != nil {
			return 0, err
		}
		if s.resync {
			at := lastHeader(line)
			if at < 0 {
				continue
			}
			line, s.resync = line[at:], false
		}
		if line == "" {
			if lines == 0 {
				continue // blank lines between messages do no harm
			}
			if length >= 0 && problem == "" {
				return length, nil
			}
			if problem == "" {
				problem = "the header has no Content-Length"
			}
			s.resync = true
			return 0, &frameError{problem}
		}
		lines++
		if strings.Contains(line, " HTTP/1.") {
			// A browser: any web page may post to a port of this computer. Its headers would look like ours.
			return 0, errHTTP
		}
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || !isToken(name) {
			// Not a header at all: whatever this is, waiting for an empty line might take for ever.
			s.resync, s.again = true, line
			return 0, &frameError{"not a header line: " + clip([]byte(line))}
		}
		if !strings.EqualFold(name, "Content-Length") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 62)
		if err != nil {
			problem = "Content-Length is not a number of bytes: " + clip([]byte(value))
			continue
		}
		length = int64(n)
	}
}

// readLine reads up to the next line feed, without it and without a carriage return before it. Of a line that is
// longer than maxHeaderLine only the tail is kept.
func (s *Stream) readLine() (string, error) {
	if line := s.again; line != "" {
		s.again = ""
		return line, nil
	}
	var line []byte
	for {
		part, err := s.r.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			return "", err
		}
		if over := len(line) - maxHeaderLine; over > 0 {
			line = append(line[:0], line[over:]...)
		}
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	return string(bytes.TrimSuffix(line, []byte("\r"))), nil
}

// lastHeader returns where the last "Content-Length:" of line begins, in any case, or -1.
func lastHeader(line string) int {
	const want = "Content-Length:"
	for i := len(line) - len(want); i >= 0; i-- {
		if strings.EqualFold(line[i:i+len(want)], want) {
			return i
		}
	}
	return -1
}

// isToken reports whether name could be the name of a header.
func isToken(name string) bool {
	for _, c := range []byte(name) {
		if c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

// jsonError words a syntax error without its prefix.
func jsonError(err error) string { return strings.TrimPrefix(err.Error(), "jsontext: ") }

// clip shortens a piece of input for an error message.
func clip(b []byte) string {
	const most = 40
	if len(b) == 0 {
		return "nothing"
	}
	if len(b) > most {
		return strconv.Quote(string(b[:most])) + "…"
	}
	return strconv.Quote(string(b))
}
