package hugeheap

import (
	"syscall"
	"unsafe"
)

const (
	size     = 2 << 20 // of a huge page, on amd64 and with 4 KiB pages on arm64
	hugepage = 14      // MADV_HUGEPAGE: from the first touch on
	collapse = 25      // MADV_COLLAPSE, since Linux 6.1: what is touched already, now
)

// here is on the heap, which grows upwards from about there.
var here = new([64]*byte)

// The system may refuse, for many good reasons, and then all is as it would have been.
func init() {
	at := uintptr(unsafe.Pointer(here)) &^ (size - 1)
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, at, size, collapse)
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, at+size, size, hugepage)
}
