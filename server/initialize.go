package server

import (
	"encoding/json"
	"path/filepath"
	"slices"

	"github.com/sourcegraph/jsonrpc2"
	"go.lsp.dev/protocol"

	"armillary.dev/device/hwdef"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

// client is what the other side said about itself.
type client struct {
	edges
	unordered     bool // sends changes in any order
	related       bool // shows related information
	tags          bool // fades what is unnecessary
	pull          bool // asks for diagnostics itself
	refresh       bool // can be told to ask again
	watch         bool // watches files when it is asked to
	relative      bool // watches folders outside of the open ones too
	literals      bool // takes code actions that are not commands
	docChanges    bool // takes versioned edits
	creates       bool // takes edits that create files
	annotations   bool // lets the user look at an edit first
	applies       bool // makes edits that the server asks for
	shows         bool // shows a document that the server names
	preferred     bool // knows preferred code actions
	markdownHover bool
	markdownItems bool
	snippets      bool
	symbolTree    bool // takes the outline as a tree
	foldLines     bool // hides whole lines only
	foldLimit     int  // how many folds it wants at most; 0: it does not say
	linkTooltips  bool
	formats       bool // can be told which files are formatted
	tokens        bool // colours by meaning
	inlays        bool
	inlayRefresh  bool // can be told to ask for them again
}

// initialize reads who the client is and says what the server can do. It runs on the reader.
func (s *server) initialize(params json.RawMessage) (any, error) {
	if s.phase != created {
		return nil, rpcError(jsonrpc2.CodeInvalidRequest, "initialize came twice")
	}
	var p protocol.InitializeParams
	if err := decode(params, &p); err != nil {
		return nil, err
	}
	s.client = readClient(&p.Capabilities)
	// Helix (seen with 25.01) sends each change from a task of its own: of keys that come at once the fifth version may
	// arrive before the second. Whole texts can be told apart by their versions, parts could not be put together.
	s.client.unordered = p.ClientInfo.Name == "helix"
	snap := s.current.Load().next()
	s.readSettings(snap, json.RawMessage(p.InitializationOptions), workspaceRoot(&p))
	snap.folders = workspaceFolders(&p)
	s.current.Store(snap)
	s.phase = initialized
	if s.opt.WatchParent && p.ProcessID != nil {
		pid := int(*p.ProcessID)
		s.background("watching the parent", func() {
			if waitForExit(s.ctx, pid) {
				s.log.Printf("process %d, which started the session, has ended", pid)
				s.end()
			}
		})
	}
	s.startPublisher()
	return &protocol.InitializeResult{
		Capabilities: s.abilities(),
		ServerInfo:   protocol.ServerInfo{Name: "armillary", Version: protocol.NewOptional(s.opt.Version)},
	}, nil
}

// abilities are the server's capabilities.
func (s *server) abilities() protocol.ServerCapabilities {
	change := protocol.TextDocumentSyncKindIncremental
	if s.client.unordered {
		change = protocol.TextDocumentSyncKindFull
	}
	c := protocol.ServerCapabilities{
		PositionEncoding: map[text.Encoding]protocol.PositionEncodingKind{
			text.UTF8:  protocol.PositionEncodingKindUTF8,
			text.UTF16: protocol.PositionEncodingKindUTF16,
			text.UTF32: protocol.PositionEncodingKindUTF32,
		}[s.client.enc],
		TextDocumentSync: &protocol.TextDocumentSyncOptions{
			OpenClose: new(true),
			Change:    &change,
			Save:      &protocol.SaveOptions{},
		},
		HoverProvider: protocol.Boolean(true),
		CompletionProvider: &protocol.CompletionOptions{
			TriggerCharacters: []string{`"`, "$", ":", "[", ",", " ", "("},
		},
		CodeActionProvider: &protocol.CodeActionOptions{
			CodeActionKinds: []protocol.CodeActionKind{protocol.CodeActionKindQuickFix, fixAllKind, protocol.CodeActionKindRefactor, protocol.CodeActionKindSource},
		},
		DefinitionProvider:        protocol.Boolean(true),
		ReferencesProvider:        protocol.Boolean(true),
		DocumentHighlightProvider: protocol.Boolean(true),
		RenameProvider:            &protocol.RenameOptions{PrepareProvider: new(true)},
		WorkspaceSymbolProvider:   protocol.Boolean(true),
		CodeLensProvider:          &protocol.CodeLensOptions{},
		ExecuteCommandProvider:    protocol.ExecuteCommandOptions{Commands: commandNames()},
		DocumentSymbolProvider:    protocol.Boolean(true),
		FoldingRangeProvider:      protocol.Boolean(true),
		SelectionRangeProvider:    protocol.Boolean(true),
		DocumentLinkProvider:      &protocol.DocumentLinkOptions{},
		Workspace: &protocol.WorkspaceOptions{
			WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{Supported: new(true)},
		},
	}
	if !s.client.formats {
		c.DocumentFormattingProvider, c.DocumentRangeFormattingProvider = protocol.Boolean(true), protocol.Boolean(true)
	}
	if s.client.tokens {
		c.SemanticTokensProvider = tokenOptions()
	}
	if s.client.inlays && s.current.Load().set.inlayHints {
		c.InlayHintProvider = protocol.Boolean(true)
	}
	if s.client.pull {
		c.DiagnosticProvider = &protocol.DiagnosticOptions{
			Identifier: new("armillary"), InterFileDependencies: true, WorkspaceDiagnostics: true,
		}
	}
	return c
}

// readClient takes from the client's capabilities what makes a difference.
func readClient(c *protocol.ClientCapabilities) client {
	k := client{edges: edges{text.UTF16}}
	if g := c.General; g != nil {
		switch {
		case slices.Contains(g.PositionEncodings, protocol.PositionEncodingKindUTF8):
			k.enc = text.UTF8
		case slices.Contains(g.PositionEncodings, protocol.PositionEncodingKindUTF16):
		case slices.Contains(g.PositionEncodings, protocol.PositionEncodingKindUTF32):
			k.enc = text.UTF32
		}
	}
	if w := c.Workspace; w != nil {
		if e := w.WorkspaceEdit; e != nil {
			k.docChanges = isTrue(e.DocumentChanges)
			k.creates = slices.Contains(e.ResourceOperations, protocol.ResourceOperationKindCreate)
			k.annotations = e.ChangeAnnotationSupport != nil
		}
		k.applies = isTrue(w.ApplyEdit)
		if f := w.DidChangeWatchedFiles; f != nil {
			k.watch, k.relative = isTrue(f.DynamicRegistration), isTrue(f.RelativePatternSupport)
		}
		k.refresh = w.Diagnostics != nil && isTrue(w.Diagnostics.RefreshSupport)
		k.inlayRefresh = w.InlayHint != nil && isTrue(w.InlayHint.RefreshSupport)
	}
	if w := c.Window; w != nil {
		k.shows = w.ShowDocument != nil && w.ShowDocument.Support
	}
	t := c.TextDocument
	if t == nil {
		return k
	}
	if p := t.PublishDiagnostics; p != nil {
		k.related, k.tags = isTrue(p.RelatedInformation), p.TagSupport.ValueSet != nil
	}
	if d := t.Diagnostic; d != nil {
		k.pull = true
		// Clients announce these in either place; what they draw does not depend on the way it came.
		k.related = k.related || isTrue(d.RelatedInformation)
		k.tags = k.tags || d.TagSupport.ValueSet != nil
	}
	if h := t.Hover; h != nil {
		k.markdownHover = slices.Contains(h.ContentFormat, protocol.MarkupKindMarkdown)
	}
	if a := t.CodeAction; a != nil {
		k.literals = a.CodeActionLiteralSupport.CodeActionKind.ValueSet != nil
		k.preferred = isTrue(a.IsPreferredSupport)
	}
	if p := t.Completion; p != nil && p.CompletionItem != nil {
		k.snippets = isTrue(p.CompletionItem.SnippetSupport)
		k.markdownItems = slices.Contains(p.CompletionItem.DocumentationFormat, protocol.MarkupKindMarkdown)
	}
	k.symbolTree = t.DocumentSymbol != nil && isTrue(t.DocumentSymbol.HierarchicalDocumentSymbolSupport)
	if f := t.FoldingRange; f != nil {
		k.foldLines = isTrue(f.LineFoldingOnly)
		if f.RangeLimit != nil {
			k.foldLimit = int(min(*f.RangeLimit, 1<<20))
		}
	}
	k.linkTooltips = t.DocumentLink != nil && isTrue(t.DocumentLink.TooltipSupport)
	k.formats = t.Formatting != nil && isTrue(t.Formatting.DynamicRegistration) &&
		t.RangeFormatting != nil && isTrue(t.RangeFormatting.DynamicRegistration)
	k.tokens = len(t.SemanticTokens.Formats) > 0
	k.inlays = t.InlayHint != nil
	return k
}

func isTrue(b *bool) bool { return b != nil && *b }

// readSettings reads the initialization options (see the package comment). What is of the wrong type is ignored.
func (s *server) readSettings(snap *snapshot, options json.RawMessage, root string) {
	set := &snap.set
	var o map[string]json.RawMessage
	if len(options) == 0 || json.Unmarshal(options, &o) != nil {
		return
	}
	read := func(name string, into any) {
		if raw, ok := o[name]; ok {
			if err := json.Unmarshal(raw, into); err != nil {
				s.log.Printf("initialization option %q: %v", name, err)
			}
		}
	}
	read("jsonSyntax", &set.jsonSyntax)
	read("strict", &set.strict)
	read("inlayHints", &set.inlayHints)
	given := ""
	read("hwdef", &given)
	if given != "" {
		file := filepath.ToSlash(given)
		if !filepath.IsAbs(given) && root != "" {
			file = root + "/" + file
		}
		set.hwdef = hwdef.Choose(snap.fsys, files.Name(file), given)
	}
}

// workspaceFolders are the names of the folders that are open in the editor.
func workspaceFolders(p *protocol.InitializeParams) []string {
	var names []string
	if folders, ok := p.WorkspaceFolders.Get(); ok {
		for _, f := range folders {
			if name := fileName(f.URI); name != "" {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 && p.RootURI != nil {
		if name := fileName(*p.RootURI); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// workspaceRoot is the name of the first workspace folder.
func workspaceRoot(p *protocol.InitializeParams) string {
	if names := workspaceFolders(p); len(names) > 0 {
		return names[0]
	}
	return ""
}

// afterInitialized asks for what can only be asked for once the client is ready.
func (s *server) afterInitialized() {
	if s.client.watch {
		s.watchFolders()
	}
	if s.client.formats {
		// For JSON alone: whoever offers to format C as well makes the editor ask which of the two it should be.
		only := registrationFor{[]documentFilter{{Pattern: "**/*.json"}}}
		s.register("armillary-formatting", "textDocument/formatting", only)
		s.register("armillary-range-formatting", "textDocument/rangeFormatting", only)
	}
}

// registrationFor are the options of a registration for some documents only. The protocol package has no type that
// writes them and nothing else.
type registrationFor struct {
	DocumentSelector []documentFilter `json:"documentSelector"`
}

type documentFilter struct {
	Pattern string `json:"pattern"`
}

// register tells the client of an ability that it did not hear of at the start.
func (s *server) register(id, method string, options any) {
	text, err := encode(options)
	if err != nil {
		s.log.Print(err)
		return
	}
	s.background("client/registerCapability", func() {
		err := s.call(s.ctx, "client/registerCapability", &protocol.RegistrationParams{
			Registrations: []protocol.Registration{{ID: id, Method: method, RegisterOptions: protocol.LSPAny(text)}},
		})
		if err != nil && err != jsonrpc2.ErrClosed {
			s.log.Printf("the client takes no registration of %s: %v", method, err)
		}
	})
}
