package marker

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"armillary.dev/server/text"
)

// A diagnostic is what the server reports at a place.
type diagnostic struct {
	Range    lspRange `json:"range"`
	Severity int      `json:"severity"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Related  []struct {
		Location location `json:"location"`
		Message  string   `json:"message"`
	} `json:"relatedInformation"`
	Data struct {
		DeviceCode int `json:"deviceCode"`
	} `json:"data"`

	raw  json.RawMessage
	file *file
	at   place
	met  bool // by a mark
}

type report struct {
	URI   string            `json:"uri"` // in reports about a workspace
	Kind  string            `json:"kind"`
	Items []json.RawMessage `json:"items"`
}

// pull asks for the diagnostics of every file. What the server says of an open document must not depend on whether it was
// asked for that or for the workspace. Where it knows less before it has looked at the workspace, it must ask to be
// asked again.
func (s *session) pull() ([]*diagnostic, error) {
	again := s.refreshed()
	open, err := s.pullOpen()
	if err != nil || !s.has("diagnosticProvider", "workspaceDiagnostics") {
		return slices.Concat(slices.Collect(maps.Values(open))...), err
	}
	reported, err := s.pullWorkspace()
	if err != nil {
		return nil, err
	}
	before := open
	if open, err = s.pullOpen(); err != nil {
		return nil, err
	}
	var all []*diagnostic
	for _, f := range s.files {
		if f.version == 0 {
			all = append(all, reported[f]...)
			continue
		}
		all = append(all, open[f]...)
		now := asText(open[f])
		if now != asText(before[f]) {
			select {
			case <-again:
			case <-time.After(s.patience):
				return nil, fmt.Errorf("the diagnostics of %s have changed, and the server does not ask to be asked again:\n%s\n%s", f.name, asText(before[f]), now)
			}
		}
		if got := asText(reported[f]); got != now && s.inFolders(f.name) {
			return nil, fmt.Errorf("of %s the report about the workspace says\n%s\nand the one about the document\n%s", f.name, got, now)
		}
	}
	return all, nil
}

// asText writes diagnostics down to be compared.
func asText(all []*diagnostic) string {
	var b strings.Builder
	for _, d := range all {
		b.Write(d.raw)
		b.WriteByte('\n')
	}
	return b.String()
}

// pullOpen asks for the diagnostics of the open documents, one by one.
func (s *session) pullOpen() (map[*file][]*diagnostic, error) {
	all := map[*file][]*diagnostic{}
	for _, f := range s.files {
		if f.version == 0 {
			continue
		}
		var r report
		if err := s.request("textDocument/diagnostic", at{TextDocument: document{f.uri}}, &r); err != nil {
			return nil, err
		}
		var err error
		if all[f], err = r.read(f); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// pullWorkspace asks for the diagnostics of all files at once.
func (s *session) pullWorkspace() (map[*file][]*diagnostic, error) {
	var w struct {
		Items []report `json:"items"`
	}
	if err := s.request("workspace/diagnostic", map[string]any{"previousResultIds": []any{}}, &w); err != nil {
		return nil, err
	}
	all := map[*file][]*diagnostic{}
	for i := range w.Items {
		f := s.file(nameOf(s.dir, w.Items[i].URI))
		if f == nil {
			if len(w.Items[i].Items) > 0 {
				return nil, fmt.Errorf("diagnostics for %s, which is no file of the case", w.Items[i].URI)
			}
			continue
		}
		var err error
		if all[f], err = w.Items[i].read(f); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (r *report) read(f *file) ([]*diagnostic, error) {
	if r.Kind != "full" {
		return nil, fmt.Errorf("the report about %s is %q; a full one was asked for", f.name, r.Kind)
	}
	var all []*diagnostic
	for _, raw := range r.Items {
		d := &diagnostic{raw: raw, file: f}
		if err := json.Unmarshal(raw, d); err != nil {
			return nil, fmt.Errorf("a diagnostic cannot be read: %w: %s", err, raw)
		}
		all = append(all, d)
	}
	return all, nil
}

// settle finds the places of the diagnostics in the files as they are in the archive.
func (s *session) settle() {
	for _, d := range s.diags {
		var err error
		if d.at, err = s.span(d.file.lines, d.Range); err != nil {
			s.problems.add(s.name, "%s %q in %s: %v", d.Code, d.Message, d.file.name, err)
		}
		if d.Code == "" || d.Message == "" || d.Severity < 1 || d.Severity > 4 {
			s.problems.add(s.name, "a diagnostic in %s is incomplete: %s", d.file.name, d.raw)
		}
	}
}

// leftOver reports the diagnostics that no mark meets.
func (s *session) leftOver() {
	for _, d := range s.diags {
		if d.met || slices.Contains(s.flags.ignore, d.Code) {
			continue
		}
		line := d.file.lines.Position(d.at.start, text.UTF8).Line
		s.problems.add(s.name, "nothing expects this in %s, line %d:\n\t%s\n\t%s", d.file.name, line+1, d.file.lines.Line(line), d.marker())
	}
}

// marker writes the mark that meets a diagnostic.
func (d *diagnostic) marker() string {
	start := d.file.lines.LineStart(d.file.lines.Position(d.at.start, text.UTF8).Line)
	to := start + len(d.file.lines.Line(d.file.lines.Position(d.at.start, text.UTF8).Line))
	quote := func(from, to int) string { return strings.ReplaceAll(d.file.text[from:to], "|", "||") }
	s := quote(d.at.start, d.at.end)
	// What is there more than once, or has no width, needs what is around it.
	for before, after := d.at.start, d.at.end; ; {
		if _, err := find(d.file.text, start, to, s); err == nil && d.at.start < d.at.end || before == start && after >= to {
			break
		}
		before, after = max(start, before-1), min(max(to, after), after+1)
		bar := "|"
		if d.at.start < d.at.end {
			bar = "|" + quote(d.at.start, d.at.end) + "|"
		}
		s = quote(before, d.at.start) + bar + quote(d.at.end, after)
		if p, err := find(d.file.text, start, to, s); err == nil && p.start == d.at.start && p.end == d.at.end {
			break
		}
	}
	q := strconv.Quote(s)
	if strings.Contains(s, `"`) && strconv.CanBackquote(s) {
		q = "`" + s + "`"
	}
	return fmt.Sprintf("%sdiag(%s, %s, %q, %s)", markerIntro(d.file.name), q, d.Code, regexp.QuoteMeta(d.Message), severities[d.Severity])
}

// reported returns the diagnostics of a code at exactly a place of the mark's file.
func (s *session) reported(p place, code string) []*diagnostic {
	var found []*diagnostic
	for _, d := range s.diags {
		if d.file == s.mark.file && d.Code == code && d.at.start == p.start && d.at.end == p.end {
			found = append(found, d)
		}
	}
	return found
}

// theOne returns a diagnostic that the current mark is about; nil, and a problem, if there is none.
func (s *session) theOne(where, code value) *diagnostic {
	p, ok := s.place(where)
	if !ok {
		return nil
	}
	found := s.reported(p, code.str)
	if len(found) == 0 {
		s.fail("there is no %s at %q", code.str, s.mark.file.text[p.start:p.end])
		return nil
	}
	return found[0]
}

func (s *session) diag(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	why := ""
	for _, d := range s.reported(p, a[1].str) {
		switch {
		case d.met:
			why = "; another mark has it already"
		case a[2].given && !a[2].re.MatchString(d.Message):
			why = fmt.Sprintf("; the message is %q", d.Message)
		case a[3].given && a[3].number != d.Severity:
			why = "; it is of severity " + severities[d.Severity]
		default:
			d.met = true
			return
		}
	}
	s.fail("no %s at %q%s", a[1].str, s.mark.file.text[p.start:p.end], why)
}

func (s *session) ok(a []value) {
	p, ok := s.place(a[0])
	if !ok {
		return
	}
	for _, d := range s.diags {
		if d.file == s.mark.file && d.Code == a[1].str && d.at.start <= p.end && p.start <= d.at.end {
			s.fail("%s speaks at %q: %s", d.Code, d.file.text[d.at.start:d.at.end], d.Message)
		}
	}
}

func (s *session) related(a []value) {
	d := s.theOne(a[0], a[1])
	if d == nil {
		return
	}
	var others []string
	for _, r := range d.Related {
		f, p, ok := s.locate(r.Location)
		if !ok {
			return
		}
		if f.name == a[2].str {
			switch is, err := f.isAt(p, a[3].str); {
			case err != nil:
				s.fail("%s: %v", f.name, err)
				return
			case is:
				return
			}
		}
		others = append(others, fmt.Sprintf("%s: %q", f.name, f.text[p.start:p.end]))
	}
	s.fail("the related places are %q", others)
}

// onLine calls f for the diagnostics of a code that begin on the mark's line; a problem if there are none.
func (s *session) onLine(code string, f func(d *diagnostic)) {
	found := false
	for _, d := range s.diags {
		if d.file == s.mark.file && d.Code == code && d.Range.Start.Line == s.mark.line {
			found = true
			f(d)
		}
	}
	if !found {
		s.fail("no %s begins on the line", code)
	}
}

func (s *session) device(a []value) {
	s.onLine(a[0].str, func(d *diagnostic) {
		if d.Data.DeviceCode != a[1].number {
			s.fail("%s has the device code %d, want %d", d.Code, d.Data.DeviceCode, a[1].number)
		}
	})
}

func (s *session) nodevice(a []value) {
	s.onLine(a[0].str, func(d *diagnostic) {
		if d.Data.DeviceCode != 0 {
			s.fail("%s has the device code %d", d.Code, d.Data.DeviceCode)
		}
	})
}

// An action is a code action.
type action struct {
	Title       string          `json:"title"`
	Kind        string          `json:"kind"`
	Diagnostics []diagnostic    `json:"diagnostics"`
	Edit        json.RawMessage `json:"edit"`
	Command     *struct {
		Command   string            `json:"command"`
		Arguments []json.RawMessage `json:"arguments"`
	} `json:"command"`

	raw json.RawMessage
}

// actions asks for the code actions of a kind at a range.
func (s *session) actions(r lspRange, kind string, diags ...*diagnostic) ([]*action, bool) {
	list := []json.RawMessage{}
	for _, d := range diags {
		list = append(list, d.raw)
	}
	var raw []json.RawMessage
	ok := s.askWith("textDocument/codeAction", map[string]any{
		"textDocument": document{s.mark.file.uri}, "range": r,
		"context": map[string]any{"diagnostics": list, "only": []string{kind}, "triggerKind": 1},
	}, &raw)
	var out []*action
	for _, r := range raw {
		x := &action{raw: r}
		if err := json.Unmarshal(r, x); err != nil {
			s.fail("a code action cannot be read: %v: %s", err, r)
			return nil, false
		}
		out = append(out, x)
	}
	return out, ok
}

// fixes returns the quick fixes for a diagnostic.
func (s *session) fixes(d *diagnostic) ([]*action, bool) {
	all, ok := s.actions(d.Range, "quickfix", d)
	return slices.DeleteFunc(all, func(x *action) bool {
		return !slices.ContainsFunc(x.Diagnostics, func(o diagnostic) bool {
			return o.Code == d.Code && o.Range == d.Range && o.Message == d.Message
		})
	}), ok
}

// perform applies a code action as an editor does: its edit, which may have to be asked for, then its command.
func (s *session) perform(x *action) (changes, error) {
	if x.Edit == nil && s.has("codeActionProvider", "resolveProvider") {
		if err := s.request("codeAction/resolve", x.raw, x); err != nil {
			return nil, err
		}
	}
	edits := []json.RawMessage{}
	if x.Edit != nil {
		edits = append(edits, x.Edit)
	}
	if c := x.Command; c != nil {
		s.applied()
		if err := s.request("workspace/executeCommand", map[string]any{"command": c.Command, "arguments": c.Arguments}, nil); err != nil {
			return nil, err
		}
		edits = append(edits, s.applied()...)
	}
	if len(edits) != 1 {
		return nil, fmt.Errorf("%q makes %d edits", x.Title, len(edits))
	}
	return s.edit(edits[0])
}

func (s *session) fix(a []value) {
	d := s.theOne(a[0], a[1])
	if d == nil {
		return
	}
	all, ok := s.fixes(d)
	if !ok {
		return
	}
	var titles []string
	var chosen []*action
	for _, x := range all {
		titles = append(titles, x.Title)
		if a[2].re.MatchString(x.Title) {
			chosen = append(chosen, x)
		}
	}
	if len(chosen) != 1 {
		s.fail("%d of the fixes match: %q", len(chosen), titles)
		return
	}
	c, err := s.perform(chosen[0])
	if err != nil {
		s.fail("%v", err)
		return
	}
	s.compare(a[3].str, c.String())
	s.mends(c, d)
}

// mends holds that a fix mends: with it there are fewer diagnostics of the code, and no new syntax error.
func (s *session) mends(c changes, d *diagnostic) {
	count := func(all []*diagnostic, code string) int {
		n := 0
		for _, d := range all {
			if d.Code == code {
				n++
			}
		}
		return n
	}
	before, err := s.pull()
	if err != nil {
		s.fail("%v", err)
		return
	}
	undo := s.make(c)
	after, err := s.pull()
	undo()
	const syntax = "AZS001"
	switch {
	case err != nil:
		s.fail("with the fix: %v", err)
	case count(after, d.Code) >= count(before, d.Code):
		s.fail("with the fix, %s is still there", d.Code)
	case count(after, syntax) > count(before, syntax):
		s.fail("with the fix there is a new syntax error")
	}
}

// make lets the server see changes, until undo. Files that are only on the disk are opened for that.
func (s *session) make(c changes) (undo func()) {
	var back []func()
	for name, x := range c {
		f := s.file(name)
		switch {
		case x.after == nil:
		case f == nil || f.version == 0:
			u := uriOf(s.dir, name)
			s.didOpen(u, name, *x.after)
			back = append(back, func() { s.notify("textDocument/didClose", map[string]any{"textDocument": document{u}}) })
		default:
			s.didChange(f, *x.after)
			back = append(back, func() { s.didChange(f, f.text) })
		}
	}
	return func() {
		for _, b := range back {
			b()
		}
	}
}

func (s *session) nofix(a []value) {
	d := s.theOne(a[0], a[1])
	if d == nil {
		return
	}
	all, _ := s.fixes(d)
	for _, x := range all {
		s.fail("there is one: %q", x.Title)
	}
}

func (s *session) fixall(a []value) {
	whole := lspRange{position{}, s.position(s.mark.file, len(s.mark.file.text))}
	all, ok := s.actions(whole, "source.fixAll")
	if !ok {
		return
	}
	if len(all) != 1 {
		s.fail("%d actions of kind source.fixAll", len(all))
		return
	}
	c, err := s.perform(all[0])
	if err != nil {
		s.fail("%v", err)
		return
	}
	s.compare(a[0].str, c.String())
}
