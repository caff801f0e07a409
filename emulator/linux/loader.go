package linux

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"

	"armillary.dev/emulator/core"
	"armillary.dev/emulator/guestlib"
)

// This is the dynamic loader for programs that run with the built-in C library: it binds everything before the first
// instruction and leaves the constructors to the guest's start code (Initializers).

var errTooManyArgs = errors.New("arguments and environment do not fit the stack")

// ErrMissing is wrapped by the error of a program that needs what the built-in C library does not have.
var ErrMissing = errors.New("not in the built-in C library")

// MissingError names the symbols or libraries that were not found.
type MissingError struct {
	Symbols   []string
	Libraries []string
}

func (e *MissingError) Error() string {
	var parts []string
	if len(e.Libraries) > 0 {
		parts = append(parts, "libraries "+strings.Join(e.Libraries, ", "))
	}
	if len(e.Symbols) > 0 {
		parts = append(parts, "functions "+strings.Join(e.Symbols, ", "))
	}
	return fmt.Sprintf("needs %s, which the built-in C library does not have; run it with a sysroot (armillary sysroot install)",
		strings.Join(parts, " and "))
}

// Unwrap lets errors.Is find ErrMissing.
func (e *MissingError) Unwrap() error { return ErrMissing }

// loaded is an object that this loader has put into memory.
type loaded struct {
	path    string
	bias    uint32
	dyn     map[uint32]uint32 // addresses are absolute already
	needed  []string
	dynAddr uint32
	linkMap uint32
	exports map[string]uint32
	symbols []dynSymbol
	tls     tlsSegment
	relro   [2]uint32 // start and end
}

type dynSymbol struct {
	name    string
	value   uint32
	size    uint32
	weak    bool
	defined bool
	tls     bool
}

const (
	dtNeeded       = 1
	dtPltRelSz     = 2
	dtHash         = 4
	dtStrtab       = 5
	dtSymtab       = 6
	dtStrsz        = 10
	dtInit         = 12
	dtFini         = 13
	dtRel          = 17
	dtRelSz        = 18
	dtDebug        = 21
	dtJmpRel       = 23
	dtInitArray    = 25
	dtFiniArray    = 26
	dtInitArraySz  = 27
	dtFiniArraySz  = 28
	dtPreinitArray = 32
	dtPreinitSz    = 33
	dtGnuHash      = 0x6FFFFEF5
)

var dtAddresses = map[uint32]bool{dtHash: true, dtStrtab: true, dtSymtab: true, dtInit: true, dtFini: true, dtRel: true,
	dtJmpRel: true, dtInitArray: true, dtFiniArray: true, dtPreinitArray: true, dtGnuHash: true}

// maxDynamic bounds every table of a dynamic section: more entries than that are no program for this device.
const maxDynamic = 1 << 18

func (p *Process) word(addr uint32) (uint32, error) { return p.mem.Uint32(addr) }

func (p *Process) readDynamic(path string, img *image) (*loaded, error) {
	l := &loaded{path: path, bias: img.bias, dyn: map[uint32]uint32{}, dynAddr: img.dynamic, exports: map[string]uint32{}, tls: img.tls}
	if img.dynamic == 0 {
		return nil, errors.New("has an interpreter but no dynamic section")
	}
	var needed []uint32
	for a, n := img.dynamic, 0; ; a, n = a+8, n+1 {
		tag, err := p.word(a)
		if err != nil || n > 1024 {
			return nil, errors.New("its dynamic section does not end")
		}
		val, err := p.word(a + 4)
		if err != nil {
			return nil, err
		}
		if tag == 0 {
			break
		}
		if dtAddresses[tag] {
			val += img.bias
		}
		if tag == dtNeeded {
			needed = append(needed, val)
		} else {
			l.dyn[tag] = val
		}
	}
	for _, off := range needed {
		l.needed = append(l.needed, p.str(l, off))
	}
	return l, p.readSymbols(l)
}

// str reads a name from the object's string table.
func (p *Process) str(l *loaded, off uint32) string {
	if off >= l.dyn[dtStrsz] {
		return ""
	}
	buf := make([]byte, min(l.dyn[dtStrsz]-off, 1024))
	n, _ := p.mem.Read(l.dyn[dtStrtab]+off, buf)
	s, _, _ := strings.Cut(string(buf[:n]), "\x00")
	return s
}

// symbolCount finds the number of dynamic symbols, which only the hash tables tell.
func (p *Process) symbolCount(l *loaded) (uint32, error) {
	count := uint32(0)
	if h, ok := l.dyn[dtHash]; ok {
		n, err := p.word(h + 4)
		if err != nil {
			return 0, err
		}
		count = n
	} else if h, ok := l.dyn[dtGnuHash]; ok {
		var w [3]uint32
		for i := range w {
			v, err := p.word(h + uint32(i)*4)
			if err != nil {
				return 0, err
			}
			w[i] = v
		}
		buckets, first, words := w[0], w[1], w[2]
		if buckets > maxDynamic || words > maxDynamic || first > maxDynamic {
			return 0, errors.New("its symbol hash table is too large")
		}
		last := uint32(0)
		for i := uint32(0); i < buckets; i++ {
			v, err := p.word(h + 16 + words*4 + i*4)
			if err != nil {
				return 0, err
			}
			last = max(last, v)
		}
		count = first
		for last >= first && last != 0 {
			v, err := p.word(h + 16 + words*4 + buckets*4 + (last-first)*4)
			if err != nil {
				return 0, err
			}
			last++
			count = last
			if v&1 != 0 || count > maxDynamic {
				break
			}
		}
	}
	// Undefined symbols need no place in a hash table; relocations know them.
	for _, table := range l.relocTables() {
		for a := table[0]; a < table[0]+table[1]; a += 8 {
			info, err := p.word(a + 4)
			if err != nil {
				return 0, err
			}
			count = max(count, info>>8+1)
		}
	}
	if count > maxDynamic {
		return 0, fmt.Errorf("it has %d dynamic symbols", count)
	}
	return count, nil
}

func (l *loaded) relocTables() (out [][2]uint32) {
	for _, t := range [][2]uint32{{l.dyn[dtRel], l.dyn[dtRelSz]}, {l.dyn[dtJmpRel], l.dyn[dtPltRelSz]}} {
		if t[1] > 0 && t[1] < maxDynamic*8 && t[0] < 0xFF00_0000 {
			out = append(out, [2]uint32{t[0], t[1] &^ 7})
		}
	}
	return out
}

func (p *Process) readSymbols(l *loaded) error {
	n, err := p.symbolCount(l)
	if err != nil {
		return fmt.Errorf("symbols: %w", err)
	}
	for i := uint32(0); i < n; i++ {
		var b [16]byte
		if _, err := p.mem.Read(l.dyn[dtSymtab]+i*16, b[:]); err != nil {
			return fmt.Errorf("symbols: %w", err)
		}
		le := binary.LittleEndian
		s := dynSymbol{name: p.str(l, le.Uint32(b[0:])), value: le.Uint32(b[4:]), size: le.Uint32(b[8:])}
		section := le.Uint16(b[14:])
		s.weak = b[12]>>4 == byte(elf.STB_WEAK)
		s.tls = b[12]&15 == byte(elf.STT_TLS)
		s.defined = section != 0
		if s.defined && !s.tls && section != uint16(elf.SHN_ABS) {
			s.value += l.bias
		}
		l.symbols = append(l.symbols, s)
		if s.defined && b[12]>>4 != byte(elf.STB_LOCAL) && s.name != "" {
			l.exports[s.name] = s.value
		}
	}
	return nil
}

// link loads the libraries that the program needs and binds everything.
func (p *Process) link(prog *image, libs []*guestlib.Library) error {
	main, err := p.readDynamic(p.program.Path, prog)
	if err != nil {
		return err
	}
	p.objects = []*loaded{main}
	missing := &MissingError{}
	have := map[*guestlib.Library]bool{}
	place := func(lib *guestlib.Library) error {
		if have[lib] {
			return nil
		}
		have[lib] = true
		img, err := lib.Build()
		if err != nil {
			return err
		}
		size := pageUp(uint32(len(img.Bytes)) + core.PageSize)
		base := p.mm.find(size)
		if base == 0 {
			return errors.New("no memory is left for " + lib.SONAME)
		}
		in, err := p.mapELF(img.Bytes, base)
		if err != nil {
			return fmt.Errorf("%s: %w", lib.SONAME, err)
		}
		l, err := p.readDynamic(lib.Path, in)
		if err != nil {
			return fmt.Errorf("%s: %w", lib.SONAME, err)
		}
		p.objects = append(p.objects, l)
		return nil
	}
	for _, name := range main.needed {
		if lib := findLibrary(libs, name); lib == nil {
			missing.Libraries = append(missing.Libraries, name)
		} else if err := place(lib); err != nil {
			return err
		}
	}
	// Libraries may use one another without saying so, as on the device everything ends in one libc.
	for _, lib := range libs {
		if err := place(lib); err != nil {
			return err
		}
	}
	for i := len(p.objects) - 1; i >= 0; i-- {
		if err := p.relocate(p.objects[i], missing); err != nil {
			return fmt.Errorf("%s: %w", p.objects[i].path, err)
		}
	}
	if len(missing.Symbols)+len(missing.Libraries) > 0 {
		sort.Strings(missing.Symbols)
		return missing
	}
	return p.publish()
}

func findLibrary(libs []*guestlib.Library, name string) *guestlib.Library {
	for _, l := range libs {
		if l.SONAME == name {
			return l
		}
		for _, a := range l.Aliases {
			if a == name {
				return l
			}
		}
	}
	return nil
}

// lookup finds a symbol in the global scope: the program first, then the libraries in order.
func (p *Process) lookup(name string, skip *loaded) (uint32, bool) {
	for _, o := range p.objects {
		if o == skip {
			continue
		}
		if v, ok := o.exports[name]; ok {
			return v, true
		}
	}
	return 0, false
}

// Symbol is the address of a global symbol of a program that this package's loader has bound.
func (p *Process) Symbol(name string) (uint32, bool) { return p.lookup(name, nil) }

const (
	relAbs32    = 2
	relTPOff32  = 19
	relCopy     = 20
	relGlobDat  = 21
	relJumpSlot = 22
	relRelative = 23
)

func (p *Process) relocate(l *loaded, missing *MissingError) error {
	for _, table := range l.relocTables() {
		for a := table[0]; a < table[0]+table[1]; a += 8 {
			off, err := p.word(a)
			if err != nil {
				return err
			}
			info, err := p.word(a + 4)
			if err != nil {
				return err
			}
			if err := p.relocateOne(l, off+l.bias, info&0xFF, info>>8, missing); err != nil {
				return fmt.Errorf("relocation at %#x: %w", off, err)
			}
		}
	}
	return nil
}

func (p *Process) relocateOne(l *loaded, at, typ, index uint32, missing *MissingError) error {
	old, err := p.word(at)
	if err != nil {
		return err
	}
	if typ == 0 {
		return nil
	}
	if typ == relRelative {
		return p.mem.SetUint32(at, old+l.bias)
	}
	if index >= uint32(len(l.symbols)) {
		return fmt.Errorf("symbol %d of %d", index, len(l.symbols))
	}
	s := l.symbols[index]
	var skip *loaded
	if typ == relCopy {
		skip = l
	}
	value, ok := uint32(0), true
	switch {
	case index == 0:
		value = l.bias
	case s.tls || typ == relTPOff32:
		if !s.defined {
			return fmt.Errorf("thread-local %s of another object", s.name)
		}
		value = p.tlsOffset(l) + s.value
	default:
		value, ok = p.lookup(s.name, skip)
	}
	if !ok {
		if !s.weak {
			missing.add(s.name)
		}
		value = 0
	}
	switch typ {
	case relAbs32, relTPOff32:
		return p.mem.SetUint32(at, old+value)
	case relGlobDat, relJumpSlot:
		return p.mem.SetUint32(at, value)
	case relCopy:
		if !ok {
			return nil
		}
		b := make([]byte, min(s.size, maxImage))
		if _, err := p.mem.Read(value, b); err != nil {
			return err
		}
		return p.mem.Write(at, b)
	}
	return fmt.Errorf("type %d is not known", typ)
}

func (e *MissingError) add(name string) {
	for _, s := range e.Symbols {
		if s == name {
			return
		}
	}
	e.Symbols = append(e.Symbols, name)
}

// publish tells debuggers what is loaded, by the structures of <link.h>: link_map and r_debug.
func (p *Process) publish() error {
	var b []byte
	const debugSize, mapSize = 20, 20
	names := debugSize + mapSize*len(p.objects)
	text := []byte{}
	nameAt := make([]uint32, len(p.objects))
	for i, o := range p.objects {
		nameAt[i] = uint32(names + len(text))
		if i > 0 { // the program's own name is empty there
			text = append(text, o.path...)
		}
		text = append(text, 0)
	}
	size := pageUp(uint32(names + len(text)))
	base := p.mm.find(size)
	if base == 0 {
		return errors.New("no memory is left")
	}
	if e := p.mm.mapPages(base, size, core.ProtR|core.ProtW); e != 0 {
		return e
	}
	word := func(v uint32) { b = binary.LittleEndian.AppendUint32(b, v) }
	state, _ := p.lookup("_dl_debug_state", nil)
	word(1)
	word(base + debugSize)
	word(state)
	word(0)
	word(0)
	for i, o := range p.objects {
		o.linkMap = base + debugSize + uint32(i)*mapSize
		next, prev := uint32(0), uint32(0)
		if i+1 < len(p.objects) {
			next = o.linkMap + mapSize
		}
		if i > 0 {
			prev = o.linkMap - mapSize
		}
		word(o.bias)
		word(base + nameAt[i])
		word(o.dynAddr)
		word(next)
		word(prev)
	}
	if err := p.mem.Write(base, append(b, text...)); err != nil {
		return err
	}
	for a := p.objects[0].dynAddr; ; a += 8 {
		tag, err := p.word(a)
		if err != nil || tag == 0 {
			return err
		}
		if tag == dtDebug {
			return p.mem.SetUint32(a+4, base)
		}
	}
}

// Initializers are the constructors in the order in which they have to run.
func (p *Process) Initializers() (out []uint32) {
	if len(p.objects) > 0 {
		out = p.array(p.objects[0], dtPreinitArray, dtPreinitSz)
	}
	for i := len(p.objects) - 1; i >= 0; i-- {
		o := p.objects[i]
		if f, ok := o.dyn[dtInit]; ok {
			out = append(out, f)
		}
		out = append(out, p.array(o, dtInitArray, dtInitArraySz)...)
	}
	return out
}

// Finalizers are the destructors in the order in which they have to run.
func (p *Process) Finalizers() (out []uint32) {
	for _, o := range p.objects {
		a := p.array(o, dtFiniArray, dtFiniArraySz)
		for i := len(a) - 1; i >= 0; i-- {
			out = append(out, a[i])
		}
		if f, ok := o.dyn[dtFini]; ok {
			out = append(out, f)
		}
	}
	return out
}

func (p *Process) array(o *loaded, at, size uint32) (out []uint32) {
	n := min(o.dyn[size]/4, 4096)
	for i := uint32(0); i < n; i++ {
		if f, err := p.word(o.dyn[at] + i*4); err == nil && f != 0 && f != ^uint32(0) {
			out = append(out, f)
		}
	}
	return out
}
