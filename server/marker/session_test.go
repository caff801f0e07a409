package marker

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"armillary.dev/server"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

// A session is one case while it runs.
type session struct {
	*testCase
	*client
	dir      string
	enc      text.Encoding
	can      map[string]json.RawMessage // the server's capabilities
	problems problems
	update   bool
	diags    []*diagnostic

	mark *mark // the one being checked
}

// run runs a case in an empty folder and returns what is wrong. With update the goldens of the case are set instead of
// compared.
func (c *testCase) run(dir string, update bool, log func(format string, args ...any)) problems {
	if len(c.wrong) > 0 {
		return c.wrong
	}
	if err := c.layOut(dir); err != nil {
		return problems{err.Error()}
	}
	s := &session{testCase: c, dir: dir, update: update}
	opt := server.Options{Version: "test"}
	if c.flags.sdk != "" {
		opt.SearchDirs = []string{files.Name(filepath.ToSlash(filepath.Join(dir, c.flags.sdk)))}
	}
	other := realServer(opt)
	if c.stub != nil {
		other = c.stub
	}
	s.client = start(other, log)
	if err := s.open(); err != nil {
		s.problems.add(c.name, "%v", err)
		_ = s.stop()
		return s.problems
	}
	var err error
	if s.diags, err = s.pull(); err == nil {
		s.settle()
	} else {
		s.problems.add(c.name, "%v", err)
	}
	for _, m := range c.marks {
		s.mark = m
		m.verb.run(s, m.args)
	}
	s.leftOver()
	for _, name := range slices.Sorted(maps.Keys(c.goldens)) {
		if !c.goldens[name].asked {
			s.problems.add(c.name, "no marker asks for the golden @%s", name)
		}
	}
	if err := s.stop(); err != nil {
		s.problems.add(c.name, "%v", err)
	}
	return s.problems
}

// open introduces the editor and opens the files.
func (s *session) open() error {
	var abilities map[string]any
	if err := json.Unmarshal([]byte(clientAbilities), &abilities); err != nil {
		return err
	}
	if s.flags.encoding != "" {
		abilities["general"] = map[string]any{"positionEncodings": []string{s.flags.encoding, "utf-16"}}
	}
	type folder struct {
		URI  string `json:"uri"`
		Name string `json:"name"`
	}
	var folders []folder
	for _, f := range s.flags.folders {
		folders = append(folders, folder{uriOf(s.dir, f), f})
	}
	if len(folders) == 0 {
		folders = []folder{{uriOf(s.dir, "."), "case"}}
	}
	var result struct {
		Capabilities map[string]json.RawMessage `json:"capabilities"`
	}
	params := map[string]any{"processId": nil, "rootUri": folders[0].URI, "workspaceFolders": folders, "capabilities": abilities}
	if s.settings != nil {
		params["initializationOptions"] = s.settings
	}
	if err := s.request("initialize", params, &result); err != nil {
		return err
	}
	s.can = result.Capabilities
	var encoding string
	_ = json.Unmarshal(s.can["positionEncoding"], &encoding)
	switch encoding {
	case "", "utf-16":
		s.enc = text.UTF16
	case "utf-8":
		s.enc = text.UTF8
	case "utf-32":
		s.enc = text.UTF32
	default:
		return fmt.Errorf("the server chose the encoding %q", encoding)
	}
	if want := s.flags.encoding; want != "" && want != encoding {
		return fmt.Errorf("the server chose the encoding %q, not %q", encoding, want)
	}
	s.notify("initialized", map[string]any{})
	for _, f := range s.files {
		f.uri, f.version = uriOf(s.dir, f.name), 0
		if f.marked {
			s.didOpen(f.uri, f.name, f.text)
			f.version = 1
		}
	}
	return nil
}

// inFolders reports whether a file lies in a folder that the editor has open.
func (s *session) inFolders(name string) bool {
	return len(s.flags.folders) == 0 || slices.ContainsFunc(s.flags.folders, func(f string) bool { return strings.HasPrefix(name, f+"/") })
}

func (s *session) didOpen(uri, name, content string) {
	s.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": uri, "languageId": languageOf(name), "version": 1, "text": content,
	}})
}

func (s *session) didChange(f *file, content string) {
	f.version++
	s.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": f.uri, "version": f.version},
		"contentChanges": []any{map[string]any{"text": content}},
	})
}

// fail reports a problem with the current mark.
func (s *session) fail(format string, args ...any) {
	s.problems.add(s.mark.at, "@"+s.mark.verb.name+": "+format, args...)
}

// place finds a TEXT of the current mark; false, and a problem, if it is not there.
func (s *session) place(v value) (place, bool) {
	p, err := s.mark.place(v.str)
	if err != nil {
		s.fail("%v", err)
	}
	return p, err == nil
}

// ask sends a request about the current mark's file; a position below 0 is none. False, and a problem, if there is no answer.
func (s *session) ask(method string, offset int, result any) bool {
	p := at{TextDocument: document{s.mark.file.uri}}
	if offset >= 0 {
		pos := s.position(s.mark.file, offset)
		p.Position = &pos
	}
	return s.askWith(method, p, result)
}

func (s *session) askWith(method string, params, result any) bool {
	err := s.request(method, params, result)
	if err != nil {
		s.fail("%v", err)
	}
	return err == nil
}

// has reports whether the server said that it can do something.
func (s *session) has(path ...string) bool {
	var v any
	all, _ := json.Marshal(s.can)
	_ = json.Unmarshal(all, &v)
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v != nil && v != false
}

func (s *session) position(f *file, offset int) position {
	p := f.lines.Position(offset, s.enc)
	return position{p.Line, p.Character}
}

func (s *session) rangeOf(f *file, p place) lspRange {
	return lspRange{s.position(f, p.start), s.position(f, p.end)}
}

var errOutside = errors.New("the server names a place that is not in the document")

// span converts a range that the server sent, which must lie in the text.
func (s *session) span(lines *text.Map, r lspRange) (place, error) {
	offset := func(p position) (int, error) {
		o := lines.Offset(text.Position{Line: p.Line, Character: p.Character}, s.enc)
		if back := lines.Position(o, s.enc); back.Line != p.Line || back.Character != p.Character {
			return 0, fmt.Errorf("%w: line %d, character %d", errOutside, p.Line, p.Character)
		}
		return o, nil
	}
	start, err := offset(r.Start)
	if err != nil {
		return place{}, err
	}
	end, err := offset(r.End)
	if err == nil && end < start {
		err = fmt.Errorf("the server names a range that ends before it begins: %v", r)
	}
	return place{start: start, end: end}, err
}

// here converts a range in the current mark's file; false, and a problem, if it is none.
func (s *session) here(r lspRange) (place, bool) {
	p, err := s.span(s.mark.file.lines, r)
	if err != nil {
		s.fail("%v", err)
	}
	return p, err == nil
}

// locate finds a location that the server sent; false, and a problem, if it is none in the case.
func (s *session) locate(l location) (*file, place, bool) {
	f := s.file(nameOf(s.dir, l.URI))
	if f == nil {
		s.fail("the server names %s, which is no file of the case", l.URI)
		return nil, place{}, false
	}
	p, err := s.span(f.lines, l.Range)
	if err != nil {
		s.fail("%s: %v", f.name, err)
	}
	return f, p, err == nil
}

var guidPattern = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// compare holds a text against a golden.
func (s *session) compare(name, got string) {
	got = guidPattern.ReplaceAllStringFunc(got, func(id string) string {
		if slices.ContainsFunc(s.files, func(f *file) bool { return strings.Contains(strings.ToLower(f.text), id) }) {
			return id
		}
		return "<new GUID>"
	})
	got = strings.NewReplacer(s.dir, "$ROOT", filepath.ToSlash(s.dir), "$ROOT", "\r", "␍").Replace(got)
	if got != "" && !strings.HasSuffix(got, "\n") {
		got += "\n"
	}
	g := s.golden(name)
	again := g.asked
	g.asked = true
	switch {
	case s.update && !again:
		g.text = got
	case g.at < 0 && !s.update:
		s.fail("there is no golden @%s; -update writes it:\n%s", name, got)
	case g.text != got:
		s.fail("@%s differs; -update rewrites it:\n%s", name, diff(g.text, got))
	}
}
