package server

import (
	"context"
	"encoding/json"
	"strings"

	"go.lsp.dev/protocol"

	"armillary.dev/server/files"
)

// privileges reports what an app asks for and what it uses of that. Arguments: the URI of the app's manifest, or of another
// file of the app. Result: what `armillary check --privileges --json` prints, with the manifest relative to the workspace
// folder that holds it.
func (s *server) privileges(_ context.Context, snap *snapshot, args []protocol.LSPAny) (any, error) {
	name, _, err := s.file(snap, args)
	if err != nil {
		return nil, err
	}
	r, ok := snap.workspace().Privileges(name, snap.inFolder)
	if !ok {
		return nil, rpcError(codeRequestFailed, "%s belongs to no app: there is no app_manifest.json beside or above it", files.Path(name))
	}
	text, err := json.Marshal(r)
	return json.RawMessage(text), err
}

// inFolder writes a file relative to the workspace folder that holds it.
func (snap *snapshot) inFolder(name string) string {
	for _, folder := range snap.folders {
		if rest, ok := strings.CutPrefix(name, folder+"/"); ok {
			return rest
		}
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}
