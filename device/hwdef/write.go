package hwdef

import (
	"encoding/json"
	"strings"
)

// Text writes a definition as a file: what SDKs ship for a board, one peripheral a line.
func Text(d *Definition) string {
	var b strings.Builder
	b.WriteString("{\n  \"Metadata\": {\n    \"Type\": " + quote(MetadataType) + ",\n    \"Version\": 1\n  },\n  \"Description\": {\n    \"Name\": " +
		quote(d.Name) + ",\n    \"" + topKey + "\": [")
	list(&b, "      ", d.Top, quote)
	b.WriteString("\n    ]\n  },\n")
	if len(d.Imports) > 0 {
		b.WriteString("  \"Imports\": [")
		list(&b, "    ", d.Imports, func(i Import) string { return `{"Path": ` + quote(i.Path) + "}" })
		b.WriteString("\n  ],\n")
	}
	b.WriteString("  \"Peripherals\": [")
	list(&b, "    ", d.Peripherals, entryText)
	b.WriteString("\n  ]\n}\n")
	return b.String()
}

// list writes elements one a line.
func list[E any](b *strings.Builder, indent string, all []E, text func(E) string) {
	for i, e := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + indent + text(e))
	}
}

// entryText writes a peripheral as an entry of a definition.
func entryText(p *Peripheral) string {
	s := `{"Name": ` + quote(p.Name) + `, "Type": ` + quote(p.Type)
	if p.Mapping != "" {
		s += `, "Mapping": ` + quote(p.Mapping)
	} else {
		s += `, "MainCoreHeaderValue": ` + quote(p.HeaderValue)
		if p.Value.Text != "" {
			s += `, "AppManifestValue": ` + p.Value.JSON()
		}
	}
	if p.Comment != "" {
		s += `, "Comment": ` + quote(p.Comment)
	}
	return s + "}"
}

// quote writes a string in JSON, which has other escapes than Go.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string always has a form
	}
	return strings.TrimSuffix(b.String(), "\n")
}
