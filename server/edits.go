package server

import (
	"errors"
	"io/fs"
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// A plan is a change of files that a client is asked to make.
type plan struct {
	label   string
	confirm bool        // let the user look at it first, if the client can
	edits   []rule.Edit // a file that does not exist is created by an edit at its beginning
}

// workspaceEdit turns edits into one for the client; those without a file are in d. False: a file that they change is
// gone.
func (s *server) workspaceEdit(snap *snapshot, d *document, edits []rule.Edit) (*protocol.WorkspaceEdit, bool) {
	return s.planned(snap, d, plan{edits: edits})
}

// planned is workspaceEdit for a plan. The edit names the version of each open document that it was made for, so that the
// client refuses it once the text has moved on.
func (s *server) planned(snap *snapshot, d *document, p plan) (*protocol.WorkspaceEdit, bool) {
	type file struct {
		id      uri.URI
		lines   *text.Map
		version *int32
		create  bool
		edits   []protocol.TextEdit
	}
	var files []*file
	for _, e := range p.edits {
		id, lines, err := s.target(snap, d, e.File)
		create := errors.Is(err, fs.ErrNotExist) && e.Span == rule.Span{}
		switch {
		case create:
			id, lines = fileURI(e.File), text.NewMap("")
		case err != nil:
			return nil, false
		}
		i := slices.IndexFunc(files, func(f *file) bool { return f.id == id })
		if i < 0 {
			f := &file{id: id, lines: lines, create: create}
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
	annotate := p.confirm && s.client.annotations
	if annotate {
		out.ChangeAnnotations = map[protocol.ChangeAnnotationIdentifier]protocol.ChangeAnnotation{
			annotation: {Label: p.label, NeedsConfirmation: new(true)},
		}
	}
	for _, f := range files {
		if f.create && s.client.creates {
			op := &protocol.CreateFile{Kind: "create", URI: f.id, Options: &protocol.CreateFileOptions{IgnoreIfExists: new(true)}}
			if annotate {
				op.AnnotationID = annotation
			}
			out.DocumentChanges = append(out.DocumentChanges, op)
		}
		change := &protocol.TextDocumentEdit{}
		change.TextDocument.URI, change.TextDocument.Version = f.id, f.version
		for i := range f.edits {
			if annotate {
				change.Edits = append(change.Edits, &protocol.AnnotatedTextEdit{TextEdit: f.edits[i], AnnotationID: annotation})
			} else {
				change.Edits = append(change.Edits, &f.edits[i])
			}
		}
		out.DocumentChanges = append(out.DocumentChanges, change)
	}
	return out, true
}

// annotation names the one annotation of an edit that is to be looked at first.
const annotation = protocol.ChangeAnnotationIdentifier("armillary")

// openAs returns the open document that a finding of d calls name, or nil.
func openAs(snap *snapshot, d *document, name string) *document {
	if d != nil && (name == "" || name == d.name) {
		return d
	}
	return snap.names[name]
}
