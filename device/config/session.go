package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// A Session applies configurations to the files of one check and remembers which suppressions were of use. A language
// server takes one for each snapshot. It must not be used by several goroutines at once.
type Session struct {
	fsys    fs.FS
	rules   []*rule.Rule
	folders map[string]*Config // nearest configuration by folder; nil: none
	order   []*Config
	used    map[*Ignore]bool
}

// NewSession returns a session that reads configurations through fsys. Codes in them are held to rules.
func NewSession(fsys fs.FS, rules []*rule.Rule) *Session {
	return &Session{fsys: fsys, rules: rules, folders: map[string]*Config{}, used: map[*Ignore]bool{}}
}

// Suppressed is a finding that is not to be shown.
type Suppressed struct {
	rule.Finding
	InSource bool   // by a comment beside it; else by a configuration or a baseline
	Reason   string // in the words of who decided
}

// For returns the configuration that counts for a file, or nil.
func (s *Session) For(file string) *Config { return s.forFolder(path.Dir(file)) }

// ForFolder returns the configuration that counts for what lies in a folder, or nil.
func (s *Session) ForFolder(folder string) *Config { return s.forFolder(path.Clean(folder)) }

func (s *Session) forFolder(folder string) *Config {
	// The folders on the way have the same answer; each is asked once.
	var way []string
	var found *Config
	for dir := folder; ; dir = path.Dir(dir) {
		if c, ok := s.folders[dir]; ok {
			found = c
			break
		}
		way = append(way, dir)
		if found = s.read(path.Join(dir, FileName)); found != nil {
			break
		}
		if _, err := fs.Stat(s.fsys, path.Join(dir, ".git")); err == nil || dir == "." || isRoot(dir) {
			break
		}
	}
	for _, dir := range way {
		s.folders[dir] = found
	}
	return found
}

// isRoot reports whether a folder is a drive or share of Windows, above which nothing is.
func isRoot(dir string) bool {
	return path.Dir(dir) == "." && (strings.HasSuffix(dir, ":") || dir == "unc")
}

func (s *Session) read(name string) *Config {
	data, err := fs.ReadFile(s.fsys, name)
	var c *Config
	switch {
	case err == nil:
		c = Parse(name, string(data), s.rules)
		c.findHwDef(s.fsys)
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid):
		return nil
	default:
		if info, statErr := fs.Stat(s.fsys, name); statErr != nil || info.IsDir() {
			return nil // a folder of that name, or a file in a folder's place, is nobody's configuration
		}
		c = &Config{Path: name, Err: err}
	}
	s.order = append(s.order, c)
	return c
}

// findHwDef takes the board that the configuration names, if there is no file of that name, and says so where there is
// neither.
func (c *Config) findHwDef(fsys fs.FS) {
	if c.HwDef == "" {
		return
	}
	given, _ := c.hwdefAt.Str()
	if c.HwDef = hwdef.Choose(fsys, c.HwDef, given); hwdef.Board(c.HwDef) != nil {
		return
	}
	info, err := fs.Stat(fsys, c.HwDef)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		p := &parser{Config: c}
		p.wrong(c.hwdefAt, "There is no hardware definition %s, and no board of that name; the path is relative to the folder of this file", short(strings.TrimPrefix(c.HwDef, c.Folder()+"/")))
		slices.SortStableFunc(c.Findings, func(a, b rule.Finding) int { return a.Span.Start - b.Span.Start })
	}
}

// Apply sorts the findings of one file into those that are shown and those that are not, with the severities that its
// configuration chooses or makes strict, and adds what is wrong with the file's suppressing comments. Findings of rules that are turned off are
// in neither. The findings that it is given are not changed; tree is the parsed text of a JSON file and may be nil.
func (s *Session) Apply(file, src string, tree *jsonc.File, findings []rule.Finding) (kept []rule.Finding, suppressed []Suppressed) {
	c := s.For(file)
	chosen := c.severities(file)
	strict, _ := c.StrictFor(file)
	comments := notes(file, src, tree, s.rules)
	byLine := map[int][]*note{}
	for _, n := range comments {
		if n.problem == "" {
			for line := n.line; line <= n.lastLine; line++ {
				byLine[line] = append(byLine[line], n)
			}
			if n.own != n.line {
				byLine[n.own] = append(byLine[n.own], n)
			}
		}
	}
	var lines *jsonc.Lines
	if len(byLine) > 0 {
		lines = jsonc.NewLines(src)
	}
	for _, f := range findings {
		if strict && !f.Mild && f.Rule.Strict != 0 && f.Severity == f.Rule.Severity {
			f.Severity = f.Rule.Strict
		}
		if _, said := chosen[f.Rule.Code]; f.Rule.Off && !said || !choose(chosen, &f) {
			continue
		}
		if lines != nil {
			line, _ := lines.UTF8(f.Span.Start)
			if n := forCode(byLine[line], f.Rule.Code); n != nil {
				n.used = append(n.used, f.Rule.Code)
				suppressed = append(suppressed, Suppressed{f, true, n.reason})
				continue
			}
		}
		if ig := s.ignored(c, file, &f); ig != nil {
			suppressed = append(suppressed, Suppressed{f, false, ig.Reason})
			continue
		}
		kept = append(kept, f)
	}
	for _, n := range comments {
		f := rule.Finding{Rule: reasonRule, Severity: reasonRule.Severity, Span: n.span, Message: n.problem}
		if n.problem == "" {
			unused := n.unused()
			if len(unused) == 0 {
				continue
			}
			left := strings.Join(unused, ", ")
			fix := rule.Fix{Title: "Remove the comment", Edits: []rule.Edit{{Span: n.whole}}}
			if len(unused) < len(n.codes) {
				keep := slices.DeleteFunc(slices.Clone(n.codes), func(c string) bool { return slices.Contains(unused, c) })
				fix = rule.Fix{Title: "Remove " + left, Edits: []rule.Edit{{Span: n.list, New: strings.Join(keep, ", ")}}}
			}
			f = rule.Finding{Rule: unusedRule, Severity: unusedRule.Severity, Span: n.span,
				Message: fmt.Sprintf("There is no %s here to suppress", left), Fixes: []rule.Fix{fix}}
		}
		if choose(chosen, &f) {
			kept = append(kept, f)
		}
	}
	slices.SortStableFunc(kept, func(a, b rule.Finding) int { return a.Span.Start - b.Span.Start })
	return kept, suppressed
}

// choose gives a finding the severity of the configuration. It returns false where the rule is off.
func choose(chosen map[string]rule.Severity, f *rule.Finding) bool {
	severity, ok := chosen[f.Rule.Code]
	if !ok {
		return true
	}
	f.Severity = severity
	return severity != 0
}

func (s *Session) ignored(c *Config, file string, f *rule.Finding) *Ignore {
	if c == nil {
		return nil
	}
	var found *Ignore
	for _, ig := range c.byCode[f.Rule.Code] { // all that fit were of use
		if c.covers(ig, file, f) {
			s.used[ig] = true
			if found == nil {
				found = ig
			}
		}
	}
	return found
}

func forCode(list []*note, code string) *note {
	for _, n := range list {
		if slices.Contains(n.codes, code) {
			return n
		}
	}
	return nil
}

// Configs returns the configurations that counted for a file of the session, in the order in which they were found.
func (s *Session) Configs() []*Config { return s.order }

// Findings returns what is to be said of a configuration itself. That one of its suppressions was of no use can be
// said only when every file below its folder has been applied; whole says so.
func (s *Session) Findings(c *Config, whole bool) []rule.Finding {
	all := slices.Clone(c.Findings)
	if whole {
		for _, ig := range c.Ignore {
			if !s.used[ig] && len(all) < 2*maxFindings {
				all = append(all, rule.Finding{Rule: unusedRule, Severity: unusedRule.Severity, Span: span(ig.node), Pointer: ig.node.Pointer(),
					Message: fmt.Sprintf("There is no %s to ignore%s", ig.Code, where(ig)), Fixes: removal(c.File, ig.node)})
			}
		}
	}
	kept, chosen := all[:0], c.severities(c.Path)
	for _, f := range all {
		if choose(chosen, &f) {
			kept = append(kept, f)
		}
	}
	slices.SortStableFunc(kept, func(a, b rule.Finding) int { return a.Span.Start - b.Span.Start })
	return kept
}

func where(ig *Ignore) string {
	said := ""
	if ig.Pointer != "" {
		said = " at " + short(ig.Pointer)
	}
	if len(ig.Files) > 0 {
		said += " in " + short(ig.Files[0].Text)
		if len(ig.Files) > 1 {
			said += fmt.Sprintf(" and %d more patterns", len(ig.Files)-1)
		}
	}
	return said
}

// removal takes an element out of a list, with one comma.
func removal(f *jsonc.File, n *jsonc.Node) []rule.Fix {
	cut := span(n)
	list := n.Parent.Children
	switch {
	case n.Index > 0:
		cut.Start = list[n.Index-1].End
	case len(list) > 1:
		cut.End = list[1].Start
	}
	for _, c := range f.Comments { // what stands beside it may be about its neighbour
		if c.Start >= cut.Start && c.End <= cut.End && !(c.Start >= n.Start && c.End <= n.End) {
			return nil
		}
	}
	return []rule.Fix{{Title: "Remove the entry", Edits: []rule.Edit{{Span: cut}}}}
}
