package server

import (
	"context"
	"strings"

	"go.lsp.dev/protocol"

	"armillary.dev/server/analysis"
)

// definition leads from a name to where it is declared.
func (s *server) definition(ctx context.Context, snap *snapshot, p *protocol.DefinitionParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	found := []protocol.Location{}
	for _, t := range snap.check(d).Definition(ctx, s.client.offset(d.lineMap(), p.Position)) {
		if at, ok := s.location(snap, d, t.File, t.Span); ok {
			found = append(found, at)
		}
	}
	return found, nil
}

// references lists the places where a name is used.
func (s *server) references(ctx context.Context, snap *snapshot, p *protocol.ReferenceParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	symbol, _, ok := snap.check(d).SymbolAt(s.client.offset(d.lineMap(), p.Position))
	if !ok {
		return []protocol.Location{}, nil
	}
	return s.occurrences(ctx, snap, d, symbol, p.Context.IncludeDeclaration)
}

// occurrences are the places of a symbol; with those that declare it, or without.
func (s *server) occurrences(ctx context.Context, snap *snapshot, d *document, symbol analysis.Symbol, declaration bool) ([]protocol.Location, error) {
	found := []protocol.Location{}
	for _, o := range snap.workspace().Occurrences(ctx, symbol) {
		if o.Role != analysis.Refers && !declaration {
			continue
		}
		if at, ok := s.location(snap, d, o.File, o.Span); ok {
			found = append(found, at)
		}
	}
	return found, ctx.Err()
}

// documentHighlight marks the places of one document where a name is used.
func (s *server) documentHighlight(ctx context.Context, snap *snapshot, p *protocol.DocumentHighlightParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	marks := []protocol.DocumentHighlight{}
	file := snap.check(d)
	symbol, _, ok := file.SymbolAt(s.client.offset(d.lineMap(), p.Position))
	if !ok {
		return marks, nil
	}
	for _, o := range file.Highlights(ctx, symbol) {
		kind := protocol.DocumentHighlightKindRead
		if o.Role == analysis.Declares {
			kind = protocol.DocumentHighlightKindWrite
		}
		marks = append(marks, protocol.DocumentHighlight{Range: s.client.rng(d.lineMap(), o.Span), Kind: kind})
	}
	return marks, nil
}

// prepareRename says whether what is under the cursor can get another name.
func (s *server) prepareRename(_ context.Context, snap *snapshot, p *protocol.PrepareRenameParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	symbol, at, ok := snap.check(d).SymbolAt(s.client.offset(d.lineMap(), p.Position))
	switch {
	case !ok:
		return nil, nil
	case symbol.Kind == analysis.Peripheral && symbol.File == "":
		return nil, rpcError(codeRequestFailed, "%s: %v", symbol.Name, analysis.ErrBuiltIn)
	}
	return &protocol.PrepareRenamePlaceholder{Range: s.client.rng(d.lineMap(), at), Placeholder: d.text[at.Start:at.End]}, nil
}

// rename gives a name another form wherever it is written.
func (s *server) rename(ctx context.Context, snap *snapshot, p *protocol.RenameParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	symbol, _, ok := snap.check(d).SymbolAt(s.client.offset(d.lineMap(), p.Position))
	if !ok {
		return nil, rpcError(codeRequestFailed, "%v", analysis.ErrNoSymbol)
	}
	edits, err := snap.workspace().Rename(ctx, symbol, strings.TrimSpace(p.NewName))
	if err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		return nil, rpcError(codeRequestFailed, "%v", err)
	}
	edit, ok := s.workspaceEdit(snap, d, edits)
	if !ok {
		return nil, rpcError(codeRequestFailed, "a file that uses %s is gone; nothing was changed", symbol.Name)
	}
	if others := snap.workspace().Namesakes(ctx, symbol); len(others) > 0 {
		s.notify("window/showMessage", &protocol.ShowMessageParams{Type: protocol.MessageTypeInfo,
			Message: symbol.Name + " keeps its name in " + strings.Join(others, ", ") + ": the definitions of other boards were left alone"})
	}
	return edit, nil
}

// workspaceSymbol finds names in the whole workspace.
func (s *server) workspaceSymbol(ctx context.Context, snap *snapshot, p *protocol.WorkspaceSymbolParams) (any, error) {
	found := []protocol.SymbolInformation{}
	for _, n := range snap.workspace().Find(ctx, p.Query) {
		kind := protocol.SymbolKindConstant
		if n.Symbol.Kind == analysis.Component {
			kind = protocol.SymbolKindModule
		}
		if at, ok := s.location(snap, nil, n.File, n.Span); ok {
			info := protocol.SymbolInformation{Location: at}
			info.Name, info.Kind = n.Label, kind
			info.ContainerName = &n.Container
			found = append(found, info)
		}
	}
	return found, ctx.Err()
}

// codeLens shows above names how often they are used, and above a definition whether its header is up to date.
func (s *server) codeLens(ctx context.Context, snap *snapshot, p *protocol.CodeLensParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	lenses := []protocol.CodeLens{}
	for _, l := range snap.check(d).Lenses(ctx) {
		at := s.client.rng(d.lineMap(), l.Span)
		c := protocol.Command{Title: l.Title, Command: commandGenerateHeader, Arguments: lspArguments(string(d.sent))}
		if l.Command == analysis.ShowUses {
			c.Command, c.Arguments = commandShowUses, lspArguments(string(d.sent), at.Start)
		}
		lenses = append(lenses, protocol.CodeLens{Range: at, Command: c})
	}
	return lenses, ctx.Err()
}

// codeRequestFailed is LSP's error for a request that is well formed and cannot be fulfilled; its message is shown.
const codeRequestFailed = int64(protocol.LSPErrorCodesRequestFailed)

// lspArguments are the arguments of a command.
func lspArguments(values ...any) []protocol.LSPAny {
	var out []protocol.LSPAny
	for _, v := range values {
		text, err := encode(v)
		if err != nil {
			text = null
		}
		out = append(out, protocol.LSPAny(text))
	}
	return out
}
