package server

import (
	"context"

	"go.lsp.dev/protocol"
)

// inlayHint says what the names in a part of a file stand for.
func (s *server) inlayHint(_ context.Context, snap *snapshot, p *protocol.InlayHintParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	hints := []protocol.InlayHint{}
	if !snap.set.inlayHints {
		return hints, nil
	}
	w := s.client.walk(d.lineMap())
	for _, h := range snap.check(d).Inlays(s.client.span(d.lineMap(), p.Range)) {
		out := protocol.InlayHint{Position: w.position(h.Offset), Label: protocol.String(h.Label), PaddingLeft: new(true)}
		if h.Markdown != "" {
			// The protocol has no say about who draws Markdown here; who does in a hover does.
			out.Tooltip = s.markup(h.Markdown, s.client.markdownHover)
		}
		hints = append(hints, out)
	}
	return hints, nil
}
