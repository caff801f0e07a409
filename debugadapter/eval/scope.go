package eval

import (
	"debug/dwarf"
	"errors"
	"fmt"
	"sort"

	"armillary.dev/debugadapter/symbols"
)

// maxBlocks bounds the nesting of lexical blocks.
const maxBlocks = 256

// blocks are the scope of the frame and the lexical blocks that contain its PC, outermost first.
func (c *Context) blocks() []*symbols.DIE {
	if c.Frame == nil || c.Frame.Scope == nil {
		return nil
	}
	out := []*symbols.DIE{c.Frame.Scope}
	pc := c.Frame.LookupPC - c.Frame.Image.Bias
	for len(out) < maxBlocks {
		var in *symbols.DIE
		for d := range out[len(out)-1].Children() {
			if d.Tag == dwarf.TagLexDwarfBlock && d.Contains(pc) {
				in = d
				break
			}
		}
		if in == nil {
			return out
		}
		out = append(out, in)
	}
	return out
}

// entries are the variables or parameters directly in a block. Those that exist only in the abstract instance were
// optimized out as a whole and come last.
func entries(block *symbols.DIE, tag dwarf.Tag) []*symbols.DIE {
	var out []*symbols.DIE
	seen := map[*symbols.DIE]bool{}
	for d := range block.Children() {
		if d.Tag == tag {
			out = append(out, d)
			if o := d.Ref(dwarf.AttrAbstractOrigin); o != nil {
				seen[o] = true
			}
		}
	}
	if o := block.Ref(dwarf.AttrAbstractOrigin); o != nil {
		for d := range o.Children() {
			if d.Tag == tag && !seen[d] {
				out = append(out, d)
			}
		}
	}
	return out
}

func (c *Context) local(d *symbols.DIE) *Value {
	if d.Tag == dwarf.TagVariable && d.AttrField(dwarf.AttrLocation) == nil && d.Flag(dwarf.AttrDeclaration) && d.Flag(dwarf.AttrExternal) {
		// "extern int x;" inside a function
		if v, err := c.global(d.Name()); err == nil {
			return v
		}
	}
	return c.variable(d, c.Frame.Image, c.Frame)
}

func (c *Context) locals() ([]*Value, error) {
	if err := c.needScope(); err != nil {
		return nil, err
	}
	bs := c.blocks()
	hidden := map[string]bool{}
	var out []*Value
	for i := len(bs) - 1; i >= 0; i-- {
		var here []string
		for _, d := range entries(bs[i], dwarf.TagVariable) {
			n := d.Name()
			if n == "" || hidden[n] {
				continue
			}
			here = append(here, n)
			out = append(out, c.local(d))
		}
		for _, n := range here {
			hidden[n] = true
		}
	}
	return out, nil
}

func (c *Context) arguments() ([]*Value, error) {
	if err := c.needScope(); err != nil {
		return nil, err
	}
	var out []*Value
	for _, d := range entries(c.Frame.Scope, dwarf.TagFormalParameter) {
		if d.Name() != "" {
			out = append(out, c.local(d))
		}
	}
	return out, nil
}

func (c *Context) needScope() error {
	if c.Frame == nil {
		return errors.New("no frame is selected")
	}
	if c.Frame.Scope == nil || c.Frame.Image == nil {
		return fmt.Errorf("%s has no debug information", c.Frame.Name())
	}
	return nil
}

// unit is the compilation unit of the frame, or nil.
func (c *Context) unit() *symbols.Unit {
	if c.Frame == nil || c.Frame.Image == nil {
		return nil
	}
	if c.Frame.Scope != nil {
		return c.Frame.Scope.Unit
	}
	return c.Frame.Image.Unit(c.Frame.LookupPC)
}

func (c *Context) globals() ([]*Value, error) {
	u := c.unit()
	if u == nil {
		return nil, nil
	}
	root := u.Tree()
	if root == nil {
		return nil, nil
	}
	var out []*Value
	seen := map[string]bool{}
	for d := range root.Children() {
		if n := d.Name(); d.Tag == dwarf.TagVariable && n != "" && !seen[n] && defines(d) {
			seen[n] = true
			out = append(out, c.variable(d, c.Frame.Image, nil))
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

// GlobalsOf returns the file-scope variables of another compilation unit.
func (c *Context) GlobalsOf(m *symbols.Image, u *symbols.Unit) []*Value {
	root := u.Tree()
	if root == nil {
		return nil
	}
	var out []*Value
	for d := range root.Children() {
		if d.Tag == dwarf.TagVariable && d.Name() != "" && defines(d) {
			out = append(out, c.variable(d, m, nil))
		}
	}
	return out
}

// lookup resolves an identifier as C does: blocks from the inside out, the file, then other files.
func (c *Context) lookup(name string) (*Value, error) {
	bs := c.blocks()
	for i := len(bs) - 1; i >= 0; i-- {
		for d := range bs[i].Children() {
			if d.Tag == dwarf.TagEnumerationType {
				if v := c.enumeratorIn(d, name); v != nil {
					return v, nil
				}
			}
		}
		for _, tag := range []dwarf.Tag{dwarf.TagVariable, dwarf.TagFormalParameter} {
			for _, d := range entries(bs[i], tag) {
				if d.Name() == name {
					return c.local(d), nil
				}
			}
		}
	}
	return c.global(name)
}

// images lists the frame's image first.
func (c *Context) images() []*symbols.Image {
	if c.Space == nil {
		return nil
	}
	if c.Frame == nil || c.Frame.Image == nil {
		return c.Space.Images
	}
	out := []*symbols.Image{c.Frame.Image}
	for _, m := range c.Space.Images {
		if m != c.Frame.Image {
			out = append(out, m)
		}
	}
	return out
}

func (c *Context) global(name string) (*Value, error) {
	u := c.unit()
	if u != nil {
		if root := u.Tree(); root != nil {
			for d := range root.Children() {
				switch d.Tag {
				case dwarf.TagVariable, dwarf.TagSubprogram:
					if d.Name() == name && defines(d) {
						return c.globalValue(d, c.Frame.Image), nil
					}
				case dwarf.TagEnumerationType:
					if v := c.enumeratorIn(d, name); v != nil {
						return v, nil
					}
				}
			}
		}
	}
	for _, m := range c.images() {
		x := namesOf(m.File)
		if d := fromUnit(x.vars[name], u); d != nil {
			return c.globalValue(d, m), nil
		}
		if e, ok := x.enums[name]; ok {
			return c.enumerator(typeFrom(e.typ), name, e.value), nil
		}
	}
	for _, m := range c.images() {
		for _, s := range m.SymbolsByName(name) {
			v := &Value{Name: name, Type: typeNone, ctx: c, expr: name, loc: location{kind: locMemory, addr: s.Addr}}
			if s.Kind == symbols.SymbolTLS {
				v.err = ErrTLS
			}
			if s.Kind == symbols.SymbolFunc || s.Kind == symbols.SymbolOther && m.CodeKind(s.Addr) != symbols.KindUnknown && m.CodeKind(s.Addr) != symbols.KindData {
				v.Type = typeFuncNoDebug
			}
			return v, nil
		}
	}
	return nil, fmt.Errorf("%w: %q%s", ErrNoSymbol, name, similar(name, c.names()))
}

// typeFuncNoDebug is the type of a function that only the symbol table knows.
var typeFuncNoDebug = &Type{Kind: Func, elem: typeInt}

func (c *Context) globalValue(d *symbols.DIE, m *symbols.Image) *Value {
	if d.Tag == dwarf.TagSubprogram {
		v := &Value{Name: d.Name(), Type: typeFrom(d), ctx: c, expr: d.Name()}
		v.loc = location{kind: locMemory, addr: d.Ranges()[0].Low&^1 + m.Bias}
		return v
	}
	return c.variable(d, m, nil)
}

func (c *Context) enumeratorIn(d *symbols.DIE, name string) *Value {
	for e := range d.Children() {
		if e.Tag == dwarf.TagEnumerator && e.Name() == name {
			n, _ := e.Int(dwarf.AttrConstValue)
			return c.enumerator(typeFrom(d), name, n)
		}
	}
	return nil
}

func (c *Context) enumerator(t *Type, name string, n int64) *Value {
	v := c.integer(t, uint64(n))
	v.Name, v.expr = name, name
	return v
}

// names lists what an identifier could be here, for completion and for "did you mean".
func (c *Context) names() []string {
	set := map[string]bool{}
	for _, b := range c.blocks() {
		for _, tag := range []dwarf.Tag{dwarf.TagVariable, dwarf.TagFormalParameter} {
			for _, d := range entries(b, tag) {
				set[d.Name()] = true
			}
		}
	}
	for _, m := range c.images() {
		x := namesOf(m.File)
		for n := range x.vars {
			set[n] = true
		}
		for n := range x.enums {
			set[n] = true
		}
	}
	delete(set, "")
	out := make([]string, 0, len(set))
	for n := range set {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// namedType finds a type by the words that C names it with: "struct point", "uint32_t".
func (c *Context) namedType(tag dwarf.Tag, name string) *Type {
	pick := func(ds []*symbols.DIE) *Type {
		if d := fromUnit(ds, c.unit()); d != nil {
			return typeFrom(d)
		}
		return nil
	}
	bs := c.blocks()
	for i := len(bs) - 1; i >= 0; i-- {
		for d := range bs[i].Children() {
			if (d.Tag == tag || tag == 0 && d.Tag == dwarf.TagTypedef) && d.Name() == name && !d.Flag(dwarf.AttrDeclaration) {
				return typeFrom(d)
			}
		}
	}
	for _, m := range c.images() {
		x := namesOf(m.File)
		if tag == 0 {
			if t := pick(x.types[name]); t != nil {
				return t
			}
			continue
		}
		var ds []*symbols.DIE
		for _, d := range x.tags[name] {
			if d.Tag == tag {
				ds = append(ds, d)
			}
		}
		if t := pick(ds); t != nil {
			return t
		}
	}
	return nil
}

// similar proposes the nearest of the names, as ", did you mean ...?", when one is near enough.
func similar(name string, names []string) string {
	best, dist := "", len(name)/3+1
	for _, n := range names {
		if d := distance(name, n, dist+1); d < dist || d == dist && best == "" && d <= 1 {
			best, dist = n, d
		}
	}
	if best == "" || best == name {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is the edit distance of two names, or limit when it is larger.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 128 {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := prev
			if a[i-1] != b[j-1] {
				cost = min(prev, row[j], row[j-1]) + 1
			}
			prev, row[j] = row[j], cost
		}
	}
	return min(row[len(b)], limit)
}
