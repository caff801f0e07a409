package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// baselineReason is what is said of a finding that a baseline holds.
const baselineReason = "in the baseline"

// An Entry of a baseline names findings without a line: by file, rule and element, or the message where a finding is about
// no element. An edit elsewhere in the file leaves it true.
type Entry struct {
	File    string `json:"file"` // relative to the folder of the baseline, with forward slashes
	Code    string `json:"code"`
	At      string `json:"at,omitempty"` // JSON pointer
	Message string `json:"message,omitempty"`
}

func entryOf(file string, f *rule.Finding) Entry {
	e := Entry{File: file, Code: f.Rule.Code, At: f.Pointer}
	if e.At == "" {
		e.Message = f.Message
	}
	return e
}

// A Baseline is a set of findings that a team lives with for now. Its file holds one entry a line, sorted, so that two
// branches that both change it can be merged line by line; what such a merge does to commas is taken.
type Baseline struct {
	counts map[Entry]int // how many findings each entry stands for
	found  map[Entry]int // how many of them were there
}

// NewBaseline returns an empty baseline.
func NewBaseline() *Baseline { return &Baseline{map[Entry]int{}, map[Entry]int{}} }

// ParseBaseline reads the text of a baseline. The error says where it is none.
func ParseBaseline(src string) (*Baseline, error) {
	b := NewBaseline()
	tree := jsonc.ParseString(src)
	lines := jsonc.NewLines(src)
	wrong := func(offset int, format string, args ...any) error {
		line, col := lines.Runes(offset)
		return fmt.Errorf("line %d, column %d: %s", line+1, col+1, fmt.Sprintf(format, args...))
	}
	for _, e := range tree.Errors {
		if !e.Code.Tolerated() && e.Code != jsonc.MissingComma {
			return nil, wrong(e.Start, "%s", e.Msg)
		}
	}
	version, ok := tree.Root.Get("version").Int()
	list := tree.Root.Member("findings")
	if !ok || list == nil || list.Kind != jsonc.Array {
		return nil, wrong(tree.Root.Start, `this is no baseline: "version" or "findings" is missing; --write-baseline makes one`)
	}
	if version != 1 {
		return nil, wrong(tree.Root.Member("version").Start, "baselines of version %d are not known here, only those of version 1", version)
	}
	for _, n := range list.Children {
		var e Entry
		e.File, _ = n.Member("file").Str()
		e.Code, _ = n.Member("code").Str()
		e.At, _ = n.Member("at").Str()
		e.Message, _ = n.Member("message").Str()
		if e.File == "" || !isCode(e.Code) || (e.At == "") == (e.Message == "") {
			return nil, wrong(n.Start, `an entry has "file", "code" and either "at" or "message"`)
		}
		count := int64(1)
		if c := n.Member("count"); c != nil {
			if count, ok = c.Int(); !ok || count < 1 || count > 1<<30 {
				return nil, wrong(c.Start, `"count" must be a number above 0`)
			}
		}
		b.counts[e] = max(b.counts[e], int(count)) // a merge may have both branches' lines
	}
	return b, nil
}

// Add takes the findings of a file into the baseline.
func (b *Baseline) Add(file string, findings []rule.Finding) {
	for i := range findings {
		e := entryOf(file, &findings[i])
		b.counts[e]++
		b.found[e]++
	}
}

// Apply sorts the findings of a file into those that are new and those that the baseline holds. Of more findings than an
// entry stands for, the last ones are new.
func (b *Baseline) Apply(file string, findings []rule.Finding) (kept []rule.Finding, suppressed []Suppressed) {
	for i := range findings {
		e := entryOf(file, &findings[i])
		if b.found[e] < b.counts[e] {
			b.found[e]++
			suppressed = append(suppressed, Suppressed{findings[i], false, baselineReason})
			continue
		}
		kept = append(kept, findings[i])
	}
	return kept, suppressed
}

// Gone returns how many findings of the baseline are no longer there, in those files that were looked at.
func (b *Baseline) Gone(looked func(file string) bool) int {
	n := 0
	for e, count := range b.counts {
		if looked(e.File) {
			n += count - b.found[e]
		}
	}
	return n
}

// Prune takes out what Gone counts, and returns how many findings that were.
func (b *Baseline) Prune(looked func(file string) bool) int {
	n := 0
	for e, count := range b.counts {
		if !looked(e.File) {
			continue
		}
		n += count - b.found[e]
		if b.counts[e] = b.found[e]; b.counts[e] == 0 {
			delete(b.counts, e)
		}
	}
	return n
}

// Len is how many findings the baseline stands for.
func (b *Baseline) Len() int {
	n := 0
	for _, count := range b.counts {
		n += count
	}
	return n
}

// Text writes the baseline as ParseBaseline reads it.
func (b *Baseline) Text() string {
	entries := make([]Entry, 0, len(b.counts))
	for e := range b.counts {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(x, y Entry) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Code, y.Code), cmp.Compare(x.At, y.At), cmp.Compare(x.Message, y.Message))
	})
	var out bytes.Buffer
	out.WriteString("{\n  \"version\": 1,\n  \"findings\": [")
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for i, e := range entries {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n    ")
		line := struct {
			Entry
			Count int `json:"count,omitempty"`
		}{e, b.counts[e]}
		if line.Count == 1 {
			line.Count = 0
		}
		if err := enc.Encode(line); err != nil { // strings and a number: it cannot
			panic(err)
		}
		out.Truncate(out.Len() - 1) // the encoder's line feed
	}
	if len(entries) > 0 {
		out.WriteString("\n  ")
	}
	out.WriteString("]\n}\n")
	return out.String()
}
