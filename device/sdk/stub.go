package sdk

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Symbol is one name that a stub library defines. Size is that of a data object, 0 for a function.
type Symbol struct {
	Name string
	Size uint32
}

// parseSymbols reads a list of symbols: one name a line, followed by a size for data; # begins a comment.
func parseSymbols(text string) ([]Symbol, error) {
	var out []Symbol
	sc := bufio.NewScanner(strings.NewReader(text))
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, size, hasSize := strings.Cut(line, " ")
		s := Symbol{Name: name}
		if hasSize {
			v, err := strconv.ParseUint(size, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("line %d: size of %s: %w", n, name, err)
			}
			s.Size = uint32(v)
		}
		out = append(out, s)
	}
	return out, sc.Err()
}

// Sizes and numbers of the ELF32 format that a stub needs.
const (
	ehSize, phSize, shSize, symSize, dynSize = 52, 32, 40, 16, 8

	etDyn, emARM         = 3, 40
	armEABI5Hard         = 0x05000400
	ptLoad, ptDynamic    = 1, 2
	shtProgbits, shtHash = 1, 5
	shtStrtab            = 3
	shtNobits            = 8
	shtDynamic           = 6
	shtDynsym            = 11
	dtHash, dtStrtab     = 4, 5
	dtSymtab, dtStrsz    = 6, 10
	dtSyment, dtSoname   = 11, 14
	sttObject, sttFunc   = 1, 2
	stbGlobal            = 1
	pageSize             = 0x1000
)

// Stub returns an ARM ELF shared object to link against: it has the name soname and defines the symbols, and does
// nothing. Every function is one return instruction; data is zero. The same arguments give the same bytes.
func Stub(soname string, symbols []Symbol) []byte {
	le := binary.LittleEndian
	var dynstr bytes.Buffer
	dynstr.WriteByte(0)
	str := func(s string) uint32 {
		at := dynstr.Len()
		dynstr.WriteString(s)
		dynstr.WriteByte(0)
		return uint32(at)
	}
	so := str(soname)

	// One read-only segment with everything a linker or loader reads, and one of zeroes for the data.
	n := uint32(len(symbols) + 1)
	const headers = ehSize + 3*phSize
	text := uint32(headers)
	symAt := text + 4
	hashAt := symAt + n*symSize
	hash := make([]byte, 0, 8+8*n)
	strAt := hashAt + 8 + 8*n // one bucket per symbol
	names := make([]uint32, len(symbols))
	for i, s := range symbols {
		names[i] = str(s.Name)
	}
	dynAt := (strAt + uint32(dynstr.Len()) + 3) &^ 3
	const dynEntries = 7
	end := dynAt + dynEntries*dynSize
	dataAt := (end + pageSize - 1) &^ (pageSize - 1)

	const secText, secData = 1, 6 // section numbers, in the order of the table below
	syms := make([]byte, symSize, n*symSize)
	dataEnd := dataAt
	for i, s := range symbols {
		value, typ, sec := text, byte(sttFunc), uint16(secText)
		if s.Size > 0 {
			value, typ, sec = dataEnd, sttObject, secData
			dataEnd += (s.Size + 7) &^ 7
		}
		syms = le.AppendUint32(syms, names[i])
		syms = le.AppendUint32(syms, value)
		syms = le.AppendUint32(syms, s.Size)
		syms = append(syms, stbGlobal<<4|typ, 0)
		syms = le.AppendUint16(syms, sec)
	}

	hash = le.AppendUint32(hash, n)
	hash = le.AppendUint32(hash, n)
	buckets, chains := make([]uint32, n), make([]uint32, n)
	for i, s := range symbols {
		b := sysvHash(s.Name) % n
		chains[i+1], buckets[b] = buckets[b], uint32(i+1)
	}
	for _, v := range append(buckets, chains...) {
		hash = le.AppendUint32(hash, v)
	}

	var dyn []byte
	for _, e := range [dynEntries][2]uint32{
		{dtSoname, so}, {dtHash, hashAt}, {dtStrtab, strAt}, {dtSymtab, symAt}, {dtStrsz, uint32(dynstr.Len())}, {dtSyment, symSize}, {0, 0},
	} {
		dyn = le.AppendUint32(le.AppendUint32(dyn, e[0]), e[1])
	}

	shstr := "\x00.text\x00.dynsym\x00.hash\x00.dynstr\x00.dynamic\x00.bss\x00.shstrtab\x00"
	name := func(s string) uint32 { return uint32(strings.Index(shstr, "\x00"+s+"\x00") + 1) }
	shAt := (end + uint32(len(shstr)) + 3) &^ 3
	sections := [][10]uint32{ // name, type, flags, addr, offset, size, link, info, align, entry size
		{},
		{name(".text"), shtProgbits, 6, text, text, 4, 0, 0, 4, 0},
		{name(".dynsym"), shtDynsym, 2, symAt, symAt, n * symSize, 4, 1, 4, symSize},
		{name(".hash"), shtHash, 2, hashAt, hashAt, 8 + 8*n, 2, 0, 4, 4},
		{name(".dynstr"), shtStrtab, 2, strAt, strAt, uint32(dynstr.Len()), 0, 0, 1, 0},
		{name(".dynamic"), shtDynamic, 2, dynAt, dynAt, dynEntries * dynSize, 4, 0, 4, dynSize},
		{name(".bss"), shtNobits, 3, dataAt, end, dataEnd - dataAt, 0, 0, 8, 0},
		{name(".shstrtab"), shtStrtab, 0, 0, end, uint32(len(shstr)), 0, 0, 1, 0},
	}

	var out []byte
	u16 := func(v ...uint16) {
		for _, x := range v {
			out = le.AppendUint16(out, x)
		}
	}
	u32 := func(v ...uint32) {
		for _, x := range v {
			out = le.AppendUint32(out, x)
		}
	}
	out = append(out, "\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	u16(etDyn, emARM)
	u32(1, 0, ehSize, shAt, armEABI5Hard)
	u16(ehSize, phSize, 3, shSize, uint16(len(sections)), uint16(len(sections)-1))
	u32(ptLoad, 0, 0, 0, end, end, 5, pageSize)
	u32(ptLoad, dataAt, dataAt, dataAt, 0, dataEnd-dataAt, 6, pageSize)
	u32(ptDynamic, dynAt, dynAt, dynAt, dynEntries*dynSize, dynEntries*dynSize, 4, 4)
	u32(0xE12FFF1E) // bx lr
	out = append(out, syms...)
	out = append(out, hash...)
	out = append(out, dynstr.Bytes()...)
	out = append(out, make([]byte, int(dynAt)-len(out))...)
	out = append(out, dyn...)
	out = append(out, shstr...)
	out = append(out, make([]byte, int(shAt)-len(out))...)
	for _, s := range sections {
		u32(s[:]...)
	}
	return out
}

// sysvHash is the hash function of the .hash section (System V ABI, chapter 5).
func sysvHash(name string) uint32 {
	var h uint32
	for i := 0; i < len(name); i++ {
		h = h<<4 + uint32(name[i])
		g := h & 0xf0000000
		h ^= g >> 24
		h &^= g
	}
	return h
}
