package symbols

import (
	"debug/dwarf"
	"sort"
	"strings"
)

func (u *Unit) loadFuncs() {
	u.loadDIEs()
	u.funcOnce.Do(func() {
		for i := range u.dies {
			d := &u.dies[i]
			if d.Tag != dwarf.TagSubprogram {
				continue
			}
			rs := d.Ranges()
			if len(rs) == 0 {
				continue
			}
			k := int32(len(u.funcs))
			u.funcs = append(u.funcs, unitFunc{d, rs})
			for _, r := range rs {
				u.funcAddr = append(u.funcAddr, funcRange{r, k})
			}
		}
		sort.SliceStable(u.funcAddr, func(i, j int) bool { return u.funcAddr[i].Low < u.funcAddr[j].Low })
	})
}

func (u *Unit) functionAt(addr uint32) *unitFunc {
	u.loadFuncs()
	i := sort.Search(len(u.funcAddr), func(i int) bool { return u.funcAddr[i].Low > addr }) - 1
	if i < 0 || !u.funcAddr[i].Contains(addr) {
		return nil
	}
	return &u.funcs[u.funcAddr[i].index]
}

func (f *unitFunc) contains(addr uint32) bool {
	for _, r := range f.ranges {
		if r.Contains(addr) {
			return true
		}
	}
	return false
}

// functions returns the image's view of a unit's functions.
func (m *Image) functions(u *Unit) []*Function {
	u.loadFuncs()
	m.mu.Lock()
	defer m.mu.Unlock()
	if fs, ok := m.funcs[u]; ok {
		return fs
	}
	fs := make([]*Function, len(u.funcs))
	for i, uf := range u.funcs {
		f := &Function{Image: m, Name: uf.die.Name(), Entry: uf.ranges[0].Low&^1 + m.Bias, DIE: uf.die,
			External: uf.die.Flag(dwarf.AttrExternal), Decl: u.declaration(uf.die)}
		for _, r := range uf.ranges {
			f.Ranges = append(f.Ranges, m.bias(r))
		}
		if f.Name == "" {
			if k := m.symbolAt(uf.ranges[0].Low); k >= 0 {
				f.Name = m.syms[k].Name
			}
		}
		fs[i] = f
	}
	if m.funcs == nil {
		m.funcs = map[*Unit][]*Function{}
	}
	m.funcs[u] = fs
	return fs
}

// declaration is where a DIE says that it is declared.
func (u *Unit) declaration(d *DIE) Line {
	l := u.fileLine(d, d.Find(dwarf.AttrDeclFile), d.Find(dwarf.AttrDeclLine))
	return l
}

// fileLine makes a Line of a pair of attributes.
func (u *Unit) fileLine(_ *DIE, file, line *dwarf.Field) Line {
	if file == nil || line == nil {
		return Line{}
	}
	n, ok1 := line.Val.(int64)
	k, ok2 := file.Val.(int64)
	t := u.lineTable()
	if !ok1 || !ok2 || k < 0 || k >= int64(len(t.files)) || n <= 0 {
		return Line{}
	}
	return Line{File: t.files[k], Line: int(n)}
}

// Declaration is where the variable, function or type of d is declared; zero when unknown.
func (d *DIE) Declaration() Line { return d.Unit.declaration(d) }

// Function returns the function that contains pc: from the debug information, else from the symbol table.
func (m *Image) Function(pc uint32) (*Function, bool) {
	a := pc - m.Bias
	if u := m.unitAt(a); u != nil {
		fs := m.functions(u)
		i := sort.Search(len(u.funcAddr), func(i int) bool { return u.funcAddr[i].Low > a }) - 1
		if i >= 0 && u.funcAddr[i].Contains(a) {
			return fs[u.funcAddr[i].index], true
		}
	}
	k := m.symbolAt(a)
	if k < 0 {
		return nil, false
	}
	s := &m.syms[k]
	if s.Kind == SymbolObject || m.codeKindNear(s.Addr) == KindUnknown {
		return nil, false
	}
	end := s.Addr + s.Size
	if s.Size == 0 {
		end = m.nextSymbol(k)
	}
	return &Function{Image: m, Name: s.Name, Entry: s.Addr + m.Bias, Ranges: []Range{m.bias(Range{s.Addr, end})}, External: s.Global}, true
}

// codeKindNear is the kind at a symbol; data in code sections counts too, as literal pools follow functions.
func (f *File) codeKindNear(addr uint32) CodeKind {
	for i := range f.segments {
		s := &f.segments[i]
		if addr >= s.addr && addr-s.addr < s.memsz {
			if s.flags&1 == 0 {
				return KindUnknown
			}
			if k := f.codeKind(addr); k != KindUnknown {
				return k
			}
			return KindThumb
		}
	}
	return KindUnknown
}

// nextSymbol is where the symbol after k starts, for symbols without a size.
func (f *File) nextSymbol(k int) uint32 {
	a := f.syms[k].Addr
	for i := k + 1; i < len(f.syms); i++ {
		if f.syms[i].Addr > a && f.syms[i].Kind != SymbolTLS {
			return f.syms[i].Addr
		}
	}
	for _, s := range f.segments {
		if a >= s.addr && a-s.addr < s.memsz {
			return s.addr + s.memsz
		}
	}
	return a + 1
}

// FunctionsByName returns the out-of-line functions of that name, static ones of several files included. A clone that
// the compiler made ("name.constprop.0") is its function too.
func (m *Image) FunctionsByName(name string) []*Function {
	if name == "" {
		return nil
	}
	m.loadSymbols()
	var out []*Function
	seen := map[uint32]bool{}
	add := func(f *Function) {
		if !seen[f.Entry] {
			seen[f.Entry] = true
			out = append(out, f)
		}
	}
	for i := range m.syms {
		s := &m.syms[i]
		if s.Kind != SymbolFunc && s.Kind != SymbolOther || !strings.HasPrefix(s.Name, name) {
			continue
		}
		if rest := s.Name[len(name):]; rest != "" && rest[0] != '.' || strings.Contains(rest, ".cold") {
			continue
		}
		if m.codeKindNear(s.Addr) == KindUnknown {
			continue
		}
		if f, ok := m.Function(s.Addr + m.Bias); ok && f.Entry == s.Addr+m.Bias {
			if f.Name == name || s.Name == name {
				add(f)
			}
		}
	}
	if len(out) == 0 && len(m.syms) == 0 { // no symbol table at all: ask every unit
		units, _ := m.Units()
		for _, u := range units {
			for _, f := range m.functions(u) {
				if f.Name == name {
					add(f)
				}
			}
		}
	}
	return out
}

// Functions returns every function with debug information. It loads all units.
func (m *Image) Functions() []*Function {
	units, _ := m.Units()
	var out []*Function
	for _, u := range units {
		out = append(out, m.functions(u)...)
	}
	return out
}

// Inlined returns the inlined calls that contain pc, outermost first. Their names are those of the callees; the
// enclosing function is Function(pc).
func (m *Image) Inlined(pc uint32) []Inline {
	f, ok := m.Function(pc)
	if !ok || f.DIE == nil {
		return nil
	}
	var out []Inline
	m.inlined(f.DIE, pc-m.Bias, &out, 0)
	return out
}

func (m *Image) inlined(d *DIE, addr uint32, out *[]Inline, depth int) {
	if depth > 256 {
		return
	}
	for c := range d.Children() {
		switch c.Tag {
		case dwarf.TagInlinedSubroutine:
			if !c.Contains(addr) {
				continue
			}
			*out = append(*out, m.inline(c))
			m.inlined(c, addr, out, depth+1)
			return
		case dwarf.TagLexDwarfBlock:
			// Blocks usually have ranges, but GCC leaves them out where a block is nowhere as a whole.
			if len(c.Ranges()) == 0 || c.Contains(addr) {
				n := len(*out)
				m.inlined(c, addr, out, depth+1)
				if len(*out) > n {
					return
				}
			}
		}
	}
}

func (m *Image) inline(c *DIE) Inline {
	in := Inline{Name: c.Name(), DIE: c, Decl: c.Unit.declaration(c)}
	in.CallSite = c.Unit.fileLine(c, c.AttrField(dwarf.AttrCallFile), c.AttrField(dwarf.AttrCallLine))
	if col, ok := c.Int(dwarf.AttrCallColumn); ok {
		in.CallSite.Column = int(col)
	}
	for _, r := range c.Ranges() {
		in.Ranges = append(in.Ranges, m.bias(r))
	}
	if len(in.Ranges) > 0 {
		in.Entry = in.Ranges[0].Low
	}
	return in
}

// PrologueEnd is where a breakpoint on the function goes: after its arguments are where the debug information says.
// That is a row marked so by the compiler, else the second row of the function; optimised code of GCC describes
// variables from the first instruction on, so there it is the entry (as gdb does).
func (m *Image) PrologueEnd(f *Function) uint32 {
	if f.DIE == nil || len(f.Ranges) == 0 {
		return f.Entry
	}
	t := f.DIE.Unit.lineTable()
	lo, hi := f.Ranges[0].Low-m.Bias, f.Ranges[0].High-m.Bias
	i := sort.Search(len(t.rows), func(i int) bool { return t.rows[i].addr >= lo })
	for i < len(t.rows) && t.rows[i].addr == lo && t.rows[i].flags&rowEnd != 0 {
		i++ // the end of the function before
	}
	second := uint32(0)
	for k, n := i, 0; k < len(t.rows) && t.rows[k].addr < hi && t.rows[k].flags&rowEnd == 0; k++ {
		if t.rows[k].flags&rowPrologueEnd != 0 {
			return t.rows[k].addr + m.Bias
		}
		if t.rows[k].line == 0 {
			continue
		}
		if n++; n == 2 {
			second = t.rows[k].addr
		}
	}
	if second == 0 || f.DIE.Unit.optimised() {
		return f.Entry
	}
	return second + m.Bias
}

const tagInlined = dwarf.TagInlinedSubroutine

// blockAt is the innermost function, inlined call or lexical block with the link-time address; nil when none is known.
func (u *Unit) blockAt(addr uint32) *DIE {
	f := u.functionAt(addr)
	if f == nil {
		return nil
	}
	d := f.die
	for n := 0; n < 256; n++ {
		var in *DIE
		for c := range d.Children() {
			if (c.Tag == tagInlined || c.Tag == dwarf.TagLexDwarfBlock) && c.Contains(addr) {
				in = c
				break
			}
		}
		if in == nil {
			return d
		}
		d = in
	}
	return d
}
