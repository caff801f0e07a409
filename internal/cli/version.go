package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func init() { commands["version"] = newVersion }

// facts are what is known of this binary.
type facts struct {
	Version  string `json:"version"`            // of the module, or "devel"
	Commit   string `json:"commit,omitempty"`   // revision of the source
	Time     string `json:"time,omitempty"`     // of that revision
	Modified bool   `json:"modified,omitempty"` // the source was changed since
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// buildFacts reads what the Go toolchain left in the binary.
func buildFacts() facts {
	f := facts{Version: "devel", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return f
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		f.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			f.Commit = s.Value
		case "vcs.time":
			f.Time = s.Value
		case "vcs.modified":
			f.Modified = s.Value == "true"
		}
	}
	return f
}

func newVersion(s streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Example: "  armillary version --json",
		Short:   "Which armillary this is",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f := buildFacts()
			if asJSON {
				e := json.NewEncoder(s.out)
				e.SetIndent("", "  ")
				return e.Encode(f)
			}
			fmt.Fprintf(s.out, "armillary %s %s/%s %s", f.Version, f.OS, f.Arch, f.Go)
			if f.Commit != "" {
				fmt.Fprintf(s.out, " commit %.12s", f.Commit)
				if f.Modified {
					fmt.Fprint(s.out, " with changes")
				}
			}
			fmt.Fprintln(s.out)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
