package server

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"go.lsp.dev/protocol"

	"armillary.dev/device/rule"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

// TestIncrementalSync makes random edits in each encoding and holds the document against the edits made by hand.
func TestIncrementalSync(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "é", "😀", "\n", "\r\n", "\r", "{", `"x": 1,`, "", "\u2028"}
	for _, enc := range []text.Encoding{text.UTF8, text.UTF16, text.UTF32} {
		s := &server{client: client{edges: edges{enc}}, log: log.New(io.Discard, "", 0)}
		s.current.Store(newSnapshot(nil))
		if err := s.didOpen(json.RawMessage(`{"textDocument":{"uri":"untitled:x","languageId":"json","version":0,"text":""}}`)); err != nil {
			t.Fatal(err)
		}
		var want []rune
		for version := range int32(2000) {
			start := rnd.IntN(len(want) + 1)
			end := min(len(want), start+rnd.IntN(3))
			if splits(want, start) || splits(want, end) {
				continue // between CR and LF there is no position
			}
			m := text.NewMap(string(want))
			rng := s.client.rng(m, spanOf(want, start, end))
			var fresh string
			for range rnd.IntN(4) {
				fresh += pieces[rnd.IntN(len(pieces))]
			}
			s.change(t, version+1, &rng, fresh)
			want = append(append(append([]rune{}, want[:start]...), []rune(fresh)...), want[end:]...)
			d, err := s.open("untitled:x")
			if err != nil || d.text != string(want) || d.version != version+1 {
				t.Fatalf("encoding %d, version %d: %q, want %q (%v)", enc, version, d.text, string(want), err)
			}
			if len(want) > 200 {
				want = nil
				s.change(t, version+1, nil, "")
			}
		}
	}
}

// change applies one edit; without a range it is the whole text.
func (s *server) change(t *testing.T, version int32, at *protocol.Range, fresh string) {
	t.Helper()
	edit := map[string]any{"text": fresh}
	if at != nil {
		edit["range"] = at
	}
	params, err := json.Marshal(map[string]any{
		"textDocument":   map[string]any{"uri": "untitled:x", "version": version},
		"contentChanges": []any{edit},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.didChange(params); err != nil {
		t.Fatal(err)
	}
}

func splits(s []rune, at int) bool { return at > 0 && at < len(s) && s[at-1] == '\r' && s[at] == '\n' }

// spanOf is where runes lie in bytes.
func spanOf(s []rune, start, end int) rule.Span {
	from := len(string(s[:start]))
	return rule.Span{Start: from, End: from + len(string(s[start:end]))}
}

// TestWholeDocument holds that a change whose range is null replaces the whole text, as one without a range does.
func TestWholeDocument(t *testing.T) {
	for _, change := range []string{`{"text":"new"}`, `{"range":null,"text":"new"}`} {
		s := &server{log: log.New(io.Discard, "", 0)}
		s.current.Store(newSnapshot(nil))
		if err := s.didOpen(json.RawMessage(`{"textDocument":{"uri":"untitled:x","languageId":"json","version":0,"text":"old"}}`)); err != nil {
			t.Fatal(err)
		}
		err := notifications["textDocument/didChange"](s, json.RawMessage(fmt.Sprintf(`{"textDocument":{"uri":"untitled:x","version":1},"contentChanges":[%s]}`, change)))
		if d, _ := s.open("untitled:x"); err != nil || d.text != "new" {
			t.Errorf("%s: %q, %v", change, d.text, err)
		}
	}
}

// TestEditsOfWhatIsShown holds that edits of an open capability file, whose bytes are read from the disk because an editor
// cannot show them, are edits of the text that the editor shows.
func TestEditsOfWhatIsShown(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.cap")
	writeFile(t, name, []byte("\xfd\x5c\xfd"))
	id := fileURI(files.Name(filepath.ToSlash(name)))
	s := &server{client: client{edges: edges{text.UTF8}}, log: log.New(io.Discard, "", 0)}
	s.current.Store(newSnapshot(nil))
	if err := s.didOpen(json.RawMessage(fmt.Sprintf(`{"textDocument":{"uri":%q,"languageId":"","version":0,"text":"\ufffd\\\ufffd"}}`, id))); err != nil {
		t.Fatal(err)
	}
	if d, err := s.open(id); err != nil || d.text != "\xfd\x5c\xfd" {
		t.Fatalf("%q, %v", d.text, err)
	}
	if err := s.didChange(json.RawMessage(fmt.Sprintf(`{"textDocument":{"uri":%q,"version":1},"contentChanges":[
		{"range":{"start":{"line":0,"character":3},"end":{"line":0,"character":7}},"text":"!"}]}`, id))); err != nil {
		t.Fatal(err)
	}
	if d, err := s.open(id); err != nil || d.text != "\ufffd!" || d.shown != "" {
		t.Fatalf("%q, %v", d.text, err)
	}
}
