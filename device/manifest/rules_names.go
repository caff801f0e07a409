package manifest

import (
	"fmt"
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// unpackable says that the packer stops, so that no image comes to be and no device code applies.
var unpackable = rule.Refuses{Phase: rule.Source, Confidence: rule.Inferred}

// nameRules are group 5 of facts/diagnostics.md: $ names. All but AZS123, 124 and 127 need a hardware definition.
var nameRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS120", Severity: rule.Error, Title: "unknown $ name",
		Doc: "Neither the app's hardware definition nor what it imports has a peripheral of this name, so the packer cannot write the manifest.",
		Fix: "writes the nearest name", Source: "facts/manifest.md 2.2", Refuses: unpackable}, Check: checkUnknownName},
	{Rule: rule.Rule{Code: "AZS121", Severity: rule.Error, Title: "$ name of another type",
		Doc: "The name belongs to a peripheral of another type than the field lists: a Gpio under Uart, for example.",
		Fix: "moves it to the right field", Source: "facts/manifest.md 3.1", Refuses: unpackable}, Check: checkNameType},
	{Rule: rule.Rule{Code: "AZS122", Severity: rule.Error, Title: "$ name of a constant",
		Doc: "The name is an `int` of the hardware definition: a constant for the C code, such as a channel or a chip select. No manifest can ask for it.",
		Fix: "removes it", Source: "facts/manifest.md 2.1", Refuses: unpackable}, Check: func(p *pass) {
		p.symbols(func(r *Request, res *hwdef.Resolution) {
			if res.Status == hwdef.Constant {
				jsonrule.Fix(p.At(r.Node, "$%s is a constant for the C code, no peripheral", r.Symbol), "Remove it", p.Remove(r.Node))
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS123", Severity: rule.Error, Title: "$ names without a hardware definition",
		Doc: "The manifest names peripherals with a `$`, but the app's CMakeLists.txt names no hardware definition that could be read. " +
			"The packer cannot write the manifest then. Where this cannot be known for certain, it is said as information, and the names are not checked; so it is where AZS303 or AZS602 speaks of the definition.",
		Fix: "adds the line to CMakeLists.txt", Source: "facts/manifest.md 3.1", Refuses: unpackable}, Check: checkNoDefinition},
	{Rule: rule.Rule{Code: "AZS124", Severity: rule.Warning, Title: "$ name in a real-time app",
		Doc: "The documentation asks for raw values in the manifests of real-time apps. A `$` name works as far as the packer replaces it.",
		Fix: "writes the value", Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		if !p.m.RealTime || p.opt.Packaged {
			return
		}
		for i := range p.m.requests {
			r := &p.m.requests[i]
			if r.Symbol == "" {
				continue
			}
			f := p.At(r.Node, "A real-time app's manifest should have raw values, not $ names")
			if p.opt.Definitions == nil {
				continue
			}
			if res := &p.resolved[i]; res.Status == hwdef.Resolved && res.Type == r.Cap.Name {
				jsonrule.SafeFix(f, "Write "+res.Value.JSON(), jsonrule.Replace(r.Node, res.Value.JSON()))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS125", Severity: rule.Error, Title: "name without its $",
		Doc: "The hardware definition has this name; in the manifest a name begins with a `$`. Without it the device would get the name as it is. " +
			"Where the name is of another type than the field lists, it is said as well.",
		Fix: "adds the $, and moves the name to the right field", Source: "facts/manifest.md 3.1", Refuses: inferred(2, 13)}, Check: checkDollar},
	{Rule: rule.Rule{Code: "AZS126", Severity: rule.Hint, Title: "raw value that has a name",
		Doc: "The app's hardware definition has a name for this pin or controller. With the name, the app can be built for another board.",
		Fix: "writes the name", Source: "facts/manifest.md 2.2"}, Check: func(p *pass) {
		if p.m.RealTime {
			return
		}
		for i := range p.m.requests {
			r := &p.m.requests[i]
			if n := p.nameOf(r); n != nil {
				jsonrule.Fix(p.At(r.Node, "The hardware definition calls this $%s", n.Name), "Write \"$"+n.Name+"\"", jsonrule.Replace(r.Node, strconv.Quote("$"+n.Name)))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS127", Severity: rule.Info, Title: "raw values beside $ names",
		Doc: "Some peripherals are named, some are given by number. On another board the named ones move and the others stay, which is seldom meant.",
		Fix: "writes the names, if all have one", Source: "facts/manifest.md 1.4"}, Check: checkMixed},
}

// named reports whether an entry is a $ name.
func named(n *jsonc.Node) bool {
	s, _ := n.Str()
	return strings.HasPrefix(s, "$")
}

// nameOf returns what the hardware definition calls a raw value, nil if it does not. A chip's own names say no more than the value.
func (p *pass) nameOf(r *Request) *hwdef.Peripheral {
	if p.opt.Definitions == nil || r.Value.Text == "" {
		return nil
	}
	if n := p.opt.Definitions.Name(r.Cap.Name, r.Value); n != nil && !n.File.IsChip() {
		return n
	}
	return nil
}

// symbols calls f for every $ name with where it leads.
func (p *pass) symbols(f func(r *Request, res *hwdef.Resolution)) {
	if p.opt.Definitions == nil {
		return
	}
	for i := range p.m.requests {
		if p.m.requests[i].Symbol != "" {
			f(&p.m.requests[i], &p.resolved[i])
		}
	}
}

// knownSymbol reports whether the hardware definition has a peripheral with the name, written without $.
func (p *pass) knownSymbol(s string) bool {
	return p.opt.Definitions != nil && !strings.HasPrefix(s, "$") && p.opt.Definitions.Has(s)
}

func checkUnknownName(p *pass) {
	p.symbols(func(r *Request, res *hwdef.Resolution) {
		switch res.Status {
		case hwdef.Unknown:
			if p.Enough(r.Node) {
				return
			}
			near := p.Nearest(r.Symbol, p.namesOf(r.Cap.Name))
			f := p.At(r.Node, "The hardware definition %s has no name %s%s", p.opt.Definitions.Target.Display(p.opt.Show), r.Symbol, jsonrule.DidYouMean(near))
			for _, n := range near {
				jsonrule.Fix(f, "Write \"$"+n+"\"", jsonrule.Replace(r.Node, strconv.Quote("$"+n)))
			}
		case hwdef.Dangling, hwdef.Cycle:
			if p.Enough(r.Node) {
				return
			}
			last := res.Chain[len(res.Chain)-1]
			f := p.At(r.Node, "$%s leads to no value: %s", r.Symbol, chainEnd(res, last))
			if last.Node != nil {
				f.Related = []rule.Related{{File: last.File.Path, Span: rule.Span{Start: last.Node.Start, End: last.Node.End}, Message: "here it ends"}}
			}
		}
	})
}

// namesOf returns the definition's names of a type.
func (p *pass) namesOf(typ string) []string {
	if p.names == nil {
		p.names = map[string][]string{}
		for _, n := range p.opt.Definitions.Peripherals() {
			p.names[n.Type] = append(p.names[n.Type], n.Name)
		}
	}
	return p.names[typ]
}

func chainEnd(res *hwdef.Resolution, last *hwdef.Peripheral) string {
	switch {
	case res.Status == hwdef.Cycle:
		return fmt.Sprintf("the mappings of %s run in a circle", last.Name)
	case last.Mapping != "":
		return fmt.Sprintf("%s maps to %s, which does not exist", last.Name, last.Mapping)
	}
	return fmt.Sprintf("%s has no AppManifestValue", last.Name)
}

func checkNameType(p *pass) {
	p.symbols(func(r *Request, res *hwdef.Resolution) {
		if res.Status != hwdef.Resolved || res.Type == r.Cap.Name || p.Enough(r.Node) {
			return
		}
		f := p.At(r.Node, "$%s is of type %s, this list is for %s", r.Symbol, res.Type, r.Cap.Name)
		if last := res.Chain[0]; last.Node != nil {
			f.Related = []rule.Related{{File: last.File.Path, Span: rule.Span{Start: last.Node.Start, End: last.Node.End}, Message: "declared here"}}
		}
		p.offerMove(f, r, r.Symbol, res.Type)
	})
}

// offerMove adds the fix that puts a name into the list of its type.
func (p *pass) offerMove(f *rule.Finding, r *Request, name, typ string) {
	right := LookupCapability(typ)
	if right == nil || !right.IsPeripheral() {
		return
	}
	text, cut, title := Quote(name), p.Remove(r.Node), "Move it to "+right.Name
	if r.Symbol == "" {
		title += " as " + text
	}
	switch to := p.m.capability(right.Name); {
	case to == nil:
		if e, ok := p.addCapability(right.Name, "[ "+text+" ]"); ok {
			jsonrule.Fix(f, title, cut, e)
		}
	case to.Kind == jsonc.Array:
		jsonrule.Fix(f, title, cut, p.Add(to, text))
	}
}

func checkMixed(p *pass) {
	if p.m.RealTime || !p.m.UsesSymbols() {
		return
	}
	claim := func(i int) hwdef.Claim { return hwdef.Claim{Field: p.m.requests[i].Cap.Name, Value: p.values[i]} }
	seen := map[hwdef.Claim]bool{}
	for i := range p.m.requests {
		if p.m.requests[i].Symbol != "" {
			seen[claim(i)] = true
		}
	}
	var first *Request // that has a name
	var names []rule.Edit
	for i := range p.m.requests {
		r := &p.m.requests[i]
		if r.Symbol != "" || p.values[i].Text == "" || seen[claim(i)] { // of what is wrong, or there twice, other rules speak
			continue
		}
		seen[claim(i)] = true
		n := p.nameOf(r)
		if n == nil {
			p.At(r.Node, "A raw value beside $ names: on another board the names move and this does not")
			return
		}
		if first == nil {
			first = r
		}
		names = append(names, jsonrule.Replace(r.Node, Quote(n.Name)))
	}
	if first != nil {
		f := p.At(first.Node, "A raw value beside $ names: on another board the names move and this does not; it is called $%s", p.nameOf(first).Name)
		title := "Write the names"
		if len(names) == 1 {
			title = "Write " + names[0].New
		}
		jsonrule.Fix(f, title, names...)
	}
}

func checkDollar(p *pass) {
	for i := range p.m.requests {
		r := &p.m.requests[i]
		s, ok := r.Node.Str()
		if !ok || r.Symbol != "" || !p.knownSymbol(s) || p.Enough(r.Node) {
			continue
		}
		var f *rule.Finding
		switch res := p.opt.Definitions.Resolve(s); {
		case res.Status == hwdef.Constant:
			f = p.At(r.Node, "%s is a constant of the hardware definition for the C code, no peripheral", s)
			jsonrule.Fix(f, "Remove it", p.Remove(r.Node))
		case res.Type != r.Cap.Name && res.Type != "":
			f = p.At(r.Node, "%s is a name of the hardware definition for %s and needs its $; this list is for %s", s, res.Type, r.Cap.Name)
			p.offerMove(f, r, s, res.Type)
		default:
			f = p.At(r.Node, "%s is a name of the hardware definition and needs its $", s)
			if (res.Status == hwdef.Resolved || res.Status == hwdef.NotChecked) && res.Type == r.Cap.Name { // else it is wrong with its $ as well
				jsonrule.SafeFix(f, "Write "+Quote(s), jsonrule.Replace(r.Node, Quote(s)))
			}
		}
		f.Refuses = refusedAs(r.Cap.Parse)
	}
}

func checkNoDefinition(p *pass) {
	if p.opt.Definitions != nil || p.opt.Packaged {
		return
	}
	for i := range p.m.requests {
		r := &p.m.requests[i]
		if r.Symbol == "" {
			continue
		}
		why := p.opt.NoDefinitions
		if why.Certain && why.Said != "" { // packing fails all the same
			p.At(r.Node, "$%s cannot be resolved: its hardware definition is not there, see %s", r.Symbol, why.Said).Severity = rule.Info
		} else if why.Certain {
			f := p.At(r.Node, "$%s cannot be resolved: %s", r.Symbol, why.Why)
			f.Fixes = append(f.Fixes, why.Fixes...)
		} else {
			f := p.At(r.Node, "$ names were not checked: %s", orElse(why.Why, "no hardware definition was given"))
			f.Severity, f.Refuses = rule.Info, rule.Refuses{}
		}
		return
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
