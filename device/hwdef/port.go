package hwdef

import (
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// MoveKind says what became of an entry when its definition was ported.
type MoveKind uint8

// What becomes of an entry.
const (
	SameValue   MoveKind = iota // the other board has a name for the very value
	Substituted                 // it has not; a free one of the same type was taken
	Kept                        // it has nothing of the kind, or it is not known what the entry stands for; Why says it
)

func (k MoveKind) String() string { return [...]string{"same value", "substituted", "kept"}[k] }

// Move is what became of one entry.
type Move struct {
	Peripheral *Peripheral
	Kind       MoveKind
	From, To   string // what it maps to, before and after
	Value      Value  // what it stood for; zero if that is not known
	Now        Value  // what it stands for afterwards; zero if nothing was found
	Why        string // of Kept; without a full stop
}

// Ported is a definition for another board.
type Ported struct {
	Edits []rule.Edit // of the definition's text
	Moves []Move      // one per entry, in order
}

// Port makes a definition for another board: from.Target is rewritten to import the definition to.Target by importPath and
// to map to its names. An entry goes to the name that has the very value it had; where there is none, to the first of the
// type whose pins nobody else takes, and that is an LED or a button only for one; else it stays as it is and is reported. Entries that shared a value go on sharing
// one. Everything else in the file, comments and layout included, stays.
func Port(from, to *Set, importPath string) Ported {
	p := porting{from: from, to: to, names: map[typedValue]*Peripheral{}, headers: map[string]*Peripheral{}}
	for _, q := range to.Target.Peripherals {
		r := to.Resolve(q.Name)
		switch {
		case r.Status == Resolved && r.Type == q.Type:
			if k := (typedValue{q.Type, r.Value}); p.names[k] == nil {
				p.names[k] = q
			}
		case r.Status == Constant:
			if h := r.Chain[len(r.Chain)-1].HeaderValue; p.headers[h] == nil {
				p.headers[h] = q
			}
		}
	}
	out := Ported{Moves: make([]Move, len(from.Target.Peripherals))}
	var left []int // need a substitute, which must not take what others have
	for i, q := range from.Target.Peripherals {
		m := &out.Moves[i]
		*m = Move{Peripheral: q, From: q.Mapping, To: q.Mapping}
		if !p.same(m) {
			left = append(left, i)
		}
	}
	chosen := map[typedValue]*Peripheral{}
	for _, i := range left {
		p.substitute(&out.Moves[i], chosen)
	}
	out.Edits = p.edits(out.Moves, importPath)
	return out
}

// porting is one run of Port.
type porting struct {
	from, to *Set
	names    map[typedValue]*Peripheral // of the other board
	headers  map[string]*Peripheral     // its constants, by header value
	busy     PinSet                     // by what the ported definition has so far
}

// same finds the other board's name for the same value. It is false if a substitute is needed.
func (p *porting) same(m *Move) bool {
	q := m.Peripheral
	r := p.from.Resolve(q.Name)
	if r.Status == Constant {
		p.constant(m, r.Chain[len(r.Chain)-1].HeaderValue)
		return true
	}
	if r.Status != Resolved {
		m.Kind, m.Why = Kept, q.Name+" leads to nothing in the definition as it is"
		return true
	}
	m.Value = r.Value
	if q.Mapping == "" {
		m.Now = r.Value
		p.take(m)
		return true
	}
	k := typedValue{q.Type, r.Value}
	other := p.names[k]
	if other == nil {
		return false
	}
	m.To, m.Now = other.Name, r.Value
	p.take(m)
	return true
}

// constant looks for the same constant.
func (p *porting) constant(m *Move, header string) {
	if m.From == "" {
		return
	}
	if r := p.to.Resolve(m.From); r.Status == Constant {
		return // the chip's
	}
	if other := p.headers[header]; other != nil {
		m.To = other.Name
		return
	}
	m.Kind, m.Why = Kept, "the other board has no constant "+header
}

// take notes the pins of an entry.
func (p *porting) take(m *Move) {
	if b, ok := (Claim{m.Peripheral.Type, m.Now}).PinSet(); ok {
		p.busy.Add(b)
	}
}

// substitute finds a free peripheral of the same type.
func (p *porting) substitute(m *Move, chosen map[typedValue]*Peripheral) {
	k := typedValue{m.Peripheral.Type, m.Value}
	other, worst := chosen[k], len(parts)+1
	for _, q := range p.to.Target.Peripherals {
		if chosen[k] != nil {
			break
		}
		if q.Type != k.typ {
			continue
		}
		c, ok := p.to.claim(q)
		if b, takes := c.PinSet(); !ok || !takes || p.busy.Overlaps(b) {
			continue
		}
		if n := unlike(m.Peripheral.Name+" "+m.From, q.Name); n < worst {
			other, worst = q, n
		}
	}
	if other == nil {
		m.Kind, m.Why = Kept, "the other board has no "+k.typ+" left that nothing else takes"
		if r := p.to.Resolve(m.From); r.Status == Resolved && r.Value == m.Value {
			m.Now = r.Value // a name of the chip, which is still right
			p.take(m)
		}
		return
	}
	chosen[k] = other
	c, _ := p.to.claim(other)
	m.Kind, m.To, m.Now = Substituted, other.Name, c.Value
	p.take(m)
}

// parts are what names of boards call that which is soldered to a pin: a button on an LED's pin would be free, but useless.
var parts = [...]string{"LED", "BUTTON"}

// unlike counts the parts that one name has and the other has not.
func unlike(a, b string) int {
	n := 0
	for _, part := range parts {
		if strings.Contains(a, part) != strings.Contains(b, part) {
			n++
		}
	}
	return n
}

// edits rewrites the file.
func (p *porting) edits(moves []Move, importPath string) []rule.Edit {
	d := p.from.Target
	if d.File == nil {
		return nil
	}
	imports := `[ {"Path": ` + quote(importPath) + "} ]"
	var edits []rule.Edit
	root := d.File.Root
	switch n := root.Member("Imports"); {
	case n != nil && (len(d.Imports) != 1 || d.Imports[0].Path != importPath):
		edits = append(edits, jsonrule.Replace(n, imports))
	case n == nil && root.Kind == jsonc.Object:
		after := -1
		for _, key := range []string{"Metadata", "Description"} {
			if m := root.Member(key); m != nil {
				after = max(after, m.Index)
			}
		}
		edits = append(edits, jsonrule.New(d.File, jsonrule.Options{}).Insert(root, after, `"Imports": `+imports))
	}
	for _, m := range moves {
		if n := m.Peripheral.Node.Member("Mapping"); m.To != m.From && n != nil {
			edits = append(edits, jsonrule.Replace(n, quote(m.To)))
		}
	}
	return edits
}
