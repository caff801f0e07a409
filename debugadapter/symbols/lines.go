package symbols

import (
	"debug/dwarf"
	"sort"
)

// lineRow is a row of the line table, 16 bytes.
type lineRow struct {
	addr   uint32
	line   uint32
	file   int32
	column uint16
	flags  uint8
}

const (
	rowStmt uint8 = 1 << iota
	rowPrologueEnd
	rowEnd
)

// lineTable is a unit's rows, sorted by address; each sequence ends with a rowEnd row.
type lineTable struct {
	files []string // by the compiler's numbering; "" where there is none
	rows  []lineRow
}

// maxRows bounds a line table: a program of a few bytes can ask for any number of rows.
const maxRows = 16 << 20

// lineFiles reads only the header of the unit's line program.
func (u *Unit) lineReader() *dwarf.LineReader {
	u.loadRoot()
	if u.root == nil {
		return nil
	}
	var lr *dwarf.LineReader
	_ = guard(u.File.Name, func() (err error) {
		lr, err = u.info.data.LineReader(u.root.Entry)
		return err
	})
	return lr
}

func fileNames(files []*dwarf.LineFile) []string {
	out := make([]string, len(files))
	for i, f := range files {
		if f != nil {
			out[i] = cleanPath(f.Name)
		}
	}
	return out
}

// lineTable reads the unit's rows.
func (u *Unit) lineTable() *lineTable {
	u.lineOnce.Do(func() {
		lr := u.lineReader()
		if lr == nil {
			return
		}
		_ = guard(u.File.Name, func() error { return u.lines.read(lr, u.File.codeStart()) })
	})
	return &u.lines
}

func (t *lineTable) read(lr *dwarf.LineReader, lowest uint32) error {
	t.files = fileNames(lr.Files())
	index := map[*dwarf.LineFile]int32{}
	for i, f := range lr.Files() {
		if _, ok := index[f]; !ok && f != nil {
			index[f] = int32(i)
		}
	}
	type seq struct{ start, end int }
	var seqs []seq
	start := 0
	var rows []lineRow
	var e dwarf.LineEntry
	var err error
	for len(rows) < maxRows {
		if err = lr.Next(&e); err != nil {
			break // io.EOF, or a fault: what was read so far still serves
		}
		r := lineRow{addr: uint32(e.Address), line: uint32(e.Line)}
		if e.File != nil {
			k, ok := index[e.File]
			if !ok { // defined in the middle of the program
				k = int32(len(t.files))
				index[e.File] = k
				t.files = append(t.files, cleanPath(e.File.Name))
			}
			r.file = k
		}
		if e.Column > 0 && e.Column < 1<<16 {
			r.column = uint16(e.Column)
		}
		if e.IsStmt {
			r.flags |= rowStmt
		}
		if e.PrologueEnd {
			r.flags |= rowPrologueEnd
		}
		if e.EndSequence {
			r.flags = rowEnd
		}
		rows = append(rows, r)
		if e.EndSequence {
			if rows[start].addr >= lowest && e.Address <= 1<<32-1 && len(rows)-start > 1 {
				s := rows[start:]
				sort.SliceStable(s, func(i, j int) bool {
					if s[i].addr != s[j].addr {
						return s[i].addr < s[j].addr
					}
					return s[i].flags&rowEnd < s[j].flags&rowEnd
				})
				seqs = append(seqs, seq{start, len(rows)})
				start = len(rows)
			} else {
				rows = rows[:start] // thrown away by the linker
			}
		}
	}
	sort.SliceStable(seqs, func(i, j int) bool { return rows[seqs[i].start].addr < rows[seqs[j].start].addr })
	t.rows = make([]lineRow, 0, start)
	for _, s := range seqs {
		t.rows = append(t.rows, rows[s.start:s.end]...)
	}
	return nil
}

// spans are the address ranges of the sequences.
func (t *lineTable) spans() []Range {
	var out []Range
	lo := -1
	for i, r := range t.rows {
		if lo < 0 {
			lo = i
		}
		if r.flags&rowEnd != 0 {
			if r.addr > t.rows[lo].addr {
				out = append(out, Range{t.rows[lo].addr, r.addr})
			}
			lo = -1
		}
	}
	return out
}

// at returns the index of the row that describes addr, or -1. Of several rows at one address the last is meant, and
// among those the last statement when there is one.
func (t *lineTable) at(addr uint32) int {
	i := sort.Search(len(t.rows), func(i int) bool { return t.rows[i].addr > addr }) - 1
	if i < 0 || t.rows[i].flags&rowEnd != 0 {
		return -1
	}
	best := i
	for k := i; k >= 0 && t.rows[k].addr == t.rows[i].addr && t.rows[k].flags&rowEnd == 0; k-- {
		if t.rows[k].flags&rowStmt != 0 {
			return k
		}
	}
	return best
}

// end is the address where the row's block ends: that of the next row with a higher address.
func (t *lineTable) end(i int) int {
	k := i + 1
	for k < len(t.rows) && t.rows[k].addr == t.rows[i].addr && t.rows[k].flags&rowEnd == 0 {
		k++
	}
	return k
}

func (t *lineTable) line(r lineRow) Line {
	l := Line{Line: int(r.line), Column: int(r.column)}
	if int(r.file) < len(t.files) && r.file >= 0 {
		l.File = t.files[r.file]
	}
	return l
}

// Line returns the source line of pc; false where there is none (no debug information, or line 0: code that the
// compiler made up).
func (m *Image) Line(pc uint32) (Line, bool) {
	a := pc - m.Bias
	u := m.unitAt(a)
	if u == nil {
		return Line{}, false
	}
	t := u.lineTable()
	i := t.at(a)
	if i < 0 || t.rows[i].line == 0 {
		return Line{}, false
	}
	return t.line(t.rows[i]), true
}

// StepRange returns the contiguous addresses around pc that belong to its source line, within one function. A step
// runs until the PC leaves it. False where no line is known.
func (m *Image) StepRange(pc uint32) (Range, Line, bool) {
	a := pc - m.Bias
	u := m.unitAt(a)
	if u == nil {
		return Range{}, Line{}, false
	}
	t := u.lineTable()
	i := t.at(a)
	if i < 0 || t.rows[i].line == 0 {
		return Range{}, Line{}, false
	}
	row := t.rows[i]
	same := func(k int) bool {
		return k >= 0 && t.rows[k].flags&rowEnd == 0 && t.rows[k].line == row.line && t.rows[k].file == row.file
	}
	lo := row.addr
	for k := i - 1; k >= 0 && t.rows[k].flags&rowEnd == 0; k-- {
		j := t.at(t.rows[k].addr)
		if j < 0 || !same(j) {
			break
		}
		lo = t.rows[k].addr
	}
	k := t.end(i)
	for k < len(t.rows) && t.rows[k].flags&rowEnd == 0 && same(t.at(t.rows[k].addr)) {
		k = t.end(k)
	}
	if k >= len(t.rows) {
		return Range{}, Line{}, false
	}
	r := Range{lo, t.rows[k].addr}
	if f := u.functionAt(a); f != nil {
		for _, fr := range f.ranges {
			if fr.Contains(a) {
				r.Low, r.High = max(r.Low, fr.Low), min(r.High, fr.High)
			}
		}
	}
	return m.bias(r), t.line(row), true
}

// LineRanges returns all addresses of pc's function, inlined bodies included, that belong to the given line.
// A step that must not stop inside a line that was split into pieces uses them all.
func (m *Image) LineRanges(pc uint32, line Line) []Range {
	a := pc - m.Bias
	u := m.unitAt(a)
	if u == nil {
		return nil
	}
	f := u.functionAt(a)
	t := u.lineTable()
	var out []Range
	for i, r := range t.rows {
		if r.flags&rowEnd != 0 || int(r.line) != line.Line || t.at(r.addr) != i || t.line(r).File != line.File {
			continue
		}
		if f != nil && !f.contains(r.addr) {
			continue
		}
		e := t.end(i)
		if e >= len(t.rows) || t.rows[e].addr <= r.addr {
			continue
		}
		nr := m.bias(Range{r.addr, t.rows[e].addr})
		if n := len(out); n > 0 && out[n-1].High == nr.Low {
			out[n-1].High = nr.High
		} else {
			out = append(out, nr)
		}
	}
	return out
}

// Rows returns the line table rows in [r.Low, r.High), by address.
func (m *Image) Rows(r Range) []Row {
	u := m.unitAt(r.Low - m.Bias)
	if u == nil {
		return nil
	}
	t := u.lineTable()
	lo := r.Low - m.Bias
	var out []Row
	for i := sort.Search(len(t.rows), func(i int) bool { return t.rows[i].addr >= lo }); i < len(t.rows); i++ {
		w := t.rows[i]
		if w.addr+m.Bias >= r.High {
			break
		}
		out = append(out, Row{Addr: w.addr + m.Bias, Line: t.line(w), IsStmt: w.flags&rowStmt != 0,
			PrologueEnd: w.flags&rowPrologueEnd != 0, End: w.flags&rowEnd != 0})
	}
	return out
}
