package debugadapter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/debugadapter/target"
	"armillary.dev/device"
	"armillary.dev/device/rsp"
)

// launcher brings a program to its first instruction under the debugger. It runs in goroutine (3) and touches the session
// only through what it returns.
type launcher struct {
	s      *Session
	config Config
	attach bool

	name    string
	dev     device.Device
	client  *target.Client
	closers []io.Closer
	space   *symbols.Space
	main    *symbols.Image
	matcher *symbols.PathMatcher
	onLoop  []func() // to do in the loop once the client has the response
}

func (l *launcher) run(ctx context.Context) error {
	l.matcher = &symbols.PathMatcher{FoldCase: runtime.GOOS == "windows"}
	for _, p := range l.config.SourceMap {
		l.matcher.Map = append(l.matcher.Map, symbols.PathMap{From: p.From, To: p.To})
	}
	if len(l.config.Env) > 0 {
		l.onLoop = append(l.onLoop, func() {
			l.s.console(`"env" in the debug configuration has no effect: a device starts apps with an environment of its own.`)
		})
	}
	if l.config.GDB != "" {
		return l.connectServer(ctx)
	}
	return l.deploy(ctx)
}

// connectServer debugs a program that some debug server holds: qemu-arm -g, OpenOCD, gdbserver, emulate --gdb.
func (l *launcher) connectServer(ctx context.Context) error {
	if l.config.Program == "" {
		return errors.New(`"gdb" in the debug configuration needs "program" as well: the ELF file with debug information that the server runs`)
	}
	file, err := l.openProgram(l.config.Program)
	if err != nil {
		return err
	}
	network, addr := "tcp", l.config.GDB
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", path
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return fmt.Errorf("no debug server at %s: %w; start one there first, for example: qemu-arm -g PORT PROGRAM", l.config.GDB, err)
	}
	return l.connect(ctx, conn, file)
}

// connect starts the debug session proper on a connection and finds out where the program is loaded.
func (l *launcher) connect(ctx context.Context, conn net.Conn, file *symbols.File) error {
	var err error
	// A launch that is given up closes the connection, so that nothing waits for a server that does not answer.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if l.client, err = target.Connect(ctx, conn, target.Options{Timeout: l.config.Timeout}); err != nil {
		return err
	}
	bias, err := l.bias(ctx, file)
	if err != nil {
		return err
	}
	l.findSources(file)
	l.main = file.At(bias)
	l.space = symbols.NewSpace(l.main)
	return nil
}

// findSources maps sources that are not where the program was built to the app's folder, where their paths end alike: a
// program that came from elsewhere, or was built with -ffile-prefix-map.
func (l *launcher) findSources(file *symbols.File) {
	if l.config.App == "" {
		return
	}
	app, err := filepath.Abs(l.config.App)
	if err != nil {
		return
	}
	exists := func(p string) bool {
		_, err := os.Stat(p)
		return err == nil
	}
	for _, src := range file.Sources() {
		if exists(filepath.FromSlash(l.matcher.Local(src))) {
			continue
		}
		for i := 1; i < len(src); i++ {
			if src[i-1] == '/' && exists(filepath.Join(app, filepath.FromSlash(src[i:]))) {
				if i > 1 {
					l.matcher.Map = append(l.matcher.Map, symbols.PathMap{From: src[:i-1], To: app})
				}
				break
			}
		}
	}
}

// bias is how far a position independent program lies from its link-time addresses.
func (l *launcher) bias(ctx context.Context, file *symbols.File) (uint32, error) {
	if !file.Dynamic {
		return 0, nil
	}
	aux, err := l.client.Auxv(ctx)
	if entry, ok := aux[target.AuxEntry]; ok {
		return entry&^1 - file.Entry, nil
	}
	off, err2 := l.client.Offsets(ctx)
	if err2 != nil {
		return 0, fmt.Errorf("cannot find out where %s is loaded: %w", file.Name, errors.Join(err, err2))
	}
	return off, nil
}

// openProgram reads the ELF with debug information.
func (l *launcher) openProgram(name string) (*symbols.File, error) {
	// In memory as a whole: the file may be rebuilt while it is debugged, and programs for this device are small.
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the program: %w", err)
	}
	f, err := symbols.Open(name, bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !f.HasDebug() {
		l.onLoop = append(l.onLoop, func() {
			l.s.console("%s has no debug information; build with -g (CMAKE_BUILD_TYPE=Debug) and use the unstripped ELF.", name)
		})
	}
	l.name = filepath.Base(name)
	return f, nil
}

// undo closes what a launch that failed or was given up has opened.
func (l *launcher) undo() {
	if l.client != nil {
		if l.attach {
			_ = l.client.Detach(context.Background())
		} else {
			_ = l.client.Kill()
		}
	}
	for _, c := range l.closers {
		c.Close()
	}
	if l.dev != nil {
		l.dev.Close()
	}
}

// libraries are the shared objects of the program. They are looked up until there are some (the loader has to run first),
// and after that when a thread is found in code that no known image holds; once per stop, and never over a slow link while
// a local file will do.
type libraries struct {
	tried map[string]bool // by path and bias
	snap  *target.Snapshot
	none  bool // the server has no list
}

func (l *libraries) refresh(s *Session, pc uint32) {
	if l.none || l.snap == s.snap || s.client == nil || s.state != stopped || !s.main.Dynamic {
		return
	}
	if len(l.tried) > 0 && s.space.Image(pc) != nil {
		return
	}
	l.snap = s.snap
	list, err := s.client.Libraries(s.ctx)
	if err != nil {
		l.none = errors.Is(err, rsp.ErrUnsupported)
		return
	}
	if l.tried == nil {
		l.tried = map[string]bool{}
	}
	added := false
	for _, lib := range list {
		key := fmt.Sprintf("%s@%x", lib.Name, lib.Base)
		if lib.Name == "" || l.tried[key] {
			continue
		}
		l.tried[key] = true
		f, err := s.openLibrary(lib.Name)
		if err != nil {
			s.log("library %s: %v", lib.Name, err)
			continue
		}
		s.space.Images = append(s.space.Images[:len(s.space.Images):len(s.space.Images)], f.At(uint32(lib.Base)))
		added = true
	}
	if added {
		s.space = symbols.NewSpace(s.space.Images...)
		s.snap.Static = s.space.ReadStatic
		s.unwinder.Space = s.space
		clear(s.stacks)
		s.resolveAgain(s.space)
	}
}

// openLibrary finds a library in the sysroot, else asks the server for the file.
func (s *Session) openLibrary(name string) (*symbols.File, error) {
	if root := s.config.Sysroot; root != "" {
		if data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(strings.TrimPrefix(name, "/")))); err == nil {
			return symbols.Open(name, bytes.NewReader(data))
		}
	}
	if s.client.Server != target.Emulator {
		return nil, errors.New("not in the sysroot")
	}
	data, err := s.client.ReadFile(s.ctx, name)
	if err != nil {
		return nil, err
	}
	return symbols.Open(name, bytes.NewReader(data))
}
