package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// print writes an answer for people.
func (a *explained) print(w io.Writer) {
	if a.Line > 0 {
		times := ""
		if a.Times > 1 {
			times = fmt.Sprintf(", in %d lines", a.Times)
		}
		fmt.Fprintf(w, "line %d: %s%s\n", a.Line, a.Query, times)
	}
	switch a.Kind {
	case "rule":
		fmt.Fprintf(w, "%s: %s\n", a.Name, a.Title)
		severity := a.Severity
		if a.Strict != "" {
			severity += "; " + a.Strict + " under --strict"
		}
		pair(w, "severity", severity)
		if a.Refuses != nil {
			pair(w, "device", a.Refuses.text)
		}
		if a.Fix != "" {
			pair(w, "fix", a.Fix)
		}
		pair(w, "see", strings.Join(a.See, ", "))
	case "device":
		fmt.Fprintf(w, "device error %s: %s\n", a.Short, a.Name)
		pair(w, "number", fmt.Sprintf("%d (%s)", a.Code, a.Hex))
		pair(w, "category", fmt.Sprintf("%d %s: %s", a.Category.Number, a.Category.Name, a.Category.About))
		if a.OS != "" {
			pair(w, "known to", "OS "+a.OS)
		}
		for _, v := range a.Versions {
			pair(w, "also", v.Name+", in OS "+v.OS)
		}
		if len(a.FoundBy) > 0 {
			pair(w, "found by", strings.Join(a.FoundBy, ", ")+" before it is deployed")
		}
	case "errno":
		fmt.Fprintf(w, "errno %d: %s, %s\n", a.Code, a.Name, a.Title)
	case "capability":
		fmt.Fprintf(w, "capability %s\n", a.Name)
		if len(a.Apps) > 0 {
			pair(w, "for", strings.Join(a.Apps, " and ")+" apps")
		}
		if a.Since != "" {
			pair(w, "since", a.Since)
		}
		if len(a.NeededBy) > 0 {
			pair(w, "needed by", strings.Join(a.NeededBy, ", "))
		}
	case "power control":
		fmt.Fprintf(w, "power control %s\n", a.Name)
		pair(w, "needed by", strings.Join(a.NeededBy, ", "))
	case "function":
		fmt.Fprintf(w, "function %s\n", a.Name)
		pair(w, "needs", strings.Join(a.Needs, " and "))
		if a.Errno != "" {
			pair(w, "without", a.Errno)
		}
	}
	if a.Text != "" {
		fmt.Fprintf(w, "\n%s\n", wrap(a.Text, "", ""))
	}
	if a.Help != "" {
		fmt.Fprintf(w, "%s\n", wrap(a.Help, "", ""))
	}
}

// pair prints one fact, its further lines under its first.
func pair(w io.Writer, what, text string) {
	const indent = 13
	head := fmt.Sprintf("  %-*s", indent-2, what+":")
	fmt.Fprintln(w, wrap(text, head, strings.Repeat(" ", indent)))
}

// columns is how wide explanations are printed.
const columns = 96

// wrap fills paragraphs. The first line begins with first, the others with rest. Lines of lists, tables and code are
// left as they are.
func wrap(text, first, rest string) string {
	var lines []string
	var line string
	flush := func() {
		if line != "" {
			lines = append(lines, line)
			line = ""
		}
	}
	code := false
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		fence := strings.HasPrefix(l, "```")
		if code || fence || l == "" || strings.ContainsRune(" \t|-*#", rune(l[0])) {
			flush()
			lines = append(lines, l)
			code = code != fence
			continue
		}
		for _, word := range strings.Fields(l) {
			if line != "" && len(rest)+utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
				flush()
			}
			if line != "" {
				line += " "
			}
			line += word
		}
	}
	flush()
	return first + strings.Join(lines, "\n"+rest)
}
