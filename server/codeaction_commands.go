package server

import (
	"go.lsp.dev/protocol"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// commandActions offers the commands about a hardware definition where they belong: at the key of Imports to port it to a
// board, at the key of Peripherals to add entries, at the beginning to write the C header. Editors without a palette for our
// commands reach them so.
func (s *server) commandActions(file *analysis.File, d *document, at rule.Span, only []protocol.CodeActionKind) []protocol.CodeAction {
	if file.Kind != project.Definition || d.name == "" || !s.client.applies {
		return nil
	}
	var actions []protocol.CodeAction
	add := func(kind protocol.CodeActionKind, title, command string, args ...any) {
		if wants(only, kind) {
			args = append([]any{string(d.sent)}, args...)
			actions = append(actions, protocol.CodeAction{Title: title, Kind: &kind,
				Command: protocol.Command{Title: title, Command: command, Arguments: lspArguments(args...)}})
		}
	}
	root := file.FileReport.File.Root
	touches := func(n *jsonc.Node) bool {
		return n != nil && n.Key != nil && n.Key.Start <= at.End && at.Start <= n.Key.End
	}
	switch {
	case at.Start <= root.Start+1:
		add(protocol.CodeActionKindSource, "Generate the C header", commandGenerateHeader)
	case touches(root.Member("Imports")):
		for _, b := range boardNames() {
			add(protocol.CodeActionKindRefactor, "Port to "+b, commandPortDefinition, b)
		}
	case touches(root.Member("Peripherals")):
		for _, t := range []string{hwdef.Gpio, hwdef.Uart, hwdef.I2cMaster, hwdef.SpiMaster, hwdef.Pwm, hwdef.Adc} {
			add(protocol.CodeActionKindRefactor, "Add a "+t+" that is free", commandGenerateMappings, t, 1)
		}
	}
	return actions
}
