package cli

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"armillary.dev/internal/cli/format"
	"armillary.dev/server/files"
)

// A poller waits, and tells whether files have changed by giving another number.
type poller interface {
	wait(ctx context.Context) bool // false: interrupted
	state(also []string) uint64    // of everything that is checked, and of other files
}

// watch checks again whenever a file has changed and the changes have come to rest, until it is interrupted. The exit
// code is that of the last check.
func (r *checkRun) watch(ctx context.Context, p poller) error {
	for {
		if format.Terminal(r.out) {
			fmt.Fprint(r.out, "\x1b[2J\x1b[3J\x1b[H")
		}
		r.view.Disk.Refresh()
		r.view.Overlay = files.Overlay{Docs: map[string]string{}, Disk: r.view.Disk}
		c, err := r.check()
		if ctx.Err() != nil {
			return fail(ExitFailed, "interrupted before the first check was done")
		}
		var also []string
		if b, bad := r.baselineAt(r.flags.baseline); r.flags.baseline != "" && bad == nil {
			also = []string{b.file} // one that cannot be read may be mended
		}
		if err == nil {
			also = c.reads()
			if err = r.print(c); err == nil {
				if err = r.sayBaseline(c); err == nil {
					err = r.finish(c)
				}
			}
		}
		var e *exitError
		if errors.As(err, &e) && e.err != nil { // a baseline that is being edited, say
			fmt.Fprintln(r.err, "armillary:", inWords(e.err))
			err = &exitError{code: e.code}
		}
		if !r.flags.quiet {
			fmt.Fprintf(r.err, "watching %s since %s; Ctrl-C ends\n", plural(r.watched(c), "file"), r.clock().Format(time.TimeOnly))
		}
		last := p.state(also)
		for {
			if !p.wait(ctx) {
				return err
			}
			now := p.state(also)
			if now == last {
				continue
			}
			for now != last { // an editor that saves all its files is not done with the first
				last = now
				if !p.wait(ctx) {
					return err
				}
				now = p.state(also)
			}
			break
		}
	}
}

// watched counts the files that a check looked at; a check that failed has looked at none.
func (r *checkRun) watched(c *checked) int {
	n := 0
	if c != nil {
		for _, k := range c.kinds {
			n += k
		}
	}
	return n
}

// reads are the files outside of what is checked on which the answer depends, whether they exist or not.
func (c *checked) reads() []string {
	var all []string
	for i := range c.files {
		all = append(all, c.files[i].Reads...)
	}
	for _, conf := range c.session.Configs() {
		all = append(all, conf.Path)
	}
	if c.baseline != nil {
		all = append(all, c.baseline.file)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// diskPoller looks at names, sizes and times. It takes a tenth of the time at most.
type diskPoller struct {
	r    *checkRun
	took time.Duration // of the last look
}

func newPoller(r *checkRun) poller { return &diskPoller{r: r} }

const watchEvery = 300 * time.Millisecond

func (p *diskPoller) wait(ctx context.Context) bool {
	t := time.NewTimer(max(watchEvery, 9*p.took))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func (p *diskPoller) state(also []string) uint64 {
	begun := time.Now()
	p.r.view.Disk.Refresh()
	h := fnv.New64a()
	add := func(name string, info fs.FileInfo, err error) {
		if err != nil {
			fmt.Fprintf(h, "%s\x00-\n", name)
			return
		}
		fmt.Fprintf(h, "%s\x00%d\x00%d\n", name, info.Size(), info.ModTime().UnixNano())
	}
	for _, root := range p.r.names {
		_ = fs.WalkDir(p.r.view, root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				add(name, nil, err)
			case d.IsDir():
				if base := d.Name(); name != root && (base != ".vscode" && strings.HasPrefix(base, ".") || base == "node_modules") {
					return fs.SkipDir
				}
			default:
				info, err := d.Info()
				add(name, info, err)
			}
			return nil
		})
	}
	for _, name := range also {
		info, err := os.Stat(files.Path(name))
		add(name, info, err)
	}
	p.took = time.Since(begun)
	return h.Sum64()
}
