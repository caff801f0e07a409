//go:build !windows

package server

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// parentPoll is how often the parent is looked for; nothing tells a process of the death of one that is not its child.
const parentPoll = 2 * time.Second

// waitForExit returns true when the process has ended, and false when ctx has or the process cannot be watched.
func waitForExit(ctx context.Context, pid int) bool {
	if pid <= 0 {
		return false
	}
	tick := time.NewTicker(parentPoll)
	defer tick.Stop()
	for {
		p, err := os.FindProcess(pid)
		if err == nil {
			err = p.Signal(syscall.Signal(0))
			_ = p.Release()
		}
		if errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH) {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}
