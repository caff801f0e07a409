package server

import (
	"maps"
	"path"
	"slices"
	"sync"
	"sync/atomic"

	"go.lsp.dev/uri"

	"armillary.dev/device/project"
	"armillary.dev/server/analysis"
	"armillary.dev/server/files"
)

// settings are what the client chose at initialize.
type settings struct {
	strict     bool
	jsonSyntax bool
	inlayHints bool
	hwdef      string // name in the overlay, or empty
}

// A snapshot is the state of the session between two notifications. It is immutable; results are computed on demand,
// once, and shared by everyone who asks.
type snapshot struct {
	docs    map[uri.URI]*document
	last    *document // the document that changed last, or nil
	set     settings
	names   map[string]*document // open documents that have a file, by its name
	fsys    files.Overlay
	folders []string // names of the open folders
	checker *analysis.Checker
	// searchDirs are names of folders where an SDK keeps hardware definitions.
	searchDirs []string
	glance     int // when the disk was looked at, as it counts

	mu      sync.Mutex
	ws      *analysis.Workspace     // by workspace; guarded by mu
	was     *analysis.Workspace     // of the snapshot before, if only texts differ
	edited  []string                // of these files; nil if the disk may differ too
	results map[*document]*lazyFile // guarded by mu
}

// lazyFile is a result that is computed when it is first asked for.
type lazyFile struct {
	once sync.Once
	file atomic.Pointer[analysis.File]
}

func newSnapshot(searchDirs []string) *snapshot {
	return &snapshot{
		docs:    map[uri.URI]*document{},
		set:     settings{jsonSyntax: true, inlayHints: true},
		names:   map[string]*document{},
		fsys:    files.Overlay{Docs: map[string]string{}, Disk: files.NewDisk()},
		checker: analysis.NewChecker(), searchDirs: searchDirs,
		results: map[*document]*lazyFile{},
	}
}

// next returns a copy to be changed by the reader before it becomes current. Results are not carried over: what the
// disk holds may have changed. The checker keeps what is expensive.
func (s *snapshot) next() *snapshot {
	s.fsys.Disk.Refresh()
	return s.clone()
}

func (s *snapshot) clone() *snapshot {
	return &snapshot{
		docs: maps.Clone(s.docs), last: s.last, set: s.set,
		names:   maps.Clone(s.names),
		fsys:    files.Overlay{Docs: maps.Clone(s.fsys.Docs), Disk: s.fsys.Disk},
		folders: s.folders,
		checker: s.checker, searchDirs: s.searchDirs, results: map[*document]*lazyFile{},
		glance: s.fsys.Disk.Glance(),
	}
}

// afterEdit is next for a change in one open document: what does not depend on it keeps its result.
func (s *snapshot) afterEdit(d *document) *snapshot {
	n := s.clone()
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.was = s.ws; n.was != nil {
		n.edited = []string{d.name}
	} else if n.was = s.was; s.edited != nil {
		n.edited = append(slices.Clip(s.edited), d.name)
	}
	if n.glance != s.glance {
		n.edited = nil
	}
	if project.KindOf(d.name) == project.Settings {
		return n // it decides what the rules look at
	}
	for other, l := range s.results {
		if f := l.file.Load(); f != nil && other.id != d.id && !slices.Contains(f.Reads, d.name) {
			n.results[other] = l
		}
	}
	return n
}

// opens reports whether a document of a kind that its name tells is open.
func (s *snapshot) opens(kind project.Kind) bool {
	for name := range s.names {
		if project.KindOf(name) == kind {
			return true
		}
	}
	return false
}

// put adds or replaces a document.
func (s *snapshot) put(d *document) {
	s.docs[d.id], s.last = d, d
	if d.name != "" {
		s.names[d.name], s.fsys.Docs[d.name] = d, d.text
	}
}

// drop removes a document.
func (s *snapshot) drop(d *document) {
	delete(s.docs, d.id)
	delete(s.names, d.name)
	delete(s.fsys.Docs, d.name)
	for _, other := range s.docs { // one file under two URIs
		if d.name != "" && other.name == d.name {
			s.names[d.name], s.fsys.Docs[d.name] = other, other.text
		}
	}
	if s.last != nil && s.last.id == d.id {
		s.last = nil
	}
}

// check returns what the rules say about an open document.
func (s *snapshot) check(d *document) *analysis.File {
	s.mu.Lock()
	l := s.results[d]
	if l == nil {
		l = &lazyFile{}
		s.results[d] = l
	}
	s.mu.Unlock()
	l.once.Do(func() {
		if len(d.text) > files.MaxSize {
			l.file.Store(&analysis.File{}) // none of ours, and too long to be read at every keystroke
			return
		}
		l.file.Store(s.workspace().Check(d.name, d.text))
	})
	return l.file.Load()
}

// workspace returns what the snapshot shows as a whole.
func (s *snapshot) workspace() *analysis.Workspace {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ws != nil:
	case s.was != nil:
		s.ws, s.was = s.was.Edited(s.fsys, s.edited), nil
	default:
		s.ws = s.checker.Workspace(s.fsys, s.places(), analysis.Settings{
			Strict: s.set.strict, Hwdef: s.set.hwdef, SearchDirs: s.searchDirs, Loose: len(s.folders) == 0,
		})
	}
	return s.ws
}

// places are the folders that are looked through for apps and definitions: those that are open, or else those of the
// documents.
func (s *snapshot) places() []string {
	if len(s.folders) > 0 {
		return s.folders
	}
	var dirs []string
	for name := range s.names {
		dir, ok := project.OwnerDir(s.fsys, name)
		if !ok {
			dir = path.Dir(name)
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
