package server

import (
	"context"

	"go.lsp.dev/protocol"

	"armillary.dev/server/analysis"
)

var symbolKinds = map[analysis.HeadingKind]protocol.SymbolKind{
	analysis.FileHeading:       protocol.SymbolKindModule,
	analysis.PropertyHeading:   protocol.SymbolKindProperty,
	analysis.CapabilityHeading: protocol.SymbolKindField,
	analysis.ListHeading:       protocol.SymbolKindArray,
	analysis.NameHeading:       protocol.SymbolKindConstant,
	analysis.NumberHeading:     protocol.SymbolKindNumber,
	analysis.TextHeading:       protocol.SymbolKindString,
	analysis.ImportHeading:     protocol.SymbolKindFile,
}

// documentSymbol gives the outline of a file, as a list for clients that know no trees.
func (s *server) documentSymbol(_ context.Context, snap *snapshot, p *protocol.DocumentSymbolParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	symbols, w := snap.check(d).Outline(), s.client.walk(d.lineMap())
	if s.client.symbolTree {
		return symbolTree(w, symbols), nil
	}
	return symbolList(w, d, symbols, nil, []protocol.SymbolInformation{}), nil
}

func symbolTree(w *walker, symbols []analysis.Heading) protocol.DocumentSymbolSlice {
	tree := make(protocol.DocumentSymbolSlice, 0, len(symbols))
	for i := range symbols {
		y := &symbols[i]
		out := protocol.DocumentSymbol{Name: y.Name, Kind: symbolKinds[y.Kind]}
		// In the order of the text, for the walker.
		out.Range.Start = w.position(y.Span.Start)
		out.SelectionRange = w.rng(y.Select)
		out.Children = symbolTree(w, y.Children)
		out.Range.End = w.position(y.Span.End)
		if y.Detail != "" {
			out.Detail = &y.Detail
		}
		tree = append(tree, out)
	}
	return tree
}

func symbolList(w *walker, d *document, symbols []analysis.Heading, in *string, list protocol.SymbolInformationSlice) protocol.SymbolInformationSlice {
	for i := range symbols {
		y := &symbols[i]
		out := protocol.SymbolInformation{Location: protocol.Location{URI: d.sent, Range: w.rng(y.Select)}}
		out.Name, out.Kind, out.ContainerName = y.Name, symbolKinds[y.Kind], in
		list = symbolList(w, d, y.Children, &y.Name, append(list, out))
	}
	return list
}
