package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/internal/cli/format"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

func init() { commands = append(commands, newCheck) }

// checkFlags are the command line of check.
type checkFlags struct {
	hwdef  string
	format string
	failOn string
	strict bool
	hints  bool
	fix    bool
	diff   bool
}

func newCheck(s streams) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [PATH…]",
		Short: "Check app manifests and hardware definitions",
		Long: "Checks every app manifest and hardware definition at or below each PATH (default: the working directory) against\n" +
			"the rules that the editor uses. Files are recognised by their content. 'armillary explain CODE' says more about a\n" +
			"finding.\n\n" +
			"Exit codes: 0 nothing found at or above --fail-on; 1 something was; 2 wrong usage; 3 a file could not be read, or\n" +
			"there was nothing to check.",
		Example: "  armillary check\n" +
			"  armillary check --strict --fail-on warning apps/\n" +
			"  armillary check --fix app_manifest.json\n" +
			"  armillary check --format json > findings.json",
		RunE: func(cmd *cobra.Command, args []string) error { return runCheck(s, f, args) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.hwdef, "hwdef", "", "hardware definition `FILE` for every app, instead of what its CMakeLists.txt names")
	fl.StringVar(&f.format, "format", "text", "text, short or json")
	fl.StringVar(&f.failOn, "fail-on", "error", "least severity that gives exit code 1: error, warning or info")
	fl.BoolVar(&f.strict, "strict", false, "report what is tolerated but not clean as errors")
	fl.BoolVar(&f.hints, "hints", false, "print hints too (json always has them)")
	fl.BoolVar(&f.fix, "fix", false, "apply the safe fixes, then report what is left")
	fl.BoolVar(&f.diff, "diff", false, "print what --fix would change, and change nothing")
	for flag, values := range map[string][]string{"format": format.Names(), "fail-on": {"error", "warning", "info"}} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err)
		}
	}
	return cmd
}

// checkRun is one run of check.
type checkRun struct {
	streams
	flags  checkFlags
	places places
	view   files.Overlay
	opt    project.Options
	names  []string // what to check, as names of the view
}

func runCheck(s streams, f checkFlags, args []string) error {
	out, err := format.ByName(f.format)
	if err != nil {
		return fail(ExitUsage, "--format: %w", err)
	}
	failOn, err := severity(f.failOn)
	if err != nil {
		return fail(ExitUsage, "--fail-on: %w", err)
	}
	if f.fix && f.diff {
		return fail(ExitUsage, "--fix and --diff exclude each other: --diff shows what --fix would do")
	}
	r, err := newCheckRun(s, f, args)
	if err != nil {
		return err
	}
	report := r.check()
	if f.fix || f.diff {
		was := report
		if report, err = r.mend(report); err != nil {
			return err
		}
		if f.diff {
			return r.finish(was, failOn)
		}
	}
	printed := r.toFiles(report)
	if err := out.Print(s.out, &format.Report{Files: printed}, format.Options{Colour: format.Colour(s.out), Hints: f.hints}); err != nil {
		return fail(ExitFailed, "%w", err)
	}
	summary := s.err
	if out.Human {
		summary = s.out
	}
	for _, line := range summarise(report, f.hints || f.format == "json") {
		fmt.Fprintln(summary, line)
	}
	return r.finish(report, failOn)
}

// newCheckRun finds out what is to be checked.
func newCheckRun(s streams, f checkFlags, args []string) (*checkRun, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	r := &checkRun{streams: s, flags: f, view: files.Overlay{Docs: map[string]string{}, Disk: files.NewDisk()}}
	if err := r.places.start(); err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	for _, a := range args {
		name, err := r.places.add(a)
		if err != nil {
			return nil, fail(ExitFailed, "%w", err)
		}
		r.names = append(r.names, name)
	}
	r.opt = project.Options{Strict: f.strict, SearchDirs: searchDirs(), Show: r.places.show, Cache: project.NewCache()}
	if f.hwdef != "" {
		name, err := r.places.add(f.hwdef)
		if err != nil {
			return nil, fail(ExitFailed, "--hwdef: %w", err)
		}
		if _, err := r.view.ReadFile(name); err != nil {
			return nil, fail(ExitFailed, "--hwdef %s: %w", f.hwdef, bare(err))
		}
		r.opt.HwDef = name
	}
	return r, nil
}

// check runs the rules.
func (r *checkRun) check() *project.Report { return project.Check(r.view, r.names, r.opt) }

// finish says on stderr what could not be checked, and chooses the exit code. That something could not be read weighs
// more than any finding: the rest of the answer is not the whole one.
func (r *checkRun) finish(report *project.Report, failOn rule.Severity) error {
	failed := report.Failed()
	for _, f := range failed {
		fmt.Fprintf(r.err, "armillary: %s: %v\n", r.places.show(f.Path), bare(f.Err))
	}
	if len(failed) > 0 {
		return &exitError{code: ExitFailed}
	}
	if report.Manifests+report.Definitions == 0 {
		var below []string
		for _, n := range r.names {
			below = append(below, r.places.show(n))
		}
		return fail(ExitFailed, "nothing to check: no app manifest and no hardware definition in %s", strings.Join(below, ", "))
	}
	for _, f := range report.Files {
		for _, x := range f.Findings {
			if x.Severity <= failOn {
				return &exitError{code: ExitFindings}
			}
		}
	}
	return nil
}

// toFiles makes the report ready to be printed.
func (r *checkRun) toFiles(report *project.Report) []format.File {
	var list []format.File
	for _, f := range report.Files {
		if len(f.Findings) == 0 {
			continue
		}
		list = append(list, format.File{
			Path: r.places.show(f.Path), Map: text.NewMap(f.File.Src), Findings: f.Findings,
			Other: func(name string) (string, *text.Map, bool) {
				data, err := r.view.ReadFile(name)
				return r.places.show(name), text.NewMap(string(data)), err == nil
			},
		})
	}
	format.Sort(list)
	return list
}

// severity reads the name of a severity that can fail a check.
func severity(name string) (rule.Severity, error) {
	for _, s := range []rule.Severity{rule.Error, rule.Warning, rule.Info} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("there is no severity %q; it is error, warning or info", name)
}

// summarise counts what was checked, what was found and what could not be looked at.
func summarise(report *project.Report, hints bool) []string {
	if report.Manifests+report.Definitions == 0 {
		return nil
	}
	var found [rule.Hint + 1]int
	why := map[string]int{}
	var order []string
	for _, f := range report.Files {
		for _, x := range f.Findings {
			found[x.Severity]++
		}
		for _, n := range f.NotChecked {
			if why[n]++; why[n] == 1 {
				order = append(order, n)
			}
		}
	}
	var checked, counts []string
	if n := report.Manifests; n > 0 {
		checked = append(checked, plural(n, "manifest"))
	}
	if n := report.Definitions; n > 0 {
		checked = append(checked, plural(n, "hardware definition"))
	}
	count := func(s rule.Severity, one, more string) {
		switch n := found[s]; n {
		case 0:
		case 1:
			counts = append(counts, "1 "+one)
		default:
			counts = append(counts, fmt.Sprintf("%d %s", n, more))
		}
	}
	count(rule.Error, "error", "errors")
	count(rule.Warning, "warning", "warnings")
	count(rule.Info, "info", "infos")
	if hints {
		count(rule.Hint, "hint", "hints")
	} else {
		count(rule.Hint, "hint (shown with --hints)", "hints (shown with --hints)")
	}
	said := "nothing found"
	if len(counts) > 0 {
		said = strings.Join(counts, ", ")
	}
	lines := []string{fmt.Sprintf("%s checked: %s", strings.Join(checked, " and "), said)}
	for _, w := range order {
		lines = append(lines, fmt.Sprintf("not checked in %s: %s", plural(why[w], "file"), w))
	}
	if n := len(report.Failed()); n > 0 {
		lines = append(lines, fmt.Sprintf("%s could not be checked", plural(n, "file")))
	}
	return lines
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// bare strips operation and path from an error of the file system: the path is printed in the user's own form.
func bare(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file or folder")
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// searchDirs are the folders in which the vendor's SDK keeps the boards' definitions (facts/manifest.md 2.2), as
// names of the view.
func searchDirs() []string {
	var dirs []string
	for _, sdk := range []string{os.Getenv("AzureSphereDefaultSDKDir"), defaultSDK()} {
		if sdk != "" && filepath.IsAbs(sdk) {
			dirs = append(dirs, files.Name(filepath.Join(sdk, "HardwareDefinitions")))
		}
	}
	return dirs
}

func defaultSDK() string {
	if runtime.GOOS == "windows" {
		if p := os.Getenv("ProgramFiles(x86)"); p != "" {
			return filepath.Join(p, "Microsoft Azure Sphere SDK")
		}
		return ""
	}
	return "/opt/azurespheresdk"
}
