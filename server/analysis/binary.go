package analysis

import (
	"debug/dwarf"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"sort"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/server/csource"
)

// Binary is what a built program says about its calls of libraries.
type Binary struct {
	Imports []string     // functions and variables that it takes from libraries, sorted
	Calls   []BinaryCall // of imports, where the debug information has them; compilers write them when they optimise
}

// BinaryCall is a call of an import.
type BinaryCall struct {
	Function string
	Args     []BinaryArg // up to four
	File     string      // as the compiler was given it, with slashes
	Line     int         // from 1
}

// BinaryArg is an argument of a call, if the compiler knew its value.
type BinaryArg struct {
	Value int64
	Known bool
}

// Limits on what is read. Programs for the MT3620 have less than a megabyte of code.
const (
	maxDebug   = 64 << 20 // bytes of one section
	maxImports = 10_000
	maxCalls   = 100_000
	// maxEntries bounds the work, by entries and attributes: an entry of one byte can have an abbreviation with thousands of
	// attributes that take none, and where a unit ends inside a number package dwarf returns empty entries for ever (Go 1.26).
	maxEntries = 5_000_000
	maxRows    = 2_000_000 // of line tables
	maxUnits   = 2_000     // compiled files with calls
)

// ReadBinary reads an ELF program. One without debug information has imports alone. A malformed one is an error.
func ReadBinary(r io.ReaderAt) (b *Binary, err error) {
	defer func() { // debug/elf and debug/dwarf trust what they read in places
		if p := recover(); p != nil {
			b, err = nil, fmt.Errorf("malformed ELF file: %v", p)
		}
	}()
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("not an ELF file: %w", err)
	}
	for _, s := range f.Sections {
		if s.Size > maxDebug || s.FileSize > maxDebug {
			return nil, fmt.Errorf("section %s has %d bytes; programs for the device have far less", s.Name, max(s.Size, s.FileSize))
		}
	}
	imports, err := f.ImportedSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, fmt.Errorf("the dynamic symbols cannot be read: %w", err)
	}
	if len(imports) > maxImports {
		return nil, fmt.Errorf("%d imports; programs for the device have far fewer", len(imports))
	}
	b = &Binary{}
	for _, s := range imports {
		b.Imports = append(b.Imports, s.Name)
	}
	slices.Sort(b.Imports)
	b.Imports = slices.Compact(b.Imports)
	d, err := f.DWARF()
	if err != nil {
		return b, nil // stripped: the imports are all there is
	}
	if err := b.readCalls(d); err != nil {
		return nil, fmt.Errorf("the debug information cannot be read: %w", err)
	}
	return b, nil
}

// Numbers of DWARF 5 and of its GNU forerunner that package dwarf has no names for.
const (
	tagCallSite            dwarf.Tag  = 0x48
	tagCallParam           dwarf.Tag  = 0x49
	tagGNUCallSite         dwarf.Tag  = 0x4109
	tagGNUCallParam        dwarf.Tag  = 0x410a
	attrCallReturnPC       dwarf.Attr = 0x7d
	attrCallValue          dwarf.Attr = 0x7e
	attrCallOrigin         dwarf.Attr = 0x7f
	attrCallPC             dwarf.Attr = 0x81
	attrGNUCallSiteVal     dwarf.Attr = 0x2111
	opLit0, opReg0                    = 0x30, 0x50
	opConst1u, opConst4s              = 0x08, 0x0d
	opConstu, opConsts                = 0x10, 0x11
	registersWithArguments            = 4 // r0 to r3
)

// site is a call before its function and line are known.
type site struct {
	origin dwarf.Offset
	pc     uint64
	unit   int
	args   []BinaryArg
}

// readCalls collects the call sites.
func (b *Binary) readCalls(d *dwarf.Data) error {
	names := map[dwarf.Offset]string{} // of functions that are imports
	var sites []site
	var units []*dwarf.Entry
	current := -1 // the site whose parameters follow
	r := d.Reader()
	for n := 0; ; {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e == nil {
			break
		}
		if n += 1 + len(e.Field); n > maxEntries {
			return fmt.Errorf("more than %d entries and attributes; programs for the device have far fewer", maxEntries)
		}
		switch e.Tag {
		case dwarf.TagCompileUnit:
			units = append(units, e)
		case dwarf.TagSubprogram:
			if name, _ := e.Val(dwarf.AttrName).(string); name != "" {
				if _, imported := slices.BinarySearch(b.Imports, name); imported {
					names[e.Offset] = name
				}
			}
		case tagCallSite, tagGNUCallSite:
			current = -1
			s, ok := newSite(e, len(units)-1)
			if ok && len(sites) < maxCalls {
				sites = append(sites, s)
				current = len(sites) - 1
			}
		case tagCallParam, tagGNUCallParam:
			if current >= 0 {
				sites[current].param(e)
			}
		}
	}
	return b.place(d, units, sites, names)
}

// newSite reads a call site; ok is false if it does not say what is called or where.
func newSite(e *dwarf.Entry, unit int) (s site, ok bool) {
	s.unit = unit
	for _, attr := range []dwarf.Attr{attrCallOrigin, dwarf.AttrAbstractOrigin} {
		if s.origin, ok = e.Val(attr).(dwarf.Offset); ok {
			break
		}
	}
	if !ok || unit < 0 {
		return s, false
	}
	if pc, ok := e.Val(attrCallPC).(uint64); ok {
		s.pc = pc
		return s, true
	}
	for _, attr := range []dwarf.Attr{attrCallReturnPC, dwarf.AttrLowpc} {
		if pc, ok := e.Val(attr).(uint64); ok && pc > 0 {
			s.pc = pc - 1 // inside the call
			return s, true
		}
	}
	return s, false
}

// param reads a parameter of a call site: which register, and its value if that is a constant.
func (s *site) param(e *dwarf.Entry) {
	loc, _ := e.Val(dwarf.AttrLocation).([]byte)
	value, ok := e.Val(attrCallValue).([]byte)
	if !ok {
		value, _ = e.Val(attrGNUCallSiteVal).([]byte)
	}
	if len(loc) != 1 || loc[0] < opReg0 || loc[0] >= opReg0+registersWithArguments {
		return
	}
	v, ok := constant(value)
	if !ok {
		return
	}
	i := int(loc[0] - opReg0)
	for len(s.args) <= i {
		s.args = append(s.args, BinaryArg{})
	}
	s.args[i] = BinaryArg{v, true}
}

// constant evaluates an expression that is one constant. Values are those of 32-bit registers, taken as signed.
func constant(x []byte) (v int64, ok bool) {
	if len(x) == 0 {
		return 0, false
	}
	op, rest := x[0], x[1:]
	switch {
	case op >= opLit0 && op < opLit0+32:
		return int64(op - opLit0), len(rest) == 0
	case op >= opConst1u && op <= opConst4s:
		n := 1 << ((op - opConst1u) / 2)
		if len(rest) != n {
			return 0, false
		}
		for i := n - 1; i >= 0; i-- {
			v = v<<8 | int64(rest[i])
		}
		if signed := (op-opConst1u)%2 == 1; signed || n == 4 {
			v = v << (64 - 8*n) >> (64 - 8*n)
		}
		return v, true
	case op == opConstu || op == opConsts:
		shift := 0
		for i, c := range rest {
			v |= int64(c&0x7f) << shift
			shift += 7
			if c&0x80 != 0 && shift < 64 {
				continue
			}
			if op == opConsts && c&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v, c&0x80 == 0 && i == len(rest)-1
		}
	}
	return 0, false
}

// row is a row of a line table.
type row struct {
	pc   uint64
	file string
	line int
	end  bool
}

// place finds out the function and the line of every site.
func (b *Binary) place(d *dwarf.Data, units []*dwarf.Entry, sites []site, names map[dwarf.Offset]string) error {
	var rows []row
	total, of, read := 0, -1, 0
	for i := range sites {
		s := &sites[i]
		name := names[s.origin]
		if name == "" {
			continue
		}
		if s.unit != of {
			if read++; read > maxUnits {
				return errors.New("more compiled files than any program for the device has")
			}
			of, rows = s.unit, rows[:0]
			lines, err := d.LineReader(units[of])
			if err != nil {
				return err
			}
			for lines != nil {
				var e dwarf.LineEntry
				err := lines.Next(&e)
				if err == io.EOF {
					break
				}
				if err != nil {
					return err
				}
				if total++; total > maxRows {
					return errors.New("more lines than any program for the device has")
				}
				file := ""
				if e.File != nil {
					file = strings.ReplaceAll(e.File.Name, `\`, "/")
				}
				rows = append(rows, row{e.Address, file, e.Line, e.EndSequence})
			}
			sort.SliceStable(rows, func(i, j int) bool {
				if rows[i].pc != rows[j].pc {
					return rows[i].pc < rows[j].pc
				}
				return rows[i].end && !rows[j].end
			})
		}
		at := sort.Search(len(rows), func(i int) bool { return rows[i].pc > s.pc }) - 1
		if at < 0 || rows[at].end {
			continue
		}
		b.Calls = append(b.Calls, BinaryCall{name, s.args, rows[at].file, rows[at].line})
	}
	return nil
}

// checkBinary looks at calls whose arguments the sources leave open, where the program has them as constants.
func (a *audit) checkBinary() {
	said := map[*use]bool{}
	for _, b := range a.binaryArguments() {
		if said[b.use] || !a.Manifest.Grants(manifest.Grant{Capability: b.use.fn.Peripheral}) {
			continue
		}
		if a.element(b.use, b.value) != nil {
			said[b.use] = true
		}
	}
}

// binaryArgument is what the program passes in a call whose argument the sources leave open.
type binaryArgument struct {
	use   *use
	value *csource.Constant
}

// binaryArguments finds the calls of the program that are certain to be one call of the sources.
func (a *audit) binaryArguments() []binaryArgument {
	if a.Binary == nil {
		return nil
	}
	type key struct {
		base, function string
	}
	open := map[key][]*use{}
	for i := range a.uses {
		u := &a.uses[i]
		if u.fn.Peripheral != "" && u.arg.Unknown && u.fn.Arg < len(u.call.Args) {
			k := key{path.Base(u.call.File.Path), u.fn.Name}
			open[k] = append(open[k], u)
		}
	}
	if len(open) == 0 {
		return nil
	}
	var all []binaryArgument
	lines := map[*csource.File]*jsonc.Lines{}
	for _, c := range a.Binary.Calls {
		uses := open[key{path.Base(c.File), c.Function}]
		if len(uses) == 0 {
			continue
		}
		fn := uses[0].fn
		if fn.Arg >= len(c.Args) || !c.Args[fn.Arg].Known {
			continue
		}
		// Files of one name in two folders, or calls in two lines that are one for the compiler: then it is not certain which.
		var found *use
		for _, u := range uses {
			f := u.call.File
			if lines[f] == nil {
				lines[f] = jsonc.NewLines(f.Src)
			}
			first, _ := lines[f].UTF8(u.call.Span.Start)
			last, _ := lines[f].UTF8(u.call.Span.End)
			if c.Line-1 < first || c.Line-1 > last {
				continue
			}
			if found != nil {
				found = nil
				break
			}
			found = u
		}
		if found != nil {
			value := &csource.Constant{Value: c.Args[fn.Arg].Value, Known: true, File: found.call.File, Span: found.call.Args[fn.Arg].Span}
			all = append(all, binaryArgument{found, value})
		}
	}
	return all
}
