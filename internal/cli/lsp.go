package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/spf13/cobra"

	"armillary.dev/server"
)

func init() { commands["lsp"] = newLSP }

func newLSP(s streams) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "lsp",
		Short: "The language server for manifests and hardware definitions",
		Long: "Speaks the language server protocol on standard input and output, or with --listen on a TCP port, where each\n" +
			"connection is a session of its own. An address without a host, such as :4711, listens on this computer only;\n" +
			"port 0 takes a free port. The address is printed on standard error.\n\n" +
			"Editors start it themselves; folder editors/ holds ready-made configurations.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opt := server.Options{Version: buildFacts().Version, Log: s.err, SearchDirs: searchDirs()}
			if listen != "" {
				return serveTCP(cmd.Context(), s, listen, opt)
			}
			opt.WatchParent = true
			if code := server.Serve(cmd.Context(), &stdio{Reader: s.in, Writer: s.out}, opt); code != 0 {
				return &exitError{code: code}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "serve on TCP address `ADDR` instead of stdio")
	hideClientFlags(cmd)
	return cmd
}

// hideClientFlags takes flags that editors' client libraries add of themselves; they change nothing.
func hideClientFlags(cmd *cobra.Command) {
	cmd.Flags().Bool("stdio", false, "")
	cmd.Flags().Int("clientProcessId", 0, "")
	for _, name := range []string{"stdio", "clientProcessId"} {
		if err := cmd.Flags().MarkHidden(name); err != nil {
			panic(err)
		}
	}
}

// serveTCP serves each connection until ctx ends. A client that vanishes ends its own session and nothing else.
func serveTCP(ctx context.Context, s streams, addr string, opt server.Options) error {
	l, err := listenLocal(ctx, addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "armillary lsp: listening on %s\n", l.Addr())
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	var sessions sync.WaitGroup
	defer sessions.Wait()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fail(ExitFailed, "%w", err)
		}
		sessions.Go(func() { server.Serve(ctx, c, opt) })
	}
}

// stdio joins two streams into one connection.
type stdio struct {
	io.Reader
	io.Writer
}

// Close closes what can be closed, so that the other side notices.
func (c *stdio) Close() error {
	var errs []error
	for _, end := range []any{c.Reader, c.Writer} {
		if closer, ok := end.(io.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	return errors.Join(errs...)
}
