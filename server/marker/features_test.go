package marker

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// whereTo reads what answers a question for places: null, a Location, several, or LocationLinks.
func whereTo(raw json.RawMessage) ([]location, error) {
	var one location
	if len(raw) > 0 && raw[0] == '{' {
		err := json.Unmarshal(raw, &one)
		return []location{one}, err
	}
	var many []struct {
		location
		TargetURI   string   `json:"targetUri"`
		TargetRange lspRange `json:"targetSelectionRange"`
	}
	if err := json.Unmarshal(raw, &many); err != nil {
		return nil, err
	}
	var out []location
	for _, m := range many {
		if m.TargetURI != "" {
			m.location = location{m.TargetURI, m.TargetRange}
		}
		out = append(out, m.location)
	}
	return out, nil
}

func (s *session) hoverAt(v value) (p place, text string, at *lspRange, ok bool) {
	if p, ok = s.place(v); !ok {
		return
	}
	var h *struct {
		Contents json.RawMessage `json:"contents"`
		Range    *lspRange       `json:"range"`
	}
	if ok = s.ask("textDocument/hover", p.start, &h); !ok || h == nil {
		return
	}
	var markup struct {
		Kind, Value string
	}
	if err := json.Unmarshal(h.Contents, &markup); err != nil || markup.Kind != "markdown" {
		s.fail("the text is not Markdown, which the client has asked for: %s", h.Contents)
		return p, "", nil, false
	}
	return p, markup.Value, h.Range, true
}

func (s *session) hover(a []value) {
	p, said, at, ok := s.hoverAt(a[0])
	switch {
	case !ok:
		return
	case said == "":
		s.fail("nothing is said")
		return
	case at != nil:
		r, ok := s.here(*at)
		if !ok {
			return
		}
		if !p.point && (r.start != p.start || r.end != p.end) {
			s.fail("it is about %q", s.mark.file.text[r.start:r.end])
		}
	case !p.point:
		s.fail("it does not say what it is about")
	}
	switch {
	case a[1].isWord:
		s.compare(a[1].str, said)
	case !a[1].re.MatchString(said):
		s.fail("%q does not match\n%s", a[1].str, said)
	}
}

func (s *session) nohover(a []value) {
	if _, said, _, ok := s.hoverAt(a[0]); ok && said != "" {
		s.fail("it says\n%s", said)
	}
}

// An item is one proposal.
type item struct {
	Label    string     `json:"label"`
	SortText string     `json:"sortText"`
	Filter   string     `json:"filterText"`
	Insert   string     `json:"insertText"`
	Format   int        `json:"insertTextFormat"`
	More     []textEdit `json:"additionalTextEdits"`
	Edit     *struct {
		Range, Insert *lspRange
		NewText       string
	} `json:"textEdit"`

	raw json.RawMessage
	at  place
}

// proposals asks what could be written at a TEXT, sorts it and filters it by what is there before the cursor.
func (s *session) proposals(v value) ([]*item, bool) {
	p, ok := s.place(v)
	if !ok {
		return nil, false
	}
	cursor := p.end
	var raw json.RawMessage
	if !s.ask("textDocument/completion", cursor, &raw) {
		return nil, false
	}
	var list struct {
		Items []json.RawMessage `json:"items"`
	}
	if len(raw) > 0 && raw[0] == '[' {
		raw = json.RawMessage(`{"items":` + string(raw) + `}`)
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		s.fail("%v", err)
		return nil, false
	}
	src := s.mark.file.text
	var out []*item
	for _, r := range list.Items {
		it := &item{raw: r, at: place{start: cursor, end: cursor}}
		if err := json.Unmarshal(r, it); err != nil {
			s.fail("a proposal cannot be read: %v: %s", err, r)
			return nil, false
		}
		if it.SortText == "" {
			it.SortText = it.Label
		}
		if it.Filter == "" {
			it.Filter = it.Label
		}
		if e := it.Edit; e != nil {
			if e.Range == nil {
				e.Range = e.Insert
			}
			if it.at, ok = s.here(*e.Range); !ok {
				return nil, false
			}
			if it.at.start > cursor || it.at.end < cursor || strings.Contains(src[it.at.start:it.at.end], "\n") {
				s.fail("%q replaces %q, where the cursor is not", it.Label, src[it.at.start:it.at.end])
				return nil, false
			}
		}
		if fits(src[it.at.start:cursor], it.Filter) {
			out = append(out, it)
		}
	}
	slices.SortStableFunc(out, func(a, b *item) int { return strings.Compare(a.SortText, b.SortText) })
	return out, true
}

// fits reports whether the letters of what is typed are in a text in this order; case does not matter.
func fits(typed, filter string) bool {
	rest := strings.ToLower(filter)
	for _, r := range strings.ToLower(typed) {
		i := strings.IndexRune(rest, r)
		if i < 0 {
			return false
		}
		rest = rest[i+len(string(r)):]
	}
	return true
}

func labels(items []*item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.Label
	}
	return out
}

func texts(list []value) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.str
	}
	return out
}

func (s *session) complete(a []value) {
	items, ok := s.proposals(a[0])
	if !ok {
		return
	}
	rest := labels(items)
	for _, want := range texts(a[1].list) {
		i := slices.Index(rest, want)
		if i < 0 {
			s.fail("%q is not proposed behind the one before it; all are %q", want, labels(items))
			return
		}
		rest = rest[i+1:]
	}
	if len(a[1].list) == 0 {
		s.fail("no label is given")
	}
}

func (s *session) completeexact(a []value) {
	if items, ok := s.proposals(a[0]); ok && !slices.Equal(labels(items), texts(a[1].list)) {
		s.fail("the proposals are %q", labels(items))
	}
}

func (s *session) nocomplete(a []value) {
	items, ok := s.proposals(a[0])
	if !ok {
		return
	}
	for _, it := range items {
		if len(a[1].list) == 0 || slices.Contains(texts(a[1].list), it.Label) {
			s.fail("%q is proposed", it.Label)
		}
	}
}

func (s *session) accept(a []value) {
	items, ok := s.proposals(a[0])
	if !ok {
		return
	}
	i := slices.IndexFunc(items, func(it *item) bool { return it.Label == a[1].str })
	if i < 0 {
		s.fail("%q is not among %q", a[1].str, labels(items))
		return
	}
	it := items[i]
	if s.has("completionProvider", "resolveProvider") && !s.askWith("completionItem/resolve", it.raw, it) {
		return
	}
	written := it.Insert
	switch {
	case it.Edit != nil:
		written = it.Edit.NewText
	case written == "":
		written = it.Label
	}
	if it.Format == 2 {
		written = expandSnippet(written)
	}
	edits := append([]textEdit{{s.rangeOf(s.mark.file, it.at), written}}, it.More...)
	after, err := s.apply(s.mark.file.text, edits)
	if err != nil {
		s.fail("%v", err)
		return
	}
	s.compare(a[2].str, changes{s.mark.file.name: {&s.mark.file.text, &after}}.String())
}

var snippetPart = regexp.MustCompile(`\\([\\$}])|\$\{\d+:([^}]*)\}|\$\{\d+\}|\$\d+`)

// expandSnippet writes a snippet as it appears, with ‸ where the cursor can go.
func expandSnippet(s string) string {
	return snippetPart.ReplaceAllStringFunc(s, func(p string) string {
		m := snippetPart.FindStringSubmatch(p)
		if m[1] != "" {
			return m[1]
		}
		return "‸" + m[2]
	})
}

// definitions asks where what stands at a TEXT is defined.
func (s *session) definitions(v value) ([]location, bool) {
	p, ok := s.place(v)
	if !ok {
		return nil, false
	}
	var raw json.RawMessage
	if !s.ask("textDocument/definition", p.start, &raw) {
		return nil, false
	}
	list, err := whereTo(raw)
	if err != nil {
		s.fail("%v", err)
	}
	return list, err == nil
}

func (s *session) def(a []value) {
	list, ok := s.definitions(a[0])
	if !ok {
		return
	}
	if len(list) != 1 {
		s.fail("%d definitions: %v", len(list), list)
		return
	}
	f, p, ok := s.locate(list[0])
	if !ok {
		return
	}
	is, err := f.isAt(p, a[2].str)
	if err != nil || !is || f.name != a[1].str {
		s.fail("it is in %s at %q (%v)", f.name, f.text[p.start:p.end], err)
	}
}

func (s *session) nodef(a []value) {
	if list, ok := s.definitions(a[0]); ok && len(list) > 0 {
		s.fail("%d definitions: %v", len(list), list)
	}
}

// list writes places, sorted: file:line:column: the line.
func (s *session) list(locations []location) (string, bool) {
	type row struct {
		file *file
		at   place
	}
	var rows []row
	for _, l := range locations {
		f, p, ok := s.locate(l)
		if !ok {
			return "", false
		}
		rows = append(rows, row{f, p})
	}
	slices.SortFunc(rows, func(a, b row) int {
		if a.file != b.file {
			return strings.Compare(a.file.name, b.file.name)
		}
		return a.at.start - b.at.start
	})
	var out strings.Builder
	for _, r := range rows {
		line, column := r.file.lines.LineCol(r.at.start)
		fmt.Fprintf(&out, "%s:%d:%d: %s\n", r.file.name, line, column, strings.TrimSpace(r.file.lines.Line(line-1)))
	}
	return out.String(), true
}

func (s *session) refs(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	var list []location
	ok = s.askWith("textDocument/references", map[string]any{
		"textDocument": document{s.mark.file.uri}, "position": s.position(s.mark.file, p.start),
		"context": map[string]any{"includeDeclaration": true},
	}, &list)
	if !ok {
		return
	}
	if text, ok := s.list(list); ok {
		s.compare(a[1].str, text)
	}
}

// renaming asks for a renaming as an editor does: first whether one is possible.
func (s *session) renaming(p place, name string) (edit json.RawMessage, err error) {
	where := at{TextDocument: document{s.mark.file.uri}, Position: new(s.position(s.mark.file, p.start))}
	if s.has("renameProvider", "prepareProvider") {
		var prepared json.RawMessage
		if err := s.request("textDocument/prepareRename", where, &prepared); err != nil {
			return nil, err
		}
		if string(prepared) == "null" {
			return nil, fmt.Errorf("nothing here can be renamed")
		}
	}
	err = s.request("textDocument/rename", map[string]any{
		"textDocument": where.TextDocument, "position": where.Position, "newName": name,
	}, &edit)
	return edit, err
}

func (s *session) rename(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	raw, err := s.renaming(p, a[1].str)
	var c changes
	if err == nil {
		c, err = s.edit(raw)
	}
	if err != nil {
		s.fail("%v", err)
		return
	}
	s.compare(a[2].str, c.String())
}

func (s *session) renameerr(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	_, err := s.renaming(p, a[1].str)
	switch {
	case err == nil:
		s.fail("it can be renamed")
	case !s.has("renameProvider"):
		s.fail("the server does not rename: %v", err)
	case !a[2].re.MatchString(err.Error()):
		s.fail("the error is %q", err)
	}
}

func (s *session) highlight(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	var list []location
	if !s.ask("textDocument/documentHighlight", p.start, &list) {
		return
	}
	for i := range list {
		list[i].URI = s.mark.file.uri
	}
	if text, ok := s.list(list); ok {
		s.compare(a[1].str, text)
	}
}

// symbolKinds are the names of LSP's kinds of symbols.
var symbolKinds = strings.Fields("- file module namespace package class method property field constructor enum interface function variable constant string number " +
	"boolean array object key null enum-member struct event operator type-parameter")

func symbolKind(n int) string {
	if n <= 0 || n >= len(symbolKinds) {
		return fmt.Sprintf("kind %d", n)
	}
	return symbolKinds[n]
}

type symbol struct {
	Name      string   `json:"name"`
	Detail    string   `json:"detail"`
	Kind      int      `json:"kind"`
	Range     lspRange `json:"range"`
	Selection lspRange `json:"selectionRange"`
	Children  []symbol `json:"children"`
	Location  location `json:"location"`  // of a workspace symbol
	Container string   `json:"container"` // likewise
}

func (s *session) symbols(a []value) {
	var list []symbol
	if !s.ask("textDocument/documentSymbol", -1, &list) {
		return
	}
	var out strings.Builder
	var write func(list []symbol, outer place, indent string) bool
	write = func(list []symbol, outer place, indent string) bool {
		for _, y := range list {
			r, ok := s.here(y.Range)
			name, ok2 := s.here(y.Selection)
			if !ok || !ok2 {
				return false
			}
			if name.start < r.start || name.end > r.end || r.start < outer.start || r.end > outer.end {
				s.fail("%q does not lie inside what it belongs to", y.Name)
				return false
			}
			first, _ := s.mark.file.lines.LineCol(r.start)
			last, _ := s.mark.file.lines.LineCol(r.end)
			fmt.Fprintf(&out, "%s%s %s", indent, symbolKind(y.Kind), y.Name)
			if y.Detail != "" {
				out.WriteString(" – " + y.Detail)
			}
			fmt.Fprintf(&out, " [%d-%d]\n", first, last)
			if !write(y.Children, r, indent+"  ") {
				return false
			}
		}
		return true
	}
	if write(list, place{start: 0, end: len(s.mark.file.text)}, "") {
		s.compare(a[0].str, out.String())
	}
}

func (s *session) wsymbols(a []value) {
	var list []symbol
	if !s.askWith("workspace/symbol", map[string]any{"query": a[0].str}, &list) {
		return
	}
	var out strings.Builder
	for _, y := range list {
		f, p, ok := s.locate(y.Location)
		if !ok {
			return
		}
		line, column := f.lines.LineCol(p.start)
		fmt.Fprintf(&out, "%s %s %s:%d:%d\n", symbolKind(y.Kind), y.Name, f.name, line, column)
	}
	s.compare(a[1].str, out.String())
}

func (s *session) link(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	var raw []json.RawMessage
	if !s.ask("textDocument/documentLink", -1, &raw) {
		return
	}
	var all []string
	for _, r := range raw {
		var l struct {
			Range  lspRange `json:"range"`
			Target string   `json:"target"`
		}
		err := json.Unmarshal(r, &l)
		if err == nil && l.Target == "" {
			err = s.request("documentLink/resolve", r, &l)
		}
		if err != nil {
			s.fail("%v", err)
			return
		}
		at, ok := s.here(l.Range)
		if !ok {
			return
		}
		target := l.Target
		if name := nameOf(s.dir, target); name != "" {
			target = name
		}
		if at.start == p.start && at.end == p.end && target == a[1].str {
			return
		}
		all = append(all, fmt.Sprintf("%q to %s", s.mark.file.text[at.start:at.end], target))
	}
	s.fail("the links are %v", all)
}

func (s *session) fold(a []value) {
	var list []struct {
		StartLine int    `json:"startLine"`
		EndLine   int    `json:"endLine"`
		Kind      string `json:"kind"`
	}
	if !s.ask("textDocument/foldingRange", -1, &list) {
		return
	}
	var out strings.Builder
	for _, r := range list {
		if r.StartLine >= r.EndLine || r.EndLine >= s.mark.file.lines.Lines() {
			s.fail("lines %d to %d cannot be folded", r.StartLine+1, r.EndLine+1)
			return
		}
		fmt.Fprintf(&out, "%d-%d %s: %s\n", r.StartLine+1, r.EndLine+1, r.Kind, strings.TrimSpace(s.mark.file.lines.Line(r.StartLine)))
	}
	s.compare(a[0].str, out.String())
}

func (s *session) selection(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	type step struct {
		Range  lspRange `json:"range"`
		Parent *step    `json:"parent"`
	}
	var list []step
	ok = s.askWith("textDocument/selectionRange", map[string]any{
		"textDocument": document{s.mark.file.uri}, "positions": []position{s.position(s.mark.file, p.start)},
	}, &list)
	if !ok {
		return
	}
	if len(list) != 1 {
		s.fail("%d answers", len(list))
		return
	}
	inner := place{start: p.start, end: p.start}
	at := &list[0]
	for _, want := range texts(a[1].list) {
		if at == nil {
			s.fail("nothing is selected behind %q", s.mark.file.text[inner.start:inner.end])
			return
		}
		r, ok := s.here(at.Range)
		if !ok {
			return
		}
		if r.start > inner.start || r.end < inner.end {
			s.fail("%q does not hold what was selected before", s.mark.file.text[r.start:r.end])
		}
		if got := s.mark.file.text[r.start:r.end]; got != want {
			s.fail("%q is selected, not %q", got, want)
			return
		}
		inner, at = r, at.Parent
	}
}

func (s *session) token(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	var provider struct {
		Legend struct {
			TokenTypes     []string `json:"tokenTypes"`
			TokenModifiers []string `json:"tokenModifiers"`
		} `json:"legend"`
	}
	_ = json.Unmarshal(s.can["semanticTokensProvider"], &provider)
	var result struct {
		Data []int `json:"data"`
	}
	if !s.ask("textDocument/semanticTokens/full", -1, &result) {
		return
	}
	var here []string
	line, char := 0, 0
	for d := result.Data; len(d) >= 5; d = d[5:] {
		if line += d[0]; d[0] > 0 {
			char = 0
		}
		char += d[1]
		at, ok := s.here(lspRange{position{line, char}, position{line, char + d[2]}})
		if !ok {
			return
		}
		if d[3] >= len(provider.Legend.TokenTypes) {
			s.fail("there is no token type %d in the legend", d[3])
			return
		}
		words := []string{provider.Legend.TokenTypes[d[3]]}
		for i, m := range provider.Legend.TokenModifiers {
			if d[4]>>i&1 == 1 {
				words = append(words, m)
			}
		}
		if at.start == p.start && at.end == p.end && slices.Equal(words, append([]string{a[1].str}, texts(a[2].list)...)) {
			return
		}
		if line == s.mark.line {
			here = append(here, fmt.Sprintf("%q %s", s.mark.file.text[at.start:at.end], strings.Join(words, " ")))
		}
	}
	s.fail("the tokens of the line are %v", here)
}

func (s *session) inlay(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	var list []struct {
		Position position        `json:"position"`
		Label    json.RawMessage `json:"label"`
	}
	ok = s.askWith("textDocument/inlayHint", map[string]any{
		"textDocument": document{s.mark.file.uri},
		"range":        lspRange{position{}, s.position(s.mark.file, len(s.mark.file.text))},
	}, &list)
	if !ok {
		return
	}
	var here []string
	for _, h := range list {
		var label string
		if json.Unmarshal(h.Label, &label) != nil {
			var parts []struct {
				Value string `json:"value"`
			}
			if err := json.Unmarshal(h.Label, &parts); err != nil {
				s.fail("%v", err)
				return
			}
			for _, part := range parts {
				label += part.Value
			}
		}
		if h.Position == s.position(s.mark.file, p.end) && label == a[1].str {
			return
		}
		if h.Position.Line == s.mark.line {
			here = append(here, fmt.Sprintf("%q at %d", label, h.Position.Character))
		}
	}
	s.fail("the hints of the line are %v", here)
}

func (s *session) lens(a []value) {
	var raw []json.RawMessage
	if !s.ask("textDocument/codeLens", -1, &raw) {
		return
	}
	var here []string
	for _, r := range raw {
		var l struct {
			Range   lspRange `json:"range"`
			Command *struct {
				Title   string `json:"title"`
				Command string `json:"command"`
			} `json:"command"`
		}
		err := json.Unmarshal(r, &l)
		if err == nil && l.Command == nil {
			err = s.request("codeLens/resolve", r, &l)
		}
		if err != nil {
			s.fail("%v", err)
			return
		}
		if l.Range.Start.Line != s.mark.line || l.Command == nil {
			continue
		}
		if a[0].re.MatchString(l.Command.Title) && l.Command.Command == a[1].str {
			return
		}
		here = append(here, fmt.Sprintf("%q %s", l.Command.Title, l.Command.Command))
	}
	s.fail("the lenses of the line are %v", here)
}

func (s *session) format(a []value) {
	var edits []textEdit
	ok := s.askWith("textDocument/formatting", map[string]any{
		"textDocument": document{s.mark.file.uri}, "options": map[string]any{"tabSize": 2, "insertSpaces": true},
	}, &edits)
	if !ok {
		return
	}
	after, err := s.apply(s.mark.file.text, edits)
	if err != nil {
		s.fail("%v", err)
		return
	}
	s.compare(a[0].str, after)
}

func (s *session) command(a []value) {
	args := []any{}
	for _, v := range a[1].list {
		name, isURI := strings.CutPrefix(v.str, "uri:")
		switch {
		case v.number >= 0:
			args = append(args, v.number)
		case isURI:
			args = append(args, uriOf(s.dir, name))
		default:
			args = append(args, v.str)
		}
	}
	s.applied()
	var result json.RawMessage
	if !s.askWith("workspace/executeCommand", map[string]any{"command": a[0].str, "arguments": args}, &result) {
		return
	}
	var out strings.Builder
	for _, raw := range s.applied() {
		c, err := s.edit(raw)
		if err != nil {
			s.fail("%v", err)
			return
		}
		out.WriteString(c.String())
	}
	if string(result) != "null" {
		fmt.Fprintf(&out, "answer: %s\n", result)
	}
	s.compare(a[2].str, out.String())
}
