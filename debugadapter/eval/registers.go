package eval

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"armillary.dev/debugadapter/symbols/dwarfop"
	"armillary.dev/debugadapter/unwind"
)

// registerValue is a register of the frame by name.
func (c *Context) registerValue(name string) (*Value, error) {
	low := strings.ToLower(name)
	if c.Frame == nil {
		return nil, errors.New("no frame is selected, so there are no registers")
	}
	reg, t := uint64(0), typeInt
	alias := map[string]uint64{"sp": 13, "lr": 14, "pc": 15, "fp": 11, "ip": 12, "sl": 10, "sb": 9, "cpsr": unwind.CPSR, "xpsr": unwind.CPSR}
	if r, ok := alias[low]; ok {
		reg = r
	} else {
		k, err := strconv.ParseUint(low[min(1, len(low)):], 10, 8)
		bad := err != nil || len(low) < 2
		switch low[0] {
		case 'r':
			reg, bad = k, bad || k > 15
		case 's':
			reg, t, bad = 64+k, typeFloat, bad || k > 31
		case 'd':
			reg, t, bad = 256+k, typeDouble, bad || k > 31
		default:
			bad = true
		}
		if bad {
			return nil, fmt.Errorf("no register $%s; there are $r0 to $r15, $sp, $lr, $pc, $cpsr, $s0 to $s31 and $d0 to $d31", name)
		}
	}
	switch reg {
	case unwind.SP:
		t = pointerTo(typeVoid)
	case unwind.PC:
		t = pointerTo(&Type{Kind: Func, elem: typeVoid})
	}
	v := &Value{Name: "$" + name, Type: t, ctx: c, expr: "$" + name}
	if reg == unwind.PC {
		v = c.integer(t, uint64(c.Frame.PC))
		v.Name, v.expr = "$"+name, "$"+name
		if c.Frame.Physical == 0 { // assignable
			v.loc = location{kind: locPieces, pieces: onePiece(reg), frame: c.Frame}
		}
		return v, nil
	}
	v.loc = location{kind: locPieces, pieces: onePiece(reg), frame: c.Frame}
	if _, _, ok := c.Frame.Regs.DWARF(reg); !ok {
		v.err = fmt.Errorf("%w: $%s was not saved by the functions that this frame called", ErrOptimizedOut, name)
		if c.Frame.Physical == 0 {
			v.err = fmt.Errorf("$%s is not known", name)
		}
	}
	return v, nil
}

func onePiece(reg uint64) []dwarfop.Piece {
	return []dwarfop.Piece{{Kind: dwarfop.Register, Reg: reg}}
}
