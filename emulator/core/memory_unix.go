//go:build unix

package core

import (
	"syscall"
	"unsafe"
)

// reserved remembers the slices that syscall.Munmap wants back.
var reserved reservations

func reserve(size uintptr) (unsafe.Pointer, error) {
	b, err := syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|mapNoReserve)
	if err != nil {
		return nil, err
	}
	p := unsafe.Pointer(unsafe.SliceData(b))
	reserved.put(p, b)
	return p, nil
}

func release(p unsafe.Pointer, _ uintptr) error { return syscall.Munmap(reserved.take(p)) }

// commit has nothing to do: the system fills pages when they are touched.
func commit(unsafe.Pointer, uintptr) error { return nil }

// decommit makes the range read as zero and gives its memory back where the system can do both.
func decommit(p unsafe.Pointer, size uintptr) {
	b := unsafe.Slice((*byte)(p), size)
	if !discard(b) {
		clear(b)
	}
}
