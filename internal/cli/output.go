package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
)

// watched is standard output: it remembers that something could not be written, so that no command has to ask after each
// line. An answer that got lost must not look like one that was given.
type watched struct {
	w  io.Writer
	mu sync.Mutex
	is error // guarded by mu
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil {
		w.mu.Lock()
		if w.is == nil {
			w.is = err
		}
		w.mu.Unlock()
	}
	return n, err
}

// Unwrap returns what is written to; format.Terminal asks it.
func (w *watched) Unwrap() io.Writer { return w.w }

// lost returns why something could not be written. A reader that has gone wanted no more.
func (w *watched) lost() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if errors.Is(w.is, syscall.EPIPE) || errors.Is(w.is, fs.ErrClosed) || errors.Is(w.is, io.ErrClosedPipe) {
		return nil
	}
	return w.is
}

// inWords says what an error says, with errors of the file system in words of our own: "nope: there is no such file or
// folder" for "stat /home/me/nope: no such file or directory".
func inWords(err error) string {
	said := err.Error()
	var path string
	var raw, cause error
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		raw, path, cause = p, p.Path, p.Err
	case errors.As(err, &l):
		raw, path, cause = l, l.New, l.Err
	default:
		return said
	}
	before, after, ok := strings.Cut(said, raw.Error())
	if !ok {
		return said
	}
	shown := relative(path)
	if !strings.HasSuffix(before, shown+": ") && !strings.HasSuffix(before, path+": ") {
		before += shown + ": "
	}
	return before + bare(cause).Error() + after
}

// bare strips operation and path from an error of the file system, for where the path is printed in the user's own form.
func bare(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file or folder")
	case errors.Is(err, syscall.ENOTDIR):
		return errors.New("there is no such folder: a step of the path is a file")
	case errors.Is(err, syscall.EISDIR):
		return errors.New("it is a folder, not a file")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("you lack the permission")
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
