package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"armillary.dev/device/hwdef"
)

func newHwDefPins(s streams) *cobra.Command {
	var free, asJSON bool
	cmd := &cobra.Command{
		Use:   "pins [FILE|BOARD]",
		Short: "Show the pins of the chip, a board or a definition",
		Long: "Prints every GPIO of the MT3620 with its package pin, the block it shares with others, what else its pin can be, and\n" +
			"the names it has in the definition and its imports. What a controller takes is marked with it: an ISU that the\n" +
			"definition uses as UART takes all its pins. --free leaves out what the definition itself takes.",
		Example: "  armillary hwdef pins mt3620_rdb\n" +
			"  armillary hwdef pins --free HardwareDefinitions/mt3620_rdb/sample_appliance.json",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeBoards,
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := newDefinitions(s)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				if free {
					return fail(ExitUsage, "--free needs a definition or board: the chip itself uses none of its pins")
				}
				args = []string{hwdef.ChipFile}
			}
			set, err := d.load(args[0])
			if err != nil {
				return err
			}
			rows := hwdef.PinTable(set)
			if free {
				rows = slices.DeleteFunc(rows, func(r hwdef.PinRow) bool { return !r.Free })
			}
			if asJSON {
				return d.pinsJSON(rows)
			}
			return d.pins(set, rows)
		},
	}
	cmd.Flags().BoolVar(&free, "free", false, "only pins that the definition does not take")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// pins prints a table.
func (d *definitions) pins(set *hwdef.Set, rows []hwdef.PinRow) error {
	table := [][]string{{"GPIO", "PIN", "BLOCK", "ALSO", "NAMES"}}
	for _, r := range rows {
		pin := "-"
		if r.Package > 0 {
			pin = strconv.Itoa(r.Package)
		}
		also := slices.Clone(r.Functions[1:])
		if r.Interrupt != "" {
			also = append(also, r.Interrupt)
		}
		var names []string
		for _, p := range r.Names {
			if set.Target.IsChip() || !p.File.IsChip() {
				names = append(names, p.Name)
			}
		}
		for _, p := range r.Takers {
			names = append(names, p.Name+" ("+p.Type+")")
		}
		table = append(table, []string{strconv.Itoa(r.GPIO), pin, r.Block.Name, strings.Join(also, " "), strings.Join(names, " ")})
	}
	return inColumns(d.out, table)
}

func (d *definitions) pinsJSON(rows []hwdef.PinRow) error {
	type row struct {
		GPIO      int      `json:"gpio"`
		Package   int      `json:"package,omitempty"`
		Block     string   `json:"block"`
		Functions []string `json:"functions"`
		Interrupt string   `json:"interrupt,omitempty"`
		Names     []string `json:"names"`
		TakenBy   []string `json:"takenBy"`
		Free      bool     `json:"free"`
	}
	list := []row{}
	for _, r := range rows {
		o := row{r.GPIO, r.Package, r.Block.Name, r.Functions, r.Interrupt, []string{}, []string{}, r.Free}
		for _, p := range r.Names {
			o.Names = append(o.Names, p.Name)
		}
		for _, p := range r.Takers {
			o.TakenBy = append(o.TakenBy, p.Name)
		}
		list = append(list, o)
	}
	return printJSON(d.out, list)
}
