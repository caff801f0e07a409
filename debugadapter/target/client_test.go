package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"armillary.dev/device/rsp"
)

// server is a scripted debug server: a reply for each request, "" for what it does not know. "!" replies nothing.
type server struct {
	conn    net.Conn
	replies map[string]string
	noAck   bool

	mu   sync.Mutex
	seen []string
}

// gdbserver-like answers.
func replies() map[string]string {
	return map[string]string{
		"qSupported":                "PacketSize=1000;QStartNoAckMode+;ConditionalBreakpoints+;qXfer:auxv:read+;qXfer:threads:read+;qXfer:features:read+",
		"QStartNoAckMode":           "OK",
		"vCont?":                    "vCont;c;C;s;S;t;r",
		"?":                         "T050b:00000000;0d:00010020;0f:04000100;thread:7;",
		"Hg7":                       "OK",
		"g":                         strings.Repeat("01000000", 13) + "00010020" + "02000000" + "04000100" + "30000060",
		"qXfer:threads:read::0,ff8": `l<threads><thread id="7" name="main"/><thread id="8"/></threads>`,
	}
}

func serve(t *testing.T, conn net.Conn, replies map[string]string) *server {
	s := &server{conn: conn, replies: replies}
	go func() {
		d := rsp.NewDecoder(conn, 0)
		for {
			f, err := d.Next()
			if err != nil {
				return
			}
			if f.Kind == rsp.Interrupt {
				s.send("T02thread:7;")
			}
			if f.Kind != rsp.Packet {
				continue
			}
			p := string(f.Data)
			s.mu.Lock()
			s.seen = append(s.seen, p)
			s.mu.Unlock()
			var out []byte
			if !s.noAck {
				out = append(out, '+')
			}
			key := p
			if strings.HasPrefix(p, "qSupported") {
				key = "qSupported"
			}
			r, known := replies[key]
			if !known && p[0] == 'm' {
				r = memory(p)
			}
			if r != "!" {
				out = rsp.AppendPacketRLE(out, []byte(r))
			}
			if p == "QStartNoAckMode" {
				s.noAck = true
			}
			// In pieces, as a network may deliver it.
			for len(out) > 0 {
				n := min(7, len(out))
				if _, err := conn.Write(out[:n]); err != nil {
					return
				}
				out = out[n:]
			}
		}
	}()
	t.Cleanup(func() { conn.Close() })
	return s
}

// memory: each byte is the low byte of its address; nothing is readable from 0x30000000 on.
func memory(p string) string {
	var a, n uint32
	fmt.Sscanf(p, "m%x,%x", &a, &n)
	if a+n > 0x30000000 {
		return "E0e"
	}
	var b []byte
	for i := range n {
		b = append(b, byte(a+i))
	}
	return string(rsp.AppendHex(nil, b))
}

func (s *server) send(p string) { s.conn.Write(rsp.AppendPacket(nil, []byte(p))) }

func (s *server) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func connect(t *testing.T, r map[string]string) (*Client, *server) {
	t.Helper()
	a, b := net.Pipe()
	s := serve(t, b, r)
	c, err := Connect(t.Context(), a, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, s
}

func TestSnapshot(t *testing.T) {
	c, s := connect(t, replies())
	if c.Server != Gdbserver || !c.Quirks.Pipeline || c.First.Thread.TID != 7 || !c.Offers(rsp.StepIn) {
		t.Fatalf("%v %+v %+v", c.Server, c.Quirks, c.First)
	}
	snap := c.Snapshot(c.First)
	if pc, ok := snap.Expedited(15); !ok || pc != 0x10004 {
		t.Errorf("expedited pc %#x", pc)
	}
	n := len(s.requests())
	snap.Warm(t.Context(), 0x20000100)
	warm := s.requests()[n:]
	r, err := snap.Registers(t.Context(), 7)
	if err != nil || r.R[0] != 1 || r.R[13] != 0x20000100 || r.CPSR != 0x60000030 {
		t.Errorf("%+v %v", r, err)
	}
	threads, err := snap.Threads(t.Context())
	if err != nil || len(threads) != 2 || threads[0] != (Thread{7, "main"}) {
		t.Errorf("%+v %v", threads, err)
	}
	p := make([]byte, 300)
	if err := snap.ReadMemory(0x20000110, p); err != nil || p[0] != 0x10 || p[299] != byte(0x10+299-256) {
		t.Errorf("% x %v", p[:4], err)
	}
	if got := s.requests()[n:]; len(got) != len(warm) || len(warm) != 3 {
		t.Errorf("warmed with %v; later looks made it %v", warm, got)
	}
	// Constants come from the file, and never reach the wire.
	snap.Static = func(addr uint32, p []byte) error {
		if addr == 0x10000 {
			copy(p, "file")
			return nil
		}
		return errors.New("no")
	}
	p = p[:4]
	if err := snap.ReadMemory(0x10000, p); err != nil || string(p) != "file" || len(s.requests()[n:]) != 3 {
		t.Errorf("%q %v %v", p, err, s.requests())
	}
	// The end of what is readable lies inside a cache line.
	if err := snap.ReadMemory(0x2ffffffc, p); err != nil || p[0] != 0xfc {
		t.Errorf("last word: % x %v", p, err)
	}
	if err := snap.ReadMemory(0x2ffffffe, p); err == nil {
		t.Error("read beyond the end")
	}
	if err := snap.ReadMemory(0xfffffffe, p); err == nil {
		t.Error("read around the address space")
	}

	// Once the target runs, the snapshot answers what it holds and asks for nothing.
	if _, err := c.Resume(t.Context(), nil, rsp.Resume{Kind: rsp.Continue}); err != nil {
		t.Fatal(err)
	}
	n = len(s.requests())
	if err := snap.ReadMemory(0x20000110, p); err != nil || p[0] != 0x10 {
		t.Errorf("held memory: %v", err)
	}
	if err := snap.ReadMemory(0x20010000, p); !errors.Is(err, ErrStale) {
		t.Errorf("memory of a running target: %v", err)
	}
	if _, err := snap.Registers(t.Context(), 8); !errors.Is(err, ErrStale) {
		t.Errorf("registers of a running target: %v", err)
	}
	if err := snap.WriteMemory(0x20000110, p); !errors.Is(err, ErrStale) {
		t.Errorf("write to a running target: %v", err)
	}
	if _, err := c.Do(t.Context(), []byte("g")); !errors.Is(err, ErrRunning) {
		t.Errorf("request to a running target: %v", err)
	}
	if got := s.requests()[n:]; len(got) > 1 || len(got) == 1 && got[0] != "vCont;c" {
		t.Errorf("on the wire: %v", got)
	}
	s.send("O68690a")
	if ev := <-c.Events(); string(ev.Console) != "hi\n" {
		t.Errorf("%+v", ev)
	}
	if err := c.Interrupt(); err != nil {
		t.Fatal(err)
	}
	ev := <-c.Events()
	if ev.Stop == nil || ev.Stop.Signal != 2 {
		t.Errorf("%+v", ev)
	}
	if err := snap.ReadMemory(0x20010000, p); !errors.Is(err, ErrStale) {
		t.Errorf("memory of an earlier stop: %v", err)
	}
	if err := c.Snapshot(*ev.Stop).ReadMemory(0x20010000, p); err != nil {
		t.Error(err)
	}
}

// TestBadServers: each makes Connect or the first request fail, with a reason, and leaves no goroutine.
func TestBadServers(t *testing.T) {
	with := func(k, v string) map[string]string {
		r := replies()
		r[k] = v
		return r
	}
	for name, r := range map[string]map[string]string{
		"gone":             with("?", "W00"),
		"no stop":          with("?", "OK"),
		"bad thread":       with("?", "T05thread:zz;"),
		"short registers":  with("g", "0102"),
		"odd registers":    with("g", "010"),
		"not hexadecimal":  with("g", strings.Repeat("zz", 100)),
		"error":            with("g", "E01"),
		"silent":           with("?", "!"),
		"unknown register": with("g", ""),
	} {
		a, b := net.Pipe()
		serve(t, b, r)
		c, err := Connect(t.Context(), a, Options{Timeout: 100 * time.Millisecond})
		if err == nil {
			_, err = c.Snapshot(c.First).Registers(t.Context(), 7)
			c.Close()
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// What is no protocol at all.
	for _, text := range []string{"", "HTTP/1.1 400 Bad Request\r\n\r\n", "+$OK#00", "$" + strings.Repeat("x", 100), "$#00$#00$#00$#00"} {
		a, b := net.Pipe()
		go func() {
			b.Write([]byte(text))
			b.Close()
		}()
		go func() {
			buf := make([]byte, 100)
			for {
				if _, err := b.Read(buf); err != nil {
					return
				}
			}
		}()
		if c, err := Connect(t.Context(), a, Options{Timeout: 100 * time.Millisecond}); err == nil {
			c.Close()
			t.Errorf("%q: connected", text)
		}
	}
}

func TestCancelAndClose(t *testing.T) {
	before := runtime.NumGoroutine()
	r := replies()
	r["hang"] = "!"
	c, s := connect(t, r)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for !slices.Contains(s.requests(), "hang") {
			runtime.Gosched()
		}
		cancel()
	}()
	if _, err := c.Do(ctx, []byte("hang")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := c.Do(t.Context(), []byte("g")); err == nil {
		t.Error("a connection with a reply outstanding is used again")
	}
	if ev := <-c.Events(); ev.Closed == nil {
		t.Errorf("%+v", ev)
	}
	c.Close()
	c.Close()
	s.conn.Close()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}
