package emulator

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"armillary.dev/device"
	"armillary.dev/emulator/applibs"
	"armillary.dev/emulator/gdbstub"
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/libc"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
	"armillary.dev/emulator/machine"
	"armillary.dev/emulator/sphereos"
)

// launcher runs apps for the operating system: high-level ones as Linux processes on the A7.
type launcher struct {
	e       *Emulator
	sysroot fs.FS

	// Loop only.
	pid    int
	limits map[string]time.Duration // by component id in lower case
}

// errRealTime is what starting a real-time capable app gives. The M4 cores are not emulated yet.
var errRealTime = errors.New("the emulated device has no real-time cores yet; high-level apps run")

// Launch implements sphereos.Launcher.
func (l *launcher) Launch(spec sphereos.LaunchSpec) (sphereos.Process, error) {
	if spec.RealTime {
		return nil, errRealTime
	}
	p := &process{e: l.e, done: make(chan struct{})}
	s := linux.Spec{
		Image:     spec.Root,
		Program:   "/" + strings.TrimPrefix(spec.EntryPoint, "/"),
		Args:      spec.Args,
		Env:       spec.Env,
		Component: spec.Component,
		Sysroot:   l.sysroot,
		Libraries: []*guestlib.Library{applibs.Library()},
		Builtin:   libc.Libraries(),
		Output:    spec.Output,
		Policy:    policy{spec.Policy},
		Pins:      l.e.pins,
		Debug:     spec.Debug,
		OnExit: func(st linux.Status) {
			p.status = st
			p.kill.Cancel()
			l.e.hub.publish(device.AppExited{Stamp: device.Stamp(l.e.m.Now()), Component: spec.Component, Code: st.Code, Signal: st.Signal})
			close(p.done)
		},
		Unsupported: func(what string) {
			l.e.hub.publish(device.Unsupported{Stamp: device.Stamp(l.e.m.Now()), Component: spec.Component, What: what})
		},
	}
	if spec.Storage != nil {
		s.Mutable = storage{spec.Storage}
	}
	var err error
	if e := l.e.m.Do(func() {
		if p.p, err = linux.Start(l.e.m, s); err == nil {
			l.pid++
			p.pid = l.pid
			l.e.hub.publish(device.AppStarted{Stamp: device.Stamp(l.e.m.Now()), Component: spec.Component})
			if d, ok := l.limits[strings.ToLower(spec.Component)]; ok {
				l.e.m.After(d, p.terminate)
			}
		}
	}); e != nil {
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

var _ sphereos.MemoryUser = (*process)(nil)

// process is a Linux process as the operating system sees it.
type process struct {
	e      *Emulator
	p      *linux.Process
	pid    int
	kill   *machine.Event // what follows SIGTERM; loop only
	done   chan struct{}
	status linux.Status // once done is closed
}

// terminate ends the process as a device does: SIGTERM, and SIGKILL when that was not enough. Loop only.
func (p *process) terminate() {
	p.kill = p.e.m.After(sphereos.KillDelay, p.p.Kill)
	p.p.Signal(sphereos.SIGTERM)
}

func (p *process) PID() int                 { return p.pid }
func (p *process) Done() <-chan struct{}    { return p.done }
func (p *process) Exit() (code, signal int) { return p.status.Code, p.status.Signal }
func (p *process) Target() gdbstub.Target   { return p.p.Target() }

// MemoryUse implements sphereos.MemoryUser.
func (p *process) MemoryUse() (now, peak int64) {
	p.e.m.Do(func() {
		n, most := p.p.MemoryUse()
		now, peak = int64(n), int64(most)
	})
	return now, peak
}

// Signal implements sphereos.Process.
func (p *process) Signal(n int) {
	p.e.m.Post(func() {
		if n == sphereos.SIGKILL {
			p.p.Kill()
		} else {
			p.p.Signal(n)
		}
	})
}

// policy lets a process ask the operating system.
type policy struct{ p *sphereos.Policy }

func (p policy) Allow(capability, value string) bool { return p.p.Allow(capability, value) }

func (p policy) Denied(function, capability, value string, e errno.Errno) {
	p.p.Denied(function, capability, value, int(e))
}

// storage is an app's mutable file in flash.
type storage struct{ m *sphereos.Mutable }

func (s storage) Open() (linux.MutableFile, error) {
	f, err := s.m.Open()
	if err != nil {
		return nil, storageError(err)
	}
	return storageFile{f}, nil
}

func (s storage) Delete() error { return storageError(s.m.Delete()) }

type storageFile struct{ *sphereos.MutableFile }

func (f storageFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.MutableFile.WriteAt(p, off)
	return n, storageError(err)
}

func (f storageFile) Truncate(size int64) error { return storageError(f.MutableFile.Truncate(size)) }

// storageError gives the quota's error the number that the app sees.
func storageError(err error) error {
	if errors.Is(err, sphereos.ErrQuota) {
		return errno.EDQUOT
	}
	return err
}
