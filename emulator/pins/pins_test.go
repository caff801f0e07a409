package pins

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestExistsCountsTheChip(t *testing.T) {
	n := 0
	for i := -3; i < 200; i++ {
		if Exists(i) {
			n++
		}
	}
	if n != 68 {
		t.Fatalf("%d GPIOs, facts/mt3620_pins.tsv has 68", n)
	}
}

func TestLevels(t *testing.T) {
	b := New()
	var log strings.Builder
	stop := b.Listen(func(c Change) { fmt.Fprintf(&log, "%d=%d %s %v;", c.Line, c.Level, c.Owner, c.Driven) })
	step := func(want string) {
		t.Helper()
		if log.String() != want {
			t.Fatalf("events %q, want %q", log.String(), want)
		}
		log.Reset()
	}
	led, err := b.OpenOutput("blink", 8, PushPull, 1)
	if err != nil {
		t.Fatal(err)
	}
	step("")
	led.Drive(0)
	step("8=0 blink true;")
	b.SetOutside(8, 1)
	step("")
	if led.Level() != 0 {
		t.Fatal("a push-pull output lost against the outside")
	}
	led.Drive(1)
	step("8=1 blink true;")
	b.SetOutside(8, 0)
	step("")
	led.Close()
	if o, _ := b.Owner(8); o != "" {
		t.Fatal("still owned by", o)
	}

	bus, _ := b.OpenOutput("x", 9, OpenDrain, 1)
	step("")
	b.SetOutside(9, 0)
	step("9=0 x false;")
	b.SetOutside(9, 1)
	bus.Drive(0)
	step("9=1 x false;9=0 x true;")

	in, _ := b.OpenInput("y", 12)
	in.Drive(0)
	if in.Level() != 1 {
		t.Fatal("an input was driven by its owner")
	}
	b.SetOutside(12, 0)
	step("12=0 y false;")
	stop()
	b.SetOutside(12, 1)
	step("")
	b.Reset()
	if b.Level(9) != 1 {
		t.Fatal("reset left an output driven")
	}
}

func TestRefusals(t *testing.T) {
	b := New()
	if _, err := b.OpenInput("a", 24); !errors.Is(err, ErrNoLine) {
		t.Fatal(err)
	}
	if _, err := b.OpenInput("a", -1); !errors.Is(err, ErrNoLine) {
		t.Fatal(err)
	}
	if err := b.SetOutside(1000, 1); !errors.Is(err, ErrNoLine) {
		t.Fatal(err)
	}
	if _, err := b.OpenOutput("a", 0, PushPull, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.OpenInput("b", 0); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "by a") {
		t.Fatal(err)
	}
}
