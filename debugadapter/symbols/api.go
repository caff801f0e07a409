package symbols

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNotELF  = errors.New("not a 32-bit little-endian ARM ELF file")
	ErrNoDebug = errors.New("no debug information (build with -g and use the unstripped ELF)")
	ErrNoCode  = errors.New("no code at this line")
	ErrNoFile  = errors.New("source file is not part of the program")
	// ErrNotStatic: the address is not in read-only file contents, so it has to be read from the target.
	ErrNotStatic = errors.New("address is not in read-only file contents")
)

// Range is the half-open interval of addresses [Low, High).
type Range struct{ Low, High uint32 }

// Contains reports whether pc is in r.
func (r Range) Contains(pc uint32) bool { return pc >= r.Low && pc < r.High }

// Size is the number of bytes in r.
func (r Range) Size() uint32 { return r.High - r.Low }

func (r Range) String() string { return fmt.Sprintf("[%#x,%#x)", r.Low, r.High) }

// SymbolKind says what an ELF symbol names.
type SymbolKind uint8

// The kinds of symbols kept; sections, files and mapping symbols are not listed as symbols.
const (
	SymbolOther SymbolKind = iota // no type, e.g. linker script symbols and labels of assembler code
	SymbolFunc
	SymbolObject
	SymbolTLS
)

// Symbol is an entry of .symtab, or of .dynsym when the file is stripped.
type Symbol struct {
	Name   string
	Addr   uint32 // without the Thumb bit
	Size   uint32 // 0 when the file does not say
	Kind   SymbolKind
	Thumb  bool // a function in T32 (bit 0 of st_value)
	Global bool // not STB_LOCAL
}

// CodeKind is what the mapping symbols $a, $t and $d say about an address (AAELF32 5.5.5).
type CodeKind uint8

// Kinds of contents.
const (
	KindUnknown CodeKind = iota
	KindARM              // $a
	KindThumb            // $t
	KindData             // $d: literal pools and tables
)

// Line is a place in a source file.
type Line struct {
	File   string // as the compiler recorded it, made absolute with the compilation directory, slashes cleaned
	Line   int    // from 1
	Column int    // from 1; 0 = the left edge, unknown
}

// IsZero reports whether no line is known.
func (l Line) IsZero() bool { return l.Line == 0 }

func (l Line) String() string { return fmt.Sprintf("%s:%d", l.File, l.Line) }

// Location is one address where a breakpoint for a source line goes.
type Location struct {
	Addr     uint32    // run-time address, without the Thumb bit
	Thumb    bool      // T32 code: the breakpoint is a Thumb one
	Wide     bool      // T32 and the instruction is 4 bytes long (Z kind 3, facts/debugger.md 5.1)
	Line     Line      // the line that really has the code; may be after the one asked for
	Function *Function // nil when unknown
	Inlined  []Inline  // the inlined calls that contain Addr, outermost first
}

// Kind is the breakpoint kind of the remote protocol: 2 = 16-bit Thumb, 3 = 32-bit Thumb, 4 = ARM.
func (l Location) Kind() int {
	switch {
	case !l.Thumb:
		return 4
	case l.Wide:
		return 3
	}
	return 2
}

// Function is a subprogram with code, from the debug information or, failing that, from the symbol table.
type Function struct {
	Image    *Image
	Name     string
	Entry    uint32  // run-time address of the first instruction, without the Thumb bit
	Ranges   []Range // run-time; the one with Entry first
	Decl     Line    // where it is declared; zero without debug information
	External bool
	DIE      *DIE // nil when only the symbol table knows the function
}

// Contains reports whether pc is in the function.
func (f *Function) Contains(pc uint32) bool {
	for _, r := range f.Ranges {
		if r.Contains(pc) {
			return true
		}
	}
	return false
}

// Inline is a call whose body was copied to the place of the call.
type Inline struct {
	Name     string
	Ranges   []Range // run-time
	Entry    uint32  // run-time; where the inlined body starts
	CallSite Line    // where the call is written, in the caller
	Decl     Line    // where the callee is declared
	DIE      *DIE    // the DW_TAG_inlined_subroutine
}

// Contains reports whether pc is in the inlined body.
func (c *Inline) Contains(pc uint32) bool {
	for _, r := range c.Ranges {
		if r.Contains(pc) {
			return true
		}
	}
	return false
}

// Row is one row of the line table.
type Row struct {
	Addr        uint32 // run-time
	Line        Line
	IsStmt      bool
	PrologueEnd bool
	End         bool // one past the last instruction of a sequence; Line is meaningless
}
