package cli

import (
	"fmt"
	"path"
	"strings"

	"armillary.dev/device/config"
)

// baseline is the file of --baseline.
type baseline struct {
	*config.Baseline
	path   string // as it was written
	file   string // its name in the view
	folder string // of it; entries are relative to it
}

// name is how a baseline in a folder calls a file: relative, so that the repository may lie anywhere.
func (b *baseline) name(file string) string {
	from, to := strings.Split(b.folder, "/"), strings.Split(file, "/")
	if b.folder == "." {
		from = nil
	}
	n := 0
	for n < len(from) && n < len(to)-1 && from[n] == to[n] {
		n++
	}
	return strings.Repeat("../", len(from)-n) + strings.Join(to[n:], "/")
}

// baselineAt says where a baseline is.
func (r *checkRun) baselineAt(written string) (*baseline, error) {
	name, err := r.places.add(written)
	if err != nil {
		return nil, fail(ExitUsage, "the baseline: %w", err)
	}
	return &baseline{config.NewBaseline(), written, name, path.Dir(name)}, nil
}

// openBaseline reads the file of --baseline; without one it returns nil.
func (r *checkRun) openBaseline() (*baseline, error) {
	if r.flags.baseline == "" {
		return nil, nil
	}
	b, err := r.baselineAt(r.flags.baseline)
	if err != nil {
		return nil, err
	}
	data, err := r.view.ReadFile(b.file)
	if err != nil {
		return nil, fail(ExitFailed, "--baseline %s: %w", b.path, bare(err))
	}
	if b.Baseline, err = config.ParseBaseline(string(data)); err != nil {
		return nil, fail(ExitUsage, "--baseline %s: %w", b.path, err)
	}
	return b, nil
}

// sayBaseline says how much of the baseline is no longer found, or takes it out.
func (r *checkRun) sayBaseline(c *checked) error {
	b := c.baseline
	if b == nil {
		return nil
	}
	failed := map[string]bool{}
	for _, f := range c.failed {
		failed[f.Path] = true
	}
	looked := func(file string) bool {
		name := path.Join(b.folder, file)
		return r.covers(name) && !failed[name]
	}
	if !r.flags.prune {
		if n := b.Gone(looked); n > 0 && !r.flags.quiet {
			fmt.Fprintf(r.err, "%s of %s no longer found; --prune-baseline takes out what is gone\n", plural(n, "finding"), b.path+isOrAre(n))
		}
		return nil
	}
	n := b.Prune(looked)
	if n > 0 {
		if err := writeFile(b.path, []byte(b.Text())); err != nil {
			return fail(ExitFailed, "%s: not written: %w", b.path, bare(err))
		}
	}
	if !r.flags.quiet {
		fmt.Fprintf(r.err, "%s taken out of %s, which holds %d now\n", plural(n, "finding"), b.path, b.Len())
	}
	return nil
}

func isOrAre(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

// writeBaseline writes everything that is found into a new baseline.
func (r *checkRun) writeBaseline(c *checked) error {
	b, err := r.baselineAt(r.flags.newBase)
	if err != nil {
		return err
	}
	for i := range c.files {
		b.Add(b.name(c.files[i].Path), c.files[i].Findings)
	}
	if len(c.failed) > 0 || len(c.files) == 0 {
		return r.finish(c) // a baseline of a part would hide that
	}
	if err := writeFile(b.path, []byte(b.Text())); err != nil {
		return fail(ExitFailed, "%s: not written: %w", b.path, bare(err))
	}
	if !r.flags.quiet {
		fmt.Fprintf(r.err, "%s written to %s; 'armillary check --baseline %s' leaves them out\n", plural(b.Len(), "finding"), b.path, b.path)
	}
	return nil
}
