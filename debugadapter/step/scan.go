package step

import (
	"errors"
	"fmt"

	"armillary.dev/debugadapter/symbols"
	"armillary.dev/device/arm"
)

// call is a call instruction in a scanned range.
type call struct {
	addr   uint32
	next   uint32 // return address
	target uint32
	direct bool
}

// exits is how control can leave a set of ranges.
type exits struct {
	direct   []uint32 // where branches and the ends of the ranges lead
	returns  bool     // there is a return: to the caller
	indirect []uint32 // branches whose target only shows when they are executed
	calls    []call
}

// maxScan bounds the code of one line in bytes.
const maxScan = 16 << 10

var errData = errors.New("data among the instructions")

// scan decodes the ranges (of one function, ascending, disjoint) and collects how they are left.
func scan(space *symbols.Space, ranges []symbols.Range) (*exits, error) {
	x := &exits{}
	inside := func(a uint32) bool {
		for _, r := range ranges {
			if r.Contains(a) {
				return true
			}
		}
		return false
	}
	leave := func(a uint32) {
		if inside(a) {
			return
		}
		for _, d := range x.direct {
			if d == a {
				return
			}
		}
		x.direct = append(x.direct, a)
	}
	total := uint32(0)
	for _, r := range ranges {
		if total += r.Size(); total > maxScan {
			return nil, fmt.Errorf("line of more than %d bytes", maxScan)
		}
		if err := x.scanRange(space, r, leave); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (x *exits) scanRange(space *symbols.Space, r symbols.Range, leave func(uint32)) error {
	img := space.Image(r.Low)
	if img == nil {
		return errors.New("code outside all images")
	}
	code := make([]byte, r.Size())
	if err := space.ReadStatic(r.Low, code); err != nil {
		return err
	}
	var it arm.IT
	for pc := r.Low; pc < r.High; {
		kind := img.CodeKind(pc)
		if kind == symbols.KindData {
			// A table or literals; control does not run into them, so the branch before was unconditional.
			pc += 2
			it = 0
			continue
		}
		mode := arm.T32
		if !img.IsThumb(pc) {
			mode = arm.A32
		}
		inst, ok := arm.Decode(mode, code[pc-r.Low:])
		if !ok {
			return fmt.Errorf("%#x: unknown instruction", pc)
		}
		next := pc + uint32(inst.Len)
		conditional := inst.Class&arm.ClassCond != 0 || it.Active() && it.Cond() != arm.AL
		switch {
		case inst.Class&arm.ClassCall != 0:
			c := call{addr: pc, next: next}
			c.target, _, c.direct = inst.Target(pc)
			x.calls = append(x.calls, c)
		case inst.Class&arm.ClassBranch != 0:
			if t, _, direct := inst.Target(pc); direct {
				leave(t)
			} else if inst.Class&arm.ClassReturn != 0 {
				x.returns = true
			} else {
				x.indirect = append(x.indirect, pc)
			}
			if !conditional {
				it = it.Next()
				pc = next
				continue
			}
		}
		if inst.Class&arm.ClassIT != 0 {
			it = arm.IT(inst.Imm)
		} else {
			it = it.Next()
		}
		if next >= r.High {
			leave(next)
		}
		pc = next
	}
	return nil
}

// callBefore returns the address of the call that returns to addr. Where the instruction cannot be decoded a call is
// assumed, the narrower form of it; that is only asked where control has just come to the start of a function.
func callBefore(space *symbols.Space, addr uint32) (uint32, bool) {
	img := space.Image(addr - 2)
	if img == nil {
		return 0, false
	}
	sizes := []uint32{4, 2}
	mode := arm.T32
	if !img.IsThumb(addr - 2) {
		sizes, mode = sizes[:1], arm.A32
	}
	known := false
	for _, n := range sizes {
		var b [4]byte
		if space.ReadStatic(addr-n, b[:n]) != nil {
			continue
		}
		inst, ok := arm.Decode(mode, b[:n])
		if ok && uint32(inst.Len) == n {
			if inst.Class&arm.ClassCall != 0 {
				return addr - n, true
			}
			known = true
		}
	}
	return addr - sizes[len(sizes)-1], !known
}
