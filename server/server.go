package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/jsonrpc2"

	"armillary.dev/server/wire"
)

// Options are what the command line decides.
type Options struct {
	Version string
	// Log receives what goes wrong; nil discards it. It is never the protocol's stream.
	Log io.Writer
	// WatchParent ends the session when the process that initialize names has died. It is for stdio; over a
	// network that process may be on another machine.
	WatchParent bool
	// SearchDirs are folders in which an SDK keeps hardware definitions, as names of package files.
	SearchDirs []string
}

// Exit codes of a session.
const (
	exitClean   = 0
	exitUnclean = 1 // exit, or the end of the stream, came without shutdown
)

// phase is where a session stands in its life.
type phase int32

const (
	created phase = iota
	initialized
	stopping // shutdown was answered
)

// server is one session with one client.
type server struct {
	opt    Options
	log    *log.Logger
	stream *wire.Stream
	conn   *jsonrpc2.Conn

	phase  phase           // reader only
	client client          // written by initialize, before any other goroutine exists; constant afterwards
	clean  atomic.Bool     // shutdown came
	ctx    context.Context // of the whole session
	end    context.CancelFunc

	current   atomic.Pointer[snapshot] // written by the reader only
	publisher *publisher               // nil before initialize
	changed   broadcast                // of current

	mu       sync.Mutex
	inFlight map[string]context.CancelFunc // guarded by mu; by wire.Key of the id
	outside  map[string]bool               // guarded by mu; folders outside of the open ones that are watched
	running  sync.WaitGroup                // requests and background work
}

// Serve runs one session over rwc and returns the exit code that the protocol asks for: 0 after an orderly shutdown,
// else 1. It returns when the client has said exit, the stream has ended, or ctx has. It closes rwc.
func Serve(ctx context.Context, rwc io.ReadWriteCloser, opt Options) int {
	if opt.Log == nil {
		opt.Log = io.Discard
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	s := &server{
		opt:      opt,
		log:      log.New(opt.Log, "armillary lsp: ", log.LstdFlags|log.Lmsgprefix),
		ctx:      ctx,
		end:      end,
		inFlight: map[string]context.CancelFunc{},
	}
	s.current.Store(newSnapshot(opt.SearchDirs))
	s.stream = wire.New(rwc, s.log.Printf)
	// The handler must not run before s.conn is set: a request may need the Conn at once.
	ready := make(chan struct{})
	s.conn = jsonrpc2.NewConn(ctx, s.stream, handlerFunc(func(ctx context.Context, req *jsonrpc2.Request) {
		<-ready
		s.handle(ctx, req)
	}), jsonrpc2.SetLogger(s.log))
	close(ready)
	<-s.conn.DisconnectNotify()
	end()
	s.running.Wait()
	if s.clean.Load() {
		return exitClean
	}
	return exitUnclean
}

type handlerFunc func(context.Context, *jsonrpc2.Request)

func (f handlerFunc) Handle(ctx context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) {
	f(ctx, req)
}

// background runs f on a goroutine that Serve waits for. A panic in f is logged.
func (s *server) background(what string, f func()) {
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		defer func() {
			if r := recover(); r != nil {
				s.logPanic(what, r)
			}
		}()
		f()
	}()
}

// call asks the client something, from a background goroutine; the reader must not wait for an answer.
func (s *server) call(ctx context.Context, method string, params any) error {
	text, err := encode(params)
	if err != nil {
		return err
	}
	return s.conn.Call(ctx, method, text, nil)
}

// notify tells the client something.
func (s *server) notify(method string, params any) {
	text, err := encode(params)
	if err == nil {
		err = s.stream.Notify(method, text)
	}
	if err != nil && !errors.Is(err, io.ErrClosedPipe) {
		s.log.Printf("%s: %v", method, err)
	}
}

// A rpcError is an error with a code of JSON-RPC or LSP.
func rpcError(code int64, format string, args ...any) error {
	return &jsonrpc2.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// asRPC words any error for the client.
func asRPC(err error) *jsonrpc2.Error {
	var e *jsonrpc2.Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) {
		return &jsonrpc2.Error{Code: codeRequestCancelled, Message: "cancelled"}
	}
	return &jsonrpc2.Error{Code: jsonrpc2.CodeInternalError, Message: err.Error()}
}

// null is the JSON null.
var null = json.RawMessage("null")
