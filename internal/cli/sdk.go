package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"armillary.dev/device/sdk"
)

func init() { commands["sdk"] = newSDK }

func newSDK(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sdk",
		Short: "Headers, link stubs and a CMake toolchain file that build apps without the vendor's SDK",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSDKExport(s))
	return cmd
}

func newSDKExport(s streams) *cobra.Command {
	var sysroot string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write the open SDK to a folder",
		Long: "Writes the applibs headers, link stubs, CMake files and the hardware definitions of the MT3620 and its boards to\n" +
			"DIR. An app's own CMakeLists.txt then builds unchanged:\n\n" +
			"  cmake -G Ninja -S APP -B APP/out -DCMAKE_TOOLCHAIN_FILE=DIR/" + sdk.ToolchainFile + "\n" +
			"  AzureSphereDefaultSDKDir=DIR cmake --preset ARM-Debug     (an app with the vendor's presets)\n\n" +
			"The compiler is the distribution's (Debian: gcc-arm-linux-gnueabihf). Headers and start files of the C library\n" +
			"come from a sysroot; see 'armillary sysroot'.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := filepath.Abs(args[0])
			if err != nil {
				return fail(ExitFailed, "%w", err)
			}
			o := sdk.Options{Definitions: boardFiles()}
			if sysroot != "" {
				if err := checkSysroot(sysroot); err != nil {
					return fail(ExitFailed, "%w", err)
				}
				if o.Sysroot, err = filepath.Abs(sysroot); err != nil {
					return fail(ExitFailed, "%w", err)
				}
			} else if found, ok := findSysroot(); ok {
				o.Sysroot = found.Dir
			}
			if self, err := os.Executable(); err == nil {
				o.Armillary = self
			}
			if err := sdk.Export(dir, o); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			fmt.Fprintf(s.err, "exported to %s\n", dir)
			if o.Sysroot == "" {
				fmt.Fprintf(s.err, "no sysroot yet: make one with 'armillary sysroot install', or pass -DARMILLARY_SYSROOT=DIR to cmake\n")
			} else {
				fmt.Fprintf(s.err, "sysroot: %s\n", o.Sysroot)
			}
			fmt.Fprintln(s.out, filepath.Join(dir, filepath.FromSlash(sdk.ToolchainFile)))
			return nil
		},
	}
	cmd.Flags().StringVar(&sysroot, "sysroot", "", "armhf musl sysroot that builds use by default")
	return cmd
}
