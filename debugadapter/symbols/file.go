package symbols

import (
	"debug/elf"
	"fmt"
	"io"
	"sort"
	"sync"
)

// maxSection bounds what a section may claim to hold, so that a broken or compressed file cannot exhaust memory.
const maxSection = 1 << 30

// segment is a PT_LOAD.
type segment struct {
	addr, filesz, memsz uint32
	flags               elf.ProgFlag
	r                   io.ReaderAt
}

// File is one parsed ELF. Its addresses are link-time ones; At gives the view at a load address.
type File struct {
	Name    string // as given to Open, usually the path
	Entry   uint32 // without the Thumb bit
	Dynamic bool   // ET_DYN: position independent, so its load bias is known only at run time
	Interp  string // PT_INTERP: the dynamic loader, "" for static programs
	Soname  string
	BuildID []byte // NT_GNU_BUILD_ID, nil when there is none

	elf      *elf.File
	segments []segment
	sections map[string]*lazySection

	symOnce sync.Once
	syms    []Symbol // by address
	byName  map[string][]int32
	mapping []mapSymbol // by address

	codeOnce sync.Once
	codeLow  uint32

	memoMu sync.Mutex
	memo   map[any]*memoEntry

	dwarfOnce sync.Once
	dw        *debugInfo
	dwErr     error
}

// mapSymbol is a $a, $t or $d.
type mapSymbol struct {
	addr uint32
	kind CodeKind
}

type lazySection struct {
	once sync.Once
	s    *elf.Section
	data []byte
	err  error
}

// Open parses the headers of an ELF. r must stay readable as long as the File is used.
func Open(name string, r io.ReaderAt) (f *File, err error) {
	// debug/elf is not promised to withstand hostile files; a fault in it is a broken file to us.
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("%s: broken ELF: %v", name, p)
		}
	}()
	ef, err := elf.NewFile(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %v", name, ErrNotELF, err)
	}
	if ef.Class != elf.ELFCLASS32 || ef.Data != elf.ELFDATA2LSB || ef.Machine != elf.EM_ARM {
		return nil, fmt.Errorf("%s: %w: %v %v %v", name, ErrNotELF, ef.Class, ef.Data, ef.Machine)
	}
	f = &File{Name: name, elf: ef, Entry: uint32(ef.Entry) &^ 1, Dynamic: ef.Type == elf.ET_DYN, sections: map[string]*lazySection{}}
	for _, s := range ef.Sections {
		if s.Name != "" && f.sections[s.Name] == nil {
			f.sections[s.Name] = &lazySection{s: s}
		}
	}
	for _, p := range ef.Progs {
		switch p.Type {
		case elf.PT_LOAD:
			f.segments = append(f.segments, segment{uint32(p.Vaddr), uint32(p.Filesz), uint32(p.Memsz), p.Flags, p.ReaderAt})
		case elf.PT_INTERP:
			if p.Filesz > 0 && p.Filesz < 4096 {
				b := make([]byte, p.Filesz)
				if _, err := p.ReadAt(b, 0); err == nil {
					f.Interp = cstring(b)
				}
			}
		case elf.PT_NOTE:
			if f.BuildID == nil {
				f.BuildID = buildID(p)
			}
		}
	}
	if names, err := ef.DynString(elf.DT_SONAME); err == nil && len(names) > 0 {
		f.Soname = names[0]
	}
	return f, nil
}

// cstring cuts b at its first NUL.
func cstring(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// buildID finds NT_GNU_BUILD_ID (type 3, name "GNU") in a note segment.
func buildID(p *elf.Prog) []byte {
	if p.Filesz > 1<<16 {
		return nil
	}
	b := make([]byte, p.Filesz)
	if _, err := p.ReadAt(b, 0); err != nil {
		return nil
	}
	for len(b) >= 12 {
		nn, dn, typ := uint64(le32(b)), uint64(le32(b[4:])), le32(b[8:])
		d := 12 + (nn+3)&^3
		end := d + dn
		if end > uint64(len(b)) {
			return nil
		}
		if typ == 3 && nn == 4 && string(b[12:16]) == "GNU\x00" {
			return b[d:end:end]
		}
		next := d + (dn+3)&^3
		if next > uint64(len(b)) {
			return nil
		}
		b = b[next:]
	}
	return nil
}

func le32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// Section returns a section's contents (decompressed) and its link-time address; nil when the file has none.
// The bytes are shared: they must not be changed.
func (f *File) Section(name string) (data []byte, addr uint32, err error) {
	s := f.sections[name]
	if s == nil {
		return nil, 0, nil
	}
	s.once.Do(func() {
		defer func() {
			if p := recover(); p != nil {
				s.data, s.err = nil, fmt.Errorf("%s: section %s: %v", f.Name, name, p)
			}
		}()
		if s.s.Type == elf.SHT_NOBITS {
			return
		}
		if s.s.Size > maxSection || s.s.FileSize > maxSection {
			s.err = fmt.Errorf("%s: section %s claims %d bytes", f.Name, name, s.s.Size)
			return
		}
		s.data, s.err = s.s.Data()
	})
	return s.data, uint32(s.s.Addr), s.err
}

// At returns the file as loaded at its link-time addresses plus bias.
func (f *File) At(bias uint32) *Image { return &Image{File: f, Bias: bias} }

// HasDebug reports whether there is DWARF in the file.
func (f *File) HasDebug() bool { return f.sections[".debug_info"] != nil }

func (f *File) loadSymbols() {
	f.symOnce.Do(func() {
		f.byName = map[string][]int32{}
		defer func() {
			if recover() != nil { // see Open
				f.syms, f.mapping = nil, nil
			}
		}()
		all, err := f.elf.Symbols()
		if err != nil || len(all) == 0 {
			all, _ = f.elf.DynamicSymbols()
		}
		for _, s := range all {
			if s.Section == elf.SHN_UNDEF || s.Section == elf.SHN_ABS || s.Name == "" {
				continue
			}
			typ := elf.ST_TYPE(s.Info)
			if typ == elf.STT_SECTION || typ == elf.STT_FILE {
				continue
			}
			if k := mappingKind(s.Name); k != KindUnknown && elf.ST_BIND(s.Info) == elf.STB_LOCAL {
				f.mapping = append(f.mapping, mapSymbol{uint32(s.Value), k})
				continue
			}
			y := Symbol{Name: s.Name, Addr: uint32(s.Value), Size: uint32(s.Size), Global: elf.ST_BIND(s.Info) != elf.STB_LOCAL}
			switch typ {
			case elf.STT_FUNC, elf.STT_GNU_IFUNC:
				y.Kind, y.Thumb = SymbolFunc, y.Addr&1 == 1
				y.Addr &^= 1
			case elf.STT_OBJECT, elf.STT_COMMON:
				y.Kind = SymbolObject
			case elf.STT_TLS:
				y.Kind = SymbolTLS
			}
			f.syms = append(f.syms, y)
		}
		sort.SliceStable(f.syms, func(i, j int) bool {
			a, b := &f.syms[i], &f.syms[j]
			if a.Addr != b.Addr {
				return a.Addr < b.Addr
			}
			return symbolRank(a) < symbolRank(b)
		})
		sort.SliceStable(f.mapping, func(i, j int) bool { return f.mapping[i].addr < f.mapping[j].addr })
		for i := range f.syms {
			n := f.syms[i].Name
			f.byName[n] = append(f.byName[n], int32(i))
		}
	})
}

// symbolRank orders symbols of one address: the best name last, where lookups by address look first.
func symbolRank(s *Symbol) int {
	r := 0
	if s.Kind == SymbolFunc || s.Kind == SymbolObject {
		r += 4
	}
	if s.Global {
		r += 2
	}
	if s.Size > 0 {
		r++
	}
	return r
}

// mappingKind recognises $a, $t and $d, also in the form "$t.suffix" (AAELF32 5.5.5).
func mappingKind(name string) CodeKind {
	if len(name) < 2 || name[0] != '$' || len(name) > 2 && name[2] != '.' {
		return KindUnknown
	}
	switch name[1] {
	case 'a':
		return KindARM
	case 't':
		return KindThumb
	case 'd':
		return KindData
	}
	return KindUnknown
}

// symbolAt returns the index of the symbol that covers the link-time address, or -1.
func (f *File) symbolAt(addr uint32) int {
	f.loadSymbols()
	i := sort.Search(len(f.syms), func(i int) bool { return f.syms[i].Addr > addr })
	// A symbol without a size, or a small one inside a big one, may lie between: look back a little.
	for k, n := i-1, 0; k >= 0 && n < 32; k, n = k-1, n+1 {
		s := &f.syms[k]
		if s.Kind == SymbolTLS {
			continue
		}
		if s.Size > 0 && addr-s.Addr < s.Size {
			return k
		}
		if s.Size == 0 && k == i-1 && f.sameSegment(s.Addr, addr) {
			return k
		}
	}
	return -1
}

func (f *File) sameSegment(a, b uint32) bool {
	for _, s := range f.segments {
		if a >= s.addr && a-s.addr < s.memsz {
			return b >= s.addr && b-s.addr < s.memsz
		}
	}
	return false
}

// codeKind is the kind of contents at a link-time address.
func (f *File) codeKind(addr uint32) CodeKind {
	f.loadSymbols()
	i := sort.Search(len(f.mapping), func(i int) bool { return f.mapping[i].addr > addr })
	if i > 0 && f.sameSegment(f.mapping[i-1].addr, addr) {
		return f.mapping[i-1].kind
	}
	// A stripped file still says by its functions what its code is.
	if k := f.symbolAt(addr); k >= 0 && f.syms[k].Kind == SymbolFunc {
		if f.syms[k].Thumb {
			return KindThumb
		}
		return KindARM
	}
	return KindUnknown
}

// readStatic reads link-time contents that cannot change: of segments without write permission.
func (f *File) readStatic(addr uint32, p []byte) error {
	for i := range f.segments {
		s := &f.segments[i]
		if addr < s.addr || addr-s.addr >= s.filesz {
			continue
		}
		if s.flags&elf.PF_W != 0 || uint64(addr-s.addr)+uint64(len(p)) > uint64(s.filesz) {
			return ErrNotStatic
		}
		if _, err := s.r.ReadAt(p, int64(addr-s.addr)); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		return nil
	}
	return ErrNotStatic
}

// Memo returns what make gave when it was first called for key on this file. Other layers keep their parsed tables with
// the file that they are of. make must not call Memo with the same key.
func (f *File) Memo(key any, make func() any) any {
	f.memoMu.Lock()
	e := f.memo[key]
	if e == nil {
		if f.memo == nil {
			f.memo = map[any]*memoEntry{}
		}
		e = &memoEntry{}
		f.memo[key] = e
	}
	f.memoMu.Unlock()
	e.once.Do(func() { e.val = make() })
	return e.val
}

type memoEntry struct {
	once sync.Once
	val  any
}

// CodeStart is the lowest link-time address of the file that has code.
func (f *File) CodeStart() uint32 { return f.codeStart() }
