package flash

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func open(t testing.TB, b Backing, size int64, hook func(Op) Cut) *Store {
	t.Helper()
	d, err := NewDevice(b, size, hook)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(d)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDevice(t *testing.T) {
	t.Parallel()
	d, err := NewDevice(&Memory{}, 4*BlockSize, nil)
	if err != nil {
		t.Fatal(err)
	}
	read := func(off int64, n int) []byte {
		b := make([]byte, n)
		if _, err := d.ReadAt(b, off); err != nil {
			t.Fatal(err)
		}
		return b
	}
	if got := read(0, 4); !bytes.Equal(got, []byte{255, 255, 255, 255}) {
		t.Errorf("new flash reads %x", got)
	}
	if err := errors.Join(d.Program([]byte{0xf0, 0x0f}, BlockSize-1), d.Program([]byte{0x3c, 0xff}, BlockSize-1)); err != nil {
		t.Fatal(err)
	}
	if got := read(BlockSize-1, 2); !bytes.Equal(got, []byte{0x30, 0x0f}) {
		t.Errorf("programmed twice: %x; bits only go from 1 to 0", got)
	}
	if err := d.Erase(BlockSize); err != nil {
		t.Fatal(err)
	}
	if got := read(BlockSize-1, 2); !bytes.Equal(got, []byte{0x30, 0xff}) {
		t.Errorf("after erasing the second block: %x", got)
	}
	for name, err := range map[string]error{
		"program outside": d.Program([]byte{0}, 4*BlockSize),
		"erase outside":   d.Erase(4 * BlockSize),
		"erase askew":     d.Erase(1),
		"program before":  d.Program([]byte{0}, -BlockSize),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := NewDevice(&Memory{}, 100, nil); err == nil {
		t.Error("a flash of 100 bytes")
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "flash"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := open(t, file, Size, nil)
	big := bytes.Repeat([]byte("0123456789"), 100_000)
	steps := []error{
		s.Put("app", big),
		s.Put("key", []byte("secret")),
		s.Put("empty", nil),
		s.Put("key", []byte("new secret")),
		s.Delete("nothing"),
		s.Update(func(tx *Tx) error {
			tx.Put("a", []byte("1"))
			tx.Delete("key")
			if _, err := tx.Get("key"); !errors.Is(err, ErrNotFound) {
				t.Errorf("deleted within the change: %v", err)
			}
			if b, err := tx.Get("a"); string(b) != "1" || err != nil {
				t.Errorf("written within the change: %q, %v", b, err)
			}
			return nil
		}),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(tx *Tx) error { tx.Delete("app"); return os.ErrPermission }); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a change that failed: %v", err)
	}
	s = open(t, file, Size, nil)
	if got := fmt.Sprint(s.Names("")); got != "[a app empty]" {
		t.Errorf("after power-off there are %s", got)
	}
	if got, err := s.Get("app"); err != nil || !bytes.Equal(got, big) {
		t.Errorf("app: %d bytes, %v", len(got), err)
	}
	if got, err := s.Get("empty"); err != nil || len(got) != 0 {
		t.Errorf("empty: %q, %v", got, err)
	}
	if _, err := s.Get("key"); !errors.Is(err, ErrNotFound) {
		t.Errorf("key: %v", err)
	}
	if n, ok := s.Size("app"); !ok || n != len(big) {
		t.Errorf("size %d, %v", n, ok)
	}
	if err := s.Put("huge", make([]byte, Size)); !errors.Is(err, ErrFull) {
		t.Errorf("too large: %v", err)
	}
	if err := s.Put("", nil); err == nil {
		t.Error("a record without a name")
	}
}

// TestFragments fills a small flash over and over with records of all sizes.
func TestFragments(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	mem := &Memory{}
	s := open(t, mem, 2*indexSize+64*BlockSize, nil)
	want := map[string][]byte{}
	full := 0
	for range 500 {
		name := fmt.Sprint("record ", rnd.IntN(12))
		data := bytes.Repeat([]byte{byte(rnd.Uint32())}, rnd.IntN(8*BlockSize))
		switch err := s.Put(name, data); {
		case err == nil:
			want[name] = data
		case errors.Is(err, ErrFull):
			full++
			if err := s.Delete(name); err != nil {
				t.Fatal(err)
			}
			delete(want, name)
		default:
			t.Fatal(err)
		}
	}
	if full == 0 {
		t.Error("the flash was never full: the test is too small")
	}
	s = open(t, mem, 2*indexSize+64*BlockSize, nil)
	if len(s.Names("")) != len(want) {
		t.Errorf("%v instead of %d records", s.Names(""), len(want))
	}
	for name, data := range want {
		if got, err := s.Get(name); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPowerCuts cuts the power at every operation of a series of changes, in every way. What is found afterwards is the
// state before the change that was cut or the one after it, and the store goes on from there.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	const size = 2*indexSize + 32*BlockSize
	content := func(fill byte, n int) []byte { return bytes.Repeat([]byte{fill}, n) }
	changes := []func(*Tx) error{
		func(tx *Tx) error { tx.Put("app", content(1, 3*BlockSize+17)); return nil },
		func(tx *Tx) error { tx.Put("mutable", content(2, 10)); return nil },
		func(tx *Tx) error { tx.Put("app", content(3, 5*BlockSize)); tx.Put("state", content(4, 1)); return nil },
		func(tx *Tx) error { tx.Put("mutable", content(5, BlockSize)); return nil },
		func(tx *Tx) error { tx.Delete("app"); tx.Put("mutable", nil); return nil },
		func(tx *Tx) error { tx.Put("app", content(6, 4*BlockSize)); return nil },
		func(tx *Tx) error { tx.Put("app", content(7, 9*BlockSize)); return nil },
	}
	dump := func(s *Store) string {
		out := ""
		for _, name := range s.Names("") {
			b, err := s.Get(name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out += fmt.Sprintf("%s %d %x;", name, len(b), b[:min(1, len(b))])
		}
		return out
	}
	// The states that there may be, and the number of operations in all.
	ops := 0
	s := open(t, &Memory{}, size, func(Op) Cut { ops++; return No })
	states := []string{dump(s)}
	for _, c := range changes {
		if err := s.Update(c); err != nil {
			t.Fatal(err)
		}
		states = append(states, dump(s))
	}
	cuts := 0
	for _, how := range []Cut{Before, Torn, After} {
		for at := range ops {
			mem, n, done := &Memory{}, 0, 0
			s := open(t, mem, size, func(Op) Cut {
				if n++; n == at+1 {
					return how
				}
				return No
			})
			for _, c := range changes {
				if err := s.Update(c); err != nil {
					if !errors.Is(err, ErrPowerCut) {
						t.Fatal(err)
					}
					break
				}
				done++
			}
			cuts++
			if done == len(changes) {
				t.Fatalf("operation %d was never cut", at)
			}
			if _, err := s.Get("app"); done > 0 && err == nil {
				t.Fatal("the flash can be read without power")
			}

			s = open(t, mem, size, nil)
			got := dump(s)
			if got != states[done] && got != states[done+1] {
				t.Fatalf("cut %v operation %d, in change %d: found %q, want %q or %q", how, at, done, got, states[done], states[done+1])
			}
			for _, c := range changes[done:] { // once more, to the end
				if err := s.Update(c); err != nil {
					t.Fatalf("cut %v operation %d: going on: %v", how, at, err)
				}
			}
			if got := dump(open(t, mem, size, nil)); got != states[len(changes)] {
				t.Fatalf("cut %v operation %d: ended with %q", how, at, got)
			}
		}
	}
	t.Logf("%d cuts at %d operations", cuts, ops)
}

func TestDamage(t *testing.T) {
	t.Parallel()
	const size = 2*indexSize + 8*BlockSize
	mem := &Memory{}
	s := open(t, mem, size, nil)
	if err := errors.Join(s.Put("a", []byte("content")), s.Put("b", []byte("more"))); err != nil {
		t.Fatal(err)
	}
	reopen := func(at int) (*Store, error) {
		m := mem.Clone()
		m.b[at] ^= 1
		d, err := NewDevice(m, size, nil)
		if err != nil {
			t.Fatal(err)
		}
		return OpenStore(d)
	}
	// The newer index damaged: the older one counts. Both damaged: said so. A record damaged: said so.
	if s, err := reopen(indexSize + 20); err != nil || len(s.Names("")) != 1 {
		t.Errorf("newer index: %v", err)
	}
	if s, err := reopen(2 * indexSize); err != nil {
		t.Error(err)
	} else if _, err := s.Get("a"); !errors.Is(err, ErrCorrupt) {
		t.Errorf("record: %v", err)
	}
	mem.b[30] ^= 1
	if _, err := reopen(indexSize + 30); !errors.Is(err, ErrCorrupt) {
		t.Errorf("both: %v", err)
	}
}

func FuzzOpenStore(f *testing.F) {
	const size = 2*indexSize + 8*BlockSize
	mem := &Memory{}
	s := open(f, mem, size, nil)
	if err := errors.Join(s.Put("a", []byte("content")), s.Put("b", make([]byte, 5000))); err != nil {
		f.Fatal(err)
	}
	f.Add(encodeTable(s.records))
	f.Fuzz(func(t *testing.T, table []byte) {
		records, err := decodeTable(table, size/BlockSize)
		if err != nil {
			return
		}
		s.records = records
		for _, name := range s.Names("") {
			s.Get(name)
		}
	})
}
