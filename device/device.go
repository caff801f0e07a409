// Package device is the contract between the rooms: a Device is something that can be dialled.
//
// A board on a serial port and the emulated MT3620 are the same to whoever holds a Device: the REST service, the
// application's output and the debug servers are reached by port number, exactly as on the service UART's network
// (facts/device.md 2-4). What only the emulated device can do is behind Control, which a board answers with nil.
//
// The package must not know editors, the debugger or the emulator.
package device

import (
	"context"
	"crypto/x509"
	"net"
	"time"
)

// Ports of a device as seen from the developer's computer (facts/device.md 1.4, 4.1, 4.5).
const (
	PortREST   = 443  // device REST API over TLS
	PortOutput = 2342 // output of the debugged high-level app; to be dialled before PortGDB
	PortGDB    = 2345 // GDB remote serial protocol of the debugged high-level app
	PortGDBRT  = 4444 // GDB remote serial protocol of a real-time core
)

// Device is a board or an emulated device.
type Device interface {
	// Name says which device this is, as a person would type it: "emulator", "serial:/dev/ttyUSB2".
	Name() string
	// Dial connects to one of the device's ports. A port that nobody listens on gives an error like a refused
	// TCP connection.
	Dial(ctx context.Context, port int) (net.Conn, error)
	// Roots are the certification authorities to trust for the REST service's certificate: the board vendor's, or the
	// one that an emulated device made for itself (facts/device.md 3.1).
	Roots() *x509.CertPool
	// Control returns what goes beyond a board's abilities, or nil.
	Control() Control
	// Close ends the connection to the device; an emulated device owned by this process is powered off.
	Close() error
}

// Control sees and moves what a board keeps to itself.
type Control interface {
	// Events delivers everything that happens from now on until ctx ends; then the channel is closed.
	// A slow reader does not stop the device: events beyond a bounded queue are dropped and counted in a Dropped event.
	Events(ctx context.Context) <-chan Event
	// SetInput drives the pin from outside, as a button or a sensor would. Level is 0 or 1.
	SetInput(gpio int, level int) error
}

// Event is one of the types below.
type Event interface{ At() time.Duration }

// Stamp is the guest time of an event since power-on.
type Stamp time.Duration

// At returns the guest time since power-on.
func (s Stamp) At() time.Duration { return time.Duration(s) }

// Denied reports that the packaged manifest does not allow what the app asked for.
type Denied struct {
	Stamp
	Component  string // component id of the app
	Function   string // "GPIO_OpenAsOutput"
	Capability string // "Gpio"
	Value      string // the entry that is missing from the capability, "9"; empty for a boolean capability
	Errno      int    // what the app was told, 13 = EACCES
	Pointer    string // JSON pointer into the packaged manifest where the entry would have to be, "/Capabilities/Gpio"
}

// PinChanged reports a new level on a pin that an app drives.
type PinChanged struct {
	Stamp
	GPIO  int
	Level int
}

// AppStarted reports that an app's process exists.
type AppStarted struct {
	Stamp
	Component string
}

// AppExited reports the end of an app's process. Code is the exit status, or 128+Signal.
type AppExited struct {
	Stamp
	Component string
	Code      int
	Signal    int // 0 unless a signal ended it
}

// Unsupported reports the first use of something that the emulator answers with a named error.
type Unsupported struct {
	Stamp
	Component string
	What      string // "syscall 380 (sched_setattr)", "applibs PWM_Open"
}

// Dropped reports how many events were not delivered to a slow reader.
type Dropped struct {
	Stamp
	Count int
}
