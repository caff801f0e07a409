package sphereos

import (
	"errors"
	"fmt"

	"armillary.dev/emulator/flash"
)

// ErrQuota means that a mutable file would outgrow its app's quota; the app is told EDQUOT.
var ErrQuota = errors.New("over the quota of mutable storage")

// Mutable is an app's one mutable file. It is kept whole: an app sees the content before a write or after it, whenever
// the power goes. It outlives updates of the app and goes with it.
type Mutable struct {
	store *flash.Store
	name  string
	limit int
}

// LimitKB is the quota from the manifest.
func (m *Mutable) LimitKB() int { return m.limit }

// Load returns the file's content; exists is false if the app has none.
func (m *Mutable) Load() (data []byte, exists bool, err error) {
	data, err = m.store.Get(m.name)
	if errors.Is(err, flash.ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// Save replaces the file's content. ErrQuota means that nothing was changed.
func (m *Mutable) Save(data []byte) error {
	if len(data) > m.limit<<10 {
		return fmt.Errorf("%w: %d bytes, %d KB are allowed", ErrQuota, len(data), m.limit)
	}
	return m.store.Put(m.name, data)
}

// Delete removes the file; without one it does nothing.
func (m *Mutable) Delete() error { return m.store.Delete(m.name) }
