// Package flash holds every byte of the emulated device that outlives power.
//
// Below is a Device: NOR flash with erase blocks, where programming clears bits and only erasing sets them again, over
// memory or a file. A hook sees every operation before it happens and may cut the power there, cleanly or half-way
// through. Above is a Store of named records that comes through any such cut with each record's old or new content,
// never with something else. Its layout is described at Store.
//
// The package must not know what is stored.
package flash

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// Geometry of the emulated flash. The MT3620 has 16 MB (facts/security.md 1.1); erase blocks of 4 KiB are usual for NOR.
const (
	Size      = 16 << 20
	BlockSize = 4096
)

// OpKind is what is about to be done to the flash.
type OpKind uint8

// Kinds of operation.
const (
	Program OpKind = iota // clear bits
	Erase                 // set all bits of one block
)

func (k OpKind) String() string { return [...]string{"program", "erase"}[k] }

// Op is an operation on the flash.
type Op struct {
	Kind   OpKind
	Offset int64
	Len    int
}

// Cut says whether the power fails at an operation.
type Cut uint8

// Cuts.
const (
	No     Cut = iota
	Before     // nothing of the operation happens
	Torn       // its first half happens
	After      // all of it happens, but whoever asked for it never hears
)

// ErrPowerCut is what every operation returns once the power has failed.
var ErrPowerCut = errors.New("the power was cut")

// Backing keeps the bytes. Reading behind its end gives zeros or io.EOF; bytes are stored inverted, so that a new,
// empty or sparse file is erased flash.
type Backing interface {
	io.ReaderAt
	io.WriterAt
}

// syncer is a Backing that can be told to make its bytes safe, like *os.File.
type syncer interface{ Sync() error }

// Device is a flash chip. It is safe for use by several goroutines.
type Device struct {
	size int64
	hook func(Op) Cut

	mu      sync.Mutex
	b       Backing
	dead    bool
	scratch [BlockSize]byte
}

// NewDevice returns a flash of a size (whole blocks) over a backing. hook may be nil; it is called before each
// operation, with the device locked.
func NewDevice(b Backing, size int64, hook func(Op) Cut) (*Device, error) {
	if size <= 0 || size%BlockSize != 0 {
		return nil, fmt.Errorf("a flash of %d bytes is not made of blocks of %d", size, BlockSize)
	}
	return &Device{size: size, hook: hook, b: b}, nil
}

// Size is the number of bytes.
func (d *Device) Size() int64 { return d.size }

// ReadAt reads bytes; it implements io.ReaderAt.
func (d *Device) ReadAt(p []byte, off int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return 0, ErrPowerCut
	}
	if off < 0 || off > d.size {
		return 0, fmt.Errorf("flash: read at %d, outside %d bytes", off, d.size)
	}
	n := int(min(int64(len(p)), d.size-off))
	if err := d.read(p[:n], off); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (d *Device) read(p []byte, off int64) error {
	n, err := d.b.ReadAt(p, off)
	if err != nil && err != io.EOF {
		return fmt.Errorf("flash: %w", err)
	}
	clear(p[n:])
	invert(p)
	return nil
}

func invert(p []byte) {
	for i := range p {
		p[i] = ^p[i]
	}
}

// Program clears the bits that are 0 in p; bits that are 0 already stay 0, whatever p says.
func (d *Device) Program(p []byte, off int64) error {
	for len(p) > 0 { // one operation per block touched
		n := min(len(p), BlockSize-int(off%BlockSize))
		if err := d.do(Op{Program, off, n}, p[:n]); err != nil {
			return err
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// Erase sets all bits of the block at off, which must be a multiple of BlockSize.
func (d *Device) Erase(off int64) error {
	if off%BlockSize != 0 {
		return fmt.Errorf("flash: erase at %d, not at a block of %d", off, BlockSize)
	}
	return d.do(Op{Erase, off, BlockSize}, nil)
}

func (d *Device) do(op Op, p []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return ErrPowerCut
	}
	if op.Offset < 0 || op.Offset+int64(op.Len) > d.size {
		return fmt.Errorf("flash: %v at %d, outside %d bytes", op.Kind, op.Offset, d.size)
	}
	cut, n := No, op.Len
	if d.hook != nil {
		cut = d.hook(op)
	}
	switch cut {
	case Before:
		n = 0
	case Torn:
		n /= 2
	}
	d.dead = cut != No
	buf := d.scratch[:n]
	if op.Kind == Program {
		if err := d.read(buf, op.Offset); err != nil {
			return err
		}
		for i := range buf {
			buf[i] &= p[i]
		}
	} else {
		for i := range buf {
			buf[i] = 0xff
		}
	}
	invert(buf)
	if _, err := d.b.WriteAt(buf, op.Offset); err != nil {
		return fmt.Errorf("flash: %w", err)
	}
	if d.dead {
		return ErrPowerCut
	}
	return nil
}

// Sync makes what was programmed safe against a failure of the host, if the backing can.
func (d *Device) Sync() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return ErrPowerCut
	}
	if s, ok := d.b.(syncer); ok {
		return s.Sync()
	}
	return nil
}

// Memory is a Backing that lasts as long as the process, growing as it is written.
type Memory struct{ b []byte }

// ReadAt implements io.ReaderAt.
func (m *Memory) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(m.b)) {
		return 0, io.EOF
	}
	n := copy(p, m.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt.
func (m *Memory) WriteAt(p []byte, off int64) (int, error) {
	if end := off + int64(len(p)); end > int64(len(m.b)) {
		grown := make([]byte, max(end, min(2*int64(len(m.b)), end+1<<20)))
		copy(grown, m.b)
		m.b = grown
	}
	return copy(m.b[off:], p), nil
}

// Clone returns a copy, as a test wants it that goes on from one state in several ways.
func (m *Memory) Clone() *Memory { return &Memory{append([]byte(nil), m.b...)} }
