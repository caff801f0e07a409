package analysis

import (
	"fmt"
	"strings"
	"testing"

	"armillary.dev/device/rule"
)

// benchManifest has 61 lines, benchDefinition 1,494.
func benchManifest() string {
	var b strings.Builder
	b.WriteString("{\n  \"SchemaVersion\": 1,\n  \"Name\": \"Bench\",\n  \"ComponentId\": \"6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22\",\n  \"EntryPoint\": \"/bin/app\",\n  \"CmdArgs\": [],\n  \"Capabilities\": {\n    \"AllowedConnections\": [\n")
	for i := range 15 {
		fmt.Fprintf(&b, "      \"host%d.example.net\",\n", i)
	}
	b.WriteString("      \"last.example.net\"\n    ],\n    \"Gpio\": [\n")
	for i := range 28 {
		fmt.Fprintf(&b, "      \"$MT3620_GPIO%d\",\n", i%24)
	}
	b.WriteString("      8\n    ],\n    \"Uart\": [ \"$SERIAL\" ],\n    \"WifiConfig\": true,\n    \"NetworkConfig\": false\n  },\n  \"ApplicationType\": \"Default\"\n}\n")
	return b.String()
}

func benchDefinition() string {
	var b strings.Builder
	b.WriteString("{\n  \"Metadata\": { \"Type\": \"Azure Sphere Hardware Definition\", \"Version\": 1 },\n  \"Imports\": [ { \"Path\": \"mt3620.json\" } ],\n  \"Peripherals\": [\n")
	for i := range 248 {
		fmt.Fprintf(&b, "    {\n      \"Name\": \"BOARD_PERIPHERAL_%d\",\n      \"Type\": \"Gpio\",\n      \"Mapping\": \"MT3620_GPIO%d\",\n      \"Comment\": \"Header 1, pin %d\"\n    },\n", i, i%24, i)
	}
	return strings.TrimSuffix(b.String(), ",\n") + "\n  ]\n}\n"
}

func BenchmarkStructure(b *testing.B) {
	for _, bb := range []struct{ name, file, src string }{
		{"manifest", "ws/app/app_manifest.json", benchManifest()},
		{"definition", "ws/hw/board.json", benchDefinition()},
	} {
		f := read(bb.file, bb.src)
		all := rule.Span{End: len(bb.src)}
		f.names()
		for _, op := range []struct {
			name string
			ask  func() int
		}{
			{"symbols", func() int { return len(f.Outline()) }},
			{"folds", func() int { return len(f.Folds(0)) }},
			{"selections", func() int { return len(f.Selections(len(bb.src) / 2)) }},
			{"links", func() int { return 1 + len(f.Links()) }},
			{"tokens", func() int { return len(f.Tokens(all)) }},
			{"inlays", func() int { return len(f.Inlays(all)) }},
			{"format", func() int { return len(f.Format(all, FormatOptions{TabSize: 4})) }},
		} {
			b.Run(bb.name+"/"+op.name, func(b *testing.B) {
				if op.ask() == 0 {
					b.Fatal("nothing is answered")
				}
				b.ReportAllocs()
				for b.Loop() {
					op.ask()
				}
			})
		}
	}
}
