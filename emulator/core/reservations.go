//go:build unix

package core

import (
	"sync"
	"unsafe"
)

type reservations struct {
	mu sync.Mutex
	m  map[unsafe.Pointer][]byte // guarded by mu
}

func (r *reservations) put(p unsafe.Pointer, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = map[unsafe.Pointer][]byte{}
	}
	r.m[p] = b
}

func (r *reservations) take(p unsafe.Pointer) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.m[p]
	delete(r.m, p)
	return b
}
