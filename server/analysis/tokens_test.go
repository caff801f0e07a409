package analysis

import (
	"strings"
	"testing"

	"armillary.dev/device/rule"
)

func TestTokens(t *testing.T) {
	for _, tt := range []struct{ name, file, src, want string }{
		{"a manifest", "ws/app/app_manifest.json", `{ "SchemaVersion": 1, "ComponentId": "1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11", "ApplicationType": "Default", "Capabilities": {
			"Gpio": [ "$LED", 8, "9" ], "Uart": [ "ISU0", 5 ], "PowerControls": [ "ForceReboot" ], "AllowedConnections": [ "a.example", "" ], "Nonsense": [ 8 ],
			"AllowedApplicationConnections": [ "1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11", "x" ], "MutableStorage": { "SizeKB": 8 }, "DeviceAuthentication": "00000000-0000-0000-0000-000000000000" } }`,
			`SchemaVersion property, ComponentId property, 1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11 macro, ApplicationType property, Default enumMember, Capabilities property, ` +
				`Gpio class, $LED variable readonly, 8 enumMember, Uart class, ISU0 enumMember, PowerControls class, ForceReboot enumMember, AllowedConnections class, a.example namespace, ` +
				`AllowedApplicationConnections class, 1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11 macro, MutableStorage class, SizeKB property, DeviceAuthentication class, 00000000-0000-0000-0000-000000000000 macro`},
		{"a definition", "ws/hw/board.json", definition(`[ { "Name": "LED", "Type": "Gpio", "Mapping": "MT3620_GPIO8", "Comment": "x" }, { "Type": "Nonsense", "AppManifestValue": 8 }, 5 ]`),
			`Metadata property, Type property, Version property, Description property, Name property, Imports property, Path property, Peripherals property, ` +
				`Name property, LED variable declaration readonly, Type property, Gpio type, Mapping property, MT3620_GPIO8 variable readonly, Comment property, Type property, AppManifestValue property, 8 enumMember`},
		{"half typed", "x/app_manifest.json", `{ "SchemaVersion": 1, "Capabilities": { "Gpio": [ "$LE`, `SchemaVersion property, Capabilities property, Gpio class, $LE variable readonly`},
		{"keys without quotes", "x/app_manifest.json", `{ SchemaVersion: 1, : 2, "": 3 }`, ""},
		{"another file", "package.json", `{ "Gpio": [ 8 ] }`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tokens := read(tt.file, tt.src).Tokens(rule.Span{End: len(tt.src)})
			checkTokens(t, tt.src, tokens)
			if got := tokensOf(tt.src, tokens); tokens == nil || got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// What is asked for a part is the part of the whole.
func TestTokensWithin(t *testing.T) {
	src := app(`{ "Gpio": [ "$LED", 8 ], "Uart": [ "$SERIAL" ] }`)
	at := strings.Index(src, `"Gpio"`)
	f := read("ws/app/app_manifest.json", src)
	if got, want := tokensOf(src, f.Tokens(rule.Span{Start: at, End: at + len(`"Gpio": [ "$L`)})), "Gpio class, $LED variable readonly"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, at := range []rule.Span{{Start: len(src) + 1, End: len(src) + 9}, {Start: -9, End: -1}} {
		if got := f.Tokens(at); len(got) != 0 {
			t.Errorf("at %v: %s", at, tokensOf(src, got))
		}
	}
}

func tokensOf(src string, tokens []Token) string {
	var list []string
	for _, k := range tokens {
		text := src[k.Span.Start:k.Span.End] + " " + TokenTypes[k.Type]
		for i, m := range TokenModifiers {
			if k.Mods>>i&1 == 1 {
				text += " " + m
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// checkTokens holds what the protocol asks for: in order, no overlaps, nothing empty, nothing over the end of a line.
func checkTokens(t *testing.T, src string, tokens []Token) {
	t.Helper()
	last := 0
	for _, k := range tokens {
		if k.Span.Start < last || k.Span.Start >= k.Span.End || strings.ContainsAny(src[k.Span.Start:k.Span.End], "\r\n") || int(k.Type) >= len(TokenTypes) {
			t.Fatalf("%q: token %v after %d", src, k, last)
		}
		last = k.Span.End
	}
}
