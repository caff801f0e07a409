package project

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkCheckText is what an edit costs: a manifest of some sixty lines whose names lead through two definitions to
// the chip, and a definition of 1,500 lines.
func BenchmarkCheckText(b *testing.B) {
	var pins, board, appliance strings.Builder
	for n := range 24 {
		fmt.Fprintf(&pins, "      \"$PIN_%d\",\n", n)
	}
	for n := range 300 {
		fmt.Fprintf(&board, "{\n\"Name\": \"BOARD_%d\",\n\"Type\": \"Gpio\",\n\"Mapping\": \"MT3620_GPIO%d\"\n},\n", n, n%24)
		fmt.Fprintf(&appliance, "{\"Name\": \"PIN_%d\", \"Type\": \"Gpio\", \"Mapping\": \"BOARD_%d\", \"Comment\": \"Pin %d\"},\n", n, n, n)
	}
	definition := func(imports, peripherals string) string {
		return `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Imports":[{"Path":"` + imports + `"}],"Peripherals":[` +
			strings.TrimSuffix(peripherals, ",\n") + "]}"
	}
	var hosts strings.Builder
	for n := range 19 {
		fmt.Fprintf(&hosts, "      \"host-%d.example.net\",\n", n)
	}
	text := manifestWith("\n    \"AllowedConnections\": [\n" + hosts.String() + "      \"last.example.net\"\n    ],\n    \"Gpio\": [\n" + pins.String() + "      80\n    ],\n    \"WifiConfig\": true\n  ")
	fsys := files("a/app_manifest.json", text, "a/CMakeLists.txt", `azsphere_target_hardware_definition(x TARGET_DIRECTORY "hw" TARGET_DEFINITION "appliance.json")`,
		"a/hw/appliance.json", definition("board.json", appliance.String()), "a/hw/board.json", definition("mt3620.json", board.String()))
	for _, bb := range []struct{ name, path, text string }{
		{"manifest", "a/app_manifest.json", text},
		{"definition", "a/hw/board.json", definition("mt3620.json", board.String())},
	} {
		b.Run(bb.name, func(b *testing.B) {
			opt := Options{Cache: NewCache()}
			if f := CheckText(fsys, bb.path, bb.text, opt); f.Kind == Other || len(f.Findings) > 1 { // AZS127
				b.Fatalf("%s: %+v", f.Kind, f.Findings)
			}
			b.ReportAllocs()
			for b.Loop() {
				CheckText(fsys, bb.path, bb.text, opt)
			}
		})
	}
}
