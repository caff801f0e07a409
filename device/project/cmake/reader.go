package cmake

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// kind is what a name is in the FS.
type kind uint8

const (
	nothing kind = iota
	file
	folder
)

type text struct {
	s   string
	err error
}

// input is one question to the FS with its answer.
type input struct {
	name  string
	asked byte // 't' text, 's' kind, 'l' list, 'c' newest CMakeCache.txt below
	text  string
	ok    bool
	kind  kind
	list  []string
}

// same asks again.
func (in *input) same(fsys fs.FS) bool {
	switch in.asked {
	case 't':
		s, err := readText(fsys, in.name)
		return (err == nil) == in.ok && s == in.text
	case 's':
		return statKind(fsys, in.name) == in.kind
	case 'l':
		return slices.Equal(listDir(fsys, in.name), in.list)
	}
	return newestCache(fsys, in.name) == in.text
}

// reader answers questions about the FS and remembers them.
type reader struct {
	fsys  fs.FS // nil once the project is read
	p     *Project
	texts map[string]text
	stats map[string]kind
	lists map[string][]string
	bytes int
	files int
}

func (r *reader) note(in input) {
	r.p.inputs = append(r.p.inputs, in)
	r.p.Reads = append(r.p.Reads, in.name)
}

var (
	errTooLarge = errors.New("larger than any CMake file")
	errClosed   = errors.New("the project is read")
)

// readText reads a file of at most maxFile bytes.
func readText(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return "", err
	} else if info.IsDir() {
		return "", &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return "", err
	}
	if b.Len() > maxFile {
		return "", &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	return b.String(), nil
}

// read returns a file's text.
func (r *reader) read(name string) (string, error) {
	if t, ok := r.texts[name]; ok {
		return t.s, t.err
	}
	if r.fsys == nil {
		return "", errClosed
	}
	if r.files == maxFiles || r.bytes > maxBytes {
		r.p.stop("the project has too many files")
		return "", errTooLarge
	}
	s, err := readText(r.fsys, name)
	r.files++
	r.bytes += len(s)
	r.texts[name] = text{s, err}
	r.note(input{name: name, asked: 't', text: s, ok: err == nil})
	return s, err
}

func statKind(fsys fs.FS, name string) kind {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nothing
	case info.IsDir():
		return folder
	}
	return file
}

// stat says what a name is.
func (r *reader) stat(name string) kind {
	k, ok := r.stats[name]
	if !ok && r.fsys != nil && len(r.stats) < maxListed {
		k = statKind(r.fsys, name)
		r.stats[name] = k
		r.note(input{name: name, asked: 's', kind: k})
	}
	return k
}

// listDir returns the entries of a folder, sorted, folders with a slash behind.
func listDir(fsys fs.FS, dir string) []string {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if len(out) == maxListed {
			break
		}
		name := e.Name()
		if e.IsDir() {
			name += "/"
		}
		out = append(out, name)
	}
	return out
}

func (r *reader) list(dir string) []string {
	l, ok := r.lists[dir]
	if !ok && r.fsys != nil && len(r.lists) < maxFiles {
		l = listDir(r.fsys, dir)
		r.lists[dir] = l
		r.note(input{name: dir, asked: 'l', list: l})
	}
	return l
}

// stop notes that a limit was reached.
func (p *Project) stop(why string) {
	if p.Incomplete == "" {
		p.Incomplete = why
	}
}

const cacheFile = "CMakeCache.txt"

// buildFiles returns the files of a name in and up to two folders below out, build* and cmake-build*, newest first.
func buildFiles(fsys fs.FS, dir, name string) []BuildFile {
	var found []BuildFile
	left := 500 // folders looked into
	var look func(dir string, depth int)
	look = func(dir string, depth int) {
		if left--; left < 0 {
			return
		}
		if info, err := fs.Stat(fsys, path.Join(dir, name)); err == nil && !info.IsDir() {
			found = append(found, BuildFile{path.Join(dir, name), info.ModTime()})
			return // what lies below belongs to other projects
		}
		if depth == 0 {
			return
		}
		entries, _ := fs.ReadDir(fsys, dir)
		for _, e := range entries {
			if n := e.Name(); e.IsDir() && n[0] != '.' && n[0] != '_' && n != "CMakeFiles" {
				look(path.Join(dir, n), depth-1)
			}
		}
	}
	entries, _ := fs.ReadDir(fsys, dir)
	for _, e := range entries {
		if n := e.Name(); e.IsDir() && IsBuildFolder(n) {
			look(path.Join(dir, n), 2)
		}
	}
	slices.SortFunc(found, func(a, b BuildFile) int {
		return cmp.Or(b.ModTime.Compare(a.ModTime), cmp.Compare(a.Path, b.Path))
	})
	return found
}

// IsBuildFolder reports whether a folder of that name is one in which CMake usually builds.
func IsBuildFolder(name string) bool {
	return name == "out" || strings.HasPrefix(name, "build") || strings.HasPrefix(name, "cmake-build")
}

// newestCache returns the path of the newest CMakeCache.txt of a folder's builds, "" if there is none.
func newestCache(fsys fs.FS, dir string) string {
	if c := buildFiles(fsys, dir, cacheFile); len(c) > 0 {
		return c[0].Path
	}
	return ""
}

// cache returns the variables of the newest CMakeCache.txt that was made for the folder; what it says about paths in the
// folder where it was made is said about ours.
func (r *reader) cache(dir string) map[string]string {
	if r.p.cached != nil || r.fsys == nil {
		return r.p.cached
	}
	r.p.cached = map[string]string{}
	name := newestCache(r.fsys, dir)
	r.p.inputs = append(r.p.inputs, input{name: dir, asked: 'c', text: name})
	if name == "" {
		return r.p.cached
	}
	s, err := r.read(name)
	if err != nil {
		return r.p.cached
	}
	values := map[string]string{}
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "//") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		name, _, typed := strings.Cut(strings.Trim(key, `"`), ":")
		if ok && typed && len(values) < maxItems {
			values[name] = value
		}
	}
	home, ours := values["CMAKE_HOME_DIRECTORY"], absolute(dir)
	switch {
	case home == ours:
	case path.Base(home) == path.Base(ours) && !strings.HasPrefix(home, ours+"/"):
		for k, v := range values {
			if rest, ok := strings.CutPrefix(v, home); ok && (rest == "" || rest[0] == '/') {
				values[k] = ours + rest
			}
		}
	default: // another project's
		return r.p.cached
	}
	r.p.cached = values
	return values
}

// absolute writes a name of the FS as a path.
func absolute(name string) string {
	if len(name) > 1 && name[1] == ':' {
		return name
	}
	if name == "." {
		return "/"
	}
	return "/" + name
}

// IsAbs reports whether a path is absolute, on Windows or elsewhere.
func IsAbs(p string) bool {
	return strings.HasPrefix(p, "/") || strings.HasPrefix(p, `\`) || len(p) > 1 && p[1] == ':' && isNameStart(p[0])
}

// Path returns the name in the FS of a path that is absolute or relative to dir.
func Path(dir, p string) string {
	p = strings.ReplaceAll(p, `\`, "/")
	switch {
	case strings.HasPrefix(p, "/"):
		p = path.Clean(p)[1:]
		if p == "" {
			p = "."
		}
		return p
	case IsAbs(p):
		return path.Clean(strings.ToLower(p[:1]) + p[1:])
	}
	return path.Join(dir, p)
}
