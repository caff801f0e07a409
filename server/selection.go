package server

import (
	"context"

	"github.com/sourcegraph/jsonrpc2"
	"go.lsp.dev/protocol"
)

// maxCursors is how many cursors a client may ask about at once.
const maxCursors = 1000

// selectionRange says what a selection grows to, for each cursor.
func (s *server) selectionRange(_ context.Context, snap *snapshot, p *protocol.SelectionRangeParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	if len(p.Positions) > maxCursors {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "%d positions are more than the %d that are answered at once", len(p.Positions), maxCursors)
	}
	lines, file := d.lineMap(), snap.check(d)
	if !file.Structured() {
		return nil, nil
	}
	ranges := make([]protocol.SelectionRange, 0, len(p.Positions))
	for _, at := range p.Positions {
		spans := file.Selections(s.client.offset(lines, at))
		var outer *protocol.SelectionRange
		for i := len(spans) - 1; i >= 0; i-- {
			outer = &protocol.SelectionRange{Range: s.client.rng(lines, spans[i]), Parent: outer}
		}
		ranges = append(ranges, *outer)
	}
	return ranges, nil
}
