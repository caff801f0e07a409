// Package format prints findings: for people (Text), one per line (Short), for programs (JSON, SARIF) and for the pages
// of continuous integration (GitHub, GitLab, JUnit).
//
// It must not know where files come from, which rules there are, or what makes a check fail.
package format

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/rule"
	"armillary.dev/server/text"
)

// A Report is what there is to print.
type Report struct {
	Files   []File       // sorted by Sort; those without findings too, which only JUnit prints
	Failed  []Failure    // what could not be checked
	Rules   []*rule.Rule // every rule that was asked, for formats that describe rules; a finding's rule may be missing here
	Version string       // of the program
}

// A Failure is a file that could not be checked.
type Failure struct{ Path, Message string }

// A File is one checked file.
type File struct {
	Path       string // as it is printed, with the system's separators
	Map        *text.Map
	Findings   []rule.Finding
	Suppressed []Suppressed // findings that count no more; SARIF and JUnit keep them
	// Other finds another file that a finding speaks of: its path as printed and its text. It may be nil.
	Other func(name string) (path string, m *text.Map, ok bool)
}

// Suppressed is a finding that somebody has decided to live with.
type Suppressed struct {
	rule.Finding
	InSource bool   // by a comment beside it; else by armillary.json or a baseline
	Reason   string // in the words of who decided
}

// A Format prints reports.
type Format struct {
	Name  string
	Print func(w io.Writer, r *Report, o Options) error
	// Human says that the output is read, not parsed: a summary may follow it.
	Human bool
}

// Options of printing.
type Options struct {
	Colour bool
	Hints  bool // print hints too; JSON always holds them
	Width  int  // columns that text may take; 0: as many as it likes
}

// All are the formats, in the order in which help names them.
var All = []Format{
	{Name: "text", Print: Text, Human: true},
	{Name: "short", Print: Short},
	{Name: "json", Print: JSON},
	{Name: "sarif", Print: SARIF},
	{Name: "github", Print: GitHub},
	{Name: "gitlab", Print: GitLab},
	{Name: "junit", Print: JUnit},
}

// ByName returns a format.
func ByName(name string) (Format, error) {
	for _, f := range All {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("there is no format %q; the formats are %s", name, strings.Join(Names(), ", "))
}

// Names are the names of all formats.
func Names() []string {
	names := make([]string, len(All))
	for i, f := range All {
		names[i] = f.Name
	}
	return names
}

// Sort orders files by path and the findings of each by place, gravest first where they share one.
func Sort(files []File) {
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	byPlace := func(a, b rule.Finding) int {
		return cmp.Or(a.Span.Start-b.Span.Start, int(a.Severity)-int(b.Severity), strings.Compare(a.Rule.Code, b.Rule.Code))
	}
	for _, f := range files {
		slices.SortStableFunc(f.Findings, byPlace)
		slices.SortStableFunc(f.Suppressed, func(a, b Suppressed) int { return byPlace(a.Finding, b.Finding) })
	}
}

// key is what tells a finding from others of its file without naming a line: its rule and the element, or its words
// where it has none.
func key(f *File, x *rule.Finding) string {
	at := x.Pointer
	if at == "" {
		at = x.Message
	}
	return filepath.ToSlash(f.Path) + "\x00" + x.Rule.Code + "\x00" + at
}

// fingerprints numbers equal findings, so that each has a name that an edit elsewhere in the file leaves alone.
type fingerprints map[string]int

func (p fingerprints) of(f *File, x *rule.Finding) string {
	k := key(f, x)
	p[k]++
	sum := sha256.Sum256([]byte(k + "\x00" + strconv.Itoa(p[k])))
	return hex.EncodeToString(sum[:16])
}

// other resolves a file that a finding names; an empty name is f itself.
func (f *File) other(name string) (path string, m *text.Map, ok bool) {
	if name == "" {
		return f.Path, f.Map, true
	}
	if f.Other == nil {
		return name, nil, false
	}
	return f.Other(name)
}

// Plain makes foreign text safe to print: control characters, which could move the cursor or colour the terminal,
// become visible.
func Plain(s string) string {
	clean := func(r rune) bool {
		return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' || r == '\u2066'
	}
	if !strings.ContainsFunc(s, clean) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case r < ' ':
			return '\u2400' + r // the pictures of control characters
		case clean(r):
			return '\ufffd'
		}
		return r
	}, s)
}
