package core

import "syscall"

const mapNoReserve = syscall.MAP_NORESERVE

// discard drops private anonymous pages; Linux gives zero pages at the next touch.
func discard(b []byte) bool { return syscall.Madvise(b, syscall.MADV_DONTNEED) == nil }
