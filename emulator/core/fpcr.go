package core

import "math"

// What the semantic table calls for floating point. The forms that end in 32 and 64 are for single and double.

func (s *State) fpAdd32(x, y uint32) uint32 { return uint32(s.add(uint64(x), uint64(y), fp32)) }
func (s *State) fpAdd64(x, y uint64) uint64 { return s.add(x, y, fp64) }

// sub is add with the second operand's sign turned, except that a NaN keeps its own.
func (s *State) sub(x, y uint64, f *fpFormat) uint64 {
	if f.isNaN(x) || f.isNaN(y) {
		return s.add(x, y, f)
	}
	return s.add(x, y^1<<(f.width-1), f)
}
func (s *State) fpSub32(x, y uint32) uint32 { return uint32(s.sub(uint64(x), uint64(y), fp32)) }
func (s *State) fpSub64(x, y uint64) uint64 { return s.sub(x, y, fp64) }
func (s *State) fpMul32(x, y uint32) uint32 { return uint32(s.mul(uint64(x), uint64(y), fp32)) }
func (s *State) fpMul64(x, y uint64) uint64 { return s.mul(x, y, fp64) }
func (s *State) fpDiv32(x, y uint32) uint32 { return uint32(s.div(uint64(x), uint64(y), fp32)) }
func (s *State) fpDiv64(x, y uint64) uint64 { return s.div(x, y, fp64) }

// fpMla is ±d + ±(x*y), rounded twice; neg is 1 to negate d, sign is 1<<31 to negate the product.
func (s *State) fpMla32(d, x, y, neg, sign uint32) uint32 {
	return s.fpAdd32(d^neg<<31, s.fpMul32(x, y)^sign)
}
func (s *State) fpMla64(d, x, y uint64, neg, sign uint32) uint64 {
	return s.add(d^uint64(neg)<<63, s.mul(x, y, fp64)^uint64(sign)<<32, fp64)
}

// fpFma rounds once; sign negates x.
func (s *State) fpFma32(d, x, y, neg, sign uint32) uint32 {
	return uint32(s.fma(uint64(d^neg<<31), uint64(x^sign), uint64(y), fp32))
}
func (s *State) fpFma64(d, x, y uint64, neg, sign uint32) uint64 {
	return s.fma(d^uint64(neg)<<63, x^uint64(sign)<<32, y, fp64)
}

func (s *State) fpSqrt32(x uint32) uint32 {
	if s.fpHost != 0 && x-0x00800000 < 0x7f000000 {
		return math.Float32bits(float32(math.Sqrt(float64(math.Float32frombits(x)))))
	}
	return uint32(s.sqrt(uint64(x), fp32))
}

func (s *State) fpSqrt64(x uint64) uint64 {
	if s.fpHost != 0 && x-1<<52 < 0x7fe<<52 {
		return math.Float64bits(math.Sqrt(math.Float64frombits(x)))
	}
	return s.sqrt(x, fp64)
}

func (s *State) fpCmp32(x, y, all uint32) {
	s.FPFlags = s.compare(uint64(x), uint64(y), fp32, all != 0)
}
func (s *State) fpCmp64(x, y uint64, all uint32) { s.FPFlags = s.compare(x, y, fp64, all != 0) }

func (s *State) fpWiden(x uint32) uint64 {
	if e := x >> 23 & 0xff; e-1 < 0xfe { // exact, and an ordinary number
		return math.Float64bits(float64(math.Float32frombits(x)))
	}
	return s.convert(uint64(x), fp32, fp64)
}
func (s *State) fpNarrow(x uint64) uint32 { return uint32(s.convert(x, fp64, fp32)) }

func (s *State) fixedMode(nearest bool) uint32 {
	if nearest {
		return 0
	}
	return s.rmode()
}

func (s *State) fpFromInt32(v, kind uint32, frac int, nearest bool) uint32 {
	return uint32(s.fromInt(v, fp32, kind, frac, s.fixedMode(nearest)))
}
func (s *State) fpFromInt64(v, kind uint32, frac int, nearest bool) uint64 {
	return s.fromInt(v, fp64, kind, frac, s.fixedMode(nearest))
}

// fpToInt's mode is that of the FPSCR when it is 4.
func (s *State) fpToInt32(x, kind uint32, frac int, mode uint32) uint32 {
	if mode == 4 {
		mode = s.rmode()
	}
	return s.toInt(uint64(x), fp32, kind, frac, mode)
}
func (s *State) fpToInt64(x uint64, kind uint32, frac int, mode uint32) uint32 {
	if mode == 4 {
		mode = s.rmode()
	}
	return s.toInt(x, fp64, kind, frac, mode)
}

// fixed64 extends a fixed-point number to a D register.
func fixed64(v, kind uint32) uint64 {
	if kind&1 != 0 {
		return uint64(int64(int32(v)))
	}
	return uint64(v)
}

func (s *State) fpFromHalf(v uint32) uint32 {
	return uint32(s.convert(uint64(v&0xffff), fp16, fp32))
}
func (s *State) fpToHalf(v uint32) uint32 { return uint32(s.convert(uint64(v), fp32, fp16)) }
