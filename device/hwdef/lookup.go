package hwdef

// Lookup returns the peripheral that a name stands for, the one nearest to the target; nil if there is none.
func (s *Set) Lookup(name string) *Peripheral { return s.names[name] }
