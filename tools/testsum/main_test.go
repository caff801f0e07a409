package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const in = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/x"}
{"Action":"output","Package":"p","Test":"TestA/x","Output":"    a_test.go:3: not run: qemu-arm: apt-get install qemu-user\n"}
{"Action":"skip","Package":"p","Test":"TestA/x"}
{"Action":"run","Package":"p","Test":"TestA/y"}
{"Action":"pass","Package":"p","Test":"TestA/y"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:9: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Elapsed":1.5}
{"Action":"output","Package":"q","Output":"FAIL q [build failed]\n"}
{"Action":"fail","Package":"q"}
# q
{"Action":"pass","Package":"r"}
{"Action":"run","Package":"r","Test":"TestC"}
{"Action":"output","Package":"r","Test":"TestC","Output":"    c_test.go:1: too slow here\n"}
{"Action":"skip","Package":"r","Test":"TestC"}
`
	var out strings.Builder
	s, err := read(strings.NewReader(in), &out)
	if err != nil {
		t.Fatal(err)
	}
	if s.passed != 1 || s.failed != 2 || len(s.skips) != 2 {
		t.Errorf("%+v", s)
	}
	if s.skips[0] != (skip{"p TestA/x", "qemu-arm: apt-get install qemu-user"}) || s.skips[1] != (skip{"r TestC", "too slow here"}) {
		t.Errorf("skips %q", s.skips)
	}
	for _, want := range []string{"b_test.go:9: wrong", "FAIL p (1.5 s)", "FAIL q [build failed]", "# q", "ok   r"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if byHand(s.skips[0].reason, []string{"NVIM_DAP"}) || !byHand("NVIM_DAP: set it", []string{"shared", "NVIM_DAP"}) {
		t.Error("byHand")
	}
	file := filepath.Join(t.TempDir(), "counts")
	if err := s.append(file); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "1 2 2\nfail p TestB\nfail q\nskip qemu-arm: apt-get install qemu-user\tp TestA/x\nskip too slow here\tr TestC\n" {
		t.Errorf("counts %q", got)
	}
}
