package manifest

import (
	"path"
	"slices"
	"strings"
	"sync"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// Options say what is known around a manifest.
type Options struct {
	// Path of the file, slash-separated; empty if it is nowhere yet, and then nothing is said about its name.
	Path string
	// Definitions resolves $ names. Nil: they are not resolved, and NoDefinitions says why.
	Definitions   *hwdef.Set
	NoDefinitions NoDefinitions
	// Strict turns on the severities of --strict.
	Strict bool
	// Show writes the path of another file in a message; nil: as it is.
	Show func(path string) string
	// FilledBy is a file that shows that another packer than the vendor's writes Name, ComponentId and EntryPoint, so that
	// they are not missed here; empty: nobody does.
	FilledBy string
	// Packaged says that the text comes out of an image package: names must be resolved, and what the packer writes is
	// no mistake.
	Packaged bool
}

// NoDefinitions says why there is no hardware definition.
type NoDefinitions struct {
	Why     string     // "CMakeLists.txt has no azsphere_target_hardware_definition line"; without a full stop
	Certain bool       // packing will fail; otherwise the names are just not checked
	Foreign bool       // there is a file, which is something else
	Said    string     // where another finding says so, as "CMakeLists.txt, line 3"; "" if none does
	Fixes   []rule.Fix // how to name one
}

// table is the rule table, in the order of codes but for the rules about JSON, which run first. The groups are those of
// facts/diagnostics.md.
var table = slices.Concat(fileRules, topRules, valueRules, networkRules, pinRules, nameRules)

// allRules are those that a manifest is held against, in the order of codes.
var allRules = sync.OnceValue(func() []*rule.Rule {
	all := append(jsonrule.Rules(jsonrule.Table), jsonrule.Rules(table)...)
	slices.SortFunc(all, func(a, b *rule.Rule) int { return strings.Compare(a.Code, b.Code) })
	return all
})

// Rules returns every rule that a manifest is held against, in the order of codes. The result must not be changed.
func Rules() []*rule.Rule { return allRules() }

// LookupRule returns the rule with a code, or nil.
func LookupRule(code string) *rule.Rule {
	all := allRules()
	i, ok := slices.BinarySearchFunc(all, code, func(r *rule.Rule, code string) int { return strings.Compare(r.Code, code) })
	if !ok {
		return nil
	}
	return all[i]
}

// Check holds a manifest against every rule, in time that grows with its length, not with its square. Findings are
// sorted by place, then by code; jsonrule.MaxFindings bounds them.
func Check(m *Manifest, opt Options) []rule.Finding {
	p := newPass(m, opt)
	p.resolve(nil)
	p.CheckJSON()
	jsonrule.Run(p.Pass, p, table)
	return p.findings()
}

// pass is one run of the rules over one manifest.
type pass struct {
	*jsonrule.Pass
	m   *Manifest
	opt Options

	resolved []hwdef.Resolution // parallel to m.requests; zero for raw values
	values   []hwdef.Value      // parallel to m.requests: what the device would get, as far as it is known
	claims   []hwdef.Claim      // what the app asks for, each pin or controller of the chip once
	claimed  []*jsonc.Node      // the entries that the claims come from
	pairs    []hwdef.Conflict   // of claims

	// What rules work out once, when it is first asked for.
	verdicts map[*jsonc.Node]verdict // on hosts that are wrong
	names    map[string][]string     // of the hardware definition, by type
}

func newPass(m *Manifest, opt Options) *pass {
	return &pass{m: m, opt: opt, Pass: jsonrule.New(m.File, jsonrule.Options{What: "An app manifest", Refused: true, Strict: opt.Strict})}
}

// resolve finds out what the peripheral entries stand for, all but the one that is being edited.
func (p *pass) resolve(edited *jsonc.Node) {
	p.resolved = make([]hwdef.Resolution, len(p.m.requests))
	p.values = make([]hwdef.Value, len(p.m.requests))
	type pin struct {
		field string
		first int
	}
	seen := map[pin]bool{}
	for i := range p.m.requests {
		r := &p.m.requests[i]
		v := r.Value
		if r.Symbol != "" && p.opt.Definitions != nil {
			p.resolved[i] = p.opt.Definitions.Resolve(r.Symbol)
			if res := &p.resolved[i]; res.Status == hwdef.Resolved && res.Type == r.Cap.Name {
				v = res.Value
			}
		}
		if v.Text == "" || r.Node == edited {
			continue
		}
		c := hwdef.Claim{Field: r.Cap.Name, Value: v}
		first, _, ok := c.Pins()
		if !ok {
			continue
		}
		p.values[i] = v
		if at := (pin{c.Field, first}); !seen[at] {
			seen[at] = true
			p.claims = append(p.claims, c)
			p.claimed = append(p.claimed, r.Node)
		}
	}
	p.pairs = hwdef.Conflicts(p.claims)
}

func (p *pass) findings() []rule.Finding {
	out := p.Findings()
	if p.sample() {
		for i := range out {
			if c := out[i].Rule.Code; c >= "AZS060" && c <= "AZS067" && out[i].Severity == rule.Error {
				out[i].Severity, out[i].Refuses = rule.Warning, rule.Refuses{}
			}
		}
	}
	if !p.m.Fragment {
		return out
	}
	// Adding what an app needs would make a snippet into an app, and a broken one: it is offered, not done of itself.
	for i := range out {
		if out[i].Span.Start != p.m.root.Start {
			continue
		}
		for j := range out[i].Fixes {
			out[i].Fixes[j].Preferred = false
		}
	}
	return out
}

// sample reports whether the file's name says that it is copied and filled in before it is packed: hosts and ids in it are for
// the reader to write.
func (p *pass) sample() bool {
	base := strings.ToLower(path.Base(p.opt.Path))
	return base != FileName && slices.ContainsFunc([]string{"sample", "template", "example"}, func(w string) bool { return strings.Contains(base, w) })
}

// missing reports that a top-level key is not there. In a fragment that is nothing to complain about.
func (p *pass) missing(key, format string, args ...any) *rule.Finding {
	if p.m.CutOff() || misspelt(p.m.root, key) != nil { // AZS001 or AZS006 says it
		return new(rule.Finding)
	}
	f := p.Report(rule.Span{Start: p.m.root.Start, End: p.m.root.Start + 1}, nil, format, args...)
	f.Pointer = "/" + key
	if p.m.Fragment {
		f.Severity = rule.Info
	}
	if lookupField(key).filled {
		p.filled(f)
	}
	return f
}

// filled lowers a finding about what another packer writes.
func (p *pass) filled(f *rule.Finding) *rule.Finding {
	if p.opt.FilledBy != "" && f.Rule != nil {
		f.Severity, f.Refuses = rule.Info, rule.Refuses{}
		f.Message += "; the packer that " + p.opt.FilledBy + " belongs to probably writes it"
	}
	return f
}
