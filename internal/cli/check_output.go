package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/internal/cli/format"
	"armillary.dev/server/analysis"
	"armillary.dev/server/text"
)

// An output is one format and where it goes.
type output struct {
	format.Format
	path string // "" is standard output
}

// outputsOf reads the values of --format. Without any it is text, or, where GitHub Actions collects the output, GitHub's
// annotations (facts/lsp-peers.md 7).
func outputsOf(s streams, specs []string) ([]output, error) {
	if len(specs) == 0 {
		name := "text"
		if os.Getenv("GITHUB_ACTIONS") == "true" && !format.Terminal(s.out) {
			name = "github"
		}
		specs = []string{name}
	}
	var all []output
	taken := map[string]bool{}
	for _, spec := range specs {
		name, path, toFile := strings.Cut(spec, "=")
		f, err := format.ByName(name)
		if err != nil {
			return nil, err
		}
		if toFile && path == "" {
			return nil, fmt.Errorf("%q names no file", spec)
		}
		if path == "-" {
			path = ""
		}
		key := path
		if path != "" {
			key = filepath.Clean(path)
		}
		if taken[key] {
			if path == "" {
				return nil, errors.New("only one format can go to standard output; give the others a file: sarif=armillary.sarif")
			}
			return nil, fmt.Errorf("two formats go to %s", path)
		}
		taken[key] = true
		all = append(all, output{f, path})
	}
	return all, nil
}

// print prints the answer in every format, and the summary where it disturbs nobody.
func (r *checkRun) print(c *checked) error {
	report := r.toReport(c)
	summary := r.out
	for _, o := range r.outputs {
		opt := format.Options{Hints: r.flags.hints}
		if o.path == "" {
			opt.Colour, opt.Width = format.Colour(r.out), format.Width()
			if err := o.Print(r.out, report, opt); err != nil {
				return fail(ExitFailed, "the output could not be written: %w", bare(err))
			}
			if !o.Human {
				summary = r.err
			}
			continue
		}
		var b bytes.Buffer
		err := o.Print(&b, report, opt)
		if err == nil {
			err = writeFile(o.path, b.Bytes())
		}
		if err != nil {
			return fail(ExitFailed, "%s: not written: %w", o.path, bare(err))
		}
	}
	if r.flags.quiet {
		return nil
	}
	if r.flags.statistics {
		statistics(summary, c)
	}
	hints := r.flags.hints || slices.ContainsFunc(r.outputs, func(o output) bool { return o.Name == "json" && o.path == "" })
	for _, line := range summarise(c, hints) {
		fmt.Fprintln(summary, line)
	}
	return nil
}

// writeFile writes a whole file or none of it. What is no regular file, as /dev/stderr, is written to.
func writeFile(path string, data []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		return errors.Join(err, f.Close())
	} else if err == nil && info.IsDir() {
		return errors.New("it is a folder, not a file")
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays a link
	}
	return replaceFile(path, data)
}

// toReport makes the answer ready to be printed.
func (r *checkRun) toReport(c *checked) *format.Report {
	report := &format.Report{Rules: analysis.Rules(), Version: buildFacts().Version}
	for i := range c.files {
		f := &c.files[i]
		p := format.File{
			Path: r.places.show(f.Path), Findings: f.Findings,
			Other: func(name string) (string, *text.Map, bool) {
				data, err := r.view.ReadFile(name)
				return r.places.show(name), text.NewMap(string(data)), err == nil
			},
		}
		for _, s := range c.suppressed[f.Path] {
			p.Suppressed = append(p.Suppressed, format.Suppressed(s))
		}
		src := ""
		if len(p.Findings)+len(p.Suppressed) > 0 { // a map of a clean file would be of no use
			src = source(f)
		}
		p.Map = text.NewMap(src)
		report.Files = append(report.Files, p)
	}
	for _, f := range c.failed {
		report.Failed = append(report.Failed, format.Failure{Path: r.places.show(f.Path), Message: bare(f.Err).Error()})
	}
	format.Sort(report.Files)
	return report
}

// statistics counts the findings of each rule, the most frequent first.
func statistics(w io.Writer, c *checked) {
	counts := map[*rule.Rule]int{}
	var rules []*rule.Rule
	for i := range c.files {
		for _, x := range c.files[i].Findings {
			if counts[x.Rule]++; counts[x.Rule] == 1 {
				rules = append(rules, x.Rule)
			}
		}
	}
	slices.SortFunc(rules, func(a, b *rule.Rule) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a.Code, b.Code)) })
	for _, x := range rules {
		fmt.Fprintf(w, "%6d  %s  %s\n", counts[x], x.Code, x.Title)
	}
}

// enumerate joins words: "a, b and c".
func enumerate(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// summarise counts what was checked, what was found and what could not be looked at.
func summarise(c *checked, hints bool) []string {
	if len(c.files) == 0 {
		return nil
	}
	var found [rule.Hint + 1]int
	why := map[string]int{}
	var order []string
	suppressed := 0
	for i := range c.files {
		f := &c.files[i]
		for _, x := range f.Findings {
			found[x.Severity]++
		}
		for _, n := range f.NotChecked {
			if why[n]++; why[n] == 1 {
				order = append(order, n)
			}
		}
		suppressed += len(c.suppressed[f.Path])
	}
	var what, counts []string
	for _, k := range []struct {
		what string
		n    int
	}{
		{"manifest", c.kinds[project.Manifest]},
		{"hardware definition", c.kinds[project.Definition]},
		{"C file", c.kinds[project.Source]},
		{"CMake file", c.kinds[project.CMake] + c.kinds[project.Presets]},
		{"launch configuration", c.kinds[project.Launch]},
		{"capability file", c.kinds[project.Capability]},
	} {
		if k.n > 0 {
			what = append(what, plural(k.n, k.what))
		}
	}
	if len(what) == 0 {
		what = append(what, plural(len(c.files), "file"))
	}
	count := func(n int, one, more string) {
		switch n {
		case 0:
		case 1:
			counts = append(counts, "1 "+one)
		default:
			counts = append(counts, fmt.Sprintf("%d %s", n, more))
		}
	}
	count(found[rule.Error], "error", "errors")
	count(found[rule.Warning], "warning", "warnings")
	count(found[rule.Info], "info", "infos")
	if hints {
		count(found[rule.Hint], "hint", "hints")
	} else {
		count(found[rule.Hint], "hint (shown with --hints)", "hints (shown with --hints)")
	}
	said := "nothing found"
	if len(counts) > 0 {
		said = strings.Join(counts, ", ")
	}
	if suppressed > 0 {
		said += fmt.Sprintf("; %d suppressed", suppressed)
	}
	lines := []string{fmt.Sprintf("%s checked: %s", enumerate(what), said)}
	for _, w := range order {
		lines = append(lines, fmt.Sprintf("not checked in %s: %s", plural(why[w], "file"), w))
	}
	if n := len(c.failed); n > 0 {
		lines = append(lines, fmt.Sprintf("%s could not be checked", plural(n, "file")))
	}
	return lines
}
