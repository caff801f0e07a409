package cli

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"armillary.dev/device/config"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// checked is the answer of one check: what the rules found and what the users' decisions leave of it.
type checked struct {
	files      []project.FileReport // that were checked, with the findings that count, sorted by path
	failed     []project.FileReport // that could not be
	kinds      map[project.Kind]int // how many were checked, those without findings too
	excluded   int
	suppressed map[string][]config.Suppressed // by path
	session    *config.Session
	baseline   *baseline // nil without --baseline
}

// check runs the rules and applies what users have decided.
func (r *checkRun) check() (*checked, error) {
	c := &checked{session: config.NewSession(r.view, analysis.Rules()), suppressed: map[string][]config.Suppressed{}, kinds: map[project.Kind]int{}}
	var err error
	if c.baseline, err = r.openBaseline(); err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, n := range r.names {
		named[n] = true
	}
	r.view.takeParts()
	reports := r.reports(c.session)
	counts := func(name string) bool { return r.covers(name) && !c.session.For(name).Excludes(name) }
	read, closed := r.view.takeParts()
	for _, name := range read {
		if counts(name) {
			c.kinds[project.KindOf(name)]++
		}
	}
	for _, name := range closed {
		if counts(name) {
			c.failed = append(c.failed, project.FileReport{Path: name, Err: fs.ErrPermission})
		}
	}
	for _, f := range reports {
		if f.Err != nil {
			c.failed = append(c.failed, f)
			continue
		}
		if c.session.For(f.Path).Excludes(f.Path) && !named[f.Path] {
			c.excluded++
			continue
		}
		switch f.Kind {
		case project.Manifest, project.Definition, project.Capability:
			c.kinds[f.Kind]++
		}
		kept, suppressed := c.session.Apply(f.Path, source(&f), f.File, f.Findings)
		c.add(f, kept, suppressed)
	}
	if len(c.files) > 0 {
		c.addMarked(r)
		c.addConfigs(r)
	}
	if c.excluded > 0 { // a folder of which everything is left out holds nothing because of that
		c.failed = slices.DeleteFunc(c.failed, func(f project.FileReport) bool { return f.Err == project.ErrNothing })
	}
	slices.SortFunc(c.files, func(a, b project.FileReport) int { return cmp.Compare(a.Path, b.Path) })
	return c, nil
}

// add takes a file into the answer, less what the baseline holds.
func (c *checked) add(f project.FileReport, findings []rule.Finding, suppressed []config.Suppressed) {
	if c.baseline != nil {
		var held []config.Suppressed
		findings, held = c.baseline.Apply(c.baseline.name(f.Path), findings)
		suppressed = append(suppressed, held...)
	}
	f.Findings = findings
	c.files = append(c.files, f)
	if len(suppressed) > 0 {
		c.suppressed[f.Path] = suppressed
	}
}

// addMarked adds what is to be said of suppressing comments in sources in which nothing was found.
func (c *checked) addMarked(r *checkRun) {
	there := map[string]bool{}
	for i := range c.files {
		there[c.files[i].Path] = true
	}
	for _, name := range r.view.takeMarked() {
		if there[name] || !r.covers(name) || c.session.For(name).Excludes(name) {
			continue
		}
		src, err := r.view.ReadFile(name)
		if err != nil {
			continue // it has vanished since
		}
		if found, _ := c.session.Apply(name, string(src), nil, nil); len(found) > 0 {
			c.add(project.FileReport{Path: name, Kind: project.KindOf(name), Src: string(src)}, found, nil)
		}
	}
}

// addConfigs adds what is to be said of the configurations themselves. That one ignores what is not there is known only
// where all that it is about was checked.
func (c *checked) addConfigs(r *checkRun) {
	for _, conf := range c.session.Configs() {
		if conf.Err != nil {
			c.failed = append(c.failed, project.FileReport{Path: conf.Path, Err: conf.Err})
			continue
		}
		f := project.FileReport{Path: conf.Path, Kind: project.Settings, Src: conf.File.Src, File: conf.File}
		if found := c.session.Findings(conf, r.covers(conf.Folder())); len(found) > 0 {
			c.add(f, found, nil)
		}
	}
}

// covers reports whether a file or folder lies at or below what is checked.
func (r *checkRun) covers(name string) bool {
	return slices.ContainsFunc(r.names, func(n string) bool { return n == "." || name == n || strings.HasPrefix(name, n+"/") })
}

// reports runs the rules over everything that was named. An armillary.json chooses what they look at in the files below
// it.
func (r *checkRun) reports(s *config.Session) []project.FileReport {
	opt := r.opt
	analysis.Decide(&opt, s.For)
	return r.checker.CheckAll(r.view.ctx, r.view, r.names, opt).Files
}

// source is the text of a file that was checked.
func source(f *project.FileReport) string {
	if f.Src == "" && f.File != nil {
		return f.File.Src
	}
	return f.Src
}
