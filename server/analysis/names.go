package analysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
)

// SymbolKind says what a name stands for.
type SymbolKind uint8

// Kinds of symbols.
const (
	Peripheral SymbolKind = iota // an entry of a hardware definition
	Component                    // an app, by its ComponentId
)

// A Symbol is a name that files share: declared in one of them, used in others. Two definitions that declare the same name
// declare two symbols: which one is meant depends on the definition that an app is built with.
type Symbol struct {
	Kind SymbolKind
	Name string // of a component its id in lower case
	File string // where it is declared; "" if in no file: a board of ours, an app that is not here
}

// Role says what a name does at a place.
type Role uint8

// Roles.
const (
	Declares  Role = iota // gives the name its meaning
	Generates             // the generated C header, which repeats the declaration
	Refers
)

// An Occurrence is one place where a symbol's name is written.
type Occurrence struct {
	File string
	Span rule.Span // of the name itself, without quotes and $
	Role Role
}

// SymbolAt returns the symbol whose name is at an offset, and where the name is.
func (f *File) SymbolAt(offset int) (s Symbol, at rule.Span, ok bool) {
	switch f.Kind {
	case project.Manifest, project.Definition, project.Launch:
		return f.symbolInJSON(offset)
	case project.Source, project.CMake:
		if s, at, ok = f.componentInC(offset); ok {
			return s, at, true
		}
		at, name := wordAt(f.Src, offset)
		set := f.names()
		if name == "" || set == nil || f.C != nil && !slices.Contains(f.C.Occurrences(name), csource.Span(at)) {
			return s, at, false
		}
		s, ok = peripheral(set, name)
		return s, at, ok
	}
	return s, at, false
}

// symbolInJSON finds the symbol of a string.
func (f *File) symbolInJSON(offset int) (s Symbol, at rule.Span, ok bool) {
	c := f.FileReport.File.PathAt(offset)
	text, isString := c.Node.Str()
	if c.Place != jsonc.AtValue || !isString {
		return s, at, false
	}
	role, kind := roleInJSON(f.Kind, c.Node)
	switch {
	case role < 0:
		return s, at, false
	case kind == Component:
		at, ok = inside(f.Src, c.Node, text)
		if !ok || !manifest.IsGUID(text) {
			return s, at, false
		}
		s = Symbol{Kind: Component, Name: strings.ToLower(text)}
		if Role(role) == Declares {
			s.File = f.Path
		} else if a := f.ws.component(context.Background(), s.Name); a != nil {
			s.File = a.ManifestPath
		}
		return s, at, true
	}
	name := strings.TrimPrefix(text, "$")
	if f.Kind == project.Manifest && name == text {
		return s, at, false
	}
	at, ok = inside(f.Src, c.Node, text)
	at.Start += len(text) - len(name)
	if !ok {
		return s, at, false
	}
	if Role(role) == Declares {
		return Symbol{Name: name, File: f.Path}, at, true
	}
	set := f.names()
	if set == nil {
		return s, at, false
	}
	s, ok = peripheral(set, name)
	return s, at, ok
}

// componentInC finds the ComponentId that a string of a C file is. There a GUID may be anything: it is an id if an app of the
// workspace has it or connects to it.
func (f *File) componentInC(offset int) (s Symbol, at rule.Span, ok bool) {
	if f.C == nil {
		return s, at, false
	}
	eachGUID(f.C, func(id string, in rule.Span) {
		if in.Start <= offset && offset <= in.End {
			s, at = Symbol{Kind: Component, Name: strings.ToLower(id)}, in
		}
	})
	if s.Name == "" {
		return s, at, false
	}
	isIt := func(id string) bool { return strings.EqualFold(id, s.Name) }
	for _, dir := range f.ws.Inventory(context.Background()).Apps {
		switch a := f.ws.app(dir); {
		case a == nil:
		case isIt(a.Manifest.ComponentID()):
			s.File = a.ManifestPath
			return s, at, true
		default:
			ok = ok || slices.ContainsFunc(a.Manifest.List("AllowedApplicationConnections"), isIt)
		}
	}
	return s, at, ok
}

// eachGUID visits the strings of a C file, those of macros too, that are a GUID and nothing else; at is without quotes.
func eachGUID(f *csource.File, visit func(id string, at rule.Span)) {
	look := func(tokens []csource.Token) {
		for i := range tokens {
			if tokens[i].Kind != csource.String {
				continue
			}
			at := tokens[i].Span() // with quotes; a prefix or a line splice makes it longer than a GUID
			if id := strings.Trim(f.Src[at.Start:at.End], `"`); len(id) == at.End-at.Start-2 && manifest.IsGUID(id) {
				visit(id, rule.Span{Start: at.Start + 1, End: at.End - 1})
			}
		}
	}
	look(f.Tokens)
	for _, d := range f.Defines {
		look(d.Body)
	}
}

// roleInJSON says what a string's name does there, by its place in the file; -1 if it is no name.
func roleInJSON(kind project.Kind, n *jsonc.Node) (role int, of SymbolKind) {
	depth, field := place(n)
	switch {
	case kind == project.Definition && depth == 3 && field == "Peripherals" && n.Name() == "Name":
		return int(Declares), Peripheral
	case kind == project.Definition && depth == 3 && field == "Peripherals" && n.Name() == "Mapping":
		return int(Refers), Peripheral
	case kind == project.Manifest && depth == 1 && n.Name() == "ComponentId":
		return int(Declares), Component
	case kind == project.Manifest && depth == 3 && field == "Capabilities" && n.Parent.Name() == "AllowedApplicationConnections":
		return int(Refers), Component
	case kind == project.Manifest && depth == 3 && field == "Capabilities":
		if c := manifest.LookupCapability(n.Parent.Name()); c != nil && c.IsPeripheral() {
			return int(Refers), Peripheral
		}
	case kind == project.Launch && n.Parent != nil && (n.Parent.Name() == "partnerComponents" || n.Parent.Name() == "partners"):
		return int(Refers), Component
	}
	return -1, 0
}

// peripheral is the symbol of a name in a set.
func peripheral(set *hwdef.Set, name string) (Symbol, bool) {
	p := set.Lookup(name)
	if p == nil {
		return Symbol{}, false
	}
	s := Symbol{Name: name}
	if !p.File.Embedded {
		s.File = p.File.Path
	}
	return s, true
}

// inside returns the span of a string's text within its quotes; ok is false if escapes make it differ from the text.
func inside(src string, n *jsonc.Node, text string) (at rule.Span, ok bool) {
	at = rule.Span{Start: n.Start + 1, End: n.Start + 1 + len(text)}
	return at, at.End <= len(src) && src[at.Start:at.End] == text
}

// wordAt returns the C identifier that touches an offset.
func wordAt(src string, offset int) (at rule.Span, word string) {
	start, end := min(max(offset, 0), len(src)), min(max(offset, 0), len(src))
	for start > 0 && isWord(src[start-1]) {
		start--
	}
	for end < len(src) && isWord(src[end]) {
		end++
	}
	if start == end || src[start] >= '0' && src[start] <= '9' || end-start > 255 {
		return at, ""
	}
	return rule.Span{Start: start, End: end}, src[start:end]
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// component returns the app of the workspace with an id in lower case, or nil.
func (w *Workspace) component(ctx context.Context, id string) *project.App {
	for _, dir := range w.Inventory(ctx).Apps {
		if a := w.app(dir); a != nil && strings.EqualFold(a.Manifest.ComponentID(), id) {
			return a
		}
	}
	return nil
}

// Occurrences returns every place in the workspace where a symbol's name is written, sorted by file and place. It ends
// early when ctx does.
func (w *Workspace) Occurrences(ctx context.Context, s Symbol) []Occurrence {
	c := &collector{w: w, s: s, seen: map[string]bool{}}
	inv := w.Inventory(ctx)
	definitions := inv.Definitions
	if s.Kind == Peripheral && s.File != "" && !slices.Contains(definitions, s.File) {
		definitions = append(slices.Clip(definitions), s.File)
	}
	for _, name := range definitions {
		if ctx.Err() != nil {
			return nil
		}
		if s.Kind == Peripheral {
			c.definition(name)
		}
	}
	for _, dir := range inv.Apps {
		if ctx.Err() != nil {
			return nil
		}
		if a := w.app(dir); a != nil {
			c.app(a)
		}
	}
	if s.Kind == Component {
		for _, name := range inv.Others {
			if project.KindOf(name) == project.Launch {
				c.json(project.Launch, name)
			}
		}
	}
	slices.SortFunc(c.out, func(a, b Occurrence) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Span.Start-b.Span.Start)
	})
	return slices.Compact(c.out)
}

// collector gathers a symbol's occurrences.
type collector struct {
	w    *Workspace
	s    Symbol
	seen map[string]bool // files that were looked through
	out  []Occurrence
}

func (c *collector) add(file string, at rule.Span, role Role) {
	c.out = append(c.out, Occurrence{file, at, role})
}

// is reports whether a set's name is the symbol.
func (c *collector) is(set *hwdef.Set) bool {
	if set == nil {
		return false
	}
	s, ok := peripheral(set, c.s.Name)
	return ok && s == c.s
}

// definition looks through a hardware definition and the header that is generated from it.
func (c *collector) definition(name string) {
	if set := c.w.Definition(name); c.is(set) {
		c.json(project.Definition, name)
		c.words(hwdef.HeaderPath(name))
	}
}

// app looks through an app's files.
func (c *collector) app(a *project.App) {
	if c.s.Kind == Peripheral && !c.is(a.Definitions) {
		return
	}
	c.json(project.Manifest, a.ManifestPath)
	for _, f := range c.w.sources(a) {
		if !c.seen[f.Path] {
			c.seen[f.Path] = true
			c.source(f)
		}
	}
	if c.s.Kind == Component {
		return
	}
	for _, name := range c.w.cmakeFiles(a) {
		c.words(name)
	}
}

// source looks through a C file.
func (c *collector) source(f *csource.File) {
	if c.s.Kind == Component {
		if containsFold(f.Src, c.s.Name) {
			eachGUID(f, func(id string, at rule.Span) {
				if strings.EqualFold(id, c.s.Name) {
					c.add(f.Path, at, Refers)
				}
			})
		}
		return
	}
	for _, at := range f.Occurrences(c.s.Name) {
		c.add(f.Path, rule.Span(at), Refers)
	}
}

// json looks through the strings of a JSON file.
func (c *collector) json(kind project.Kind, name string) {
	src, ok := c.w.read(name)
	if !ok || c.seen[name] || !containsFold(src, c.s.Name) {
		return
	}
	c.seen[name] = true
	tree := jsonc.ParseString(src)
	each(tree.Root, func(n *jsonc.Node) {
		text, isString := n.Str()
		if !isString {
			return
		}
		role, of := roleInJSON(kind, n)
		if role < 0 || of != c.s.Kind {
			return
		}
		word := text
		if kind == project.Manifest && of == Peripheral {
			if word = strings.TrimPrefix(text, "$"); word == text {
				return
			}
		}
		at, plain := inside(src, n, text)
		at.Start += len(text) - len(word)
		if plain && (word == c.s.Name || of == Component && strings.EqualFold(word, c.s.Name)) {
			if Role(role) == Declares && name != c.s.File {
				role = int(Refers)
			}
			c.add(name, at, Role(role))
		}
	})
}

// words looks through a text for the name as a word: a generated header, a CMake file.
func (c *collector) words(name string) {
	src, ok := c.w.read(name)
	if !ok || c.seen[name] {
		return
	}
	c.seen[name] = true
	role := Refers
	if strings.HasSuffix(name, ".h") {
		role = Generates
	}
	for from := 0; ; {
		i := strings.Index(src[from:], c.s.Name)
		if i < 0 {
			return
		}
		if at, word := wordAt(src, from+i); word == c.s.Name {
			c.add(name, at, role)
		}
		from += i + len(c.s.Name)
	}
}

func containsFold(s, sub string) bool {
	return strings.Contains(s, sub) || strings.Contains(strings.ToLower(s), strings.ToLower(sub))
}

// each visits a node and all that is in it.
func each(n *jsonc.Node, visit func(*jsonc.Node)) {
	visit(n)
	for _, c := range n.Children {
		each(c, visit)
	}
}

// Errors of Rename.
var (
	ErrNoSymbol = errors.New("nothing that can be renamed is here: a peripheral's name or a ComponentId is")
	ErrBuiltIn  = errors.New("the name comes with the program, not from a file that could be changed")
)

// maxNamesakes bounds how many definitions a message lists.
const maxNamesakes = 10

// Namesakes returns the definitions of other boards that declare a peripheral of the same name: files of the same name in
// folders beside that of the symbol's, as the symbol's file names them. Renaming the symbol leaves them alone.
func (w *Workspace) Namesakes(ctx context.Context, s Symbol) []string {
	if s.Kind == Component || s.File == "" {
		return nil
	}
	var out []string
	dir := path.Dir(s.File)
	for _, name := range w.Inventory(ctx).Definitions {
		if name == s.File || path.Base(name) != path.Base(s.File) || path.Dir(path.Dir(name)) != path.Dir(dir) || len(out) == maxNamesakes {
			continue
		}
		if set := w.Definition(name); set != nil {
			if p := set.Lookup(s.Name); p != nil && p.File.Path == name {
				out = append(out, near(s.File, name))
			}
		}
	}
	return out
}

// Rename returns the edits that give a symbol another name, wherever it is written. The new name must be one that the
// files can hold: for a peripheral a C identifier that nothing else is called, in C code neither, for a component a GUID.
func (w *Workspace) Rename(ctx context.Context, s Symbol, to string) ([]rule.Edit, error) {
	if s.Kind == Component {
		if !manifest.IsGUID(to) {
			return nil, fmt.Errorf("%q is no ComponentId: it has to be a GUID, 8-4-4-4-12 hexadecimal digits", to)
		}
		if a := w.component(ctx, strings.ToLower(to)); a != nil && !strings.EqualFold(to, s.Name) {
			return nil, fmt.Errorf("%s is the ComponentId of %s already", to, path.Base(a.Dir))
		}
	} else {
		to = strings.TrimPrefix(to, "$")
		switch {
		case s.File == "":
			return nil, ErrBuiltIn
		case !hwdef.IsIdentifier(to):
			return nil, fmt.Errorf("%q is no name for C code: letters, digits and _ make one, but no digit in front and no keyword", to)
		}
	}
	found := w.Occurrences(ctx, s)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var edits []rule.Edit
	clashes := map[*hwdef.Set]bool{}
	for _, o := range found {
		edits = append(edits, rule.Edit{File: o.File, Span: o.Span, New: to})
		if s.Kind == Component || to == s.Name {
			continue
		}
		set := w.Definition(o.File)
		if project.KindOf(o.File) != project.Other || path.Base(o.File) == manifest.FileName {
			if a := w.owner(o.File); a != nil {
				set = a.Definitions
			}
		}
		if set == nil || clashes[set] {
			continue
		}
		clashes[set] = true
		if p := set.Lookup(to); p != nil {
			return nil, fmt.Errorf("%s exists already, in %s", to, path.Base(p.File.Path))
		}
	}
	if len(edits) == 0 {
		return nil, ErrNoSymbol
	}
	if s.Kind == Peripheral && to != s.Name {
		if err := w.taken(ctx, s, to, found); err != nil {
			return nil, err
		}
	}
	return edits, nil
}

// taken says where C code that may see a peripheral's macro has a name already: in an app that is built with its definition,
// or in a header that it is written to. Whatever the name is there, a macro would replace it.
func (w *Workspace) taken(ctx context.Context, s Symbol, name string, found []Occurrence) error {
	in := func(f *csource.File) error {
		if at := f.Occurrences(name); len(at) > 0 {
			first := slices.MinFunc(at, func(a, b csource.Span) int { return a.Start - b.Start })
			line, _ := jsonc.NewLines(f.Src).UTF8(first.Start)
			return fmt.Errorf("%s is in C code already, in %s, line %d", name, path.Join(path.Base(path.Dir(f.Path)), path.Base(f.Path)), line+1)
		}
		return nil
	}
	if manifest.LookupFunction(name) != nil {
		return fmt.Errorf("%s is a function already", name)
	}
	c := &collector{w: w, s: s}
	for _, dir := range w.Inventory(ctx).Apps {
		if a := w.app(dir); a != nil && c.is(a.Definitions) {
			for _, m := range a.Macros() {
				if m, _, _ = strings.Cut(m, "="); m == name {
					return fmt.Errorf("%s is a macro already, by the CMake file of %s", name, path.Base(dir))
				}
			}
			for _, f := range w.sources(a) {
				if err := in(f); err != nil {
					return err
				}
			}
		}
	}
	for _, o := range found {
		if o.Role == Generates {
			if f, err := w.open(o.File); err == nil {
				if err := in(f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Highlights returns the places of the file where a symbol's name is written.
func (f *File) Highlights(_ context.Context, s Symbol) []Occurrence {
	c := &collector{w: f.ws, s: s, seen: map[string]bool{}}
	switch f.Kind {
	case project.Source:
		c.source(f.C)
	case project.CMake:
		c.words(f.Path)
	default:
		c.json(f.Kind, f.Path)
	}
	return c.out
}
