package server

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/server/files"
)

// BenchmarkEdit types a letter and waits for the diagnostics of the new text: all of a session but the operating system's
// pipes, which bench/lsp has.
func BenchmarkEdit(b *testing.B) {
	manifest, err := os.ReadFile(filepath.Join("..", "testdata", "apps", "blink", "app_manifest.json"))
	if err != nil {
		b.Fatal(err)
	}
	for _, in := range []struct{ name, text, before string }{
		{"app_manifest.json", string(manifest), `"Name": "`},
		{"board.json", largeDefinition(247), `"Comment": "`},
	} {
		b.Run(in.name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), in.name)
			writeFile(b, file, []byte(in.text))
			u := string(fileURI(files.Name(file)))
			c := dial(b)
			c.send(`{"id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}`)
			c.receive()
			c.send(`{"method":"initialized","params":{}}`)
			text, err := json.Marshal(in.text)
			if err != nil {
				b.Fatal(err)
			}
			c.send(fmt.Sprintf(`{"method":"textDocument/didOpen","params":{"textDocument":{"uri":%q,"languageId":"json","version":1,"text":%s}}}`, u, text))
			c.receive()
			before, _, _ := strings.Cut(in.text, in.before)
			line := strings.Count(before, "\n")
			at := len(before) - strings.LastIndex(before, "\n") - 1 + len(in.before)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.send(fmt.Sprintf(`{"method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":%q}]}}`,
					u, i+2, line, at, line, at+1, string(rune('a'+i%26))))
				c.receive()
			}
		})
	}
}

// largeDefinition is a hardware definition with n peripherals of six lines each.
func largeDefinition(n int) string {
	var entries []string
	for i := range n {
		entries = append(entries, fmt.Sprintf("    {\n      \"Name\": \"BOARD_PIN_%d\",\n      \"Type\": \"Gpio\",\n      \"Mapping\": \"MT3620_GPIO%d\",\n      \"Comment\": \"pin %d of the header\"\n    }", i, i%24, i))
	}
	return "{\n  \"Metadata\": { \"Type\": \"Azure Sphere Hardware Definition\", \"Version\": 1 },\n  \"Imports\": [ { \"Path\": \"mt3620.json\" } ],\n" +
		"  \"Description\": { \"Name\": \"Benchmark\" },\n  \"Peripherals\": [\n" + strings.Join(entries, ",\n") + "\n  ]\n}\n"
}
