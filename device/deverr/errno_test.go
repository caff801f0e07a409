package deverr

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestErrno(t *testing.T) {
	for s, want := range map[string]string{"EACCES": "EACCES", "eacces": "EACCES", "13": "EACCES", " 13 ": "EACCES", "EWOULDBLOCK": "EAGAIN", "enotsup": "EOPNOTSUPP", "133": "EHWPOISON"} {
		if e, err := ParseErrno(s); err != nil || e.Name != want || e.Text == "" {
			t.Errorf("ParseErrno(%q) = %+v, %v", s, e, err)
		}
	}
	for _, s := range []string{"E2BIGGER", "", "0", "41", "-1", "134"} {
		if e, err := ParseErrno(s); err == nil {
			t.Errorf("ParseErrno(%q) = %+v", s, e)
		}
	}
	if ErrnoName(28) != "ENOSPC" || ErrnoName(4095) != "errno 4095" {
		t.Error(ErrnoName(28), ErrnoName(4095))
	}
	for i, e := range Errnos() {
		if i > 0 && errnos[i-1].Number >= e.Number || strings.HasSuffix(e.Text, ".") || e.Sphere != "" && !strings.HasSuffix(e.Sphere, ".") {
			t.Errorf("%+v is out of order, or not written as the others", e)
		}
	}
}

// TestErrnoNumbers compares names and numbers with those that Go's own syscall package has for Linux on ARM.
func TestErrnoNumbers(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src", "syscall", "zerrors_linux_arm.go"))
	if err != nil {
		t.Fatal(err)
	}
	theirs := regexp.MustCompile(`(?m)^\s+(E\w+)\s+= Errno\((0x[0-9a-f]+)\)`).FindAllStringSubmatch(string(data), -1)
	numbers := map[int]bool{}
	for _, m := range theirs {
		n, _ := strconv.ParseInt(m[2], 0, 32)
		e, err := ParseErrno(m[1])
		if err != nil || e.Number != int(n) {
			t.Errorf("%s is %d, not %d: %v", m[1], n, e.Number, err)
		}
		numbers[int(n)] = true
	}
	if len(theirs) < 130 {
		t.Errorf("%d numbers were read", len(theirs))
	}
	for _, e := range errnos { // the list is older than the last of them
		if !numbers[e.Number] && e.Name != "EHWPOISON" && e.Name != "ERFKILL" {
			t.Errorf("%d %s is not among theirs", e.Number, e.Name)
		}
	}
}
