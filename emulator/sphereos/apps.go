package sphereos

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"armillary.dev/device"
	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/secmon"
)

// Names of the records in flash; a component or a name follows.
const (
	recordApp     = "app/"     // an installed package
	recordStaged  = "staged/"  // a package that waits for installation
	recordMutable = "mutable/" // an app's mutable file
	recordKey     = "key/"
)

// app is an installed app. guid and id never change; the rest is guarded by OS.mu.
type app struct {
	id    string
	guid  trailer.GUID
	state rest.State
	run   *run   // while there is a process
	exits int    // how often in a row it ended by itself
	timer func() // takes back the relaunch that is due, if any
}

// run is one life of a process.
type run struct {
	proc    Process
	session *session      // of a debugged app
	started time.Duration // guest time
	asked   bool          // its end was asked for; guarded by OS.mu
	reaped  chan struct{} // closed once its end has been dealt with
}

// installed lists the component ids of installed apps, sorted.
func (s *OS) installed() []string { return s.ids(recordApp) }

func (s *OS) ids(prefix string) []string {
	names := s.o.Flash.Names(prefix)
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], prefix)
	}
	return names
}

// app returns the state of an installed app, or nil.
func (s *OS) app(id string) *app {
	if _, ok := s.o.Flash.Size(recordApp + id); !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[id]
	if a == nil {
		guid, err := trailer.ParseGUID(id)
		if err != nil {
			return nil
		}
		a = &app{id: id, guid: guid, state: rest.Stopped}
		s.apps[id] = a
	}
	return a
}

// AppStatus says what an app is doing.
func (s *OS) AppStatus(id string) rest.AppStatus {
	a := s.app(strings.ToLower(id))
	if a == nil {
		return rest.AppStatus{State: rest.NotPresent}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return rest.AppStatus{State: a.state}
}

// Stage verifies a package and keeps it for Install. What is refused leaves no trace.
func (s *OS) Stage(pkg []byte) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	if len(pkg) > AppFlash {
		return refuse(codeTooLarge, fmt.Errorf("a package of %d bytes; all apps together have %d", len(pkg), AppFlash))
	}
	pkg = slices.Clone(pkg) // the copy that is verified is the copy that is kept
	p, err := s.open(pkg)
	if err != nil {
		return err
	}
	id := p.verdict.Identity.Component.String()
	used := len(pkg)
	for _, kind := range []string{recordApp, recordStaged} {
		for _, name := range s.o.Flash.Names(kind) {
			if n, _ := s.o.Flash.Size(name); name != kind+id { // this one takes the place of the former
				used += n
			}
		}
	}
	if used > AppFlash {
		return refuse(codeNoSpace, fmt.Errorf("with this package the apps need %d bytes of %d: delete one", used, AppFlash))
	}
	if err := s.o.Flash.Put(recordStaged+id, pkg); err != nil {
		return refuse(codeStagingFailed, err)
	}
	return nil
}

// pkg is a package that was verified and taken apart.
type pkg struct {
	verdict *secmon.Verdict
	image   *image.Image
}

// open verifies a package. It is the only way to a program's bytes.
func (s *OS) open(b []byte) (*pkg, error) {
	v, err := secmon.Verify(b, s.o.Trust)
	if err != nil {
		return nil, err
	}
	if v.Identity.Type != trailer.TypeApplication {
		return nil, refuse(codeUnsupportedType, fmt.Errorf("an image of type %v; the emulated device takes apps only", v.Identity.Type))
	}
	im, err := image.Read(b)
	if err == nil {
		err = im.FS.CheckCRC()
	}
	if err != nil {
		return nil, refuse(codeStagingFailed, err)
	}
	return &pkg{v, im}, nil
}

// Install installs everything that is staged, all or nothing. With rest.Auto the apps are started.
func (s *OS) Install(mode rest.InstallMode) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	staged := s.ids(recordStaged)
	fail := func(id string, m message, err error) error {
		s.log.add(m, Code(err))
		if guid, gerr := trailer.ParseGUID(id); gerr == nil {
			s.log.add(msgInvalidating, guid)
		}
		for _, id := range staged { // the device forgets what it cannot install
			s.o.Flash.Delete(recordStaged + id)
		}
		return fmt.Errorf("installing %s: %w", id, err)
	}
	next := map[string]*parsed{}
	for _, id := range staged {
		b, err := s.o.Flash.Get(recordStaged + id)
		if err != nil {
			return fail(id, msgInstallFailed, refuse(codeInstallFailed, err))
		}
		p, err := s.open(b)
		if err != nil {
			return fail(id, msgInstallFailed, err)
		}
		if next[id], err = parse(p); err != nil {
			return fail(id, msgManifestRefused, err)
		}
	}
	if err := s.compatible(next); err != nil {
		return fail(err.component, msgInstallFailed, err.Unwrap())
	}
	for _, id := range staged {
		if a := s.app(id); a != nil {
			s.stop(a)
		}
	}
	err := s.o.Flash.Update(func(tx *flashTx) error {
		for _, id := range staged {
			b, err := tx.Get(recordStaged + id)
			if err != nil {
				return err
			}
			tx.Put(recordApp+id, b)
			tx.Delete(recordStaged + id)
		}
		return nil
	})
	if err != nil {
		return refuse(codeInstallFailed, err)
	}
	if mode == rest.Manual {
		return nil
	}
	for _, id := range staged {
		if err := s.launch(s.app(id), nil); err != nil {
			return fmt.Errorf("starting %s: %w", id, err)
		}
	}
	return nil
}

// Delete removes an app with its mutable file, or what is staged of it; without either it does nothing.
func (s *OS) Delete(id string) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	id = strings.ToLower(id)
	if a := s.app(id); a != nil {
		s.stop(a)
	}
	s.mu.Lock()
	delete(s.apps, id)
	s.mu.Unlock()
	return s.o.Flash.Update(func(tx *flashTx) error {
		tx.Delete(recordApp + id)
		tx.Delete(recordStaged + id)
		tx.Delete(recordMutable + id)
		return nil
	})
}

// Start starts an app; one that runs or is debugged stays as it is.
func (s *OS) Start(id string) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	a := s.app(strings.ToLower(id))
	if a == nil {
		return errAppNotPresent
	}
	if st := s.AppStatus(id).State; st == rest.Running || st == rest.Debugging {
		return nil
	}
	s.mu.Lock()
	a.exits = 0
	s.mu.Unlock()
	return s.launch(a, nil)
}

// Stop stops an app: SIGTERM, and SIGKILL after KillDelay of guest time.
func (s *OS) Stop(id string) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	a := s.app(strings.ToLower(id))
	if a == nil {
		return errAppNotPresent
	}
	s.stop(a)
	return nil
}

// launch verifies an app as it is in flash and makes its process. OS.ops is held.
func (s *OS) launch(a *app, sess *session) error {
	b, err := s.o.Flash.Get(recordApp + a.id)
	if err != nil {
		return refuse(codeCannotOpen, err)
	}
	p, err := s.open(b)
	if err != nil {
		return err
	}
	m, err := parse(p)
	if err != nil {
		return err
	}
	spec := LaunchSpec{
		Component:  a.id,
		Name:       m.manifest.Name(),
		RealTime:   m.manifest.RealTime,
		Root:       p.image.FS,
		Dir:        "/mnt/apps/" + a.id,
		EntryPoint: m.entry,
		Args:       m.manifest.CmdArgs(),
		APISet:     m.apiSet,
		Policy:     &Policy{a.id, m.manifest, s.denied},
		Output:     appOutput{s, a.id},
		Debug:      sess != nil,
	}
	if sess != nil {
		spec.Output = sess.out
	}
	if kb := m.manifest.StorageKB(); kb > 0 {
		spec.Storage = &Mutable{store: s.o.Flash, name: recordMutable + a.id, limit: kb}
	}
	s.cancelRelaunch(a)
	started := s.o.Clock.Now()
	proc, err := s.o.Launcher.Launch(spec)
	if err != nil {
		if Code(err) == 0 {
			err = refuse(codeFailedToExec, err)
		}
		return err
	}
	r := &run{proc: proc, session: sess, started: started, reaped: make(chan struct{})}
	state := rest.Running
	if sess != nil {
		state = rest.Debugging
	}
	s.mu.Lock()
	a.run, a.state = r, state
	s.mu.Unlock()
	if s.ctx.Err() != nil { // switched off meanwhile, and perhaps past this app
		proc.Signal(SIGKILL)
	}
	s.log.add(msgAppStatus, spec.Name, stateNumber[state])
	s.emit(device.AppStarted{Stamp: device.Stamp(started), Component: a.id})
	go s.reap(a, r)
	return nil
}

// reap waits for the end of a process and deals with it.
func (s *OS) reap(a *app, r *run) {
	defer close(r.reaped)
	select {
	case <-r.proc.Done():
	case <-s.ctx.Done():
		return
	}
	code, signal := r.proc.Exit()
	s.mu.Lock()
	asked := r.asked
	a.run, a.state = nil, rest.Stopped
	if s.o.Clock.Now()-r.started >= time.Minute {
		a.exits = 0 // it had run well enough
	}
	relaunch := !asked && r.session == nil
	if relaunch {
		a.exits++
	}
	exits := a.exits
	s.mu.Unlock()
	if code != 0 && !asked {
		s.log.add(msgProcessExit, r.proc.PID(), code)
	}
	s.emit(device.AppExited{Stamp: s.stamp(), Component: a.id, Code: code, Signal: signal})
	if r.session != nil {
		r.session.end()
	}
	if relaunch {
		s.relaunchLater(a, exits)
	}
}

// relaunchLater starts an app again that ended by itself, unless something else happens to it first.
func (s *OS) relaunchLater(a *app, exits int) {
	delay, ok := s.o.Relaunch(exits)
	if !ok {
		return
	}
	again := func() {
		s.ops.Lock()
		defer s.ops.Unlock()
		s.mu.Lock()
		due := s.apps[a.id] == a && a.run == nil && a.timer != nil && s.ctx.Err() == nil
		a.timer = nil
		s.mu.Unlock()
		if !due {
			return
		}
		if err := s.launch(a, nil); err != nil {
			s.log.add(msgInvalidating, a.guid)
			s.notice("app %s is not started again: %v", a.id, err)
		}
	}
	s.mu.Lock()
	a.timer = func() {}
	s.mu.Unlock()
	cancel := s.o.Clock.AfterFunc(delay, func() { go again() })
	s.mu.Lock()
	if a.timer != nil {
		a.timer = cancel
	}
	s.mu.Unlock()
}

func (s *OS) cancelRelaunch(a *app) {
	s.mu.Lock()
	cancel := a.timer
	a.timer = nil
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// heldStill is how long, in the host's time, an app has for its end while another app is being debugged.
const heldStill = 10 * time.Second

// stop ends an app's process and waits for it. OS.ops is held. A debugged process stands still and its clock with it,
// so that it is killed at once.
func (s *OS) stop(a *app) {
	s.cancelRelaunch(a)
	s.mu.Lock()
	r, sess := a.run, s.debug
	if r != nil {
		r.asked = true
	}
	if r == nil && a.state == rest.Debugging {
		a.state = rest.Stopped // it was waiting for its debugger
	}
	s.mu.Unlock()
	if sess != nil && sess.app == a {
		defer sess.end()
	}
	if r == nil {
		return
	}
	if r.session != nil {
		r.proc.Signal(SIGKILL)
	} else {
		kill := func() { r.proc.Signal(SIGKILL) }
		cancel := s.o.Clock.AfterFunc(KillDelay, kill)
		defer cancel()
		if sess != nil { // another app's debugger may hold guest time still; nobody waits for that for ever
			t := time.AfterFunc(heldStill, kill)
			defer t.Stop()
		}
		r.proc.Signal(SIGTERM)
	}
	<-r.reaped
}

// killAll ends all processes without waiting; the power is off.
func (s *OS) killAll() {
	s.mu.Lock()
	var runs []*run
	for _, a := range s.apps {
		if a.run != nil {
			a.run.asked = true
			runs = append(runs, a.run)
		}
	}
	sess := s.debug
	s.mu.Unlock()
	for _, r := range runs {
		r.proc.Signal(SIGKILL)
	}
	if sess != nil {
		sess.end()
	}
}

// denied writes a refused call to the device log and reports it.
func (s *OS) denied(d device.Denied) {
	d.Stamp = s.stamp()
	what := d.Function + ": " + d.Capability
	if d.Value != "" {
		what += " " + d.Value
	}
	s.log.add(msgCapabilityDenied, what)
	s.emit(d)
}

// appOutput is where an app prints that is not being debugged.
type appOutput struct {
	s  *OS
	id string
}

// Write implements io.Writer.
func (o appOutput) Write(p []byte) (int, error) {
	if o.s.o.Output != nil {
		o.s.o.Output(o.id, p)
	}
	return len(p), nil
}

var _ io.Writer = appOutput{}

// stateNumber are the states' numbers in the device log; the device's own are not known.
var stateNumber = map[rest.State]int{rest.Stopped: 0, rest.Running: 1, rest.Debugging: 2}

// parsed is a package whose manifest the device accepts.
type parsed struct {
	manifest *manifest.Manifest
	entry    string
	apiSet   uint32
	guid     trailer.GUID
}

// cleanEntry makes an EntryPoint a path in the package: "/bin/app" becomes "bin/app".
func cleanEntry(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }
