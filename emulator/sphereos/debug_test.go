package sphereos

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"armillary.dev/device"
	"armillary.dev/device/rest"
)

func TestDebug(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.DebuggerBanner = true })
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Auto)
	first := r.process()
	dial := func(port int) (net.Conn, error) { return r.os.Dial(r.ctx(), port) }
	refused := func(port int) {
		t.Helper()
		if c, err := dial(port); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("port %d: %v, %v", port, c, err)
		}
	}
	refused(2342)
	refused(2345)
	refused(4444)
	refused(80)
	st, err := r.client.StartDebug(r.ctx(), idA)
	if err != nil || st.State != rest.Debugging || st.GDBPort != 2345 || st.OutPort != 2342 {
		t.Fatalf("%+v, %v", st, err)
	}
	if first.got() != "[15]" {
		t.Errorf("the running app got %s", first.got())
	}
	refused(2345) // the output's client comes first
	if len(r.launcher.made) != 0 {
		t.Error("the process was made before anyone could see its output")
	}
	out, err := dial(2342)
	if err != nil {
		t.Fatal(err)
	}
	refused(2342) // one client
	gdb, err := dial(2345)
	if err != nil {
		t.Fatal(err)
	}
	if p := r.process(); !p.spec.Debug {
		t.Error("launched without a debugger")
	}
	refused(2345)
	r.want(idA, rest.Debugging)
	io.WriteString(gdb, "$vCont;c#a8")
	all, err := io.ReadAll(out)
	if err != nil || string(all) != "Starting debugger....\nresumed\n" {
		t.Errorf("output %q, %v", all, err)
	}
	packets, _ := io.ReadAll(gdb)
	if !bytes.Contains(packets, []byte("$W07#")) {
		t.Errorf("the debugger heard %q", packets)
	}
	for e := event[device.AppExited](r); e.Code != 7; e = event[device.AppExited](r) {
	}
	r.want(idA, rest.Stopped)
	refused(2342)
	refused(2345)
}

func TestDebugEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(r *rig, out, gdb net.Conn)
	}{
		{"the output's client leaves", func(r *rig, out, gdb net.Conn) { out.Close() }},
		{"stop", func(r *rig, out, gdb net.Conn) { r.client.Stop(r.ctx(), idA) }},
		{"delete", func(r *rig, out, gdb net.Conn) { r.client.DeleteApp(r.ctx(), idA) }},
		{"kill from the debugger", func(r *rig, out, gdb net.Conn) { io.WriteString(gdb, "$k#6b") }},
		{"update", func(r *rig, out, gdb net.Conn) { r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual) }},
		{"power", func(r *rig, out, gdb net.Conn) { r.os.Close() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual)
			if _, err := r.client.StartDebug(r.ctx(), idA); err != nil {
				t.Fatal(err)
			}
			out, err := r.os.Dial(r.ctx(), device.PortOutput)
			if err != nil {
				t.Fatal(err)
			}
			gdb, err := r.os.Dial(r.ctx(), device.PortGDB)
			if err != nil {
				t.Fatal(err)
			}
			p := r.process()
			tt.end(r, out, gdb)
			<-p.Done()
			if g := p.got(); g != "[9]" && g != "[9 9]" { // the power may be noticed in two places

				t.Errorf("the process got %s", p.got())
			}
			io.ReadAll(gdb)
			out.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.ReadAll(out); err != nil && tt.name != "the output's client leaves" {
				t.Error(err)
			}
			if c, err := r.os.Dial(r.ctx(), device.PortOutput); err == nil {
				c.Close()
				t.Error("the output port still accepts")
			}
		})
	}
}

// TestDebuggerComesAgain: a debugger may leave and another come while the output's client stays.
func TestDebuggerComesAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.install(r.pack(idA, manifestOf(idA, ""), nil), rest.Manual)
	r.client.StartDebug(r.ctx(), idA)
	if _, err := r.os.Dial(r.ctx(), device.PortOutput); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var gdb net.Conn
		var err error
		for gdb == nil { // the port opens again once the former client's end was noticed
			if gdb, err = r.os.Dial(r.ctx(), device.PortGDB); err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
				t.Fatal(err)
			}
		}
		io.WriteString(gdb, "$qC#b4")
		buf := make([]byte, 5)
		if _, err := io.ReadFull(gdb, buf); err != nil || !strings.HasPrefix(string(buf), "+$QC") {
			t.Errorf("%q, %v", buf, err)
		}
		gdb.Close()
	}
	r.want(idA, rest.Debugging)
	// Another app cannot be debugged meanwhile; the same one begins anew.
	r.install(r.pack(idB, manifestOf(idB, ""), nil), rest.Manual)
	if _, err := r.client.StartDebug(r.ctx(), idB); rest.Code(err) != 1048581 {
		t.Error(err)
	}
	if _, err := r.client.StartDebug(r.ctx(), idA); err != nil {
		t.Error(err)
	}
	if _, err := r.os.Dial(r.ctx(), device.PortOutput); err != nil {
		t.Error(err)
	}
}

func TestCannotLaunch(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.launcher.err = errNoEngine
	if err := r.client.Stage(r.ctx(), r.pack(idA, manifestOf(idA, ""), nil), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Install(r.ctx(), rest.Auto); rest.Code(err) != 1048591 {
		t.Error(err)
	}
	if n := <-r.notices; !strings.Contains(n, "fancy_call") {
		t.Errorf("notice %q", n)
	}
	if _, err := r.client.StartDebug(r.ctx(), idA); err != nil {
		t.Fatal(err)
	}
	out, err := r.os.Dial(r.ctx(), device.PortOutput)
	if err != nil {
		t.Fatal(err)
	}
	if all, _ := io.ReadAll(out); !strings.Contains(string(all), "fancy_call") {
		t.Errorf("output %q", all)
	}
	if _, err := r.os.Dial(r.ctx(), device.PortGDB); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
	r.want(idA, rest.Stopped)
}
