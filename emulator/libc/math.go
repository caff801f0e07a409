package libc

import (
	"math"

	"armillary.dev/emulator/guestlib"
)

// Mathematics by the host's Go: correctly rounded where Go is, otherwise within its last place or two.
func mathFunctions() []guestlib.Function {
	return append([]guestlib.Function{
		fn("sincos", "math.h", func(c call) {
			s, k := math.Sincos(c.Double(0))
			put := func(at uint32, v float64) {
				b := math.Float64bits(v)
				if c.SetWord(at, uint32(b)) {
					c.SetWord(at+4, uint32(b>>32))
				}
			}
			put(c.Arg(0), s)
			put(c.Arg(1), k)
		}),
		fn("modf", "math.h", func(c call) {
			whole, frac := math.Modf(c.Double(0))
			b := math.Float64bits(whole)
			if c.SetWord(c.Arg(0), uint32(b)) && c.SetWord(c.Arg(0)+4, uint32(b>>32)) {
				c.ReturnDouble(frac)
			}
		}),
		fn("__fpclassify", "math.h", func(c call) {
			v := c.Double(0)
			switch b := math.Float64bits(v) &^ (1 << 63); {
			case math.IsNaN(v):
				c.Return(0)
			case math.IsInf(v, 0):
				c.Return(1)
			case b == 0:
				c.Return(2)
			case b < 1<<52:
				c.Return(3)
			default:
				c.Return(4)
			}
		}),
	}, mathTable()...)
}

func mathTable() (out []guestlib.Function) {
	for name, f := range map[string]func(float64) float64{
		"sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "asin": math.Asin, "acos": math.Acos, "atan": math.Atan,
		"sinh": math.Sinh, "cosh": math.Cosh, "tanh": math.Tanh, "exp": math.Exp, "log": math.Log, "log2": math.Log2,
		"log10": math.Log10, "sqrt": math.Sqrt, "cbrt": math.Cbrt, "fabs": math.Abs, "floor": math.Floor, "ceil": math.Ceil,
		"round": math.Round, "trunc": math.Trunc, "nearbyint": math.RoundToEven, "rint": math.RoundToEven,
	} {
		out = append(out, fn(name, "math.h", func(c call) { c.ReturnDouble(f(c.Double(0))) }))
	}
	for name, f := range map[string]func(a, b float64) float64{
		"pow": math.Pow, "fmod": math.Mod, "atan2": math.Atan2, "hypot": math.Hypot, "fmax": math.Max, "fmin": math.Min,
	} {
		out = append(out, fn(name, "math.h", func(c call) { c.ReturnDouble(f(c.Double(0), c.Double(1))) }))
	}
	return sorted(out)
}
