// Package emulator is the emulated MT3620: it joins its rooms – machine, cores, pins, flash, operating system – into one
// device.Device.
//
// The rooms do not know one another beyond what their interfaces say; what connects them is here: an app that the
// operating system launches becomes a Linux process on the A7, its policy and its mutable file are the operating
// system's, its pins are the chip's. The package must not know editors, the debugger or the command line.
package emulator

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"sync"
	"time"

	"armillary.dev/device"
	"armillary.dev/emulator/flash"
	"armillary.dev/emulator/machine"
	"armillary.dev/emulator/pins"
	"armillary.dev/emulator/secmon"
	"armillary.dev/emulator/sphereos"
)

// Options is what a device is made of. The zero value is a device with empty flash, paced by real time, that trusts
// nobody.
type Options struct {
	// Name is what a person calls the device; "" is "emulator".
	Name string
	// Flash keeps what outlives power; nil: in memory, gone with the device.
	Flash flash.Backing
	// Trust is whose packages the device accepts.
	Trust secmon.Trust
	// Sysroot holds lib/ld-musl-armhf.so.1 and its companions. Nil: the built-in C library.
	Sysroot fs.FS
	// Seeded makes runs repeatable: the clock is virtual and nothing is read from the host.
	Seeded bool
	Seed   uint64
	// Output gets what apps print that are not being debugged. It must not block for long and must not keep p.
	Output func(component string, p []byte)
	// Notices gets a line for people about what was refused and why.
	Notices func(text string)
	// Relaunch starts apps again that end by themselves, as a device does.
	Relaunch bool
	// Hold is the component id of an app that is not started when the device is switched on; "": all are.
	Hold string
}

// Emulator is a device that is switched on.
type Emulator struct {
	name string
	m    *machine.Machine
	os   *sphereos.OS
	pins *pins.Bank // loop only
	hub  hub

	launcher *launcher

	stop    context.CancelFunc
	stopped chan struct{} // the loop has ended
	once    sync.Once
}

var _ device.Device = (*Emulator)(nil)

// New switches a device on and starts the apps that are installed on it. An app that cannot be started does not keep
// the device from running; Notices says why.
func New(o Options) (*Emulator, error) {
	if o.Name == "" {
		o.Name = "emulator"
	}
	backing := o.Flash
	if backing == nil {
		backing = &flash.Memory{}
	}
	chip, err := flash.NewDevice(backing, flash.Size, nil)
	if err != nil {
		return nil, fmt.Errorf("flash: %w", err)
	}
	store, err := flash.OpenStore(chip)
	if err != nil {
		return nil, fmt.Errorf("flash: %w", err)
	}

	ctx, stop := context.WithCancel(context.Background())
	e := &Emulator{
		name:    o.Name,
		m:       machine.New(machine.Config{Seeded: o.Seeded, Seed: o.Seed}),
		pins:    pins.New(),
		stop:    stop,
		stopped: make(chan struct{}),
	}
	e.launcher = &launcher{e: e, sysroot: o.Sysroot, limits: map[string]time.Duration{}}
	e.pins.Listen(func(c pins.Change) {
		if c.Driven {
			e.hub.publish(device.PinChanged{Stamp: device.Stamp(e.m.Now()), GPIO: c.Line, Level: c.Level})
		}
	})
	go func() {
		defer close(e.stopped)
		e.m.Run(ctx, nil)
	}()

	relaunch := sphereos.Never
	if o.Relaunch {
		relaunch = sphereos.Backoff
	}
	var date time.Time
	e.m.Do(func() { date = e.m.Date() })
	started := e.m.Seen()
	e.os, err = sphereos.New(sphereos.Options{
		Flash:    store,
		Clock:    clock{e.m},
		Random:   random{e.m},
		Date:     func() time.Time { return date.Add(e.m.Seen() - started) },
		Trust:    o.Trust,
		Launcher: e.launcher,
		Events:   e.osEvent,
		Output:   o.Output,
		Relaunch: relaunch,
		Notices:  o.Notices,
		Hold:     o.Hold,
	})
	if err != nil {
		e.Close()
		return nil, err
	}
	e.os.Boot() // Notices has heard which apps do not start
	return e, nil
}

// Name implements device.Device.
func (e *Emulator) Name() string { return e.name }

// Dial implements device.Device: 443, 2342 and 2345, as on a board.
func (e *Emulator) Dial(ctx context.Context, port int) (net.Conn, error) { return e.os.Dial(ctx, port) }

// Roots implements device.Device.
func (e *Emulator) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(e.os.CA())
	return pool
}

// CA is the certification authority of Roots in PEM, for other processes.
func (e *Emulator) CA() []byte { return e.os.CA() }

// Limit ends every process of a component when it has run for d of guest time, to the instruction: SIGTERM, and SIGKILL
// two seconds later. It concerns processes that start after the call.
func (e *Emulator) Limit(component string, d time.Duration) {
	e.m.Do(func() { e.launcher.limits[strings.ToLower(component)] = d })
}

// Control implements device.Device.
func (e *Emulator) Control() device.Control { return control{e} }

// Close switches the device off; what is in flash stays.
func (e *Emulator) Close() error {
	e.once.Do(func() {
		if e.os != nil {
			e.os.Close()
		}
		e.m.Close()
		e.stop()
		<-e.stopped
		e.hub.close()
	})
	return nil
}

// osEvent passes on what the operating system reports. The life of processes is left out: the launcher reports it from
// the loop, at its instant and in its place among the other events, where the operating system hears of it later.
func (e *Emulator) osEvent(ev device.Event) {
	switch ev.(type) {
	case device.AppStarted, device.AppExited:
	default:
		e.hub.publish(ev)
	}
}

// clock is guest time for the operating system.
type clock struct{ m *machine.Machine }

func (c clock) Now() time.Duration { return c.m.Seen() }

func (c clock) AfterFunc(d time.Duration, f func()) func() {
	var ev *machine.Event // loop only
	var cancelled bool
	c.m.Post(func() {
		if !cancelled {
			ev = c.m.After(d, f)
		}
	})
	return func() {
		c.m.Post(func() {
			cancelled = true
			ev.Cancel()
		})
	}
}

// random is the machine's randomness for other goroutines.
type random struct{ m *machine.Machine }

func (r random) Read(p []byte) (n int, err error) {
	if e := r.m.Do(func() { n, err = io.ReadFull(r.m.Random(), p) }); e != nil {
		return 0, e
	}
	return n, err
}

type control struct{ e *Emulator }

func (c control) Events(ctx context.Context) <-chan device.Event { return c.e.hub.subscribe(ctx) }

func (c control) SetInput(gpio, level int) (err error) {
	if level != 0 && level != 1 {
		return fmt.Errorf("a level is 0 or 1, not %d", level)
	}
	if e := c.e.m.Do(func() { err = c.e.pins.SetOutside(gpio, level) }); e != nil {
		return errors.New("the device is switched off")
	}
	if err != nil {
		return fmt.Errorf("GPIO %d: %w", gpio, err)
	}
	return nil
}
