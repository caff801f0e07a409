package hwdef

import (
	"embed"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The SDK's boards as tables; boards/README.md says where each comes from.
//
//go:embed boards/*.tsv
var boardTables embed.FS

// boards are the definitions by file name, the chip's among them.
var boards = sync.OnceValue(func() map[string]*Definition {
	all := map[string]*Definition{ChipFile: Chip()}
	entries, err := boardTables.ReadDir("boards")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, e := range entries {
		text, err := boardTables.ReadFile("boards/" + e.Name())
		if err != nil {
			panic(err)
		}
		d := readBoard(strings.TrimSuffix(e.Name(), ".tsv")+".json", string(text))
		all[d.Path] = d
	}
	// A board's peripheral is described by what the chip has there.
	for _, d := range all {
		for _, p := range d.Peripherals {
			if p.Mapping != "" {
				p.Comment = boardComment(all, d, p)
			}
		}
	}
	return all
})

// readBoard reads one table.
func readBoard(file, text string) *Definition {
	d := &Definition{Path: file, Embedded: true}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		f := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		switch {
		case len(f) != 3:
			panic(file + ": line " + strconv.Itoa(i+1) + " has no three columns")
		case i == 0:
			d.Name, d.Imports = f[0], []Import{{Path: f[2]}}
			d.Top = []string{notice, "", "// " + d.Name + ": every name that the board gives to a peripheral."}
		default:
			d.Peripherals = append(d.Peripherals, &Peripheral{Name: f[0], Type: f[1], Mapping: f[2], File: d})
		}
	}
	return d
}

// boardComment is the comment of what a name finally stands for.
func boardComment(all map[string]*Definition, d *Definition, p *Peripheral) string {
	for p.Mapping != "" && len(d.Imports) > 0 {
		if d = all[d.Imports[0].Path]; d == nil {
			break
		}
		at := slices.IndexFunc(d.Peripherals, func(q *Peripheral) bool { return q.Name == p.Mapping })
		if at < 0 {
			break
		}
		p = d.Peripherals[at]
	}
	return p.Comment
}

// Board returns the definition of the chip or of a board that SDKs ship, by its file name, as "mt3620_rdb.json"; nil for
// others. It has no text, so its peripherals have no place. It must not be changed (facts/manifest.md 2.2).
func Board(file string) *Definition { return boards()[file] }

// Boards returns the file names of the boards, sorted; the chip's is not among them.
func Boards() []string {
	var names []string
	for name := range boards() {
		if name != ChipFile {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// builtin returns the definition that stands in for a file which is not there, or nil.
func builtin(name string) *Definition { return Board(path.Base(name)) }
