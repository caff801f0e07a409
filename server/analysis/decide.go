package analysis

import (
	"context"
	"path"

	"armillary.dev/device/config"
	"armillary.dev/device/jsonc"
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

// decided returns the hardware definition that the configuration of a manifest names; "" if it names none.
func (w *Workspace) decided(manifest string) string {
	if manifest == "" {
		return ""
	}
	w.sessionMu.Lock()
	defer w.sessionMu.Unlock()
	if c := w.decisions().For(manifest); c != nil {
		return c.HwDef
	}
	return ""
}

// Shown returns those of a file's findings that the user's decisions leave, with the severities that they choose, and what
// is wrong with the decisions that the file itself holds.
func (w *Workspace) Shown(f *File, findings []rule.Finding) []rule.Finding {
	if f.Path == "" {
		return findings
	}
	w.sessionMu.Lock()
	defer w.sessionMu.Unlock()
	return show(w.decisions(), &f.FileReport, findings)
}

// show is Shown for one session.
func show(s *config.Session, f *project.FileReport, findings []rule.Finding) []rule.Finding {
	if f.Kind == project.Settings {
		return config.Parse(f.Path, f.Src, Rules()).Findings
	}
	if s.For(f.Path).Excludes(f.Path) {
		return nil
	}
	kept, _ := s.Apply(f.Path, f.Src, f.File, findings)
	return kept
}

// Report checks everything in the open folders and applies the user's decisions. It ends early, with less, when ctx does.
func (w *Workspace) Report(ctx context.Context) *project.Report {
	w.reportMu.Lock()
	defer w.reportMu.Unlock()
	if w.report != nil {
		return w.report
	}
	opt := w.options("")
	opt.ShowIn = near
	r := w.with.CheckAll(ctx, w.view, w.roots, opt)
	s := config.NewSession(w.view, Rules())
	for i := range r.Files {
		f := &r.Files[i]
		f.Findings = show(s, f, f.Findings)
	}
	for _, name := range w.Inventory(ctx).Others {
		if project.KindOf(name) != project.Settings {
			continue
		}
		src, ok := w.read(name)
		if c := s.ForFolder(path.Dir(name)); ok && c != nil && c.Path == name {
			r.Files = append(r.Files, project.FileReport{Path: name, Kind: project.Settings, Src: src, File: jsonc.ParseString(src),
				Findings: s.Findings(c, true)})
		}
	}
	if ctx.Err() == nil {
		w.report = r
	}
	return r
}
