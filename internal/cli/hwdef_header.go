package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"armillary.dev/device/hwdef"
	"armillary.dev/server/files"
)

// headerFlags are the command line of hwdef header.
type headerFlags struct{ check, stdout, force bool }

func newHwDefHeader(s streams) *cobra.Command {
	var f headerFlags
	cmd := &cobra.Command{
		Use:   "header FILE…",
		Short: "Write the C header of a hardware definition, or check it",
		Long: "Writes inc/hw/NAME.h beside each definition NAME.json, in the layout of the vendor's tool. A header that is current\n" +
			"is left alone, whichever tool wrote it; one that somebody has edited is only overwritten with --force.",
		Example: "  armillary hwdef header HardwareDefinitions/mt3620_rdb/sample_appliance.json\n" +
			"  armillary hwdef header --check HardwareDefinitions/*/*.json",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if f.stdout && (f.check || f.force) {
				return fail(ExitUsage, "--stdout prints the header and does nothing else; it goes with neither --check nor --force")
			}
			if f.stdout && len(args) > 1 {
				return fail(ExitUsage, "--stdout prints one header, not %d", len(args))
			}
			if f.check && f.force {
				return fail(ExitUsage, "--check writes nothing, so there is nothing to --force")
			}
			d, err := newDefinitions(s)
			if err != nil {
				return err
			}
			old := 0
			for _, a := range args {
				current, err := d.header(a, f)
				if err != nil {
					return err
				}
				if !current {
					old++
				}
			}
			if old > 0 {
				return &exitError{code: ExitFindings}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; exit with 1 if a header is missing, stale or edited by hand")
	cmd.Flags().BoolVar(&f.stdout, "stdout", false, "print the header instead of writing it")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite a header that was edited by hand")
	return cmd
}

// header writes, checks or prints the header of one definition. It is false for a header that is not current afterwards.
func (d *definitions) header(arg string, f headerFlags) (current bool, err error) {
	name, err := d.places.add(arg)
	if err != nil {
		return false, fail(ExitUsage, "%w", err)
	}
	def, err := d.open(name)
	switch {
	case err != nil:
		return false, fail(ExitFailed, "%s: %w", arg, bare(err))
	case !hwdef.Is(def.File):
		return false, fail(ExitFailed, "%s is no hardware definition", arg)
	}
	if err := d.sound(def); err != nil {
		return false, err
	}
	if f.stdout {
		fmt.Fprint(d.out, hwdef.Header(def))
		return true, nil
	}
	header := hwdef.HeaderPath(name)
	old, err := d.view.ReadFile(header)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fail(ExitFailed, "%s: %w", d.places.show(header), bare(err))
	}
	state := hwdef.CompareHeader(def, string(old), err == nil)
	shown := d.places.show(header)
	switch {
	case state == hwdef.HeaderCurrent || f.check:
		fmt.Fprintf(d.out, "%s: %s\n", shown, state)
		return state == hwdef.HeaderCurrent, nil
	case state == hwdef.HeaderEdited && !f.force:
		fmt.Fprintf(d.err, "armillary: %s: edited by hand; look what would be lost, then overwrite it with --force\n", shown)
		return false, nil
	}
	target := files.Path(header)
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real // a link stays a link
	}
	if err = os.MkdirAll(filepath.Dir(target), 0o755); err == nil {
		err = replaceFile(target, []byte(hwdef.UpdateHeader(def, string(old))))
	}
	if err != nil {
		return false, fail(ExitFailed, "%s: not written: %w", shown, bare(err))
	}
	fmt.Fprintf(d.out, "%s: written\n", shown)
	return true, nil
}
