package manifest

import (
	"fmt"
	"slices"
	"strconv"
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
	// Show writes the path of another file in a message; nil: as it is.
	Show func(path string) string
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

// MaxFindings is how many findings of one rule are reported in one file, in the order in which the rule finds them. If
// there are more, one more finding of the rule follows, at the place of the first that is left out, which says how many.
// It has the rule's severity, so that no answer depends on the limit, and no fix; once those before it are mended, the
// rest is reported. No real manifest comes near. Of syntax errors the first 50 are reported.
const MaxFindings = 1000

// Limits on what one finding may hold, and on the work for "did you mean". Real ones stay far below.
const (
	maxMessage  = 1000    // bytes of a message
	maxPointer  = 1000    // bytes of a pointer
	maxCompared = 200_000 // names in one check that wrong ones are compared with
)

// Check holds a manifest against every rule, in time that grows with its length, not with its square. Findings are
// sorted by place, then by code; MaxFindings bounds them.
func Check(m *Manifest, opt Options) []rule.Finding {
	p := &pass{m: m, file: m.File, opt: opt, isManifest: true}
	p.resolve(nil)
	for i := range table {
		p.run(&table[i])
	}
	return p.findings()
}

// CheckJSON holds any other JSON file against the rules about JSON itself.
func CheckJSON(f *jsonc.File, strict bool) []rule.Finding {
	p := &pass{m: &Manifest{File: f}, file: f, opt: Options{Strict: strict}}
	for i := range table {
		if table[i].json {
			p.run(&table[i])
		}
	}
	return p.findings()
}

// pass is one run of the rules over one manifest.
type pass struct {
	m    *Manifest
	file *jsonc.File
	opt  Options
	out  []rule.Finding

	rule  *rule.Rule   // the current one
	shown int          // its findings
	more  int          // what it found beyond its limit
	rest  rule.Span    // where the first of those is; until there is one, where the last finding is
	node  *jsonc.Node  // the node there, or nil
	spare rule.Finding // stands for each of those

	isManifest bool // not just any JSON file

	resolved []hwdef.Resolution // parallel to m.requests; zero for raw values
	values   []hwdef.Value      // parallel to m.requests: what the device would get, as far as it is known
	claims   []hwdef.Claim      // what the app asks for, each pin or controller of the chip once
	claimed  []*jsonc.Node      // the entries that the claims come from
	pairs    []hwdef.Conflict   // of claims

	// What rules work out once, when it is first asked for.
	verdicts map[*jsonc.Node]verdict // on hosts that are wrong
	names    map[string][]string     // of the hardware definition, by type
	compared int                     // names compared so far
	pointers map[*jsonc.Node]pointer // of parents
	lines    *jsonc.Lines
	newLine  string
}

// run holds the manifest against one rule.
func (p *pass) run(e *entry) {
	p.rule, p.shown, p.more, p.rest, p.node = &e.Rule, 0, 0, rule.Span{}, nil
	e.check(p)
	if p.more == 0 {
		return
	}
	verb := "are"
	if p.more == 1 {
		verb = "is"
	}
	p.unlessManifest(p.note(p.rest, p.node, fmt.Sprintf("%d more of this kind in this file %s not shown", p.more, verb)))
}

// full reports whether the current rule has reached its limit, so that what it finds is only counted.
func (p *pass) full() bool {
	if p.rule.Code == CodeSyntax {
		return p.shown >= maxSyntax
	}
	return p.shown >= MaxFindings
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

// at reports the current rule at a node: at its key if it is a member, at the value if that is what is wrong. The
// result may be changed until the next report.
func (p *pass) at(n *jsonc.Node, format string, args ...any) *rule.Finding {
	return p.span(rule.Span{Start: n.Start, End: n.End}, n, format, args...)
}

// atKey reports the current rule at the key of a member.
func (p *pass) atKey(n *jsonc.Node, format string, args ...any) *rule.Finding {
	if n.Key == nil || n.Key.Kind == jsonc.Missing {
		return p.at(n, format, args...)
	}
	return p.span(rule.Span{Start: n.Key.Start, End: n.Key.End}, n, format, args...)
}

// span reports the current rule at a span, which belongs to a node, or to none. Beyond the rule's limit it counts.
func (p *pass) span(s rule.Span, n *jsonc.Node, format string, args ...any) *rule.Finding {
	if p.full() {
		p.skip(s, n)
		p.spare = rule.Finding{}
		return &p.spare
	}
	p.shown++
	p.rest, p.node = s, n
	return p.note(s, n, fmt.Sprintf(format, args...))
}

// skip counts a finding that is not reported.
func (p *pass) skip(s rule.Span, n *jsonc.Node) {
	if p.more++; p.more == 1 {
		p.rest, p.node = s, n
	}
}

// enough counts a finding about an element or member if the rule has reached its limit. Rules ask before they do more
// than to report it.
func (p *pass) enough(n *jsonc.Node) bool {
	if !p.full() {
		return false
	}
	at := n
	if n.Key != nil {
		at = n.Key
	}
	p.skip(rule.Span{Start: at.Start, End: at.End}, n)
	return true
}

// note adds a finding of the current rule.
func (p *pass) note(s rule.Span, n *jsonc.Node, msg string) *rule.Finding {
	severity := p.rule.Severity
	if p.opt.Strict && p.rule.Strict != 0 {
		severity = p.rule.Strict
	}
	if len(msg) > maxMessage {
		msg = strings.ToValidUTF8(msg[:maxMessage], "") + "…"
	}
	p.out = append(p.out, rule.Finding{Rule: p.rule, Severity: severity, Span: s, Pointer: p.pointerOf(n).text,
		Message: msg, Refuses: p.rule.Refuses})
	return &p.out[len(p.out)-1]
}

// pointer is a JSON pointer; cut if it is that of an element around the one that was asked for.
type pointer struct {
	text string
	cut  bool
}

// pointerOf returns the pointer of a node, or of the innermost element around it whose pointer is not too long.
func (p *pass) pointerOf(n *jsonc.Node) pointer {
	if n == nil || n.Parent == nil {
		return pointer{}
	}
	around, ok := p.pointers[n.Parent]
	if !ok {
		if around = p.pointerOf(n.Parent); p.pointers == nil {
			p.pointers = map[*jsonc.Node]pointer{}
		}
		p.pointers[n.Parent] = around
	}
	step := strconv.Itoa(n.Index)
	if n.Parent.Kind == jsonc.Object {
		step = n.Name()
	}
	if around.cut || len(around.text)+len(step) > maxPointer {
		return pointer{around.text, true}
	}
	return pointer{around.text + "/" + jsonc.EscapePointer(step), false}
}

// nearest is rule.Nearest for a wrong name, as long as the file has not too many of them.
func (p *pass) nearest(s string, names []string) []string {
	if p.compared += len(names); p.compared > maxCompared {
		return nil
	}
	return rule.Nearest(s, names)
}

func (p *pass) findings() []rule.Finding {
	if p.m.Fragment {
		// Adding what an app needs would make a snippet into an app, and a broken one: it is offered, not done of itself.
		for i := range p.out {
			if p.out[i].Span.Start != p.m.root.Start {
				continue
			}
			for j := range p.out[i].Fixes {
				p.out[i].Fixes[j].Preferred = false
			}
		}
	}
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
	f := p.span(rule.Span{Start: p.m.root.Start, End: p.m.root.Start + 1}, nil, format, args...)
	f.Pointer = "/" + key
	if p.m.Fragment {
		f.Severity = rule.Info
	}
	return f
}
