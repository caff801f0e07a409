package cli

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"armillary.dev/device/config"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/internal/cli/format"
	"armillary.dev/server/analysis"
	"armillary.dev/server/files"
)

func init() { commands["check"] = newCheck }

// checkFlags are the command line of check.
type checkFlags struct {
	hwdef      string
	elf        string
	formats    []string
	failOn     string
	strict     bool
	hints      bool
	fix        bool
	diff       bool
	watch      bool
	exitZero   bool
	statistics bool
	quiet      bool
	stdinName  string
	baseline   string
	newBase    string
	prune      bool
	json       bool
	privileges bool
}

func newCheck(s streams) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [PATH…]",
		Short: "Check apps: manifests, hardware definitions, C sources, CMake files, capability files",
		Long: "Checks every app at or below each PATH (default: the working directory) against the rules that the editor uses: its\n" +
			"manifest, the hardware definitions, the C sources and what was built of them, the CMake files and presets, the launch\n" +
			"configurations, and apps that share a device against each other; device capability files (*.cap) too. JSON is recognised\n" +
			"by its content; a source or CMake file that is named is checked with its app. 'armillary explain CODE' says more about\n" +
			"a finding. '-' reads one file from standard input; --stdin-filename says which one it is.\n\n" +
			"The nearest armillary.json above a file can turn rules off or change their severity, leave files out and ignore\n" +
			"findings, which a comment can too: // armillary:ignore AZS300 and the reason. docs/ci.md shows how to use check as a\n" +
			"gate. What is ignored is still refused by a device that refuses it.\n\n" +
			"--privileges prints the least-privilege report instead: what each app asks for, which calls use it, what no call is\n" +
			"seen to use, what is unclear and why, and what is called without asking. The sources of real-time apps are not looked\n" +
			"at. It ends with 0, whatever it says; with --strict, 1 if something that is asked for is not seen in use, or used\n" +
			"without asking. What is unclear never counts.\n\n" +
			"Exit codes: 0 nothing found at or above --fail-on; 1 something was; 2 wrong usage; 3 a file could not be read or\n" +
			"written, or there was nothing to check.",
		Example: "  armillary check\n" +
			"  armillary check --strict --fail-on warning apps/\n" +
			"  armillary check --fix app_manifest.json\n" +
			"  armillary check src/main.c device.cap\n" +
			"  armillary check --format text --format sarif=armillary.sarif\n" +
			"  armillary check --privileges --format markdown=privileges.md\n" +
			"  armillary check --write-baseline baseline.json\n" +
			"  armillary check --baseline baseline.json",
		RunE: func(cmd *cobra.Command, args []string) error { return runCheck(cmd.Context(), s, f, args) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.hwdef, "hwdef", "", "hardware definition `FILE` or board for every app, instead of what its CMakeLists.txt names")
	fl.StringVar(&f.elf, "elf", "", "built program `FILE` that says what the calls of the app pass, instead of the newest that a build\n"+
		"has left below out/; for one app")
	fl.StringArrayVar(&f.formats, "format", nil, strings.Join(format.Names(), ", ")+"; `FORMAT=FILE` writes to a file; repeatable\n"+
		"(default: github where GitHub Actions runs it, else text)")
	fl.BoolVar(&f.json, "json", false, "is --format json")
	fl.BoolVar(&f.privileges, "privileges", false, "report what each app asks for, what it uses of that and where, and check nothing else;\n"+
		"--format is then "+strings.Join(privilegeFormats, ", "))
	fl.StringVar(&f.failOn, "fail-on", "error", "least severity that gives exit code 1: error, warning, info or hint")
	fl.BoolVar(&f.exitZero, "exit-zero", false, "give exit code 0 whatever is found")
	fl.BoolVar(&f.strict, "strict", false, "report what is tolerated but not clean as errors")
	fl.BoolVar(&f.hints, "hints", false, "print hints too (json always has them)")
	fl.BoolVar(&f.fix, "fix", false, "apply the safe fixes, then report what is left")
	fl.BoolVar(&f.diff, "diff", false, "print what --fix would change, and change nothing")
	fl.BoolVar(&f.watch, "watch", false, "check again whenever a file changes, until interrupted")
	fl.BoolVar(&f.statistics, "statistics", false, "count the findings of each rule")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "print findings and nothing else")
	fl.StringVar(&f.stdinName, "stdin-filename", "", "`FILE` that '-' stands for; its neighbours are read from the disk")
	fl.StringVar(&f.baseline, "baseline", "", "leave out the findings that `FILE` holds")
	fl.StringVar(&f.newBase, "write-baseline", "", "write what is found into `FILE`, for --baseline")
	fl.BoolVar(&f.prune, "prune-baseline", false, "take out of the --baseline file what is no longer found")
	for flag, values := range map[string][]string{"format": append(format.Names(), "markdown"), "fail-on": severityNames} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err)
		}
	}
	cmd.PreRun = func(cmd *cobra.Command, _ []string) {
		if !cmd.Flags().Changed("fail-on") {
			f.failOn = "" // armillary.json may say
		}
	}
	return cmd
}

var severityNames = []string{"error", "warning", "info", "hint"}

// conflicts are flags that make no sense together.
func (f *checkFlags) conflict(stdin bool) string {
	for _, c := range []struct {
		both bool
		why  string
	}{
		{f.fix && f.diff, "--fix and --diff exclude each other: --diff shows what --fix would do"},
		{f.watch && (f.fix || f.diff), "--watch does not go with --fix or --diff: it would check its own changes"},
		{f.watch && (f.newBase != "" || f.prune), "--watch does not go with --write-baseline or --prune-baseline"},
		{f.watch && stdin, "--watch does not go with '-': standard input is read once"},
		{f.fix && stdin, "--fix does not go with '-': there is no file to write; --diff prints the changes"},
		{f.baseline != "" && f.newBase != "", "--baseline and --write-baseline exclude each other: one leaves findings out, the other collects them"},
		{f.prune && f.baseline == "", "--prune-baseline needs --baseline FILE"},
		{f.stdinName != "" && !stdin, "--stdin-filename goes with '-' as the only PATH"},
		{stdin && f.stdinName == "", "'-' needs --stdin-filename FILE: which rules there are depends on the name and the folder"},
	} {
		if c.both {
			return c.why
		}
	}
	return ""
}

// checkRun is one run of check.
type checkRun struct {
	streams
	flags   checkFlags
	outputs []output
	places  places
	view    *view
	checker *analysis.Checker
	opt     project.Options
	names   []string         // what to check, as names of the view
	clock   func() time.Time // for --watch
}

func runCheck(ctx context.Context, s streams, f checkFlags, args []string) error {
	if f.json {
		f.formats = append(f.formats, "json")
	}
	r := &checkRun{streams: s, flags: f, checker: analysis.NewChecker(), clock: time.Now}
	var err error
	var privileges []privilegeOutput
	if f.privileges {
		if why := f.privilegesConflict(); why != "" {
			return fail(ExitUsage, "%s", why)
		}
		privileges, err = privilegeOutputs(f.formats)
	} else {
		r.outputs, err = outputsOf(s, f.formats)
	}
	if err != nil {
		return fail(ExitUsage, "--format: %w", err)
	}
	if _, ok := config.ParseSeverity(f.failOn); f.failOn != "" && !ok {
		return fail(ExitUsage, "--fail-on: there is no severity %q; it is error, warning, info or hint", f.failOn)
	}
	stdin := len(args) == 1 && args[0] == "-"
	if why := f.conflict(stdin); why != "" {
		return fail(ExitUsage, "%s", why)
	}
	if err := r.start(ctx, args, stdin); err != nil {
		return err
	}
	if f.privileges {
		return r.privileges(ctx, privileges)
	}
	if f.watch {
		return r.watch(ctx, newPoller(r))
	}
	return r.once(ctx)
}

// start finds out what is to be checked.
func (r *checkRun) start(ctx context.Context, args []string, stdin bool) error {
	r.view = &view{Overlay: files.Overlay{Docs: map[string]string{}, Disk: files.NewDisk()}, ctx: ctx}
	if err := r.places.start(); err != nil {
		return fail(ExitFailed, "%w", err)
	}
	if len(args) == 0 {
		args = []string{"."}
	}
	if stdin {
		args = []string{r.flags.stdinName}
	}
	for _, a := range args {
		name, err := r.places.add(a)
		if err != nil {
			return fail(ExitFailed, "%w", err)
		}
		r.names = append(r.names, name)
	}
	if stdin {
		src, err := readInput(r.in)
		if err != nil {
			return fail(ExitFailed, "standard input: %w", err)
		}
		r.view.Docs[r.names[0]] = src
	}
	r.opt = project.Options{Strict: r.flags.strict, SearchDirs: searchDirs(), Show: r.places.show}
	if r.flags.hwdef != "" {
		name, err := r.places.definition(r.view, r.flags.hwdef)
		if err != nil {
			return fail(ExitFailed, "--hwdef %w", err)
		}
		r.opt.HwDef = name
	}
	if r.flags.elf != "" {
		return r.startProgram()
	}
	return nil
}

// startProgram reads the program of --elf, which goes with one app only.
func (r *checkRun) startProgram() error {
	name, err := r.places.add(r.flags.elf)
	if err != nil {
		return fail(ExitFailed, "--elf: %w", err)
	}
	apps := map[string]bool{}
	for _, n := range r.names {
		if info, err := fs.Stat(r.view, n); err == nil && !info.IsDir() {
			if dir, ok := project.OwnerDir(r.view, n); ok {
				apps[dir] = true
			}
			continue
		}
		below, err := project.FindApps(r.view, n)
		if err != nil {
			return nil // the check says so
		}
		for _, dir := range below {
			apps[dir] = true
		}
	}
	if len(apps) > 1 {
		return fail(ExitUsage, "--elf goes with one app, and there are %d in %s; name the app's folder", len(apps), r.shownNames())
	}
	data, err := r.view.ReadFile(name)
	if err != nil {
		return fail(ExitFailed, "--elf %s: %w", r.flags.elf, bare(err))
	}
	if _, err := analysis.ReadBinary(bytes.NewReader(data)); err != nil {
		return fail(ExitFailed, "--elf %s: %w", r.flags.elf, err)
	}
	r.opt.Program = name
	return nil
}

// once checks, prints and chooses the exit code.
func (r *checkRun) once(ctx context.Context) error {
	bar := newProgress(r)
	r.view.opened = bar.opened
	c, err := r.check()
	bar.done()
	r.view.opened = nil
	if ctx.Err() != nil {
		return fail(ExitFailed, "interrupted; what was found up to then is not printed")
	}
	if err != nil {
		return err
	}
	if r.flags.fix || r.flags.diff {
		was := c
		if c, err = r.mend(c); err != nil {
			return err
		}
		if r.flags.diff {
			return r.finish(was)
		}
	}
	if r.flags.newBase != "" {
		return r.writeBaseline(c)
	}
	if err := r.print(c); err != nil {
		return err
	}
	if err := r.sayBaseline(c); err != nil {
		return err
	}
	return r.finish(c)
}

// finish says on stderr what could not be checked, and chooses the exit code. That something could not be read weighs
// more than any finding: the rest of the answer is not the whole one.
func (r *checkRun) finish(c *checked) error {
	for _, f := range c.failed {
		fmt.Fprintf(r.err, "armillary: %s: %v\n", r.places.show(f.Path), bare(f.Err))
	}
	if len(c.failed) > 0 {
		return &exitError{code: ExitFailed}
	}
	if len(c.files) == 0 {
		why := ""
		if c.excluded > 0 {
			why = fmt.Sprintf("; %s leaves %s out", config.FileName, plural(c.excluded, "file"))
		}
		return fail(ExitFailed, "nothing to check: no app manifest and no hardware definition in %s%s", r.shownNames(), why)
	}
	if r.flags.exitZero {
		return nil
	}
	for i := range c.files {
		f := &c.files[i]
		failOn := r.failOn(c, f.Path)
		for _, x := range f.Findings {
			if x.Severity <= failOn {
				return &exitError{code: ExitFindings}
			}
		}
	}
	return nil
}

// shownNames lists what was to be checked.
func (r *checkRun) shownNames() string {
	var shown []string
	for _, n := range r.names {
		shown = append(shown, r.places.show(n))
	}
	return strings.Join(shown, ", ")
}

// failOn is the least severity that fails the check in a file: what the command line says, else armillary.json, else an
// error.
func (r *checkRun) failOn(c *checked, file string) rule.Severity {
	if s, ok := config.ParseSeverity(r.flags.failOn); ok {
		return s
	}
	if conf := c.session.For(file); conf != nil && conf.FailOn != 0 {
		return conf.FailOn
	}
	return rule.Error
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
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
