package rsp

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecoder(t *testing.T) {
	tests := []struct {
		name, wire string
		want       []Frame
		err        error
	}{
		{"packet", "$OK#9a", []Frame{{Packet, []byte("OK")}}, io.EOF},
		{"empty", "$#00", []Frame{{Packet, []byte{}}}, io.EOF},
		{"acks and break", "+-\x03", []Frame{{Ack, nil}, {Nack, nil}, {Interrupt, nil}}, io.EOF},
		{"noise between", "xx$OK#9Ayy", []Frame{{Packet, []byte("OK")}}, io.EOF},
		{"run length", "$0* #7a", []Frame{{Packet, []byte("0000")}}, io.EOF},
		{"escape", "$}\x03#80", []Frame{{Packet, []byte("#")}}, io.EOF},
		{"notification", "%Stop:T05#99", []Frame{{Notification, []byte("Stop:T05")}}, io.EOF},
		{"wrong checksum", "$OK#9b", []Frame{{Corrupt, []byte("OK")}}, io.EOF},
		{"checksum not hex", "$OK#zz", []Frame{{Corrupt, []byte("OK")}}, io.EOF},
		{"run with nothing before", "$* #4a", []Frame{{Corrupt, []byte{}}}, io.EOF},
		{"run too short", "$a*\x1f#aa", []Frame{{Corrupt, []byte("a")}}, io.EOF},
		{"restart inside", "$abc$OK#9a", []Frame{{Packet, []byte("OK")}}, io.EOF},
		{"cut in payload", "$OK", nil, io.ErrUnexpectedEOF},
		{"cut in checksum", "$OK#9", nil, io.ErrUnexpectedEOF},
		{"cut in escape", "$}", nil, io.ErrUnexpectedEOF},
		{"cut in run", "$a*", nil, io.ErrUnexpectedEOF},
		{"too long", "$" + strings.Repeat("a", 200), nil, ErrTooLong},
		{"run too long", "$" + strings.Repeat("a*~", 3), nil, ErrTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := NewDecoder(strings.NewReader(tt.wire), 100)
			var got []Frame
			for {
				f, err := d.Next()
				if err != nil {
					if !errors.Is(err, tt.err) {
						t.Errorf("error %v, want %v", err, tt.err)
					}
					break
				}
				got = append(got, f)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseStop(t *testing.T) {
	tests := []struct {
		in   string
		want StopReply
	}{
		{"S05", StopReply{Signal: 5, Core: -1}},
		{"T05thread:01;", StopReply{Signal: 5, Thread: ThreadID{0, 1}, HasTID: true, Core: -1}},
		{"T050b:70f5ff7e;0d:60f5ff7e;0f:90040100;thread:p1.2;core:1;swbreak:;", StopReply{
			Signal: 5, Thread: ThreadID{1, 2}, HasTID: true, Core: 1, Reason: SWBreak,
			Regs: []Expedited{{11, []byte{0x70, 0xf5, 0xff, 0x7e}}, {13, []byte{0x60, 0xf5, 0xff, 0x7e}}, {15, []byte{0x90, 4, 1, 0}}}}},
		{"T05awatch:20000010;", StopReply{Signal: 5, Reason: AccessWatched, Addr: 0x20000010, Core: -1}},
		{"T0b0f:xxxxxxxx;new:1;", StopReply{Signal: 11, Core: -1}},
		{"W2a", StopReply{Kind: Exited, Code: 42, Core: -1}},
		{"W00;process:1", StopReply{Kind: Exited, Core: -1}},
		{"X0f", StopReply{Kind: Terminated, Signal: 15, Core: -1}},
		{"N", StopReply{Kind: NoThreads, Core: -1}},
	}
	for _, tt := range tests {
		got, err := ParseStop([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.in, diff)
		}
		again, err := ParseStop(got.Append(nil))
		if err != nil || !cmp.Equal(again, got) {
			t.Errorf("%s: built as %s, which parses as %+v, %v", tt.in, got.Append(nil), again, err)
		}
	}
	for _, bad := range []string{"", "T", "T0", "Tzz", "OK", "T05thread:q;", "T050d:123;", "Wxx", "T05watch:;"} {
		if r, err := ParseStop([]byte(bad)); err == nil {
			t.Errorf("%q accepted as %+v", bad, r)
		}
	}
}

func TestVCont(t *testing.T) {
	for _, s := range []string{"vCont;c", "vCont;s:1;c", "vCont;r10000,10010:p1.2;c:p1.-1", "vCont;C0f;t:3"} {
		a, err := ParseVCont([]byte(s[len("vCont"):]))
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if got := string(AppendVCont(nil, a...)); got != s {
			t.Errorf("%s became %s", s, got)
		}
	}
	for _, bad := range []string{"", ";", "c", ";x", ";cc", ";r10", ";rzz,1", ";C", ";s:", ";C123", ";;", ";c:p.1"} {
		if a, err := ParseVCont([]byte(bad)); err == nil {
			t.Errorf("%q accepted as %+v", bad, a)
		}
	}
	if o := ParseVContReply([]byte("vCont;c;C;t;s;S;r")); !o[StepIn] || !o[Stop] || o['x'] {
		t.Errorf("offered: %v", o)
	}
}

func TestPackets(t *testing.T) {
	if f := ParseFeatures([]byte("PacketSize=47ff;QStartNoAckMode+;qXfer:features:read+;multiprocess-;x")); f.PacketSize(1) != 0x47ff ||
		!f.Has("QStartNoAckMode") || f.Has("multiprocess") || f.Has("x") {
		t.Errorf("features: %v", f)
	}
	if n := (Features{"PacketSize": "ffffffffff"}).PacketSize(1); n != 16<<20 {
		t.Errorf("PacketSize %#x", n)
	}
	b := Break{Insert: true, Type: WriteWatch, Addr: 0x20, Kind: 4}
	if got, err := ParseBreak(b.Append(nil)); err != nil || !cmp.Equal(got, b) {
		t.Errorf("break %+v, %v", got, err)
	}
	for _, bad := range []string{"Z", "Z0", "Z5,1,2", "Z0,", "Z0,1", "y0,1,2", "Z0,g,2", "Z0x1,2"} {
		if got, err := ParseBreak([]byte(bad)); err == nil {
			t.Errorf("%q accepted as %+v", bad, got)
		}
	}
	if a, d, err := ParseWrite(AppendWriteMemory(nil, 0x1000, []byte("abc"))[1:], false); err != nil || a != 0x1000 || string(d) != "abc" {
		t.Errorf("M: %x %q %v", a, d, err)
	}
	if a, d, err := ParseWrite(AppendWriteBinary(nil, 0x1000, []byte("a:#"))[1:], true); err != nil || a != 0x1000 || string(d) != "a:#" {
		t.Errorf("X: %x %q %v", a, d, err)
	}
	for _, bad := range []string{"", "1", "1,2", "1,2:aa", "1,1:a", "1,1:gg", "g,1:aa", "ffffffffffffffffff,1:aa"} {
		if a, d, err := ParseWrite([]byte(bad), false); err == nil {
			t.Errorf("M%q accepted as %x %x", bad, a, d)
		}
	}
	x := Xfer{"features", "target.xml", 2, 3}
	if got, err := ParseXfer(x.Append(nil)); err != nil || got != x {
		t.Errorf("xfer %+v %v", got, err)
	}
	for _, tt := range []struct {
		data string
		want string
	}{{"0123456789", "m234"}, {"01234", "l234"}, {"0", "l"}} {
		if got := AppendXferReply(nil, []byte(tt.data), x, 100); string(got) != tt.want {
			t.Errorf("xfer of %s: %s, want %s", tt.data, got, tt.want)
		}
	}
	for _, f := range []FileReply{{Result: 5}, {Result: -1, Errno: 2}, {Result: 3, Data: []byte("a;b")}} {
		if got, err := ParseFileReply(f.Append(nil)); err != nil || !cmp.Equal(got, f) {
			t.Errorf("file reply %+v, %v; want %+v", got, err, f)
		}
	}
	if e := IsError([]byte("E01")); e == nil || e.Code != 1 {
		t.Error("E01 is not an error")
	}
	if e := IsError([]byte("E.no such thread")); e == nil || e.Text != "no such thread" {
		t.Error("E. is not an error")
	}
	if IsError([]byte("E0a1b2c3")) != nil || IsError([]byte("OK")) != nil {
		t.Error("data taken for an error")
	}
}

func TestDescription(t *testing.T) {
	top := `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0"><architecture>arm</architecture>
<xi:include href="core.xml"/><xi:include href="vfp.xml"/></target>`
	docs := map[string]string{
		"core.xml": `<feature name="org.gnu.gdb.arm.core"><reg name="r0" bitsize="32"/><reg name="sp" bitsize="32" regnum="13"/>
<reg name="lr" bitsize="32"/><reg name="cpsr" bitsize="32" regnum="25"/></feature>`,
		"vfp.xml": `<feature name="org.gnu.gdb.arm.vfp"><reg name="d0" bitsize="64"/><reg name="d1" bitsize="64"/></feature>`,
	}
	d, err := ParseDescription([]byte(top), func(a string) ([]byte, error) { return []byte(docs[a]), nil })
	if err != nil {
		t.Fatal(err)
	}
	want := &Description{Architecture: "arm", Size: 32, Regs: []Reg{
		{"r0", 0, 32, 0}, {"sp", 13, 32, 4}, {"lr", 14, 32, 8}, {"cpsr", 25, 32, 12}, {"d0", 26, 64, 16}, {"d1", 27, 64, 24}}}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "<a", `<reg name="x" bitsize="0"/>`, `<reg bitsize="32" regnum="-1"/>`,
		strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)} {
		if d, err := ParseDescription([]byte(bad), nil); err == nil {
			t.Errorf("%.40q accepted as %+v", bad, d)
		}
	}
	self := func(string) ([]byte, error) { return []byte(`<t><include href="x"/></t>`), nil }
	if _, err := ParseDescription([]byte(`<t><include href="x"/></t>`), self); err == nil {
		t.Error("endless inclusion accepted")
	}
}

func TestLists(t *testing.T) {
	threads := []ThreadInfo{{ThreadID{1, 1}, "main <&>"}, {ThreadID{1, 2}, ""}}
	if got, err := ParseThreads(AppendThreads(nil, threads)); err != nil || !cmp.Equal(got, threads) {
		t.Errorf("threads %+v %v", got, err)
	}
	libs := []Library{{"/usr/lib/\"a\".so", 0x1000, 0x40000000, 0x40010000}}
	if lm, got, err := ParseLibraries(AppendLibraries(nil, 0x99, libs)); err != nil || lm != 0x99 || !cmp.Equal(got, libs) {
		t.Errorf("libraries %#x %+v %v", lm, got, err)
	}
}

func FuzzDecoder(f *testing.F) {
	for _, s := range []string{"$OK#9a", "+$0* #7a", "%Stop:T05#99", "$}\x03#80", "$a*~b#00", "\x03$T05thread:01;#07"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		d := NewDecoder(bytes.NewReader(wire), 1000)
		for {
			fr, err := d.Next()
			if err != nil {
				return
			}
			if len(fr.Data) > 1000 {
				t.Fatalf("%d bytes decoded", len(fr.Data))
			}
			p := fr.Data
			ParseStop(p)
			ParseVCont(p)
			ParseBreak(p)
			ParseWrite(p, false)
			ParseWrite(p, true)
			ParseXfer(p)
			ParseXferReply(p)
			ParseFileReply(p)
			ParseFeatures(p)
			ParseHexPartial(p)
			ParseDescription(p, func(string) ([]byte, error) { return p, nil })
			ParseThreads(p)
			ParseLibraries(p)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("OK"))
	f.Add([]byte("000000000000#$}*aaaaaaa\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, wire := range [][]byte{AppendPacket(nil, payload), AppendPacketRLE(nil, payload)} {
			fr, err := NewDecoder(bytes.NewReader(wire), len(payload)+1).Next()
			if err != nil || fr.Kind != Packet || !bytes.Equal(fr.Data, payload) {
				t.Fatalf("%q as %q came back as %v %q, %v", payload, wire, fr.Kind, fr.Data, err)
			}
		}
	})
}

func TestSignals(t *testing.T) {
	for n := 1; n <= 64; n++ {
		if n == 16 { // SIGSTKFLT has no number in the protocol
			continue
		}
		if got := SignalToLinux(SignalFromLinux(n)); got != n {
			t.Errorf("signal %d became %d", n, got)
		}
	}
	if name, _ := SignalName(SignalFromLinux(7)); name != "SIGBUS" {
		t.Errorf("7 is %s", name)
	}
}
