package main

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// relay stands between an adapter and a debug server: it counts the client's packets and can delay each direction.
type relay struct {
	ln      net.Listener
	delay   time.Duration
	packets atomic.Int64
	wg      sync.WaitGroup
}

func newRelay(server string, delay time.Duration) (*relay, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{ln: ln, delay: delay}
	r.wg.Go(func() {
		client, err := ln.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", server)
		if err != nil {
			client.Close()
			return
		}
		r.wg.Go(func() { r.pass(client, up, true) })
		r.pass(up, client, false)
	})
	return r, nil
}

func (r *relay) addr() string { return r.ln.Addr().String() }

// count is 0 for no relay.
func (r *relay) count() int {
	if r == nil {
		return 0
	}
	return int(r.packets.Load())
}

func (r *relay) close() {
	r.ln.Close()
	r.wg.Wait()
}

// chunk is what was read at once, and when it may go on.
type chunk struct {
	data []byte
	due  time.Time
}

func (r *relay) pass(from, to net.Conn, count bool) {
	defer from.Close()
	defer to.Close()
	ch := make(chan chunk, 1024)
	r.wg.Go(func() {
		for c := range ch {
			if d := time.Until(c.due); d > 0 {
				time.Sleep(d)
			}
			if _, err := to.Write(c.data); err != nil {
				from.Close()
			}
		}
		to.Close()
	})
	defer close(ch)
	for {
		buf := make([]byte, 64<<10)
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if count {
			for _, c := range buf[:n] {
				if c == '$' { // escaped inside packets
					r.packets.Add(1)
				}
			}
		}
		ch <- chunk{buf[:n], time.Now().Add(r.delay)}
	}
}
