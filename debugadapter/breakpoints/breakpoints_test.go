package breakpoints

import (
	"fmt"
	"slices"
	"testing"
)

func TestHitConditions(t *testing.T) {
	tests := []struct {
		text string
		want []int // of passes 1 to 6
	}{
		{"", []int{1, 2, 3, 4, 5, 6}}, {"3", []int{3, 4, 5, 6}}, {" >= 5 ", []int{5, 6}}, {"== 2", []int{2}}, {"=2", []int{2}},
		{"> 4", []int{5, 6}}, {"<2", []int{1}}, {"<= 2", []int{1, 2}}, {"% 3", []int{3, 6}},
	}
	for _, tt := range tests {
		b := &Breakpoint{}
		var err error
		if b.hit, err = parseHit(tt.text); err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		var got []int
		for i := 1; i <= 6; i++ {
			if b.Hit() {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q stops at %v, want %v", tt.text, got, tt.want)
		}
	}
	for _, bad := range []string{"x", "-1", "%0", "<>3", ">", "3 4", "===3x"} {
		if f, err := parseHit(bad); err == nil {
			t.Errorf("%q accepted: %v", bad, f != nil)
		}
	}
}

func TestDiff(t *testing.T) {
	var p Physical
	steps := []struct {
		want map[uint32]int
		sent string
	}{
		{map[uint32]int{0x20: 2, 0x10: 3}, "[Z0,10,3 Z0,20,2]"},
		{map[uint32]int{0x20: 2, 0x10: 3}, "[]"},
		{map[uint32]int{0x30: 4, 0x10: 3}, "[z0,20,2 Z0,30,4]"},
		{map[uint32]int{0x10: 2}, "[z0,10,3 z0,30,4 Z0,10,2]"},
		{nil, "[z0,10,2]"},
	}
	for _, s := range steps {
		packets, _ := p.Diff(s.want)
		if got := fmt.Sprintf("%s", packets); got != s.sent {
			t.Errorf("to %v: %s, want %s", s.want, got, s.sent)
		}
	}
	p.Diff(map[uint32]int{0x10: 2})
	p.Refused(0x10)
	if p.Has(0x10) {
		t.Error("a refused breakpoint is still there")
	}
}

func TestReplaceKeepsWhatStays(t *testing.T) {
	var s Set
	a := s.SetSource("a.c", []Spec{{Path: "a.c", Line: 1}, {Path: "a.c", Line: 2}})
	s.SetSource("b.c", []Spec{{Path: "b.c", Line: 9}})
	s.SetFunctions([]Spec{{Function: "main"}})
	b := s.SetSource("a.c", []Spec{{Path: "a.c", Line: 2}, {Path: "a.c", Line: 3}})
	if b[0] != a[1] || b[1].ID == a[0].ID || len(s.list) != 4 {
		t.Errorf("kept %v of %v; %d in all", b, a, len(s.list))
	}
}
