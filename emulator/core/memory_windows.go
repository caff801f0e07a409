package core

import (
	"syscall"
	"unsafe"
)

var (
	kernel32     = syscall.NewLazyDLL("kernel32.dll")
	virtualAlloc = kernel32.NewProc("VirtualAlloc")
	virtualFree  = kernel32.NewProc("VirtualFree")
)

const (
	memCommit     = 0x1000
	memReserve    = 0x2000
	memDecommit   = 0x4000
	memRelease    = 0x8000
	pageNoAccess  = 1
	pageReadWrite = 4
)

func reserve(size uintptr) (unsafe.Pointer, error) {
	r, _, err := virtualAlloc.Call(0, size, memReserve, pageNoAccess)
	if r == 0 {
		return nil, err
	}
	return *(*unsafe.Pointer)(unsafe.Pointer(&r)), nil
}

func release(p unsafe.Pointer, _ uintptr) error {
	if r, _, err := virtualFree.Call(uintptr(p), 0, memRelease); r == 0 {
		return err
	}
	return nil
}

// commit makes the pages usable: unlike Unix, Windows does not do so at the first touch.
func commit(p unsafe.Pointer, size uintptr) error {
	if r, _, err := virtualAlloc.Call(uintptr(p), size, memCommit, pageReadWrite); r == 0 {
		return err
	}
	return nil
}

func decommit(p unsafe.Pointer, size uintptr) { virtualFree.Call(uintptr(p), size, memDecommit) }
