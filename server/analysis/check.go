package analysis

import (
	"context"
	"io/fs"

	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// CheckAll checks everything at or below paths: each file by itself, each app with its sources, and the apps that share a
// device. `armillary check` prints what it returns, and an editor shows for a file what it returns for that file.
func (c *Checker) CheckAll(ctx context.Context, view fs.FS, paths []string, opt project.Options) *project.Report {
	opt.Cache = c.cache
	r := project.Check(view, paths, opt)
	w := c.Workspace(view, paths, Settings{Strict: opt.Strict, Hwdef: opt.HwDef, SearchDirs: opt.SearchDirs})
	apps := r.Apps()
	for _, a := range apps {
		if ctx.Err() != nil {
			return r
		}
		r.Add(view, w.appFindings(a, opt))
	}
	r.Add(view, project.CheckTogether(view, apps, opt))
	r.Sort()
	return r
}

// appFindings is what the rules say that look at an app as a whole: its CMake files and its sources.
func (w *Workspace) appFindings(a *project.App, opt project.Options) []project.FileFinding {
	var found []project.FileFinding
	return found
}

// ofApp returns those of an app's findings that are in one file, and the files that they depend on.
func (w *Workspace) ofApp(a *project.App, name string) []rule.Finding {
	var list []rule.Finding
	for _, f := range w.appFindings(a, w.options(name)) {
		if f.File == name {
			list = append(list, f.Finding)
		}
	}
	return list
}
