package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"armillary.dev/device/hwdef"
	"armillary.dev/server/files"
)

// portFlags are the command line of hwdef port.
type portFlags struct {
	to, out           string
	diff, json, force bool
}

func newHwDefPort(s streams) *cobra.Command {
	var f portFlags
	cmd := &cobra.Command{
		Use:   "port FILE --to BOARD|FILE",
		Short: "Rewrite a hardware definition for another board",
		Long: "Makes of FILE a definition that imports another board: every entry goes to the board's name for the same value, else\n" +
			"to the first free peripheral of its type, else it stays and is reported. Comments and layout stay as they are.\n\n" +
			"The new text is printed, or written with --out; what became of each entry goes to standard error. Exit code 1 says\n" +
			"that something found no place.",
		Example: "  armillary hwdef port --to seeed_mt3620_mdb --diff HardwareDefinitions/mt3620_rdb/sample_appliance.json\n" +
			"  armillary hwdef port --to avnet_mt3620_sk_rev2 --out HardwareDefinitions/sk2/sample_appliance.json my.json",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if f.to == "" {
				return fail(ExitUsage, "--to says which board; 'armillary hwdef boards' lists those that need no file")
			}
			if f.json && f.diff {
				return fail(ExitUsage, "--json and --diff exclude each other")
			}
			d, err := newDefinitions(s)
			if err != nil {
				return err
			}
			return d.port(args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.to, "to", "", "`BOARD` or definition file to port to")
	fl.StringVar(&f.out, "out", "", "write the new definition to `FILE`")
	fl.BoolVar(&f.diff, "diff", false, "print what changes instead of the new text")
	fl.BoolVar(&f.json, "json", false, "print what became of each entry as JSON")
	fl.BoolVar(&f.force, "force", false, "let --out overwrite a file")
	if err := cmd.RegisterFlagCompletionFunc("to", completeBoards); err != nil {
		panic(err)
	}
	return cmd
}

func (d *definitions) port(arg string, f portFlags) error {
	from, err := d.load(arg)
	if err != nil {
		return err
	}
	if from.Target.File == nil {
		return fail(ExitUsage, "%s is a board itself; port a definition that imports it", arg)
	}
	if err := d.sound(from.Target); err != nil {
		return err
	}
	to, err := d.load(f.to)
	if err != nil {
		return err
	}
	place := from.Target.Path
	if f.out != "" {
		if place, err = d.places.add(f.out); err != nil {
			return fail(ExitUsage, "--out: %w", err)
		}
	}
	ported := hwdef.Port(from, to, importPath(place, to.Target))
	src := from.Target.File.Src
	made, err := edited(src, ported.Edits)
	if err != nil {
		return fail(ExitFailed, "%s: %w", arg, err)
	}
	if f.out != "" {
		if err := d.writeNew(place, made, f.force); err != nil {
			return err
		}
	}
	if f.diff {
		a, b := filepath.ToSlash(d.places.show(from.Target.Path)), filepath.ToSlash(d.places.show(place))
		if _, err := d.out.Write(diff.Diff("a/"+a, []byte(src), "b/"+b, []byte(made))); err != nil {
			return fail(ExitFailed, "%w", err)
		}
	}
	if !f.diff && !f.json && f.out == "" {
		fmt.Fprint(d.out, made)
	}
	return d.moves(ported.Moves, f)
}

// importPath is how a definition at place imports another: by its bare name if the program knows it, else by the way
// there.
func importPath(place string, to *hwdef.Definition) string {
	if to.Embedded {
		return to.Path
	}
	rel, err := filepath.Rel(filepath.FromSlash(path.Dir(place)), filepath.FromSlash(to.Path))
	if err != nil { // on another drive
		return files.Path(to.Path)
	}
	return filepath.ToSlash(rel)
}

// writeNew writes a file, and does not overwrite one unless told to.
func (d *definitions) writeNew(name, made string, force bool) error {
	p := files.Path(name)
	if _, err := os.Lstat(p); !force && !errors.Is(err, fs.ErrNotExist) {
		return fail(ExitUsage, "%s is there already; --force overwrites it", d.places.show(name))
	}
	err := os.MkdirAll(filepath.Dir(p), 0o755)
	if err == nil {
		err = replaceFile(p, []byte(made))
	}
	if err != nil {
		return fail(ExitFailed, "%s: not written: %w", d.places.show(name), bare(err))
	}
	return nil
}

// moves tells what became of the entries.
func (d *definitions) moves(moves []hwdef.Move, f portFlags) error {
	type row struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Result string `json:"result"`
		From   string `json:"from,omitempty"`
		To     string `json:"to,omitempty"`
		Value  string `json:"value,omitempty"`
		Now    string `json:"now,omitempty"`
		Why    string `json:"why,omitempty"`
	}
	list := []row{}
	var count [3]int
	var table [][]string
	for _, m := range moves {
		count[m.Kind]++
		p := m.Peripheral
		list = append(list, row{p.Name, p.Type, m.Kind.String(), m.From, m.To, m.Value.Text, m.Now.Text, m.Why})
		switch m.Kind {
		case hwdef.Substituted:
			table = append(table, []string{p.Name, fmt.Sprintf("%s instead of %s", hwdef.Claim{Field: p.Type, Value: m.Now}, hwdef.Claim{Field: p.Type, Value: m.Value}), m.To})
		case hwdef.Kept:
			table = append(table, []string{p.Name, "kept: " + m.Why, m.To})
		}
	}
	if f.json {
		if err := printJSON(d.out, list); err != nil {
			return fail(ExitFailed, "%w", err)
		}
	} else if err := inColumns(d.err, table); err != nil {
		return fail(ExitFailed, "%w", err)
	}
	fmt.Fprintf(d.err, "%s: %d with the same value, %d substituted, %d kept\n", plural(len(moves), "peripheral"),
		count[hwdef.SameValue], count[hwdef.Substituted], count[hwdef.Kept])
	if count[hwdef.Kept] > 0 {
		return &exitError{code: ExitFindings}
	}
	return nil
}
