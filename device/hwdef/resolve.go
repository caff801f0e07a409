package hwdef

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Set is a target definition with everything that it reaches through imports.
type Set struct {
	Target  *Definition
	Files   []*Definition // the target, then its imports in the order they were found
	Missing []Missing     // imports that were found nowhere, the first 64; names behind them cannot be checked
	imports map[*Definition][]*Definition
	names   map[string]*Peripheral
	order   []*Peripheral

	shadowed map[string]*Peripheral // what imports have of the names that the target has itself

	once    sync.Once
	byValue map[typedValue]*Peripheral // what Name looks up; made when first asked for
}

// Missing is an import that was not found or could not be read.
type Missing struct {
	From   *Definition
	Import Import
	Err    error
}

// maxChain is how many mappings lead from a name to its leaf at most; real ones have up to four.
const maxChain = 64

// maxFiles is how many files one definition may reach.
const maxFiles = 64

// ErrTooManyFiles says that a definition imports more files than any real one.
var ErrTooManyFiles = errors.New("more than 64 files are imported")

// Load reads a target definition and its imports. open reads one file by its path; an error that is fs.ErrNotExist makes Load
// look on: an import is searched relative to the importing file first, then in the search folders, and the definitions that
// SDKs ship are known to the program (Board). Only a target that cannot be read is an error.
func Load(target string, open func(path string) (*Definition, error), search []string) (*Set, error) {
	return Reload(nil, target, open, search)
}

// Reload is Load, but returns last, a set of the same target or nil, if every file is the very Definition that it was.
func Reload(last *Set, target string, open func(path string) (*Definition, error), search []string) (*Set, error) {
	d, err := open(target)
	if errors.Is(err, fs.ErrNotExist) {
		if b := builtin(target); b != nil {
			d, err = b, nil
		}
	}
	if err != nil {
		return nil, err
	}
	s := &Set{Target: d, Files: []*Definition{d}, imports: map[*Definition][]*Definition{}}
	seen := map[string]*Definition{d.Path: d}
	for i := 0; i < len(s.Files); i++ {
		from := s.Files[i]
		for _, imp := range from.Imports {
			if len(s.Missing) == maxFiles { // no use in asking for thousands more
				break
			}
			d, known, err := find(from, imp.Path, open, search, seen)
			switch {
			case err == nil && !known && len(s.Files) == maxFiles:
				err = ErrTooManyFiles
			case err == nil && !known:
				s.Files = append(s.Files, d)
			}
			if err != nil {
				d = nil
				s.Missing = append(s.Missing, Missing{from, imp, err})
			}
			s.imports[from] = append(s.imports[from], d)
		}
	}
	if last != nil && slices.Equal(last.Files, s.Files) && len(last.Missing) == 0 && len(s.Missing) == 0 {
		return last, nil
	}
	n := 0
	for _, d := range s.Files {
		n += len(d.Peripherals)
	}
	s.names, s.order = make(map[string]*Peripheral, n), make([]*Peripheral, 0, n)
	for _, d := range s.Files {
		for _, p := range d.Peripherals {
			first := s.names[p.Name]
			switch {
			case first == nil: // the file nearest to the target wins
				s.names[p.Name] = p
				s.order = append(s.order, p)
			case first.File == s.Target && d != s.Target && s.shadowed[p.Name] == nil:
				if s.shadowed == nil {
					s.shadowed = map[string]*Peripheral{}
				}
				s.shadowed[p.Name] = p
			}
		}
	}
	return s, nil
}

// find opens an import; what is opened is added to seen, and known says that it was there already.
func find(from *Definition, name string, open func(string) (*Definition, error), search []string, seen map[string]*Definition) (d *Definition, known bool, err error) {
	name = strings.ReplaceAll(name, `\`, "/") // the vendor's tools run on Windows
	candidates := make([]string, 0, 1+len(search))
	if !from.Embedded {
		candidates = append(candidates, path.Join(path.Dir(from.Path), name))
	}
	for _, dir := range search {
		candidates = append(candidates, path.Join(dir, name))
	}
	for _, c := range candidates {
		if seen[c] != nil {
			return seen[c], true, nil
		}
		d, err := open(c)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			continue
		}
		if err == nil {
			seen[c] = d
		}
		return d, false, err
	}
	if b := builtin(name); b != nil {
		known := seen[b.Path] == b
		seen[b.Path] = b
		return b, known, nil
	}
	return nil, false, &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
}

// Imported returns what the imports of a file of the set are, in their order: nil for one that was not found. It is shorter
// than the file's Imports where those are more than any real definition has.
func (s *Set) Imported(d *Definition) []*Definition { return s.imports[d] }

// Peripherals returns everything that can be named, the target's own first. The result must not be changed.
func (s *Set) Peripherals() []*Peripheral { return s.order }

// Complete reports whether every import was found, so that a name not in the set is unknown for certain.
func (s *Set) Complete() bool { return len(s.Missing) == 0 }

// Status says how the resolution of a name ended.
type Status uint8

// Statuses.
const (
	Resolved   Status = iota
	Unknown           // no file has the name
	NotChecked        // no file has the name, but some could not be read
	Constant          // it is an int for the C header, nothing that a manifest can name
	Dangling          // it maps to a name that no file has, or its leaf has no manifest value
	Cycle             // it maps to itself
)

// Resolution is where a name leads.
type Resolution struct {
	Name   string
	Status Status
	Chain  []*Peripheral // from the name itself to the leaf, as far as it goes
	Type   string        // of the name itself; of its leaf where it has none
	Value  Value         // Resolved: what the manifest finally says
}

// Resolve follows a name, written without its $, along its mappings.
func (s *Set) Resolve(name string) Resolution {
	r := Resolution{Name: name, Status: Resolved}
	for at := name; ; {
		p := s.names[at]
		switch {
		case p == nil && !s.Complete():
			r.Status = NotChecked
			return r
		case p == nil && len(r.Chain) == 0:
			r.Status = Unknown
			return r
		case p == nil:
			r.Status = Dangling
			return r
		case len(r.Chain) == maxChain || slices.Contains(r.Chain, p):
			r.Status = Cycle
			return r
		}
		r.Chain = append(r.Chain, p)
		if r.Type == "" {
			r.Type = p.Type
		}
		if p.Mapping != "" {
			at = p.Mapping
			continue
		}
		r.Value = p.Value
		switch {
		case r.Type == Int || p.Type == Int:
			r.Status = Constant
		case p.Value.Text == "":
			r.Status = Dangling
		}
		return r
	}
}

// Name returns the name, nearest to the target, that resolves to a value of a type; nil if there is none. A chip's
// or board's own name is given only if nothing nearer has one.
func (s *Set) Name(typ string, v Value) *Peripheral {
	s.once.Do(func() {
		s.byValue = make(map[typedValue]*Peripheral, len(s.order))
		for _, p := range s.order {
			if r := s.Resolve(p.Name); r.Status == Resolved && r.Type == p.Type {
				if k := (typedValue{p.Type, r.Value}); s.byValue[k] == nil {
					s.byValue[k] = p
				}
			}
		}
	})
	return s.byValue[typedValue{typ, v}]
}

type typedValue struct {
	typ   string
	value Value
}

// behind returns what the imports of the target call by a name; nil if they have none.
func (s *Set) behind(name string) *Peripheral {
	if p := s.names[name]; p == nil || p.File != s.Target {
		return p
	}
	return s.shadowed[name]
}

// Has reports whether some file has a name.
func (s *Set) Has(name string) bool { return s.names[name] != nil }

// IsChip reports whether the definition is the chip's own, whoever wrote it.
func (d *Definition) IsChip() bool { return path.Base(d.Path) == ChipFile }
