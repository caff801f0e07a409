// Package linux is the personality of the A7 core: it runs an application's ELF program as the device's Linux does.
//
// A Process has an address space, threads, descriptors and signals; system calls are tables, one file for each
// subject, and what they lack is said there. Programs run with real musl from a sysroot, whose own dynamic loader
// then runs in the guest, or with a synthesised C library and the loader of this package.
//
// The package does not know applibs, the built-in libc, packages, manifests or flash: libraries are tables handed in
// (guestlib), permissions and persistent files are interfaces. Everything here belongs to the machine's loop, but for
// the methods of Target.
package linux

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"

	"armillary.dev/emulator/core"
	"armillary.dev/emulator/gdbstub"
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
	"armillary.dev/emulator/machine"
	"armillary.dev/emulator/pins"
)

// Policy decides what the app may use: the packaged manifest speaks through it.
type Policy interface {
	// Allow reports whether the capability holds for value: "Gpio" and "8", "MutableStorage" and "".
	Allow(capability, value string) bool
	// Denied is told of every refusal, with what the app is told.
	Denied(function, capability, value string, e errno.Errno)
}

// Mutable is the app's single persistent file (facts/applibs.md 2, storage.h).
type Mutable interface {
	// Open opens the file and creates it when there is none. An error of type errno.Errno reaches the app, any other
	// becomes EIO.
	Open() (MutableFile, error)
	// Delete removes the file; fs.ErrNotExist when there is none.
	Delete() error
}

// MutableFile is the open persistent file. Errors are as for Open; ENOSPC or EDQUOT when the quota is used up.
type MutableFile interface {
	io.ReaderAt
	io.WriterAt
	Size() int64
	Truncate(size int64) error
	Close() error
}

// Spec says what to run and in which surroundings.
type Spec struct {
	Image     fs.FS    // the app's package
	Program   string   // path in Image, "/bin/app"
	Args      []string // without the program's name
	Env       []string
	Component string // component id; the image is also seen below /mnt/apps/<Component>

	// Sysroot holds lib/ld-musl-armhf.so.1 and its companions. Without one, Builtin's libraries are loaded instead by
	// this package's own loader.
	Sysroot fs.FS
	// Libraries are synthesised in either case; Builtin where there is no sysroot, and what the sysroot lacks.
	Libraries, Builtin []*guestlib.Library

	Output  io.Writer // standard output and error, and Log_Debug
	Policy  Policy    // nil allows everything
	Pins    *pins.Bank
	Mutable Mutable           // nil: the app has no mutable storage
	Devices map[string]Device // by absolute path, beside /dev/null and its like

	CPU *machine.CPU // where threads run; nil: the machine's A7 core

	// Debug leaves the program stopped before its first instruction, the machine frozen, until a debugger lets it go.
	Debug bool

	// OnExit is called once when the process has ended; Unsupported at the first use of something that is answered
	// with a named error. Both run on the loop and may be nil.
	OnExit      func(Status)
	Unsupported func(what string)
}

// Status is how a process ended.
type Status struct {
	Code   int // exit status, or 128 + Signal
	Signal int // 0 unless a signal ended it
}

// A7Hz is the nominal clock of the application core; one instruction counts as one cycle.
const A7Hz = 500_000_000

// Process is a running application.
type Process struct {
	m      *machine.Machine
	cpu    *machine.CPU
	spec   Spec
	mem    *core.Memory
	engine *core.Engine
	mm     space
	fs     vfs
	fds    fdTable

	pid     int
	nextTID int
	threads []*Thread

	bySVC   map[uint32]*guestlib.Library
	objects []*loaded // what this package's loader loaded, in order; empty with a sysroot's loader
	program gdbstub.Library
	interp  gdbstub.Library // the sysroot's loader
	auxv    []byte

	signals signalState
	futexes map[uint32]*Queue
	timers  map[uint32]*posixTimer
	values  map[any]any
	told    map[string]bool
	atExit  []func()

	ended  bool
	status Status

	debug debugState
}

// pids are what applications of a freshly booted device get; the exact number means nothing.
const firstPID = 64

// Start loads the program and makes its first thread ready. Errors name the file and what is wrong with it; a program
// that needs functions which no library has is refused with their names.
func Start(m *machine.Machine, spec Spec) (*Process, error) {
	if spec.CPU == nil {
		spec.CPU = m.CPU("A7", A7Hz)
	}
	if spec.Pins == nil {
		spec.Pins = pins.New()
	}
	mem, err := core.NewMemory()
	if err != nil {
		return nil, err
	}
	p := &Process{
		m: m, cpu: spec.CPU, spec: spec, mem: mem, engine: core.NewEngine(mem),
		pid: firstPID, nextTID: firstPID,
		bySVC: map[uint32]*guestlib.Library{}, futexes: map[uint32]*Queue{}, timers: map[uint32]*posixTimer{},
		values: map[any]any{}, told: map[string]bool{},
	}
	// A machine that is switched off drops its processes; the address space is not Go's to collect.
	runtime.AddCleanup(p, func(m *core.Memory) { m.Close() }, mem)
	p.mm.init(mem)
	p.debug.init()
	if err := p.load(); err != nil {
		mem.Close()
		return nil, fmt.Errorf("%s: %w", spec.Program, err)
	}
	in := &description{file: null{}, flags: 0}
	out := &description{file: output{w: spec.Output}, flags: openReadWrite}
	p.fds.set(0, in, false)
	p.fds.set(1, out, false)
	p.fds.set(2, out, false)
	return p, nil
}

// load maps the program and what it needs, and makes the first thread.
func (p *Process) load() error {
	libs := append(append([]*guestlib.Library(nil), p.spec.Libraries...), p.spec.Builtin...)
	p.fs = vfs{image: p.spec.Image, sysroot: p.spec.Sysroot, libs: map[string]*guestlib.Library{},
		fallback: map[string]*guestlib.Library{}, devices: standardDevices(), cache: map[string][]byte{}}
	if p.spec.Component != "" {
		p.fs.mount = "/mnt/apps/" + p.spec.Component
	}
	for path, d := range p.spec.Devices {
		p.fs.devices[path] = d
	}
	for i, l := range libs {
		if other := p.bySVC[uint32(l.SVC)]; other != nil {
			return fmt.Errorf("%s and %s use the same trap %#x", other.SONAME, l.SONAME, l.SVC)
		}
		p.bySVC[uint32(l.SVC)] = l
		if i < len(p.spec.Libraries) || p.spec.Sysroot == nil {
			p.fs.libs[l.Path] = l
		} else {
			p.fs.fallback[l.Path] = l
		}
	}
	n, e := p.fs.lookup(p.fs.mount + p.spec.Program)
	if e != 0 {
		return e
	}
	if n.dir || n.data == nil {
		return errors.New("is not a file")
	}
	p.program.Path = p.fs.mount + p.spec.Program

	prog, err := p.mapELF(n.data, programBase)
	if err != nil {
		return err
	}
	p.program.Bias, p.program.Dyn = prog.bias, prog.dynamic
	p.mm.setBreak(prog.end)
	start := prog.entry
	var interp *image
	switch {
	case prog.interp == "":
	case p.spec.Sysroot != nil:
		in, e := p.fs.lookup(prog.interp)
		if e != 0 {
			return fmt.Errorf("its interpreter %s: %w (is the sysroot complete?)", prog.interp, e)
		}
		if interp, err = p.mapELF(in.data, p.mm.above(interpBase)); err != nil {
			return fmt.Errorf("interpreter %s: %w", prog.interp, err)
		}
		start = interp.entry
		p.interp = gdbstub.Library{Path: prog.interp, Bias: interp.bias, Dyn: interp.dynamic}
	default:
		if err := p.link(prog, libs); err != nil {
			return err
		}
	}
	if err := p.mapKernelPage(); err != nil {
		return err
	}
	sp, err := p.buildStack(prog, interp)
	if err != nil {
		return err
	}
	t := p.newThread()
	t.name = p.program.Path[strings.LastIndexByte(p.program.Path, '/')+1:]
	t.st = core.NewState(start)
	t.st.R[13] = sp
	if e := p.setUpTLS(t); e != 0 {
		return e
	}
	if p.spec.Debug {
		p.stopAtEntry(t)
	} else {
		t.schedule()
	}
	return nil
}

// Machine is what the process runs on.
func (p *Process) Machine() *machine.Machine { return p.m }

// Spec is what the process was started with.
func (p *Process) Spec() *Spec { return &p.spec }

// Ended reports whether the process has ended, and how.
func (p *Process) Ended() (Status, bool) { return p.status, p.ended }

// Value returns what make made when first asked for key: the place for a library's state of a process.
func (p *Process) Value(key any, make func() any) any {
	v, ok := p.values[key]
	if !ok {
		v = make()
		p.values[key] = v
	}
	return v
}

// AtExit calls f when the process ends, latest first.
func (p *Process) AtExit(f func()) { p.atExit = append(p.atExit, f) }

// unsupported reports something once.
func (p *Process) unsupported(what string) {
	if !p.told[what] {
		p.told[what] = true
		if p.spec.Unsupported != nil {
			p.spec.Unsupported(what)
		}
	}
}

// Unsupported reports, once for each text, that the guest used something that is answered with a named error.
func (p *Process) Unsupported(what string) { p.unsupported(what) }

// Allow asks the policy and tells it of a refusal.
func (p *Process) Allow(function, capability, value string, e errno.Errno) bool {
	if p.spec.Policy == nil || p.spec.Policy.Allow(capability, value) {
		return true
	}
	p.spec.Policy.Denied(function, capability, value, e)
	return false
}

// end ends the process: exit_group, the last thread's end, or a deadly signal.
func (p *Process) end(s Status) {
	if p.ended {
		return
	}
	p.ended, p.status = true, s
	for _, t := range p.threads {
		t.leaveQueues()
		t.wait = nil
		t.dead = true
		t.task.Remove()
	}
	p.fds.closeAll()
	for _, t := range p.timers {
		t.event.Cancel()
	}
	for i := len(p.atExit) - 1; i >= 0; i-- {
		p.atExit[i]()
	}
	p.debugEnd()
	// The memory is still in use by the engine that called us; it goes when the loop is back.
	p.m.Post(func() { p.releaseMemory() })
	if p.spec.OnExit != nil {
		p.spec.OnExit(s)
	}
}

func (p *Process) releaseMemory() {
	if p.mem != nil {
		p.mem.Close()
		p.mem, p.engine = nil, nil
	}
}

// cwd is the working directory.
func (p *Process) cwd() string {
	if p.fs.mount != "" {
		return p.fs.mount
	}
	return "/"
}

// PID is the number of the process inside the device.
func (p *Process) PID() int { return p.pid }

// Kill ends the process with SIGKILL.
func (p *Process) Kill() { p.end(Status{Code: 128 + SIGKILL, Signal: SIGKILL}) }
