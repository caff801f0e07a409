package debugadapter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-dap"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/device"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rest"
)

// deploy goes the way of F5: check, pack, upload, start under the device's debug server, connect.
func (l *launcher) deploy(ctx context.Context) error {
	if l.s.opts.Open == nil {
		return fmt.Errorf(`no way to target %q; "gdb" in the debug configuration names a debug server to connect to`, l.config.Target)
	}
	a, err := l.prepare()
	if err != nil {
		l.pointTo(err)
		return err
	}
	file, err := l.openProgram(a.program)
	if err != nil {
		return err
	}
	if l.dev, err = l.s.opts.Open(ctx, l.config.Target, l.config); err != nil {
		return err
	}
	client := rest.NewClient(l.dev.Dial, l.dev.Roots())
	l.closers = append(l.closers, client)
	if c := l.dev.Control(); c != nil {
		// From before the start, so that nothing the app does is missed.
		events := c.Events(l.s.ctx)
		l.s.wg.Add(1)
		go l.s.watch(events, a)
	}
	status, err := l.install(ctx, client, a)
	if err != nil {
		return fmt.Errorf("%s: %w", l.dev.Name(), err)
	}
	return l.dial(ctx, status, a, file)
}

// pointTo has the client show where a refusal points.
func (l *launcher) pointTo(err error) {
	var r *refusal
	if errors.As(err, &r) {
		l.s.w.event("output", dap.OutputEventBody{Category: "stderr", Output: r.Error() + "\n",
			Source: &dap.Source{Name: filepath.Base(r.m.path), Path: r.m.path}, Line: l.s.lineOut(r.line), Column: l.s.colOut(r.col)})
	}
}

// install brings the app and its partners to the device and starts the app under the debugger.
func (l *launcher) install(ctx context.Context, client *rest.Client, a *app) (rest.AppStatus, error) {
	var none rest.AppStatus
	var partners []string
	for _, p := range l.config.Partners {
		if id, err := l.partner(ctx, client, p); err != nil {
			return none, fmt.Errorf("partner %s: %w", p, err)
		} else {
			partners = append(partners, id)
		}
	}
	if !l.attach {
		if err := l.quiet(ctx, client, append(partners, a.component, rest.GDBServer)); err != nil {
			return none, err
		}
		if err := l.upload(ctx, client, a.pkg, rest.Manual); err != nil {
			return none, err
		}
	}
	return client.StartDebug(ctx, a.component)
}

func (l *launcher) upload(ctx context.Context, client *rest.Client, pkg []byte, mode rest.InstallMode) error {
	if err := client.Stage(ctx, pkg, nil); err != nil {
		return err
	}
	restarting, err := client.Install(ctx, mode)
	if err != nil {
		return err
	}
	if restarting {
		return client.WaitReady(ctx)
	}
	return nil
}

// quiet stops the apps that would hold what the debugged one needs. They stay installed and start again with the device.
func (l *launcher) quiet(ctx context.Context, client *rest.Client, keep []string) error {
	list, err := client.Images(ctx)
	if err != nil {
		return err
	}
	const application = 10 // image type, facts/device.md 2.4
	for _, c := range list.Components {
		if c.ImageType != application || slices.ContainsFunc(keep, func(k string) bool { return strings.EqualFold(k, c.UID) }) {
			continue
		}
		if st, err := client.AppStatus(ctx, c.UID); err != nil || st.State != rest.Running && st.State != rest.Debugging {
			continue
		}
		if _, err := client.Stop(ctx, c.UID); err != nil {
			return fmt.Errorf("cannot stop app %s, which may hold what the debugged app needs: %w", c.Name, err)
		}
	}
	return nil
}

// partner returns the component id of a partner app; a folder is packed and deployed first.
func (l *launcher) partner(ctx context.Context, client *rest.Client, p string) (string, error) {
	dir := p
	if !filepath.IsAbs(dir) && l.config.App != "" {
		dir = filepath.Join(l.config.App, p)
	}
	if _, err := os.Stat(filepath.Join(dir, manifest.FileName)); err != nil {
		return p, nil // an id
	}
	sub := &launcher{s: l.s, config: Config{App: dir, Target: l.config.Target}}
	a, err := sub.prepare()
	if err != nil {
		return "", err
	}
	return a.component, l.upload(ctx, client, a.pkg, rest.Auto)
}

// dial connects to the output and then to the debug server, which listens only once the output has its reader
// (facts/device.md 4.1).
func (l *launcher) dial(ctx context.Context, status rest.AppStatus, a *app, file *symbols.File) error {
	port := status.GDBPort
	if a.realTime {
		port = device.PortGDBRT
	} else {
		if port == 0 {
			port = device.PortGDB
		}
		out := status.OutPort
		if out == 0 {
			out = device.PortOutput
		}
		conn, err := l.dev.Dial(ctx, out)
		if err != nil {
			return fmt.Errorf("cannot connect to the app's output: %w", err)
		}
		l.closers = append(l.closers, conn)
		l.s.outputs.Add(1)
		l.s.wg.Add(1)
		go func() {
			defer l.s.wg.Done()
			defer l.s.outputs.Done()
			l.s.copyOutput(conn)
		}()
	}
	var conn net.Conn
	var err error
	if conn, err = l.dev.Dial(ctx, port); err != nil {
		return fmt.Errorf("cannot connect to the debug server: %w", err)
	}
	return l.connect(ctx, conn, file)
}

// watch tells the client what the device reports of the app. It is goroutine (4) of the package comment.
func (s *Session) watch(events <-chan device.Event, a *app) {
	defer s.wg.Done()
	mine := func(component string) bool { return component == "" || strings.EqualFold(component, a.component) }
	for ev := range events {
		switch e := ev.(type) {
		case device.Denied:
			if mine(e.Component) {
				s.denied(e, a)
			}
		case device.Unsupported:
			if mine(e.Component) {
				s.console("The emulated device does not have %s yet; the app was told so.", e.What)
			}
		case device.AppExited:
			if mine(e.Component) {
				s.do(func() { s.appExited(e) })
			}
		case device.Dropped:
			s.log("%d device events were lost", e.Count)
		}
	}
}

// denied shows a call that the manifest does not allow, with the place in the manifest where it would.
func (s *Session) denied(e device.Denied, a *app) {
	what := e.Capability
	if e.Value != "" {
		what += " " + e.Value
	}
	text := fmt.Sprintf("%s was refused (errno %d): the manifest does not list %s", e.Function, e.Errno, what)
	body := dap.OutputEventBody{Category: "console"}
	if a.manifest != nil {
		line, col := a.manifest.place(e.Pointer)
		text = fmt.Sprintf("%s:%d: %s", a.manifest.path, line, text)
		body.Source = &dap.Source{Name: filepath.Base(a.manifest.path), Path: a.manifest.path}
		body.Line, body.Column = s.lineOut(line), s.colOut(col)
	}
	body.Output = text + "\n"
	s.w.event("output", body)
}
