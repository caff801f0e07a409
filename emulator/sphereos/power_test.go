package sphereos

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"armillary.dev/device/image"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/flash"
)

// TestPowerCuts cuts the power at every operation on the flash from the first switching on to an update and a deletion.
// Afterwards the device boots, each app is there with its old or its new package or not at all, as the step that was cut
// allows, and the steps that are left can be taken again.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	big := func(in *image.Input) { in.Files["data/big"] = image.File{Data: bytes.Repeat([]byte("data"), 9000)} }
	old := r.pack(idA, manifestOf(idA, `"MutableStorage":{"SizeKB":8}`), nil)
	next := r.pack(idA, manifestOf(idA, `"MutableStorage":{"SizeKB":8},"Gpio":[8]`), big)
	other := r.pack(idB, manifestOf(idB, ""), nil)

	steps := []func(*OS) error{
		func(s *OS) error { return s.Stage(old) },
		func(s *OS) error { return s.Install(rest.Manual) },
		func(s *OS) error {
			f, err := (&Mutable{store: s.o.Flash, name: recordMutable + idA, limit: 8}).Open()
			if err == nil {
				_, err = f.WriteAt([]byte("kept"), 0)
			}
			return err
		},
		func(s *OS) error { return s.Stage(next) },
		func(s *OS) error { return s.Stage(other) },
		func(s *OS) error { return s.Install(rest.Manual) },
		func(s *OS) error { return s.Delete(idB) },
	}
	// state is what is installed and kept: the packages' lengths tell them apart.
	type state struct{ a, b, mutable int }
	look := func(s *flash.Store) state {
		n := func(name string) int { k, _ := s.Size(name); return k }
		return state{n(recordApp + idA), n(recordApp + idB), n(recordMutable + idA)}
	}
	power := func(mem *flash.Memory, hook func(flash.Op) flash.Cut) (*OS, error) {
		d, err := flash.NewDevice(mem, flash.Size, hook)
		if err != nil {
			t.Fatal(err)
		}
		store, err := flash.OpenStore(d)
		if err != nil {
			t.Fatalf("the flash is lost: %v", err)
		}
		o := r.opts
		o.Flash, o.Random, o.Notices, o.Events = store, rand.NewChaCha8([32]byte{2}), nil, nil
		o.Launcher = &fakeLauncher{made: make(chan *fakeProcess, 64)}
		return New(o)
	}
	run := func(s *OS, from int) (done int, err error) {
		for i, step := range steps[from:] {
			if err := step(s); err != nil {
				return from + i, err
			}
		}
		return len(steps), nil
	}

	ops := 0
	count := func(flash.Op) flash.Cut { ops++; return flash.No }
	s, err := power(&flash.Memory{}, count)
	if err != nil {
		t.Fatal(err)
	}
	states := []state{look(s.o.Flash)}
	for _, step := range steps {
		if err := step(s); err != nil {
			t.Fatal(err)
		}
		states = append(states, look(s.o.Flash))
	}
	s.Close()

	cuts := 0
	for _, how := range []flash.Cut{flash.Before, flash.Torn, flash.After} {
		for at := range ops {
			n, done := 0, 0
			mem := &flash.Memory{}
			s, err := power(mem, func(flash.Op) flash.Cut {
				if n++; n == at+1 {
					return how
				}
				return flash.No
			})
			if err == nil {
				done, err = run(s, 0)
				s.Close()
			}
			if err == nil {
				t.Fatalf("operation %d was never cut", at)
			}
			cuts++

			s, err = power(mem, nil)
			if err != nil {
				t.Fatalf("cut %v operation %d: the device does not start: %v", how, at, err)
			}
			if err := s.Boot(); err != nil {
				t.Fatalf("cut %v operation %d: boot: %v", how, at, err)
			}
			got, before, after := look(s.o.Flash), states[done], states[min(done+1, len(steps))]
			between := done == 2 && got.a == before.a && got.mutable == 0 // made, but not yet written
			if got != before && got != after && !between {
				t.Fatalf("cut %v operation %d in step %d: found %+v, want %+v or %+v", how, at, done, got, before, after)
			}
			if left, err := run(s, done); err != nil {
				t.Fatalf("cut %v operation %d in step %d: step %d again: %v", how, at, done, left, err)
			}
			if got := look(s.o.Flash); got != states[len(steps)] {
				t.Fatalf("cut %v operation %d: ended with %+v", how, at, got)
			}
			s.Close()
		}
	}
	t.Logf("%d cuts at %d operations, %d of them in an operation's middle", cuts, ops, ops)
}
