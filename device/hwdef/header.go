package hwdef

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// HeaderPath returns where the C header of a definition lies: inc/hw beside it (facts/manifest.md 2.5).
func HeaderPath(definition string) string {
	return path.Join(path.Dir(definition), "inc", "hw", baseName(definition)+".h")
}

// baseName is a definition's file name without its ending, on whatever system the path was written.
func baseName(p string) string {
	p = path.Base(strings.ReplaceAll(p, `\`, "/"))
	return strings.TrimSuffix(p, path.Ext(p))
}

// Header writes the C header of a definition, in the layout of the vendor's generator (facts/manifest.md 2.5). What cannot
// be a macro, because its name is no identifier or because it has no value, is left out.
func Header(d *Definition) string { return header(d, originLine(d)) }

// originLine says where a header comes from.
func originLine(d *Definition) string {
	return "// This file is generated from ../../" + baseName(d.Path) + ".json. Do not edit it directly."
}

func header(d *Definition, origin string) string {
	var b strings.Builder
	b.Grow(100 * (len(d.Peripherals) + len(d.Top) + 3))
	for _, line := range d.Top {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	b.WriteString("\n" + origin + "\n\n#pragma once\n")
	for _, imp := range d.Imports {
		b.WriteString(`#include "` + includePath(imp.Path) + "\"\n")
	}
	b.WriteByte('\n')
	for _, p := range d.Peripherals {
		value := p.Mapping
		if value == "" {
			value = p.HeaderValue
		}
		if !isMacro(p.Name, value) {
			continue
		}
		if p.Comment != "" {
			b.WriteString("// " + oneLine(p.Comment) + "\n")
		}
		b.WriteString("#define " + p.Name + " " + value + "\n\n")
	}
	return b.String()
}

// includePath is how a header names that of an import: beside it, or for an import in another folder on the way there
// from inc/hw. (The headers in IndustrialDeviceController of Azure/azure-sphere-gallery show it.)
func includePath(imp string) string {
	imp = strings.ReplaceAll(imp, `\`, "/")
	switch dir := path.Dir(imp); {
	case dir == ".":
		return baseName(imp) + ".h"
	case path.IsAbs(dir):
		return HeaderPath(imp)
	default:
		return path.Join("../..", HeaderPath(imp))
	}
}

// isMacro reports whether a macro of that name and value can be written on one line.
func isMacro(name, value string) bool {
	return isIdentifier(name) && value != "" && !strings.ContainsAny(value, "\r\n\\")
}

// oneLine keeps a comment from running into the line below it.
func oneLine(s string) string {
	return strings.TrimRight(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " "), ` \`)
}

// isIdentifier reports whether s is an identifier of C.
func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// HeaderState says how a header relates to its definition.
type HeaderState uint8

// States of a header.
const (
	HeaderCurrent HeaderState = iota // it says what would be generated
	HeaderStale                      // generated from another state of the definition
	HeaderEdited                     // by hand: it holds what generation never writes, and something is different
	HeaderMissing                    // there is none
)

func (s HeaderState) String() string {
	return [...]string{"current", "stale", "edited by hand", "missing"}[s]
}

// marker is the line by which generated headers are known, whichever tool wrote it; the tool for Windows writes
// back-slashes.
var marker = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^//.*generated from +\.\.[/\\]\.\.[/\\](.+?)\.json\b`)
})

// CompareHeader compares a header, if there is one, with what Header would write. How its lines end, blank lines, which
// slashes paths have, and the wording of the line that says where it comes from make no difference.
func CompareHeader(d *Definition, text string, there bool) HeaderState {
	if !there {
		return HeaderMissing
	}
	have, want := headerLines(text), headerLines(Header(d))
	switch {
	case slices.Equal(have, want):
		return HeaderCurrent
	case handWritten(text):
		return HeaderEdited
	}
	return HeaderStale
}

// headerLines returns what counts of a header.
func headerLines(text string) []string {
	lines := make([]string, 0, strings.Count(text, "\n"))
	generated := false
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			continue
		}
		if name, ok := originOf(line); ok && !generated {
			generated = true
			line = "// generated from " + name
		} else if strings.HasPrefix(line, "#include ") {
			line = strings.ReplaceAll(line, `\`, "/")
		}
		lines = append(lines, line)
	}
	return lines
}

// originOf returns the definition that a line names as the one the file is generated from.
func originOf(line string) (name string, ok bool) {
	if !strings.Contains(line, "generated from") {
		return "", false
	}
	m := marker().FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	return m[1], true
}

var (
	includeLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#include "[^"]+\.h"$`) })
	defineLine  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^#define ([A-Za-z_]\w*) ([A-Za-z_]\w*|\(-?\d+\))$`)
	})
	defined = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*#\s*define\s+(\w+)`) })
)

// handWritten reports whether something in a header was written by hand: everything may stand before the line that says
// where the file comes from, little behind it. A macro's value is a name or a number in parentheses.
func handWritten(text string) bool {
	generated, comment := false, false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		isComment := strings.HasPrefix(line, "// ")
		switch {
		case !generated:
			_, generated = originOf(line)
			isComment = false
		case isComment && !comment:
		case line == "" || line == "#pragma once" || includeLine().MatchString(line):
			if comment { // it belongs to no macro
				return true
			}
		case !defineLine().MatchString(line):
			return true
		}
		comment = isComment
	}
	return comment || !generated
}

// Lost says what would be gone of a header in a newer text of it, "" if nothing: a macro by its name, or a line of another
// kind, the first of them and how many more. What a macro stands for, comments, and where things are may change: C code that
// compiled still has all it names. A header in the generator's form may hold a line of somebody's all the same, as nothing
// tells `#define MINE LED` from what another state of the definition says.
func Lost(old, text string) string {
	kept := map[string]bool{}
	for _, line := range codeLines(text) {
		kept[line] = true
	}
	gone := slices.DeleteFunc(codeLines(old), func(line string) bool { return kept[line] })
	switch len(gone) {
	case 0:
		return ""
	case 1:
		return clip(gone[0])
	}
	return fmt.Sprintf("%s and %d more", clip(gone[0]), len(gone)-1)
}

// codeLines returns what a header has for the compiler: of a macro its name, any other line as it is.
func codeLines(text string) []string {
	var out []string
	comment := false
	for _, line := range headerLines(text) {
		for line = strings.TrimSpace(line); comment || strings.HasPrefix(line, "/*"); line = strings.TrimSpace(line) {
			if !comment {
				line = line[len("/*"):]
			}
			_, behind, ends := strings.Cut(line, "*/")
			if comment, line = !ends, behind; comment {
				break
			}
		}
		if m := defined().FindStringSubmatch(line); m != nil {
			out = append(out, m[1])
		} else if line != "" && !strings.HasPrefix(line, "//") {
			out = append(out, line)
		}
	}
	return out
}

// UpdateHeader is Header for a file that is there already: its line ends stay, and so does the line that says where it
// comes from, so that a header changes only where the definition did.
func UpdateHeader(d *Definition, old string) string {
	origin := originLine(d)
	for line := range strings.Lines(old) {
		line = strings.TrimRight(line, "\r\n")
		if name, ok := originOf(line); ok && name == baseName(d.Path) {
			origin = line
			break
		}
	}
	text := header(d, origin)
	if strings.Contains(old, "\r\n") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}
