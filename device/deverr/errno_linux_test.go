package deverr

import (
	"syscall"
	"testing"
)

// The numbers below 35 are the same on all Linux architectures, and those above on all but a few; amd64 and arm64 agree
// with ARM.
func TestErrnoNumbers(t *testing.T) {
	for _, e := range []struct {
		have int
		want syscall.Errno
	}{
		{number(t, "EPERM"), syscall.EPERM}, {number(t, "EACCES"), syscall.EACCES}, {number(t, "ENODEV"), syscall.ENODEV},
		{number(t, "ENOSYS"), syscall.ENOSYS}, {number(t, "ENODATA"), syscall.ENODATA}, {number(t, "EPROTO"), syscall.EPROTO},
		{number(t, "EDQUOT"), syscall.EDQUOT}, {number(t, "EINPROGRESS"), syscall.EINPROGRESS}, {number(t, "ETIMEDOUT"), syscall.ETIMEDOUT},
		{number(t, "ENETDOWN"), syscall.ENETDOWN}, {number(t, "EADDRINUSE"), syscall.EADDRINUSE}, {number(t, "EOVERFLOW"), syscall.EOVERFLOW},
		{number(t, "ENAMETOOLONG"), syscall.ENAMETOOLONG}, {number(t, "EHOSTUNREACH"), syscall.EHOSTUNREACH}, {number(t, "EMSGSIZE"), syscall.EMSGSIZE},
	} {
		if syscall.Errno(e.have) != e.want {
			t.Errorf("%d, want %d (%v)", e.have, int(e.want), e.want)
		}
	}
}

func number(t *testing.T, name string) int {
	e, err := ParseErrno(name)
	if err != nil {
		t.Fatal(err)
	}
	return e.Number
}
