// Package pins is the one set of pins under all cores of the emulated MT3620: who has a line open, who drives it,
// what level results, and who wants to know.
//
// The package knows lines and levels; it must not know registers, applibs, manifests or scripts. All methods belong
// to the machine's loop, listeners are called there.
package pins

import (
	"errors"
	"fmt"
)

// Errors of Open and of everything that takes a line number.
var (
	ErrNoLine = errors.New("the MT3620 has no such GPIO")
	ErrBusy   = errors.New("the GPIO is already open")
)

// Lines is one more than the highest GPIO number.
const Lines = 81

// Exists reports whether the chip has the GPIO (facts/mt3620_pins.tsv, column gpio).
func Exists(line int) bool {
	switch {
	case line < 0, line == 24, line == 25, line >= 49 && line <= 55, line >= 76 && line <= 79, line > 80:
		return false
	}
	return true
}

// Mode is how an output drives its line.
type Mode uint8

// Output modes, numbered as GPIO_OutputMode_Type (facts/applibs.md 4).
const (
	PushPull Mode = iota
	OpenDrain
	OpenSource
)

// Change is a new level on a line.
type Change struct {
	Line  int
	Level int
	// Owner is who has the line open, "" when nobody has; Driven says that the owner drives it, which makes the change
	// its doing (or the outside's, on an open-drain output that is let go).
	Owner  string
	Driven bool
}

type line struct {
	owner   string
	open    bool
	output  bool
	mode    Mode
	value   int // what the owner drives
	outside int // what is wired to the pin, or its pull-up
	level   int
}

// Bank is all lines of one chip.
type Bank struct {
	lines     [Lines]line
	listeners map[int]func(Change)
	order     []int
	next      int
}

// New makes a bank with nobody on it. A line that nothing drives reads 1: the buttons of the boards that carry the
// chip are wired against a pull-up and read 1 while released.
func New() *Bank {
	b := &Bank{listeners: map[int]func(Change){}}
	for i := range b.lines {
		b.lines[i].outside, b.lines[i].level = 1, 1
	}
	return b
}

// Line is an open line. It belongs to whoever opened it.
type Line struct {
	bank *Bank
	n    int
}

// OpenInput opens line n for owner as an input. Errors: ErrNoLine, ErrBusy.
func (b *Bank) OpenInput(owner string, n int) (*Line, error) {
	if err := b.claim(owner, n); err != nil {
		return nil, err
	}
	b.settle(n)
	return &Line{b, n}, nil
}

// OpenOutput opens line n for owner and drives value (0 or 1) in the given mode. Errors: ErrNoLine, ErrBusy.
func (b *Bank) OpenOutput(owner string, n int, mode Mode, value int) (*Line, error) {
	if err := b.claim(owner, n); err != nil {
		return nil, err
	}
	l := &b.lines[n]
	l.output, l.mode, l.value = true, mode, value&1
	b.settle(n)
	return &Line{b, n}, nil
}

func (b *Bank) claim(owner string, n int) error {
	if !Exists(n) {
		return fmt.Errorf("GPIO %d: %w", n, ErrNoLine)
	}
	l := &b.lines[n]
	if l.open {
		return fmt.Errorf("GPIO %d: %w by %s", n, ErrBusy, l.owner)
	}
	l.open, l.owner, l.output = true, owner, false
	return nil
}

// Number is the line's GPIO number.
func (l *Line) Number() int { return l.n }

// Output reports whether the line was opened as an output.
func (l *Line) Output() bool { return l.bank.lines[l.n].output }

// Level is the level on the pin, which on an output may differ from what is driven.
func (l *Line) Level() int { return l.bank.lines[l.n].level }

// Drive sets what an output drives; on an input it does nothing (facts/applibs.md 2, gpio.h).
func (l *Line) Drive(value int) {
	s := &l.bank.lines[l.n]
	if s.output {
		s.value = value & 1
		l.bank.settle(l.n)
	}
}

// Close lets the line go. An output keeps its level until somebody else opens the line: closing a descriptor does
// not reset the pin.
func (l *Line) Close() {
	s := &l.bank.lines[l.n]
	s.open, s.owner = false, ""
}

// SetOutside drives a pin from outside, as a button or a sensor does. It fails with ErrNoLine.
func (b *Bank) SetOutside(n, level int) error {
	if !Exists(n) {
		return fmt.Errorf("GPIO %d: %w", n, ErrNoLine)
	}
	b.lines[n].outside = level & 1
	b.settle(n)
	return nil
}

// Level is the level on a pin, 0 for one that does not exist.
func (b *Bank) Level(n int) int {
	if !Exists(n) {
		return 0
	}
	return b.lines[n].level
}

// Owner is who has the line open, and whether as an output.
func (b *Bank) Owner(n int) (owner string, output bool) {
	if !Exists(n) || !b.lines[n].open {
		return "", false
	}
	return b.lines[n].owner, b.lines[n].output
}

// Reset closes every line and lets all outputs go, as a reset of the chip does. What is wired outside stays.
func (b *Bank) Reset() {
	for n := range b.lines {
		l := &b.lines[n]
		l.open, l.owner, l.output = false, "", false
		if Exists(n) {
			b.settle(n)
		}
	}
}

// Listen calls f for every change of a level from now on, in the order of Listen calls, until stop is called.
func (b *Bank) Listen(f func(Change)) (stop func()) {
	id := b.next
	b.next++
	b.listeners[id] = f
	b.order = append(b.order, id)
	return func() {
		delete(b.listeners, id)
		for i, x := range b.order {
			if x == id {
				b.order = append(b.order[:i:i], b.order[i+1:]...)
				return
			}
		}
	}
}

// settle works out the level of a line and tells the listeners when it changed.
func (b *Bank) settle(n int) {
	l := &b.lines[n]
	level := l.outside
	driven := false
	if l.output {
		switch {
		case l.mode == PushPull, l.mode == OpenDrain && l.value == 0, l.mode == OpenSource && l.value == 1:
			level, driven = l.value, true
		}
	}
	if level == l.level {
		return
	}
	l.level = level
	c := Change{Line: n, Level: level, Owner: l.owner, Driven: driven}
	for _, id := range append([]int(nil), b.order...) {
		if f := b.listeners[id]; f != nil {
			f(c)
		}
	}
}
