package main

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/server"
)

func TestInputs(t *testing.T) {
	lines := map[string]int{"manifest61": 61, "definition1494": 1494, "flat1490": 1500}
	for _, in := range inputs() {
		if n := strings.Count(in.text, "\n"); n != lines[in.name] || !json.Valid([]byte(in.text)) {
			t.Errorf("%s has %d lines, want %d of JSON", in.name, n, lines[in.name])
		}
		for _, place := range []string{in.edited, in.hover, in.complete} {
			if !strings.Contains(in.text, place) {
				t.Errorf("%s has no %s", in.name, place)
			}
		}
	}
}

func TestVerdict(t *testing.T) {
	f := figures{}
	ours, other := &program{name: "ours", ours: true}, &program{name: "other"}
	for _, x := range []float64{2, 1, 4} {
		f.add("in", memory, ours, x*10)
		f.add("in", toEdit, ours, x)
		f.add("in", memory, other, x*30)
	}
	for _, tt := range []struct {
		budget float64
		want   string
	}{{20, "kept"}, {15, "kept at best"}, {9, "missed"}} {
		budgets[[2]string{memory, "in"}] = tt.budget
		defer delete(budgets, [2]string{memory, "in"})
		rows := f.rows([]*program{ours, other}, []string{"in"}, 1)
		if len(rows) != 2 || rows[0].What != toEdit || rows[0].Verdict != "" || rows[1].Verdict != tt.want {
			t.Fatalf("budget %v: %+v", tt.budget, rows)
		}
		if got := rows[1].Servers["other"]; got.Ratio != 3 || got.LeastRatio != 3 || got.Median != 60 || got.Least != 30 {
			t.Errorf("%+v", got)
		}
		var b strings.Builder
		if err := table(&b, []*program{ours, other}, rows); err != nil || !strings.Contains(b.String(), "20 (10)  60 (30)  3 (3)  "+tt.want) {
			t.Errorf("%v\n%s", err, b.String())
		}
	}
}

// inProcess starts a session in this process with an input open.
func inProcess(tb testing.TB, in input) (c *client, uri string) {
	ours, theirs := net.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(ctx, theirs, server.Options{Version: "bench"})
	}()
	tb.Cleanup(func() {
		stop()
		ours.Close()
		<-done
	})
	c, uri = newClient(ours, ours), fileURI(filepath.Join(tb.TempDir(), in.file))
	if _, _, err := c.initialize(""); err != nil {
		tb.Fatal(err)
	}
	found, _, err := c.open(uri, "json", in.text)
	if err != nil {
		tb.Fatal(err)
	}
	if in.name == "manifest61" && found < 2 {
		tb.Errorf("%d findings in a manifest with two errors", found)
	}
	return c, uri
}

// A session with each input gets diagnostics and answers: what is measured is there.
func TestAnswers(t *testing.T) {
	for _, in := range inputs() {
		c, uri := inProcess(t, in)
		if _, err := c.edit(uri, place(in.text, in.edited)); err != nil {
			t.Fatal(err)
		}
		for method, at := range map[string]string{"textDocument/completion": in.complete, "textDocument/hover": in.hover} {
			params := object{"textDocument": object{"uri": uri}, "position": place(in.text, at)}
			if _, answered, err := c.ask(method, params); err != nil || !answered {
				t.Errorf("%s, %s: answered %v, %v", in.name, method, answered, err)
			}
		}
	}
}

func BenchmarkEdit(b *testing.B) {
	for _, in := range inputs() {
		b.Run(in.name, func(b *testing.B) {
			c, uri := inProcess(b, in)
			at := place(in.text, in.edited)
			for b.Loop() {
				if _, err := c.edit(uri, at); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompletion(b *testing.B) {
	benchRequest(b, "textDocument/completion", func(in input) string { return in.complete })
}

func BenchmarkHover(b *testing.B) {
	benchRequest(b, "textDocument/hover", func(in input) string { return in.hover })
}

func benchRequest(b *testing.B, method string, where func(input) string) {
	for _, in := range inputs() {
		b.Run(in.name, func(b *testing.B) {
			c, uri := inProcess(b, in)
			params := object{"textDocument": object{"uri": uri}, "position": place(in.text, where(in))}
			for b.Loop() {
				if _, err := c.request(method, params); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen opens and closes a document.
func BenchmarkOpen(b *testing.B) {
	for _, in := range inputs() {
		b.Run(in.name, func(b *testing.B) {
			c, uri := inProcess(b, in)
			for b.Loop() {
				if err := c.notify("textDocument/didClose", object{"textDocument": object{"uri": uri}}); err != nil {
					b.Fatal(err)
				}
				if _, _, err := c.open(uri, "json", in.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
