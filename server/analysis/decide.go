package analysis

import (
	"context"
	"path"

	"armillary.dev/device/config"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// decisions are what armillary.json and comments decide about findings, as far as files have been asked for.
func (w *Workspace) decisions() *config.Session {
	if w.session == nil {
		w.session = config.NewSession(w.view, Rules())
	}
	return w.session
}

// Decide lets the configurations that count for files choose what the rules look at in them. configOf returns that of a
// file, or nil. A hardware definition that opt names weighs more.
func Decide(opt *project.Options, configOf func(file string) *config.Config) {
	if opt.HwDef == "" {
		opt.HwDefFor = func(manifest string) string {
			if c := configOf(manifest); c != nil {
				return c.HwDef
			}
			return ""
		}
	}
	opt.Off = func(file, code string) bool { return configOf(file).Chooses(file, code) }
	opt.DeviceFor = func(file string) string {
		if c := configOf(file); c != nil {
			return c.Device
		}
		return ""
	}
}

// configOf returns the configuration that counts for a file, or nil.
func (w *Workspace) configOf(file string) *config.Config {
	if file == "" {
		return nil
	}
	w.sessionMu.Lock()
	defer w.sessionMu.Unlock()
	return w.decisions().For(file)
}

// Shown returns those of a file's findings that the user's decisions leave, with the severities that they choose, and what
// is wrong with the decisions that the file itself holds. That a configuration ignores what is not there is among them once
// there is a Report.
func (w *Workspace) Shown(f *File, findings []rule.Finding) []rule.Finding {
	if f.Path == "" {
		return findings
	}
	if r := w.report.Load(); r != nil && f.Kind == project.Settings {
		for i := range r.Files {
			if r.Files[i].Path == f.Path {
				return r.Files[i].Findings
			}
		}
	}
	w.sessionMu.Lock()
	defer w.sessionMu.Unlock()
	return show(w.decisions(), &f.FileReport, findings)
}

// show is Shown for one session.
func show(s *config.Session, f *project.FileReport, findings []rule.Finding) []rule.Finding {
	if f.Kind == project.Settings {
		if c := s.For(f.Path); c != nil && c.Path == f.Path && c.Err == nil {
			return s.Findings(c, false)
		}
		return config.Parse(f.Path, f.Src, Rules()).Findings
	}
	if s.For(f.Path).Excludes(f.Path) {
		return nil
	}
	kept, _ := s.Apply(f.Path, f.Src, f.File, findings)
	return kept
}

// Report checks everything in the open folders and applies the user's decisions. It ends early, with less, when ctx does.
// news says that it has just come to know what Shown did not know before.
func (w *Workspace) Report(ctx context.Context) (r *project.Report, news bool) {
	w.reportMu.Lock()
	defer w.reportMu.Unlock()
	if known := w.report.Load(); known != nil {
		return known, false
	}
	opt := w.options("")
	opt.ShowIn = near
	r, together, parts := w.with.checkAll(ctx, w.bounded(ctx), w.roots, opt)
	s := config.NewSession(w.view, Rules())
	there := map[string]bool{}
	for i := range r.Files {
		f := &r.Files[i]
		there[f.Path] = true
		f.Findings = show(s, f, f.Findings)
	}
	for _, name := range parts { // a comment may suppress what is not there
		if there[name] {
			continue
		}
		there[name] = true
		if src, ok := w.read(name); ok && config.HasComments(src) {
			f := project.FileReport{Path: name, Kind: project.KindOf(name), Src: src}
			f.Findings = show(s, &f, nil)
			r.Files = append(r.Files, f)
		}
	}
	for _, name := range w.Inventory(ctx).Others {
		if project.KindOf(name) != project.Settings {
			continue
		}
		if c := s.ForFolder(path.Dir(name)); c != nil && c.Path == name && c.Err == nil {
			all := s.Findings(c, true)
			news = news || len(all) > len(s.Findings(c, false))
			r.Files = append(r.Files, project.FileReport{Path: name, Kind: project.Settings, Src: c.File.Src, File: c.File, Findings: all})
		}
	}
	if ctx.Err() == nil {
		found := across(project.ByFile(together))
		w.across.Store(&found)
		w.report.Store(r)
	}
	return r, news
}
