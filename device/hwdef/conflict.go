package hwdef

import (
	"slices"
	"strconv"
)

// Claim is one entry of a manifest's peripheral field, resolved: what an app asks for.
type Claim struct {
	Field string // Gpio, Uart, ...
	Value Value  // GPIO number, or the controller's name
}

// String names the claim for people: "GPIO 8", "ISU0 as UART".
func (c Claim) String() string {
	switch c.Field {
	case Gpio:
		return "GPIO " + c.Value.Text
	case Uart:
		return c.Value.Text + " as UART"
	case I2cMaster:
		return c.Value.Text + " as I2C"
	case SpiMaster:
		return c.Value.Text + " as SPI"
	}
	return c.Value.Text
}

// Pins returns the pins that the claim takes; ok is false if the MT3620 has no such GPIO or controller.
func (c Claim) Pins() (first, last int, ok bool) {
	if c.Field == Gpio {
		n, err := strconv.Atoi(c.Value.Text)
		if err != nil {
			return 0, 0, false
		}
		_, ok := BlockOf(n)
		return n, n, ok
	}
	return Span(c.Field, c.Value.Text)
}

// spares reports whether a pin is the fifth of the claimed ISU and the claim is not for SPI, which alone has a use for it:
// its second chip select (isuRoles).
func (c Claim) spares(gpio int) bool {
	b, ok := BlockOf(gpio)
	return ok && (c.Field == Uart || c.Field == I2cMaster) && gpio == b.First+len(isuRoles)-1
}

// ConflictKind says what collides.
type ConflictKind uint8

// Conflicts inside one app. The device refuses all of them with 2.35 (facts/manifest.md 2.4).
const (
	SameController ConflictKind = iota // one ISU through two fields
	InsideBlock                        // a GPIO among the pins of a controller that is claimed
	Interrupted                        // an external interrupt on a pin that is claimed as GPIO or PWM
)

// Conflict is a pair of claims that need one pin. A and B are indices into what was given to Conflicts; B is the one
// that is easier to move: the GPIO, the interrupt, the later of two.
type Conflict struct {
	Kind        ConflictKind
	A, B        int
	First, Last int // the pins that both need
	// Spare says that B is a GPIO on a pin that A's controller has, but never uses as what it is claimed for.
	Spare bool
}

// Conflicts returns the pairs of one app's claims that need the same pin. Listing one and the same thing twice is no
// conflict, and neither are two GPIOs of one block: inside one app they share it.
func Conflicts(claims []Claim) []Conflict {
	// What the chip has is little, so the pairs are few once repetitions are gone, however long the lists are.
	type pin struct { // a GPIO or controller, however it is written
		field string
		first int
	}
	seen := map[pin]bool{}
	type distinct struct{ claim, first, last int }
	var all []distinct
	var out []Conflict
	for i, c := range claims {
		first, last, ok := c.Pins()
		at := pin{c.Field, first}
		if !ok || seen[at] {
			continue
		}
		seen[at] = true
		b := distinct{i, first, last}
		for _, a := range all {
			if b.first > a.last || a.first > b.last {
				continue
			}
			pair := Conflict{Kind: InsideBlock, A: a.claim, B: b.claim, First: max(a.first, b.first), Last: min(a.last, b.last)}
			x, y := claims[a.claim].Field, c.Field
			switch {
			case x == ExternalInterrupt || y == ExternalInterrupt:
				pair.Kind = Interrupted
				if x == ExternalInterrupt {
					pair.A, pair.B = pair.B, pair.A
				}
			case x != Gpio && y != Gpio:
				pair.Kind = SameController
			case x == Gpio:
				pair.A, pair.B = pair.B, pair.A
			}
			pair.Spare = pair.Kind == InsideBlock && claims[pair.A].spares(pair.First)
			out = append(out, pair)
		}
		all = append(all, b)
	}
	return out
}

// FreeGPIOs returns the GPIOs that no claim takes, nearest to gpio first. Pins of a controller that anyone might want
// to claim later are as good as others: the app decides.
func FreeGPIOs(gpio int, claims []Claim) []int {
	taken := PinsOf(claims)
	free := slices.DeleteFunc(GPIOs(), taken.Has)
	distance := func(n int) int {
		if n < gpio {
			return gpio - n
		}
		return n - gpio
	}
	slices.SortStableFunc(free, func(a, b int) int { return distance(a) - distance(b) })
	return free
}

// FreeControllers returns the controllers of a field whose pins no claim takes, in order.
func FreeControllers(field string, claims []Claim) []string {
	taken := PinsOf(claims)
	var free []string
	for _, name := range controllers[field] {
		if s, _ := (Claim{field, Value{Text: name}}).PinSet(); !s.Overlaps(taken) {
			free = append(free, name)
		}
	}
	return free
}
