package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"armillary.dev/device/jsonrule"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
	"armillary.dev/server/text"
)

// source names us beside every diagnostic.
const source = "armillary"

// A publisher pushes diagnostics to a client that does not pull, and has those of what was edited ready for one that does.
// It owns what it remembers; only wake is shared.
type publisher struct {
	s    *server
	wake chan struct{}
	sent map[uri.URI]published // by canonical URI
}

// published is what a client was last told about a document.
type published struct {
	doc   *document
	text  string // the encoded diagnostics
	empty bool
}

// startPublisher starts pushing. It runs on the reader.
func (s *server) startPublisher() {
	p := &publisher{s: s, wake: make(chan struct{}, 1), sent: map[uri.URI]published{}}
	s.publisher = p
	s.background("the publisher", p.run)
}

// wakeUp says that there is a new snapshot. It never waits.
func (p *publisher) wakeUp() {
	select {
	case p.wake <- struct{}{}:
	default: // it will see the newest anyway
	}
}

func (p *publisher) run() {
	for {
		select {
		case <-p.wake:
		case <-p.s.ctx.Done():
			return
		}
		p.guarded()
	}
}

// guarded publishes what is newest. A panic ends this round, not the publisher.
func (p *publisher) guarded() {
	defer func() {
		if r := recover(); r != nil {
			p.s.logPanic("publishing diagnostics", r)
		}
	}()
	p.publish(p.s.current.Load())
}

// publish sends what is new in snap: the document that was edited first, then those that an edit elsewhere changed.
// It gives up as soon as there is a newer snapshot, which holds everything that was not sent.
func (p *publisher) publish(snap *snapshot) {
	if p.s.client.pull {
		if snap.last != nil {
			snap.check(snap.last)
		}
		return
	}
	for id, was := range p.sent {
		if snap.docs[id] == nil {
			if !was.empty {
				p.send(was.doc, protocol.Optional[int32]{}, []protocol.Diagnostic{})
			}
			delete(p.sent, id)
		}
	}
	if snap.last != nil {
		p.one(snap, snap.last)
	}
	for _, d := range snap.docs {
		if p.s.current.Load() != snap {
			return
		}
		if d != snap.last {
			p.one(snap, d)
		}
	}
	if _, known := snap.workspace().AcrossNow(p.s.ctx); known || p.s.current.Load() != snap {
		return
	}
	// What is seen only when all apps are looked at comes after.
	snap.workspace().Across(p.s.ctx)
	for _, d := range snap.docs {
		if p.s.current.Load() != snap {
			return
		}
		p.one(snap, d)
	}
}

// one publishes a document if there is something to say that was not said before.
func (p *publisher) one(snap *snapshot, d *document) {
	defer func() {
		if r := recover(); r != nil {
			p.s.logPanic("checking "+string(d.id), r)
		}
	}()
	file := snap.check(d)
	was, known := p.sent[d.id]
	if !file.Ours() && (!known || was.empty) {
		return // not ours: stay silent
	}
	list := p.s.diagnose(snap, d, file)
	encoded, err := encode(list)
	if err != nil {
		p.s.log.Print(err)
		return
	}
	if known && was.doc == d && was.text == string(encoded) {
		return
	}
	p.send(d, protocol.NewOptional(d.version), list)
	p.sent[d.id] = published{d, string(encoded), len(list) == 0}
}

func (p *publisher) send(d *document, version protocol.Optional[int32], list []protocol.Diagnostic) {
	p.s.notify("textDocument/publishDiagnostics", &protocol.PublishDiagnosticsParams{
		URI: d.sent, Version: version, Diagnostics: list,
	})
}

// diagnostic answers a client that pulls.
func (s *server) diagnostic(_ context.Context, snap *snapshot, p *protocol.DocumentDiagnosticParams) (any, error) {
	d, err := snap.open(p.TextDocument.URI)
	if err != nil {
		return nil, err
	}
	if ws := snap.workspace(); !s.known(ws) {
		s.background("looking at all apps", func() {
			if len(ws.Across(s.ctx)) > 0 {
				s.refreshPullers()
			}
		})
	}
	list := s.diagnose(snap, d, snap.check(d))
	id, err := resultID(list)
	if err != nil {
		return nil, err
	}
	if p.PreviousResultID != nil && *p.PreviousResultID == id {
		return &protocol.RelatedUnchangedDocumentDiagnosticReport{
			UnchangedDocumentDiagnosticReport: protocol.UnchangedDocumentDiagnosticReport{Kind: "unchanged", ResultID: id},
		}, nil
	}
	return &protocol.RelatedFullDocumentDiagnosticReport{
		FullDocumentDiagnosticReport: protocol.FullDocumentDiagnosticReport{Kind: "full", ResultID: &id, Items: list},
	}, nil
}

// known reports whether what the rules say that look at all apps is known, or will be at once.
func (s *server) known(ws *analysis.Workspace) bool {
	_, ok := ws.AcrossNow(s.ctx)
	return ok
}

// findings are those of a document, with what is known by now from looking at all apps.
func (s *server) findings(snap *snapshot, d *document, file *analysis.File) []rule.Finding {
	s.watchOutside(snap, file.Reads)
	found, _ := snap.workspace().AcrossNow(s.ctx)
	return snap.workspace().Shown(file, project.Merge(file.Findings, found[d.name]))
}

// diagnose words the findings of a document for the client.
func (s *server) diagnose(snap *snapshot, d *document, file *analysis.File) []protocol.Diagnostic {
	findings := snap.set.show(s.findings(snap, d, file))
	list := make([]protocol.Diagnostic, 0, len(findings))
	for i := range findings {
		list = append(list, s.toDiagnostic(snap, d, &findings[i]))
	}
	return list
}

// show leaves out what the client does not want to be told.
func (set *settings) show(findings []rule.Finding) []rule.Finding {
	if set.jsonSyntax {
		return findings
	}
	return slices.DeleteFunc(slices.Clone(findings), func(f rule.Finding) bool { return plainJSON[f.Rule.Code] })
}

// plainJSON are the rules that any editor's own JSON support knows: syntax, comments, trailing commas, duplicate keys.
var plainJSON = map[string]bool{jsonrule.CodeSyntax: true, "AZS002": true, "AZS003": true, "AZS005": true}

// findingData travels with a diagnostic for whoever wants to know more.
type findingData struct {
	DeviceCode int    `json:"deviceCode,omitempty"`
	Pointer    string `json:"pointer,omitempty"`
}

func (s *server) toDiagnostic(snap *snapshot, d *document, f *rule.Finding) protocol.Diagnostic {
	out := protocol.Diagnostic{
		Range:    s.client.rng(d.lineMap(), f.Span),
		Severity: protocol.DiagnosticSeverity(f.Severity), // package rule counts as LSP does
		Code:     protocol.String(f.Rule.Code),
		Source:   protocol.NewOptional(source),
		Message:  protocol.String(f.Message),
	}
	data := findingData{DeviceCode: f.Refuses.Code, Pointer: f.Pointer}
	if data != (findingData{}) {
		if raw, err := json.Marshal(data); err == nil {
			out.Data = protocol.LSPAny(raw)
		}
	}
	if s.client.tags && analysis.Unnecessary(f) {
		out.Tags = protocol.NewDiagnosticTags(protocol.DiagnosticTagUnnecessary)
	}
	if s.client.related {
		for _, r := range f.Related {
			if at, ok := s.location(snap, d, r.File, r.Span); ok {
				out.RelatedInformation = append(out.RelatedInformation, protocol.DiagnosticRelatedInformation{
					Location: at, Message: r.Message,
				})
			}
		}
	}
	return out
}

// location finds a place in a file that a finding of d speaks of; an empty name is d itself.
func (s *server) location(snap *snapshot, d *document, name string, span rule.Span) (protocol.Location, bool) {
	id, lines, err := s.target(snap, d, name)
	if err != nil {
		return protocol.Location{}, false
	}
	return protocol.Location{URI: id, Range: s.client.rng(lines, span)}, true
}

// target finds a file that a finding of d speaks of; an empty name is d itself. d may be nil if the name is not empty.
func (s *server) target(snap *snapshot, d *document, name string) (uri.URI, *text.Map, error) {
	if d != nil && (name == "" || name == d.name) {
		return d.sent, d.lineMap(), nil
	}
	if other := snap.names[name]; other != nil {
		return other.sent, other.lineMap(), nil
	}
	data, err := snap.fsys.ReadFile(name)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", name, err)
	}
	return fileURI(name), text.NewMap(string(data)), nil
}
