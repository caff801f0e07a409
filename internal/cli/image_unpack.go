package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
)

func newImageUnpack(s streams) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "unpack PACKAGE DIR",
		Short: "Write the files of an image package to a folder",
		Long: "Writes the files of a package below DIR, which is made if need be. Nothing is written outside DIR, whatever the\n" +
			"package says. Existing files are kept unless --force is given. A package whose signature does not fit is unpacked\n" +
			"with a warning.",
		Example: "  armillary image unpack blink.imagepackage blink-files",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			pkg, err := readPackage(args[0])
			if err != nil {
				return err
			}
			im, err := image.Read(pkg)
			if err != nil {
				return fail(ExitFindings, "%s: %w", relative(args[0]), err)
			}
			if im.FS == nil {
				return fail(ExitFindings, "%s holds no files: its body is %s (%v)", relative(args[0]), im.Kind, im.Identity.Type)
			}
			if _, err := trailer.VerifySignature(pkg, knownKeys(nil)...); err != nil && !errors.Is(err, trailer.ErrUnknownSigner) {
				fmt.Fprintf(s.err, "armillary: %s: its signature does not fit: the bytes were changed, or someone else signed them; 'armillary image verify' says more\n", relative(args[0]))
			}
			n, err := unpack(im.FS, args[1], force)
			if err != nil {
				return fail(ExitFailed, "%w", err)
			}
			fmt.Fprintf(s.err, "%d files written to %s\n", n, relative(args[1]))
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace existing files")
	return cmd
}

// unpack writes the files of a package below dir. os.Root keeps names that a host reads differently (C:, NUL, links)
// inside; links of the package are written as what they lead to.
func unpack(fsys *image.FS, dir string, force bool) (n int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	err = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == "." {
			return err
		}
		name := filepath.FromSlash(p)
		if !filepath.IsLocal(name) || filepath.ToSlash(name) != p {
			return fmt.Errorf("%q cannot be a file name on this system", p)
		}
		info, err := fs.Stat(fsys, p)
		if err != nil {
			return err
		}
		if info.IsDir() {
			if d.Type()&fs.ModeSymlink != 0 {
				return nil // its files are written where they are
			}
			if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
			return nil
		}
		data, err := fsys.ReadFile(p)
		if err != nil {
			return err
		}
		flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
		if force {
			flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		}
		f, err := root.OpenFile(name, flags, info.Mode().Perm())
		if err != nil {
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s exists; --force replaces it", path.Join(filepath.ToSlash(relative(dir)), p))
			}
			return err
		}
		_, err = f.Write(data)
		n++
		return errors.Join(err, f.Close())
	})
	return n, err
}
