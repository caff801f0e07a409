package cli

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"armillary.dev/internal/cli/format"
)

// progress says on stderr how far a long check is: a bar on a terminal, a line for every tenth elsewhere, and nothing where the
// check takes less than a second, or five where there is no terminal.
type progress struct {
	w     io.Writer
	bar   bool
	now   func() time.Time
	count func() int // how many files there are to check; asked once, when the check has turned out to be long

	begun time.Time
	last  time.Time // when the bar was drawn
	total int       // 0: not counted yet
	seen  map[string]bool
	tenth int // of which a line was written
	drawn bool
}

const (
	progressAfter = time.Second
	linesAfter    = 5 * time.Second // a log is read afterwards: what was soon done is of no interest in it
	progressEvery = 100 * time.Millisecond
)

func newProgress(r *checkRun) *progress {
	p := &progress{w: r.err, bar: format.Terminal(r.err), now: time.Now, count: r.countFiles, seen: map[string]bool{}}
	if r.flags.quiet {
		p.w = io.Discard
	}
	p.begun = p.now()
	return p
}

// opened is told of every file that is read.
func (p *progress) opened(name string) {
	if !isJSON(name) || p.seen[name] {
		return
	}
	p.seen[name] = true
	now := p.now()
	if after := now.Sub(p.begun); after < progressAfter || !p.bar && after < linesAfter {
		return
	}
	if p.total == 0 {
		p.total = max(1, p.count())
	}
	done := min(len(p.seen)*100/p.total, 100)
	switch {
	case p.bar && now.Sub(p.last) >= progressEvery:
		p.last, p.drawn = now, true
		fmt.Fprintf(p.w, "\rchecking [%-20s] %3d %%", strings.Repeat("=", done/5), done)
	case !p.bar && done/10 > p.tenth:
		p.tenth = done / 10
		fmt.Fprintf(p.w, "checking: %d %%\n", p.tenth*10)
	}
}

// done wipes the bar.
func (p *progress) done() {
	if p.drawn {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", len("checking [] 100 %")+20))
	}
}

func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") }

// countFiles counts the JSON files below what is checked, roughly: it opens none.
func (r *checkRun) countFiles() int {
	n := 0
	for _, root := range r.names {
		_ = fs.WalkDir(r.view, root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil
			case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "out"):
				return fs.SkipDir
			case !d.IsDir() && isJSON(name):
				n++
			}
			return nil
		})
	}
	return n
}
