package analysis

import (
	"context"
	"io/fs"
	"slices"

	"armillary.dev/device/project"
)

// CheckAll checks everything at or below paths: each file by itself, each app with its sources, and the apps that share a
// device. `armillary check` prints what package config leaves of what it returns, and an editor shows for a file what it
// returns for that file.
func (c *Checker) CheckAll(ctx context.Context, view fs.FS, paths []string, opt project.Options) *project.Report {
	r, _, _ := c.checkAll(ctx, view, paths, opt)
	return r
}

// checkAll is CheckAll, and returns as well what the rules said that look at all apps, and which files apps are made of. It is
// cut short when ctx has ended.
func (c *Checker) checkAll(ctx context.Context, view fs.FS, paths []string, opt project.Options) (r *project.Report, together []project.FileFinding, parts []string) {
	opt.Cache = c.cache
	r = project.Check(view, paths, opt)
	w := c.Workspace(view, paths, Settings{Strict: opt.Strict, Hwdef: opt.HwDef, SearchDirs: opt.SearchDirs, Program: opt.Program})
	apps := r.Apps()
	looked := slices.Clone(apps)
	r.Owned(view, func(dir string) {
		if a, err := project.OpenApp(view, dir, opt); err == nil {
			looked = append(looked, a)
		}
	})
	for _, a := range looked {
		if ctx.Err() != nil {
			return r, nil, nil
		}
		found, reads := w.appFindings(a)
		parts = append(parts, reads...)
		r.Add(view, found)
	}
	together = project.CheckTogether(view, apps, opt)
	r.Add(view, together)
	r.Sort()
	return r, together, parts
}

// appFindings is what the rules say that look at an app as a whole, its CMake files and its sources; and the files that
// this depends on, beside the manifest.
func (w *Workspace) appFindings(a *project.App) (found []project.FileFinding, reads []string) {
	found = a.CheckProject(w.view)
	s := w.Sources(a)
	for name, list := range CheckSources(s) {
		for _, f := range list {
			found = append(found, project.FileFinding{File: name, Finding: f})
		}
	}
	found = append(found, w.staleHeaders(a, s.Files)...)
	for _, f := range s.Files {
		reads = append(reads, f.Path)
	}
	return found, append(reads, w.cmakeFiles(a)...)
}
