package server

import (
	"context"
	"strings"

	"go.lsp.dev/protocol"
)

// hover explains what is under the cursor.
func (s *server) hover(_ context.Context, snap *snapshot, p *protocol.HoverParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	file := snap.check(d)
	findings := snap.set.show(s.findings(snap, d, file)) // what is no diagnostic is not explained either
	h, ok := file.Hover(s.client.offset(d.lineMap(), p.Position), findings)
	if !ok {
		return nil, nil
	}
	rng := s.client.rng(d.lineMap(), h.Span)
	return &protocol.Hover{Contents: s.markup(h.Markdown, s.client.markdownHover), Range: &rng}, nil
}

// markup wraps Markdown for a client, as plain text if it draws no Markdown.
func (s *server) markup(markdown string, draws bool) *protocol.MarkupContent {
	if draws {
		return &protocol.MarkupContent{Kind: protocol.MarkupKindMarkdown, Value: markdown}
	}
	return &protocol.MarkupContent{Kind: protocol.MarkupKindPlainText, Value: plainText.Replace(markdown)}
}

// plainText takes the marks out of the Markdown that package analysis writes.
var plainText = strings.NewReplacer("**", "", "`", "", "\\", "")
