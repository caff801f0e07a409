package analysis

import (
	"context"
	"time"

	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// across is what the rules that look at all apps of a workspace say, by file.
type across map[string][]rule.Finding

// quick is how long looking at all apps may take to be done before the findings of one file are shown, rather than after.
const quick = 3 * time.Millisecond

// Across returns, by file, what the rules say that look at all apps of the workspace. It may take long the first time; it
// ends early, with nothing, when ctx does.
func (w *Workspace) Across(ctx context.Context) map[string][]rule.Finding {
	w.acrossMu.Lock()
	defer w.acrossMu.Unlock()
	if known := w.across.Load(); known != nil {
		return *known
	}
	begin := time.Now()
	var apps []*project.App
	for _, dir := range w.Inventory(ctx).Apps {
		if ctx.Err() != nil {
			return nil
		}
		if a := w.app(dir); a != nil {
			apps = append(apps, a)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	var found across
	if len(apps) > 0 {
		found = project.ByFile(project.CheckTogether(w.view, apps, w.options("")))
	}
	w.across.Store(&found)
	w.with.acrossTook.Store(int64(time.Since(begin)))
	w.with.looked.Store(true)
	return found
}

// AcrossNow is Across if the answer is there or will be at once; else ok is false.
func (w *Workspace) AcrossNow(ctx context.Context) (found map[string][]rule.Finding, ok bool) {
	if known := w.across.Load(); known != nil {
		return *known, true
	}
	if !w.with.looked.Load() || w.with.acrossTook.Load() > int64(quick) {
		return nil, false
	}
	if !w.acrossMu.TryLock() {
		return nil, false // somebody is at it
	}
	w.acrossMu.Unlock()
	return w.Across(ctx), true
}
