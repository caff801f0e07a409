package hwdef

import "slices"

// PinRow is one GPIO of the chip and who has it in a set.
type PinRow struct {
	Pin
	Names  []*Peripheral // what resolves to the GPIO, nearest to the target first; the chip's own name only if it is the target
	Takers []*Peripheral // controllers of the target that take the pin: the UART of an ISU
	Free   bool          // nothing in the target takes the pin
}

// PinTable returns the chip's GPIOs with their names in a set.
func PinTable(s *Set) []PinRow {
	names, takers := map[int][]*Peripheral{}, map[int][]*Peripheral{}
	var busy PinSet
	for _, p := range s.Peripherals() {
		c, ok := s.claim(p)
		if !ok || p.File.IsChip() && p.File != s.Target {
			continue
		}
		first, last, ok := c.Pins()
		if !ok {
			continue
		}
		own := p.File == s.Target
		if b, _ := c.PinSet(); own {
			busy.Add(b)
		}
		for n := first; n <= last; n++ {
			switch {
			case p.Type == Gpio:
				names[n] = append(names[n], p)
			case own:
				takers[n] = append(takers[n], p)
			}
		}
	}
	var rows []PinRow
	for _, n := range GPIOs() {
		pin, _ := PinOf(n)
		b, _ := Claim{Gpio, number(n)}.PinSet()
		rows = append(rows, PinRow{pin, names[n], takers[n], !busy.Overlaps(b)})
	}
	return rows
}

// On returns the names of a pin that one file of the set has.
func (r PinRow) On(d *Definition) []*Peripheral {
	return slices.DeleteFunc(slices.Clone(r.Names), func(p *Peripheral) bool { return p.File != d })
}
