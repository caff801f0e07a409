// Package jsonrule is what the rules about JSON files have in common: the rules about JSON itself (AZS001 and its
// neighbours), the pass that a rule reports through, its limits, and the edits that mend a text without touching what is
// around them. Manifests and hardware definitions have tables of their own and run them through it.
//
// The package is pure. It must not know what any file is about.
package jsonrule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// Entry is one row of a rule table: what is said about it, and how it is found. Check reports through the pass P, which
// embeds *Pass.
type Entry[P any] struct {
	rule.Rule
	Check func(P)
}

// Rules returns the rules of a table.
func Rules[P any](table []Entry[P]) []*rule.Rule {
	all := make([]*rule.Rule, len(table))
	for i := range table {
		all[i] = &table[i].Rule
	}
	return all
}

// MaxFindings is how many findings of one rule are reported in one file, in the order in which the rule finds them. If
// there are more, one more finding of the rule follows, at the place of the first that is left out, which says how many.
// It has the rule's severity, so that no answer depends on the limit, and no fix; once those before it are mended, the
// rest is reported. No real file comes near. Of syntax errors the first 50 are reported.
const MaxFindings = 1000

// maxSyntax is what MaxFindings is for syntax errors: the first ones are those that help.
const maxSyntax = 50

// Limits on what one finding may hold, and on the work for "did you mean". Real ones stay far below.
const (
	MaxMessage  = 1000    // bytes of a message
	MaxPointer  = 1000    // bytes of a pointer
	maxCompared = 200_000 // names in one check that wrong ones are compared with
)

// Options of a pass.
type Options struct {
	// What the file is, as the beginning of a sentence: "An app manifest". If it is not empty, a file that is no JSON
	// object is an error.
	What string
	// Refused says that a packer or device reads the file, so that the rules about JSON refuse it.
	Refused bool
	// Strict turns on the severities of --strict.
	Strict bool
}

// Pass is one run of rules over one file. It is made by New and belongs to one goroutine.
type Pass struct {
	File *jsonc.File
	opt  Options
	out  []rule.Finding

	rule  *rule.Rule   // the current one
	shown int          // its findings
	more  int          // what it found beyond its limit
	rest  rule.Span    // where the first of those is; until there is one, where the last finding is
	node  *jsonc.Node  // the node there, or nil
	spare rule.Finding // stands for each of those

	// What is worked out once, when it is first asked for.
	compared int                     // names compared so far
	pointers map[*jsonc.Node]pointer // of parents
	lines    *jsonc.Lines
	newLine  string

	conflicts *conflicts // see unmerged
}

// New returns a pass over a file that has found nothing yet.
func New(f *jsonc.File, opt Options) *Pass { return &Pass{File: f, opt: opt} }

// Check holds a file against the rules about JSON alone.
func Check(f *jsonc.File, opt Options) []rule.Finding {
	p := New(f, opt)
	p.CheckJSON()
	return p.Findings()
}

// CheckJSON runs the rules about JSON itself.
func (p *Pass) CheckJSON() { Run(p, p, Table) }

// Run runs a table's rules in order. p is what they report through, and is or embeds base.
func Run[P any](base *Pass, p P, table []Entry[P]) {
	for i := range table {
		base.begin(&table[i].Rule)
		table[i].Check(p)
		base.end()
	}
}

func (p *Pass) begin(r *rule.Rule) {
	p.rule, p.shown, p.more, p.rest, p.node = r, 0, 0, rule.Span{}, nil
}

func (p *Pass) end() {
	if p.more == 0 {
		return
	}
	verb := "are"
	if p.more == 1 {
		verb = "is"
	}
	p.note(p.rest, p.node, fmt.Sprintf("%d more of this kind in this file %s not shown", p.more, verb))
}

// full reports whether the current rule has reached its limit, so that what it finds is only counted.
func (p *Pass) full() bool {
	if p.rule.Code == CodeSyntax {
		return p.shown >= maxSyntax
	}
	return p.shown >= MaxFindings
}

// At reports the current rule at a node. The result may be changed until the next report.
func (p *Pass) At(n *jsonc.Node, format string, args ...any) *rule.Finding {
	return p.Report(rule.Span{Start: n.Start, End: n.End}, n, format, args...)
}

// AtKey reports the current rule at the key of a member.
func (p *Pass) AtKey(n *jsonc.Node, format string, args ...any) *rule.Finding {
	if n.Key == nil || n.Key.Kind == jsonc.Missing {
		return p.At(n, format, args...)
	}
	return p.Report(rule.Span{Start: n.Key.Start, End: n.Key.End}, n, format, args...)
}

// Report reports the current rule at a span, which belongs to a node, or to none. Beyond the rule's limit it counts.
func (p *Pass) Report(s rule.Span, n *jsonc.Node, format string, args ...any) *rule.Finding {
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
func (p *Pass) skip(s rule.Span, n *jsonc.Node) {
	if p.more++; p.more == 1 {
		p.rest, p.node = s, n
	}
}

// Enough counts a finding about an element or member if the rule has reached its limit. Rules ask before they do more
// than to report it.
func (p *Pass) Enough(n *jsonc.Node) bool {
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
func (p *Pass) note(s rule.Span, n *jsonc.Node, msg string) *rule.Finding {
	severity := p.rule.Severity
	if p.opt.Strict && p.rule.Strict != 0 {
		severity = p.rule.Strict
	}
	if len(msg) > MaxMessage {
		msg = strings.ToValidUTF8(msg[:MaxMessage], "") + "…"
	}
	f := rule.Finding{Rule: p.rule, Severity: severity, Span: s, Pointer: p.pointerOf(n).text, Message: msg}
	if p.opt.Refused {
		f.Refuses = p.rule.Refuses
	}
	p.out = append(p.out, f)
	return &p.out[len(p.out)-1]
}

// pointer is a JSON pointer; cut if it is that of an element around the one that was asked for.
type pointer struct {
	text string
	cut  bool
}

// pointerOf returns the pointer of a node, or of the innermost element around it whose pointer is not too long.
func (p *Pass) pointerOf(n *jsonc.Node) pointer {
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
	if around.cut || len(around.text)+len(step) > MaxPointer {
		return pointer{around.text, true}
	}
	return pointer{around.text + "/" + jsonc.EscapePointer(step), false}
}

// Nearest is rule.Nearest for a wrong name, as long as the file has not too many of them.
func (p *Pass) Nearest(s string, names []string) []string {
	if p.compared += len(names); p.compared > maxCompared {
		return nil
	}
	return rule.Nearest(s, names)
}

// Findings returns what was found, sorted by place, then by code.
func (p *Pass) Findings() []rule.Finding {
	p.settle()
	Sort(p.out)
	return p.out
}

// Sort orders findings by place, then by code.
func Sort(findings []rule.Finding) {
	slices.SortStableFunc(findings, func(a, b rule.Finding) int {
		return cmp.Or(a.Span.Start-b.Span.Start, strings.Compare(a.Rule.Code, b.Rule.Code))
	})
}

// Present reports whether something stands at a place, be it right or wrong: a value that is still to be typed does not.
func Present(n *jsonc.Node) bool {
	return n != nil && n.Kind != jsonc.Missing && n.Kind != jsonc.Invalid
}
