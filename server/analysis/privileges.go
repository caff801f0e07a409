package analysis

import (
	"strconv"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
)

// Use states of a privilege.
const (
	Used    = "used"     // a call needs it
	NotSeen = "not seen" // no call does, as far as the sources go
	Unclear = "unclear"  // none for certain, but some call could not be followed, or sources are missing
)

// Privilege is one thing that an app asks for: a capability, or an entry of its list.
type Privilege struct {
	Capability string `json:"capability"`
	Element    string `json:"element,omitempty"` // as written: $LED, 8, ForceReboot
	Value      string `json:"value,omitempty"`   // what it stands for: GPIO 8
	Asked      Place  `json:"asked"`
	State      string `json:"state"` // used, not seen, unclear
	Uses       []Use  `json:"uses"`  // by file and place
}

// Place is a range of a file in bytes.
type Place struct {
	File  string `json:"file"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// Use is a call that needs a privilege.
type Use struct {
	Place
	Function string `json:"function"`
}

// Privileges reports what an app asks for and which calls need it, in the manifest's order. Unlike AZS301 it makes no
// difference whether that is certain. It is nil for real-time apps, whose sources are not looked at.
func Privileges(s Sources) []Privilege {
	a := newAudit(s)
	if a == nil {
		return nil
	}
	requests := map[*jsonc.Node]*manifest.Request{}
	for i := range s.Manifest.Requests() {
		r := &s.Manifest.Requests()[i]
		requests[r.Node] = r
	}
	var all []Privilege
	for i := range s.Manifest.Caps {
		e := &s.Manifest.Caps[i]
		if e.Cap == nil || !e.Exact || !s.Manifest.Grants(manifest.Grant{Capability: e.Name}) || s.Manifest.Entry(e.Name) != e.Node {
			continue
		}
		if !e.Cap.IsList() {
			all = append(all, a.privilege(e, e.Node, nil, true))
			continue
		}
		_, clear := a.opened(e.Name)
		for _, n := range e.Node.Children {
			all = append(all, a.privilege(e, n, requests[n], clear))
		}
	}
	return all
}

// privilege looks for the uses of a capability or an entry of its list; r is the peripheral that is asked for, or nil, and clear says
// that everything that is opened was followed.
func (a *audit) privilege(e *manifest.Entry, n *jsonc.Node, r *manifest.Request, clear bool) Privilege {
	at := n.Whole()
	p := Privilege{Capability: e.Name, Asked: Place{a.ManifestPath, at.Start, at.End}, State: NotSeen, Uses: []Use{}}
	entry := ""
	if e.Cap.IsList() {
		p.Element = n.Text()
		if e.Cap.Shape == manifest.Powers {
			entry = p.Element
		}
	}
	var want hwdef.Value
	if r != nil {
		if v, ok := a.requested(r); ok {
			want = v
			p.Value = hwdef.Claim{Field: e.Name, Value: v}.String()
		}
	}
	unclear := len(a.Unseen) > 0 || e.Cap.Shape == manifest.Hosts || r != nil && (p.Value == "" || !clear)
	for i := range a.uses {
		u := &a.uses[i]
		if !u.fn.Mentions(e.Name, entry) {
			continue
		}
		if r != nil && u.fn.Peripheral == e.Name {
			opens, open := a.opens(u, want, r.Symbol)
			unclear = unclear || open
			if !opens {
				continue
			}
		}
		p.Uses = append(p.Uses, Use{Place{u.call.File.Path, u.call.Span.Start, u.call.Span.End}, u.call.Name})
	}
	switch {
	case len(p.Uses) > 0:
		p.State = Used
	case unclear || r == nil && a.used(e.Name, entry):
		p.State = Unclear
	}
	return p
}

// opens reports whether a call opens a value or name; open that it could also be something that was not followed.
func (a *audit) opens(u *use, want hwdef.Value, symbol string) (opens, open bool) {
	open = u.arg.Unknown
	for i := range u.arg.Constants {
		c := &u.arg.Constants[i]
		v, ok := a.value(u.fn.Peripheral, c)
		if ok && v == want || symbol != "" && len(c.Names) > 0 && c.Names[0] == symbol {
			opens = true
		}
		open = open || !ok
	}
	return opens, open
}

// Spans of a privilege are asked for by editors.
func (p Place) Span() rule.Span { return rule.Span{Start: p.Start, End: p.End} }

// String writes a privilege on one line: Gpio $LED (GPIO 8).
func (p *Privilege) String() string {
	s := p.Capability
	if p.Element != "" {
		s += " " + p.Element
	}
	if p.Value != "" && p.Value != p.Element {
		s += " (" + p.Value + ")"
	}
	return s + ": " + p.State + " (" + strconv.Itoa(len(p.Uses)) + ")"
}
