package sphereos

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"armillary.dev/device"
	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/flash"
	"armillary.dev/emulator/gdbstub"
	"armillary.dev/emulator/secmon"
)

// fakeClock is guest time that moves when the test says so.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Duration
	timers []*fakeTimer
	set    chan struct{} // told of every AfterFunc
}

type fakeTimer struct {
	at time.Duration
	f  func()
}

func (c *fakeClock) Now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &fakeTimer{c.now + d, f}
	c.timers = append(c.timers, t)
	select {
	case c.set <- struct{}{}:
	default:
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		t.f = nil
	}
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	c.now += d
	var due []func()
	for _, t := range c.timers {
		if t.f != nil && t.at <= c.now {
			due = append(due, t.f)
			t.f = nil
		}
	}
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// fakeProcess is a program that does nothing until it is told to.
type fakeProcess struct {
	spec LaunchSpec
	pid  int

	mu      sync.Mutex
	signals []int
	done    chan struct{}
	code    int
	signal  int
	onTerm  func(*fakeProcess) // nil: die of it
	stops   chan gdbstub.Stop
}

func (p *fakeProcess) PID() int { return p.pid }

func (p *fakeProcess) Signal(sig int) {
	p.mu.Lock()
	p.signals = append(p.signals, sig)
	f := p.onTerm
	p.mu.Unlock()
	switch {
	case sig == SIGTERM && f != nil:
		f(p)
	default:
		p.exit(128+sig, sig)
	}
}

func (p *fakeProcess) exit(code, sig int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done:
		return
	default:
	}
	p.code, p.signal = code, sig
	if sig != 0 {
		p.stops <- gdbstub.Stop{Kind: gdbstub.StopSignalled, Signal: sig}
	} else {
		p.stops <- gdbstub.Stop{Kind: gdbstub.StopExited, Code: code}
	}
	close(p.stops)
	close(p.done)
}

func (p *fakeProcess) Done() <-chan struct{} { return p.done }

func (p *fakeProcess) Exit() (int, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code, p.signal
}

func (p *fakeProcess) got() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprint(p.signals)
}

func (p *fakeProcess) Target() gdbstub.Target {
	if !p.spec.Debug {
		return nil
	}
	return &fakeTarget{p: p}
}

// fakeTarget has one thread; once resumed it prints and ends with 7.
type fakeTarget struct {
	gdbstub.Target
	p *fakeProcess
}

func (t *fakeTarget) Threads() []gdbstub.Thread                { return []gdbstub.Thread{{ID: 1, Name: "app"}} }
func (t *fakeTarget) Registers(int) (gdbstub.Registers, error) { return gdbstub.Registers{}, nil }
func (t *fakeTarget) Stops() <-chan gdbstub.Stop               { return t.p.stops }
func (t *fakeTarget) Kill()                                    { t.p.Signal(SIGKILL) }
func (t *fakeTarget) Interrupt()                               {}
func (t *fakeTarget) Detach()                                  {}
func (t *fakeTarget) Resume([]gdbstub.Action) error {
	go func() {
		io.WriteString(t.p.spec.Output, "resumed\n")
		t.p.exit(7, 0)
	}()
	return nil
}

// fakeLauncher makes fakeProcesses.
type fakeLauncher struct {
	mu   sync.Mutex
	all  []*fakeProcess
	made chan *fakeProcess
	err  error
	term func(*fakeProcess)
}

func (l *fakeLauncher) Launch(spec LaunchSpec) (Process, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return nil, l.err
	}
	p := &fakeProcess{spec: spec, pid: 100 + len(l.all), done: make(chan struct{}), onTerm: l.term, stops: make(chan gdbstub.Stop, 2)}
	l.all = append(l.all, p)
	l.made <- p
	return p, nil
}

// rig is an OS with everything around it faked.
type rig struct {
	t        testing.TB
	os       *OS
	opts     Options
	clock    *fakeClock
	launcher *fakeLauncher
	memory   *flash.Memory
	client   *rest.Client
	events   chan device.Event
	notices  chan string
	key      trailer.Signer
}

func newRig(t testing.TB, change func(*Options)) *rig {
	t.Helper()
	signer, key := testKey(t, 5)
	r := &rig{t: t, clock: &fakeClock{set: make(chan struct{}, 16)}, launcher: &fakeLauncher{made: make(chan *fakeProcess, 64)},
		memory: &flash.Memory{}, events: make(chan device.Event, 256), notices: make(chan string, 256), key: signer}
	r.opts = Options{
		Clock:    r.clock,
		Random:   rand.NewChaCha8([32]byte{1}),
		Date:     func() time.Time { return time.Now() }, // the client's TLS looks at the real clock
		Trust:    secmon.Trust{Anchors: []secmon.Anchor{{Key: key, Types: []trailer.ImageType{trailer.TypeApplication, trailer.TypeBoardConfig}}}},
		Launcher: r.launcher,
		Events:   func(e device.Event) { r.events <- e },
		Notices:  func(s string) { r.notices <- s },
		Relaunch: Never,
	}
	if change != nil {
		change(&r.opts)
	}
	r.power()
	return r
}

// power switches the device on, with the flash as it is.
func (r *rig) power() {
	r.t.Helper()
	d, err := flash.NewDevice(r.memory, flash.Size, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.opts.Flash, err = flash.OpenStore(d); err != nil {
		r.t.Fatal(err)
	}
	s, err := New(r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	r.os = s
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CA()) {
		r.t.Fatal("the CA is no certificate")
	}
	r.client = rest.NewClient(s.Dial, roots)
	r.t.Cleanup(func() { r.client.Close(); s.Close() })
}

func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	r.t.Cleanup(cancel)
	return ctx
}

func testKey(t testing.TB, fill byte) (trailer.Signer, trailer.Key) {
	t.Helper()
	raw := make([]byte, 32)
	raw[31] = fill
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return trailer.Signer{Thumbprint: trailer.Thumbprint{fill}, Signer: k}, trailer.Key{Name: "the test's key", Thumbprint: trailer.Thumbprint{fill}, Public: &k.PublicKey}
}

const (
	idA = "2f074b0f-d99d-4692-82d9-ef93a7d6463c"
	idB = "ae4714aa-03aa-492b-9663-962f966a9cc3"
	idC = "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22"
)

// manifestOf is a packaged manifest with the given capabilities.
func manifestOf(id, capabilities string) string {
	return `{"SchemaVersion":1,"Name":"sample","ComponentId":"` + id + `","EntryPoint":"/bin/app","CmdArgs":["-v","x"],"Capabilities":{` +
		capabilities + `},"ApplicationType":"Default","TargetApplicationRuntimeVersion":12}`
}

// pack makes a package; change may spoil the input.
func (r *rig) pack(id, manifest string, change func(*image.Input)) []byte {
	r.t.Helper()
	guid, err := trailer.ParseGUID(id)
	if err != nil {
		r.t.Fatal(err)
	}
	in := image.Input{
		Manifest: []byte(manifest), Files: map[string]image.File{"bin/app": {Data: []byte("program"), Executable: true}},
		Component: guid, Image: trailer.GUID{byte(len(manifest))}, Name: "sample", Built: time.Unix(1, 0), Depends: image.HighLevel(12), Key: r.key,
	}
	if strings.Contains(manifest, "RealTimeCapable") {
		in.Depends = nil
	}
	if change != nil {
		change(&in)
	}
	b, err := image.Pack(in)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// install stages and installs a package.
func (r *rig) install(pkg []byte, mode rest.InstallMode) {
	r.t.Helper()
	if err := r.client.Stage(r.ctx(), pkg, nil); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.client.Install(r.ctx(), mode); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) want(id string, state rest.State) {
	r.t.Helper()
	s, err := r.client.AppStatus(r.ctx(), id)
	if err != nil || s.State != state {
		r.t.Errorf("app is %q (%v), want %q", s.State, err, state)
	}
}

// process returns the next process that was made.
func (r *rig) process() *fakeProcess {
	r.t.Helper()
	select {
	case p := <-r.launcher.made:
		return p
	case <-r.ctx().Done():
		r.t.Fatal("no process was made")
		return nil
	}
}

// event returns the next event of a type.
func event[E device.Event](r *rig) E {
	r.t.Helper()
	for {
		select {
		case e := <-r.events:
			if e, ok := e.(E); ok {
				return e
			}
		case <-r.ctx().Done():
			var e E
			r.t.Fatalf("no %T came", e)
		}
	}
}

var errNoEngine = errors.New("the program needs functions that no library has: fancy_call")
