package analysis

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"
)

// endless is a disk of a thousand million folders. It counts what it lists.
type endless struct{ listed *atomic.Int64 }

type endlessEntry struct{ name string }

func (e endlessEntry) Name() string               { return path.Base(e.name) }
func (e endlessEntry) IsDir() bool                { return path.Ext(e.name) == "" }
func (e endlessEntry) Type() fs.FileMode          { return e.Mode().Type() }
func (e endlessEntry) Info() (fs.FileInfo, error) { return e, nil }
func (e endlessEntry) Size() int64                { return 2 }
func (e endlessEntry) ModTime() time.Time         { return time.Time{} }
func (e endlessEntry) Sys() any                   { return nil }
func (e endlessEntry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

func (e endless) Stat(name string) (fs.FileInfo, error) {
	if base := path.Base(name); base == "CMakeCache.txt" || base == "app_manifest.json" && path.Dir(name) != "root" {
		return nil, fs.ErrNotExist
	}
	return endlessEntry{name}, nil
}

func (e endless) ReadDir(name string) ([]fs.DirEntry, error) {
	out := []fs.DirEntry{endlessEntry{name + "/app_manifest.json"}}
	if name != "root" {
		out[0] = endlessEntry{name + "/a.json"}
	}
	for i := range 1000 {
		if strings.Count(name, "/") == 3 {
			break
		}
		out = append(out, endlessEntry{fmt.Sprintf("%s/d%03d", name, i)})
	}
	e.listed.Add(int64(len(out)))
	return out, nil
}

func (e endless) ReadFile(name string) ([]byte, error) { return []byte("{}"), nil }

func (e endless) Open(name string) (fs.File, error) {
	return fstest.MapFS{"x": {Data: []byte("{}")}}.Open("x")
}

// TestEndlessWorkspace holds that a folder with more below it than any project has is looked at in part.
func TestEndlessWorkspace(t *testing.T) {
	disk := endless{new(atomic.Int64)}
	w := NewChecker().Workspace(disk, []string{"root"}, Settings{})
	inv := w.Inventory(t.Context())
	if len(inv.Apps) != 1 || disk.listed.Load() > 2*maxListed {
		t.Errorf("apps %v, %d entries listed", inv.Apps, disk.listed.Load())
	}
	loose := endless{new(atomic.Int64)}
	NewChecker().Workspace(loose, []string{"root"}, Settings{Loose: true}).Inventory(t.Context())
	if n := loose.listed.Load(); n == 0 || n > 2*maxAround {
		t.Errorf("around a document, %d entries listed", n)
	}
	r, _ := w.Report(t.Context())
	if len(r.Files) == 0 || disk.listed.Load() > 10*maxListed {
		t.Errorf("%d files, %d entries listed", len(r.Files), disk.listed.Load())
	}
}

// TestReportEnds holds that a report ends when nobody waits for it any more.
func TestReportEnds(t *testing.T) {
	disk := endless{new(atomic.Int64)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := NewChecker().Workspace(disk, []string{"root"}, Settings{})
	w.Report(ctx)
	w.Across(ctx)
	if n := disk.listed.Load(); n > 10_000 {
		t.Errorf("%d entries listed", n)
	}
	if r, _ := w.Report(t.Context()); len(r.Files) == 0 {
		t.Error("what was cut short is kept")
	}
}
