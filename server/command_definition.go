package server

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sourcegraph/jsonrpc2"
	"go.lsp.dev/protocol"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// definitionSet reads the hardware definition that is a command's first argument, with its imports.
func (s *server) definitionSet(snap *snapshot, args []protocol.LSPAny) (*hwdef.Set, error) {
	name, src, err := s.file(snap, args)
	if err != nil {
		return nil, err
	}
	if name == "" || !hwdef.Is(jsonc.ParseString(src)) {
		return nil, rpcError(codeRequestFailed, "%s is no hardware definition", path.Base(name))
	}
	set := snap.workspace().Definition(name)
	if set == nil {
		return nil, rpcError(codeRequestFailed, "%s cannot be read", path.Base(name))
	}
	for _, e := range set.Target.File.Errors {
		if !e.Code.Tolerated() {
			return nil, rpcError(codeRequestFailed, "%s has a syntax error, which has to be mended first: %s", path.Base(name), e.Msg)
		}
	}
	return set, nil
}

// generateMappings adds entries for free pins or controllers to a hardware definition. Arguments: the definition's URI, a
// type ("Gpio"), how many. Result: the names of the entries.
func (s *server) generateMappings(ctx context.Context, snap *snapshot, args []protocol.LSPAny) (any, error) {
	set, err := s.definitionSet(snap, args)
	if err != nil {
		return nil, err
	}
	typ, err := argument[string](args, 1, "a type such as Gpio")
	if err != nil {
		return nil, err
	}
	n, err := argument[int](args, 2, "a number")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(set.AvailableTypes(), typ) || n < 1 {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "%d of type %q cannot be added; the types are %s", n, typ, strings.Join(set.AvailableTypes(), ", "))
	}
	entries := set.GenerateMappings(typ, min(n, 1000))
	if len(entries) == 0 {
		return nil, rpcError(codeRequestFailed, "%s reaches no %s that nothing uses yet", path.Base(set.Target.Path), typ)
	}
	names := make([]string, len(entries))
	for i, m := range entries {
		names[i] = m.Name
	}
	edit, ok := hwdef.AddEntries(set.Target, entries)
	if !ok {
		return nil, rpcError(codeRequestFailed, "%s has no list of Peripherals to add to", path.Base(set.Target.Path))
	}
	edit.File = set.Target.Path
	return names, s.apply(ctx, snap, plan{label: "Generate pin mappings", edits: []rule.Edit{edit}})
}

// ported is what portDefinition answers.
type ported struct {
	URI   string `json:"uri"` // of the new file
	Moves []move `json:"moves"`
}

type move struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Result string `json:"result"` // "same value", "substituted", "kept"
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Why    string `json:"why,omitempty"`
}

// portDefinition makes a hardware definition for another board as a new file, which the user sees before it is written.
// Arguments: the definition's URI, a board ("avnet_mt3620_sk") or the URI of another definition. Result: the new file, and
// what became of each entry.
func (s *server) portDefinition(ctx context.Context, snap *snapshot, args []protocol.LSPAny) (any, error) {
	from, err := s.definitionSet(snap, args)
	if err != nil {
		return nil, err
	}
	board, err := argument[string](args, 1, "a board or the URI of a definition")
	if err != nil {
		return nil, err
	}
	to, imported := (*hwdef.Set)(nil), ""
	place := portedPath(from.Target.Path, board)
	if strings.Contains(board, "://") {
		if to, err = s.definitionSet(snap, args[1:]); err != nil {
			return nil, err
		}
		place = portedPath(from.Target.Path, path.Base(to.Target.Path))
		if rel, err := filepath.Rel(path.Dir(place), to.Target.Path); err == nil {
			imported = filepath.ToSlash(rel)
		}
	} else if to = snap.workspace().Board(board); to == nil {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "there is no board %q; the boards are %s", board, strings.Join(boardNames(), ", "))
	} else {
		imported = to.Target.Path
	}
	if _, err := snap.fsys.ReadFile(place); err == nil {
		return nil, rpcError(codeRequestFailed, "%s is there already", path.Base(place))
	}
	result := hwdef.Port(from, to, imported)
	edits := make([]text.Edit, len(result.Edits))
	for i, e := range result.Edits {
		edits[i] = text.Edit{Start: e.Span.Start, End: e.Span.End, New: e.New}
	}
	made, skipped := text.Apply(from.Target.File.Src, edits)
	if len(skipped) > 0 {
		return nil, rpcError(codeRequestFailed, "%s cannot be ported: its entries overlap", path.Base(from.Target.Path))
	}
	answer := ported{URI: string(fileURI(place)), Moves: []move{}}
	for _, m := range result.Moves {
		answer.Moves = append(answer.Moves, move{m.Peripheral.Name, m.Peripheral.Type, m.Kind.String(), m.From, m.To, m.Why})
	}
	return answer, s.apply(ctx, snap, plan{label: "Port to " + path.Base(to.Target.Path), confirm: true,
		edits: []rule.Edit{{File: place, New: made}}})
}

// portedPath is where a definition for another board goes: HardwareDefinitions/BOARD/x.json where the folder is named
// after a board, as in the vendor's samples, else x-BOARD.json beside it.
func portedPath(name, board string) string {
	board = strings.TrimSuffix(board, ".json")
	dir, base := path.Split(name)
	if slices.Contains(boardNames(), path.Base(dir)) {
		return path.Join(path.Dir(path.Clean(dir)), board, base)
	}
	return path.Join(dir, strings.TrimSuffix(base, ".json")+"-"+board+".json")
}

// boardNames are the boards that the program knows, without ".json".
func boardNames() []string {
	names := slices.Clone(hwdef.Boards())
	for i := range names {
		names[i] = strings.TrimSuffix(names[i], ".json")
	}
	return names
}
