package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"armillary.dev/debugadapter"
	"armillary.dev/device"
	"armillary.dev/device/image/trailer"
	"armillary.dev/server/files"
)

func init() { commands["dap"] = newDAP }

func newDAP(s streams) *cobra.Command {
	var listen string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "dap",
		Short: "The debug adapter for C apps on a board, the emulated device or a debug server",
		Long: "Speaks the Debug Adapter Protocol on standard input and output, or with --listen on a TCP port, one client after\n" +
			"the other. An address without a host, such as :4711, listens on this computer only; port 0 takes a free port. The\n" +
			"address is printed on standard error.\n\n" +
			"Editors start it themselves; folder editors/ holds ready-made configurations. A configuration with \"gdb\" and\n" +
			"\"program\" connects to any debug server (qemu-arm -g, OpenOCD, gdbserver) instead of deploying to \"target\".",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opt := debugadapter.Options{Open: openForDebug, Key: signerForTarget}
			for _, d := range searchDirs() {
				opt.SearchDirs = append(opt.SearchDirs, files.Path(d))
			}
			if verbose {
				opt.Logf = func(format string, args ...any) { fmt.Fprintf(s.err, "armillary dap: "+format+"\n", args...) }
			}
			if listen != "" {
				return listenDAP(cmd.Context(), s, listen, opt)
			}
			if err := debugadapter.Serve(cmd.Context(), &stdio{Reader: s.in, Writer: s.out}, opt); err != nil {
				return fail(ExitFailed, "%w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "serve on TCP address `ADDR` instead of stdio")
	hideClientFlags(cmd)
	cmd.Flags().BoolVar(&verbose, "verbose", false, "log oddities to standard error")
	return cmd
}

// listenDAP serves one client after the other until ctx ends; one that vanishes or makes no sense ends its own session.
func listenDAP(ctx context.Context, s streams, addr string, opt debugadapter.Options) error {
	l, err := listenLocal(ctx, addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "armillary dap: listening on %s\n", l.Addr())
	if err := debugadapter.ServeListener(ctx, l, opt); err != nil {
		return fail(ExitFailed, "%w", err)
	}
	return nil
}

func openForDebug(ctx context.Context, spec string, c debugadapter.Config) (device.Device, error) {
	return openDevice(ctx, spec, deviceOptions{sysroot: c.Sysroot, core: c.Core})
}

// signerForTarget is the owner's key, which emulated devices trust. A board takes the vendor's signatures only, so it is
// not even asked.
func signerForTarget(target string) (trailer.Signer, error) {
	if kind, _, _ := strings.Cut(target, ":"); kind != "" && kind != "emulator" {
		return trailer.Signer{}, fail(ExitFailed, "a board accepts only packages that are signed with the vendor's keys: let \"image\" in the debug "+
			"configuration name the package that the vendor's SDK built, and \"program\" its ELF file")
	}
	return signingKey("")
}
