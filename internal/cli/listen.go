package cli

import (
	"context"
	"net"
)

// listenLocal listens on a TCP address; without a host, on this computer only.
func listenLocal(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fail(ExitUsage, "address %s: %w; write HOST:PORT or :PORT", addr, err)
	}
	if host == "" {
		host = "localhost"
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	return l, nil
}
