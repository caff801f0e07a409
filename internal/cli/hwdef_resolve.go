package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/rule"
	"armillary.dev/server/files"
)

func newHwDefResolve(s streams) *cobra.Command {
	var from, app string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "resolve NAME…",
		Short: "Follow peripheral names to what the device takes",
		Long: "Prints for each NAME, with or without its $, the chain of mappings, the value that the packer writes into the\n" +
			"manifest, and the value of the C macro. The definition is --hwdef, or else the one of the app in --app (default: the\n" +
			"working directory). Exit code 1 says that a name leads to nothing.",
		Example: "  armillary hwdef resolve SAMPLE_LED\n" +
			"  armillary hwdef resolve --hwdef mt3620_rdb MT3620_RDB_LED1_RED",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from != "" && cmd.Flags().Changed("app") {
				return fail(ExitUsage, "--hwdef and --app exclude each other: both say which definition")
			}
			d, err := newDefinitions(s)
			if err != nil {
				return err
			}
			set, err := d.definitionOf(from, app)
			if err != nil {
				return err
			}
			return d.resolve(set, args, asJSON)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&from, "hwdef", "", "definition `FILE` or board")
	fl.StringVar(&app, "app", ".", "folder of the app `DIR` whose definition is used")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	if err := cmd.RegisterFlagCompletionFunc("hwdef", completeBoards); err != nil {
		panic(err)
	}
	return cmd
}

// definitionOf is the definition that the user named, or that of an app.
func (d *definitions) definitionOf(from, dir string) (*hwdef.Set, error) {
	if from != "" {
		return d.load(from)
	}
	app, err := openApp(d.view, dir, "")
	if err != nil {
		return nil, err
	}
	if app.Definitions == nil {
		why := app.NoDefinitions.Why
		if !strings.Contains(why, "--hwdef") {
			why += "; name a definition with --hwdef"
		}
		return nil, fail(ExitFailed, "%s: %s", relative(files.Path(app.Dir)), why)
	}
	return app.Definitions, nil
}

// resolved is the answer about one name.
type resolved struct {
	Name    string  `json:"name"`
	Status  string  `json:"status"`
	Type    string  `json:"type,omitempty"`
	Value   any     `json:"value,omitempty"`  // as the manifest has it
	Header  string  `json:"header,omitempty"` // value of the C macro
	Chain   []step  `json:"chain"`
	Package int     `json:"package,omitempty"` // pin of the package, for a GPIO
	Block   string  `json:"block,omitempty"`
	Also    *string `json:"didYouMean,omitempty"`
}

// step is one name of a chain.
type step struct {
	Name string `json:"name"`
	Type string `json:"type"`
	File string `json:"file"`
}

// statuses name what became of a resolution, for programs.
var statuses = map[hwdef.Status]string{hwdef.Resolved: "resolved", hwdef.Unknown: "unknown", hwdef.NotChecked: "not checked",
	hwdef.Constant: "constant", hwdef.Dangling: "dangling", hwdef.Cycle: "cycle"}

func (d *definitions) resolve(set *hwdef.Set, names []string, asJSON bool) error {
	var all []string
	for _, p := range set.Peripherals() {
		all = append(all, p.Name)
	}
	var list []resolved
	failed := false
	for i, name := range names {
		name = strings.TrimPrefix(name, "$")
		r := set.Resolve(name)
		o := resolved{Name: name, Status: statuses[r.Status], Type: r.Type, Chain: []step{}}
		for _, p := range r.Chain {
			o.Chain = append(o.Chain, step{p.Name, p.Type, d.place(p)})
		}
		said := d.verdict(&o, r, set)
		if r.Status == hwdef.Unknown {
			if near := rule.Nearest(name, all); len(near) > 0 {
				o.Also = &near[0]
				said += "; did you mean " + near[0] + "?"
			}
		}
		failed = failed || r.Status != hwdef.Resolved && r.Status != hwdef.Constant
		list = append(list, o)
		if asJSON {
			continue
		}
		if i > 0 {
			fmt.Fprintln(d.out)
		}
		fmt.Fprintf(d.out, "%s: %s\n", name, said)
		var rows [][]string
		for _, s := range o.Chain {
			rows = append(rows, []string{" ", s.Name, s.Type, s.File})
		}
		if err := inColumns(d.out, rows); err != nil {
			return fail(ExitFailed, "%w", err)
		}
	}
	if asJSON {
		if err := printJSON(d.out, list); err != nil {
			return fail(ExitFailed, "%w", err)
		}
	}
	if failed {
		return &exitError{code: ExitFindings}
	}
	return nil
}

// verdict says where a name leads, in words and in o.
func (d *definitions) verdict(o *resolved, r hwdef.Resolution, set *hwdef.Set) string {
	target := set.Target.Display(d.places.show)
	if len(r.Chain) > 0 {
		o.Header = r.Chain[len(r.Chain)-1].HeaderValue
	}
	switch r.Status {
	case hwdef.Resolved:
		said := hwdef.Claim{Field: r.Type, Value: r.Value}.String()
		o.Value = r.Value.Text
		if n, err := strconv.Atoi(r.Value.Text); err == nil && r.Value.Number {
			o.Value = n
			if pin, ok := hwdef.PinOf(n); ok && r.Type == hwdef.Gpio {
				o.Package, o.Block = pin.Package, pin.Block.Name
				if pin.Package > 0 {
					said += fmt.Sprintf(", package pin %d", pin.Package)
				}
				said += ", block " + pin.Block.Name
			}
		}
		if o.Header != "" {
			said += ", in C " + o.Header
		}
		return said
	case hwdef.Constant:
		return "a constant for C, " + o.Header + "; a manifest cannot name it"
	case hwdef.Cycle:
		return "maps to itself"
	case hwdef.Dangling:
		last := r.Chain[len(r.Chain)-1]
		if last.Mapping != "" {
			return "maps to " + last.Mapping + ", which no file has"
		}
		return last.Name + " has no value for the manifest"
	case hwdef.NotChecked:
		return "not known; it may be in an import that was not found"
	}
	return target + " has no such name"
}
