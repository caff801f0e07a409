package server

import (
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"armillary.dev/device/rule"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

// A document is one version of an open file. It is immutable.
type document struct {
	id       uri.URI // canonical; documents are found by it
	sent     uri.URI // as the client wrote it when it opened the document; diagnostics go out under it
	name     string  // name in the overlay; empty for what is not on a disk ("untitled:")
	language string
	version  int32
	text     string
	// shown is what the editor makes of a file that is no text, if text is the file's bytes; edits are edits of it.
	shown string

	once  sync.Once
	lines *text.Map // by lineMap
}

// lineMap returns the document's line structure.
func (d *document) lineMap() *text.Map {
	d.once.Do(func() { d.lines = text.NewMap(d.text) })
	return d.lines
}

// with returns the next version of d.
func (d *document) with(version int32, content string) *document {
	return &document{id: d.id, sent: d.sent, name: d.name, language: d.language, version: version, text: content}
}

// fileName turns a URI into a name of package files. What is no local file has no name.
func fileName(u uri.URI) string {
	if u.Scheme() != "file" {
		return ""
	}
	path := u.Path()
	if host := u.Authority(); host != "" {
		if runtime.GOOS != "windows" {
			return ""
		}
		path = "//" + host + path // a share
	}
	return files.Name(path)
}

// fileURI is the reverse of fileName.
func fileURI(name string) uri.URI {
	path := filepath.ToSlash(files.Path(name))
	c := uri.Components{Scheme: "file", Path: path}
	if share, ok := strings.CutPrefix(path, "//"); ok {
		host, rest, _ := strings.Cut(share, "/")
		c.Authority, c.Path = host, "/"+rest
	} else if !strings.HasPrefix(path, "/") {
		c.Path = "/" + path
	}
	u, err := uri.From(c)
	if err != nil {
		return uri.URI("file://" + c.Path)
	}
	return u
}

// edges converts between the protocol's positions and offsets, in the units that were negotiated.
type edges struct{ enc text.Encoding }

func (e edges) position(m *text.Map, offset int) protocol.Position {
	p := m.Position(offset, e.enc)
	return protocol.Position{Line: uint32(p.Line), Character: uint32(p.Character)}
}

func (e edges) rng(m *text.Map, s rule.Span) protocol.Range {
	return protocol.Range{Start: e.position(m, s.Start), End: e.position(m, max(s.Start, s.End))}
}

func (e edges) offset(m *text.Map, p protocol.Position) int {
	const most = 1 << 30 // so that the sums below cannot overflow where int has 32 bits
	return m.Offset(text.Position{Line: int(min(p.Line, most)), Character: int(min(p.Character, most))}, e.enc)
}

func (e edges) span(m *text.Map, r protocol.Range) rule.Span {
	start, end := e.offset(m, r.Start), e.offset(m, r.End)
	return rule.Span{Start: min(start, end), End: max(start, end)}
}
