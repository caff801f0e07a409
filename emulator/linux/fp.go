package linux

import "math"

// Double is d0-d31.
func (t *Thread) Double(n int) float64 { return math.Float64frombits(t.st.D(n)) }

// SetDouble sets d0-d31.
func (t *Thread) SetDouble(n int, v float64) { t.st.SetD(n, math.Float64bits(v)) }
