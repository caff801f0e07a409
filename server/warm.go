package server

import (
	"sync"

	"go.lsp.dev/protocol"

	"armillary.dev/server/analysis"
	"armillary.dev/server/files"
)

// warm does once what the first document will need: tables that are made when they are first asked for, and code that has never
// run. It is started when initialize is answered, and mostly done before the client has sent its first document.
var warm = sync.OnceFunc(func() {
	w := analysis.NewChecker().Workspace(files.Overlay{Disk: files.NewDisk()}, nil, analysis.Settings{})
	s := &server{} // of no client
	var list []protocol.Diagnostic
	for _, text := range []string{
		`{ "Metadata": { "Type": "Azure Sphere Hardware Definition", "Version": 1 }, "Imports": [ { "Path": "mt3620.json" } ],
		   "Peripherals": [ { "Name": "A", "Type": "Gpio", "Mapping": "MT3620_GPIO8" }, { "Name": "A", "Type": "Gpio", "Mapping": "MT3620_GPIO_8" } ] }`,
		`{ "SchemaVersion": 1, "Name": "", "ComponentId": "", "Capabilities": { "Gpio": [ 8, 8 ], "Uart": [ "ISU0" ] } }`,
	} {
		d := &document{text: text}
		for _, f := range w.Check("", text).Findings {
			list = append(list, s.toDiagnostic(nil, d, &f))
		}
	}
	_, _ = encode(&protocol.PublishDiagnosticsParams{Diagnostics: list}) // what it says is of no use, that it was made is
})
