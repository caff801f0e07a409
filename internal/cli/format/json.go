package format

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"

	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// The shapes of the JSON format. Lines and characters count from 0, characters in UTF-16 units, as in LSP; files are
// written with forward slashes.
type (
	jsonFinding struct {
		File       string        `json:"file"`
		Range      jsonRange     `json:"range"`
		Code       string        `json:"code"`
		Severity   string        `json:"severity"`
		Message    string        `json:"message"`
		DeviceCode int           `json:"deviceCode,omitempty"`
		Related    []jsonRelated `json:"related,omitempty"`
		Fixes      []jsonFix     `json:"fixes,omitempty"`
	}
	jsonRange struct {
		Start jsonPosition `json:"start"`
		End   jsonPosition `json:"end"`
	}
	jsonPosition struct {
		Line      int `json:"line"`
		Character int `json:"character"`
	}
	jsonRelated struct {
		File    string    `json:"file"`
		Range   jsonRange `json:"range"`
		Message string    `json:"message"`
	}
	jsonFix struct {
		Title string     `json:"title"`
		Edits []jsonEdit `json:"edits"`
	}
	jsonEdit struct {
		File    string    `json:"file"`
		Range   jsonRange `json:"range"`
		NewText string    `json:"newText"`
	}
)

// JSON prints one array of all findings, hints too, each on a line of its own.
func JSON(w io.Writer, r *Report, _ Options) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	sep := "[\n"
	for i := range r.Files {
		f := &r.Files[i]
		for j := range f.Findings {
			b.WriteString(sep)
			if err := e.Encode(toJSON(f, &f.Findings[j])); err != nil {
				return err
			}
			b.Truncate(b.Len() - 1) // the encoder's line feed
			sep = ",\n"
		}
	}
	if b.Len() == 0 {
		b.WriteString("[]\n")
	} else {
		b.WriteString("\n]\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func toJSON(f *File, x *rule.Finding) jsonFinding {
	out := jsonFinding{
		File: filepath.ToSlash(f.Path), Range: rangeOf(f.Map, x.Span), Code: x.Rule.Code,
		Severity: x.Severity.String(), Message: x.Message, DeviceCode: x.Refuses.Code,
	}
	for _, r := range x.Related {
		if path, m, ok := f.other(r.File); ok {
			out.Related = append(out.Related, jsonRelated{filepath.ToSlash(path), rangeOf(m, r.Span), r.Message})
		}
	}
fixes:
	for _, fix := range x.Fixes {
		j := jsonFix{Title: fix.Title}
		for _, e := range fix.Edits {
			path, m, ok := f.other(e.File)
			if !ok {
				continue fixes // half a fix is none
			}
			j.Edits = append(j.Edits, jsonEdit{filepath.ToSlash(path), rangeOf(m, e.Span), e.New})
		}
		out.Fixes = append(out.Fixes, j)
	}
	return out
}

func rangeOf(m *text.Map, s rule.Span) jsonRange {
	a, b := m.Position(s.Start, text.UTF16), m.Position(max(s.Start, s.End), text.UTF16)
	return jsonRange{jsonPosition{a.Line, a.Character}, jsonPosition{b.Line, b.Character}}
}
