package hwdef

import (
	"embed"
	"errors"
	"io/fs"
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

// boards have the definitions by file name, the chip's among them; each is made when it is first asked for.
var boards = sync.OnceValue(func() map[string]func() *Definition {
	all := map[string]func() *Definition{ChipFile: Chip}
	entries, err := boardTables.ReadDir("boards")
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, e := range entries {
		file := strings.TrimSuffix(e.Name(), ".tsv") + ".json"
		all[file] = sync.OnceValue(func() *Definition {
			text, err := boardTables.ReadFile("boards/" + e.Name())
			if err != nil {
				panic(err)
			}
			return readBoard(file, string(text), all)
		})
	}
	return all
})

// readBoard reads the table of one of all boards.
func readBoard(file, text string, all map[string]func() *Definition) *Definition {
	d := &Definition{Path: file, Embedded: true}
	comments := map[string]string{} // a board's peripheral is described by what the chip has there
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		f := strings.Split(strings.TrimSuffix(line, "\r"), "\t")
		switch {
		case len(f) != 3:
			panic(file + ": line " + strconv.Itoa(i+1) + " has no three columns")
		case i == 0:
			d.Name, d.Imports = f[0], []Import{{Path: f[2]}}
			d.Top = []string{notice, "", "// " + d.Name + ": every name that the board gives to a peripheral."}
			if below := all[f[2]]; below != nil {
				for _, p := range below().Peripherals {
					comments[p.Name] = p.Comment
				}
			}
		default:
			d.Peripherals = append(d.Peripherals, &Peripheral{Name: f[0], Type: f[1], Mapping: f[2], Comment: comments[f[2]], File: d})
		}
	}
	return d
}

// Board returns the definition of the chip or of a board that SDKs ship, by its file name, as "mt3620_rdb.json"; nil for
// others. It has no text, so its peripherals have no place. It must not be changed (facts/manifest.md 2.2).
func Board(file string) *Definition {
	if read := boards()[file]; read != nil {
		return read()
	}
	return nil
}

// BoardNamed returns the board or chip with a name, with or without ".json"; nil if there is none.
func BoardNamed(name string) *Definition { return Board(strings.TrimSuffix(name, ".json") + ".json") }

// Choose returns the name that a definition is opened by which a user names, in an option or a configuration, by its file or
// as a board: that of the file, or where no such file is and a board is called as given, the board's.
func Choose(fsys fs.FS, file, given string) string {
	board := BoardNamed(given)
	if board == nil {
		return file
	}
	if info, err := fs.Stat(fsys, file); err == nil && !info.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return file
	}
	return board.Path
}

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
