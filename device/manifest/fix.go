package manifest

import (
	"strconv"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// insertField adds a top-level property where projects usually have it.
func (p *pass) insertField(name, value string) rule.Edit {
	after := -1
	for i := range fields {
		if fields[i].name == name {
			break
		}
		if n := p.m.top(fields[i].name); n != nil {
			after = max(after, n.Index)
		}
	}
	if after < 0 && name != fields[0].name {
		after = len(p.m.root.Children) - 1
	}
	return p.Insert(p.m.root, after, strconv.Quote(name)+": "+value)
}

// addCapability adds a capability; ok is false if there is no place for it.
func (p *pass) addCapability(name, value string) (e rule.Edit, ok bool) {
	text := strconv.Quote(name) + ": " + value
	switch c := p.m.caps; {
	case c != nil && c.Kind == jsonc.Object:
		return p.Add(c, text), true
	case c == nil && p.m.root != nil:
		return p.insertField("Capabilities", "{ "+text+" }"), true
	}
	return rule.Edit{}, false
}
