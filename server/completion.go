package server

import (
	"context"

	"go.lsp.dev/protocol"

	"armillary.dev/server/analysis"
)

var itemKinds = map[analysis.ItemKind]protocol.CompletionItemKind{
	analysis.KeyItem:   protocol.CompletionItemKindProperty,
	analysis.ValueItem: protocol.CompletionItemKindEnumMember,
	analysis.NameItem:  protocol.CompletionItemKindConstant,
	analysis.PinItem:   protocol.CompletionItemKindValue,
}

// sortKey is a text that sorts as i does.
func sortKey(i int) string {
	key := []byte("0000")
	for at := len(key) - 1; at >= 0 && i > 0; at, i = at-1, i/10 {
		key[at] = byte('0' + i%10)
	}
	return string(key)
}

// completion proposes what could be written at the cursor.
func (s *server) completion(_ context.Context, snap *snapshot, p *protocol.CompletionParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	lines := d.lineMap()
	items := snap.check(d).Complete(s.client.offset(lines, p.Position))
	list := &protocol.CompletionList{Items: make([]protocol.CompletionItem, 0, len(items))}
	for i, it := range items {
		edit := &protocol.TextEdit{Range: s.client.rng(lines, it.Replace), NewText: it.New}
		out := protocol.CompletionItem{
			Label: it.Label, Kind: itemKinds[it.Kind], TextEdit: edit,
			// Said although it is what silence means: Neovim 0.10 takes a text that nothing is said about for a snippet, and
			// "$LED" for a variable in it that is empty.
			InsertTextFormat: protocol.InsertTextFormatPlainText,
			// The order is ours: what is nearest at hand first. Editors sort by this text.
			SortText: protocol.NewOptional(sortKey(i)),
		}
		if it.Snippet != "" && s.client.snippets {
			edit.NewText, out.InsertTextFormat = it.Snippet, protocol.InsertTextFormatSnippet
		}
		if it.Filter != "" {
			out.FilterText = protocol.NewOptional(it.Filter)
		}
		if it.Detail != "" {
			out.Detail = protocol.NewOptional(it.Detail)
		}
		if it.Markdown != "" {
			out.Documentation = s.markup(it.Markdown, s.client.markdownItems)
		}
		list.Items = append(list.Items, out)
	}
	return list, nil
}
