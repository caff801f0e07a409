package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// list is the file with the judged findings: comments, a line with the columns' names, and one line for each finding.
type list struct {
	comments []string // with their #
	rows     []*finding
}

var columns = []string{"corpus", "repo", "path", "line", "code", "pointer", "message", "excerpt", "verdict", "evidence"}

// parse reads a list. An empty text is an empty list.
func parse(text string) (*list, error) {
	l := &list{}
	head := false
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "#"):
			l.comments = append(l.comments, line)
			continue
		case !head:
			if head = line == strings.Join(columns, "\t"); !head {
				return nil, fmt.Errorf("line %d: the columns are %s", n, strings.Join(columns, ", "))
			}
			continue
		}
		c := strings.Split(line, "\t")
		if len(c) != len(columns) {
			return nil, fmt.Errorf("line %d has %d columns, not %d", n, len(c), len(columns))
		}
		at, err := strconv.Atoi(c[3])
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is no line number", n, c[3])
		}
		if !slices.Contains([]string{"", "right", "wrong"}, c[8]) {
			return nil, fmt.Errorf("line %d: the verdict is right or wrong, not %q", n, c[8])
		}
		l.rows = append(l.rows, &finding{corpus: c[0], repo: c[1], path: c[2], line: at, code: c[4], pointer: c[5], message: c[6], excerpt: c[7], verdict: c[8], evidence: c[9]})
	}
	return l, nil
}

// replace takes other rows, with the verdicts of those that were there already and say the same. It returns how many have
// none.
func (l *list) replace(rows []*finding) (unjudged int) {
	was := map[string]*finding{}
	for _, f := range l.rows {
		was[f.identity()] = f
	}
	for _, f := range rows {
		if o := was[f.identity()]; o != nil && o.message == f.message {
			f.verdict, f.evidence = o.verdict, o.evidence
		}
		if f.verdict == "" {
			unjudged++
		}
	}
	l.rows = rows
	return unjudged
}

func (l *list) String() string {
	var b strings.Builder
	for _, c := range l.comments {
		b.WriteString(c + "\n")
	}
	b.WriteString(strings.Join(columns, "\t") + "\n")
	for _, f := range l.rows {
		b.WriteString(strings.Join([]string{f.corpus, f.repo, f.path, strconv.Itoa(f.line), f.code, f.pointer, f.message, f.excerpt, f.verdict, f.evidence}, "\t") + "\n")
	}
	return b.String()
}
