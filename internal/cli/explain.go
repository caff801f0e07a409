package cli

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"armillary.dev/device/deverr"
	"armillary.dev/device/manifest"
	"armillary.dev/internal/cli/format"
)

func init() { commands = append(commands, newExplain) }

func newExplain(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "explain CODE…",
		Short: "Say what a finding, a device error or an errno means",
		Long: "Explains, without network or device:\n\n" +
			"  AZS101                      a rule of 'armillary check' and the editor\n" +
			"  2097187  0x200023  2.35     a device error, as tools, logs and the documentation write it; also by name\n" +
			"  EACCES  13                  an error number that applibs and the C library report\n" +
			"  Gpio                        a capability of the manifest",
		Example: "  armillary explain AZS101\n  armillary explain 2.35",
		Args:    cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			for _, r := range allRules() {
				codes = append(codes, r.Code+"\t"+r.Title)
			}
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			for i, a := range args {
				if i > 0 {
					fmt.Fprintln(s.out)
				}
				if err := explain(s.out, strings.TrimSpace(a)); err != nil {
					return fail(ExitUsage, "%w", err)
				}
			}
			return nil
		},
	}
}

// explain prints what is known about a code in any of its spellings.
func explain(w io.Writer, code string) error {
	if isRule := regexp.MustCompile(`(?i)^azs[0-9]*$`).MatchString(code); isRule {
		return explainRule(w, code)
	}
	if n, err := strconv.ParseUint(code, 10, 31); err == nil && n < 1<<20 {
		// Category 0 has no device errors, so a number this small is an errno.
		e, err := deverr.ParseErrno(code)
		if err != nil {
			return fmt.Errorf("%w; a device error's number is at least 1048576", err)
		}
		explainErrno(w, e)
		return nil
	}
	if e, err := deverr.ParseErrno(code); err == nil {
		explainErrno(w, e)
		return nil
	}
	if n, err := deverr.Parse(code); err == nil {
		return explainDevice(w, n)
	}
	for _, c := range manifest.Capabilities() {
		if strings.EqualFold(c.Name, code) {
			explainCapability(w, &c)
			return nil
		}
	}
	return fmt.Errorf("%q is nothing that can be explained: write a rule (AZS101), a device error (2097187, 0x200023, 2.35), "+
		"an errno (EACCES, 13) or a capability (Gpio)", code)
}

func explainRule(w io.Writer, code string) error {
	r := lookupRule(strings.ToUpper(code))
	if r == nil {
		all := allRules()
		return fmt.Errorf("there is no rule %s; the rules go from %s to %s, see docs/rules.md", strings.ToUpper(code), all[0].Code, all[len(all)-1].Code)
	}
	fmt.Fprintf(w, "%s: %s\n", r.Code, r.Title)
	severity := r.Severity.String()
	if r.Strict != 0 && r.Strict != r.Severity {
		severity += fmt.Sprintf("; %s under --strict", r.Strict)
	}
	pair(w, "severity", severity)
	if said := format.Refusal(r.Refuses); said != "" {
		pair(w, "device", said)
	}
	if r.Fix != "" {
		pair(w, "fix", r.Fix)
	}
	fmt.Fprintf(w, "\n%s\n", wrap(r.Doc, "", ""))
	return nil
}

func explainDevice(w io.Writer, code int) error {
	e, ok := deverr.Lookup(code)
	category, id := deverr.Split(code)
	name, about := deverr.Category(category)
	if !ok {
		if name == "" {
			return fmt.Errorf("device error %s (%d, %#x) is not in the catalogue, and neither is its category %d", deverr.Short(code), code, code, category)
		}
		return fmt.Errorf("device error %s (%d, %#x) is not in the catalogue: category %d is %s (%s), but it has no id %d that is known",
			deverr.Short(code), code, code, category, name, about, id)
	}
	fmt.Fprintf(w, "device error %s: %s\n", e.Short(), e.Name)
	pair(w, "number", fmt.Sprintf("%d (%#x)", code, code))
	if name != "" {
		pair(w, "category", fmt.Sprintf("%d %s: %s", category, name, about))
	}
	pair(w, "known to", "OS "+e.OS)
	var rules []string
	for _, r := range allRules() {
		if r.Refuses.Code == code {
			rules = append(rules, r.Code)
		}
	}
	if len(rules) > 0 {
		pair(w, "found by", strings.Join(rules, ", ")+" before it is deployed")
	}
	fmt.Fprintf(w, "\n%s\n", wrap(e.Text, "", ""))
	if e.Help != "" {
		fmt.Fprintf(w, "%s\n", wrap(e.Help, "", ""))
	}
	return nil
}

func explainErrno(w io.Writer, e deverr.Errno) {
	fmt.Fprintf(w, "errno %d: %s, %s\n", e.Number, e.Name, e.Text)
	if e.Sphere != "" {
		fmt.Fprintf(w, "\n%s\n", wrap(e.Sphere, "", ""))
	}
}

func explainCapability(w io.Writer, c *manifest.Capability) {
	fmt.Fprintf(w, "capability %s\n", c.Name)
	if c.Reserved != "" {
		fmt.Fprintf(w, "\n%s\n", wrap("Customer apps cannot have it: "+c.Reserved+".", "", ""))
		return
	}
	var kinds []string
	if c.HL {
		kinds = append(kinds, "high-level")
	}
	if c.RT {
		kinds = append(kinds, "real-time")
	}
	pair(w, "for", strings.Join(kinds, " and ")+" apps")
	if c.Since != "" {
		pair(w, "since", c.Since)
	}
	if len(c.Needs()) > 0 {
		pair(w, "needed by", strings.Join(c.Needs(), ", "))
	}
	fmt.Fprintf(w, "\n%s\n", wrap(strings.TrimSpace(c.Allows+" "+c.Note), "", ""))
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
