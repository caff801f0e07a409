package server

import (
	"context"

	"go.lsp.dev/protocol"

	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// formatting lays out a file.
func (s *server) formatting(_ context.Context, snap *snapshot, p *protocol.DocumentFormattingParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	return s.format(snap, d, rule.Span{End: len(d.text)}, &p.Options), nil
}

// rangeFormatting lays out a part of a file.
func (s *server) rangeFormatting(_ context.Context, snap *snapshot, p *protocol.DocumentRangeFormattingParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	return s.format(snap, d, s.client.span(d.lineMap(), p.Range), &p.Options), nil
}

func (s *server) format(snap *snapshot, d *document, within rule.Span, o *protocol.FormattingOptions) []protocol.TextEdit {
	found := snap.check(d).Format(within, analysis.FormatOptions{
		TabSize: int(min(o.TabSize, 1000)), Tabs: !o.InsertSpaces,
		FinalBreak: isTrue(o.InsertFinalNewline), KeepBreaks: o.TrimFinalNewlines != nil && !*o.TrimFinalNewlines,
	})
	w := s.client.walk(d.lineMap())
	edits := make([]protocol.TextEdit, 0, len(found))
	for _, e := range found {
		edits = append(edits, protocol.TextEdit{Range: w.rng(e.Span), NewText: e.New})
	}
	return edits
}
