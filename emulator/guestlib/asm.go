package guestlib

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// The assembler knows the few T32 instructions that library code needs. One instruction or "label:" per line,
// "//" starts a comment. Beyond the architecture's mnemonics there are:
//
//	call NAME       calls the Go service NAME of the library: arguments in r0-r3, results in r0, r1, errno in ip
//	got Rd, NAME    Rd = address of the symbol NAME, through the library's GOT (bound by whatever loads the library)
//	addr Rd, LABEL  Rd = address of a label or of a function of this library, with the Thumb bit
//	gettls Rd       Rd = the thread pointer
//
// Branches always take the 32-bit form, so a label's distance never changes what is emitted. Push, pop and changes
// of sp are followed, and the unwind information is written from them.

// code is one assembled function.
type code struct {
	text   []byte
	rows   []frameRow
	labels map[string]int
	fixups []fixup
}

// frameRow is the state of the frame from an offset on.
type frameRow struct {
	at    int
	cfa   int         // CFA = sp + cfa
	saved map[int]int // register: offset from the CFA
}

type fixupKind uint8

const (
	fixBranch  fixupKind = iota // B T4 or BL T1 to a symbol of the library
	fixCall                     // movw ip, #index of a service
	fixGot                      // movw, movt, add pc: distance to a GOT slot
	fixAddress                  // movw, movt, add pc: distance to a symbol of the library
)

type fixup struct {
	kind   fixupKind
	at     int // offset in text
	symbol string
	reg    int
}

type asm struct {
	code
	frame    frameRow
	branches map[string]frameRow // frame state where a branch to the label was
	pending  []pendingBranch
	dead     bool // the instruction before leaves for good
}

type pendingBranch struct {
	at    int
	label string
	kind  byte // 'b', 'c' conditional, 'l' bl, 'z' cbz
}

// assemble turns source into code. Errors name the line.
func assemble(source string) (code, error) {
	a := &asm{branches: map[string]frameRow{}}
	a.labels = map[string]int{}
	a.frame.saved = map[int]int{}
	a.rows = []frameRow{{saved: map[int]int{}}}
	for i, line := range strings.Split(source, "\n") {
		if err := a.line(line); err != nil {
			return code{}, fmt.Errorf("line %d, %q: %w", i+1, strings.TrimSpace(line), err)
		}
	}
	for _, p := range a.pending {
		to, ok := a.labels[p.label]
		if !ok {
			if p.kind == 'b' || p.kind == 'l' {
				a.fixups = append(a.fixups, fixup{fixBranch, p.at, p.label, 0})
				continue
			}
			return code{}, fmt.Errorf("no label %q", p.label)
		}
		if err := patchBranch(a.text, p.at, to-(p.at+4), p.kind); err != nil {
			return code{}, fmt.Errorf("branch to %q: %w", p.label, err)
		}
	}
	return a.code, nil
}

func (a *asm) line(s string) error {
	if i := strings.Index(s, "//"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimSpace(s)
	if label, rest, ok := strings.Cut(s, ":"); ok {
		a.labels[label] = len(a.text)
		if a.dead {
			f, known := a.branches[label]
			if !known {
				return fmt.Errorf("nothing before says what the frame is at %s", label)
			}
			a.setFrame(f)
			a.dead = false
		}
		s = strings.TrimSpace(rest)
	}
	if s == "" {
		return nil
	}
	op, rest, _ := strings.Cut(s, " ")
	f, ok := mnemonics[op]
	if !ok {
		return fmt.Errorf("unknown instruction %q", op)
	}
	return f(a, op, operands(rest))
}

// operands splits at commas outside of brackets and braces.
func operands(s string) []string {
	var out []string
	depth, start := 0, 0
	for i, c := range s {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	if last := strings.TrimSpace(s[start:]); last != "" {
		out = append(out, last)
	}
	return out
}

func (a *asm) h(halves ...int) {
	for _, h := range halves {
		a.text = binary.LittleEndian.AppendUint16(a.text, uint16(h))
	}
}

func (a *asm) setFrame(f frameRow) {
	saved := make(map[int]int, len(f.saved))
	for r, o := range f.saved {
		saved[r] = o
	}
	a.frame = frameRow{at: len(a.text), cfa: f.cfa, saved: saved}
	row := frameRow{at: len(a.text), cfa: f.cfa, saved: saved}
	if last := &a.rows[len(a.rows)-1]; last.at == row.at {
		*last = row
	} else {
		a.rows = append(a.rows, row)
	}
}

func (a *asm) adjust(bytes int, save []int, restore []int) {
	f := frameRow{cfa: a.frame.cfa + bytes, saved: map[int]int{}}
	for r, o := range a.frame.saved {
		f.saved[r] = o
	}
	for i, r := range save {
		// The lowest register lies lowest: at the new sp, which is the CFA minus its distance.
		f.saved[r] = -f.cfa + 4*i
	}
	for _, r := range restore {
		delete(f.saved, r)
	}
	a.setFrame(f)
}

var regNames = map[string]int{"sp": 13, "lr": 14, "pc": 15, "ip": 12, "fp": 11}

func reg(s string) (int, error) {
	if n, ok := regNames[s]; ok {
		return n, nil
	}
	if strings.HasPrefix(s, "r") {
		if n, err := strconv.Atoi(s[1:]); err == nil && n >= 0 && n < 16 {
			return n, nil
		}
	}
	return 0, fmt.Errorf("not a register: %q", s)
}

func imm(s string) (int, error) {
	if !strings.HasPrefix(s, "#") {
		return 0, fmt.Errorf("not an immediate: %q", s)
	}
	n, err := strconv.ParseInt(s[1:], 0, 64)
	return int(n), err
}

func regList(s string) ([]int, error) {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "{") || !strings.HasSuffix(s, "}") {
		return nil, fmt.Errorf("not a register list: %q", s)
	}
	var mask uint16
	for _, p := range strings.Split(s[1:len(s)-1], ",") {
		lo, hi, span := strings.Cut(strings.TrimSpace(p), "-")
		l, err := reg(lo)
		if err != nil {
			return nil, err
		}
		h := l
		if span {
			if h, err = reg(hi); err != nil {
				return nil, err
			}
		}
		for r := l; r <= h; r++ {
			mask |= 1 << r
		}
	}
	var out []int
	for r := 0; r < 16; r++ {
		if mask>>r&1 == 1 {
			out = append(out, r)
		}
	}
	return out, nil
}

func regMask(list []int) (mask int) {
	for _, r := range list {
		mask |= 1 << r
	}
	return mask
}

// address parses "[rn]" and "[rn, #imm]".
func address(s string) (rn, off int, err error) {
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
		return 0, 0, fmt.Errorf("not an address: %q", s)
	}
	base, o, has := strings.Cut(s[1:len(s)-1], ",")
	if rn, err = reg(strings.TrimSpace(base)); err != nil {
		return
	}
	if has {
		off, err = imm(strings.TrimSpace(o))
	}
	if off < 0 || off > 4095 {
		err = fmt.Errorf("offset %d is outside 0..4095", off)
	}
	return
}

// modifiedImmediate encodes a T32 modified immediate (ARM ARM A6.3.2; of its forms the plain and the rotated one).
func modifiedImmediate(v uint32) (int, bool) {
	if v < 256 {
		return int(v), true
	}
	for rot := 8; rot < 32; rot++ {
		if x := bits.RotateLeft32(v, rot); x < 256 && x >= 128 {
			return rot<<7 | int(x&0x7F), true
		}
	}
	return 0, false
}

// wide12 spreads a 12-bit immediate over i, imm3 and imm8 of a 32-bit data-processing instruction.
func wide12(first, second, imm12 int) (int, int) {
	return first | imm12>>11&1<<10, second | imm12>>8&7<<12 | imm12&0xFF
}

func movw(first, rd, v int) (int, int) {
	a, b := wide12(first|v>>12&15, rd<<8, v&0xFFF)
	return a, b
}

// patchBranch writes the distance off (from the instruction's address plus 4) into a branch.
func patchBranch(text []byte, at, off int, kind byte) error {
	put := func(i, v int) { binary.LittleEndian.PutUint16(text[at+i:], uint16(v)) }
	get := func(i int) int { return int(binary.LittleEndian.Uint16(text[at+i:])) }
	s := off >> 31 & 1
	switch kind {
	case 'b', 'l':
		if off < -1<<24 || off >= 1<<24 {
			return fmt.Errorf("too far: %d", off)
		}
		j1, j2 := (off>>23&1)^s^1, (off>>22&1)^s^1
		put(0, 0xF000|s<<10|off>>12&0x3FF)
		put(2, get(2)&0xD000|j1<<13|j2<<11|off>>1&0x7FF)
	case 'c':
		if off < -1<<20 || off >= 1<<20 {
			return fmt.Errorf("too far: %d", off)
		}
		put(0, get(0)|s<<10|off>>12&0x3F)
		put(2, 0x8000|off>>18&1<<13|off>>19&1<<11|off>>1&0x7FF)
	case 'z':
		if off < 0 || off > 126 {
			return fmt.Errorf("cbz reaches 0..126 bytes forward, not %d", off)
		}
		put(0, get(0)|off>>6&1<<9|off>>1&0x1F<<3)
	}
	return nil
}
