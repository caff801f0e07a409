package hwdef

import (
	"path"
	"slices"
	"strings"
	"sync"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// CheckOptions say what is known around a definition.
type CheckOptions struct {
	// Set has the definition as its target. Nil: what needs the imports is not checked.
	Set *Set
	// Strict turns on the severities of --strict.
	Strict bool
	// Show writes the path of another file in a message; nil: as it is.
	Show func(path string) string
	// Header reads the C header beside the definition (HeaderPath). One that is there and cannot be read is not judged. Nil:
	// nothing is said about it.
	Header func() (text string, err error)
	// List returns the names of the files in a folder. Nil: how imports are written is not compared with how files are.
	List func(dir string) []string
	// Clashes turns on the hint about names that share pins. A definition is a menu, so it is off by default.
	Clashes bool
}

// table is group 6 of facts/diagnostics.md, in the order of codes.
var table = slices.Concat(fileRules, nameRules, importRules, valueRules, headerRules)

// Rules returns the rules about hardware definitions, in the order of codes; those about JSON (jsonrule.Table) hold for
// definitions too. The result must not be changed.
func Rules() []*rule.Rule { return rules() }

var rules = sync.OnceValue(func() []*rule.Rule {
	all := jsonrule.Rules(table)
	slices.SortFunc(all, func(a, b *rule.Rule) int { return strings.Compare(a.Code, b.Code) })
	return all
})

// Check holds a definition against the rules, those about JSON included, in time that grows with its length and that of its
// imports. Findings are sorted by place, then by code; jsonrule.MaxFindings bounds them. A definition that comes with the
// program has none.
func Check(d *Definition, opt CheckOptions) []rule.Finding {
	if d.File == nil {
		return nil
	}
	p := &pass{d: d, opt: opt, check: Check, compareHeader: opt.Header != nil, Pass: jsonrule.New(d.File, jsonrule.Options{What: "A hardware definition", Strict: opt.Strict})}
	p.read()
	p.CheckJSON()
	if d.File.Root.Kind == jsonc.Object {
		jsonrule.Run(p.Pass, p, table)
	}
	return p.Findings()
}

// pass is one run of the rules over one definition.
type pass struct {
	*jsonrule.Pass
	d   *Definition
	opt CheckOptions

	entries []entry
	check   func(*Definition, CheckOptions) []rule.Finding // Check, which the table cannot refer to

	// What rules work out once, when it is first asked for.
	candidates []string                      // what an entry could map to
	direct     map[typedValue]*Peripheral    // names of the direct imports, by what they stand for
	reached    map[*Definition][]*Definition // closure
	defects    map[*Definition]defect        // of imported files

	compareHeader bool // it is still to be done
	headerText    string
	headerState   HeaderState
}

// entry is one element of Peripherals that is an object.
type entry struct {
	node                                 *jsonc.Node
	name, typ, mapping, header, manifest *jsonc.Node // members; nil if absent
	p                                    *Peripheral // nil if it has no usable name
	to                                   *Peripheral // what Mapping names; nil if it names nothing that is known
}

// read collects the entries.
func (p *pass) read() {
	list := p.d.File.Root.Member("Peripherals")
	if list == nil || list.Kind != jsonc.Array {
		return
	}
	next := 0
	p.entries = make([]entry, 0, len(list.Children))
	for _, n := range list.Children {
		if n.Kind != jsonc.Object {
			continue
		}
		e := entry{node: n, name: n.Member("Name"), typ: n.Member("Type"), mapping: n.Member("Mapping"),
			header: n.Member("MainCoreHeaderValue"), manifest: n.Member("AppManifestValue")}
		if next < len(p.d.Peripherals) && p.d.Peripherals[next].Node == n {
			e.p = p.d.Peripherals[next]
			next++
		}
		if s, ok := e.mapping.Str(); ok && p.opt.Set != nil {
			e.to = p.opt.Set.names[s]
		}
		p.entries = append(p.entries, e)
	}
}

// leaf reports whether an entry has values of its own.
func (e *entry) leaf() bool { return e.mapping == nil }

// typeName is the type as written, "" if it is none.
func (e *entry) typeName() string { s, _ := e.typ.Str(); return s }

// show writes the path of a definition in a message.
func (p *pass) show(d *Definition) string { return d.Display(p.opt.Show) }

// related is the place of a peripheral in another file or in this one; ok is false if it has none.
func (p *pass) related(q *Peripheral, msg string) (r rule.Related, ok bool) {
	if q.Node == nil {
		return r, false
	}
	at := q.Node.Member("Name")
	r = rule.Related{Span: rule.Span{Start: at.Start, End: at.End}, Message: msg}
	if q.File != p.d {
		r.File = q.File.Path
	}
	return r, true
}

// top reports the current rule for the file as a whole: at its opening brace.
func (p *pass) top(pointer, format string, args ...any) *rule.Finding {
	root := p.d.File.Root
	f := p.Report(rule.Span{Start: root.Start, End: root.Start + 1}, nil, format, args...)
	f.Pointer = pointer
	return f
}

// closure returns a file and everything that it imports.
func (p *pass) closure(d *Definition) []*Definition {
	if c, ok := p.reached[d]; ok {
		return c
	}
	all := []*Definition{d}
	seen := map[*Definition]bool{d: true}
	for i := 0; i < len(all); i++ {
		for _, next := range p.opt.Set.Imported(all[i]) {
			if next != nil && !seen[next] {
				seen[next] = true
				all = append(all, next)
			}
		}
	}
	if p.reached == nil {
		p.reached = map[*Definition][]*Definition{}
	}
	p.reached[d] = all
	return all
}

// folder is where a file lies.
func folder(d *Definition) string { return path.Dir(d.Path) }
