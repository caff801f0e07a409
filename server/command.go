package server

import (
	"context"
	"maps"
	"slices"

	"github.com/sourcegraph/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// A command is what a client can ask for beyond the protocol's own requests. Its arguments are JSON values; it may ask
// the client to change files.
type command func(s *server, ctx context.Context, snap *snapshot, args []protocol.LSPAny) (any, error)

// Commands by name. Their arguments are documented at their functions; docs/lsp.md lists them.
const (
	commandGenerateHeader   = "armillary.generateHeader"
	commandGenerateMappings = "armillary.generateMappings"
	commandPortDefinition   = "armillary.portDefinition"
	commandPrivileges       = "armillary.privileges"
	commandShowUses         = "armillary.showUses"
)

var commands = map[string]command{
	commandGenerateHeader:   (*server).generateHeader,
	commandGenerateMappings: (*server).generateMappings,
	commandPortDefinition:   (*server).portDefinition,
	commandPrivileges:       (*server).privileges,
	commandShowUses:         (*server).showUses,
}

func commandNames() []string { return slices.Sorted(maps.Keys(commands)) }

// executeCommand runs a command.
func (s *server) executeCommand(ctx context.Context, snap *snapshot, p *protocol.ExecuteCommandParams) (any, error) {
	c, ok := commands[p.Command]
	if !ok {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "there is no command %q", p.Command)
	}
	return c(s, ctx, snap, p.Arguments)
}

// argument reads one argument of a command.
func argument[T any](args []protocol.LSPAny, i int, what string) (v T, err error) {
	if i >= len(args) {
		return v, rpcError(jsonrpc2.CodeInvalidParams, "argument %d is missing: %s", i+1, what)
	}
	if err := protocol.Unmarshal(args[i], &v); err != nil {
		return v, rpcError(jsonrpc2.CodeInvalidParams, "argument %d has to be %s: %v", i+1, what, err)
	}
	return v, nil
}

// file finds the document, or the file on the disk, that a command is about.
func (s *server) file(snap *snapshot, args []protocol.LSPAny) (name, src string, err error) {
	id, err := argument[uri.URI](args, 0, "a document's URI")
	if err != nil {
		return "", "", err
	}
	if d := snap.docs[id]; d != nil {
		return d.name, d.text, nil
	}
	name = fileName(id)
	data, err := snap.fsys.ReadFile(name)
	if name == "" || err != nil {
		return "", "", rpcError(codeRequestFailed, "%s cannot be read", id)
	}
	return name, string(data), nil
}

// apply asks the client to make a change. The answer is an error if it does not.
func (s *server) apply(ctx context.Context, snap *snapshot, p plan) error {
	if !s.client.applies {
		return rpcError(codeRequestFailed, "the editor does not make changes that a server asks for (workspace/applyEdit)")
	}
	edit, ok := s.planned(snap, nil, p)
	if !ok {
		return rpcError(codeRequestFailed, "%s: a file that would be changed is gone", p.label)
	}
	text, err := encode(&protocol.ApplyWorkspaceEditParams{Label: &p.label, Edit: *edit})
	if err != nil {
		return err
	}
	var result struct { // the protocol's own type cannot be read by encoding/json
		Applied       bool   `json:"applied"`
		FailureReason string `json:"failureReason"`
	}
	if err := s.conn.Call(ctx, "workspace/applyEdit", text, &result); err != nil {
		return refused(ctx, "the editor did not make the change", err)
	}
	if !result.Applied {
		why := "the editor did not make the change"
		if result.FailureReason != "" {
			why += ": " + result.FailureReason
		}
		return rpcError(codeRequestFailed, "%s", why)
	}
	return nil
}

// refused words what went wrong when the client was asked for something: it said no, or what nobody can read.
func refused(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return rpcError(codeRequestFailed, "%s: %s", what, asRPC(err).Message)
}
