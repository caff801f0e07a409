package eval

import (
	"debug/dwarf"

	"armillary.dev/debugadapter/symbols"
)

// nameIndex finds what a file defines at file scope by name. Making it loads all units, so it is asked only after the
// frame's own unit did not know the name.
type nameIndex struct {
	vars  map[string][]*symbols.DIE // variables and functions, definitions first
	types map[string][]*symbols.DIE // typedefs and base types
	tags  map[string][]*symbols.DIE // struct, union, enum; definitions only
	enums map[string]enumRef
}

type enumRef struct {
	typ   *symbols.DIE
	value int64
}

type namesKey struct{}

func namesOf(f *symbols.File) *nameIndex {
	return f.Memo(namesKey{}, func() any {
		x := &nameIndex{vars: map[string][]*symbols.DIE{}, types: map[string][]*symbols.DIE{}, tags: map[string][]*symbols.DIE{}, enums: map[string]enumRef{}}
		units, _ := f.Units()
		for _, u := range units {
			if root := u.Tree(); root != nil {
				x.add(root)
			}
		}
		return x
	}).(*nameIndex)
}

func (x *nameIndex) add(root *symbols.DIE) {
	for d := range root.Children() {
		switch d.Tag {
		case dwarf.TagVariable, dwarf.TagSubprogram:
			if n := d.Name(); n != "" && defines(d) {
				x.vars[n] = append(x.vars[n], d)
			}
		case dwarf.TagTypedef, dwarf.TagBaseType:
			if n := d.Name(); n != "" {
				x.types[n] = append(x.types[n], d)
			}
		case dwarf.TagStructType, dwarf.TagUnionType, dwarf.TagEnumerationType, dwarf.TagClassType:
			if d.Flag(dwarf.AttrDeclaration) {
				continue
			}
			if n := d.Name(); n != "" {
				x.tags[n] = append(x.tags[n], d)
			}
			if d.Tag == dwarf.TagEnumerationType {
				for c := range d.Children() {
					if n := c.Name(); n != "" {
						if _, had := x.enums[n]; !had {
							v, _ := c.Int(dwarf.AttrConstValue)
							x.enums[n] = enumRef{d, v}
						}
					}
				}
			}
		}
	}
}

// defines reports whether a variable or function DIE is the thing itself, not a declaration of it.
func defines(d *symbols.DIE) bool {
	if d.Tag == dwarf.TagSubprogram {
		return len(d.Ranges()) > 0
	}
	if code, ok := d.Val(dwarf.AttrLocation).([]byte); ok && len(code) == 5 && code[0] == 3 && string(code[1:]) == "\x00\x00\x00\x00" {
		return false // DW_OP_addr 0: the linker threw it away
	}
	return d.AttrField(dwarf.AttrLocation) != nil || d.AttrField(dwarf.AttrConstValue) != nil
}

// tag returns the definition of a struct, union or enum.
func (x *nameIndex) tag(name string, tag dwarf.Tag) *symbols.DIE {
	for _, d := range x.tags[name] {
		if d.Tag == tag {
			return d
		}
	}
	return nil
}

// fromUnit picks the candidate of the given unit, else an external one, else the first.
func fromUnit(ds []*symbols.DIE, u *symbols.Unit) *symbols.DIE {
	for _, d := range ds {
		if d.Unit == u {
			return d
		}
	}
	for _, d := range ds {
		if d.Flag(dwarf.AttrExternal) {
			return d
		}
	}
	if len(ds) > 0 {
		return ds[0]
	}
	return nil
}
