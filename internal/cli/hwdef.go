package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

func init() { commands["hwdef"] = newHwDef }

func newHwDef(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hwdef",
		Short: "Hardware definitions: C headers, pins, boards, porting",
		Long: "Works with hardware definitions, the JSON files that give peripherals names. The MT3620's own and those of the boards\n" +
			"that SDKs ship are known to the program; 'armillary check' holds a definition against the rules.\n\n" +
			"Exit codes: 0 done; 1 a header is not current, or a name or an entry leads nowhere; 2 wrong usage; 3 a file could\n" +
			"not be read or written.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHwDefBoards(s), newHwDefHeader(s), newHwDefPins(s), newHwDefPort(s), newHwDefResolve(s))
	return cmd
}

// definitions reads hardware definitions for a command.
type definitions struct {
	streams
	places places
	view   files.Overlay
}

func newDefinitions(s streams) (*definitions, error) {
	d := &definitions{streams: s, view: files.Overlay{Disk: files.NewDisk()}}
	if err := d.places.start(); err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	return d, nil
}

// open reads one definition by its name in the view.
func (d *definitions) open(name string) (*hwdef.Definition, error) {
	data, err := d.view.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return hwdef.Read(name, jsonc.Parse(data)), nil
}

// load reads what the user named, a file or a board, with its imports.
func (d *definitions) load(arg string) (*hwdef.Set, error) {
	name, err := d.places.add(arg)
	if err != nil {
		return nil, fail(ExitUsage, "%w", err)
	}
	set, err := hwdef.Load(name, d.open, searchDirs())
	if board := hwdef.BoardNamed(arg); errors.Is(err, fs.ErrNotExist) && board != nil {
		set, err = hwdef.Load(board.Path, d.open, searchDirs())
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail(ExitFailed, "%s: there is no such file and no such board; 'armillary hwdef boards' lists the boards", arg)
	case err != nil:
		return nil, fail(ExitFailed, "%s: %w", arg, bare(err))
	case set.Target.File != nil && !hwdef.Is(set.Target.File):
		return nil, fail(ExitFailed, "%s is no hardware definition", arg)
	}
	for _, m := range set.Missing {
		fmt.Fprintf(d.err, "armillary: %s, which %s imports, was not found; names behind it are not known\n", m.Import.Path, m.From.Display(d.places.show))
	}
	return set, nil
}

// sound refuses a definition whose text is no JSON: what would be made of it would be a guess.
func (d *definitions) sound(def *hwdef.Definition) error {
	if def.File == nil {
		return nil
	}
	for _, e := range def.File.Errors {
		if !e.Code.Tolerated() {
			line, col := jsonc.NewLines(def.File.Src).Runes(e.Start)
			return fail(ExitFailed, "%s%s: %s; mend it first ('armillary check' says more)", def.Display(d.places.show), position(line, col), e.Msg)
		}
	}
	return nil
}

// place is where a peripheral stands: "hw/board.json:12", or the file alone if it comes with the program.
func (d *definitions) place(p *hwdef.Peripheral) string {
	shown := p.File.Display(d.places.show)
	if p.Node == nil {
		return shown
	}
	line, _ := jsonc.NewLines(p.File.File.Src).Runes(p.Node.Start)
	return fmt.Sprintf("%s:%d", shown, line+1)
}

// edited applies edits of a definition's own text.
func edited(src string, edits []rule.Edit) (string, error) {
	var list []text.Edit
	for _, e := range edits {
		list = append(list, text.Edit{Start: e.Span.Start, End: e.Span.End, New: e.New})
	}
	out, skipped := text.Apply(src, list)
	if len(skipped) > 0 {
		return "", errors.New("the changes do not fit together; nothing is written")
	}
	return out, nil
}

// inColumns prints rows under each other, without space at the ends of lines.
func inColumns(w io.Writer, rows [][]string) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(t, strings.Join(r, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

func newHwDefBoards(s streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "boards",
		Short:   "List the boards that the program knows",
		Long:    "Lists the definitions that SDKs ship. They can be imported, named as TARGET_DEFINITION and given to the other commands\nwithout an SDK; a file of the same name beside the definition or in an SDK comes first.",
		Example: "  armillary hwdef boards",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			type row struct {
				File    string   `json:"file"`
				Name    string   `json:"name"`
				Imports []string `json:"imports"`
				Names   int      `json:"names"`
			}
			var rows []row
			table := [][]string{}
			for _, file := range append([]string{hwdef.ChipFile}, hwdef.Boards()...) {
				b := hwdef.Board(file)
				r := row{file, b.Name, []string{}, len(b.Peripherals)}
				for _, i := range b.Imports {
					r.Imports = append(r.Imports, i.Path)
				}
				rows = append(rows, r)
				table = append(table, []string{strings.TrimSuffix(file, path.Ext(file)), plural(r.Names, "name"), r.Name})
			}
			if asJSON {
				return printJSON(s.out, rows)
			}
			return inColumns(s.out, table)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// completeBoards completes the names of boards beside files.
func completeBoards(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, file := range append([]string{hwdef.ChipFile}, hwdef.Boards()...) {
		names = append(names, strings.TrimSuffix(file, path.Ext(file))+"\t"+hwdef.Board(file).Name)
	}
	return names, cobra.ShellCompDirectiveDefault
}

// boardFiles are the definitions and headers of the boards as an SDK has them, by path below its HardwareDefinitions.
func boardFiles() map[string]string {
	files := map[string]string{}
	for _, name := range hwdef.Boards() {
		board := hwdef.Board(name)
		files[name] = hwdef.Text(board)
		files[hwdef.HeaderPath(name)] = hwdef.Header(board)
	}
	return files
}
