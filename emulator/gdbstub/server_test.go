package gdbstub

import (
	"context"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"armillary.dev/device/rsp"
	"armillary.dev/internal/testenv"
)

// client is one end of a session over a pipe.
type client struct {
	t    *testing.T
	conn net.Conn
	d    *rsp.Decoder
	end  chan End
}

func serve(t *testing.T, f *fake) *client {
	a, b := net.Pipe()
	c := &client{t, a, rsp.NewDecoder(a, 0), make(chan End, 1)}
	go func() {
		e, err := Serve(context.Background(), b, f)
		if err != nil && err != io.ErrClosedPipe {
			t.Errorf("Serve: %v", err)
		}
		c.end <- e
	}()
	if got := c.do("QStartNoAckMode"); got != "OK" {
		t.Fatalf("no-ack: %q", got)
	}
	return c
}

func (c *client) write(p string) {
	c.t.Helper()
	if _, err := c.conn.Write(rsp.AppendPacket(nil, []byte(p))); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) do(p string) string {
	c.t.Helper()
	c.write(p)
	for {
		f, err := c.d.Next()
		if err != nil {
			c.t.Fatalf("%s: %v", p, err)
		}
		if f.Kind == rsp.Packet {
			return string(f.Data)
		}
	}
}

// program: adds four times with a nop between, then exit.
var program = []uint16{0x3001, 0xbf00, 0x3001, 0x3001, 0x3001, 0xdf00}

func TestServe(t *testing.T) {
	f := newFake(program...)
	c := serve(t, f)
	stop := func(reply string) rsp.StopReply {
		t.Helper()
		r, err := rsp.ParseStop([]byte(reply))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if got := c.do("qSupported:xmlRegisters=arm"); !strings.Contains(got, "PacketSize=20000") {
		t.Errorf("qSupported: %s", got)
	}
	r := stop(c.do("?"))
	if r.Signal != 5 || len(r.Regs) != 17 || r.Thread.TID != 1 {
		t.Errorf("first stop %+v", r)
	}
	for _, tt := range []struct{ send, want string }{
		{"Z0,10004,2", "OK"},
		{"Z0,10004,2", "OK"}, // twice is once
		{"m10000,4", "013000bf"},
		{"x10000,2", "b\x010"},
		{"X20000,2:\x01#", "OK"},
		{"m20000,2", "0123"},
		{"M20000,2:aabb", "OK"},
		{"p1b", "000000000000f03f"},
		{"P0=07000000", "OK"},
		{"P0=00000000", "OK"},
		{"qC", "QC1"},
		{"qfThreadInfo", "m1"},
		{"Hg1", "OK"},
		{"T1", "OK"},
		{"T2", "E03"},
		{"qXfer:exec-file:read::0,100", "l/bin/app"},
		{"qXfer:auxv:read::0,8", "m\x09\x00\x00\x00\x01\x00\x01\x00"},
		{"vFile:setfs:0", "F0"},
		{"vFile:open:2f62696e2f617070,0,0", "F1"},
		{"vFile:pread:1,5,2", "F5;f!elf"},
		{"vFile:close:1", "F0"},
		{"vFile:close:1", "F-1,9"},
		{"vFile:open:2f78,0,0", "F-1,2"},
		{"vFile:open:2f62696e2f617070,1,0", "F-1,d"},
	} {
		if got := c.do(tt.send); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.send, got, tt.want)
		}
	}
	if got := c.do("qXfer:libraries-svr4:read::0,1000"); !strings.Contains(got, `l_addr="0x40000000"`) {
		t.Errorf("libraries: %s", got)
	}
	pc := func(r rsp.StopReply) uint32 {
		for _, e := range r.Regs {
			if e.Num == 15 {
				return uint32(e.Data[0]) | uint32(e.Data[1])<<8 | uint32(e.Data[2])<<16
			}
		}
		return 0
	}
	if r = stop(c.do("vCont;c")); r.Reason != rsp.SWBreak || pc(r) != 0x10004 {
		t.Errorf("breakpoint: %+v", r)
	}
	if r = stop(c.do("vCont;s:1;c")); pc(r) != 0x10006 {
		t.Errorf("step: %+v", r)
	}
	if r = stop(c.do("vCont;r10006,1000a:1")); pc(r) != 0x1000a || r.Reason != rsp.NoReason {
		t.Errorf("range step: %+v", r)
	}
	if got := c.do("vCont;c"); got != "W04" {
		t.Errorf("exit: %q", got)
	}
	c.conn.Close()
	if e := <-c.end; e != Ended {
		t.Errorf("ended as %v", e)
	}
}

func TestInterruptAndLeave(t *testing.T) {
	for _, tt := range []struct {
		leave string
		want  End
		log   string
	}{{"D", Detached, "detach"}, {"k", Ended, "kill"}, {"", Disconnected, ""}} {
		f := newFake(0xbf00, 0xe7fe)
		c := serve(t, f)
		c.do("Z0,10000,2")
		c.write("vCont;c")
		c.write("m10000,2") // dropped: the program runs
		if _, err := c.conn.Write([]byte{3}); err != nil {
			t.Fatal(err)
		}
		if fr, err := c.d.Next(); err != nil || !strings.HasPrefix(string(fr.Data), "T02") {
			t.Errorf("interrupt: %q %v", fr.Data, err)
		}
		if tt.leave == "D" {
			if got := c.do("D"); got != "OK" {
				t.Errorf("detach: %q", got)
			}
		} else if tt.leave != "" {
			c.write(tt.leave)
		}
		c.conn.Close()
		if e := <-c.end; e != tt.want || strings.Join(f.log, " ") != tt.log {
			t.Errorf("leaving by %q: %v, %v", tt.leave, e, f.log)
		}
		if tt.want != Ended && len(f.breaks) != 0 {
			t.Errorf("leaving by %q left breakpoints", tt.leave)
		}
	}
}

func TestMalformedPackets(t *testing.T) {
	c := serve(t, newFake(program...))
	for _, p := range []string{
		"", "m", "m1", "m,", "mg,1", "m1,g", "m100000000,1", "m0,1", "M20000,2:a", "M20000,2:aabbcc", "X20000,9:a", "M0,1:aa", "Z", "Z0", "Z9,1,1",
		"Z0,100000000,2", "z0,x,2", "G", "Gzz", "G00", "p", "pzz", "pffff", "P", "P0", "P0=", "P0=00", "Pff=00000000", "H", "Hx1", "Hg", "Hg9", "Hgq",
		"T", "Tq", "vCont", "vCont;", "vCont;q", "vCont;r5,1", "vCont;s:77", "qXfer:features:read:other.xml:0,10",
		"qXfer:features:read:target.xml", "qXfer:features:write:target.xml:0:aa", "qXfer:x:read::0,1", "vFile:", "vFile:open:zz,0,0",
		"vFile:open:2f", "vFile:pread:1", "vFile:pread:1,1,1", "vFile:fstat:x", "vFile:unlink:2f", "qThreadExtraInfo,9", "qThreadExtraInfo,z",
		"Cxx", "s12345678901", "qRcmd,zz", "!", "vRun;", "R00", "\xff\xfe", "QNonStop:1", strings.Repeat("q", 9000), "m0,ffffffffffffffff",
	} {
		if got := c.do(p); got != "" && got != "OK" && got[0] != 'E' && got[0] != 'F' && got[0] != 'O' {
			t.Errorf("%.40q answered %.60q", p, got)
		}
	}
	if got := c.do("m10000,2"); got != "0130" {
		t.Errorf("after all that: %q", got)
	}
	// Bytes that are no packets, and a packet that does not add up, are asked for again or skipped.
	c.conn.Write([]byte("garbage-+$m10000,2#00$m10000,2#bb"))
	c.do("qC")
	c.conn.Close()
	if e := <-c.end; e != Disconnected {
		t.Errorf("ended as %v", e)
	}
}

// TestGDB lets the real client connect: registers, memory, breakpoints, steps, the exit.
func TestGDB(t *testing.T) {
	gdb := testenv.NeedTool(t, "gdb-multiarch", "apt-get install gdb-multiarch")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f := newFake(program...)
	end := make(chan End, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		e, _ := Serve(context.Background(), conn, f)
		end <- e
	}()
	args := []string{"-nx", "-batch", "-ex", "set sysroot /nonexistent", "-ex", "set confirm off"}
	for _, cmd := range []string{
		"target remote " + ln.Addr().String(),
		"p/x $pc", "p $d1", "x/2hx $pc", "break *0x10004", "continue", "p/x $pc", "stepi", "p/x $pc", "p $r0", "set var $r0 = 40",
		"info threads", "delete", "continue",
	} {
		args = append(args, "-ex", cmd)
	}
	out, err := exec.Command(gdb, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"$1 = 0x10000", "$2 = 1", "0x3001\t0xbf00", "$3 = 0x10004", "$4 = 0x10006", "$5 = 2", `"main"`, "exited with code 052"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in gdb's output", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
	if e := <-end; e != Ended {
		t.Errorf("ended as %v", e)
	}
}
