package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"armillary.dev/device/deverr"
	"armillary.dev/device/manifest"
	"armillary.dev/server/analysis"
)

func init() { commands["explain"] = newExplain }

func newExplain(s streams) *cobra.Command {
	var asJSON bool
	var log string
	cmd := &cobra.Command{
		Use:   "explain CODE…",
		Short: "Say what a finding, a device error or an errno means",
		Long: "Explains, without network or device:\n\n" +
			"  AZS101                      a rule of 'armillary check' and the editor\n" +
			"  2097187  0x200023  2.35     a device error, as tools, logs and the documentation write it; also by name\n" +
			"  EACCES  13                  an error number that applibs and the C library report\n" +
			"  Gpio                        a capability of the manifest, or a value of PowerControls\n" +
			"  GPIO_OpenAsOutput           a function that needs a capability\n\n" +
			"With --log, or - for CODE, it looks for such codes in a text: a log, the output of a tool.\n\n" +
			"Exit codes: 0 everything was explained; 2 a code is not known; 3 the log cannot be read, or has no code in it.",
		Example: "  armillary explain AZS101\n" +
			"  armillary explain 2.35 EACCES\n" +
			"  armillary explain AppManifestError::InvalidJson\n" +
			"  armillary explain --json 2097187\n" +
			"  armillary explain --log deploy.log",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && log == "" {
				return errors.New("say what to explain: a code or a name, or --log FILE")
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			return completeExplain(begun), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			var found []explained
			var failed []error
			exit := ExitOK
			add := func(more []explained, err error, code int) {
				found = append(found, more...)
				if err != nil {
					failed, exit = append(failed, err), max(exit, code)
				}
			}
			for _, a := range args {
				if a = strings.TrimSpace(a); a == "-" {
					more, err := scanFile(s.in, a)
					add(more, err, ExitFailed)
					continue
				}
				more, err := answersTo(a)
				add(more, err, ExitUsage)
			}
			if log != "" {
				more, err := scanFile(s.in, log)
				add(more, err, ExitFailed)
			}
			if err := writeAnswers(s, found, asJSON); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			if failed != nil {
				return fail(exit, "%w", errors.Join(failed...))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array, one object per answer")
	cmd.Flags().StringVar(&log, "log", "", "explain the codes that stand in `FILE`; - is standard input")
	return cmd
}

// writeAnswers prints what was found.
func writeAnswers(s streams, found []explained, asJSON bool) error {
	if asJSON {
		if found == nil {
			found = []explained{}
		}
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(found)
	}
	for i := range found {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		found[i].print(s.out)
	}
	return nil
}

// completeExplain offers what begins like the word that is being typed. Before anything is typed the catalogue's names
// are left out: nobody reads hundreds.
func completeExplain(begun string) []string {
	var offers []string
	add := func(name, what string) {
		if len(name) >= len(begun) && strings.EqualFold(name[:len(begun)], begun) {
			offers = append(offers, name+"\t"+what)
		}
	}
	for _, r := range analysis.Rules() {
		add(r.Code, r.Title)
	}
	for _, c := range manifest.Capabilities() {
		add(c.Name, "capability")
	}
	if begun == "" {
		return offers
	}
	for _, c := range manifest.PowerControls() {
		add(c, "power control")
	}
	for _, f := range manifest.Functions() {
		add(f.Name, "function")
	}
	for _, e := range deverr.Errnos() {
		add(e.Name, e.Text)
	}
	for _, e := range deverr.All() {
		add(e.Name, "device error "+e.Short())
	}
	return offers
}
