package manifest

import (
	"fmt"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
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
	// Packaged says that the text comes out of an image package: names must be resolved, and what the packer writes is
	// no mistake.
	Packaged bool
}

// NoDefinitions says why there is no hardware definition.
type NoDefinitions struct {
	Why     string     // "CMakeLists.txt has no azsphere_target_hardware_definition line"; without a full stop
	Certain bool       // packing will fail; otherwise the names are just not checked
	Fixes   []rule.Fix // how to name one
}

// entry is one row of the rule table: what is said about it, and how it is found. Check reports through the pass.
type entry struct {
	rule.Rule
	check func(*pass)
	json  bool // it concerns any JSON file, not only manifests
}

// table is the rule table, in the order of codes. The groups are those of facts/diagnostics.md.
var table = slices.Concat(jsonRules, topRules, valueRules, networkRules, pinRules, nameRules)

// Rules returns every rule, in the order of codes.
func Rules() []*rule.Rule {
	all := make([]*rule.Rule, len(table))
	for i := range table {
		all[i] = &table[i].Rule
	}
	return all
}

// LookupRule returns the rule with a code, or nil.
func LookupRule(code string) *rule.Rule {
	for i := range table {
		if table[i].Code == code {
			return &table[i].Rule
		}
	}
	return nil
}

// Check holds a manifest against every rule. Findings are sorted by place, then by code.
func Check(m *Manifest, opt Options) []rule.Finding {
	p := &pass{m: m, file: m.File, opt: opt, isManifest: true}
	p.resolve()
	for i := range table {
		p.rule = &table[i].Rule
		table[i].check(p)
	}
	return p.findings()
}

// CheckJSON holds any other JSON file against the rules about JSON itself.
func CheckJSON(f *jsonc.File, strict bool) []rule.Finding {
	p := &pass{m: &Manifest{File: f}, file: f, opt: Options{Strict: strict}}
	for i := range table {
		if table[i].json {
			p.rule = &table[i].Rule
			table[i].check(p)
		}
	}
	return p.findings()
}

// pass is one run of the rules over one manifest.
type pass struct {
	m    *Manifest
	file *jsonc.File
	opt  Options
	rule *rule.Rule
	out  []rule.Finding

	isManifest bool // not just any JSON file

	resolved []hwdef.Resolution // parallel to m.requests; zero for raw values
	claims   []hwdef.Claim      // what the app asks for, as far as it is known
	claimed  []*jsonc.Node      // the entries that the claims come from
}

// resolve finds out what the peripheral entries stand for.
func (p *pass) resolve() {
	p.resolved = make([]hwdef.Resolution, len(p.m.requests))
	for i := range p.m.requests {
		r := &p.m.requests[i]
		v := r.Value
		if r.Symbol != "" && p.opt.Definitions != nil {
			p.resolved[i] = p.opt.Definitions.Resolve(r.Symbol)
			if res := &p.resolved[i]; res.Status == hwdef.Resolved && res.Type == r.Cap.Name {
				v = res.Value
			}
		}
		if v.Text == "" {
			continue
		}
		c := hwdef.Claim{Field: r.Cap.Name, Value: v}
		if _, _, ok := c.Pins(); ok {
			p.claims = append(p.claims, c)
			p.claimed = append(p.claimed, r.Node)
		}
	}
}

// at reports the current rule at a node: at its key if it is a member, at the value if that is what is wrong. The
// result may be changed until the next report.
func (p *pass) at(n *jsonc.Node, format string, args ...any) *rule.Finding {
	return p.span(rule.Span{Start: n.Start, End: n.End}, n.Pointer(), format, args...)
}

// atKey reports the current rule at the key of a member.
func (p *pass) atKey(n *jsonc.Node, format string, args ...any) *rule.Finding {
	if n.Key == nil || n.Key.Kind == jsonc.Missing {
		return p.at(n, format, args...)
	}
	return p.span(rule.Span{Start: n.Key.Start, End: n.Key.End}, n.Pointer(), format, args...)
}

func (p *pass) span(s rule.Span, pointer, format string, args ...any) *rule.Finding {
	severity := p.rule.Severity
	if p.opt.Strict && p.rule.Strict != 0 {
		severity = p.rule.Strict
	}
	p.out = append(p.out, rule.Finding{Rule: p.rule, Severity: severity, Span: s, Pointer: pointer,
		Message: fmt.Sprintf(format, args...), Refuses: p.rule.Refuses})
	return &p.out[len(p.out)-1]
}

func (p *pass) findings() []rule.Finding {
	slices.SortStableFunc(p.out, func(a, b rule.Finding) int {
		if a.Span.Start != b.Span.Start {
			return a.Span.Start - b.Span.Start
		}
		return strings.Compare(a.Rule.Code, b.Rule.Code)
	})
	return p.out
}

// missing reports that a required top-level key is not there. In a fragment that is nothing to complain about.
func (p *pass) missing(key, format string, args ...any) *rule.Finding {
	for _, n := range p.m.root.Children {
		if n.Name() != key && strings.EqualFold(strings.TrimSpace(n.Name()), key) {
			return new(rule.Finding) // AZS006 says it
		}
	}
	f := p.span(rule.Span{Start: p.m.root.Start, End: p.m.root.Start + 1}, "/"+key, format, args...)
	if p.m.Fragment {
		f.Severity = rule.Info
	}
	return f
}
