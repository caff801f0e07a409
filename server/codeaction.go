package server

import (
	"context"
	"slices"
	"strings"

	"go.lsp.dev/protocol"

	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// fixAllKind is what editors run on save when they are told to.
const fixAllKind = protocol.CodeActionKindSourceFixAll

// codeAction offers the fixes of the findings that touch the range, and one action for all safe fixes of the file.
func (s *server) codeAction(_ context.Context, snap *snapshot, p *protocol.CodeActionParams) (any, error) {
	if !s.client.literals {
		return []protocol.CodeAction{}, nil // the client takes commands only, and we have none
	}
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	findings := s.findings(snap, d, snap.check(d))
	at := s.client.span(d.lineMap(), p.Range)
	actions := []protocol.CodeAction{}
	if wants(p.Context.Only, protocol.CodeActionKindQuickFix) {
		for i := range findings {
			f := &findings[i]
			if f.Span.End < at.Start || f.Span.Start > at.End {
				continue
			}
			for j, fix := range f.Fixes {
				if slices.ContainsFunc(f.Fixes[:j], func(o rule.Fix) bool { return o.Title == fix.Title }) {
					continue
				}
				edit, ok := s.workspaceEdit(snap, d, fix.Edits)
				if !ok {
					continue
				}
				a := protocol.CodeAction{
					Title: fix.Title, Kind: new(protocol.CodeActionKindQuickFix), Edit: edit,
					Diagnostics: []protocol.Diagnostic{s.toDiagnostic(snap, d, f)},
				}
				// Editors apply a preferred fix without asking, as with editor.action.autoFix. So only what is safe is preferred: that a
				// fix is the only one does not make it what the user meant.
				if fix.Preferred && s.client.preferred {
					a.IsPreferred = new(true)
				}
				actions = append(actions, a)
			}
		}
	}
	actions = append(actions, s.commandActions(snap.check(d), d, at, p.Context.Only)...)
	// Only where it was asked for: beside every quick fix it would be noise.
	if len(p.Context.Only) > 0 && wants(p.Context.Only, fixAllKind) {
		var edits []rule.Edit
		for _, fix := range analysis.SafeFixes(findings) {
			edits = append(edits, fix.Edits...)
		}
		if len(edits) > 0 {
			if edit, ok := s.workspaceEdit(snap, d, edits); ok {
				actions = append(actions, protocol.CodeAction{
					Title: "Apply all safe armillary fixes", Kind: new(fixAllKind), Edit: edit,
				})
			}
		}
	}
	return actions, nil
}

// wants reports whether a filter of kinds lets kind through; an empty filter lets everything through.
func wants(only []protocol.CodeActionKind, kind protocol.CodeActionKind) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(k protocol.CodeActionKind) bool {
		return k == "" || k == kind || strings.HasPrefix(string(kind), string(k)+".")
	})
}
