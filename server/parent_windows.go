package server

import (
	"context"
	"os"
)

// waitForExit returns when the process has ended, or when it cannot be watched and may live, with false.
func waitForExit(ctx context.Context, pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true // there is no such process
	}
	defer func() { _ = p.Release() }()
	done := make(chan error, 1)
	go func() {
		_, err := p.Wait()
		done <- err
	}()
	select {
	case err := <-done:
		return err == nil
	case <-ctx.Done():
		return false
	}
}
