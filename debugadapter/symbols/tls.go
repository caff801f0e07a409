package symbols

import (
	"debug/dwarf"
	"debug/elf"
)

// TLSOffset is where the thread-local block of a program starts, from the thread pointer: behind the thread control
// block of 8 bytes, aligned as PT_TLS asks for.
func (f *File) TLSOffset() uint32 {
	for _, p := range f.elf.Progs {
		if p.Type == elf.PT_TLS {
			a := uint32(p.Align)
			if a == 0 || a&(a-1) != 0 {
				a = 1
			}
			return (8 + a - 1) &^ (a - 1)
		}
	}
	return 8
}

// Offset is where the unit's header is in .debug_info; references of the form "from the start of the unit" count from it.
func (u *Unit) Offset() dwarf.Offset { return u.offset }
