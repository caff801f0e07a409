package flash

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// The layout, in blocks of BlockSize:
//
//	0 … indexBlocks-1              index area A
//	indexBlocks … 2*indexBlocks-1  index area B
//	the rest                       content of records, in whole blocks
//
// An index is a header and a table of all records. The header:
//
//	0   8 bytes  "armflash"
//	8   u32      layout version, 1
//	12  u32      length of the table in bytes
//	16  u64      sequence number
//	24  32 bytes SHA-256 over bytes 0…23 and the table
//
// and each record in the table, sorted by name:
//
//	u16 name length, name, u32 content length, 32 bytes SHA-256 of the content,
//	u16 extent count, then per extent u32 first block, u32 block count
//
// Integers are little-endian. The valid index with the greater sequence number counts. A change writes the new content
// into blocks that the counting index does not use, and then a whole new index into the other area: until its last byte
// is there, the old index counts and everything it names is untouched. The first index goes to area A, so that a broken
// index in A beside a blank B is a store whose first change was cut off: empty.
const (
	indexBlocks = 16
	indexSize   = indexBlocks * BlockSize
	headSize    = 56
	version     = 1
)

var magic = []byte("armflash")

var (
	// ErrNotFound means that there is no record with that name.
	ErrNotFound = errors.New("no such record in flash")
	// ErrFull means that the content does not fit.
	ErrFull = errors.New("the flash is full")
	// ErrCorrupt means that bytes changed by other means than this package.
	ErrCorrupt = errors.New("the flash's content is damaged")
)

type extent struct{ block, count uint32 }

type record struct {
	size    int
	sum     [sha256.Size]byte
	extents []extent
}

// Store keeps named records. It is safe for use by several goroutines.
type Store struct {
	d *Device

	mu      sync.Mutex
	seq     uint64
	records map[string]record
}

// OpenStore finds the store on a flash; erased flash is an empty store. Nothing is written before the first change.
func OpenStore(d *Device) (*Store, error) {
	if d.Size() < 2*indexSize+BlockSize {
		return nil, fmt.Errorf("a flash of %d bytes is too small for a store", d.Size())
	}
	s := &Store{d: d, records: map[string]record{}}
	var blankB, valid bool
	for area := range int64(2) {
		seq, records, blank, err := s.readIndex(area * indexSize)
		if err != nil {
			return nil, err
		}
		if records != nil && (!valid || seq > s.seq) {
			s.seq, s.records, valid = seq, records, true
		}
		blankB = blank
	}
	if !valid && !blankB {
		return nil, fmt.Errorf("%w: neither index is whole; delete the device's state to start with a new one", ErrCorrupt)
	}
	return s, nil
}

// readIndex reads an index area. records is nil if it holds no valid index.
func (s *Store) readIndex(at int64) (seq uint64, records map[string]record, blank bool, err error) {
	head := make([]byte, headSize)
	if _, err := s.d.ReadAt(head, at); err != nil {
		return 0, nil, false, err
	}
	le := binary.LittleEndian
	blank = bytes.Count(head, []byte{0xff}) == len(head)
	size := le.Uint32(head[12:])
	if !bytes.Equal(head[:8], magic) || le.Uint32(head[8:]) != version || size > indexSize-headSize {
		return 0, nil, blank, nil
	}
	table := make([]byte, size)
	if _, err := s.d.ReadAt(table, at+headSize); err != nil {
		return 0, nil, false, err
	}
	if indexSum(head, table) != [sha256.Size]byte(head[24:]) {
		return 0, nil, false, nil
	}
	records, err = decodeTable(table, uint32(s.d.Size()/BlockSize))
	return le.Uint64(head[16:]), records, false, err
}

func indexSum(head, table []byte) [sha256.Size]byte {
	return sha256.Sum256(append(append([]byte(nil), head[:24]...), table...))
}

// decodeTable reads a table whose checksum was right; it still trusts no number in it.
func decodeTable(t []byte, blocks uint32) (map[string]record, error) {
	le := binary.LittleEndian
	bad := fmt.Errorf("%w: the index does not make sense", ErrCorrupt)
	out := map[string]record{}
	for len(t) > 0 {
		if len(t) < 2 || len(t) < 2+int(le.Uint16(t))+4+sha256.Size+2 {
			return nil, bad
		}
		n := int(le.Uint16(t))
		name := string(t[2 : 2+n])
		t = t[2+n:]
		r := record{size: int(le.Uint32(t)), sum: [sha256.Size]byte(t[4:])}
		k := int(le.Uint16(t[4+sha256.Size:]))
		t = t[4+sha256.Size+2:]
		if len(t) < 8*k {
			return nil, bad
		}
		room := uint64(0)
		for ; k > 0; k, t = k-1, t[8:] {
			e := extent{le.Uint32(t), le.Uint32(t[4:])}
			if e.block < 2*indexBlocks || e.block >= blocks || e.count > blocks-e.block {
				return nil, bad
			}
			room += uint64(e.count) * BlockSize
			r.extents = append(r.extents, e)
		}
		if uint64(r.size) > room || room > uint64(blocks)*BlockSize {
			return nil, bad
		}
		out[name] = r
	}
	return out, nil
}

func encodeTable(records map[string]record) []byte {
	le := binary.LittleEndian
	var t []byte
	for _, name := range slices.Sorted(maps.Keys(records)) {
		r := records[name]
		t = append(le.AppendUint16(t, uint16(len(name))), name...)
		t = append(le.AppendUint32(t, uint32(r.size)), r.sum[:]...)
		t = le.AppendUint16(t, uint16(len(r.extents)))
		for _, e := range r.extents {
			t = le.AppendUint32(le.AppendUint32(t, e.block), e.count)
		}
	}
	return t
}

// Get returns a record's content. The error is ErrNotFound, ErrCorrupt or the device's.
func (s *Store) Get(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(name)
}

func (s *Store) get(name string) ([]byte, error) {
	r, ok := s.records[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	out := make([]byte, r.size)
	rest := out
	for _, e := range r.extents {
		n := min(len(rest), int(e.count)*BlockSize)
		if _, err := s.d.ReadAt(rest[:n], int64(e.block)*BlockSize); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	if sha256.Sum256(out) != r.sum {
		return nil, fmt.Errorf("%w: record %s", ErrCorrupt, name)
	}
	return out, nil
}

// Names lists the records whose names begin with prefix, sorted.
func (s *Store) Names(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for name := range s.records {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Size is the length of a record's content; ok is false if there is none.
func (s *Store) Size(name string) (n int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[name]
	return r.size, ok
}

// Put writes one record.
func (s *Store) Put(name string, data []byte) error {
	return s.Update(func(tx *Tx) error { tx.Put(name, data); return nil })
}

// Delete removes one record; without it nothing happens.
func (s *Store) Delete(name string) error {
	return s.Update(func(tx *Tx) error { tx.Delete(name); return nil })
}

// Tx is a change of several records that happens wholly or not at all.
type Tx struct {
	s       *Store
	changes map[string]*[]byte // nil: delete
}

// Get returns a record as it is within the change.
func (tx *Tx) Get(name string) ([]byte, error) {
	if c, ok := tx.changes[name]; ok {
		if c == nil {
			return nil, fmt.Errorf("%w: %s", ErrNotFound, name)
		}
		return bytes.Clone(*c), nil
	}
	return tx.s.get(name)
}

// Put writes a record. data must not change before Update returns.
func (tx *Tx) Put(name string, data []byte) { tx.changes[name] = &data }

// Delete removes a record.
func (tx *Tx) Delete(name string) { tx.changes[name] = nil }

// Update lets f make a change and commits it unless f fails. f must not use the Store but through tx. With an error
// nothing was changed, except ErrPowerCut: then the next OpenStore finds all of the change or nothing of it.
func (s *Store) Update(f func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := &Tx{s, map[string]*[]byte{}}
	if err := f(tx); err != nil {
		return err
	}
	return s.commit(tx.changes)
}

func (s *Store) commit(changes map[string]*[]byte) error {
	next := maps.Clone(s.records)
	changed := false
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		c := changes[name]
		old, had := next[name]
		if c == nil {
			delete(next, name)
			changed = changed || had
			continue
		}
		if name == "" || len(name) > 255 {
			return fmt.Errorf("flash: a record's name has 1 to 255 bytes, not %d", len(name))
		}
		sum := sha256.Sum256(*c)
		if had && old.size == len(*c) && old.sum == sum {
			continue
		}
		changed = true
		next[name] = record{size: len(*c), sum: sum}
	}
	if !changed {
		return nil
	}
	if err := s.place(next, changes); err != nil {
		return err
	}
	if err := s.d.Sync(); err != nil {
		return err
	}
	if err := s.writeIndex(next); err != nil {
		return err
	}
	s.seq, s.records = s.seq+1, next
	return nil
}

// place finds room for every record that has none yet and writes its content there. Blocks of the counting index are
// not touched, those of records that are being replaced neither.
func (s *Store) place(next map[string]record, changes map[string]*[]byte) error {
	used := make([]bool, s.d.Size()/BlockSize)
	for i := range 2 * indexBlocks {
		used[i] = true
	}
	for _, r := range s.records {
		for _, e := range r.extents {
			for i := range e.count {
				used[e.block+i] = true
			}
		}
	}
	free := uint32(2 * indexBlocks)
	for _, name := range slices.Sorted(maps.Keys(next)) {
		r := next[name]
		if r.extents != nil || r.size == 0 {
			continue
		}
		for need := (r.size + BlockSize - 1) / BlockSize; need > 0; need-- {
			for int(free) < len(used) && used[free] {
				free++
			}
			if int(free) == len(used) {
				return fmt.Errorf("%w: no room for %s, %d bytes", ErrFull, name, r.size)
			}
			if k := len(r.extents); k > 0 && r.extents[k-1].block+r.extents[k-1].count == free {
				r.extents[k-1].count++
			} else {
				r.extents = append(r.extents, extent{free, 1})
			}
			free++
		}
		if len(r.extents) > 0xffff {
			return fmt.Errorf("%w: the room for %s is in too many pieces", ErrFull, name)
		}
		next[name] = r
	}
	if headSize+len(encodeTable(next)) > indexSize {
		return fmt.Errorf("%w: too many records", ErrFull)
	}
	for name, c := range sortedChanges(changes) {
		r := next[name]
		if old, had := s.records[name]; c == nil || had && slices.Equal(old.extents, r.extents) {
			continue
		}
		rest := *c
		for _, e := range r.extents {
			n := min(len(rest), int(e.count)*BlockSize)
			if err := s.write(rest[:n], int64(e.block)*BlockSize); err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	return nil
}

func sortedChanges(m map[string]*[]byte) func(func(string, *[]byte) bool) {
	return func(yield func(string, *[]byte) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

func (s *Store) writeIndex(records map[string]record) error {
	table := encodeTable(records)
	head := append([]byte(nil), magic...)
	le := binary.LittleEndian
	head = le.AppendUint32(head, version)
	head = le.AppendUint32(head, uint32(len(table)))
	head = le.AppendUint64(head, s.seq+1)
	sum := indexSum(head, table)
	area := int64(s.seq%2) * indexSize // the first change, from 0 to 1, goes to area A
	if err := s.write(append(append(head, sum[:]...), table...), area); err != nil {
		return err
	}
	return s.d.Sync()
}

// write erases the blocks that data will fill and programs it. Blocks that are blank are not erased again.
func (s *Store) write(data []byte, at int64) error {
	var buf [BlockSize]byte
	for off := int64(0); off < int64(len(data)); off += BlockSize {
		if _, err := s.d.ReadAt(buf[:], at+off); err != nil {
			return err
		}
		if bytes.Count(buf[:], []byte{0xff}) == len(buf) {
			continue
		}
		if err := s.d.Erase(at + off); err != nil {
			return err
		}
	}
	return s.d.Program(data, at)
}
