package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"armillary.dev/device/config"
	"armillary.dev/device/project"
	"armillary.dev/internal/cli/format"
	"armillary.dev/server/analysis"
)

// privilegeFormats are the formats of check --privileges.
var privilegeFormats = []string{"text", "json", "markdown"}

// privilegeOutput is one format of the report and where it goes; an empty path is standard output.
type privilegeOutput struct{ format, path string }

// privilegesConflict names a flag that makes no sense beside --privileges; "" if there is none.
func (f *checkFlags) privilegesConflict() string {
	for _, c := range []struct {
		given bool
		flag  string
	}{
		{f.fix, "--fix"}, {f.diff, "--diff"}, {f.watch, "--watch"}, {f.baseline != "", "--baseline"}, {f.newBase != "", "--write-baseline"},
		{f.prune, "--prune-baseline"}, {f.failOn != "", "--fail-on"}, {f.statistics, "--statistics"}, {f.hints, "--hints"},
	} {
		if c.given {
			return "--privileges reports on apps and finds nothing, so that " + c.flag + " does not go with it"
		}
	}
	return ""
}

// privilegeOutputs reads the values of --format.
func privilegeOutputs(specs []string) ([]privilegeOutput, error) {
	if len(specs) == 0 {
		specs = []string{"text"}
	}
	var all []privilegeOutput
	for _, spec := range specs {
		name, to, toFile := strings.Cut(spec, "=")
		if !slices.Contains(privilegeFormats, name) {
			return nil, fmt.Errorf("there is no format %q of the privileges; the formats are %s", name, strings.Join(privilegeFormats, ", "))
		}
		if toFile && to == "" {
			return nil, fmt.Errorf("%q names no file", spec)
		}
		if to == "-" {
			to = ""
		}
		if slices.ContainsFunc(all, func(o privilegeOutput) bool { return o.path == to }) {
			return nil, errors.New("two formats go to one place; give one of them another file: markdown=privileges.md")
		}
		all = append(all, privilegeOutput{name, to})
	}
	return all, nil
}

// privileges prints the least-privilege report.
func (r *checkRun) privileges(ctx context.Context, outputs []privilegeOutput) error {
	session := config.NewSession(r.view, analysis.Rules())
	opt := r.opt
	analysis.Decide(&opt, session.For)
	excluded := 0
	report, failed := r.checker.PrivilegesAll(ctx, r.view, r.names, opt, func(manifest string) bool {
		out := session.For(manifest).Excludes(manifest) && !slices.Contains(r.names, manifest)
		if out {
			excluded++
		}
		return out
	})
	if ctx.Err() != nil {
		return fail(ExitFailed, "interrupted; what was found up to then is not printed")
	}
	if len(report.Apps) > 0 || len(failed) == 0 {
		failed = slices.DeleteFunc(failed, func(f project.FileReport) bool { return f.Err == project.ErrNothing })
	}
	p := &privilegePrinter{report: &report, show: r.places.show}
	if len(report.Apps) > 0 {
		for _, o := range outputs {
			var b bytes.Buffer
			if err := p.print(&b, o.format); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			if o.path == "" {
				if _, err := r.out.Write(b.Bytes()); err != nil {
					return fail(ExitFailed, "the output could not be written: %w", bare(err))
				}
			} else if err := writeFile(o.path, b.Bytes()); err != nil {
				return fail(ExitFailed, "%s: not written: %w", o.path, bare(err))
			}
		}
	}
	for _, conf := range session.Configs() {
		if conf.Err != nil {
			failed = append(failed, project.FileReport{Path: conf.Path, Err: conf.Err})
		}
	}
	for _, f := range failed {
		if f.Err != project.ErrNothing {
			fmt.Fprintf(r.err, "armillary: %s: %v\n", r.places.show(f.Path), bare(f.Err))
		}
	}
	failed = slices.DeleteFunc(failed, func(f project.FileReport) bool { return f.Err == project.ErrNothing })
	switch {
	case len(failed) > 0:
		return &exitError{code: ExitFailed}
	case len(report.Apps) == 0:
		why := ""
		if excluded > 0 {
			why = fmt.Sprintf("; %s leaves %s out", config.FileName, plural(excluded, "app"))
		}
		return fail(ExitFailed, "nothing to report on: no app manifest in %s%s", r.shownNames(), why)
	}
	count := p.count()
	if !r.flags.quiet {
		w := r.err
		if slices.Contains(outputs, privilegeOutput{"text", ""}) {
			w = r.out
		}
		fmt.Fprintln(w, count)
	}
	if r.flags.strict && !r.flags.exitZero && count.tooMuch+count.missing > 0 {
		return &exitError{code: ExitFindings}
	}
	return nil
}

// privilegePrinter prints the report. Places are as the user sees them from the working directory.
type privilegePrinter struct {
	report *analysis.PrivilegeReport
	show   func(name string) string
}

func (p *privilegePrinter) print(w io.Writer, as string) error {
	switch as {
	case "json":
		return writePrivilegesJSON(w, p.report)
	case "markdown":
		p.markdown(w)
		return nil
	}
	return p.text(w)
}

// writePrivilegesJSON writes the report with every value on a line of its own, in a fixed order, so that the difference of two
// reports shows what has changed and nothing else.
func writePrivilegesJSON(w io.Writer, r *analysis.PrivilegeReport) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// privilegeCount is what the summary says.
type privilegeCount struct{ apps, realTime, used, tooMuch, unclear, notLooked, missing int }

func (p *privilegePrinter) count() privilegeCount {
	c := privilegeCount{apps: len(p.report.Apps)}
	for i := range p.report.Apps {
		a := &p.report.Apps[i]
		for j := range a.Missing {
			if a.Missing[j].Live() {
				c.missing++
			}
		}
		if a.Kind == "real-time" {
			c.realTime++
		}
		for j := range a.Asked {
			switch a.Asked[j].State {
			case analysis.Used:
				c.used++
			case analysis.NotSeen:
				c.tooMuch++
			case analysis.Unclear:
				c.unclear++
			default:
				c.notLooked++
			}
		}
	}
	return c
}

func (c privilegeCount) String() string {
	s := plural(c.apps, "app") + ": "
	if c.apps > c.realTime {
		s += fmt.Sprintf("asked for and used %d, not seen %d, unclear %d; needed without asking %d", c.used, c.tooMuch, c.unclear, c.missing)
	}
	switch {
	case c.realTime == c.apps:
		s += fmt.Sprintf("asked for and not looked at %d", c.notLooked)
	case c.realTime > 0:
		s += fmt.Sprintf("; not looked at %d", c.notLooked)
	}
	return s
}

// place writes where a call is.
func (p *privilegePrinter) place(a *analysis.AppPrivileges, u *analysis.Use) string {
	return fmt.Sprintf("%s:%d", p.show(path.Join(path.Dir(a.ID), u.File)), u.Line)
}

// call writes what is called, and from where.
func call(u *analysis.Use) string {
	s := u.Function
	if u.In != "" {
		s += " in " + u.In
	}
	if u.Dead {
		s += ", which nothing calls"
	}
	return s
}

// about says what kind of app it is and what was looked at.
func about(a *analysis.AppPrivileges) string {
	if a.Kind == "real-time" {
		return "real-time app; its sources are not looked at"
	}
	s := "high-level app; " + plural(a.Files, "C file") + " read"
	if a.Program {
		s += " and the newest program that was built"
	}
	if a.Files == 0 {
		s = "high-level app; no C sources of it were found"
	}
	return s
}

func (p *privilegePrinter) text(w io.Writer) error {
	for i := range p.report.Apps {
		a := &p.report.Apps[i]
		var b strings.Builder
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		row := func(cells ...string) {
			for i := range cells {
				cells[i] = format.Plain(cells[i])
			}
			fmt.Fprintf(t, "    %s\n", strings.Join(cells, "\t"))
		}
		head := func(s string) { t.Flush(); fmt.Fprintf(&b, "  %s\n", s) }
		uses := func(first []string, list []analysis.Use) {
			for j := range list {
				row(append(first, p.place(a, &list[j]), call(&list[j]))...)
				first = make([]string, len(first))
			}
		}
		name := a.Name
		if a.ComponentID != "" {
			name = strings.TrimSpace(name + " " + a.ComponentID)
		}
		fmt.Fprintf(&b, "%s: %s\n  %s\n", format.Plain(p.show(a.ID)), format.Plain(name), about(a))
		head("asks for")
		if len(a.Asked) == 0 {
			row("nothing")
		}
		for j := range a.Asked {
			q := &a.Asked[j]
			first := []string{strings.TrimSpace(q.Capability + " " + q.Entry), q.Value, q.State}
			var why []string
			for _, x := range q.Why {
				why = append(why, x.Text)
			}
			if len(q.Uses)+len(why) == 0 {
				row(first...)
				continue
			}
			for _, x := range why {
				row(append(first, x)...)
				first = make([]string, len(first))
			}
			uses(first, q.Uses)
		}
		if len(a.Missing) > 0 {
			head("needs without asking")
			for j := range a.Missing {
				l := &a.Missing[j]
				uses([]string{strings.TrimSpace(l.Capability + " " + l.Entry), l.Value}, l.Uses)
			}
		}
		if len(a.NotFollowed) > 0 {
			head("opens what could not be followed")
			uses(nil, a.NotFollowed)
		}
		if len(a.NotRead) > 0 {
			head("was not read")
			for _, n := range a.NotRead {
				row(n)
			}
		}
		t.Flush()
		for line := range strings.Lines(b.String()) {
			if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
				return err
			}
		}
		fmt.Fprintln(w)
	}
	return nil
}

// markdown writes the report as a comment on a change.
func (p *privilegePrinter) markdown(w io.Writer) {
	fmt.Fprintln(w, "## What the apps ask for")
	for i := range p.report.Apps {
		a := &p.report.Apps[i]
		title := a.Name
		if title == "" {
			title = "app"
		}
		fmt.Fprintf(w, "\n### %s – %s\n\n%s\n", cell(title), code(p.slash(p.show(a.ID))), capital(about(a))+".")
		if len(a.Asked) > 0 {
			fmt.Fprint(w, "\n| asks for | stands for | state | where |\n|---|---|---|---|\n")
		} else {
			fmt.Fprint(w, "\nIt asks for nothing.\n")
		}
		for j := range a.Asked {
			q := &a.Asked[j]
			var where []string
			for _, x := range q.Why {
				where = append(where, cell(x.Text))
			}
			state := q.State
			if state == analysis.NotSeen {
				state = "**" + state + "**"
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", code(strings.TrimSpace(q.Capability+" "+q.Entry)), cell(q.Value), state,
				strings.Join(append(where, p.cells(a, q.Uses)...), "<br>"))
		}
		if len(a.Missing) > 0 {
			fmt.Fprint(w, "\n**Needs without asking**\n\n| needs | stands for | where |\n|---|---|---|\n")
			for j := range a.Missing {
				l := &a.Missing[j]
				fmt.Fprintf(w, "| %s | %s | %s |\n", code(strings.TrimSpace(l.Capability+" "+l.Entry)), cell(l.Value), strings.Join(p.cells(a, l.Uses), "<br>"))
			}
		}
		if len(a.NotFollowed) > 0 {
			fmt.Fprint(w, "\nCalls that open what could not be followed:\n\n")
			for _, c := range p.cells(a, a.NotFollowed) {
				fmt.Fprintf(w, "- %s\n", c)
			}
		}
		if len(a.NotRead) > 0 {
			var names []string
			for _, n := range a.NotRead {
				names = append(names, code(n))
			}
			fmt.Fprintf(w, "\nNot read: %s.\n", strings.Join(names, ", "))
		}
	}
	fmt.Fprintf(w, "\n%s.\n", p.count())
}

func (p *privilegePrinter) slash(s string) string { return strings.ReplaceAll(s, `\`, "/") }

// cells writes uses for Markdown.
func (p *privilegePrinter) cells(a *analysis.AppPrivileges, uses []analysis.Use) []string {
	var all []string
	for i := range uses {
		all = append(all, code(p.slash(p.place(a, &uses[i])))+" "+code(call(&uses[i])))
	}
	return all
}

// cell makes foreign text safe in a table of Markdown.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "[", `\[`, "@", "@\u200b", "`", "'", "*", `\*`, "_", `\_`).Replace(format.Plain(s))
}

// code makes foreign text code in a table of Markdown.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(format.Plain(s)) + "`"
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
