package server

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sourcegraph/jsonrpc2"
	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"armillary.dev/device/project"
	"armillary.dev/server/text"
	"armillary.dev/server/wire"
)

// opened are the parameters of didOpen. The protocol package would read the URI into its canonical form alone; some clients
// find a document only under the form that they sent.
type opened struct {
	TextDocument struct {
		URI        *string `json:"uri"`
		LanguageID string  `json:"languageId"`
		Version    int32   `json:"version"`
		Text       string  `json:"text"`
	} `json:"textDocument"`
}

// didOpen takes over a document from the client.
func (s *server) didOpen(params json.RawMessage) error {
	var p opened
	if err := unmarshal(params, &p); err != nil {
		return err
	}
	t := &p.TextDocument
	if t.URI == nil {
		return rpcError(jsonrpc2.CodeInvalidParams, "the document has no URI")
	}
	sent := uri.URI(*t.URI)
	var id uri.URI // canonical
	if err := id.UnmarshalText([]byte(sent)); err != nil {
		return rpcError(jsonrpc2.CodeInvalidParams, "%q is no URI: %v", sent, err)
	}
	snap := s.current.Load().next()
	d := &document{id: id, sent: sent, name: fileName(id), language: t.LanguageID, version: t.Version, text: t.Text}
	if project.KindOf(d.name) == project.Capability && strings.ContainsRune(d.text, utf8.RuneError) {
		if data, err := snap.fsys.Disk.ReadFile(d.name); err == nil {
			d.shown, d.text = d.text, string(data) // it is no text, and what an editor makes of it says nothing
		}
	}
	snap.put(d)
	s.advance(snap)
	return nil
}

// unmarshal reads parameters into a type of our own.
func unmarshal(params json.RawMessage, into any) error {
	if err := wire.Unmarshal(params, into); err != nil {
		return rpcError(jsonrpc2.CodeInvalidParams, "the parameters cannot be read: %v", err)
	}
	return nil
}

// changes are the parameters of didChange. The protocol package would take a range of null for an edit at the
// beginning; it means, as no range does, the whole text. And it would refuse a line of null, after which client and server
// had different texts.
type changes struct {
	TextDocument struct {
		URI     uri.URI `json:"uri"`
		Version int32   `json:"version"`
	} `json:"textDocument"`
	ContentChanges []struct {
		Range *struct {
			Start position `json:"start"`
			End   position `json:"end"`
		} `json:"range"`
		Text string `json:"text"`
	} `json:"contentChanges"`
}

type position struct {
	Line      uint32 `json:"line"`
	Character uint32 `json:"character"`
}

// didChange applies edits, each to the result of the one before.
func (s *server) didChange(params json.RawMessage) error {
	var p changes
	if err := unmarshal(params, &p); err != nil {
		return err
	}
	d, err := s.open(p.TextDocument.URI)
	if err != nil {
		return err
	}
	if s.client.unordered && p.TextDocument.Version < d.version {
		return nil // newer text has come already
	}
	content, lines := d.text, (*text.Map)(nil)
	if d.shown != "" {
		content = d.shown
	} else {
		lines = d.lineMap()
	}
	for _, c := range p.ContentChanges {
		if c.Range == nil {
			content = c.Text
		} else {
			if lines == nil {
				lines = text.NewMap(content)
			}
			at := s.client.span(lines, protocol.Range{Start: protocol.Position(c.Range.Start), End: protocol.Position(c.Range.End)})
			content = content[:at.Start] + c.Text + content[at.End:]
		}
		lines = nil
	}
	snap := s.current.Load().afterEdit(d)
	snap.put(d.with(p.TextDocument.Version, content))
	s.advance(snap)
	return nil
}

// didClose gives a document back: what the disk holds counts again.
func (s *server) didClose(p *protocol.DidCloseTextDocumentParams) error {
	d, err := s.open(p.TextDocument.URI)
	if err != nil {
		return err
	}
	snap := s.current.Load().next()
	snap.drop(d)
	snap.fsys.Disk.Forget(d.name)
	s.advance(snap)
	return nil
}

// didSave changes nothing that we know, but what is on the disk beside the document may be newer than we think.
func (s *server) didSave(*protocol.DidSaveTextDocumentParams) error {
	s.advance(s.current.Load().next())
	return nil
}

// didChangeWatchedFiles reads again what changed on the disk.
func (s *server) didChangeWatchedFiles(p *protocol.DidChangeWatchedFilesParams) error {
	snap := s.current.Load().next()
	for _, c := range p.Changes {
		snap.fsys.Disk.Forget(fileName(c.URI))
	}
	s.advance(snap)
	s.refreshPullers()
	return nil
}

// didChangeWorkspaceFolders looks again: an app's files may have come or gone with a folder.
func (s *server) didChangeWorkspaceFolders(p *protocol.DidChangeWorkspaceFoldersParams) error {
	snap := s.current.Load().next()
	gone := map[string]bool{}
	for _, f := range p.Event.Removed {
		gone[fileName(f.URI)] = true
	}
	snap.folders = slices.DeleteFunc(slices.Clone(snap.folders), func(name string) bool { return gone[name] })
	for _, f := range p.Event.Added {
		if name := fileName(f.URI); name != "" && !slices.Contains(snap.folders, name) {
			snap.folders = append(snap.folders, name)
		}
	}
	s.advance(snap)
	return nil
}

// open returns an open document.
func (s *server) open(id uri.URI) (*document, error) { return s.current.Load().open(id) }

func (s *snapshot) open(id uri.URI) (*document, error) {
	d := s.docs[id]
	if d == nil {
		return nil, rpcError(jsonrpc2.CodeInvalidParams, "%s is not open", id)
	}
	return d, nil
}

// advance makes snap current. It runs on the reader.
func (s *server) advance(snap *snapshot) {
	s.current.Store(snap)
	s.changed.send()
	if s.publisher != nil {
		s.publisher.wakeUp()
	}
}

// refreshPullers tells a client to ask again for what it asks for itself.
func (s *server) refreshPullers() {
	if s.client.pull && s.client.refresh {
		s.refresh("workspace/diagnostic/refresh")
	}
	if s.client.inlays && s.client.inlayRefresh {
		s.refresh("workspace/inlayHint/refresh")
	}
}

func (s *server) refresh(method string) {
	s.background(method, func() {
		if err := s.call(s.ctx, method, nil); err != nil && err != jsonrpc2.ErrClosed {
			s.log.Printf("%s: %v", method, err)
		}
	})
}
