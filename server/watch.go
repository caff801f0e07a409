package server

import (
	"path"
	"strconv"
	"strings"

	"go.lsp.dev/protocol"
)

// watched are the files of the open folders that snapshots are built from: they change outside the editor too, by git, a
// generator, a build.
var watched = []protocol.Pattern{"**/*.{json,c,h,cc,cpp,hpp,cmake,cap,out,imagepackage}", "**/CMakeLists.txt", "**/CMakeCache.txt"}

// maxOutside is how many folders outside of the open ones are watched at most.
const maxOutside = 64

// watchFolders asks the client to watch the open folders.
func (s *server) watchFolders() {
	var watchers []protocol.FileSystemWatcher
	for _, glob := range watched {
		watchers = append(watchers, protocol.FileSystemWatcher{GlobPattern: glob})
	}
	s.register("armillary-files", "workspace/didChangeWatchedFiles", &protocol.DidChangeWatchedFilesRegistrationOptions{Watchers: watchers})
}

// watchOutside asks the client to watch the folders of files that an answer depends on and that lie in no open folder: an
// SDK's, or hardware definitions that several projects share.
func (s *server) watchOutside(snap *snapshot, reads []string) {
	if !s.client.watch || !s.client.relative {
		return
	}
	if len(reads) == 0 {
		return
	}
	var news []string
	folders := snap.places()
	s.mu.Lock()
	for _, name := range reads {
		dir := path.Dir(name)
		if s.outside[dir] || len(s.outside) >= maxOutside || within(folders, dir) {
			continue
		}
		if s.outside == nil {
			s.outside = map[string]bool{}
		}
		s.outside[dir] = true
		news = append(news, dir)
	}
	n := len(s.outside)
	s.mu.Unlock()
	if len(news) == 0 {
		return
	}
	var watchers []protocol.FileSystemWatcher
	for _, dir := range news {
		watchers = append(watchers, protocol.FileSystemWatcher{GlobPattern: &protocol.RelativePattern{BaseURI: protocol.URI(fileURI(dir)), Pattern: "*"}})
	}
	s.register("armillary-outside-"+strconv.Itoa(n), "workspace/didChangeWatchedFiles", &protocol.DidChangeWatchedFilesRegistrationOptions{Watchers: watchers})
}

// within reports whether a folder is one of some folders or lies below one.
func within(folders []string, dir string) bool {
	for _, f := range folders {
		if dir == f || strings.HasPrefix(dir, f+"/") {
			return true
		}
	}
	return false
}
