package jsonrule

import (
	"slices"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// Where a version control system could not merge two versions of a file, it writes both, between lines of seven characters.
// Nothing there can be judged, and nothing mended, before somebody has chosen.

// conflicts are the places of a file that wait for a choice.
type conflicts struct {
	markers []rule.Span // the lines, without their ends
	regions []rule.Span // from the first marker of a conflict to its last; a marker without its like is one of its own
}

// maxMarkers is how many markers are looked for. The first is the one that is reported.
const maxMarkers = 1000

// isConflict reports whether a line is a marker, and which one by its first character, '|' being that of the common ancestor.
func isConflict(line string) (kind byte, ok bool) {
	if len(line) < 7 || !strings.ContainsRune("<|=>", rune(line[0])) || strings.Trim(line[:7], line[:1]) != "" {
		return 0, false
	}
	return line[0], len(line) == 7 || line[7] == ' '
}

// findConflicts finds the markers of a file that is not JSON; a file that is has none.
func findConflicts(f *jsonc.File) conflicts {
	var c conflicts
	broken := slices.ContainsFunc(f.Errors, func(e jsonc.Error) bool { return !e.Code.Tolerated() })
	if !broken || !strings.Contains(f.Src, "<<<<<<<") && !strings.Contains(f.Src, ">>>>>>>") {
		return c
	}
	open, comment := -1, 0 // where the conflict begins in regions; the first comment that does not end before the line
	sure := false
	for start := 0; start < len(f.Src) && len(c.markers) < maxMarkers; {
		end := len(f.Src)
		if n := strings.IndexByte(f.Src[start:], '\n'); n >= 0 {
			end = start + n
		}
		line := strings.TrimSuffix(f.Src[start:end], "\r")
		for comment < len(f.Comments) && f.Comments[comment].End <= start {
			comment++
		}
		if kind, ok := isConflict(line); ok && !(comment < len(f.Comments) && f.Comments[comment].Start < start) {
			at := rule.Span{Start: start, End: start + len(line)}
			c.markers = append(c.markers, at)
			sure = sure || kind == '<' || kind == '>'
			if open >= 0 && kind != '<' {
				c.regions[open].End = at.End
			} else {
				c.regions = append(c.regions, at)
				open = -1
			}
			switch kind {
			case '<':
				open = len(c.regions) - 1
			case '>':
				open = -1
			}
		}
		start = end + 1
	}
	if len(c.markers) == maxMarkers {
		c.regions[len(c.regions)-1].End = len(f.Src)
	}
	if !sure { // a line of "=" alone is other rubbish
		return conflicts{}
	}
	return c
}

// Conflicted reports whether a version control system left a file half merged, so that none of its parts is safe to change.
func Conflicted(f *jsonc.File) bool { return len(findConflicts(f).markers) > 0 }

// unmerged returns the conflicts of the pass's file.
func (p *Pass) unmerged() *conflicts {
	if p.conflicts == nil {
		c := findConflicts(p.File)
		p.conflicts = &c
	}
	return p.conflicts
}

// maxOtherMarkers is how many more markers the finding about a conflict points to.
const maxOtherMarkers = 20

// reportConflicts reports the first marker; ok is false if there is none.
func (p *Pass) reportConflicts() (ok bool) {
	c := p.unmerged()
	if len(c.markers) == 0 {
		return false
	}
	f := p.Report(c.markers[0], p.nodeAt(c.markers[0].Start), "Merge conflict: choose one of the versions and remove the lines of <, = and >")
	for _, m := range c.markers[1:min(len(c.markers), maxOtherMarkers+1)] {
		f.Related = append(f.Related, rule.Related{Span: m, Message: "another marker"})
	}
	return true
}

// settle takes out what was found within conflicts, but for the conflict itself, and makes no fix one that needs no look.
func (p *Pass) settle() {
	c := p.unmerged()
	if len(c.markers) == 0 {
		return
	}
	p.out = slices.DeleteFunc(p.out, func(f rule.Finding) bool {
		i, _ := slices.BinarySearchFunc(c.regions, f.Span.Start, func(r rule.Span, at int) int { return r.End - at })
		return f.Rule.Code != CodeSyntax && i < len(c.regions) && f.Span.Start >= c.regions[i].Start
	})
	for i := range p.out {
		for k := range p.out[i].Fixes {
			p.out[i].Fixes[k].Preferred = false
		}
	}
}
