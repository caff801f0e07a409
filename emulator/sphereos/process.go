package sphereos

import (
	"io"
	"io/fs"
	"time"

	"armillary.dev/emulator/gdbstub"
)

// Signals that the app manager sends.
const (
	SIGKILL = 9
	SIGTERM = 15
)

// KillDelay is how long an app has, in guest time, between SIGTERM and SIGKILL (facts/security.md 1.5).
const KillDelay = 2 * time.Second

// Launcher makes processes. The emulated device's cores are behind it: one for high-level apps, one for real-time ones.
type Launcher interface {
	// Launch loads the program and returns its process, running, or stopped before its first instruction with
	// LaunchSpec.Debug. An error means that there is no process; a *deverr-coded one reaches the REST client as it is,
	// any other as "failed to exec" (1048591).
	//
	// Launch is called on a goroutine of the OS, never on the machine's loop, and with none of the OS's locks held: it
	// may wait for the loop.
	Launch(LaunchSpec) (Process, error)
}

// LaunchSpec is everything a process starts with.
type LaunchSpec struct {
	Component  string // component id in lower case
	Name       string // from the manifest
	RealTime   bool   // for a real-time core
	Root       fs.FS  // the package's files, verified; an *image.FS
	Dir        string // where Root is mounted: "/mnt/apps/<component id>"
	EntryPoint string // the program's path in Root: "bin/app"
	Args       []string
	Env        []string
	APISet     uint32 // the application runtime version the image was built for; 0 for a real-time app
	Policy     *Policy
	Storage    *Mutable  // nil without the MutableStorage capability
	Output     io.Writer // stdout, stderr and Log_Debug; never blocks the caller
	Debug      bool      // stop before the first instruction and offer Target
}

// Process is a running program. Its methods may be called from any goroutine except, where they wait, the loop's.
type Process interface {
	// PID is the process's number inside the device.
	PID() int
	// Signal sends a Linux signal. SIGKILL ends the process even while a debugger holds it.
	Signal(sig int)
	// Done is closed when the process has ended.
	Done() <-chan struct{}
	// Exit says how it ended, once Done is closed: its exit code, or the signal that ended it.
	Exit() (code, signal int)
	// Target is the process under debug control; nil unless it was launched with Debug.
	Target() gdbstub.Target
}

// MemoryUser is a Process that knows how much memory it uses, now and at most so far, in bytes. It is asked from a
// goroutine of the OS and may wait for the loop.
type MemoryUser interface{ MemoryUse() (now, peak int64) }

// Clock is guest time.
type Clock interface {
	// Now is the guest time since power-on. It may be called from any goroutine.
	Now() time.Duration
	// AfterFunc calls f when d of guest time has passed. f must not block. The returned function takes it back; it
	// may be called more than once and from f.
	AfterFunc(d time.Duration, f func()) (cancel func())
}
