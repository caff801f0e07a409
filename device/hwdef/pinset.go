package hwdef

// PinSet is a set of the chip's pins, a bit for each GPIO.
type PinSet [2]uint64

// PinSet returns the pins that the claim takes; ok is false if it takes none that the chip has.
func (c Claim) PinSet() (s PinSet, ok bool) {
	first, last, ok := c.Pins()
	if !ok {
		return s, false
	}
	for n := first; n <= last; n++ {
		s[n>>6] |= 1 << (n & 63)
	}
	return s, true
}

// PinsOf returns the pins that claims take together.
func PinsOf(claims []Claim) (s PinSet) {
	for _, c := range claims {
		one, _ := c.PinSet()
		s.Add(one)
	}
	return s
}

// Overlaps reports whether the two have a pin in common.
func (s PinSet) Overlaps(o PinSet) bool { return s[0]&o[0] != 0 || s[1]&o[1] != 0 }

// Has reports whether a GPIO of the chip is in the set.
func (s PinSet) Has(gpio int) bool { return s[gpio>>6]&(1<<(gpio&63)) != 0 }

// Add adds the pins of another set.
func (s *PinSet) Add(o PinSet) { s[0], s[1] = s[0]|o[0], s[1]|o[1] }
