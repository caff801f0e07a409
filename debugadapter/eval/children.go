package eval

import (
	"fmt"
)

// maxChildren bounds one answer of Children.
const maxChildren = 10000

func (v *Value) numChildren() (int, bool) {
	if v.err != nil {
		return 0, false
	}
	t := v.Type.Strip()
	switch t.Kind {
	case Struct, Union:
		return len(t.Fields()), false
	case Array:
		if t.count <= 0 {
			return 0, true
		}
		return int(min(t.count, 1<<30)), true
	case PointerKind:
		e := t.Elem().Strip()
		if p, err := v.uint64(); err != nil || p == 0 {
			return 0, false
		}
		switch e.Kind {
		case Void, Func, Unknown:
			return 0, false
		case Struct, Union:
			return len(e.Fields()), false
		}
		return 1, false
	}
	return 0, false
}

func (v *Value) children(start, count int) ([]*Value, error) {
	n, _ := v.numChildren()
	if v.err != nil {
		return nil, v.err
	}
	if start < 0 || start > n {
		start = n
	}
	end := n
	if count > 0 && count < n-start {
		end = start + count
	}
	end = min(end, start+maxChildren)
	t := v.Type.Strip()
	switch t.Kind {
	case PointerKind:
		p, err := v.deref()
		if err != nil {
			return nil, err
		}
		p.format = v.format
		if k := p.Type.Strip().Kind; k == Struct || k == Union {
			return p.children(start, count)
		}
		p.Name = "*" + v.Name
		if start > 0 || n == 0 {
			return nil, nil
		}
		return []*Value{p}, nil
	case Array:
		// One read for the page; elements beyond a broken page still say so one by one.
		size := t.Elem().size()
		var page []byte
		if bytes := uint64(end-start) * uint64(size); v.loc.kind == locMemory && v.loc.cache == nil && bytes > 0 && bytes <= 1<<16 {
			page = make([]byte, bytes)
			if v.ctx.read(v.loc.addr+uint32(start)*size, page) != nil {
				page = nil
			}
		}
		out := make([]*Value, 0, end-start)
		for i := start; i < end; i++ {
			c := v.index(int64(i))
			if page != nil {
				k := uint32(i-start) * size
				c.loc.cache = page[k : k+size]
			}
			out = append(out, c)
		}
		return out, nil
	case Struct, Union:
		v.prefetch(0, t.Size)
		var out []*Value
		for i, f := range t.Fields() {
			if i < start || i >= end {
				continue
			}
			c := v.field(f)
			if c.Name == "" {
				c.Name = anonymousName(f)
			}
			out = append(out, c)
		}
		return out, nil
	}
	return nil, nil
}

func anonymousName(f Field) string {
	switch f.Type.Strip().Kind {
	case Union:
		return "<anonymous union>"
	case Struct:
		return "<anonymous struct>"
	}
	return "<unnamed>"
}

// member finds a member by name, through pointers not, through anonymous structs and unions yes.
func (v *Value) member(name string) (*Value, error) {
	t := v.Type.Strip()
	if t.Kind != Struct && t.Kind != Union {
		return nil, fmt.Errorf("%s has no members", describe(v.Type))
	}
	if len(t.Fields()) == 0 && t.Size == 0 {
		return nil, fmt.Errorf("%s is declared but not defined in the debug information", v.Type)
	}
	if c := v.findMember(name, new(int)); c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("%s has no member named %q%s", v.Type, name, similar(name, fieldNames(t)))
}

// maxMembers bounds a search through anonymous members: in a broken file they can contain one another.
const maxMembers = 10000

func (v *Value) findMember(name string, seen *int) *Value {
	for _, f := range v.Type.Fields() {
		if *seen++; *seen > maxMembers {
			return nil
		}
		if f.Name == name {
			return v.field(f)
		}
		if k := f.Type.Strip().Kind; f.Name == "" && (k == Struct || k == Union) {
			if c := v.field(f).findMember(name, seen); c != nil {
				return c
			}
		}
	}
	return nil
}

// fieldNames lists the members that can be named, those of anonymous members too.
func fieldNames(t *Type) []string {
	var out []string
	seen := 0
	var walk func(t *Type)
	walk = func(t *Type) {
		for _, f := range t.Fields() {
			if seen++; seen > maxMembers {
				return
			}
			if f.Name != "" {
				out = append(out, f.Name)
			} else if f.Type.isAggregate() {
				walk(f.Type.Strip())
			}
		}
	}
	walk(t)
	return out
}

func describe(t *Type) string {
	if t.isPointer() {
		return fmt.Sprintf("%s is a pointer: it", t)
	}
	return t.String()
}
