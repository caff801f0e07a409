package hwdef

import (
	"fmt"
	"slices"
	"strconv"

	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// nameRules are about names and what they map to.
var nameRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS203", Severity: rule.Error, Title: "name that is given twice",
		Doc: "Two entries have one name, in this file, or here and in what it imports. The C header then has two macros of that name, and which value a `$` name gets " +
			"is left to the tool: here the entry nearest to the file that the app names.",
		Fix: "gives it a name that is free", Source: "facts/manifest.md 2.1"}, Check: checkDuplicates},
	{Rule: rule.Rule{Code: "AZS206", Severity: rule.Error, Title: "type that is not that of what it maps to",
		Doc: "An entry is of the type of the peripheral that it stands for. With another one, a manifest can name it only in the wrong list, " +
			"where the value means something else or nothing. Where one of the two is an `int` it is a warning: as a constant in the C header the name works, but no manifest can ask for it.",
		Fix: "writes the type of what it maps to", Source: "facts/manifest.md 2.2"}, Check: checkTypeOfTarget},
	{Rule: rule.Rule{Code: "AZS207", Severity: rule.Error, Title: "mapping that leads nowhere",
		Doc: "`Mapping` is the name of an entry in this file or in a file that it imports, directly or not. There is none of that name, or it leads back to itself. " +
			"It is not reported while an import is missing, which might have the name.",
		Fix: "writes a name that was probably meant", Source: "facts/manifest.md 2.2"}, Check: checkTargets},
	{Rule: rule.Rule{Code: "AZS208", Severity: rule.Warning, Title: "mapping that skips a level",
		Doc: "The mapping goes past the imported board to what that imports, though the board has a name for the same peripheral. Porting to another board, which exchanges the import, " +
			"is then more than an exchange of names. Where the board has no name for it this is only a hint.",
		Fix: "maps to the imported board's name", Source: "facts/manifest.md 2.2"}, Check: checkLevels},
}

func checkDuplicates(p *pass) {
	seen := make(map[string]*Peripheral, len(p.entries))
	for i := range p.entries {
		e := &p.entries[i]
		if e.p == nil {
			continue
		}
		first := seen[e.p.Name]
		if first == nil {
			seen[e.p.Name] = e.p
			first = p.imported(e.p.Name)
		}
		if first == nil || p.Enough(e.name) {
			continue
		}
		where := "here"
		if first.File != p.d {
			where = "in " + p.show(first.File)
		}
		f := p.At(e.name, "There is a %s already, %s", e.p.Name, where)
		if r, ok := p.related(first, "this one"); ok {
			f.Related = []rule.Related{r}
		}
		name := strconv.Quote(p.free(e.p.Name, seen))
		jsonrule.Fix(f, "Write "+name, jsonrule.Replace(e.name, name))
	}
}

// imported returns what an import, direct or not, calls by a name.
func (p *pass) imported(name string) *Peripheral {
	if p.opt.Set == nil {
		return nil
	}
	return p.opt.Set.behind(name)
}

// free makes a name that nothing has.
func (p *pass) free(name string, seen map[string]*Peripheral) string {
	for i := 2; i < 100; i++ {
		if s := name + "_" + strconv.Itoa(i); seen[s] == nil && (p.opt.Set == nil || !p.opt.Set.Has(s)) {
			return s
		}
	}
	return name + "_"
}

func checkTypeOfTarget(p *pass) {
	for i := range p.entries {
		e := &p.entries[i]
		typ := e.typeName()
		if e.to == nil || e.to.Type == typ || !known(typ) || !known(e.to.Type) || p.Enough(e.typ) {
			continue
		}
		f := p.At(e.typ, "%s is of type %s, not %s", e.to.Name, e.to.Type, typ)
		if typ == Int || e.to.Type == Int {
			f.Severity = rule.Warning
			f.Message += ": a manifest cannot ask for it by this name"
		}
		if r, ok := p.related(e.to, "declared here"); ok {
			f.Related = []rule.Related{r}
		}
		jsonrule.Fix(f, "Write "+strconv.Quote(e.to.Type), jsonrule.Replace(e.typ, strconv.Quote(e.to.Type)))
	}
}

func checkTargets(p *pass) {
	set := p.opt.Set
	if set == nil {
		return
	}
	// An import of itself was meant for another file of the name, as an SDK's board; AZS210 says it.
	complete := set.Complete() && !slices.Contains(set.Imported(p.d), p.d)
	for i := range p.entries {
		e := &p.entries[i]
		s, ok := e.mapping.Str()
		if !ok || s == "" {
			continue
		}
		if e.to != nil {
			if e.p != nil && e.to.File == p.d && set.Resolve(e.p.Name).Status == Cycle && !p.Enough(e.mapping) {
				p.At(e.mapping, "%s leads back to %s", s, e.p.Name)
			}
			continue
		}
		if !complete || p.Enough(e.mapping) {
			continue
		}
		near := p.Nearest(s, p.targets())
		f := p.At(e.mapping, "Neither this file nor what it imports has a %s%s", clip(s), jsonrule.DidYouMean(near))
		for _, n := range near {
			jsonrule.Fix(f, "Write "+strconv.Quote(n), jsonrule.Replace(e.mapping, strconv.Quote(n)))
		}
	}
}

// targets are the names that an entry could map to: those of the imports.
func (p *pass) targets() []string {
	if p.candidates == nil {
		for _, q := range p.opt.Set.Peripherals() {
			if q.File != p.d {
				p.candidates = append(p.candidates, q.Name)
			}
		}
	}
	return p.candidates
}

func checkLevels(p *pass) {
	set := p.opt.Set
	if set == nil {
		return
	}
	direct := map[*Definition]bool{p.d: true}
	for _, d := range set.Imported(p.d) {
		direct[d] = true
	}
	for i := range p.entries {
		e := &p.entries[i]
		if e.to == nil || direct[e.to.File] || e.to.Type == Int || p.Enough(e.mapping) {
			continue
		}
		board := p.nearer(e.to)
		if board == nil {
			f := p.At(e.mapping, "%s comes from %s, which is imported only indirectly; nothing that is imported directly has a name for it", e.to.Name, p.show(e.to.File))
			f.Severity = rule.Hint
			continue
		}
		f := p.At(e.mapping, "%s goes past %s, where it is called %s", e.to.Name, p.show(board.File), board.Name)
		if r, ok := p.related(board, "the nearer name"); ok {
			f.Related = []rule.Related{r}
		}
		jsonrule.Fix(f, fmt.Sprintf("Map to %s", board.Name), jsonrule.Replace(e.mapping, strconv.Quote(board.Name)))
	}
}

// nearer returns the name that a direct import has for what a peripheral stands for, or nil.
func (p *pass) nearer(q *Peripheral) *Peripheral {
	set := p.opt.Set
	if p.direct == nil {
		p.direct = map[typedValue]*Peripheral{}
		for _, d := range set.Imported(p.d) {
			if d == nil || d == p.d {
				continue
			}
			for _, o := range d.Peripherals {
				if r := set.Resolve(o.Name); r.Status == Resolved && r.Chain[0] == o {
					if k := (typedValue{o.Type, r.Value}); p.direct[k] == nil {
						p.direct[k] = o
					}
				}
			}
		}
	}
	r := set.Resolve(q.Name)
	if r.Status != Resolved {
		return nil
	}
	return p.direct[typedValue{q.Type, r.Value}]
}
