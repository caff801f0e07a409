package server

import (
	"context"
	"hash/fnv"
	"strconv"
	"sync"
	"time"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"armillary.dev/device/project"
	"armillary.dev/server/text"
)

// workspaceDiagnostic answers a client that asks for the diagnostics of all files of the workspace, open or not. If
// nothing has changed since the answer that the client has, the next one waits until something does, as the protocol
// allows: clients ask again and again.
func (s *server) workspaceDiagnostic(ctx context.Context, snap *snapshot, p *protocol.WorkspaceDiagnosticParams) (any, error) {
	previous := map[uri.URI]string{}
	for _, r := range p.PreviousResultIds {
		previous[r.URI] = r.Value
	}
	for {
		changed := s.changed.wait()
		begin := time.Now()
		items, news, err := s.workspaceReports(ctx, snap, previous)
		took := time.Since(begin)
		if err != nil || news || len(previous) == 0 {
			return &protocol.WorkspaceDiagnosticReport{Items: items}, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		// Checking everything at every keystroke would keep a processor busy with what the open documents are told anyway.
		select {
		case <-time.After(min(4*took, 2*time.Second)):
			snap = s.current.Load()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// workspaceReports makes a report for every file that has diagnostics, or had some when the client asked last. news says
// that one of them differs from what the client has.
func (s *server) workspaceReports(ctx context.Context, snap *snapshot, previous map[uri.URI]string) (items []protocol.WorkspaceDocumentDiagnosticReport, news bool, err error) {
	items = []protocol.WorkspaceDocumentDiagnosticReport{}
	seen := map[uri.URI]bool{}
	report, more := snap.workspace().Report(ctx)
	if more && ctx.Err() == nil && snap.opens(project.Settings) {
		s.refreshPullers()
	}
	for _, f := range report.Files {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		id, version := fileURI(f.Path), (*int32)(nil)
		d := snap.names[f.Path]
		if d == nil {
			d = &document{id: id, sent: id, name: f.Path, text: f.Src}
			d.once.Do(func() { d.lines = text.NewMap(f.Src) })
		} else {
			id, version = d.sent, &d.version
		}
		findings := snap.set.show(f.Findings)
		if len(findings) == 0 && previous[id] == "" {
			continue
		}
		seen[id] = true
		list := make([]protocol.Diagnostic, 0, len(findings))
		for i := range findings {
			list = append(list, s.toDiagnostic(snap, d, &findings[i]))
		}
		resultID, err := resultID(list)
		if err != nil {
			return nil, false, err
		}
		if resultID == previous[id] {
			items = append(items, &protocol.WorkspaceUnchangedDocumentDiagnosticReport{
				UnchangedDocumentDiagnosticReport: protocol.UnchangedDocumentDiagnosticReport{Kind: "unchanged", ResultID: resultID},
				URI:                               id, Version: version,
			})
			continue
		}
		news = true
		items = append(items, &protocol.WorkspaceFullDocumentDiagnosticReport{
			FullDocumentDiagnosticReport: protocol.FullDocumentDiagnosticReport{Kind: "full", ResultID: &resultID, Items: list},
			URI:                          id, Version: version,
		})
	}
	for id := range previous {
		if !seen[id] { // it has gone
			news = true
			items = append(items, &protocol.WorkspaceFullDocumentDiagnosticReport{
				FullDocumentDiagnosticReport: protocol.FullDocumentDiagnosticReport{Kind: "full", Items: []protocol.Diagnostic{}}, URI: id,
			})
		}
	}
	return items, news, nil
}

// resultID names a list of diagnostics by its content.
func resultID(list []protocol.Diagnostic) (string, error) {
	encoded, err := encode(list)
	if err != nil {
		return "", err
	}
	h := fnv.New64a()
	_, _ = h.Write(encoded)
	return strconv.FormatUint(h.Sum64(), 36), nil
}

// broadcast tells everyone who waits that something has changed.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{} // closed at the next change; guarded by mu
}

// wait returns a channel that is closed at the next change.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *broadcast) send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
