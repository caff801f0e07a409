package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"armillary.dev/device/image"
)

func newImageSign(s streams) *cobra.Command {
	var keyFile, output string
	cmd := &cobra.Command{
		Use:   "sign PACKAGE",
		Short: "Sign an image package anew; ids and content stay",
		Long: "Signs a package with your development key, which is made at first use and which your emulated devices trust, or\n" +
			"with the key in a PEM file (PRIVATE KEY on P-256, and its CERTIFICATE). A board accepts only the vendor's keys.",
		Example: "  armillary image sign --key sdk-test.pem -o signed.imagepackage blink.imagepackage",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			pkg, err := readPackage(args[0])
			if err != nil {
				return err
			}
			key, err := signingKey(keyFile)
			if err != nil {
				return fail(ExitFailed, "%w", err)
			}
			signed, err := image.Sign(pkg, key)
			if err != nil {
				return fail(ExitFindings, "%s: %w", relative(args[0]), err)
			}
			if output == "" {
				output = args[0]
			}
			if err := replaceFile(output, signed); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			fmt.Fprintln(s.out, relative(output))
			return nil
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "PEM file with key and certificate (default: your development key)")
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write (default: PACKAGE itself)")
	return cmd
}

// replaceFile writes a file so that it holds its old content or all of the new, never a part.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	mode := os.FileMode(0o644)
	if info, statErr := os.Stat(path); statErr == nil {
		mode = info.Mode().Perm()
	}
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
