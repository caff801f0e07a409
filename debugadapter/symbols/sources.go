package symbols

import (
	"path"
	"sort"
	"strings"
)

// cleanPath gives a path of the debug information one form: forward slashes, no "." or "..".
func cleanPath(p string) string {
	if p == "" {
		return ""
	}
	if isDrive(p) || !strings.Contains(p, "/") {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	return path.Clean(p)
}

func isDrive(p string) bool {
	return len(p) >= 2 && p[1] == ':' && (p[0]|0x20 >= 'a' && p[0]|0x20 <= 'z') || strings.HasPrefix(p, `\\`)
}

// PathMap replaces a leading folder.
type PathMap struct {
	From string // as in the debug information
	To   string // on this computer
}

// PathMatcher relates paths of the editor to those that the compiler recorded. A nil matcher has no map and tells
// case apart.
type PathMatcher struct {
	Map      []PathMap // first match wins
	FoldCase bool      // Windows
}

// Local is the path on this computer for one of the debug information: through the map, else as it is.
func (m *PathMatcher) Local(debug string) string {
	if m == nil {
		return debug
	}
	for _, e := range m.Map {
		if rest, ok := m.cutPrefix(cleanPath(debug), cleanPath(e.From)); ok {
			return path.Join(strings.ReplaceAll(e.To, `\`, "/"), rest)
		}
	}
	return debug
}

func (m *PathMatcher) cutPrefix(p, prefix string) (string, bool) {
	prefix = strings.TrimSuffix(prefix, "/")
	if len(p) < len(prefix) || !m.equal(p[:len(prefix)], prefix) || len(p) > len(prefix) && p[len(prefix)] != '/' {
		return "", false
	}
	return strings.TrimPrefix(p[len(prefix):], "/"), true
}

func (m *PathMatcher) equal(a, b string) bool {
	if m != nil && m.FoldCase {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// score says how well the editor's path fits one of the debug information: 0 = not at all; an exact or mapped match
// beats all, then one path being the tail of the other, then the number of equal trailing elements.
func (m *PathMatcher) score(local, debug string) int {
	local, debug = cleanPath(local), cleanPath(debug)
	if m.equal(local, debug) || m.equal(local, cleanPath(m.Local(debug))) {
		return 1 << 20
	}
	a, b := strings.Split(local, "/"), strings.Split(debug, "/")
	n := 0
	for n < len(a) && n < len(b) && m.equal(a[len(a)-1-n], b[len(b)-1-n]) {
		n++
	}
	if n > 0 && (n == len(a) || n == len(b)) {
		return 1<<10 + n
	}
	return n
}

// match returns the paths out of all that the editor's path means. Two files that fit equally well by nothing but
// their tails are not the same file: then nothing matches, unless the tails are all that was given.
func (m *PathMatcher) match(local string, all []string) []string {
	best := 0
	var out []string
	for _, p := range all {
		switch s := m.score(local, p); {
		case s == 0 || s < best:
		case s > best:
			best, out = s, append(out[:0], p)
		default:
			out = append(out, p)
		}
	}
	if len(out) > 1 && best < 1<<10 {
		return nil
	}
	return out
}

// filesByName lists the units of every source path; it reads only the headers of the line programs.
func (in *debugInfo) filesByName() map[string][]unitFile {
	in.fileOnce.Do(func() {
		in.byFile = map[string][]unitFile{}
		for _, u := range in.units {
			lr := u.lineReader()
			if lr == nil {
				continue
			}
			var names []string
			_ = guard(u.File.Name, func() error { names = fileNames(lr.Files()); return nil })
			for i, n := range names {
				if n != "" {
					in.byFile[n] = append(in.byFile[n], unitFile{u, int32(i)})
				}
			}
		}
	})
	return in.byFile
}

// Sources lists the paths of all source files that the line tables name, sorted. Header files without code are included.
func (f *File) Sources() []string {
	in, err := f.dwarf()
	if err != nil {
		return nil
	}
	var out []string
	for n := range in.filesByName() {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// lineSpot is a candidate of ResolveLine.
type lineSpot struct {
	unit *Unit
	row  int
}

// ResolveLine finds the addresses where a breakpoint on a source line goes: the first statement of the line in each
// block that has code for it. A line without code moves to the next one that has some; Location.Line tells which.
// Errors: ErrNoDebug, ErrNoFile, ErrNoCode.
func (m *Image) ResolveLine(file string, line int, pm *PathMatcher) ([]Location, error) {
	in, err := m.dwarf()
	if err != nil {
		return nil, err
	}
	spots, err := in.lineSpots(file, line, 0, pm)
	if err != nil {
		return nil, err
	}
	type block struct{ die *DIE }
	taken := map[block]bool{}
	seen := map[uint32]bool{}
	var out []Location
	for _, s := range spots {
		addr := s.unit.lines.rows[s.row].addr
		b := block{s.unit.blockAt(addr)}
		if b.die != nil && taken[b] {
			continue
		}
		taken[b] = true
		l := m.location(addr + m.Bias)
		if l.Function != nil && l.Function.Entry == l.Addr {
			l = m.location(m.PrologueEnd(l.Function))
		}
		if !seen[l.Addr] {
			seen[l.Addr] = true
			out = append(out, l)
		}
	}
	return out, nil
}

// lineSpots collects the statement rows for the line, or for the nearest one after it, by address in each unit.
// last > line restricts how far it may move; 0 = any.
func (in *debugInfo) lineSpots(file string, line, last int, pm *PathMatcher) ([]lineSpot, error) {
	byFile := in.filesByName()
	all := make([]string, 0, len(byFile))
	for n := range byFile {
		all = append(all, n)
	}
	sort.Strings(all)
	paths := pm.match(file, all)
	if len(paths) == 0 {
		return nil, ErrNoFile
	}
	var spots []lineSpot
	best := uint32(0)
	done := map[unitFile]bool{}
	for _, p := range paths {
		for _, uf := range byFile[p] {
			if done[uf] {
				continue
			}
			done[uf] = true
			t := uf.unit.lineTable()
			for i, r := range t.rows {
				if r.file != uf.file || r.flags&rowStmt == 0 || r.flags&rowEnd != 0 || int64(r.line) < int64(line) || r.line == 0 {
					continue
				}
				if last > 0 && int64(r.line) > int64(last) {
					continue
				}
				if best == 0 || r.line < best {
					best, spots = r.line, spots[:0]
				}
				if r.line == best {
					spots = append(spots, lineSpot{uf.unit, i})
				}
			}
		}
	}
	if len(spots) == 0 {
		return nil, ErrNoCode
	}
	return spots, nil
}

// location describes a run-time address as a place for a breakpoint.
func (m *Image) location(addr uint32) Location {
	l := Location{Addr: addr, Thumb: m.IsThumb(addr), Inlined: m.Inlined(addr)}
	l.Line, _ = m.Line(addr)
	l.Function, _ = m.Function(addr)
	var b [2]byte
	if l.Thumb && m.ReadStatic(addr, b[:]) == nil {
		// The first halfword tells the length: 0b11101, 0b11110 and 0b11111 start 32-bit instructions (ARM ARM A6.1).
		l.Wide = b[1]>>3 >= 0b11101
	}
	return l
}

// Location describes a run-time address as a place for a breakpoint.
func (m *Image) Location(addr uint32) Location { return m.location(addr) }

// ResolveFunction finds where breakpoints on a function go: behind the prologue of every out-of-line copy and at the
// start of every inlined one. It is empty when the name is unknown.
func (m *Image) ResolveFunction(name string) []Location {
	var out []Location
	seen := map[uint32]bool{}
	add := func(addr uint32) {
		if !seen[addr] {
			seen[addr] = true
			out = append(out, m.location(addr))
		}
	}
	for _, f := range m.FunctionsByName(name) {
		add(m.PrologueEnd(f))
	}
	units, _ := m.Units()
	for _, u := range units {
		u.loadDIEs()
		for i := range u.dies {
			if d := &u.dies[i]; d.Tag == tagInlined && d.Name() == name {
				if rs := d.Ranges(); len(rs) > 0 {
					add(rs[0].Low + m.Bias)
				}
			}
		}
	}
	return out
}

// BreakableLines returns the lines in [first, last] of a file that have code, sorted (DAP's breakpointLocations).
func (m *Image) BreakableLines(file string, first, last int, pm *PathMatcher) []int {
	in, err := m.dwarf()
	if err != nil {
		return nil
	}
	byFile := in.filesByName()
	all := make([]string, 0, len(byFile))
	for n := range byFile {
		all = append(all, n)
	}
	sort.Strings(all)
	set := map[int]bool{}
	for _, p := range pm.match(file, all) {
		for _, uf := range byFile[p] {
			for _, r := range uf.unit.lineTable().rows {
				if r.file == uf.file && r.flags&rowStmt != 0 && r.flags&rowEnd == 0 && int(r.line) >= first && int(r.line) <= last && r.line > 0 {
					set[int(r.line)] = true
				}
			}
		}
	}
	out := make([]int, 0, len(set))
	for n := range set {
		out = append(out, n)
	}
	sort.Ints(out)
	return out
}
