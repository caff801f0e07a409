package marker

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"armillary.dev/server/text"
)

// A change is what becomes of a file; nil stands for a file that is not there.
type change struct{ before, after *string }

// changes are what an edit does, by the names of files.
type changes map[string]change

// edit reads a WorkspaceEdit and applies it to the files of the case as an editor would: versions must be those of the
// open documents, edits must not overlap.
func (s *session) edit(raw json.RawMessage) (changes, error) {
	type fileEdit struct {
		Kind         string `json:"kind"`
		URI          string `json:"uri"`
		OldURI       string `json:"oldUri"`
		NewURI       string `json:"newUri"`
		TextDocument struct {
			URI     string `json:"uri"`
			Version *int   `json:"version"`
		} `json:"textDocument"`
		Edits []textEdit `json:"edits"`
	}
	var e struct {
		Changes         map[string][]textEdit `json:"changes"`
		DocumentChanges []fileEdit            `json:"documentChanges"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("the edit cannot be read: %w: %s", err, raw)
	}
	for _, u := range slices.Sorted(maps.Keys(e.Changes)) {
		d := fileEdit{Edits: e.Changes[u]}
		d.TextDocument.URI = u
		e.DocumentChanges = append(e.DocumentChanges, d)
	}
	out := changes{}
	// now returns what is known of a file; nil if it does not exist.
	now := func(name string) *string {
		if c, ok := out[name]; ok {
			return c.after
		}
		if f := s.file(name); f != nil {
			return &f.text
		}
		return nil
	}
	set := func(name string, content *string) {
		c, ok := out[name]
		if !ok {
			c.before = now(name)
		}
		c.after = content
		out[name] = c
	}
	for _, d := range e.DocumentChanges {
		u := d.TextDocument.URI
		if d.Kind != "" {
			if u = d.URI; d.Kind == "rename" {
				u = d.OldURI
			}
		}
		name := nameOf(s.dir, u)
		if name == "" {
			return nil, fmt.Errorf("the edit changes %q, which is not in the workspace", u)
		}
		switch d.Kind {
		case "create":
			set(name, new(""))
		case "delete":
			set(name, nil)
		case "rename":
			set(nameOf(s.dir, d.NewURI), now(name))
			set(name, nil)
		case "":
			before := now(name)
			if before == nil {
				return nil, fmt.Errorf("the edit changes %s, which does not exist", name)
			}
			if f, v := s.file(name), d.TextDocument.Version; f != nil && v != nil && *v != f.version {
				return nil, fmt.Errorf("the edit is for version %d of %s, which is at %d", *v, name, f.version)
			}
			after, err := s.apply(*before, d.Edits)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			set(name, &after)
		default:
			return nil, fmt.Errorf("what is a document change of kind %q?", d.Kind)
		}
	}
	return out, nil
}

// apply makes edits of one document, all at once.
func (s *session) apply(content string, edits []textEdit) (string, error) {
	lines := text.NewMap(content)
	list := make([]text.Edit, len(edits))
	for i, e := range edits {
		p, err := s.span(lines, e.Range)
		if err != nil {
			return "", err
		}
		list[i] = text.Edit{Start: p.start, End: p.end, New: e.NewText}
	}
	out, skipped := text.Apply(content, list)
	if len(skipped) > 0 {
		return "", fmt.Errorf("the edits overlap: %v", edits)
	}
	return out, nil
}

// String writes the changes as the package comment says.
func (c changes) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c)) {
		before, after := c[name].before, c[name].after
		switch {
		case before == nil && after == nil:
		case before == nil:
			fmt.Fprintf(&b, "=== %s (new)\n%s", name, diff("", *after))
		case after == nil:
			fmt.Fprintf(&b, "=== %s (gone)\n", name)
		case *before != *after:
			fmt.Fprintf(&b, "=== %s\n%s", name, diff(*before, *after))
		}
	}
	if b.Len() == 0 {
		return "nothing changes\n"
	}
	return b.String()
}

// diff writes what changes from one text to another, with a line around each change.
func diff(before, after string) string {
	a, b := splitLines(before), splitLines(after)
	// keep[i][j] is how many lines a[i:] and b[j:] have in common.
	keep := make([][]int32, len(a)+1)
	for i := range keep {
		keep[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				keep[i][j] = keep[i+1][j+1] + 1
			} else {
				keep[i][j] = max(keep[i+1][j], keep[i][j+1])
			}
		}
	}
	type line struct {
		mark byte
		text string
		old  int // number in the old text, from 1
	}
	var all []line
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, line{' ', a[i], i + 1})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || keep[i+1][j] >= keep[i][j+1]):
			all = append(all, line{'-', a[i], i + 1})
			i++
		default:
			all = append(all, line{'+', b[j], i + 1})
			j++
		}
	}
	near := func(i int) bool {
		return slices.ContainsFunc(all[max(0, i-1):min(len(all), i+2)], func(l line) bool { return l.mark != ' ' })
	}
	var out strings.Builder
	shown := false
	for i, l := range all {
		if !near(i) {
			shown = false
			continue
		}
		if !shown {
			fmt.Fprintf(&out, "@@ %d @@\n", l.old)
		}
		shown = true
		out.WriteString(string(l.mark) + strings.TrimSuffix(l.text, "\n") + "\n")
		if !strings.HasSuffix(l.text, "\n") {
			out.WriteString("\\ no line end\n")
		}
	}
	return out.String()
}

// splitLines cuts a text into lines with their ends.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
