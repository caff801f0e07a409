package cli

import (
	"armillary.dev/device/hwdef"
)

// boardFiles are the definitions and headers of the boards as an SDK has them, by path below its HardwareDefinitions.
func boardFiles() map[string]string {
	files := map[string]string{}
	for _, name := range hwdef.Boards() {
		board := hwdef.Board(name)
		files[name] = hwdef.Text(board)
		files[hwdef.HeaderPath(name)] = hwdef.Header(board)
	}
	return files
}
