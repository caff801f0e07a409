package guestlib

import (
	"encoding/binary"
	"fmt"
	"sort"
)

// SetErrno is the function through which a failing call stores errno: it calls the C library's __errno_location,
// whichever C library that is.
const SetErrno = localPrefix + "set_errno"

const setErrnoCode = `
	push {r0, r1, r4, lr}
	mov r4, ip
	got r3, __errno_location
	blx r3
	str r4, [r0]
	pop {r0, r1, r4, pc}
`

// A stub is
//
//	movw ip, #index
//	svc  #number
//	bx   lr
//	b.w  __armillary_set_errno
//
// A call that fails returns to the last instruction instead of the one after the trap.
const stubCode = "movw ip, #%d\nsvc #%d\nbx lr\nb " + SetErrno

// StubSkip is the distance from the instruction after a stub's trap to the one that stores errno.
const StubSkip = 2

const textAlign = 4

type linker struct {
	lib      *Library
	text     []byte
	funcs    []placed
	bySymbol map[string]int // index into funcs
	services map[string]int // index into Functions
	imports  []string
	gotSlots []string
	gotIndex map[string]int
	objects  []placedObject
	data     []byte
}

type placed struct {
	name    string
	aliases []string
	at      uint32 // in text
	code    code
	f       *Function
	hidden  bool
	weak    bool
}

type placedObject struct {
	*Object
	at uint32 // in data
}

func link(lib *Library) (*Image, error) {
	l := &linker{lib: lib, bySymbol: map[string]int{}, services: map[string]int{}, gotIndex: map[string]int{}}
	if lib.SVC == 0 {
		return nil, fmt.Errorf("trap number 0 belongs to Linux")
	}
	if len(lib.Functions) > 0xFFFF {
		return nil, fmt.Errorf("%d functions do not fit a 16-bit index", len(lib.Functions))
	}
	if err := l.assembleAll(); err != nil {
		return nil, err
	}
	l.placeObjects()
	return l.write()
}

func (l *linker) assembleAll() error {
	usesErrno := false
	for i := range l.lib.Functions {
		f := &l.lib.Functions[i]
		if f.Service {
			if f.Asm != "" {
				return fmt.Errorf("%s: a service has no guest code", f.Name)
			}
			l.services[f.Name] = i
			continue
		}
		source := f.Asm
		if source == "" {
			source = fmt.Sprintf(stubCode, i, l.lib.SVC)
			usesErrno = true
		}
		if err := l.add(f.Name, f.Aliases, source, f); err != nil {
			return err
		}
	}
	for i := range l.funcs {
		for _, x := range l.funcs[i].code.fixups {
			usesErrno = usesErrno || x.symbol == SetErrno
		}
	}
	if _, has := l.bySymbol[SetErrno]; usesErrno && !has {
		if err := l.add(SetErrno, nil, setErrnoCode, &Function{Name: SetErrno}); err != nil {
			return err
		}
	}
	return nil
}

func (l *linker) add(name string, aliases []string, source string, f *Function) error {
	c, err := assemble(source)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for len(l.text)%textAlign != 0 {
		l.text = append(l.text, 0x00, 0xBF)
	}
	if f.SignalFrame > 0 {
		// Unwinders look up the instruction before a return address, and this function is only ever returned to.
		l.text = append(l.text, 0x00, 0xBF, 0x00, 0xBF)
	}
	p := placed{name: name, aliases: aliases, at: uint32(len(l.text)), code: c, f: f, weak: f.Weak,
		hidden: len(name) > len(localPrefix) && name[:len(localPrefix)] == localPrefix}
	if _, dup := l.bySymbol[name]; dup {
		return fmt.Errorf("%s is there twice", name)
	}
	for _, n := range append([]string{name}, aliases...) {
		l.bySymbol[n] = len(l.funcs)
	}
	l.funcs = append(l.funcs, p)
	l.text = append(l.text, c.text...)
	for _, x := range c.fixups {
		if x.kind == fixGot {
			if _, ok := l.gotIndex[x.symbol]; !ok {
				l.gotIndex[x.symbol] = len(l.gotSlots)
				l.gotSlots = append(l.gotSlots, x.symbol)
			}
		}
	}
	return nil
}

func (l *linker) placeObjects() {
	for i := range l.lib.Objects {
		o := &l.lib.Objects[i]
		for len(l.data)%8 != 0 {
			l.data = append(l.data, 0)
		}
		l.objects = append(l.objects, placedObject{o, uint32(len(l.data))})
		b := make([]byte, max(o.Size, len(o.Init)))
		copy(b, o.Init)
		l.data = append(l.data, b...)
	}
}

// dynamicSymbol is an entry of .dynsym.
type dynamicSymbol struct {
	name    string
	value   uint32
	size    uint32
	info    byte
	section uint16
	hash    uint32
}

const (
	sttObject, sttFunc, sttNoType = 1, 2, 0
	stbLocal, stbGlobal, stbWeak  = 0, 1, 2

	relAbs32, relGlobDat, relRelative = 2, 21, 23
)

// Section numbers of the file, in order.
const (
	secNull = iota
	secDynsym
	secGnuHash
	secDynstr
	secRel
	secExidx
	secText
	secDynamic
	secGot
	secData
	secDebugFrame
	secSymtab
	secStrtab
	secShstrtab
	secCount
)

const (
	headerSize = 52
	phSize     = 32
	phCount    = 5
	page       = 0x1000
)

func up(n, a uint32) uint32 { return (n + a - 1) &^ (a - 1) }

func (l *linker) write() (*Image, error) {
	defined := map[string]bool{}
	for name := range l.bySymbol {
		defined[name] = true
	}
	for _, o := range l.objects {
		defined[o.Name] = true
	}
	for _, s := range l.gotSlots {
		if !defined[s] {
			l.imports = append(l.imports, s)
		}
	}
	sort.Strings(l.imports)

	// The number of dynamic symbols is known before the addresses are, and so is every size in front of the text.
	var exports []dynamicSymbol
	for i := range l.funcs {
		p := &l.funcs[i]
		if p.hidden {
			continue
		}
		bind := byte(stbGlobal)
		if p.weak {
			bind = stbWeak
		}
		for _, n := range append([]string{p.name}, p.aliases...) {
			exports = append(exports, dynamicSymbol{name: n, value: p.at | 1, size: uint32(len(p.code.text)),
				info: bind<<4 | sttFunc, section: secText, hash: gnuHash(n)})
		}
	}
	for _, o := range l.objects {
		if !o.Local {
			exports = append(exports, dynamicSymbol{name: o.Name, value: o.at, size: uint32(o.Size),
				info: stbGlobal<<4 | sttObject, section: secData, hash: gnuHash(o.Name)})
		}
	}
	buckets := uint32(max(1, len(exports)/2))
	sort.SliceStable(exports, func(i, j int) bool { return exports[i].hash%buckets < exports[j].hash%buckets })

	dynstr := newStrings()
	soname := dynstr.add(l.lib.SONAME)
	symIndex := map[string]uint32{}
	dynamic := []dynamicSymbol{{}}
	for _, n := range l.imports {
		dynamic = append(dynamic, dynamicSymbol{name: n, info: stbGlobal<<4 | sttNoType})
	}
	firstExport := uint32(len(dynamic))
	dynamic = append(dynamic, exports...)
	for i, s := range dynamic {
		dynstr.add(s.name)
		symIndex[s.name] = uint32(i)
	}
	hash := hashTable(dynamic, firstExport, buckets)

	type pointer struct {
		at  uint32 // in data
		sym string
	}
	var pointers []pointer
	for _, o := range l.objects {
		for off, s := range o.Pointers {
			if off < 0 || off+4 > o.Size {
				return nil, fmt.Errorf("%s: pointer at %d is outside", o.Name, off)
			}
			if !defined[s] {
				return nil, fmt.Errorf("%s: pointer to unknown %s", o.Name, s)
			}
			pointers = append(pointers, pointer{o.at + uint32(off), s})
		}
	}
	sort.Slice(pointers, func(i, j int) bool { return pointers[i].at < pointers[j].at })

	dynsymAt := up(headerSize+phSize*phCount, 4)
	hashAt := dynsymAt + uint32(len(dynamic))*16
	dynstrAt := hashAt + uint32(len(hash))
	relAt := up(dynstrAt+uint32(len(dynstr.bytes)), 4)
	relSize := uint32(len(l.gotSlots)+len(pointers)) * 8
	exidxAt := relAt + relSize
	exidxSize := uint32(len(l.funcs)+1) * 8
	textAt := up(exidxAt+exidxSize, 16)
	textEnd := textAt + uint32(len(l.text))
	dynamicAt := up(textEnd, page)
	const dynamicCount = 10
	gotAt := dynamicAt + dynamicCount*8
	dataAt := up(gotAt+uint32(len(l.gotSlots))*4, 8)
	loadEnd := dataAt + uint32(len(l.data))

	address := func(s string) (uint32, bool) {
		if i, ok := l.bySymbol[s]; ok {
			return textAt + l.funcs[i].at | 1, true
		}
		for _, o := range l.objects {
			if o.Name == s {
				return dataAt + o.at, true
			}
		}
		return 0, false
	}
	for i := range l.funcs {
		p := &l.funcs[i]
		for _, x := range p.code.fixups {
			if err := l.fix(p, x, textAt, gotAt, address); err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}

	file := make([]byte, loadEnd)
	le := binary.LittleEndian
	put := func(at uint32, words ...uint32) {
		for i, w := range words {
			le.PutUint32(file[at+uint32(i)*4:], w)
		}
	}
	resolve := func(s *dynamicSymbol) uint32 {
		switch s.section {
		case secText:
			return textAt + s.value
		case secData:
			return dataAt + s.value
		}
		return 0
	}
	for i := range dynamic {
		s := &dynamic[i]
		at := dynsymAt + uint32(i)*16
		put(at, dynstr.add(s.name), resolve(s), s.size)
		file[at+12] = s.info
		le.PutUint16(file[at+14:], s.section)
	}
	copy(file[hashAt:], hash)
	copy(file[dynstrAt:], dynstr.bytes)
	copy(file[textAt:], l.text)
	copy(file[dataAt:], l.data)
	r := relAt
	for i, s := range l.gotSlots {
		slot := gotAt + uint32(i)*4
		if n, ok := symIndex[s]; ok {
			put(r, slot, n<<8|relGlobDat)
		} else {
			a, _ := address(s)
			put(slot, a)
			put(r, slot, relRelative)
		}
		r += 8
	}
	for _, p := range pointers {
		a, _ := address(p.sym)
		if n, ok := symIndex[p.sym]; ok {
			put(r, dataAt+p.at, n<<8|relAbs32)
		} else {
			put(dataAt+p.at, a)
			put(r, dataAt+p.at, relRelative)
		}
		r += 8
	}
	l.writeExidx(func(at, a, b uint32) { put(exidxAt+at, a, b) }, exidxAt, textAt)
	put(dynamicAt,
		14, soname, // DT_SONAME
		0x6FFFFEF5, hashAt, // DT_GNU_HASH
		5, dynstrAt, // DT_STRTAB
		10, uint32(len(dynstr.bytes)), // DT_STRSZ
		6, dynsymAt, // DT_SYMTAB
		11, 16, // DT_SYMENT
		17, relAt, // DT_REL
		18, relSize, // DT_RELSZ
		19, 8, // DT_RELENT
		0, 0)

	// What debuggers read and the guest does not load.
	frames := l.debugFrame(textAt)
	strtab := newStrings()
	var symtab []byte
	addSym := func(name string, value, size uint32, info byte, section uint16) {
		symtab = le.AppendUint32(symtab, strtab.add(name))
		symtab = le.AppendUint32(symtab, value)
		symtab = le.AppendUint32(symtab, size)
		symtab = append(symtab, info, 0)
		symtab = le.AppendUint16(symtab, section)
	}
	addSym("", 0, 0, 0, 0)
	addSym("$t", textAt, 0, sttNoType, secText)
	locals := uint32(2)
	symbols := map[string]Symbol{}
	for i := range l.funcs {
		p := &l.funcs[i]
		symbols[p.name] = Symbol{textAt + p.at, uint32(len(p.code.text)), true}
		for _, n := range p.aliases {
			symbols[n] = symbols[p.name]
		}
		if p.hidden {
			addSym(p.name, textAt+p.at|1, uint32(len(p.code.text)), stbLocal<<4|sttFunc, secText)
			locals++
		}
	}
	for _, o := range l.objects {
		symbols[o.Name] = Symbol{dataAt + o.at, uint32(o.Size), false}
		if o.Local {
			addSym(o.Name, dataAt+o.at, uint32(o.Size), stbLocal<<4|sttObject, secData)
			locals++
		}
	}
	for i := firstExport; i < uint32(len(dynamic)); i++ {
		s := &dynamic[i]
		addSym(s.name, resolve(s), s.size, s.info, s.section)
	}

	names := newStrings()
	var sections []byte
	section := func(name string, typ, flags, addr, off, size, link, info, align, entry uint32) {
		for _, w := range []uint32{names.add(name), typ, flags, addr, off, size, link, info, align, entry} {
			sections = le.AppendUint32(sections, w)
		}
	}
	const alloc, write, exec = 2, 1, 4
	tail := func(b []byte) (off uint32) {
		for len(file)%4 != 0 {
			file = append(file, 0)
		}
		off = uint32(len(file))
		file = append(file, b...)
		return off
	}
	section("", 0, 0, 0, 0, 0, 0, 0, 0, 0)
	section(".dynsym", 11, alloc, dynsymAt, dynsymAt, hashAt-dynsymAt, secDynstr, 1, 4, 16)
	section(".gnu.hash", 0x6FFFFFF6, alloc, hashAt, hashAt, uint32(len(hash)), secDynsym, 0, 4, 4)
	section(".dynstr", 3, alloc, dynstrAt, dynstrAt, uint32(len(dynstr.bytes)), 0, 0, 1, 0)
	section(".rel.dyn", 9, alloc, relAt, relAt, relSize, secDynsym, 0, 4, 8)
	section(".ARM.exidx", 0x70000001, alloc|0x80, exidxAt, exidxAt, exidxSize, secText, 0, 4, 0)
	section(".text", 1, alloc|exec, textAt, textAt, uint32(len(l.text)), 0, 0, 16, 0)
	section(".dynamic", 6, alloc|write, dynamicAt, dynamicAt, dynamicCount*8, secDynstr, 0, 4, 8)
	section(".got", 1, alloc|write, gotAt, gotAt, uint32(len(l.gotSlots))*4, 0, 0, 4, 4)
	section(".data", 1, alloc|write, dataAt, dataAt, uint32(len(l.data)), 0, 0, 8, 0)
	section(".debug_frame", 1, 0, 0, tail(frames), uint32(len(frames)), 0, 0, 4, 0)
	section(".symtab", 2, 0, 0, tail(symtab), uint32(len(symtab)), secStrtab, locals, 4, 16)
	section(".strtab", 3, 0, 0, tail(strtab.bytes), uint32(len(strtab.bytes)), 0, 0, 1, 0)
	names.add(".shstrtab")
	section(".shstrtab", 3, 0, 0, tail(names.bytes), uint32(len(names.bytes)), 0, 0, 1, 0)
	shoff := tail(sections)

	copy(file, []byte{0x7F, 'E', 'L', 'F', 1, 1, 1, 0})
	le.PutUint16(file[16:], 3)  // ET_DYN
	le.PutUint16(file[18:], 40) // EM_ARM
	put(20, 1, 0, headerSize, shoff, 0x05000400)
	for i, v := range []uint16{headerSize, phSize, phCount, 40, secCount, secShstrtab} {
		le.PutUint16(file[40+2*i:], v)
	}
	put(headerSize+0*phSize, 1, 0, 0, 0, textEnd, textEnd, 5, page)
	put(headerSize+1*phSize, 1, dynamicAt, dynamicAt, dynamicAt, loadEnd-dynamicAt, loadEnd-dynamicAt, 6, page)
	put(headerSize+2*phSize, 2, dynamicAt, dynamicAt, dynamicAt, dynamicCount*8, dynamicCount*8, 6, 4)
	put(headerSize+3*phSize, 0x6474E551, 0, 0, 0, 0, 0, 6, 16) // PT_GNU_STACK: not executable
	put(headerSize+4*phSize, 0x70000001, exidxAt, exidxAt, exidxAt, exidxSize, exidxSize, 4, 4)
	return &Image{Bytes: file, Symbols: symbols}, nil
}

// fix resolves what the assembler could not know, in l.text.
func (l *linker) fix(p *placed, x fixup, textAt, gotAt uint32, address func(string) (uint32, bool)) error {
	at := p.at + uint32(x.at)
	text := l.text[at:]
	halves := func(i, a, b int) {
		binary.LittleEndian.PutUint16(text[i:], uint16(a))
		binary.LittleEndian.PutUint16(text[i+2:], uint16(b))
	}
	switch x.kind {
	case fixCall:
		i, ok := l.services[x.symbol]
		if !ok {
			return fmt.Errorf("no service %q", x.symbol)
		}
		a, b := movw(0xF240, 12, i)
		halves(0, a, b)
		binary.LittleEndian.PutUint16(text[4:], 0xDF00|uint16(l.lib.SVC))
	case fixBranch:
		i, ok := l.bySymbol[x.symbol]
		if !ok {
			return fmt.Errorf("no label or function %q", x.symbol)
		}
		return patchBranch(l.text, int(at), int(l.funcs[i].at)-int(at+4), 'b')
	case fixGot, fixAddress:
		to := gotAt + uint32(l.gotIndex[x.symbol])*4
		if x.kind == fixAddress {
			if off, ok := p.code.labels[x.symbol]; ok {
				to = textAt + p.at + uint32(off) | 1
			} else if a, ok := address(x.symbol); ok {
				to = a
			} else {
				return fmt.Errorf("no label, function or object %q", x.symbol)
			}
		}
		// "add rd, pc" is the third instruction and reads its own address plus 4.
		d := to - (textAt + at + 8 + 4)
		a, b := movw(0xF240, x.reg, int(d&0xFFFF))
		halves(0, a, b)
		a, b = movw(0xF2C0, x.reg, int(d>>16))
		halves(4, a, b)
	}
	return nil
}

// stringTable is a string section under construction.
type stringTable struct {
	bytes []byte
	index map[string]uint32
}

func newStrings() *stringTable { return &stringTable{[]byte{0}, map[string]uint32{"": 0}} }

func (t *stringTable) add(s string) uint32 {
	if at, ok := t.index[s]; ok {
		return at
	}
	at := uint32(len(t.bytes))
	t.bytes = append(append(t.bytes, s...), 0)
	t.index[s] = at
	return at
}

func gnuHash(name string) uint32 {
	h := uint32(5381)
	for i := 0; i < len(name); i++ {
		h = h*33 + uint32(name[i])
	}
	return h
}

// hashTable makes .gnu.hash over the symbols from first on, which are sorted by bucket.
func hashTable(syms []dynamicSymbol, first, buckets uint32) []byte {
	words := uint32(1)
	for int(words)*4 < len(syms) {
		words *= 2
	}
	const shift = 6
	bloom := make([]uint32, words)
	heads := make([]uint32, buckets)
	chain := make([]uint32, uint32(len(syms))-first)
	for i := first; i < uint32(len(syms)); i++ {
		h := syms[i].hash
		bloom[h/32%words] |= 1<<(h%32) | 1<<(h>>shift%32)
		b := h % buckets
		if heads[b] == 0 {
			heads[b] = i
		}
		chain[i-first] = h &^ 1
		if i+1 == uint32(len(syms)) || syms[i+1].hash%buckets != b {
			chain[i-first] |= 1
		}
	}
	var out []byte
	for _, part := range [][]uint32{{buckets, first, words, shift}, bloom, heads, chain} {
		for _, w := range part {
			out = binary.LittleEndian.AppendUint32(out, w)
		}
	}
	return out
}
