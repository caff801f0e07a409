package server

import (
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// workspaceEdit turns a fix of a finding in d into an edit. The edit names the version of each open document that it
// was made for, so that the client refuses it once the text has moved on. False: a file that it changes is gone.
func (s *server) workspaceEdit(snap *snapshot, d *document, edits []rule.Edit) (*protocol.WorkspaceEdit, bool) {
	type file struct {
		id      uri.URI
		lines   *text.Map
		version *int32
		edits   []protocol.TextEdit
	}
	var files []*file
	for _, e := range edits {
		id, lines, err := s.target(snap, d, e.File)
		if err != nil {
			return nil, false
		}
		i := slices.IndexFunc(files, func(f *file) bool { return f.id == id })
		if i < 0 {
			f := &file{id: id, lines: lines}
			if doc := openAs(snap, d, e.File); doc != nil {
				f.version = new(doc.version)
			}
			files, i = append(files, f), len(files)
		}
		f := files[i]
		f.edits = append(f.edits, protocol.TextEdit{Range: s.client.rng(f.lines, e.Span), NewText: e.New})
	}
	if len(files) == 0 {
		return nil, false
	}
	out := &protocol.WorkspaceEdit{}
	if !s.client.docChanges {
		out.Changes = map[uri.URI][]protocol.TextEdit{}
		for _, f := range files {
			out.Changes[f.id] = f.edits
		}
		return out, true
	}
	for _, f := range files {
		change := &protocol.TextDocumentEdit{}
		change.TextDocument.URI, change.TextDocument.Version = f.id, f.version
		for i := range f.edits {
			change.Edits = append(change.Edits, &f.edits[i])
		}
		out.DocumentChanges = append(out.DocumentChanges, change)
	}
	return out, true
}

// openAs returns the open document that a finding of d calls name, or nil.
func openAs(snap *snapshot, d *document, name string) *document {
	if name == "" || name == d.name {
		return d
	}
	return snap.names[name]
}
