// Package sphereos is the emulated device's operating system as the world outside its apps sees it: boot, the app
// manager, what an app may do by its packaged manifest, the REST service and the debug ports, the device log.
//
// Nothing runs before package secmon has verified it, and nothing outlives power but through package flash. The package
// must not know how programs are executed: it hands a LaunchSpec to a Launcher and gets a Process. Time, randomness and
// the cores come from outside.
//
// Locking: OS.ops serialises operations (install, start, stop, delete, restart) and may be held while waiting for a
// process; OS.mu guards the fields and is never held while something outside the package is called, but for the clock.
// What a process calls back (output, policy) takes neither for longer than it takes to append to a queue. Goroutines:
// one per REST connection, one per running process (reap), one per debug session with two per connection of its own.
package sphereos

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"armillary.dev/device"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/flash"
	"armillary.dev/emulator/pluton"
	"armillary.dev/emulator/secmon"
)

// AppFlash is the room for all app packages together, 1 MiB (facts/manifest.md 1.3).
const AppFlash = 1 << 20

// Options is everything an OS is made of. Flash, Clock, Random, Date and Launcher are needed.
type Options struct {
	Flash    *flash.Store
	Clock    Clock
	Random   io.Reader        // for keys that are made at first use
	Date     func() time.Time // the date, for certificates
	Trust    secmon.Trust
	Launcher Launcher

	// Events is told what happens; it must not block.
	Events func(device.Event)
	// Output gets what apps print that are not being debugged; it must not block and must not keep p.
	Output func(component string, p []byte)

	// Capabilities are the device capabilities in force; nil: application development.
	Capabilities []int
	// Manufacturing is the manufacturing state; "": Module1Complete.
	Manufacturing string
	// Version is the version of the OS; "": 24.06, whose error and message numbers are used.
	Version string
	// Relaunch says after how much guest time an app is started again that ended by itself for the n-th time in a row,
	// and whether at all. Nil: Backoff. The device's own figures are not known (facts/security.md 0, item 6).
	Relaunch func(n int) (time.Duration, bool)
	// Notices gets a line for people about what was refused and why: the REST answer has only a number. It must not block.
	Notices func(text string)
	// DebuggerBanner makes the output port begin with gdbserver's first line, as a board's does. Else it carries what the
	// app prints and nothing else.
	DebuggerBanner bool
	// Hold is the component id of an app that Boot does not start, as it is about to be replaced; "": all are started.
	Hold string
}

// Backoff starts an app again at once, then after 1, 2, 4 … seconds, at most 60. It is a model of this project's own.
func Backoff(n int) (time.Duration, bool) {
	if n <= 1 {
		return 0, true
	}
	return min(time.Second<<min(n-2, 10), time.Minute), true
}

// Never leaves an app that ended stopped.
func Never(int) (time.Duration, bool) { return 0, false }

// OS is a running operating system.
type OS struct {
	o      Options
	log    deviceLog
	pluton *pluton.Pluton
	ca     []byte // PEM
	leaf   tls.Certificate
	ctx    context.Context // ends with the power
	off    context.CancelFunc

	ops sync.Mutex

	mu     sync.Mutex
	apps   map[string]*app // installed, by component id in lower case
	debug  *session        // the one debug session, or nil
	booted time.Duration   // when the OS started
	rest   *server         // nil while the OS restarts
}

// New switches the OS on as far as the REST service; Boot starts the apps.
func New(o Options) (*OS, error) {
	if o.Flash == nil || o.Clock == nil || o.Random == nil || o.Date == nil || o.Launcher == nil {
		return nil, errors.New("sphereos: Flash, Clock, Random, Date and Launcher are needed")
	}
	if o.Capabilities == nil {
		o.Capabilities = []int{rest.AppDevelopment}
	}
	if o.Manufacturing == "" {
		o.Manufacturing = "Module1Complete"
	}
	if o.Version == "" {
		o.Version = "24.06"
	}
	if o.Relaunch == nil {
		o.Relaunch = Backoff
	}
	s := &OS{o: o, apps: map[string]*app{}, booted: o.Clock.Now()}
	s.log.now = s.uptime
	keys := flashKeys{o.Flash}
	var err error
	if s.pluton, err = pluton.Open(keys, o.Random); err != nil {
		return nil, fmt.Errorf("the device's keys: %w", err)
	}
	if s.ca, s.leaf, err = openCertificates(keys, o.Random, o.Date()); err != nil {
		return nil, fmt.Errorf("the device's certificates: %w", err)
	}
	s.ctx, s.off = context.WithCancel(context.Background())
	s.rest = s.serveREST()
	return s, nil
}

// Boot starts every installed app but the one that is held. One that cannot be started does not keep the others from it; the error says which
// and why.
func (s *OS) Boot() error {
	s.ops.Lock()
	defer s.ops.Unlock()
	return s.boot(s.o.Hold)
}

func (s *OS) boot(hold string) error {
	s.log.add(msgInitStart)
	var errs []error
	for _, id := range s.installed() {
		a := s.app(id)
		if strings.EqualFold(id, hold) {
			continue
		}
		if err := s.launch(a, nil); err != nil {
			s.log.add(msgInvalidating, a.guid)
			s.notice("app %s is not started: %v", id, err)
			errs = append(errs, fmt.Errorf("app %s: %w", id, err))
		}
	}
	s.log.add(msgInitEnd)
	return errors.Join(errs...)
}

// Close switches the OS off: apps are killed, connections end.
func (s *OS) Close() error {
	s.off()
	s.mu.Lock()
	server := s.rest
	s.rest = nil
	s.mu.Unlock()
	if server != nil {
		server.close()
	}
	s.killAll()
	return nil
}

// restart stops all apps as a reboot does and boots again. Connections end; the uptime begins anew.
func (s *OS) restart() {
	s.ops.Lock()
	defer s.ops.Unlock()
	if s.ctx.Err() != nil {
		return
	}
	s.log.add(msgRebooting)
	s.log.add(msgStoppingAll)
	for _, id := range s.installed() {
		s.stop(s.app(id))
	}
	s.mu.Lock()
	server := s.rest
	s.rest = nil // whoever dials now is refused
	s.mu.Unlock()
	if server != nil {
		server.close()
	}
	s.mu.Lock()
	s.booted = s.o.Clock.Now()
	s.mu.Unlock()
	s.boot("") // what cannot be started is in the log
	s.mu.Lock()
	if s.ctx.Err() == nil {
		s.rest = s.serveREST()
	}
	s.mu.Unlock()
}

// uptime is the guest time since the OS started.
func (s *OS) uptime() time.Duration {
	now := s.o.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, now-s.booted)
}

func (s *OS) emit(e device.Event) {
	if s.o.Events != nil {
		s.o.Events(e)
	}
}

func (s *OS) notice(format string, args ...any) {
	if s.o.Notices != nil {
		s.o.Notices(fmt.Sprintf(format, args...))
	}
}

func (s *OS) stamp() device.Stamp { return device.Stamp(s.o.Clock.Now()) }

// can reports whether a device capability is in force.
func (s *OS) can(capability int) bool {
	for _, c := range s.o.Capabilities {
		if c == capability {
			return true
		}
	}
	return false
}

// DeviceID is the device's id, 128 hexadecimal digits.
func (s *OS) DeviceID() string { return s.pluton.DeviceID() }

// CA is the certification authority of the device's own making that signed its REST certificate, in PEM.
func (s *OS) CA() []byte { return s.ca }

// flashKeys keeps keys in flash.
type flashKeys struct{ store *flash.Store }

// Load implements pluton.Store.
func (k flashKeys) Load(name string) ([]byte, bool, error) {
	b, err := k.store.Get(recordKey + name)
	if errors.Is(err, flash.ErrNotFound) {
		return nil, false, nil
	}
	return b, err == nil, err
}

// Save implements pluton.Store.
func (k flashKeys) Save(name string, data []byte) error { return k.store.Put(recordKey+name, data) }
