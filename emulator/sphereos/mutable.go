package sphereos

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"armillary.dev/emulator/flash"
)

// ErrQuota means that a mutable file would outgrow its app's quota; the app is told EDQUOT.
var ErrQuota = errors.New("over the quota of mutable storage")

// Mutable is an app's one mutable file. Each write reaches the flash before it returns, wholly or not at all: an app
// sees the content before a write or after it, whenever the power goes. The file outlives updates of the app and goes
// with it (facts/manifest.md 1.3).
type Mutable struct {
	store *flash.Store
	name  string
	limit int // KB
	mu    sync.Mutex
}

// LimitKB is the quota from the manifest.
func (m *Mutable) LimitKB() int { return m.limit }

// Open opens the file and creates it if there is none.
func (m *Mutable) Open() (*MutableFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.load()
	if errors.Is(err, flash.ErrNotFound) {
		err = m.store.Put(m.name, nil)
	}
	if err != nil {
		return nil, err
	}
	return &MutableFile{m}, nil
}

// Delete removes the file; the error is fs.ErrNotExist if there is none.
func (m *Mutable) Delete() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.store.Size(m.name); !ok {
		return fs.ErrNotExist
	}
	return m.store.Delete(m.name)
}

func (m *Mutable) load() ([]byte, error) { return m.store.Get(m.name) }

func (m *Mutable) save(data []byte) error {
	if len(data) > m.limit<<10 {
		return fmt.Errorf("%w: %d bytes, %d KB are allowed", ErrQuota, len(data), m.limit)
	}
	return m.store.Put(m.name, data)
}

// MutableFile is the open mutable file. What is deleted while it is open reads as empty and comes back with a write.
type MutableFile struct{ m *Mutable }

func (f *MutableFile) content() ([]byte, error) {
	b, err := f.m.load()
	if errors.Is(err, flash.ErrNotFound) {
		return nil, nil
	}
	return b, err
}

// ReadAt implements io.ReaderAt.
func (f *MutableFile) ReadAt(p []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	b, err := f.content()
	if err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	if off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt. With ErrQuota nothing was written.
func (f *MutableFile) WriteAt(p []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	limit := int64(f.m.limit) << 10
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	if off > limit || int64(len(p)) > limit-off {
		return 0, fmt.Errorf("%w: a write up to byte %d, %d KB are allowed", ErrQuota, off+int64(len(p)), f.m.limit)
	}
	b, err := f.content()
	if err != nil {
		return 0, err
	}
	if end := off + int64(len(p)); end > int64(len(b)) {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[off:], p)
	if err := f.m.save(b); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Size is the file's length.
func (f *MutableFile) Size() int64 {
	n, _ := f.m.store.Size(f.m.name)
	return int64(n)
}

// Truncate makes the file shorter or, with zeros, longer.
func (f *MutableFile) Truncate(size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if size < 0 {
		return fs.ErrInvalid
	}
	if size > int64(f.m.limit)<<10 {
		return fmt.Errorf("%w: %d bytes, %d KB are allowed", ErrQuota, size, f.m.limit)
	}
	b, err := f.content()
	if err != nil {
		return err
	}
	if int64(len(b)) >= size {
		return f.m.save(b[:size])
	}
	return f.m.save(append(b, make([]byte, size-int64(len(b)))...))
}

// Close does nothing: every write is in the flash already.
func (f *MutableFile) Close() error { return nil }
