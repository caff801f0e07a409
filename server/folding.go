package server

import (
	"context"

	"go.lsp.dev/protocol"

	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

var foldKinds = map[analysis.FoldKind]protocol.FoldingRangeKind{
	analysis.CommentFold: protocol.FoldingRangeKindComment,
	analysis.ImportsFold: protocol.FoldingRangeKindImports,
}

// foldingRange says what can be hidden. Of what begins on one line the outermost is told: an editor has one place to
// click there.
func (s *server) foldingRange(_ context.Context, snap *snapshot, p *protocol.FoldingRangeParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	lines, file := d.lineMap(), snap.check(d)
	if !file.Structured() {
		return nil, nil
	}
	ranges := []protocol.FoldingRange{}
	for _, f := range file.Folds(s.client.foldLimit) {
		out := protocol.FoldingRange{Kind: foldKinds[f.Kind]}
		if s.client.foldLines {
			r := edges{}.rng(lines, rule.Span{Start: f.Span.Start, End: f.Span.End})
			out.StartLine, out.EndLine = r.Start.Line, r.End.Line
			if f.Closed {
				out.EndLine--
			}
		} else {
			r := s.client.rng(lines, f.Span)
			out.StartLine, out.StartCharacter = r.Start.Line, &r.Start.Character
			out.EndLine, out.EndCharacter = r.End.Line, &r.End.Character
		}
		if out.EndLine <= out.StartLine || len(ranges) > 0 && ranges[len(ranges)-1].StartLine == out.StartLine {
			continue
		}
		ranges = append(ranges, out)
	}
	return ranges, nil
}
