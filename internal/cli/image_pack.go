package cli

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
)

// packOptions are the flags of `image pack`.
type packOptions struct {
	program   string
	resources []string
	files     []string
	manifest  string
	output    string
	key       string
	hwdef     string
	hwdefDirs []string
	imageID   string
	apiSet    uint32
	keepDebug bool
	log       io.Writer // notes on what was chosen, and why a manifest is refused
}

func newImagePack(s streams) *cobra.Command {
	o := packOptions{log: s.err}
	cmd := &cobra.Command{
		Use:   "pack [APP]",
		Short: "Make an image package from an app and its program, or from files",
		Long: "Packs an app's folder: its app_manifest.json with hardware names resolved, its built program, and its resource\n" +
			"files. The program loses its debug information in the package; the file itself is not touched.\n\n" +
			"With --manifest the given file goes in as it is, as a packed manifest, and --file says what else does; then no\n" +
			"folder is needed.\n\n" +
			"Signed with your development key, which is made at first use and which your emulated devices trust, or with --key.\n" +
			"A board accepts only packages signed with the vendor's keys. SOURCE_DATE_EPOCH and --image-id make the result\n" +
			"reproducible.",
		Example: "  armillary image pack blink --program blink/out/blink.out -o blink.imagepackage\n" +
			"  armillary image pack --manifest packed.json --file bin/app=app.elf --file data/x=x.bin -o x.imagepackage",
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			in, err := o.input(args)
			if err != nil {
				return err
			}
			if in.Key, err = signingKey(o.key); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			pkg, err := image.Pack(in)
			if err != nil {
				return fail(ExitFindings, "%w", err)
			}
			out := o.output
			if out == "" {
				out = fileName(in.Name) + ".imagepackage"
			}
			if err := replaceFile(out, pkg); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			fmt.Fprintf(s.err, "%d bytes, component %v, image %v\n", len(pkg), in.Component, in.Image)
			fmt.Fprintln(s.out, relative(out))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.program, "program", "", "the built ELF program (default: the newest that the app's build left)")
	f.StringArrayVar(&o.resources, "resource", nil, "resource file, relative to APP (repeatable)")
	f.StringVar(&o.manifest, "manifest", "", "packed manifest to take as it is, instead of APP's")
	f.StringArrayVar(&o.files, "file", nil, "PATH=FILE: FILE becomes PATH in the package (repeatable)")
	f.StringVarP(&o.output, "output", "o", "", "package to write (default: NAME.imagepackage)")
	f.StringVar(&o.key, "key", "", "PEM file with key and certificate to sign with (default: your development key)")
	f.StringVar(&o.hwdef, "hwdef", "", "hardware definition `FILE` or board that resolves $NAMEs")
	f.StringArrayVar(&o.hwdefDirs, "hwdef-dir", nil, "folder in which imported hardware definitions are looked for (repeatable)")
	f.StringVar(&o.imageID, "image-id", "", "image id (default: a new one)")
	f.Uint32Var(&o.apiSet, "api-set", 0, "application runtime version that the program needs (default: what manifest or CMakeLists.txt say)")
	f.BoolVar(&o.keepDebug, "keep-debug", false, "leave debug information in the packed program")
	return cmd
}

// packedManifest is what packing itself needs to know of a packed manifest.
type packedManifest struct {
	Name                            string
	ComponentID                     string `json:"ComponentId"`
	EntryPoint                      string
	ApplicationType                 string
	TargetApplicationRuntimeVersion uint32
}

// input gathers what goes into the package.
func (o *packOptions) input(args []string) (in image.Input, err error) {
	in = image.Input{Files: map[string]image.File{}, KeepDebug: o.keepDebug}
	switch {
	case o.manifest != "" && len(args) > 0:
		return in, fail(ExitUsage, "give an app's folder or --manifest, not both")
	case o.manifest != "":
		if in.Manifest, err = os.ReadFile(o.manifest); err != nil {
			return in, fail(ExitFailed, "%w", err)
		}
	default:
		app := "."
		if len(args) > 0 {
			app = args[0]
		}
		if err := o.addApp(&in, app); err != nil {
			return in, err
		}
	}
	var m packedManifest
	if err := json.Unmarshal([]byte(strings.TrimPrefix(string(in.Manifest), "\ufeff")), &m); err != nil {
		return in, fail(ExitFindings, "the packed manifest is not JSON as the device reads it: %w", err)
	}
	if in.Component, err = trailer.ParseGUID(m.ComponentID); err != nil {
		return in, fail(ExitFindings, "the manifest's ComponentId: %w", err)
	}
	in.Name = m.Name
	entry := strings.TrimPrefix(m.EntryPoint, "/")
	for _, f := range o.files {
		to, from, ok := strings.Cut(f, "=")
		if !ok {
			return in, fail(ExitUsage, "--file %s: write PATH=FILE", f)
		}
		if err := addFile(&in, strings.TrimPrefix(to, "/"), from); err != nil {
			return in, err
		}
	}
	if o.program != "" {
		if err := addFile(&in, entry, o.program); err != nil {
			return in, err
		}
	}
	program, ok := in.Files[entry]
	if !ok {
		return in, fail(ExitFindings, "nothing becomes %s, the manifest's EntryPoint: name the built program with --program", m.EntryPoint)
	}
	program.Executable = true
	in.Files[entry] = program
	if in.Depends == nil && m.ApplicationType != "RealTimeCapable" {
		set := m.TargetApplicationRuntimeVersion
		if o.apiSet != 0 {
			set = o.apiSet
		}
		if set == 0 {
			return in, fail(ExitFindings, "the manifest has no TargetApplicationRuntimeVersion: give the API set with --api-set")
		}
		in.Depends = image.HighLevel(set)
	}
	if in.Image, err = newImageID(o.imageID); err != nil {
		return in, err
	}
	in.Built, err = buildTime()
	return in, err
}

// addFile reads a file into the package.
func addFile(in *image.Input, to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return fail(ExitFailed, "%w", err)
	}
	in.Files[to] = image.File{Data: b}
	return nil
}

// newImageID is a random id (version 4, RFC 9562), or the given one.
func newImageID(given string) (g trailer.GUID, err error) {
	if given != "" {
		if g, err = trailer.ParseGUID(given); err != nil {
			return g, fail(ExitUsage, "--image-id: %w", err)
		}
		return g, nil
	}
	return image.NewID(rand.Reader), nil
}

// buildTime is now, or what SOURCE_DATE_EPOCH says.
func buildTime() (time.Time, error) {
	if s := os.Getenv("SOURCE_DATE_EPOCH"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return time.Time{}, fail(ExitUsage, "SOURCE_DATE_EPOCH=%s is not a number of seconds", s)
		}
		return time.Unix(n, 0), nil
	}
	return time.Now(), nil
}

// fileName makes a name fit for a file on every system.
func fileName(name string) string {
	out := strings.Map(func(r rune) rune {
		if r < 0x20 || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, name)
	if out = strings.Trim(out, ". "); out == "" {
		return "app"
	}
	return out
}
