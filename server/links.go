package server

import (
	"context"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"
)

// documentLink tells which files and pages a file names.
func (s *server) documentLink(_ context.Context, snap *snapshot, p *protocol.DocumentLinkParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	w := s.client.walk(d.lineMap())
	links := []protocol.DocumentLink{}
	for _, l := range snap.check(d).Links() {
		target := uri.URI(l.URL)
		if l.File != "" {
			target = fileURI(l.File)
		}
		out := protocol.DocumentLink{Range: w.rng(l.Span), Target: &target}
		if s.client.linkTooltips && l.Note != "" {
			out.Tooltip = &l.Note
		}
		links = append(links, out)
	}
	return links, nil
}
