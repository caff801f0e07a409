package server

import (
	"context"
	"path"

	"go.lsp.dev/protocol"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// generateHeader writes the C header of a hardware definition. Arguments: the definition's URI. Result: the header's URI.
func (s *server) generateHeader(ctx context.Context, snap *snapshot, args []protocol.LSPAny) (any, error) {
	name, src, err := s.file(snap, args)
	if err != nil {
		return nil, err
	}
	tree := jsonc.ParseString(src)
	if name == "" || !hwdef.Is(tree) {
		return nil, rpcError(codeRequestFailed, "%s is no hardware definition that a header could be generated from", path.Base(name))
	}
	header := hwdef.HeaderPath(name)
	old := ""
	if data, err := snap.fsys.ReadFile(header); err == nil {
		old = string(data)
	}
	text := hwdef.UpdateHeader(hwdef.Read(name, tree), old)
	if text != old {
		err = s.apply(ctx, snap, plan{label: "Generate " + path.Base(header),
			edits: []rule.Edit{{File: header, Span: rule.Span{End: len(old)}, New: text}}})
	}
	return fileURI(header), err
}

// showUses shows where a name is used. Arguments: the URI of the document, the position of the name. Result: the places.
// An editor that lists them itself does so; where there is but one, others are asked to show it.
func (s *server) showUses(ctx context.Context, snap *snapshot, args []protocol.LSPAny) (any, error) {
	name, src, err := s.file(snap, args)
	if err != nil {
		return nil, err
	}
	at, err := argument[protocol.Position](args, 1, "a position")
	if err != nil {
		return nil, err
	}
	d := &document{id: fileURI(name), sent: fileURI(name), name: name, text: src}
	if open := snap.names[name]; open != nil {
		d = open
	}
	symbol, _, ok := snap.check(d).SymbolAt(s.client.offset(d.lineMap(), at))
	if !ok {
		return nil, rpcError(codeRequestFailed, "%v", analysis.ErrNoSymbol)
	}
	found, err := s.occurrences(ctx, snap, d, symbol, false)
	if err == nil && len(found) == 1 && s.client.shows {
		err = s.call(ctx, "window/showDocument", &protocol.ShowDocumentParams{URI: found[0].URI, Selection: &found[0].Range})
		if err != nil {
			err = refused(ctx, "the editor did not show the place", err)
		}
	}
	return found, err
}
