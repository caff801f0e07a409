package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

func TestBothEndsMayWriteFirst(t *testing.T) {
	a, b := Pipe("a", "b")
	for _, c := range []net.Conn{a, b} {
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []net.Conn{a, b} {
		p := make([]byte, 5)
		if _, err := io.ReadFull(c, p); err != nil || string(p) != "hello" {
			t.Fatalf("read %q, %v", p, err)
		}
	}
}

func TestLargeTransferThenEOF(t *testing.T) {
	a, b := Pipe("a", "b")
	want := make([]byte, 3*bufferSize+7)
	rand.Read(want)
	go func() { a.Write(want); a.Close() }()
	got, err := io.ReadAll(b)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, %v; want %d", len(got), err, len(want))
	}
	if _, err := b.Write([]byte("x")); err == nil {
		t.Fatal("write to a closed peer succeeded")
	}
}

func TestDeadlines(t *testing.T) {
	a, _ := Pipe("a", "b")
	a.SetReadDeadline(time.Unix(1, 0))
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read: %v", err)
	}
	a.SetWriteDeadline(time.Now().Add(time.Millisecond))
	if _, err := a.Write(make([]byte, 2*bufferSize)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("write: %v", err)
	}
	a.SetDeadline(time.Time{})
	if _, err := a.Write(nil); err != nil {
		t.Fatalf("after clearing: %v", err)
	}
}

func TestHTTP(t *testing.T) {
	l := Listen("device:443")
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })}
	done := make(chan error)
	go func() { done <- srv.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return l.Dial(ctx) }}}
	for range 3 {
		r, err := client.Post("http://device/", "text/plain", bytes.NewReader([]byte("ping")))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if string(body) != "ping" {
			t.Fatalf("got %q", body)
		}
	}
	srv.Close()
	<-done
	if _, err := l.Dial(context.Background()); !errors.Is(err, ErrRefused) {
		t.Fatalf("dial after close: %v", err)
	}
}
