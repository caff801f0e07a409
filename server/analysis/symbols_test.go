package analysis

import (
	"fmt"
	"strings"
	"testing"

	"armillary.dev/device/rule"
)

// read checks a text without a cursor.
func read(name, src string) *File {
	return NewChecker().Workspace(board, nil, Settings{}).Check(name, src)
}

// definition wraps peripherals into a hardware definition.
func definition(peripherals string) string {
	return `{ "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 }, "Description": { "Name": "My board" }, "Imports": [ { "Path": "mt3620.json" } ], "Peripherals": ` + peripherals + ` }`
}

// outlineOf writes an outline: a line per heading, its name, its detail, the text that it selects if that is not the name.
func outlineOf(src string, list []Heading, indent string) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "%s%s", indent, s.Name)
		if s.Detail != "" {
			b.WriteString(" – " + s.Detail)
		}
		if at := src[s.Select.Start:s.Select.End]; strings.Trim(at, `"`) != s.Name {
			fmt.Fprintf(&b, " at %q", at)
		}
		b.WriteString("\n" + outlineOf(src, s.Children, indent+"  "))
	}
	return b.String()
}

func TestOutline(t *testing.T) {
	for _, tt := range []struct{ name, file, src, want string }{
		{"an app", "ws/app/app_manifest.json", `{ "SchemaVersion": 1, "Name": "Blink", "EntryPoint": "/bin/app", "CmdArgs": [ "-v", "" ], "Capabilities": {
			"Gpio": [ "$LED", 8, 9, "$NONE" ], "Uart": [ "$SERIAL", "ISU0" ], "AllowedConnections": [ "a.example" ],
			"AllowedTcpServerPorts": [ 80 ], "MutableStorage": { "SizeKB": 8 }, "WifiConfig": true, "Nonsense": [ { } ] } }`, `
Blink
  SchemaVersion – 1
  Name – Blink
  EntryPoint – /bin/app
  CmdArgs
    -v
    string at "\"\""
  Capabilities
    Gpio
      $LED – = GPIO 8
      8 – $LED
      9
      $NONE
    Uart
      $SERIAL – = ISU1
      ISU0
    AllowedConnections
      a.example
    AllowedTcpServerPorts
      80
    MutableStorage – SizeKB 8
    WifiConfig – true
    Nonsense
      object at "{ }"
`},
		{"no name", "x/app_manifest.json", `{ "SchemaVersion": 1, "Name": " ", "Capabilities": { "Gpio": `, `
app manifest at ""
  SchemaVersion – 1
  Name –  ` + `
  Capabilities
    Gpio
`},
		{"a key that is not there", "x/app_manifest.json", `{ "Name": "a\nb", "CmdArgs": [], "": 1, : 2 }`, `
a b at "\"a\\nb\""
  Name – a b
  CmdArgs
  ? – 1 at "\"\""
  ? – 2 at ""
`},
		{"a definition", "ws/hw/board.json", definition(`[ { "Type": "Gpio", "Name": "LED", "Mapping": "MT3620_GPIO8" }, { "Name": "SPI", "Type": "SpiMaster", "Mapping": "MT3620_ISU1_SPI" },
			{ "Name": "CS", "Type": "int", "Mapping": "MT3620_SPI_CS_A" }, { "Name": "OWN", "Type": "Gpio", "AppManifestValue": 9, "MainCoreHeaderValue": "(9)" },
			{ "Name": "LOOP", "Type": "Gpio", "Mapping": "LOOP" }, { "Type": "Gpio" }, 5 ]`), `
My board
  Metadata
    Type – Azure Sphere Hardware Definition
    Version – 1
  Description
    Name – My board
  Imports
    mt3620.json
  Peripherals
    LED – Gpio = 8
    SPI – SpiMaster = ISU1
    CS – int
    OWN – Gpio = 9
    LOOP – Gpio
    object – Gpio at "{ \"Type\": \"Gpio\" }"
    5
`},
		{"a definition without a name", "ws/hw/board.json", `{ "Peripherals": [], "Imports": [] }`, `
board.json at ""
  Peripherals
  Imports
`},
		{"another JSON file", "package.json", `{ "Name": "x" }`, "\n"},
		{"a list", "x/app_manifest.json", `[ 1 ]`, "\n"},
		{"nothing", "x/app_manifest.json", "", "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			symbols := read(tt.file, tt.src).Outline()
			if symbols == nil {
				t.Error("the list is nil")
			}
			if got := "\n" + outlineOf(tt.src, symbols, ""); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			checkOutline(t, tt.src, rule.Span{End: len(tt.src)}, symbols)
		})
	}
}

// checkOutline holds what editors rely on: names, selections inside of spans, spans inside of one another, in order.
func checkOutline(t *testing.T, src string, in rule.Span, list []Heading) {
	t.Helper()
	at := in.Start
	for _, s := range list {
		if strings.TrimSpace(s.Name) == "" || strings.ContainsAny(s.Name+s.Detail, "\r\n") {
			t.Fatalf("%q: the symbol %q – %q", src, s.Name, s.Detail)
		}
		if s.Span.Start < at || s.Span.End > in.End || s.Select.Start < s.Span.Start || s.Select.End > s.Span.End || s.Select.Start > s.Select.End {
			t.Fatalf("%q: %s lies at %v, its name at %v, after %d inside of %v", src, s.Name, s.Span, s.Select, at, in)
		}
		at = s.Span.Start // an unclosed value may run into what follows
		checkOutline(t, src, s.Span, s.Children)
	}
}

func TestManyHeadings(t *testing.T) {
	src := `{ "SchemaVersion": 1, "CmdArgs": [` + strings.Repeat(`"",`, 3*maxItems) + `""] }`
	count := 0
	var walk func(list []Heading)
	walk = func(list []Heading) {
		for i := range list {
			count++
			walk(list[i].Children)
		}
	}
	walk(read("x/app_manifest.json", src).Outline())
	if count != maxItems+1 {
		t.Errorf("%d symbols, want %d", count, maxItems+1)
	}
}
