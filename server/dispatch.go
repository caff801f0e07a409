package server

import (
	"context"
	"encoding/json"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/sourcegraph/jsonrpc2"
	"go.lsp.dev/protocol"

	"armillary.dev/server/wire"
)

// Codes that LSP adds to JSON-RPC's.
const (
	codeServerNotInitialized = int64(protocol.ErrorCodesServerNotInitialized)
	codeRequestCancelled     = int64(protocol.LSPErrorCodesRequestCancelled)
)

// A request handler computes an answer from a snapshot; it changes nothing.
type request func(ctx context.Context, s *server, snap *snapshot, params json.RawMessage) (any, error)

// A notification handler changes the session; it runs on the reader.
type notification func(s *server, params json.RawMessage) error

// requests are the methods that are answered on a goroutine of their own. initialize and shutdown are answered by
// the reader itself.
var requests = map[string]request{
	"textDocument/hover":      on((*server).hover),
	"textDocument/completion": on((*server).completion),
	"textDocument/codeAction": on((*server).codeAction),
	"textDocument/diagnostic": on((*server).diagnostic),

	"textDocument/definition":        on((*server).definition),
	"textDocument/references":        on((*server).references),
	"textDocument/documentHighlight": on((*server).documentHighlight),
	"textDocument/prepareRename":     on((*server).prepareRename),
	"textDocument/rename":            on((*server).rename),
	"textDocument/codeLens":          on((*server).codeLens),
	"workspace/diagnostic":           on((*server).workspaceDiagnostic),
	"workspace/symbol":               on((*server).workspaceSymbol),
	"workspace/executeCommand":       on((*server).executeCommand),

	"textDocument/documentSymbol":       on((*server).documentSymbol),
	"textDocument/foldingRange":         on((*server).foldingRange),
	"textDocument/selectionRange":       on((*server).selectionRange),
	"textDocument/documentLink":         on((*server).documentLink),
	"textDocument/semanticTokens/full":  on((*server).semanticTokens),
	"textDocument/semanticTokens/range": on((*server).semanticTokensRange),
	"textDocument/inlayHint":            on((*server).inlayHint),
	"textDocument/formatting":           on((*server).formatting),
	"textDocument/rangeFormatting":      on((*server).rangeFormatting),
}

var notifications = map[string]notification{
	"textDocument/didOpen":                (*server).didOpen,
	"textDocument/didChange":              (*server).didChange,
	"textDocument/didClose":               notify((*server).didClose),
	"textDocument/didSave":                notify((*server).didSave),
	"workspace/didChangeWatchedFiles":     notify((*server).didChangeWatchedFiles),
	"workspace/didChangeWorkspaceFolders": notify((*server).didChangeWorkspaceFolders),
	"workspace/didChangeConfiguration":    ignore,
	"initialized":                         func(s *server, _ json.RawMessage) error { s.afterInitialized(); return nil },
	"$/setTrace":                          ignore,
	"window/workDoneProgress/cancel":      ignore,
}

func ignore(*server, json.RawMessage) error { return nil }

// on makes a request of a typed handler.
func on[P, R any](f func(s *server, ctx context.Context, snap *snapshot, p *P) (R, error)) request {
	return func(ctx context.Context, s *server, snap *snapshot, params json.RawMessage) (any, error) {
		p := new(P)
		if err := decode(params, p); err != nil {
			return nil, err
		}
		return f(s, ctx, snap, p)
	}
}

// notify makes a notification of a typed handler.
func notify[P any](f func(s *server, p *P) error) notification {
	return func(s *server, params json.RawMessage) error {
		p := new(P)
		if err := decode(params, p); err != nil {
			return err
		}
		return f(s, p)
	}
}

// decode reads parameters into a protocol type, which encoding/json would read wrongly.
func decode(params json.RawMessage, into any) error {
	if len(params) == 0 || string(params) == "null" {
		return rpcError(jsonrpc2.CodeInvalidParams, "the parameters are missing")
	}
	if err := protocol.Unmarshal(params, into); err != nil {
		return rpcError(jsonrpc2.CodeInvalidParams, "the parameters cannot be read: %v", err)
	}
	return nil
}

// encode writes a protocol type, which encoding/json would write wrongly.
func encode(v any) (json.RawMessage, error) {
	if v == nil {
		return null, nil
	}
	// The protocol package has code for each of its types, but writes a list of them by reflection, which takes thrice as long.
	list := reflect.ValueOf(v)
	if list.Kind() != reflect.Slice || list.Type().Elem().Kind() != reflect.Struct || list.IsNil() {
		return protocol.Marshal(v)
	}
	out, n := []byte{'['}, list.Len()
	for i := range n {
		if i == 1 {
			out = slices.Grow(out, n*(len(out)+2)) // the others are about as long as the first
		}
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = protocol.AppendMarshal(out, list.Index(i).Addr().Interface()); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// handle takes one message. It runs on the reader.
func (s *server) handle(ctx context.Context, req *jsonrpc2.Request) {
	params := s.stream.Params()
	if req.Notif {
		defer func() {
			if r := recover(); r != nil {
				s.logPanic(req.Method, r)
			}
		}()
		s.handleNotification(req.Method, params)
		return
	}
	key := req.ID.Str // package wire gives every request's id as a string
	switch {
	case req.Method == "initialize":
		s.answerNow(key, "initialize", func() (any, error) { return s.initialize(params) })
		s.background("getting ready", warm)
	case s.phase == created:
		s.reply(key, nil, rpcError(codeServerNotInitialized, "%s came before initialize", req.Method))
	case s.phase == stopping:
		s.reply(key, nil, rpcError(jsonrpc2.CodeInvalidRequest, "%s came after shutdown", req.Method))
	case req.Method == "shutdown":
		s.phase = stopping
		s.clean.Store(true)
		s.reply(key, nil, nil)
	default:
		h, ok := requests[req.Method]
		if !ok {
			s.reply(key, nil, rpcError(jsonrpc2.CodeMethodNotFound, "the method %q is not supported", req.Method))
			return
		}
		s.start(ctx, key, req.Method, h, params)
	}
}

// handleNotification applies one notification.
func (s *server) handleNotification(method string, params json.RawMessage) {
	switch {
	case method == "exit":
		s.end()
		return
	case method == "$/cancelRequest":
		s.cancel(params)
		return
	case s.phase != initialized:
		return // the protocol says: drop them
	}
	h, ok := notifications[method]
	if !ok {
		if !strings.HasPrefix(method, "$/") {
			s.log.Printf("the notification %q is not supported", method)
		}
		return
	}
	if err := h(s, params); err != nil {
		s.log.Printf("%s: %v", method, asRPC(err).Message)
	}
}

// start runs a request on its own goroutine over the current snapshot.
func (s *server) start(ctx context.Context, key, method string, h request, params json.RawMessage) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	_, taken := s.inFlight[key]
	if !taken {
		s.inFlight[key] = cancel
	}
	s.mu.Unlock()
	if taken {
		cancel()
		s.reply(key, nil, rpcError(jsonrpc2.CodeInvalidRequest, "the id %s is in use by a request that is not answered yet", key))
		return
	}
	snap := s.current.Load()
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		result, err := s.guard(method, func() (any, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return h(ctx, s, snap, params)
		})
		if ctx.Err() != nil {
			result, err = nil, context.Canceled
		}
		s.mu.Lock()
		delete(s.inFlight, key)
		s.mu.Unlock()
		cancel()
		s.reply(key, result, err)
	}()
}

// answerNow runs a request on the reader.
func (s *server) answerNow(key, method string, f func() (any, error)) {
	result, err := s.guard(method, f)
	s.reply(key, result, err)
}

// guard turns a panic into an error of this request alone.
func (s *server) guard(method string, f func() (any, error)) (result any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.logPanic(method, r)
			result, err = nil, rpcError(jsonrpc2.CodeInternalError, "%s failed inside the server: %v; this is a defect, please report it", method, r)
		}
	}()
	return f()
}

func (s *server) logPanic(what string, r any) {
	s.log.Printf("panic in %s: %v\n%s", what, r, debug.Stack())
}

// cancel ends a request that is under way. Its answer is then an error that says so.
func (s *server) cancel(params json.RawMessage) {
	var p struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	key, _ := wire.Key(p.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.inFlight[key]; cancel != nil {
		cancel()
	}
}

// reply answers a request.
func (s *server) reply(key string, result any, err error) {
	var text json.RawMessage
	if err == nil {
		text, err = encode(result)
	}
	if err != nil {
		err = s.stream.ReplyError(key, asRPC(err))
	} else {
		err = s.stream.Reply(key, text)
	}
	if err != nil {
		s.log.Printf("an answer could not be sent: %v", err)
	}
}
