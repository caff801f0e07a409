package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
)

func init() { commands["image"] = newImage }

func newImage(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Image packages: what a build makes and a device installs",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newImageShow(s), newImageVerify(s), newImagePack(s), newImageUnpack(s), newImageSign(s))
	return cmd
}

// maxPackage is more than any package that fits into an MT3620.
const maxPackage = 64 << 20

// readPackage reads a file that ought to be a package; anything larger than one can be is not read.
func readPackage(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPackage+1))
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	if len(b) > maxPackage {
		return nil, fail(ExitFailed, "%s is larger than any image package can be", relative(path))
	}
	return b, nil
}

// imageInfo is what `image show --json` and `image verify --json` print.
type imageInfo struct {
	File        string          `json:"file"`
	Size        int             `json:"size"`
	Kind        string          `json:"kind"`
	Type        int             `json:"type"`
	TypeName    string          `json:"typeName"`
	Component   string          `json:"component"`
	Image       string          `json:"image"`
	Name        string          `json:"name,omitempty"`
	Built       *time.Time      `json:"built,omitempty"`
	Signature   imageSignature  `json:"signature"`
	CRC         *imageCRC       `json:"crc,omitempty"`
	Depends     []imageABI      `json:"depends,omitempty"`
	Temporary   *uint32         `json:"temporary,omitempty"`
	Compression *imageCompress  `json:"compression,omitempty"`
	Sections    []imageSection  `json:"sections"`
	Files       []imageFile     `json:"files,omitempty"`
	Manifest    json.RawMessage `json:"manifest,omitempty"`
}

type imageSignature struct {
	State      string `json:"state"` // valid, unknown-signer, invalid
	Thumbprint string `json:"thumbprint"`
	By         string `json:"by,omitempty"`
}

type imageCRC struct {
	Stored   string `json:"stored"`
	Computed string `json:"computed"`
	OK       bool   `json:"ok"`
}

type imageABI struct {
	Identity string `json:"identity"`
	Version  uint32 `json:"version"`
}

type imageCompress struct {
	Size int    `json:"size"`
	Of   string `json:"algorithm"`
}

type imageSection struct {
	Tag   string `json:"tag"`
	Bytes int    `json:"bytes"`
}

type imageFile struct {
	Path   string `json:"path"`
	Mode   string `json:"mode"`
	Size   int64  `json:"size"`
	Offset int    `json:"offset"`
}

// States of a signature.
const (
	sigValid   = "valid"
	sigUnknown = "unknown-signer"
	sigInvalid = "invalid"
)

func describe(path string, pkg []byte, im *image.Image, keys []trailer.Key) imageInfo {
	t := im.Trailer
	info := imageInfo{
		File: relative(path), Size: len(pkg), Kind: im.Kind.String(),
		Type: int(im.Identity.Type), TypeName: im.Identity.Type.String(),
		Component: im.Identity.Component.String(), Image: im.Identity.Image.String(), Name: im.Name(),
	}
	if d, ok, _ := t.Debug(); ok {
		info.Built = &d.Built
	}
	if f, ok, _ := t.Temporary(); ok {
		info.Temporary = &f
	}
	if c, ok, _ := t.Compression(); ok {
		info.Compression = &imageCompress{int(c.Size), "LZMA"}
	}
	abis, _ := t.Depends()
	for _, a := range abis {
		info.Depends = append(info.Depends, imageABI{a.Identity.String(), a.Version})
	}
	for _, s := range t.Sections {
		info.Sections = append(info.Sections, imageSection{s.Tag.String(), len(s.Data)})
	}
	sg, _ := t.Signing()
	info.Signature.Thumbprint = sg.Thumbprint.String()
	switch key, err := trailer.VerifySignature(pkg, keys...); {
	case err == nil:
		info.Signature.State, info.Signature.By = sigValid, key.Name
	case errors.Is(err, trailer.ErrUnknownSigner):
		info.Signature.State = sigUnknown
	default:
		info.Signature.State = sigInvalid
	}
	if im.FS != nil {
		stored, computed := im.FS.CRC()
		info.CRC = &imageCRC{fmt.Sprintf("%08x", stored), fmt.Sprintf("%08x", computed), stored == computed}
		fs.WalkDir(im.FS, ".", func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				if i, err := d.Info(); err == nil {
					node := i.Sys().(image.Inode)
					info.Files = append(info.Files, imageFile{p, fmt.Sprintf("%06o", node.Mode), i.Size(), node.Offset})
				}
			}
			return nil
		})
		if m, err := im.Manifest(); err == nil {
			if m = []byte(strings.TrimPrefix(string(m), "\ufeff")); json.Valid(m) {
				info.Manifest = m
			}
		}
	}
	return info
}

func (i imageInfo) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(tw, "%s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("file", "%s, %d bytes, %s", i.File, i.Size, i.Kind)
	row("type", "%d %s", i.Type, i.TypeName)
	row("component", "%s", i.Component)
	row("image", "%s", i.Image)
	if i.Name != "" {
		row("name", "%q", i.Name)
	}
	if i.Built != nil {
		row("built", "%s", i.Built.Format(time.RFC3339))
	}
	for _, a := range i.Depends {
		row("needs", "%s %d", a.Identity, a.Version)
	}
	if i.Temporary != nil {
		var flags []string
		if *i.Temporary&trailer.RemoveAtBoot != 0 {
			flags = append(flags, "removed at boot")
		}
		if *i.Temporary&trailer.UnderDevelopment != 0 {
			flags = append(flags, "under development")
		}
		row("temporary", "%d %s", *i.Temporary, strings.Join(flags, ", "))
	}
	if i.Compression != nil {
		row("compressed", "%s, %d bytes when unpacked", i.Compression.Of, i.Compression.Size)
	}
	if i.CRC != nil {
		if i.CRC.OK {
			row("checksum", "%s", i.CRC.Stored)
		} else {
			row("checksum", "%s is stored, the bytes have %s", i.CRC.Stored, i.CRC.Computed)
		}
	}
	switch i.Signature.State {
	case sigValid:
		row("signature", "fits %s (%s)", i.Signature.By, i.Signature.Thumbprint)
	case sigUnknown:
		row("signature", "by a key that is not known here (%s)", i.Signature.Thumbprint)
	default:
		row("signature", "does NOT fit: the bytes were changed, or someone else signed them (%s)", i.Signature.Thumbprint)
	}
	var sections []string
	for _, s := range i.Sections {
		sections = append(sections, fmt.Sprintf("%s %d", s.Tag, s.Bytes))
	}
	row("sections", "%s", strings.Join(sections, ", "))
	tw.Flush()
	if len(i.Files) > 0 {
		fmt.Fprintln(w)
		tw = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, f := range i.Files {
			fmt.Fprintf(tw, "%s\t%d\t  %s\n", f.Mode, f.Size, f.Path)
		}
		tw.Flush()
	}
	if i.Manifest != nil {
		var pretty strings.Builder
		enc := json.NewEncoder(&pretty)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if enc.Encode(i.Manifest) == nil {
			fmt.Fprintf(w, "\n%s", pretty.String())
		}
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func newImageShow(s streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show PACKAGE",
		Short: "Show what is in an image package: ids, signature, files, manifest",
		Long: "Shows a package without judging it: a package that was changed after it was signed is shown, and so said.\n" +
			"'armillary image verify' judges.",
		Example: "  armillary image show out/blink.imagepackage\n" +
			"  armillary image show --json out/blink.imagepackage | jq -r .component",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			pkg, err := readPackage(args[0])
			if err != nil {
				return err
			}
			im, err := image.Read(pkg)
			if err != nil {
				return fail(ExitFindings, "%s: %w", relative(args[0]), err)
			}
			info := describe(args[0], pkg, im, knownKeys(nil))
			if asJSON {
				return printJSON(s.out, info)
			}
			info.print(s.out)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newImageVerify(s streams) *cobra.Command {
	var asJSON bool
	var keyFiles []string
	cmd := &cobra.Command{
		Use:   "verify PACKAGE...",
		Short: "Verify an image package: shape, checksum and signature",
		Long: "Verifies that packages are whole and signed by a known key: the vendor's public SDK test key, your development key\n" +
			"if there is one, and those given with --key. Exit code 0: all are; 1: one is damaged, or by an unknown signer;\n" +
			"3: one could not be read.\n\n" +
			"The SDK test key's private half ships in every SDK: its signature shows that the bytes are whole, not where they\n" +
			"come from. Only the device decides whom it trusts.",
		Example: "  armillary image verify out/*.imagepackage\n" +
			"  armillary image verify --key release.pem out/blink.imagepackage",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var extra []trailer.Key
			for _, f := range keyFiles {
				k, err := publicKey(f)
				if err != nil {
					return fail(ExitFailed, "%w", err)
				}
				extra = append(extra, k)
			}
			keys := knownKeys(extra)
			type result struct {
				*imageInfo
				File  string `json:"file"`
				OK    bool   `json:"ok"`
				Error string `json:"error,omitempty"`
			}
			var all []result
			bad, unread := 0, 0
			for _, path := range args {
				r := result{File: relative(path)}
				pkg, err := readPackage(path)
				if err != nil {
					said := inWords(err)
					fmt.Fprintln(s.err, "armillary:", said)
					r.Error = said
					all, unread = append(all, r), unread+1
					continue
				}
				v, err := image.Verify(pkg, keys...)
				if err == nil && v.Signer == nil {
					err = fmt.Errorf("whole, but signed by a key that is not known here (certificate thumbprint %v): give its certificate with --key", v.Thumbprint)
				}
				if v != nil {
					info := describe(path, pkg, v.Image, keys)
					r.imageInfo = &info
				}
				if r.OK = err == nil; err != nil {
					r.Error = err.Error()
					bad++
				}
				all = append(all, r)
				if asJSON {
					continue
				}
				if err != nil {
					fmt.Fprintf(s.out, "%s: %v\n", r.File, err)
				} else {
					fmt.Fprintf(s.out, "%s: good: %s %s, signed by %s\n", r.File, v.Image.Identity.Type, v.Image.Identity.Component, v.Signer.Name)
				}
			}
			if asJSON {
				if err := printJSON(s.out, all); err != nil {
					return fail(ExitFailed, "%w", err)
				}
			}
			switch {
			case unread > 0:
				return &exitError{code: ExitFailed}
			case bad > 0:
				return &exitError{code: ExitFindings}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, one element per package")
	cmd.Flags().StringArrayVar(&keyFiles, "key", nil, "PEM file with the certificate of a further known signer (repeatable)")
	return cmd
}
