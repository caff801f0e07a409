// Package strip takes the debug information out of an ARM program, as an image package wants it.
//
// What a loader reads stays where it is, byte for byte; the sections that only a debugger reads go, and the small ones
// behind the loaded part and the section headers move up. The package must not know images. It is pure.
package strip

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	ehdrSize = 52
	phdrSize = 32
	shdrSize = 40
)

// IsELF reports whether a file is any ELF file.
func IsELF(b []byte) bool { return len(b) >= 4 && string(b[:4]) == elf.ELFMAG }

type section struct {
	nameAt                               uint32
	name                                 string
	typ                                  elf.SectionType
	flags                                elf.SectionFlag
	addr, off, size, link, info, al, ent uint32
	keep                                 bool
	index                                int // in the result
}

// loaded says that the section is part of the program in memory.
func (s *section) loaded() bool { return s.flags&elf.SHF_ALLOC != 0 }

// inFile is the number of bytes the section has in the file.
func (s *section) inFile() uint32 {
	if s.typ == elf.SHT_NOBITS || s.typ == elf.SHT_NULL {
		return 0
	}
	return s.size
}

// Debug returns a copy of a 32-bit little-endian ARM ELF file without .symtab, .strtab and debug sections. A file
// without section headers comes back as it is.
func Debug(file []byte) ([]byte, error) {
	le := binary.LittleEndian
	if len(file) < ehdrSize || !IsELF(file) {
		return nil, fmt.Errorf("no ELF file")
	}
	if c, d, m := elf.Class(file[elf.EI_CLASS]), elf.Data(file[elf.EI_DATA]), elf.Machine(le.Uint16(file[18:])); c != elf.ELFCLASS32 || d != elf.ELFDATA2LSB || m != elf.EM_ARM {
		return nil, fmt.Errorf("not a program for the MT3620: %v %v %v instead of a 32-bit little-endian ARM ELF", c, d, m)
	}
	secs, err := sections(file)
	if err != nil || len(secs) == 0 {
		return append([]byte(nil), file...), err
	}
	end, err := loadedEnd(file, secs)
	if err != nil {
		return nil, err
	}
	strndx := int(binary.LittleEndian.Uint16(file[50:]))
	choose(secs, strndx)

	// The loaded part stays as it is. What stands in it and is not loaded (a debug section between two segments) stays
	// as mere bytes: offsets are what the program headers hold on to.
	out := append([]byte(nil), file[:end]...)
	var names []byte
	names = append(names, 0)
	n := 0
	for i := range secs {
		if secs[i].keep {
			secs[i].index = n
			n++
		}
	}
	for i := range secs {
		s := &secs[i]
		if !s.keep {
			continue
		}
		if s.typ != elf.SHT_NULL {
			s.nameAt = uint32(len(names))
			names = append(append(names, s.name...), 0)
		}
		if i == strndx || s.off+s.inFile() <= end && (s.loaded() || s.inFile() == 0) {
			continue
		}
		out = align(out, s.al)
		data := file[s.off : s.off+s.inFile()]
		s.off = uint32(len(out))
		out = append(out, data...)
	}
	secs[strndx].off, secs[strndx].size = uint32(len(out)), uint32(len(names))
	out = align(append(out, names...), 4)

	shoff := uint32(len(out))
	for i := range secs {
		if s := &secs[i]; s.keep {
			out = append(out, s.header(secs)...)
		}
	}
	renumberSymbols(out, secs)
	le.PutUint32(out[32:], shoff)
	le.PutUint16(out[48:], uint16(n))
	le.PutUint16(out[50:], uint16(secs[strndx].index))
	return out, nil
}

func align(b []byte, to uint32) []byte {
	if to > 64 { // not loaded, so nobody depends on more
		to = 64
	}
	for to > 1 && uint32(len(b))%to != 0 {
		b = append(b, 0)
	}
	return b
}

// sections reads the section headers; none is no error.
func sections(file []byte) ([]section, error) {
	le := binary.LittleEndian
	shoff, shentsize, shnum, shstrndx := le.Uint32(file[32:]), le.Uint16(file[46:]), int(le.Uint16(file[48:])), int(le.Uint16(file[50:]))
	if shnum == 0 || shoff == 0 || shstrndx == 0 { // nothing to go by
		return nil, nil
	}
	if shentsize != shdrSize || uint64(shoff)+uint64(shnum)*shdrSize > uint64(len(file)) || shstrndx >= shnum {
		return nil, fmt.Errorf("the ELF section headers (%d of %d bytes at offset %d) do not fit the file of %d bytes", shnum, shentsize, shoff, len(file))
	}
	secs := make([]section, shnum)
	for i := range secs {
		h := file[int(shoff)+i*shdrSize:]
		w := func(k int) uint32 { return le.Uint32(h[4*k:]) }
		s := &secs[i]
		*s = section{nameAt: w(0), typ: elf.SectionType(w(1)), flags: elf.SectionFlag(w(2)), addr: w(3), off: w(4), size: w(5), link: w(6), info: w(7), al: w(8), ent: w(9)}
		if uint64(s.off)+uint64(s.inFile()) > uint64(len(file)) {
			return nil, fmt.Errorf("ELF section %d lies at %d..%d, outside the file of %d bytes", i, s.off, uint64(s.off)+uint64(s.inFile()), len(file))
		}
	}
	table := secs[shstrndx]
	names := file[table.off : table.off+table.inFile()]
	for i := range secs {
		s := &secs[i]
		if uint64(s.nameAt) >= uint64(len(names)) {
			if s.typ == elf.SHT_NULL || len(names) == 0 {
				continue
			}
			return nil, fmt.Errorf("ELF section %d has its name at %d, outside %d bytes of names", i, s.nameAt, len(names))
		}
		s.name, _, _ = strings.Cut(string(names[s.nameAt:min(int(s.nameAt)+256, len(names))]), "\x00")
	}
	return secs, nil
}

// loadedEnd is the end of what the program and section headers say is loaded.
func loadedEnd(file []byte, secs []section) (uint32, error) {
	le := binary.LittleEndian
	phoff, phentsize, phnum := le.Uint32(file[28:]), le.Uint16(file[42:]), int(le.Uint16(file[44:]))
	end := uint64(ehdrSize)
	if phnum > 0 {
		if phentsize != phdrSize || uint64(phoff)+uint64(phnum)*phdrSize > uint64(len(file)) {
			return 0, fmt.Errorf("the ELF program headers (%d of %d bytes at offset %d) do not fit the file of %d bytes", phnum, phentsize, phoff, len(file))
		}
		end = max(end, uint64(phoff)+uint64(phnum)*phdrSize)
	}
	for i := range phnum {
		h := file[int(phoff)+i*phdrSize:]
		e := uint64(le.Uint32(h[4:])) + uint64(le.Uint32(h[16:]))
		if e > uint64(len(file)) {
			return 0, fmt.Errorf("ELF segment %d ends at %d, outside the file of %d bytes", i, e, len(file))
		}
		end = max(end, e)
	}
	for i := range secs {
		if s := &secs[i]; s.loaded() {
			end = max(end, uint64(s.off)+uint64(s.inFile()))
		}
	}
	return uint32(end), nil
}

// choose marks what stays: everything but symbol tables with their names, debug information, and relocations for it.
func choose(secs []section, strndx int) {
	for i := range secs {
		s := &secs[i]
		s.keep = s.loaded() || !(s.typ == elf.SHT_SYMTAB || s.typ == elf.SHT_SYMTAB_SHNDX || s.typ == elf.SHT_GROUP ||
			s.name == ".strtab" || strings.HasPrefix(s.name, ".debug") || strings.HasPrefix(s.name, ".zdebug") ||
			strings.HasPrefix(s.name, ".rel.debug") || strings.HasPrefix(s.name, ".gnu.debug") || strings.HasPrefix(s.name, ".stab"))
	}
	for i := range secs { // a relocation section lives with what it relocates and the symbols it names
		s := &secs[i]
		if s.keep && !s.loaded() && (s.typ == elf.SHT_REL || s.typ == elf.SHT_RELA) && int(s.link) < len(secs) && !secs[s.link].keep {
			s.keep = false
		}
	}
	secs[0].keep = true // the null section
	secs[strndx].keep = true
}

// header encodes a section header with its links renumbered.
func (s *section) header(secs []section) []byte {
	link, info := s.link, s.info
	if int(link) < len(secs) && secs[link].keep {
		link = uint32(secs[link].index)
	} else {
		link = 0
	}
	if s.typ == elf.SHT_REL || s.typ == elf.SHT_RELA || s.flags&elf.SHF_INFO_LINK != 0 {
		if int(info) < len(secs) && secs[info].keep {
			info = uint32(secs[info].index)
		} else {
			info = 0
		}
	}
	var b []byte
	for _, w := range [...]uint32{s.nameAt, uint32(s.typ), uint32(s.flags), s.addr, s.off, s.size, link, info, s.al, s.ent} {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// renumberSymbols mends the section numbers in the dynamic symbol table.
func renumberSymbols(out []byte, secs []section) {
	const symSize, shndxAt = 16, 14
	for i := range secs {
		s := &secs[i]
		if !s.keep || s.typ != elf.SHT_DYNSYM {
			continue
		}
		for at := s.off; at+symSize <= s.off+s.size; at += symSize {
			p := out[at+shndxAt:]
			if ndx := int(binary.LittleEndian.Uint16(p)); ndx < len(secs) {
				binary.LittleEndian.PutUint16(p, uint16(secs[ndx].index))
			}
		}
	}
}
