package libc

import (
	"math"
	"sort"

	"armillary.dev/emulator/guestlib"
)

// gccFunctions are the run-time helpers that compiled code calls (RTABI32 4). Results of the division helpers come in
// r0-r3.
func gccFunctions() []guestlib.Function {
	return []guestlib.Function{
		fn("__aeabi_unwind_cpp_pr0", "unwind", nothing, "__aeabi_unwind_cpp_pr1", "__aeabi_unwind_cpp_pr2"),
		fn("__aeabi_idiv", "integer", func(c call) { q, _ := divide(c.Int(0), c.Int(1)); c.Return(uint32(q)) }),
		fn("__aeabi_uidiv", "integer", func(c call) { q, _ := udivide(c.Arg(0), c.Arg(1)); c.Return(q) }),
		fn("__aeabi_idivmod", "integer", func(c call) {
			q, r := divide(c.Int(0), c.Int(1))
			c.Return64(uint64(uint32(q)) | uint64(uint32(r))<<32)
		}),
		fn("__aeabi_uidivmod", "integer", func(c call) {
			q, r := udivide(c.Arg(0), c.Arg(1))
			c.Return64(uint64(q) | uint64(r)<<32)
		}),
		fn("__aeabi_ldivmod", "integer", func(c call) { c.quad(divide(int64(c.Arg64(0)), int64(c.Arg64(2)))) }),
		fn("__aeabi_uldivmod", "integer", func(c call) {
			q, r := udivide(c.Arg64(0), c.Arg64(2))
			c.quad(int64(q), int64(r))
		}),
		fn("__aeabi_d2lz", "float", func(c call) { c.Return64(uint64(toInt64(math.Float64frombits(c.Arg64(0))))) }),
		fn("__aeabi_d2ulz", "float", func(c call) { c.Return64(toUint64(math.Float64frombits(c.Arg64(0)))) }),
		fn("__aeabi_l2d", "float", func(c call) { c.Return64(math.Float64bits(float64(int64(c.Arg64(0))))) }),
		fn("__aeabi_ul2d", "float", func(c call) { c.Return64(math.Float64bits(float64(c.Arg64(0)))) }),
		fn("__aeabi_l2f", "float", func(c call) { c.Return(math.Float32bits(float32(int64(c.Arg64(0))))) }),
		fn("__aeabi_f2lz", "float", func(c call) {
			c.Return64(uint64(toInt64(float64(math.Float32frombits(c.Arg(0))))))
		}),
	}
}

func nothing(call) {}

func (c call) quad(q, r int64) {
	for i, v := range []uint32{uint32(q), uint32(q >> 32), uint32(r), uint32(r >> 32)} {
		c.t.SetReg(i, v)
	}
}

// divide and udivide divide as the helpers do; by zero the quotient is zero, as without a handler for it.
func divide[T int32 | int64](a, b T) (q, r T) {
	if b == 0 {
		return 0, a
	}
	return a / b, a % b
}

func udivide[T uint32 | uint64](a, b T) (q, r T) {
	if b == 0 {
		return 0, a
	}
	return a / b, a % b
}

func toInt64(v float64) int64 {
	switch {
	case math.IsNaN(v):
		return 0
	case v >= math.MaxInt64:
		return math.MaxInt64
	case v <= math.MinInt64:
		return math.MinInt64
	}
	return int64(v)
}

func toUint64(v float64) uint64 {
	switch {
	case math.IsNaN(v) || v <= 0:
		return 0
	case v >= math.MaxUint64:
		return math.MaxUint64
	}
	return uint64(v)
}

// sorted gives tables that come from maps a fixed order: a library has to be the same at every start.
func sorted(f []guestlib.Function) []guestlib.Function {
	sort.Slice(f, func(i, j int) bool { return f[i].Name < f[j].Name })
	return f
}
