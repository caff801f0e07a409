package hwdef

import (
	"slices"
	"strconv"
)

// Mapping is an entry that could be added to a definition.
type Mapping struct {
	Name   string // made up, and not in use anywhere in the set
	Type   string
	Target string // the name that it maps to
}

// Text writes the mapping as an entry of a definition.
func (m Mapping) Text() string {
	return entryText(&Peripheral{Name: m.Name, Type: m.Type, Mapping: m.Target})
}

// claim returns what a peripheral stands for in a manifest; ok is false for constants and for what leads nowhere.
func (s *Set) claim(p *Peripheral) (c Claim, ok bool) {
	r := s.Resolve(p.Name)
	if r.Status != Resolved {
		return c, false
	}
	return Claim{p.Type, r.Value}, true
}

// Available returns what the definitions that the target imports directly have of a type and the target does not use yet,
// in their order: names that nothing in the target maps to, on pins that nothing in it takes. A definition is a menu, but
// whoever adds to it wants what is still free.
func (s *Set) Available(typ string) []*Peripheral {
	var free []*Peripheral
	used, busy := make(map[string]bool, 2*len(s.Target.Peripherals)), PinSet{}
	for _, p := range s.Target.Peripherals {
		used[p.Name], used[p.Mapping] = true, true
		if c, ok := s.claim(p); ok {
			if b, ok := c.PinSet(); ok {
				busy.Add(b)
			}
		}
	}
	for _, d := range s.Imported(s.Target) {
		if d == nil || d == s.Target {
			continue
		}
		for _, p := range d.Peripherals {
			if p.Type != typ || used[p.Name] {
				continue
			}
			c, ok := s.claim(p)
			if !ok && typ != Int {
				continue
			}
			if b, ok := c.PinSet(); ok && busy.Overlaps(b) {
				continue
			}
			used[p.Name] = true
			free = append(free, p)
		}
	}
	return free
}

// types are the types of a definition's entries, in the order in which they are offered.
var types = []string{Gpio, Uart, I2cMaster, SpiMaster, Pwm, Adc, Int}

// AvailableTypes returns the types of which Available has something.
func (s *Set) AvailableTypes() []string {
	return slices.DeleteFunc(slices.Clone(types), func(t string) bool { return len(s.Available(t)) == 0 })
}

// GenerateMappings returns up to n mappings of a type that can be added to the target together: each takes pins that
// neither the target nor one before it takes.
func (s *Set) GenerateMappings(typ string, n int) []Mapping {
	var out []Mapping
	var busy PinSet
	named := map[string]bool{}
	for _, p := range s.Available(typ) {
		if len(out) >= n {
			break
		}
		c, ok := s.claim(p)
		if b, takes := c.PinSet(); ok && takes {
			if busy.Overlaps(b) {
				continue
			}
			busy.Add(b)
		}
		m := Mapping{Name: s.newName(typ, c.Value, named), Type: typ, Target: p.Name}
		named[m.Name] = true
		out = append(out, m)
	}
	return out
}

// newName makes up a name for what maps to a value.
func (s *Set) newName(typ string, v Value, named map[string]bool) string {
	base := "NEW_" + map[string]string{Gpio: "GPIO", Uart: "UART", I2cMaster: "I2C", SpiMaster: "SPI", Pwm: "PWM", Adc: "ADC"}[typ]
	if typ == Int {
		base = "NEW_CONSTANT"
	}
	if n := v.Text; n != "" {
		if i := len(n) - 1; !v.Number && n[i] >= '0' && n[i] <= '9' {
			n = n[i:] // ISU0, PWM-CONTROLLER-1
		}
		if isIdentifier(base + n) {
			base += n
		}
	}
	name := base
	for i := 2; named[name] || s.Has(name); i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	return name
}
