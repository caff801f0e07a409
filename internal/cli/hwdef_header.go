package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/project"
	"armillary.dev/server/files"
)

// headerFlags are the command line of hwdef header.
type headerFlags struct{ check, stdout, force bool }

func newHwDefHeader(s streams) *cobra.Command {
	var f headerFlags
	cmd := &cobra.Command{
		Use:   "header PATH…",
		Short: "Write the C header of a hardware definition, or check it",
		Long: "Writes inc/hw/NAME.h beside each definition NAME.json, in the layout of the vendor's tool. A header that is current\n" +
			"is left alone, whichever tool wrote it; one that somebody has edited is only overwritten with --force.\n\n" +
			"A folder stands for the definitions below it that have a header, or say how it begins (MainCoreHeaderFileTopContent):\n" +
			"those for which 'armillary check' says AZS220 or AZS221. One that cannot be read does not keep the others from being\n" +
			"looked at.",
		Example: "  armillary hwdef header HardwareDefinitions/mt3620_rdb/sample_appliance.json\n" +
			"  armillary hwdef header --check .",
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
			exit := ExitOK
			note := func(current bool, err error) {
				var e *exitError
				switch {
				case errors.As(err, &e):
					fmt.Fprintln(s.err, "armillary:", inWords(e.err))
					exit = max(exit, e.code)
				case !current:
					exit = max(exit, ExitFindings)
				}
			}
			for _, a := range args {
				below, isDir, err := d.below(a)
				switch {
				case err != nil:
					note(false, err)
					continue
				case isDir && f.stdout:
					return fail(ExitUsage, "--stdout prints the header of one definition, and %s is a folder", a)
				case !isDir:
					below = []string{a}
				}
				for _, name := range below {
					note(d.header(name, f))
				}
			}
			if exit != ExitOK {
				return &exitError{code: exit}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; exit with 1 if a header is missing, stale or edited by hand")
	cmd.Flags().BoolVar(&f.stdout, "stdout", false, "print the header instead of writing it")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite a header that was edited by hand")
	return cmd
}

// below finds the definitions below a folder that are meant to have a header, as a user would write them.
func (d *definitions) below(arg string) (paths []string, isDir bool, err error) {
	name, err := d.places.add(arg)
	if err != nil {
		return nil, false, fail(ExitUsage, "%w", err)
	}
	info, err := fs.Stat(d.view, name)
	if err != nil || !info.IsDir() {
		return nil, false, nil // header says what is wrong with a file
	}
	found := project.TakeInventory(context.Background(), d.view, []string{name}, nil).Definitions
	for _, n := range found {
		def, err := d.open(n)
		if err != nil {
			continue // it has vanished since
		}
		if _, err := d.view.ReadFile(hwdef.HeaderPath(n)); len(def.Top) > 0 || !errors.Is(err, fs.ErrNotExist) {
			paths = append(paths, d.places.show(n))
		}
	}
	switch {
	case len(found) == 0:
		err = fail(ExitFailed, "there is no hardware definition in %s", arg)
	case len(paths) == 0:
		fmt.Fprintf(d.err, "%s in %s, none of which is meant to have a C header\n", plural(len(found), "hardware definition"), arg)
	}
	return paths, true, err
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
	text := hwdef.UpdateHeader(def, string(old))
	if err = os.MkdirAll(filepath.Dir(target), 0o755); err == nil {
		err = replaceFile(target, []byte(text))
	}
	if err != nil {
		return false, fail(ExitFailed, "%s: not written: %w", shown, bare(err))
	}
	if lost := hwdef.Lost(string(old), text); lost != "" {
		fmt.Fprintf(d.out, "%s: written, without %s\n", shown, lost)
	} else {
		fmt.Fprintf(d.out, "%s: written\n", shown)
	}
	return true, nil
}
