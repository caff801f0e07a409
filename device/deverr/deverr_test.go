package deverr

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

func TestParse(t *testing.T) {
	for s, want := range map[string]int{
		"2097187": 2097187, "0x200023": 2097187, "2.35": 2097187, " 0X200023 ": 2097187, "14.15": 14680079, "7.47": 7340079, "99.1": 99<<20 | 1,
		"RequestedPeripheralsRequireSamePin": 2097187, "requestedperipheralsrequiresamepin": 2097187,
	} {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "x", "2.", ".35", "-1", "2.35.1", "2.1048576", "4294967296", "EACCES"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", s, got)
		}
	}
	e, ok := Lookup(2097187)
	if !ok || e.Short() != "2.35" || e.String() != "device error 2.35 (2097187) RequestedPeripheralsRequireSamePin" || e.Help == "" {
		t.Errorf("Lookup(2097187) = %+v, %v", e, ok)
	}
	if e, ok := Lookup(Code(2, 12)); ok {
		t.Errorf("2.12 is %s, but the catalogue has no such id", e.Name)
	}
	if e, _ := Lookup(Code(7, 21)); e.Text != "XIP address for image out of bounds." {
		t.Errorf("words of a name: %q", e.Text)
	}
}

// The table is sorted, because Lookup searches it, and complete.
func TestTable(t *testing.T) {
	for i, e := range catalogue {
		if i > 0 && catalogue[i-1].Code() >= e.Code() {
			t.Errorf("%s is out of order", e.Short())
		}
		if name, about := Category(e.Category); name == "" || about == "" {
			t.Errorf("category %d has no name", e.Category)
		}
		if e.Category == 2 && (e.Text == "" || !strings.HasSuffix(e.Text, ".")) {
			t.Errorf("%s: every manifest error needs a text of its own", e.Short())
		}
	}
	for i, e := range further {
		if i > 0 && further[i-1].Code() >= e.Code() || e.Text == "" {
			t.Errorf("%s is out of order or has no text", e.Short())
		}
		if name, about := Category(e.Category); name == "" || about == "" {
			t.Errorf("category %d has no name", e.Category)
		}
	}
	if all := All(); len(all) != len(catalogue)+len(further) || all[len(all)-1].Short() != "37.21" {
		t.Errorf("All has %d entries", len(all))
	}
	if e, ok := Lookup(15728642); !ok || e.Short() != "15.2" { // facts/device.md 2.2
		t.Errorf("15728642: %+v", e)
	}
	f, err := os.Open(filepath.Join(testenv.Shared(t), "facts", "device_errors.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows)-1 != len(catalogue) {
		t.Errorf("%d entries, the facts have %d", len(catalogue), len(rows)-1)
	}
	for _, row := range rows[1:] {
		code, _ := strconv.Atoi(row[3])
		e, ok := Lookup(code)
		name, _ := Category(e.Category)
		if !ok || e.Name != row[4] || e.OS != row[5] || name != row[0] || e.Short() != row[1]+"."+row[2] {
			t.Errorf("%s %s %s: have %+v", row[1], row[2], row[4], e)
		}
	}
}

func TestErrno(t *testing.T) {
	for _, s := range []string{"EACCES", "eacces", "13"} {
		if e, err := ParseErrno(s); err != nil || e.Number != 13 || e.Name != "EACCES" {
			t.Errorf("ParseErrno(%q) = %+v, %v", s, e, err)
		}
	}
	if _, err := ParseErrno("E2BIGGER"); err == nil {
		t.Error("E2BIGGER is no errno")
	}
	if ErrnoName(28) != "ENOSPC" || ErrnoName(4095) != "errno 4095" {
		t.Error(ErrnoName(28), ErrnoName(4095))
	}
}
