package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"armillary.dev/device/image"
	"armillary.dev/device/jsonc"
	"armillary.dev/emulator"
	"armillary.dev/emulator/pluton"
	"armillary.dev/internal/cli/format"
	"armillary.dev/testdata/apps"
)

func init() { commands["demo"] = newDemo }

func newDemo(s streams) *cobra.Command {
	var asJSON, keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "The guided tour: an app checked, mended, packed, deployed, stepped, denied, ended",
		Long: "Takes the sample app blink through everything once, for real: a mistake in its manifest is found and mended, the\n" +
			"app is packed, an emulated device boots and takes it, the debugger stops and steps it, a pin that the manifest\n" +
			"does not list is refused, and the app ends. Nothing needs to be installed and no network is used.",
		Example: "  armillary demo\n  armillary demo --json\n  armillary demo --keep",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t := &tour{s: s, out: s.out, json: asJSON, colour: !asJSON && format.Colour(s.out)}
			return t.take(cmd.Context(), keep)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each step as a JSON object on a line of its own")
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the app's folder, and say where it is")
	return cmd
}

// tour is one run of the demo.
type tour struct {
	s      streams
	out    io.Writer
	json   bool
	colour bool

	n        int
	step     *tourStep
	dir      string // temporary folder
	app      string // the app's folder in it
	pkg      string // the image package
	owner    *pluton.Owner
	device   *emulator.Emulator
	debugger *tourDebugger
}

// tourStep is one step as --json prints it.
type tourStep struct {
	Step   string         `json:"step"`
	Title  string         `json:"title"`
	OK     bool           `json:"ok"`
	Lines  []string       `json:"lines,omitempty"`  // what was seen, as people see it
	Values map[string]any `json:"values,omitempty"` // what was seen, for programs
	Error  string         `json:"error,omitempty"`
}

// tourSteps in their order. Each depends on those before it.
var tourSteps = []struct {
	name, title string
	do          func(*tour, context.Context) error
}{
	{"app", "A high-level app: C sources, a manifest, a hardware definition, a built program", (*tour).unpack},
	{"check", "Check it. Its manifest has one mistake", (*tour).check},
	{"fix", "Mend it, as one keystroke in the editor would", (*tour).fix},
	{"pack", "Pack it: hardware names resolved, debug information stripped, signed with your own key", (*tour).pack},
	{"boot", "Switch an emulated device on", (*tour).boot},
	{"deploy", "F5: deploy over the device's REST service and stop in C", (*tour).deploy},
	{"stack", "Where it stands: the way from main through the event loop's callback", (*tour).stack},
	{"next", "Step over one line", (*tour).next},
	{"locals", "Look at the locals", (*tour).locals},
	{"struct", "Look into the struct that b points to", (*tour).look},
	{"evaluate", "Ask for an expression", (*tour).evaluate},
	{"denied", "Press button B: the app asks for a pin that the manifest does not list", (*tour).denied},
	{"exit", "Let it run to its end", (*tour).exit},
}

func (t *tour) take(ctx context.Context, keep bool) (err error) {
	if t.dir, err = os.MkdirTemp("", "armillary-demo-"); err != nil {
		return fail(ExitFailed, "%w", err)
	}
	defer func() {
		if t.debugger != nil {
			t.debugger.close()
		}
		if t.device != nil {
			t.device.Close()
		}
		if keep {
			fmt.Fprintln(t.s.err, "The app is in", filepath.Join(t.dir, "blink"))
		} else {
			os.RemoveAll(t.dir)
		}
	}()
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, errors.New("the step took more than two minutes"))
	defer cancel()
	began := time.Now()
	for _, st := range tourSteps {
		t.n++
		t.step = &tourStep{Step: st.name, Title: st.title, Values: map[string]any{}}
		if !t.json {
			t.heading(st.title)
		}
		err := st.do(t, ctx)
		if t.step.OK = err == nil; err != nil {
			t.step.Error = err.Error()
		}
		if t.json {
			if e := json.NewEncoder(t.out).Encode(t.step); e != nil {
				return fail(ExitFailed, "%w", e)
			}
		}
		if err != nil {
			return fail(ExitFailed, "the tour ends at step %d, %s: %w", t.n, st.name, err)
		}
	}
	if !t.json {
		fmt.Fprintf(t.out, "\n%s\n", t.paint("1", fmt.Sprintf("That was all of it, in %s.", seconds(time.Since(began)))))
		fmt.Fprintln(t.out, "Next: open an app's folder in VS Code or Neovim (editors/), or try: armillary run APP --pins")
	}
	return nil
}

func (t *tour) heading(title string) {
	fmt.Fprintf(t.out, "\n%s\n", t.paint("1", fmt.Sprintf("%d/%d  %s", t.n, len(tourSteps), title)))
}

func (t *tour) paint(code, text string) string {
	if !t.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// show prints a line of what was seen.
func (t *tour) show(f string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(f, args...)) {
		line = strings.TrimRight(strings.ReplaceAll(line, t.dir+string(filepath.Separator), ""), "\n")
		t.step.Lines = append(t.step.Lines, line)
		if !t.json {
			fmt.Fprintln(t.out, "     "+line)
		}
	}
}

// value records what was seen for --json.
func (t *tour) value(name string, v any) { t.step.Values[name] = v }

// seed is the mistake: a letter is missing in a name.
const (
	seedRight = `"$SAMPLE_BUTTON_B"`
	seedWrong = `"$SAMPLE_BUTON_B"`
)

func (t *tour) unpack(context.Context) error {
	t.app = filepath.Join(t.dir, "blink")
	src, err := fs.Sub(apps.FS, "blink")
	if err != nil {
		return err
	}
	if err := os.CopyFS(t.app, src); err != nil {
		return err
	}
	manifest := filepath.Join(t.app, "app_manifest.json")
	text, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	wrong := bytes.Replace(text, []byte(seedRight), []byte(seedWrong), 1)
	if bytes.Equal(wrong, text) {
		return fmt.Errorf("the sample's manifest does not name %s", seedRight)
	}
	if err := os.WriteFile(manifest, wrong, 0o644); err != nil {
		return err
	}
	t.show("blink: an LED, two buttons, an event loop, two timers")
	t.show("%s", strings.TrimRight(string(wrong), "\n"))
	return nil
}

// command runs one of armillary's own commands and shows what it prints.
func (t *tour) command(args ...string) (code int) {
	var out bytes.Buffer
	shown := make([]string, len(args))
	for i, a := range args {
		shown[i] = strings.ReplaceAll(a, t.dir+string(filepath.Separator), "")
	}
	t.show("$ armillary %s", strings.Join(shown, " "))
	code = run(context.Background(), args, streams{strings.NewReader(""), &out, &out})
	t.show("%s", out.String())
	t.value("exitCode", code)
	return code
}

func (t *tour) check(context.Context) error {
	if code := t.command("check", t.app); code != ExitFindings {
		return fmt.Errorf("check ended with %d, not with %d for the mistake", code, ExitFindings)
	}
	return nil
}

// fix applies the first fix of the first finding, as the editor's quick fix does, and checks again.
func (t *tour) fix(context.Context) error {
	var out bytes.Buffer
	run(context.Background(), []string{"check", "--format", "json", t.app}, streams{strings.NewReader(""), &out, io.Discard})
	type place struct{ Line, Character int }
	var findings []struct {
		File  string
		Fixes []struct {
			Title string
			Edits []struct {
				Range   struct{ Start, End place }
				NewText string
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &findings); err != nil {
		return err
	}
	if len(findings) == 0 || len(findings[0].Fixes) == 0 {
		return errors.New("the finding offers no fix")
	}
	fix := findings[0].Fixes[0]
	text, err := os.ReadFile(findings[0].File)
	if err != nil {
		return err
	}
	src := string(text)
	for _, e := range fix.Edits { // one edit; more would have to be applied from the end
		lines := jsonc.NewLines(src)
		from := lines.FromUTF16(e.Range.Start.Line, e.Range.Start.Character)
		to := lines.FromUTF16(e.Range.End.Line, e.Range.End.Character)
		src = src[:from] + e.NewText + src[to:]
	}
	if err := os.WriteFile(findings[0].File, []byte(src), 0o644); err != nil {
		return err
	}
	t.show("quick fix: %s", fix.Title)
	t.value("fix", fix.Title)
	if code := t.command("check", t.app); code != ExitOK {
		return fmt.Errorf("check still ends with %d", code)
	}
	return nil
}

func (t *tour) pack(context.Context) error {
	owner, err := openOwnerFor(t.s.err)
	if err != nil {
		return err
	}
	t.owner = owner
	l, err := load(t.app, loadOptions{key: owner.Signer(), args: []string{"3"}})
	if err != nil {
		return err
	}
	t.pkg = filepath.Join(t.dir, "blink.imagepackage")
	if err := os.WriteFile(t.pkg, l.pkg, 0o644); err != nil {
		return err
	}
	im, err := image.Read(l.pkg)
	if err != nil {
		return err
	}
	packed, err := im.Manifest()
	if err != nil {
		return err
	}
	t.show("%d bytes, component %s", len(l.pkg), l.component)
	t.show("%s", packed)
	t.value("component", l.component)
	t.value("manifest", json.RawMessage(packed))
	return nil
}

func (t *tour) boot(context.Context) error {
	began := time.Now()
	seed := uint64(1) // virtual time: the tour takes no longer than its steps
	var err error
	if t.device, err = newEmulator(deviceOptions{owner: t.owner, sysroot: builtinLibc, seed: &seed}); err != nil {
		return err
	}
	t.show("on after %s: REST service on 443, no app installed, %s", seconds(time.Since(began)), libcName(builtinLibc))
	return nil
}

// seconds writes a duration for people.
func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
