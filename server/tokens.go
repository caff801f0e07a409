package server

import (
	"context"

	"go.lsp.dev/protocol"

	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// semanticTokens says what the words of a file mean.
func (s *server) semanticTokens(_ context.Context, snap *snapshot, p *protocol.SemanticTokensParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	return s.tokens(snap, d, rule.Span{End: len(d.text)}), nil
}

// semanticTokensRange says it for a part of the file.
func (s *server) semanticTokensRange(_ context.Context, snap *snapshot, p *protocol.SemanticTokensRangeParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	return s.tokens(snap, d, s.client.span(d.lineMap(), p.Range)), nil
}

// tokens writes tokens as the protocol has them: five numbers each, the place as its distance from the one before.
func (s *server) tokens(snap *snapshot, d *document, within rule.Span) *protocol.SemanticTokens {
	tokens, w := snap.check(d).Tokens(within), s.client.walk(d.lineMap())
	data := make([]uint32, 0, 5*len(tokens))
	var last protocol.Position
	for _, t := range tokens {
		r := w.rng(t.Span)
		if r.Start.Line != last.Line {
			last.Character = 0
		}
		data = append(data, r.Start.Line-last.Line, r.Start.Character-last.Character, r.End.Character-r.Start.Character, uint32(t.Type), uint32(t.Mods))
		last = r.Start
	}
	return &protocol.SemanticTokens{Data: data}
}

// tokenOptions is the legend, and what can be asked for.
func tokenOptions() *protocol.SemanticTokensOptions {
	return &protocol.SemanticTokensOptions{
		Legend: protocol.SemanticTokensLegend{TokenTypes: analysis.TokenTypes[:], TokenModifiers: analysis.TokenModifiers[:]},
		Full:   protocol.Boolean(true), Range: protocol.Boolean(true),
	}
}
